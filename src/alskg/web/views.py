"""What the page of a thing shows beside its document: fields with labels, statements by property, what leads here."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlencode

import pyoxigraph as ox

from alskg.answers import Question, Row, rows
from alskg.curies import curie_of
from alskg.evidence import STATES
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import path_of
from alskg.names import ALS, DCTERMS, RDF, RDFS, local_name, name_of_iri
from alskg.related import SPEAKING
from alskg.schema import Class
from alskg.triples import iris, plain, text
from alskg.web.denials import denials
from alskg.web.documents import Document, documents, link_to
from alskg.web.panels import panels_of

_CLAIM, _PROPOSITION, _SOURCE, _DISAGREEMENT = (
    ALS + name for name in ("Claim", "Proposition", "Source", "Disagreement")
)
NAMED_APART = frozenset({"label", "definition", "altLabel", "hiddenLabel", "notation", "editorialNote", "notStated"})
"""Fields that stand at the head of a page, or at its end."""
MATCHES = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
_META = frozenset({"@context", "id", "curie", "type", "url", "statements", "statedAbout", "stated", "meta"})
_DATES = (DCTERMS + "issued", DCTERMS + "date", DCTERMS + "modified")

_INCOMING = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?from ?fromLabel ?path WHERE { ?from ?path ?id . OPTIONAL { ?from rdfs:label ?fromLabel } }
ORDER BY ?path ?fromLabel"""
_SAID_BY = """PREFIX als: <https://w3id.org/alskg/ontology/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?claim ?notation ?locator ?states ?statesLabel ?polarity ?certainty ?review ?superseded WHERE {
    ?claim dcterms:source ?id ; als:locator ?locator ; als:states ?states ; als:polarity ?polarity ;
        als:certainty ?certainty .
    OPTIONAL { ?states rdfs:label ?statesLabel }
    OPTIONAL { ?claim skos:notation ?notation }
    OPTIONAL { ?claim als:verification/rdfs:label ?review }
    BIND(EXISTS { ?claim als:supersededBy ?later } AS ?superseded)
}"""


def view_of(class_: Class) -> str:
    """The template for a member of a class; those that the data model itself is made of have their own."""
    own = {_CLAIM: "claim", _PROPOSITION: "proposition", _SOURCE: "source", _DISAGREEMENT: "disagreement"}
    return own.get(class_.iri, "thing")


def beside(kg: KnowledgeGraph, class_: Class, iri: str, body: Mapping[str, Any]) -> Document:
    """Everything that a thing's page shows beside what its document says."""
    panels = panels_of(kg, iri)
    found: Document = {
        "class_": class_,
        "kind": kind_of(kg, class_, body),
        "synonyms": [*body.get("altLabel", []), *body.get("hiddenLabel", [])],
        "identifiers": [(match, body[match]) for match in MATCHES if match in body],
        "facts": facts(class_, body),
        "groups": grouped(kg, body["statements"], inverse=False),
        "inverse_groups": grouped(kg, body["statedAbout"], inverse=True),
        "dates": dates_of_sources(kg, [*body["statements"], *body["statedAbout"], body.get("stated", {})]),
        "is_own": path_of(kg, iri) is not None,
        "is_spoken_of": class_.iri not in SPEAKING,
        "panels": panels,
        "denials": denials(kg),
    }
    if class_.iri == _SOURCE:
        found["said"] = said_by(kg, iri)
    if class_.iri == _DISAGREEMENT:
        found["sides"] = [_side(kg, body.get(name, [])) for name in ("oneSide", "otherSide")]
    # Who states a proposition stands at its head, side by side.
    left_out = {_SOURCE: {DCTERMS + "source"}, _PROPOSITION: {STATES}}.get(class_.iri, set())
    found["incoming"] = incoming(kg, iri, left_out)
    return {**found, **ended(panels), "sections": sections(found, body)}


def sections(found: Mapping[str, Any], body: Mapping[str, Any]) -> list[Document]:
    """What a page has, from top to bottom: the anchor of each part, what it is called, and how much is in it."""
    panels = [{"id": f"panel-{one['name']}", "label": one["title"], "count": one["total"]} for one in found["panels"]]
    parts = [
        ("stated", "What is said of it", len(body["statements"])),
        ("stated-about", "What leads to it", len(body["statedAbout"])),
        ("facts", "On record", len(found["facts"])),
        ("missing", "Known to be missing", len(body.get("notStated", []))),
        ("incoming", "Linked from", sum(len(one["links"]) for one in found["incoming"])),
    ]
    return [*panels, *({"id": id_, "label": label, "count": count} for id_, label, count in parts if count)]


def ended(panels: Iterable[Mapping[str, Any]]) -> Document:
    """
    Where a thing stands by a line of time of its page, if nothing that began there goes on: the last of each area.

    What is told of it in general was often written before that, so that it stands at the head of the page.
    """
    for panel in (one for one in panels if one["draw"] == "timeline"):
        last: dict[tuple[str, str], Mapping[str, Any]] = {}
        for item in (item for item in panel["items"] if item["mark"] != "neither"):
            for telling in item["tellings"]:
                key = item.get("group", ""), str(next(iter(telling.values()), ""))
                # What is refused never began, and so doesn't end.
                if item["mark"] == "begins" or key in last:
                    last[key] = item
        if last and all(item["mark"] == "ends" for item in last.values()):
            in_time = sorted(last.items(), key=lambda one: str(one[1]["day"]))
            of_areas = {area: item for (area, _), item in in_time}
            standing = [{"label": area, "event": i["label"], "day": i["day"]} for area, i in sorted(of_areas.items())]
            return {"standing": standing, "standing_panel": panel["name"]}
    return {}


def kind_of(kg: KnowledgeGraph, class_: Class, body: Mapping[str, Any]) -> list[Class]:
    """The classes that a thing is shown as a member of: those of its document that have a collection."""
    types = body.get("type", [])
    names = [types] if isinstance(types, str) else types
    found = [c for c in kg.schema.collections.values() if c.name in names]
    return found or [class_]


def facts(class_: Class, body: Mapping[str, Any]) -> list[Document]:
    """The fields that are shown as a list: label, what it means, values."""
    fields = (field for name, field in class_.fields.items() if name in body)
    return [
        {"name": f.name, "label": f.label, "about": f.definition, "values": _listed(body[f.name])}
        for f in fields
        if f.name not in NAMED_APART and f.name not in MATCHES and f.name not in _META
    ]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def grouped(kg: KnowledgeGraph, statements: Iterable[Mapping[str, Any]], *, inverse: bool) -> list[Document]:
    """Statements by property; the one of which most is claimed comes first."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for statement in statements:
        groups.setdefault(statement["predicate"]["id"], []).append(statement)
    found = [_group(kg, iri, those, inverse=inverse) for iri, those in groups.items()]
    return sorted(found, key=lambda group: (-cast("int", group["claims"]), str(group["label"])))


def _group(kg: KnowledgeGraph, iri: str, those: Sequence[Mapping[str, Any]], *, inverse: bool) -> Document:
    predicate = kg.schema.predicates.get(iri)
    label = local_name(iri) if predicate is None else predicate.inverse_label if inverse else predicate.label
    return {
        "id": iri,
        "label": label,
        "about": predicate.definition if predicate else "",
        "statements": those,
        "end": "subject" if inverse else "object",
        "claims": sum(one["for"] + one["against"] + one["inferred"] for one in those),
    }


def dates_of_sources(kg: KnowledgeGraph, statements: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The date that each source bears, of those that statements rest on: when it was issued, else dated or changed."""
    sources = {source["id"] for statement in statements for source in statement.get("sources", ())}
    dated = {iri: next(filter(None, (text(kg.store, iri, path) for path in _DATES)), None) for iri in sources}
    return {iri: date for iri, date in dated.items() if date}


def said_by(kg: KnowledgeGraph, iri: str) -> list[Document]:
    """The claims of a source in reading order, each with how closely it was reviewed, where that is recorded."""
    found = rows(kg, Question(_SAID_BY, {"id": [ox.NamedNode(iri)]}))
    return [
        {
            "id": plain(row["claim"]),
            "notation": plain(row["notation"]) if "notation" in row else local_name(plain(row["claim"])),
            "locator": plain(row["locator"]),
            "states": link_to(kg, plain(row["states"]), plain(row["statesLabel"]) if "statesLabel" in row else None),
            "polarity": local_name(plain(row["polarity"])),
            "certainty": local_name(plain(row["certainty"])),
            "review": plain(row["review"]) if "review" in row else "",
            "superseded": plain(row["superseded"]) == "true",
        }
        for row in sorted(found, key=_place)
    ]


def _place(row: Row) -> tuple[list[tuple[int, str]], ...]:
    # Claims of one line are numbered as they stand in it.
    return tuple(_reading_order(plain(row[name])) if name in row else [] for name in ("locator", "notation", "claim"))


def _reading_order(locator: str) -> list[tuple[int, str]]:
    """What sorts `line 9; sentence 2` before `line 10`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", locator) if part]


def _side(kg: KnowledgeGraph, links: Any) -> list[Document]:
    claims = [link["id"] for link in links if _CLAIM in iris(kg.store, link["id"], RDF + "type")]
    return documents(kg, kg.schema.classes[_CLAIM], claims, None)


def incoming(kg: KnowledgeGraph, iri: str, left_out: set[str]) -> list[Document]:
    """What links here by a field, by field; what is stated about the thing is not among it."""
    labels = {field.path: field.label for class_ in kg.schema.classes.values() for field in class_.fields.values()}
    ends = {RDF + end for end in ("subject", "predicate", "object")} | left_out
    paths = [ox.NamedNode(path) for path in sorted(labels) if path not in ends and not path.startswith(RDFS)]
    found: dict[str, list[Document]] = {}
    lists: dict[str, Counter[tuple[str, str]]] = {}
    for row in rows(kg, Question(_INCOMING, {"id": [ox.NamedNode(iri)], "path": paths})):
        other, path = plain(row["from"]), plain(row["path"])
        link = link_to(kg, other, plain(row["fromLabel"]) if "fromLabel" in row else None)
        found.setdefault(labels[path], []).append(link)
        lists.setdefault(labels[path], Counter()).update(_lists(kg, iri, other, path))
    return [
        {"label": label, "links": links, "lists": [(*one, count) for one, count in lists[label].items()]}
        for label, links in sorted(found.items())
    ]


def _lists(kg: KnowledgeGraph, iri: str, other: str, path: str) -> list[tuple[str, str]]:
    """The list in which what links here by a field can be paged through: what it is called, and where it is."""
    class_ = kg.schema.collections.get((name_of_iri(other) or "").partition("/")[0])
    fields = (field.name for field in class_.fields.values() if field.path == path) if class_ else ()
    wish = curie_of(kg.schema.prefixes, iri) or iri
    return [(class_.plural, f"/{class_.collection}?{urlencode({name: wish})}") for name in fields if class_]
