"""What property tests share: full validation by pySHACL, as the reference for validation by what a change touches."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import Any, TypeAlias

import pyoxigraph as ox
import pytest
from pyshacl import validate
from pyshacl.helper.path_helper import shacl_path_to_sparql_path
from pyshacl.shapes_graph import ShapesGraph
from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.plugins.parsers.ntriples import W3CNTriplesParser
from rdflib.plugins.sparql import prepareQuery
from rdflib.term import Node

from alskg.names import SH
from alskg.overlay import stored
from alskg.shacl.data_graph import DataGraph
from alskg.shacl.language import Language
from alskg.shacl.validator import Result
from alskg.triples import Memory, Triples

SHACL = Namespace(SH)

Found: TypeAlias = "tuple[object, ...]"
"""A validation result without its root, which a report doesn't name."""


@dataclass(frozen=True)
class Full:
    """Full validation by pySHACL, in several ways."""

    stock: Callable[[Memory, Triples], "Counter[Found]"]
    """Of rdflib's own graph."""
    prepared: Callable[[Memory, Triples], "Counter[Found]"]
    """Of rdflib's own graph, where a query is parsed once instead of once for each focus node."""
    lean: Callable[[Memory, Triples], "Counter[Found]"]
    """Of the graph that the validator uses."""
    found: Callable[[Result], Found]
    """A result of the validator as it is counted here."""


class PreparedGraph(Graph):
    """rdflib's own graph, but for that."""

    def query(self, query_object: Any, *args: Any, **named: Any) -> Any:
        return super().query(prepared(str(query_object)), *args, **named)


@lru_cache(maxsize=100)
def prepared(text: str) -> Any:
    return prepareQuery(text, initNs=dict(Graph().namespaces()))


class SameNames(dict[str, BNode]):
    """Blank nodes keep their labels when they are read."""

    def get(self, key: str, default: object = None) -> BNode:
        return BNode(key)


def read_into(graph: Graph, triples: Triples) -> Graph:
    """The triples from their dump as N-Triples, as rdflib reads it."""
    body = ox.serialize(triples.match(), format=ox.RdfFormat.N_TRIPLES)
    sink = Sink(graph)
    W3CNTriplesParser(sink=sink).parse(BytesIO(body or b""), bnode_context=SameNames())  # type: ignore[arg-type]
    return graph


@dataclass
class Sink:
    graph: Graph
    length: int = field(default=0)

    def triple(self, subject: Node, predicate: Node, object_: Node) -> None:
        self.graph.add((subject, predicate, object_))


def report_of(data: Graph, shapes: Memory) -> "Counter[Found]":
    shapes_graph = read_into(Graph(), shapes)
    conforms, report, text = validate(data, shacl_graph=shapes_graph, inference="none")
    assert isinstance(report, Graph), text
    results = list(report.objects(None, SHACL.result))
    assert conforms == (not results)
    paths = ShapesGraph(shapes_graph)

    def one(result: Node, name: str) -> Node | None:
        return report.value(result, SHACL[name])

    def path_text(path: Node | None) -> str | None:
        if path is None or isinstance(path, URIRef):
            return None if path is None else str(path)
        return str(shacl_path_to_sparql_path(paths, path))

    return Counter(
        (
            node_text(one(result, "focusNode")),
            path_text(one(result, "resultPath")),
            store_term(one(result, "value")),
            str(one(result, "sourceConstraintComponent")),
            str(one(result, "sourceShape")),
            str(one(result, "resultSeverity")),
            sorted_letters("\n".join(sorted(map(str, report.objects(result, SHACL.resultMessage))))),
        )
        for result in results
    )


def node_text(node: Node | None) -> str:
    """A node in plain text, as the store spells it."""
    return stored_literal(node).value if isinstance(node, Literal) else str(node)


def store_term(node: Node | None) -> str | None:
    """The term as the store holds it; literals in rdflib's spelling, on both sides."""
    if isinstance(node, Literal):
        return str(stored_literal(node))
    return None if node is None else str(node)


def stored_literal(node: Literal) -> ox.Literal:
    datatype = ox.NamedNode(node.datatype) if node.datatype else None
    literal = ox.Literal(str(node), language=node.language, datatype=None if node.language else datatype)
    here = ox.NamedNode("urn:x")
    (quad,) = stored([ox.Quad(here, here, literal)])
    assert isinstance(quad.object, ox.Literal)
    return quad.object


def sorted_letters(message: str) -> str:
    """A message lists values in no order. What it says of blank nodes depends on more than was validated."""
    return "[ ]" if "[ " in message or "_:" in message else "".join(sorted(message))


def found(result: Result) -> Found:
    value = result.value
    if isinstance(value, ox.Literal):
        spelled = Literal(value.value, lang=value.language, datatype=None if value.language else value.datatype.value)
        shown: object = store_term(spelled)
    else:
        shown = None if value is None else getattr(value, "value", value)
    return (
        re.sub(r"^([0-9-]{10})Z$", r"\1", result.node),
        result.path,
        shown,
        result.component,
        result.shape,
        result.severity,
        sorted_letters(result.message),
    )


@pytest.fixture(scope="session")
def full() -> Full:
    """Full validation by pySHACL."""
    return Full(
        stock=lambda shapes, data: report_of(read_into(Graph(), data), shapes),
        prepared=lambda shapes, data: report_of(read_into(PreparedGraph(), data), shapes),
        lean=lambda shapes, data: report_of(DataGraph(data, Language()), shapes),
        found=found,
    )
