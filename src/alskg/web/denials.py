"""Denials: the claims that deny what they are called by, so that no page shows one as if it affirmed it."""

from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, BASE
from alskg.triples import plain

DENIES = f"{BASE}vocabularies/polarities/denies"


def denials(kg: KnowledgeGraph) -> frozenset[str]:
    """The IRIs of all claims that deny; the label of a claim is that of what it speaks to, on either side."""
    return frozenset(plain(t.subject) for t in kg.store.match(None, ALS + "polarity", DENIES))
