"""
Whether a server is after many queries what it was before them: its memory, its open files, its processes.

    python benchmarks/steady.py [queries]

No two queries are the same, so that each is evaluated; one in a thousand runs past its time, so that its process is
killed and another one started. What the server keeps by design (answers, up to ALSKG_CACHE_BYTES_MAX) is kept small
here, as it would hide what is lost.
"""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
from serve import AD_HOC, CONNECTIONS, HOSTILE, JSON, Server, started, wait_for

SETTINGS = {"ALSKG_CACHE_BYTES_MAX": str(2**20), "ALSKG_QUERY_SECONDS_MAX": "2", "ALSKG_ACCESS_LOG": "none"}
HOSTILE_EACH = 1_000
PARTS = 10


@contextmanager
def running(directory: Path) -> Iterator[Server]:
    """A server over the shipped data."""
    own = {"ALSKG_DATA_DIR": str(directory / "store"), "ALSKG_QUERIES_PER_CLIENT_MAX": str(CONNECTIONS), **SETTINGS}
    command = [sys.executable, "-m", "alskg", "serve", "--port", "8804"]
    with started(command, directory / "alskg.log", own) as process:
        yield wait_for(Server("alskg", "http://127.0.0.1:8804/sparql", process))


def is_hostile(number: int) -> bool:
    """Whether the query of this number comes to no end."""
    return number % HOSTILE_EACH == HOSTILE_EACH - 1


def ask(http: httpx2.Client, number: int) -> int:
    """Asks one query that nobody asked before; its status."""
    query = HOSTILE if is_hostile(number) else AD_HOC
    return http.get("/sparql", params={"query": f"{query} #{number}"}, headers={"Accept": JSON}).status_code


def state(server: Server) -> str:
    """What the server has."""
    own = Path(f"/proc/{server.process.pid}")
    children = sum(len(task.read_text().split()) for task in own.glob("task/*/children"))
    resident = int((own / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return f"{resident / 2**20:6.1f} MiB, {len(list((own / 'fd').iterdir()))} open files, {children} processes"


def main() -> None:
    """Prints what the server has, again and again."""
    queries = int((sys.argv[1:2] or ["100000"])[0])
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
        home, limits = server.sparql.removesuffix("/sparql"), httpx2.Limits(max_connections=CONNECTIONS)
        with httpx2.Client(base_url=home, timeout=60, limits=limits) as http, ThreadPoolExecutor(CONNECTIONS) as pool:
            print(f"before any query:      {state(server)}", flush=True)
            for part in range(PARTS):
                numbers = range(part * queries // PARTS, (part + 1) * queries // PARTS)
                statuses = Counter(pool.map(lambda number: ask(http, number), numbers))
                hostile = sum(map(is_hostile, numbers))
                if statuses != +Counter({200: len(numbers) - hostile, 503: hostile}):
                    raise SystemExit(f"{hostile} of these were to be ended, and no other: {statuses}")
                print(f"after {numbers.stop:7,} queries: {state(server)}", flush=True)


if __name__ == "__main__":
    main()
