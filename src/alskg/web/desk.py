"""Door 10, /curate: forms for people who change the graph; each ends in the same dry run and commit as every door."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alskg.access import Agent, Scope
from alskg.authorisation import authorised_by
from alskg.changes import commit, refuse_wordless, weigh
from alskg.changeset import Changeset
from alskg.errors import BadParameter, Forbidden, RequestError, StaleBase, Unauthenticated
from alskg.knowledge_graph import KnowledgeGraph
from alskg.proposals import propose
from alskg.web.access import issuer_of, tokens_in
from alskg.web.bodies import text_of
from alskg.web.documents import Document
from alskg.web.entries import Form, with_problems, with_results
from alskg.web.outcomes import outcome_document
from alskg.web.respond import send_page
from alskg.web.sessions import (
    PATH,
    Session,
    Sessions,
    give_cookie,
    refuse_from_elsewhere,
    refuse_unmarked,
    take_cookie,
)
from alskg.web.tasks import Task, task_of

FIELDS_MAX = 1_000
PRIVATE = {"Cache-Control": "no-store"}
"""What one person sees is kept by nobody."""

Handle = Callable[[Request, Form | None, str], Response]


@dataclass(frozen=True)
class Asked:
    """Who asks, in which session."""

    session: Session
    agent: Agent


def router(kg: KnowledgeGraph) -> APIRouter:
    """Signing in and out, and one route for each kind of work."""
    routes = APIRouter(include_in_schema=False)
    desk = Desk(kg)

    def add(path: str, handle: Handle, methods: Sequence[str]) -> None:
        async def endpoint(request: Request) -> Response:
            form = await _form_of(kg, request) if request.method == "POST" else None
            return await run_in_threadpool(handle, request, form, str(request.path_params.get("rest", "")))

        routes.add_api_route(path, endpoint, methods=[*methods])

    add(PATH, desk.entrance, ["GET"])
    add(f"{PATH}/sign-in", desk.sign_in, ["POST"])
    add(f"{PATH}/sign-out", desk.sign_out, ["POST"])
    add(f"{PATH}/{{rest:path}}", desk.work, ["GET", "POST"])
    return routes


async def _form_of(kg: KnowledgeGraph, request: Request) -> Form:
    body = await text_of(request, kg.settings.change_bytes_max, "ALSKG_CHANGE_BYTES_MAX")
    try:
        return parse_qs(body, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError as error:
        raise BadParameter(f"The form can't be read: {error}.") from error


def first(form: Form | None, name: str) -> str:
    """The first value of a field, without spaces around it; "" where there is none."""
    return next(iter((form or {}).get(name, ())), "").strip()


class Desk:
    """The pages of a curator."""

    def __init__(self, kg: KnowledgeGraph) -> None:
        self._kg = kg
        self._sessions = Sessions(kg.settings)

    def entrance(self, request: Request, form: Form | None, rest: str) -> Response:
        """The desk of who is signed in; for others, where to sign in."""
        asked = self._asked(request)
        if asked is None:
            shown = {"next": request.query_params.get("next", ""), "wrong": ""}
            return self._page(request, "Sign in", "sign_in", shown)
        own = [c for c in self._kg.schema.collections.values() if c.namespace]
        classes = sorted(((c.plural, str(c.collection)) for c in own), key=lambda pair: pair[0])
        return self._page(request, "Your desk", "desk", {"asked": asked, "classes": classes})

    def sign_in(self, request: Request, form: Form | None, rest: str) -> Response:
        """A session for whoever shows a token."""
        refuse_from_elsewhere(request)
        header = f"Bearer {first(form, 'token')}"
        next_ = first(form, "next")
        try:
            self._agent(header, Scope.CURATE)
        except (Unauthenticated, Forbidden) as error:
            shown = {"next": next_, "wrong": str(error)}
            return self._page(request, "Sign in", "sign_in", shown, error.status)
        secret = self._sessions.begin(header)
        # Only to a page of the desk: an address of another site would be a trap.
        response = RedirectResponse(next_ if next_.startswith(f"{PATH}/") else PATH, 303, PRIVATE)
        give_cookie(response, request, self._kg.settings, secret)
        return response

    def sign_out(self, request: Request, form: Form | None, rest: str) -> Response:
        """The session ends."""
        refuse_from_elsewhere(request)
        session = self._sessions.of(request)
        if session is not None:
            refuse_unmarked(session, first(form, "mark"))
            self._sessions.end(request)
        response = RedirectResponse(PATH, 303, PRIVATE)
        take_cookie(response)
        return response

    def work(self, request: Request, form: Form | None, rest: str) -> Response:
        """One piece of work: its form, its dry run, or the change itself."""
        asked = self._asked(request)
        if asked is None:
            here = "?".join(filter(None, (request.url.path, request.url.query)))
            return RedirectResponse(f"{PATH}?next={quote(here)}", 303, PRIVATE)
        if form is not None:
            refuse_from_elsewhere(request)
            refuse_unmarked(asked.session, first(form, "mark"))
        given = form if form is not None else parse_qs(request.url.query)
        task = task_of(self._kg, rest, given, asked.agent)
        if form is None:
            return self._shown(request, asked, task)
        if task.decide is not None:
            try:
                return RedirectResponse(task.decide(asked.agent, form), 303, PRIVATE)
            except RequestError as error:
                # As it stands now: somebody else may have decided.
                task = task_of(self._kg, rest, given, asked.agent)
                more = {"wrong": [str(error)], "message": first(form, "message")}
                return self._shown(request, asked, task, more, error.status)
        return self._done(request, asked, replace(task, rows=[row.filled(form) for row in task.rows]), form)

    def _done(self, request: Request, asked: Asked, task: Task, form: Form) -> Response:
        """What becomes of a form: a dry run, a proposal or a new revision; or the form again, with what is wrong."""
        action = first(form, "action")
        needed = Scope.PUBLISH if action == "commit" else Scope.CURATE
        agent = self._agent(asked.session.header, needed)
        base = first(form, "base")
        kept = {"message": first(form, "message")}
        try:
            change = self._change(task, agent, form, int(base) if base.isdecimal() else None)
            if action in ("commit", "propose"):
                refuse_wordless(change.message)
            if action == "propose":
                return RedirectResponse(f"{PATH}/proposals/{propose(self._kg, change).number}", 303, PRIVATE)
            outcome = commit(self._kg, change) if action == "commit" else weigh(self._kg, change)
        except RequestError as error:
            where = str(error.extra.get("parameter", ""))
            rows, left = with_problems(task.rows, [(where, str(error))])
            beside = {"message_wrong" if where == "message" else "wrong": left}
            # What it rests on stays as it was, until somebody has seen what others did since.
            rests_on = {} if isinstance(error, StaleBase) or not base.isdecimal() else {"base": base}
            more = {**kept, **rests_on, **error.extra, **beside}
            return self._shown(request, asked, replace(task, rows=rows), more, error.status)
        if outcome.committed:
            return RedirectResponse(f"/changes/{outcome.revision}", 303, PRIVATE)
        document = outcome_document(self._kg, outcome, is_dry_run=True)
        report = cast("Document", document["report"])
        rows, unplaced = with_results(task.rows, cast("list[Document]", report["results"]), change.about)
        # What stands beside a field isn't said again at the top.
        told = {**document, "report": {**report, "results": unplaced}}
        shown = {**kept, "base": outcome.revision, "outcome": told}
        return self._shown(request, asked, replace(task, rows=rows), shown, 200 if outcome.conforms else 422)

    def _change(self, task: Task, agent: Agent, form: Form, base: int | None) -> Changeset:
        if task.build is None:
            raise BadParameter("There is nothing to send here.")
        change = task.build(agent, form)
        message = first(form, "message") or change.message
        # A form that is merged with what others did meanwhile rests on that.
        return replace(
            change,
            message=message,
            base=base if change.base is None else change.base,
            may_change_ontology=agent.may(Scope.ADMIN),
        )

    def _shown(
        self, request: Request, asked: Asked, task: Task, more: Mapping[str, Any] | None = None, status: int = 200
    ) -> Response:
        shown = {
            "asked": asked,
            "task": task,
            "outcome": None,
            "wrong": [],
            "message_wrong": [],
            "may_publish": asked.agent.may(Scope.PUBLISH),
            "base": self._kg.revision,
            **(more or {}),
            **task.shown,
        }
        return self._page(request, task.title, task.view, shown, status)

    def _page(self, request: Request, title: str, view: str, shown: Mapping[str, Any], status: int = 200) -> Response:
        return send_page(request, title, {}, PRIVATE, status, view, shown)

    def _asked(self, request: Request) -> Asked | None:
        """Who asks; None where nobody is signed in, or whose token has ended since."""
        session = self._sessions.of(request)
        if session is None:
            return None
        try:
            return Asked(session, self._agent(session.header, Scope.CURATE))
        except (Unauthenticated, Forbidden):
            self._sessions.end(request)
            return None

    def _agent(self, header: str, scope: Scope) -> Agent:
        settings = self._kg.settings
        return authorised_by(header, scope, tokens_in(settings.data_dir), issuer_of(settings))
