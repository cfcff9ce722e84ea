"""What papers, labels and regulators say, held against tables of their figures."""

import csv
from decimal import Decimal
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from alskg.names import ALS, BASE, DCTERMS, RDF, RDFS
from alskg.triples import plain

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
UNITS = f"{BASE}vocabularies/units/"
PARTS = (
    "treatmentValue",
    "comparatorValue",
    "effect",
    "pValue",
    "participants",
    "treatmentParticipants",
    "comparatorParticipants",
    "treatmentEvents",
    "comparatorEvents",
)


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


FINDINGS = table("findings.tsv")
RATES = table("rates.tsv")
INTERACTIONS = table("interactions.tsv")


@cache
def graph() -> ox.Store:
    store = ox.Store()
    for file in sorted((ROOT / "data").rglob("*.ttl")):
        store.load(path=str(file), format=ox.RdfFormat.TURTLE)
    return store


def values(subject: str, property_: str) -> list[str]:
    return [plain(q.object) for q in graph().quads_for_pattern(ox.NamedNode(subject), ox.NamedNode(property_), None)]


def having(property_: str, object_: str) -> list[str]:
    return [plain(q.subject) for q in graph().quads_for_pattern(None, ox.NamedNode(property_), ox.NamedNode(object_))]


def only(found: list[str]) -> str:
    assert len(found) == 1, found
    return found[0]


def number(subject: str, name: str) -> Decimal | None:
    found = values(subject, ALS + name)
    return Decimal(only(found)) if found else None


def decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def named(row: dict[str, str]) -> str:
    return f"{row['finding']}-{row['part']}"


@pytest.mark.parametrize("row", [r for r in FINDINGS if r["part"] != "direction"], ids=named)
def test_a_figure_of_a_finding_is_that_of_the_paper(row: dict[str, str]) -> None:
    quantity = only(values(f"{BASE}findings/{row['finding']}", ALS + row["part"]))
    assert only(values(quantity, ALS + "unit")) == UNITS + row["unit"]
    least, dots, most = row["value"].partition("..")
    if dots:
        assert (number(quantity, "minimum"), number(quantity, "maximum")) == (Decimal(least), Decimal(most))
    else:
        assert number(quantity, "value") == Decimal(least)
    assert number(quantity, "standardError") == decimal(row["standard_error"])
    assert number(quantity, "intervalMinimum") == decimal(row["lower"])
    assert number(quantity, "intervalMaximum") == decimal(row["upper"])


@pytest.mark.parametrize("row", [r for r in FINDINGS if r["part"] == "direction"], ids=lambda row: row["finding"])
def test_a_finding_speaks_for_whom_the_paper_says_and_is_claimed_by_it(row: dict[str, str]) -> None:
    finding = f"{BASE}findings/{row['finding']}"
    direction = only(values(finding, ALS + "findingDirection"))
    assert direction == f"{BASE}vocabularies/finding-directions/{row['value']}"
    propositions = having(RDF + "object", finding)
    claims = [claim for proposition in propositions for claim in having(ALS + "states", proposition)]
    assert {values(claim, DCTERMS + "source")[0] for claim in claims} == {
        f"{BASE}sources/{name}" for name in row["sources"].split("|")
    }


def test_the_table_of_findings_is_whole() -> None:
    findings = having(RDF + "type", ALS + "Finding")
    there = {
        (finding.rpartition("/")[2], part) for finding in findings for part in PARTS if values(finding, ALS + part)
    }
    assert there == {(row["finding"], row["part"]) for row in FINDINGS if row["part"] != "direction"}


BOUNDS = {
    ("dextromethorphan-quinidine-bulbar-28-days", "pValue", "less-than"),
    ("kaji-2019-alsfrs-r-week-182", "pValue", "at-least"),
    ("kaji-2019-time-to-event", "pValue", "at-least"),
    ("pioro-2010-episodes-20-10", "pValue", "less-than"),
    ("pioro-2010-episodes-30-10", "pValue", "less-than"),
    ("riluzole-peak-variation-between-people", "pValue", "less-than"),
    ("riluzole-real-world-survival", "effect", "greater-than"),
}
"""The figures of findings that a paper gives as bounds; every other one is the figure itself."""


def test_a_figure_is_a_bound_where_the_paper_gives_a_bound() -> None:
    found = {
        (finding.rpartition("/")[2], part, comparator.rpartition("/")[2])
        for finding in having(RDF + "type", ALS + "Finding")
        for part in PARTS
        for quantity in values(finding, ALS + part)
        for comparator in values(quantity, ALS + "comparator")
    }
    assert {row for row in found if row[2] != "equal-to"} == BOUNDS


@pytest.mark.parametrize("row", RATES, ids=lambda row: f"{row['drug']}-{row['effect']}-{row['rate']}")
def test_a_rate_of_an_unwanted_effect_is_that_of_the_label_or_the_study(row: dict[str, str]) -> None:
    drug, effect = f"{BASE}drugs/{row['drug']}", f"{BASE}phenotypes/{row['effect']}"
    people = {f"{BASE}populations/{row['population']}"} if row["population"] else set()
    found = [
        figures(claim)
        for proposition in having(RDF + "subject", drug)
        if values(proposition, RDF + "object") == [effect] and set(values(proposition, ALS + "population")) == people
        for claim in having(ALS + "states", proposition)
    ]
    keys = ("rate", "comparator", "placebo_rate", "participants", "placebo_participants")
    assert tuple(row[key] for key in keys) in found


def figures(claim: str) -> tuple[str, ...]:
    """The rate with its comparator, that of the placebo group, and how many people each rests on."""

    def value(property_: str) -> str:
        found = values(claim, ALS + property_)
        given = number(found[0], "value") if found else None
        if found and given is None:
            given = number(found[0], "minimum")
        return "" if given is None else f"{given.normalize():f}"

    comparator = [c for q in values(claim, ALS + "incidence") for c in values(q, ALS + "comparator")]
    return (
        value("incidence"),
        comparator[0].rpartition("/")[2] if comparator else "",
        value("comparatorIncidence"),
        value("treatmentParticipants"),
        value("comparatorParticipants"),
    )


@pytest.mark.parametrize("row", INTERACTIONS, ids=lambda row: f"{row['affected']}-{row['precipitant']}")
def test_an_interaction_is_that_of_the_label(row: dict[str, str]) -> None:
    affected = BASE + row["affected"]
    ways = [
        way
        for way in having(ALS + "precipitant", BASE + row["precipitant"])
        if affected in values(way, ALS + "affectedDrug")
    ]
    way = only(ways)
    assert sorted(s.rpartition("/")[2] for s in values(way, ALS + "precipitantStrength")) == listed(row["strengths"])
    assert [d.rpartition("/")[2] for d in values(way, ALS + "effectDirection")] == listed(row["direction"])
    assert values(way, ALS + "effectOn") == [BASE + on for on in listed(row["on"])]
    assert values(way, ALS + "strength") == listed(row["advice"])


def listed(cell: str) -> list[str]:
    return [part for part in cell.split("|") if part]


def test_the_table_of_interactions_is_whole() -> None:
    assert len(having(RDF + "type", ALS + "Interaction")) == len(INTERACTIONS)


def test_every_claim_says_how_closely_it_was_checked() -> None:
    claims = having(RDF + "type", ALS + "Claim")
    assert len(claims) > 400
    assert [claim for claim in claims if len(values(claim, ALS + "verification")) != 1] == []


def test_a_claim_from_a_seed_was_read_in_the_seed() -> None:
    states = {
        state
        for claim in having(RDF + "type", ALS + "Claim")
        if "/seed-" in values(claim, DCTERMS + "source")[0]
        for state in values(claim, ALS + "verification")
    }
    assert states == {f"{BASE}vocabularies/verification-states/checked-at-the-primary-source"}


OUTDATED = "S2-048 S2-051 S2-052 S3-019".split()
"""Those that events overtook; where another source merely says otherwise, a disagreement is on record."""


def test_the_outdated_claims_of_the_seeds_lead_to_what_superseded_them() -> None:
    superseded = {plain(q.subject): plain(q.object) for q in graph().quads_for_pattern(None, SUPERSEDED, None)}
    assert sorted(old.rpartition("/")[2].upper() for old in superseded) == OUTDATED
    for newer in superseded.values():
        assert "/seed-" not in only(values(newer, DCTERMS + "source"))


SUPERSEDED = ox.NamedNode(ALS + "supersededBy")


def test_no_address_of_a_copy_is_a_source() -> None:
    sources = having(RDF + "type", ALS + "Source")
    texts = [text for s in sources for p in (RDFS + "label", DCTERMS + "title") for text in values(s, p)]
    assert texts
    assert [text for text in texts if "://" in text or "www." in text] == []


@pytest.mark.parametrize(
    ("rule", "property_", "quantity"),
    [
        (
            "monitoring-rules/riluzole-alanine-aminotransferase-in-the-european-union",
            "interval",
            "monthly-for-3-months-then-every-3-months-in-the-first-year-then-periodically",
        ),
        (
            "stop-rules/riluzole-ended-for-alanine-aminotransferase-in-the-european-union",
            "threshold",
            "at-least-5-times-upper-limit-of-normal",
        ),
        (
            "contraindications/riluzole-baseline-aminotransferases-over-3-times-uln",
            "threshold",
            "over-3-times-upper-limit-of-normal",
        ),
        (
            "monitoring-rules/riluzole-hepatic-injury-monthly-then-periodically",
            "interval",
            "monthly-for-3-months-then-periodically",
        ),
        (
            "stop-rules/riluzole-aminotransferases-in-the-united-states",
            "threshold",
            "over-5-times-upper-limit-of-normal",
        ),
    ],
)
def test_a_rule_on_the_liver_has_the_figure_of_its_label(rule: str, property_: str, quantity: str) -> None:
    assert values(f"{BASE}{rule}", ALS + property_) == [f"{BASE}quantities/{quantity}"]


@pytest.mark.parametrize("jurisdiction", ["united-states", "european-union"])
@pytest.mark.parametrize("timing", ["before-starting", "during-therapy"])
def test_liver_tests_on_riluzole_are_told_for_each_area(jurisdiction: str, timing: str) -> None:
    rules = [
        rule
        for rule in having(ALS + "jurisdiction", f"{BASE}jurisdictions/{jurisdiction}")
        if values(rule, ALS + "timing") == [f"{BASE}vocabularies/timings/{timing}"]
        and values(rule, ALS + "drug") == [f"{BASE}drugs/riluzole"]
        and any("aminotransferase" in test for test in values(rule, ALS + "test"))
    ]
    assert len(rules) == 1


def test_a_claim_is_called_by_its_number_and_what_it_is_about() -> None:
    """A label that was changed on one side only would be two texts for one statement."""
    states = graph().quads_for_pattern(None, ox.NamedNode(ALS + "states"), None)
    called = {plain(q.subject): (plain(q.subject), plain(q.object)) for q in states}
    assert called
    for claim, proposition in called.values():
        told = only(values(claim, RDFS + "label")).partition(": ")[2].removeprefix("not: ")
        assert told == only(values(proposition, RDFS + "label"))


def test_a_rule_that_rests_on_a_label_is_of_the_area_that_the_label_speaks_for() -> None:
    labels = having(ALS + "sourceKind", f"{BASE}vocabularies/source-kinds/product-label")
    area_of = {label: only(values(label, ALS + "jurisdiction")) for label in labels}
    resting = [
        (plain(quad.subject), area_of[source])
        for quad in graph().quads_for_pattern(None, ox.NamedNode(ALS + "restsOn"), None)
        for claim in having(ALS + "states", plain(quad.object))
        for source in values(claim, DCTERMS + "source")
        if source in area_of
    ]
    assert len({area for _, area in resting}) > 1
    assert [(rule, area) for rule, area in resting if area not in values(rule, ALS + "jurisdiction")] == []
