"""Real servers that a test may kill: each a process of its own, over a directory that outlives it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from alskg.access import Scope, Tokens

SOURCE = Path(__file__).parents[2] / "src"


@dataclass
class Served:
    """A directory that `alskg serve` keeps its store in, and the process that does so at the moment."""

    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[str] | None" = None
    complaints: list[str] = field(default_factory=list)

    @property
    def token(self) -> str:
        """A new token that may publish."""
        tokens = Tokens(self.data_dir)
        return tokens.create(f"writer-{len(tokens.list())}", {Scope.PUBLISH}, None)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command of alskg's over the same directory, once the server is gone."""
        command = [sys.executable, "-m", "alskg", *arguments]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)

    def start(self) -> None:
        """Starts the server, without waiting for it."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "alskg", "serve", "--port", "0"],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def address(self) -> str:
        """Where it serves, once it does."""
        assert self.process is not None
        assert self.process.stdout is not None
        found = next(filter(None, (re.match(r"Serving at (\S+)", line) for line in self.process.stdout)), None)
        assert found, f"The server did not start: {self.process.communicate()[1]}"
        return found[1]

    def end(self, how: signal.Signals) -> None:
        """Ends the server, and keeps what it complained of."""
        if self.process is not None:
            self.process.send_signal(how)
            self.complaints.append(self.process.communicate(timeout=60)[1])
            self.process = None

    @property
    def _environment(self) -> dict[str, str]:
        own = {"PYTHONPATH": str(SOURCE), "ALSKG_DATA_DIR": str(self.data_dir)}
        return {**os.environ, **own, **self.environment}


@pytest.fixture
def serving_from() -> Callable[..., AbstractContextManager[Served]]:
    """`serving_from(directory, ALSKG_...=...)`: a server that is not started yet, and is gone after the block."""

    @contextmanager
    def serving(data_dir: Path, **environment: str) -> Iterator[Served]:
        served = Served(data_dir, environment)
        try:
            yield served
        finally:
            served.end(signal.SIGKILL)

    return serving
