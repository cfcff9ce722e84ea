"""The program of a worker process: it answers one query at a time from a read-only snapshot, until its input ends."""

import os
import pickle
import resource
import signal
import sys
import threading
import time
from typing import BinaryIO

import pyoxigraph as ox

from alskg.store.evaluation import BytesExceeded, Request, RowsExceeded, evaluate

PARENT_CHECK_SECONDS = 1.0

# The parent is the only one who writes to our input, so pickle carries nothing from outside.


def write_frame(stream: BinaryIO, value: object) -> None:
    """One message: its length in eight bytes, then the message."""
    body = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(len(body).to_bytes(8, "big"))
    stream.write(body)
    stream.flush()


def read_frame(stream: BinaryIO) -> object:
    """
    The next message.

    Raises:
        EOFError: the other side is gone.
    """
    return pickle.loads(_exactly(stream, int.from_bytes(_exactly(stream, 8), "big")))  # noqa: S301


def _exactly(stream: BinaryIO, count: int) -> bytes:
    body = stream.read(count)
    if len(body) < count:
        raise EOFError
    return body


def answer(store: ox.Store, request: Request) -> tuple[str, bytes | str]:
    """The outcome as a word and what belongs to it."""
    try:
        return "answered", evaluate(store, request)
    except SyntaxError as error:
        return "syntax", str(error)
    except RowsExceeded:
        return "rows", ""
    except BytesExceeded:
        return "bytes", ""
    except MemoryError:
        return "memory", ""
    except (OSError, ValueError, RuntimeError) as error:
        return "failed", str(error)


def main() -> None:
    """Reads (snapshot, memory limit, request), writes the outcome, and so on."""
    # Ctrl-C in a terminal goes to the server and to its workers; the server ends them when it is through.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    opened, store = "", ox.Store()
    write_frame(stdout, "ready")
    while True:
        try:
            order: tuple[str, int, Request] = read_frame(stdin)  # type: ignore[assignment]
        except EOFError:
            return
        snapshot, memory_bytes_max, request = order
        if snapshot != opened:
            _, most = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
            opened, store = snapshot, ox.Store.read_only(snapshot)
            # An open snapshot reserves address space of its own; the limit is for what a query adds to it.
            limit = _address_space() + memory_bytes_max
            resource.setrlimit(resource.RLIMIT_AS, (limit if most < 0 else min(limit, most), most))
        write_frame(stdout, answer(store, request))


def _end_with(parent: int) -> None:
    """Ends the process soon after its parent was killed: a query that nobody waits for would run for ever."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
    os._exit(1)


def _address_space() -> int:
    try:
        with open("/proc/self/statm") as statm:  # noqa: PTH123 - a worker imports as little as it can
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        # Where the platform doesn't tell, a generous guess: the limit still ends a runaway query.
        return 1 << 30


if __name__ == "__main__":
    main()
