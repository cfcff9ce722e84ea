"""Representations: an answer as the bytes that leave, in each coding that somebody asked for, made once and kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from alskg.web.encodings import ENCODED_FROM_BYTES, IDENTITY, encoded
from alskg.web.preconditions import tag_of

Headers = list[tuple[bytes, bytes]]

VARY = (b"vary", b"Accept, Accept-Encoding")
OVERHEAD_BYTES = 2_048
"""About what an answer takes in memory beside its body: headers, the key, and what holds them together."""

_OWN = frozenset({b"content-length", b"vary", b"cache-control"})
_OF_THE_CONTENT = frozenset({b"content-length", b"content-type", b"content-encoding", b"content-disposition", b"link"})
"""What a 304 leaves out, since the client has it (RFC 9110, section 15.4.5)."""


@dataclass(slots=True)
class Variant:
    """An answer in one coding."""

    body: bytes
    headers: Headers
    tag: bytes
    """The entity tag with its quotes; empty where there is none."""
    unchanged: Headers
    """The headers of a 304."""


class Representation:
    """One answer of the doors."""

    __slots__ = ("_headers", "_tag", "body", "revision", "route", "rows", "status", "variants")

    def __init__(
        self,
        status: int,
        headers: Headers,
        body: bytes,
        revision: int,
        *,
        cache_control: bytes,
        is_tagged: bool,
    ) -> None:
        """`headers` are those of the door; what this class sees to is taken from them."""
        self.status = status
        self.body = body
        self.revision = revision
        self.route: object = None
        self.rows: int | None = None
        self.variants: dict[bytes, Variant] = {}
        self._tag = tag_of(revision, body) if is_tagged else b""
        own = _OWN | {b"etag"} if is_tagged else _OWN
        self._headers = [pair for pair in headers if pair[0] not in own]
        self._headers += [VARY, (b"cache-control", cache_control)]

    def coding_among(self, acceptable: Sequence[bytes]) -> bytes | None:
        """The coding to send it in; None where the client takes none that there is."""
        if not acceptable:
            return None
        if IDENTITY in acceptable and (len(self.body) < ENCODED_FROM_BYTES or self.status != 200):
            return IDENTITY
        return acceptable[0]

    def make(self, coding: bytes) -> Variant:
        """The answer in a coding; it takes a while where the answer is large."""
        body = encoded(self.body, coding)
        headers = [*self._headers, (b"content-length", b"%d" % len(body))]
        tag = b""
        if coding != IDENTITY:
            headers.append((b"content-encoding", coding))
        if self._tag:
            # Other bytes, another tag (RFC 9110, section 8.8.3.3).
            tag = b'"%s"' % (self._tag if coding == IDENTITY else self._tag + b"-" + coding)
            headers.append((b"etag", tag))
        return Variant(body, headers, tag, [pair for pair in headers if pair[0] not in _OF_THE_CONTENT])

    @property
    def bytes(self) -> int:
        """About what it takes in memory."""
        return len(self.body) + sum(len(v.body) for v in self.variants.values() if v.body is not self.body)
