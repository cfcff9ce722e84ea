"""What a curator may send, as JSON Schema (2020-12): claims, and a form for the members of each class."""

from collections.abc import Mapping
from typing import Any

from alskg import source_drafts
from alskg.claim_drafts import ENDS, keys
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, local_name
from alskg.schema import JSON_TYPES, Class, Field
from alskg.web.schemas import COUNT, IRI, TEXT

NAMED: Mapping[str, Any] = {
    "anyOf": [TEXT, {"type": "object", "required": ["id"], "properties": {"id": TEXT}}],
    "description": "A thing by its IRI, CURIE, name or label; or a link as answers have it.",
}
KINDS: Mapping[str, Any] = {
    "Named": {"$ref": "#/components/schemas/Named"},
    "Open": {},
    "Text": TEXT,
    "Boolean": {"type": "boolean"},
    "Integer": {"type": "integer"},
    "Number": {"type": "number"},
}
"""What one value of a field may be."""
ITEM: Mapping[str, Any] = {
    "type": "object",
    "required": ["row", "problems"],
    "properties": {
        "row": {"type": "integer", "minimum": 1},
        "line": {"type": "integer", "description": "The line of the table where the row ends."},
        "claim": IRI,
        "url": TEXT,
        "label": TEXT,
        "alreadyThere": {"type": "boolean", "description": "The graph has just this claim; nothing is added."},
        "sameAsRow": {**COUNT, "description": "An earlier row says the same."},
        "proposition": IRI,
        "propositionUrl": TEXT,
        "isNewProposition": {"type": "boolean"},
        "problems": {"type": "array", "items": {"type": "object"}},
    },
}
"""What is answered of each claim that was sent."""


def forms(kg: KnowledgeGraph) -> dict[str, Any]:
    """Every schema of what may be sent, by name."""
    own = (class_ for class_ in kg.schema.collections.values() if class_.namespace)
    return {
        "Named": dict(NAMED),
        **_values(kg),
        "ClaimToAdd": _claim(kg),
        "ClaimItem": dict(ITEM),
        "ClaimsAnswer": {
            "type": "object",
            "required": ["summary", "items"],
            "properties": {
                "summary": TEXT,
                "items": {"type": "array", "items": {"$ref": "#/components/schemas/ClaimItem"}},
            },
        },
        **{f"{class_.name}Form": _form(class_) for class_ in own},
    }


def _values(kg: KnowledgeGraph) -> dict[str, Any]:
    """What the values of a field may be, for each kind of field that there is."""
    fields = (field for class_ in kg.schema.classes.values() for field in class_.fields.values())
    found: dict[str, Any] = {}
    for kind, is_list in sorted({(_kind(field), field.is_list) for field in fields}):
        several = [{"type": "array", "items": dict(KINDS[kind])}] if is_list else []
        found[_name(kind, is_list=is_list)] = {"anyOf": [dict(KINDS[kind]), *several, {"type": "null"}]}
    return found


def _claim(kg: KnowledgeGraph) -> dict[str, Any]:
    claims, propositions = (kg.schema.classes[ALS + name] for name in ("Claim", "Proposition"))
    fields = {**claims.fields, **{local_name(iri): propositions.fields[local_name(iri)] for iri in _scopes(kg)}}
    known = {key: _value(fields[key]) for key in keys(kg) if key in fields}
    # What the claim states stands in other keys, and the rest follows where it isn't given.
    needed = [name for name in _needed(claims) if name not in ("states", "label", "polarity")]
    return {
        "type": "object",
        "description": "A claim. `subject`, `predicate` and `object` with the scope say what is claimed, or "
        "`proposition` names it.",
        "required": needed,
        "anyOf": [{"required": [*ENDS]}, {"required": ["proposition"]}, {"required": ["states"]}],
        "additionalProperties": False,
        "properties": {
            **known,
            # An answer can be sent back.
            **_passed(),
            "id": IRI,
            "type": {},
            "states": {"$ref": "#/components/schemas/Named"},
            "subject": {"$ref": "#/components/schemas/Named"},
            "predicate": {"type": "string", "description": "A statement property: its name, label, CURIE or IRI."},
            "object": {"description": _about_objects(kg)},
            "proposition": {"$ref": "#/components/schemas/Named"},
            "name": {
                "type": "string",
                "description": "The last part of the claim's IRI; else it follows from content.",
            },
            "source": _source(kg),
        },
    }


def _about_objects(kg: KnowledgeGraph) -> str:
    kinds = ", ".join(class_.label for class_ in kg.schema.classes.values() if class_.stated_by)
    described = f" What comes and goes with its claim ({kinds}) is described here where it is new." if kinds else ""
    return f"A thing like `subject`, or a literal where the property takes one.{described}"


def _scopes(kg: KnowledgeGraph) -> tuple[str, ...]:
    return kg.schema.scope_properties


def _source(kg: KnowledgeGraph) -> dict[str, Any]:
    fields = kg.schema.classes[ALS + "Source"].fields
    known = {key: _value(fields[key]) if key in fields else TEXT for key in source_drafts.keys(kg)}
    described = {
        "type": "object",
        "properties": known,
        "allOf": [
            {"anyOf": [{"required": ["title"]}, {"required": ["label"]}]},
            {"anyOf": [{"required": ["kind"]}, {"required": ["sourceKind"]}]},
        ],
        "description": "A new source; it needs a title and a kind.",
    }
    return {
        "anyOf": [{"$ref": "#/components/schemas/Named"}, described],
        "description": "The source's IRI, CURIE, name or label; PMID:…, DOI:… or PMC:…; or what describes a new one.",
    }


def _form(class_: Class) -> dict[str, Any]:
    types = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}
    return {
        "type": "object",
        "description": f"{class_.definition} Null stands for no value; in a PUT, so does a key that is left out.",
        "additionalProperties": False,
        "properties": {
            "id": IRI,
            "type": types,
            **_passed(),
            **{name: _value(field) for name, field in class_.fields.items()},
        },
    }


def _needed(class_: Class) -> list[str]:
    return sorted(name for name, field in class_.fields.items() if field.count_min)


def _passed() -> dict[str, Any]:
    """What an answer says beside the fields, and what may be sent back with them."""
    return {key: {} for key in ("@context", "curie", "url", "statements", "statedAbout", "stated", "linked", "meta")}


def written(class_: Class) -> dict[str, Any]:
    """The schema of a thing as a whole: its form, with what must be there."""
    return {"$ref": f"#/components/schemas/{class_.name}Form", "required": _needed(class_)}


def _value(field: Field) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{_name(_kind(field), is_list=field.is_list)}"}


def _name(kind: str, *, is_list: bool) -> str:
    return f"{kind}{'Values' if is_list else 'Value'}"


def _kind(field: Field) -> str:
    if field.is_link:
        return "Named"
    if field.datatype is None:
        return "Open"
    kind = str(JSON_TYPES.get(field.datatype, {}).get("type", "")).capitalize()
    return kind if kind in KINDS else "Text"
