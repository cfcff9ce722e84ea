"""One worker process as the server sees it: started, given orders, listened to, and killed."""

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from alskg.store import frames
from alskg.store.frames import Frames
from alskg.store.limits import Limits
from alskg.store.snapshots import Snapshot

START_SECONDS_MAX = 30.0
"""How long a process may take to start; that is no part of the time of the query that waits for it."""
_AT_ONCE_BYTES_MAX = 2**16
"""What a pipe holds at least while nobody reads from it (pipe(7))."""
PIPE_BYTES = 2**20
"""What a pipe holds, where the system grants it: a worker is done with an answer of that size before it is sent."""

log = logging.getLogger(__name__)


class Died(Exception):
    """The process ended while it had a query; the argument is its exit code."""


@dataclass(frozen=True)
class Order:
    """A query as it is given to a worker."""

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    table: str = "json"
    """The name of the format for rows, and for the yes or no of an ASK; "" where the caller takes none for them."""
    graph: str = "ntriples"
    """The same for the triples of CONSTRUCT and DESCRIBE."""
    is_trusted: bool = False
    """Whether the text and the graphs are our own, and so aren't looked at."""


class Process:
    """One process; started when it is first needed and again after it ended."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._pipes: tuple[int, int, int] = (-1, -1, -1)
        self._frames = Frames()
        self._unsettled = 0
        self._is_retired = False
        self._opened: Snapshot | None = None
        self._in_memory = False
        self._steps = 0
        self._prefixes: Mapping[str, str] = {}
        self._reapers: list[threading.Thread] = []

    @property
    def opened(self) -> Snapshot | None:
        """The snapshot that it reads from."""
        return self._opened

    @property
    def revision(self) -> int:
        """The one that it answers from."""
        return self._opened.revision_after(self._steps) if self._opened is not None else 0

    @property
    def is_running(self) -> bool:
        """Whether there is a process, and it hasn't ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def is_ready(self) -> bool:
        """Whether it has started, and read what it was told to read, as far as it was listened to."""
        return not self._unsettled

    def start(self) -> None:
        """Starts the process without waiting for it, where there is none and one may still be wanted."""
        if self._process is not None or self._is_retired:
            return
        pipes = os.pipe(), os.pipe(), os.pipe()
        (their_orders, orders), (answers, their_answers), (their_life, life) = pipes
        # -P and the path: the very package that runs here, whatever lies in the working directory.
        path = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, with our own arguments
                [sys.executable, "-P", "-m", "alskg.store.worker", str(their_life), json.dumps(asdict(self._limits))],
                stdin=their_orders,
                stdout=their_answers,
                pass_fds=[their_life],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
            )
        except OSError:
            for descriptor in (orders, answers, life):
                os.close(descriptor)
            raise
        finally:
            for descriptor in (their_orders, their_answers, their_life):
                os.close(descriptor)
        self._pipes = (orders, answers, life)
        for descriptor in (orders, answers):
            os.set_blocking(descriptor, False)
        _enlarge(answers)
        room = _enlarge(orders)
        self._frames = Frames()
        # That it is ready, and which snapshot it reads from, are told in turn; see `settle`.
        self._unsettled = 1
        if self._opened is None:
            return
        order = self._order_to_open(self._opened)
        if self._opened.is_newest and len(order) <= room:
            os.write(orders, order)
            self._unsettled = 2
        else:
            self._opened.let_go()
            self._opened = None

    def _order_to_open(self, snapshot: Snapshot) -> bytes:
        steps = [step.update for step in snapshot.steps] if self._in_memory else []
        self._steps = len(steps)
        order = {
            "directory": str(snapshot.directory),
            "prefixes": dict(self._prefixes),
            "in_memory": self._in_memory,
            "steps": steps,
        }
        return frames.frame(frames.OPEN, json.dumps(order).encode())

    def kill(self) -> None:
        """Ends the process, whatever it is doing; the system takes it away as soon as it has freed its memory."""
        process = self._let_go()
        if process is not None:
            process.kill()
            reaper = threading.Thread(target=process.wait, name="reaper")
            reaper.start()
            self._reapers = [other for other in self._reapers if other.is_alive()] + [reaper]

    def _let_go(self) -> "subprocess.Popen[bytes] | None":
        process, self._process = self._process, None
        if process is not None:
            for descriptor in self._pipes:
                os.close(descriptor)
        return process

    def close(self) -> None:
        """Ends the process and waits until it, and all that were killed before, are taken away."""
        self.kill()
        for reaper in self._reapers:
            reaper.join()
        if self._opened is not None:
            self._opened.let_go()
            self._opened = None

    def retire(self) -> None:
        """Ends the process for good; who has the worker notices, and closes what belongs to it."""
        self._is_retired = True
        if (process := self._process) is not None:
            process.kill()

    def interrupt(self) -> None:
        """Ends the process, and leaves it to who waits for its answer to notice."""
        if (process := self._process) is not None:
            process.kill()

    async def run(self) -> None:
        """
        Has a process that takes orders: a new one where it ended while it was idle.

        Raises:
            Died: none may be started any more.
        """
        if self._process is None or self._has_ended():
            self.kill()
            self.start()
        if self._process is None:
            raise Died(-signal.SIGKILL)

    def _has_ended(self) -> bool:
        """Whether nothing more will come from it; it has nothing to say while it is idle, but that it is ready."""
        try:
            while piece := os.read(self._pipes[1], frames.READ_BYTES):
                self._frames.add(piece)
        except BlockingIOError:
            return False
        return True

    async def open(self, snapshot: Snapshot, prefixes: Mapping[str, str], *, in_memory: bool) -> None:
        """
        Has it read from another snapshot henceforth, of which it takes over the caller's hold.

        `in_memory`, it copies it, and does what was changed since.
        """
        before, self._opened = self._opened, snapshot
        self._prefixes = prefixes
        self._in_memory = in_memory
        self._unsettled += 1
        try:
            await self._send(self._order_to_open(snapshot))
        finally:
            # Only now may the one before vanish: a process that hasn't opened it yet finds that it needn't any more.
            if before is not None:
                before.let_go()

    async def follow(self, prefixes: Mapping[str, str]) -> None:
        """Has it do what was changed since it last did so; only where it has the snapshot in memory."""
        if self._opened is None:
            raise ValueError("It reads from nothing yet.")
        self._prefixes = prefixes
        steps = [step.update for step in self._opened.steps[self._steps :]]
        self._steps += len(steps)
        self._unsettled += 1
        order = {"prefixes": dict(prefixes), "steps": steps}
        await self._send(frames.frame(frames.FOLLOW, json.dumps(order).encode()))

    async def settle(self) -> None:
        """
        Waits until it has started, and reads from the snapshot; neither is part of the time of a query.

        Raises:
            Died: it ended meanwhile.
            TimeoutError: it takes too long.
        """
        while self._unsettled:
            kind, why_not = await self.said(time.monotonic() + START_SECONDS_MAX)
            self._unsettled -= 1
            if kind == frames.READY and why_not:
                _tell_once(why_not.decode())

    async def ask(self, order: Order) -> None:
        """Gives it a query; what it says to that is `said`."""
        await self._send(frames.frame(frames.ASK, json.dumps(order.__dict__).encode()))

    async def _send(self, message: bytes) -> None:
        orders = self._pipes[0]
        rest = memoryview(message)
        loop = asyncio.get_running_loop()
        with contextlib.suppress(BrokenPipeError):
            # Where it has ended, the pipe that it answers by says so.
            while rest:
                try:
                    rest = rest[os.write(orders, rest) :]
                except BlockingIOError:
                    until = time.monotonic() + self._limits.seconds_max
                    await _happens(orders, loop.add_writer, loop.remove_writer, until)

    async def said(self, until: float) -> tuple[bytes, bytes]:
        """
        The kind and the body of its next message, waited for until that time of the monotonic clock.

        Raises:
            TimeoutError: the time is up; the process is still running.
            Died: the process ended.
        """
        answers = self._pipes[1]
        loop = asyncio.get_running_loop()
        while (message := self._frames.next()) is None:
            try:
                piece = os.read(answers, frames.READ_BYTES)
            except BlockingIOError:
                await _happens(answers, loop.add_reader, loop.remove_reader, until)
                continue
            if not piece:
                process = self._let_go()
                # Its memory is freed before its pipes are closed, so that this takes no time.
                raise Died(process.wait() if process is not None else 0)
            self._frames.add(piece)
        return message


async def _happens(descriptor: int, add: Callable[..., object], remove: Callable[[int], object], until: float) -> None:
    """Waits until a pipe can be read from or written to."""
    loop = asyncio.get_running_loop()
    happened = loop.create_future()
    timer = loop.call_later(until - time.monotonic(), _fail, happened)
    add(descriptor, _succeed, happened)
    try:
        await happened
    finally:
        timer.cancel()
        remove(descriptor)


def _succeed(happened: "asyncio.Future[None]") -> None:
    if not happened.done():
        happened.set_result(None)


def _fail(happened: "asyncio.Future[None]") -> None:
    if not happened.done():
        happened.set_exception(TimeoutError())


def _enlarge(descriptor: int) -> int:
    """How much a pipe holds while nobody reads from it, after it was made as large as may be."""
    # Linux only, and there only as far as the system's limits for its user go.
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            return fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return _AT_ONCE_BYTES_MAX


_TOLD: set[str] = set()


def _tell_once(why_not: str) -> None:
    if why_not not in _TOLD:
        _TOLD.add(why_not)
        log.warning("Queries run in processes that may open sockets: %s.", why_not)
