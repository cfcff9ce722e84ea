"""Answers to queries as graphs, so that two can be compared however they name their blank nodes."""

from decimal import Decimal
from io import BytesIO

from rdflib import BNode, Graph, Literal, Namespace
from rdflib.plugins.sparql.results.rdfresults import RDFResult
from rdflib.query import Result
from rdflib.term import Node

ANSWER = Namespace("x-answer:")
ROW = Namespace("x-row:")
CSV = "text/csv"
RESULT_SET = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#ResultSet"

MEDIA_TYPES = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".csv": CSV,
    ".tsv": "text/tab-separated-values",
    ".ttl": "text/turtle",
}
"""How the suite writes an answer down, by the ending of the file."""


def answer_of(content: bytes, media_type: str, base: str = "") -> Graph:
    """
    A graph that is isomorphic to another one's if, and only if, the answers are the same but for the order of the rows.

    Turtle is what CONSTRUCT gives, or a table in the suite's own vocabulary of results.
    """
    if media_type != "text/turtle":
        return _table(Result.parse(BytesIO(content), content_type=media_type), typed=media_type != CSV)
    graph = Graph().parse(data=content, format="turtle", publicID=base or None)
    return _table(RDFResult(graph)) if f"<{RESULT_SET}>" in graph.serialize(format="nt") else graph


def _table(result: Result, *, typed: bool = True) -> Graph:
    """Each row is a blank node, so that rows that are the same are still counted."""
    graph = Graph()
    if result.type == "ASK":
        graph.add((ANSWER.it, ANSWER.boolean, Literal(result.askAnswer)))
        return graph
    for variable in result.vars or ():
        graph.add((ANSWER.it, ANSWER.variable, Literal(str(variable))))
    for row in result.bindings:
        node = BNode()
        graph.add((ANSWER.it, ANSWER.row, node))
        for variable, term in row.items():
            graph.add((node, ROW[str(variable)], _value(term, typed=typed)))
    return graph


def _value(term: Node, *, typed: bool) -> Node:
    """A number by its value: `1.0` is `1.00`; a language tag in any case. CSV knows no types at all, and no IRIs."""
    if isinstance(term, Literal) and isinstance(term.value, Decimal | float):
        number = term.value.normalize() if isinstance(term.value, Decimal) else term.value
        return Literal(str(number), datatype=term.datatype, normalize=False)
    if isinstance(term, Literal) and term.language:
        return Literal(str(term), lang=term.language.lower())
    return term if typed or isinstance(term, BNode) else Literal(str(term))
