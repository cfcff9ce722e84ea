"""A live claim stays the claim that it is: who says what, for or against; anything else of it may be corrected."""

from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from alskg.candidate import Candidate
from alskg.faults import Fault
from alskg.names import ALS, DCTERMS, RDF, REPLACED_GRAPH, local_name, proposition_iri
from alskg.rules import content_of
from alskg.triples import Term, Triples, graph_of, plain

_CLAIM = ox.NamedNode(ALS + "Claim")
_REPLACED = DCTERMS + "isReplacedBy"
_SOURCE = DCTERMS + "source"
_STATES = ALS + "states"
_TYPE = RDF + "type"
WHAT_MAKES_A_CLAIM = (_SOURCE, _STATES, ALS + "polarity")
"""With another source, proposition or polarity it is another claim."""
_MEND = "Retract it with a reason, and add another claim: one POST /changes with `retract` and `add` does both."


def restated(candidate: Candidate) -> Iterator[Fault]:
    """
    The live claims that would come to say something else, or on somebody else's word.

    What follows from a renaming or a merger, or from taking one back, is no other claim: its source or proposition is
    the same under the name that it has now.
    """
    renamed, unnamed = map(_last_names, (candidate.added, candidate.removed))
    for gone in candidate.live_removed:
        claim, property_ = plain(gone.subject), gone.predicate.value
        if property_ not in WHAT_MAKES_A_CLAIM or not _stays_a_claim(candidate, claim):
            continue
        after = [triple.object for triple in candidate.whole.match(claim, property_)]
        if after and not any(
            _is_now(candidate, candidate.before, renamed, gone.object, now)
            or _is_now(candidate, candidate.whole, unnamed, now, gone.object)
            for now in after
        ):
            what = f"With another {local_name(property_)} it would be another claim."
            yield Fault(candidate.where(claim), claim, "restated", what, _MEND)


def _last_names(quads: Iterable[ox.Quad]) -> Mapping[str, str]:
    """The names that some quads say are given up, each with the one that it leads to in the end."""
    names = {plain(quad.subject): plain(quad.object) for quad in quads if _is_replacement(quad)}
    return {iri: _last(names, iri) for iri in names}


def _last(names: Mapping[str, str], iri: str) -> str:
    seen = [iri]
    while (later := names.get(seen[-1])) and later not in seen:
        seen.append(later)
    return seen[-1]


def _is_replacement(quad: ox.Quad) -> bool:
    return graph_of(quad) == REPLACED_GRAPH and quad.predicate.value == _REPLACED


def _stays_a_claim(candidate: Candidate, iri: str) -> bool:
    return all(next(data.match(iri, _TYPE, _CLAIM), None) for data in (candidate.before, candidate.whole))


def _is_now(candidate: Candidate, data: Triples, names: Mapping[str, str], was: Term, now: Term) -> bool:
    """Whether something is called otherwise since other things are; of a proposition, its content tells."""
    if names.get(plain(was)) != plain(now):
        return False
    content = list(content_of(data, candidate.schema, plain(was)))
    if not {part for part, _ in content} >= {RDF + "subject", RDF + "predicate", RDF + "object"}:
        return True
    present = {f"<{old}>": f"<{new}>" for old, new in names.items()}
    return proposition_iri((part, present.get(term, term)) for part, term in content) == plain(now)
