"""What follows from propositions and the claims on them."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alskg.derivation import CERTAINTIES_OF_FACTS, Claims, claims_on, derived, derived_of
from alskg.names import ALS, BASE, PROV, RDF, RDFS
from alskg.schema import Schema
from alskg.triples import Memory

CERTAINTIES = (
    "asserted",
    "demonstrated",
    "hedged",
    "recommended",
    "hypothesised",
    "anticipated",
    "implied",
    "promotional",
)
P = "a:p"
EDGES = {
    ("a:riluzole", ALS + "slows", "a:als"),
    ("a:riluzole", ALS + "affects", "a:als"),
    ("a:riluzole", "b:affects", "a:als"),
}
PREFIXES = f"""
PREFIX als: <{ALS}> PREFIX rdf: <{RDF}> PREFIX rdfs: <{RDFS}> PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX a: <a:> PREFIX b: <b:> PREFIX owl: <http://www.w3.org/2002/07/owl#>
"""
SCHEMA = Schema(
    Memory.of_turtle(
        PREFIXES
        + """
        als:slows a als:StatementProperty ; rdfs:label "slows"@en ; skos:definition "Slows."@en ;
            rdfs:subPropertyOf als:affects .
        als:affects a rdf:Property ; rdfs:subPropertyOf b:affects .
        als:where a als:ScopeProperty .
        als:Thing a sh:NodeShape ; rdfs:label "thing"@en ; skos:definition "A thing."@en .
        als:Drug a sh:NodeShape ; rdfs:label "drug"@en ; skos:definition "A drug."@en ; rdfs:subClassOf als:Thing .
        """
    )
)


@dataclass(frozen=True)
class Said:
    """One claim on the proposition."""

    polarity: str = "affirms"
    certainty: str = "asserted"
    inferred: bool = False
    retracted: bool = False

    def triples(self, number: int) -> Iterable[ox.Triple]:
        me = ox.NamedNode(f"a:claim-{number}")
        yield triple(me.value, ALS + "states", ox.NamedNode(P))
        yield triple(me.value, ALS + "polarity", ox.NamedNode(f"{BASE}vocabularies/polarities/{self.polarity}"))
        yield triple(me.value, ALS + "certainty", ox.NamedNode(f"{BASE}vocabularies/certainties/{self.certainty}"))
        if self.inferred:
            yield triple(me.value, ALS + "inferredFrom", ox.NamedNode("a:claim-x"))
        if self.retracted:
            yield triple(me.value, PROV + "invalidatedAtTime", ox.Literal("2024"))


def triple(subject: str, predicate: str, object_: ox.NamedNode | ox.Literal) -> ox.Triple:
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), object_)


def proposition(*, scoped: bool = False) -> list[ox.Triple]:
    ends = {"subject": "a:riluzole", "predicate": ALS + "slows", "object": "a:als"}
    found = [triple(P, RDF + end, ox.NamedNode(iri)) for end, iri in ends.items()]
    found.append(triple(P, RDF + "type", ox.NamedNode(ALS + "Proposition")))
    return [*found, triple(P, ALS + "where", ox.NamedNode("a:rats"))] if scoped else found


def data(*claims: Said, scoped: bool = False) -> list[ox.Triple]:
    return [*proposition(scoped=scoped), *(t for number, said in enumerate(claims) for t in said.triples(number))]


def plainly(triples: Iterable[ox.Triple]) -> set[tuple[str, str, str]]:
    return {(t.subject.value, t.predicate.value, t.object.value) for t in triples}  # type: ignore[union-attr]


def edges(*claims: Said, scoped: bool = False) -> set[tuple[str, str, str]]:
    return {t for t in plainly(derived(Memory(data(*claims, scoped=scoped)), SCHEMA)) if t[0] != P}


def about(*claims: Said) -> set[tuple[str, str]]:
    found = plainly(derived(Memory(data(*claims)), SCHEMA))
    return {(predicate.removeprefix(ALS), value) for subject, predicate, value in found if subject == P}


def test_a_claim_supports_disputes_or_infers_what_it_states() -> None:
    assert about(Said()) == {("supportedBy", "a:claim-0")}
    assert about(Said("denies")) == {("disputedBy", "a:claim-0")}
    assert about(Said(inferred=True)) == {("inferredBy", "a:claim-0")}


def test_a_retracted_claim_says_nothing() -> None:
    assert about(Said(retracted=True), Said("denies", retracted=True), Said(inferred=True, retracted=True)) == set()


def test_claims_on_both_sides_make_a_proposition_contested() -> None:
    assert about(Said(), Said("denies")) == {
        ("supportedBy", "a:claim-0"),
        ("disputedBy", "a:claim-1"),
        ("contested", "true"),
    }


@pytest.mark.parametrize(
    "other",
    [Said(), Said("denies", inferred=True), Said("denies", retracted=True)],
    ids=["one more of the same side", "an inferred denial", "a retracted denial"],
)
def test_a_proposition_is_not_contested_by(other: Said) -> None:
    assert ("contested", "true") not in about(Said(), other)


def test_a_claim_of_unknown_polarity_counts_on_no_side() -> None:
    memory = Memory([*proposition(), triple("a:c", ALS + "states", ox.NamedNode(P))])
    assert claims_on(memory, P) == Claims((), (), ())


@pytest.mark.parametrize("certainty", CERTAINTIES)
def test_a_flat_edge_needs_one_of_four_certainties(certainty: str) -> None:
    expected = EDGES if certainty in ("asserted", "demonstrated", "hedged", "recommended") else set()
    assert edges(Said(certainty=certainty)) == expected


def test_the_certainties_of_facts_are_on_the_list_of_the_ontology() -> None:
    assert set(CERTAINTIES) > CERTAINTIES_OF_FACTS


@pytest.mark.parametrize(
    "claims",
    [
        (),
        (Said("denies"),),
        (Said(inferred=True),),
        (Said(retracted=True),),
        (Said("denies"), Said(certainty="hypothesised"), Said(inferred=True), Said(retracted=True)),
    ],
    ids=["no claim", "a denial", "an inference", "a retracted claim", "all of these together"],
)
def test_no_flat_edge_comes_from(claims: tuple[Said, ...]) -> None:
    assert edges(*claims) == set()


def test_no_flat_edge_comes_from_a_scoped_proposition() -> None:
    assert edges(Said(), scoped=True) == set()


def test_a_contested_proposition_keeps_its_edge() -> None:
    assert edges(Said(), Said("denies")) == EDGES


def test_a_weak_claim_takes_nothing_from_a_strong_one() -> None:
    assert edges(Said(certainty="promotional"), Said(certainty="demonstrated")) == EDGES


def test_an_object_may_be_words() -> None:
    words = [t for t in data(Said()) if t.predicate.value != RDF + "object"]
    found = derived(Memory([*words, triple(P, RDF + "object", ox.Literal("a few"))]), SCHEMA)
    assert triple("a:riluzole", ALS + "slows", ox.Literal("a few")) in set(found)


@pytest.mark.parametrize("end", ["subject", "predicate", "object"])
def test_a_proposition_that_lacks_an_end_has_no_edge(end: str) -> None:
    rest = Memory(t for t in data(Said()) if t.predicate.value != RDF + end)
    assert {t for t in plainly(derived(rest, SCHEMA)) if t[0] != P} == set()


def test_a_predicate_that_is_not_declared_gives_an_edge_without_others() -> None:
    memory = Memory([t for t in data(Said()) if t.predicate.value != RDF + "predicate"])
    other = Memory([*memory.match(), triple(P, RDF + "predicate", ox.NamedNode("a:other"))])
    assert {t for t in plainly(derived(other, SCHEMA)) if t[0] != P} == {("a:riluzole", "a:other", "a:als")}


def test_a_member_of_a_class_is_one_of_those_above_it() -> None:
    memory = Memory([triple("a:riluzole", RDF + "type", ox.NamedNode(ALS + "Drug"))])
    assert set(derived(memory, SCHEMA)) == {triple("a:riluzole", RDF + "type", ox.NamedNode(ALS + "Thing"))}


SAID = st.builds(
    Said, st.sampled_from(("affirms", "denies")), st.sampled_from(CERTAINTIES), st.booleans(), st.booleans()
)


def expected(claims: list[Said], *, scoped: bool) -> set[tuple[str, str, str]]:
    """What DESIGN.md says, once more in other words."""
    live = {f"a:claim-{number}": said for number, said in enumerate(claims) if not said.retracted}
    inferred = {iri for iri, said in live.items() if said.inferred}
    on = {side: {iri for iri in live if live[iri].polarity == side} - inferred for side in ("affirms", "denies")}
    found = {(P, ALS + "inferredBy", iri) for iri in inferred}
    found |= {(P, ALS + "supportedBy", iri) for iri in on["affirms"]}
    found |= {(P, ALS + "disputedBy", iri) for iri in on["denies"]}
    if on["affirms"] and on["denies"]:
        found.add((P, ALS + "contested", "true"))
    sure = [
        iri for iri in on["affirms"] if live[iri].certainty in ("asserted", "demonstrated", "hedged", "recommended")
    ]
    return found | EDGES if sure and not scoped else found


@given(st.lists(SAID, max_size=6), st.booleans(), st.randoms(use_true_random=False))
def test_any_claims_in_any_order_give_what_the_design_says(
    claims: list[Said], scoped: bool, order: random.Random
) -> None:
    triples = data(*claims, scoped=scoped)
    order.shuffle(triples)
    memory = Memory(triples)
    found = plainly(derived(memory, SCHEMA))
    assert found == expected(claims, scoped=scoped)
    assert plainly(derived_of(P, memory, SCHEMA)) == found
    # What is derived is no premise: deriving again from both adds nothing.
    again = Memory([*memory.match(), *derived(memory, SCHEMA)])
    assert plainly(derived(again, SCHEMA)) == found
