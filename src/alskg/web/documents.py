"""Statements and things as JSON values: the shapes that every REST door shares."""

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from alskg.answers import Question, Row, rows
from alskg.curies import curie_of
from alskg.knowledge_graph import KnowledgeGraph
from alskg.members import path_of
from alskg.names import RDF, XSD
from alskg.related import Related
from alskg.schema import Class, Field
from alskg.statements import Claim, Statement, counts
from alskg.triples import Term, plain

Document = dict[str, object]

_VALUES = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?id ?path ?value ?label WHERE {
    ?id ?path ?value .
    OPTIONAL { ?value rdfs:label ?label }
}
"""


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
    for row in rows(kg, Question(_VALUES, bindings)):
        values[plain(row["id"])].append(row)
    return [_document(kg, class_, iri, chosen, values[iri]) for iri in iris]


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


def statement_document(kg: KnowledgeGraph, statement: Statement) -> Document:
    """A statement with its scope, its stance and the claims behind it."""
    predicate = kg.schema.predicates.get(statement.predicate)
    return {
        "id": statement.iri,
        "label": statement.label,
        "subject": link_to(kg, statement.subject, statement.subject_label),
        "predicate": link_to(kg, statement.predicate, predicate.label if predicate else None),
        "object": value_of(kg, statement.object_, statement.object_label),
        "scope": dict(statement.scope),
        "stance": statement.stance,
        "certainties": statement.certainties,
        "for": statement.count("for"),
        "against": statement.count("against"),
        "inferred": statement.count("inferred"),
        "sources": [link_to(kg, iri, label) for iri, label in sorted(statement.sources.items())],
        "asOf": statement.as_of,
        "claims": [_claim(claim) for claim in statement.claims],
    }


def _claim(claim: Claim) -> Document:
    values = {
        "id": claim.iri,
        "notation": claim.notation,
        "side": claim.side,
        "certainty": claim.certainty,
        "source": claim.source,
        "locator": claim.locator,
        "asOf": claim.as_of,
    }
    return {key: value for key, value in values.items() if value is not None}


def related_document(kg: KnowledgeGraph, one: Related) -> Document:
    """A neighbour with the statements that make it one."""
    found = (*one.as_object, *one.as_subject)
    return {
        **link_to(kg, one.iri, one.label),
        "stance": stance_of(one),
        "claims": counts(found),
        "statements": [statement_document(kg, statement) for statement in found],
        "linkedBy": list(dict.fromkeys(one.fields)),
    }


def stance_of(one: Related) -> str:
    """How the neighbour is linked on the whole: the strongest stance of its statements, or `linked` by a field."""
    stances = {statement.stance for statement in (*one.as_object, *one.as_subject)}
    order = ("contested", "affirmed", "denied", "inferred", "not stated")
    return next((stance for stance in order if stance in stances), "linked")


def answer_of(items: Iterable[Related]) -> str:
    """`stated`, `denied` where all there is are denials, or `not stated` where no source says a word."""
    stances = {stance_of(item) for item in items}
    if not stances:
        return "not stated"
    return "denied" if stances == {"denied"} else "stated"


NOT_STATED = "No source in this graph says anything here. That is not a statement that there is nothing."
