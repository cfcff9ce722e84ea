"""The documents of the doors as JSON Schema (2020-12): the shared ones, and those of each class."""

from collections.abc import Mapping
from typing import Any

from alskg.knowledge_graph import KnowledgeGraph
from alskg.schema import Class, Field

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
IRI = {"type": "string", "format": "uri"}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _many(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


LINK = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": IRI,
        "curie": {"type": "string", "examples": ["CHEBI:8863"]},
        "label": TEXT,
        "stance": {"type": "string", "description": "Of what a rule rests on: whether sources affirm or deny it."},
    },
}
CLAIM = {
    "type": "object",
    "required": ["id", "side"],
    "properties": {
        "id": IRI,
        "notation": {"type": "string", "description": "The number that the curators gave it."},
        "side": {"enum": ["for", "against", "inferred"], "type": "string"},
        "certainty": TEXT,
        "source": IRI,
        "locator": {"type": "string", "description": "Where in the source it stands."},
        "asOf": {"type": "string", "description": "The date at which the source says that it held."},
        "date": {"type": "string", "description": "The day on which what it tells of happened."},
        "sourceDate": {
            "type": "string",
            "description": "The date of its source, from which it counts if it has no day.",
        },
        "sourceSeenOn": {
            "type": "string",
            "description": "The day by which its source had been read, from which it counts if neither has a date.",
        },
        "sourceTerm": {"type": "string", "description": "What the source calls it, where that is something else."},
        "evidence": {"type": "string", "description": "The kind of evidence that it rests on."},
        "verification": {"type": "string", "description": "How closely it was checked that the source says this."},
        "supersededBy": {**_many(_reference("Link")), "description": "The later claims by which it is out of date."},
        "figures": {
            "type": "object",
            "description": "The quantities that it carries, by what they are of; told on a thing and beside it.",
        },
    },
}
STATEMENT = {
    "type": "object",
    "required": ["id", "subject", "predicate", "object", "stance", "for", "against"],
    "properties": {
        "id": {**IRI, "description": "The proposition."},
        "label": TEXT,
        "subject": _reference("Link"),
        "predicate": _reference("Link"),
        "object": {"description": "A link, or the value where the object is a literal."},
        "scope": {
            "type": "object",
            "additionalProperties": TEXT,
            "description": "Population, condition, jurisdiction and the like that are part of what is stated.",
        },
        "stance": {"type": "string", "enum": ["affirmed", "denied", "contested", "inferred", "not stated"]},
        "certainties": _many(TEXT),
        "for": {**COUNT, "description": "Live claims that affirm it; not independent proofs."},
        "against": {**COUNT, "description": "Live claims that deny it."},
        "inferred": {**COUNT, "description": "Inferred claims; they count neither for nor against."},
        "superseded": {**COUNT, "description": "How many of all these claims are out of date by a later one."},
        "sources": _many(_reference("Link")),
        "asOf": _many(TEXT),
        "claims": _many(_reference("ClaimOnStatement")),
    },
}
COUNTS = {
    "type": "object",
    "description": "Live claims behind the answer, by side.",
    "required": ["for", "against", "inferred"],
    "properties": {side: COUNT for side in ("for", "against", "inferred")},
}
META = {
    "type": "object",
    "required": ["revision", "complete", "notice"],
    "properties": {
        "revision": {"type": "integer", "description": "The revision of the graph that the answer is from."},
        "complete": {"type": "boolean", "description": "False where something that was asked for is missing."},
        "claims": _reference("Counts"),
        "sparql": {"type": "string", "description": "Where the same question can be asked as SPARQL."},
        "notice": TEXT,
    },
}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, where, and how to mend it."},
        "limit": {"type": "string", "description": "The limit that was passed."},
        "parameter": {"type": "string", "description": "The parameter that is not valid."},
        "suggestions": {**_many(TEXT), "description": "The nearest names."},
        "available": {"type": "array", "description": "What there is.", "items": {}},
        "errors": _many({"type": "object"}),
    },
}
NEIGHBOUR = {
    "type": "object",
    "required": ["id", "stance", "claims", "statements", "linkedBy"],
    "properties": {
        **LINK["properties"],  # type: ignore[dict-item]
        "stance": {"type": "string", "enum": ["affirmed", "denied", "contested", "inferred", "not stated", "linked"]},
        "claims": _reference("Counts"),
        "statements": _many(_reference("Statement")),
        "linkedBy": {**_many(TEXT), "description": "Names of fields that link the two."},
    },
}


def schemas(kg: KnowledgeGraph) -> dict[str, Any]:
    """Every schema that the OpenAPI description refers to, by name."""
    shared = {
        "Link": LINK,
        "ClaimOnStatement": CLAIM,
        "Statement": STATEMENT,
        "Counts": COUNTS,
        "Meta": META,
        "Problem": PROBLEM,
        "Neighbour": NEIGHBOUR,
        "NeighbourList": _list(
            "Neighbour", answer={"type": "string", "enum": ["stated", "denied", "linked", "not stated", "filtered out"]}
        ),
        "Mapping": _list("MappingRow"),
        "MappingRow": {
            "allOf": [
                _reference("Statement"),
                {"type": "object", "properties": {"subjectIds": _many(TEXT), "objectIds": _many(TEXT)}},
            ]
        },
        "Rows": _rows(),
    }
    of_classes = {name: schema for class_ in kg.schema.collections.values() for name, schema in _of_class(class_)}
    return shared | of_classes


def _of_class(class_: Class) -> list[tuple[str, dict[str, Any]]]:
    statements = _many(_reference("Statement"))
    linked = {
        "type": "object",
        "description": "What links to it by a field, by collection"
        + ("; not with `linked=false`." if class_.tells_linked else ", with `linked=true`."),
    }
    stated = {
        "statements": statements,
        "statedAbout": statements,
        "stated": _reference("Statement"),
        "linked": linked,
    }
    document = {
        "type": "object",
        "required": ["statements", "statedAbout", "meta"],
        "properties": {**stated, "meta": _reference("Meta")},
    }
    return [
        (class_.name, _member(class_)),
        (f"{class_.name}Document", {"allOf": [_reference(class_.name), document]}),
        (f"{class_.name}List", _list(class_.name, missing=_many(TEXT))),
    ]


def _member(class_: Class) -> dict[str, Any]:
    types = {"oneOf": [TEXT, _many(TEXT)]}
    own = {"id": IRI, "curie": {"type": ["string", "null"]}, "type": types, "url": {"type": ["string", "null"]}}
    return {
        "type": "object",
        "description": class_.definition,
        "required": ["id", "type", "label"],
        "properties": {**own, **{field.name: _value(field) for field in class_.fields.values()}},
    }


def _value(field: Field) -> dict[str, Any]:
    # What may be a link or a literal, or a literal of several datatypes, may be any value in JSON.
    is_open = field.datatype is None and not field.is_link
    return {"description": field.definition} if is_open else field.json_schema


def _list(item: str, **more: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["total", "items", "meta"],
        "properties": {
            "id": IRI,
            "label": TEXT,
            "total": COUNT,
            "items": _many(_reference(item)),
            **more,
            "next": TEXT,
            "nextCursor": TEXT,
            "meta": _reference("Meta"),
        },
    }


def _rows() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["items", "total", "meta"],
        "properties": {
            "title": TEXT,
            "question": TEXT,
            "items": _many({"type": "object"}),
            "answer": {"type": "string", "enum": ["stated", "not stated"]},
            "boolean": {"type": "boolean", "description": "Of a question that is answered by yes or no."},
            "total": COUNT,
            "meta": _reference("Meta"),
        },
    }
