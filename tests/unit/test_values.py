"""What a curator writes as a value, and the term that is meant."""

import pyoxigraph as ox
import pytest

from alskg.errors import BadParameter
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, BASE, RDF, XSD
from alskg.schema import Field
from alskg.values import SHOWN_CHARACTERS_MAX, named, open_literal, predicate_called, shown, terms_of


def field_with(datatype: str | None, path: str = ALS + "x") -> Field:
    return Field("x", path, "x", "", 0, None, None, datatype, is_link=False)


TEXT = RDF + "langString"


@pytest.mark.parametrize(
    ("datatype", "value", "expected"),
    [
        (TEXT, "a word", '"a word"@en'),
        (TEXT, {"@value": "un mot", "@language": "fr"}, '"un mot"@fr'),
        (TEXT, {"@value": "a word"}, '"a word"@en'),
        (XSD + "string", "a word", '"a word"'),
        (XSD + "string", 5, '"5"'),
        (XSD + "boolean", True, f'"true"^^<{XSD}boolean>'),
        (XSD + "boolean", "false", f'"false"^^<{XSD}boolean>'),
        (XSD + "decimal", 1e-7, f'"0.0000001"^^<{XSD}decimal>'),
        (XSD + "decimal", 9.0, f'"9.0"^^<{XSD}decimal>'),
        (XSD + "decimal", "12.50", f'"12.50"^^<{XSD}decimal>'),
        (XSD + "integer", 12, f'"12"^^<{XSD}integer>'),
        (XSD + "date", "2014-04-09", f'"2014-04-09"^^<{XSD}date>'),
        (XSD + "dateTime", "2014-04-09T12:00:00Z", f'"2014-04-09T12:00:00Z"^^<{XSD}dateTime>'),
        (None, "2014-04", f'"2014-04"^^<{XSD}gYearMonth>'),
        (None, 2014, f'"2014"^^<{XSD}gYear>'),
        (None, {"@value": "2014-04-09", "@type": XSD + "date"}, f'"2014-04-09"^^<{XSD}date>'),
    ],
    ids=str,
)
def test_a_value_is_of_the_datatype_of_its_field(
    kg: KnowledgeGraph, datatype: str | None, value: object, expected: str
) -> None:
    assert [str(term) for term in terms_of(kg, field_with(datatype), value)] == [expected]


@pytest.mark.parametrize(
    ("datatype", "value"),
    [
        (TEXT, ""),
        (TEXT, 5),
        (TEXT, {"@language": "en"}),
        (TEXT, {"@value": "x", "@language": "no tag"}),
        (XSD + "string", " "),
        (XSD + "string", {"x": 1}),
        (XSD + "string", ["nested"]),
        (XSD + "boolean", "yes"),
        (XSD + "boolean", 1),
        (XSD + "decimal", True),
        (XSD + "decimal", "1e5"),
        (XSD + "decimal", float("inf")),
        (XSD + "integer", 1.5),
        (XSD + "date", "2014-02-30"),
        (XSD + "date", "2014-04"),
        (XSD + "dateTime", "2014-13-09T12:00:00Z"),
        (None, "2014-13"),
        (None, "0000"),
        (None, {}),
        (None, ""),
        (None, {"@value": "x", "@type": "no iri"}),
    ],
    ids=str,
)
def test_what_is_not_of_the_datatype_is_refused(kg: KnowledgeGraph, datatype: str | None, value: object) -> None:
    with pytest.raises(BadParameter, match="x: ") as caught:
        terms_of(kg, field_with(datatype), [value])
    assert caught.value.extra["parameter"] == "x"


def test_null_and_lists(kg: KnowledgeGraph) -> None:
    assert terms_of(kg, field_with(TEXT), None) == []
    assert terms_of(kg, field_with(TEXT), []) == []
    assert len(terms_of(kg, field_with(TEXT), ["a", "b", None])) == 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, f'"true"^^<{XSD}boolean>'),
        (2014, f'"2014"^^<{XSD}decimal>'),
        ("a word", '"a word"@en'),
        ("2014", f'"2014"^^<{XSD}gYear>'),
        ({"@value": "2014", "@language": "en"}, '"2014"@en'),
    ],
    ids=str,
)
def test_an_object_that_may_be_any_literal(value: object, expected: str) -> None:
    assert str(open_literal(value)) == expected


@pytest.mark.parametrize(
    ("wish", "class_", "expected"),
    [
        (BASE + "drugs/riluzole", "Drug", "drugs/riluzole"),
        ("drug:riluzole", "Drug", "drugs/riluzole"),
        ("riluzole", "Drug", "drugs/riluzole"),
        (" riluzole ", "Drug", "drugs/riluzole"),
        ("CHEBI:8863", "Drug", "drugs/riluzole"),
        ("AMX 0035", "Drug", "drugs/amx0035"),
        ("muscle cramps", "Symptom", "phenotypes/muscle-cramps"),
        ("Muscle Spasticity", "Symptom", "phenotypes/muscle-spasticity"),
        ({"id": BASE + "drugs/riluzole", "label": "x"}, "Drug", "drugs/riluzole"),
        ("asserted", "Certainty", "vocabularies/certainties/asserted"),
        ("riluzole", "Thing", "drugs/riluzole"),
    ],
    ids=str,
)
def test_a_thing_is_meant_by_any_of_its_names(kg: KnowledgeGraph, wish: object, class_: str, expected: str) -> None:
    assert named(kg, wish, [ALS + class_], "x") == ox.NamedNode(BASE + expected)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("riluzol", "there is no 'riluzol' of Drug here. Did you mean riluzole"),
        ("drug:riluzol", "Did you mean"),
        ("muscle-cramps", "of Drug"),
        ("nowhere:x", "there is no 'nowhere:x'"),
        ("http://x y", "there is no"),
        ("<>", "there is no"),
        ("", "name a thing"),
        (5, "name a thing"),
        ({}, "name a thing"),
        (None, "name a thing"),
        ("x" * 1000, r"x\.\.\."),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_names_nothing_is_refused_with_near_names(kg: KnowledgeGraph, wish: object, words: str) -> None:
    with pytest.raises(BadParameter, match=words):
        named(kg, wish, [ALS + "Drug"], "x")


def test_where_any_iri_may_stand_ours_must_be_described(kg: KnowledgeGraph) -> None:
    assert named(kg, "http://example.org/x", [], "x").value == "http://example.org/x"
    assert named(kg, "CHEBI:8863", [], "x").value.endswith("CHEBI_8863")
    with pytest.raises(BadParameter):
        named(kg, BASE + "drugs/riluzol", [], "x")


@pytest.mark.parametrize(
    "wish", ["relieves", "als:relieves", ALS + "relieves", {"id": ALS + "relieves"}, " relieves "], ids=str
)
def test_a_statement_property_is_meant_by_any_of_its_names(kg: KnowledgeGraph, wish: object) -> None:
    assert predicate_called(kg, wish).iri == ALS + "relieves"
    assert predicate_called(kg, kg.schema.predicates[ALS + "extends"].label).name == "extends"


@pytest.mark.parametrize("wish", ["relieve", "nowhere:x", "", 5, None, "rdfs:label"], ids=str)
def test_another_property_is_refused(kg: KnowledgeGraph, wish: object) -> None:
    with pytest.raises(BadParameter, match="no property that claims can state"):
        predicate_called(kg, wish)


def test_only_the_beginning_of_a_long_value_is_said_again() -> None:
    assert len(shown("x" * 10_000)) == SHOWN_CHARACTERS_MAX + 3
    assert shown("x") == "'x'"
