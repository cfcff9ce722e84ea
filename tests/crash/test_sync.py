"""When a change is safe against a loss of power: what the system was told to put on the disk, and when."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from alskg.changes import commit
from alskg.changeset import Changeset, quads_of
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import TURTLE
from alskg.settings import Settings
from alskg.store.embedded import EmbeddedStore
from alskg.web.app import build_app

from ..extent import in_ci

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fdatasync"), reason="the engine's own flush is used where it is missing"
)


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What stood in each file when the system was told to put it on the disk."""
    found: list[bytes] = []
    sync = os.fdatasync

    def told(descriptor: int) -> None:
        found.append(Path(f"/proc/self/fd/{descriptor}").read_bytes())
        sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", told)
    return found


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that one change was made to, so that the next ones needn't look at everything."""
    directory = tmp_path_factory.mktemp("begun")
    with opened(directory, "interval") as kg:
        change(kg, "the-first")
    return directory


@pytest.fixture
def directory(begun: Path, tmp_path: Path) -> Path:
    return shutil.copytree(begun, tmp_path / "store")


@contextmanager
def opened(directory: Path, sync: str, seconds: float = 1.0) -> Iterator[KnowledgeGraph]:
    kg = KnowledgeGraph.open(replace(Settings(), data_dir=directory, sync=sync, sync_seconds=seconds))
    yield kg
    kg.close()


def change(kg: KnowledgeGraph, message: str) -> int:
    text = f'drug:{message} a als:Drug ; rdfs:label "{message}"@en ; skos:definition "A drug for tests."@en .'
    added = quads_of(text, TURTLE.media_type, kg.schema.prefixes, {})
    outcome = commit(kg, Changeset(message, "ana", tuple(added)))
    assert outcome.committed
    return outcome.revision


@in_ci
def test_each_change_is_on_the_disk_before_it_is_acknowledged(directory: Path, synced: list[bytes]) -> None:
    with opened(directory, "commit") as kg:
        for number in range(3):
            synced.clear()
            message = f"number-{number}-of-three"
            change(kg, message)
            assert any(message.encode() in log for log in synced)


def until(is_so: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_changes_are_put_on_the_disk_at_intervals(directory: Path, synced: list[bytes]) -> None:
    with opened(directory, "interval", seconds=0.05) as kg, TestClient(build_app(kg)):
        synced.clear()
        change(kg, "waits-for-its-interval")
        until(lambda: any(b"waits-for-its-interval" in log for log in synced))
        # Where nothing was changed since, there is nothing to do.
        time.sleep(0.2)
        before = len(synced)
        time.sleep(0.2)
        assert len(synced) == before


def test_between_intervals_nothing_is_waited_for(directory: Path, synced: list[bytes]) -> None:
    with opened(directory, "interval", seconds=600) as kg:
        with TestClient(build_app(kg)):
            synced.clear()
            change(kg, "not-yet-on-the-disk")
            assert synced == []
        # A server that ends in order leaves nothing behind.
        assert any(b"not-yet-on-the-disk" in log for log in synced)


def test_a_store_in_memory_has_nothing_to_put_on_a_disk(synced: list[bytes]) -> None:
    store = EmbeddedStore.in_memory()
    store.flush()
    store.close()
    assert synced == []
