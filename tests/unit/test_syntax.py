"""What is told of a query from its tokens, and how a slip is described."""

import pyoxigraph as ox
import pytest

from alskg.errors import BadQuery
from alskg.syntax import bad_query, datasets, form, form_at_a_glance, mentions, services, undeclared_prefixes, variables
from alskg.tokens import tokens, unescaped

EVERY = {"SERVICE", "FROM", "LOAD", "NOW", "RAND", "UUID", "STRUUID", "BNODE"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * {}", "SELECT"),
        ("select*{}limit10", "SELECT"),
        ("# ASK\nBASE <http://e/> PREFIX a: <b#> PREFIX : <c>\nASK {}", "ASK"),
        ("CONSTRUCT WHERE { ?select ?ask 'INSERT' }", "CONSTRUCT"),
        ("Describe <http://e/>", "DESCRIBE"),
        ("INSERT DATA {}", "UPDATE"),
        ("PREFIX a: <b> DELETE WHERE { ?s ?p ?o }", "UPDATE"),
        ("WITH <http://e/g> DELETE {} WHERE {}", "UPDATE"),
        ("LOAD <http://e/>", "UPDATE"),
        ("CLEAR ALL", "UPDATE"),
        ("VERSION '1.2' SELECT * {}", "SELECT"),
    ],
)
def test_the_form_is_the_first_keyword_after_the_prologue(text: str, expected: str) -> None:
    assert form(text) == expected
    assert form_at_a_glance(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the query ends before"),
        ("PREFIX a: <a:a>", "the query ends before"),
        ("PREFIX a:", "the query ends before"),
        ("SELEKT * {}", "did you mean SELECT"),
        ("?x", "expected SELECT, ASK"),
        ("SELECTION {}", "no word of SPARQL"),
    ],
)
def test_what_has_no_form_has_none_at_a_glance_either(text: str, message: str) -> None:
    for read in (form, form_at_a_glance):
        with pytest.raises(BadQuery, match=message):
            read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * { SERVICE <http://e/> {} }", {"SERVICE"}),
        ("SELECT * { sErViCe?e{} }", {"SERVICE"}),
        ("SELECT * { ?s ?p trueSERVICE<http://e/>{} }", {"SERVICE"}),
        ("SELECT * { SERVICESILENT<http://e/>{} }", {"SERVICE"}),
        ("SELECT * { 'SERVICE' ?service ex:service } # SERVICE", set()),
        ("SELECT * { '''a' SERVICE''' ?p <http://e/SERVICE> , service:x , <http://e/(a)SERVICE#x> }", set()),
        ('SELECT * { """\\""" SERVICE""" ?p "\\" SERVICE" }', set()),
        ("SELECT * { GRAPH service:x { ?s ?p ?o } }", set()),
        ("SELECT * FROM<http://e/>{}", {"FROM"}),
        ("SELECT * { # FROM\r SERVICE <http://e/> {} }", {"SERVICE"}),
        ("SELECT (NOW() AS ?rand) (RAND() AS ?x) {}", {"NOW", "RAND"}),
        ("SELECT (STRUUID() AS ?x) {}", {"STRUUID"}),
        ("SELECT * { BIND(uuid() AS ?x) BIND(BNODE() AS ?y) }", {"UUID", "BNODE"}),
        ("SELECT * { ?s ?p ?o FILTER(?o<NOW()&&?s>3) }", {"NOW"}),
        ("SELECT * { ?s <urn:uuid:1> ?o }", set()),
        ("LOAD <http://e/>", {"LOAD"}),
    ],
)
def test_a_keyword_is_found_wherever_an_engine_would_find_it(text: str, expected: set[str]) -> None:
    assert mentions(text, EVERY) == expected


def test_only_the_keywords_asked_for_are_told() -> None:
    assert mentions("SELECT (NOW() AS ?x) { SERVICE ?x {} }", {"NOW"}) == {"NOW"}


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("SELEC * {}", 1, 1, "did you mean SELECT?"),
        ("SELECT * {\n  FILTRE(1)\n}", 2, 3, "did you mean FILTER?"),
        ("SELECT drug {}", 1, 8, "a variable is written ?drug"),
        ("\u017fELECT * {}", 1, 1, "did you mean SELECT?"),
        ("SELECT * { ?s ?p 'open }", 1, 18, "a string begins here that doesn't end"),
        ("SELECT * { ?s ?p 'a\nb' }", 1, 18, "a string begins here that doesn't end"),
        ("SELECT * { ?s ?p '\\q' }", 1, 18, "or that holds a bad escape"),
        ("SELECT * { ?s ?p '''''''SERVICE ?x {} }", 1, 24, "a string begins here"),
        ("SELECT * {\n ?s ?p 'é\\uD800' }", 2, 10, "\\uD800 stands for no character"),
        ("SELECT * { ?s ?p '\\U00110000' }", 1, 19, "stands for no character"),
        ("SELECT * { ?s \\u003fp ?o }", 1, 15, "a codepoint escape may stand only in"),
        ("SELECT * { ?s ?p % }", 1, 18, "'%' can't stand here"),
        ("SELECT\u00a0* {}", 1, 7, "'\\xa0' can't stand here"),
        ("", 1, 1, "the query ends before it asks anything"),
        ("PREFIX a: <b>\n", 2, 1, "the query ends before it asks anything"),
        ("FILTER(1)", 1, 1, "expected SELECT, ASK, CONSTRUCT or DESCRIBE, found FILTER"),
        ("SELECT * { SERVICEex:a { ?s ?p ?o } }", 1, 12, "may hold a keyword"),
        ("SELECT*FROMex:a{ ?s ?p ?o }", 1, 8, "may hold a keyword"),
        ("SELECT * FROM ex:a FROMex:b { ?s ?p ?o }", 1, 20, "may hold a keyword"),
        ("INSERT DATA {};LOADex:a", 1, 16, "may hold a keyword"),
        ("SELECT * { ?s ?p ?o FILTER(?o<?s)SERVICE#>\n?x{} }", 1, 30, "an IRI or a comparison"),
    ],
)
def test_what_can_not_be_read_is_refused_with_its_place(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(BadQuery) as caught:
        form(text)
    assert message in str(caught.value)
    assert caught.value.extra == {"line": line, "column": column}
    assert str(caught.value).startswith(f"Line {line}, column {column}: ")


def test_an_escape_that_changes_the_query_is_refused() -> None:
    with pytest.raises(BadQuery, match="changes what the query says"):
        form('SELECT * { ?s ?p "\\u0022 . SERVICE <http://e/> {} # "\n}')


def test_escapes_are_written_out() -> None:
    assert unescaped(r"\u0053ELECT ?\U00000078 { '\\u0041' }") == r"SELECT ?x { '\\u0041' }"
    assert form(unescaped(r"\u0053ELECT * {}")) == "SELECT"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("ex:a.b.", "name mark"),
        ("ex:a\\,b%41:c", "name"),
        ("a.b:c", "name"),
        (":", "name"),
        ("_:a.b .", "blank mark"),
        ("-1.5e3 .5 1. ?x", "mark number number number mark variable"),
        ("'a'@en-GB--ltr^^ex:t", "string language mark name"),
        ("<a>/<b>?x<3", "iri mark iri variable mark number"),
        ("<<ex:a a ex:b>>", "mark name word name mark"),
        ("ex:p*/^ex:q|!a", "name mark mark mark name mark mark word"),
        ("\ufeff?x".replace("\ufeff", ""), "variable"),
    ],
)
def test_tokens_are_of_the_standard(text: str, kinds: str) -> None:
    assert " ".join(token.kind for token in tokens(text)) == kinds


def test_graphs_are_resolved() -> None:
    text = "BASE <http://e/x/> PREFIX a: <y/> SELECT * FROM a:b FROM NAMED <../c> FROM d:e FROM<\\u0066>{}"
    assert datasets(text, {"d": "http://d/"}) == ("http://e/x/y/b", "http://e/c", "http://d/e", "http://e/x/f")


@pytest.mark.parametrize("text", ["BASE <a> SELECT * FROM ?g {}", "PREFIX x: <%> SELECT * FROM ?g {}"])
def test_a_prologue_that_resolves_nothing_is_no_matter_where_nothing_is_named(text: str) -> None:
    assert datasets(text) == ("?g",)


def test_what_is_relative_is_ours() -> None:
    assert datasets("SELECT * FROM <graphs/b> {}") == ("https://w3id.org/alskg/graphs/b",)
    assert datasets("BASE <http://a/> SELECT * FROM <b> {}") == ("http://a/b",)


def test_services_are_resolved_and_variables_kept() -> None:
    text = "PREFIX a: <http://a/> SELECT * { SERVICE SILENT a:b { SERVICE $x {} } service <http://c> {} }"
    assert services(text) == ("http://a/b", "?x", "http://c")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * FROM a:b {}", "Line 1, column 15: a:b can't be resolved"),
        ("SELECT * FROM <http://[> {}", "Line 1, column 15: <http://[> can't be resolved"),
        ("SELECT * FROM {}", "Line 1, column 10: expected an IRI after FROM"),
        ("SELECT * FROM", "Line 1, column 10: expected an IRI after FROM"),
    ],
)
def test_a_graph_that_can_not_be_resolved_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadQuery) as caught:
        datasets(text)
    assert str(caught.value).startswith(message)


def test_variables_and_undeclared_prefixes_are_told() -> None:
    text = "PREFIX a: <b> SELECT ?x { ?x a:b $y . ?x c:d '?z' , c:e , :f }"
    assert variables(text) == {"x", "y"}
    assert {prefix: token.text for prefix, token in undeclared_prefixes(text).items()} == {"c": "c:d", "": ":f"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * WHERE { ?s ?p }", "Line 1, column 25: the query can't go on like this after 'SELECT * WHERE"),
        ("SELECT *\n{ ?s ?p ?o . foo:bar ?x ?y }", "Line 2, column 14: prefix foo: is not declared; write PREFIX"),
        ("SELECT ?x (1 AS ?x) {}", "Line 1, column 23: Duplicated variable name in SELECT."),
        ("SELEC", "Line 1, column 1: SELEC is no word of SPARQL; did you mean SELECT?"),
    ],
)
def test_an_error_of_oxigraph_gets_its_place_and_reason(text: str, message: str) -> None:
    with pytest.raises(SyntaxError) as caught:
        ox.Store().query(text)
    refusal = bad_query(caught.value, text)
    assert str(refusal).startswith(message)
    assert set(refusal.extra) == {"line", "column"}


def test_an_error_of_oxigraph_has_its_place_without_the_text_too() -> None:
    refusal = bad_query(SyntaxError("error at 3:7: expected one of OPTIONAL, [_]"))
    assert (str(refusal), refusal.extra) == (
        "Line 3, column 7: the query can't go on like this.",
        {"line": 3, "column": 7},
    )
    assert str(bad_query(SyntaxError("something else"))) == "something else."


def test_a_prefix_that_the_engine_knows_is_no_error() -> None:
    refusal = bad_query(SyntaxError("error at 1:9: expected X"), "ASK { ex:a ?p }", {"ex": "http://e/"})
    assert "prefix" not in str(refusal)
