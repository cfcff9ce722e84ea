"""Door 8, what curators do with things: writing, correcting, removing, renaming and merging them, and claims."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Annotated, Any, cast

import pyoxigraph as ox
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Parameter
from starlette.responses import Response

from alskg.access import Agent
from alskg.changeset import Changeset
from alskg.drafts import Document as Given
from alskg.drafts import Draft, minted, removal_draft, thing_draft
from alskg.errors import BadParameter, Conflict, UnsupportedMedia
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import path_of
from alskg.media import JSON
from alskg.members import find
from alskg.names import ALS, local_name
from alskg.plain_json import json_of
from alskg.renaming import merged, renamed, summary
from alskg.retraction import live_quads
from alskg.rewriting import Renaming
from alskg.schema import Class
from alskg.triples import objects, plain
from alskg.values import shown
from alskg.web.bodies import media_type_of, read_json
from alskg.web.claims import CREATED, PAGE, PROPOSED, add_claims
from alskg.web.documents import Document, link_to, value_of
from alskg.web.forms import written
from alskg.web.openapi import body_of, responses, rooms
from alskg.web.retractions import Retract, live_member, retract
from alskg.web.things import present_address
from alskg.web.writing import STATUSES, Wish, deliver, refuse_unmet, taken

MERGE_PATCH = "application/merge-patch+json"
"""RFC 7396; a PATCH may also come as plain JSON."""
_DOOR = "things"
_CLAIM = ALS + "Claim"

Handle = Callable[[Request, str, Wish, str], Response]
"""What a door does: from the request, the name in its address, its parameters and its body."""


class Rename(BaseModel):
    """A thing, and the name that it is to bear."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    origin: Annotated[str, Parameter(alias="from", description="The thing: collection/name, CURIE or IRI.")]
    to: Annotated[str, Parameter(description="Its new name, in the same collection.")]


class Merge(BaseModel):
    """A thing, and the one that it is to be made one with."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    origin: Annotated[str, Parameter(alias="from", description="The thing that goes: collection/name, CURIE or IRI.")]
    into: Annotated[str, Parameter(description="The thing that stays.")]


def router(kg: KnowledgeGraph) -> APIRouter:
    """The routes that write one thing of each class, those for claims, and those that change what a thing is called."""
    routes = rooms()
    for class_ in kg.schema.collections.values():
        routes.tags = [str(class_.collection)]
        if class_.iri == _CLAIM:
            add_claims(routes, kg, class_)
        # A thing in a role is written where it stands.
        if not class_.is_role:
            _add_thing(routes, kg, class_)
    routes.tags = ["changes"]
    _add_renaming(routes, kg)
    return routes


def _add_thing(routes: APIRouter, kg: KnowledgeGraph, class_: Class) -> None:
    whole, some = {"schema": written(class_)}, {"schema": {"$ref": f"#/components/schemas/{class_.name}Form"}}
    for method, handle, about, form, media_types in (
        ("PUT", _put(kg, class_), f"Write one {class_.label} as a whole, a new one too", whole, (JSON.media_type,)),
        (
            "PATCH",
            _patch(kg, class_),
            f"Change some fields of one {class_.label}",
            some,
            (MERGE_PATCH, JSON.media_type),
        ),
    ):
        routes.add_api_route(
            f"/{class_.collection}/{{name}}",
            _handler(kg, handle, Wish),
            methods=[method],
            name=f"{method.lower()} {class_.slug}",
            summary=about,
            description="Send the revision that you looked at as If-Match. What GET answers can be sent back. Needs a "
            "token.",
            responses={**responses(PAGE, None, *STATUSES, 409, 410), **CREATED, **PROPOSED},
            openapi_extra={"requestBody": {"required": True, "content": dict.fromkeys(media_types, form)}},
        )
    is_claim = class_.iri == _CLAIM
    routes.add_api_route(
        f"/{class_.collection}/{{name}}",
        _handler(kg, _delete(kg, class_), Retract if is_claim else Wish),
        methods=["DELETE"],
        name=f"delete {class_.slug}",
        summary="Take one claim back, with a reason" if is_claim else f"Remove one {class_.label}",
        description="It is kept with when, by whom and why, and is gone from answers. Needs a token."
        if is_claim
        else "Send the revision that you looked at as If-Match. Refused where anything refers to it. Needs a token.",
        responses={**responses(PAGE, None, *STATUSES, 409, 410), **CREATED, **PROPOSED},
    )


def _handler(kg: KnowledgeGraph, handle: Handle, model: type[Wish]) -> Callable[..., Awaitable[Response]]:
    async def take(
        request: Request,
        name: Annotated[str, Path(description="The last part of the thing's IRI.")],
        query: Annotated[model, Query()],  # type: ignore[valid-type]
    ) -> Response:
        return await taken(kg, request, lambda body: handle(request, name, cast("Wish", query), body))

    return take


def _put(kg: KnowledgeGraph, class_: Class) -> Handle:
    def put(request: Request, name: str, wish: Wish, body: str) -> Response:
        is_there = bool(_standing(kg, class_, name))

        def build(agent: Agent) -> Changeset:
            _refuse_elsewhere(kg, class_, name)
            refuse_unmet(kg, request, class_.label, is_there=is_there)
            draft = thing_draft(kg, class_, name, _document(request, body, (JSON.media_type,)), is_whole=True)
            verb = "Writes" if is_there else "Adds"
            return _changeset(draft, f"{verb} {class_.label} {name}", agent, wish)

        return deliver(kg, request, wish, build, base_required=is_there)

    return put


def _patch(kg: KnowledgeGraph, class_: Class) -> Handle:
    def patch(request: Request, name: str, wish: Wish, body: str) -> Response:
        def build(agent: Agent) -> Changeset:
            _refuse_elsewhere(kg, class_, name)
            find(kg, class_, name)
            refuse_unmet(kg, request, class_.label, is_there=True)
            document = _document(request, body, (MERGE_PATCH, JSON.media_type))
            draft = thing_draft(kg, class_, name, document, is_whole=False)
            return _changeset(draft, f"Changes {', '.join(document)} of {class_.label} {name}", agent, wish)

        return deliver(kg, request, wish, build, base_required=bool(_standing(kg, class_, name)))

    return patch


def _delete(kg: KnowledgeGraph, class_: Class) -> Handle:
    def delete(request: Request, name: str, wish: Wish, body: str) -> Response:
        if isinstance(wish, Retract):
            return retract(kg, request, class_, name, wish, body)

        def build(agent: Agent) -> Changeset:
            _refuse_elsewhere(kg, class_, name)
            draft = removal_draft(kg, live_member(kg, class_, name))
            refuse_unmet(kg, request, class_.label, is_there=True)
            return _changeset(draft, f"Removes {class_.label} {name}", agent, wish)

        # What others wrote of it would go unseen. A claim is kept, and needs no more than the reason.
        return deliver(kg, request, wish, build, base_required=bool(_standing(kg, class_, name)))

    return delete


def _standing(kg: KnowledgeGraph, class_: Class, name: str) -> list[Any]:
    """What is said of the thing that bears the name in a class's own namespace."""
    try:
        return list(live_quads(kg.present, minted(class_, name)))
    except BadParameter:
        return []


def _refuse_elsewhere(kg: KnowledgeGraph, class_: Class, name: str) -> None:
    """
    Nothing, where a class's own namespace is the place for a thing of that name.

    Raises:
        Conflict: the name is an earlier one.
        Gone: it was taken back.
    """
    minted(class_, name)
    if not _standing(kg, class_, name) and (later := present_address(kg, class_, name)):
        raise Conflict(f"{name!r} is an earlier name of {later}. Write that one, or take another name.", url=later)


def _document(request: Request, body: str, media_types: tuple[str, ...]) -> Given:
    media_type = media_type_of(request)
    if media_type not in media_types:
        raise UnsupportedMedia(
            f"{request.method} takes {' or '.join(media_types)} here, not {media_type or '(no media type)'}.",
            available=list(media_types),
        )
    value = json_of(body)
    if not isinstance(value, dict):
        raise BadParameter(f"Write the thing as a JSON object, not {shown(value)}.")
    return cast("Given", value)


def _changeset(draft: Draft, usual: str, agent: Agent, wish: Wish) -> Changeset:
    message = (wish.message or "").strip() or usual
    return Changeset(message, agent.name, draft.added, draft.removed, about=(draft.iri,), door=_DOOR)


def _add_renaming(routes: APIRouter, kg: KnowledgeGraph) -> None:
    for path, model, about in (
        ("/rename", Rename, "Give a thing another name"),
        ("/merge", Merge, "Make one thing of two"),
    ):
        routes.add_api_route(
            path,
            _renaming(kg, model),
            methods=["POST"],
            name=f"{path[1:]} thing",
            summary=about,
            description="All that refers to it is rewritten with it, and the old IRIs lead to the new ones. Where the "
            "thing has mappings, this takes the scope `admin`. Needs a token.",
            responses={**responses(PAGE, None, *STATUSES, 409), **CREATED, **PROPOSED},
            openapi_extra={"requestBody": body_of(model)},
        )


def _renaming(kg: KnowledgeGraph, model: type[Rename] | type[Merge]) -> Callable[..., Awaitable[Response]]:
    async def take(request: Request, query: Annotated[Wish, Query()]) -> Response:
        return await taken(kg, request, lambda body: _rename(kg, request, query, model, body))

    return take


def _rename(kg: KnowledgeGraph, request: Request, wish: Wish, model: type[Rename] | type[Merge], body: str) -> Response:
    @cache
    def renaming() -> Renaming:
        asked = read_json(body, model)
        if isinstance(asked, Rename):
            return renamed(kg, asked.origin, asked.to)
        return merged(kg, asked.origin, asked.into)

    def build(agent: Agent) -> Changeset:
        found = renaming()
        change = _changeset(Draft("", found.added, found.removed), summary(found), agent, wish)
        return replace(change, kept=found.kept)

    def more(document: Document) -> Document:
        found = renaming()
        return {
            "replaced": [{"from": was, "to": now, "url": path_of(kg, now)} for was, now in found.replaced.items()],
            "dropped": [_dropped(kg, triple, found.replaced) for triple in found.dropped],
            "summary": f"{document['summary']}{_lost(found.dropped)}",
        }

    return deliver(kg, request, wish, build, more=more)


def _lost(dropped: Sequence[ox.Triple]) -> str:
    names = ", ".join(dict.fromkeys(local_name(plain(triple.predicate)) for triple in dropped))
    return f" Not taken over: {names}; see `dropped` for what it was, and for what stands instead." if names else ""


def _dropped(kg: KnowledgeGraph, triple: ox.Triple, replaced: Mapping[str, str]) -> Document:
    """A value of the thing that goes which the one that stays doesn't get, with the value that it has instead."""
    subject, property_ = plain(triple.subject), plain(triple.predicate)
    now = replaced.get(subject, subject)
    kept = objects(kg.present, now, property_)
    return {
        "thing": link_to(kg, subject, None),
        "property": local_name(property_),
        "value": value_of(kg, triple.object, None),
        **({"kept": value_of(kg, kept[0], None)} if kept else {}),
        "nquads": f"{triple} .",
    }
