"""The access log: one line of JSON for each request, which is never waited for."""

import os
import sys
import threading
from pathlib import Path

WRITTEN_EVERY_SECONDS = 0.2
LINES_MAX = 50_000
"""So many lines may wait to be written. What comes on top is counted, and lost: nobody reads them as fast."""
CLOSING_SECONDS_MAX = 2.0


class AccessLog:
    """
    Lines that a thread of its own writes.

    Whoever reads them may be slow, or be gone: a pipe that nobody empties must not stop the server.
    """

    def __init__(self, target: str) -> None:
        """`target` is a file, or `-` for standard output."""
        self._descriptor = (
            os.dup(sys.__stdout__.fileno() if sys.__stdout__ else 1)
            if target == "-"
            else os.open(Path(target).expanduser(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        )
        self._lines: list[str] = []
        self._is_over = threading.Event()
        self.lost = 0
        """How many lines nobody could be made to read."""
        self._thread = threading.Thread(target=self._write_until_over, name="access log", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Takes a line."""
        if len(self._lines) < LINES_MAX:
            self._lines.append(line)
        else:
            self.lost += 1

    def close(self) -> None:
        """Writes what there is, unless nobody reads it."""
        self._is_over.set()
        self._thread.join(CLOSING_SECONDS_MAX)

    def _write_until_over(self) -> None:
        is_over = False
        while not is_over:
            is_over = self._is_over.wait(WRITTEN_EVERY_SECONDS)
            lines, self._lines = self._lines, []
            text = "".join(line + "\n" for line in lines).encode()
            try:
                while text:
                    text = text[os.write(self._descriptor, text) :]
            except OSError:
                # The disk is full, or the reader is gone.
                self.lost += len(lines)
        os.close(self._descriptor)
