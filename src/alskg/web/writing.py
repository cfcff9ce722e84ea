"""What every door that takes changes has in common: who asks, what it rests on, whether it is only weighed."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import Request
from pydantic import AliasChoices, BaseModel
from pydantic import Field as Parameter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from alskg.access import Agent, Scope
from alskg.changes import Outcome, commit, foreseen, weigh
from alskg.changeset import Changeset
from alskg.descriptions import contexts
from alskg.errors import BadParameter, BaseRequired, StaleBase, Unmet
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import HTML, JSON, Format
from alskg.proposals import propose
from alskg.web.access import authorised
from alskg.web.bodies import text_of
from alskg.web.documents import Document
from alskg.web.outcomes import More, format_of, send_outcome
from alskg.web.parameters import STRICT, FormatName, flag, refuse_repeated, refuse_unknown_parameters
from alskg.web.respond import send_json, send_page

Build = Callable[[Agent], Changeset]
"""From who asks to what is to be changed."""

_TAG = re.compile(r'\s*(W/)?("?)([\x21\x23-\x2b\x2d-\x7e]*)\2\s*', re.ASCII)
"""One of the entity tags in a list: whether it's weak, its quote, and what it holds; a comma would be of the list."""
_REVISION = re.compile(r"(\d{1,15})(?:-[0-9a-f]+(?:-[a-z]+)?)?", re.ASCII)
"""A revision, or what the entity tag of an answer holds (see `preconditions.tag_of`), which begins with one."""

STATUSES = (400, 401, 403, 404, 406, 412, 413, 415, 422, 428, 503)
"""The problems that a door for changes can answer with."""


class Wish(BaseModel):
    """What a caller may say about a change, beside the change itself."""

    model_config = STRICT
    dry_run: Annotated[bool, Parameter(description="Only say what would happen; nothing is written.")] = False
    propose: Annotated[
        bool, Parameter(description="Keep it as a proposal, for somebody to accept who may publish.")
    ] = False
    message: Annotated[str | None, Parameter(description="What the change is for; history keeps it.")] = None
    purge: Annotated[
        bool, Parameter(description="Let claims vanish without a record of their retraction; for administrators.")
    ] = False
    format: FormatName = None


def wish_of(given: Mapping[str, Sequence[str]], standard: Iterable[str], message: str) -> Wish:
    """
    The wish in the parameters of a door whose other ones are the standard's; `message` is for who gives none.

    Raises:
        BadParameter: a flag is neither true nor false, one is given more than once, or there is no such parameter.
    """
    refuse_unknown_parameters(given, [*standard, *Wish.model_fields])
    refuse_repeated(((name, value) for name, values in given.items() for value in values), Wish.model_fields)
    return Wish(
        dry_run=flag(given, "dry_run"),
        propose=flag(given, "propose"),
        purge=flag(given, "purge"),
        message=next(iter(given.get("message", ())), "") or message,
        format=next(iter(given.get("format", ())), None),
    )


class Said(BaseModel):
    """Words that go with a decision."""

    model_config = STRICT
    message: Annotated[str, Parameter(validation_alias=AliasChoices("message", "reason"))] = ""


def base_of(request: Request, now: int, *, required: bool = False) -> int | None:
    """
    The revision that a change rests on, from If-Match (RFC 9110, section 13.1.1); None for `*` and where there is none.

    Of several tags each would do to the caller, so that the newest decides which there is at `now`.

    Raises:
        BaseRequired: there is none, and it is required.
        StaleBase: none of its tags names a revision, so that it matches nothing; neither does a weak tag.
        BadParameter: it is no entity tag, nor a list of some.
    """
    header = request.headers.get("if-match")
    if header is None:
        if required:
            raise BaseRequired(
                'Send the revision that you looked at as If-Match: "12" (GET says it in the header X-Alskg-Revision, '
                "and in meta.revision of its JSON), so that nobody's change is overwritten; or If-Match: * to change "
                "whatever is there."
            )
        return None
    if header.strip() == "*":
        return None
    revisions = list(_revisions(header))
    if not revisions:
        raise StaleBase(
            f'If-Match: {header} matches nothing here. Send the number in X-Alskg-Revision as "12", or the ETag of '
            "what you looked at; a weak one (W/) matches nothing.",
            revision=now,
        )
    return max((revision for revision in revisions if revision <= now), default=min(revisions))


def _revisions(header: str) -> Iterator[int]:
    """The revisions that the strong ones of some entity tags name."""
    for tag in header.split(","):
        found = _TAG.fullmatch(tag)
        # A bare number is let pass, since that is what X-Alskg-Revision says.
        if found is None or (not found[2] and not _REVISION.fullmatch(found[3])):
            raise BadParameter(
                f'If-Match: {header} is no entity tag; write the number in X-Alskg-Revision as "12", or the ETag of '
                "what you looked at, or *.",
                parameter="If-Match",
            )
        if not found[1] and (revision := _REVISION.fullmatch(found[3])):
            yield int(revision[1])


def refuse_unmet(kg: KnowledgeGraph, request: Request, what: str, *, is_there: bool) -> None:
    """
    Nothing, where the conditions hold under which something of a kind is to be written (RFC 9110, section 13.1).

    Which revision it rests on is no matter of these (see `base_of`).

    Raises:
        Unmet: one doesn't.
    """
    if is_there and (header := request.headers.get("if-none-match")):
        named = {tag.strip().removeprefix("W/").strip('"').partition("-")[0] for tag in header.split(",")}
        if named & {"*", str(kg.present.state.revision)}:
            raise Unmet(f"There is a {what} of that name already (If-None-Match: {header}); nothing was written.")
    if not is_there and request.headers.get("if-match", "").strip() == "*":
        raise Unmet(f"There is no {what} of that name (If-Match: *); nothing was written.")


def own_bases(kg: KnowledgeGraph, request: Request) -> tuple[str, str]:
    """Where this server is: as the caller reaches it, and as its settings say."""
    return str(request.base_url), kg.settings.base_url


def own_context(kg: KnowledgeGraph, request: Request) -> dict[str, object]:
    """This server's JSON-LD context under each address that it has: by the IRIs here, and as the caller reaches it."""
    return contexts(kg.schema, own_bases(kg, request))


def deliver(
    kg: KnowledgeGraph,
    request: Request,
    wish: Wish,
    build: Build,
    *,
    base_required: bool = False,
    more: More | None = None,
) -> Response:
    """
    Weighs, proposes or makes a change, as the caller wishes and may; blocking, so call it in a thread.

    `more` adds what the door has to say beside what every change is answered with.

    Raises:
        Unauthenticated, Forbidden: who asks isn't known, or lacks the scope.
        BadParameter: what the caller wishes is said more than once.
        BaseRequired: If-Match is missing.
        See `changes.commit`.
    """
    scope = Scope.ADMIN if wish.purge else Scope.CURATE if wish.dry_run or wish.propose else Scope.PUBLISH
    agent = authorised(kg, request, scope, may_propose=True)
    refuse_repeated(request.query_params.multi_items(), type(wish).model_fields)
    format_ = format_of(request)
    # What is to be written only where nothing is rests on no revision; its door refuses it (see `refuse_unmet`).
    is_new = request.headers.get("if-none-match", "").strip() == "*"
    required = base_required and not wish.dry_run and not is_new
    base = base_of(request, kg.present.state.revision, required=required)

    def built() -> Changeset:
        change = build(agent)
        # A patch may name the revision that it rests on, too; then both must hold.
        bases = sorted(one for one in (base, change.base) if one is not None)
        # One that is still to come holds as little as one that is past.
        ahead = [one for one in bases if one > kg.present.state.revision]
        rests_on = next(iter((*ahead, *bases)), None)
        return replace(change, base=rests_on, may_change_ontology=agent.may(Scope.ADMIN), may_purge=wish.purge)

    if wish.propose and not wish.dry_run:
        return proposed(kg, request, format_, built(), more)
    if not wish.dry_run:
        return send_outcome(kg, request, format_, _committed(kg, built), is_dry_run=False, more=more)
    change = built()
    wanting = {"message": not change.message, "If-Match": base_required and "if-match" not in request.headers}
    told = _wanting(more, [name for name, is_missing in wanting.items() if is_missing])
    return send_outcome(kg, request, format_, weigh(kg, change), is_dry_run=True, more=told)


_WANTED = {
    "message": "To be made, it wants a message: what it is for.",
    "If-Match": "To be made, it wants If-Match: the revision that you looked at.",
}


def _wanting(more: More | None, missing: Sequence[str]) -> More | None:
    """What a door adds to the answer to a dry run, and what the change itself wants that was left out."""
    if not missing:
        return more

    def told(document: Document) -> Document:
        added = more(document) if more else {}
        summary = " ".join([str(added.get("summary", document["summary"])), *(_WANTED[name] for name in missing)])
        return {**added, "summary": summary, "missing": list(missing)}

    return told


def _committed(kg: KnowledgeGraph, built: Callable[[], Changeset]) -> Outcome:
    """
    Builds a change from what is there, and makes it.

    Building may take long, as a WHERE does, and the others need not wait for it; but where the graph has moved on
    meanwhile, it is built again while nobody else can write, so that no change rests on what isn't so any more.
    """
    now = kg.present.state.revision
    change = built()
    ahead = foreseen(kg, change)
    with kg.gate.turn():
        return commit(kg, change if kg.present.state.revision == now else built(), ahead=ahead)


def proposed(
    kg: KnowledgeGraph, request: Request, format_: Format, change: Changeset, more: More | None = None
) -> Response:
    """202 with the place of the new proposal, and whether it would pass today; 200 where it changes nothing."""
    outcome, proposal = propose(kg, change)
    if proposal is None:
        return send_outcome(kg, request, format_, outcome, is_dry_run=False, more=more)
    url = f"/proposals/{proposal.number}"
    body = {
        "summary": f"Proposal {proposal.number} waits for somebody who may publish it.",
        "proposal": proposal.number,
        "url": url,
        "conforms": outcome.conforms,
    }
    headers = {"Location": url}
    if format_ is HTML:
        return send_page(request, f"Proposal {proposal.number}", body, headers, 202)
    return send_json(body, JSON, headers, 202)


async def taken(
    kg: KnowledgeGraph, request: Request, handle: Callable[[str], Response], bytes_max: int | None = None
) -> Response:
    """The body of a request handed to a function that blocks, in a thread."""
    body = await text_of(request, bytes_max or kg.settings.change_bytes_max, "ALSKG_CHANGE_BYTES_MAX")
    return await run_in_threadpool(handle, body)
