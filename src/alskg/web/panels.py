"""The panels of a thing's page: the answers of those questions whose header says how to draw them."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox

from alskg.answers import Question, Row, rows
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import RDF
from alskg.panels import Panel
from alskg.parameters import bindings
from alskg.queries import NamedQuery
from alskg.triples import iris, plain
from alskg.web.documents import Document, value_of

ROWS_SHOWN_MAX = 12
"""How many rows a panel shows; the question has all of them."""


def panels_of(kg: KnowledgeGraph, iri: str) -> list[Document]:
    """What the questions about things of its classes answer of a thing; without those that have no answer."""
    types = set(iris(kg.store, iri, RDF + "type"))
    names = {kg.schema.classes[type_].name for type_ in types if type_ in kg.schema.classes}
    asked = [q for q in kg.queries.values() if q.panel is not None and _class_of(q) in names and _is_complete(q)]
    drawn = (_panel(kg, q, q.panel, iri) for q in sorted(asked, key=_order) if q.panel is not None)
    return [panel for panel in drawn if panel is not None]


def _order(query: NamedQuery) -> tuple[int, str]:
    return (query.panel.order if query.panel else 0, query.name)


def _class_of(query: NamedQuery) -> str | None:
    return next((p.class_ for p in query.parameters if query.panel and p.name == query.panel.of), None)


def _is_complete(query: NamedQuery) -> bool:
    """Whether nothing else has to be given."""
    others = [p for p in query.parameters if query.panel and p.name != query.panel.of]
    return all(p.is_optional or p.default is not None for p in others)


def _panel(kg: KnowledgeGraph, query: NamedQuery, panel: Panel, iri: str) -> Document | None:
    found = rows(kg, Question(query.text, bindings(kg, query, {panel.of: iri})))
    if not found:
        return None
    items = [_item(kg, panel, row) for row in found]
    return {
        "name": query.name,
        "title": query.title,
        "about": query.question,
        "draw": panel.draw,
        "url": f"/queries/{query.name}?{panel.of}={quote(iri, safe='')}",
        "items": items[:ROWS_SHOWN_MAX],
        "total": len(items),
        "most": _most(items),
    }


def _item(kg: KnowledgeGraph, panel: Panel, row: Row) -> Document:
    columns = dict(panel.columns)
    special = set(columns.values())
    labelled = [name.removesuffix("Label") for name in special if name.endswith("Label")]
    things = [name for name, term in row.items() if isinstance(term, ox.NamedNode)]
    # What a row is about is its link: the thing that the label names, else the first one of the row.
    link = next((name for name in (*labelled, *things) if name in things), None) if "label" in columns else None
    if link and columns["label"] not in row:
        # A row that leaves its label open is called as what it is about is.
        columns["label"] = f"{link}Label" if f"{link}Label" in row else link
        special.add(columns["label"])
    rest = {
        name: value_of(kg, term, None)
        for name, term in row.items()
        # A thing beside its label is said by that.
        if name not in special and name != link and f"{name}Label" not in row
    }
    main = {key: plain(row[name]) for key, name in columns.items() if name in row}
    numbers = {key: number for key in ("value", "against") if (number := _number(main.get(key))) is not None}
    return {**main, **numbers, "link": plain(row[link]) if link else None, "rest": _readable(rest)}


def _readable(rest: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removesuffix("Label"): value for name, value in rest.items()}


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(Decimal(text))
    except InvalidOperation:
        return None


def _most(items: Iterable[Mapping[str, Any]]) -> float:
    """What the longest bar stands for: the largest value, and at least a tenth of a hundred."""
    values: Sequence[float] = [one[key] for one in items for key in ("value", "against") if _is_number(one.get(key))]
    return max([10.0, *values])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
