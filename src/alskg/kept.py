"""What is kept apart from the published view: who took a claim back and why, and what a thing was called before."""

from dataclasses import dataclass

import pyoxigraph as ox

from alskg.apart import RECORD, successor
from alskg.names import ALS, REPLACED_GRAPH, is_retracted
from alskg.store.embedded import EmbeddedStore
from alskg.triples import Memory, graph_of, plain


@dataclass(frozen=True)
class Retraction:
    """A claim that was taken back."""

    claim: str
    time: str
    agent: str
    reason: str


def retraction_of(store: EmbeddedStore, iri: str) -> Retraction | None:
    """The retraction of a claim, or of one that stated this proposition; None where nothing of that name was."""
    found = {quad.predicate.value: plain(quad.object) for quad in kept_quads(store, iri)}
    if set(RECORD) <= set(found):
        return Retraction(iri, *(found[property_] for property_ in RECORD))
    stating = store.quads.quads_for_pattern(None, ox.NamedNode(ALS + "states"), ox.NamedNode(iri), None)
    claims = sorted(plain(quad.subject) for quad in stating if is_retracted(graph_of(quad)))
    return retraction_of(store, claims[0]) if found and claims else None


def kept_quads(store: EmbeddedStore, iri: str) -> list[ox.Quad]:
    """What is kept of a claim, or of a proposition, that was taken back."""
    return [quad for quad in store.quads_about(iri) if is_retracted(graph_of(quad))]


def successor_of(store: EmbeddedStore, iri: str) -> str | None:
    """What a renamed or merged thing is called now; None where it wasn't."""
    if next(store.match_in(REPLACED_GRAPH, iri), None) is None:
        return None
    return successor(Memory(store.match_in(REPLACED_GRAPH)), iri)
