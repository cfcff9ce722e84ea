"""
Whether a server is after many queries and changes what it was before them: its memory, its open files, its processes.

    python benchmarks/steady.py [--queries 100000] [--changes 10000]

No two queries are the same, so that each is evaluated; one in a thousand runs past its time, so that its process is
killed and another one started. What the server keeps by design (answers, up to ALSKG_CACHE_BYTES_MAX) is kept small
here, as it would hide what is lost. Each change is a claim that isn't there yet; one in ten is wrong and refused.
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
from commit import Client
from serve import AD_HOC, CONNECTIONS, HOSTILE, JSON, Server, started, wait_for

from alskg.access import Scope, Tokens

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


def part_of(number: int, count: int) -> range:
    """The numbers of one of the parts that so many are asked in."""
    return range(number * count // PARTS, (number + 1) * count // PARTS)


def query_again_and_again(server: Server, queries: int) -> None:
    """Prints what the server has after each part of the queries."""
    home, limits = server.sparql.removesuffix("/sparql"), httpx2.Limits(max_connections=CONNECTIONS)
    with httpx2.Client(base_url=home, timeout=60, limits=limits) as http, ThreadPoolExecutor(CONNECTIONS) as pool:
        for part in range(PARTS):
            numbers = part_of(part, queries)
            statuses = Counter(pool.map(lambda number: ask(http, number), numbers))
            hostile = sum(map(is_hostile, numbers))
            if statuses != +Counter({200: len(numbers) - hostile, 503: hostile}):
                raise SystemExit(f"{hostile} of these were to be ended, and no other: {statuses}")
            print(f"after {numbers.stop:7,} queries: {state(server)}", flush=True)


def change_again_and_again(server: Server, token: str, changes: int) -> None:
    """Prints what the server has after each part of the changes, of which one in ten is refused."""
    client = Client(server.sparql.removesuffix("/sparql"), token)
    for part in range(PARTS):
        numbers = part_of(part, changes)
        statuses = Counter(
            (client.refused if number % 10 == 9 else client.claim)(number).status_code for number in numbers
        )
        wrong = sum(number % 10 == 9 for number in numbers)
        if statuses != +Counter({201: len(numbers) - wrong, 422: wrong}):
            raise SystemExit(f"{wrong} of these were to be refused, and no other: {statuses}")
        print(f"after {numbers.stop:7,} changes: {state(server)}", flush=True)
    client.http.close()


def main() -> None:
    """Prints what the server has, again and again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--queries", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        token = Tokens(Path(folder) / "store").create("steady", {Scope.PUBLISH}, None)
        with running(Path(folder)) as server:
            print(f"before anything:       {state(server)}", flush=True)
            query_again_and_again(server, given.queries)
            change_again_and_again(server, token, given.changes)


if __name__ == "__main__":
    main()
