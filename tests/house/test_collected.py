"""Every test is collected: none lies in a file that pytest passes over, none hides behind another of its name."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FILES = sorted(TESTS.rglob("*.py"))


def names_of_tests(text: str) -> list[str]:
    """The test functions of a module, those of its classes included, as `Class.name`."""
    found: list[str] = []

    def visit(body: list[ast.stmt], owner: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                found.append(owner + node.name)
            elif isinstance(node, ast.ClassDef):
                visit(node.body, f"{node.name}.")

    visit(ast.parse(text).body, "")
    return found


def is_collected(name: str) -> bool:
    return re.fullmatch(r"test_\w+\.py", name) is not None


def repeated(names: list[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(TESTS).as_posix())
def test_a_file_is_collected_exactly_when_it_holds_tests(file: Path) -> None:
    names = names_of_tests(file.read_text(encoding="utf-8"))
    assert bool(names) == is_collected(file.name)
    assert repeated(names) == []
    assert all(name.split(".")[-1].startswith("test_") for name in names)


def test_a_test_in_a_file_of_another_name_is_seen() -> None:
    assert names_of_tests("def test_x(): ...\nclass TestY:\n    def test_z(self): ...\n") == ["test_x", "TestY.test_z"]
    assert not is_collected("check_docs.py")
    assert not is_collected("docs_test.py")


def test_a_test_that_hides_another_is_seen() -> None:
    assert repeated(names_of_tests("def test_x(): ...\ndef test_x(): ...\n")) == ["test_x"]
