"""The messages between the server and a worker: one byte that says what it is, four for its length, and the message."""

import os
import struct

_HEAD = struct.Struct(">cI")

# From the server, in JSON.
OPEN = b"O"
"""Which snapshot to read from henceforth."""
FOLLOW = b"F"
"""What changes did since, to be done in memory."""
ASK = b"Q"
"""A query with the graphs that it sees and the formats for its answer."""

# From the worker.
READY = b"R"
"""It has started."""
OPENED = b"P"
"""It reads from the snapshot, or has done what it was to do."""
WHOLE = b"A"
"""What there is to know of the answer (`head`), and all of it."""
BEGUN = b"B"
"""The same with the first part of a long answer."""
PART = b"C"
"""The next part of it."""
ENDED = b"E"
"""There is no further part."""
ERROR = b"X"
"""An error of ours instead of an answer, or of the rest of it: its class, its words and its members, in JSON."""

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
NO_FORMAT = b"N"
"""The caller takes no format that can carry an answer of this form."""

READ_BYTES = 2**18


def frame(kind: bytes, body: bytes) -> bytes:
    """A message as it is sent."""
    return _HEAD.pack(kind, len(body)) + body


def head(form: str, *, is_fixed: bool) -> bytes:
    """What goes before an answer: the form of the query, and whether it has one answer at one revision."""
    return bytes((FORMS.index(form), is_fixed))


class Frames:
    """Puts messages together that arrive in pieces."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def add(self, piece: bytes) -> None:
        """Takes in what arrived."""
        self._buffer += piece

    def next(self) -> tuple[bytes, bytes] | None:
        """The kind and the body of the next message; None while it isn't all there."""
        if len(self._buffer) < _HEAD.size:
            return None
        kind, length = _HEAD.unpack_from(self._buffer)
        end = _HEAD.size + length
        if len(self._buffer) < end:
            return None
        with memoryview(self._buffer) as view:
            body = bytes(view[_HEAD.size : end])
        del self._buffer[:end]
        return kind, body


def write_all(descriptor: int, message: bytes) -> None:
    """Writes to a pipe, waiting for whoever reads from it."""
    rest = memoryview(message)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
