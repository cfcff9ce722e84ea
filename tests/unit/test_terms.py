"""Values in SPARQL: what comes back is what was put in, whatever it looks like."""

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alskg.errors import BadParameter
from alskg.store.terms import Bindable, bound, iri, term_text

TEXT = st.text(st.characters(codec="utf-8"), max_size=20) | st.text("\"'\\\n\r\t{}<>.@^?$# ", max_size=10)
IRI = st.from_regex(r"\Ahttps://[a-z]{1,5}/[A-Za-z0-9é漢()'&=;,~!$*+%:@?./-]{0,12}\Z").filter(
    lambda text: "%" not in text and "?" not in text
)
LITERAL = st.one_of(
    TEXT.map(ox.Literal),
    st.builds(lambda text: ox.Literal(text, language="en"), TEXT),
    st.builds(lambda text, kind: ox.Literal(text, datatype=ox.NamedNode(kind)), TEXT, IRI),
    st.integers(-(2**62), 2**62).map(ox.Literal),
    st.booleans().map(ox.Literal),
)
TERM = LITERAL | IRI.map(ox.NamedNode)

HOSTILE = [
    '"',
    "'",
    '"""',
    "\\",
    '\\"',
    "\n",
    "\r\n",
    "\x00",
    "\x1f\x7f\x85\u2028\ufeff",
    "} INSERT DATA { <a:a> <a:b> <a:c> } #",
    '" } UNION { ?s ?p ?o } #',
    "# no comment",
    "<a:b> ?x $y @en ^^<a:b>",
    "\\u0022 } \\U00000022",
    "\U0001d4b3 é 漢",
]


def rows(text: str, store: ox.Store | None = None) -> list[list[object]]:
    found = (store or ox.Store()).query(text)
    assert isinstance(found, ox.QuerySolutions)
    return [list(solution) for solution in found]


@given(TERM)
@example(ox.Literal("\\u0041"))
@example(ox.Literal("}", language="en"))
def test_a_bound_term_comes_back_as_it_was(term: Bindable) -> None:
    assert rows(bound("SELECT ?x WHERE { }", {"x": [term]})) == [[term]]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_comes_back_as_it_was(text: str) -> None:
    literals: list[Bindable] = [ox.Literal(text), ox.Literal(text, language="en")]
    assert rows(bound("SELECT ?x WHERE { }", {"x": literals})) == [[literal] for literal in literals]


@given(st.lists(TERM, max_size=4), st.lists(TERM, min_size=1, max_size=3))
def test_several_values_of_several_variables_are_all_bound(first: list[Bindable], second: list[Bindable]) -> None:
    found = rows(bound("SELECT ?x ?y WHERE { }", {"x": first, "y": second}))
    assert sorted(map(str, found)) == sorted(str([x, y]) for x in first for y in second)


def test_no_bindings_leave_the_text_as_it_is() -> None:
    assert bound("SELECT * {}", {}) == "SELECT * {}"


def test_no_value_gives_no_row() -> None:
    assert rows(bound("SELECT ?x WHERE { }", {"x": []})) == []


def test_a_term_is_written_as_n_triples_writes_it() -> None:
    assert term_text(ox.NamedNode("a:b")) == "<a:b>"
    assert term_text(ox.Literal('say "yes"\n', language="en")) == r'"say \"yes\"\n"@en'


@pytest.mark.parametrize("text", ["no iri", "a:b c", "a:<b>", "a:{b}", 'a:"', "a:\n", "", "/drugs/x", "a:%"])
def test_what_is_no_iri_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="is not an absolute IRI"):
        iri(text)


def test_what_is_an_iri_is_taken() -> None:
    assert iri("https://w3id.org/alskg/drugs/riluzole") == ox.NamedNode("https://w3id.org/alskg/drugs/riluzole")


X, Y = ox.NamedNode("a:x"), ox.NamedNode("a:y")
STORE = ox.Store()
STORE.extend([ox.Quad(X, ox.NamedNode("a:p"), Y), ox.Quad(Y, ox.NamedNode("a:p"), ox.Literal("{ } # WHERE"))])


def triples(text: str) -> list[str]:
    found = STORE.query(text)
    assert isinstance(found, ox.QueryTriples)
    return [str(triple) for triple in found]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?s ?o WHERE { ?s <a:p> ?o }",
        "SELECT ?s ?o { ?s <a:p> ?o }",
        "PREFIX w: <a:WHERE{> select ?s ?o where{?s <a:p> ?o}".replace("{>", "/>"),
        "# WHERE {\nSELECT ?s ?o # {\nWHERE # {\n{ # ?s\n ?s <a:p> ?o # }\n}",
        "SELECT ?s ('{' AS ?brace) ?o WHERE { ?s <a:p> ?o FILTER(?o != '}') }",
        'SELECT ?s ("""WHERE {""" AS ?brace) ?o WHERE { ?s <a:p> ?o }',
        "SELECT ?s (EXISTS { ?s <a:p> ?any } AS ?has) ?o WHERE { ?s <a:p> ?o }",
        "SELECT ?s ?o WHERE { { ?s <a:p> ?o } UNION { ?o <a:q> ?s } }",
        "SELECT ?s ?o WHERE { SELECT ?s ?o WHERE { ?s <a:p> ?o } }",
        "SELECT ?s ?o WHERE { SELECT ?s ?o WHERE { ?s <a:p> ?o # the end }\n} # and } out\n}",
        "SELECT ?s ?o WHERE { { SELECT ?s ?o WHERE { ?s <a:p> ?o } } }",
        "SELECT ?s ?o WHERE { ?any <a:p> ?thing OPTIONAL { ?s <a:p> ?o } FILTER(BOUND(?o)) }",
        "SELECT ?s ?o WHERE { ?s <a:p> ?o } GROUP BY ?s ?o HAVING(COUNT(*) > 0) ORDER BY ?s LIMIT 9",
        "SELECT ?s ?o WHERE { ?s <a:p> ?o MINUS { ?s <a:q> ?o } } VALUES ?o { <a:y> }",
        "SELECT ?s ?o FROM <a:g> WHERE { ?s <a:p> ?o }".replace("FROM <a:g> ", ""),
    ],
)
def test_a_select_is_held_by_its_bindings(text: str) -> None:
    found = STORE.query(bound(text, {"s": [X]}))
    assert isinstance(found, ox.QuerySolutions)
    assert {(solution["s"], solution["o"]) for solution in found} == {(X, Y)}


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("ASK { ?s <a:p> <a:y> }", (True, False)),
        ("ASK WHERE { ?s <a:p> <a:y> }", (True, False)),
        ("ASK { FILTER EXISTS { ?s <a:p> <a:y> } }", (True, False)),
        ("ASK { FILTER NOT EXISTS { ?s <a:p> <a:y> } }", (False, True)),
    ],
)
def test_an_ask_is_held_by_its_bindings(text: str, answers: tuple[bool, bool]) -> None:
    assert tuple(bool(STORE.query(bound(text, {"s": [term]}))) for term in (X, Y)) == answers


@pytest.mark.parametrize(
    "text",
    [
        "CONSTRUCT { ?s <a:q> ?o } WHERE { ?s <a:p> ?o }",
        "CONSTRUCT { ?s <a:q> ?o } { ?s <a:p> ?o }",
        "CONSTRUCT { ?s <a:q> ?o . } # {\n WHERE { { ?s <a:p> ?o } UNION { } FILTER(BOUND(?o)) }",
        "PREFIX w: <a:> CONSTRUCT { ?s w:q ?o } WHERE { SELECT ?s ?o { ?s w:p ?o } }",
    ],
)
def test_a_construct_is_held_by_its_bindings(text: str) -> None:
    assert triples(bound(text, {"s": [X]})) == ["<a:x> <a:q> <a:y>"]


@pytest.mark.parametrize(
    "text",
    ["CONSTRUCT WHERE { ?s <a:p> ?o }", "construct\nwhere{?s <a:p> ?o # }\n}", "CONSTRUCT WHERE { ?s <a:p> ?o . }"],
)
def test_a_construct_without_a_template_is_held_by_its_bindings(text: str) -> None:
    assert triples(bound(text, {"s": [X]})) == ["<a:x> <a:p> <a:y>"]


def test_a_describe_is_held_by_its_bindings() -> None:
    assert triples(bound("DESCRIBE ?s WHERE { ?s <a:p> ?o }", {"s": [X]})) == ["<a:x> <a:p> <a:y>"]


@pytest.mark.parametrize("text", ["DESCRIBE <a:x>", "DESCRIBE <a:x> <a:y> # {"])
def test_a_query_without_a_group_can_bind_nothing(text: str) -> None:
    with pytest.raises(BadParameter, match="no WHERE group"):
        bound(text, {"s": [X]})


def test_a_subselect_that_does_not_project_the_variable_is_not_held() -> None:
    # As the standard has it (SPARQL 1.1, section 18.2.1); the docstring says so.
    text = "SELECT ?o WHERE { { SELECT ?o WHERE { ?s <a:p> ?o } } }"
    assert len(rows(bound(text, {"s": [X]}), STORE)) == 2


@pytest.mark.parametrize("text", ["SELECT * {", "SELECT * { SELECT", "CONSTRUCT { ?s ?p ?o", "SELECT * WHERE { { }"])
def test_a_query_that_is_cut_off_stays_one_that_does_not_parse(text: str) -> None:
    with pytest.raises((SyntaxError, BadParameter)):
        STORE.query(bound(text, {"s": [X]}))
