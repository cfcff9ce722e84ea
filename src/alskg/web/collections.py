"""Door 3, /COLLECTION: the classes, their members, and what stands next to one; a new class is a new set of routes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel
from pyoxigraph import NamedNode
from starlette.responses import Response

from alskg.answers import Question, graph, rows
from alskg.claim_filters import ClaimFilter
from alskg.errors import TooLarge, UnknownName
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import has_known_prefix, hint, is_member, member_known_as, member_meant, nearest, with_identifier
from alskg.media import CSV, HTML, JSON, JSON_LD, TSV
from alskg.members import Filters, Page, page_of, predicates_named, question_about
from alskg.names import BASE, RDF, local_name, name_of_iri
from alskg.related import related_classes
from alskg.schema import Class
from alskg.triples import plain
from alskg.web.denials import denials
from alskg.web.documents import Document, documents, none_passes
from alskg.web.neighbours import neighbours
from alskg.web.openapi import described, listed, responses, rooms
from alskg.web.parameters import (
    AS_OF,
    OneThing,
    after,
    choosing_claims,
    chosen_fields,
    documented,
    filter_names,
    filters_of,
    list_model,
    neighbours_model,
)
from alskg.web.respond import (
    CONTEXT,
    MANY,
    list_headers,
    meta,
    next_members,
    renamed_document,
    send,
    send_graph,
    send_table,
    wanted,
)
from alskg.web.things import thing

AFFIRMED = (
    "Filters by statement see what a source asserts, demonstrates, hedges or recommends, by this property or a more "
    "special one, and within a scope as well, which the thing itself shows. What is denied, implied, hypothesised, "
    "hoped for or advertised is left out. What isn't listed is not stated so; that is not a denial."
)
STANDING = (
    "A standing counts from the event that began it until another one ended it, as far as the graph knows of them"
)
_WORDS = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?path ?value ?label WHERE {
    ?id a ?class ; ?path ?value .
    ?value skos:inScheme ?scheme ; rdfs:label ?label .
}"""


def router(kg: KnowledgeGraph) -> APIRouter:
    """Three routes for each class that has a collection: its members, one of them, and what stands next to it."""
    routes = rooms()
    list_query, neighbours_query = list_model(kg), neighbours_model(kg)
    for class_ in kg.schema.collections.values():
        routes.tags = [str(class_.collection)]
        _add_list(routes, kg, class_, list_query)
        name = _name(kg, class_)
        _add_thing(routes, kg, class_, name)
        _add_neighbours(routes, kg, class_, name, neighbours_query)
    return routes


def _add_list(routes: APIRouter, kg: KnowledgeGraph, class_: Class, model: type[BaseModel]) -> None:
    filters = filter_names(kg, class_, model.model_fields)

    def members(request: Request, query: Annotated[model, Query()]) -> Response:  # type: ignore[valid-type]
        return _members(kg, request, class_, query, filters_of(kg, request, class_, filters, model.model_fields))

    routes.add_api_route(
        f"/{class_.collection}",
        members,
        name=f"list {class_.collection}",
        summary=f"The {class_.plural}",
        description=f"{class_.definition}\n\nFields: {', '.join(class_.fields)}.",
        responses=responses(MANY, listed(class_), 413),
        openapi_extra={"parameters": documented(filters)},
    )


def _add_thing(routes: APIRouter, kg: KnowledgeGraph, class_: Class, called: Any) -> None:
    def member(request: Request, name: Annotated[str, called], query: Annotated[OneThing, Query()]) -> Response:
        return thing(kg, request, class_, name, with_linked=query.linked)

    routes.add_api_route(
        f"/{class_.collection}/{{name}}",
        member,
        name=f"get {class_.slug}",
        summary=f"One {class_.label}, with all that is stated of it",
        responses=responses(MANY, described(class_), 404, 410) | {308: {"description": "It bears another name now."}},
    )


def _name(kg: KnowledgeGraph, class_: Class) -> Any:
    """The parameter for a member's name, with one that there is as an example."""
    iris = (t.subject.value for t in kg.store.match(None, RDF + "type", class_.iri) if isinstance(t.subject, NamedNode))
    first = min(iris, default=None)
    return Path(
        description=f"The name of one {class_.label}: the last part of its IRI.",
        examples=[local_name(first)] if first else [],
    )


def _add_neighbours(routes: APIRouter, kg: KnowledgeGraph, class_: Class, called: Any, model: type[BaseModel]) -> None:
    others = {str(other.collection): other for other in related_classes(kg.schema, class_)}
    collection = Path(description="A collection.", json_schema_extra={"enum": list(others)})

    def neighbour(
        request: Request,
        name: Annotated[str, called],
        related: Annotated[str, collection],
        query: Annotated[model, Query()],  # type: ignore[valid-type]
    ) -> Response:
        if related not in others:
            raise UnknownName(
                f"Nothing leads from {class_.plural} to {related!r}.{hint(related, others)} "
                f"There are {', '.join(others)}.",
                suggestions=[f"/{class_.collection}/{name}/{near}" for near in nearest(related, others)],
                available=list(others),
            )
        return neighbours(kg, request, class_, name, others[related], query)

    if others:
        routes.add_api_route(
            f"/{class_.collection}/{{name}}/{{related}}",
            neighbour,
            name=f"list neighbours of {class_.slug}",
            summary=f"Things of a class that statements or fields link to one {class_.label}",
            responses=responses(MANY, listed(None), 404),
        )


def _members(kg: KnowledgeGraph, request: Request, class_: Class, query: Any, filters: Filters) -> Response:
    format_ = wanted(request, MANY)
    fields = chosen_fields(class_, query.fields)
    among, missing = _batch(kg, class_, query.id or [], query.xref or [])
    limit = query.limit
    if among is not None:
        filters = replace(filters, among=among)
        # A batch comes in one piece, unless the caller asks for pages.
        limit = limit if "limit" in query.model_fields_set else max(1, len(among))
    page = page_of(kg, class_, filters, limit, after(kg, class_, query.cursor))
    cursor = name_of_iri(page.iris[-1]) if page.has_more else None
    headers = list_headers(kg, request, cursor, page.total)
    if format_ not in (JSON, JSON_LD, HTML, CSV, TSV):
        properties = None if fields is None else [RDF + "type", *(class_.fields[f].path for f in ("label", *fields))]
        found = graph(kg, question_about(page.iris, properties)) if page.iris else []
        return send_graph(kg, found, format_, headers)
    items = documents(kg, class_, page.iris, fields, exact=format_ is JSON_LD)
    if format_ in (CSV, TSV):
        columns = dict.fromkeys(["id", "curie", "type", "label", *(class_.fields if fields is None else fields)])
        return send_table(list(columns), items, format_, headers)
    choosing = choosing_claims(kg, request, class_)
    notes = [*_notes(kg, filters), *_left_out(kg, class_, filters, page, choosing)]
    note = {"note": " ".join(notes)} if notes else {}
    asked = [part for value in query.id or [] for part in value.split(",") if part]
    asked += [
        *(query.xref or []),
        *(v for kind in (filters.fields, filters.statements) for vs in kind.values() for v in vs),
        *(value for _, value in choosing),
    ]
    body = note | _body(kg, class_, page, items, missing) | renamed_document(kg, asked) | next_members(request, cursor)
    return send(
        request, format_, body, class_.plural, headers, "collection", lambda: _beside(kg, class_, filters.fields)
    )


def _beside(kg: KnowledgeGraph, class_: Class, asked: Mapping[str, Sequence[str]]) -> Document:
    """What the page of a list shows beside it: which claims deny, and what the list can be narrowed down by."""
    return {"denials": denials(kg), "choices": _choices(kg, class_, asked)}


def _choices(kg: KnowledgeGraph, class_: Class, asked: Mapping[str, Sequence[str]]) -> list[Document]:
    """The fields whose values are words of closed lists, with those words that some of the members have."""
    fields = {field.path: field for field in class_.fields.values() if field.is_link}
    given = {"class": [NamedNode(class_.iri)], "path": [NamedNode(path) for path in fields]}
    options: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in rows(kg, Question(_WORDS, given)) if fields else ():
        options[plain(row["path"])][local_name(plain(row["value"]))] = plain(row["label"])
    return [
        {
            "name": fields[path].name,
            "label": fields[path].label,
            "options": sorted(words.items(), key=lambda word: word[1].casefold()),
            "chosen": list(asked.get(fields[path].name, ())),
        }
        for path, words in sorted(options.items(), key=lambda option: fields[option[0]].label)
        if len(words) > 1
    ]


def _notes(kg: KnowledgeGraph, filters: Filters) -> Iterator[str]:
    """What filters by what is stated see, and what a date means, or its lack where a standing follows from events."""
    as_of = filters.chosen.as_of
    if filters.statements:
        yield AFFIRMED
    if as_of is not None:
        yield AS_OF
    if any(p.follows_from for name in filters.statements for p in predicates_named(kg, name)):
        yield f"{STANDING}; with `asOf`, as of that day." if as_of is None else f"{STANDING} by that day."


def _left_out(
    kg: KnowledgeGraph, class_: Class, filters: Filters, page: Page, choosing: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """That there is something by other claims, where those that count leave nothing."""
    if page.total or filters.chosen.is_empty:
        return
    whole = page_of(kg, class_, replace(filters, chosen=ClaimFilter()), 1, None).total
    if whole:
        yield f"{none_passes(whole, class_.label, class_.plural, choosing)}."


def _body(kg: KnowledgeGraph, class_: Class, page: Page, items: Sequence[Document], missing: Sequence[str]) -> Document:
    return {
        "@context": CONTEXT,
        "id": f"{BASE}{class_.collection}",
        "type": "Collection",
        "label": class_.plural,
        "definition": class_.definition,
        "total": page.total,
        "items": items,
        **({"missing": missing} if missing else {}),
        "meta": meta(kg, page.question, complete=not missing),
    }


def _batch(
    kg: KnowledgeGraph, class_: Class, ids: Sequence[str], xrefs: Sequence[str]
) -> tuple[list[str] | None, list[str]]:
    """The members that are asked for by name (None where none are), and what none of them is called."""
    if not ids and not xrefs:
        return None, []
    wishes = [part for value in ids for part in value.split(",") if part]
    most, count = kg.settings.batch_ids_max, len(wishes) + len(xrefs)
    if count > most:
        raise TooLarge(f"{count:,} ids; at most {most:,} at once (ALSKG_BATCH_IDS_MAX).", limit="batch_ids_max")
    called = {wish: [iri] if (iri := _member(kg, class_, wish)) else [] for wish in wishes}
    called |= {xref: _identified(kg, class_, xref) for xref in xrefs}
    found = sorted({iri for iris in called.values() for iri in iris})
    return found, [wish for wish, iris in called.items() if not iris]


def _member(kg: KnowledgeGraph, class_: Class, wish: str) -> str | None:
    return member_meant(kg, class_, wish) or member_known_as(kg, class_, wish)


def _identified(kg: KnowledgeGraph, class_: Class, xref: str) -> list[str]:
    # One unknown vocabulary among many identifiers is something missing, like an unknown number.
    if not has_known_prefix(kg, xref) and "://" not in xref:
        return []
    return [iri for iri in with_identifier(kg, xref) if is_member(kg, class_, iri)]
