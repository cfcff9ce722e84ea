"""Door 6, /ontology and /vocabularies: every term of ours has an address that says what it means."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from alskg.answers import Question, graph
from alskg.errors import UnknownName
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import GRAPH, HTML, JSON
from alskg.members import hint, nearest, question_about
from alskg.names import ALS, BASE
from alskg.store.terms import iri
from alskg.web.documents import Document
from alskg.web.openapi import responses, rooms
from alskg.web.parameters import FormatOnly
from alskg.web.respond import meta, send, send_graph, wanted

PAGE = (JSON, HTML)
_CONCEPTS = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?list ?concept ?label WHERE {
    ?concept skos:inScheme ?list ; rdfs:label ?label .
}
ORDER BY ?list ?concept
"""
VOCABULARIES = f"{BASE}vocabularies/"


def router(kg: KnowledgeGraph) -> APIRouter:
    """The ontology, the closed lists, and one address for each of their terms."""
    routes = rooms("terms")

    @routes.get("/ontology", name="get ontology", summary="The ontology", responses=responses(GRAPH, None))
    def ontology(request: Request, query: Annotated[FormatOnly, Query()]) -> Response:
        return send_graph(kg, kg.store.ontology(), wanted(request, GRAPH))

    @routes.get("/vocabularies", name="list vocabularies", summary="The closed lists", responses=responses(PAGE, None))
    def vocabularies(request: Request, query: Annotated[FormatOnly, Query()]) -> Response:
        items: list[Document] = [
            {"id": v.namespace[:-1], "label": v.label, "concepts": dict(v.concepts)}
            for v in kg.schema.vocabularies.values()
        ]
        body = {"items": items, "total": len(items), "meta": meta(kg, Question(_CONCEPTS))}
        return send(wanted(request, PAGE), body, "Closed lists")

    @routes.get(
        "/ontology/{name:path}",
        name="get term",
        summary="A term of the ontology",
        responses=responses(GRAPH, None, 404),
    )
    def term(request: Request, name: str, query: Annotated[FormatOnly, Query()]) -> Response:
        return _described(kg, request, ALS, name)

    @routes.get(
        "/vocabularies/{name:path}",
        name="get concept",
        summary="A closed list, or a concept of one",
        responses=responses(GRAPH, None, 404),
    )
    def concept(request: Request, name: str, query: Annotated[FormatOnly, Query()]) -> Response:
        return _described(kg, request, VOCABULARIES, name)

    return routes


def _described(kg: KnowledgeGraph, request: Request, space: str, name: str) -> Response:
    format_ = wanted(request, GRAPH)
    found = graph(kg, question_about([iri(space + name).value]))
    if not found:
        names = [term.removeprefix(space) for term, _ in kg.schema.labels() if term.startswith(space)]
        where = space.removeprefix(BASE)
        raise UnknownName(
            f"There is no term {name!r} under /{where}.{hint(name, names)}",
            suggestions=[f"/{where}{near}" for near in nearest(name, names)],
        )
    return send_graph(kg, found, format_)
