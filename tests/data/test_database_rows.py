"""What databases say, row by row, held against the claims of theirs in the graph."""

import csv
import re
from collections import Counter
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path

import pytest

from alskg.curated import Curated
from alskg.names import ALS, BASE, RDF, RDFS, local_name
from alskg.triples import iris, plain, text

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
with (HERE / "database_rows.tsv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))

CLASSES = {
    "HP:0040280": ("obligate", "100", "100"),
    "HP:0040281": ("very-frequent", "80", "99"),
    "HP:0040282": ("frequent", "30", "79"),
    "HP:0040283": ("occasional", "5", "29"),
    "HP:0040284": ("very-rare", "1", "4"),
}
VERBS = {"P": {"hasPhenotype"}, "I": {"hasInheritance"}, "C": {"hasOnsetStage", "hasClinicalCourse"}}
ENDS_THERE = {
    "MESH:C005435": "drug:edaravone",
    "MESH:D011729": "drug:pyridostigmine",
    "MESH:D009128": "phenotype:muscle-spasticity",
    "GO:0070997": "pathology:neuronal-death",
    "DRUGBANK:DB01202": "drug:levetiracetam",
}
"""Identifiers that a source writes and that no thing here has as its exact match; docs/identifiers.md says why."""


@cache
def curated() -> Curated:
    return Curated.read(ROOT)


@cache
def things() -> dict[str, set[str]]:
    """The things that have an identifier, by it: those that mean the same, and the gene of a protein."""
    prefixes = curated().schema.prefixes
    found: dict[str, set[str]] = {}
    for rows in curated().mappings.values():
        for row in rows:
            is_protein = row.object_id.startswith("UNIPROT:")
            if row.predicate_id == "skos:exactMatch" or is_protein:
                prefix, _, name = row.subject_id.partition(":")
                found.setdefault(row.object_id, set()).add(prefixes[prefix] + name)
    for identifier, curie in ENDS_THERE.items():
        prefix, _, name = curie.partition(":")
        found[identifier] = {prefixes[prefix] + name}
    found["ORPHA:357043"] = found["OMIM:602433"]
    return found


@cache
def claims(source: str) -> tuple[tuple[str, str, str, str], ...]:
    """The claims of a source: each with subject, predicate and object of its proposition."""
    whole = curated().whole
    found = []
    for triple in whole.match(None, "http://purl.org/dc/terms/source", f"{BASE}sources/{source}"):
        claim = plain(triple.subject)
        (proposition,) = iris(whole, claim, ALS + "states")
        ends = (iris(whole, proposition, RDF + end)[0] for end in ("subject", "predicate", "object"))
        found.append((claim, *ends))
    return tuple(found)  # type: ignore[arg-type]


def claims_of(row: dict[str, str]) -> list[str]:
    """The claims that a row may stand for: those between things that bear its identifiers."""
    subjects, objects = things().get(row["subject"], set()), things().get(row["object"], set())
    return [claim for claim, s, _, o in claims(row["source"]) if s in subjects and o in objects]


def rows_of(source: str, *kinds: str) -> list[dict[str, str]]:
    return [row for row in ROWS if row["source"] == source and (not kinds or row["kind"] in kinds)]


def figure_of(claim: str) -> tuple[str, ...]:
    """The share that a claim gives, as the fixture would write it, with its polarity."""
    whole = curated().whole
    polarity = local_name(iris(whole, claim, ALS + "polarity")[0])
    classes = iris(whole, claim, ALS + "frequencyClass")
    for quantity in iris(whole, claim, ALS + "incidence"):
        affected, examined = (text(whole, quantity, ALS + name) for name in ("numberAffected", "numberExamined"))
        if affected and examined:
            return polarity, f"{Decimal(affected):f}/{Decimal(examined):f}".replace(".0", ""), percent(quantity)
        low = text(whole, quantity, ALS + "minimum") or text(whole, quantity, ALS + "value") or ""
        high = text(whole, quantity, ALS + "maximum") or text(whole, quantity, ALS + "value") or ""
        return polarity, local_name(classes[0]), f"{Decimal(low):.0f}", f"{Decimal(high):.0f}"
    return (polarity,)


def percent(quantity: str) -> str:
    return f"{Decimal(text(curated().whole, quantity, ALS + 'value') or 'nan'):.1f}"


def expected(figure: str) -> tuple[str, ...]:
    if figure in CLASSES:
        return ("affirms", *CLASSES[figure])
    if match := re.fullmatch(r"(\d+)/(\d+)", figure):
        share = (Decimal(match[1]) * 100 / Decimal(match[2])).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
        return "denies" if match[1] == "0" else "affirms", figure, f"{share}"
    return ("affirms",)


@pytest.mark.parametrize("source", ["hpo-annotations-2025-01-16", "chebi", "drugmechdb", "drugcentral-2016"])
def test_there_is_a_claim_for_each_row_and_none_beside_them(source: str) -> None:
    rows = rows_of(source)
    assert rows
    assert [row for row in rows if not claims_of(row)] == []
    assert len(claims(source)) == len(rows)


def test_an_annotation_of_the_hpo_keeps_its_frequency_its_reference_and_its_side() -> None:
    whole = curated().whole
    wrong = []
    for row in rows_of("hpo-annotations-2025-01-16"):
        locator = f"row of {row['subject']}, {row['object']}, {row['reference']}"
        (claim,) = [c for c in claims_of(row) if text(whole, c, ALS + "locator") == locator]
        (verb,) = {local_name(p) for c, _, p, _ in claims("hpo-annotations-2025-01-16") if c == claim}
        cited = len(iris(whole, claim, ALS + "citation"))
        if (
            figure_of(claim) != expected(row["figure"])
            or verb not in VERBS[row["kind"]]
            or cited != len(set(row["reference"].split(";")))
        ):
            wrong.append((locator, figure_of(claim), expected(row["figure"]), verb, cited))
    assert wrong == []


def test_dismech_says_the_frequencies_that_it_says() -> None:
    whole = curated().whole
    found = Counter(
        (local_name(iris(whole, c, ALS + "frequencyClass")[0]).replace("-", "_").upper(), o)
        for c, s, p, o in claims("dismech")
        if local_name(p) == "hasPhenotype" and s.endswith("/diseases/amyotrophic-lateral-sclerosis")
    )
    rows = [row for row in rows_of("dismech", "phenotype") if row["subject"] == "MONDO:0004976"]
    assert found == Counter((row["figure"], next(iter(things()[row["object"]]))) for row in rows)


def test_dismech_says_of_genes_what_it_says() -> None:
    whole = curated().whole
    verbs = {
        "CAUSATIVE": "isCausalGeneOf",
        "SUSCEPTIBILITY": "isSusceptibilityGeneOf",
        "RISK_FACTOR": "isSusceptibilityGeneOf",
    }
    found = Counter(
        (s, local_name(p), "".join(map(local_name, iris(whole, c, ALS + "geneValidity"))))
        for c, s, p, _ in claims("dismech")
        if local_name(p) in {*verbs.values(), "isLinkedWith"}
    )
    due = Counter(
        (
            next(iter(things()[row["object"]])),
            verbs.get(row["evidence"], "isLinkedWith"),
            "disputed" if row["evidence"] == "DISPUTED" else row["figure"].lower(),
        )
        for row in rows_of("dismech", "gene")
    )
    assert found == due


CALLED_HERE = {
    "SSRI": "SSRIs",
    "botulinum toxin": "botulinum toxin therapy",
    "quinine sulfate": "quinine",
    "tricyclic antidepressant": "tricyclic antidepressants",
}
"""What dismech names in other words than the graph."""


def test_dismech_names_the_drugs_of_each_treatment_that_it_names() -> None:
    whole = curated().whole
    found = Counter(
        (text(whole, c, ALS + "locator"), text(whole, s, RDFS + "label"))
        for c, s, p, _ in claims("dismech")
        if local_name(p) == "isNamedFor"
    )
    due = Counter(
        (f"entry {row['subject']}, treatment {row['reference']}", CALLED_HERE.get(row["object"], row["object"]))
        for row in rows_of("dismech", "named")
    )
    assert found == due


def test_a_row_that_the_graph_lacks_is_seen() -> None:
    assert claims_of({"source": "chebi", "subject": "CHEBI:8863", "object": "CHEBI:22586"}) == []


def test_a_figure_is_read_as_it_is_written() -> None:
    assert expected("0/9") == ("denies", "0/9", "0.0")
    assert expected("1/3") == ("affirms", "1/3", "33.3")
