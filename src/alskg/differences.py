"""Differences in words: what was changed, for people to read."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import groupby

import pyoxigraph as ox

from alskg.changeset import Patch
from alskg.curies import curie_of
from alskg.history import labels_gone_since
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import RDFS, file_of_graph, name_of_iri
from alskg.triples import graph_of, plain, text


class Labels:
    """What nodes are called: as the graph stands, or else by what is changed, or as they were until they went."""

    def __init__(self, kg: KnowledgeGraph, changed: Iterable[ox.Quad] = (), since: int | None = None) -> None:
        """`changed` are the quads of a change, and `since` is the revision at which its nodes are to be named."""
        self._kg = kg
        self._since = since
        self._changed = {plain(q.subject): plain(q.object) for q in changed if q.predicate.value == RDFS + "label"}

    def of(self, iri: str) -> str | None:
        """The label; None where there is none."""
        there = text(self._kg.present, iri, RDFS + "label") if ":" in iri and " " not in iri else None
        # What isn't ours was never described here, so that it is not looked for in the history.
        return there or self._changed.get(iri) or (self._gone.get(iri) if name_of_iri(iri) is not None else None)

    @cached_property
    def _gone(self) -> dict[str, str]:
        if self._since is None:
            return {}
        return labels_gone_since(self._kg.present, self._since, self._kg.settings.revision_distance_max)


def lines_of(kg: KnowledgeGraph, patch: Patch, since: int | None = None) -> Iterator[str]:
    """
    A patch in words: for each node and file a heading, and below it what is said of it no more, and what is new.

    `since`: see `Labels`.

    For example::

        riluzole (drug:riluzole) in data/things/drugs.ttl
          + alternative label: "Rilutek"@en
    """
    words = _Words(kg, Labels(kg, (*patch.removed, *patch.added), since))
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
    """Nodes and what is said of them, by their names."""

    def __init__(self, kg: KnowledgeGraph, labels: Labels) -> None:
        self._kg = kg
        self._labels = labels

    def of_node(self, iri: str) -> str:
        """A label with the CURIE, or what there is of them."""
        curie = curie_of(self._kg.schema.prefixes, iri) or iri
        label = self._labels.of(iri)
        return f"{label} ({curie})" if label else curie

    def of_triple(self, quad: ox.Quad) -> str:
        """What is said: the property and its value."""
        value = self.of_node(quad.object.value) if isinstance(quad.object, ox.NamedNode) else str(quad.object)
        return f"{self._labels.of(plain(quad.predicate)) or self.of_node(plain(quad.predicate))}: {value}"
