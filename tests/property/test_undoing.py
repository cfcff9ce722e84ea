"""
Whatever curators do, in any order, can be taken back from the newest change to the first, and by one step.

What is published and what leads on from earlier names are then what they were, quad by quad. Kept apart is more than
before: claims that were added, and taken back with their addition.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from alskg.access import Scope, Tokens
from alskg.apart import RECORD
from alskg.checks import derived_faults
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import REPLACED_GRAPH, RETRACTED_GRAPHS, is_live
from alskg.settings import Settings
from alskg.triples import graph_of, plain
from alskg.web.app import build_app

from ..extent import extent, in_ci
from .curator import Curator

ROOT = Path(__file__).parents[2]
SEEDS = range(extent(1, 2, 40))
STEPS = extent(10, 20, 60)


def published(kg: KnowledgeGraph) -> set[str]:
    """What is published, authored and derived, and what earlier names lead to."""
    graphs = ((quad, graph_of(quad)) for quad in kg.present.quads)
    return {str(quad) for quad, graph in graphs if not graph or is_live(graph) or graph == REPLACED_GRAPH}


@pytest.fixture(scope="module")
def kg(filled: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeGraph]:
    settings = replace(Settings(), data_dir=filled(tmp_path_factory.mktemp("undoing")))
    yield KnowledgeGraph.open(settings)
    # Who spoke with it over HTTP has closed it.
    with closing(KnowledgeGraph.open(settings)) as again:
        assert derived_faults(again.present, ROOT) == []


@pytest.fixture(scope="module")
def client(kg: KnowledgeGraph) -> Iterator[TestClient]:
    token = Tokens(kg.settings.data_dir).create("ana", list(Scope), None)
    with TestClient(build_app(kg), raise_server_exceptions=False) as opened:
        opened.headers["Authorization"] = f"Bearer {token}"
        yield opened


def records_of(kg: KnowledgeGraph) -> list[tuple[str, int]]:
    """The claims that aren't kept with just one record, with how many values of it there are."""
    found: dict[str, int] = {}
    for graph in kg.present.graphs():
        if graph.startswith(RETRACTED_GRAPHS):
            for triple in kg.present.match_in(graph):
                if "/claims/" in plain(triple.subject):
                    is_record = triple.predicate.value in RECORD
                    found[plain(triple.subject)] = found.get(plain(triple.subject), 0) + is_record
    return [(claim, count) for claim, count in found.items() if count != len(RECORD)]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_done_in_any_order_is_taken_back_from_the_newest(
    kg: KnowledgeGraph, client: TestClient, seed: int
) -> None:
    before, first = published(kg), kg.revision
    curator = Curator(kg, client, random.Random(seed), f"seed{seed}")  # noqa: S311
    for _ in range(STEPS):
        curator.step()
        assert records_of(kg) == [], curator.done[-1]
    story = "\n".join(curator.done)
    for revision in range(kg.revision, first, -1):
        answer = client.post(f"/changes/{revision}/revert")
        # What was purged from what is kept, and is kept again, stays so: nothing is left to do then.
        assert answer.status_code in (200, 201), (revision, answer.text[:3000], story)
        assert records_of(kg) == [], (revision, story)
    assert published(kg) == before, story


@pytest.mark.parametrize("seed", SEEDS)
@in_ci
def test_what_was_done_in_any_order_is_taken_back_in_one_step(
    kg: KnowledgeGraph, client: TestClient, seed: int
) -> None:
    before, first = published(kg), kg.revision
    curator = Curator(kg, client, random.Random(1_000 + seed), f"step{seed}")  # noqa: S311
    for _ in range(STEPS):
        curator.step()
    answer = client.post(f"/changes/{first}/restore")
    assert answer.status_code == 201, (answer.text[:3000], curator.done)
    assert published(kg) == before
    assert records_of(kg) == []
