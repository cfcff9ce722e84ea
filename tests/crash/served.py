"""Applications under limits of their own, and the processes that they start."""

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import cast
from urllib.parse import quote

import uvicorn
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from alskg.knowledge_graph import KnowledgeGraph, limits_of
from alskg.settings import Settings
from alskg.store.workers import Workers
from alskg.web.app import build_app
from alskg.web.connections import protocol

SOURCE = Path(__file__).parents[2] / "src"
HEAVY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?i) }"
LARGE = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c"
LIGHT = "ASK { ?s ?p ?o }"
NASTY = r"""'"},{"a","b"\n<result>\r\n\t\\","x' "?s ?p\n" ",{" "[{" '''it's "it"''' """
MEBIBYTE = 2**20


@contextmanager
def serving(
    kg: KnowledgeGraph, settings: Settings, *, keeping: bool = False, in_memory: bool = False
) -> Iterator[TestClient]:
    """
    A client of the same graph under other settings; every query is evaluated, unless answers are kept.

    Workers read from the disk, as to copy the graph takes each of them longer than most tests; unless `in_memory`.
    """
    settings = settings if keeping else replace(settings, cache_bytes_max=0)
    settings = settings if in_memory else replace(settings, quads_in_memory=0)
    other = replace(kg, settings=settings, workers=Workers(settings.workers, limits_of(settings)))
    other.workers.start()
    try:
        # Without its lifespan, which would close the store that all tests share.
        yield TestClient(build_app(other), raise_server_exceptions=False)
    finally:
        other.workers.close()


def ask(client: TestClient, query: str, **more: str) -> Response:
    return client.post("/sparql", data={"query": query, **more})


def assert_works(client: TestClient) -> None:
    assert ask(client, LIGHT).json()["boolean"] is True


def assert_refused(answer: Response, status: int, limit: str) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["limit"]) == (status, status, limit)
    assert f"ALSKG_{limit.upper()}" in problem["detail"]


def children(parent: int | None = None) -> set[int]:
    """The processes that a process started and has not reaped."""
    found: set[int] = set()
    for task in Path(f"/proc/{parent or os.getpid()}/task").glob("*/children"):
        # A thread may end between being listed and being read.
        with suppress(FileNotFoundError, ProcessLookupError):
            found |= set(map(int, task.read_text().split()))
    return found


def is_zombie(process: int) -> bool:
    return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def is_running(process: int) -> bool:
    """Whether a thread of it still runs: the last one closes its pipes, and the first may be a zombie before that."""
    try:
        threads = list(Path(f"/proc/{process}/task").iterdir())
        return len(threads) > 1 or not is_zombie(process)
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(is_so: Callable[[], bool], seconds: float = 30.0) -> None:
    """Waits for what has to happen; how long it takes is the machine's affair."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@contextmanager
def at_once(count: int, call: Callable[[], Response]) -> Iterator[list[Response]]:
    """So many calls in threads of their own, the answers in the order in which they come."""
    answers: list[Response] = []
    threads = [threading.Thread(target=lambda: answers.append(call())) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        for thread in threads:
            thread.join()


def busy(before: set[int], parent: int | None = None) -> Callable[[], bool]:
    """Whether a process that was started since uses the processor for more than it takes to start."""
    at_first: dict[int, int] = {}

    def is_working() -> bool:
        used = {process: _ticks(process) for process in children(parent) - before}
        for process, ticks in used.items():
            at_first.setdefault(process, ticks)
        return any(ticks >= at_first[process] + 10 for process, ticks in used.items())

    return is_working


def _ticks(process: int) -> int:
    """How many hundredths of a second of a processor a process has used for itself."""
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[11])
    except (FileNotFoundError, ProcessLookupError):
        return 0


_number = count()


def another(query: str) -> str:
    """The same query in other words, so that it isn't answered by the answer to another."""
    return f"{query} #{next(_number)}"


@contextmanager
def listening(application: FastAPI, settings: Settings) -> Iterator[str]:
    """The application on a port, where all requests share what a server has: one loop and one pool of threads."""
    config = uvicorn.Config(application, http=protocol(settings), log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield "http://{}:{}".format(*listener.getsockname())
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def served(kg: KnowledgeGraph, settings: Settings) -> Iterator[str]:
    """The address of the same graph under other settings, over real connections."""
    with serving(kg, settings) as client, listening(cast("FastAPI", client.app), settings) as address:
        yield address


def connected(address: str, request: str, receive_bytes: int | None = None) -> socket.socket:
    """A connection on which a request was sent; by `receive_bytes`, one that reads as slowly as it can."""
    host, port = address.removeprefix("http://").split(":")
    connection = socket.socket()
    if receive_bytes is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    connection.settimeout(60)
    try:
        connection.connect((host, int(port)))
        connection.sendall(request.encode())
    except OSError:
        connection.close()
        raise
    return connection


def get(query: str, version: str = "1.1") -> str:
    """The request for a query's answer, as it goes over a connection."""
    return f"GET /sparql?query={quote(query)} HTTP/{version}\r\nHost: x\r\n\r\n"


def problem_on(connection: socket.socket) -> dict[str, object]:
    """The problem document that is received before the other side hangs up."""
    head, _, body = all_of(connection).partition(b"\r\n\r\n")
    problem: dict[str, object] = json.loads(body)
    assert head.startswith(f"HTTP/1.1 {problem['status']} ".encode())
    assert b"application/problem+json" in head
    assert f"content-length: {len(body)}".encode() in head.lower()
    return problem


def all_of(connection: socket.socket) -> bytes:
    """What is received until the other side hangs up."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)
