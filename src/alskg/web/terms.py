"""Door 6, /ontology and /vocabularies: every term of ours has an address that says what it means."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pyoxigraph import NamedNode
from starlette.responses import Response

from alskg.answers import Question, graph
from alskg.errors import UnknownName
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import hint, nearest
from alskg.media import GRAPH, HTML, JSON
from alskg.members import question_about
from alskg.names import ALS, BASE, OWL, RDF, RDFS, SCHEMA, SKOS, local_name
from alskg.store.terms import iri
from alskg.triples import iris, plain, subjects, text
from alskg.web.documents import Document, link_to, value_of
from alskg.web.openapi import responses, rooms
from alskg.web.parameters import FormatOnly
from alskg.web.respond import LISTS, meta, send, send_graph, send_page, wanted

TERM = (*GRAPH, HTML)
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

    @routes.get("/ontology", name="get ontology", summary="The ontology", responses=responses(TERM, None))
    def ontology(request: Request, query: Annotated[FormatOnly, Query()]) -> Response:
        format_ = wanted(request, TERM)
        if format_ is not HTML:
            return send_graph(kg, kg.store.ontology().match(), format_)
        shown = {"sections": _sections(kg)}
        return send_page(request, "The ontology", {"meta": meta(kg, None)}, view="ontology", more=shown)

    @routes.get("/vocabularies", name="list vocabularies", summary="The closed lists", responses=responses(LISTS, None))
    def vocabularies(request: Request, query: Annotated[FormatOnly, Query()]) -> Response:
        format_ = wanted(request, LISTS)
        lists = kg.schema.vocabularies.values()
        if format_ not in (JSON, HTML):
            terms = [v.namespace[:-1] for v in lists] + [v.namespace + name for v in lists for name in v.concepts]
            return send_graph(kg, graph(kg, question_about(terms)), format_)
        items: list[Document] = [
            {"id": v.namespace[:-1], "label": v.label, "concepts": dict(v.concepts)} for v in lists
        ]
        body = {"items": items, "total": len(items), "meta": meta(kg, Question(_CONCEPTS))}
        return send(request, format_, body, "Closed lists", view="vocabularies")

    @routes.get(
        "/ontology/{name:path}",
        name="get term",
        summary="A term of the ontology",
        responses=responses(TERM, None, 404),
    )
    def term(request: Request, name: str, query: Annotated[FormatOnly, Query()]) -> Response:
        return _described(kg, request, ALS, name)

    @routes.get(
        "/vocabularies/{name:path}",
        name="get concept",
        summary="A closed list, or a concept of one",
        responses=responses(TERM, None, 404),
    )
    def concept(request: Request, name: str, query: Annotated[FormatOnly, Query()]) -> Response:
        return _described(kg, request, VOCABULARIES, name)

    return routes


def _described(kg: KnowledgeGraph, request: Request, space: str, name: str) -> Response:
    format_ = wanted(request, TERM)
    found = graph(kg, question_about([iri(space + name).value]))
    if not found:
        names = [term.removeprefix(space) for term, _ in kg.schema.labels() if term.startswith(space)]
        where = space.removeprefix(BASE)
        raise UnknownName(
            f"There is no term {name!r} under /{where}.{hint(name, names)}",
            suggestions=[f"/{where}{near}" for near in nearest(name, names)],
        )
    if format_ is HTML:
        return _page(kg, request, space + name)
    return send_graph(kg, found, format_)


def _page(kg: KnowledgeGraph, request: Request, iri_: str) -> Response:
    """A term as a page: each of its properties with the values, and what is declared of it by others' names."""
    rows: dict[str, list[object]] = {}
    for triple in kg.store.match(iri_):
        name = text(kg.store, triple.predicate.value, RDFS + "label") or local_name(triple.predicate.value)
        label = text(kg.store, plain(triple.object), RDFS + "label") if isinstance(triple.object, NamedNode) else None
        rows.setdefault(name, []).append(value_of(kg, triple.object, label))
    title = text(kg.store, iri_, RDFS + "label") or local_name(iri_)
    body: Document = {"id": iri_, "meta": meta(kg, question_about([iri_]))}
    definition = text(kg.store, iri_, SKOS + "definition")
    shown = {"rows": sorted(rows.items()), "definition": definition}
    return send_page(request, title, body, view="triples", more=shown)


def _sections(kg: KnowledgeGraph) -> list[tuple[str, list[Document]]]:
    """All classes and properties with what they mean: of the properties, those apart that claims may state."""
    ontology = kg.store.ontology()
    classes = [_class(kg, iri_) for iri_ in subjects(ontology, RDF + "type", OWL + "Class")]
    stated, others = [
        [_property(kg, iri_) for iri_ in kg.schema.properties if (iri_ in kg.schema.predicates) is is_stated]
        for is_stated in (True, False)
    ]
    found = (("Classes", classes), ("What claims state", stated), ("Other properties", others))
    return [(name, sorted(terms, key=_alphabetical)) for name, terms in found if terms]


def _class(kg: KnowledgeGraph, iri_: str) -> Document:
    class_ = kg.schema.classes.get(iri_)
    broader = _links(kg, iri_, RDFS + "subClassOf")
    return {**_term(kg, iri_), "broader": broader, "collection": class_.collection if class_ else None}


def _property(kg: KnowledgeGraph, iri_: str) -> Document:
    domains, ranges = (_links(kg, iri_, f"{SCHEMA}{end}Includes") for end in ("domain", "range"))
    return {**_term(kg, iri_), "domains": domains, "ranges": ranges}


def _term(kg: KnowledgeGraph, iri_: str) -> Document:
    ontology = kg.store.ontology()
    label, definition = (text(ontology, iri_, name) for name in (RDFS + "label", SKOS + "definition"))
    return {**link_to(kg, iri_, label or local_name(iri_)), "definition": definition}


def _links(kg: KnowledgeGraph, iri_: str, property_: str) -> list[Document]:
    ontology = kg.store.ontology()
    return [link_to(kg, other, text(ontology, other, RDFS + "label")) for other in iris(ontology, iri_, property_)]


def _alphabetical(term: Document) -> tuple[str, str]:
    return str(term["label"]).casefold(), str(term["id"])
