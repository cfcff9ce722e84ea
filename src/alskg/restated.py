"""A live claim stays the claim that it is: who says what, for or against, and with which figures."""

from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from alskg.candidate import Candidate
from alskg.faults import Fault
from alskg.names import ALS, DCTERMS, RDF, RDFS, REPLACED_GRAPH, SKOS, local_name
from alskg.rules import iri_by_content
from alskg.triples import Term, Triples, graph_of, iris, objects, plain

_REPLACED = DCTERMS + "isReplacedBy"
_SOURCE = DCTERMS + "source"
_STATES = ALS + "states"
_TYPE = RDF + "type"
_LABEL = RDFS + "label"
WHAT_MAKES_A_CLAIM = (_SOURCE, _STATES, ALS + "polarity")
"""With another source, proposition or polarity it is another claim."""
_CLAIM = ALS + "Claim"
KEPT = {
    _CLAIM: (*WHAT_MAKES_A_CLAIM, _LABEL, SKOS + "notation"),
    ALS + "Proposition": (_LABEL,),
}
"""What stays with a live node of a class; what it is called must not come to say another thing than it."""
_NOTE = SKOS + "editorialNote"
_MEND_OF_CONTENT = (
    "Add another one under another name, retract the claims that were wrong and claim anew with that: one POST "
    "/changes does it all. An editorialNote may be added."
)
_SOURCES = ALS + "Source"
_KNOWN_BY = (SKOS + "exactMatch", DCTERMS + "title", _LABEL)
_MEND_OF_SOURCE = (
    "Where it is another work, describe that as a source of its own, retract the claims and claim anew; else mend one "
    "after the other."
)
_MEND = "Retract it with a reason, and add another claim: one POST /changes with `retract` and `add` does both."


def restated(candidate: Candidate) -> Iterator[Fault]:
    """
    The live claims that would come to say something else, or on somebody else's word.

    What follows from a renaming or a merger, or from taking one back, is no other claim: its source or proposition is
    the same under the name that it has now.
    """
    renamed, unnamed = map(_last_names, (candidate.added, candidate.removed))
    led_on = {plain(triple.subject) for triple in candidate.live_removed if triple.predicate.value == _STATES}
    for gone in candidate.live_removed:
        claim, property_ = plain(gone.subject), gone.predicate.value
        if property_ == _LABEL and claim in led_on:
            # It is called after its proposition, which has another name now.
            continue
        if not any(property_ in kept and _stays(candidate, claim, class_) for class_, kept in KEPT.items()):
            continue
        after = [triple.object for triple in candidate.whole.match(claim, property_)]
        if after and not any(
            _is_now(candidate, candidate.before, renamed, gone.object, now)
            or _is_now(candidate, candidate.whole, unnamed, now, gone.object)
            for now in after
        ):
            what = f"With another {local_name(property_)} it would be another claim."
            yield Fault(candidate.where(claim), claim, "restated", what, _MEND)


def redated(candidate: Candidate) -> Iterator[Fault]:
    """The live claims of which something would be another that what they state needs, as the day of an event."""
    touched = (*candidate.live_added, *candidate.live_removed)
    for claim in {plain(triple.subject) for triple in touched if triple.predicate.value in candidate.schema.needed}:
        for need in _needed(candidate, claim) if _stays(candidate, claim, _CLAIM) else ():
            before, after = (set(objects(data, claim, need)) for data in (candidate.before, candidate.whole))
            if before != after:
                what = f"With another {local_name(need)} it would be another claim."
                yield Fault(candidate.where(claim), claim, "restated", what, _MEND)


def _needed(candidate: Candidate, claim: str) -> set[str]:
    """What the claim bears because of what it states, as an event its day: it is part of what the source says."""
    stated = (
        by for one in iris(candidate.whole, claim, _STATES) for by in iris(candidate.whole, one, RDF + "predicate")
    )
    predicates = candidate.schema.predicates
    return {need for iri in stated if iri in predicates for need in predicates[iri].claim_needs}


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


def _stays(candidate: Candidate, iri: str, class_: str) -> bool:
    term = ox.NamedNode(class_)
    return all(next(data.match(iri, _TYPE, term), None) for data in (candidate.before, candidate.whole))


def rewritten(candidate: Candidate) -> Iterator[Fault]:
    """
    What is part of what live claims say, as a figure, and would come to be something else under them.

    What only follows a renaming is the same as before.
    """
    names = {**_last_names(candidate.added), **_last_names(candidate.removed)}
    present = {*names, *names.values()}
    changed: dict[str, set[str]] = {}
    for triple in (*candidate.live_added, *candidate.live_removed):
        if triple.predicate.value != _NOTE and plain(triple.object) not in present:
            changed.setdefault(plain(triple.subject), set()).add(local_name(triple.predicate.value))
    for iri, properties in changed.items():
        if not any(_stays(candidate, iri, c.iri) for c in candidate.schema.classes.values() if c.is_content):
            continue
        referring = sorted({plain(triple.subject) for triple in candidate.whole.match(None, None, ox.NamedNode(iri))})
        if referring:
            what = f"{', '.join(sorted(properties))} would change under what refers to it: {', '.join(referring[:5])}"
            what += f" and {len(referring) - 5} more." if len(referring) > 5 else "."
            yield Fault(candidate.where(iri), iri, "restated", what, _MEND_OF_CONTENT)


def exchanged(candidate: Candidate) -> Iterator[Fault]:
    """
    The sources that would be other works under the claims that rest on them.

    A slip in a title or in a number is mended; but of what a source is known by, its numbers, title and label, one
    stays, where it has several.
    """
    for iri in {plain(triple.subject) for triple in candidate.live_removed if triple.predicate.value in _KNOWN_BY}:
        before, after = (
            {triple.object for property_ in _KNOWN_BY for triple in data.match(iri, property_)}
            for data in (candidate.before, candidate.whole)
        )
        # What is known by one word alone has nothing else that could stay while a slip in it is mended.
        is_same = not _stays(candidate, iri, _SOURCES) or len(before) == 1 or not before.isdisjoint(after)
        if not is_same and (resting := next(candidate.whole.match(None, _SOURCE, iri), None)):
            what = f"Its numbers, title and label would all be others under {plain(resting.subject)}."
            yield Fault(candidate.where(iri), iri, "restated", what, _MEND_OF_SOURCE)


def _is_now(candidate: Candidate, data: Triples, names: Mapping[str, str], was: Term, now: Term) -> bool:
    """Whether something is called otherwise since other things are; of a proposition, its content tells."""
    if names.get(plain(was)) != plain(now):
        return False
    return iri_by_content(data, candidate.schema, plain(was), names) in (None, plain(now))
