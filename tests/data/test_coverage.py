"""docs/coverage.md counts what the files hold, and says what they lack."""

import re
from pathlib import Path

import pytest

from alskg.checks import derived_documents
from alskg.curated import Curated
from alskg.names import ALS, RDF
from alskg.triples import subjects

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "coverage.md"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def curated() -> Curated:
    return Curated.read(ROOT)


def test_the_page_is_what_the_files_give(page: str) -> None:
    assert derived_documents(ROOT) == {PAGE: page}, "Run `alskg derive` and read the diff."


def test_no_page_is_written_where_there_are_no_documents(tmp_path: Path) -> None:
    assert derived_documents(tmp_path) == {}


@pytest.mark.parametrize(
    "title",
    [
        "Things by class",
        "Claims by source",
        "Verification of claims",
        "Sources by kind",
        "Identifiers by vocabulary",
        "Disagreements",
        "What is missing",
    ],
)
def test_the_page_has_its_sections(page: str, title: str) -> None:
    section = page.partition(f"## {title}\n")[2].partition("\n## ")[0]
    assert re.search(r"\d", section)


def test_the_numbers_are_those_of_the_files(page: str, curated: Curated) -> None:
    claims = len(subjects(curated.whole, RDF + "type", ALS + "Claim"))
    assert f"| claims | {claims} |" in page
    verified = page.partition("## Verification of claims\n")[2].partition("\n## ")[0]
    assert sum(map(int, re.findall(r"\| (\d+) \|", verified))) == claims


def test_events_without_a_day_are_named(page: str) -> None:
    (line,) = (line for line in page.splitlines() if "has regulatory event" in line)
    assert "of no source's date" in line
    for event in (
        "Rilutek has regulatory event approval (Japan",
        "Radicava has regulatory event approval (South Korea",
    ):
        assert event in line
    assert "Radicut has regulatory event approval" not in line
    assert "negative opinion upheld" not in line, "Another source gives its day."


def test_every_vocabulary_is_counted(page: str, curated: Curated) -> None:
    for file, rows in curated.mappings.items():
        assert f"| {file.name.partition('.')[0]} | {len(rows)} |" in page
