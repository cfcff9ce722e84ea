"""The one way to lay out a curated Turtle file, so that a diff shows what changed and nothing else."""

import re
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from alskg.errors import SourceError
from alskg.names import RDF, RDFS, XSD
from alskg.triples import Subject, Term, plain

_COMMENT = re.compile(
    r""""{3}(?:[^"\\]|\\.|"(?!""))*+"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*+'{3}
    | "(?:[^"\\\r\n]|\\.)*+" | '(?:[^'\\\r\n]|\\.)*+' | <[^<>\s]*+> | \\. | (?P<comment>[#])""",
    re.VERBOSE | re.DOTALL,
)
"""What may hold a number sign in Turtle (section 6.5), and last the number sign that begins a comment."""


def canonical(text: str, prefixes: Mapping[str, str]) -> str:
    """
    The same triples in the house layout: sorted, one value to a line, only the prefixes in use.

    Literals take the form that the store would hold (`1.50` becomes `1.5`), so that writing what was read changes no
    byte. Laying out twice changes nothing.

    Raises:
        SourceError: the text is not Turtle, or holds a comment, which would be lost.
    """
    try:
        store = ox.Store()
        store.load(text.encode(), ox.RdfFormat.TURTLE)
    except SyntaxError as error:
        raise SourceError(f"This is not Turtle: {error}.") from error
    comment = next((found for found in _COMMENT.finditer(text) if found["comment"]), None)
    if comment:
        line = text.count("\n", 0, comment.start()) + 1
        raise SourceError(f"The comment at line {line} would be lost; say it as skos:editorialNote.")
    return laid_out((quad.triple for quad in store), prefixes)


def laid_out(triples: Iterable[ox.Triple], prefixes: Mapping[str, str]) -> str:
    """Triples in store form as Turtle in the house layout: in order, so that a new triple moves no other."""
    words = _Words(prefixes)
    described: dict[Subject, dict[str, set[Term]]] = {}
    for triple in triples:
        described.setdefault(triple.subject, {}).setdefault(triple.predicate.value, set()).add(triple.object)
    blocks = [words.block(subject, described[subject]) for subject in sorted(described, key=plain)]
    head = [f"PREFIX {prefix}: <{prefixes[prefix]}>\n" for prefix in sorted(words.used)]
    return "\n".join(["".join(head), *blocks] if head else blocks)


class _Words:
    """Terms as Turtle writes them, and the prefixes that this took."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = sorted(prefixes.items(), key=lambda pair: len(pair[1]), reverse=True)
        self.used: set[str] = set()

    def block(self, subject: Subject, values: Mapping[str, Iterable[Term]]) -> str:
        lines = [self._term(subject)]
        for predicate in sorted(values, key=lambda iri: (iri != RDF + "type", iri != RDFS + "label", iri)):
            verb = "a" if predicate == RDF + "type" else self._iri(predicate)
            found = [self._term(term) for term in sorted(values[predicate], key=_rank)]
            lines.append(f"    {verb} {found[0]} ;" if len(found) == 1 else _list(verb, found))
        return "\n".join([*lines, ".\n"])

    def _term(self, term: Term) -> str:
        if isinstance(term, ox.NamedNode):
            return self._iri(term.value)
        return self._literal(term) if isinstance(term, ox.Literal) else str(term)

    def _iri(self, iri: str) -> str:
        for prefix, namespace in self._prefixes:
            if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
                self.used.add(prefix)
                return f"{prefix}:{iri[len(namespace) :]}"
        return f"<{iri}>"

    def _literal(self, literal: ox.Literal) -> str:
        datatype, text = literal.datatype.value, literal.value
        if datatype in (XSD + "string", RDF + "langString"):
            return str(literal)
        if datatype == XSD + "decimal" and text.lstrip("-").isdecimal():
            text += ".0"
        if datatype in _BARE and _BARE[datatype].fullmatch(text):
            return text
        return f"{ox.Literal(text)}^^{self._iri(datatype)}"


def _list(verb: str, found: Iterable[str]) -> str:
    return f"    {verb}\n        " + " ,\n        ".join(found) + " ;"


def _rank(term: Term) -> tuple[bool, float, str, str]:
    """Where a value stands among others: literals first, numbers by their value."""
    is_number = isinstance(term, ox.Literal) and term.datatype.value in _NUMBERS
    return not isinstance(term, ox.Literal), float(plain(term)) if is_number else 0.0, plain(term), str(term)


_LOCAL = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?)?")
"""Local names that Turtle reads without an escape; there are more, and those are written as whole IRIs."""

_NUMBERS = (XSD + "integer", XSD + "decimal")
_BARE = {
    XSD + "boolean": re.compile("true|false"),
    XSD + "integer": re.compile("[+-]?[0-9]+"),
    XSD + "decimal": re.compile("[+-]?[0-9]*[.][0-9]+"),
}
"""What Turtle writes without quotes (section 2.5.2)."""
