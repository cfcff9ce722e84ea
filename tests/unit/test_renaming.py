"""Renaming and merging: every live mention is rewritten, and old names lead to the new ones."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from alskg.changes import Outcome, commit
from alskg.changeset import Changeset
from alskg.checks import derived_faults
from alskg.claim_drafts import claim_draft
from alskg.drafts import thing_draft
from alskg.errors import BadParameter, Conflict, Forbidden, UnknownName
from alskg.kept import successor_of
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, BASE, RDF, RDFS, REPLACED_GRAPH, SKOS, is_live
from alskg.renaming import merged, renamed, summary
from alskg.reversal import reverting
from alskg.rewriting import Renaming
from alskg.rules import iri_by_content
from alskg.settings import Settings
from alskg.triples import graph_of, iris, objects, plain, subjects, text

from ..sound import taken_for_sound

Pattern = tuple[ox.NamedNode | None, None, ox.NamedNode | None, None]
ROOT = Path(__file__).parents[2]
CLAIM = {
    "predicate": "relieves",
    "object": "muscle cramps",
    "certainty": "asserted",
    "source": "seed-002",
    "locator": "line 1",
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeGraph]:
    # In memory, since all of it is read again and again.
    settings = replace(Settings(), data_dir=tmp_path_factory.mktemp("renaming"))
    graph = taken_for_sound(KnowledgeGraph.of_files(settings))
    yield graph
    wrong = derived_faults(graph.present, ROOT)
    graph.close()
    assert wrong == []


@pytest.fixture
def own(loaded: KnowledgeGraph) -> Iterator[KnowledgeGraph]:
    """A graph to write to; what a test does is taken back after it."""
    before = sorted(map(str, (q for q in loaded.present.quads if is_live(graph_of(q)) or not graph_of(q))))
    revision = loaded.present.state.revision
    yield loaded
    for number in range(loaded.present.state.revision, revision, -1):
        assert make(loaded, reverting(loaded, number, "ana")).committed
    after = sorted(map(str, (q for q in loaded.present.quads if is_live(graph_of(q)) or not graph_of(q))))
    assert after == before


def make(kg: KnowledgeGraph, change: Changeset) -> Outcome:
    outcome = commit(kg, replace(change, may_change_ontology=True))
    assert outcome.conforms, (outcome.verdict.faults, outcome.verdict.results)
    return outcome


def apply(kg: KnowledgeGraph, renaming: Renaming) -> Outcome:
    return make(kg, Changeset(summary(renaming), "ana", renaming.added, renaming.removed, kept=renaming.kept))


def add(kg: KnowledgeGraph, subject: str, **more: object) -> tuple[str, str]:
    # A claim whose addition was taken back isn't made again under its name.
    locator = f"revision {kg.present.state.revision}"
    draft = claim_draft(kg, {**CLAIM, "subject": subject, "locator": locator, **more})
    make(kg, Changeset("x", "ana", draft.added))
    return draft.iri, draft.proposition


def put(kg: KnowledgeGraph, collection: str, name: str, **document: object) -> str:
    class_ = kg.schema.collections[collection]
    draft = thing_draft(
        kg, class_, name, {"label": name, "definition": "A thing for tests.", **document}, is_whole=True
    )
    make(kg, Changeset("x", "ana", draft.added, draft.removed))
    return draft.iri


def mentions(kg: KnowledgeGraph, iri: str) -> list[ox.Quad]:
    """The live and published quads that name a node."""
    node = ox.NamedNode(iri)
    patterns: list[Pattern] = [(node, None, None, None), (None, None, node, None)]
    found = [quad for pattern in patterns for quad in kg.present.quads.quads_for_pattern(*pattern)]
    return [quad for quad in found if is_live(graph_of(quad)) or not graph_of(quad)]


def test_everything_that_names_a_thing_is_rewritten(own: KnowledgeGraph) -> None:
    old, new = BASE + "drugs/riluzole", BASE + "drugs/rilutek"
    before = len(mentions(own, old))
    renaming = renamed(own, "drug:riluzole", "rilutek")
    assert len(renaming.replaced) > 50
    outcome = apply(own, renaming)
    assert outcome.committed
    assert [mentions(own, iri) for iri in renaming.replaced if mentions(own, iri)] == []
    assert len(mentions(own, new)) == before
    for proposition in subjects(own.present, RDF + "type", ALS + "Proposition"):
        assert iri_by_content(own.present, own.schema, proposition) == proposition
    assert {successor_of(own.present, was): now for was, now in renaming.replaced.items()} == {
        now: now for now in renaming.replaced.values()
    }
    assert text(own.present, new, RDFS + "label") == "riluzole"


def test_mappings_need_the_scope_admin(own: KnowledgeGraph) -> None:
    renaming = renamed(own, "drugs/riluzole", "rilutek")
    with pytest.raises(Forbidden, match="admin"):
        commit(own, Changeset("x", "ana", renaming.added, renaming.removed))


def test_the_claims_of_a_renamed_source_move_to_its_file(own: KnowledgeGraph) -> None:
    apply(own, renamed(own, "sources/seed-001", "seed-one"))
    graphs = {graph_of(quad) for quad in own.present.quads_about(BASE + "claims/s1-001")}
    assert graphs == {f"{BASE}graphs/data/claims/seed-one"}
    assert not own.present.has_graph(f"{BASE}graphs/data/claims/seed-001")


def test_a_proposition_about_a_claim_about_a_thing_follows(own: KnowledgeGraph) -> None:
    put(own, "drugs", "one")
    claim, proposition = add(own, "one")
    renaming = renamed(own, "drugs/one", "two")
    assert set(renaming.replaced) == {BASE + "drugs/one", proposition}
    assert summary(renaming) == "one becomes two; 1 proposition follows"
    apply(own, renaming)
    assert iris(own.present, claim, ALS + "states") == [renaming.replaced[proposition]]


def test_a_rule_with_a_property_that_also_narrows_propositions_is_no_proposition(own: KnowledgeGraph) -> None:
    propositions = set(subjects(own.present, RDF + "type", ALS + "Proposition"))
    rule, condition = next(
        (plain(triple.subject), plain(triple.object))
        for scope in own.schema.scope_properties
        for triple in own.present.match(None, scope)
        if plain(triple.subject) not in propositions and isinstance(triple.object, ox.NamedNode)
    )
    renaming = renamed(own, condition, "another-name")
    assert rule not in renaming.replaced
    apply(own, renaming)


def test_a_merger_unites_what_is_said(own: KnowledgeGraph) -> None:
    loser = put(own, "drugs", "loser", definition="One.", altLabel="L", notation="7")
    keeper = put(own, "drugs", "keeper", definition="Two.", altLabel="K", broader="drug:loser")
    renaming = merged(own, "drugs/loser", "drug:keeper")
    assert {plain(triple.object) for triple in renaming.dropped} == {"One.", loser}
    apply(own, renaming)
    assert {plain(term) for term in objects(own.present, keeper, SKOS + "altLabel")} == {"L", "K", "loser"}
    assert text(own.present, keeper, SKOS + "definition") == "Two."
    assert text(own.present, keeper, RDFS + "label") == "keeper"
    assert text(own.present, keeper, SKOS + "notation") == "7"
    assert iris(own.present, keeper, SKOS + "broader") == []
    assert successor_of(own.present, loser) == keeper


def test_propositions_that_become_equal_fall_together(own: KnowledgeGraph) -> None:
    put(own, "drugs", "loser")
    put(own, "drugs", "keeper")
    first, gone = add(own, "loser")
    second, kept = add(own, "keeper")
    third, moved = add(own, "loser", object="excessive salivation")
    renaming = merged(own, "drugs/loser", "drugs/keeper")
    assert renaming.replaced[gone] == kept
    assert renaming.dropped == ()
    apply(own, renaming)
    assert sorted(subjects(own.present, ALS + "states", kept)) == sorted([first, second])
    assert sorted(iris(own.present, kept, ALS + "supportedBy")) == sorted([first, second])
    assert text(own.present, kept, RDFS + "label") == "keeper relieves muscle cramps"
    assert text(own.present, renaming.replaced[moved], RDFS + "label") == "keeper relieves excessive salivation"
    labels = [text(own.present, claim, RDFS + "label") or "" for claim in (first, third)]
    assert [label.partition(": ")[2] for label in labels] == [
        "keeper relieves muscle cramps",
        "keeper relieves excessive salivation",
    ]


def test_a_label_in_other_words_stays(own: KnowledgeGraph) -> None:
    put(own, "drugs", "loser")
    put(own, "drugs", "keeper")
    claim, proposition = add(own, "loser", label="Loser relieve muscle cramps")
    draft = thing_draft(
        own,
        own.schema.collections["propositions"],
        proposition.rsplit("/", 1)[1],
        {"label": "loser relieve muscle cramps"},
        is_whole=False,
    )
    make(own, Changeset("x", "ana", draft.added, draft.removed, may_purge=True))
    renaming = merged(own, "drugs/loser", "drugs/keeper")
    apply(own, renaming)
    assert text(own.present, renaming.replaced[proposition], RDFS + "label") == "loser relieve muscle cramps"
    assert text(own.present, claim, RDFS + "label") == "Loser relieve muscle cramps"


def test_names_lead_on_and_may_come_back(own: KnowledgeGraph) -> None:
    a, c = put(own, "drugs", "name-a"), BASE + "drugs/name-c"
    _, proposition = add(own, "name-a")
    apply(own, renamed(own, "drugs/name-a", "name-b"))
    apply(own, renamed(own, "drugs/name-b", "name-c"))
    assert successor_of(own.present, a) == c
    with pytest.raises(Conflict, match="was a name of /drugs/name-c"):
        renamed(own, "drugs/baclofen", "name-a")
    apply(own, renamed(own, "drugs/name-c", "name-a"))
    assert successor_of(own.present, a) is None
    assert successor_of(own.present, c) == a
    assert successor_of(own.present, BASE + "drugs/name-b") == a
    assert next(own.present.match(proposition), None) is not None
    assert next(own.present.match_in(REPLACED_GRAPH, proposition), None) is None


@pytest.mark.parametrize(
    ("wish", "name", "error", "words"),
    [
        ("drugs/baclofen", "riluzole", Conflict, "POST /merge"),
        ("drugs/baclofen", "baclofen", Conflict, "already"),
        ("drugs/baclofen", "Two Words", BadParameter, "won't do"),
        ("drugs/baclofen", "diseases/x", BadParameter, "stays among /drugs"),
        ("drugs/baclofen", "http://example.org/x", BadParameter, "won't do"),
        ("drugs/baclofen", 5, BadParameter, "write the new name"),
        ("drugs/baclofan", "x", UnknownName, "Did you mean baclofen"),
        ("claims/s1-001", "x", BadParameter, "keeps it"),
        ("propositions/seed-001-has-purpose-education-only-b7bf0f11", "x", BadParameter, "keeps it"),
        ("certainty:asserted", "x", UnknownName, "no thing of a collection"),
        ("nowhere:x", "x", UnknownName, "no thing of a collection"),
        ("", "x", BadParameter, "name a thing"),
        (None, "x", BadParameter, "name a thing"),
    ],
    ids=str,
)
def test_what_cannot_be_renamed_is_refused(
    kg: KnowledgeGraph, wish: object, name: object, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        renamed(kg, wish, name)


@pytest.mark.parametrize(
    ("wish", "into", "error", "words"),
    [
        ("drugs/baclofen", "drugs/baclofen", BadParameter, "the same thing"),
        ("drugs/baclofen", "diseases/amyotrophic-lateral-sclerosis", BadParameter, "one class"),
        ("drugs/baclofen", "drugs/baclofan", UnknownName, "Did you mean baclofen"),
        ("claims/s1-001", "claims/s1-002", BadParameter, "keeps it"),
    ],
    ids=str,
)
def test_what_cannot_be_merged_is_refused(
    kg: KnowledgeGraph, wish: object, into: object, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        merged(kg, wish, into)


def test_a_thing_may_be_named_by_a_role(kg: KnowledgeGraph) -> None:
    assert BASE + "phenotypes/fatigue" in renamed(kg, "/symptoms/fatigue", "tiredness").replaced
