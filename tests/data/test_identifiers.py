"""Identifiers in other vocabularies: well formed, alive under their label, and decided where sources disagree."""

import csv
import re
from functools import cache
from pathlib import Path

import bioregistry
import pytest
import sssom_pydantic

from alskg.files import MappingRow, mapping_files, mappings_of_file

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ROWS = [row for file in mapping_files(ROOT) for row in mappings_of_file(file, ROOT)]
VOCABULARIES = sorted({row.object_id.partition(":")[0] for row in ROWS})

REGISTERED = {"CHEMBL": "chembl.compound", "NCT": "clinicaltrials", "OMIMPS": "omim.ps", "ORPHA": "orphanet"}
"""Prefixes that the Bioregistry knows under another name than ours in lower case."""

WITH_A_RELEASE = ["CHEBI", "CMO", "DRUGBANK", "EFO", "GO", "HGNC", "HP", "MAXO", "MESH", "MONDO", "UNII", "WIKIDATA"]
"""Vocabularies of which a release was at hand when the identifiers were taken."""


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


RELEASED = {row["identifier"]: row["label"] for row in table("identifier_labels.tsv")}
CONFLICTS = table("identifier_conflicts.tsv")


@cache
def pattern_of(prefix: str) -> str:
    resource = bioregistry.get_resource(REGISTERED.get(prefix, prefix.lower()))
    assert resource is not None, f"The Bioregistry doesn't know {prefix}."
    return resource.get_pattern() or ""


def is_well_formed(curie: str) -> bool:
    prefix, _, name = curie.partition(":")
    return re.fullmatch(pattern_of(prefix), name) is not None


def rows_of(prefix: str) -> list[MappingRow]:
    return [row for row in ROWS if row.object_id.startswith(f"{prefix}:")]


def dead_or_misnamed(rows: list[MappingRow]) -> set[str]:
    """Identifiers that no release has, or that bear another label there than the one that is written down."""
    return {
        f"{row.object_id} {row.object_label}"
        for row in rows
        if row.object_label and RELEASED.get(row.object_id) != row.object_label
    }


@pytest.mark.parametrize("prefix", VOCABULARIES)
def test_every_identifier_has_the_form_that_its_vocabulary_gives(prefix: str) -> None:
    assert pattern_of(prefix)
    assert {row.object_id for row in rows_of(prefix) if not is_well_formed(row.object_id)} == set()


@pytest.mark.parametrize("curie", ["CHEBI:8863a", "HP:1324", "MONDO:4976", "UNIPROT:P0044", "ATC:1X", "MESH:X000690"])
def test_an_identifier_without_that_form_is_seen(curie: str) -> None:
    assert not is_well_formed(curie)


@pytest.mark.parametrize("prefix", WITH_A_RELEASE)
def test_every_identifier_is_alive_and_bears_the_label_that_is_written_down(prefix: str) -> None:
    rows = rows_of(prefix)
    assert [row for row in rows if row.object_label]
    assert dead_or_misnamed(rows) == set()


@pytest.mark.parametrize(("identifier", "label"), [("HP:0002355", "Difficulty walking"), ("CHEBI:8863", "rilusole")])
def test_an_identifier_that_is_dead_or_misnamed_is_seen(identifier: str, label: str) -> None:
    row = MappingRow("drug:x", "x", "skos:exactMatch", identifier, label, "semapv:ManualMappingCuration")
    assert dead_or_misnamed([row])


@pytest.mark.parametrize("conflict", CONFLICTS, ids=lambda row: f"{row['thing']} {row['used'] or row['refused']}")
def test_a_conflict_is_decided_as_written_down(conflict: dict[str, str]) -> None:
    own = {f"{row.predicate_id} {row.object_id}" for row in ROWS if row.subject_id == conflict["thing"]}
    assert own, "A decision about something that isn't there decides nothing."
    assert not conflict["used"] or conflict["used"] in own
    refused = set(filter(None, conflict["refused"].split("|")))
    assert refused.isdisjoint(pair.split()[1] for pair in own)


@pytest.mark.parametrize("file", mapping_files(ROOT), ids=lambda file: file.name.partition(".")[0])
def test_another_reader_of_sssom_finds_the_same_mappings(file: Path) -> None:
    found = sssom_pydantic.read(file)
    ours = {(row.subject_id, row.predicate_id, row.object_id) for row in mappings_of_file(file, ROOT)}
    assert {(m.subject.curie, m.predicate.curie, m.object.curie) for m in found.mappings} == ours


def test_what_is_refused_for_one_thing_is_the_identifier_of_no_other_but_its_owner() -> None:
    owner = {"ORPHA:803": "disease:amyotrophic-lateral-sclerosis"}
    refused = {identifier for row in CONFLICTS for identifier in row["refused"].split("|") if identifier}
    users = {(row.object_id, row.subject_id) for row in ROWS if row.object_id in refused}
    assert {identifier: subject for identifier, subject in users if owner.get(identifier) != subject} == {}


def test_the_document_tells_every_decision() -> None:
    told = (ROOT / "docs" / "identifiers.md").read_text(encoding="utf-8")
    numbers = {
        identifier.partition(":")[2].removeprefix("CHEMBL")
        for row in CONFLICTS
        for identifier in row["refused"].split("|")
    }
    assert {number for number in numbers if number not in told and f":{number}" not in told} <= {"0011996"}
