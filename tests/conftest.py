"""What tests share."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import settings

from alskg.changeset import quads_of
from alskg.files import ontology_triples
from alskg.knowledge_graph import KnowledgeGraph
from alskg.schema import Schema
from alskg.settings import Settings
from alskg.triples import Memory
from alskg.turtle import laid_out
from alskg.web.app import build_app

from .conformance.publication import Publication
from .sound import taken_for_sound

# A deadline measures the machine, not the code.
settings.register_profile("alskg", deadline=None)
settings.load_profile("alskg")


def pytest_configure(config: pytest.Config) -> None:
    # Where tests are spread over processes, the reports of all come together in the first one.
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Publication(config.rootpath / "docs" / "conformance.md"))


@pytest.fixture(scope="session")
def needs() -> Callable[[str], str]:
    """
    `needs("chromium")` is the path of a program that the test can't do without.

    Where the machine lacks it, the test is skipped; under ALSKG_TEST_ALL=1, as in CI, it fails.
    """

    def path_of(program: str) -> str:
        path = shutil.which(program)
        if path:
            return path
        if os.environ.get("ALSKG_TEST_ALL") == "1":
            pytest.fail(f"{program} is missing, and ALSKG_TEST_ALL=1 allows no skipping; install it (see .ci/run).")
        pytest.skip(f"{program} is not installed")

    return path_of


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """
    `filled(directory)` puts the store of the curated files there, for a server or a graph of one's own.

    It is built once and copied, since the work is the same each time; it is marked as sound, so that it isn't looked at
    before the first change.
    """
    built = tmp_path_factory.mktemp("built")
    taken_for_sound(KnowledgeGraph.open(replace(Settings(), data_dir=built))).close()

    def fill(directory: Path) -> Path:
        return shutil.copytree(built, directory, dirs_exist_ok=True)

    return fill


@pytest.fixture(scope="session")
def ontology_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root without mappings, data and questions: what takes long over the whole is quick here. Nobody writes here."""
    root = tmp_path_factory.mktemp("ontology-alone")
    shutil.copytree(Settings().root / "ontology", root / "ontology", ignore=shutil.ignore_patterns("*.tsv"))
    return root


@pytest.fixture(scope="session")
def laid_out_in(ontology_alone: Path) -> Callable[[Path, Mapping[str, str]], Path]:
    """`laid_out_in(directory, files)` writes files of Turtle there, by name, as `alskg export` does."""
    prefixes = Schema(Memory(ontology_triples(ontology_alone))).prefixes

    def write(directory: Path, files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            triples = (quad.triple for quad in quads_of(text, "text/turtle", prefixes, {}))
            (directory / name).write_text(laid_out(triples, prefixes))
        return directory

    return write


@pytest.fixture(scope="session")
def kg(filled: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeGraph]:
    """The graph of the curated files."""
    graph = KnowledgeGraph.open(replace(Settings(), data_dir=filled(tmp_path_factory.mktemp("graph"))))
    yield graph
    graph.close()


@pytest.fixture(scope="session")
def client(kg: KnowledgeGraph) -> Iterator[TestClient]:
    """A client of the application over that graph."""
    with TestClient(build_app(kg), raise_server_exceptions=False) as opened:
        yield opened
