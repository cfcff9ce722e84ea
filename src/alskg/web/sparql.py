"""Door 1, /sparql: any query, by the SPARQL 1.1 Protocol."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from alskg import media
from alskg.answers import Question, ask, form_of
from alskg.descriptions import service
from alskg.errors import BadQuery, TooLarge, UnsupportedMedia, UpdateRefused
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import HTML, Format, negotiate
from alskg.web.openapi import PROBLEM_TYPE, REASONS
from alskg.web.pages import sparql_page
from alskg.web.respond import send_graph

QUERY_TYPE = "application/sparql-query"
UPDATE_TYPE = "application/sparql-update"
FORM_TYPE = "application/x-www-form-urlencoded"

FORMATS = {"SELECT": media.TABLE, "ASK": media.TRUTH, "CONSTRUCT": media.GRAPH, "DESCRIBE": media.GRAPH}

ABOUT = """
SPARQL 1.1 Protocol. The default graph is the published view: live data, the ontology and what is derived; named graphs
hold the curated files as they were authored. SELECT and ASK answer as JSON, XML, CSV or TSV; CONSTRUCT and DESCRIBE as
Turtle, N-Triples, RDF/XML, JSON-LD, TriG or N-Quads; by Accept, or by `format=`. Each query runs in a process of its own
with limits of time, memory, rows and bytes; one that runs past a limit is ended with an error that names the limit.
Updates, foreign SERVICE and foreign FROM are refused.
"""
EXAMPLE = """PREFIX als: <https://w3id.org/alskg/ontology/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?subject ?predicate ?object ?certainty ?source WHERE {
  ?proposition rdf:subject/rdfs:label ?subject ;
               rdf:predicate/rdfs:label ?predicate ;
               rdf:object/rdfs:label ?object ;
               als:supportedBy ?claim .
  ?claim als:certainty/rdfs:label ?certainty ; dcterms:source/rdfs:label ?source .
}
ORDER BY ?subject ?predicate ?object
LIMIT 25"""


def router(kg: KnowledgeGraph) -> APIRouter:
    """GET, and POST of a form or of the query itself."""
    routes = APIRouter(tags=["sparql"])

    @routes.get(
        "/sparql",
        name="sparql",
        summary="Ask a SPARQL query; without one, the service description",
        description=ABOUT,
        responses=_responses(),
        openapi_extra={"parameters": _parameters()},
    )
    async def get(request: Request) -> Response:
        given = {name: request.query_params.getlist(name) for name in request.query_params}
        if "update" in given:
            raise _update_refused()
        if "query" not in given:
            return await run_in_threadpool(_description, kg, request)
        return await run_in_threadpool(_answer, kg, request, given)

    @routes.post(
        "/sparql",
        name="sparql post",
        summary="Ask a SPARQL query that is too long for a URL",
        description=ABOUT,
        responses={**_responses(), 415: _problem(415)},
        openapi_extra={"parameters": _parameters()[1:], "requestBody": _body()},
    )
    async def post(request: Request) -> Response:
        given = {name: request.query_params.getlist(name) for name in request.query_params}
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        body = await _text_of(kg, request)
        if kind == UPDATE_TYPE:
            raise _update_refused()
        if kind == QUERY_TYPE:
            given["query"] = [body]
        elif kind == FORM_TYPE:
            given |= parse_qs(body, keep_blank_values=True, max_num_fields=100)
        else:
            raise UnsupportedMedia(
                f"Content-Type {kind or '(none)'} is not read here; send {QUERY_TYPE} or {FORM_TYPE}.",
                available=[QUERY_TYPE, FORM_TYPE],
            )
        if "update" in given:
            raise _update_refused()
        return await run_in_threadpool(_answer, kg, request, given)

    return routes


def _update_refused() -> UpdateRefused:
    return UpdateRefused(
        "This door answers questions. Changes go through the files under data/ (see CONTRIBUTING.md); "
        "a door for changes over HTTP will be /changes."
    )


async def _text_of(kg: KnowledgeGraph, request: Request) -> str:
    most, body = kg.settings.request_body_bytes_max, bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise TooLarge(
                f"The request body has more than {most:,} bytes (ALSKG_REQUEST_BODY_BYTES_MAX).",
                limit="request_body_bytes_max",
            )
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadQuery(f"The request body is not UTF-8: {error}.") from error


def _answer(kg: KnowledgeGraph, request: Request, given: dict[str, list[str]]) -> Response:
    texts = given.get("query", [])
    if len(texts) != 1:
        raise BadQuery(f"There must be one `query`; {len(texts)} were given (SPARQL 1.1 Protocol, section 2.1).")
    question = Question(
        texts[0],
        default_graphs=tuple(given.get("default-graph-uri", ())),
        named_graphs=tuple(given.get("named-graph-uri", ())),
    )
    form = form_of(kg, question.text)
    answer = ask(kg, question, _format(request, given, form))
    headers = {"Vary": "Accept", "X-Alskg-Revision": str(answer.revision)}
    return Response(answer.body, 200, headers, answer.format.content_type)


def _format(request: Request, given: dict[str, list[str]], form: str) -> Format:
    override = next((given[name][0] for name in ("format", "output") if name in given), None)
    return negotiate(", ".join(request.headers.getlist("accept")), FORMATS[form], override)


def _description(kg: KnowledgeGraph, request: Request) -> Response:
    given = {name: request.query_params.getlist(name) for name in ("format", "output") if name in request.query_params}
    override = next((values[0] for values in given.values()), None)
    accept = ", ".join(request.headers.getlist("accept"))
    format_ = negotiate(accept, (*media.GRAPH, HTML), override)
    endpoint = str(request.url.replace(query="", fragment=""))
    if format_ is HTML:
        return Response(sparql_page("/sparql", EXAMPLE), 200, {"Vary": "Accept"}, HTML.content_type)
    return send_graph(kg, service(kg, endpoint), format_)


def _parameters() -> list[dict[str, object]]:
    text = {"type": "string"}
    many = {"type": "array", "items": {"type": "string", "format": "uri"}}
    return [
        {"name": "query", "in": "query", "schema": text, "description": "The query; without it, what this service is."},
        {"name": "default-graph-uri", "in": "query", "schema": many, "description": "Graphs of this store to query."},
        {"name": "named-graph-uri", "in": "query", "schema": many, "description": "Graphs of this store for GRAPH."},
        {"name": "format", "in": "query", "schema": text, "description": "Overrides the Accept header."},
        {"name": "output", "in": "query", "schema": text, "description": "The same as `format`."},
    ]


def _body() -> dict[str, object]:
    names = ("query", "format", "output")
    lists = ("default-graph-uri", "named-graph-uri")
    properties: dict[str, object] = {name: {"type": "string"} for name in names}
    properties |= {name: {"type": "array", "items": {"type": "string"}} for name in lists}
    form = {"type": "object", "properties": properties, "required": ["query"]}
    return {"required": True, "content": {QUERY_TYPE: {"schema": {"type": "string"}}, FORM_TYPE: {"schema": form}}}


def _problem(status: int) -> dict[str, object]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": REASONS[status], "content": {PROBLEM_TYPE: {"schema": schema}}}


def _responses() -> dict[int | str, dict[str, object]]:
    formats = (*media.TABLE, *media.GRAPH, HTML)
    content: dict[str, object] = {format_.media_type: {} for format_ in formats}
    problems: dict[int | str, dict[str, object]] = {status: _problem(status) for status in (400, 403, 406, 413, 422, 503)}
    return {200: {"description": "The answer.", "content": content}, **problems}
