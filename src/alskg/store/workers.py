"""Killable processes for free-form queries: a query that runs past a limit is ended for sure, and alone."""

import contextlib
import queue
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from alskg.errors import AlskgError, LimitExceeded, TooLarge
from alskg.store.evaluation import Request
from alskg.store.worker import read_frame, write_frame


@dataclass(frozen=True)
class Limits:
    """What one query may cost."""

    seconds_max: float
    memory_bytes_max: int


@dataclass
class _Worker:
    """One process; started when it is first needed and again after it was killed."""

    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Starts the process without waiting for it."""
        command = [sys.executable, "-m", "alskg.store.worker"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
        self.fresh = True

    def kill(self) -> None:
        """Ends the process, whatever it is doing, and reaps it."""
        if self.process is not None:
            self.process.kill()
            for pipe in (self.process.stdin, self.process.stdout):
                # A pipe to a killed process may break while its buffer is flushed.
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            self.process.wait()
            self.process = None

    def ask(self, snapshot: str, limits: Limits, request: Request) -> tuple[str, bytes | str]:
        """
        The worker's outcome.

        Raises:
            TimeoutError: the time is up.
            EOFError, OSError: the process died.
        """
        if self.process is None:
            self.start()
        deadline = time.monotonic() + limits.seconds_max
        if self.fresh:
            self._wait(deadline)
            read_frame(self._stdout)
            self.fresh = False
        write_frame(self._stdin, (snapshot, limits.memory_bytes_max, request))
        self._wait(deadline)
        outcome: tuple[str, bytes | str] = read_frame(self._stdout)  # type: ignore[assignment]
        return outcome

    def _wait(self, deadline: float) -> None:
        ready, _, _ = select.select([self._stdout], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError

    @property
    def _stdin(self):  # type: ignore[no-untyped-def]
        return self.process.stdin  # type: ignore[union-attr]

    @property
    def _stdout(self):  # type: ignore[no-untyped-def]
        return self.process.stdout  # type: ignore[union-attr]


class Workers:
    """A fixed number of worker processes, each with one query at a time."""

    def __init__(self, count: int, limits: Limits) -> None:
        self._limits = limits
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        self._all = [_Worker() for _ in range(count)]
        for worker in self._all:
            self._idle.put(worker)

    def start(self) -> None:
        """Starts every process, so that the first query doesn't wait for one."""
        for worker in self._all:
            worker.start()

    def close(self) -> None:
        """Ends every process."""
        for worker in self._all:
            worker.kill()

    def evaluate(self, snapshot: Callable[[], str], request: Request) -> bytes:
        """
        The serialised answer, from a read-only snapshot of the store.

        Raises:
            BadQuery: the query doesn't parse.
            TooLarge: the answer has more rows or bytes than the limit.
            LimitExceeded: no worker was free in time, or the query ran past the limit of time or memory.
        """
        try:
            worker = self._idle.get(timeout=self._limits.seconds_max)
        except queue.Empty:
            raise LimitExceeded(
                f"All {len(self._all)} workers were busy for {self._limits.seconds_max:g} s (ALSKG_WORKERS). "
                "Try again in a moment.",
                retry_after_seconds=1,
            ) from None
        try:
            outcome = worker.ask(snapshot(), self._limits, request)
        except TimeoutError:
            worker.kill()
            raise LimitExceeded(
                f"The query ran longer than {self._limits.seconds_max:g} s (ALSKG_QUERY_SECONDS_MAX) and was ended. "
                "Narrow it, or page with ORDER BY, LIMIT and OFFSET.",
                limit="query_seconds_max",
            ) from None
        except (EOFError, OSError):
            worker.kill()
            raise LimitExceeded(*self._memory()[:1], limit="query_memory_bytes_max") from None
        except BaseException:
            worker.kill()
            raise
        finally:
            self._idle.put(worker)
        return self._body(outcome, request)

    def _memory(self) -> tuple[str]:
        return (
            f"The query needed more than {self._limits.memory_bytes_max:,} bytes of memory "
            "(ALSKG_QUERY_MEMORY_BYTES_MAX) and was ended. Narrow it, or leave out ORDER BY and DISTINCT.",
        )

    def _body(self, outcome: tuple[str, bytes | str], request: Request) -> bytes:
        match outcome:
            case "answered", bytes(body):
                return body
            case "syntax", message:
                raise SyntaxError(message)
            case "rows", _:
                raise TooLarge(
                    f"The answer has more than {request.rows_max:,} rows (ALSKG_ANSWER_ROWS_MAX). "
                    "Narrow the query, or page with ORDER BY, LIMIT and OFFSET.",
                    limit="answer_rows_max",
                )
            case "bytes", _:
                raise TooLarge(
                    f"The answer has more than {request.bytes_max:,} bytes (ALSKG_ANSWER_BYTES_MAX). "
                    "Narrow the query, or page with ORDER BY, LIMIT and OFFSET.",
                    limit="answer_bytes_max",
                )
            case "memory", _:
                raise LimitExceeded(*self._memory(), limit="query_memory_bytes_max")
            case _, message:
                raise AlskgError(f"The query could not be evaluated: {message!r}.")
