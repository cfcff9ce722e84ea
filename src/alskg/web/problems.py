"""Errors as RFC 9457 problem documents."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic.fields import FieldInfo
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from alskg.errors import AlskgError, NotAcceptable
from alskg.meant import SUGGESTIONS_MAX, hint, nearest
from alskg.media import FORMAT_PARAMETERS, HTML, JSON, Format, negotiate
from alskg.parameters import said
from alskg.web.accounts import ACCOUNT
from alskg.web.methods import allowed_methods
from alskg.web.pages import SECURITY, address, page

MEDIA_TYPE = "application/problem+json"
_PROBLEM = Format("problem", MEDIA_TYPE, (), "json")
TITLES = {404: "Not found", 405: "Method not allowed", 415: "Unsupported media type", 422: "A parameter is not valid"}

log = logging.getLogger(__name__)


def problem(
    request: HTTPConnection, status: int, title: str, detail: str, extra: Mapping[str, object] | None = None
) -> Response:
    """A problem document, or its page for a browser; `extra` are members beside the standard ones."""
    body = document_of(status, title, detail, extra)
    headers = {"Vary": "Accept"}
    if retry := body.get("retry_after_seconds"):
        headers["Retry-After"] = str(retry)
    if _likes_a_page(request):
        text = page(request, "problem", title, body, _way_out(request, body))
        return Response(text, status, {**headers, **SECURITY}, HTML.content_type)
    return Response(json.dumps(body, ensure_ascii=False), status, headers, MEDIA_TYPE)


def document_of(status: int, title: str, detail: str, extra: Mapping[str, object] | None = None) -> dict[str, object]:
    """The members of a problem document."""
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, **(extra or {})}


def _way_out(request: HTTPConnection, body: Mapping[str, Any]) -> Mapping[str, object]:
    """
    What a page offers where parameters of the address are wrong: which they are, and where it leads without them; where
    it can't do without one of them, a form for those that it has.
    """
    told = dict.fromkeys([one["parameter"] for one in body.get("errors", ())] or [body.get("parameter")])
    wrong = [name for name in told if name in request.query_params]
    fields = {name: field for name, field in _fields(request).items() if name not in FORMAT_PARAMETERS}
    is_needed = any(name in fields and fields[name].is_required() for name in told)
    return {
        "wrong": wrong,
        "without": address(request, **dict.fromkeys(wrong)) if wrong and not is_needed else None,
        "parameters": [_asked_for(request, name, field) for name, field in fields.items()] if is_needed else [],
    }


def _asked_for(request: HTTPConnection, name: str, field: FieldInfo) -> Mapping[str, object]:
    """A parameter as a form asks for it."""
    return {
        "name": name,
        "about": field.description or "",
        "example": (field.examples or [""])[0],
        "given": request.query_params.get(name, ""),
        "required": field.is_required(),
    }


def _likes_a_page(request: HTTPConnection) -> bool:
    try:
        return negotiate(", ".join(request.headers.getlist("accept")), (_PROBLEM, JSON, HTML)) is HTML
    except NotAcceptable:
        # A problem has to be told in some way.
        return False


async def _of_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, AlskgError)  # noqa: S101 - what the handler is registered for
    return problem_of(request, error)


def problem_of(request: HTTPConnection, error: AlskgError) -> Response:
    """An error of ours as a problem document; one that is our own fault is logged."""
    if error.status == AlskgError.status:
        log.error("%s", error, exc_info=error)
    if (account := request.scope.get(ACCOUNT)) is not None:
        account.limit = str(error.extra.get("limit", ""))
    response = problem(request, error.status, error.title, str(error), error.extra)
    for name, value in error.headers:
        if not (name == "WWW-Authenticate" and value.startswith("Basic") and _is_of_browser(request)):
            response.headers.append(name, value)
    return response


def _is_of_browser(request: HTTPConnection) -> bool:
    # A browser would ask for a password, over whatever page it shows; it takes a token at the desk (Fetch Metadata).
    return "sec-fetch-mode" in request.headers


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    detail = str(error.detail)
    extra: dict[str, object] = {}
    headers = dict(error.headers or {})
    if error.status_code == 404:
        detail = f"There is nothing at {request.url.path}."
        if not _likes_a_page(request):
            detail += " /openapi.json lists what there is."
        extra = {"suggestions": _suggested(request)}
    if error.status_code == 405:
        headers["Allow"] = ", ".join(allowed_methods(request.app, request.scope))
        detail = f"{request.method} does nothing at {request.url.path}; there is {headers['Allow']}."
    response = problem(request, error.status_code, TITLES.get(error.status_code, detail), detail, extra)
    response.headers.update(headers)
    return response


def _suggested(request: Request) -> list[str]:
    """The address that looks most like the one asked for; those whose name has the word that it begins with; others."""
    word, paths = request.url.path.strip("/").partition("/")[0], _paths(request)
    about = [path for path in paths if word in path.rpartition("/")[2].split("-")]
    near = nearest(request.url.path, paths)
    return list(dict.fromkeys([*near[:1], *about, *near]))[:SUGGESTIONS_MAX]


def _paths(request: Request) -> list[str]:
    """The addresses without a part that is data."""
    return [path for route in request.app.routes if "{" not in (path := getattr(route, "path", ""))]


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    known = _parameters(request)
    errors = [_explained(e, known, _likes_a_page(request)) for e in error.errors()]
    detail = "; ".join(f"{e['parameter']}: {e['detail']}" for e in errors) or "The request is not valid."
    return problem(request, 422, TITLES[422], detail, {"errors": errors})


def _parameters(request: Request) -> list[str]:
    """The names of the query parameters of the route that was asked."""
    return list(_fields(request))


def _fields(request: HTTPConnection) -> dict[str, FieldInfo]:
    """The query parameters of the route that was asked, by name."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    models = [p.field_info.annotation for p in dependant.query_params] if dependant else []
    return {name: field for model in models for name, field in getattr(model, "model_fields", {}).items()}


def _explained(error: Mapping[str, Any], known: list[str], is_for_people: bool) -> dict[str, object]:
    place = error["loc"]
    # Of the values of a list, the place ends with a number.
    parameter = str(place[:2][-1]) if isinstance(place, tuple) else ""
    if error["type"] == "extra_forbidden":
        detail = f"there is no such parameter here.{hint(parameter, known)} There are {', '.join(known)}"
        return {"parameter": parameter, "detail": detail, "available": known}
    if error["type"] == "missing":
        where = "" if is_for_people else "; /openapi.json says what it takes, with an example"
        return {"parameter": parameter, "detail": f"it is required{where}"}
    return {"parameter": parameter, "detail": said(error), "given": str(error.get("input", ""))}


async def _of_anything(request: Request, error: Exception) -> Response:
    log.error("Unexpected: %s", error, exc_info=error)
    return problem(request, 500, "Internal error", "Something went wrong on our side; it has been logged.")


HANDLERS = {
    AlskgError: _of_ours,
    HTTPException: _of_http,
    RequestValidationError: _of_validation,
    Exception: _of_anything,
}
