"""Asking: the one place where a query meets the graph, with every limit that is put on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import pyoxigraph as ox

from alskg import syntax
from alskg.errors import NotAcceptable, TooLarge
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import GRAPH, TABLE, Format, negotiate, preferred
from alskg.store.admission import admitted, known_graphs
from alskg.store.evaluation import THE_UNNAMED, Found, Request, evaluate, query
from alskg.store.limits import rows_exceeded
from alskg.store.process import Order
from alskg.store.terms import Bindable, bound
from alskg.store.workers import Rest
from alskg.triples import Term


@dataclass(frozen=True)
class Question:
    """SPARQL text and the terms that its variables are bound to. Terms, never text: nothing can be injected."""

    text: str
    bindings: Mapping[str, Sequence[Bindable]] = field(default_factory=dict)
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    is_large: bool = False
    """Whether it is a text of our own that may take long, and so is evaluated in a process that can be killed."""

    @property
    def complete(self) -> str:
        """The text with the terms in it, as anyone can ask it again at /sparql."""
        return bound(self.text, self.bindings)


@dataclass(frozen=True)
class Answer:
    """What came back, already in the form that was asked for, and the revision that it is from."""

    body: bytes
    format: Format
    revision: int
    is_fixed: bool
    """Whether the question has one answer at one revision: it asks neither for the time nor for chance."""


@dataclass(frozen=True)
class LongAnswer:
    """The same, of an answer that comes part by part; whoever has it must close `rest`, come what may."""

    rest: Rest
    format: Format
    revision: int
    is_fixed: bool


Row = Mapping[str, Term]


def form_of(kg: KnowledgeGraph, text: str) -> str:
    """
    SELECT, ASK, CONSTRUCT or DESCRIBE, once it is certain that the text may be asked at all.

    Raises:
        BadQuery: it doesn't parse.
        UpdateRefused: it is an update.
        OutsideRefused: it would reach outside the store.
        TooLarge: it is longer than the limit.
    """
    return admitted(_short_enough(kg, text), kg.store.graphs, kg.settings.service_allowed).form


def _short_enough(kg: KnowledgeGraph, text: str) -> str:
    # No character takes more than four bytes, so that most texts needn't be encoded to be measured.
    longest = kg.settings.query_bytes_max
    if len(text) * 4 > longest and (length := len(text.encode())) > longest:
        raise TooLarge(
            f"The query has {length:,} bytes; at most {longest:,} are read (ALSKG_QUERY_BYTES_MAX).",
            limit="query_bytes_max",
        )
    return text


def ask(kg: KnowledgeGraph, question: Question, format_: Format) -> Answer:
    """
    Evaluates a question that came from outside, in a process that can be killed, on a snapshot of this revision.

    `format_` must be one for the query's form (see `form_of` and `media`). It waits, and so isn't for an event loop.

    Raises:
        BadQuery, UpdateRefused, OutsideRefused: see `form_of`.
        TooLarge: the answer has more rows or bytes than the limits.
        LimitExceeded: the query ran past the limit of time or memory.
    """
    text = _short_enough(kg, question.complete)
    order = Order(text, question.default_graphs, question.named_graphs, format_.name, format_.name)
    reply = kg.workers.evaluate(kg.store.snapshots, kg.schema.prefixes, order)
    if not isinstance(reply.body, bytes):
        raise NotAcceptable(f"{format_.name} can't carry what a {reply.form} answers.")
    return Answer(reply.body, format_, reply.revision, reply.is_fixed)


async def ask_aside(
    kg: KnowledgeGraph, question: Question, accept: str, override: str | None = None
) -> Answer | LongAnswer:
    """
    The same for an event loop, which is held up by nothing of it; the format is the one that `media.negotiate` finds.

    The text is looked at where it is evaluated, too. Cancelling ends the query.

    Raises:
        NotAcceptable: none of the formats for the query's form will do.
        BadQuery, UpdateRefused, OutsideRefused, TooLarge, LimitExceeded: see `ask`.
    """
    text = _short_enough(kg, question.complete)
    table, graph = (preferred(accept, formats, override) for formats in (TABLE, GRAPH))
    names = (table.name if table else "", graph.name if graph else "")
    order = Order(text, question.default_graphs, question.named_graphs, *names)
    reply = await kg.workers.answer(kg.store.snapshots, kg.schema.prefixes, order)
    format_ = table if reply.form in ("SELECT", "ASK") else graph
    if reply.body is None or format_ is None:
        format_ = negotiate(accept, TABLE if reply.form in ("SELECT", "ASK") else GRAPH, override)
        raise NotAcceptable(f"What a {reply.form} answers can't be written in {format_.name}.")
    if isinstance(reply.body, bytes):
        return Answer(reply.body, format_, reply.revision, reply.is_fixed)
    return LongAnswer(reply.body, format_, reply.revision, reply.is_fixed)


def told(kg: KnowledgeGraph, question: Question, format_: Format) -> Answer:
    """
    The answer to a question that is our own text, written in a format for its form.

    Raises:
        TooLarge: it has more rows or bytes than the limits.
        LimitExceeded: see `ask`; where the question is large.
    """
    request = _request(kg, question, question.complete, format_.name)
    revision, is_fixed = kg.revision, not syntax.is_changing(request.text)
    if not question.is_large:
        return Answer(evaluate(kg.store.quads, request), format_, revision, is_fixed)
    body, revision = _apart(kg, request)
    return Answer(body, format_, revision, is_fixed)


def rows(kg: KnowledgeGraph, question: Question) -> list[Row]:
    """
    The rows of a SELECT that is our own text (collections, mappings, named lists).

    Raises:
        TooLarge: there are more rows than the limit.
        LimitExceeded: see `ask`; where the question is large.
    """
    found = _found(kg, question, "json")
    if not isinstance(found, ox.QuerySolutions):
        raise TypeError("Only SELECT has rows.")
    names = [variable.value for variable in found.variables]
    most = kg.settings.answer_rows_max
    answer: list[Row] = [
        {name: term for name, term in zip(names, solution, strict=True) if term is not None}
        for solution in islice(found, most + 1)
    ]
    # An error carries this frame to another thread, where the engine's rows must not be dropped.
    del found
    if len(answer) > most:
        raise rows_exceeded(most)
    return answer


def truth(kg: KnowledgeGraph, question: Question) -> bool:
    """The yes or no of an ASK that is our own text."""
    found = _found(kg, question, "json")
    if not isinstance(found, ox.QueryBoolean):
        raise TypeError("Only ASK is true or false.")
    return bool(found)


def graph(kg: KnowledgeGraph, question: Question) -> list[ox.Triple]:
    """The triples of a CONSTRUCT that is our own text."""
    if question.is_large:
        body, _ = _apart(kg, _request(kg, question, question.complete, "ntriples"))
        return [quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES)]
    found = _found(kg, question, "ntriples")
    if not isinstance(found, ox.QueryTriples):
        raise TypeError("Only CONSTRUCT and DESCRIBE have triples.")
    return list(found)


def _found(kg: KnowledgeGraph, question: Question, format_name: str) -> Found:
    request = _request(kg, question, question.complete, format_name)
    if not question.is_large:
        return query(kg.store.quads, request)
    return ox.parse_query_results(_apart(kg, request)[0], format=ox.QueryResultsFormat.JSON)


def _apart(kg: KnowledgeGraph, request: Request) -> tuple[bytes, int]:
    """The answer to a text of our own, from a process that no query of others can hold, and its revision."""
    order = Order(
        request.text,
        request.default_graphs,
        request.named_graphs,
        table=request.results_format,
        graph=request.graph_format,
        is_trusted=True,
    )
    reply = kg.question_workers.evaluate(kg.store.snapshots, kg.schema.prefixes, order)
    if not isinstance(reply.body, bytes):
        raise NotAcceptable(f"{request.results_format} can't carry what a {reply.form} answers.")
    return reply.body, reply.revision


def _request(kg: KnowledgeGraph, question: Question, text: str, format_name: str) -> Request:
    default, named = (
        known_graphs(names, kg.store.graphs()) if names else ()
        for names in (question.default_graphs, question.named_graphs)
    )
    if not default and not named and syntax.mentions(text, {"GRAPH", "FROM"}) == {"GRAPH"}:
        # GRAPH ?g would show what the store keeps for itself.
        default, named = (THE_UNNAMED,), tuple(kg.store.graphs())
    return Request(
        text=text,
        results_format=format_name,
        graph_format=format_name,
        rows_max=kg.settings.answer_rows_max,
        bytes_max=kg.settings.answer_bytes_max,
        default_graphs=default,
        named_graphs=named,
        prefixes=tuple(kg.schema.prefixes.items()),
    )
