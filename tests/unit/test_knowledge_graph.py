"""The graph as it is opened: loaded when that is due, and only then."""

from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from alskg.changes import commit
from alskg.changeset import Changeset
from alskg.derivation import derived
from alskg.errors import SourceError
from alskg.files import authored_quads, checksum
from alskg.knowledge_graph import KnowledgeGraph, load_files, published_quads
from alskg.names import ALS, BASE, GRAPHS, SKOS
from alskg.schema import Schema
from alskg.settings import Settings
from alskg.store.embedded import EmbeddedStore, State
from alskg.triples import Memory

DRUG = (
    f'<{BASE}drugs/x> a <{ALS}Drug> ; <http://www.w3.org/2000/01/rdf-schema#label> "x"@en ; '
    f'<{SKOS}definition> "A drug."@en .\n'
)


@pytest.fixture
def small(bare: Path) -> Path:
    """The ontology and one drug."""
    (bare / "data" / "things").mkdir(parents=True)
    (bare / "data" / "things" / "drugs.ttl").write_text(DRUG)
    return bare


def opened(root: Path, directory: Path) -> State:
    """Opens the graph, closes it, and says where its store stands; nothing may hold the store open after it."""
    graph = KnowledgeGraph.open(replace(Settings(), root=root, data_dir=directory))
    try:
        return graph.store.state
    finally:
        graph.close()


def curate(root: Path, directory: Path) -> None:
    """Gives the drug another name, through the gate."""
    graph = KnowledgeGraph.open(replace(Settings(), root=root, data_dir=directory))
    name = ox.Quad(ox.NamedNode(f"{BASE}drugs/x"), ox.NamedNode(f"{SKOS}altLabel"), ox.Literal("z", language="en"))
    assert commit(graph, Changeset("Another name.", "ana", (name,))).committed
    graph.close()


def test_the_files_are_loaded_once(small: Path, tmp_path: Path) -> None:
    assert opened(small, tmp_path / "store") == State(1, checksum(small), curated=False, ontology=1)
    assert opened(small, tmp_path / "store") == State(1, checksum(small), curated=False, ontology=1)


def test_files_that_changed_are_loaded_again(small: Path, tmp_path: Path) -> None:
    opened(small, tmp_path / "store")
    (small / "data/things/drugs.ttl").write_text(DRUG.replace('"x"', '"y"'))
    assert opened(small, tmp_path / "store") == State(2, checksum(small), curated=False, ontology=2)
    graph = KnowledgeGraph.open(replace(Settings(), root=small, data_dir=tmp_path / "store"))
    labels = [t.object for t in graph.store.match(f"{BASE}drugs/x", "http://www.w3.org/2000/01/rdf-schema#label")]
    assert labels == [ox.Literal("y", language="en")]
    graph.close()


def test_the_log_is_sorted_into_the_tables_after_so_many_changes(small: Path, tmp_path: Path) -> None:
    graph = KnowledgeGraph.open(replace(Settings(), root=small, data_dir=tmp_path / "store", settle_changes=2))
    for number, unsettled in ((1, 1), (2, 0), (3, 1)):
        name = ox.Literal(f"name {number}", language="en")
        quad = ox.Quad(ox.NamedNode(f"{BASE}drugs/x"), ox.NamedNode(f"{SKOS}altLabel"), name)
        assert commit(graph, Changeset("A name.", "ana", (quad,))).committed
        assert graph.present.unsettled == unsettled
    graph.close()


def test_a_store_that_was_curated_keeps_what_it_has(small: Path, tmp_path: Path) -> None:
    before = opened(small, tmp_path / "store")
    curate(small, tmp_path / "store")
    (small / "data/things/drugs.ttl").write_text(DRUG.replace('"x"', '"y"'))
    assert opened(small, tmp_path / "store") == replace(before, revision=2, curated=True, conforms=True)


def test_a_load_that_was_cut_off_is_done_again(small: Path, tmp_path: Path) -> None:
    def cut_off() -> None:
        store = EmbeddedStore.on_disk(tmp_path / "store")

        def quads() -> object:
            yield from list(published_quads(small))[:100]
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            store.load(quads(), checksum(small))  # type: ignore[arg-type]

    cut_off()
    assert opened(small, tmp_path / "store") == State(1, checksum(small), curated=False, ontology=1)


def test_files_that_cant_be_read_leave_the_store_to_who_mends_them(small: Path, tmp_path: Path) -> None:
    (small / "data/things/drugs.ttl").write_text("no Turtle")
    with pytest.raises(SourceError) as refused:
        opened(small, tmp_path / "store")
    (small / "data/things/drugs.ttl").write_text(DRUG)
    # The error is still at hand, with all that its traceback refers to.
    assert refused.tb is not None
    assert opened(small, tmp_path / "store").files_checksum == checksum(small)


def test_loading_says_whether_it_was_due(small: Path) -> None:
    store = EmbeddedStore.in_memory()
    assert load_files(store, small) is True
    assert load_files(store, small) is False
    store.close()


def test_the_published_view_is_what_was_authored_with_what_is_derived(pristine: Path) -> None:
    quads = list(published_quads(pristine))
    view = {q.triple for q in quads if isinstance(q.graph_name, ox.DefaultGraph)}
    named = {q for q in quads if not isinstance(q.graph_name, ox.DefaultGraph)}
    live = Memory(q.triple for q in named)
    schema = Schema(live)
    assert named == set(authored_quads(pristine, schema.prefixes))
    assert view == {*live.match(), *derived(live, schema)}
    assert view > set(live.match())


def test_the_view_shows_what_the_design_promises(kg: KnowledgeGraph) -> None:
    baclofen, spasticity = f"{BASE}drugs/baclofen", f"{BASE}phenotypes/muscle-spasticity"
    for edge in (f"{ALS}relieves", f"{ALS}dealsWith", "https://w3id.org/biolink/vocab/affects"):
        assert list(kg.store.match(baclofen, edge, spasticity)), edge
    assert list(kg.store.match(None, f"{ALS}supportedBy"))
    assert list(kg.store.match(None, f"{ALS}disputedBy"))


def test_a_graph_of_the_files_is_at_its_first_revision_and_has_a_graph_for_each(kg: KnowledgeGraph) -> None:
    assert kg.revision == 1
    assert GRAPHS + "data/claims/seed-001" in kg.store.graphs()
    assert GRAPHS + "ontology/mappings/hp" in kg.store.graphs()


def test_a_mapping_is_a_triple_of_the_view(kg: KnowledgeGraph) -> None:
    exact = "http://www.w3.org/2004/02/skos/core#exactMatch"
    found = {str(t.object) for t in kg.store.match(f"{BASE}drugs/baclofen", exact)}
    assert "<http://identifiers.org/unii/H789N3FKE8>" in found
