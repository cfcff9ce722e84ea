"""Door 3, /COLLECTION and what is below it: the classes; a new class is a new set of routes."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal

import pyoxigraph as ox
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, create_model
from pydantic import Field as Parameter
from starlette.responses import RedirectResponse, Response

from alskg.answers import graph
from alskg.curies import iri_of
from alskg.descriptions import STATEMENT_ONLY
from alskg.errors import BadParameter, TooLarge
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import CSV, HTML, JSON, JSON_LD, TSV, Format
from alskg.members import (
    Document,
    Filters,
    documents,
    find,
    nearest,
    page_of,
    path_of,
    question_about,
)
from alskg.names import BASE, SKOS, name_of_iri
from alskg.related import related, related_classes, shown
from alskg.schema import Class
from alskg.statements import Pattern, Statement, counts, statements
from alskg.triples import subjects
from alskg.web.documents import NOT_STATED, answer_of, related_document, statement_document
from alskg.web.openapi import described, list_schema, responses
from alskg.web.respond import (
    MANY,
    ONE,
    meta,
    send_graph,
    send_json,
    send_page,
    send_table,
    wanted,
)

MATCHES = tuple(SKOS + name for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch"))
STRICT = ConfigDict(extra="forbid", populate_by_name=True)
CONTEXT = "/context.jsonld"
STATEMENTS_CONTEXT = (CONTEXT, dict.fromkeys(STATEMENT_ONLY))

FormatName = Annotated[
    str | None, Parameter(description="Overrides the Accept header: a short name (json, csv, turtle ...).")
]


class One(BaseModel):
    """Parameters of a single thing."""

    model_config = STRICT
    format: FormatName = None
    output: FormatName = None


def router(kg: KnowledgeGraph) -> APIRouter:
    """Three routes for each class that has a collection: its members, one of them, and what stands next to it."""
    routes, page = APIRouter(), _page_model(kg)
    for class_ in kg.schema.collections.values():
        _add(routes, kg, class_, page)
    return routes


def _add(routes: APIRouter, kg: KnowledgeGraph, class_: Class, page: type[BaseModel]) -> None:
    listing, filters, stated = _list_model(kg, class_)
    others = related_classes(kg.schema, class_)
    neighbours = Literal[tuple(other.collection for other in others)]  # type: ignore[valid-type]
    path = f"/{class_.collection}"
    tag: list[str | Enum] = [class_.collection or ""]

    def members(request: Request, query: Annotated[listing, Query()]) -> Response:  # type: ignore[valid-type]
        given = query.model_dump(exclude_none=True, by_alias=False)  # type: ignore[attr-defined]
        wishes = {name: values for name, values in given.items() if name in filters}
        about = {name: values for name, values in given.items() if name in stated}
        return _members(kg, request, class_, given, Filters(wishes, about))

    def member(request: Request, name: str, query: Annotated[One, Query()]) -> Response:
        return _member(kg, request, class_, name)

    def neighbour(
        request: Request,
        name: str,
        related: neighbours,  # type: ignore[valid-type]
        query: Annotated[page, Query()],  # type: ignore[valid-type]
    ) -> Response:
        other = kg.schema.collections[str(related)]
        return _neighbours(kg, request, class_, name, other, query)

    routes.add_api_route(
        path,
        members,
        tags=tag,
        name=class_.collection,
        summary=f"The {class_.plural}",
        description=class_.definition,
        responses=responses(MANY, list_schema(class_), 413),
    )
    routes.add_api_route(
        path + "/{name}",
        member,
        tags=tag,
        name=f"{class_.slug} by name",
        summary=f"One {class_.label}, with all that is stated of it",
        responses=responses(ONE, described(class_), 404) | {308: {"description": "It bears another name now."}},
    )
    if others:
        routes.add_api_route(
            path + "/{name}/{related}",
            neighbour,
            tags=tag,
            name=f"related to {class_.slug}",
            summary=f"Things of a class that statements or fields link to one {class_.label}",
            responses=responses(MANY, list_schema(None), 404),
        )


def _page_model(kg: KnowledgeGraph) -> type[BaseModel]:
    held = Parameter(description="Only claims that say it held, at this date or earlier.")
    return create_model("Page", __config__=STRICT, **_paging(kg), asOf=(Annotated[date | None, held], None))


def _paging(kg: KnowledgeGraph) -> dict[str, Any]:
    most = kg.settings.page_items_max
    limit = Parameter(ge=1, le=most, description=f"How many items; at most {most}.")
    cursor = Parameter(description="Where the last page ended: its `nextCursor`.")
    return {
        "limit": (Annotated[int, limit], kg.settings.page_items_default),
        "cursor": (Annotated[str | None, cursor], None),
        "format": (FormatName, None),
        "output": (FormatName, None),
    }


def _list_model(kg: KnowledgeGraph, class_: Class) -> tuple[type[BaseModel], set[str], set[str]]:
    most, names = kg.settings.batch_ids_max, ", ".join(class_.fields)
    fields = _paging(kg) | {
        "fields": _texts(f"Only these fields, comma-separated: {names}."),
        "id": _texts(f"These members: name, CURIE or IRI; up to {most}."),
        "xref": _texts("Members with this identifier, as a CURIE."),
    }
    own = {name: field for name, field in class_.fields.items() if name not in fields}
    stated = {p.name: p for p in kg.schema.stated_of[class_.iri] if p.name not in own and p.name not in fields}
    for name, field in sorted(own.items()):
        fields[name] = _texts(f"Filter: {field.definition or field.label}")
    for name, predicate in sorted(stated.items()):
        fields[name] = _texts(f"Filter by statements: {predicate.definition}")
    return create_model(f"{class_.name}List", __config__=STRICT, **fields), set(own), set(stated)


def _texts(about: str) -> tuple[Any, None]:
    return Annotated[list[str] | None, Parameter(description=about)], None


def _members(
    kg: KnowledgeGraph, request: Request, class_: Class, given: Mapping[str, Any], filters: Filters
) -> Response:
    format_ = wanted(request, MANY)
    fields = _chosen(class_, given.get("fields"))
    if given.get("id") or given.get("xref"):
        iris, missing = _batch(kg, class_, given.get("id") or [], given.get("xref") or [])
        question, total, next_ = question_about(iris), len(iris), None
    else:
        page = page_of(kg, class_, filters, given["limit"], _after(class_, given.get("cursor")))
        iris, total, missing, question = list(page.iris), page.total, [], page.question
        next_ = name_of_iri(iris[-1]) if page.has_more else None
    headers = _next_header(request, next_)
    if format_ not in (JSON, JSON_LD, HTML, CSV, TSV):
        return send_graph(kg, graph(kg, question_about(iris)) if iris else [], format_, headers)
    items = documents(kg, class_, iris, fields)
    if format_ in (CSV, TSV):
        columns = ["id", "curie", "type", *(fields or class_.fields)]
        return send_table(list(dict.fromkeys(columns)), items, format_, {**headers, "X-Total-Count": str(total)})
    body: Document = {
        "@context": CONTEXT,
        "id": f"{BASE}{class_.collection}",
        "type": "Collection",
        "label": class_.plural,
        "definition": class_.definition,
        "total": total,
        "items": items,
        **({"missing": missing} if missing else {}),
        **({"next": _next_url(request, next_), "nextCursor": next_} if next_ else {}),
        "meta": meta(kg, question, complete=not missing),
    }
    return _send(format_, body, class_.plural, headers)


def _send(format_: Format, body: Document, title: str, headers: Mapping[str, str] | None = None) -> Response:
    return send_page(title, body, headers) if format_ is HTML else send_json(body, format_, headers)


def _chosen(class_: Class, given: Sequence[str] | None) -> list[str] | None:
    if given is None:
        return None
    names = [name.strip() for part in given for name in part.split(",") if name.strip()]
    known = [*class_.fields, "id", "curie", "type"]
    for name in names:
        if name not in known:
            near = nearest(name, known)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise BadParameter(
                f"fields={name}: a {class_.label} has no such field.{hint} There are {', '.join(known)}.",
                parameter="fields",
                available=known,
            )
    return [name for name in names if name in class_.fields]


def _batch(kg: KnowledgeGraph, class_: Class, ids: Sequence[str], xrefs: Sequence[str]) -> tuple[list[str], list[str]]:
    wishes = [part for value in ids for part in value.split(",") if part]
    most = kg.settings.batch_ids_max
    if len(wishes) + len(xrefs) > most:
        raise TooLarge(
            f"{len(wishes) + len(xrefs)} ids; at most {most} at once (ALSKG_BATCH_IDS_MAX).", limit="batch_ids_max"
        )
    found: dict[str, None] = {}
    missing = []
    for wish in wishes:
        iri = _member_called(kg, class_, wish)
        found.update({iri: None} if iri else {})
        missing += [] if iri else [wish]
    for xref in xrefs:
        iris = [iri for iri in with_identifier(kg, xref) if _is_member(kg, class_, iri)]
        found.update(dict.fromkeys(iris))
        missing += [] if iris else [xref]
    return list(found), missing


def _member_called(kg: KnowledgeGraph, class_: Class, wish: str) -> str | None:
    if "://" in wish:
        candidates = [wish]
    elif ":" in wish:
        candidates = [iri_of(kg.schema.prefixes, wish)]
    else:
        spaces = (
            kg.schema.classes[iri]
            for iri in kg.schema.lineage(class_.iri) | kg.schema.descendants(class_.iri)
            if iri in kg.schema.classes
        )
        candidates = [c.namespace + wish for c in spaces if c.namespace]
    return next((iri for iri in candidates if _is_member(kg, class_, iri)), None)


def _is_member(kg: KnowledgeGraph, class_: Class, iri: str) -> bool:
    try:
        return (
            next(kg.store.match(iri, "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", class_.iri), None) is not None
        )
    except ValueError:
        return False


def with_identifier(kg: KnowledgeGraph, curie: str) -> list[str]:
    """The things that bear an identifier: their own CURIE, or one that a mapping gives them (exact ones first)."""
    iri = iri_of(kg.schema.prefixes, curie)
    if path_of(kg, iri):
        return [iri] if next(kg.store.match(iri), None) else []
    try:
        return list(dict.fromkeys(s for match in MATCHES for s in subjects(kg.store, match, iri) if path_of(kg, s)))
    except ValueError as error:
        raise BadParameter(f"{curie!r} is not an identifier: {error}.") from error


def _after(class_: Class, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    if "/" not in cursor:
        raise BadParameter(
            f"cursor={cursor}: not a cursor of this list; use the `nextCursor` of the page before.", parameter="cursor"
        )
    return BASE + cursor


def _next_url(request: Request, cursor: str) -> str:
    url = request.url.include_query_params(cursor=cursor)
    return f"{url.path}?{url.query}"


def _next_header(request: Request, cursor: str | None) -> dict[str, str]:
    return {"Link": f'<{_next_url(request, cursor)}>; rel="next"'} if cursor else {}


def _member(kg: KnowledgeGraph, request: Request, class_: Class, name: str) -> Response:
    format_ = wanted(request, ONE)
    iri = find(kg, class_, name)
    successor = next((t.object for t in kg.store.match(iri, "http://purl.org/dc/terms/isReplacedBy")), None)
    if isinstance(successor, ox.NamedNode) and (path := path_of(kg, successor.value)):
        return RedirectResponse(path, 308)
    headers = {"Link": f'<{path_of(kg, iri)}>; rel="canonical"'}
    if format_ not in (JSON, JSON_LD, HTML):
        return send_graph(kg, graph(kg, question_about([iri])), format_, headers)
    document = documents(kg, class_, [iri], None)[0]
    about = statements(kg, Pattern((), subjects=(iri,)))
    of = statements(kg, Pattern((), objects=(iri,)))
    itself = statements(kg, Pattern((), propositions=(iri,)))
    found: list[Statement] = [*about, *of, *itself]
    body: Document = {
        "@context": CONTEXT,
        **document,
        **({"stated": statement_document(kg, itself[0])} if itself else {}),
        "statements": [statement_document(kg, statement) for statement in about],
        "statedAbout": [statement_document(kg, statement) for statement in of],
        "meta": meta(kg, question_about([iri]), counts(found)),
    }
    return _send(format_, body, str(document.get("label", name)), headers)


def _neighbours(kg: KnowledgeGraph, request: Request, class_: Class, name: str, other: Class, query: Any) -> Response:
    format_ = wanted(request, MANY)
    iri = find(kg, class_, name)
    as_of = query.asOf.isoformat() if query.asOf else None
    everything = related(kg, class_, iri, other, as_of)
    after = _after(other, query.cursor)
    rest = [one for one in everything if after is None or one.iri > after]
    page, next_ = rest[: query.limit], None
    if len(rest) > query.limit:
        next_ = name_of_iri(page[-1].iri)
    headers = _next_header(request, next_)
    if format_ not in (JSON, JSON_LD, HTML, CSV, TSV):
        iris = [one.iri for one in page]
        propositions = [s.iri for one in page for s in (*one.as_object, *one.as_subject)]
        return send_graph(kg, graph(kg, question_about(iris + propositions)) if iris else [], format_, headers)
    items = [related_document(kg, one) for one in page]
    if format_ in (CSV, TSV):
        return send_table(ROW, [_row(item, s) for item in items for s in item["statements"] or [{}]], format_, headers)  # type: ignore[misc,attr-defined]
    shown_statements = [s for one in everything for s in (*one.as_object, *one.as_subject)]
    answer = answer_of(everything)
    body: Document = {
        "@context": STATEMENTS_CONTEXT,
        "id": f"{iri}/{other.collection}",
        "type": "Collection",
        "label": f"{other.plural} of {name}",
        "total": len(everything),
        "answer": answer,
        **({"note": NOT_STATED} if answer == "not stated" else {}),
        "items": items,
        **({"next": _next_url(request, next_), "nextCursor": next_} if next_ else {}),
        "meta": meta(kg, shown(kg.schema, class_, iri, other), counts(shown_statements)),
    }
    return _send(format_, body, f"{other.plural} of {name}", headers)


ROW = ("id", "label", "predicate", "scope", "stance", "certainties", "for", "against", "sources", "asOf", "statement")


def _row(item: Document, statement: Mapping[str, Any]) -> Document:
    predicate = statement.get("predicate", {})
    return {
        **{key: statement.get(key) for key in ROW},
        "id": item["id"],
        "label": item["label"],
        "predicate": predicate.get("label") or "; ".join(map(str, item["linkedBy"])),  # type: ignore[call-overload]
        "statement": statement.get("id"),
    }
