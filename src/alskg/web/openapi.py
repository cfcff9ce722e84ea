"""The OpenAPI description: shared schemas, and the responses that every route documents."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import CSV, HTML, JSON, JSON_LD, TSV, Format
from alskg.schema import Class
from alskg.web.documents import LINK, STATEMENT

PROBLEM_TYPE = "application/problem+json"

META = {
    "type": "object",
    "required": ["revision", "complete", "notice"],
    "properties": {
        "revision": {"type": "integer", "description": "The revision of the graph that the answer is from."},
        "complete": {"type": "boolean", "description": "False where something that was asked for is missing."},
        "claims": {
            "type": "object",
            "description": "Live claims behind the answer, by side.",
            "properties": {side: {"type": "integer"} for side in ("for", "against", "inferred")},
        },
        "sparql": {"type": "string", "description": "Where the same question can be asked as SPARQL."},
        "notice": {"type": "string"},
    },
}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, where, and how to mend it."},
    },
}
REASONS = {
    400: "The request can't be understood; the detail says why.",
    403: "The query is refused: an update, or one that reaches outside this graph.",
    404: "There is nothing of that name; near ones are suggested.",
    406: "None of the asked media types can carry the answer; the ones that can are listed.",
    413: "The request or the answer is larger than a limit; the limit is named.",
    415: "The request body is of a media type that isn't read here.",
    422: "A parameter is not valid; the errors name it.",
    503: "The query ran past a limit of time or memory and was ended.",
}


def responses(
    formats: Sequence[Format], schema: Mapping[str, Any] | None, *statuses: int
) -> dict[int | str, dict[str, Any]]:
    """The responses of a route: 200 in these formats, and the problems that it can answer with."""
    content = {f.media_type: _content(f, schema) for f in formats}
    problems = dict.fromkeys((406, 422, *statuses))
    return {
        200: {"description": "The answer.", "content": content},
        **{status: _problem(status) for status in sorted(problems)},
    }


def _content(format_: Format, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    if format_ in (JSON, JSON_LD):
        return {"schema": dict(schema or {"type": "object"})}
    return {"schema": {"type": "string"}} if format_ in (CSV, TSV, HTML) else {}


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": REASONS[status], "content": {PROBLEM_TYPE: {"schema": schema}}}


def described(class_: Class) -> dict[str, Any]:
    """The schema of one thing's document."""
    statement = {"type": "array", "items": {"$ref": "#/components/schemas/Statement"}}
    return {
        "type": "object",
        "required": ["id", "type", "label", "meta"],
        "properties": {
            **_fields(class_),
            "statements": statement,
            "statedAbout": statement,
            "stated": {"$ref": "#/components/schemas/Statement"},
            "meta": {"$ref": "#/components/schemas/Meta"},
        },
    }


def _fields(class_: Class) -> dict[str, Any]:
    types = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    own = {"id": {"type": "string", "format": "uri"}, "curie": {"type": ["string", "null"]}, "type": types}
    return {**own, **{field.name: field.json_schema for field in class_.fields.values()}}


def list_schema(class_: Class | None) -> dict[str, Any]:
    """The schema of a list: of a class's members, or of things next to another one."""
    item = {"type": "object", "required": ["id"], **({"properties": _fields(class_)} if class_ else {})}
    return {
        "type": "object",
        "required": ["total", "items", "meta"],
        "properties": {
            "id": {"type": "string", "format": "uri"},
            "total": {"type": "integer"},
            "items": {"type": "array", "items": item},
            "missing": {"type": "array", "items": {"type": "string"}},
            "answer": {"enum": ["stated", "denied", "not stated"]},
            "next": {"type": "string"},
            "nextCursor": {"type": "string"},
            "meta": {"$ref": "#/components/schemas/Meta"},
        },
    }


def install(app: FastAPI, kg: KnowledgeGraph) -> None:
    """Makes the application describe itself with the shared schemas, once, when it is first asked."""

    def description() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _description(app, kg)
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign]


def _description(app: FastAPI, kg: KnowledgeGraph) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        license_info={"name": "Code: Apache-2.0; data: CC BY 4.0"},
    )
    shared = {"Link": LINK, "Statement": STATEMENT, "Meta": META, "Problem": PROBLEM}
    found.setdefault("components", {}).setdefault("schemas", {}).update(shared)
    # FastAPI documents a validation error in its own form; ours are problem documents.
    for name in ("HTTPValidationError", "ValidationError"):
        found["components"]["schemas"].pop(name, None)
    found["info"]["x-revision"] = kg.revision
    return found
