"""Property paths: read from shapes and queries, walked there and back, and every edge that they read."""

from collections.abc import Iterator

import pytest
from pyshacl.helper.expression_helper import value_nodes_from_path
from pyshacl.shapes_graph import ShapesGraph
from rdflib import Graph, Namespace, URIRef
from rdflib.plugins.sparql import prepareQuery
from rdflib.term import Node

from alskg.shacl.data_graph import DataGraph
from alskg.shacl.language import Language
from alskg.shacl.paths import (
    HERE,
    Alternative,
    Edge,
    Path,
    Repeat,
    Sequence,
    Step,
    joined,
    path_of_shape,
    path_of_sparql,
)
from alskg.triples import Memory

EX = Namespace("http://example.org/")
P, Q, R = Step(EX.p), Step(EX.q), Step(EX.r)
PREFIXES = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX : <http://example.org/>
"""
DATA = """
:a :p :b , :c ; :q :d , 5 . :b :p :c ; :q :a . :c :p :a ; :r :e , "x" . :e :p :e ; :q "x" , 5 . _:n :p :a ; :q _:n .
"""

EVERY_PATH: dict[str, tuple[str, Path]] = {
    "property": (":p", P),
    "inverse": ("[ sh:inversePath :p ]", Step(EX.p, backward=True)),
    "sequence": ("( :p :q )", Sequence((P, Q))),
    "sequence of three": ("( :p [ sh:inversePath :q ] :r )", Sequence((P, Step(EX.q, backward=True), R))),
    "sequence in a sequence": ("( ( :p :p ) :q )", Sequence((P, P, Q))),
    "alternative": ("[ sh:alternativePath ( :p ( :q :p ) ) ]", Alternative((P, Sequence((Q, P))))),
    "any number": ("[ sh:zeroOrMorePath :p ]", Repeat(P, optional=True, many=True)),
    "one or more": ("[ sh:oneOrMorePath ( :p :q ) ]", Repeat(Sequence((P, Q)), optional=False, many=True)),
    "perhaps": ("[ sh:zeroOrOnePath [ sh:inversePath :p ] ]", Repeat(Step(EX.p, True), optional=True, many=False)),
    "several things at once": (
        "( [ sh:zeroOrMorePath [ sh:alternativePath ( :p [ sh:inversePath :q ] ) ] ] :q )",
        Sequence((Repeat(Alternative((P, Step(EX.q, True))), optional=True, many=True), Q)),
    ),
}


def shape_graph(text: str) -> tuple[Graph, Node]:
    graph = Graph().parse(data=f"{PREFIXES} :S sh:path {text} .", format="turtle")
    (node,) = graph.objects(EX.S, URIRef("http://www.w3.org/ns/shacl#path"))
    return graph, node


def data() -> DataGraph:
    return DataGraph(Memory.of_turtle(PREFIXES + DATA), Language())


def nodes_of(graph: Graph) -> set[Node]:
    return {node for start, _, end in graph for node in (start, end)} | {EX.nowhere}


@pytest.mark.parametrize("name", EVERY_PATH)
def test_a_path_is_read_from_a_shape(name: str) -> None:
    text, path = EVERY_PATH[name]
    assert path_of_shape(*shape_graph(text)) == path


@pytest.mark.parametrize("name", EVERY_PATH)
def test_a_path_leads_where_pyshacl_goes(name: str) -> None:
    text, path = EVERY_PATH[name]
    shapes, node = shape_graph(text)
    graph = data()
    for start in nodes_of(graph):
        assert set(path.walk(graph, start)) == value_nodes_from_path(ShapesGraph(shapes), start, node, graph)


@pytest.mark.parametrize("name", EVERY_PATH)
def test_the_inverse_leads_back(name: str) -> None:
    _, path = EVERY_PATH[name]
    graph = data()
    nodes = nodes_of(graph)
    there = {(start, end) for start in nodes for end in path.walk(graph, start)}
    back = {(end, start) for start in nodes for end in path.inverse.walk(graph, start)}
    assert there == back
    assert path.inverse.inverse == path


@pytest.mark.parametrize("name", EVERY_PATH)
def test_every_edge_that_matters_is_named(name: str) -> None:
    """Where a triple that goes changes the end of a path, the path reads that triple at a place it leads to."""
    _, path = EVERY_PATH[name]
    language = Language()
    triples = list(Memory.of_turtle(PREFIXES + DATA).match())
    whole = DataGraph(Memory(triples), language)
    for left_out in triples:
        less = DataGraph(Memory(one for one in triples if one != left_out), language)
        gone = tuple(map(language.term, (left_out.subject, left_out.predicate, left_out.object)))
        seen = {start for edge in path.edges for start in starts(edge, whole, gone)}
        for start in nodes_of(whole):
            if set(path.walk(whole, start)) != set(path.walk(less, start)):
                assert start in seen


def starts(edge: Edge, graph: DataGraph, triple: tuple[Node, ...]) -> Iterator[Node]:
    if edge.predicate == triple[1]:
        yield from edge.before.inverse.walk(graph, triple[2] if edge.backward else triple[0])


def test_the_edges_of_a_sequence_know_what_is_before_and_after() -> None:
    back = Step(EX.q, backward=True)
    assert list(Sequence((P, back, R)).edges) == [
        Edge(HERE, EX.p, False, Sequence((back, R))),
        Edge(P, EX.q, True, R),
        Edge(Sequence((P, back)), EX.r, False, HERE),
    ]


@pytest.mark.parametrize(
    ("paths", "whole"), [((), HERE), ((P,), P), ((P, HERE, Sequence((Q, R))), Sequence((P, Q, R)))]
)
def test_paths_are_joined_without_brackets(paths: tuple[Path, ...], whole: Path) -> None:
    assert joined(*paths) == whole


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[ sh:inversePath ( :p :q ) ]", "sh:inversePath takes a property"),
        ("[ sh:inversePath [ sh:inversePath :p ] ]", "sh:inversePath takes a property"),
        ("[ sh:alternativePath ( :p ) ]", "takes a list of at least two"),
        ("( :p )", "a sequence takes a list of at least two"),
        ("[ rdf:first :p ; rdf:rest :rest ]", "a list of blank nodes that ends"),
        ("[ rdf:first :p ]", "a list of blank nodes that ends"),
        ("[]", "one of the path expressions of SHACL"),
        ("[ sh:zeroOrMorePath :p ; sh:oneOrMorePath :q ]", "one of the path expressions of SHACL"),
        ('"p"', "one of the path expressions of SHACL"),
        ("[ sh:zeroOrOnePath " * 11 + ":p" + " ]" * 11, "nest less than 10 deep"),
        ("(" + ":p " * 11 + ")", "less than 10 steps"),
    ],
)
def test_a_path_outside_of_the_rules_is_refused(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        path_of_shape(*shape_graph(text))


@pytest.mark.parametrize("steps", [10, 11])
def test_a_path_is_as_long_as_pyshacl_follows_it(steps: int) -> None:
    shapes, node = shape_graph("(" + ":p " * steps + ")")
    try:
        path_of_shape(shapes, node)
    except ValueError:
        assert steps == 11
        return
    assert value_nodes_from_path(ShapesGraph(shapes), EX.e, node, data()) == {EX.e}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (":p", P),
        ("^:p", Step(EX.p, backward=True)),
        (":p/:q", Sequence((P, Q))),
        ("^(:p/:q)", Sequence((Step(EX.q, backward=True), Step(EX.p, backward=True)))),
        (":p|^:q", Alternative((P, Step(EX.q, backward=True)))),
        (":p*", Repeat(P, optional=True, many=True)),
        ("(:p/:q)+", Repeat(Sequence((P, Q)), optional=False, many=True)),
        ("(^:p)?", Repeat(Step(EX.p, backward=True), optional=True, many=False)),
    ],
)
def test_a_path_is_read_from_a_query(text: str, path: Path) -> None:
    assert path_of_sparql(sparql_path(text)) == path


def test_a_path_that_reads_every_edge_is_refused() -> None:
    with pytest.raises(ValueError, match="a negated property set"):
        path_of_sparql(sparql_path("!:p"))


def sparql_path(text: str) -> Node:
    part = prepareQuery(f"{PREFIXES} SELECT * WHERE {{ ?x {text} ?y }}").algebra
    while part.name != "BGP":
        part = part.p
    ((_, path, _),) = part.triples
    found: Node = path
    return found
