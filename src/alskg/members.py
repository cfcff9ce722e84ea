"""Members of a class: which there are, how to find one, and each as a plain JSON-LD document."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox
from rapidfuzz import process

from alskg.answers import Question, Row, rows
from alskg.curies import curie_of, iri_of
from alskg.errors import BadParameter, UnknownName
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import RDF, XSD, local_name, name_of_iri
from alskg.schema import Class, Field
from alskg.store.terms import Bindable
from alskg.triples import Term, plain

_PREFIXES = """PREFIX als: <https://w3id.org/alskg/ontology/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
_VALUES = """SELECT ?id ?path ?value ?label WHERE {
    ?id ?path ?value .
    OPTIONAL { ?value rdfs:label ?label }
}
"""
SUGGESTIONS_MAX = 5
VALUES_SHOWN_MAX = 50

Document = dict[str, object]


@dataclass(frozen=True)
class Page:
    """Some members of a class, in the order of their IRIs."""

    iris: tuple[str, ...]
    total: int
    has_more: bool
    question: Question


@dataclass(frozen=True)
class Filters:
    """What members must have: values of their fields, and objects that are stated of them (with a claim for it)."""

    fields: Mapping[str, Sequence[str]]
    statements: Mapping[str, Sequence[str]]


def page_of(kg: KnowledgeGraph, class_: Class, filters: Filters, limit: int, after: str | None) -> Page:
    """At most `limit` members whose IRI comes after the given one, and how many there are in all."""
    patterns, bindings = _filtered(kg, class_, filters)
    where = f"    ?id a ?class .\n{''.join(patterns)}"
    total_text = f"{_PREFIXES}SELECT (COUNT(DISTINCT ?id) AS ?total) WHERE {{\n{where}}}\n"
    total = rows(kg, Question(total_text, bindings))[0]["total"]
    beyond = "    FILTER(STR(?id) > ?after)\n" if after else ""
    more = {"after": [ox.Literal(after)]} if after else {}
    text = f"{_PREFIXES}SELECT DISTINCT ?id WHERE {{\n{where}{beyond}}}\nORDER BY STR(?id)\nLIMIT {limit + 1:d}\n"
    question = Question(text, {**bindings, **more})
    found = [plain(row["id"]) for row in rows(kg, question)]
    return Page(tuple(found[:limit]), int(plain(total)), len(found) > limit, question)


def _filtered(kg: KnowledgeGraph, class_: Class, filters: Filters) -> tuple[list[str], dict[str, Sequence[Bindable]]]:
    patterns: list[str] = []
    bindings: dict[str, Sequence[Bindable]] = {"class": [ox.NamedNode(class_.iri)]}
    for number, (name, wanted) in enumerate(filters.fields.items()):
        field = class_.fields[name]
        patterns.append(f"    ?id ?path{number} ?value{number} .\n")
        bindings[f"path{number}"] = [ox.NamedNode(field.path)]
        bindings[f"value{number}"] = _wanted(kg, class_, field, wanted)
    for number, (name, wanted) in enumerate(filters.statements.items()):
        predicate = next(p for p in kg.schema.predicates.values() if p.name == name)
        patterns.append(
            f"    ?stated{number} rdf:subject ?id ; rdf:predicate ?predicate{number} ; rdf:object ?object{number} ;"
            f" als:supportedBy ?claim{number} .\n"
        )
        bindings[f"predicate{number}"] = [ox.NamedNode(predicate.iri)]
        bindings[f"object{number}"] = [iri for value in wanted for iri in _things_called(kg, value, name)]
    return patterns, bindings


def _wanted(kg: KnowledgeGraph, class_: Class, field: Field, values: Iterable[str]) -> list[Bindable]:
    found: list[Bindable] = []
    for value in values:
        if field.is_link:
            terms: list[Bindable] = [n for n in _candidates(kg, value) if _is_value(kg, field, n)]
        else:
            typed = [ox.Literal(value, datatype=ox.NamedNode(field.datatype or XSD + "string"))]
            terms = [*typed, ox.Literal(value), ox.Literal(value, language="en")]
            terms = [term for term in terms if _is_value(kg, field, term)]
        if not terms:
            raise BadParameter(
                f"{field.name}={value}: no {class_.label} has that value. Give an IRI, a CURIE or a name"
                f"{_like(value, used := values_in_use(kg, class_, field))}.",
                parameter=field.name,
                available=used,
            )
        found += terms
    return found


def values_in_use(kg: KnowledgeGraph, class_: Class, field: Field) -> list[str]:
    """The values of a field that members of the class have, as they would be given in a filter."""
    text = f"SELECT DISTINCT ?value WHERE {{ ?id a ?class ; ?path ?value . }} LIMIT {VALUES_SHOWN_MAX:d}"
    bindings = {"class": [ox.NamedNode(class_.iri)], "path": [ox.NamedNode(field.path)]}
    found = [plain(row["value"]) for row in rows(kg, Question(text, bindings))]
    return sorted(local_name(value) if field.is_link else value for value in found)


def _is_value(kg: KnowledgeGraph, field: Field, term: Bindable) -> bool:
    return next(kg.store.match(None, field.path, term), None) is not None


def _candidates(kg: KnowledgeGraph, value: str) -> list[ox.NamedNode]:
    """The IRIs that a caller may mean: the IRI, the CURIE, or the name in any collection or closed list."""
    if "://" in value:
        return [ox.NamedNode(value)]
    if ":" in value:
        return [ox.NamedNode(iri_of(kg.schema.prefixes, value))]
    spaces = [c.namespace for c in kg.schema.classes.values() if c.namespace]
    spaces += [v.namespace for v in kg.schema.vocabularies.values()]
    try:
        return [ox.NamedNode(space + value) for space in spaces]
    except ValueError as error:
        raise BadParameter(f"{value!r} is not a name: {error}.") from error


def _things_called(kg: KnowledgeGraph, value: str, parameter: str) -> list[ox.NamedNode]:
    known = [n for n in _candidates(kg, value) if next(kg.store.match(n.value), None) is not None]
    if not known:
        names = [local_name(iri) for iri in all_iris(kg)]
        raise BadParameter(
            f"{parameter}={value}: there is no such thing here{_like(value, names)}.", parameter=parameter
        )
    return known


def all_iris(kg: KnowledgeGraph) -> list[str]:
    """The IRI of every thing that has a collection of its own."""
    classes = [ox.NamedNode(c.iri) for c in kg.schema.classes.values() if c.collection]
    found = rows(kg, Question("SELECT DISTINCT ?id WHERE { ?id a ?class . }", {"class": classes}))
    return sorted(plain(row["id"]) for row in found)


def find(kg: KnowledgeGraph, class_: Class, name: str) -> str:
    """
    The IRI of the member that bears the name.

    Raises:
        UnknownName: there is none; the nearest names are suggested.
    """
    for candidate in _named(kg, class_, name):
        if next(kg.store.match(candidate, RDF + "type", class_.iri), None) is not None:
            return candidate
    names = [local_name(iri) for iri in page_of(kg, class_, Filters({}, {}), 10_000, None).iris]
    near = nearest(name, names)
    raise UnknownName(
        f"No {class_.label} is called {name!r}{_like(name, names)}. All of them: /{class_.collection}.",
        suggestions=[f"/{class_.collection}/{n}" for n in near],
    )


def _named(kg: KnowledgeGraph, class_: Class, name: str) -> list[str]:
    related = [kg.schema.classes[iri] for iri in kg.schema.descendants(class_.iri)]
    related += [kg.schema.classes[iri] for iri in class_.ancestors if iri in kg.schema.classes]
    spaces = dict.fromkeys(c.namespace for c in (class_, *related) if c.namespace)
    return [space + name for space in spaces]


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The known names that look most like this one."""
    found = process.extract(name, list(dict.fromkeys(known)), limit=SUGGESTIONS_MAX, score_cutoff=60)
    return [match for match, *_ in found]


def _like(value: str, known: Iterable[str]) -> str:
    near = nearest(value, known)
    return f"; did you mean {' or '.join(near[:3])}?" if near else ""


def documents(kg: KnowledgeGraph, class_: Class, iris: Sequence[str], fields: Sequence[str] | None) -> list[Document]:
    """
    The members as JSON-LD documents, in the given order: one key for each field that has a value.

    `fields` picks among the class's fields; id, curie, type and label are always there.
    """
    if not iris:
        return []
    chosen = [f for f in class_.fields.values() if fields is None or f.name in fields or f.name == "label"]
    bindings = {
        "id": [ox.NamedNode(iri) for iri in iris],
        "path": [ox.NamedNode(path) for path in {f.path for f in chosen} | {RDF + "type"}],
    }
    values: dict[str, list[Row]] = {iri: [] for iri in iris}
    for row in rows(kg, Question(_PREFIXES + _VALUES, bindings)):
        values[plain(row["id"])].append(row)
    return [_document(kg, class_, iri, chosen, values[iri]) for iri in iris]


def question_about(iris: Sequence[str]) -> Question:
    """Everything that is said with these things as subject, as a graph."""
    text = "CONSTRUCT { ?id ?property ?value } WHERE { ?id ?property ?value }"
    return Question(text, {"id": [ox.NamedNode(iri) for iri in iris]})


def _document(kg: KnowledgeGraph, class_: Class, iri: str, fields: Sequence[Field], found: Sequence[Row]) -> Document:
    types = {plain(row["value"]) for row in found if plain(row["path"]) == RDF + "type"}
    document: Document = {
        "id": iri,
        "curie": curie_of(kg.schema.prefixes, iri),
        "type": _most_specific(kg, class_, types),
        "url": path_of(kg, iri),
    }
    for field in fields:
        values = [_value(kg, row) for row in found if plain(row["path"]) == field.path]
        values.sort(key=lambda value: str(value.get("label", value["id"]) if isinstance(value, dict) else value))
        if values:
            document[field.name] = values if field.is_list else values[0]
    return document


def _most_specific(kg: KnowledgeGraph, class_: Class, types: set[str]) -> str | list[str]:
    ours = [kg.schema.classes[iri] for iri in types if iri in kg.schema.classes]
    above = {ancestor for c in ours for ancestor in c.ancestors}
    names = sorted(c.name for c in ours if c.iri not in above)
    return names[0] if len(names) == 1 else names or class_.name


def _value(kg: KnowledgeGraph, row: Row) -> object:
    return value_of(kg, row["value"], plain(row["label"]) if "label" in row else None)


def value_of(kg: KnowledgeGraph, term: Term, label: str | None) -> object:
    """A term as JSON: a link for an IRI, a number or truth or text for a literal."""
    if isinstance(term, ox.NamedNode):
        return link_to(kg, term.value, label)
    if isinstance(term, ox.Literal):
        return _literal(term)
    return plain(term)


def link_to(kg: KnowledgeGraph, iri: str, label: str | None) -> Document:
    """An IRI with its CURIE and its label, where it has them."""
    link: Document = {"id": iri, "curie": curie_of(kg.schema.prefixes, iri), "label": label}
    return {key: value for key, value in link.items() if value is not None}


def _literal(term: ox.Literal) -> object:
    kind = term.datatype.value.removeprefix(XSD)
    if kind == "boolean":
        return term.value == "true"
    if kind == "integer":
        return int(term.value)
    return float(term.value) if kind == "decimal" else term.value


def path_of(kg: KnowledgeGraph, iri: str) -> str | None:
    """Where a thing is served on this server (`/drugs/riluzole`); None for an IRI that isn't a member's."""
    name = name_of_iri(iri)
    return f"/{name}" if name and name.partition("/")[0] in kg.schema.collections else None
