"""Asking: the one place where a query meets the graph, with every limit that is put on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import pyoxigraph as ox

from alskg import syntax
from alskg.errors import BadParameter, OutsideRefused, TooLarge, UpdateRefused
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import Format
from alskg.store.evaluation import THE_UNNAMED, Request, query
from alskg.store.terms import Bindable, bound, iri
from alskg.tokens import unescaped
from alskg.triples import Term

UPDATES_REFUSED = (
    "This is an update, and here are answered questions. Send it by POST as application/sparql-update or as the form "
    "field `update`, with a token; or use POST /changes."
)


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
    length, longest = len(text.encode()), kg.settings.query_bytes_max
    if length > longest:
        raise TooLarge(
            f"The query has {length:,} bytes; at most {longest:,} are read (ALSKG_QUERY_BYTES_MAX).",
            limit="query_bytes_max",
        )
    text = unescaped(text)
    form = syntax.form(text)
    if form == "UPDATE":
        raise UpdateRefused(UPDATES_REFUSED)
    _refuse_outside(kg, text)
    return form


def ask(kg: KnowledgeGraph, question: Question, format_: Format) -> Answer:
    """
    Evaluates a question that came from outside, in a process that can be killed, on a snapshot of this revision.

    `format_` must be one for the query's form (see `form_of` and `media`).

    Raises:
        BadQuery, UpdateRefused, OutsideRefused: see `form_of`.
        TooLarge: the answer has more rows or bytes than the limits.
        LimitExceeded: the query ran past the limit of time or memory.
    """
    # SPARQL resolves \uXXXX before anything else is read (section 19.2); the engine does so in strings and IRIs alone.
    text = unescaped(question.complete)
    form_of(kg, text)
    revision = kg.revision
    request = _request(kg, question, text, format_.name)
    try:
        return Answer(kg.workers.evaluate(kg.store.snapshot, request), format_, revision)
    except SyntaxError as error:
        raise syntax.bad_query(error, text) from error


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
        raise TooLarge(f"The answer has more than {most:,} rows (ALSKG_ANSWER_ROWS_MAX).", limit="answer_rows_max")
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
    default, named = (tuple(_known(kg, n) for n in names) for names in (question.default_graphs, question.named_graphs))
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


def _known(kg: KnowledgeGraph, name: str) -> str:
    if iri(name).value not in kg.store.graphs():
        raise BadParameter(
            f"There is no graph <{name}> here, and none is fetched from elsewhere.", available=kg.store.graphs()
        )
    return name


def _refuse_outside(kg: KnowledgeGraph, text: str) -> None:
    keywords = syntax.mentions(text, {"SERVICE", "FROM"})
    if "SERVICE" in keywords:
        foreign = [target for target in syntax.services(text) if target not in kg.settings.service_allowed]
        if foreign:
            raise OutsideRefused(
                f"SERVICE {', '.join(foreign)} is refused: this server queries no other one on a caller's behalf. "
                "Federate from your side, or take a dump from /graph.",
                keyword="SERVICE",
            )
    if "FROM" in keywords:
        known = kg.store.graphs()
        foreign = [name for name in syntax.datasets(text) if name not in known]
        if foreign:
            raise OutsideRefused(
                f"FROM <{foreign[0]}> is refused: it is no graph of this store, and nothing is fetched from elsewhere.",
                keyword="FROM",
                available=known,
            )
