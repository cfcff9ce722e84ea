"""Going back: the change that takes back an earlier one, and the one that makes the graph what it was at a revision."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import pyoxigraph as ox

from alskg.apart import RECORD
from alskg.changes import shortened
from alskg.changeset import NOTHING, Changeset, Patch
from alskg.errors import Conflict, TooLarge
from alskg.history import Record, difference, record_at, records_back
from alskg.keeping import following, is_live_in, joined
from alskg.kept import kept_quads
from alskg.knowledge_graph import KnowledgeGraph
from alskg.layout import files_for
from alskg.names import ALS, DCTERMS, GRAPHS, RDF, REPLACED_GRAPH, is_live, is_retracted
from alskg.retraction import live_quads, recorded
from alskg.triples import graph_of, in_graph, plain

_CLAIM = ox.NamedNode(ALS + "Claim")
_PROPOSITION = ox.NamedNode(ALS + "Proposition")
_STATES = ox.NamedNode(ALS + "states")
_TYPE = RDF + "type"


def reverting(kg: KnowledgeGraph, revision: int, agent: str, message: str = "") -> Changeset:
    """
    The change that takes back an earlier one.

    Claims that it added are retracted, with the revert as the reason; those that it brought back are kept again as they
    were before, with their records. Claims that it retracted are live again as they are kept, under the names that
    things have now. What is kept apart stays so, and follows the names.

    Raises:
        UnknownName: there is no such change.
        Conflict: what it did was changed again since; the revision is named that comes first.
    """
    record = record_at(kg.present, revision)
    message = message or shortened(kg, f"Reverts revision {revision}: {record.message}")
    return _Undoing(kg, record).changeset(message, agent)


def restoring(
    kg: KnowledgeGraph, revision: int, agent: str, message: str = "", *, distance_max: int | None = None
) -> Changeset:
    """
    The change that makes what is published what it was at a revision.

    Claims that came since are retracted; what was retracted before and since purged is kept again.

    Raises:
        UnknownName: there was no such revision, or what happened since isn't known.
        TooLarge: it lies further back than the limit.
    """
    now = kg.present.state.revision
    if distance_max is not None and 1 <= revision < now - distance_max:
        raise TooLarge(
            f"Revision {revision} lies {now - revision:,} changes back; at most {distance_max:,} are taken back here "
            "(ALSKG_REVISION_DISTANCE_MAX). Stop the server and use `alskg change restore`.",
            limit="revision_distance_max",
        )
    patch = difference(kg.present, now, revision)
    message = message or f"Restores revision {revision}"
    there, back = patch.part(_is_published), patch.part(_is_retracted)
    kept = joined(_out_of_the_way(kg, there), _as_before(kg, there, back))
    gone = {plain(quad.subject) for quad in back.added} - {plain(quad.subject) for quad in there.removed}
    purged = [q for q in back.added if plain(q.subject) in gone and not kg.present.quads_about(plain(q.subject))]
    kept = joined(kept, Patch(tuple(purged), ()))
    kept = joined(kept, following(kg.present, kg.schema, _renamed(kg, there), kept, _members(there.added)))
    return replace(_changeset(kg, message, agent, there, kept), restores=revision)


def _is_retracted(quad: ox.Quad) -> bool:
    return is_retracted(graph_of(quad))


def _is_published(quad: ox.Quad) -> bool:
    return not _is_retracted(quad)


def _is_of_names(quad: ox.Quad) -> bool:
    return graph_of(quad) == REPLACED_GRAPH


def _changeset(
    kg: KnowledgeGraph, message: str, agent: str, patch: Patch, kept: Patch, reverts: int | None = None
) -> Changeset:
    """The change that a patch makes, which history tells; so it may change which earlier names lead on, too."""
    names, patch = patch.part(_is_of_names), patch.part(lambda quad: not _is_of_names(quad))
    told = recorded(kept.added)
    lost = dict.fromkeys(claim for claim in _lost(patch, _CLAIM) if claim not in told)
    stays = {iri for iri in _lost(patch, _PROPOSITION) if _is_stated_by_another(kg, iri, patch)}
    return Changeset(
        message=message,
        agent=agent,
        added=patch.added,
        removed=tuple(quad for quad in patch.removed if plain(quad.subject) not in {*lost, *stays}),
        retracted=tuple((claim, message) for claim in lost),
        kept=joined(names, kept),
        reverts=reverts,
    )


def _lost(patch: Patch, class_: ox.NamedNode) -> Iterator[str]:
    """The members of a class that a patch would take out of the live graphs, and not only correct or move."""
    still = {quad.triple for quad in patch.added if is_live(graph_of(quad))}
    return (
        plain(quad.subject)
        for quad in patch.removed
        if quad.predicate.value == _TYPE
        and quad.object == class_
        and is_live(graph_of(quad))
        and quad.triple not in still
    )


def _is_stated_by_another(kg: KnowledgeGraph, proposition: str, patch: Patch) -> bool:
    """Whether a live claim states a proposition, which the patch neither takes back nor corrects."""
    removed = frozenset(patch.removed)
    stating = kg.present.quads.quads_for_pattern(None, _STATES, ox.NamedNode(proposition), None)
    return any(is_live(graph_of(quad)) and quad not in removed for quad in stating)


def _members(quads: Iterable[ox.Quad], classes: tuple[ox.NamedNode, ...] = (_CLAIM, _PROPOSITION)) -> set[str]:
    """The claims and propositions that live quads describe."""
    return {
        plain(quad.subject)
        for quad in quads
        if quad.predicate.value == _TYPE and quad.object in classes and is_live(graph_of(quad))
    }


def _out_of_the_way(kg: KnowledgeGraph, patch: Patch) -> Patch:
    """What is kept of claims that a patch makes live, with what they stated."""
    propositions, claims = (sorted(_members(patch.added, classes)) for classes in ((_PROPOSITION,), (_CLAIM,)))
    kept = [quad for iri in claims for quad in kept_quads(kg.present, iri)]
    beside = [quad for iri in propositions for quad in _kept_beside(kg, iri, kept)]
    return Patch((), tuple(dict.fromkeys((*kept, *beside))))


def _as_before(kg: KnowledgeGraph, there: Patch, apart: Patch) -> Patch:
    """
    What was kept of claims that are taken back as they had been before: with who did it then, when and why, and with
    what they stated. Of one that was changed since it came back, nothing.
    """
    gone = frozenset(there.removed)
    again = {
        claim
        for claim in recorded(apart.added) & set(_lost(there, _CLAIM))
        if all(quad in gone for quad in live_quads(kg.present, claim))
    }
    stated = {plain(q.object) for q in apart.added if q.predicate == _STATES and plain(q.subject) in again}
    return Patch(tuple(quad for quad in apart.added if plain(quad.subject) in again | stated), ())


def _kept_beside(kg: KnowledgeGraph, iri: str, kept: Iterable[ox.Quad]) -> list[ox.Quad]:
    """What is kept of a node where something else is kept."""
    graphs = {quad.graph_name for quad in kept}
    return [quad for quad in kept_quads(kg.present, iri) if quad.graph_name in graphs]


def _renamed(kg: KnowledgeGraph, patch: Patch) -> Mapping[str, str]:
    """
    The names that a patch gives up, each with the one that takes its place.

    A renaming that is taken back gives up the new name. So doesn't a merger: what is said of the one that stays may
    have been said of either.
    """
    names = {plain(quad.subject): plain(quad.object) for quad in patch.added if _is_of_names(quad)}
    removed = frozenset(patch.removed)
    back: dict[str, list[str]] = {}
    for quad in patch.removed:
        if _is_of_names(quad):
            back.setdefault(plain(quad.object), []).append(plain(quad.subject))
    for new, olds in back.items():
        live = live_quads(kg.present, new)
        # A proposition that is only kept is called by its content, which tells whether it gets its old name back.
        if len(olds) == 1 and live and all(quad in removed for quad in live):
            names.setdefault(new, olds[0])
    return names


class _Undoing:
    """What taking back one change comes to, as the graph is now."""

    def __init__(self, kg: KnowledgeGraph, record: Record) -> None:
        self._kg = kg
        self._store = kg.present
        self._record = record
        whole = record.patch.inverse
        self._there, self._apart = whole.part(_is_published), whole.part(_is_retracted)
        self._revived = self._claims_back()
        self._gone_before = frozenset(claim for claim in _lost(self._there, _CLAIM) if kept_quads(self._store, claim))

    def changeset(self, message: str, agent: str) -> Changeset:
        """The change; see `reverting`."""
        came = {plain(quad.subject) for quad in self._apart.removed} & {plain(q.subject) for q in self._there.added}
        done = {*came, *self._settled}
        own = self._there.part(lambda quad: _is_of_names(quad) or plain(quad.subject) not in done)
        self._refuse_changed(own)
        again, kept = self._again()
        patch = Patch((*own.added, *again), own.removed)
        kept = joined(kept, self._moved_back({*done, *_members(patch.removed)}))
        kept = joined(kept, _as_before(self._kg, patch, self._apart))
        kept = joined(
            kept, following(self._store, self._kg.schema, _renamed(self._kg, patch), kept, _members(patch.added))
        )
        return _changeset(self._kg, message, agent, patch, kept, self._record.revision)

    def _claims_back(self) -> list[str]:
        """The claims that the change took back."""
        return sorted(recorded(self._apart.removed) & _members(self._there.added))

    @property
    def _settled(self) -> frozenset[str]:
        """The claims that were taken back since, and what they alone stated: nothing is left to do about those."""
        stated = {
            plain(quad.object)
            for quad in self._there.removed
            if quad.predicate == _STATES and plain(quad.subject) in self._gone_before
        }
        return self._gone_before | {iri for iri in stated if not is_live_in(self._store, iri)}

    def _again(self) -> tuple[list[ox.Quad], Patch]:
        """The quads of claims that are to be live again, with what they state; and what is kept of them no more."""
        added: dict[ox.Quad, None] = {}
        removed: dict[ox.Quad, None] = {}
        for claim in self._revived:
            if is_live_in(self._store, claim):
                quad = next(quad for quad in live_quads(self._store, claim) if quad.predicate.value == _TYPE)
                raise _conflict(self._kg, self._record.revision, quad, is_gone=False)
            kept = kept_quads(self._store, claim)
            again = list(self._claim_as_live(claim, kept))
            # What it states may be live: others may have come to state it.
            for iri in dict.fromkeys(plain(quad.object) for quad in again if quad.predicate == _STATES):
                if not is_live_in(self._store, iri):
                    again += self._stated_as_live(iri, kept)
            # Where the change also renamed what that is about, it is kept by another name than it gets back.
            for iri in dict.fromkeys(plain(quad.object) for quad in (*again, *kept) if quad.predicate == _STATES):
                if not is_live_in(self._store, iri):
                    kept += _kept_beside(self._kg, iri, kept)
            added |= dict.fromkeys(again)
            removed |= dict.fromkeys(kept)
        return list(added), Patch((), tuple(removed))

    def _claim_as_live(self, claim: str, kept: list[ox.Quad]) -> Iterator[ox.Quad]:
        """
        What is kept of a claim, where it belongs; what history says of it, where nothing is kept any more, or just what
        the change brought there.
        """
        before = self._before(claim)
        if not kept or {*kept} == {quad for quad in self._apart.removed if plain(quad.subject) == claim}:
            yield from before
            return
        sources = sorted(plain(quad.object) for quad in kept if quad.predicate.value == DCTERMS + "source")
        files = files_for(self._kg.schema.classes[_CLAIM.value], sources)
        graphs = [GRAPHS + file.removesuffix(".ttl") for file in files]
        graph = next((graph_of(quad) for quad in before if graph_of(quad) in graphs), graphs[0])
        yield from (in_graph(quad.triple, graph) for quad in kept if quad.predicate.value not in RECORD)

    def _stated_as_live(self, proposition: str, kept: list[ox.Quad]) -> list[ox.Quad]:
        """A proposition as it was when the claim was taken back; where it has another name now, as it is kept."""
        if before := self._before(proposition):
            return before
        every = kept_quads(self._store, proposition)
        beside = _kept_beside(self._kg, proposition, kept) or [
            quad for quad in every if quad.graph_name == every[0].graph_name
        ]
        return [ox.Quad(*quad.triple) for quad in beside]

    def _before(self, iri: str) -> list[ox.Quad]:
        return [quad for quad in self._there.added if plain(quad.subject) == iri]

    def _moved_back(self, settled: set[str]) -> Patch:
        """What the change moved among what is kept, or purged from it, where that is still as it left it."""
        moved = self._apart.part(lambda quad: plain(quad.subject) not in settled)
        is_there = all(quad in self._store.quads for quad in moved.removed)
        is_new = not any(is_live_in(self._store, plain(quad.subject)) for quad in moved.added)
        # What came to be kept without having been live, as a load brings it, stays kept.
        if not is_there or not is_new or not moved.added:
            return NOTHING
        return Patch(tuple(quad for quad in moved.added if quad not in self._store.quads), moved.removed)

    def _refuse_changed(self, own: Patch) -> None:
        for quads, is_gone in ((own.removed, True), (own.added, False)):
            for quad in quads:
                if (quad not in self._store.quads) is is_gone:
                    raise _conflict(self._kg, self._record.revision, quad, is_gone=is_gone)


def _conflict(kg: KnowledgeGraph, revision: int, quad: ox.Quad, *, is_gone: bool) -> Conflict:
    node = plain(quad.subject)
    what = "is gone" if is_gone else "is there again"
    later = last_that(kg, revision, node, lambda patch: quad in (patch.removed if is_gone else patch.added))
    how = (
        f"revision {later.revision} by {later.agent} did that ({later.message}). Revert that one first: "
        f"POST /changes/{later.revision}/revert (on the command line, alskg change revert {later.revision})"
        if later
        else "no change since is known to have done that. POST /changes (on the command line, alskg change add) can "
        "make a new change of what is left"
    )
    return Conflict(
        f"Revision {revision} can't be taken back by itself: {quad.triple} {what} already; {how}.",
        node=node,
        **({"conflicts": [later.told]} if later else {}),
    )


def last_that(kg: KnowledgeGraph, revision: int, node: str, did: Callable[[Patch], bool]) -> Record | None:
    """The last change after a revision that touched a node and did something."""
    since = records_back(kg.present, revision)
    return next((record for record in since if record.concerns(frozenset({node})) and did(record.patch)), None)
