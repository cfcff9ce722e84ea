"""Which claims count: each way to choose them, and what an unknown name is told."""

from typing import Any

import pyoxigraph as ox
import pytest

from alskg.claim_filters import ClaimFilter, claim_filter, superseded
from alskg.errors import BadParameter
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, DCTERMS
from alskg.statements import Claim, Statement
from alskg.triples import Memory


def claim(name: str, **more: object) -> Claim:
    given = {"notation": name, "side": "for", "certainty": "asserted", "source": "s", "as_of": None} | more
    return Claim(iri=name, source_label=None, locator=None, **given)  # type: ignore[arg-type]


def statement(*claims: Claim, **within: str) -> Statement:
    return Statement("p", "p", "s", "s", "r", None, "o", {}, claims, (), within)  # type: ignore[arg-type]


CLAIMS = (
    claim("a", as_of="2014-04-09", evidence="guideline"),
    claim("b", as_of="2022-01", certainty="hedged"),
    claim("c", source="t", evidence="cohort-study"),
    claim("d", date="2017-05-05", source="v"),
    claim("e", source="w", said="2015", certainty="implied"),
    claim("f", as_of="2030-01-01", source="w", said="2015", certainty="implied"),
    claim("g", source="x", seen="2026-11-22", certainty="implied"),
    claim("h", source="w", said="2015", seen="2010-01-01", certainty="implied"),
)
CHOICES = [
    ("everything", ClaimFilter(), "abcdefgh"),
    ("a date", ClaimFilter(as_of="2014-04-09"), "a"),
    ("the day before an event", ClaimFilter(as_of="2017-05-04"), "aeh"),
    ("the day of an event", ClaimFilter(as_of="2017-05-05"), "adeh"),
    ("a month counts from its first day", ClaimFilter(as_of="2022-01-31"), "abdeh"),
    ("the day before the last of a source's year", ClaimFilter(as_of="2015-12-30"), "a"),
    ("a source of then", ClaimFilter(as_of="2015-12-31"), "aeh"),
    ("the day before the last of a source's month", ClaimFilter(as_of="2024-04-29"), "abdeh"),
    ("a source of that month", ClaimFilter(as_of="2024-04-30"), "abdeh"),
    ("the day before an undated source was read", ClaimFilter(as_of="2026-11-21"), "abdeh"),
    ("the day on which it was", ClaimFilter(as_of="2026-11-22"), "abdegh"),
    ("what an event put out of date", ClaimFilter(as_of="2017-05-05", superseded=frozenset("a")), "deh"),
    ("a certainty", ClaimFilter(certainties=frozenset({"x/hedged"})), "b"),
    ("a source", ClaimFilter(sources=frozenset({"t"})), "c"),
    ("a kind of evidence", ClaimFilter(evidence=frozenset({"x/guideline", "x/trial"})), "a"),
    ("none", ClaimFilter(sources=frozenset({"u"})), ""),
]


@pytest.mark.parametrize(("wanted", "left"), [row[1:] for row in CHOICES], ids=[row[0] for row in CHOICES])
def test_the_claims_that_count_are_left(wanted: ClaimFilter, left: str) -> None:
    found = wanted.of([statement(*CLAIMS)])
    assert "".join(c.iri for s in found for c in s.claims) == left
    assert bool(found) is bool(left)


def test_a_scope_leaves_the_statements_that_are_limited_to_it() -> None:
    here, there, anywhere = statement(CLAIMS[0], area="x"), statement(CLAIMS[0], area="y"), statement(CLAIMS[0])
    assert ClaimFilter(scope={"area": frozenset({"x"})}).of([here, there, anywhere]) == [here]


def test_a_source_that_is_limited_speaks_within_the_scope() -> None:
    """By what has no limit of its own; what is limited otherwise stays so, whoever says it."""
    wanted = ClaimFilter(scope={"area": frozenset({"x"})}, limited={"area": frozenset({"t"})})
    (left,) = wanted.of([statement(*CLAIMS), statement(*CLAIMS, area="y")])
    assert [c.iri for c in left.claims] == ["c"]


def test_a_kind_of_source_stands_for_all_of_its_sources(kg: KnowledgeGraph) -> None:
    found = claim_filter(kg, source=["seed-document"]).sources
    assert found is not None
    assert sorted(iri.rpartition("/")[2] for iri in found) == [f"seed-00{number}" for number in range(5)]


def test_a_least_kind_of_evidence_brings_those_above_it(kg: KnowledgeGraph) -> None:
    names = {iri.rpartition("/")[2] for iri in claim_filter(kg, least_evidence="guideline").evidence or ()}
    assert {"guideline", "systematic-review"} <= names
    assert {"cohort-study", "news-report"}.isdisjoint(names)


@pytest.mark.parametrize(("day", "is_out"), [("2017-05-04", False), ("2017-05-05", True)])
def test_an_event_puts_a_claim_out_of_date_from_its_day_on(kg: KnowledgeGraph, day: str, is_out: bool) -> None:
    out = claim_filter(kg, as_of=day).superseded
    assert ("https://w3id.org/alskg/claims/s3-019" in out) is is_out


@pytest.mark.parametrize(
    ("of_source", "day", "is_out"),
    [
        ({"date": "2012"}, "2012-12-30", False),
        ({"date": "2012"}, "2012-12-31", True),
        ({"date": "2012-02"}, "2012-02-29", False),
        ({"date": "2012-02"}, "2012-03-01", True),
        ({"seenOn": "2026-11-22"}, "2026-11-21", False),
        ({"seenOn": "2026-11-22"}, "2026-11-22", True),
        ({"date": "2012", "seenOn": "2010-01-01"}, "2011-12-31", False),
        ({}, "2100-01-01", False),
    ],
)
def test_what_superseded_a_claim_counts_from_the_date_of_its_source_or_when_that_was_read(
    of_source: dict[str, str], day: str, is_out: bool
) -> None:
    old, new, source = (ox.NamedNode(f"x:{name}") for name in ("old", "new", "source"))
    triples = Memory(
        [
            ox.Triple(old, ox.NamedNode(ALS + "supersededBy"), new),
            ox.Triple(new, ox.NamedNode(DCTERMS + "source"), source),
            *(ox.Triple(source, ox.NamedNode(ALS + name), ox.Literal(said)) for name, said in of_source.items()),
        ]
    )
    assert list(superseded(triples, day)) == (["x:old"] if is_out else [])


UNKNOWN = {
    "certainty": {"certainty": ["sure"]},
    "source": {"source": ["nowhere"]},
    "minEvidence": {"least_evidence": "hearsay"},
    "jurisdiction": {"scope": {"jurisdiction": ["atlantis"]}},
}


@pytest.mark.parametrize(("parameter", "given"), UNKNOWN.items(), ids=UNKNOWN)
def test_an_unknown_name_is_refused(kg: KnowledgeGraph, parameter: str, given: dict[str, Any]) -> None:
    with pytest.raises(BadParameter) as refused:
        claim_filter(kg, **given)
    assert refused.value.extra["parameter"] == parameter
    assert refused.value.extra["available"]
