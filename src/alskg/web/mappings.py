"""Door 4, /mappings/CLASS-CLASS: everything that is stated between two classes, in one call."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qs

import pyoxigraph as ox
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from alskg.answers import graph
from alskg.curies import curie_of
from alskg.errors import UnknownName
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import hint, nearest
from alskg.media import CSV, JSON_LD, TSV
from alskg.members import question_about
from alskg.names import ALS, BASE, RDF, RDFS, SKOS
from alskg.schema import Class
from alskg.statements import Pattern, Statement, counts, shown_as, statements
from alskg.triples import iris as iris_at
from alskg.triples import text
from alskg.web.documents import NOT_STATED, Document, link_to, none_passes, statement_document
from alskg.web.mapping_filters import (
    MappingQuery,
    iri_of_object,
    kept,
    mapping_model,
    question_of,
    refuse_strangers,
)
from alskg.web.matrix import picture, title_of
from alskg.web.openapi import responses, rooms
from alskg.web.parameters import about_date
from alskg.web.renderings import linksets, members
from alskg.web.respond import ROWS, STATEMENTS_CONTEXT, TRIPLES, meta, origin_of, send, send_graph, send_table, wanted

GUIDE = """
Every statement that leads from a member of the one class to a member of the other, as flat rows: one row for each
proposition. Rows with a `scope` hold only within it (a population, a condition, a jurisdiction). `stance` is
`affirmed`, `denied`, `contested` or `inferred`; `for` and `against` count live claims; these are no independent proofs.
`superseded` says how many of all these are out of date by a later one, which the JSON names.
`certainties` are those of the affirming claims. `asOf` lists the dates that claims give for when it held. A pair that
has no row is *not stated* by any source here; that is no statement that there is nothing. No medical advice.
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
    "superseded",
    "sources",
    "asOf",
    "subjectIds",
    "objectIds",
    "proposition",
)


def names(kg: KnowledgeGraph) -> dict[str, tuple[Class, Class]]:
    """Every pair of classes that predicates lead between, by the name of its mapping (`drug-mechanism`)."""
    classes = list(kg.schema.collections.values())
    pairs = ((one, other) for one in classes for other in classes if kg.schema.between(one, other))
    return {f"{one.slug}-{other.slug}": (one, other) for one, other in pairs}


def broad_names(kg: KnowledgeGraph) -> dict[str, tuple[Class, Class]]:
    """What leads to a class from anything at all, by the same pattern (`thing-mechanism`)."""
    anything = kg.schema.classes.get(ALS + "Thing")
    if anything is None:
        return {}
    return {
        f"{anything.slug}-{other.slug}": (anything, other)
        for other in kg.schema.collections.values()
        if kg.schema.between(anything, other)
    }


def router(kg: KnowledgeGraph) -> APIRouter:
    """The list of mappings, and one route for all of them."""
    routes = rooms("mappings")
    known = names(kg)
    reachable = broad_names(kg) | known
    model = mapping_model(kg)
    example = (text(kg.store, ALS, ALS + "featuredMapping") or min(known, default="")).partition("?")[0]

    @routes.get("/mappings", name="list mappings", summary="The mappings there are", responses=responses(ROWS, None))
    def listing(request: Request, query: Annotated[model, Query()]) -> Response:  # type: ignore[valid-type]
        format_ = wanted(request, ROWS)
        everything = Pattern(tuple(kg.schema.predicates.values()))
        stated = statements(kg, everything)
        refuse_strangers(kg, stated, query, None)
        counted = _counted(kg, known, kept(kg, stated, query))
        first = featured(kg)
        items: list[Document] = [
            {"url": f"/mappings/{name}", "from": one.plural, "to": other.plural, "rows": counted[name]}
            for name, (one, other) in _ranked(known, counted, first)
        ]
        if format_ in TRIPLES:
            sized = {name: (*pair, counted[name]) for name, pair in known.items() if counted[name]}
            return send_graph(kg, linksets(sized), format_)
        if format_ in (CSV, TSV):
            return send_table(("url", "from", "to", "rows"), items, format_, {"X-Alskg-Revision": str(kg.revision)})
        body: Document = {"items": items, "total": len(items), "meta": meta(kg, shown_as(everything))}
        return send(request, format_, body, "Mappings", view="mappings", more=lambda: {"featured": first})

    @routes.get(
        "/mappings/{name}",
        name="get mapping",
        summary="A whole mapping between two classes",
        description=GUIDE,
        responses=responses(ROWS, {"$ref": "#/components/schemas/Mapping"}, 404, 413),
    )
    def mapping(
        request: Request,
        name: Annotated[str, Path(description="As /mappings lists it.", examples=[example])],
        query: Annotated[model, Query()],  # type: ignore[valid-type]
    ) -> Response:
        if name not in reachable:
            suggestions = [f"/mappings/{near}" for near in nearest(name, known)]
            raise UnknownName(
                f"There is no mapping {name!r}.{hint(name, known)} /mappings lists all.", suggestions=suggestions
            )
        return _mapping(kg, request, name, reachable[name], query)

    return routes


def _ranked(
    known: Mapping[str, tuple[Class, Class]], counted: Mapping[str, int], first: Mapping[str, Any] | None
) -> list[tuple[str, tuple[Class, Class]]]:
    """The mappings that have rows: those that fill most rows of the featured picture, then those of most statements."""
    drawn = {(kind, first["to"]): len(rows) for kind, rows in first["kinds"]} if first else {}

    def rank(mapping: tuple[str, tuple[Class, Class]]) -> tuple[int, int, str]:
        name, (one, other) = mapping
        return (-drawn.get((one.plural, other.plural), 0), -counted[name], name)

    return sorted(((name, pair) for name, pair in known.items() if counted[name]), key=rank)


def featured(kg: KnowledgeGraph) -> dict[str, Any] | None:
    """The mapping that the ontology puts forward, as it is drawn; None where it names none."""
    address = text(kg.store, ALS, ALS + "featuredMapping")
    if address is None:
        return None
    name, _, parameters = address.partition("?")
    query, pair = mapping_model(kg).model_validate(parse_qs(parameters)), (broad_names(kg) | names(kg))[name]
    everything = statements(kg, pattern_between(kg, *pair))
    drawn = picture(kg, name, everything, kept(kg, everything, query), query)
    return {**drawn, "to": pair[1].plural, "url": f"/mappings/{address}", "label": title_of(kg, pair, query)}


def pattern_between(kg: KnowledgeGraph, one: Class, other: Class) -> Pattern:
    """The statements from members of the one class to members of the other."""
    return Pattern(kg.schema.between(one, other), subject_class=one.iri, object_class=other.iri)


def _counted(
    kg: KnowledgeGraph, known: Mapping[str, tuple[Class, Class]], found: Sequence[Statement]
) -> dict[str, int]:
    """How many of the statements belong to each mapping."""
    kinds: dict[str, set[str]] = {"": set()}
    kinds |= {e: set(iris_at(kg.store, e, RDF + "type")) for s in found for e in (s.subject, iri_of_object(s)) if e}
    predicates = {name: {p.iri for p in kg.schema.between(*pair)} for name, pair in known.items()}
    return {
        name: sum(
            one.iri in kinds[s.subject] and other.iri in kinds[iri_of_object(s)] and s.predicate in predicates[name]
            for s in found
        )
        for name, (one, other) in known.items()
    }


def _mapping(
    kg: KnowledgeGraph, request: Request, name: str, pair: tuple[Class, Class], query: MappingQuery
) -> Response:
    format_ = wanted(request, ROWS)
    pattern = pattern_between(kg, *pair)
    everything = statements(kg, pattern)
    refuse_strangers(kg, everything, query, pair)
    found = kept(kg, everything, query)
    if format_ in TRIPLES:
        return send_graph(kg, _triples(kg, name, pair, found), format_)
    if format_ in (CSV, TSV):
        return send_table(COLUMNS, flat_rows(kg, found), format_, {"X-Alskg-Revision": str(kg.revision)})
    identifiers = identifiers_of(kg, {end for s in found for end in (s.subject, iri_of_object(s))})
    items = [
        {
            **statement_document(kg, s, exact=format_ is JSON_LD),
            "subjectIds": identifiers.get(s.subject, []),
            "objectIds": identifiers.get(iri_of_object(s), []),
        }
        for s in found
    ]
    body: Document = {
        "@context": STATEMENTS_CONTEXT,
        "id": f"{BASE}mappings/{name}",
        "label": f"{pair[0].plural} to {pair[1].plural}",
        "total": len(items),
        "items": items,
        **_noted(kg, pair, everything, query, is_empty=not items),
        "meta": meta(kg, question_of(kg, pattern, everything, query), counts(found)),
    }
    title = title_of(kg, pair, query)

    def drawn() -> Document:
        return {**picture(kg, name, everything, found, query), "origin": origin_of(kg, request)}

    return send(request, format_, body, title, view="matrix", more=drawn)


def _triples(
    kg: KnowledgeGraph, name: str, pair: tuple[Class, Class], found: Sequence[Statement]
) -> Iterator[ox.Triple]:
    """The propositions with the claims that count, in our own terms, and what the things at their ends are called."""
    propositions = [s.iri for s in found]
    yield from members(f"{BASE}mappings/{name}", f"{pair[0].plural} to {pair[1].plural}", propositions)
    if found:
        claims = sorted({claim.iri for s in found for claim in s.claims})
        ends = sorted({end for s in found for end in (s.subject, s.predicate, iri_of_object(s)) if end})
        yield from graph(kg, question_about([*propositions, *claims]))
        yield from graph(kg, question_about(ends, [RDFS + "label"]))


def _noted(
    kg: KnowledgeGraph,
    pair: tuple[Class, Class],
    everything: Sequence[Statement],
    query: MappingQuery,
    *,
    is_empty: bool,
) -> Document:
    """What has to be said beside the rows: why there are none, or what a date means."""
    if is_empty:
        return {"note": _note(kg, pair, everything, query)}
    return {} if query.asOf is None else {"note": _about_date(kg, everything, query)}


def _about_date(kg: KnowledgeGraph, everything: Sequence[Statement], query: MappingQuery) -> str:
    """What the date means, and how many claims it leaves out only because they count from no day at all."""
    whenever = kept(kg, everything, query.model_copy(update={"asOf": None}))
    return about_date(sum(claim.counts_from is None for statement in whenever for claim in statement.claims))


def _note(kg: KnowledgeGraph, pair: tuple[Class, Class], everything: Sequence[Statement], query: MappingQuery) -> str:
    """Why there is no row: nobody says anything here, or what is said passes no filter."""
    if not everything:
        return NOT_STATED + _other_way(kg, *pair)
    note = f"{none_passes(len(everything), 'statement', 'statements')}."
    return note if query.asOf is None else f"{note} {_about_date(kg, everything, query)}"


def _other_way(kg: KnowledgeGraph, one: Class, other: Class) -> str:
    return f" The other way round: /mappings/{other.slug}-{one.slug}." if kg.schema.between(other, one) else ""


def identifiers_of(kg: KnowledgeGraph, iris: set[str]) -> dict[str, list[str]]:
    """The identifiers of things in other vocabularies that mean exactly the same, as CURIEs."""
    found = {iri: iris_at(kg.store, iri, SKOS + "exactMatch") for iri in iris if iri}
    return {iri: [curie_of(kg.schema.prefixes, v) or v for v in values] for iri, values in found.items()}


def flat_rows(kg: KnowledgeGraph, found: Sequence[Statement]) -> list[Document]:
    """Statements as rows of a table, by COLUMNS."""
    identifiers = identifiers_of(kg, {end for s in found for end in (s.subject, iri_of_object(s))})
    return [_flat(kg, s, identifiers) for s in found]


def _flat(kg: KnowledgeGraph, statement: Statement, identifiers: dict[str, list[str]]) -> Document:
    document = statement_document(kg, statement)
    subject, predicate = link_to(kg, statement.subject, None), document["predicate"]
    object_ = link_to(kg, iri_of_object(statement), None)
    return {
        **document,
        "subject": subject.get("curie"),
        "subjectLabel": statement.subject_label,
        "predicate": predicate.get("curie"),  # type: ignore[attr-defined]
        "predicateLabel": predicate.get("label"),  # type: ignore[attr-defined]
        "object": object_.get("curie"),
        "objectLabel": statement.object_label,
        "subjectIds": identifiers.get(statement.subject, []),
        "objectIds": identifiers.get(iri_of_object(statement), []),
        "proposition": statement.iri,
    }
