"""Door 5: what describes the house itself, and what finds a thing whose address isn't known."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, create_model
from pydantic import Field as Parameter
from starlette.responses import RedirectResponse, Response

from alskg import __version__
from alskg.answers import Question, graph, rows
from alskg.curies import curie_of
from alskg.descriptions import citation, context, dataset, service
from alskg.errors import BadParameter, UnknownName
from alskg.history import records
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import hint, path_of, question_of_identifier, renamed_among, with_identifier
from alskg.media import GRAPH, HTML, JSON, JSON_LD
from alskg.members import question_about
from alskg.names import ALS, local_name
from alskg.parameters import bindings
from alskg.schema import Class
from alskg.search import Hit, question, search
from alskg.triples import plain
from alskg.web.changes import change_document
from alskg.web.denials import denials
from alskg.web.documents import Document
from alskg.web.mappings import featured
from alskg.web.openapi import responses, rooms
from alskg.web.parameters import STRICT, FormatName, FormatOnly, texts
from alskg.web.queries import example_of
from alskg.web.renderings import catalogued, hits, services
from alskg.web.respond import (
    LISTS,
    NOT_KEPT,
    NOTICE,
    asked_revision,
    meta,
    origin_of,
    send,
    send_graph,
    send_json,
    send_page,
    wanted,
)

COUNTED = ("Claim", "Proposition", "Source", "Disagreement")
"""What the graph is made of; the home page says how many there are of each, beside what questions count for it."""
CHANGES_SHOWN = 5

_COLLECTIONS = """PREFIX als: <https://w3id.org/alskg/ontology/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?class ?collection ?label WHERE {
    ?class als:collection ?collection ; als:pluralLabel ?label .
}
ORDER BY ?label
"""


def _search_model(kg: KnowledgeGraph) -> type[BaseModel]:
    most = kg.settings.search_results_max
    wish = Parameter(
        min_length=1, max_length=200, description="The beginning of a name, nearly a name, or an identifier."
    )
    limit = Parameter(ge=1, le=most, description=f"How many hits; at most {most}.")
    return create_model(
        "Search",
        __config__=STRICT,
        q=(Annotated[str, wish], ...),
        collection=texts("Only in these collections."),
        limit=(Annotated[int, limit], min(20, most)),
        format=(FormatName, None),
        output=(FormatName, None),
    )


def router(kg: KnowledgeGraph) -> APIRouter:
    """Home, health, context, VoID, search and resolution."""
    routes = rooms("about")
    _describe(routes, kg)
    _find(routes, kg)
    return routes


def _describe(routes: APIRouter, kg: KnowledgeGraph) -> None:
    @routes.get("/", name="get home", summary="What there is", responses=responses(LISTS, None))
    def home(request: Request, query: Annotated[FormatOnly, Query()]) -> Response:
        format_ = wanted(request, LISTS)
        if format_ not in (JSON, HTML):
            return send_graph(kg, catalogued(kg), format_)
        sizes = _sizes(kg)
        return send(
            request,
            format_,
            _home(kg, sizes),
            "alskg",
            view="home",
            more=lambda: _beside_home(kg, sizes),
        )

    @routes.get(
        "/docs",
        name="get docs",
        summary="The API to try out",
        description="As JSON, this document; in RDF, the services (DCAT) with the description of the SPARQL endpoint.",
        responses=responses(LISTS, None),
    )
    def docs(request: Request, query: Annotated[FormatOnly, Query()]) -> Response:
        return _documentation(kg, request)

    @routes.get("/health", name="get health", summary="Is it up?", responses=responses((JSON,), None))
    def health(request: Request, query: Annotated[FormatOnly, Query()]) -> Response:
        wanted(request, (JSON,))
        return send_json(
            {"status": "ok", "version": __version__, "revision": kg.revision, "notice": NOTICE}, JSON, NOT_KEPT
        )

    @routes.get(
        "/context.jsonld",
        name="get context",
        summary="The JSON-LD context of every document",
        responses=responses((JSON_LD,), None),
    )
    def json_ld_context(request: Request, query: Annotated[FormatOnly, Query()]) -> Response:
        # Processors ask for a context by many names, and any of them can read this one.
        return send_json(context(kg.schema), JSON_LD)

    @routes.get("/.well-known/void", name="get void", summary="The VoID description", responses=responses(GRAPH, None))
    def void(request: Request, query: Annotated[FormatOnly, Query()]) -> Response:
        return send_graph(kg, dataset(kg), wanted(request, GRAPH))


def _documentation(kg: KnowledgeGraph, request: Request) -> Response:
    """The page where every address can be tried; for programs what OpenAPI, DCAT and SPARQL say of them."""
    format_, origin = wanted(request, LISTS), origin_of(kg, request)
    if format_ is JSON:
        return send_json(request.app.openapi(), JSON)
    if format_ is not HTML:
        return send_graph(kg, [*services(origin), *service(kg, f"{origin}/sparql")], format_)
    named = next(iter(kg.queries.values()), None)
    shown = {
        "origin": origin,
        "featured": featured(kg),
        "question": example_of(named) if named else "/queries",
    }
    return send_page(request, "The API", {"meta": meta(kg, None)}, view="docs", more=shown)


def _home(kg: KnowledgeGraph, sizes: Mapping[str, int]) -> Document:
    classes = sorted(kg.schema.collections.values(), key=lambda c: c.plural)
    return {
        "title": "alskg: how ALS is treated, and who says so",
        "notice": "A research resource, not medical advice. Ask the clinicians who treat you before you decide.",
        "cite": citation(kg),
        "doors": {
            "sparql": "/sparql",
            "queries": "/queries",
            "mappings": "/mappings",
            "search": "/search?q=",
            "changes": "/changes",
            "proposals": "/proposals",
            "dump": "/graph",
            "dumps": "/dumps",
            "openapi": "/openapi.json",
            "context": "/context.jsonld",
            "void": "/.well-known/void",
            "health": "/health",
        },
        "collections": [
            {
                "url": f"/{c.collection}",
                "label": c.plural,
                "definition": c.definition,
                "members": sizes.get(c.iri, 0),
            }
            for c in classes
        ],
        "questions": len(kg.queries),
        "meta": meta(kg, Question(_COLLECTIONS)),
    }


def _sizes(kg: KnowledgeGraph) -> dict[str, int]:
    """How many members each class has that has any."""
    found = rows(kg, Question("SELECT ?class (COUNT(DISTINCT ?id) AS ?members) WHERE { ?id a ?class } GROUP BY ?class"))
    return {plain(row["class"]): int(plain(row["members"])) for row in found}


def _beside_home(kg: KnowledgeGraph, sizes: Mapping[str, int]) -> Document:
    """What the page shows beside the document: the figures, and what was changed last."""
    now = kg.revision
    classes = [kg.schema.classes[ALS + name] for name in COUNTED]
    counted = [q for q in kg.queries.values() if q.counted]
    changes = [change_document(record) for record in records(kg.present, max(0, now - CHANGES_SHOWN), now)]
    return {
        "figures": [
            {"label": c.plural, "about": c.definition, "url": f"/{c.collection}", "count": sizes.get(c.iri, 0)}
            for c in classes
            if c.collection
        ]
        + [
            {
                "label": q.counted,
                "about": q.question,
                "url": f"/queries/{q.name}",
                "count": len(rows(kg, Question(q.text, bindings(kg, q, {})))),
            }
            for q in counted
        ],
        "changes": changes[::-1],
        "featured": featured(kg),
    }


def _find(routes: APIRouter, kg: KnowledgeGraph) -> None:
    model = _search_model(kg)

    @routes.get(
        "/search",
        name="search",
        summary="Things by identifier, or by label or synonym: by prefix or in spite of a slip",
        responses=responses(LISTS, None),
    )
    def look(request: Request, query: Annotated[model, Query()]) -> Response:  # type: ignore[valid-type]
        return _look(kg, request, query)

    @routes.get(
        "/resolve/{curie:path}",
        name="resolve",
        summary="Where the thing with an identifier is",
        responses=responses(LISTS, None, 404)
        | {303: {"description": "It is there."}, 308: {"description": "It bears another name now."}},
    )
    def resolve(request: Request, curie: str, query: Annotated[FormatOnly, Query()]) -> Response:
        format_ = wanted(request, LISTS)
        found = with_identifier(kg, curie)
        if not found:
            raise UnknownName(f"No thing here bears the identifier {curie}.")
        if len(found) == 1:
            # An earlier name leads to the present one for good, as its own address does.
            url = f"{path_of(kg, found[0])}?{urlencode(asked_revision(request))}".removesuffix("?")
            return RedirectResponse(url, 308 if renamed_among(kg, [curie]) else 303)
        if format_ not in (JSON, HTML):
            return send_graph(kg, graph(kg, question_about(found)), format_)
        items = [{"id": iri, "curie": curie_of(kg.schema.prefixes, iri), "url": path_of(kg, iri)} for iri in found]
        question = question_of_identifier(kg, curie)
        return send(request, format_, {"items": items, "total": len(items), "meta": meta(kg, question)}, curie)


def _look(kg: KnowledgeGraph, request: Request, query: Any) -> Response:
    format_ = wanted(request, LISTS)
    if not any(map(str.isalnum, query.q)):
        raise BadParameter(f"q={query.q}: write at least one letter or digit of a name.", parameter="q")
    found = search(kg, query.q, _classes(kg, query.collection))
    if format_ not in (JSON, HTML):
        return send_graph(kg, hits(query.q, found[: query.limit], len(found)), format_)
    denying = denials(kg)
    groups: dict[str, list[Document]] = {}
    for hit in found[: query.limit]:
        groups.setdefault(_collection(kg, hit), []).append(_hit(kg, hit, denying))
    body: Document = {
        "q": query.q,
        "total": len(found),
        "groups": [{"collection": name, "items": items} for name, items in groups.items()],
        "meta": meta(kg, question(), complete=len(found) <= query.limit),
    }
    return send(request, format_, body, f"Search: {query.q}", view="search")


def _classes(kg: KnowledgeGraph, names: list[str] | None) -> list[Class] | None:
    if names is None:
        return None
    for name in names:
        if name not in kg.schema.collections:
            known = sorted(kg.schema.collections)
            raise BadParameter(
                f"collection={name}: there is no such collection.{hint(name, known)}",
                parameter="collection",
                available=known,
            )
    return [kg.schema.collections[name] for name in names]


def _collection(kg: KnowledgeGraph, hit: Hit) -> str:
    return kg.schema.classes[hit.class_].collection or local_name(hit.class_)


def _hit(kg: KnowledgeGraph, hit: Hit, denying: Collection[str]) -> Document:
    return {
        "id": hit.iri,
        "curie": curie_of(kg.schema.prefixes, hit.iri),
        "label": hit.label,
        "matched": hit.matched,
        **({"by": "identifier"} if hit.is_identified else {}),
        "score": hit.score,
        "url": path_of(kg, hit.iri),
        # The label of a claim is the same whichever side it takes.
        **({"polarity": "denies"} if hit.iri in denying else {}),
    }
