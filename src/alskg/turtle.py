"""The one way to lay out a curated Turtle file, so that a diff shows what changed and nothing else."""

import io
import re
from collections.abc import Mapping

import pyoxigraph as ox
from rdflib import Graph
from rdflib.namespace import NamespaceManager

from alskg.errors import SourceError

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
    return laid_out(ox.serialize((quad.triple for quad in store), format=ox.RdfFormat.N_TRIPLES) or b"", prefixes)


def laid_out(n_triples: bytes, prefixes: Mapping[str, str]) -> str:
    """N-Triples in store form as Turtle in the house layout."""
    graph = Graph(bind_namespaces="none")
    graph.namespace_manager = NamespaceManager(graph, bind_namespaces="none")
    for prefix, namespace in prefixes.items():
        graph.bind(prefix, namespace, override=True, replace=True)
    graph.parse(io.BytesIO(n_triples), format="nt")
    return graph.serialize(format="longturtle").rstrip() + "\n"
