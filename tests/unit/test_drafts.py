"""Drafts: what a curator writes, as the quads that it stands for."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alskg.changes import commit
from alskg.changeset import Changeset
from alskg.claim_drafts import ClaimDraft, claim_draft, claim_drafts
from alskg.drafts import removal_draft, thing_draft
from alskg.errors import BadParameter
from alskg.files import ontology_triples
from alskg.kept import retraction_of
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, BASE, DCTERMS, NAME_LENGTH_MAX, RDF, RDFS, SKOS, is_name, local_name
from alskg.schema import Schema
from alskg.settings import Settings
from alskg.triples import Memory, graph_of, plain, subjects
from alskg.values import named
from alskg.web.documents import documents

from ..extent import extent, sampled

SCHEMA = Schema(Memory(ontology_triples(Path(__file__).parents[2])))
COLLECTIONS = sorted(name for name, class_ in SCHEMA.collections.items() if not class_.is_role)
MEMBERS_MAX = extent(15, 100)
"""How many of a collection are read and sent back."""

CLAIM = {
    "subject": "drug:baclofen",
    "predicate": "relieves",
    "object": "muscle cramps",
    "certainty": "asserted",
    "source": "seed-002",
    "locator": "line 1",
}


@pytest.fixture(scope="module")
def own(filled: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeGraph]:
    graph = KnowledgeGraph.open(replace(Settings(), data_dir=filled(tmp_path_factory.mktemp("drafts"))))
    yield graph
    graph.close()


def said(draft: Any, path: str) -> set[str]:
    return {plain(quad.object) for quad in draft.added if quad.predicate.value == path}


@pytest.mark.parametrize("collection", sampled(COLLECTIONS, 10))
@pytest.mark.parametrize("exact", [False, True], ids=["json", "json-ld"])
def test_what_is_read_and_sent_back_changes_nothing(kg: KnowledgeGraph, collection: str, exact: bool) -> None:
    class_ = kg.schema.collections[collection]
    members = [iri for iri in subjects(kg.store, RDF + "type", class_.iri) if iri.startswith(str(class_.namespace))]
    assert members
    # Evenly from the first to the last, since all of the largest collections would take minutes.
    members = members[:: len(members) // MEMBERS_MAX + 1]
    for iri, document in zip(members, documents(kg, class_, members, None, exact=exact), strict=True):
        sent = json.loads(json.dumps(document))
        for is_whole in (True, False):
            draft = thing_draft(kg, class_, local_name(iri), sent, is_whole=is_whole)
            assert (draft.added, draft.removed) == ((), ())


@pytest.mark.parametrize("length", [40, 111, 112, 120])
def test_a_claims_name_is_one_however_long_that_of_its_source_is(kg: KnowledgeGraph, length: int) -> None:
    source = {"name": "a" * length, "title": "A review", "kind": "primary-literature"}
    drafts = [claim_draft(kg, {**CLAIM, "source": source, "locator": place}) for place in ("line 1", "line 2")]
    names = [local_name(draft.iri) for draft in drafts]
    assert all(is_name(name) for name in names)
    assert [len(name) for name in names] == [min(length + 9, NAME_LENGTH_MAX)] * 2
    assert names[0] != names[1]


def test_a_thing_has_just_what_the_whole_document_says(kg: KnowledgeGraph) -> None:
    class_ = kg.schema.collections["drugs"]
    whole = thing_draft(kg, class_, "baclofen", {"label": "baclofen", "altLabel": "Lioresal"}, is_whole=True)
    assert said(whole, SKOS + "altLabel") == {"Lioresal"}
    assert SKOS + "definition" in {quad.predicate.value for quad in whole.removed}
    assert RDF + "type" not in {quad.predicate.value for quad in whole.removed}
    part = thing_draft(kg, class_, "baclofen", {"altLabel": "Lioresal", "notation": None}, is_whole=False)
    assert (len(part.added), part.removed) == (1, ())
    assert part.nodes == {BASE + "drugs/baclofen"}


def test_a_new_thing_is_of_its_class_and_roles(kg: KnowledgeGraph) -> None:
    class_ = kg.schema.collections["phenotypes"]
    for given, expected in (
        (None, {"Phenotype"}),
        ("Symptom", {"Phenotype", "Symptom"}),
        (["Symptom", "AdverseEffect"], {"Phenotype", "Symptom", "AdverseEffect"}),
    ):
        draft = thing_draft(kg, class_, "hiccups", {"label": "hiccups", "type": given}, is_whole=True)
        assert said(draft, RDF + "type") == {ALS + name for name in expected}


def test_a_claim_may_move_to_another_source(kg: KnowledgeGraph) -> None:
    class_ = kg.schema.collections["claims"]
    draft = thing_draft(kg, class_, "s1-001", {"source": "seed-002"}, is_whole=False)
    assert {graph_of(quad).rsplit("/", 1)[1] for quad in draft.added} == {"seed-002"}
    assert {graph_of(quad).rsplit("/", 1)[1] for quad in draft.removed} == {"seed-001"}
    assert len(draft.added) == len(draft.removed)
    stays = thing_draft(kg, class_, "s1-001", {"source": ["seed-001", "seed-002"]}, is_whole=False)
    assert (len(stays.added), len(stays.removed)) == (1, 0)


def test_a_thing_is_removed_from_where_it_stands(kg: KnowledgeGraph) -> None:
    draft = removal_draft(kg, BASE + "drugs/riluzole")
    assert draft.added == ()
    assert {graph_of(quad).startswith(f"{BASE}graphs/") for quad in draft.removed} == {True}


def test_a_claim_has_one_name_however_it_is_written(kg: KnowledgeGraph) -> None:
    ways: list[Mapping[str, object]] = [
        CLAIM,
        {**CLAIM, "subject": {"id": BASE + "drugs/baclofen"}, "object": "phenotype:muscle-cramps"},
        {**CLAIM, "predicate": "als:relieves", "polarity": "affirms", "population": "", "author": []},
        {**CLAIM, "source": "source:seed-002", "certainty": "certainty:asserted"},
    ]
    drafts = [claim_draft(kg, way) for way in ways]
    assert len({draft.iri for draft in drafts}) == 1
    assert {draft.is_new_proposition for draft in drafts} == {True}
    assert drafts[0].label == f"{local_name(drafts[0].iri)}: baclofen relieves muscle cramps"
    other = claim_draft(kg, {**CLAIM, "locator": "line 2", "notation": "X-7"})
    assert other.iri != drafts[0].iri
    assert other.label == "X-7: baclofen relieves muscle cramps"
    assert claim_draft(kg, {**CLAIM, "name": "my-own", "label": "My own"}).label == "My own"


def test_scope_is_part_of_the_proposition(kg: KnowledgeGraph) -> None:
    scoped = claim_draft(kg, {**CLAIM, "population": "patients with dysphagia"})
    assert scoped.proposition != claim_draft(kg, CLAIM).proposition
    assert "baclofen relieves muscle cramps (patients with dysphagia)" in said(scoped, RDFS + "label")


def test_an_object_may_be_a_literal_where_the_property_takes_one(kg: KnowledgeGraph) -> None:
    draft = claim_draft(kg, {**CLAIM, "subject": "seed-002", "predicate": "hasPurpose", "object": "to teach"})
    assert '"to teach"@en' in {str(quad.object) for quad in draft.added if quad.predicate.value == RDF + "object"}
    dated = claim_draft(kg, {**CLAIM, "subject": "seed-002", "predicate": "hasDate", "object": "2014-04"})
    assert "gYearMonth" in str({str(q.object) for q in dated.added if q.predicate.value == RDF + "object"})


def test_claims_of_one_change_share_a_new_source(kg: KnowledgeGraph) -> None:
    new = {"doi": "10.1000/X", "title": "A trial", "kind": "cited-work"}
    found = claim_drafts(
        kg,
        [
            {**CLAIM, "source": "DOI:10.1000/x"},
            {**CLAIM, "source": new},
            {**CLAIM, "source": "doi:10.1000/X"},
            {**CLAIM, "source": "source:doi-10-1000-x"},
            {**CLAIM, "source": {**new, "title": "Another title"}},
        ],
        100,
    )
    assert isinstance(found[0], BadParameter)
    drafts = [draft for draft in found if isinstance(draft, ClaimDraft)]
    assert {tuple(said(draft, DCTERMS + "source")) for draft in drafts} == {(BASE + "sources/doi-10-1000-x",)}
    assert [len(said(draft, SKOS + "exactMatch")) for draft in drafts] == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"pmid": "x1", "title": "T"}, "no PMID"),
        ({"doi": "10.1000/<x>", "title": "T", "kind": "cited-work"}, "IRI"),
        ({"title": "T", "name": "seed-001"}, "there already"),
        ({"title": "T", "kind": "no-such"}, "kind: there is no 'no-such'"),
        ({"title": "???"}, "name: '' won't do"),
        ({}, "at least its title"),
        (["seed-001"], "name a thing"),
        ("seed-009", "Did you mean seed-00"),
    ],
    ids=str,
)
def test_a_source_that_cannot_be_is_refused(kg: KnowledgeGraph, source: object, words: str) -> None:
    with pytest.raises(BadParameter, match=words.replace("?", r"\?")):
        claim_draft(kg, {**CLAIM, "source": source})


def test_a_claim_that_is_there_is_found_by_its_content(own: KnowledgeGraph) -> None:
    draft = claim_draft(own, CLAIM)
    assert commit(own, Changeset("x", "ana", draft.added)).committed
    again = claim_draft(own, {**CLAIM, "name": "other-name"})
    assert (again.iri, again.is_there, again.added, again.nodes) == (draft.iri, True, (), frozenset())
    assert not again.is_new_proposition
    with pytest.raises(BadParameter, match="says something else"):
        claim_draft(own, {**CLAIM, "locator": "line 2", "name": local_name(draft.iri)})
    assert commit(own, Changeset("x", "ana", retracted=((draft.iri, "A slip."),))).committed
    kept = retraction_of(own.present, draft.iri)
    assert kept is not None
    assert (kept.agent, kept.reason) == ("ana", "A slip.")
    assert retraction_of(own.present, draft.proposition) == kept
    assert retraction_of(own.present, BASE + "claims/s1-001") is None
    with pytest.raises(BadParameter, match=r"was taken back at .* by ana: A slip"):
        claim_draft(own, CLAIM)
    assert claim_draft(own, {**CLAIM, "name": "said-again"}).is_new_proposition


TIRING = {"label": "Fatigue", "definition": "A drug that makes tired."}


def test_a_name_of_two_things_is_refused_with_both(own: KnowledgeGraph) -> None:
    draft = thing_draft(own, own.schema.collections["drugs"], "fatigue", TIRING, is_whole=True)
    assert commit(own, Changeset("x", "ana", draft.added)).committed
    with pytest.raises(BadParameter, match=r"may be (drug|phenotype):fatigue or (drug|phenotype):fatigue; say which"):
        named(own, "fatigue", [ALS + "Thing"], "x")
    assert named(own, "fatigue", [ALS + "Phenotype"], "x").value == BASE + "phenotypes/fatigue"
