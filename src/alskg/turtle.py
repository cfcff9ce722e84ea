"""The one way to lay out a curated Turtle file, so that a diff shows what changed and nothing else."""

import io
from collections.abc import Mapping

import pyoxigraph as ox
from rdflib import Graph
from rdflib.namespace import NamespaceManager

from alskg.errors import SourceError


def canonical(text: str, prefixes: Mapping[str, str]) -> str:
    """
    The same triples in the house layout: sorted, one value to a line, only the prefixes in use.

    Literals take the form that the store would hold (`1.50` becomes `1.5`), so that writing what was read changes no
    byte. Laying out twice changes nothing.

    Raises:
        SourceError: the text is not Turtle, or holds a comment, which would be lost.
    """
    if any(line.lstrip().startswith("#") for line in text.splitlines()):
        raise SourceError("A comment would be lost; say it as skos:editorialNote.")
    try:
        store = ox.Store()
        store.load(text.encode(), ox.RdfFormat.TURTLE)
    except SyntaxError as error:
        raise SourceError(f"This is not Turtle: {error}.") from error
    return laid_out(ox.serialize((quad.triple for quad in store), format=ox.RdfFormat.N_TRIPLES) or b"", prefixes)


def laid_out(n_triples: bytes, prefixes: Mapping[str, str]) -> str:
    """N-Triples in store form as Turtle in the house layout."""
    graph = Graph(bind_namespaces="none")
    graph.namespace_manager = NamespaceManager(graph, bind_namespaces="none")
    for prefix, namespace in prefixes.items():
        graph.bind(prefix, namespace, override=True, replace=True)
    graph.parse(io.BytesIO(n_triples), format="nt")
    return graph.serialize(format="longturtle").rstrip() + "\n"
