"""An export that is loaded in place of what is there comes out again byte by byte, whatever was curated before it."""

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from alskg.access import Scope, Tokens
from alskg.changes import Outcome, commit
from alskg.changeset import Changeset
from alskg.checks import derived_faults
from alskg.export import exported
from alskg.importing import becoming
from alskg.knowledge_graph import KnowledgeGraph
from alskg.settings import Settings
from alskg.web.app import build_app

from ..extent import extent, in_ci
from ..sound import taken_for_sound
from .curator import Curator, purge_a_claim

ROOT = Path(__file__).parents[2]
SEEDS = range(extent(1, 2, 20))
STEPS = extent(8, 15, 40)


def fresh(directory: Path) -> KnowledgeGraph:
    return taken_for_sound(KnowledgeGraph.of_files(replace(Settings(), data_dir=directory)))


@contextmanager
def curating(kg: KnowledgeGraph, seed: int, directory: Path) -> Iterator[Curator]:
    token = Tokens(directory).create("ana", list(Scope), None)
    # Without its lifespan: the graph is closed by who opened it.
    client = TestClient(build_app(kg), headers={"Authorization": f"Bearer {token}"}, raise_server_exceptions=False)
    yield Curator(kg, client, random.Random(seed), f"seed{seed}")  # noqa: S311


def written_to(directory: Path, kg: KnowledgeGraph) -> dict[str, str]:
    files = dict(exported(kg))
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8", newline="")
    return files


def loaded(kg: KnowledgeGraph, directory: Path, *, may_purge: bool = False) -> Outcome:
    patch, kept = becoming(kg, directory)
    change = Changeset("x", "ana", patch.added, patch.removed, kept=kept, may_change_ontology=True, may_purge=may_purge)
    return commit(kg, change, limited=False)


@pytest.mark.parametrize("seed", SEEDS)
@in_ci
def test_it_comes_out_again_and_no_record_needs_an_administrator(seed: int, tmp_path: Path) -> None:
    with closing(fresh(tmp_path)) as kg, curating(kg, seed, tmp_path) as curator:
        for _ in range(STEPS):
            curator.step(never=purge_a_claim)
        files = written_to(tmp_path / "export", kg)
        story = "\n".join(curator.done)
    with closing(fresh(tmp_path)) as other:
        outcome = loaded(other, tmp_path / "export")
        assert outcome.committed, (outcome.verdict.faults[:5], story)
        assert dict(exported(other)) == files
        assert derived_faults(other.present, ROOT) == []
        assert not loaded(other, tmp_path / "export").committed


@pytest.mark.parametrize("seed", SEEDS)
@in_ci
def test_it_follows_another_graph_by_its_exports(seed: int, tmp_path: Path) -> None:
    with (
        closing(fresh(tmp_path)) as kg,
        closing(fresh(tmp_path)) as other,
        curating(kg, 100 + seed, tmp_path) as curator,
    ):
        for number in range(3):
            for _ in range(STEPS):
                curator.step()
            files = written_to(tmp_path / f"export-{number}", kg)
            outcome = loaded(other, tmp_path / f"export-{number}", may_purge=True)
            assert outcome.conforms, (outcome.verdict.faults[:5], curator.done)
            assert dict(exported(other)) == files
        assert derived_faults(other.present, ROOT) == []
