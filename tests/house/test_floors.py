"""Imports go down only, and in no circle (ARCHITECTURE.md)."""

import ast
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "alskg"

FLOORS = (
    {"__init__", "errors", "names", "settings", "wording"},
    {
        "apart",
        "changeset",
        "characters",
        "coverage",
        "curated",
        "curies",
        "evidence",
        "faults",
        "figures",
        "files",
        "identity",
        "labels",
        "layout",
        "legible",
        "mapped",
        "media",
        "overlay",
        "panels",
        "plain_json",
        "queries",
        "rules",
        "schema",
        "shacl",
        "shapes",
        "spelling",
        "syntax",
        "tokens",
        "triples",
        "turtle",
        "vocabulary",
    },
    {"access", "authorisation", "oidc", "store"},
    {
        "candidate",
        "derivation",
        "gate",
        "history",
        "keeping",
        "kept",
        "knowledge_graph",
        "past",
        "restated",
        "retraction",
    },
    {"answers", "checks", "descriptions", "dumps", "export", "kgx", "release"},
    {
        "changes",
        "claim_drafts",
        "claim_filters",
        "differences",
        "drafts",
        "importing",
        "loading",
        "meant",
        "members",
        "parameters",
        "proposals",
        "related",
        "renaming",
        "reversal",
        "rewriting",
        "search",
        "source_drafts",
        "standings",
        "statements",
        "updating",
        "values",
    },
    {"web"},
    {"__main__", "cli", "cli_changes", "cli_files", "cli_history", "cli_reversal", "cli_tokens", "terminal"},
)
"""The modules and packages of each floor, from the ground up. Those of one floor may use each other, in no circle."""

FLOOR = {room: number for number, rooms in enumerate(FLOORS, start=1) for room in rooms}

MODULES = sorted(SOURCE.rglob("*.py"))


def name_of(file: Path) -> str:
    """`store.terms`, or `store` for the package's own file."""
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def imports_of(text: str, known: set[str]) -> set[str]:
    """The modules of ours that a module imports, anywhere in its text and for types alone, too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "Write imports in full: from alskg.store import terms."
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    ours = {name.removeprefix("alskg.") for name in found if name.startswith("alskg.")}
    return {name for name in ours if name in known}


def climbs(graph: Mapping[str, set[str]]) -> list[str]:
    """The imports that lead up."""
    return [
        f"{module} imports {imported}"
        for module, imports in graph.items()
        for imported in sorted(imports)
        if FLOOR[imported.split(".")[0]] > FLOOR[module.split(".")[0]]
    ]


def graph_of_imports() -> dict[str, set[str]]:
    known = {name_of(file) for file in MODULES}
    return {name_of(file): imports_of(file.read_text(encoding="utf-8"), known) - {name_of(file)} for file in MODULES}


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_every_module_has_a_floor(file: Path) -> None:
    room = name_of(file).split(".")[0]
    assert room in FLOOR, f"Give {room} a floor, in FLOORS above and in ARCHITECTURE.md."


def test_every_floor_has_only_rooms_that_exist() -> None:
    assert {name_of(file).split(".")[0] for file in MODULES} == set(FLOOR)


def test_imports_go_down_only() -> None:
    assert climbs(graph_of_imports()) == []


def test_there_is_no_circle() -> None:
    TopologicalSorter(graph_of_imports()).prepare()


def test_an_import_that_leads_up_is_seen() -> None:
    assert climbs({"names": {"answers"}, "web.app": {"names"}, "cli": {"web"}}) == ["names imports answers"]


def test_a_circle_is_seen() -> None:
    with pytest.raises(CycleError):
        TopologicalSorter({"answers": {"checks"}, "checks": {"answers"}}).prepare()


def test_every_way_to_import_is_seen() -> None:
    text = (
        "import alskg.names\nfrom alskg import errors\nfrom alskg.store.terms import bound\n"
        "if TYPE_CHECKING:\n    from alskg.web import app\ndef f():\n    import alskg.cli\n"
    )
    known = {"names", "errors", "store.terms", "web", "web.app", "cli"}
    assert imports_of(text, known) == known
