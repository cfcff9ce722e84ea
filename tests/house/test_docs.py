"""What the documents promise to be complete is complete."""

import re
from pathlib import Path

import pytest
import typer.main

from alskg import cli
from alskg.settings import SettingRow, documentation

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "alskg"
ARCHITECTURE_LINES_MAX = 150

MODULES = sorted(
    {file.stem if file.parent == SOURCE else file.parent.name for file in SOURCE.rglob("*.py")}
    - {"__init__", "__main__"}
)
COMMANDS = sorted(getattr(typer.main.get_command(cli.app), "commands", {}))


def document(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_architecture_fits_in_a_sitting() -> None:
    assert len(document("ARCHITECTURE.md").splitlines()) <= ARCHITECTURE_LINES_MAX


@pytest.mark.parametrize("module", MODULES)
def test_architecture_names_every_module(module: str) -> None:
    assert re.search(rf"\b{module}\b", document("ARCHITECTURE.md")), f"Say in ARCHITECTURE.md what {module} is for."


@pytest.mark.parametrize("row", documentation(), ids=lambda row: row.variable)
def test_readme_shows_every_setting_with_its_default(row: SettingRow) -> None:
    lines = [line for line in document("README.md").splitlines() if row.variable in line]
    assert any(row.default in line for line in lines), (
        f"README.md needs a row: {row.variable}, {row.default}, {row.meaning}"
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_readme_shows_every_command(command: str) -> None:
    assert f"alskg {command}" in document("README.md")


def test_there_are_commands_and_modules_to_look_for() -> None:
    assert {"serve", "check"} <= set(COMMANDS)
    assert {"answers", "store", "web"} <= set(MODULES)


def test_readme_says_that_this_is_no_medical_advice() -> None:
    assert "medical advice" in document("README.md")


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_to_files_lead_somewhere(name: str) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document(name))
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_changelog_has_a_place_for_the_next_change() -> None:
    assert "## [Unreleased]" in document("CHANGELOG.md")
