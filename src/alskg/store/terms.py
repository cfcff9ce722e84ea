"""Terms as SPARQL text: the one function that puts a value into a query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from alskg.errors import BadParameter
from alskg.tokens import Token, tokens

Bindable = ox.NamedNode | ox.Literal


def iri(text: str) -> ox.NamedNode:
    """
    The IRI that a caller named.

    Raises:
        BadParameter: it has characters that no IRI may have (RFC 3987).
    """
    try:
        return ox.NamedNode(text)
    except ValueError as error:
        raise BadParameter(f"{text!r} is not an absolute IRI: {error}.") from error


def term_text(term: Bindable) -> str:
    """An IRI or a literal in the form that SPARQL shares with N-Triples, everything hostile escaped."""
    return str(term)


def data_text(quads: Iterable[ox.Quad]) -> str:
    """Quads in the form that INSERT DATA and DELETE DATA take them, one to a line."""
    return "".join(map(_data_line, quads))


def _data_line(quad: ox.Quad) -> str:
    line = f"{quad.subject} {quad.predicate} {quad.object} ."
    return f"{line}\n" if isinstance(quad.graph_name, ox.DefaultGraph) else f"GRAPH {quad.graph_name} {{ {line} }}\n"


def bound(text: str, bindings: Mapping[str, Sequence[Bindable]]) -> str:
    """
    The query with VALUES at the head of its WHERE group, one block for each variable.

    Standing first, the values hold for everything in the group: OPTIONAL, FILTER EXISTS and MINUS included. A subselect
    has to project the variable to be held by them (SPARQL 1.1, section 18.2.1).

    Raises:
        BadParameter: the query has no group (DESCRIBE <x>), so that nothing can be bound in it.
    """
    if not bindings:
        return text
    group = _where(text)
    blocks = (f"VALUES ?{name} {{ {' '.join(map(term_text, terms))} }}" for name, terms in bindings.items())
    head, body, tail = text[: group.start], text[group.start : group.end], text[group.end :]
    if group.short_construct is not None:
        # CONSTRUCT WHERE allows triples alone, so they become the template as well (SPARQL 1.1, section 16.2.4).
        head = f"{head[: group.short_construct]} {{{body}}} {head[group.short_construct :]}"
    if group.is_subselect:
        # Nothing may stand beside a subselect but in another group.
        body = f"{{{body}}}"
    return f"{head} {' '.join(blocks)} {body}{tail}"


@dataclass(frozen=True)
class _Group:
    """The WHERE group of a query: where its content begins and ends, and what kind it is of."""

    start: int
    end: int
    is_subselect: bool
    short_construct: int | None
    """Where the template belongs in a CONSTRUCT WHERE, which has none."""


def _where(text: str) -> _Group:
    found = tokens(text)
    depth, template, construct = 0, False, None
    for index, token in enumerate(found):
        if token.text == "{" and depth == 0 and not template:
            is_subselect = [t.keyword for t in found[index + 1 : index + 2]] == ["SELECT"]
            return _Group(token.start + 1, _closing(found[index:], text), is_subselect, construct)
        # EXISTS { ... } in the head of a SELECT stands in parentheses.
        depth += _DEPTHS.get(token.text, 0)
        # What follows CONSTRUCT is its template, unless WHERE stands between the two.
        if token.keyword == "CONSTRUCT":
            template, construct = True, token.start + len(token.text)
        elif token.keyword == "WHERE" and depth == 0:
            template = False
        elif token.text == "}" and depth == 0:
            template, construct = False, None
    raise BadParameter("The query has no WHERE group, so no value can be bound in it.")


_DEPTHS = {"{": 1, "(": 1, "}": -1, ")": -1}


def _closing(found: Sequence[Token], text: str) -> int:
    """Where the brace that the tokens begin with is closed; the end of a text that doesn't, which no engine reads."""
    depth = 0
    for token in found:
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        if depth == 0:
            return token.start
    return len(text)
