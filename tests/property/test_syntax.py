"""The tokenizer against rdflib's parser and against Oxigraph itself, on texts that try to fool it."""

import contextlib
from collections.abc import Iterable
from random import Random

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyparsing import ParseException, ParseResults
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from alskg.errors import BadQuery
from alskg.store.admission import admitted
from alskg.syntax import CHANGING, datasets, form, form_at_a_glance, mentions, services
from alskg.tokens import tokens, unescaped

KEYWORDS = ("SERVICE", "FROM", "LOAD", "NOW", "RAND", "UUID", "STRUUID", "BNODE")

hostile = st.lists(
    st.sampled_from(
        [*KEYWORDS, "service", "From", "now()", " ", "<", ">", "#", "{", "}", "'", '"', "\\", "\n", "?x", ":", "é"]
    )
    | st.characters(exclude_categories=["Cs"]),
    max_size=8,
).map("".join)


def quoted(text: str, mark: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')
    if len(mark) == 1:
        escaped = escaped.replace("\n", "\\n").replace("\r", "\\r")
    return f"{mark}{escaped}{mark}"


strings = st.builds(quoted, hostile, st.sampled_from(["'", '"', "'''", '"""']))
comments = hostile.map(lambda text: "#" + text.replace("\n", " ").replace("\r", " ") + "\n")
IN_IRI = frozenset("-._~!$&'()*+,;=:@/?#é")
iris = hostile.map(
    lambda text: f"<http://example.org/{''.join(c for c in text if c in IN_IRI or (c.isascii() and c.isalnum()))}>"
)
local_names = st.sampled_from(["service", "FROM", "from.now", "load", "NOW", "a.b", "uuid-1", "x:service"])
names = st.builds("{}:{}".format, st.sampled_from(["ex", ""]), local_names)
names_of_variables = st.sampled_from(["?service", "$from", "?NOW", "?load", "?x", "?rand1", "?é"])
terms = strings | iris | names | names_of_variables
gaps = st.just(" ") | comments.map(lambda comment: " " + comment) | st.sampled_from(["\n", "\t", "\r\n"])

letters = st.sampled_from([str.upper, str.lower, str.title])


@st.composite
def queries(draw: st.DrawFn) -> tuple[str, str, set[str]]:
    """A query, its form, and the keywords that it does use."""
    used: set[str] = set()

    def gap() -> str:
        return draw(gaps)

    def word(keyword: str) -> str:
        if keyword in KEYWORDS:
            used.add(keyword)
        return draw(letters)(keyword)

    triples = "".join(
        f"{gap()}{draw(iris | names | names_of_variables)}{gap()}{draw(iris | names)}{gap()}{draw(terms)}{gap()}."
        for _ in range(draw(st.integers(0, 3)))
    )
    if draw(st.booleans()):
        triples += f"{gap()}{word('SERVICE')}{gap()}{draw(iris | names)}{gap()}{{{gap()}}}"
    for call in ("NOW", "RAND", "UUID", "STRUUID", "BNODE"):
        if draw(st.integers(0, 4)) == 0:
            triples += f"{gap()}BIND({word(call)}{gap()}(){gap()}AS ?{call.lower()}_)"
    clause = f"{word('FROM')}{gap()}{draw(iris | names)}{gap()}" if draw(st.booleans()) else ""
    head, form_ = draw(
        st.sampled_from(
            [("SELECT *", "SELECT"), ("ASK", "ASK"), ("DESCRIBE ?x", "DESCRIBE"), ("CONSTRUCT { }", "CONSTRUCT")]
        )
    )
    prologue = f"PREFIX{gap()}ex:{gap()}{draw(iris)}{gap()}prefix : <http://example.org/>{gap()}"
    return f"{prologue}{head}{gap()}{clause}WHERE{gap()}{{{triples}{gap()}}}", form_, used


def parts_named(tree: object, name: str) -> list[CompValue]:
    """The parts of an rdflib parse tree that have a name."""
    children: Iterable[object] = ()
    if isinstance(tree, dict):
        children = tree.values()
    elif isinstance(tree, list | tuple | ParseResults):
        children = tree
    found = [tree] if isinstance(tree, CompValue) and tree.name == name else []
    return found + [part for child in children for part in parts_named(child, name)]


@given(queries())
def test_keywords_are_those_that_were_put_in(query: tuple[str, str, set[str]]) -> None:
    text, form_, used = query
    assert mentions(text, KEYWORDS) == used
    assert form(text) == form_
    assert form_at_a_glance(text) == form_


@given(queries(), st.text("aSELECT{}#<> \n:PREFIX/\\", max_size=12))
def test_the_quick_look_agrees_with_the_tokens(query: tuple[str, str, set[str]], before: str) -> None:
    """What is passed over unread has none of the words, whatever stands before; and the form is the tokens'."""
    text = before + query[0]
    try:
        expected = form(text)
    except BadQuery:
        return
    assert form_at_a_glance(text) == expected
    if expected != "UPDATE":
        looked_at = admitted(text, lambda: tuple(datasets(text)), tuple(services(text)))
        assert looked_at.form == expected
        assert looked_at.is_fixed == (not mentions(text, CHANGING))
        assert looked_at.names_graphs == (mentions(text, {"GRAPH", "FROM"}) == {"GRAPH"})


# rdflib's parser takes up to a tenth of a second for a query.
@settings(max_examples=50)
@given(queries())
def test_rdflib_finds_the_same_clauses(query: tuple[str, str, set[str]]) -> None:
    text, _, used = query
    try:
        tree = parseQuery(text)
    except ParseException:
        # rdflib's grammar is narrower than the standard's in places, a name such as `x:service` among them.
        return
    assert len(parts_named(tree, "DatasetClause")) == len(datasets(text))
    assert len(parts_named(tree, "ServiceGraphPattern")) == len(services(text)) == int("SERVICE" in used)


@given(queries())
def test_tokens_say_where_they_stand(query: tuple[str, str, set[str]]) -> None:
    text = query[0]
    assert all(text.startswith(token.text, token.start) for token in tokens(text))


@given(queries(), st.randoms(use_true_random=False))
def test_escapes_change_nothing(query: tuple[str, str, set[str]], random: Random) -> None:
    text, form_, used = query
    escaped = "".join(
        f"\\u{ord(c):04x}" if ord(c) < 0x10000 and c not in "\\" and random.random() < 0.2 else c for c in text
    )
    if "\\\\u" not in escaped:
        assert unescaped(escaped) == text
        assert mentions(unescaped(escaped), KEYWORDS) == used
        assert form(unescaped(escaped)) == form_


ENDPOINT = "http://127.0.0.1:9/"
"""Oxigraph refuses this port before it opens a connection: an OSError tells that it would have gone there."""

PROLOGUE = (
    f"PREFIX ex: <{ENDPOINT}> PREFIX : <{ENDPOINT}> PREFIX SERVICEex: <http://e/> PREFIX trueSERVICE: <http://e/> "
)


def fetches(store: ox.Store, text: str) -> bool:
    try:
        solutions = store.query(text)
        assert isinstance(solutions, ox.QuerySolutions)
        list(solutions)
    except (OSError, RuntimeError):  # RuntimeError where the variable that names the service is unbound
        return True
    except SyntaxError:
        return False
    return False


before_service = st.sampled_from(
    [
        "",
        "?s ?p ?o . ",
        "?s ?p ?o FILTER(?o<?s)",
        "?s ?p ?o FILTER(?o<4&&?o<?s)",
        "?s ?p ?o FILTER(1<ex:a)",
        "?s ?p ?o BIND(?o<?s AS?b)",
        "?s ?p true",
        "?s ?p 1",
        "?s ?p 1.",
        "?s ?p 1e5",
        "?s ?p ex:a",
        "?s ?p ex:a.",
        "?s ?p 'x'",
        "?s ?p 'x'@en",
        "?s ?p ?o",
        "?s a<b:c>",
        "VALUES ?x {'''' }",
        "VALUES ?x {'a' 'b'}",
        "BIND('''a''' AS?x)",
        "BIND('\\'' AS ?x)",
        'BIND("\\u0022 } #" AS ?x)',
        'BIND("\\u005C" AS ?x)',
        "{}",
        "OPTIONAL{?s ?p ?o}",
        "?s ?p ?o #",
        "?s ?p <http://e/#",
    ]
)
separators = st.sampled_from(["", "", " ", "\n", "#>\n", "#'\n", "#\r", "# \u2028\n", "\\u0020", "/**/"])
targets = st.sampled_from([f"<{ENDPOINT}>", "ex:a", ":", "ex:a#{\n", "?s"])
after_service = st.sampled_from(["", "'", "# '''", "?s ?p '\\uD800'''", "?s ?p <x>", "FILTER(1>0)", '"'])


@example("VALUES ?x {''''}", "", " ", f"<{ENDPOINT}>", "", "?s ?p '\\uD800'''")
@example("?s ?p ?o FILTER(?o<?s)", "", "#>\n", f"<{ENDPOINT}>", "", "")
@example("", "", "", "ex:a", "", "")
@example("?s ?p true", "", "", "ex:a", "", "")
@example("?s ?p ?o #", "", "#\r", f"<{ENDPOINT}>", "", "")
@settings(max_examples=1000)
@given(before_service, separators, separators, targets, separators, after_service)
def test_what_oxigraph_would_fetch_is_never_missed(
    before: str, first: str, second: str, target: str, third: str, after: str
) -> None:
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode(ENDPOINT), ox.NamedNode("http://e/p"), ox.Literal(3)))
    text = f"{PROLOGUE}SELECT*{{{before}{first}SeRVICE{second}{target}{third}{{?s ?p ?o}}{after}}}"
    if fetches(store, text):
        with contextlib.suppress(BadQuery):
            assert "SERVICE" in mentions(text, KEYWORDS)
            assert services(text)


@given(hostile | st.text(alphabet="SERVICE<>#'\"\\u0?:{}(). \nexa1", max_size=40))
def test_any_text_has_tokens_or_a_place_where_they_end(text: str) -> None:
    try:
        found = tokens(text)
    except BadQuery:
        return
    position = 0
    for token in found:
        between = text[position : token.start]
        assert not between.strip(" \t\r\n") or "#" in between
        position = token.start + len(token.text)


@pytest.mark.parametrize(
    "piece", ["a", "a.", "<a", "'a' ", ".", "1", "(", "'''a", "?x", "@a-", "<", "{ex:", "\\u0061", "#"]
)
def test_a_long_text_takes_one_pass(piece: str) -> None:
    """A pattern that went back over what it read would not come to an end here."""
    with contextlib.suppress(BadQuery):
        tokens(piece * 60_000)
