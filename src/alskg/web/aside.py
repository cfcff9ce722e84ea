"""Answers that are worked out in another process: waited for while the client is there, and sent as they come."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from alskg.errors import AlskgError
from alskg.store.workers import Rest

CLIENT_LEFT = 499
"""The status of an answer that nobody waits for: the number that nginx made usual, which only a log reads."""
WATCHED_AFTER_SECONDS = 0.05
"""Most answers are there before it is worth a look whether the client still is."""

log = logging.getLogger(__name__)

HANG_UP = "alskg.hang_up"
"""The key in a request's scope for what ends its connection in the midst of the answer."""
BREAK = b"\n# The answer is not whole: "
"""What the last line of an answer that is broken off begins with, for people and for our own editor."""
LAST_WORD_SECONDS = 0.5
"""What a browser hasn't read when a connection breaks off is lost to it; it gets so long for the last line."""

T = TypeVar("T")


class ClientLeft(Exception):
    """Nobody waits for the answer any more."""


async def while_client_waits(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """
    What the work comes to; it is cancelled as soon as the client hangs up.

    Raises:
        ClientLeft: it did.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=WATCHED_AFTER_SECONDS)
        if not task.done():
            leaving = asyncio.ensure_future(_left(request.receive))
            try:
                await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                leaving.cancel()
        if task.done():
            return task.result()
        raise ClientLeft
    finally:
        # No matter which way this ends, nothing goes on behind its back.
        if not task.done():
            task.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class LongResponse(Response):
    """
    An answer that goes out while it is worked out, no faster than the client reads.

    One that can't be finished is broken off without its end, which every client of HTTP/1.1 takes for an error; its
    last line says why. To HTTP/1.0 the end of the connection is the end of the answer, so there it is sent when it is
    whole.
    """

    def __init__(self, rest: Rest, headers: Mapping[str, str], media_type: str, over: Callable[[], None]) -> None:
        """`over` is called when it is sent, or can't be."""
        super().__init__(None, 200, headers, media_type)
        # How long it will be isn't known.
        del self.headers["content-length"]
        self._rest = rest
        self._over = over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        leaving = asyncio.ensure_future(_left(receive))
        leaving.add_done_callback(lambda _: self._rest.interrupt())
        try:
            if scope.get("http_version") == "1.0":
                await self._send_whole(scope, receive, send)
            else:
                await self._send_parts(scope, send, leaving)
        finally:
            leaving.cancel()
            self._rest.close()
            self._over()

    async def _send_whole(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts: list[bytes] = []
        while part := await self._rest.next():
            parts.append(part)
        await Response(b"".join(parts), 200, self.headers)(scope, receive, send)

    async def _send_parts(self, scope: Scope, send: Send, leaving: "asyncio.Future[None]") -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            # A client that doesn't read is no reason to keep a worker for longer than a query may take.
            async with asyncio.timeout(self._rest.until - time.monotonic()):
                while part := await self._rest.next():
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        except TimeoutError:
            await self._break_off(
                scope, send, leaving, "It was not evaluated and read in time (ALSKG_QUERY_SECONDS_MAX)."
            )
        except AlskgError as error:
            if not leaving.done():
                await self._break_off(scope, send, leaving, str(error))
        else:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _break_off(self, scope: Scope, send: Send, leaving: "asyncio.Future[None]", why: str) -> None:
        """Says why, in the last line and in the log, and hangs up."""
        self._rest.close()
        log.warning("An answer was broken off: %s", why)
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_SECONDS):
                await send({"type": "http.response.body", "body": BREAK + why.encode() + b"\n", "more_body": True})
                await leaving
        # Any other server than ours hangs up when it sees that there is no end.
        if HANG_UP in scope:
            scope[HANG_UP]()
