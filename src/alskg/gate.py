"""The gate: is a candidate sound? Its cost follows the change, its verdict is that of looking at everything."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from alskg.candidate import Candidate, taken_literally, worked_out
from alskg.changeset import Changeset, Patch
from alskg.derivation import Authored, derived, derived_change, is_derived
from alskg.errors import Crowded, ReadOnly, TooLarge
from alskg.faults import Fault
from alskg.legible import faults_of_terms, illegible
from alskg.retraction import faults_of_keeping, with_retractions
from alskg.rules import NODE_RULES, faults_of, touched
from alskg.schema import Schema
from alskg.shapes import authoring_faults, in_words
from alskg.store.embedded import EmbeddedStore
from alskg.triples import Memory, holds, plain

if TYPE_CHECKING:
    # pySHACL and rdflib take half a second to import, which a server that only answers needn't spend at its start.
    from alskg.shacl.validator import Pair, Result, Validator

Tick = Callable[[int, int], None]
"""Is told how many pairs of shape and node are looked at, and of how many."""
LOOKS_AHEAD_MAX = 3
"""How often a change is looked at before its turn; after that the others have to wait for it."""
LARGE_FROM_QUADS = 1_000
"""A change of so many quads is looked at before its turn: to find out where each belongs may take seconds."""


@dataclass(frozen=True)
class Verdict:
    """What was found of a candidate, and what would follow from it."""

    candidate: Candidate
    faults: tuple[Fault, ...] = ()
    """By the house rules."""
    results: tuple["Result", ...] = ()
    """By SHACL."""
    appear: frozenset[ox.Triple] = frozenset()
    vanish: frozenset[ox.Triple] = frozenset()
    """How the derived triples change."""
    nodes: frozenset[str] = frozenset()
    """Every node that was looked at, so that a later change which touches none of them can't alter the verdict."""
    table: Mapping["Pair", tuple["Result", ...]] = field(default_factory=dict)
    """The results of every pair of shape and node that has some."""

    @property
    def conforms(self) -> bool:
        """Whether it may be written."""
        return not self.faults and not self.results

    @property
    def wrong(self) -> frozenset[str]:
        """The nodes at which something is wrong."""
        return frozenset({*(fault.node for fault in self.faults), *(result.focus for result in self.results)})

    def in_words(self, result: "Result") -> str:
        """What SHACL found, as a sentence."""
        value = None if result.value is None else plain(result.value)
        return in_words(self.candidate.whole, result.focus, result.path, value, result.message)

    @property
    def patch(self) -> Patch:
        """Everything that is to be written: the curated quads, and what the published view gains and loses."""
        new, gone = ([ox.Quad(*triple) for triple in triples] for triples in self.view)
        return Patch((*self.candidate.added, *new), (*self.candidate.removed, *gone))

    @cached_property
    def view(self) -> tuple[list[ox.Triple], list[ox.Triple]]:
        """The triples that the published view gains, and those that it loses."""
        candidate = self.candidate
        coming = {*candidate.live_added, *self.appear}
        going = {*candidate.live_removed, *self.vanish} - coming
        kept = {
            triple
            for triple in going
            if holds(candidate.whole, triple)
            or (triple not in self.vanish and is_derived(triple, candidate.whole, candidate.schema))
        }
        new = [triple for triple in coming if ox.Quad(*triple) not in candidate.store.quads]
        return sorted(new, key=str), sorted(going - kept, key=str)


@dataclass(frozen=True)
class Foreseen:
    """What was found of a change on a copy of the store, before its turn."""

    change: Changeset
    verdict: Verdict

    @property
    def revision(self) -> int:
        """The one that it was judged at."""
        return self.verdict.candidate.store.state.revision

    def is_of(self, change: Changeset, store: EmbeddedStore) -> bool:
        """Whether it is of this change, whenever that was made, to a store that stands where the copy stood."""
        as_then = replace(change, time=self.change.time)
        return self.verdict.candidate.store.state == store.state and as_then == self.change

    def on(self, store: EmbeddedStore, before: Authored) -> Verdict:
        """The verdict as of a store itself, whose `before` is, since the copy is gone."""
        return replace(self.verdict, candidate=replace(self.verdict.candidate, store=store, before=before))


@dataclass(frozen=True)
class _Compiled:
    """What judging needs of one state of the ontology."""

    ontology: int
    schema: Schema
    before: Authored
    terms: Memory

    @cached_property
    def validator(self) -> "Validator":
        """The shapes, compiled when they are first needed: what is to be mended may be what can't be compiled."""
        from alskg.shacl.validator import Validator

        return Validator(self.terms)


@dataclass(frozen=True)
class _Base:
    """What is wrong before a change."""

    faults: tuple[Fault, ...]
    table: Mapping["Pair", tuple["Result", ...]]


_SOUND = _Base((), {})


class Gate:
    """
    What every change passes, with one change at a time from check to commit.

    So two changes that are each sound can't break a constraint together.
    """

    def __init__(
        self,
        store: EmbeddedStore,
        schema: Schema,
        pairs_max: int,
        seconds_max: float,
        *,
        is_open: bool = False,
        root: Path | None = None,
    ) -> None:
        self._store = store
        self._root = root
        """Where the questions are that must stay readable."""
        self._schema = schema
        self._pairs_max = pairs_max
        self._seconds_max = seconds_max
        self.is_open = is_open
        self._lock = threading.RLock()
        self._now: _Compiled | None = None
        self._known: _Base | None = None
        self._revision = 0
        """The revision that what is kept of the ontology's nodes is from."""

    @contextmanager
    def turn(self) -> Iterator[None]:
        """
        The turn of one writer.

        Raises:
            Crowded: others had theirs for too long.
        """
        if not self._lock.acquire(timeout=self._seconds_max):
            raise Crowded(
                f"Other changes were being checked for {self._seconds_max:g} s (ALSKG_CHANGE_SECONDS_MAX). Try again "
                "in a moment.",
                limit="change_seconds_max",
                retry_after_seconds=1,
            )
        try:
            yield
        finally:
            self._lock.release()

    @property
    def schema(self) -> Schema:
        """The schema of the ontology as it stands."""
        return self._schema

    def prepare(self) -> None:
        """
        Compiles the shapes, and looks at everything once where nobody has; then a change pays for itself alone.

        That all was found sound is kept in the store, so that its next start needn't look again.
        """
        with self._lock:
            if not self.is_open:
                _ = self._compiled().validator
                state = self._store.state
                if self._base() == _SOUND and not state.conforms:
                    self._store.write((), (), replace(state, conforms=True))

    def _compiled(self) -> _Compiled:
        at = self._store.state.ontology
        if self._now is None or self._now.ontology != at:
            ontology = self._store.ontology()
            if self._now is not None:
                self._schema = Schema(ontology)
            before = Authored(self._store, self._schema)
            self._now = _Compiled(at, self._schema, before, ontology)
        if self._revision != self._store.state.revision:
            # Somebody wrote without telling, as a load does.
            self._now.before.forget()
            self._revision = self._store.state.revision
        return self._now

    def _base(self) -> "_Base":
        """What is wrong with everything as it stands; nothing, where the store says that all is sound."""
        if self._known is None:
            now = self._compiled()
            if self._store.state.conforms:
                self._known = _SOUND
            else:
                everything = Candidate(self._store, now.schema, now.before.anew(), (), ())
                found = faults_of(everything, everything.data_nodes())
                table = now.validator.results(now.validator.every(everything.before), everything.before)
                self._known = _Base(tuple(found), table)
        return self._known

    def foreseen(
        self, change: Changeset, tick: Tick | None = None, looks_max: int = LOOKS_AHEAD_MAX
    ) -> Foreseen | None:
        """
        What is found of a change to the ontology, or of a large one, on a copy of the store while others have their
        turns; None of any other, which takes milliseconds.

        Whoever wrote meanwhile makes it worth nothing to who wants to make the change, and it is looked for again, a
        few times.

        Raises:
            See `judge`.
        """
        is_large = len(change.added) + len(change.removed) >= LARGE_FROM_QUADS
        if self.is_open or not (is_large or change.may_change_ontology):
            return None
        found = None
        for _ in range(looks_max):
            if found is not None and found.revision == self._store.state.revision:
                break
            with self.turn():
                if not is_large and not self._candidate(with_retractions(self._store, change)).changes_ontology:
                    return None
                copy, schema = self._store.copy("foreseen"), self._compiled().schema
            try:
                gate = Gate(copy, schema, self._pairs_max, self._seconds_max, root=self._root)
                found = Foreseen(change, gate.judge(change, tick))
            finally:
                copy.remove()
        return found

    def as_foreseen(self, foreseen: Foreseen) -> Verdict:
        """The verdict that was foreseen, whatever was written since, for who doesn't want to make the change."""
        return foreseen.on(self._store, self._compiled().before.anew())

    def judge(
        self, change: Changeset, tick: Tick | None = None, foreseen: Foreseen | None = None, *, limited: bool = True
    ) -> Verdict:
        """
        The verdict on a change to the graph as it stands; nothing is written. What was `foreseen` counts where nobody
        wrote since.

        Raises:
            ReadOnly, Forbidden, UnknownName: see `worked_out` and `with_retractions`.
            TooLarge: it touches more pairs of shape and node than the limit, unless not `limited`.
        """
        with self.turn():
            if self.is_open:
                return Verdict(taken_literally(self._store, self._schema, change))
            now = self._compiled()
            if foreseen is not None and foreseen.is_of(change, self._store):
                return self.as_foreseen(foreseen)
            change = with_retractions(self._store, change)
            candidate = self._candidate(change)
            keeping = (*candidate.misfits, *candidate.strays, *faults_of_keeping(candidate, change))
            if candidate.changes_ontology:
                return self._judged_whole(candidate, keeping, tick)
            verdict = self._judged(candidate, keeping, tick, limited=limited)
            now.before.keep(candidate.before)
            return verdict

    def _candidate(self, change: Changeset) -> Candidate:
        now = self._compiled()
        return worked_out(self._store, now.schema, now.before.anew(), change)

    def _judged(self, candidate: Candidate, misfits: Iterable[Fault], tick: Tick | None, *, limited: bool) -> Verdict:
        from alskg.shacl.validator import TooManyPairs

        now, base = self._compiled(), self._base()
        added, removed = candidate.live_added, candidate.live_removed
        nodes = touched(candidate.schema, candidate.before, candidate.whole, added, removed)
        own = {plain(quad.subject) for quad in (*candidate.added, *candidate.removed)}
        if limited:
            self._refuse_many(len(nodes - own) * len(NODE_RULES))
        nodes |= own
        try:
            most = self._pairs_max if limited else None
            pairs = now.validator.affected(candidate.before, candidate.whole, added, removed, most)
        except TooManyPairs as error:
            raise self._too_large(error.count) from error
        found = now.validator.results(pairs, candidate.whole, _counted(tick, len(pairs)))
        looked_at = set(pairs)
        table = {pair: results for pair, results in base.table.items() if pair not in looked_at} | found
        standing = (fault for fault in base.faults if fault.node not in nodes)
        return replace(
            _without_derived(candidate, consequences(candidate)),
            faults=_sorted((*misfits, *standing, *faults_of(candidate, filter(candidate.is_data_node, nodes)))),
            results=tuple(result for results in table.values() for result in results),
            nodes=frozenset(nodes | pairs.foci),
            table=table,
        )

    def _refuse_many(self, count: int) -> None:
        """Nothing, where so many pairs of house rule and node that the change doesn't describe may be looked at."""
        if count > self._pairs_max:
            raise self._too_large(count)

    def _too_large(self, count: int) -> TooLarge:
        return TooLarge(
            f"Full validation required: the change touches {count:,} pairs of shape or rule and node, and at most "
            f"{self._pairs_max:,} are looked at while others wait (ALSKG_CHANGE_PAIRS_MAX). Make smaller changes, "
            "or stop the server and use `alskg load`.",
            limit="change_pairs_max",
        )

    def _judged_whole(self, candidate: Candidate, misfits: Iterable[Fault], tick: Tick | None) -> Verdict:
        """The verdict where the ontology changes, so that every rule and shape is asked of everything."""
        from alskg.shacl.validator import Validator

        if unreadable := tuple(illegible(candidate.schema, self._root)):
            return Verdict(candidate, _sorted((*misfits, *unreadable)))
        ontology = Memory(candidate.ontology.match())
        unwritten = tuple(
            Fault(candidate.where(node), node, "shape-authoring", what, "See docs/data-model.md, section Shapes.")
            for node, what in authoring_faults(ontology)
        )
        if unwritten:
            return Verdict(candidate, _sorted((*misfits, *unwritten)))
        validator = Validator(ontology)
        pairs = validator.every(candidate.whole)
        table = validator.results(pairs, candidate.whole, _counted(tick, len(pairs)))
        nodes = candidate.data_nodes()
        return replace(
            consequences(candidate),
            faults=_sorted((*misfits, *faults_of_terms(candidate, ontology), *faults_of(candidate, nodes))),
            results=tuple(result for results in table.values() for result in results),
            nodes=frozenset(nodes),
            table=table,
        )

    def passed(self, verdict: Verdict) -> None:
        """Takes note that what the verdict is on was written."""
        if verdict.candidate.changes_ontology:
            self._schema = verdict.candidate.schema
        self._known = _Base(verdict.faults, verdict.table)
        if self._now is not None:
            written = (*verdict.candidate.added, *verdict.candidate.removed)
            self._now.before.forget(plain(quad.subject) for quad in written)
        self._revision = self._store.state.revision


def _without_derived(candidate: Candidate, verdict: Verdict) -> Verdict:
    """
    The verdict, where every derived triple that is to be removed goes with what it follows from.

    Raises:
        ReadOnly: one of them stays.
    """
    for triple in candidate.derived_unwanted:
        if triple not in verdict.vanish:
            raise ReadOnly(
                f"{triple} is derived from claims and can't be removed by itself. Retract the claims that it follows "
                "from: DELETE /claims/{name} with a reason.",
                node=plain(triple.subject),
            )
    return verdict


def consequences(candidate: Candidate) -> Verdict:
    """What follows from a candidate for the derived triples, before anyone judged it."""
    changed = (*candidate.live_added, *candidate.live_removed)
    if not candidate.changes_ontology:
        appear, vanish = derived_change(candidate.before, candidate.whole, changed, candidate.schema, candidate.store)
        return Verdict(candidate, appear=frozenset(appear), vanish=frozenset(vanish))
    due = set(derived(Memory(candidate.whole.match()), candidate.schema))
    was = set(candidate.store.match()) - candidate.before.everything()
    # What follows and stands as authored in the view already doesn't come now.
    new = (triple for triple in due - was if ox.Quad(*triple) not in candidate.store.quads)
    return Verdict(candidate, appear=frozenset(new), vanish=frozenset(was - due))


def _counted(tick: Tick | None, total: int) -> Callable[[int], None] | None:
    return None if tick is None else lambda done: tick(done, total)


def _sorted(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(set(faults)))
