"""The inventory of what the five seed documents say, held against the Turtle that says it in the graph."""

import csv
import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ALS = "https://w3id.org/alskg/ontology/"
NAMESPACES = {
    "als": ALS,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
}
CLAIMS_PER_SEED = {"000": 59, "001": 78, "002": 84, "003": 107, "004": 72}
CORE = {
    "rdf:type",
    "rdfs:label",
    "skos:notation",
    "skos:editorialNote",
    "dcterms:source",
    "als:states",
    "als:polarity",
    "als:certainty",
    "als:locator",
    # What those who keep the graph say of a claim, and no document does.
    "als:verification",
    "als:supersededBy",
}
PROPOSITION_CORE = {"rdf:type", "rdfs:label", "rdf:subject", "rdf:predicate", "rdf:object"}
NAMES = ("rdfs:label", "skos:prefLabel", "skos:altLabel", "skos:notation")
BOOLEANS = {"yes": "true", "not named": "false"}
NUMBER = re.compile(r"(?:every )?(?P<sign>>=|<=|>|<)?(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>\S.*)?")

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class Reading(NamedTuple):
    """How a qualifier of the inventory is read in the graph."""

    paths: tuple[str, ...]
    kind: str


def table(name: str) -> list[dict[str, str]]:
    """The rows of a tab-separated file beside this one."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


SEED_CLAIMS = table("seed_claims.tsv")
READINGS = {
    row["qualifier"]: Reading(tuple(row["paths"].split("|")), row["kind"]) for row in table("qualifier_properties.tsv")
}


@cache
def graph() -> ox.Store:
    """Ontology and data as they stand in the files."""
    store = ox.Store()
    for folder in ("ontology", "data"):
        for file in sorted((ROOT / folder).rglob("*.ttl")):
            store.load(path=str(file), format=ox.RdfFormat.TURTLE)
    return store


def expanded(curie: str) -> ox.NamedNode:
    prefix, _, name = curie.partition(":")
    return ox.NamedNode(NAMESPACES[prefix] + name)


def values(term: Term, curie: str) -> list[Term]:
    """What a term has for a property; nothing where the term is a literal."""
    if not isinstance(term, ox.NamedNode):
        return []
    return [quad.object for quad in graph().quads_for_pattern(term, expanded(curie), None)]


def reached(start: Term, path: str) -> list[Term]:
    """The ends of a path of properties, written `als:states/rdf:object`."""
    ends = [start]
    for step in path.split("/"):
        ends = [end for term in ends for end in values(term, step)]
    return ends


def only(terms: Sequence[Term]) -> Term:
    assert len(terms) == 1, terms
    return terms[0]


def text(term: Term) -> str:
    """A literal's text, or an IRI's label."""
    if isinstance(term, ox.Literal):
        return term.value
    return text(only(values(term, "rdfs:label")))


def names(term: Term) -> set[str]:
    """All names that a term goes by."""
    if isinstance(term, ox.Literal):
        return {term.value}
    return {text(name) for curie in NAMES for name in values(term, curie)}


def claim_of(notation: str) -> ox.NamedNode:
    quads = graph().quads_for_pattern(None, expanded("skos:notation"), ox.Literal(notation))
    claims = [quad.subject for quad in quads if expanded("als:Claim") in values(quad.subject, "rdf:type")]
    claim = only(claims)
    assert isinstance(claim, ox.NamedNode)
    return claim


def qualifiers(row: dict[str, str]) -> dict[str, set[str]]:
    """The qualifiers of a row: every key with all of its values."""
    found: dict[str, set[str]] = {}
    for pair in filter(None, row["qualifiers"].split("; ")):
        key, equals, value = pair.partition("=")
        assert equals, pair
        found.setdefault(key, set()).add(value)
    return found


def property_of(reading: Reading) -> str:
    return reading.paths[0].split("/")[-1] if reading.kind == "text" else reading.paths[0].split("/")[0]


def assert_number(claim: Term, paths: tuple[str, ...], value: str) -> None:
    """The quantity has this number, and the comparator and unit that are written with it."""
    match = NUMBER.fullmatch(value)
    assert match, value
    found = []
    for path in paths:
        holder, _, slot = path.rpartition("/")
        for quantity in reached(claim, holder):
            for number in values(quantity, slot):
                found.append(number)
                assert isinstance(number, ox.Literal)
                assert number.datatype.value.endswith("#decimal")
                assert expanded("als:Quantity") in values(quantity, "rdf:type")
                assert Decimal(number.value) == Decimal(match["number"])
                if match["sign"]:
                    assert match["sign"] in names(only(values(quantity, "als:comparator")))
                if match["unit"]:
                    assert match["unit"] in names(only(values(quantity, "als:unit")))
    assert len(found) == 1, (value, found)


def assert_names(terms: list[Term], expected: set[str]) -> None:
    """Every value is the name of one of the terms, and every term has one of the values as its name."""
    assert terms
    for value in expected:
        assert any(value in names(term) for term in terms), (value, terms)
    for term in terms:
        assert expected & names(term), (expected, term)


def assert_qualifier(claim: Term, reading: Reading, expected: set[str]) -> None:
    ends = [end for path in reading.paths for end in reached(claim, path)]
    if expected == {"not stated"}:
        assert expanded(property_of(reading)) in values(claim, "als:notStated")
        assert ends == []
    elif reading.kind == "number":
        assert_number(claim, reading.paths, *expected)
    elif reading.kind == "boolean":
        assert [text(end) for end in ends] == [BOOLEANS[value] for value in expected]
    else:
        assert reading.kind == "text"
        assert_names(ends, expected)


def test_the_inventory_is_whole() -> None:
    found = [row["claim"] for row in SEED_CLAIMS]
    expected = [f"S{seed[-1]}-{number:03}" for seed, count in CLAIMS_PER_SEED.items() for number in range(1, count + 1)]
    assert found == expected
    assert len(found) == 400


def test_the_graph_has_no_seed_claim_beside_the_inventory() -> None:
    claims = {
        text(only(values(quad.subject, "skos:notation")))
        for seed in CLAIMS_PER_SEED
        for quad in graph().quads_for_pattern(
            None,
            expanded("dcterms:source"),
            ox.NamedNode(f"https://w3id.org/alskg/sources/seed-{seed}"),
        )
    }
    assert claims == {row["claim"] for row in SEED_CLAIMS}


def test_every_qualifier_has_a_reading_and_every_reading_is_used() -> None:
    used = {key for row in SEED_CLAIMS for key in qualifiers(row)}
    assert used == set(READINGS)


@pytest.mark.parametrize("row", SEED_CLAIMS, ids=lambda row: row["claim"])
def test_a_seed_claim_says_what_the_inventory_says(row: dict[str, str]) -> None:
    claim = claim_of(row["claim"])
    proposition = only(values(claim, "als:states"))
    assert claim.value.endswith(f"/claims/{row['claim'].lower()}")
    assert text(only(values(claim, "dcterms:source"))) == row["source"]
    assert text(only(values(claim, "als:locator"))) == row["locator"]
    assert text(only(values(claim, "als:polarity"))) == row["polarity"]
    assert text(only(values(claim, "als:certainty"))) == row["certainty"]
    assert text(only(values(proposition, "rdf:subject"))) == row["subject"]
    assert only(values(proposition, "rdf:predicate")) == expanded(row["predicate"])
    assert text(only(values(proposition, "rdf:object"))) == row["object"]


@pytest.mark.parametrize(
    ("row", "key", "expected"),
    [
        pytest.param(row, key, expected, id=f"{row['claim']}-{key}")
        for row in SEED_CLAIMS
        for key, expected in qualifiers(row).items()
    ],
)
def test_a_qualifier_of_a_seed_claim_stands_in_the_graph(row: dict[str, str], key: str, expected: set[str]) -> None:
    assert_qualifier(claim_of(row["claim"]), READINGS[key], expected)


@pytest.mark.parametrize("row", SEED_CLAIMS, ids=lambda row: row["claim"])
def test_a_seed_claim_has_no_qualifier_that_the_inventory_lacks(row: dict[str, str]) -> None:
    claim = claim_of(row["claim"])
    proposition = only(values(claim, "als:states"))
    assert isinstance(proposition, ox.NamedNode)
    stated = {key: reading for key, reading in READINGS.items() if key in qualifiers(row)}
    steps = {path for reading in stated.values() for path in reading.paths}
    allowed = {expanded(curie) for curie in CORE} | {expanded(step.split("/")[0]) for step in steps}
    scope = {expanded(step.split("/")[1]) for step in steps if step.startswith("als:states/")}
    absent = {expanded(property_of(stated[key])) for key, value in qualifiers(row).items() if value == {"not stated"}}
    if absent:
        allowed.add(expanded("als:notStated"))
    said = {quad.predicate for quad in graph().quads_for_pattern(claim, None, None)}
    scoped = {quad.predicate for quad in graph().quads_for_pattern(proposition, None, None)}
    assert said <= allowed
    assert scoped <= {expanded(curie) for curie in PROPOSITION_CORE} | scope
    assert set(values(claim, "als:notStated")) == absent
