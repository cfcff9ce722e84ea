"""What one query may cost, and the errors that name the limit it ran past."""

from dataclasses import dataclass

from alskg.errors import LimitExceeded, TooLarge

_NARROW = "Narrow the query, or page with ORDER BY, LIMIT and OFFSET."


@dataclass(frozen=True)
class Limits:
    """What one query may cost, and how many may wait for their turn."""

    seconds_max: float
    memory_bytes_max: int
    waiting_max: int
    rows_max: int = 100_000
    bytes_max: int = 2**26
    held_bytes: int = 2**20
    """Up to this size an answer is held until it is complete; what is larger goes out while it is being written."""
    quads_in_memory: int = 0
    """A graph of up to so many quads is copied into the memory of each process, beside what a query may take."""
    services: tuple[str, ...] = ()
    """The endpoints that SERVICE may ask."""


def rows_exceeded(rows_max: int) -> TooLarge:
    """The error for an answer with too many rows or triples."""
    return TooLarge(
        f"The answer has more than {rows_max:,} rows (ALSKG_ANSWER_ROWS_MAX). {_NARROW}", limit="answer_rows_max"
    )


def bytes_exceeded(bytes_max: int) -> TooLarge:
    """The error for an answer that is too long."""
    return TooLarge(
        f"The answer has more than {bytes_max:,} bytes (ALSKG_ANSWER_BYTES_MAX). {_NARROW}", limit="answer_bytes_max"
    )


def seconds_exceeded(seconds_max: float) -> LimitExceeded:
    """The error for a query that took too long."""
    return LimitExceeded(
        f"The query ran longer than {seconds_max:g} s (ALSKG_QUERY_SECONDS_MAX) and was ended. {_NARROW}",
        limit="query_seconds_max",
    )


def memory_exceeded(memory_bytes_max: int) -> LimitExceeded:
    """The error for a query that took too much memory."""
    return LimitExceeded(
        f"The query needed more than {memory_bytes_max:,} bytes of memory (ALSKG_QUERY_MEMORY_BYTES_MAX) and was "
        "ended. Narrow it, or leave out ORDER BY and DISTINCT.",
        limit="query_memory_bytes_max",
    )
