"""Asking: the one place where a query meets the graph, with every limit that is put on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import pyoxigraph as ox

from alskg import syntax
from alskg.errors import NotAcceptable, TooLarge
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import GRAPH, TABLE, TRUTH, Format
from alskg.store.admission import admitted, known_graphs
from alskg.store.evaluation import THE_UNNAMED, Request, query
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


Choose = Callable[[Sequence[Format]], Format]
"""Which of some formats the caller likes best; NotAcceptable where that is none of them."""

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
    _refuse_too_long(kg, text)
    return admitted(text, kg.store.graphs, kg.settings.service_allowed).form


def _refuse_too_long(kg: KnowledgeGraph, text: str) -> None:
    # No character takes more than four bytes, so that most texts needn't be encoded to be measured.
    longest = kg.settings.query_bytes_max
    if len(text) * 4 > longest and (length := len(text.encode())) > longest:
        raise TooLarge(
            f"The query has {length:,} bytes; at most {longest:,} are read (ALSKG_QUERY_BYTES_MAX).",
            limit="query_bytes_max",
        )


def ask(kg: KnowledgeGraph, question: Question, format_: Format) -> Answer:
    """
    Evaluates a question that came from outside, in a process that can be killed, on a snapshot of this revision.

    `format_` must be one for the query's form (see `form_of` and `media`). It waits, and so isn't for an event loop.

    Raises:
        BadQuery, UpdateRefused, OutsideRefused: see `form_of`.
        TooLarge: the answer has more rows or bytes than the limits.
        LimitExceeded: the query ran past the limit of time or memory.
    """
    order = _order(kg, question, lambda _: format_)
    reply = kg.workers.evaluate(kg.store.snapshots, dict(kg.schema.prefixes), order)
    if not isinstance(reply.body, bytes):
        raise NotAcceptable(f"{format_.name} can't carry what a {reply.form} answers.")
    return Answer(reply.body, format_, reply.revision, reply.is_fixed)


async def ask_aside(kg: KnowledgeGraph, question: Question, choose: Choose) -> Answer | LongAnswer:
    """
    The same for an event loop, which is held up by nothing of it; the format is chosen once the query's form is known.

    The text is looked at where it is evaluated, too. Cancelling ends the query.

    Raises:
        NotAcceptable: `choose` wants none of the formats for this form.
        BadQuery, UpdateRefused, OutsideRefused, TooLarge, LimitExceeded: see `ask`.
    """
    order = _order(kg, question, choose)
    reply = await kg.workers.answer(kg.store.snapshots, dict(kg.schema.prefixes), order)
    if reply.body is None:
        choose(FORMATS[reply.form])
        raise NotAcceptable(f"No answer of a {reply.form} can be written so.")
    format_ = choose(FORMATS[reply.form])
    if isinstance(reply.body, bytes):
        return Answer(reply.body, format_, reply.revision, reply.is_fixed)
    return LongAnswer(reply.body, format_, reply.revision, reply.is_fixed)


FORMATS = {"SELECT": TABLE, "ASK": TRUTH, "CONSTRUCT": GRAPH, "DESCRIBE": GRAPH}
"""What carries the answer to a query, by its form."""


def _order(kg: KnowledgeGraph, question: Question, choose: Choose) -> Order:
    text = question.complete
    _refuse_too_long(kg, text)
    table, graph = _name(choose, TABLE), _name(choose, GRAPH)
    return Order(text, question.default_graphs, question.named_graphs, table, graph)


def _name(choose: Choose, formats: Sequence[Format]) -> str:
    try:
        chosen = choose(formats)
    except NotAcceptable:
        return ""
    return chosen.name if chosen in formats else ""


def rows(kg: KnowledgeGraph, question: Question) -> list[Row]:
    """
    The rows of a SELECT that is our own text (collections, mappings, named lists), evaluated in this process.

    Raises:
        TooLarge: there are more rows than the limit.
    """
    found = query(kg.store.quads, _request(kg, question, question.complete, "json"))
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
    """The yes or no of an ASK that is our own text, evaluated in this process."""
    found = query(kg.store.quads, _request(kg, question, question.complete, "json"))
    if not isinstance(found, ox.QueryBoolean):
        raise TypeError("Only ASK is true or false.")
    return bool(found)


def graph(kg: KnowledgeGraph, question: Question) -> list[ox.Triple]:
    """The triples of a CONSTRUCT that is our own text, evaluated in this process."""
    found = query(kg.store.quads, _request(kg, question, question.complete, "json"))
    if not isinstance(found, ox.QueryTriples):
        raise TypeError("Only CONSTRUCT and DESCRIBE have triples.")
    return list(found)


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
