"""The graph at earlier revisions: a copy of the store, with the changes since then taken back."""

import threading
from collections import OrderedDict
from dataclasses import replace

from alskg.candidate import worked_out
from alskg.changeset import Changeset
from alskg.derivation import Authored
from alskg.errors import TooLarge
from alskg.gate import consequences
from alskg.history import Record, every_record_back
from alskg.schema import Schema
from alskg.store.embedded import EmbeddedStore

KEPT = 3
"""How many earlier revisions are kept open at a time."""


class Past:
    """The stores of a few earlier revisions."""

    def __init__(self, present: EmbeddedStore, distance_max: int) -> None:
        self._present = present
        self._distance_max = distance_max
        self._lock = threading.Lock()
        self._open: OrderedDict[int, EmbeddedStore] = OrderedDict()

    def at(self, revision: int) -> EmbeddedStore:
        """
        The store as it was at a revision; the present one where that is meant.

        Raises:
            UnknownName: there was no such revision, or what happened since isn't known.
            TooLarge: it lies further back than the limit.
        """
        with self._lock:
            now = self._present.state.revision
            if revision == now:
                return self._present
            if revision not in self._open:
                self._open[revision] = self._made(revision, now)
                while len(self._open) > KEPT:
                    self._open.popitem(last=False)[1].remove()
            self._open.move_to_end(revision)
            return self._open[revision]

    def _made(self, revision: int, now: int) -> EmbeddedStore:
        if 1 <= revision < now - self._distance_max:
            raise TooLarge(
                f"Revision {revision} lies {now - revision:,} changes back; at most {self._distance_max:,} are taken "
                "back (ALSKG_REVISION_DISTANCE_MAX).",
                limit="revision_distance_max",
            )
        since = every_record_back(self._present, revision)
        store = self._present.copy(f"past-{revision}")
        schema = Schema(store.ontology())
        for record in since:
            schema = take_back(store, schema, record)
        return store

    def close(self) -> None:
        """Gives all of them up."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].remove()


def take_back(store: EmbeddedStore, schema: Schema, record: Record) -> Schema:
    """Undoes the newest change of a store of that schema, as if it had never been made; the schema as it is then."""
    patch = record.patch.inverse
    change = Changeset("", "", patch.added, patch.removed, may_change_ontology=True, may_purge=True)
    candidate = worked_out(store, schema, Authored(store, schema), change)
    step = consequences(candidate).patch
    state = replace(store.state, revision=record.revision - 1)
    if candidate.changes_ontology:
        state = replace(state, ontology=state.revision)
    store.write(step.added, step.removed, state)
    return candidate.schema
