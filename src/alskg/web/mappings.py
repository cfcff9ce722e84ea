"""Door 4, /mappings/CLASS-CLASS: everything that is stated between two classes, in one call."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from pydantic import Field as Parameter
from starlette.responses import Response

from alskg.answers import Question
from alskg.curies import curie_of
from alskg.errors import UnknownName
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import CSV, HTML, TSV
from alskg.members import Document, link_to, nearest
from alskg.names import SKOS
from alskg.related import held
from alskg.schema import Class
from alskg.statements import Pattern, Statement, counts, shown_as, statements
from alskg.triples import iris as iris_at
from alskg.web.collections import STATEMENTS_CONTEXT, STRICT, FormatName
from alskg.web.documents import statement_document
from alskg.web.openapi import responses
from alskg.web.respond import ROWS, meta, send_json, send_page, send_table, wanted

GUIDE = """
Every statement that leads from a member of the one class to a member of the other, as flat rows: one row for each
proposition. Rows with a `scope` hold only within it (a population, a condition, a jurisdiction). `stance` is `affirmed`,
`denied`, `contested` or `inferred`; `for` and `against` count live claims, which are not independent proofs.
`certainties` are those of the affirming claims. `asOf` lists the dates that claims give for when it held. A pair that has
no row is *not stated* by any source here; that is no statement that there is nothing. No medical advice.
"""
COLUMNS = (
    "subject",
    "subjectLabel",
    "predicate",
    "predicateLabel",
    "object",
    "objectLabel",
    "scope",
    "stance",
    "certainties",
    "for",
    "against",
    "inferred",
    "sources",
    "asOf",
    "subjectIds",
    "objectIds",
    "proposition",
)
SCHEMA = {
    "type": "object",
    "required": ["total", "items", "meta"],
    "properties": {
        "total": {"type": "integer"},
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/Statement"}},
        "meta": {"$ref": "#/components/schemas/Meta"},
    },
}


class MappingQuery(BaseModel):
    """Parameters of a mapping."""

    model_config = STRICT
    asOf: Annotated[  # noqa: N815 - the name in the URL
        date | None, Parameter(description="Only claims that say it held, at this date or earlier.")
    ] = None
    stance: Annotated[
        list[str] | None,
        Parameter(description="Only rows of these stances: affirmed, denied, contested, inferred."),
    ] = None
    format: FormatName = None
    output: FormatName = None


def names(kg: KnowledgeGraph) -> dict[str, tuple[Class, Class]]:
    """Every pair of classes that predicates lead between, by the name of its mapping (`drug-mechanism`)."""
    classes = list(kg.schema.collections.values())
    pairs = ((one, other) for one in classes for other in classes if kg.schema.between(one, other))
    return {f"{one.slug}-{other.slug}": (one, other) for one, other in pairs}


def router(kg: KnowledgeGraph) -> APIRouter:
    """The list of mappings, and one route for all of them."""
    routes = APIRouter(tags=["mappings"])
    known = names(kg)

    @routes.get("/mappings", name="mappings", summary="The mappings there are", responses=responses(ROWS, None))
    def listing(request: Request, query: Annotated[MappingQuery, Query()]) -> Response:
        format_ = wanted(request, ROWS)
        items: list[Document] = [
            {"url": f"/mappings/{name}", "from": one.plural, "to": other.plural, "rows": count}
            for name, (one, other) in known.items()
            if (count := len(_rows(kg, one, other, query)))
        ]
        if format_ in (CSV, TSV):
            return send_table(("url", "from", "to", "rows"), items, format_, {})
        body: Document = {"items": items, "total": len(items), "meta": meta(kg, Question("ASK {}"))}
        return send_page("Mappings", body) if format_ is HTML else send_json(body, format_)

    @routes.get(
        "/mappings/{name}",
        name="mapping",
        summary="A whole mapping between two classes",
        description=GUIDE,
        responses=responses(ROWS, SCHEMA, 404, 413),
    )
    def mapping(request: Request, name: str, query: Annotated[MappingQuery, Query()]) -> Response:
        if name not in known:
            near = nearest(name, known)
            hint = f"; did you mean {near[0]}?" if near else "."
            raise UnknownName(f"There is no mapping {name!r}{hint} /mappings lists all.", suggestions=near)
        return _mapping(kg, request, name, known[name], query)

    return routes


def pattern_between(kg: KnowledgeGraph, one: Class, other: Class) -> Pattern:
    """The statements from members of the one class to members of the other."""
    return Pattern(kg.schema.between(one, other), subject_class=one.iri, object_class=other.iri)


def _rows(kg: KnowledgeGraph, one: Class, other: Class, query: MappingQuery) -> list[Statement]:
    found = statements(kg, pattern_between(kg, one, other))
    if query.asOf is not None:
        found = [s for s in (held(s, query.asOf.isoformat()) for s in found) if s.claims]
    return [s for s in found if s.claims and (query.stance is None or s.stance in query.stance)]


def _mapping(
    kg: KnowledgeGraph, request: Request, name: str, pair: tuple[Class, Class], query: MappingQuery
) -> Response:
    format_ = wanted(request, ROWS)
    found = _rows(kg, *pair, query)
    identifiers = identifiers_of(kg, {end for s in found for end in (s.subject, _iri(s))})
    if format_ in (CSV, TSV):
        rows = [_flat(kg, s, identifiers) for s in found]
        return send_table(COLUMNS, rows, format_, {"X-Alskg-Revision": str(kg.revision)})
    items = [
        {
            **statement_document(kg, s),
            "subjectIds": identifiers.get(s.subject, []),
            "objectIds": identifiers.get(_iri(s), []),
        }
        for s in found
    ]
    body: Document = {
        "@context": STATEMENTS_CONTEXT,
        "id": f"{request.url.path}",
        "label": f"{pair[0].plural} to {pair[1].plural}",
        "total": len(items),
        "items": items,
        "meta": meta(kg, shown_as(pattern_between(kg, *pair)), counts(found)),
    }
    return send_page(f"Mapping {name}", body) if format_ is HTML else send_json(body, format_)


def _iri(statement: Statement) -> str:
    return getattr(statement.object_, "value", "")


def identifiers_of(kg: KnowledgeGraph, iris: set[str]) -> dict[str, list[str]]:
    """The identifiers of things in other vocabularies that mean exactly the same, as CURIEs."""
    found = {iri: iris_at(kg.store, iri, SKOS + "exactMatch") for iri in iris if "://" in iri}
    return {iri: [curie_of(kg.schema.prefixes, v) or v for v in values] for iri, values in found.items()}


def _flat(kg: KnowledgeGraph, statement: Statement, identifiers: dict[str, list[str]]) -> Document:
    document = statement_document(kg, statement)
    subject, predicate = link_to(kg, statement.subject, None), document["predicate"]
    object_ = link_to(kg, _iri(statement), None)
    return {
        **document,
        "subject": subject.get("curie"),
        "subjectLabel": statement.subject_label,
        "predicate": predicate.get("curie"),  # type: ignore[attr-defined]
        "predicateLabel": predicate.get("label"),  # type: ignore[attr-defined]
        "object": object_.get("curie"),
        "objectLabel": statement.object_label,
        "subjectIds": identifiers.get(statement.subject, []),
        "objectIds": identifiers.get(_iri(statement), []),
        "proposition": statement.iri,
    }
