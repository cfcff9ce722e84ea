"""Door 6, /changes: what is to be changed, and what was."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Annotated, Any, cast

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, create_model
from pydantic import Field as Parameter
from starlette.responses import Response

from alskg.access import Agent
from alskg.changeset import RDF_PATCH, READ, Changeset, patch_of, previous_of, quads_of
from alskg.errors import BadDocument, BadParameter, TooLarge, UnknownName, UnsupportedMedia
from alskg.history import Record, record_at, records, records_back, reverted_by
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import candidates, member_known_as, with_identifier
from alskg.media import HTML, JSON, JSON_LD, TRIG
from alskg.names import BASE, iri_of_name, slug
from alskg.reversal import restoring, reverting
from alskg.rules import is_described
from alskg.web.bodies import media_type_of, read_json
from alskg.web.denials import denials
from alskg.web.documents import Document
from alskg.web.openapi import body_of, responses, rooms
from alskg.web.outcomes import diff_document
from alskg.web.parameters import STRICT, FormatName, FormatOnly
from alskg.web.renderings import differences, provenance
from alskg.web.respond import LISTS, NOTICE, TRIPLES, next_members, send, send_graph, wanted
from alskg.web.writing import STATUSES, Said, Wish, deliver, own_bases, own_context, taken

PAGE = (JSON, HTML)
ONE = (JSON, RDF_PATCH, *TRIPLES, JSON_LD, HTML)
MEDIA_TYPES = (JSON.media_type, RDF_PATCH.media_type, *READ)

_STRICT_TEXT = Annotated[str, Parameter(min_length=1)]


class Retraction(BaseModel):
    """A claim to take back."""

    model_config = STRICT
    claim: _STRICT_TEXT
    reason: _STRICT_TEXT


class Change(BaseModel):
    """A change as plain JSON."""

    model_config = STRICT
    message: Annotated[str, Parameter(description="What the change is for; history keeps it.")] = ""
    add: Annotated[str, Parameter(description="Turtle or TriG; the declared prefixes need not be written.")] = ""
    remove: Annotated[str, Parameter(description="Turtle or TriG: just these triples.")] = ""
    retract: Annotated[list[Retraction], Parameter(description="Claims to take back, each with the reason.")] = []


def router(kg: KnowledgeGraph) -> APIRouter:
    """Making changes, and telling what was changed."""
    routes = rooms("changes")
    _take(routes, kg)
    _go_back(routes, kg)
    _tell(routes, kg)
    return routes


def _take(routes: APIRouter, kg: KnowledgeGraph) -> None:
    async def change(request: Request, query: Annotated[Wish, Query()]) -> Response:
        return await taken(kg, request, lambda body: deliver(kg, request, query, _built(kg, request, query, body)))

    routes.add_api_route(
        "/changes",
        change,
        methods=["POST"],
        name="post change",
        summary="Add and remove triples, retract claims",
        description="JSON with `message`, `add`, `remove` (Turtle or TriG) and `retract`; or one RDF Patch; or a "
        "document in Turtle, TriG, N-Triples, N-Quads or JSON-LD, all of which is added. A triple without a graph "
        "belongs where its subject is described. `dry_run=true` tells what would happen. Needs a token.",
        responses={**responses(PAGE, None, *STATUSES), 201: {"description": "A new revision."}},
        openapi_extra={"requestBody": body_of(Change, *MEDIA_TYPES[1:])},
    )


Back = Callable[[KnowledgeGraph, int, str, str], Changeset]
"""From a revision, who asks and why to the change that goes back."""


def _go_back(routes: APIRouter, kg: KnowledgeGraph) -> None:
    for verb, built, summary, about, statuses in (
        (
            "revert",
            reverting,
            "Take back one change, as a new revision",
            "Claims that it added are retracted. 409 where what it did was changed again since; the answer names that "
            "change.",
            (409,),
        ),
        (
            "restore",
            _restoring,
            "Make the graph what it was at a revision, as a new revision",
            "All that was changed since is taken back at once; claims that came since are retracted. `dry_run=true` "
            "tells what would come and go. Where the ontology was changed since, this takes the scope `admin`.",
            (),
        ),
    ):
        routes.add_api_route(
            f"/changes/{{revision}}/{verb}",
            _returning(kg, built),
            methods=["POST"],
            name=f"{verb} change",
            summary=summary,
            description=about,
            responses={**responses(PAGE, None, *STATUSES, *statuses), 201: {"description": "A new revision."}},
            openapi_extra={"requestBody": body_of(Said, required=False)},
        )


def _nothing_left(document: Document) -> Document:
    """What to say where going back has nothing to do: no error, since the graph is as was asked for."""
    diff = cast("dict[str, list[object]]", document["diff"])
    if not document["conforms"] or diff["added"] or diff["removed"]:
        return {}
    return {
        "summary": "Nothing changes: what is published is as it would be then already. What is kept of claims that "
        "were taken back stays; the scope `admin` can purge it."
    }


def _restoring(kg: KnowledgeGraph, revision: int, agent: str, message: str) -> Changeset:
    return restoring(kg, revision, agent, message, distance_max=kg.settings.revision_distance_max)


def _returning(kg: KnowledgeGraph, built: Back) -> Callable[..., Awaitable[Response]]:
    async def take(request: Request, revision: Annotated[int, Path(ge=1)], query: Annotated[Wish, Query()]) -> Response:
        def handle(body: str) -> Response:
            said = (read_json(body or "{}", Said).message or query.message or "").strip()
            return deliver(
                kg,
                request,
                query,
                lambda agent: replace(built(kg, revision, agent.name, said), door="changes"),
                more=_nothing_left,
            )

        return await taken(kg, request, handle)

    return take


def _built(kg: KnowledgeGraph, request: Request, query: Wish, body: str) -> Callable[[Agent], Changeset]:
    """The changeset of a request, once it is known who asks."""
    media_type = media_type_of(request)

    def build(agent: Agent) -> Changeset:
        if media_type == JSON.media_type:
            return _of_json(kg, agent, read_json(body, Change), query)
        if media_type == RDF_PATCH.media_type or media_type in RDF_PATCH.aliases:
            patch = patch_of(body)
            base = previous_of(body, own_bases(kg, request))
            return Changeset(_said(query), agent.name, patch.added, patch.removed, base=base, door="changes")
        if media_type not in READ:
            raise UnsupportedMedia(
                f"Content-Type {media_type or '(none)'} is not read here; send {', '.join(MEDIA_TYPES)}.",
                available=list(MEDIA_TYPES),
            )
        added = quads_of(body, media_type, kg.schema.prefixes, own_context(kg, request), kg.settings.change_quads_max)
        return Changeset(_said(query), agent.name, tuple(added), door="changes")

    return build


def _of_json(kg: KnowledgeGraph, agent: Agent, change: Change, query: Wish) -> Changeset:
    added, removed = (tuple(_read(kg, text, name)) for name, text in (("add", change.add), ("remove", change.remove)))
    if not added and not removed and not change.retract:
        raise BadParameter("The change is empty: write triples into `add` or `remove`, or claims into `retract`.")
    message = change.message.strip() or (query.message or "").strip()
    if not message and not query.dry_run:
        raise BadParameter("message: say what the change is for; history keeps it.", parameter="message")
    retracted = tuple((_claim(kg, one.claim), one.reason.strip()) for one in change.retract)
    return Changeset(message, agent.name, added, removed, retracted=retracted, door="changes")


def _read(kg: KnowledgeGraph, text: str, name: str) -> Iterable[Any]:
    try:
        # TriG holds Turtle.
        return quads_of(text, TRIG.media_type, kg.schema.prefixes, {}, kg.settings.change_quads_max)
    except BadDocument as error:
        raise BadDocument(f"{name}: {error}", **error.extra) from error


def _claim(kg: KnowledgeGraph, name: str) -> str:
    if "://" in name:
        return name
    prefix, colon, local = name.partition(":")
    return kg.schema.prefixes.get(prefix, f"{prefix}:") + local if colon else f"{BASE}claims/{name}"


def _said(query: Wish) -> str:
    if not (query.message or "").strip() and not query.dry_run:
        raise BadParameter(
            "message: say what the change is for, as ?message=...; history keeps it.", parameter="message"
        )
    return (query.message or "").strip()


def _log_model(kg: KnowledgeGraph) -> type[BaseModel]:
    most = kg.settings.page_items_max
    since = Parameter(ge=0, description="Only changes after this revision, the oldest first, for those who follow.")
    cursor = Parameter(ge=1, description="Where the last page ended: its `nextCursor`.")
    limit = Parameter(ge=1, le=most, description=f"How many changes; at most {most}.")
    node = Parameter(description="Only changes that touched this node: its IRI, CURIE, address here or name.")
    return create_model(
        "Log",
        __config__=STRICT,
        since=(Annotated[int | None, since], None),
        cursor=(Annotated[int | None, cursor], None),
        node=(Annotated[str | None, node], None),
        limit=(Annotated[int, limit], min(kg.settings.page_items_default, most)),
        format=(FormatName, None),
    )


def _tell(routes: APIRouter, kg: KnowledgeGraph) -> None:
    model = _log_model(kg)

    @routes.get(
        "/changes",
        name="list changes",
        summary="What was changed, the newest first; or since a revision, the oldest first",
        responses=responses(LISTS, None, 404),
    )
    def log(request: Request, query: Annotated[model, Query()]) -> Response:  # type: ignore[valid-type]
        return _log(kg, request, query)

    @routes.get(
        "/changes/{revision}",
        name="get change",
        summary="One change: who, when, why, and the diff; also as RDF Patch",
        responses=responses(ONE, None, 404, 413),
    )
    def one(request: Request, revision: Annotated[int, Path(ge=1)], query: Annotated[FormatOnly, Query()]) -> Response:
        format_ = wanted(request, ONE)
        record = record_at(kg.present, revision)
        if format_ is RDF_PATCH:
            return Response(record.text, 200, {"Vary": "Accept"}, f"{RDF_PATCH.media_type}; charset=utf-8")
        patch = record.patch
        if format_ not in (JSON, HTML):
            _refuse_large(kg, len(patch.added) + len(patch.removed))
            return send_graph(kg, differences(record), format_)
        taken_back = reverted_by(kg.present, revision)
        body = {
            **change_document(record),
            **({"revertedBy": taken_back} if taken_back else {}),
            "diff": diff_document(kg, kg.present, patch.added, patch.removed, revision),
            "notice": NOTICE,
        }
        return send(
            request,
            format_,
            body,
            f"Revision {revision}",
            view="change",
            more=lambda: {"denials": denials(kg, (*patch.added, *patch.removed))},
        )


def _refuse_large(kg: KnowledgeGraph, triples: int) -> None:
    most = kg.settings.answer_rows_max
    if triples > most:
        raise TooLarge(
            f"The change has {triples:,} triples; up to {most:,} are written as statements (ALSKG_ANSWER_ROWS_MAX). "
            "As RDF Patch, it comes as a whole.",
            limit="answer_rows_max",
        )


def _log(kg: KnowledgeGraph, request: Request, query: Any) -> Response:
    format_ = wanted(request, LISTS)
    now = kg.present.state.revision
    nodes = None if query.node is None else _nodes_called(kg, query.node.strip())
    found: list[Record] = []
    forward = query.since is not None
    start = max(query.since or 0, (query.cursor or 0) if forward else 0)
    numbers: Iterable[int] = range(start, now) if forward else range((query.cursor or now + 1) - 2, -1, -1)
    for number in numbers:
        for record in records(kg.present, number, number + 1):
            if nodes is None or record.concerns(nodes):
                found.append(record)
        if len(found) > query.limit:
            break
    page = found[: query.limit]
    cursor = page[-1].revision if len(found) > len(page) else None
    if format_ not in (JSON, HTML):
        members = next_members(request, cursor)
        more = {"Link": f'<{members["next"]}>; rel="next"'} if members else {}
        return send_graph(kg, provenance(page), format_, {"X-Alskg-Revision": str(now), **more})
    body: Document = {
        "revision": now,
        "items": [change_document(record) for record in page],
        **next_members(request, cursor),
        "notice": NOTICE,
    }
    headers = {"X-Alskg-Revision": str(now)}
    return send(request, format_, body, "History", headers, "changes", lambda: {"node": query.node})


def _nodes_called(kg: KnowledgeGraph, wish: str) -> frozenset[str]:
    """
    The nodes that a caller means by an IRI, a CURIE, an address here, a name or a label; of today or of the history.

    Raises:
        BadParameter: it can't be understood, as a prefix that is not declared.
        UnknownName: nothing is called so, and no change touched such a node.
    """
    path = wish.removeprefix("/")
    if "/" in path and "://" not in wish:
        nodes = [iri_of_name(path)]
    else:
        nodes = [node.value for node in candidates(kg, slug(wish) if " " in wish else wish)]
        nodes += with_identifier(kg, wish) if ":" in wish else []
    if there := [node for node in nodes if is_described(kg.present, node)]:
        return frozenset(there)
    if any(record.concerns(frozenset(nodes)) for record in records_back(kg.present, 0)):
        return frozenset(nodes)
    classes = [class_ for class_ in kg.schema.classes.values() if class_.collection]
    if known := [iri for class_ in classes if (iri := member_known_as(kg, class_, wish))]:
        return frozenset(known)
    raise UnknownName(
        f"node={wish}: nothing is called so, and no change touched it. Write an IRI, a CURIE, an address here "
        "(/collection/name) or a name.",
        parameter="node",
    )


def change_document(record: Record) -> Document:
    """What is told of every change: which, who, when, why, and how much."""
    patch = record.patch
    return {
        **record.told,
        "door": record.door,
        **({"reverts": record.reverts} if record.reverts is not None else {}),
        "added": len(patch.added),
        "removed": len(patch.removed),
    }
