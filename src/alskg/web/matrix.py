"""A mapping as a picture: what leads there as rows, where it leads as columns, what is stated as marks."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import RDF, local_name
from alskg.schema import Class
from alskg.statements import Statement
from alskg.triples import iris
from alskg.web.documents import Document, statement_document
from alskg.web.mapping_filters import MappingQuery, iri_of_object, kept

COLOURS = 12
"""How many colours there are; further properties have them again with a pattern over them."""
PATTERNS = 5
"""How many patterns there are; what comes after all of them is told apart by its letter alone."""
DETAILED_MAX = 400
"""Of so many statements each cell carries its claims; of more, it leads to an address that has them."""
MARKS = {"asserted": "full", "demonstrated": "full", "recommended": "full", "hedged": "half"}
"""How sure a mark looks; what isn't named looks open."""


@dataclass(frozen=True)
class Look:
    """What tells the statements with one property from others: by colour, and for who sees none, by letter."""

    label: str
    letter: str
    colour: int
    pattern: int


def title_of(kg: KnowledgeGraph, pair: tuple[Class, Class], query: MappingQuery) -> str:
    """The heading: which things lead to which."""
    labels = {p.name: p.label for p in kg.schema.predicates.values()}
    names = [labels.get(local_name(name), name) for name in query.predicate or ()]
    if names:
        return f"What {' or '.join(names)} {pair[1].plural}"
    return f"{pair[0].plural.capitalize()} to {pair[1].plural}"


def picture(
    kg: KnowledgeGraph, name: str, everything: Sequence[Statement], found: Sequence[Statement], query: MappingQuery
) -> Document:
    """What the page of a mapping shows: columns, rows by kind, a cell for each pair, and what can be chosen."""
    looks = _looks(kg, found)
    columns = _ends((iri_of_object(s), s.object_label) for s in found)
    subjects = _ends((s.subject, s.subject_label) for s in found)
    cells: dict[tuple[str, str], list[Statement]] = {}
    for statement in found:
        cells.setdefault((statement.subject, iri_of_object(statement)), []).append(statement)
    is_detailed = len(found) <= DETAILED_MAX
    kinds: dict[str, list[Document]] = {}
    for number, (iri, label) in enumerate(subjects):
        row = [
            _cell(kg, cells[iri, at], looks, f"c{number}-{place}", is_detailed=is_detailed)
            if (iri, at) in cells
            else None
            for place, (at, _) in enumerate(columns)
        ]
        kinds.setdefault(_kind(kg, iri), []).append({"id": iri, "label": label, "cells": row})
    return {
        "name": name,
        "columns": [{"id": iri, "label": label} for iri, label in columns],
        "kinds": sorted(kinds.items()),
        "legend": list(looks.values()),
        "choices": _choices(kg, everything, query),
        "is_detailed": is_detailed,
        "as_of": query.asOf.isoformat() if query.asOf else "",
        "statements": len(found),
    }


def _ends(ends: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(dict(ends).items(), key=lambda end: end[1].casefold())


def _looks(kg: KnowledgeGraph, found: Iterable[Statement]) -> dict[str, Look]:
    """The look of each property that is stated, by its IRI; the commonest have the first."""
    ranked = [iri for iri, _ in sorted(Counter(s.predicate for s in found).items(), key=lambda pair: (-pair[1], pair))]
    return {
        iri: Look(
            kg.schema.predicates[iri].label, letter(place), place % COLOURS + 1, place // COLOURS % (PATTERNS + 1)
        )
        for place, iri in enumerate(ranked)
    }


def letter(place: int) -> str:
    """`A` to `Z`, and then `AA`."""
    before, last = divmod(place, len(ascii_uppercase))
    return (letter(before - 1) if before else "") + ascii_uppercase[last]


def _kind(kg: KnowledgeGraph, iri: str) -> str:
    """The collection under which a subject is shown."""
    owners = kg.schema.owners(iris(kg.store, iri, RDF + "type"))
    return min((owner.plural for owner in owners), default="others")


def _cell(
    kg: KnowledgeGraph,
    found: Sequence[Statement],
    looks: Mapping[str, Look],
    anchor: str,
    *,
    is_detailed: bool,
) -> Document:
    # What most is claimed of gives the cell its look.
    first = max(found, key=lambda s: len(s.claims))
    stance = stance_within({s.stance for s in found})
    words = [
        f"{s.subject_label} {looks[s.predicate].label} {s.object_label}: {s.stance}, "
        f"{', '.join(s.certainties) or 'no affirming claim'}, {s.count('for')} for, {s.count('against')} against"
        for s in found
    ]
    stated = {s.predicate for s in found}
    return {
        "anchor": anchor,
        "look": looks[first.predicate],
        "letters": [look.letter for iri, look in looks.items() if iri in stated],
        "mark": stance if stance != "affirmed" else _sureness(found),
        "words": "; ".join(words),
        "count": len(found),
        "statements": [statement_document(kg, s) for s in found] if is_detailed else [],
        "subject": first.subject,
        "object": iri_of_object(first),
    }


def stance_within(stances: Collection[str]) -> str:
    """What the statements of a cell come to: contested where some are affirmed and some denied, else the strongest."""
    if {"affirmed", "denied"} <= set(stances):
        return "contested"
    return next((stance for stance in ("contested", "affirmed", "denied") if stance in stances), "inferred")


def _sureness(found: Iterable[Statement]) -> str:
    marks = {MARKS.get(certainty, "open") for s in found for certainty in s.certainties}
    return next((mark for mark in ("full", "half") if mark in marks), "open")


def _choices(kg: KnowledgeGraph, everything: Sequence[Statement], query: MappingQuery) -> list[Document]:
    """The filters of the form: what each is called, what can be chosen that the others leave, and what is chosen."""
    certainties = kg.schema.vocabularies["certainties"].concepts
    filters: list[tuple[str, str, Callable[[Statement], Mapping[str, str]]]] = [
        ("predicate", "Property", lambda s: _properties(kg, s)),
        ("kind", "Kind", lambda s: _kinds(kg, s)),
        ("certainty", "Certainty", lambda s: {c.certainty: certainties[c.certainty] for c in s.claims if c.certainty}),
        ("stance", "Stance", lambda s: {s.stance: s.stance}),
        ("source", "Source", _sources),
    ]
    return [
        {
            "name": name,
            "label": label,
            "options": _options(kept(kg, everything, query.model_copy(update={name: None})), of_statement),
            "chosen": (getattr(query, name) or [""])[0],
        }
        for name, label, of_statement in filters
    ]


def _options(
    found: Iterable[Statement], of_statement: Callable[[Statement], Mapping[str, str]]
) -> list[tuple[str, str, int]]:
    """What can be chosen: its name, what it is called, and how many statements have it."""
    counted: Counter[tuple[str, str]] = Counter(option for s in found for option in of_statement(s).items())
    return [(*option, count) for option, count in sorted(counted.items(), key=lambda one: one[0][1].casefold())]


def _properties(kg: KnowledgeGraph, statement: Statement) -> dict[str, str]:
    """The property of a statement and those above it, each with its label."""
    own = kg.schema.predicates[statement.predicate]
    above = (kg.schema.predicates[iri] for iri in own.ancestors if iri in kg.schema.predicates)
    return {p.name: p.label for p in (own, *above)}


def _kinds(kg: KnowledgeGraph, statement: Statement) -> dict[str, str]:
    owners = kg.schema.owners(iris(kg.store, statement.subject, RDF + "type"))
    return {str(owner.collection): owner.plural for owner in owners}


def _sources(statement: Statement) -> dict[str, str]:
    return {local_name(c.source): c.source_label or local_name(c.source) for c in statement.claims if c.source}
