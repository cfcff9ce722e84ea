"""The OpenAPI description: how operations are named, what each can answer, and everything that they share said once."""

from collections.abc import Collection, Mapping, Sequence
from itertools import count
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel

from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import JSON, JSON_LD, Format
from alskg.names import local_name
from alskg.schema import Class
from alskg.web.forms import forms
from alskg.web.pages import PRESENT_ONLY
from alskg.web.parameters import Room
from alskg.web.revisions import DESCRIBED
from alskg.web.schemas import schemas

PROBLEM_TYPE = "application/problem+json"

FIRST = ("mappings", "about", "queries", "sparql", "changes", "proposals", "terms")
"""The groups of operations that documentation shows before those of the collections."""

REASONS = {
    400: "The request can't be understood; the detail says why.",
    401: "Who asks isn't known: send a token (WWW-Authenticate says how).",
    403: "Refused: an update at the queries' door, a reach outside this graph, what can't be written, or a scope that "
    "is missing; the detail says which.",
    404: "There is nothing of that name; near ones are suggested.",
    406: "None of the asked media types can carry the answer; the ones that can are listed.",
    409: "It doesn't fit the state of things: changed again since, closed already, or a name that is taken.",
    410: "It was retracted; the detail says by whom and why.",
    412: "The graph has moved on since the revision in If-Match; the changes that stand against it are named.",
    413: "The request or the answer is larger than a limit; the limit is named.",
    415: "The request body is of a media type that isn't read here.",
    422: "A parameter is not valid, and the errors name it; or the gate refuses a change, and the report says why.",
    428: "Say with If-Match which revision the change rests on.",
    429: "More is asked at a time than one caller may; Retry-After says when to try again.",
    503: "The query ran past a limit of time or memory and was ended; or others come first, and Retry-After says when "
    "to try again.",
}


def rooms(*tags: str) -> APIRouter:
    """A set of routes whose operations are called by the names of the routes: `list_drugs`."""
    return APIRouter(tags=[*tags], route_class=Room, generate_unique_id_function=_operation)


def _operation(route: APIRoute) -> str:
    return route.name.replace(" ", "_").replace("-", "_")


def responses(
    formats: Sequence[Format], schema: Mapping[str, Any] | None, *statuses: int
) -> dict[int | str, dict[str, Any]]:
    """The responses of a route: 200 in these formats, and the problems that it can answer with."""
    content = {f.media_type: _content(f, schema) for f in formats}
    return {200: {"description": "The answer.", "content": content}, **problems(406, 422, *statuses)}


def _content(format_: Format, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    if format_ is JSON:
        return {"schema": dict(schema or {"type": "object"})}
    if format_ is JSON_LD:
        # Value objects stand there for some of the plain values.
        return {"schema": {"type": "object"}}
    return {"schema": {"type": "string"}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route can answer with."""
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": REASONS[status], "content": content} for status in sorted({*statuses})}


def body_of(model: type[BaseModel], *others: str, required: bool = True) -> dict[str, Any]:
    """A request's body: JSON as the model has it, or text of other media types."""
    schema = model.model_json_schema()
    inner = schema.pop("$defs", {})
    for field in schema["properties"].values():
        if "$ref" in field.get("items", {}):
            field["items"] = inner[local_name(field["items"]["$ref"])]
    content: dict[str, Any] = {JSON.media_type: {"schema": schema}}
    content |= {media_type: {"schema": {"type": "string"}} for media_type in others}
    return {"required": required, "content": content}


def described(class_: Class) -> dict[str, Any]:
    """The schema of one thing's document."""
    return {"$ref": f"#/components/schemas/{class_.name}Document"}


def listed(class_: Class | None) -> dict[str, Any]:
    """The schema of a list: of a class's members, or of things next to another one."""
    return {"$ref": f"#/components/schemas/{class_.name if class_ else 'Neighbour'}List"}


def install(app: FastAPI, kg: KnowledgeGraph) -> None:
    """Makes the application describe itself with the shared schemas, once, when it is first asked."""

    def description() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _description(app, kg)
        # What is described stays as it was at the start; the graph moves on.
        app.openapi_schema["info"]["x-revision"] = kg.revision
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign]


def _description(app: FastAPI, kg: KnowledgeGraph) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        license_info={"name": "Code: Apache-2.0; data: CC BY 4.0", "identifier": "Apache-2.0 AND CC-BY-4.0"},
    )
    parameters: dict[str, Any] = {}
    for route in (one for one in app.routes if isinstance(one, Room) and "GET" in (one.methods or ())):
        if operation := found["paths"].get(route.path_format, {}).get("get"):
            operation["parameters"] = [_as_read(p, route.known) for p in operation.get("parameters", [])]
    for path, methods in found["paths"].items():
        if "get" in methods and not path.startswith(PRESENT_ONLY):
            methods["get"]["parameters"] = [*methods["get"].get("parameters", []), DESCRIBED]
            # That there was no such revision, or that it lies too far back.
            methods["get"]["responses"] = {"404": {}, "413": {}, **methods["get"]["responses"]}
    for operation in (operation for path in found["paths"].values() for operation in path.values()):
        operation["parameters"] = [_shared(p, parameters) for p in operation.get("parameters", [])]
        for status in operation["responses"]:
            if status.startswith(("4", "5")):
                operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    found["components"] = {
        # FastAPI documents a validation error in its own form; ours are problem documents.
        "schemas": schemas(kg) | forms(kg),
        "parameters": parameters,
        "responses": {f"Problem{status}": response for status, response in problems(*REASONS).items()},
    }
    found["tags"] = _tags(found["paths"])
    return found


def _as_read(parameter: dict[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The parameter with whether it may be left empty against its schema, which counts as not given."""
    may_be_empty = parameter["in"] == "query" and parameter["name"] in known and not parameter["required"]
    return parameter | ({"allowEmptyValue": True} if may_be_empty and not _takes_any_text(parameter["schema"]) else {})


def _takes_any_text(schema: Mapping[str, Any]) -> bool:
    """Whether a text may be anything by this schema, so that an empty one keeps to it; of several texts, each."""
    ways = [way.get("items", way) for way in schema.get("anyOf", [schema])]
    limits = {"enum", "format", "pattern", "minLength"}
    return any(way.get("type") == "string" and limits.isdisjoint(way) for way in ways)


def _tags(paths: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[dict[str, str]]:
    """The groups of operations in the order in which a newcomer wants them; the collections come last."""
    used = dict.fromkeys(tag for path in paths.values() for operation in path.values() for tag in operation["tags"])
    return [{"name": tag} for tag in sorted(used, key=lambda tag: FIRST.index(tag) if tag in FIRST else len(FIRST))]


def _shared(parameter: dict[str, Any], shared: dict[str, Any]) -> dict[str, str]:
    """A reference to the parameter, which is kept once however many operations have it."""
    lean = {**parameter, "schema": _lean(parameter["schema"])}
    if lean.get("required") and "examples" in lean["schema"]:
        # Who tries an operation out finds what it can't do without filled in.
        lean["example"] = lean["schema"]["examples"][0]
    name = parameter["name"]
    # Two parameters may have one name and differ, as `limit` of a list and of a search.
    names = (name if number == 1 else f"{name}{number}" for number in count(1))
    key = next(key for key in names if shared.get(key, lean) == lean)
    shared[key] = lean
    return {"$ref": f"#/components/parameters/{key}"}


def _lean(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without what the parameter says itself; what is left out of a query is no null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    own = {key: value for key, value in schema.items() if key not in ("title", "description", "anyOf")}
    return {**own, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {})}
