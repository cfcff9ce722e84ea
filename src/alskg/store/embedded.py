"""The embedded store: quads in Oxigraph, on disk or in memory, with the revision that they are at."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from alskg.errors import StoreError
from alskg.names import ALS, GRAPHS, OWN_GRAPHS, STATE_GRAPH, is_of_ontology
from alskg.store.snapshots import Snapshots, Step
from alskg.store.terms import data_text, term_text
from alskg.triples import Memory, Term, graph_of, plain, triples_of

_STATE = ox.NamedNode(GRAPHS + "state/current")

QUADS = "quads"
"""The directory of the engine, in that of the store."""
SNAPSHOTS = "snapshots"
"""The directory of the copies that are read from, in that of the store."""


@dataclass(frozen=True)
class State:
    """Where the store stands."""

    revision: int
    """Counts the changes of what is stored; 0 before anything was loaded."""
    files_checksum: str
    """Of the curated files that were loaded."""
    curated: bool
    """Whether anything was changed since by other means than loading the files."""
    conforms: bool = False
    """Whether everything was validated at this revision and found sound, so that it's enough to look at changes."""
    ontology: int = 0
    """The revision at which the ontology was last changed."""


class EmbeddedStore:
    """Quads in Oxigraph: the unnamed graph is the published view, the named ones hold what was authored."""

    def __init__(self, store: ox.Store, directory: Path, *, on_disk: bool, is_copy: bool = False) -> None:
        self.quads = store
        self._on_disk = on_disk
        self._quads_directory = directory / QUADS
        self._directory = directory
        self._copies = directory / "copies"
        for folder in (directory / SNAPSHOTS, self._copies):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        # In a circle with its snapshots, a store that nobody has any more would keep its directory locked for a while.
        this = weakref.proxy(self)
        self.snapshots = Snapshots(
            directory / SNAPSHOTS,
            lambda: this.state.revision,
            lambda to: this.checkpoint(to),
            (lambda: this.size) if on_disk and not is_copy else None,
        )
        self._state: State | None = None
        self._size: int | None = None
        self._ontology: tuple[int, Memory] | None = None
        self.unsettled = 0
        """How many changes were written that stand in the engine's log and memory, and not yet in its tables."""

    @classmethod
    def on_disk(cls, directory: Path) -> "EmbeddedStore":
        """
        Opens the store under a directory, which is made if need be.

        Raises:
            StoreError: the directory can't be used, is damaged, or another process has it open.
        """
        try:
            directory.mkdir(parents=True, exist_ok=True)
            store = ox.Store(str(directory / QUADS))
        except OSError as error:
            raise StoreError(f"The store under {directory} can't be opened: {error}. {_mend_of(error)}") from error
        except RuntimeError as error:
            raise StoreError(
                f"The store under {directory} is damaged: {error}. Restore it from a backup; or, where nothing was "
                "curated in it, remove the directory, and it is built anew from the files."
            ) from error
        return cls(store, directory, on_disk=True)

    @classmethod
    def reading(cls, directory: Path) -> "EmbeddedStore | None":
        """
        The store under a directory, as it stands now and only to be read, while another process may serve from it; None
        where there is none.

        Raises:
            StoreError: it can't be read.
        """
        if not (directory / QUADS).exists():
            return None
        try:
            store = ox.Store.read_only(str(directory / QUADS))
        except (OSError, RuntimeError) as error:
            raise StoreError(f"The store under {directory} can't be read: {error}.") from error
        # What it needs of its own (copies for the workers) is kept elsewhere.
        return cls(store, Path(tempfile.mkdtemp(prefix="alskg-")), on_disk=False)

    @classmethod
    def in_memory(cls) -> "EmbeddedStore":
        """An empty store that is gone with the process."""
        return cls(ox.Store(), Path(tempfile.mkdtemp(prefix="alskg-")), on_disk=False)

    def copy(self, name: str) -> "EmbeddedStore":
        """
        A store of its own with the same quads; `remove` it after use.

        The two share files until one of them changes (a RocksDB checkpoint).
        """
        directory = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._copies))
        self.checkpoint(directory / QUADS)
        return EmbeddedStore(ox.Store(str(directory / QUADS)), directory, on_disk=True, is_copy=True)

    def remove(self) -> None:
        """Removes a copy from the disk; who still reads from it isn't disturbed."""
        self.snapshots.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def close(self) -> None:
        """
        Gives up snapshots and copies; the quads on disk stay, and may be opened again at once, by whoever does it.

        A store on disk can't be asked any more then; and the next one to open it has no log to go through.
        """
        self.snapshots.close()
        shutil.rmtree(self._copies, ignore_errors=True)
        if self._on_disk:
            try:
                if self.unsettled:
                    self.settle()
            finally:
                # The engine closes when nothing refers to it; who still has this store, as the traceback of an error
                # may, should not keep it open.
                self.__dict__.pop("quads", None)
        else:
            self.remove()

    @property
    def state(self) -> State:
        """Where the store stands; revision 0 where nothing was loaded yet."""
        if self._state is None:
            # Only this process writes here, so what was read or written once stays right.
            self._state = self._read_state()
        return self._state

    @property
    def size(self) -> int:
        """How many quads there are, history and all."""
        if self._size is None:
            # To count them takes a third of a second for a million.
            self._size = len(self.quads)
        return self._size

    def _read_state(self) -> State:
        return _state_in(self.quads)

    def load(self, quads: Iterable[ox.Quad], files_checksum: str) -> None:
        """
        Replaces everything by these quads, as a new revision.

        The checksum is written last: a load that was cut off is done again at the next start. The revision is kept
        meanwhile, so that no number is given out twice.
        """
        revision = self.state.revision
        self.quads.clear()
        self._state = self._read_state()
        self._write((), (), State(revision, files_checksum="", curated=False))
        self.quads.bulk_extend(quads)
        self._size = None
        self._write((), (), State(revision + 1, files_checksum, curated=False, ontology=revision + 1))
        self.settle()

    def write(self, added: Iterable[ox.Quad], removed: Iterable[ox.Quad], state: State) -> None:
        """
        Removes quads, adds quads and moves the state on: all of it or, where the process ends meanwhile, nothing.

        Blank nodes, which nothing curated holds, are written apart from that, since an update can't name them.
        """
        added, removed, before = list(added), list(removed), self.state.revision
        self._write(added, removed, state, lambda: self._follow(before, added, removed, state))

    def _follow(self, before: int, added: Sequence[ox.Quad], removed: Sequence[ox.Quad], state: State) -> None:
        """Has those who read in memory do the same, as far as queries may see it."""
        come, gone = ([quad for quad in quads if graph_of(quad) not in OWN_GRAPHS] for quads in (added, removed))
        if not any(map(_is_anonymous, (*come, *gone))):
            self.snapshots.follow(before, lambda: Step(before, state.revision, _update_text(come, gone)))

    def _write(
        self,
        added: Iterable[ox.Quad],
        removed: Iterable[ox.Quad],
        state: State,
        written: Callable[[], None] = lambda: None,
    ) -> None:
        """Writes; `written` is called when that is done, and before the state is known here."""
        was, is_ = (_quads_of_state(s) for s in (self.state, state))
        old, new = [quad for quad in was if quad not in is_], [quad for quad in is_ if quad not in was]
        removed, added = list(removed), list(added)
        for quad in filter(_is_anonymous, removed):
            self.quads.remove(quad)
        self.quads.extend(filter(_is_anonymous, added))
        gone, come = ([q for q in quads if not _is_anonymous(q)] for quads in (removed, added))
        # One update request is one transaction of the engine.
        self.quads.update(_update_text([*come, *new], [*gone, *old]))
        if self._size is not None:
            self._size += len(added) - len(removed)
        written()
        self._state = state
        self.unsettled += 1

    def keep_graphs(self, created: Iterable[str], dropped: Iterable[str]) -> None:
        """Remembers named graphs that are empty, or forgets them (SPARQL 1.1 Update, section 3.2)."""
        for graph in created:
            self.quads.add_graph(ox.NamedNode(graph))
        for graph in dropped:
            self.quads.remove_graph(ox.NamedNode(graph))

    def flush(self) -> None:
        """
        Makes what was written safe against a loss of power, too.

        Each transaction stands in the engine's write-ahead log before it returns, so that it is enough to have the
        system write that to the disk; the engine's own flush would sort all of it into its tables, some twenty times as
        dear. Where there is no fdatasync, it has to.
        """
        if not self._on_disk:
            return
        if not hasattr(os, "fdatasync"):
            self.quads.flush()
            return
        for log in self._quads_directory.glob("*.log"):
            _sync(log, os.fdatasync)
        # A log that has just been begun must be found again.
        _sync(self._quads_directory, os.fsync)

    def settle(self) -> None:
        """
        Has the engine sort its log into its tables: what it held in memory of it is free again, and no start needs to
        go through it.
        """
        self.quads.flush()
        self.unsettled = 0

    def match(
        self, subject: str | None = None, predicate: str | None = None, object_: Term | str | None = None
    ) -> Iterator[ox.Triple]:
        """Triples of the published view; see `Triples.match`."""
        return triples_of(self.quads, subject, predicate, object_, ox.DefaultGraph())

    def match_in(self, graph: str, subject: str | None = None) -> Iterator[ox.Triple]:
        """Triples of a named graph."""
        return triples_of(self.quads, subject, None, None, ox.NamedNode(graph))

    def graphs(self, *, even_empty: bool = False) -> list[str]:
        """The named graphs of what was authored, in a stable order; `even_empty`, those that hold nothing too."""
        names = (g for g in self.quads.named_graphs() if isinstance(g, ox.NamedNode))
        return sorted(g.value for g in names if g.value not in OWN_GRAPHS and (even_empty or self.has_graph(g.value)))

    def has_graph(self, graph: str) -> bool:
        """Whether a named graph holds anything; the engine remembers its name when its last quad is gone."""
        return next(self.quads.quads_for_pattern(None, None, None, ox.NamedNode(graph)), None) is not None

    def graphs_with(self, triple: ox.Triple) -> list[str]:
        """The named graphs that hold a triple."""
        found = map(graph_of, self.quads.quads_for_pattern(triple.subject, triple.predicate, triple.object, None))
        return [graph for graph in found if graph]

    def quads_about(self, subject: str) -> list[ox.Quad]:
        """What the named graphs say of a subject."""
        node = ox.NamedNode(subject)
        # A query, since the engine then passes over the published view by itself, where a node that much is said of
        # has thousands of derived edges.
        found = self.quads.query(f"SELECT ?p ?o ?g WHERE {{ GRAPH ?g {{ {term_text(node)} ?p ?o }} }}")
        return [ox.Quad(node, *row) for row in found]  # type: ignore[union-attr]

    def graphs_about(self, subject: str) -> list[str]:
        """The named graphs that say something of a subject, in a stable order."""
        return sorted(set(map(graph_of, self.quads_about(subject))))

    def ontology(self) -> Memory:
        """The triples of ontology/, mappings left out; read once, until the state says that they changed."""
        at, kept = self.state.ontology, self._ontology
        if kept is None or kept[0] != at:
            graphs = filter(is_of_ontology, self.graphs())
            self._ontology = kept = at, Memory(triple for graph in graphs for triple in self.match_in(graph))
        return kept[1]

    def dump(self, format_: ox.RdfFormat, prefixes: dict[str, str], *, named: bool) -> bytes:
        """The published view, or with `named` also the authored graphs (in a format that can name graphs)."""
        found = self.quads.quads_for_pattern(None, None, None, None if named else ox.DefaultGraph())
        quads = (quad for quad in found if graph_of(quad) not in OWN_GRAPHS)
        return ox.serialize(quads if named else (q.triple for q in quads), format=format_, prefixes=prefixes) or b""

    def checkpoint(self, target: Path) -> int:
        """
        Writes a copy of the quads to a directory that isn't there yet, and tells its revision.

        What is written meanwhile may be in it: only the copy itself knows, as each change moves its state on, too.
        """
        if self._on_disk:
            self.quads.backup(str(target))
        else:
            # A store in memory has no files to link to; it is small, so its quads are copied.
            copy = ox.Store(str(target))
            copy.bulk_extend(self.quads)
            copy.flush()
            del copy
        return _state_in(ox.Store.read_only(str(target))).revision


def _mend_of(error: OSError) -> str:
    # The engine tells in its own words, and without a number, that another process has its lock; that it may not even
    # open the file of the lock is another matter.
    if "While lock file" in str(error) or "lock hold" in str(error):
        return (
            "If another alskg serves from it, stop that one or set ALSKG_DATA_DIR to another directory. While a server "
            "runs, changes go to it: POST /changes."
        )
    return "Set ALSKG_DATA_DIR to a directory that whoever runs alskg may make, read and write."


def _sync(path: Path, how: Callable[[int], None]) -> None:
    # The engine may have removed a log since, when everything in it was in its tables and on the disk.
    with suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            how(descriptor)
        finally:
            os.close(descriptor)


def _update_text(come: Iterable[ox.Quad], gone: Iterable[ox.Quad]) -> str:
    """A SPARQL update that removes quads and adds others."""
    return f"DELETE DATA {{\n{data_text(gone)}}} ;\nINSERT DATA {{\n{data_text(come)}}}"


def _is_anonymous(quad: ox.Quad) -> bool:
    return any(isinstance(term, ox.BlankNode | ox.Triple) for term in (quad.subject, quad.object, quad.graph_name))


def _state_in(store: ox.Store) -> State:
    found = {
        triple.predicate.value: plain(triple.object)
        for triple in triples_of(store, _STATE.value, None, None, ox.NamedNode(STATE_GRAPH))
    }
    return State(
        revision=int(found.get(ALS + "revision", 0)),
        files_checksum=found.get(ALS + "filesChecksum", ""),
        curated=found.get(ALS + "curated", "false") == "true",
        conforms=found.get(ALS + "conforms", "false") == "true",
        ontology=int(found.get(ALS + "ontologyRevision", 0)),
    )


def _quads_of_state(state: State) -> list[ox.Quad]:
    graph = ox.NamedNode(STATE_GRAPH)
    values = {
        "revision": ox.Literal(state.revision),
        "filesChecksum": ox.Literal(state.files_checksum),
        "curated": ox.Literal(state.curated),
        "conforms": ox.Literal(state.conforms),
        "ontologyRevision": ox.Literal(state.ontology),
    }
    return [ox.Quad(_STATE, ox.NamedNode(ALS + name), value, graph) for name, value in values.items()]
