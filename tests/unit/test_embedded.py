"""The store on disk and in memory."""

import gc
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from alskg.errors import StoreError
from alskg.names import GRAPHS, OWN_GRAPHS, STATE_GRAPH
from alskg.store import snapshots
from alskg.store.embedded import EmbeddedStore, State
from alskg.store.snapshots import Snapshot, Step

SOURCE = Path(__file__).parents[2] / "src"
G = ox.NamedNode(GRAPHS + "data/things/drugs")
O = ox.NamedNode(GRAPHS + "ontology/alskg")  # noqa: E741 - the graph of the ontology
OWN = {ox.NamedNode(graph) for graph in OWN_GRAPHS}
M = ox.NamedNode(GRAPHS + "ontology/mappings/hp")


def quad(number: int, graph: ox.NamedNode | None = None) -> ox.Quad:
    return ox.Quad(ox.NamedNode(f"a:{number}"), ox.NamedNode("a:p"), ox.Literal(number), graph or ox.DefaultGraph())


def subjects(store: ox.Store) -> set[str]:
    found = store.quads_for_pattern(None, ox.NamedNode("a:p"), None, None)
    return {str(quad.subject) for quad in found}


def in_another_process(directory: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    """What a program sees that opens the store there as `store`."""
    head = ["from pathlib import Path", "from alskg.store.embedded import EmbeddedStore"]
    program = "\n".join([*head, f"store = EmbeddedStore.on_disk(Path({str(directory)!r}))", *lines])
    return subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=False
    )


@pytest.fixture(params=["on disk", "in memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore.on_disk(tmp_path / "store") if request.param == "on disk" else EmbeddedStore.in_memory()
    yield opened
    opened.close()


def test_a_new_store_is_at_revision_0(store: EmbeddedStore) -> None:
    assert store.state == State(0, "", curated=False)
    assert store.graphs() == []


def test_a_load_replaces_everything_as_a_new_revision(store: EmbeddedStore) -> None:
    store.load([quad(1), quad(2, G)], "first")
    assert store.state == State(1, "first", curated=False, ontology=1)
    store.load([quad(3)], "second")
    assert store.state == State(2, "second", curated=False, ontology=2)
    assert subjects(store.quads) == {"<a:3>"}
    assert store.graphs() == []


def test_a_load_that_breaks_off_is_known_and_gives_out_no_number_twice(store: EmbeddedStore) -> None:
    def breaking() -> Iterator[ox.Quad]:
        yield quad(1)
        raise OSError("the disk is full")

    store.load([quad(0)], "first")
    with pytest.raises(OSError, match="the disk is full"):
        store.load(breaking(), "second")
    assert store.state == State(1, "", curated=False)
    store.load([quad(2)], "second")
    assert store.state == State(2, "second", curated=False, ontology=2)
    assert subjects(store.quads) == {"<a:2>"}


def test_the_view_is_the_unnamed_graph_and_a_graph_is_found_by_its_name(store: EmbeddedStore) -> None:
    store.load([quad(1), quad(2, G), quad(3, O), quad(4, M)], "")
    assert [str(t) for t in store.match()] == [str(quad(1).triple)]
    assert [t.object for t in store.match("a:1", "a:p", ox.Literal(1))] == [ox.Literal(1)]
    assert list(store.match("a:2")) == []
    assert [str(t) for t in store.match_in(G.value)] == [str(quad(2).triple)]
    assert list(store.match_in(G.value, "a:1")) == []
    assert store.graphs() == [G.value, O.value, M.value]
    assert [str(t) for t in store.ontology().match()] == [str(quad(3).triple)]


def test_the_ontology_is_what_the_state_says_it_has_become(store: EmbeddedStore) -> None:
    store.load([quad(3, O)], "")
    assert [str(t) for t in store.ontology().match()] == [str(quad(3).triple)]
    store.write([quad(4, O)], [quad(3, O)], replace(store.state, revision=2, ontology=2))
    assert [str(t) for t in store.ontology().match()] == [str(quad(4).triple)]


def test_the_state_is_no_part_of_the_graph(store: EmbeddedStore) -> None:
    store.load([quad(1), quad(2, G)], "sum")
    dump = store.dump(ox.RdfFormat.N_QUADS, {}, named=True)
    assert {str(q) for q in ox.parse(dump, format=ox.RdfFormat.N_QUADS)} == {str(quad(1)), str(quad(2, G))}
    assert STATE_GRAPH not in store.graphs()


def test_a_dump_of_the_view_has_its_triples_and_the_prefixes(store: EmbeddedStore) -> None:
    store.load([quad(1), quad(2, G)], "")
    assert store.dump(ox.RdfFormat.TURTLE, {"a": "a:"}, named=False) == b"@prefix a: <a:> .\na:1 a:p 1 .\n"


def test_a_dump_of_an_empty_store_is_empty(store: EmbeddedStore) -> None:
    assert store.dump(ox.RdfFormat.N_QUADS, {}, named=True) == b""


def test_a_snapshot_holds_the_revision_it_was_taken_at(store: EmbeddedStore) -> None:
    store.load([quad(1), quad(2, G)], "")
    taken = store.snapshots.held()
    store.load([quad(3)], "")
    assert subjects(ox.Store.read_only(str(taken.directory))) == {"<a:1>", "<a:2>"}
    newer = store.snapshots.held()
    assert subjects(ox.Store.read_only(str(newer.directory))) == {"<a:3>"}
    assert newer.revision == taken.revision + 1


def test_a_snapshot_is_taken_once_for_a_revision(store: EmbeddedStore) -> None:
    store.load([quad(1)], "")
    assert store.snapshots.at_hand() is None
    first = store.snapshots.held()
    assert store.snapshots.held() is store.snapshots.at_hand() is first
    store.load([quad(2)], "")
    assert store.snapshots.at_hand() is None
    assert store.snapshots.held() is not first


def test_those_who_ask_while_a_snapshot_is_taken_share_it(store: EmbeddedStore) -> None:
    store.load([quad(1)], "")
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: store.snapshots.held(), range(8)))) == 1


def test_a_snapshot_vanishes_when_it_is_old_and_nobody_holds_it_any_more(store: EmbeddedStore) -> None:
    store.load([quad(1)], "")
    old = store.snapshots.held()
    old.hold()
    store.load([quad(2)], "")
    assert old.is_newest
    new = store.snapshots.held()
    assert not old.is_newest
    old.let_go()
    assert old.directory.exists()
    old.let_go()
    assert not old.directory.exists()
    new.let_go()
    assert new.directory.exists()


def test_an_old_snapshot_that_nobody_holds_vanishes_at_once(store: EmbeddedStore) -> None:
    taken = []
    for number in range(12):
        store.load([quad(number)], "")
        taken.append(store.snapshots.held())
        taken[-1].let_go()
    assert [one.directory.exists() for one in taken] == [False] * 11 + [True]


def followed(store: EmbeddedStore) -> Snapshot:
    store.load([quad(1), quad(2, G)], "")
    return store.snapshots.held(follows=True)


def changed(store: EmbeddedStore, *added: ox.Quad, removed: Sequence[ox.Quad] = ()) -> None:
    store.write(added, removed, replace(store.state, revision=store.state.revision + 1))


def done_in_memory(snapshot: Snapshot) -> set[ox.Quad]:
    copy = ox.Store()
    copy.extend(q for q in ox.Store.read_only(str(snapshot.directory)) if q.graph_name not in OWN)
    for step in snapshot.steps:
        copy.update(step.update)
    return set(copy)


def test_who_has_a_snapshot_in_memory_is_told_what_changes_do(store: EmbeddedStore) -> None:
    snapshot = followed(store)
    changed(store, quad(3), quad(4, G), removed=[quad(1)])
    changed(store, quad(1, G), removed=[quad(4, G)])
    assert store.snapshots.at_hand(follows=True) is store.snapshots.held(follows=True) is snapshot
    assert [snapshot.revision_after(steps) for steps in range(3)] == [1, 2, 3]
    assert snapshot.revision == store.state.revision
    assert done_in_memory(snapshot) == {q for q in store.quads if q.graph_name not in OWN}


def test_who_reads_from_the_disk_needs_a_snapshot_of_the_very_revision(store: EmbeddedStore) -> None:
    snapshot = followed(store)
    assert store.snapshots.at_hand() is snapshot
    changed(store, quad(3))
    assert store.snapshots.at_hand() is None
    assert store.snapshots.held() is not snapshot


def test_what_nobody_follows_is_not_kept(store: EmbeddedStore) -> None:
    store.load([quad(1)], "")
    snapshot = store.snapshots.held()
    changed(store, quad(2))
    assert (snapshot.steps, store.snapshots.at_hand(follows=True)) == ([], None)


@pytest.mark.parametrize("too_much", ["steps", "characters", "a blank node", "a load", "a change that went by"])
def test_what_can_not_be_followed_has_a_new_snapshot(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch, too_much: str
) -> None:
    snapshot = followed(store)
    if too_much == "steps":
        monkeypatch.setattr(snapshots, "STEPS_MAX", 1)
        changed(store, quad(3))
        assert store.snapshots.at_hand(follows=True) is snapshot
    elif too_much == "characters":
        monkeypatch.setattr(snapshots, "STEPS_CHARACTERS_MAX", 10)
    elif too_much == "a change that went by":
        # As one does that is written while the snapshot is being taken.
        store.snapshots.follow(99, lambda: Step(99, 100, ""))
    if too_much == "a load":
        store.load([quad(5)], "")
    elif too_much == "a blank node":
        changed(store, ox.Quad(ox.BlankNode(), ox.NamedNode("a:p"), ox.Literal(5)))
    elif too_much == "a change that went by":
        store._write([], [], replace(store.state, revision=2))
        changed(store, quad(5))
    else:
        changed(store, quad(5))
    assert store.snapshots.at_hand(follows=True) is None
    newer = store.snapshots.held(follows=True)
    assert (newer.steps, newer.revision) == ([], store.state.revision)
    assert done_in_memory(newer) == {q for q in store.quads if q.graph_name not in OWN}


def test_where_no_snapshot_could_be_taken_nothing_is_kept_for_it(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(target: Path) -> int:
        raise OSError("No space left on device")

    monkeypatch.setattr(store, "checkpoint", full)
    with pytest.raises(OSError, match="No space"):
        store.snapshots.held(follows=True)
    # As long as nobody has a snapshot, a change isn't even written down.
    store.snapshots.follow(0, lambda: pytest.fail("asked for"))


@pytest.mark.parametrize("follows", [True, False])
def test_a_snapshot_tells_the_revision_that_is_in_it_whatever_is_written_while_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, follows: bool
) -> None:
    store = EmbeddedStore.on_disk(tmp_path)
    store.load([quad(1)], "")
    take = store.checkpoint

    def amid_changes(target: Path) -> int:
        changed(store, quad(2))
        revision = take(target)
        changed(store, quad(3))
        return revision

    monkeypatch.setattr(store, "checkpoint", amid_changes)
    snapshot = store.snapshots.held(follows=follows)
    monkeypatch.undo()
    inside = subjects(ox.Store.read_only(str(snapshot.directory)))
    assert (inside, snapshot.revision_after(0)) == ({"<a:1>", "<a:2>"}, 2)
    # What was changed since is followed at once, and else is in the next one.
    assert (store.snapshots.at_hand(follows=follows) is snapshot) is follows
    if follows:
        assert snapshot.revision == store.state.revision == 3
        assert done_in_memory(snapshot) == {q for q in store.quads if q.graph_name not in OWN}
    store.close()


def test_the_size_is_what_was_counted_and_what_changed_since(store: EmbeddedStore) -> None:
    store.load([quad(1), quad(2, G)], "")
    before = len(store.quads)
    assert store.size == before
    changed(store, quad(3), quad(4), removed=[quad(1)])
    assert store.size == len(store.quads) == before + 1
    store.load([quad(1)], "")
    assert store.size == len(store.quads)


def test_what_fits_into_memory_is_copied_and_what_is_a_copy_is_not_worth_it(tmp_path: Path) -> None:
    store = EmbeddedStore.on_disk(tmp_path)
    store.load([quad(1)], "")
    assert (store.snapshots.fit_into(store.size - 1), store.snapshots.fit_into(store.size)) == (False, True)
    copy, reading = store.copy("past"), EmbeddedStore.reading(tmp_path)
    assert reading is not None
    assert not any(other.snapshots.fit_into(10**9) for other in (copy, reading, EmbeddedStore.in_memory()))
    reading.close()
    copy.remove()
    store.close()


def test_a_store_that_nobody_has_any_more_can_be_opened_again(tmp_path: Path) -> None:
    gc.disable()
    try:
        store = EmbeddedStore.on_disk(tmp_path)
        store.snapshots.held()
        del store
        EmbeddedStore.on_disk(tmp_path).close()
    finally:
        gc.enable()


def test_closing_removes_the_snapshots(store: EmbeddedStore) -> None:
    store.load([quad(1)], "")
    taken = store.snapshots.held().directory
    store.close()
    assert not taken.exists()
    store.close()


def test_a_closed_store_may_be_opened_again_at_once_whoever_refers_to_it(tmp_path: Path) -> None:
    first = EmbeddedStore.on_disk(tmp_path)
    first.load([quad(1)], "")
    first.close()
    again = EmbeddedStore.on_disk(tmp_path)
    assert subjects(again.quads) == {"<a:1>"}
    with pytest.raises(AttributeError):
        _ = first.quads


def test_a_store_that_nobody_has_any_more_may_be_opened_again_at_once(tmp_path: Path) -> None:
    # Nothing that goes in a circle waits for the garbage to be collected.
    gc.disable()
    try:
        EmbeddedStore.on_disk(tmp_path).load([quad(1)], "")
        assert subjects(EmbeddedStore.on_disk(tmp_path).quads) == {"<a:1>"}
    finally:
        gc.enable()


def without_its_log(directory: Path, to: Path) -> set[str]:
    """What a store would hold whose log were lost."""
    shutil.copytree(directory, to)
    for log in (to / "quads").glob("*.log"):
        log.unlink()
    return subjects(EmbeddedStore.on_disk(to).quads)


def test_a_store_that_is_closed_has_everything_in_its_tables_and_no_start_needs_its_log(tmp_path: Path) -> None:
    store = EmbeddedStore.on_disk(tmp_path / "store")
    store.load([quad(1)], "")
    store.write([quad(2)], [], store.state)
    assert store.unsettled == 1
    assert without_its_log(tmp_path / "store", tmp_path / "before") == {"<a:1>"}
    store.close()
    assert without_its_log(tmp_path / "store", tmp_path / "after") == {"<a:1>", "<a:2>"}


def test_what_was_loaded_is_there_for_the_next_process(tmp_path: Path) -> None:
    done = in_another_process(
        tmp_path,
        "import pyoxigraph as ox",
        "store.load([ox.Quad(ox.NamedNode('a:1'), ox.NamedNode('a:p'), ox.Literal(1))], 'sum')",
    )
    assert (done.returncode, done.stderr) == (0, "")
    store = EmbeddedStore.on_disk(tmp_path)
    assert store.state == State(1, "sum", curated=False, ontology=1)
    assert subjects(store.quads) == {"<a:1>"}


def test_a_process_that_is_killed_while_it_loads_leaves_a_store_that_knows_it(tmp_path: Path) -> None:
    done = in_another_process(
        tmp_path,
        "import os, signal, pyoxigraph as ox",
        "store.load([ox.Quad(ox.NamedNode('a:1'), ox.NamedNode('a:p'), ox.Literal(1))], 'first')",
        "def quads():",
        "    yield ox.Quad(ox.NamedNode('a:2'), ox.NamedNode('a:p'), ox.Literal(2))",
        "    os.kill(os.getpid(), signal.SIGKILL)",
        "store.load(quads(), 'second')",
    )
    assert done.returncode == -9
    assert EmbeddedStore.on_disk(tmp_path).state == State(1, "", curated=False)


def test_snapshots_of_a_process_that_was_killed_are_removed(tmp_path: Path) -> None:
    done = in_another_process(tmp_path, "store.snapshots.held()", "import os", "os._exit(0)")
    assert done.returncode == 0
    assert len(list((tmp_path / "snapshots").iterdir())) == 1
    EmbeddedStore.on_disk(tmp_path)
    assert list((tmp_path / "snapshots").iterdir()) == []


def test_a_second_process_is_told_what_to_do(tmp_path: Path) -> None:
    store = EmbeddedStore.on_disk(tmp_path)
    store.load([quad(1)], "")
    taken = store.snapshots.held().directory
    done = in_another_process(tmp_path)
    assert done.returncode == 1
    assert f"StoreError: The store under {tmp_path} can't be opened" in done.stderr
    assert "stop that one or set ALSKG_DATA_DIR to another directory." in done.stderr
    # The first one isn't disturbed: its snapshots are still there.
    assert taken.exists()


def test_a_directory_that_cant_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for taken in ("file", "file/store"):
        with pytest.raises(StoreError, match=r"Set ALSKG_DATA_DIR to a directory that ") as caught:
            EmbeddedStore.on_disk(tmp_path / taken)
        assert "another alskg" not in str(caught.value)
    (tmp_path / "quads").write_text("in the way")
    with pytest.raises(StoreError, match=r"Set ALSKG_DATA_DIR to a directory that "):
        EmbeddedStore.on_disk(tmp_path)


def test_a_store_that_is_damaged_is_refused(tmp_path: Path) -> None:
    assert in_another_process(tmp_path).returncode == 0
    (tmp_path / "quads" / "CURRENT").write_text("nonsense")
    with pytest.raises(StoreError, match=r"is damaged: .* remove the directory"):
        EmbeddedStore.on_disk(tmp_path)
