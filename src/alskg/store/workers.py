"""Killable processes for free-form queries: a query that runs past a limit is ended for sure, and alone."""

import contextlib
import os
import queue
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from alskg.errors import AlskgError, BadQuery, LimitExceeded, TooLarge
from alskg.store.evaluation import Request
from alskg.store.worker import read_frame, write_frame

START_SECONDS_MAX = 30.0
"""How long a process may take to start; that is no part of the time of the query that waits for it."""


@dataclass(frozen=True)
class Limits:
    """What one query may cost, and how many may wait for their turn."""

    seconds_max: float
    memory_bytes_max: int
    waiting_max: int


Reply = tuple[str, bytes | str]


class _Died(Exception):
    """The process ended while it had the query; the argument is its exit code."""


class _Worker:
    """One process; started when it is first needed and again after it ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False
        self._is_retired = False

    def start(self) -> None:
        """Starts the process without waiting for it, where there is none and one may still be wanted."""
        if self._process is None and not self._is_retired:
            # -P and the path: the very package that runs here, whatever lies in the working directory.
            path = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "alskg.store.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
            )
            self._is_ready = False

    def kill(self) -> int | None:
        """Ends the process, whatever it is doing, and reaps it; its exit code, or None where there was none."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.kill()
        for pipe in _pipes(process):
            # A pipe to a killed process may break while its buffer is flushed.
            with contextlib.suppress(OSError):
                pipe.close()
        return process.wait()

    def retire(self) -> None:
        """Ends the process for good; who has the worker notices, and reaps it."""
        self._is_retired = True
        if (process := self._process) is not None:
            process.kill()

    def ask(self, snapshot: str, limits: Limits, request: Request) -> Reply:
        """
        What the worker answers.

        Raises:
            TimeoutError: the time is up; the process is still running.
            _Died: the process ended.
        """
        order = (snapshot, limits.memory_bytes_max, request)
        try:
            write_frame(_pipes(self._running())[0], order)
        except BrokenPipeError:
            # It ended while it was idle. This query has not begun, so another process may have it.
            self.kill()
            write_frame(_pipes(self._running())[0], order)
        reply: Reply = self._said(limits.seconds_max)  # type: ignore[assignment]
        return reply

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.kill()
        self.start()
        if self._process is None:
            raise _Died(0)
        if not self._is_ready:
            self._said(START_SECONDS_MAX)
            self._is_ready = True
        return self._process

    def _said(self, seconds_max: float) -> object:
        _, stdout = _pipes(self._process)  # type: ignore[arg-type]
        # Unlike select(), poll() takes file numbers above 1,023, as a server with many connections has them.
        poll = select.poll()
        poll.register(stdout, select.POLLIN)
        if not poll.poll(seconds_max * 1000):
            raise TimeoutError
        try:
            return read_frame(stdout)
        except EOFError:
            # What happened first counts: a process that is gone can't be killed any more.
            raise _Died(self.kill()) from None


def _pipes(process: subprocess.Popen[bytes]) -> tuple[BinaryIO, BinaryIO]:
    return process.stdin, process.stdout  # type: ignore[return-value]


class Workers:
    """A fixed number of worker processes, each with one query at a time."""

    def __init__(self, count: int, limits: Limits) -> None:
        self._limits = limits
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        self._all = [_Worker() for _ in range(count)]
        self._places = threading.Semaphore(count + limits.waiting_max)
        for worker in self._all:
            self._idle.put(worker)

    def start(self) -> None:
        """Starts every process, so that the first query doesn't wait for one."""
        for worker in self._all:
            worker.start()

    def close(self) -> None:
        """Ends every process, and no other is started."""
        for worker in self._all:
            worker.retire()
        # A worker comes back from its query before its pipes are closed, so that nobody reads from a closed one.
        back = [self._idle.get() for _ in self._all]
        for worker in back:
            worker.kill()
            self._idle.put(worker)

    def evaluate(self, snapshot: Callable[[], str], request: Request) -> bytes:
        """
        The serialised answer, from a read-only snapshot of the store.

        Raises:
            SyntaxError: the engine can't parse the query.
            TooLarge: the answer has more rows or bytes than the limit.
            LimitExceeded: no worker was free in time, or the query ran past the limit of time or memory.
        """
        with self._free() as worker:
            try:
                reply = worker.ask(snapshot(), self._limits, request)
            except TimeoutError:
                worker.kill()
                worker.start()
                raise LimitExceeded(
                    f"The query ran longer than {self._limits.seconds_max:g} s (ALSKG_QUERY_SECONDS_MAX) and was "
                    "ended. Narrow it, or page with ORDER BY, LIMIT and OFFSET.",
                    limit="query_seconds_max",
                ) from None
            except _Died as death:
                worker.start()
                raise self._end(death.args[0]) from None
            except BaseException:
                worker.kill()
                raise
        return self._body(reply, request)

    @contextlib.contextmanager
    def _free(self) -> Iterator[_Worker]:
        """A worker that nobody else has, waited for in turn."""
        if not self._places.acquire(blocking=False):
            raise self._busy(f"{self._limits.waiting_max} queries wait already (ALSKG_QUERIES_WAITING_MAX)")
        try:
            worker = self._idle.get(timeout=self._limits.seconds_max)
        except queue.Empty:
            self._places.release()
            raise self._busy(f"were so for {self._limits.seconds_max:g} s") from None
        try:
            yield worker
        finally:
            self._idle.put(worker)
            self._places.release()

    def _busy(self, why: str) -> LimitExceeded:
        return LimitExceeded(
            f"All {len(self._all)} workers (ALSKG_WORKERS) are busy, and {why}. Try again in a moment.",
            limit="workers",
            retry_after_seconds=max(1, round(self._limits.seconds_max)),
        )

    def _end(self, code: int) -> AlskgError:
        # An allocation that fails ends Oxigraph and RocksDB by abort().
        if code == -signal.SIGABRT:
            return self._memory()
        if code == -signal.SIGSEGV:
            # The engine reads and rewrites a query by recursion, and a stack has an end.
            return BadQuery(
                "The query is nested too deeply to be evaluated: brackets, operators, paths or UNIONs in each other. "
                "Write it flatter; VALUES and IN take long lists."
            )
        return LimitExceeded(
            f"The process that evaluated the query was ended from outside (exit code {code}). Try again.",
            retry_after_seconds=1,
        )

    def _memory(self) -> LimitExceeded:
        return LimitExceeded(
            f"The query needed more than {self._limits.memory_bytes_max:,} bytes of memory "
            "(ALSKG_QUERY_MEMORY_BYTES_MAX) and was ended. Narrow it, or leave out ORDER BY and DISTINCT.",
            limit="query_memory_bytes_max",
        )

    def _body(self, reply: Reply, request: Request) -> bytes:
        match reply:
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
                raise self._memory()
            case _, message:
                raise AlskgError(f"The query could not be evaluated: {message!r}.")
