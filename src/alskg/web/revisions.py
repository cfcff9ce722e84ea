"""`?revision=`: any address that reads, answered from the graph as it was at an earlier revision."""

import re
from collections.abc import Sequence
from urllib.parse import unquote_plus

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alskg.errors import AlskgError, BadParameter
from alskg.knowledge_graph import KnowledgeGraph
from alskg.web.pages import ASKED_REVISION, PRESENT_ONLY
from alskg.web.problems import problem_of

PARAMETER = "revision"
HEADER = "X-Alskg-Revision"
"""The header in which every answer that reads says which revision it is from."""

DESCRIBED: dict[str, object] = {
    "name": PARAMETER,
    "in": "query",
    "required": False,
    "schema": {"type": "integer", "minimum": 1},
    "description": "The graph as it was at this revision; /changes lists them. Classes and addresses are today's.",
}
"""The parameter as OpenAPI describes it."""


class Revisions:
    """
    Takes the parameter off a request that reads, and answers it from that revision.

    It stands before the doors, so that each of them reads an earlier revision without knowing of it.
    """

    def __init__(self, app: ASGIApp, kg: KnowledgeGraph) -> None:
        self._app = app
        self._kg = kg

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        try:
            revision, rest = _taken_off(scope["query_string"])
            if revision is None:
                with self._kg.answering():
                    await self._app(scope, receive, self._telling(send))
                return
            _refuse_of_present(scope["path"])
            # Taking changes back may take a while, and is done where it holds up nobody else.
            await run_in_threadpool(self._kg.past.at, revision)
            with self._kg.as_of(revision):
                await self._app({**scope, "query_string": rest, ASKED_REVISION: revision}, receive, self._telling(send))
        except AlskgError as error:
            await problem_of(HTTPConnection(scope), error)(scope, receive, send)

    def _telling(self, send: Send) -> Send:
        """Sends the revision that an answer is from with it, where it doesn't say so itself."""

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault(HEADER, str(self._kg.revision))
            await send(message)

        return telling


def _refuse_of_present(path: str) -> None:
    if any(path == one or path.startswith(f"{one}/") for one in PRESENT_ONLY):
        raise BadParameter(
            f"{PARAMETER}: {path} tells of the present alone. /changes?since=12 lists what was changed after a "
            "revision, and /changes/12 is that change.",
            parameter=PARAMETER,
        )


def _taken_off(query: bytes) -> tuple[int | None, bytes]:
    """The revision that a query string asks for, and what else it holds, byte for byte."""
    parts = query.split(b"&")
    mine = [part for part in parts if part.partition(b"=")[0] == PARAMETER.encode()]
    if not mine:
        return None, query
    values = [unquote_plus(part.partition(b"=")[2].decode("latin-1")) for part in mine]
    return revision_in(values), b"&".join(part for part in parts if part not in mine)


def revision_in(values: Sequence[str]) -> int:
    """
    The revision that a parameter names.

    Raises:
        BadParameter: it is no whole number, or given more than once.
    """
    if len(values) > 1 or not re.fullmatch(r"[0-9]{1,15}", values[0]):
        raise BadParameter(
            f"revision={values[0]}: write one whole number, as in revision=12. /changes lists them.",
            parameter=PARAMETER,
        )
    return int(values[0])
