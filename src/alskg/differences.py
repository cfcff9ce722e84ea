"""Differences in words: what was changed, for people to read."""

from collections.abc import Iterator
from itertools import groupby

import pyoxigraph as ox

from alskg.changeset import Patch
from alskg.curies import curie_of
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import RDFS, file_of_graph
from alskg.triples import graph_of, plain, text


def lines_of(kg: KnowledgeGraph, patch: Patch) -> Iterator[str]:
    """
    A patch in words: for each node and file a heading, and below it what is said of it no more, and what is new.

    For example::

        riluzole (drug:riluzole) in data/things/drugs.ttl
          + alternative label: "Rilutek"@en
    """
    words = _Words(kg, patch)
    rows = sorted(
        (file_of_graph(graph_of(quad)), plain(quad.subject), sign == "+", words.of_triple(quad), sign)
        for sign, quads in (("-", patch.removed), ("+", patch.added))
        for quad in quads
    )
    for (file, subject), said in groupby(rows, key=lambda row: row[:2]):
        yield f"{words.of_node(subject)} in {file}"
        for *_, text_, sign in said:
            yield f"  {sign} {text_}"


class _Words:
    """The names of nodes: those of the graph as it stands, or of the patch where it takes them away or brings them."""

    def __init__(self, kg: KnowledgeGraph, patch: Patch) -> None:
        self._kg = kg
        self._labels = {
            plain(quad.subject): plain(quad.object)
            for quad in (*patch.removed, *patch.added)
            if quad.predicate.value == RDFS + "label"
        }

    def of_node(self, iri: str) -> str:
        """A label with the CURIE, or what there is of them."""
        curie = curie_of(self._kg.schema.prefixes, iri) or iri
        label = self._label(iri)
        return f"{label} ({curie})" if label else curie

    def of_triple(self, quad: ox.Quad) -> str:
        """What is said: the property and its value."""
        value = self.of_node(quad.object.value) if isinstance(quad.object, ox.NamedNode) else str(quad.object)
        return f"{self._label(plain(quad.predicate)) or self.of_node(plain(quad.predicate))}: {value}"

    def _label(self, iri: str) -> str | None:
        return (text(self._kg.present, iri, RDFS + "label") if ":" in iri else None) or self._labels.get(iri)
