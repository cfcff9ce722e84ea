"""JSON as others write it: every key once in its object, nothing that is no character, and not too deep."""

import json
from typing import NoReturn

from alskg.errors import BadDocument

JSON_DEPTH_MAX = 20
"""Twice what the deepest of our own documents has."""


def json_of(body: str) -> object:
    """
    A JSON body (RFC 8259) as Python has it, with every key once in its object and no more than `JSON_DEPTH_MAX` deep.

    Raises:
        BadDocument: it is not JSON; line and column are named where they are known.
    """
    try:
        value: object = json.loads(body, object_pairs_hook=_object, parse_constant=_refused)
        # Half a surrogate pair is no character that could be stored.
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        where = f"Line {error.lineno}, column {error.colno}"
        said = f"{where}: the body is not JSON: {error.msg}."
        raise BadDocument(said, line=error.lineno, column=error.colno) from error
    except (ValueError, RecursionError) as error:
        raise BadDocument(f"The body is not JSON that can be read: {error}.") from error
    if (depth := _depth(value)) > JSON_DEPTH_MAX:
        raise BadDocument(f"The JSON is {depth} levels deep; at most {JSON_DEPTH_MAX} are read here.")
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} stands twice in one object")
    return found


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        nested = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [inner for values in nested for inner in values]
    return depth
