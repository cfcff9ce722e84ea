"""Denials: the claims that deny what they are called by, so that no page shows one as if it affirmed it."""

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from alskg.candidate import Candidate
from alskg.evidence import DENIES, OBJECT, POLARITY, PREDICATE, STATES, SUBJECT
from alskg.knowledge_graph import KnowledgeGraph
from alskg.triples import bearing, iris, objects, plain, subjects


def denials(kg: KnowledgeGraph, changed: Iterable[ox.Quad] = ()) -> frozenset[str]:
    """
    The IRIs of all claims that deny; the label of a claim is that of what it speaks to, on either side.

    `changed` are the quads of a change that is shown: a claim may come with it, or have gone with it.
    """
    return denying(changed) | {plain(t.subject) for t in kg.store.match(None, POLARITY, DENIES)}


def denies(kg: KnowledgeGraph, claim: str) -> bool:
    """Whether a claim, by its IRI, denies what it is called by."""
    return next(kg.store.match(claim, POLARITY, DENIES), None) is not None


def denying(quads: Iterable[ox.Quad]) -> frozenset[str]:
    """The IRIs of the claims that deny, by these quads."""
    return frozenset(plain(q.subject) for q in quads if q.predicate.value == POLARITY and plain(q.object) == DENIES)


def said_otherwise(candidate: Candidate, claims_max: int) -> dict[str, str]:
    """
    What contests nothing in a change, and says otherwise with another scope: by IRI, with the side of its claims.

    That is what is affirmed within a scope where the change denies it in general, and what is denied in general where
    the change affirms it within a scope. It looks at the first `claims_max` claims.
    """
    stated = sorted((plain(t.subject), plain(t.object)) for t in candidate.live_added if t.predicate.value == STATES)
    return {
        other: "for" if denies_it else "against"
        for claim, proposition in stated[:claims_max]
        if (denies_it := _denies(candidate, claim)) != _is_limited(candidate, proposition)
        for other in _of_same_ends(candidate, proposition)
        if _is_limited(candidate, other) == denies_it
        and any(_denies(candidate, one) != denies_it for one in subjects(candidate.whole, STATES, other))
    }


def _denies(candidate: Candidate, claim: str) -> bool:
    return DENIES in iris(candidate.whole, claim, POLARITY)


def _is_limited(candidate: Candidate, proposition: str) -> bool:
    scopes = candidate.schema.scope_properties
    return any(triple.predicate.value in scopes for triple in candidate.whole.match(proposition))


def _of_same_ends(candidate: Candidate, proposition: str) -> Iterator[str]:
    ends = [(end, term) for end in (SUBJECT, PREDICATE, OBJECT) for term in objects(candidate.whole, proposition, end)]
    yield from bearing(candidate.whole, ends)
