"""Wording: how what is told in English counts things."""


def counted(number: int, noun: str) -> str:
    """How many there are of something: `1 claim`, `2,345 claims`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
