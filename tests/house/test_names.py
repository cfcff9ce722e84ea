"""Nothing in src/ names a class, a collection, a thing or a question of the domain: those are added by file."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from alskg.names import ALS, OWL, RDF, local_name

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "alskg"
MODULES = sorted(SOURCE.rglob("*.py"))

ALLOWED = {
    "Thing": "what every class is under",
    "Proposition": "the data model itself: what is stated",
    "Claim": "the data model itself: who states it",
    "Source": "the data model itself: where it is stated",
    "Disagreement": "the data model itself: claims against claims",
    "Quantity": "the data model itself: numbers with units",
    "Outcome": "also what becomes of a change",
    "Activity": "also PROV's word for what was done, as a change is",
    "Rule": "the data model itself; also the word for a house rule",
    "propositions": "where propositions live",
    "claims": "where claims live; also the JSON key for them",
    "sources": "where sources live; also the JSON key for them",
    "disagreements": "where disagreements live",
    "quantities": "where quantities live",
    "tests": "also the folder with the tests",
}
"""Names that the program may use, each with the reason."""


def triples_under(folder: str) -> Iterator[ox.Triple]:
    for file in sorted((ROOT / folder).rglob("*.ttl")):
        yield from (quad.triple for quad in ox.parse(file.read_bytes(), ox.RdfFormat.TURTLE))


def names_of_classes() -> set[str]:
    return {
        local_name(str(subject.value))
        for subject, predicate, object_ in triples_under("ontology/classes")
        if isinstance(subject, ox.NamedNode)
        and predicate.value == RDF + "type"
        and object_ == ox.NamedNode(OWL + "Class")
    }


def names_of_collections() -> set[str]:
    return {
        object_.value
        for _, predicate, object_ in triples_under("ontology/classes")
        if predicate.value == ALS + "collection" and isinstance(object_, ox.Literal)
    }


def names_of_things() -> set[str]:
    return {
        local_name(str(subject.value)) for subject, _, _ in triples_under("data/things") if hasattr(subject, "value")
    }


def names_of_questions() -> set[str]:
    return {file.stem for file in (ROOT / "queries").glob("*.rq")}


def identifiers_in(tree: ast.AST) -> set[str]:
    """Every name that the program gives to something: variables, attributes, arguments, functions, classes."""
    found = (getattr(node, field, None) for node in ast.walk(tree) for field in ("id", "attr", "arg", "name"))
    return {name for name in found if isinstance(name, str)}


def strings_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every string with its line; docstrings may show examples of the domain and are left out."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def named_in(string: str) -> set[str]:
    """What a string names: itself, and each step of a path, an IRI or a CURIE that stands in it (`/drugs`)."""
    return {string, *re.findall(r"(?<=[/:#])[A-Za-z0-9-]+", string), *re.findall(r"^[\w-]+(?=[/:])", string)}


def words_of_domain(text: str, forbidden: set[str], things: set[str], own: set[str]) -> list[str]:
    """
    The places in a module that name something of the domain.

    A thing may share its name with a word that the program itself uses (`own`): adding one must not break the house.
    """
    tree = ast.parse(text)
    bad = (forbidden | (things - own)) - set(ALLOWED)
    found = [f"line {line}: {word}" for line, string in strings_in(tree) for word in sorted(named_in(string) & bad)]
    return found + sorted(f"identifier: {name}" for name in identifiers_in(tree) & forbidden - set(ALLOWED))


@pytest.fixture(scope="module")
def forbidden() -> set[str]:
    return names_of_classes() | names_of_collections() | names_of_questions()


@pytest.fixture(scope="module")
def things() -> set[str]:
    return names_of_things()


@pytest.fixture(scope="module")
def own() -> set[str]:
    return set().union(*(identifiers_in(ast.parse(file.read_text(encoding="utf-8"))) for file in MODULES))


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.relative_to(SOURCE).as_posix())
def test_no_module_names_the_domain(file: Path, forbidden: set[str], things: set[str], own: set[str]) -> None:
    found = words_of_domain(file.read_text(encoding="utf-8"), forbidden, things, own)
    assert found == [], "Derive it from the ontology or the files; see ALLOWED above for the few exceptions."


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.html")), ids=lambda file: file.name)
def test_no_template_names_the_domain(file: Path, forbidden: set[str], things: set[str]) -> None:
    assert named_in(file.read_text(encoding="utf-8")) & (forbidden | things) - set(ALLOWED) == set()


def test_the_domain_has_names() -> None:
    assert {"Drug", "Symptom"} <= names_of_classes()
    assert {"drugs", "symptoms"} <= names_of_collections()
    assert "riluzole" in names_of_things()


@pytest.mark.parametrize(
    "line",
    [
        'x = "drugs"',
        'x = "/drugs/{name}"',
        'x = "SELECT ?x { ?x a als:Drug }"',
        'x = "https://w3id.org/alskg/ontology/Drug"',
        'x = f"{y}drug:riluzole"',
        'if name == "riluzole": pass',
        "class Drug: pass",
        'ask("what-relieves")',
    ],
)
def test_a_name_of_the_domain_is_seen(line: str) -> None:
    assert words_of_domain(line, {"Drug", "drugs", "what-relieves"}, {"riluzole"}, set())


@pytest.mark.parametrize(
    "line",
    ['"""See `/drugs/riluzole`."""', 'x = "A page on drugs."', 'x = "als:Claim"', 'cost = table["cost"]', "drugs_ = 1"],
)
def test_what_is_no_name_of_the_domain_is_let_pass(line: str) -> None:
    assert words_of_domain(line, {"Drug", "drugs"}, {"riluzole", "cost"}, {"cost"}) == []
