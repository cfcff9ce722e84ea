"""Importing: an exported directory as the change that makes the graph what its files say, and nothing else."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from alskg.apart import RECORD, successor
from alskg.changeset import Patch
from alskg.errors import BadParameter
from alskg.export import tables
from alskg.files import FOLDERS, authored_quads, ontology_triples, text_of
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, AUTHORED, RDF, REPLACED_GRAPH, is_kept_apart, is_live, is_retracted
from alskg.overlay import stored
from alskg.restated import WHAT_MAKES_A_CLAIM
from alskg.schema import Schema
from alskg.triples import Memory, Term, graph_of, plain

_CLAIM = ox.NamedNode(ALS + "Claim")
_TYPE = RDF + "type"


def becoming(kg: KnowledgeGraph, directory: Path) -> tuple[Patch, Patch]:
    """
    What is to change so that each graph becomes what its file says, a graph without a file nothing at all; and of that,
    apart, what changes in order among what is kept of claims that were taken back, and of names that were given up.

    In order is what curating brings about: a record that comes, one that goes because the claim is live again, what
    follows a renaming. The gate takes the rest for what it is: somebody has changed a record, or purged it.

    Raises:
        BadParameter: it isn't the directory of a whole export.
        SourceError: one of its files can't be read.
    """
    if not (directory / FOLDERS[0]).is_dir():
        raise BadParameter(
            f"{directory}: there is no {FOLDERS[0]}/ in this directory, so that it is no whole export. --replace takes "
            "one, as `alskg export --to DIR` writes it; without --replace, files are added to what is there."
        )
    prefixes = Schema(Memory(ontology_triples(directory))).prefixes
    wanted = dict.fromkeys(stored(authored_quads(directory, prefixes)))
    there = dict.fromkeys(_authored(kg))
    added, removed = ([quad for quad in one if quad not in other] for one, other in ((wanted, there), (there, wanted)))
    order = _Order(there, wanted)
    kept = Patch(tuple(filter(order.comes, added)), tuple(filter(order.goes, removed)))
    in_order = {*kept.added, *kept.removed}
    rest = (tuple(quad for quad in quads if quad not in in_order) for quads in (added, removed))
    return Patch(*rest), kept


def _authored(kg: KnowledgeGraph) -> Iterator[ox.Quad]:
    for graph in kg.present.graphs():
        if graph.startswith(AUTHORED):
            yield from kg.present.quads.quads_for_pattern(None, None, None, ox.NamedNode(graph))


def told_otherwise(kg: KnowledgeGraph, directory: Path) -> list[str]:
    """
    The mapping tables of a directory that an export would write in other words: the graph has their mappings, and what
    else they say is read from the files under ALSKG_ROOT.
    """
    mine = dict(tables(kg))
    return [
        name
        for name, text in mine.items()
        if (directory / name).is_file() and text_of(directory / name, directory) != text
    ]


class _Order:
    """What may change among what is kept apart, from what is there to what is wanted."""

    def __init__(self, there: Iterable[ox.Quad], wanted: Iterable[ox.Quad]) -> None:
        self._there, self._wanted = list(there), list(wanted)
        self._names = Memory(quad.triple for quad in self._wanted if graph_of(quad) == REPLACED_GRAPH)
        self._kept_before = _subjects(quad for quad in self._there if is_retracted(graph_of(quad)))
        self._kept_after = _subjects(quad for quad in self._wanted if is_retracted(graph_of(quad)))
        self._live_after = _subjects(quad for quad in self._wanted if is_live(graph_of(quad)))
        self._renamed = _subjects(quad for quad in self._wanted if graph_of(quad) == REPLACED_GRAPH)
        self._claims = {
            plain(quad.subject)
            for quad in (*self._there, *self._wanted)
            if quad.predicate.value == _TYPE and quad.object == _CLAIM
        }

    def comes(self, quad: ox.Quad) -> bool:
        """Whether a quad comes to be kept as curating would bring it."""
        if not is_kept_apart(graph_of(quad)):
            return False
        iri = plain(quad.subject)
        if graph_of(quad) == REPLACED_GRAPH or iri not in self._claims:
            return True
        return (iri not in self._kept_before and iri not in self._restated) or quad.triple in self._images

    def goes(self, quad: ox.Quad) -> bool:
        """Whether a quad that is kept goes as curating would have it."""
        if not is_kept_apart(graph_of(quad)):
            return False
        iri = plain(quad.subject)
        if graph_of(quad) == REPLACED_GRAPH:
            return iri in self._live_after or iri in self._renamed
        if iri in self._live_after or self._image(quad) in self._kept_triples:
            return True
        # A proposition is called by its content, and may be kept in other words, or fall together with another one.
        return iri not in self._claims and self._now(iri) in self._kept_after | self._live_after

    @cached_property
    def _images(self) -> frozenset[ox.Triple]:
        """What is kept, under the names that things are to have."""
        return frozenset(self._image(quad) for quad in self._there if is_retracted(graph_of(quad)))

    @cached_property
    def _kept_triples(self) -> frozenset[ox.Triple]:
        return frozenset(quad.triple for quad in self._wanted if is_retracted(graph_of(quad)))

    @cached_property
    def _restated(self) -> frozenset[str]:
        """The claims that would be kept as other ones than are live."""
        return frozenset(
            plain(quad.subject)
            for quad in self._there
            if quad.predicate.value in WHAT_MAKES_A_CLAIM
            and is_live(graph_of(quad))
            and plain(quad.subject) in self._kept_after
            and self._image(quad) not in self._kept_triples
        )

    def _image(self, quad: ox.Quad) -> ox.Triple:
        if quad.predicate.value in RECORD:
            return quad.triple
        return ox.Triple(self._called(quad.subject), quad.predicate, self._called(quad.object))  # type: ignore[arg-type]

    def _called(self, term: Term) -> Term:
        return ox.NamedNode(self._now(term.value)) if isinstance(term, ox.NamedNode) else term

    def _now(self, iri: str) -> str:
        return (successor(self._names, iri) if iri in self._renamed else None) or iri


def _subjects(quads: Iterable[ox.Quad]) -> frozenset[str]:
    return frozenset(plain(quad.subject) for quad in quads)
