"""The panels of a thing's page: the answers of those questions whose header says how to draw them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox

from alskg.answers import Question, Row, rows
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import path_of
from alskg.names import ALS, RDF, RDFS, SKOS, XSD, local_name
from alskg.panels import Panel
from alskg.parameters import bindings
from alskg.queries import NamedQuery
from alskg.triples import Term, iris, plain
from alskg.web.documents import Document, link_to, value_of

ROWS_SHOWN_MAX = 12
"""How many rows a panel shows at first; those of a card open below them, those of a table the question has."""
SHOWN_WHOLE = ("timeline", "bars")
"""The end of a line of time is what is news, and what harms most may be what is counted least."""
CUT_MAX = 100
"""How much of a long text is shown before it is opened."""
_NUMBERS = frozenset(ox.NamedNode(XSD + kind) for kind in ("integer", "decimal"))
_FOLDED = ("card", "bars", "timeline")
"""Of what is drawn so, each row is a thing that is said, by one source or by many; of a table, what was counted."""

_DISPUTED = """PREFIX als: <https://w3id.org/alskg/ontology/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?claim ?day ?disagreement ?title ?verdict ?label WHERE {
    { ?proposition rdf:subject ?id } UNION { ?other ?path ?id . ?proposition rdf:subject ?other }
    ?claim als:states ?proposition .
    ?disagreement als:oneSide|als:otherSide ?claim ; rdfs:label ?title ; als:verdict ?verdict .
    OPTIONAL { ?claim als:date ?date }
    OPTIONAL { ?claim als:asOf ?asOf }
    BIND(STR(COALESCE(?date, ?asOf)) AS ?day)
    FILTER(BOUND(?day))
    ?proposition ?end ?value .
    ?value rdfs:label ?label .
}
"""


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
    if not found or (panel.draw == "table" and are_all_zero(found)):
        return None
    items = [_item(kg, panel, row, iri) for row in found]
    if panel.draw == "timeline":
        disputed = _disputed(kg, iri)
        items = [
            {**item, "disputes": disputes_of(panel, row, disputed)} for item, row in zip(items, found, strict=True)
        ]
    if panel.draw in _FOLDED:
        items = folded(items)
    if panel.draw == "timeline":
        items = happened(items)
    if panel.draw == "card":
        items = told_together(items)
    shown = items if panel.draw in SHOWN_WHOLE else items[:ROWS_SHOWN_MAX]
    return {
        "name": query.name,
        "title": panel.title or query.title,
        "about": query.question,
        "draw": panel.draw,
        "url": _asked(query.name, {panel.of: iri}),
        "items": shown,
        "further": items[len(shown) :] if panel.draw == "card" else [],
        "columns": columns_of(items, query.text, panel.called),
        "groups": grouped(shown),
        "grouped_by": panel.columns.get("group", "").removesuffix("Label"),
        "total": len(items),
        "rows": len(found),
        "most": _most(items),
        "has_bars": any("value" in item for item in items),
    }


def are_all_zero(found: Iterable[Row]) -> bool:
    """Whether rows count something, and there is nothing of any of it: then they have nothing to show of a thing."""
    terms = [term for row in found for term in row.values()]
    numbers = [_number(term.value) for term in terms if isinstance(term, ox.Literal) and term.datatype in _NUMBERS]
    return bool(numbers) and not any(numbers)


def _asked(question: str, given: Mapping[str, str]) -> str:
    return f"/queries/{question}?{urlencode(given)}"


def _item(kg: KnowledgeGraph, panel: Panel, row: Row, iri: str) -> dict[str, Any]:
    columns = dict(panel.columns)
    special = set(columns.values())
    labelled = [
        name.removesuffix("Label") for key, name in columns.items() if key != "group" and name.endswith("Label")
    ]
    things = [name for name, term in row.items() if isinstance(term, ox.NamedNode)]
    # What a row is about is its link: the thing that the label names, else the first one of the row.
    link = next((name for name in (*labelled, *things) if name in things), None) if "label" in columns else None
    if link and columns["label"] not in row:
        # A row that leaves its label open is called as what it is about is.
        columns["label"] = f"{link}Label" if f"{link}Label" in row else link
        special.add(columns["label"])
    main = {key: plain(row[name]) for key, name in columns.items() if name in row}
    head = None if panel.draw == "table" else main.get("label")
    rest = {
        name: _value(kg, term, iri)
        for name, term in row.items()
        # A thing beside its label is said by that; what heads a row isn't said again below it.
        if name not in special and name != link and f"{name}Label" not in row and plain(term) != head
    }
    numbers = {key: number for key in ("value", "against") if (number := _number(main.get(key))) is not None}
    about = {link: {"id": plain(row[link]), "label": main["label"]}} if link and panel.draw == "table" else {}
    rest = {**about, **_readable(rest, panel.called), **_behind(kg, panel, row, iri)}
    found = {**main, **numbers, "link": plain(row[link]) if link else None, "rest": rest}
    if panel.draw == "timeline":
        found["mark"] = _mark(kg, row[columns["label"]])
    return {**found, "thing": plain(row[things[0]])} if panel.draw == "card" and things else found


def _value(kg: KnowledgeGraph, term: Term, here: str) -> object:
    """A value of a row; a text that is what one other thing of ours is called leads there."""
    bearers = _called(kg, term)
    if len(bearers) == 1 and bearers[0] != here and _is_worth_a_visit(kg, bearers[0]):
        return link_to(kg, bearers[0], plain(term))
    return value_of(kg, term, None)


def _called(kg: KnowledgeGraph, term: Term) -> list[str]:
    """The things that bear a text as their label."""
    if not isinstance(term, ox.Literal) or term.datatype in _NUMBERS:
        return []
    return sorted(plain(triple.subject) for triple in kg.store.match(None, RDFS + "label", term))


def _is_worth_a_visit(kg: KnowledgeGraph, iri: str) -> bool:
    """Whether a thing has a page that says more than its name does, as one of a closed list or a number hasn't."""
    classes = (kg.schema.classes.get(type_) for type_ in iris(kg.store, iri, RDF + "type"))
    is_content = any(class_.is_content for class_ in classes if class_)
    return bool(path_of(kg, iri)) and not is_content and not next(kg.store.match(iri, SKOS + "inScheme"), None)


def _mark(kg: KnowledgeGraph, label: Term) -> str:
    """What an event does to a standing: `ends` one, `begins` one, or neither."""
    kinds = _called(kg, label)
    marks = {"ends": ALS + "endsStatus", "begins": ALS + "beginsStatus"}
    return next((mark for mark, path in marks.items() if any(iris(kg.store, kind, path) for kind in kinds)), "neither")


def columns_of(items: Iterable[Mapping[str, Any]], text: str, called: Mapping[str, str]) -> list[str]:
    """The columns that rows have beside the main ones, in the order in which the text of the question names them."""
    order = list(dict.fromkeys(re.findall(r"[?](\w+)", text.partition("SELECT")[2])))
    names = list(dict.fromkeys(_name(variable, called) for variable in order))
    found = dict.fromkeys(name for item in items for name in item["rest"])
    return sorted(found, key=lambda name: names.index(name) if name in names else len(names))


def told_together(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """
    The rows with one for each thing that they are about: what all of them say of it is its `rest`, and what each of
    several says beside that is in `tellings`.
    """
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for place, item in enumerate(items):
        groups.setdefault((item["label"], item.get("thing", place)), []).append(item)
    return [_together(those) for those in groups.values()]


def _together(those: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    first = those[0]
    if len(those) == 1:
        return {**first, "tellings": []}
    shared = {k: v for k, v in first["rest"].items() if all(k in one["rest"] and one["rest"][k] == v for one in those)}
    tellings = [{k: v for k, v in one["rest"].items() if k not in shared} for one in those]
    return {**first, "rest": shared, "tellings": tellings}


def cut(said: str, others: Iterable[object]) -> str:
    """
    What is shown of a long text: its beginning; where another one of the row begins alike, from where they part.

    Two sides of a disagreement are what they differ in.
    """
    start = max((_shared(said, other) for other in others if isinstance(other, str) and other != said), default=0)
    # As far as they are the same word, that is shown, too.
    start = said.rfind(" ", 0, start) + 1 if start > CUT_MAX // 2 else 0
    shown = said[start : start + CUT_MAX]
    return f"{'… ' if start else ''}{shown}{' …' if start + CUT_MAX < len(said) else ''}"


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _behind(kg: KnowledgeGraph, panel: Panel, row: Row, iri: str) -> Document:
    """The way to what stands behind a row, as a last column; none where the panel names no question."""
    if not panel.behind:
        return {}
    asked = kg.queries[panel.behind]
    narrower = {p.name: plain(row[p.name]) for p in asked.parameters if p.name in row}
    return {"behind it": {"id": _asked(asked.name, {**narrower, panel.of: iri}), "label": "list"}}


def _disputed(kg: KnowledgeGraph, iri: str) -> list[tuple[frozenset[str], Document]]:
    """
    The disagreements about what happened to a thing, or to what links to it: one for each claim that is part of it.

    With each is what the claim says, by its day and by the labels of the ends and the scope of what it states.
    """
    said: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    links: dict[tuple[str, str], Document] = {}
    for row in rows(kg, Question(_DISPUTED, {"id": [ox.NamedNode(iri)]})):
        key = plain(row["claim"]), plain(row["disagreement"])
        said[key] |= {plain(row["day"]), plain(row["label"])}
        links[key] = {"id": key[1], "label": plain(row["title"]), "verdict": local_name(plain(row["verdict"]))}
    return [(frozenset(words), links[key]) for key, words in sorted(said.items())]


def disputes_of(panel: Panel, row: Row, disputed: Iterable[tuple[frozenset[str], Document]]) -> list[Document]:
    """Those of the disagreements that are about what a row says: its day, and everything that it names."""
    named = {plain(term) for name, term in row.items() if name == panel.columns["day"] or name.endswith("Label")}
    return list({str(one["id"]): one for words, one in disputed if named <= words}.values())


def happened(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What happened, each event once: what is told of it in other words, or of another product, stands below it."""
    events: dict[tuple[Any, ...], dict[str, Any]] = {}
    for item in items:
        key = tuple(item.get(name) for name in ("group", "day", "label", "link"))
        event = events.setdefault(key, {**item, "tellings": []})
        event["tellings"].append(item["rest"])
        event["disputes"] = list({one["id"]: one for one in (*event["disputes"], *item["disputes"])}.values())
    return list(events.values())


def grouped(items: Iterable[Mapping[str, Any]]) -> list[Document]:
    """The rows by what they are put together by, in the order of its names; those that don't say it come last."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for item in items:
        groups.setdefault(item.get("group", ""), []).append(item)
    ordered = sorted(groups.items(), key=lambda group: (not group[0], group[0].casefold()))
    return [{"label": label, "items": those} for label, those in ordered]


def folded(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, with one for those that differ in one column only, such as the source: it has the values of all."""
    # Each with the column that varies among those that it stands for.
    kept: list[tuple[dict[str, Any], set[str]]] = []
    for item in items:
        for one, varying in kept:
            columns = _differing(one, item)
            if columns is not None and len(varying | columns) < 2:
                one["rest"] |= {name: [*_values(one["rest"][name]), item["rest"][name]] for name in columns}
                varying |= columns
                break
        else:
            kept.append((item, set()))
    return [one for one, _ in kept]


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str] | None:
    """The columns beside the main ones in which a row differs from what rows were folded to; None of other things."""
    if {**one, "rest": None} != {**other, "rest": None} or list(one["rest"]) != list(other["rest"]):
        return None
    return {name for name, value in other["rest"].items() if value not in _values(one["rest"][name])}


def _values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _readable(rest: Mapping[str, Any], called: Mapping[str, str]) -> dict[str, Any]:
    return {_name(variable, called): value for variable, value in rest.items()}


def _name(variable: str, called: Mapping[str, str]) -> str:
    return called.get(variable, variable.removesuffix("Label"))


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(Decimal(text))
    except InvalidOperation:
        return None


def _most(items: Iterable[Mapping[str, Any]]) -> float:
    """What the longest bar stands for: the largest value, with room beyond one that is a bound; at least ten."""
    values: Sequence[float] = [
        one[key] * (1.25 if key == "value" and "bound" in one else 1)
        for one in items
        for key in ("value", "against")
        if _is_number(one.get(key))
    ]
    return max([10.0, *values])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
