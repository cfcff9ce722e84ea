"""What every door is given: the ontology, the questions and the store, at the revision where the store stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from alskg.derivation import derived
from alskg.files import authored_quads, checksum, ontology_triples
from alskg.queries import NamedQuery, read_queries
from alskg.schema import Schema
from alskg.settings import Settings
from alskg.store.embedded import EmbeddedStore
from alskg.store.workers import Limits, Workers
from alskg.triples import Memory


@dataclass(frozen=True)
class KnowledgeGraph:
    """The graph as it is served: structure from the ontology, facts from the store."""

    settings: Settings
    schema: Schema
    queries: dict[str, NamedQuery]
    store: EmbeddedStore
    workers: Workers

    @classmethod
    def open(cls, settings: Settings) -> "KnowledgeGraph":
        """The graph in the store under `settings.data_dir`, loaded from the files where that is due."""
        return cls._with(settings, EmbeddedStore.on_disk(settings.data_dir))

    @classmethod
    def of_files(cls, settings: Settings) -> "KnowledgeGraph":
        """The graph of the files under `settings.root`, in memory."""
        return cls._with(settings, EmbeddedStore.in_memory())

    @classmethod
    def _with(cls, settings: Settings, store: EmbeddedStore) -> "KnowledgeGraph":
        load_files(store, settings.root)
        schema = Schema(Memory(store.ontology()))
        queries = read_queries(settings.root / "queries", schema.prefixes)
        limits = Limits(settings.query_seconds_max, settings.query_memory_bytes_max, settings.queries_waiting_max)
        return cls(settings, schema, queries, store, Workers(settings.workers, limits))

    @property
    def revision(self) -> int:
        """The revision that an answer given now is from."""
        return self.store.state.revision

    def close(self) -> None:
        """Ends the workers and gives up the snapshots."""
        self.workers.close()
        self.store.close()


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
    live = Memory(quad.triple for quad in authored)
    yield from authored
    for triple in live.match():
        yield ox.Quad(*triple)
    for triple in derived(live, schema):
        yield ox.Quad(*triple)
