"""What can be told of a SPARQL text from its tokens alone: its form, its keywords, and what it would fetch."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

import pyoxigraph as ox

from alskg.errors import BadQuery
from alskg.names import BASE
from alskg.tokens import ABSOLUTE_IRI, Token, leading_tokens, misread, misread_at, tokens, unescaped

Form = Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "UPDATE"]

_FORMS: dict[str, Form] = {
    "SELECT": "SELECT",
    "ASK": "ASK",
    "CONSTRUCT": "CONSTRUCT",
    "DESCRIBE": "DESCRIBE",
    **dict.fromkeys(("INSERT", "DELETE", "WITH", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD"), "UPDATE"),
}

_PROLOGUE = MappingProxyType({"BASE": 2, "PREFIX": 3, "VERSION": 2})
"""The keywords of the prologue, each with the number of its tokens."""
_PLAIN_HEAD = re.compile(
    r"(?:[ \t\r\n]++|#[^\r\n]*+[\r\n]|PREFIX[ \t\r\n]++(?:[A-Za-z][A-Za-z0-9_-]*+)?:[ \t\r\n]*+"
    r"<[A-Za-z0-9:/#?=._~&%+-]*+>)*+(SELECT|ASK|CONSTRUCT|DESCRIBE)(?=[\s{?*$<(])",
    re.ASCII | re.IGNORECASE,
)
"""How most queries begin, read in one go; whatever begins otherwise is tokenised."""
CHANGING = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE", "SERVICE"})
"""What another answer may come from each time, even while the graph stays as it is."""

_NONE: Mapping[str, str] = MappingProxyType({})
_CALL_IN_IRI = re.compile(r"(NOW|RAND|STRUUID|UUID|BNODE)(?=[(#])", re.ASCII | re.IGNORECASE)


def form(text: str) -> Form:
    """
    What the text asks for: the first keyword after the prologue.

    Raises:
        BadQuery: it holds no such keyword, or can't be tokenised.
    """
    found = tokens(text)
    return _form(text, found[len(_prologue(found)) :])


def form_at_a_glance(text: str) -> Form:
    """
    As `form`, reading no further than it has to; so what comes after may be anything.

    Raises:
        BadQuery: it holds no such keyword, or can't be tokenised up to it.
    """
    if plain := _PLAIN_HEAD.match(text):
        return _FORMS[plain[1].upper()]
    skipped = 0
    for token in leading_tokens(text):
        if not skipped and token.keyword not in _PROLOGUE:
            return _form(text, [token])
        skipped = (skipped or _PROLOGUE[token.keyword]) - 1
    return _form(text, [])


def _form(text: str, rest: Sequence[Token]) -> Form:
    if not rest:
        raise misread(text, len(text), "the query ends before it asks anything")
    if rest[0].keyword not in _FORMS:
        raise misread(text, rest[0].start, f"expected SELECT, ASK, CONSTRUCT or DESCRIBE, found {rest[0].text}")
    return _FORMS[rest[0].keyword]


def mentions(text: str, keywords: Iterable[str]) -> set[str]:
    """
    Those of `keywords` (in upper case) that the text uses as keywords.

    A name, variable, IRI, string or comment is no keyword. None is missed: what can't be tokenised is a BadQuery.
    """
    used: set[str] = set()
    for token in tokens(text):
        used.add(token.keyword)
        if token.kind == "iri" and not ABSOLUTE_IRI.match(token.text):
            # `?a<NOW()&&?b>?c` is an IRI to the standard, and two comparisons to Oxigraph.
            used.update(call.upper() for call in _CALL_IN_IRI.findall(token.text))
    return used & set(keywords)


def is_changing(text: str) -> bool:
    """
    Whether the answer may be another one each time, even while the graph stays as it is.

    So it is with what depends on the clock, on chance or on another server. A blank node of a template has another name
    each time, and is the same answer nonetheless; a BNODE() may be compared, counted and told as text.
    """
    return bool(mentions(unescaped(text), CHANGING))


def variables(text: str) -> set[str]:
    """The names of the variables in the text, without `?` and `$`."""
    return {token.text[1:] for token in tokens(text) if token.kind == "variable"}


def datasets(text: str, prefixes: Mapping[str, str] = _NONE) -> tuple[str, ...]:
    """
    The IRIs after FROM and FROM NAMED, resolved against the prologue, and `prefixes` which the engine knows besides.

    Raises:
        BadQuery: one of them is relative without a base, has an undeclared prefix, or is missing.
    """
    return _targets(text, "FROM", "NAMED", prefixes)


def services(text: str, prefixes: Mapping[str, str] = _NONE) -> tuple[str, ...]:
    """
    The IRIs after SERVICE and SERVICE SILENT, resolved as by `datasets`; a variable as `?name`.

    Raises:
        BadQuery: as for `datasets`.
    """
    return _targets(text, "SERVICE", "SILENT", prefixes)


def undeclared_prefixes(text: str) -> dict[str, Token]:
    """The prefixes that the text uses and doesn't declare, each with the first name that uses it."""
    found = tokens(text)
    declared = {name.text for before, name in pairwise(found) if before.keyword == "PREFIX"}
    undeclared: dict[str, Token] = {}
    for token in found:
        prefix = token.text.partition(":")[0]
        if token.kind == "name" and f"{prefix}:" not in declared:
            undeclared.setdefault(prefix, token)
    return undeclared


def bad_query(error: SyntaxError, text: str = "", prefixes: Mapping[str, str] = _NONE) -> BadQuery:
    """
    Oxigraph's syntax error as ours, with `line` and `column` (both from 1; a column is a character).

    With the text at hand, a misspelt keyword or an undeclared prefix is named where it stands; Oxigraph reports the
    place up to which it tried in vain, and of what it expected there only a part.
    """
    try:
        for prefix, token in undeclared_prefixes(text).items():
            if prefix not in prefixes:
                problem = f"prefix {prefix}: is not declared; write PREFIX {prefix}: <...> before"
                return misread(text, token.start, problem)
    except BadQuery as nearer:
        return nearer
    match = re.match(r"error at (\d+):(\d+): (?:expected (?:one of )?)?(.*)", str(error), re.DOTALL)
    if match is None:
        return BadQuery(f"{error}.")
    line, column = int(match[1]), int(match[2])
    reasons = [reason for reason in match[3].split(", ") if re.search(r"\w [a-z]+ ", reason)]
    tail = "".join(text.split("\n")[line - 1 : line])[: column - 1][-40:].lstrip()
    after = f" after '{tail}'" if tail else ""
    return misread_at(line, column, reasons[0] if reasons else f"the query can't go on like this{after}")


def _prologue(found: Sequence[Token]) -> Sequence[Token]:
    end = 0
    while end < len(found) and found[end].keyword in _PROLOGUE:
        end += _PROLOGUE[found[end].keyword]
    return found[:end]


def _targets(text: str, keyword: str, modifier: str, prefixes: Mapping[str, str]) -> tuple[str, ...]:
    """What stands after each `keyword`, past an optional `modifier`."""
    found = tokens(text)
    known = (f"PREFIX {prefix}: <{namespace}>" for prefix, namespace in prefixes.items())
    head = "\n".join((*known, *(token.text for token in _prologue(found))))
    targets: list[Token] = []
    for index, token in enumerate(found):
        if token.keyword == keyword:
            skipped = 2 if [after.keyword for after in found[index + 1 : index + 2]] == [modifier] else 1
            target = next(iter(found[index + skipped :]), None)
            if target is None or target.kind not in ("iri", "name", "variable"):
                raise misread(text, token.start, f"expected an IRI after {keyword}")
            targets.append(target)
    named = {target.text: target for target in reversed(targets) if target.kind != "variable"}
    resolved = _resolved(list(named.values()), head, text)
    return tuple(resolved.get(target.text, "?" + target.text[1:]) for target in targets)


def _resolved(targets: Sequence[Token], head: str, text: str) -> dict[str, str]:
    """
    The IRIs of tokens, by their text: Turtle shares the prologue and the names of SPARQL, so Oxigraph resolves them.

    All of them in one reading: one for each would let a long text cost its length squared.
    """
    if not targets:
        return {}
    lines = (f"{target.text} <x:p> {number} ." for number, target in enumerate(targets))
    try:
        quads = ox.parse("\n".join((head, *lines)).encode(), ox.RdfFormat.TURTLE, base_iri=BASE)
        return {targets[int(str(quad.object.value))].text: str(quad.subject.value) for quad in quads}
    except SyntaxError as error:
        # The engine names a place in the text that was made here; the first half without a fault is passed over.
        if len(targets) > 1:
            half = len(targets) // 2
            return _resolved(targets[:half], head, text) | _resolved(targets[half:], head, text)
        problem = f"{targets[0].text} can't be resolved; declare its prefix, or write the whole IRI"
        raise misread(text, targets[0].start, problem) from error
