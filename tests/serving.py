"""A real server, for clients and browsers that speak HTTP."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"


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
