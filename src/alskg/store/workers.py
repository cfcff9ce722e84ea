"""Killable processes for free-form queries: a query that runs past a limit is ended for sure, and alone."""

import asyncio
import contextlib
import json
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from alskg import errors
from alskg.errors import AlskgError, BadQuery, LimitExceeded
from alskg.store import frames
from alskg.store.limits import Limits, memory_exceeded, seconds_exceeded
from alskg.store.process import Died, Order, Process
from alskg.store.snapshots import Snapshot, Snapshots

Prefixes = Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """What a worker answers."""

    form: str
    """SELECT, ASK, CONSTRUCT or DESCRIBE."""
    is_fixed: bool
    """Whether the query has one answer at one revision."""
    revision: int
    body: "bytes | Rest | None"
    """The answer; or, of a long one, how to get it; or None, where the caller takes no format that can carry it."""


class Rest:
    """A long answer that comes part by part; whoever has it must `close` it, come what may."""

    def __init__(self, first: bytes, read: "_Turn") -> None:
        self._first: bytes | None = first
        self._turn = read

    @property
    def until(self) -> float:
        """When the query's time is up, by the monotonic clock."""
        return self._turn.until

    async def next(self) -> bytes:
        """
        The next part; b"" after the last one.

        Raises:
            TooLarge, LimitExceeded: the answer is not whole, and won't be.
        """
        if self._first is not None:
            first, self._first = self._first, None
            return first
        kind, body = await self._turn.said()
        if kind == frames.ENDED:
            self._turn.end()
        return body

    def interrupt(self) -> None:
        """Ends the query, so that who waits for the next part gets an error instead."""
        self._turn.interrupt()

    def close(self) -> None:
        """Gives the worker free for the next query; one that isn't through is killed."""
        self._turn.close()

    def __del__(self) -> None:
        # An answer that was never sent, since something else went wrong, must not cost a worker.
        self.close()


class _Turn:
    """One query's use of one process."""

    def __init__(self, workers: "Workers", process: Process, until: float) -> None:
        self.until = until
        self._workers = workers
        self._process: Process | None = process

    async def said(self) -> tuple[bytes, bytes]:
        """The next message that is no error; after any error, the turn is over."""
        if self._process is None:
            raise self._workers.ended(-signal.SIGKILL)
        try:
            kind, body = await self._process.said(self.until)
        except TimeoutError:
            self.close()
            raise seconds_exceeded(self._workers.limits.seconds_max) from None
        except Died as death:
            self.end()
            raise self._workers.ended(death.args[0]) from None
        except BaseException:
            self.close()
            raise
        if kind == frames.ERROR:
            self.end()
            raise _error_in(body)
        return kind, body

    def interrupt(self) -> None:
        if self._process is not None:
            self._process.interrupt()

    def end(self) -> None:
        """The process is through with the query."""
        process, self._process = self._process, None
        if process is not None:
            # Where the system grants none now, the next query tries again.
            with contextlib.suppress(OSError):
                process.start()
            self._workers.give_back(process)

    def close(self) -> None:
        """The process isn't through, and nobody waits for it."""
        if self._process is not None:
            self._process.kill()
            self.end()


class _Waiter:
    """A query that waits for a process, in the event loop that it came by."""

    def __init__(self, give_back: Callable[[Process], None]) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Process] = self.loop.create_future()
        self._give_back = give_back

    def receive(self, process: Process) -> bool:
        """Hands it a process; False where nobody is left to take it."""
        try:
            if self.loop is asyncio.get_running_loop():
                return self._take(process)
        except RuntimeError:
            # Who gives it has no event loop.
            pass
        try:
            self.loop.call_soon_threadsafe(self._take_or_return, process)
        except RuntimeError:
            # Its event loop was closed.
            return False
        return True

    def _take(self, process: Process) -> bool:
        if self.future.done():
            return False
        self.future.set_result(process)
        return True

    def _take_or_return(self, process: Process) -> None:
        if not self._take(process):
            self._give_back(process)

    def leave(self) -> None:
        """Waits no longer."""
        if not self.future.done():
            self.future.set_exception(TimeoutError())


class Workers:
    """A fixed number of worker processes, each with one query at a time."""

    def __init__(self, count: int, limits: Limits, variable: str = "ALSKG_WORKERS") -> None:
        """`variable` is the setting that chose how many there are."""
        self.limits = limits
        self._variable = variable
        self._all = [Process(limits) for _ in range(count)]
        self._idle = list(self._all)
        self._waiting: deque[_Waiter] = deque()
        self._lock = threading.RLock()
        self._at_rest = threading.Event()
        self._at_rest.set()

    def start(self) -> None:
        """Starts every process, so that the first query doesn't wait for one."""
        for process in self._all:
            process.start()

    @property
    def states(self) -> dict[str, int]:
        """How many processes do what."""
        idle = len(self._idle)
        return {"idle": idle, "busy": len(self._all) - idle}

    @property
    def waiting(self) -> int:
        """How many queries wait for a process."""
        return len(self._waiting)

    def close(self) -> None:
        """Ends every process, and no other is started."""
        for process in self._all:
            process.retire()
        # A process comes back from its query before its pipes are closed, so that nobody reads from a closed one.
        self._at_rest.wait()
        for process in self._all:
            process.close()

    async def answer(self, snapshots: Snapshots, prefixes: Prefixes, order: Order) -> Reply:
        """
        What a worker answers, from a snapshot of the current revision.

        Cancelling it ends the query.

        Raises:
            RequestError: the query is refused.
            TooLarge: the answer has more rows or bytes than the limit.
            LimitExceeded: no worker was free in time, or the query ran past the limit of time or memory.
        """
        process = await self._free()
        before = process.opened
        turn = _Turn(self, process, 0)
        try:
            in_memory = snapshots.fit_into(self.limits.quads_in_memory)
            await process.run()
            snapshot = await self._reading(process, snapshots, prefixes, in_memory)
            revision = process.revision
            await _settled(process, turn)
            turn.until = time.monotonic() + self.limits.seconds_max
            await process.ask(order)
            if snapshot is not before:
                await self._move_idle(snapshot, prefixes, in_memory)
        except TimeoutError:
            turn.close()
            raise LimitExceeded("The process for the query doesn't start.", retry_after_seconds=1) from None
        except Died as death:
            turn.end()
            raise self.ended(death.args[0]) from None
        except BaseException:
            turn.close()
            raise
        kind, body = await turn.said()
        form, is_fixed = frames.FORMS[body[0]], bool(body[1])
        if kind == frames.BEGUN:
            return Reply(form, is_fixed, revision, Rest(body[2:], turn))
        turn.end()
        return Reply(form, is_fixed, revision, body[2:] if kind == frames.WHOLE else None)

    def read_ahead(self, snapshots: Snapshots, prefixes: Prefixes) -> None:
        """
        Has idle processes read from the current revision before they are needed; for a thread without an event loop.

        They aren't waited for: who asks meanwhile is given one all the same, and waits until it has read.
        """

        async def each(process: Process) -> None:
            try:
                await process.run()
                await self._reading(process, snapshots, prefixes, snapshots.fit_into(self.limits.quads_in_memory))
            finally:
                self.give_back(process)

        with self._lock:
            idle, self._idle = self._idle, []
            if idle:
                self._at_rest.clear()

        async def all_() -> None:
            # Who asks afterwards is told why one doesn't start.
            await asyncio.gather(*map(each, idle), return_exceptions=True)

        asyncio.run(all_())

    def evaluate(self, snapshots: Snapshots, prefixes: Prefixes, order: Order) -> Reply:
        """The same for a thread without an event loop; the body is whole."""

        async def whole() -> Reply:
            reply = await self.answer(snapshots, prefixes, order)
            if not isinstance(rest := reply.body, Rest):
                return reply
            parts: list[bytes] = []
            try:
                while part := await rest.next():
                    parts.append(part)
            finally:
                rest.close()
            return Reply(reply.form, reply.is_fixed, reply.revision, b"".join(parts))

        return asyncio.run(whole())

    async def _reading(self, process: Process, snapshots: Snapshots, prefixes: Prefixes, in_memory: bool) -> Snapshot:
        """Has a process read from the snapshot of the current revision, or follow to it where it has one in memory."""
        newest = snapshots.at_hand(follows=in_memory)
        if newest is None or process.opened is not newest:
            newest = await _held(snapshots, in_memory)
            await process.open(newest, prefixes, in_memory=in_memory)
        elif process.revision != newest.revision:
            await process.follow(prefixes)
        return newest

    async def _move_idle(self, newest: Snapshot, prefixes: Prefixes, in_memory: bool) -> None:
        """Has idle processes that read from a superseded snapshot let go of it, before they are needed."""
        with self._lock:
            behind = [p for p in self._idle if p.opened is not None and not p.opened.is_newest and p.is_running]
            self._idle = [process for process in self._idle if process not in behind]
            # The caller has one of them, so that they aren't all at rest anyway.
        for process in behind:
            try:
                newest.hold()
                await process.open(newest, prefixes, in_memory=in_memory)
            finally:
                self.give_back(process)

    async def _free(self) -> Process:
        """A process that nobody else has, waited for in turn."""
        with self._lock:
            if self._idle:
                self._at_rest.clear()
                return self._idle.pop()
            if len(self._waiting) >= self.limits.waiting_max:
                raise self._busy(f"{self.limits.waiting_max} queries wait already (ALSKG_QUERIES_WAITING_MAX)")
            waiter = _Waiter(self.give_back)
            self._waiting.append(waiter)
        timer = waiter.loop.call_later(self.limits.seconds_max, waiter.leave)
        try:
            return await waiter.future
        except TimeoutError:
            raise self._busy(f"were so for {self.limits.seconds_max:g} s") from None
        except asyncio.CancelledError:
            if not waiter.future.cancelled():
                # It was handed a process at the same moment.
                self.give_back(waiter.future.result())
            raise
        finally:
            timer.cancel()
            with self._lock, contextlib.suppress(ValueError):
                self._waiting.remove(waiter)

    def give_back(self, process: Process) -> None:
        """Gives a process to whoever has waited longest, or keeps it for the next one."""
        with self._lock:
            while self._waiting:
                if self._waiting.popleft().receive(process):
                    return
            # The last is taken first, and one that has yet to start or to read where there is no other.
            self._idle.insert(len(self._idle) if process.is_ready else 0, process)
            if len(self._idle) == len(self._all):
                self._at_rest.set()

    def _busy(self, why: str) -> LimitExceeded:
        return LimitExceeded(
            f"All {len(self._all)} workers ({self._variable}) are busy, and {why}. Try again in a moment.",
            limit="workers",
            retry_after_seconds=max(1, round(self.limits.seconds_max)),
        )

    def ended(self, code: int) -> AlskgError:
        """The error for a process that ended with this exit code while it had the query."""
        # An allocation that fails ends Oxigraph and RocksDB by abort().
        if code == -signal.SIGABRT:
            return memory_exceeded(self.limits.memory_bytes_max)
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


async def _settled(process: Process, turn: _Turn) -> None:
    """Waits until the process is ready for a query; who leaves meanwhile has asked nothing of it that it need end."""
    try:
        await process.settle()
    except asyncio.CancelledError:
        turn.end()
        raise


async def _held(snapshots: Snapshots, follows: bool) -> Snapshot:
    """The snapshot of the current revision, held; taken apart from the event loop where that is due."""
    taking = asyncio.ensure_future(asyncio.to_thread(snapshots.held, follows=follows))
    try:
        return await asyncio.shield(taking)
    except asyncio.CancelledError:
        taking.add_done_callback(_let_go)
        raise


def _let_go(taken: "asyncio.Future[Snapshot]") -> None:
    if not taken.cancelled() and taken.exception() is None:
        taken.result().let_go()


def _error_in(body: bytes) -> AlskgError:
    """The error that a worker tells of."""
    told = json.loads(body)
    class_ = getattr(errors, str(told["error"]), AlskgError)
    if not (isinstance(class_, type) and issubclass(class_, AlskgError)):
        class_ = AlskgError
    return class_(str(told["detail"]), **told["extra"])
