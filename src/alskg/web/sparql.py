"""Door 1, /sparql: any query, by the SPARQL 1.1 Protocol."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from alskg import media
from alskg.access import Agent
from alskg.answers import Answer, LongAnswer, Question, ask_aside
from alskg.changeset import Changeset
from alskg.descriptions import service
from alskg.errors import AlskgError, BadParameter, BadQuery, UnsupportedMedia, UpdateRefused
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import FORMAT_PARAMETERS, HTML
from alskg.store.admission import UPDATES_REFUSED
from alskg.updating import change_of_update
from alskg.web.accounts import ACCOUNT
from alskg.web.aside import CLIENT_LEFT, ClientLeft, LongResponse, while_client_waits
from alskg.web.bodies import media_type_of, text_of
from alskg.web.clients import Turns, client_of
from alskg.web.openapi import problems, rooms
from alskg.web.parameters import refuse_repeated, refuse_unknown_parameters
from alskg.web.problems import problem_of
from alskg.web.queries import by_tag
from alskg.web.respond import lasting, send_graph, send_page, wanted
from alskg.web.revisions import DESCRIBED, PARAMETER, revision_in
from alskg.web.writing import STATUSES, deliver, wish_of

QUERY_TYPE = "application/sparql-query"
UPDATE_TYPE = "application/sparql-update"
FORM_TYPE = "application/x-www-form-urlencoded"
IGNORED = ("results",)
"""A third name of the format, which SPARQLWrapper sends beside the other two."""
QUERY_FIELDS = ("query", "default-graph-uri", "named-graph-uri", *FORMAT_PARAMETERS, *IGNORED, PARAMETER)
UPDATE_FIELDS = ("update", "using-graph-uri", "using-named-graph-uri", *FORMAT_PARAMETERS, *IGNORED)
"""What a query and an update may come with: the protocol's own, and ours."""
FIELDS_MAX = 1_000
"""The protocol knows four fields; only the graphs may be many."""

Fields = dict[str, list[str]]

ABOUT = """
SPARQL 1.1 Protocol. The default graph is the published view: live data, the ontology and what is derived; named graphs
hold the curated files as they were authored. SELECT and ASK answer as JSON, XML, CSV or TSV; CONSTRUCT and DESCRIBE as
Turtle, N-Triples, RDF/XML, JSON-LD, TriG or N-Quads; by Accept, or by `format=`. Each query runs in a process apart,
with limits of time, memory, rows and bytes; one that runs past a limit is ended with an error that names the limit.
Foreign SERVICE and foreign FROM are refused.

Updates come by POST, as `application/sparql-update` or as the form field `update`, and need a token. All operations of
a request are one change, which passes the gate as every other; LOAD is refused. `dry_run=true` tells what would happen.
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


def router(kg: KnowledgeGraph, turns: Turns) -> APIRouter:
    """GET, and POST of a form or of the query itself."""
    routes = rooms("sparql")

    async def get(request: Request) -> Response:
        given = _fields_of(request.scope)
        if not set(given) - set(FORMAT_PARAMETERS):
            return await run_in_threadpool(_description, kg, request)
        return await _answer(kg, turns, request, given)

    async def post(request: Request) -> Response:
        if media_type_of(request) == QUERY_TYPE:
            body = await text_of(request, kg.settings.request_body_bytes_max, "ALSKG_REQUEST_BODY_BYTES_MAX")
        else:
            body = await text_of(request, kg.settings.change_bytes_max, "ALSKG_CHANGE_BYTES_MAX")
        given = _posted(request, body)
        if "update" in given:
            return await run_in_threadpool(_update, kg, request, given)
        if (asked := given.pop(PARAMETER, None)) is None:
            return await _answer(kg, turns, request, given)
        # What stands before the doors takes it off a request that reads; that a POST does, its body says.
        revision = revision_in(asked)
        await run_in_threadpool(kg.past.at, revision)
        with kg.as_of(revision):
            return await _answer(kg, turns, request, given)

    routes.add_api_route(
        "/sparql",
        get,
        name="ask sparql",
        summary="Ask a SPARQL query; without one, the service description",
        description=ABOUT,
        responses=_responses(),
        openapi_extra={"parameters": _parameters()},
    )
    routes.add_api_route(
        "/sparql",
        post,
        methods=["POST"],
        name="post sparql",
        summary="Ask a SPARQL query that is too long for a URL",
        description=ABOUT,
        responses={**_responses(), **problems(*STATUSES), 201: {"description": "An update made a new revision."}},
        openapi_extra={"parameters": [*_parameters()[1:], DESCRIBED], "requestBody": _body()},
    )
    return routes


class ShortWay:
    """
    Queries by GET without what all other requests need: routing, validation, and what stands before the doors.

    Which of those it does by itself is why anything else is passed on, an earlier revision for one.
    """

    path = "/sparql"
    """As the route has it, which the log and the metrics name."""

    def __init__(self, app: ASGIApp, kg: KnowledgeGraph, turns: Turns) -> None:
        self._app = app
        self._kg = kg
        self._turns = turns
        self.endpoint = _answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the request, or passes it on."""
        if not _is_plain_query(scope):
            await self._app(scope, receive, send)
            return
        if (account := scope.get(ACCOUNT)) is not None:
            account.route = self
        request = Request(scope, receive)
        try:
            response = await _answer(self._kg, self._turns, request, _fields_of(scope))
            # An answer that is sent when it is whole can fail until then; one in parts breaks off by itself.
            await response(scope, receive, send)
        except AlskgError as error:
            await problem_of(request, error)(scope, receive, send)


def _is_plain_query(scope: Scope) -> bool:
    is_here = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == "/sparql"
    return is_here and b"query=" in scope["query_string"] and b"revision" not in scope["query_string"]


def _fields(form: str) -> Fields:
    """The fields of a query string or of a form's body."""
    try:
        return parse_qs(form, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except UnicodeDecodeError as error:
        raise BadQuery(f"What is encoded in the request is not UTF-8: {error}.") from error
    except ValueError as error:
        raise BadQuery(f"The request has more than {FIELDS_MAX} fields.") from error


def _fields_of(scope: Scope) -> Fields:
    # A request's `url` is put together from seven parts, to be taken apart again.
    return _fields(scope["query_string"].decode("latin-1"))


def _posted(request: Request, body: str) -> Fields:
    """The fields of a POST, wherever they stand: in the address and in the body."""
    kind = media_type_of(request)
    given = _fields_of(request.scope)
    if kind in (QUERY_TYPE, UPDATE_TYPE):
        sent: Fields = {"query" if kind == QUERY_TYPE else "update": [body]}
    elif kind == FORM_TYPE:
        sent = _fields(body)
    else:
        raise UnsupportedMedia(
            f"Content-Type {kind or '(none)'} is not read here; send {QUERY_TYPE}, {UPDATE_TYPE} or {FORM_TYPE}.",
            available=[QUERY_TYPE, UPDATE_TYPE, FORM_TYPE],
        )
    return {name: [*given.get(name, []), *sent.get(name, [])] for name in {**given, **sent}}


async def _answer(kg: KnowledgeGraph, turns: Turns, request: Request, given: Fields) -> Response:
    if "update" in given:
        raise UpdateRefused(UPDATES_REFUSED)
    texts = given.get("query", [])
    if len(texts) != 1:
        raise BadQuery(f"There must be one `query`; {len(texts)} were given (SPARQL 1.1 Protocol, section 2.1).")
    refuse_unknown_parameters(given, QUERY_FIELDS)
    if PARAMETER in given:
        # It was taken off, unless its name is spelled in another way, as `re%76ision` is.
        raise BadParameter("revision: write the name of this parameter as it is.", parameter=PARAMETER)
    question = Question(
        texts[0],
        default_graphs=tuple(given.get("default-graph-uri", ())),
        named_graphs=tuple(given.get("named-graph-uri", ())),
    )
    over = turns.take(client_of(request))
    answer: Answer | LongAnswer | None = None
    try:
        asking = ask_aside(kg, question, *_wish(request, given))
        answer = await while_client_waits(request, asking)
    except ClientLeft:
        return Response(status_code=CLIENT_LEFT)
    finally:
        if not isinstance(answer, LongAnswer):
            over()
    headers = {"Vary": "Accept", "X-Alskg-Revision": str(answer.revision), **lasting(answer.is_fixed)}
    if isinstance(answer, LongAnswer):
        return LongResponse(answer.rest, headers, answer.format.content_type, over)
    return Response(answer.body, 200, headers, answer.format.content_type)


def _update(kg: KnowledgeGraph, request: Request, given: Fields) -> Response:
    """SPARQL 1.1 Protocol, section 2.2: all operations of one request are one change, which passes the gate."""
    texts = given["update"]
    if len(texts) != 1 or "query" in given:
        raise BadQuery(
            f"There must be one `update` and no `query`; {len(texts)} and {len(given.get('query', []))} were given "
            "(SPARQL 1.1 Protocol, section 2.2)."
        )
    if PARAMETER in given:
        raise BadParameter(
            "revision: an update changes the graph as it is now. To say which revision it rests on, send that as "
            'If-Match: "12".',
            parameter=PARAMETER,
        )
    wish = wish_of(given, UPDATE_FIELDS, "SPARQL Update")

    def build(agent: Agent) -> Changeset:
        using, named = (given.get(f"using-{kind}graph-uri", []) for kind in ("", "named-"))
        return change_of_update(kg, texts[0], using, named, wish.message or "", agent.name)

    return deliver(kg, request, wish, build)


def _wish(request: Request, given: Fields) -> tuple[str, str | None]:
    """The Accept header, and the format that beats it; SPARQLWrapper says one in several spellings at a time."""
    override = next((given[name][0] for name in FORMAT_PARAMETERS if name in given), None)
    return ", ".join(request.headers.getlist("accept")), override


def _description(kg: KnowledgeGraph, request: Request) -> Response:
    refuse_repeated(request.query_params.multi_items(), FORMAT_PARAMETERS)
    format_ = wanted(request, (*media.GRAPH, HTML))
    if format_ is HTML:
        shown = {"example": EXAMPLE, "by_tag": by_tag(kg), "limits": _limits(kg)}
        return send_page(request, "SPARQL", {}, view="sparql", more=shown)
    # Behind a proxy, the address that the request bears is not the public one.
    return send_graph(kg, service(kg, f"{kg.settings.base_url or request.base_url}".rstrip("/") + "/sparql"), format_)


def _limits(kg: KnowledgeGraph) -> str:
    """What a query may take, in words."""
    most = kg.settings
    room = f"{most.answer_rows_max:,} rows or triples, {_mebibytes(most.answer_bytes_max)}"
    return f"{most.query_seconds_max:g} s, {room}, {_mebibytes(most.query_memory_bytes_max)} of memory"


def _mebibytes(count: int) -> str:
    return f"{count / 2**20:,.6g} MiB"


def _parameters() -> list[dict[str, object]]:
    text = {"type": "string"}
    many = {"type": "array", "items": {"type": "string", "format": "uri"}}
    described = {
        "query": (text, "The query; without it, what this service is."),
        "default-graph-uri": (many, "Graphs of this store to query."),
        "named-graph-uri": (many, "Graphs of this store for GRAPH."),
        "format": (text, "Overrides the Accept header: a short name (json, csv, turtle ...)."),
        "output": (text, "The same as `format`."),
    }
    return [
        {"name": name, "in": "query", "required": False, "schema": schema, "description": about}
        for name, (schema, about) in described.items()
    ]


def _body() -> dict[str, object]:
    text, many = {"type": "string"}, {"type": "array", "items": {"type": "string", "format": "uri"}}
    properties = {str(p["name"]): p["schema"] for p in _parameters()}
    properties |= {
        "update": text,
        "using-graph-uri": many,
        "using-named-graph-uri": many,
        PARAMETER: DESCRIBED["schema"],
    }
    form = {"type": "object", "properties": properties}
    content = {QUERY_TYPE: {"schema": text}, UPDATE_TYPE: {"schema": text}, FORM_TYPE: {"schema": form}}
    return {"required": True, "content": content}


def _responses() -> dict[int | str, dict[str, object]]:
    formats = (*media.TABLE, *media.GRAPH, HTML)
    content: dict[str, object] = {format_.media_type: {} for format_ in formats}
    return {200: {"description": "The answer.", "content": content}, **problems(400, 403, 406, 413, 422, 429, 503)}
