"""What unit tests share: copies of the curated files that a test may break."""

import shutil
from pathlib import Path

import pytest

FOLDERS = ("ontology", "data", "queries")


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The curated files as they were when the tests began; nobody writes here."""
    copy = tmp_path_factory.mktemp("pristine")
    for folder in FOLDERS:
        shutil.copytree(Path(__file__).parents[2] / folder, copy / folder)
    return copy


@pytest.fixture
def root(pristine: Path, tmp_path: Path) -> Path:
    """A copy of all curated files for one test to break."""
    for folder in FOLDERS:
        shutil.copytree(pristine / folder, tmp_path / "root" / folder)
    return tmp_path / "root"


@pytest.fixture
def bare(ontology_alone: Path, tmp_path: Path) -> Path:
    """A root with the ontology alone for one test to add to."""
    return shutil.copytree(ontology_alone, tmp_path / "bare")
