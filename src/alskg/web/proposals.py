"""Door 7, /proposals: changes that wait, what the gate says of them today, and who accepts or declines them."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel
from pydantic import Field as Parameter
from starlette.responses import RedirectResponse, Response

from alskg.access import Scope
from alskg.errors import BadParameter, NotAcceptable, RequestError
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import HTML, JSON, Format
from alskg.proposals import STATES, Proposal, accept, comment, decline, proposal_numbered, proposals, weighed_now
from alskg.web.access import authorised
from alskg.web.bodies import read_json
from alskg.web.documents import Document
from alskg.web.openapi import body_of, responses, rooms
from alskg.web.outcomes import format_of, outcome_document, send_outcome
from alskg.web.parameters import STRICT, FormatName, FormatOnly, refuse_repeated
from alskg.web.respond import NOT_KEPT, NOTICE, send, send_json, send_page, wanted
from alskg.web.writing import STATUSES, Said, base_of, taken

PAGE = (JSON, HTML)
_READING = "Reading what is proposed"
Number = Annotated[int, Path(ge=1, description="The proposal's number.")]


class _ProposalList(BaseModel):
    model_config = STRICT
    state: Annotated[str | None, Parameter(description=f"Only those that are {', '.join(STATES)}.")] = None
    format: FormatName = None


class _Decision(BaseModel):
    model_config = STRICT
    format: FormatName = None


class _Acceptance(_Decision):
    dry_run: Annotated[
        bool, Parameter(description="Only say what would happen; nothing is written, and it stays open.")
    ] = False


def router(kg: KnowledgeGraph) -> APIRouter:
    """Listing, looking, commenting, accepting and declining."""
    routes = rooms("proposals")
    _tell(routes, kg)
    _decide(routes, kg)
    return routes


def _tell(routes: APIRouter, kg: KnowledgeGraph) -> None:
    @routes.get(
        "/proposals",
        name="list proposals",
        summary="Changes that were proposed, the newest first",
        responses=responses(PAGE, None, 401, 403),
    )
    def listing(request: Request, query: Annotated[_ProposalList, Query()]) -> Response:
        format_ = wanted(request, PAGE)
        if _is_of_visitor(request, format_):
            return RedirectResponse("/curate/proposals", 303, NOT_KEPT)
        authorised(kg, request, Scope.CURATE, _READING)
        if query.state is not None and query.state not in STATES:
            raise BadParameter(f"state={query.state}: there are {', '.join(STATES)}.", parameter="state")
        items = [_entry(proposal) for proposal in proposals(kg, query.state)]
        return send(request, format_, {"total": len(items), "items": items, "notice": NOTICE}, "Proposals", NOT_KEPT)

    @routes.get(
        "/proposals/{number}",
        name="get proposal",
        summary="One proposal: the diff against the graph as it stands, what the gate says of it, the comments",
        responses=responses(PAGE, None, 401, 403, 404),
    )
    def one(request: Request, number: Number, query: Annotated[FormatOnly, Query()]) -> Response:
        format_ = wanted(request, PAGE)
        if _is_of_visitor(request, format_):
            return RedirectResponse(f"/curate/proposals/{number}", 303, NOT_KEPT)
        authorised(kg, request, Scope.CURATE, _READING)
        proposal = proposal_numbered(kg, number)
        body = {**_entry(proposal), "comments": [asdict(said) for said in proposal.comments]}
        return send(request, format_, body | _weighed(kg, proposal), f"Proposal {number}", NOT_KEPT)


def _is_of_visitor(request: Request, format_: Format) -> bool:
    """Whether somebody opened the address in a browser, who shows a token at the desk alone."""
    return format_ is HTML and "authorization" not in request.headers


def _weighed(kg: KnowledgeGraph, proposal: Proposal) -> Document:
    if proposal.state != "open":
        return {"patch": proposal.patch}
    try:
        return {
            "patch": proposal.patch,
            "today": outcome_document(kg, weighed_now(kg, proposal.number), is_dry_run=True),
        }
    except RequestError as error:
        # What stands in the way today is what a reviewer wants to know of it.
        return {"patch": proposal.patch, "today": {"conforms": False, "summary": str(error), **error.extra}}


def _entry(proposal: Proposal) -> Document:
    known = asdict(proposal)
    return {
        "url": f"/proposals/{proposal.number}",
        **{key: known[key] for key in ("number", "state", "agent", "time", "message", "base")},
        **{key: known[key] for key in ("decided_by", "decided_at", "revision") if known[key] is not None},
    }


def _decide(routes: APIRouter, kg: KnowledgeGraph) -> None:
    for name, model, decide, summary, statuses in (
        ("comments", _Decision, _commented, "Say something of a proposal", (404,)),
        (
            "accept",
            _Acceptance,
            _accepted,
            "Make the change that was proposed, if the gate lets it pass today",
            (*STATUSES, 409),
        ),
        ("decline", _Decision, _declined, "Close a proposal; who made it withdraws it", (404, 409)),
    ):
        routes.add_api_route(
            f"/proposals/{{number}}/{name}",
            _handler(kg, decide, model),
            methods=["POST"],
            name=f"{name} proposal",
            summary=summary,
            responses=responses(PAGE, None, 400, 401, 403, *statuses),
            openapi_extra={"requestBody": body_of(Said, required=name == "comments")},
        )


Decide = Callable[[KnowledgeGraph, Request, int, str, Any], Response]
"""What is done with a proposal: from its number, the words that go with it, and the parameters."""


def _handler(
    kg: KnowledgeGraph, decide: Decide, model: type[_Decision]
) -> Callable[[Request, int, _Decision], Awaitable[Response]]:
    async def handle(
        request: Request,
        number: Number,
        query: Annotated[model, Query()],  # type: ignore[valid-type]
    ) -> Response:
        refuse_repeated(request.query_params.multi_items(), model.model_fields)
        return await taken(kg, request, lambda body: decide(kg, request, number, _words(body), query))

    return handle


def _words(body: str) -> str:
    return read_json(body, Said).message.strip() if body.strip() else ""


def _commented(kg: KnowledgeGraph, request: Request, number: int, text: str, query: _Decision) -> Response:
    agent = authorised(kg, request, Scope.CURATE, "A comment")
    format_ = _format_of(request)
    if not text:
        raise BadParameter("message: write what you want to say.", parameter="message")
    said = comment(kg, number, agent.name, text)
    return _sent(request, format_, {**_entry(said), "comments": [asdict(c) for c in said.comments]}, 201)


def _accepted(kg: KnowledgeGraph, request: Request, number: int, text: str, query: _Acceptance) -> Response:
    agent = authorised(kg, request, Scope.CURATE if query.dry_run else Scope.PUBLISH)
    format_ = format_of(request)
    base = base_of(request, kg.present.state.revision)
    may_change_ontology = agent.may(Scope.ADMIN)
    if query.dry_run:
        outcome = weighed_now(kg, number, base, may_change_ontology=may_change_ontology)
    else:
        outcome = accept(kg, number, agent.name, text, base, may_change_ontology=may_change_ontology)
    return send_outcome(kg, request, format_, outcome, is_dry_run=query.dry_run)


def _declined(kg: KnowledgeGraph, request: Request, number: int, text: str, query: _Decision) -> Response:
    agent = authorised(kg, request, Scope.CURATE)
    format_ = _format_of(request)
    if proposal_numbered(kg, number).agent != agent.name:
        authorised(kg, request, Scope.PUBLISH)
    return _sent(request, format_, _entry(decline(kg, number, agent.name, text)))


def _format_of(request: Request) -> Format:
    """A page or JSON, which it is where none of what is asked for by Accept will do."""
    try:
        return wanted(request, PAGE)
    except NotAcceptable:
        if request.query_params.get("format"):
            raise
        return JSON


def _sent(request: Request, format_: Format, document: Document, status: int = 200) -> Response:
    if format_ is HTML:
        return send_page(request, f"Proposal {document['number']}", document, NOT_KEPT, status)
    return send_json(document, format_, None, status)
