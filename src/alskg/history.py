"""History: what was changed at each revision, by whom, when and why; kept in the store with the data itself."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import pyoxigraph as ox

from alskg.changeset import Changeset, Patch, patch_of, patch_text, written
from alskg.errors import UnknownName
from alskg.names import ALS, BASE, DCTERMS, HISTORY_GRAPH, PROV, RDF, RDFS, XSD
from alskg.store.embedded import EmbeddedStore
from alskg.triples import plain

CHANGES = f"{BASE}changes/"
EVERYTHING = "*"
"""Stands for the nodes that a change touched, where they are so many that naming them would be no use."""

_GRAPH = ox.NamedNode(HISTORY_GRAPH)
_LABELLED = f" <{RDFS}label> "
_IRI = re.compile(r"<([^<>\s]+)>")
_PATHS = {
    "message": RDFS + "comment",
    "agent": DCTERMS + "creator",
    "time": PROV + "endedAtTime",
    "door": ALS + "door",
    "reverts": ALS + "reverts",
    "touched": ALS + "touched",
    "patch": ALS + "patch",
}


@dataclass(frozen=True)
class Record:
    """One change as it was made."""

    revision: int
    message: str
    agent: str
    time: str
    """UTC, as xsd:dateTime."""
    door: str
    reverts: int | None
    touched: frozenset[str]
    """The nodes that it changed or that were looked at for it, by IRI."""
    text: str
    """What it changed, as RDF Patch."""

    @property
    def patch(self) -> Patch:
        """What it changed."""
        return patch_of(self.text)

    @property
    def told(self) -> dict[str, object]:
        """What is told of it wherever it is named: which, where, who, when and why."""
        return {
            "revision": self.revision,
            "url": f"/changes/{self.revision}",
            "agent": self.agent,
            "time": self.time,
            "message": self.message,
        }

    @cached_property
    def _named(self) -> frozenset[str]:
        """Every IRI in what it changed."""
        return frozenset(_IRI.findall(self.text))

    def concerned(self, nodes: Set[str]) -> Set[str]:
        """
        Those of some nodes that it changed or that were looked at for it; where these are too many to be named, those
        that what it changed names.
        """
        return nodes & (self._named if EVERYTHING in self.touched else self.touched)

    def concerns(self, nodes: Set[str]) -> bool:
        """Whether a change that touches these nodes may depend on this one."""
        return bool(self.concerned(nodes))


def record_of(change: Changeset, revision: int, patch: Patch, touched: frozenset[str]) -> Record:
    """The record of a change that becomes this revision."""
    return Record(
        revision=revision,
        message=change.message,
        agent=change.agent,
        time=written(change.time),
        door=change.door,
        reverts=change.reverts,
        touched=touched,
        text=patch_text(patch, {"revision": str(revision), "previous": str(revision - 1)}),
    )


def quads_of_record(record: Record) -> list[ox.Quad]:
    """The record as it is kept."""
    me = ox.NamedNode(f"{CHANGES}{record.revision}")
    values: dict[str, ox.Literal] = {
        "message": ox.Literal(record.message),
        "agent": ox.Literal(record.agent),
        "time": ox.Literal(record.time, datatype=ox.NamedNode(XSD + "dateTime")),
        "door": ox.Literal(record.door),
        "touched": ox.Literal(" ".join(sorted(record.touched))),
        "patch": ox.Literal(record.text),
        **({} if record.reverts is None else {"reverts": ox.Literal(record.reverts)}),
    }
    type_ = ox.Quad(me, ox.NamedNode(RDF + "type"), ox.NamedNode(PROV + "Activity"), _GRAPH)
    return [type_, *(ox.Quad(me, ox.NamedNode(_PATHS[name]), value, _GRAPH) for name, value in values.items())]


def record_at(store: EmbeddedStore, revision: int) -> Record:
    """
    The record of one revision.

    Raises:
        UnknownName: there is none: the revision is none yet, or it is one at which the files were loaded.
    """
    found = _record(store, revision)
    if found is None:
        now = store.state.revision
        why = "there is none yet" if revision > now or revision < 1 else "it is a load of the curated files, or older"
        raise UnknownName(f"There is no change of revision {revision}: {why}. The graph is at revision {now}.")
    return found


def reverted_by(store: EmbeddedStore, revision: int) -> int | None:
    """The revision that took back a change; None where none did, or where that was itself taken back."""
    number, path = ox.Literal(revision), ox.NamedNode(_PATHS["reverts"])
    found = store.quads.quads_for_pattern(None, path, number, _GRAPH)
    later = sorted(int(plain(quad.subject).removeprefix(CHANGES)) for quad in found)
    return next((one for one in reversed(later) if reverted_by(store, one) is None), None)


def records(store: EmbeddedStore, since: int, until: int | None = None) -> Iterator[Record]:
    """The changes after one revision up to another (or the present one), the oldest first."""
    for revision in range(since + 1, (store.state.revision if until is None else until) + 1):
        if (found := _record(store, revision)) is not None:
            yield found


def records_back(store: EmbeddedStore, since: int, until: int | None = None) -> Iterator[Record]:
    """The changes after one revision up to another (or the present one), the newest first."""
    for revision in range(store.state.revision if until is None else until, since, -1):
        if (found := _record(store, revision)) is not None:
            yield found


def every_record_back(store: EmbeddedStore, revision: int, until: int | None = None) -> list[Record]:
    """
    All that was changed since a revision, up to another or till now, the newest first.

    Raises:
        UnknownName: there was no such revision, or what happened since isn't known.
    """
    now = store.state.revision
    last = now if until is None else until
    for number in (revision, last):
        if not 1 <= number <= now:
            when = " yet" if number > now else ": they are counted from 1"
            raise UnknownName(f"There is no revision {number}{when}; the graph is at revision {now}.")
    found = list(records_back(store, revision, last))
    if len(found) < last - revision:
        known = {record.revision for record in found}
        loaded = next(number for number in range(last, revision, -1) if number not in known)
        raise UnknownName(
            f"The graph as it was at revision {revision} isn't known: at revision {loaded} it was loaded from the "
            f"files, and that is the earliest that can be asked for.",
            earliest=loaded,
        )
    return found


def difference(store: EmbeddedStore, one: int, other: int) -> Patch:
    """
    What leads from one revision to another, later or earlier, in all: what came and went again isn't in it.

    Raises:
        UnknownName: there is no such revision, or one of the changes between them isn't known.
    """
    if one > other:
        return difference(store, other, one).inverse
    net: dict[ox.Quad, bool] = {}
    for record in reversed(every_record_back(store, one, other)):
        patch = record.patch
        for is_added, quads in ((False, patch.removed), (True, patch.added)):
            for quad in quads:
                # A quad comes and goes by turns, so that its second change takes back its first.
                if net.pop(quad, None) is None:
                    net[quad] = is_added
    added, removed = ([quad for quad, is_added in net.items() if is_added is side] for side in (True, False))
    return Patch(tuple(added), tuple(removed))


def labels_gone_since(store: EmbeddedStore, revision: int, changes_max: int) -> dict[str, str]:
    """What nodes were called at a revision that lost their label soon after it, by IRI; within so many changes."""
    found: dict[str, str] = {}
    for record in islice(records(store, revision), changes_max):
        # Of a large change only these rows are read.
        rows = [row for row in record.text.split("\n") if row.startswith("D ") and _LABELLED in row]
        for quad in patch_of("\n".join(rows)).removed:
            found.setdefault(plain(quad.subject), plain(quad.object))
    return found


def _record(store: EmbeddedStore, revision: int) -> Record | None:
    found = {t.predicate.value: plain(t.object) for t in store.match_in(HISTORY_GRAPH, f"{CHANGES}{revision}")}
    if not found:
        return None
    said = {name: found.get(path, "") for name, path in _PATHS.items()}
    return Record(
        revision=revision,
        message=said["message"],
        agent=said["agent"],
        time=said["time"],
        door=said["door"],
        reverts=int(said["reverts"]) if said["reverts"] else None,
        touched=frozenset(said["touched"].split()),
        text=said["patch"],
    )
