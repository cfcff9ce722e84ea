"""A real server, for clients that speak HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from starlette.testclient import TestClient

from alskg.access import Scope, Tokens
from alskg.changes import commit
from alskg.changeset import NOWHERE, Changeset
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, BASE
from alskg.settings import Settings
from alskg.web.app import build_app

from ..serving import serving


@pytest.fixture(scope="session")
def server(filled: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that only answers."""
    with serving(filled(tmp_path_factory.mktemp("store"))) as address:
        yield address


@pytest.fixture
def curated_server(filled: Callable[[Path], Path], tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of a server of one's own, and a token that may publish."""
    token = Tokens(tmp_path).create("ana", [Scope.PUBLISH], None)
    with serving(filled(tmp_path)) as address:
        yield address, token


@pytest.fixture(scope="session")
def unread(filled: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of a graph in which nothing dates seed 002: neither its own date nor when it was read."""
    graph = KnowledgeGraph.open(replace(Settings(), data_dir=filled(tmp_path_factory.mktemp("unread"))))
    dated = graph.store.match(f"{BASE}sources/seed-002", f"{ALS}seenOn")
    removed = tuple(ox.Quad(t.subject, t.predicate, t.object, NOWHERE) for t in dated)
    assert commit(graph, Changeset("Nobody knows when", "ana", removed=removed)).committed
    yield TestClient(build_app(graph))
    graph.close()
