"""The published numbers are those of the run."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from .publication import SUITES, WRITE, Publication, is_whole, page_of, suite_of

SUITE = Path(__file__).parent / "sparql11"


def report(case: str, outcome: str, *, when: str = "call", why: str | None = None) -> pytest.TestReport:
    node = f"tests/conformance/test_query.py::test_x[{case}]"
    made = pytest.TestReport(node, ("", 0, ""), {}, cast("Any", outcome), None, cast("Any", when))
    if why is not None:
        made.wasxfail = f"reason: {why}"
    return made


def session(*args: str, keyword: str = "", status: int = 0) -> Any:
    option = SimpleNamespace(keyword=keyword, markexpr="", lf=False)
    return SimpleNamespace(config=SimpleNamespace(args=list(args), option=option), exitstatus=status)


def test_every_folder_of_the_suite_is_counted() -> None:
    assert {folder for folders in SUITES.values() for folder in folders.split()} == {
        path.name for path in SUITE.iterdir() if path.is_dir()
    }


def test_a_case_passes_if_all_of_its_tests_do(tmp_path: Path) -> None:
    seen = Publication(tmp_path / "page.md")
    for one in (
        report("bind/bind01", "passed"),
        report("bind/bind01", "failed"),
        report("bind/bind01", "passed"),
        report("bind/bind02", "passed", when="setup"),
        report("bind/bind03", "skipped", why="It can't."),
        report("put_is_no_patch", "passed"),
    ):
        seen.pytest_runtest_logreport(one)
    assert seen.outcomes == {"bind/bind01": "failed", "bind/bind03": "known failure"}
    assert "| Query | 2 | 0 | 1 | 0 |" in page_of(seen.outcomes, seen.reasons)
    assert "| `bind/bind03` | It can't. |" in page_of(seen.outcomes, seen.reasons)


def test_a_page_that_says_something_else_fails_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WRITE, raising=False)
    seen, run = Publication(tmp_path / "page.md"), session("tests")
    seen.page.write_text("All is well.", encoding="utf-8")
    seen.pytest_sessionfinish(run)
    assert run.exitstatus == pytest.ExitCode.TESTS_FAILED
    assert seen.fault is not None
    monkeypatch.setenv(WRITE, "1")
    seen.pytest_sessionfinish(session("tests"))
    monkeypatch.delenv(WRITE)
    seen.pytest_sessionfinish(again := session("tests"))
    assert again.exitstatus == 0


@pytest.mark.parametrize(
    ("run", "whole"),
    [
        (session("tests"), True),
        (session("tests/unit", "tests/conformance/"), True),
        (session("tests/unit"), False),
        (session("tests/conformance/test_query.py"), False),
        (session("tests", keyword="bind"), False),
    ],
    ids=["all", "folders", "others", "a-file", "a-selection"],
)
def test_only_a_whole_run_is_published(run: Any, whole: bool) -> None:
    assert is_whole(run.config) is whole


@pytest.mark.parametrize(
    ("case", "suite"),
    [("bind/bind01", "Query"), ("protocol/query_get", "Protocol"), ("bind", None), ("x/y", None)],
    ids=["query", "protocol", "no-case", "no-folder"],
)
def test_a_case_belongs_to_a_part_of_the_suite(case: str, suite: str | None) -> None:
    assert suite_of(case) == suite
