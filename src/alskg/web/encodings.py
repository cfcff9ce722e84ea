"""Content codings: which of them a client gets, and bytes in one of them (RFC 9110, section 12.5.3)."""

import gzip
import re
import sys
from functools import lru_cache

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

IDENTITY = b"identity"
ZSTD = b"zstd"
GZIP = b"gzip"
CODINGS = (ZSTD, GZIP, IDENTITY)
"""The best first, among those that a client likes equally well."""
ENCODED_FROM_BYTES = 1_024
"""What is shorter fits into one packet as it is."""

_ZSTD_LEVEL = 6
_GZIP_LEVEL = 6
_ELEMENT = re.compile(rb"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?", re.I)


@lru_cache(maxsize=1_024)
def codings(accept_encoding: bytes | None) -> tuple[bytes, ...]:
    """
    The codings that a client takes, the best first; none where it excludes all that there are.

    Without the header any would do, and a client that says nothing may know none. A `*` admits gzip, which everybody
    knows, and not zstd. What can't be read is passed over.
    """
    given: dict[bytes, float] = {}
    for element in (accept_encoding or b"").lower().split(b","):
        if match := _ELEMENT.fullmatch(element):
            name = GZIP if match[1] == b"x-gzip" else match[1]
            given[name] = float(match[2] or 1)
    rest = given.get(b"*")
    liking = {ZSTD: given.get(ZSTD, 0.0), GZIP: given.get(GZIP, rest or 0.0)}
    # Identity is taken unless it is excluded, by its name or by the wildcard, and is then the last resort.
    liking[IDENTITY] = given.get(IDENTITY, 0.0001 if rest is None else rest)
    return tuple(sorted((c for c in CODINGS if liking[c] > 0), key=lambda c: -liking[c]))


def encoded(body: bytes, coding: bytes) -> bytes:
    """The bytes in a coding."""
    if coding == ZSTD:
        return zstd.compress(body, _ZSTD_LEVEL)
    # Without the time, so that one answer is always the same bytes.
    return gzip.compress(body, _GZIP_LEVEL, mtime=0) if coding == GZIP else body
