"""The embedded store: quads in Oxigraph, on disk or in memory, with the revision that they are at."""

import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from alskg.errors import StoreError
from alskg.names import ALS, GRAPHS
from alskg.triples import Term, plain, triples_of

STATE_GRAPH = GRAPHS + "state"
_STATE = ox.NamedNode(GRAPHS + "state/current")

SNAPSHOTS_KEPT = 2
"""The newest and the one that a worker may still read from."""


@dataclass(frozen=True)
class State:
    """Where the store stands."""

    revision: int
    """Counts the changes of what is stored; 0 before anything was loaded."""
    files_checksum: str
    """Of the curated files that were loaded."""
    curated: bool
    """Whether anything was changed since by other means than loading the files."""


class EmbeddedStore:
    """Quads in Oxigraph: the unnamed graph is the published view, the named ones hold what was authored."""

    def __init__(self, store: ox.Store, snapshots: Path, *, on_disk: bool) -> None:
        self.quads = store
        self._on_disk = on_disk
        self._snapshots = snapshots
        self._lock = threading.Lock()
        self._taken: tuple[int, Path] | None = None

    @classmethod
    def on_disk(cls, directory: Path) -> "EmbeddedStore":
        """
        Opens the store under a directory, which is made if need be.

        Raises:
            StoreError: the directory can't be used, is damaged, or another process has it open.
        """
        try:
            directory.mkdir(parents=True, exist_ok=True)
            store = ox.Store(str(directory / "quads"))
        except OSError as error:
            raise StoreError(
                f"The store under {directory} can't be opened: {error}. If another alskg serves from it, stop that one "
                "or set ALSKG_DATA_DIR to another directory."
            ) from error
        except RuntimeError as error:
            raise StoreError(
                f"The store under {directory} is damaged: {error}. Restore it from a backup; or, where nothing was "
                "curated in it, remove the directory, and it is built anew from the files."
            ) from error
        snapshots = directory / "snapshots"
        shutil.rmtree(snapshots, ignore_errors=True)
        snapshots.mkdir()
        return cls(store, snapshots, on_disk=True)

    @classmethod
    def in_memory(cls) -> "EmbeddedStore":
        """An empty store that is gone with the process."""
        return cls(ox.Store(), Path(tempfile.mkdtemp(prefix="alskg-")), on_disk=False)

    def close(self) -> None:
        """Gives up the snapshots; the quads on disk stay."""
        shutil.rmtree(self._snapshots, ignore_errors=True)

    @property
    def state(self) -> State:
        """Where the store stands; revision 0 where nothing was loaded yet."""
        found = {t.predicate.value: plain(t.object) for t in self.match_in(STATE_GRAPH, _STATE.value)}
        return State(
            revision=int(found.get(ALS + "revision", 0)),
            files_checksum=found.get(ALS + "filesChecksum", ""),
            curated=found.get(ALS + "curated", "false") == "true",
        )

    def load(self, quads: Iterable[ox.Quad], files_checksum: str) -> None:
        """
        Replaces everything by these quads, as a new revision.

        The checksum is written last: a load that was cut off is done again at the next start. The revision is kept
        meanwhile, so that no number is given out twice.
        """
        revision = self.state.revision
        self.quads.clear()
        self._write(State(revision, files_checksum="", curated=False))
        self.quads.bulk_extend(quads)
        self._write(State(revision + 1, files_checksum, curated=False))
        self.quads.flush()

    def _write(self, state: State) -> None:
        graph = ox.NamedNode(STATE_GRAPH)
        values = {
            "revision": ox.Literal(state.revision),
            "filesChecksum": ox.Literal(state.files_checksum),
            "curated": ox.Literal(state.curated),
        }
        self.quads.clear_graph(graph)
        self.quads.extend(ox.Quad(_STATE, ox.NamedNode(ALS + k), v, graph) for k, v in values.items())

    def match(
        self, subject: str | None = None, predicate: str | None = None, object_: Term | str | None = None
    ) -> Iterator[ox.Triple]:
        """Triples of the published view; see `Triples.match`."""
        return triples_of(self.quads, subject, predicate, object_, ox.DefaultGraph())

    def match_in(self, graph: str, subject: str | None = None) -> Iterator[ox.Triple]:
        """Triples of a named graph."""
        return triples_of(self.quads, subject, None, None, ox.NamedNode(graph))

    def graphs(self) -> list[str]:
        """The named graphs that hold what was authored, in a stable order."""
        names = (g.value for g in self.quads.named_graphs() if isinstance(g, ox.NamedNode))
        return sorted(name for name in names if name != STATE_GRAPH)

    def ontology(self) -> Iterator[ox.Triple]:
        """The triples of ontology/, mappings left out."""
        for graph in self.graphs():
            if graph.startswith(GRAPHS + "ontology/") and not graph.startswith(GRAPHS + "ontology/mappings/"):
                yield from self.match_in(graph)

    def dump(self, format_: ox.RdfFormat, prefixes: dict[str, str], *, named: bool) -> bytes:
        """The published view, or with `named` also the authored graphs (in a format that can name graphs)."""
        state = ox.NamedNode(STATE_GRAPH)
        found = self.quads.quads_for_pattern(None, None, None, None if named else ox.DefaultGraph())
        quads = (quad for quad in found if quad.graph_name != state)
        return ox.serialize(quads if named else (q.triple for q in quads), format=format_, prefixes=prefixes) or b""

    def snapshot(self) -> str:
        """The directory of a read-only copy of the current revision; taken when it is first asked for."""
        with self._lock:
            revision = self.state.revision
            if self._taken is None or self._taken[0] != revision:
                self._taken = (revision, self._checkpoint(self._snapshots / str(revision)))
                self._forget()
            return str(self._taken[1])

    def _checkpoint(self, target: Path) -> Path:
        if target.exists():
            shutil.rmtree(target)
        if self._on_disk:
            self.quads.backup(str(target))
        else:
            # A store in memory has no files to link to; it is small, so its quads are copied.
            copy = ox.Store(str(target))
            copy.bulk_extend(self.quads)
            copy.flush()
        return target

    def _forget(self) -> None:
        # The directory itself says what there is: snapshots are numbered by their revision.
        kept = sorted(self._snapshots.iterdir(), key=lambda folder: int(folder.name))[-SNAPSHOTS_KEPT:]
        for folder in set(self._snapshots.iterdir()) - set(kept):
            shutil.rmtree(folder, ignore_errors=True)
