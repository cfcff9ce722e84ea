"""The parameters of a named question: what a caller writes becomes a term, or is refused with what would do."""

import pyoxigraph as ox
import pytest

from alskg.errors import BadParameter
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, BASE
from alskg.parameters import bindings, type_of
from alskg.queries import DATATYPES, NamedQuery, Parameter, read_query

XSD = "http://www.w3.org/2001/XMLSchema#"


def question(kind: str, *, default: str = "") -> NamedQuery:
    """A question with one parameter, `x`, of that kind."""
    lines = ['title = "T"', 'question = "Q?"', 'tags = ["t"]', "[parameters.x]", 'about = "A."', 'example = "e"', kind]
    header = "\n".join(f"#+ {line}" for line in [*lines, *([f'default = "{default}"'] if default else [])])
    return read_query("one.rq", f"{header}\nSELECT ?x WHERE {{ }}", {})


def bound_to(kg: KnowledgeGraph, kind: str, value: object) -> object:
    ((term,),) = bindings(kg, question(kind), {"x": value}).values()
    return term


@pytest.mark.parametrize(
    ("kind", "value", "iri"),
    [
        ('class = "Drug"', "riluzole", f"{BASE}drugs/riluzole"),
        ('class = "Drug"', "drug:riluzole", f"{BASE}drugs/riluzole"),
        ('class = "Drug"', f"{BASE}drugs/riluzole", f"{BASE}drugs/riluzole"),
        ('class = "Symptom"', "muscle-spasticity", f"{BASE}phenotypes/muscle-spasticity"),
        ('vocabulary = "certainties"', "asserted", f"{BASE}vocabularies/certainties/asserted"),
        ('vocabulary = "certainties"', "certainty:asserted", f"{BASE}vocabularies/certainties/asserted"),
        (
            'vocabulary = "certainties"',
            f"{BASE}vocabularies/certainties/asserted",
            f"{BASE}vocabularies/certainties/asserted",
        ),
        ("property = true", "relieves", f"{ALS}relieves"),
        ("property = true", "als:relieves", f"{ALS}relieves"),
        ("property = true", f"{ALS}relieves", f"{ALS}relieves"),
    ],
)
def test_a_name_a_curie_and_an_iri_mean_the_same(kind: str, value: str, iri: str, kg: KnowledgeGraph) -> None:
    assert bound_to(kg, kind, value) == ox.NamedNode(iri)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ('class = "Drug"', "riluzol", "No drug is called 'riluzol'"),
        ('class = "Drug"', "https://example.org/riluzole", "No drug is called 'https://example.org/riluzole'"),
        ('class = "Drug"', "mechanism:riluzole", "No drug is called 'mechanism:riluzole'"),
        ('class = "Drug"', "", "No drug is called ''"),
        ('class = "Drug"', 'a b<>"{}', "No drug is called"),
        ('class = "Symptom"', "tizanidine", "No symptom is called 'tizanidine'"),
        ('vocabulary = "certainties"', "certain", "not in the list of certainties: anticipated, asserted,"),
        ('vocabulary = "certainties"', "polarity:asserted", "not in the list of certainties"),
        ('vocabulary = "certainties"', "https://example.org/asserted", "not in the list of certainties"),
        ("property = true", "relives", "no property of that name is stated here. Did you mean relieves?"),
        ("property = true", "skos:relieves", "no property of that name is stated here."),
        ("property = true", "als:locator", "no property of that name is stated here."),
        ("property = true", "nope:relieves", "the prefix 'nope' is not declared here"),
    ],
)
def test_what_means_nothing_is_refused(kind: str, value: str, message: str, kg: KnowledgeGraph) -> None:
    with pytest.raises(BadParameter) as caught:
        bound_to(kg, kind, value)
    assert message in str(caught.value)


def test_of_a_list_of_values_only_those_are_taken(kg: KnowledgeGraph) -> None:
    kind = 'datatype = "xsd:string"\n#+ values = ["e", "f"]'
    assert bound_to(kg, kind, "f") == ox.Literal("f")
    with pytest.raises(BadParameter, match="x=g: write 'e' or 'f'"):
        bound_to(kg, kind, "g")


def test_a_slip_is_told_what_is_near(kg: KnowledgeGraph) -> None:
    with pytest.raises(BadParameter) as caught:
        bound_to(kg, 'class = "Drug"', "riluzol")
    assert caught.value.extra["parameter"] == "x"
    assert "/drugs/riluzole" in caught.value.extra["suggestions"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("datatype", "value", "expected"),
    [
        ("xsd:string", 'say "yes" } #', 'say "yes" } #'),
        ("xsd:integer", "5", "5"),
        ("xsd:integer", 5, "5"),
        ("xsd:decimal", "1.50", "1.50"),
        ("xsd:decimal", "1e3", "1000"),
        ("xsd:decimal", "1e-3", "0.001"),
        ("xsd:boolean", "true", "true"),
        ("xsd:boolean", False, "false"),
        ("xsd:date", "2017-05-05", "2017-05-05"),
        ("xsd:gYear", "2017", "2017"),
    ],
)
def test_a_value_is_read_by_its_datatype(datatype: str, value: object, expected: str, kg: KnowledgeGraph) -> None:
    term = bound_to(kg, f'datatype = "{datatype}"', value)
    assert term == ox.Literal(expected, datatype=ox.NamedNode(XSD + datatype.removeprefix("xsd:")))


@pytest.mark.parametrize(
    ("datatype", "value"),
    [
        ("xsd:integer", "five"),
        ("xsd:integer", "1.5"),
        ("xsd:integer", ""),
        ("xsd:decimal", "NaN"),
        ("xsd:decimal", "Infinity"),
        ("xsd:decimal", "1,5"),
        ("xsd:boolean", "perhaps"),
        ("xsd:date", "2017"),
        ("xsd:date", "0"),
        ("xsd:date", "86400"),
        ("xsd:date", "2017-13-01"),
        ("xsd:date", "2017-02-30"),
        ("xsd:date", "2017-05-05T00:00:00"),
        ("xsd:date", "05/05/2017"),
        ("xsd:gYear", "17"),
        ("xsd:gYear", "2017-05"),
    ],
)
def test_a_value_that_is_not_of_its_datatype_is_refused(datatype: str, value: str, kg: KnowledgeGraph) -> None:
    with pytest.raises(BadParameter) as caught:
        bound_to(kg, f'datatype = "{datatype}"', value)
    assert str(caught.value).startswith(f"x={value}: ")
    assert str(caught.value).endswith("for example e.")
    assert caught.value.extra["parameter"] == "x"


def test_a_text_that_is_no_unicode_is_refused(kg: KnowledgeGraph) -> None:
    # As an argument of the command line may hold it, where it isn't UTF-8.
    with pytest.raises(BadParameter, match="x"):
        bound_to(kg, 'datatype = "xsd:string"', "\udcff")


def test_a_parameter_that_is_missing_is_named_with_an_example(kg: KnowledgeGraph) -> None:
    with pytest.raises(BadParameter, match=r"one needs x; for example e\."):
        bindings(kg, question('datatype = "xsd:string"'), {})


def test_a_default_stands_in_for_what_is_missing(kg: KnowledgeGraph) -> None:
    assert bindings(kg, question('class = "Drug"', default="riluzole"), {}) == {
        "x": [ox.NamedNode(f"{BASE}drugs/riluzole")]
    }


def test_a_parameter_that_there_is_not_is_refused_with_those_there_are(kg: KnowledgeGraph) -> None:
    with pytest.raises(BadParameter, match=r"one has no parameter 'y'; it has x\."):
        bindings(kg, question('datatype = "xsd:string"'), {"x": "a", "y": "b"})


def test_the_form_of_the_answer_is_no_parameter(kg: KnowledgeGraph) -> None:
    assert set(bindings(kg, question('datatype = "xsd:string"'), {"x": "a", "format": "csv", "output": "csv"})) == {"x"}


@pytest.mark.parametrize("datatype", DATATYPES)
def test_every_datatype_has_a_type_that_refuses_something_or_is_text(datatype: str) -> None:
    parameter = Parameter("x", "A.", "e", None, None, None, property_=False, datatype=datatype)
    assert (type_of(parameter) is str) == (datatype == "xsd:string")


def test_every_example_of_a_shipped_question_is_a_value_of_its_kind(kg: KnowledgeGraph) -> None:
    for query in kg.queries.values():
        assert set(bindings(kg, query, {p.name: p.example for p in query.parameters})) == {
            p.name for p in query.parameters
        }, query.name
