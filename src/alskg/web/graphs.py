"""Door 8, /graphs: the SPARQL 1.1 Graph Store HTTP Protocol; what it writes passes the gate like everything else."""

from collections.abc import Iterable

import pyoxigraph as ox
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from alskg.access import Agent
from alskg.changeset import NOWHERE, READ, Changeset, quads_of
from alskg.errors import BadParameter, RequestError, StaleBase, UnknownName, UnsupportedMedia
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import GRAPH, TURTLE, negotiate
from alskg.names import OWN_GRAPHS
from alskg.overlay import stored
from alskg.store.terms import iri
from alskg.triples import graph_of
from alskg.web.bodies import media_type_of
from alskg.web.openapi import problems, rooms
from alskg.web.parameters import refuse_repeated
from alskg.web.respond import send_graph
from alskg.web.writing import STATUSES, Wish, deliver, own_context, refuse_unmet, taken, wish_of

ABOUT = """
SPARQL 1.1 Graph Store HTTP Protocol, with indirect identification: `?graph=IRI` for a named graph, `?default` for the
published view. PUT replaces, POST adds, DELETE removes; PUT and DELETE of a graph that is there want If-Match with the
revision that was looked at, so that nobody's work is lost. A graph is a curated file: what is written is checked by the
gate, and belongs where the house rules say; derived triples are kept by the graph itself.
"""
PARAMETERS: list[dict[str, object]] = [
    {
        "name": "graph",
        "in": "query",
        "required": False,
        "schema": {"type": "string", "format": "uri"},
        "description": "The IRI of a named graph.",
    },
    {
        "name": "default",
        "in": "query",
        "required": False,
        "schema": {"type": "string"},
        "description": "The published view; give it without a value.",
    },
]


def router(kg: KnowledgeGraph) -> APIRouter:
    """GET, HEAD, PUT, POST and DELETE of a graph."""
    routes = rooms("graphs")

    def get(request: Request) -> Response:
        return _graph(kg, request)

    async def write(request: Request) -> Response:
        if request.method == "DELETE":
            return await run_in_threadpool(_written, kg, request, "")
        return await taken(kg, request, lambda body: _written(kg, request, body))

    described = {"content": {format_.media_type: {} for format_ in GRAPH}, "description": "The graph."}
    routes.add_api_route(
        "/graphs",
        get,
        name="get graph of store",
        summary="One graph",
        description=ABOUT,
        responses={200: described, **problems(400, 404, 406, 422)},
        openapi_extra={"parameters": PARAMETERS},
    )
    for method, summary in (("PUT", "Replace a graph"), ("POST", "Add to a graph"), ("DELETE", "Remove a graph")):
        body = {"required": True, "content": {media_type: {"schema": {"type": "string"}} for media_type in READ}}
        routes.add_api_route(
            "/graphs",
            write,
            methods=[method],
            name=f"{method.lower()} graph",
            summary=summary,
            description=ABOUT,
            responses={
                200: {"description": "Done, or what would be."},
                201: {"description": "The graph was made."},
                **problems(*STATUSES),
            },
            openapi_extra={"parameters": PARAMETERS, **({} if method == "DELETE" else {"requestBody": body})},
        )
    return routes


def _named(request: Request) -> ox.NamedNode | ox.DefaultGraph:
    """The graph that a request means (Graph Store Protocol, section 4.2)."""
    given = request.query_params
    names = given.getlist("graph")
    if len(names) + len(given.getlist("default")) != 1:
        raise RequestError("Say one graph: ?graph=IRI for a named one, or ?default for the published view.")
    return ox.DefaultGraph() if not names else iri(names[0])


def _graph(kg: KnowledgeGraph, request: Request) -> Response:
    refuse_repeated(request.query_params.multi_items(), ("format",))
    format_ = negotiate(", ".join(request.headers.getlist("accept")), GRAPH, request.query_params.get("format"))
    graph = _named(request)
    if isinstance(graph, ox.NamedNode):
        _refuse_unknown(kg, graph)
    found = (quad.triple for quad in kg.store.quads.quads_for_pattern(None, None, None, graph))
    headers = {"X-Alskg-Revision": str(kg.revision), "ETag": f'"{kg.revision}"'}
    return send_graph(kg, found, format_, headers)


def _refuse_unknown(kg: KnowledgeGraph, graph: ox.NamedNode) -> None:
    known = kg.store.graphs(even_empty=kg.gate.is_open)
    if graph.value not in known:
        raise UnknownName(f"There is no graph <{graph.value}> here.", available=known)


def _written(kg: KnowledgeGraph, request: Request, body: str) -> Response:
    graph, given = _named(request), request.query_params
    wish = wish_of({name: given.getlist(name) for name in given}, ("graph", "default"), f"{request.method} of a graph")
    is_new = not _is_there(kg, graph)
    # What is replaced as a whole would take along what others wrote. The suite that the standard is tested by knows
    # nothing of that; it is for a store whose graphs are nobody's work.
    is_replaced = request.method in ("PUT", "DELETE") and not kg.gate.is_open

    def build(agent: Agent) -> Changeset:
        if is_new and is_replaced and "if-match" not in request.headers:
            _refuse_made(kg, graph)
        if not is_new:
            refuse_unmet(kg, request, "graph", is_there=True)
        return _change(kg, request, graph, body, agent, wish)

    response = deliver(kg, request, wish, build, base_required=is_replaced and not is_new)
    if response.status_code == 201 and not is_new:
        # 201 is for a graph that was made (section 5.3); a new revision of one that was there is 200.
        response.status_code = 200
    return response


def _is_there(kg: KnowledgeGraph, graph: ox.NamedNode | ox.DefaultGraph) -> bool:
    """Whether a graph can be looked at; those that alskg keeps for itself are there for nobody."""
    if isinstance(graph, ox.DefaultGraph):
        return True
    return graph.value not in OWN_GRAPHS and kg.present.has_graph(graph.value)


def _refuse_made(kg: KnowledgeGraph, graph: ox.NamedNode | ox.DefaultGraph) -> None:
    """Nothing, where a graph isn't there still that wasn't when the request came."""
    if _is_there(kg, graph):
        raise StaleBase(f"Others made the graph {graph} meanwhile. Look at it, and send what it is to be then.")


def _change(
    kg: KnowledgeGraph,
    request: Request,
    graph: ox.NamedNode | ox.DefaultGraph,
    body: str,
    agent: Agent,
    wish: Wish,
) -> Changeset:
    added: Iterable[ox.Quad] = ()
    removed: Iterable[ox.Quad] = ()
    if request.method == "DELETE":
        if isinstance(graph, ox.NamedNode):
            _refuse_unknown(kg, graph)
        removed = _held(kg, graph)
    else:
        added = _sent(kg, request, graph, body)
        if request.method == "PUT":
            sent, held = dict.fromkeys(added), dict.fromkeys(_held(kg, graph))
            # What is there and stays is no part of the change; to find out where each of it belongs would take long.
            added, removed = [quad for quad in sent if quad not in held], [quad for quad in held if quad not in sent]
    # A graph of curated files is there while something is in it; only without a gate may there be empty ones.
    names = (graph.value,) if isinstance(graph, ox.NamedNode) and kg.gate.is_open else ()
    return Changeset(
        message=wish.message or "",
        agent=agent.name,
        added=tuple(added),
        removed=tuple(removed),
        created=() if request.method == "DELETE" else names,
        dropped=names if request.method == "DELETE" else (),
        door="graphs",
    )


def _held(kg: KnowledgeGraph, graph: ox.NamedNode | ox.DefaultGraph) -> list[ox.Quad]:
    """What a graph holds, read when the change is built, so that it rests on what is there."""
    return list(kg.present.quads.quads_for_pattern(None, None, None, graph))


def _sent(kg: KnowledgeGraph, request: Request, graph: ox.NamedNode | ox.DefaultGraph, body: str) -> list[ox.Quad]:
    media_type = media_type_of(request) or TURTLE.media_type
    if media_type not in READ:
        raise UnsupportedMedia(
            f"Content-Type {media_type} is not read here; send {', '.join(READ)}.", available=list(READ)
        )
    found = quads_of(body, media_type, kg.schema.prefixes, own_context(kg, request), kg.settings.change_quads_max)
    elsewhere = next((quad for quad in found if quad.graph_name not in (NOWHERE, graph)), None)
    if elsewhere is not None:
        raise BadParameter(
            f"The body holds a quad of the graph <{graph_of(elsewhere)}>, which isn't the one that is written. Use "
            "POST /changes for several graphs at once."
        )
    # In store form, since what stays is told apart from what goes by comparing.
    return stored(ox.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in found)
