"""Accounts: what is told of a request once it is over, in the access log and in the metrics."""

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from json.encoder import encode_basestring_ascii as escaped
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alskg.media import TABLE
from alskg.store.rows import rows_in

ACCOUNT = "alskg.account"
"""The key of a request's scope under which its account is kept."""
NAME_CHARACTERS_MAX = 200
COUNTED_BYTES_MAX = 65_536
"""In what is larger, rows aren't counted: the event loop has better things to do."""
_TABLES = {format_.media_type.encode(): format_.name for format_ in TABLE}
_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_PROCESS = secrets.token_hex(4).encode()
_NUMBERS = count(1)


@dataclass(slots=True)
class Account:
    """One request."""

    id: bytes
    method: str
    name: str
    """Its path. What stands behind the question mark may hold a secret, and is left out."""
    started: float = field(default_factory=time.perf_counter)
    status: int = 0
    bytes: int = 0
    cache: str = "none"
    """`hit`, `miss` (and kept for the next, if it may be), `joined` (to one who asked before), `none`."""
    route: Any = None
    revision: int | None = None
    rows: int | None = None
    limit: str = ""
    """The limit that it ran past."""

    @property
    def template(self) -> str:
        """Its address with names for what is data; there are only so many."""
        return getattr(self.route, "path", "") or "(none)"

    @property
    def door(self) -> str:
        """The module that answered."""
        endpoint = getattr(self.route, "endpoint", None)
        return getattr(endpoint, "__module__", "").rpartition(".")[2] or "(none)"

    def line(self, seconds: float) -> str:
        """The line of the log."""
        # By hand: a serialiser would cost as much as all the rest of a kept answer. What comes from outside is escaped.
        limit = f', "limit": "{self.limit}"' if self.limit else ""
        return (
            f'{{"time": "{datetime.now(UTC).isoformat(timespec="milliseconds")}", "id": "{self.id.decode()}", '
            f'"method": {escaped(self.method)}, "door": "{self.door}", "route": {escaped(self.template)}, '
            f'"name": {escaped(self.name[:NAME_CHARACTERS_MAX])}, "status": {self.status}, '
            f'"revision": {_number(self.revision)}, "rows": {_number(self.rows)}, "bytes": {self.bytes}, '
            f'"milliseconds": {seconds * 1_000:.3f}, "cache": "{self.cache}"{limit}}}'
        )


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def id_of(given: bytes | None) -> bytes:
    """The identifier that a request brought along, if it is one; else a new one."""
    if given is not None and _ID.fullmatch(given):
        return given
    return b"%s-%x" % (_PROCESS, next(_NUMBERS))


def rows_told(headers: Mapping[bytes, bytes], body: bytes) -> int | None:
    """How many rows or items an answer has, where that is quickly told."""
    if (total := headers.get(b"x-total-count")) is not None:
        return int(total)
    format_ = _TABLES.get(headers.get(b"content-type", b"").partition(b";")[0])
    if format_ is None or len(body) > COUNTED_BYTES_MAX:
        return None
    rows = rows_in(format_, body)
    # A yes or no has none, nor has it a head.
    return rows if rows >= 0 else None


class Routes:
    """Notes which route answered a request; it stands before the router, inside of all that copies the scope."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        account = scope.get(ACCOUNT)
        if account is None:
            await self._app(scope, receive, send)
            return

        async def noting(message: Message) -> None:
            account.route = scope.get("route")
            await send(message)

        await self._app(scope, receive, noting)
