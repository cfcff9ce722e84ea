"""Taking a claim back: it leaves what is published and is kept apart, with when, by whom and why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pyoxigraph as ox

from alskg.apart import RECORD, WITHOUT_SOURCE, replaced, retracted
from alskg.candidate import Candidate
from alskg.changeset import Changeset, Patch, written
from alskg.errors import Conflict, UnknownName
from alskg.faults import Fault
from alskg.names import (
    ALS,
    DCTERMS,
    RDF,
    REPLACED_GRAPH,
    RETRACTED_GRAPHS,
    XSD,
    file_of_graph,
    is_kept_apart,
    is_live,
    is_retracted,
    local_name,
)
from alskg.overlay import Overlay
from alskg.restated import exchanged, redated, restated, rewritten
from alskg.rules import is_described
from alskg.store.embedded import EmbeddedStore
from alskg.triples import Term, graph_of, in_graph, plain, triples_of

_CLAIM = ox.NamedNode(ALS + "Claim")
_SOURCE = ox.NamedNode(DCTERMS + "source")
_STATES = ALS + "states"
_REPLACED = DCTERMS + "isReplacedBy"
_TYPE = RDF + "type"
_MEND = (
    "Retract it with a reason: DELETE /claims/{name}, or `retract` in POST /changes (on the command line, alskg change "
    "retract)."
)
_LEAVE = (
    "Leave it; only `purge`, which needs the scope admin, may change it (on the command line, --purge; with alskg "
    "load, --admin)."
)
_ASK = "Ask somebody with the scope admin to go back (on the command line, --admin)."


def with_retractions(store: EmbeddedStore, change: Changeset) -> Changeset:
    """
    The change with each claim that it takes back moved out of the live graphs, and with it every proposition that
    nobody states or refers to any more; and with what else comes and goes among what is kept.

    Raises:
        UnknownName: there is no such claim.
        Conflict: what is kept isn't any more what it was when the change was made.
    """
    if lost := next((quad for quad in change.kept.removed if quad not in store.quads), None):
        raise Conflict(
            f"What is kept of {plain(lost.subject)} has changed since this change was made. Make it anew.",
            node=plain(lost.subject),
        )
    change = replace(change, added=(*change.added, *change.kept.added), removed=(*change.removed, *change.kept.removed))
    moved: dict[str, list[ox.Quad]] = {}
    for claim, reason in change.retracted:
        quads = live_quads(store, claim)
        if _CLAIM not in (quad.object for quad in quads if quad.predicate.value == _TYPE):
            raise UnknownName(f"There is no live claim <{claim}> to retract.")
        graph = _kept_in(quads)
        moved.setdefault(graph, []).extend(quads)
        change = replace(change, added=(*change.added, *_record(change, claim, reason, graph)))
    for graph, quads in moved.items():
        gone = [*quads, *(quad for iri in _orphans(store, change, quads) for quad in live_quads(store, iri))]
        kept = dict.fromkeys(in_graph(quad.triple, graph) for quad in gone)
        # A proposition may be kept there from an earlier time, in other words.
        older = [q for iri in {plain(q.subject) for q in gone} for q in store.quads_about(iri) if graph_of(q) == graph]
        older = [quad for quad in older if quad not in kept]
        change = replace(
            change,
            added=(*change.added, *kept),
            removed=(*change.removed, *gone, *older),
            kept=Patch(change.kept.added, (*change.kept.removed, *older)),
        )
    return change


def live_quads(store: EmbeddedStore, iri: str) -> list[ox.Quad]:
    """What the live graphs say of a node."""
    return [quad for quad in store.quads_about(iri) if is_live(graph_of(quad))]


def recorded(quads: Iterable[ox.Quad]) -> set[str]:
    """The claims whose records are among what is kept: when, by whom and why they were taken back."""
    return {plain(quad.subject) for quad in quads if quad.predicate.value in RECORD}


def _kept_in(quads: Iterable[ox.Quad]) -> str:
    """The graph where the claim with these quads is kept, by its source."""
    sources = sorted(plain(quad.object) for quad in quads if quad.predicate == _SOURCE)
    return RETRACTED_GRAPHS + (local_name(sources[0]) if sources else WITHOUT_SOURCE)


def _record(change: Changeset, claim: str, reason: str, graph: str) -> list[ox.Quad]:
    time = ox.Literal(written(change.time), datatype=ox.NamedNode(XSD + "dateTime"))
    values = zip(RECORD, (time, ox.Literal(change.agent), ox.Literal(reason, language="en")), strict=True)
    return [
        ox.Quad(ox.NamedNode(claim), ox.NamedNode(property_), value, ox.NamedNode(graph)) for property_, value in values
    ]


def _orphans(store: EmbeddedStore, change: Changeset, moved: Sequence[ox.Quad]) -> list[str]:
    """The propositions to which nothing would refer once these quads are gone."""
    gone = {quad.triple for quad in (*moved, *change.removed)}
    wanted = {plain(quad.object) for quad in change.added if is_live(graph_of(quad)) or not graph_of(quad)}
    stated = dict.fromkeys(plain(quad.object) for quad in moved if quad.predicate.value == _STATES)
    return [
        iri for iri in stated if iri not in wanted and all(triple in gone for triple in store.match(None, None, iri))
    ]


def faults_of_keeping(candidate: Candidate, change: Changeset) -> Iterator[Fault]:
    """
    Where the change breaks what is kept: no claim vanishes without its record, and no record changes.

    An administrator may, with `may_purge`; but even so, nothing is both kept apart and live, and what comes there is
    whole: a load of retracted claims brings when, by whom and why.
    """
    yield from _revived(candidate)
    yield from _unsound(candidate)
    if change.may_purge:
        return
    if change.reverts is None and change.restores is None:
        # What history says was that claim, is.
        yield from restated(candidate)
        yield from redated(candidate)
        yield from rewritten(candidate)
        yield from exchanged(candidate)
        yield from _left_without_source(candidate)
    elif not change.may_change_ontology:
        yield from _unpurged(candidate)
    yield from _left_nowhere(candidate)
    told = recorded(change.kept.added)
    for triple in candidate.live_removed:
        if triple.predicate.value == _TYPE and triple.object == _CLAIM and plain(triple.subject) not in told:
            yield from _unrecorded(candidate, plain(triple.subject))
    in_order = {*change.kept.added, *change.kept.removed}
    yield from (
        fault
        for quad in (*candidate.added, *candidate.removed)
        if quad not in in_order
        for fault in _tampered(candidate, quad)
    )


def _left_nowhere(candidate: Candidate) -> Iterator[Fault]:
    """The things that would vanish although an earlier name leads to them."""
    for iri in {plain(triple.subject) for triple in candidate.live_removed}:
        if not is_described(candidate.whole, iri) and not _is_kept_apart(candidate, iri):
            leading = candidate.store.quads.quads_for_pattern(
                None, ox.NamedNode(_REPLACED), ox.NamedNode(iri), ox.NamedNode(REPLACED_GRAPH)
            )
            for quad in leading:
                if quad not in candidate.gone:
                    what = f"It would vanish, and its earlier name {plain(quad.subject)} leads to it."
                    yield Fault(candidate.where(iri), iri, "kept-apart", what, "Rename or merge it instead.")


def _left_without_source(candidate: Candidate) -> Iterator[Fault]:
    """
    The sources that would vanish although a claim that was taken back names them, so that nobody would have said it.

    What goes with a change that is taken back is told by the history of that change.
    """
    for iri in {plain(triple.subject) for triple in candidate.live_removed if triple.predicate.value == _TYPE}:
        if is_described(candidate.whole, iri):
            continue
        node = ox.NamedNode(iri)
        there = candidate.store.quads.quads_for_pattern(None, _SOURCE, node, None)
        coming = (quad for quad in candidate.added if quad.predicate == _SOURCE and quad.object == node)
        if naming := sorted(
            plain(quad.subject)
            for quad in (*there, *coming)
            if is_retracted(graph_of(quad)) and quad not in candidate.gone
        ):
            what = f"It would vanish, and what was taken back is kept as its word: {naming[0]}"
            what += f" and {len(naming) - 1} more." if len(naming) > 1 else "."
            mend = (
                "Leave it; or merge it into another one (POST /merge). What came by mistake goes with its claim when "
            )
            mend += f"the change that added both is reverted: /changes?node={iri}."
            yield Fault(candidate.where(iri), iri, "kept-apart", what, mend)


def _is_kept_apart(candidate: Candidate, iri: str) -> bool:
    """Whether something is kept as retracted after the change, from before or since, or has another name."""
    renamed = any(graph_of(quad) == REPLACED_GRAPH for quad in candidate.coming.get(iri, ()))
    return renamed or _is_kept(candidate, iri)


def _revived(candidate: Candidate) -> Iterator[Fault]:
    """The claims and things that would be live again under a name that is kept apart."""
    for triple in candidate.live_added:
        if triple.predicate.value == _TYPE:
            iri = plain(triple.subject)
            graphs = {graph_of(quad) for quad in candidate.store.quads_about(iri) if quad not in candidate.gone}
            if REPLACED_GRAPH in graphs or (triple.object == _CLAIM and any(map(is_retracted, graphs))):
                what = "It was retracted or replaced, and would be live beside its record."
                mend = "Revert the revision that did so, or give it another name."
                yield Fault(candidate.where(iri), iri, "kept-apart", what, mend)


def _unpurged(candidate: Candidate) -> Iterator[Fault]:
    """The claims that would come back from history alone: an administrator purged them, and may have had to."""
    for quad in candidate.added:
        iri = plain(quad.subject)
        if quad.predicate.value == _TYPE and quad.object == _CLAIM and not candidate.store.quads_about(iri):
            what = "It was purged, and going back would bring it in again."
            yield Fault(candidate.where(iri), iri, "purged", what, _ASK)


def _unsound(candidate: Candidate) -> Iterator[Fault]:
    """What is wrong with what comes to be kept apart."""
    coming = [quad for quad in candidate.added if not is_live(graph_of(quad))]
    for graph in {graph_of(quad) for quad in coming}:
        file = file_of_graph(graph)
        added, removed = (
            [quad.triple for quad in quads if graph_of(quad) == graph] for quads in (coming, candidate.removed)
        )
        kept = Overlay(_Graph(candidate.store, graph), added, removed)
        if graph == REPLACED_GRAPH:
            yield from (
                fault
                for triple in added
                for fault in replaced(candidate, kept, file, triple, lambda iri: _is_kept(candidate, iri))
            )
        elif is_retracted(graph):
            subjects = {plain(triple.subject) for triple in added}
            yield from (fault for iri in subjects for fault in retracted(candidate, kept, file, iri))


def _is_kept(candidate: Candidate, iri: str) -> bool:
    """Whether something is kept as retracted after the change."""
    there = (quad for quad in candidate.store.quads_about(iri) if quad not in candidate.gone)
    return any(is_retracted(graph_of(quad)) for quad in (*there, *candidate.coming.get(iri, ())))


class _Graph:
    """One named graph of a store, as `Triples`."""

    def __init__(self, store: EmbeddedStore, name: str) -> None:
        self._quads = store.quads
        self._name = ox.NamedNode(name)

    def match(
        self, subject: str | None = None, predicate: str | None = None, object_: Term | str | None = None
    ) -> Iterator[ox.Triple]:
        """See `Triples.match`."""
        return triples_of(self._quads, subject, predicate, object_, self._name)


def _unrecorded(candidate: Candidate, claim: str) -> Iterator[Fault]:
    kept = [quad for quad in candidate.coming.get(claim, ()) if is_retracted(graph_of(quad))]
    missing = set(RECORD) - {quad.predicate.value for quad in kept}
    was = {quad.triple for quad in live_quads(candidate.store, claim)}
    if missing or was - {quad.triple for quad in kept}:
        what = "A claim would vanish without a record of who takes it back, and why."
        yield Fault(candidate.where(claim), claim, "unretracted", what, _MEND)


def _tampered(candidate: Candidate, quad: ox.Quad) -> Iterator[Fault]:
    """What is kept apart comes there when it stops being live, and leaves when it is live again; nothing else."""
    if not is_kept_apart(graph_of(quad)):
        return
    iri = plain(quad.subject)
    is_live_after, was_live = is_described(candidate.whole, iri), is_described(candidate.before, iri)
    comes_in_order = quad in candidate.coming.get(iri, ()) and was_live and not is_live_after
    leaves_in_order = quad in candidate.gone and is_live_after and not was_live
    if not comes_in_order and not leaves_in_order:
        what = "What was retracted or replaced is kept as it is."
        yield Fault(graph_of(quad), iri, "kept-apart", what, _LEAVE)
