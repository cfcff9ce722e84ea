"""Connections: how long and how large the parts of a request may be, before any door sees it."""

import asyncio
import contextlib
import functools
import json
import resource
from dataclasses import dataclass
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from alskg.settings import Settings
from alskg.web.aside import HANG_UP
from alskg.web.problems import MEDIA_TYPE, document_of

HEAD, BODY, IDLE = "head", "body", ""


@dataclass(frozen=True)
class Patience:
    """What is waited for, and how much is taken in meanwhile."""

    head_seconds_max: float
    head_bytes_max: int
    body_seconds_max: float


class JoiningTransport:
    """
    A transport that sends the head of an answer with its body, where the two are written one after the other.

    uvicorn writes each by itself: two calls of the system, two packets, and a client that is woken twice.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""

    def __getattr__(self, name: str) -> Any:
        """All else is the transport's own."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Holds the first piece back until the next one comes, or whoever writes lets others have their turn."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.writelines((held, data))
        else:
            self._held = data
            self._loop.call_soon(self._flush)

    def close(self) -> None:
        """Sends what is held back, and closes."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        held, self._held = self._held, b""
        if held:
            self._transport.write(held)


class Connection(HttpToolsProtocol):
    """
    A connection of uvicorn's that isn't held by a client which sends no whole request, or none that can be read.

    uvicorn itself waits for ever, and reads a head of any length; and what it refuses, it refuses without a name.
    """

    def __init__(self, patience: Patience, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._patience = patience
        self._expects = HEAD
        self._watched = IDLE
        self._timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._has_begun = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(cast(asyncio.Transport, JoiningTransport(transport, self.loop)))
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has left."""
        self._expects = IDLE
        self._watch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """It sends something."""
        if self._expects != BODY:
            self._head_bytes += len(data)
            if self._head_bytes > self._patience.head_bytes_max and self._is_head_too_long(data):
                return
        super().data_received(data)
        self._watch()

    def _is_head_too_long(self, data: bytes) -> bool:
        # What is left once the head is complete belongs to the body, which has a limit of its own.
        before, most = self._head_bytes - len(data), self._patience.head_bytes_max
        line, head = data.find(b"\r\n"), data.find(b"\r\n\r\n")
        if 0 <= head <= most - before:
            return False
        is_address = not self.headers and not 0 <= line <= most - before
        what = "The address" if is_address else "The head"
        self._refuse(
            414 if is_address else 431,
            "Larger than a limit",
            f"{what} of the request has more than {most:,} bytes "
            "(ALSKG_REQUEST_HEAD_BYTES_MAX). Send a long query by POST.",
            limit="request_head_bytes_max",
        )
        return True

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._expects = HEAD
        self._has_begun = True

    def on_headers_complete(self) -> None:
        """Its head is complete."""
        self._expects = BODY
        super().on_headers_complete()
        # The scope is that of this request, whichever ones follow it on the connection.
        cast("dict[str, Any]", self.scope)[HANG_UP] = functools.partial(self._hang_up, self.cycle)

    def on_message_complete(self) -> None:
        """All of it is there."""
        super().on_message_complete()
        self._expects = IDLE
        self._head_bytes = 0
        self._has_begun = False

    def send_400_response(self, msg: str) -> None:
        """What came is no request."""
        self._refuse(400, "Not HTTP", f"{msg} What was sent can't be read as HTTP/1.1 (RFC 9112).")

    def _watch(self) -> None:
        """Waits for what is to come, and no longer than for so long."""
        if self._expects == self._watched:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._watched = self._expects
        if self._expects:
            seconds = getattr(self._patience, f"{self._expects}_seconds_max")
            self._timer = self.loop.call_later(seconds, self._lose_patience)

    def _lose_patience(self) -> None:
        if not self._has_begun:
            # Some clients connect before they know what for.
            self.transport.close()
            return
        seconds = getattr(self._patience, f"{self._expects}_seconds_max")
        limit = f"request_{self._expects}_seconds_max"
        self._refuse(
            408,
            "The request took too long",
            f"The {self._expects} of the request didn't arrive within {seconds:g} s (ALSKG_{limit.upper()}).",
            limit=limit,
        )

    def _hang_up(self, cycle: RequestResponseCycle) -> None:
        """Ends the connection in the midst of an answer; uvicorn would take it for a slip of ours, and log an error."""
        cycle.disconnected = True
        self.transport.close()

    def _refuse(self, status: int, title: str, detail: str, **extra: object) -> None:
        """Says what is wrong, where nothing was said yet, and hangs up."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            # Whoever reads the body is told that nobody sends it any more, and what is answered goes nowhere.
            is_answered, cycle.disconnected = cycle.response_started, True
            cycle.message_event.set()
        else:
            is_answered = False
        self._expects = IDLE
        self._watch()
        if not is_answered and not self.transport.is_closing():
            body = json.dumps(document_of(status, title, detail, extra)).encode()
            head = f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
            self.transport.write(STATUS_LINE[status] + head.encode() + body)
        self.transport.close()


def protocol(settings: Settings) -> Any:
    """The protocol for uvicorn's configuration."""
    patience = Patience(
        settings.request_head_seconds_max, settings.request_head_bytes_max, settings.request_body_seconds_max
    )
    return functools.partial(Connection, patience)


def allow_many() -> None:
    """Lets this process have as many connections as the system grants it; usually it has to ask for more than 1,000."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
