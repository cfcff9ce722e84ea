"""A real server, for clients that speak HTTP."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from alskg.access import Scope, Tokens

SOURCE = Path(__file__).parents[2] / "src"


@contextmanager
def serving(directory: Path) -> Iterator[str]:
    """The address of `alskg serve`, with its store under a directory; stopped with Ctrl-C, it says nothing strange."""
    process = subprocess.Popen(
        [sys.executable, "-m", "alskg", "serve", "--port", "0"],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "ALSKG_DATA_DIR": str(directory)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    found = next(filter(None, (re.match(r"Serving at (\S+)", line) for line in process.stdout)), None)
    assert found, f"The server did not start: {process.communicate()[1]}"
    yield found[1]
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGINT, 128 + signal.SIGINT), complaints
    assert "Traceback" not in complaints.replace("KeyboardInterrupt", ""), complaints


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
