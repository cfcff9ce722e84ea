"""What was asked, as far as it can be told from a request without knowing its address."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import Message, Receive, Scope, Send

from alskg.web.accounts import Account
from alskg.web.cache import Question
from alskg.web.representations import Headers
from alskg.web.sessions import COOKIE

READING = frozenset({"GET", "HEAD"})
_SESSION = COOKIE.encode() + b"="
QUERY_TYPES = frozenset({b"application/sparql-query", b"application/x-www-form-urlencoded"})


@dataclass(slots=True)
class Asked:
    """A request, and where its answer goes."""

    scope: Scope
    method: str
    headers: Mapping[bytes, bytes]
    send: Send
    account: Account
    question: Question | None = None
    """None where the answer may be for who asks alone."""
    told: Headers = field(default_factory=list)
    """Headers of this reply alone."""

    async def start(self, status: int, headers: Headers) -> None:
        """Sends the status and the headers."""
        self.account.status = status
        headers = [*headers, (b"x-request-id", self.account.id), *self.told]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def content(self, body: bytes, *, more: bool = False) -> None:
        """Sends a piece of the content; to HEAD, only that it is over."""
        if self.method == "HEAD":
            if more:
                return
            body = b""
        self.account.bytes += len(body)
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    @property
    def is_read(self) -> bool:
        """Whether it asks for what is at an address."""
        return self.method in READING

    @property
    def is_private(self) -> bool:
        """Whether it says who asks."""
        return says_who(self.headers)


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """The header fields; what is given in several lines is joined to one (RFC 9110, section 5.3)."""
    lines = scope["headers"]
    found = dict(lines)
    if len(found) < len(lines):
        found = {}
        for name, value in lines:
            found[name] = found[name] + b", " + value if name in found else value
    return found


def says_who(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request shows a token, or that it is of a session."""
    return b"authorization" in headers or _SESSION in headers.get(b"cookie", b"")


def question_of(scope: Scope, headers: Mapping[bytes, bytes], body: bytes | None = None) -> Question | None:
    """
    All of a request that its answer depends on; None where it depends on more, or changes something.

    Nothing is normalised: two spellings of one question are two questions, which costs an evaluation more and can never
    give a wrong answer. The address as it was called is part of it, since the service description tells it.
    """
    if says_who(headers) or (scope["method"] not in READING and body is None):
        return None
    what = (scope["path"], scope["query_string"], headers.get(b"accept"), headers.get(b"host"), scope["scheme"])
    return what if body is None else (*what, headers.get(b"content-type"), headers.get(b"content-encoding"), body)


def is_query(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """Whether it may be a SPARQL query by POST (SPARQL 1.1 Protocol, section 2.1), which changes nothing."""
    return (
        scope["method"] == "POST"
        and scope["path"] == "/sparql"
        and not says_who(headers)
        and headers.get(b"content-type", b"").partition(b";")[0].strip().lower() in QUERY_TYPES
    )


async def read_again(receive: Receive, bytes_max: int) -> tuple[bytes | None, Receive]:
    """
    The body of a request, and the means to read the request once more from its beginning.

    None where it has more bytes than that, doesn't end, or may be an update.
    """
    read: list[Message] = []
    size, more = 0, True
    while more and size <= bytes_max:
        message = await receive()
        read.append(message)
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(message.get("body", b"") for message in read)
    is_whole = size <= bytes_max and read[-1]["type"] == "http.request"
    unread = iter(read)

    async def again() -> Message:
        message = next(unread, None)
        return await receive() if message is None else message

    return body if is_whole and b"update" not in body else None, again
