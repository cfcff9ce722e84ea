"""Wording: how what is told in English counts things, and says when."""

from datetime import UTC, datetime


def counted(number: int, noun: str) -> str:
    """How many there are of something: `1 claim`, `2,345 claims`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def one_of(noun: str) -> str:
    """The noun with its article: `a drug`, `an activity`."""
    return f"{'an' if noun[:1].casefold() in 'aeiou' else 'a'} {noun}"


def moment(time: str) -> str:
    """A time of xsd:dateTime in words: `30 November 2026, 14:51 UTC`; as it is written, where it is none."""
    try:
        told = datetime.fromisoformat(time)
    except ValueError:
        return time
    told = told.astimezone(UTC) if told.tzinfo else told
    return f"{told.day} {told:%B %Y, %H:%M}{' UTC' if told.tzinfo else ''}"
