"""Terms as SPARQL text: the one function that puts a value into a query."""

from collections.abc import Mapping, Sequence

import pyoxigraph as ox

from alskg.errors import BadParameter
from alskg.tokens import tokens

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


def bound(text: str, bindings: Mapping[str, Sequence[Bindable]]) -> str:
    """
    The query with VALUES at the head of its WHERE group, one block for each variable.

    Standing first, the values hold for everything in the group: OPTIONAL, FILTER EXISTS and MINUS included. A subselect
    has to project the variable to be held by them (SPARQL 1.1, section 18.2.1).
    """
    if not bindings:
        return text
    at = where_start(text)
    blocks = (f"VALUES ?{name} {{ {' '.join(map(term_text, terms))} }}" for name, terms in bindings.items())
    return f"{text[:at]} {' '.join(blocks)} {text[at:]}"


def where_start(text: str) -> int:
    """
    Where the group of the WHERE clause begins, just behind its brace.

    Raises:
        BadParameter: the query has no group (DESCRIBE <x>), so that nothing can be bound in it.
    """
    depth, template = 0, False
    for token in tokens(text):
        if token.text == "{" and depth == 0 and not template:
            return token.start + 1
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        # What follows CONSTRUCT is its template, unless WHERE stands between the two.
        if token.keyword == "CONSTRUCT":
            template = True
        elif token.keyword == "WHERE" or (token.text == "}" and depth == 0):
            template = False
    raise BadParameter("The query has no WHERE group, so no value can be bound in it.")
