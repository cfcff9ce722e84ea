"""Denials: the claims that deny what they are called by, so that no page shows one as if it affirmed it."""

from collections.abc import Iterable

import pyoxigraph as ox

from alskg.evidence import DENIES
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS
from alskg.triples import plain


def denials(kg: KnowledgeGraph, changed: Iterable[ox.Quad] = ()) -> frozenset[str]:
    """
    The IRIs of all claims that deny; the label of a claim is that of what it speaks to, on either side.

    `changed` are the quads of a change that is shown: a claim may come with it, or have gone with it.
    """
    return denying(changed) | {plain(t.subject) for t in kg.store.match(None, ALS + "polarity", DENIES)}


def denies(kg: KnowledgeGraph, claim: str) -> bool:
    """Whether a claim, by its IRI, denies what it is called by."""
    return next(kg.store.match(claim, ALS + "polarity", DENIES), None) is not None


def denying(quads: Iterable[ox.Quad]) -> frozenset[str]:
    """The IRIs of the claims that deny, by these quads."""
    return frozenset(
        plain(q.subject) for q in quads if q.predicate.value == ALS + "polarity" and plain(q.object) == DENIES
    )
