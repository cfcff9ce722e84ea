"""Door 10, /curate: forms for people who change the graph; each ends in the same dry run and commit as every door."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alskg.access import HOW_TO_GET_ONE, Agent, Scope
from alskg.authorisation import authorised_by
from alskg.changes import commit, foreseen, refuse_wordless, weigh
from alskg.changeset import Changeset
from alskg.drafts import told_of
from alskg.errors import BadParameter, Forbidden, RequestError, StaleBase, Unauthenticated
from alskg.knowledge_graph import KnowledgeGraph
from alskg.proposals import propose
from alskg.web.access import issuer_of, tokens_in
from alskg.web.advice import advice, each_once
from alskg.web.bodies import text_of
from alskg.web.denials import denials
from alskg.web.documents import Document
from alskg.web.entries import Form, first, with_problems, with_results
from alskg.web.outcomes import joined, outcome_document
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
from alskg.web.sheets import CURATOR, Sheet, left_behind, new_number, number_of
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
    return _read(body)


def _read(text: str) -> Form:
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError as error:
        raise BadParameter(f"The form can't be read: {error}.") from error


def _kept(form: Form) -> dict[str, str]:
    """What stays in a form beside its rows: what the change is for, and the revision that it rests on."""
    base = first(form, "base")
    return {"message": first(form, "message"), **({"base": base} if base.isdecimal() else {})}


def _put_back(session: Session, address: str, form: Form) -> str | None:
    """Keeps a form as somebody left it in their new session, and says where it is; None where it is too long."""
    path, number = address.partition("?")[0], number_of(first(form, "sheet"))
    is_kept = session.sheets.keep(path.removeprefix(f"{PATH}/"), number, Sheet(form, is_weighed=False))
    return f"{path}?sheet={number}" if is_kept else None


class Desk:
    """The pages of a curator."""

    def __init__(self, kg: KnowledgeGraph) -> None:
        self._kg = kg
        self._sessions = Sessions(kg.settings)

    def entrance(self, request: Request, form: Form | None, rest: str) -> Response:
        """The desk of who is signed in; for others, where to sign in."""
        asked = self._asked(request)
        if asked is None:
            return self._page(request, "Sign in", "sign_in", {"next": request.query_params.get("next", "")})
        own = [c for c in self._kg.schema.collections.values() if c.namespace]
        classes = sorted(((c.plural, str(c.collection)) for c in own), key=lambda pair: pair[0])
        return self._page(request, "Your desk", "desk", {"asked": asked, "classes": classes})

    def sign_in(self, request: Request, form: Form | None, rest: str) -> Response:
        """A session for whoever shows a token."""
        refuse_from_elsewhere(request)
        header = f"Bearer {first(form, 'token')}"
        next_, left = first(form, "next"), _read(first(form, "left"))
        try:
            agent = self._agent(header, Scope.CURATE)
        except (Unauthenticated, Forbidden) as error:
            # How a program sends a token is no help to who types one.
            why = str(error).removesuffix(HOW_TO_GET_ONE).strip()
            shown = {"next": next_, "wrong": why, **left_behind(self._kg.settings, left)}
            return self._page(request, "Sign in", "sign_in", shown, error.status)
        secret = self._sessions.begin(header)
        # Only to a page of the desk: an address of another site would be a trap.
        next_ = next_ if next_.startswith(f"{PATH}/") else PATH
        session = self._sessions.called(secret)
        if session is not None and first(left, CURATOR) == agent.name:
            next_ = _put_back(session, next_, left) or next_
        response = RedirectResponse(next_, 303, PRIVATE)
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
            return self._outside(request, form)
        if form is None:
            return self._opened(request, asked, rest)
        refuse_from_elsewhere(request)
        try:
            refuse_unmarked(asked.session, first(form, "mark"))
        except Forbidden:
            if first(form, CURATOR) != asked.agent.name:
                raise
            # Whoever signed in again in another window reads what they wrote once more, before anything is done.
            again = _put_back(asked.session, request.url.path, form)
            return RedirectResponse(again, 303, PRIVATE) if again else self._outside(request, form)
        task = task_of(self._kg, rest, form, asked.agent)
        if task.decide is not None:
            try:
                return RedirectResponse(task.decide(asked.agent, form), 303, PRIVATE)
            except RequestError as error:
                # As it stands now: somebody else may have decided.
                task = task_of(self._kg, rest, form, asked.agent)
                more = {"wrong": [advice(self._kg, str(error))], "message": first(form, "message")}
                return self._shown(request, asked, task, more, error.status)
        return self._sent(request, asked, task, form, rest)

    def _outside(self, request: Request, form: Form | None) -> Response:
        """Where to sign in, for who isn't any more or never was; what was written in a form goes along."""
        here = "?".join(filter(None, (request.url.path, request.url.query)))
        left = left_behind(self._kg.settings, form or {})
        if not left:
            return RedirectResponse(f"{PATH}?next={quote(here)}", 303, PRIVATE)
        refuse_from_elsewhere(request)
        return self._page(request, "Sign in", "sign_in", {"next": here, **left}, Unauthenticated.status)

    def _opened(self, request: Request, asked: Asked, rest: str) -> Response:
        """A form as it was sent before, or a new one."""
        sheet = asked.session.sheets.of(rest, request.query_params.get("sheet", ""))
        given = sheet.form if sheet else parse_qs(request.url.query)
        task = task_of(self._kg, rest, given, asked.agent)
        if sheet is None:
            return self._shown(request, asked, task)
        task = replace(task, rows=[row.filled(sheet.form) for row in task.rows])
        if sheet.is_weighed:
            return self._weighed(request, asked, task, sheet)
        return self._shown(request, asked, task, _kept(sheet.form))

    def _sent(self, request: Request, asked: Asked, task: Task, form: Form, rest: str) -> Response:
        """What becomes of a form: a proposal, a new revision, or the form again with what would come of it."""
        action = first(form, "action")
        agent = asked.agent
        if action == "commit" and not agent.may(Scope.PUBLISH):
            raise Forbidden(f"{agent.name} may propose changes, and not commit them. Go back, and choose Propose.")
        sheets, sheet, done = asked.session.sheets, Sheet(form), None
        # Who goes back sees what was written, whatever comes of it; that stands at an address of its own.
        is_kept = sheets.keep(rest, number_of(first(form, "sheet")), Sheet(form, is_weighed=False))
        try:
            if action in ("commit", "propose"):
                done = self._done(task, agent, form, action)
        except RequestError as error:
            # The frames that it came by are not to be kept with it.
            error.__traceback__ = error.__cause__ = error.__context__ = None
            sheet = Sheet(form, error=error)
        number = new_number()
        if done is None and not (is_kept and sheets.keep(rest, number, sheet)):
            task = replace(task, rows=[row.filled(form) for row in task.rows])
            return self._weighed(request, asked, task, sheet)
        # A page that answers a POST could be shown again only by sending the form again.
        return RedirectResponse(done or f"{request.url.path}?sheet={number}", 303, PRIVATE)

    def _done(self, task: Task, agent: Agent, form: Form, action: str) -> str | None:
        """Commits or proposes, and says where that is to be seen; None where it is refused or changes nothing."""
        change = self._change(task, agent, form)
        refuse_wordless(change.message)
        if action == "propose":
            _, proposal = propose(self._kg, change)
            return f"{PATH}/proposals/{proposal.number}" if proposal else None
        outcome = commit(self._kg, change, ahead=foreseen(self._kg, change))
        return f"/changes/{outcome.revision}" if outcome.committed else None

    def _weighed(self, request: Request, asked: Asked, task: Task, sheet: Sheet) -> Response:
        """A form as it was sent, with what would come of it, or with what is wrong."""
        form, wrong = sheet.form, sheet.error
        # Where only the words for it are missing, it is weighed all the same, and can be sent when they are there.
        is_wordless = wrong is not None and wrong.extra.get("parameter") == "message"
        try:
            if wrong is not None and not is_wordless:
                return self._wrong(request, asked, task, form, wrong)
            change = self._change(task, asked.agent, form)
            outcome = weigh(self._kg, change)
        except RequestError as error:
            return self._wrong(request, asked, task, form, error)
        document = outcome_document(self._kg, outcome, is_dry_run=True)
        report = cast("Document", document["report"])
        rows, unplaced = with_results(task.rows, each_once(cast("list[Document]", report["results"])), change.about)
        # What stands beside a field isn't said again at the top.
        told = {**document, "report": {**report, "results": unplaced}}
        told["summary"] = advice(self._kg, str(document["summary"]))
        candidate = outcome.verdict.candidate
        shown = {
            "message": first(form, "message"),
            "message_wrong": [str(wrong)] if is_wordless else [],
            "base": outcome.revision,
            "outcome": told,
            "is_empty": candidate.is_empty,
            "denials": denials(self._kg, (*candidate.added, *candidate.removed)),
            "joined": joined(self._kg, candidate),
            **(task.way_out(asked.agent, form) if task.way_out and not outcome.conforms else {}),
        }
        return self._shown(
            request, asked, replace(task, rows=rows), shown, 200 if outcome.conforms and not is_wordless else 422
        )

    def _wrong(self, request: Request, asked: Asked, task: Task, form: Form, error: RequestError) -> Response:
        where = str(error.extra.get("parameter", ""))
        told = told_of(error) if isinstance(error, BadParameter) else [{"parameter": where, "detail": str(error)}]
        said = [(str(one["parameter"]), str(one["detail"])) for one in told]
        rows, left = with_problems(
            task.rows, [(name, advice(self._kg, what, first(form, name))) for name, what in said]
        )
        # What it rests on stays as it was, until somebody has seen what others did since.
        kept = _kept(form)
        if isinstance(error, StaleBase) and "revision" in error.extra:
            # Up to this one it names what stands against the change; what came later was not told of.
            kept["base"] = str(error.extra["revision"])
        beside = {"message_wrong" if where == "message" else "wrong": left}
        more = {**kept, **error.extra, **beside}
        return self._shown(request, asked, replace(task, rows=rows), more, error.status)

    def _change(self, task: Task, agent: Agent, form: Form) -> Changeset:
        base = first(form, "base")
        if task.build is None:
            raise BadParameter("There is nothing to send here.")
        change = task.build(agent, form)
        message = first(form, "message") or change.message
        # A form that is merged with what others did meanwhile rests on that.
        return replace(
            change,
            message=message,
            base=change.base if change.base is not None or not base.isdecimal() else int(base),
            may_change_ontology=agent.may(Scope.ADMIN),
        )

    def _shown(
        self, request: Request, asked: Asked, task: Task, more: Mapping[str, Any] | None = None, status: int = 200
    ) -> Response:
        shown = {
            "asked": asked,
            "task": task,
            "outcome": None,
            "is_empty": False,
            "wrong": [],
            "message_wrong": [],
            "may_publish": asked.agent.may(Scope.PUBLISH),
            "base": self._kg.revision,
            "sheet": number_of(request.query_params.get("sheet", "")),
            **(more or {}),
            **task.shown,
        }
        if "denials" not in shown:
            shown["denials"] = denials(self._kg)
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
