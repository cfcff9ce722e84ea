"""Door 2, /queries/NAME: the questions kept as files; a new file is a new route."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, create_model
from pydantic import Field as Parameter
from starlette.responses import Response

from alskg import media
from alskg.answers import Question, ask, graph, rows
from alskg.descriptions import catalogue
from alskg.errors import UnknownName
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import HTML, JSON, Format
from alskg.members import Document, nearest, value_of
from alskg.parameters import bindings, type_of
from alskg.queries import NamedQuery
from alskg.triples import plain
from alskg.web.collections import STRICT, FormatName
from alskg.web.openapi import responses
from alskg.web.respond import meta, send_graph, send_json, send_page, wanted

TABLE = (JSON, media.RESULTS_JSON, media.RESULTS_XML, media.CSV, media.TSV, HTML)
"""Plain JSON rows first; the SPARQL results formats for those who want terms."""
GRAPH = (*media.GRAPH, HTML)
LISTING = (JSON, *media.GRAPH, HTML)
SCHEMA = {
    "type": "object",
    "required": ["items", "total", "meta"],
    "properties": {
        "items": {"type": "array", "items": {"type": "object"}},
        "answer": {"type": "boolean", "description": "Of a question that is answered by yes or no."},
        "total": {"type": "integer"},
        "meta": {"$ref": "#/components/schemas/Meta"},
    },
}


def router(kg: KnowledgeGraph) -> APIRouter:
    """The catalogue of questions, and one route for each."""
    routes = APIRouter(tags=["queries"])

    @routes.get("/queries", name="queries", summary="The questions there are", responses=responses(LISTING, SCHEMA))
    def listing(request: Request, query: Annotated[_model(None), Query()]) -> Response:  # type: ignore[valid-type]
        format_ = wanted(request, LISTING)
        if format_ not in (JSON, HTML):
            return send_graph(kg, catalogue(kg), format_)
        items = [_entry(named) for named in kg.queries.values()]
        body: Document = {"items": items, "total": len(items), "meta": meta(kg, Question("ASK {}"))}
        return send_page("Questions", body) if format_ is HTML else send_json(body, format_)

    for named in kg.queries.values():
        _add(routes, kg, named)

    @routes.get("/queries/{name}", include_in_schema=False)
    def unknown(name: str) -> Response:
        near = nearest(name, kg.queries)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UnknownName(f"There is no question {name!r}.{hint} /queries lists all.", suggestions=near)

    return routes


def _entry(named: NamedQuery) -> Document:
    parameters = {p.name: {"about": p.about, "example": p.example} for p in named.parameters}
    example = "&".join(f"{p.name}={p.example}" for p in named.parameters)
    return {
        "name": named.name,
        "title": named.title,
        "question": named.question,
        "tags": list(named.tags),
        "parameters": parameters,
        "url": f"/queries/{named.name}" + (f"?{example}" if example else ""),
        "sparql": named.text,
    }


def _add(routes: APIRouter, kg: KnowledgeGraph, named: NamedQuery) -> None:
    formats = GRAPH if named.form in ("CONSTRUCT", "DESCRIBE") else TABLE

    def endpoint(request: Request, query: Annotated[_model(named), Query()]) -> Response:  # type: ignore[valid-type]
        given = query.model_dump(exclude_none=True)  # type: ignore[attr-defined]
        question = Question(named.text, bindings(kg, named, given))
        return _answer(kg, request, named, question, formats)

    routes.add_api_route(
        f"/queries/{named.name}",
        endpoint,
        name=named.name,
        summary=named.title,
        description=f"{named.question}\n\n```sparql\n{named.text}\n```",
        responses=responses(formats, SCHEMA, 404, 413, 503),
    )


def _model(named: NamedQuery | None) -> type[BaseModel]:
    fields: dict[str, Any] = {"format": (FormatName, None), "output": (FormatName, None)}
    for p in named.parameters if named else ():
        about = Parameter(description=f"{p.about} For example: {p.example}.", examples=[p.example])
        kind = type_of(p)
        fields[p.name] = (Annotated[kind, about], ... if p.default is None else p.default)
    return create_model(f"Query_{named.name if named else 'list'}", __config__=STRICT, **fields)


def _answer(
    kg: KnowledgeGraph, request: Request, named: NamedQuery, question: Question, formats: tuple[Format, ...]
) -> Response:
    format_ = wanted(request, formats)
    if format_ not in (JSON, HTML):
        answer = ask(kg, question, format_)
        headers = {"Vary": "Accept", "X-Alskg-Revision": str(answer.revision)}
        return Response(answer.body, 200, headers, format_.content_type)
    if named.form == "SELECT":
        items = [{name: value_of(kg, term, None) for name, term in row.items()} for row in rows(kg, question)]
    else:
        items = [
            {"subject": plain(t.subject), "predicate": plain(t.predicate), "object": plain(t.object)}
            for t in graph(kg, question)
        ]
    body: Document = {"title": named.title, "question": named.question, "total": len(items), "items": items}
    body["meta"] = meta(kg, question)
    return send_page(named.title, body) if format_ is HTML else send_json(body, format_)
