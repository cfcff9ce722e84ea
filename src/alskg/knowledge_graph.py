"""What every door is given: the ontology, the questions and the store, at the revision where the store stands."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from alskg.derivation import derived
from alskg.errors import SourceError
from alskg.files import authored_quads, checksum, ontology_triples
from alskg.gate import Gate
from alskg.history import difference
from alskg.names import is_live, is_of_ontology
from alskg.past import Past
from alskg.queries import NamedQuery, read_queries
from alskg.schema import Schema
from alskg.settings import Settings
from alskg.store.embedded import EmbeddedStore, State
from alskg.store.limits import Limits
from alskg.store.workers import Workers
from alskg.triples import Memory, graph_of

_AS_OF: ContextVar[EmbeddedStore | None] = ContextVar("as_of", default=None)
"""The store of an earlier revision, for as long as one request is answered from it."""

_BEGUN: ContextVar[int | None] = ContextVar("begun", default=None)
"""The revision at which one request began to be answered."""


@dataclass(frozen=True)
class KnowledgeGraph:
    """The graph as it is served: structure from the ontology, facts from the store."""

    settings: Settings
    queries: dict[str, NamedQuery]
    present: EmbeddedStore
    """The store that changes are made to."""
    workers: Workers
    """For what anybody may ask."""
    question_workers: Workers
    """For those of our own questions that may take long; they never wait for what others ask."""
    gate: Gate
    past: Past

    @classmethod
    def open(cls, settings: Settings) -> "KnowledgeGraph":
        """The graph in the store under `settings.data_dir`, loaded from the files where that is due."""
        return cls._with(settings, EmbeddedStore.on_disk(settings.data_dir))

    @classmethod
    def reading(cls, settings: Settings) -> "KnowledgeGraph":
        """The graph in the store under `settings.data_dir`, only to be asked; of the files, before there is one."""
        store = EmbeddedStore.reading(settings.data_dir)
        if store is None or store.state.revision == 0:
            return cls.of_files(settings)
        with _closed_on_error(store):
            schema = Schema(store.ontology())
            return cls._around(settings, store, schema, _questions(settings, store, schema))

    @classmethod
    def of_files(cls, settings: Settings) -> "KnowledgeGraph":
        """The graph of the files under `settings.root`, in memory."""
        return cls._with(settings, EmbeddedStore.in_memory())

    @classmethod
    def open_to_restore(cls, settings: Settings, revision: int) -> "KnowledgeGraph":
        """
        The graph in the store, to be put back to a revision: where its ontology can't be read, with that revision's.

        Raises:
            UnknownName: there was no such revision.
            SourceError: the ontology of that revision can't be read either.
        """
        store = EmbeddedStore.on_disk(settings.data_dir)
        with _closed_on_error(store):
            try:
                schema = Schema(store.ontology())
                queries = read_queries(settings.root / "queries", schema.prefixes)
            except SourceError:
                back = difference(store, store.state.revision, revision)
                gone = frozenset(back.removed)
                there = (quad for quad in store.quads if quad not in gone)
                schema = Schema(Memory(q.triple for q in (*there, *back.added) if is_of_ontology(graph_of(q))))
                queries = {}
            return cls._around(settings, store, schema, queries)

    @classmethod
    def ungated(cls, settings: Settings) -> "KnowledgeGraph":
        """
        An empty graph on disk that takes every change as it comes: no shapes, no house rules, no ontology.

        It is for holding the doors against the standard's own tests, which know nothing of ours.
        """
        store = EmbeddedStore.on_disk(settings.data_dir)
        return cls._around(settings, store, Schema(Memory()), {}, is_open=True)

    @classmethod
    def _with(cls, settings: Settings, store: EmbeddedStore) -> "KnowledgeGraph":
        with _closed_on_error(store):
            load_files(store, settings.root)
            schema = Schema(store.ontology())
            return cls._around(settings, store, schema, _questions(settings, store, schema))

    @classmethod
    def _around(
        cls,
        settings: Settings,
        store: EmbeddedStore,
        schema: Schema,
        queries: dict[str, NamedQuery],
        *,
        is_open: bool = False,
    ) -> "KnowledgeGraph":
        return cls(
            settings=settings,
            queries=queries,
            present=store,
            workers=Workers(settings.workers, limits_of(settings)),
            question_workers=Workers(settings.question_workers, limits_of(settings), "ALSKG_QUESTION_WORKERS"),
            gate=Gate(
                store,
                schema,
                settings.change_pairs_max,
                settings.change_seconds_max,
                is_open=is_open,
                root=settings.root,
            ),
            past=Past(store, settings.revision_distance_max),
        )

    @property
    def schema(self) -> Schema:
        """The classes and predicates of the ontology as it stands."""
        return self.gate.schema

    @property
    def store(self) -> EmbeddedStore:
        """The store that is asked: the present one, or within `as_of` that of an earlier revision."""
        return _AS_OF.get() or self.present

    @property
    def revision(self) -> int:
        """
        The revision that an answer given now is from.

        Within `answering`, the one at which that began: what was read may be newer, and is never older. So a change
        that rests on it is refused rather than made over somebody else's.
        """
        begun = _BEGUN.get()
        return self.store.state.revision if begun is None else begun

    @property
    def moment(self) -> tuple[State, Schema]:
        """
        What every answer depends on, apart from the question: as long as this is the same, so is the answer.

        The schema is part of it, since it follows an ontology that was changed a little later than the state does.
        """
        return self.present.state, self.gate.schema

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Within this, `revision` stays what it is now."""
        token = _BEGUN.set(self.store.state.revision)
        try:
            yield
        finally:
            _BEGUN.reset(token)

    @property
    def is_apart_from_files(self) -> bool:
        """Whether the files under `settings.root` are others than were loaded, and the store keeps what was curated."""
        state = self.present.state
        return state.curated and state.files_checksum != checksum(self.settings.root)

    @contextmanager
    def as_of(self, revision: int) -> Iterator[None]:
        """
        Within this, the graph is asked as it was at that revision; changes are made to the present one.

        Raises:
            UnknownName, TooLarge: see `Past.at`.
        """
        token = _AS_OF.set(self.past.at(revision))
        try:
            yield
        finally:
            _AS_OF.reset(token)

    def close(self) -> None:
        """Ends the workers, gives up snapshots and earlier revisions, and lets go of the store."""
        self.workers.close()
        self.question_workers.close()
        self.past.close()
        self.present.close()


@contextmanager
def _closed_on_error(store: EmbeddedStore) -> Iterator[None]:
    """Within this, an error closes the store: what can't be opened isn't locked for who mends it."""
    with ExitStack() as opened:
        opened.callback(store.close)
        yield
        opened.pop_all()


def limits_of(settings: Settings) -> Limits:
    """What one query may cost."""
    return Limits(
        seconds_max=settings.query_seconds_max,
        memory_bytes_max=settings.query_memory_bytes_max,
        waiting_max=settings.queries_waiting_max,
        rows_max=settings.answer_rows_max,
        bytes_max=settings.answer_bytes_max,
        held_bytes=settings.answer_held_bytes,
        quads_in_memory=settings.quads_in_memory,
        services=settings.service_allowed,
    )


def _questions(settings: Settings, store: EmbeddedStore, schema: Schema) -> dict[str, NamedQuery]:
    """
    The named questions, with the prefixes of a store.

    Raises:
        SourceError: one of them can't be read; where the store was curated, with the way back.
    """
    try:
        return read_queries(settings.root / "queries", schema.prefixes)
    except SourceError as error:
        if not store.state.curated:
            raise
        raise SourceError(
            f"{error} Where the ontology in the store is at fault, and not that file, go back to before it was "
            f"changed: alskg change restore {max(store.state.ontology - 1, 1)} --admin"
        ) from error


def load_files(store: EmbeddedStore, root: Path) -> bool:
    """
    Loads the curated files where the store is empty, or where they changed and nothing was curated since.

    Returns whether it did: a store that was curated keeps what it has.
    """
    state, now = store.state, checksum(root)
    if state.files_checksum == now or state.curated:
        return False
    store.load(published_quads(root), now)
    return True


def published_quads(root: Path) -> Iterator[ox.Quad]:
    """The authored graphs of the files, and in the unnamed graph all of it with what is derived."""
    schema = Schema(Memory(ontology_triples(root)))
    authored = list(authored_quads(root, schema.prefixes))
    live = Memory(quad.triple for quad in authored if is_live(graph_of(quad)))
    yield from authored
    for triple in live.match():
        yield ox.Quad(*triple)
    for triple in derived(live, schema):
        yield ox.Quad(*triple)
