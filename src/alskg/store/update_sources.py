"""A SPARQL Update request cut into its operations, each with the prologue that holds for it; nothing of it is run."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

import pyoxigraph as ox

from alskg.errors import OutsideRefused
from alskg.store.terms import term_text
from alskg.syntax import bad_query, services
from alskg.tokens import Token, misread, tokens, unescaped

# What is put together as text here are slices of the caller's own request, which went through the tokenizer, and IRIs
# as `term_text` writes them; no value from a graph becomes text.

# The engine reads by recursion on the stack of this process: too deep a text would end the process, not the request.
NESTING_MAX = 100

_DEPTHS = dict.fromkeys(("{", "(", "[", "<<", "{|"), 1) | dict.fromkeys(("}", ")", "]", ">>", "|}"), -1)


@dataclass(frozen=True)
class Source:
    """One operation as it was written: where it stands, and the prologue that it needs."""

    text: str
    """The whole request."""
    found: Sequence[Token]
    prologue: str

    @property
    def body(self) -> str:
        """The operation without its prologue."""
        return self.between(0, len(self.found))

    def between(self, start: int, end: int) -> str:
        """What was written from one token up to another, which isn't part of it."""
        last = self.found[end - 1]
        return self.text[self.found[start].start : last.start + len(last.text)]


def sources(text: str, services_allowed: Collection[str] = ()) -> Iterator[Source]:
    """
    The operations of a request as they were written, in their order.

    `text` is what the caller sent: its codepoint escapes are written out here, once (SPARQL 1.1, section 19.2). As the
    standard has it, a prologue may stand before each operation, and holds for all that follow.

    Raises:
        BadQuery: it can't be tokenised or cut, or is nested too deeply; with line and column.
        OutsideRefused: it would LOAD something, or ask a SERVICE that is not among those allowed.
    """
    text = unescaped(text)
    found = tokens(text)
    _refuse_load(found)
    _refuse_depth(found, text)
    prologue = _Prologue(text)
    start = prologue.read(found, 0)
    while start < len(found):
        end = _end_of_operation(found, start)
        if end == start:
            raise misread(text, found[start].start, "an operation is missing before this ';'")
        source = Source(text, found[start:end], prologue.text_for(found[start:end]))
        _refuse_services(source, services_allowed)
        yield source
        start = prologue.read(found, end + 1)


def refuse_unreadable(source: Source) -> None:
    """Raise BadQuery where the engine can't parse the operation; nothing of it is run."""
    # The engine reads all of a request before it runs any: what it says of a graph that nobody has means that it read
    # on to the end, and stopped at the first operation.
    guard = f"CLEAR GRAPH {term_text(ox.NamedNode(uuid4().urn))};"
    try:
        ox.Store().update(f"{source.prologue}{guard}\n{source.body}")
    except RuntimeError:
        return
    except SyntaxError as error:
        raise bad_query(_moved(error, source), source.text) from error


def _moved(error: SyntaxError, source: Source) -> SyntaxError:
    """The error with its place in the whole request: the engine saw one line before the operation."""
    start = source.found[0].start
    before = source.text.count("\n", 0, start)
    column_before = start - source.text.rfind("\n", 0, start) - 1

    def place(match: re.Match[str]) -> str:
        line, column = int(match[1]), int(match[2])
        if line == 1:
            return f"error at {before + 1}:{column_before + 1}"
        return f"error at {before + line - 1}:{column + (column_before if line == 2 else 0)}"

    return SyntaxError(re.sub(r"^error at (\d+):(\d+)", place, str(error)))


class _Prologue:
    """What BASE and PREFIX have declared up to here, resolved by the engine as they are read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._base = ""
        self._prefixes: dict[str, str] = {}

    def read(self, found: Sequence[Token], start: int) -> int:
        """Takes the declarations that begin at this token, and returns where the first other token is."""
        while start < len(found):
            keyword, parts = found[start].keyword, found[start + 1 : start + 3]
            if keyword == "BASE":
                self._base = f"BASE {self._resolved(found[start], parts[:1])} "
            elif keyword == "PREFIX":
                if not parts or not _is_prefix(parts[0]):
                    raise misread(self._text, found[start].start, "expected a prefix such as ex: after PREFIX")
                self._prefixes[parts[0].text] = self._resolved(found[start], parts[1:])
            elif keyword != "VERSION":
                break
            start += 3 if keyword == "PREFIX" else 2
        return start

    def text_for(self, found: Sequence[Token]) -> str:
        """The prologue as these tokens need it, in one line."""
        used = dict.fromkeys(f"{t.text.partition(':')[0]}:" for t in found if t.kind == "name")
        # Before BASE, since what is resolved already must not be resolved again.
        known = (f"PREFIX {name} {self._prefixes[name]} " for name in used if name in self._prefixes)
        return "".join(known) + self._base

    def _resolved(self, declaration: Token, parts: Sequence[Token]) -> str:
        if not parts or parts[0].kind != "iri":
            raise misread(self._text, declaration.start, f"expected an IRI in {declaration.keyword}")
        return term_text(resolved(parts[0], self._base, self._text))


def _is_prefix(token: Token) -> bool:
    return token.kind == "name" and token.text.find(":") == len(token.text) - 1


def resolved(token: Token, prologue: str, text: str) -> ox.NamedNode:
    """The IRI that a token names. Turtle shares the prologue and the names of SPARQL, so the engine resolves it."""
    try:
        (quad,) = ox.parse(f"{prologue}{token.text} <x:p> 0 .".encode(), ox.RdfFormat.TURTLE)
    except SyntaxError as error:
        raise misread(
            text, token.start, f"{token.text} can't be resolved; declare its prefix, or write the whole IRI"
        ) from error
    if not isinstance(quad.subject, ox.NamedNode):
        raise misread(text, token.start, f"expected an IRI, found {token.text}")
    return quad.subject


def _end_of_operation(found: Sequence[Token], start: int) -> int:
    depth = 0
    for index in range(start, len(found)):
        depth += {"{": 1, "}": -1}.get(found[index].text, 0)
        if depth == 0 and found[index].text == ";":
            return index
    return len(found)


def _refuse_load(found: Sequence[Token]) -> None:
    if any(token.keyword == "LOAD" for token in found):
        raise OutsideRefused(
            "LOAD is refused: nothing is fetched from elsewhere. Send the triples themselves, in INSERT DATA.",
            keyword="LOAD",
        )


def _refuse_services(source: Source, allowed: Collection[str]) -> None:
    if not any(token.keyword == "SERVICE" for token in source.found):
        return
    foreign = [iri for iri in services(source.prologue + source.body) if iri not in allowed]
    if foreign:
        raise OutsideRefused(
            f"SERVICE {', '.join(foreign)} is refused: this server queries no other one on a caller's behalf. "
            "Ask it yourself, and send what it answers in INSERT DATA.",
            keyword="SERVICE",
        )


def _refuse_depth(found: Sequence[Token], text: str) -> None:
    depth = 0
    for token in found:
        depth = max(0, depth + _DEPTHS.get(token.text, 0))
        if depth > NESTING_MAX:
            raise misread(text, token.start, f"more than {NESTING_MAX} brackets are open here; write it flatter")
