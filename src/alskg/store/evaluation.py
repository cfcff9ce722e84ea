"""Evaluating one query on one store, with the limits on its answer; the same in this process and in a worker."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

import pyoxigraph as ox

if TYPE_CHECKING:
    from typing_extensions import Buffer

# Workers import this module at their start, so it imports nothing heavier than the engine.

RESULTS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
GRAPHS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
    "trig": ox.RdfFormat.TRIG,
    "nquads": ox.RdfFormat.N_QUADS,
}


THE_UNNAMED = ""
"""Stands for the unnamed graph among the names of default graphs."""


@dataclass(frozen=True)
class Request:
    """A query, the graphs it sees (all there are, where none is named), and the form and size of its answer."""

    text: str
    results_format: str
    graph_format: str
    rows_max: int
    bytes_max: int
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    prefixes: tuple[tuple[str, str], ...] = ()


class RowsExceeded(Exception):
    """The answer has more rows, or triples, than the limit."""


class BytesExceeded(Exception):
    """The answer has more bytes than the limit."""


class _Sink(io.RawIOBase):
    """Collects what a serialiser writes, up to a limit."""

    def __init__(self, bytes_max: int) -> None:
        super().__init__()
        self.parts: list[bytes] = []
        self._left = bytes_max

    def write(self, part: "Buffer", /) -> int:
        part = bytes(part)
        self._left -= len(part)
        if self._left < 0:
            raise BytesExceeded
        self.parts.append(part)
        return len(part)


def query(store: ox.Store, request: Request) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    """
    Starts the evaluation; the protocol's graph parameters, where given, decide which graphs the query sees.

    Raises:
        SyntaxError: the engine can't parse the query.
    """
    named: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(iri) for iri in request.named_graphs]
    if not request.default_graphs and not request.named_graphs:
        return store.query(request.text)
    # SPARQL 1.1 Protocol 2.1.4: with only named-graph-uri given, the default graph is empty.
    default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [
        ox.NamedNode(iri) if iri != THE_UNNAMED else ox.DefaultGraph() for iri in request.default_graphs
    ]
    return store.query(request.text, default_graph=default, named_graphs=named)


def evaluate(store: ox.Store, request: Request) -> bytes:
    """
    The serialised answer.

    Raises:
        SyntaxError: the engine can't parse the query.
        RowsExceeded, BytesExceeded: the answer is larger than a limit; nothing of it is returned.
    """
    found = query(store, request)
    sink = _Sink(request.bytes_max)
    if isinstance(found, ox.QueryTriples):
        prefixes = dict(request.prefixes) or None
        triples = _counted(found, request.rows_max)
        ox.serialize(triples, cast("IO[bytes]", sink), format=GRAPHS[request.graph_format], prefixes=prefixes)
        return b"".join(sink.parts)
    found.serialize(cast("IO[bytes]", sink), format=RESULTS[request.results_format])
    body = b"".join(sink.parts)
    if isinstance(found, ox.QuerySolutions) and ROWS_IN[request.results_format](body) > request.rows_max:
        raise RowsExceeded
    return body


def _counted(triples: ox.QueryTriples, rows_max: int) -> Iterator[ox.Triple]:
    for number, triple in enumerate(triples, 1):
        if number > rows_max:
            raise RowsExceeded
        yield triple


def _rows_in_csv(body: bytes) -> int:
    # Every quote toggles, an escaped one twice; so what stands at even places is outside of quotes.
    return sum(part.count(b"\n") for part in body.split(b'"')[::2]) - 1


def _rows_in_tsv(body: bytes) -> int:
    return body.count(b"\n") - 1


def _rows_in_xml(body: bytes) -> int:
    return body.count(b"<result>") + body.count(b"<result/>")


def _rows_in_json(body: bytes) -> int:
    # Outside of strings a comma before a brace stands between rows and nowhere else.
    bare = b"".join(body.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])
    return bare.count(b",{") + (b"[{" in bare)


ROWS_IN: dict[str, Callable[[bytes], int]] = {
    "json": _rows_in_json,
    "xml": _rows_in_xml,
    "csv": _rows_in_csv,
    "tsv": _rows_in_tsv,
}
"""
How many rows a serialised SELECT answer has. The engine's serialiser is twenty times faster than one of our own and
doesn't say how many rows it wrote, so they are counted in the bytes.
"""
