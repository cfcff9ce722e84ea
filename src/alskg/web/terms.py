"""Door 6, /ontology and /vocabularies: every term of ours has an address that says what it means."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from alskg.answers import Question, graph
from alskg.errors import UnknownName
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import GRAPH, HTML, JSON
from alskg.members import Document, nearest, question_about
from alskg.names import ALS, BASE
from alskg.store.terms import iri
from alskg.web.about import NoParameters
from alskg.web.openapi import responses
from alskg.web.respond import meta, send_graph, send_json, send_page, wanted

PAGE = (JSON, HTML)
VOCABULARIES = f"{BASE}vocabularies/"


def router(kg: KnowledgeGraph) -> APIRouter:
    """The ontology, the closed lists, and one address for each of their terms."""
    routes = APIRouter(tags=["terms"])

    @routes.get("/ontology", name="ontology", summary="The ontology", responses=responses(GRAPH, None))
    def ontology(request: Request, query: Annotated[NoParameters, Query()]) -> Response:
        return send_graph(kg, kg.store.ontology(), wanted(request, GRAPH))

    @routes.get("/vocabularies", name="vocabularies", summary="The closed lists", responses=responses(PAGE, None))
    def vocabularies(request: Request, query: Annotated[NoParameters, Query()]) -> Response:
        items: list[Document] = [
            {"id": v.namespace[:-1], "label": v.label, "concepts": dict(v.concepts)}
            for v in kg.schema.vocabularies.values()
        ]
        body: Document = {"items": items, "total": len(items), "meta": meta(kg, Question("ASK {}"))}
        return send_page("Closed lists", body) if wanted(request, PAGE) is HTML else send_json(body, JSON)

    @routes.get(
        "/ontology/{name:path}", name="term", summary="A term of the ontology", responses=responses(GRAPH, None, 404)
    )
    def term(request: Request, name: str, query: Annotated[NoParameters, Query()]) -> Response:
        return _described(kg, request, ALS, name)

    @routes.get(
        "/vocabularies/{name:path}",
        name="concept",
        summary="A closed list, or a concept of one",
        responses=responses(GRAPH, None, 404),
    )
    def concept(request: Request, name: str, query: Annotated[NoParameters, Query()]) -> Response:
        return _described(kg, request, VOCABULARIES, name)

    return routes


def _described(kg: KnowledgeGraph, request: Request, space: str, name: str) -> Response:
    format_ = wanted(request, GRAPH)
    found = graph(kg, question_about([iri(space + name).value]))
    if not found:
        near = nearest(name, [term.removeprefix(space) for term, _ in kg.schema.labels() if term.startswith(space)])
        hint = f"; did you mean {near[0]}?" if near else "."
        raise UnknownName(f"There is no term {name!r} under {space}{hint}", suggestions=near)
    return send_graph(kg, found, format_)
