"""Statements and things as JSON values: the shapes that every REST door shares."""

from collections.abc import Iterable

from alskg.knowledge_graph import KnowledgeGraph
from alskg.members import Document, link_to, value_of
from alskg.related import Related
from alskg.statements import Claim, Statement, counts

LINK = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "format": "uri"},
        "curie": {"type": "string", "examples": ["CHEBI:8863"]},
        "label": {"type": "string"},
    },
}
STATEMENT = {
    "type": "object",
    "required": ["id", "subject", "predicate", "object", "stance", "for", "against"],
    "properties": {
        "id": {"type": "string", "format": "uri", "description": "The proposition."},
        "label": {"type": "string"},
        "subject": {"$ref": "#/components/schemas/Link"},
        "predicate": {"$ref": "#/components/schemas/Link"},
        "object": {"description": "A link, or the value where the object is a literal."},
        "scope": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Population, condition, jurisdiction and the like that are part of what is stated.",
        },
        "stance": {"enum": ["affirmed", "denied", "contested", "inferred", "not stated"]},
        "certainties": {"type": "array", "items": {"type": "string"}},
        "for": {"type": "integer", "description": "Live claims that affirm it; not independent proofs."},
        "against": {"type": "integer", "description": "Live claims that deny it."},
        "inferred": {"type": "integer", "description": "Inferred claims; they count neither for nor against."},
        "sources": {"type": "array", "items": {"$ref": "#/components/schemas/Link"}},
        "asOf": {"type": "array", "items": {"type": "string"}},
        "claims": {"type": "array", "items": {"type": "object"}},
    },
}


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
