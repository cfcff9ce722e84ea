"""The program of a worker process: it answers one query at a time from a read-only snapshot, until its input ends."""

import json
import os
import re
import select
import signal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

import pyoxigraph as ox

from alskg.errors import AlskgError, UnknownFunction
from alskg.names import OWN_GRAPHS
from alskg.store import confinement, frames
from alskg.store.admission import Admitted, admitted, known_graphs
from alskg.store.evaluation import THE_UNNAMED, Request, query, write_answer
from alskg.store.limits import Limits, memory_exceeded
from alskg.syntax import bad_query, form_at_a_glance

STDIN, STDOUT = 0, 1

Order = Mapping[str, str | list[str] | bool]
"""What is asked; see `alskg.store.process.Order`."""


class Worker:
    """One snapshot, and the answers from it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._store = ox.Store()
        self._prefixes: dict[str, str] = {}
        self._graphs: list[str] | None = None
        self._in_memory = _InMemory("", ox.Store())

    def open(self, directory: str, prefixes: dict[str, str], in_memory: bool, steps: list[str]) -> None:
        """Reads from another snapshot henceforth; `in_memory`, from a copy of it in which `steps` were done since."""
        confinement.free_memory()
        # One that was left for another snapshot, as an earlier revision's, isn't copied again.
        if not in_memory or self._in_memory.directory != directory:
            self._store, self._graphs = ox.Store.read_only(directory), None
            if in_memory:
                self._in_memory = _InMemory(directory, self._copied())
        if in_memory:
            self._store = self._in_memory.store
            steps = steps[self._in_memory.steps :]
        self.follow(prefixes, steps)

    def follow(self, prefixes: dict[str, str], steps: list[str]) -> None:
        """Does what changes did since, in memory."""
        confinement.free_memory()
        self._prefixes = prefixes
        self._graphs = None
        for step in steps:
            self._store.update(step)
            self._in_memory.steps += 1
        confinement.limit_memory(self._limits.memory_bytes_max)

    def _copied(self) -> ox.Store:
        """What queries may see, in memory; always in the same order, as the order of rows hangs on it."""
        graphs: list[ox.DefaultGraph | ox.NamedNode] = [ox.DefaultGraph(), *map(ox.NamedNode, self._known())]
        copy = ox.Store()
        for graph in graphs:
            copy.extend(self._store.quads_for_pattern(None, None, None, graph))
        return copy

    def answer(self, order: Order) -> None:
        """Answers a query, or says what is wrong with it."""
        text = str(order["text"])
        try:
            self._answer(text, order)
        except SyntaxError as error:
            _refuse(bad_query(error, text))
        except AlskgError as error:
            _refuse(error)
        except MemoryError:
            _refuse(memory_exceeded(self._limits.memory_bytes_max))
        except BrokenPipeError:
            # Nobody reads the answer any more.
            sys.exit(0)
        except (OSError, ValueError, RuntimeError) as error:
            _refuse(failure(error))

    def _answer(self, text: str, order: Order) -> None:
        known = self._admitted(text, order)
        default, named = self._dataset(order, hides_own=known.names_graphs)
        kind = "table" if known.form in ("SELECT", "ASK") else "graph"
        if not order[kind]:
            _send(frames.NO_FORMAT, frames.head(known.form, is_fixed=True))
            return
        request = Request(
            text=known.text,
            results_format=str(order[kind]),
            graph_format=str(order[kind]),
            rows_max=self._limits.rows_max,
            bytes_max=self._limits.bytes_max,
            default_graphs=default,
            named_graphs=named,
            prefixes=tuple(self._prefixes.items()),
        )
        outlet = _Outlet(frames.head(known.form, is_fixed=known.is_fixed), self._limits.held_bytes)
        write_answer(query(self._store, request), request, outlet.add)
        outlet.end()

    def _admitted(self, text: str, order: Order) -> Admitted:
        if order["is_trusted"]:
            return Admitted(text, form_at_a_glance(text), names_graphs=False, is_fixed=False)
        return admitted(text, self._known, self._limits.services)

    def _dataset(self, order: Order, *, hides_own: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        default, named = order["default_graphs"], order["named_graphs"]
        if not isinstance(default, list) or not isinstance(named, list):
            raise TypeError("Graphs come as lists.")
        if order["is_trusted"]:
            return tuple(default), tuple(named)
        if default or named:
            return known_graphs(default, self._known()), known_graphs(named, self._known())
        # GRAPH ?g would show what the store keeps for itself.
        return ((THE_UNNAMED,), tuple(self._known())) if hides_own else ((), ())

    def _known(self) -> list[str]:
        """The graphs of what was authored."""
        if self._graphs is None:
            names = (g for g in self._store.named_graphs() if isinstance(g, ox.NamedNode) and g.value not in OWN_GRAPHS)
            self._graphs = sorted(
                g.value for g in names if next(self._store.quads_for_pattern(None, None, None, g), None) is not None
            )
        return self._graphs


@dataclass
class _InMemory:
    """A copy of a snapshot, with how many changes were done in it since."""

    directory: str
    store: ox.Store
    steps: int = 0


class _Outlet:
    """Holds an answer back until it is complete, or too long for that; from then on it goes out part by part."""

    def __init__(self, head: bytes, held_bytes: int) -> None:
        self._head = head
        self._held_bytes = held_bytes
        self._held: list[bytes] = []
        self._bytes = 0
        self._has_begun = False

    def add(self, part: bytes) -> None:
        if self._has_begun:
            _send(frames.PART, part)
            return
        self._held.append(part)
        self._bytes += len(part)
        if self._bytes > self._held_bytes:
            _send(frames.BEGUN, self._head + b"".join(self._held))
            self._held = []
            self._has_begun = True

    def end(self) -> None:
        if self._has_begun:
            _send(frames.ENDED, b"")
        else:
            _send(frames.WHOLE, self._head + b"".join(self._held))


def failure(error: Exception) -> AlskgError:
    """What the engine said in words of its own, as an error of ours; the fault of the query where that is known."""
    called = re.search(r"custom function (<[^>]*>) is not supported", str(error))
    if called is not None:
        return UnknownFunction(f"{called[1]} is no function here; those of SPARQL 1.1 and the casts of xsd: are.")
    return AlskgError(f"The query could not be evaluated: {str(error)!r}.")


def _refuse(error: AlskgError) -> None:
    told = {"error": type(error).__name__, "detail": str(error), "extra": dict(error.extra)}
    _send(frames.ERROR, json.dumps(told).encode())


def _send(kind: bytes, body: bytes) -> None:
    frames.write_all(STDOUT, frames.frame(kind, body))


class _Orders:
    """What the server says, message by message, until it says no more."""

    def __init__(self) -> None:
        self._arrived = frames.Frames()
        self._next: tuple[bytes, bytes] | None = None

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        while message := self._read():
            yield message

    def is_next(self, kind: bytes) -> bool:
        """Whether a message of this kind follows, which has been sent already."""
        self._next = self._next or self._arrived.next()
        if self._next is None and select.select([STDIN], [], [], 0)[0]:
            self._next = self._read()
        return self._next is not None and self._next[0] == kind

    def _read(self) -> tuple[bytes, bytes] | None:
        message, self._next = self._next, None
        while message is None and (message := self._arrived.next()) is None:
            piece = os.read(STDIN, frames.READ_BYTES)
            if not piece:
                return None
            self._arrived.add(piece)
        return message


def main() -> NoReturn:
    """Does what it is ordered, until there are no more orders."""
    # Ctrl-C in a terminal goes to the server and to its workers; the server ends them when it is through.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    life, limits = int(sys.argv[1]), Limits(**json.loads(sys.argv[2]))
    confinement.end_with(life)
    confinement.refuse_core_dumps()
    confinement.give_way()
    # Who may ask other endpoints needs the network.
    why_not = "ALSKG_SERVICE_ALLOWED names endpoints" if limits.services else confinement.refuse_sockets()
    _send(frames.READY, why_not.encode())
    worker, orders = Worker(limits), _Orders()
    for kind, body in orders:
        order = json.loads(body)
        if kind == frames.OPEN:
            try:
                worker.open(**order)
            except (OSError, RuntimeError):
                # A snapshot is gone when nobody is to read from it any more; then it was told of the next one before.
                if not orders.is_next(frames.OPEN):
                    raise
            _send(frames.OPENED, b"")
        elif kind == frames.FOLLOW:
            worker.follow(**order)
            _send(frames.OPENED, b"")
        else:
            worker.answer(order)
    sys.exit(0)


if __name__ == "__main__":
    main()
