"""What things are called."""

from pathlib import PurePath

import pytest

from alskg.names import (
    ALS,
    BASE,
    GRAPHS,
    NAME,
    RDF,
    graph_of_file,
    iri_of_name,
    kebab,
    local_name,
    name_of_iri,
    proposition_iri,
    slug,
)

RELIEF = [
    (RDF + "subject", f"<{BASE}drugs/baclofen>"),
    (RDF + "predicate", f"<{ALS}relieves>"),
    (RDF + "object", f"<{BASE}phenotypes/muscle-spasticity>"),
]


def test_a_name_and_its_iri_lead_to_each_other() -> None:
    assert iri_of_name("drugs/riluzole") == "https://w3id.org/alskg/drugs/riluzole"
    assert name_of_iri(iri_of_name("drugs/riluzole")) == "drugs/riluzole"


def test_an_iri_from_elsewhere_has_no_name() -> None:
    assert name_of_iri("https://w3id.org/biolink/vocab/Drug") is None


@pytest.mark.parametrize(
    ("iri", "name"),
    [(f"{BASE}drugs/riluzole", "riluzole"), (RDF + "subject", "subject"), (f"{BASE}drugs/", "drugs")],
)
def test_the_local_name_is_the_last_step(iri: str, name: str) -> None:
    assert local_name(iri) == name


@pytest.mark.parametrize(
    ("file", "graph"),
    [
        ("data/claims/seed-001.ttl", "data/claims/seed-001"),
        ("ontology/mappings/hp.sssom.tsv", "ontology/mappings/hp"),
        ("data/things/phase-2.5.ttl", "data/things/phase-2.5"),
    ],
)
def test_a_file_has_a_graph_of_its_name(file: str, graph: str) -> None:
    assert graph_of_file(PurePath("/root", file), PurePath("/root")) == GRAPHS + graph


def test_no_two_files_share_a_graph() -> None:
    files = [PurePath(name) for name in ("data/a.ttl", "data/a.b.ttl", "data/a.b.c.ttl")]
    assert len({graph_of_file(file, PurePath()) for file in files}) == len(files)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("hasAdverseEffect", "has-adverse-effect"), ("AdverseEffect", "adverse-effect"), ("drug", "drug")],
)
def test_kebab_parts_words_with_hyphens(word: str, expected: str) -> None:
    assert kebab(word) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Night-time  breathing!", "night-time-breathing"), (">5 (ULN)", "5-uln"), ("µ", ""), ("--", "")],
)
def test_a_slug_is_a_name_or_nothing(text: str, expected: str) -> None:
    assert slug(text) == expected
    assert not expected or NAME.fullmatch(expected)


@pytest.mark.parametrize("name", ["Riluzole", "a--b", "-a", "a-", "a b", "a/b", "a.b", "é", ""])
def test_what_is_no_name_is_refused(name: str) -> None:
    assert NAME.fullmatch(name) is None


def test_the_iri_of_a_proposition_is_known_forever() -> None:
    # It stands in files of others; another digest would cut every link to it.
    assert proposition_iri(RELIEF) == f"{BASE}propositions/baclofen-relieves-muscle-spasticity-03eb7ceb"


def test_the_order_of_its_parts_changes_no_proposition() -> None:
    assert proposition_iri(reversed(RELIEF)) == proposition_iri(RELIEF)


@pytest.mark.parametrize("position", range(3))
def test_every_part_of_its_content_changes_a_proposition(position: int) -> None:
    other = list(RELIEF)
    other[position] = (other[position][0], other[position][1].replace(">", "s>"))
    assert proposition_iri(other) != proposition_iri(RELIEF)


def test_a_scope_makes_another_proposition_of_the_same_words() -> None:
    scoped = proposition_iri([*RELIEF, (ALS + "scope", '"at night"@en')])
    assert scoped.startswith(f"{BASE}propositions/baclofen-relieves-muscle-spasticity-")
    assert scoped != proposition_iri(RELIEF)


@pytest.mark.parametrize(
    "literal",
    ['"education only"@en', r'"say \"yes\""@en', '"µ"@en', '"2017-05-05"^^<http://www.w3.org/2001/XMLSchema#date>'],
)
def test_a_proposition_about_words_has_a_name_too(literal: str) -> None:
    iri = proposition_iri([*RELIEF[:2], (RDF + "object", literal)])
    assert NAME.fullmatch(iri.removeprefix(f"{BASE}propositions/"))


def test_a_long_proposition_has_a_name_of_bounded_length() -> None:
    iri = proposition_iri([*RELIEF[:2], (RDF + "object", f'"{"word " * 100}"@en')])
    assert len(local_name(iri)) <= 89
    assert NAME.fullmatch(local_name(iri))
