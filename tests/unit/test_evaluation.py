"""Evaluating with limits: rows are counted in the bytes, and nothing of what is too large comes back."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alskg.errors import TooLarge
from alskg.store.evaluation import GRAPHS, RESULTS, Request, evaluate
from alskg.store.rows import ROWS_IN, rows_in
from alskg.store.terms import term_text

TEXT = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.text("\"'\\\n\r\t,{}[]<>/:&", max_size=8),
    st.sampled_from(['"},{"', "<result>", "</result><result/>", '[{"', "}},{", "\\\\", '\\"', "\r\n", "]]>", ",{"]),
)
CELL = st.one_of(
    st.just("UNDEF"),
    TEXT.map(lambda text: term_text(ox.Literal(text))),
    TEXT.map(lambda text: term_text(ox.Literal(text, language="en"))),
    st.builds(lambda text: term_text(ox.Literal(text, datatype=ox.NamedNode("a:{}".replace("{}", "t")))), TEXT),
    st.sampled_from(["<a:b,c>", "<a:(b)>", "1", "1.5", "true"]),
)
TABLE = st.integers(0, 3).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=6))
REQUEST = Request("SELECT * {}", "json", "turtle", rows_max=10, bytes_max=10_000)


NASTY = term_text(ox.Literal('"},{"\\\\" <result><result/> \r\n [{'))


def rows_in_parts(name: str, body: bytes, cuts: Iterable[int] = ()) -> int:
    """What the counter of a format says of an answer that comes in parts."""
    counter = ROWS_IN[name]()
    places = [0, *sorted(cuts), len(body)]
    for start, end in pairwise(places):
        counter.add(body[start:end])
    return counter.rows


def query_for(table: list[list[str]]) -> str:
    """A SELECT whose answer is this table."""
    width = len(table[0]) if table else 1
    names = " ".join(f"?v{number}" for number in range(width))
    values = " ".join(f"({' '.join(row)})" for row in table)
    return f"SELECT {names or '*'} WHERE {{ VALUES ({names}) {{ {values} }} }}"


@pytest.mark.parametrize("name", ROWS_IN)
@given(table=TABLE, cuts=st.lists(st.integers(0, 400)))
@example(table=[[]], cuts=[])
@example(table=[[], []], cuts=[])
@example(table=[["UNDEF"]], cuts=[])
@example(table=[['""'], ["UNDEF"]], cuts=list(range(400)))
@example(table=[[NASTY], [NASTY]], cuts=list(range(400)))
@example(table=[['"}},{"'], ['"}},{"'], ["<a:b>"]], cuts=[])
@example(table=[['"a}},{"', '""'], ['""', '"}},{"@en'], ["1", "1"]], cuts=[])
@example(table=[["<<( <a:a> <a:b> <a:c> )>>"], ["<<( <a:a> <a:b> <a:c> )>>"], ["1"]], cuts=[])
def test_the_rows_in_an_answer_are_counted_exactly_wherever_it_is_cut(
    name: str, table: list[list[str]], cuts: list[int]
) -> None:
    found = ox.Store().query(query_for(table))
    assert isinstance(found, ox.QuerySolutions)
    body = found.serialize(format=RESULTS[name])
    assert body is not None
    assert rows_in_parts(name, body, cuts) == rows_in(name, body) == len(table)


def test_the_count_agrees_with_the_readers_of_the_formats() -> None:
    table = [['"a\\nb"', '"x,\\"y\\""'], ['"},{"', "UNDEF"], ["<a:b>", "1"]]
    bodies = {
        name: evaluate(ox.Store(), replace(REQUEST, text=query_for(table), results_format=name)) for name in RESULTS
    }
    assert len(json.loads(bodies["json"])["results"]["bindings"]) == rows_in("json", bodies["json"]) == 3
    read = list(csv.reader(io.StringIO(bodies["csv"].decode(), newline="")))
    assert len(read) - 1 == rows_in("csv", bodies["csv"]) == 3


THREE = "SELECT ?x WHERE { VALUES ?x { 1 2 3 } }"


@pytest.mark.parametrize("name", RESULTS)
def test_an_answer_of_just_as_many_rows_as_allowed_is_given(name: str) -> None:
    body = evaluate(ox.Store(), replace(REQUEST, text=THREE, results_format=name, rows_max=3))
    assert rows_in(name, body) == 3


@pytest.mark.parametrize("name", RESULTS)
def test_an_answer_of_one_row_too_many_is_refused(name: str) -> None:
    with pytest.raises(TooLarge, match="ALSKG_ANSWER_ROWS_MAX"):
        evaluate(ox.Store(), replace(REQUEST, text=THREE, results_format=name, rows_max=2))


@pytest.mark.parametrize("name", RESULTS)
def test_an_answer_of_one_byte_too_many_is_refused(name: str) -> None:
    request = replace(REQUEST, text=THREE, results_format=name)
    size = len(evaluate(ox.Store(), request))
    assert len(evaluate(ox.Store(), replace(request, bytes_max=size))) == size
    with pytest.raises(TooLarge, match="ALSKG_ANSWER_BYTES_MAX"):
        evaluate(ox.Store(), replace(request, bytes_max=size - 1))


TRIPLES = ox.Store()
TRIPLES.extend(ox.Quad(ox.NamedNode(f"a:{n}"), ox.NamedNode("a:p"), ox.Literal(n)) for n in range(3))
CONSTRUCT = replace(REQUEST, text="CONSTRUCT WHERE { ?s ?p ?o }")


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_of_as_many_triples_as_allowed_is_given_and_one_more_refused(name: str) -> None:
    request = replace(CONSTRUCT, graph_format=name, rows_max=3)
    assert len(list(ox.parse(evaluate(TRIPLES, request), format=GRAPHS[name]))) == 3
    with pytest.raises(TooLarge, match="ALSKG_ANSWER_ROWS_MAX"):
        evaluate(TRIPLES, replace(request, rows_max=2))


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_of_one_byte_too_many_is_refused(name: str) -> None:
    request = replace(CONSTRUCT, graph_format=name)
    size = len(evaluate(TRIPLES, request))
    assert len(evaluate(TRIPLES, replace(request, bytes_max=size))) == size
    with pytest.raises(TooLarge, match="ALSKG_ANSWER_BYTES_MAX"):
        evaluate(TRIPLES, replace(request, bytes_max=size - 1))


def test_a_graph_is_written_with_the_prefixes() -> None:
    body = evaluate(TRIPLES, replace(CONSTRUCT, prefixes=(("a", "a:"),)))
    assert body.startswith(b"@prefix a: <a:> .\n")


@pytest.mark.parametrize(("text", "answer"), [("ASK {}", True), ("ASK { ?s <a:none> ?o }", False)])
def test_a_truth_has_no_rows_to_count(text: str, answer: bool) -> None:
    assert json.loads(evaluate(TRIPLES, replace(REQUEST, text=text, rows_max=1)))["boolean"] is answer


def test_what_does_not_parse_is_a_syntax_error() -> None:
    with pytest.raises(SyntaxError):
        evaluate(TRIPLES, replace(REQUEST, text="SELECT"))


GRAPHS_STORE = ox.Store()
GRAPHS_STORE.extend(
    ox.Quad(ox.NamedNode("a:s"), ox.NamedNode("a:p"), ox.Literal(name), graph)
    for name, graph in (
        ("default", ox.DefaultGraph()),
        ("one", ox.NamedNode("a:one")),
        ("two", ox.NamedNode("a:two")),
    )
)


@pytest.mark.parametrize(
    ("default", "named", "seen", "seen_in_graphs"),
    [
        ((), (), {"default"}, {"one", "two"}),
        (("a:one",), (), {"one"}, set()),
        (("a:one", "a:two"), (), {"one", "two"}, set()),
        ((), ("a:one",), set(), {"one"}),
        (("a:one",), ("a:two",), {"one"}, {"two"}),
    ],
)
def test_the_graphs_of_the_request_are_what_a_query_sees(
    default: tuple[str, ...], named: tuple[str, ...], seen: set[str], seen_in_graphs: set[str]
) -> None:
    request = replace(REQUEST, results_format="csv", default_graphs=default, named_graphs=named)

    def words(text: str) -> set[str]:
        return set(evaluate(GRAPHS_STORE, replace(request, text=text)).decode().split()[1:])

    assert words("SELECT ?o { ?s ?p ?o }") == seen
    assert words("SELECT ?o { GRAPH ?g { ?s ?p ?o } }") == seen_in_graphs


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("SELECT * { ?s ?p ?o }", ["s", "p", "o"]),
        ("SELECT DISTINCT * WHERE { ?z ?y ?x }", ["z", "y", "x"]),
        ("#SELECT ?a\nPREFIX a: <http://e.org/*> select reduced*{ ?z ?p ?a FILTER(?a = ?b) }", ["z", "p", "a"]),
        ("SELECT * { { SELECT ?y { ?z ?y ?x } } ?y ?b ?a }", ["y", "b", "a"]),
        ("SELECT ?o ?s { { SELECT * { ?s ?p ?o } } }", ["o", "s"]),
        ("SELECT (COUNT(*) AS ?n) ?p { ?s ?p ?o } GROUP BY ?p", ["n", "p"]),
        ("SELECT * { }", []),
    ],
)
@pytest.mark.parametrize("results_format", ["csv", "json"])
def test_columns_stand_as_the_query_names_them(text: str, columns: list[str], results_format: str) -> None:
    store = ox.Store()
    store.add(ox.Quad(*[ox.NamedNode(f"http://e.org/{end}") for end in "spo"]))
    body = evaluate(store, Request(text, results_format, "turtle", 10, 1_000)).decode()
    assert (body.splitlines()[0].split(",") if results_format == "csv" else json.loads(body)["head"]["vars"]) == (
        columns or ([""] if results_format == "csv" else [])
    )
