"""Door 2, /queries/NAME: the questions kept as files; a new file is a new route."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, cast
from urllib.parse import urlencode

import pyoxigraph as ox
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, create_model
from starlette.responses import RedirectResponse, Response

from alskg import media
from alskg.answers import Question, graph, rows, told, truth
from alskg.descriptions import catalogue
from alskg.errors import SourceError, UnknownName
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import hint, nearest
from alskg.media import FORMAT_PARAMETERS, HTML, JSON, Format
from alskg.names import BASE
from alskg.parameters import bindings, type_of
from alskg.queries import NamedQuery, Parameter
from alskg.store.limits import rows_exceeded
from alskg.syntax import is_changing
from alskg.triples import plain
from alskg.web.denials import denials
from alskg.web.documents import Document, value_of
from alskg.web.openapi import responses, rooms
from alskg.web.parameters import STRICT, FormatName
from alskg.web.renderings import solutions
from alskg.web.renderings import truth as truth_of
from alskg.web.respond import asked_revision, lasting, meta, renamed_document, send, send_graph, wanted

RESULT_SETS = (media.TURTLE, media.N_TRIPLES)
TABLE = (JSON, media.RESULTS_JSON, media.RESULTS_XML, media.CSV, media.TSV, *RESULT_SETS, HTML)
"""Plain JSON rows first; the SPARQL results formats for those who want terms, and the same as triples."""
GRAPH = (*media.GRAPH, HTML)
LISTING = (JSON, *media.GRAPH, HTML)
SCHEMA = {"$ref": "#/components/schemas/Rows"}
NOTHING_FOUND = (
    "Nothing here has all that this question asks for; what a source says in part, or in words alone, is not among it. "
    "That is not a statement that there is nothing."
)


def router(kg: KnowledgeGraph) -> APIRouter:
    """The catalogue of questions, and one route for each."""
    routes = rooms("queries")

    @routes.get(
        "/queries", name="list queries", summary="The questions there are", responses=responses(LISTING, SCHEMA)
    )
    def listing(request: Request, query: Annotated[_model(None), Query()]) -> Response:  # type: ignore[valid-type]
        format_ = wanted(request, LISTING)
        if format_ not in (JSON, HTML):
            return send_graph(kg, catalogue(kg), format_)
        items = [_entry(named) for named in kg.queries.values()]
        body: Document = {"items": items, "total": len(items), "meta": meta(kg, None)}
        beside: Document = {"by_tag": by_tag(kg), "questions": _addresses(kg)}
        return send(request, format_, body, "Questions", view="queries", more=lambda: beside)

    for named in kg.queries.values():
        _add(routes, kg, named)
        if named.asked_of:
            _add_address(routes, named, named.asked_of)

    @routes.get("/queries/{name}", include_in_schema=False)
    def unknown(name: str) -> Response:
        suggestions = [f"/queries/{near}" for near in nearest(name, kg.queries)]
        raise UnknownName(
            f"There is no question {name!r}.{hint(name, kg.queries)} /queries lists all.", suggestions=suggestions
        )

    return routes


def _entry(named: NamedQuery) -> Document:
    parameters = {p.name: {"about": p.about, "example": p.example} for p in named.parameters}
    return {
        "name": named.name,
        "title": named.title,
        "question": named.question,
        "tags": list(named.tags),
        "parameters": parameters,
        "url": example_of(named),
        **({"address": f"/{named.address}/{named.asked_of.example}"} if named.asked_of else {}),
        "sparql": named.text,
    }


def example_of(named: NamedQuery) -> str:
    """The address of a question with the values of its header."""
    example = urlencode({p.name: p.example for p in named.parameters})
    return f"/queries/{named.name}?{example}".removesuffix("?")


def by_tag(kg: KnowledgeGraph) -> list[tuple[str, list[Document]]]:
    """The questions under their first tag, the tags in the order of the alphabet."""
    items = [_entry(named) for named in kg.queries.values()]
    tags = sorted({str(cast("list[str]", item["tags"])[0]) for item in items})
    return [(tag, [item for item in items if cast("list[str]", item["tags"])[0] == tag]) for tag in tags]


def _addresses(kg: KnowledgeGraph) -> dict[str, str]:
    """Where each question is answered for its example."""
    return {named.name: example_of(named) for named in kg.queries.values()}


def _beside(request: Request, named: NamedQuery, body: Document) -> Document:
    given = request.query_params
    parameters = [
        {
            "name": p.name,
            "about": p.about,
            "example": p.example,
            "given": given.get(p.name, p.default or ""),
            "required": p.default is None and not p.is_optional,
        }
        for p in named.parameters
    ]
    items = cast("list[Document]", body["items"])
    return {"parameters": parameters, "sparql": named.text, "readable": [_readable(item) for item in items]}


def _readable(item: Document) -> Document:
    """A row as people read it: a thing and its label are one link."""
    found: Document = {}
    for name, value in item.items():
        label = item.get(f"{name}Label")
        if isinstance(value, dict) and label is not None:
            found[name] = {**value, "label": label}
        elif not (name.endswith("Label") and isinstance(item.get(name.removesuffix("Label")), dict)):
            found[name.removesuffix("Label")] = value
    return found


def _add(routes: APIRouter, kg: KnowledgeGraph, named: NamedQuery) -> None:
    formats = _formats(named)

    def endpoint(request: Request, query: Annotated[_model(named), Query()]) -> Response:  # type: ignore[valid-type]
        given = {name: value for name, value in query if value is not None}
        question = Question(named.text, bindings(kg, named, given), is_large=named.cost == "large")
        things = [str(given[p.name]) for p in named.parameters if p.class_ and p.name in given]
        return _answer(kg, request, named, question, formats, things)

    routes.add_api_route(
        f"/queries/{named.name}",
        endpoint,
        name=f"query {named.name}",
        summary=named.title,
        description=f"{named.question}\n\n```sparql\n{named.text}\n```",
        responses=responses(formats, SCHEMA, 413, 503),
    )


def _add_address(routes: APIRouter, named: NamedQuery, asked_of: Parameter) -> None:
    """The short address of a question, which leads on to it with whatever else is asked."""

    def lead(request: Request) -> Response:
        asked = {asked_of.name: request.path_params[asked_of.name], **asked_revision(request)}
        given = urlencode([*asked.items(), *request.query_params.multi_items()])
        return RedirectResponse(f"/queries/{named.name}?{given}", 307)

    described = {
        "name": asked_of.name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "examples": [asked_of.example]},
        "description": asked_of.about,
    }
    routes.add_api_route(
        _short_address(named, asked_of),
        lead,
        name=f"lead to {named.name}",
        summary=f"{named.title}: leads on to the question",
        description=f"Leads on to /queries/{named.name}, with the parameters that it takes beside.",
        responses=responses(_formats(named), SCHEMA) | {307: {"description": "It is answered there."}},
        openapi_extra={"parameters": [described]},
    )


def _short_address(named: NamedQuery, asked_of: Parameter) -> str:
    # What it is asked of may have a slash in its name.
    return f"/{named.address}/{{{asked_of.name}:path}}"


def refuse_taken(kg: KnowledgeGraph, paths: Iterable[str]) -> None:
    """
    Nothing, where the short addresses of questions are theirs alone among the paths of all routes.

    Raises:
        SourceError: a collection or another door has one of them.
    """
    own = {_short_address(q, q.asked_of): q for q in kg.queries.values() if q.asked_of}
    doors = {path.split("/")[1]: path for path in paths if path not in own and path.startswith("/")}
    for named in own.values():
        if named.address in doors:
            raise SourceError(
                f"queries/{named.name}.rq: 'address' {named.address!r} is that of {doors[named.address]} already; "
                "choose another word."
            )


def _formats(named: NamedQuery) -> tuple[Format, ...]:
    return GRAPH if named.form in ("CONSTRUCT", "DESCRIBE") else TABLE


def _model(named: NamedQuery | None) -> type[BaseModel]:
    fields: dict[str, Any] = {"format": (FormatName, None), "output": (FormatName, None)}
    for p in named.parameters if named else ():
        about = Field(description=f"{p.about} For example: {p.example}.", examples=[p.example])
        kind = type_of(p)
        if p.is_optional:
            fields[p.name] = (Annotated[kind | None, about], None)
        else:
            fields[p.name] = (Annotated[kind, about], ... if p.default is None else p.default)
    return create_model(f"Query_{named.name if named else 'list'}", __config__=STRICT, **fields)


def _answer(
    kg: KnowledgeGraph,
    request: Request,
    named: NamedQuery,
    question: Question,
    formats: tuple[Format, ...],
    things: list[str],
) -> Response:
    format_ = wanted(request, formats)
    if format_ in RESULT_SETS and named.form in ("SELECT", "ASK"):
        found = _solutions(kg, request, named, question)
        return send_graph(kg, found, format_, {"X-Alskg-Revision": str(kg.revision), **_lasting(named)})
    if format_ not in (JSON, HTML):
        answer = told(kg, question, format_)
        headers = {"Vary": "Accept", "X-Alskg-Revision": str(answer.revision), **lasting(answer.is_fixed)}
        return Response(answer.body, 200, headers, format_.content_type)
    body: Document = {"title": named.title, "question": named.question, **_found(kg, named, question)}
    body |= renamed_document(kg, things)
    body["meta"] = meta(kg, question)
    return send(
        request,
        format_,
        body,
        named.title,
        _lasting(named),
        view="query",
        more=lambda: {**_beside(request, named, body), "denials": denials(kg), "questions": _addresses(kg)},
    )


def _lasting(named: NamedQuery) -> dict[str, str]:
    return lasting(not is_changing(named.text))


def _solutions(kg: KnowledgeGraph, request: Request, named: NamedQuery, question: Question) -> Iterator[ox.Triple]:
    given = [(name, value) for name, value in request.query_params.multi_items() if name not in FORMAT_PARAMETERS]
    me = f"{BASE}queries/{named.name}?{urlencode([*given, ('revision', kg.revision)])}"
    if named.form == "ASK":
        return truth_of(me, is_true=truth(kg, question))
    found = rows(kg, question)
    # Each value is a binding of its own here.
    if sum(map(len, found)) > kg.settings.answer_rows_max:
        raise rows_exceeded(kg.settings.answer_rows_max)
    return solutions(me, found)


def _found(kg: KnowledgeGraph, named: NamedQuery, question: Question) -> Document:
    if named.form == "ASK":
        return {"boolean": truth(kg, question), "total": 0, "items": []}
    if named.form == "SELECT":
        items = [{name: value_of(kg, term, None) for name, term in row.items()} for row in rows(kg, question)]
    else:
        ends = ("subject", "predicate", "object")
        items = [{end: plain(getattr(triple, end)) for end in ends} for triple in graph(kg, question)]
    if items:
        return {"answer": "stated", "total": len(items), "items": items}
    return {"answer": "not stated", "note": NOTHING_FOUND, "total": 0, "items": []}
