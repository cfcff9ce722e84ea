"""The house rules on figures, asked of single quantities."""

from collections.abc import Collection
from pathlib import Path

import pyoxigraph as ox
import pytest

from alskg.figures import impossible, misnumbered
from alskg.files import ontology_triples
from alskg.names import ALS, BASE, RDF, RDFS, SKOS
from alskg.schema import Schema
from alskg.triples import Memory

ROOT = Path(__file__).parents[2]
ONTOLOGY = Memory(ontology_triples(ROOT))
SCHEMA = Schema(ONTOLOGY)
IRI = f"{BASE}quantities/test"


class OneQuantity:
    """The ontology, and one quantity."""

    schema = SCHEMA

    def __init__(self, *said: tuple[str, ox.NamedNode | ox.Literal]) -> None:
        node, type_ = ox.NamedNode(IRI), ox.NamedNode(RDF + "type")
        own = [ox.Triple(node, type_, ox.NamedNode(ALS + "Quantity"))]
        own += [ox.Triple(node, ox.NamedNode(property_), value) for property_, value in said]
        self.whole = Memory([*ONTOLOGY.match(), *own])

    def files_of(self, iri: str) -> Collection[str]:
        return ()

    def files_with(self, triple: ox.Triple) -> Collection[str]:
        return ()

    def where(self, iri: str) -> str:
        return "here"


def number(value: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal"))


def quantity(label: str, unit: str, value: str, **more: str) -> OneQuantity:
    said: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        (RDFS + "label", ox.Literal(label, language="en")),
        (ALS + "unit", ox.NamedNode(f"{BASE}vocabularies/units/{unit}")),
        (ALS + "value", number(value)),
    ]
    texts = {"altLabel": SKOS + "altLabel", "verbalValue": ALS + "verbalValue"}
    for key, given in more.items():
        if key in texts:
            said.append((texts[key], ox.Literal(given, language="en")))
        elif key == "comparator":
            said.append((ALS + key, ox.NamedNode(f"{BASE}vocabularies/comparators/{given}")))
        else:
            said.append((ALS + key, number(given)))
    return OneQuantity(*said)


def kinds(site: OneQuantity) -> set[str]:
    return {fault.rule for rule in (misnumbered, impossible) for fault in rule(site, IRI)}


@pytest.mark.parametrize(
    ("label", "unit", "value"),
    [
        ("500 micrograms", "milligram", "500"),
        ("12 milligrams", "gram", "12"),
        ("5 nanograms per millilitre", "milligram", "5"),
        ("5 ml", "milligram", "5"),
        ("5 litres", "millilitre", "5"),
        ("12 kg", "milligram", "12"),
        ("12-mg", "gram", "12"),
        ("12 wks", "day", "12"),
        ("5 per cent", "ratio", "5"),
        ("5 mg/kg/day", "milligram", "5"),
        ("20 mg/day", "milligram", "20"),
        ("50 mg per kilogram", "milligram", "50"),
        ("1.2 points/month", "point", "1.2"),
        (".5 %", "percent", "5"),
        ("5e5 mg", "milligram", "5"),
        ("minus 3.2 points", "point", "3.2"),
        ("\u20133.2 points", "point", "3.2"),
        ("- 3.2 points", "point", "3.2"),
        ("-3.2 points", "point", "3.2"),
        ("12 %", "percent", "99"),
    ],
)
def test_what_is_called_by_another_number_or_unit_is_refused(label: str, unit: str, value: str) -> None:
    assert kinds(quantity(label, unit, value)) == {"misnumbered"}


@pytest.mark.parametrize(
    ("label", "unit", "value", "more"),
    [
        ("500 mcg", "microgram", "500", {}),
        ("12 milligrams", "milligram", "12", {}),
        ("1,200 participants", "participant", "1200", {}),
        (".5 %", "percent", "0.5", {}),
        ("p=.03", "probability", "0.03", {}),
        ("p = 1e-5", "probability", "0.00001", {}),
        ("5.2 \u00d7 10^-8", "probability", "0.000000052", {}),
        ("minus 3.2 points", "point", "-3.2", {}),
        ("\u20133.2 points", "point", "-3.2", {}),
        ("over 10 %", "percent", "10", {"comparator": "greater-than"}),
        ("12.5 % (5 of 40)", "percent", "12.5", {"numberAffected": "5", "numberExamined": "40"}),
        (
            "\u22123.2 points (95 % CI \u22125.1 to \u22121.3)",
            "point",
            "-3.2",
            {"intervalMinimum": "-5.1", "intervalMaximum": "-1.3", "intervalLevel": "95"},
        ),
        ("100 mg/day (50 mg twice daily)", "milligram-per-day", "100", {"verbalValue": "50 mg twice daily"}),
        ("twice daily", "per-day", "2", {}),
        ("60 mg over 60 minutes", "milligram", "60", {"verbalValue": "over 60 minutes"}),
        ("p < 0.001", "probability", "0.001", {"comparator": "less-than"}),
        ("\u2265 5 %", "percent", "5", {"comparator": "at-least"}),
        ("up to 5 %", "percent", "5", {"comparator": "at-most"}),
        (
            "> 10 % (4 of 8)",
            "percent",
            "10",
            {"numberAffected": "4", "numberExamined": "8", "comparator": "greater-than"},
        ),
    ],
)
def test_what_is_called_by_its_own_number_and_unit_passes(
    label: str, unit: str, value: str, more: dict[str, str]
) -> None:
    assert kinds(quantity(label, unit, value, **more)) == set()


@pytest.mark.parametrize(
    ("label", "comparator"),
    [
        ("> 12 %", "equal-to"),
        ("at least 12 %", "less-than"),
        (">= 12 %", "greater-than"),
        ("more than 12 %", "at-least"),
        ("12 %", "at-most"),
        ("No more than 12 %", "less-than"),
    ],
)
def test_what_is_called_more_or_less_than_it_is_is_refused(label: str, comparator: str) -> None:
    assert kinds(quantity(label, "percent", "12", comparator=comparator)) == {"misnumbered"}


def test_nobody_counts_half_a_person() -> None:
    assert kinds(quantity("a share", "percent", "50", numberAffected="2.5", numberExamined="5")) == {"out-of-bounds"}


@pytest.mark.parametrize("key", ["altLabel", "verbalValue"])
def test_another_name_is_no_way_to_say_another_number(key: str) -> None:
    label = {"altLabel": "12 %", "verbalValue": "99 %"}[key]
    assert kinds(quantity(label, "percent", "12", **{key: "99 %"})) == {"misnumbered"}


@pytest.mark.parametrize(
    ("value", "affected", "examined", "refused"),
    [("50", "4", "8", False), ("75", "4", "8", True), ("33", "1", "3", False), ("33.4", "1", "3", True)],
)
def test_a_share_is_that_of_its_counts_to_its_last_digit(
    value: str, affected: str, examined: str, refused: bool
) -> None:
    found = kinds(quantity("a share", "percent", value, numberAffected=affected, numberExamined=examined))
    assert found == ({"out-of-bounds"} if refused else set())
