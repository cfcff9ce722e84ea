"""Evaluating one query on one store, with the limits on its answer; the same in this process and in a worker."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, cast

import pyoxigraph as ox

from alskg.names import BASE
from alskg.store.limits import bytes_exceeded, rows_exceeded
from alskg.store.rows import ROWS_IN, RowCount
from alskg.tokens import tokens

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


PIECE_BYTES = 2**16
"""About how large the pieces are in which an answer is given away."""

THE_UNNAMED = ""
"""Stands for the unnamed graph among the names of default graphs."""

Found = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


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


class _Sink:
    """
    Takes what a serialiser writes, counts it, and passes it on in pieces of some size.

    It is no `io.RawIOBase`, which would take longer to make than most answers to write.
    """

    def __init__(self, request: Request, count: RowCount | None, give: Callable[[bytes], None]) -> None:
        self._request = request
        self._count = count
        self._give = give
        self._parts: list[bytes] = []
        self._held = 0
        self._total = 0

    def flush(self) -> None:
        """What serialisers call at their end; `pass_on` is for who made them."""

    def write(self, part: "Buffer", /) -> int:
        """Takes the next part."""
        part = bytes(part)
        self._parts.append(part)
        self._held += len(part)
        self._total += len(part)
        if self._total > self._request.bytes_max:
            raise bytes_exceeded(self._request.bytes_max)
        if self._held >= PIECE_BYTES:
            self.pass_on()
        return len(part)

    def pass_on(self) -> None:
        """Gives away what is held."""
        piece = b"".join(self._parts)
        self._parts, self._held = [], 0
        if self._count is not None and not self._is_short(piece):
            self._count.add(piece)
            if self._count.rows > self._request.rows_max:
                raise rows_exceeded(self._request.rows_max)
        self._give(piece)

    def _is_short(self, piece: bytes) -> bool:
        """Whether this is the whole answer, and can't have too many rows, since none takes less than a byte."""
        return len(piece) == self._total <= min(self._request.rows_max, PIECE_BYTES - 1)


def query(store: ox.Store, request: Request) -> Found:
    """
    Starts the evaluation; the protocol's graph parameters, where given, decide which graphs the query sees.

    What a query without BASE leaves relative is an IRI of ours, as in updates: `<drugs/riluzole>`. The columns of
    `SELECT *` stand in the order in which the query names them first.

    Raises:
        SyntaxError: the engine can't parse the query.
    """
    found = _started(store, request)
    if isinstance(found, ox.QuerySolutions) and "*" in request.text:
        text = with_columns(request.text, [variable.value for variable in found.variables])
        if text != request.text:
            return _started(store, replace(request, text=text))
    return found


def with_columns(text: str, names: Sequence[str]) -> str:
    """
    The query with its columns, in the order in which it names them, in place of `SELECT *`; others as they are.

    The engine would put them in the order of the alphabet, which no standard asks for.
    """
    found = tokens(text)
    select = next((n for n, token in enumerate(found) if token.keyword == "SELECT"), None)
    if select is None or "{" in (token.text for token in found[:select]):
        return text
    rest = [token for token in found[select + 1 : select + 3] if token.keyword not in ("DISTINCT", "REDUCED")]
    ordered = [name for name in dict.fromkeys(t.text[1:] for t in found if t.kind == "variable") if name in names]
    if not rest or rest[0].text != "*" or sorted(ordered) != sorted(names) or not names:
        return text
    columns = " ".join(f"?{name}" for name in ordered)
    return f"{text[: rest[0].start]} {columns} {text[rest[0].start + 1 :]}"


def _started(store: ox.Store, request: Request) -> Found:
    named: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(iri) for iri in request.named_graphs]
    if not request.default_graphs and not request.named_graphs:
        return store.query(request.text, base_iri=BASE)
    # SPARQL 1.1 Protocol 2.1.4: with only named-graph-uri given, the default graph is empty.
    default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [
        ox.NamedNode(iri) if iri != THE_UNNAMED else ox.DefaultGraph() for iri in request.default_graphs
    ]
    return store.query(request.text, base_iri=BASE, default_graph=default, named_graphs=named)


def evaluate(store: ox.Store, request: Request) -> bytes:
    """
    The serialised answer.

    Raises:
        SyntaxError: the engine can't parse the query.
        TooLarge: the answer is larger than a limit; nothing of it is returned.
    """
    parts: list[bytes] = []
    write_answer(query(store, request), request, parts.append)
    return b"".join(parts)


def write_answer(found: Found, request: Request, give: Callable[[bytes], None]) -> None:
    """
    Serialises an answer, and gives it away piece by piece while it is evaluated.

    Raises:
        TooLarge: the answer is larger than a limit; what was given away already is no whole answer.
    """
    count = ROWS_IN[request.results_format]() if isinstance(found, ox.QuerySolutions) else None
    sink = _Sink(request, count, give)
    if isinstance(found, ox.QueryTriples):
        triples = _counted(found, request.rows_max)
        prefixes = dict(request.prefixes) or None
        ox.serialize(triples, cast("IO[bytes]", sink), format=GRAPHS[request.graph_format], prefixes=prefixes)
    else:
        found.serialize(cast("IO[bytes]", sink), format=RESULTS[request.results_format])
    sink.pass_on()


def _counted(triples: ox.QueryTriples, rows_max: int) -> Iterator[ox.Triple]:
    for number, triple in enumerate(triples, 1):
        if number > rows_max:
            raise rows_exceeded(rows_max)
        yield triple
