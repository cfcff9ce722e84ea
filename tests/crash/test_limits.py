"""Every limit bites, names its variable, and leaves everything else standing."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import cast

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from alskg.access import Scope, Tokens
from alskg.errors import LimitExceeded, TooLarge
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import GRAPH, TABLE, Format
from alskg.settings import Settings
from alskg.store.evaluation import Request
from alskg.store.workers import Limits, Workers
from alskg.web.app import build_app

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="processes are looked up in /proc")

SOURCE = Path(__file__).parents[2] / "src"
HEAVY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?i) }"
LARGE = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c"
LIGHT = "ASK { ?s ?p ?o }"
NASTY = r"""'"},{"a","b"\n<result>\r\n\t\\","x' "?s ?p\n" ",{" "[{" '''it's "it"''' """
MEBIBYTE = 2**20


@contextmanager
def serving(kg: KnowledgeGraph, settings: Settings) -> Iterator[TestClient]:
    """A client of the same graph under other settings."""
    limits = Limits(settings.query_seconds_max, settings.query_memory_bytes_max, settings.queries_waiting_max)
    other = replace(kg, settings=settings, workers=Workers(settings.workers, limits))
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
    return Path(f"/proc/{process}").exists() and not is_zombie(process)


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


def busy(workers: set[int]) -> Callable[[], bool]:
    """Whether one of the processes has used much time of a processor."""

    def has_worked() -> bool:
        return any(int(Path(f"/proc/{w}/stat").read_text().rsplit(")", 1)[1].split()[11]) > 30 for w in workers)

    return has_worked


def test_a_query_that_runs_too_long_is_ended(kg: KnowledgeGraph) -> None:
    before = children()
    with serving(kg, Settings(workers=1, query_seconds_max=0.5)) as client:
        assert_works(client)
        (worker,) = children() - before
        assert_refused(ask(client, HEAVY), 503, "query_seconds_max")
        assert not Path(f"/proc/{worker}").exists()
        assert_works(client)
    assert children() == before


@contextmanager
def listening(application: FastAPI) -> Iterator[str]:
    """The application on a port, where all requests share what a server has: one loop and one pool of threads."""
    server = uvicorn.Server(uvicorn.Config(application, log_level="warning", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield "http://{}:{}".format(*listener.getsockname())
        finally:
            server.should_exit = True
            thread.join()


def test_everything_else_answers_meanwhile(kg: KnowledgeGraph) -> None:
    before = children()
    with (
        serving(kg, Settings(workers=1, query_seconds_max=3)) as client,
        listening(cast("FastAPI", client.app)) as address,
        httpx2.Client(base_url=address, timeout=60, limits=httpx2.Limits(max_connections=200)) as http,
    ):
        assert http.post("/sparql", data={"query": LIGHT}).json()["boolean"] is True
        # Enough of them would take every thread that the other doors need, if they might.
        with at_once(80, lambda: http.post("/sparql", data={"query": HEAVY})) as answers:
            until(busy(children() - before))
            for path in ("/health", "/drugs/riluzole", "/mappings/drug-symptom", "/search?q=riluzole"):
                assert http.get(path).status_code == 200
            # The one that is evaluated and those that wait for it still do so.
            assert len(answers) <= 80 - 17
        assert {answer.status_code for answer in answers} == {503}
        assert {answer.json()["limit"] for answer in answers} == {"workers", "query_seconds_max"}


def test_queries_wait_for_a_free_process_but_not_for_ever(kg: KnowledgeGraph) -> None:
    with serving(kg, Settings(workers=1, query_seconds_max=1)) as client:
        assert_works(client)
        with at_once(3, lambda: ask(client, HEAVY)) as answers:
            pass
        limits = [answer.json()["limit"] for answer in answers]
        assert limits.count("workers") >= 1
        assert limits.count("query_seconds_max") >= 1
        late = next(answer for answer in answers if answer.json()["limit"] == "workers")
        assert_refused(late, 503, "workers")
        assert late.headers["retry-after"] == "1"
        assert_works(client)


def test_a_queue_that_is_too_long_refuses_at_once(kg: KnowledgeGraph) -> None:
    before = children()
    with serving(kg, Settings(workers=1, query_seconds_max=3, queries_waiting_max=1)) as client:
        assert_works(client)
        with at_once(2, lambda: ask(client, HEAVY)) as answers:
            until(busy(children() - before))
            refused: list[Response] = []
            until(lambda: refused.append(ask(client, LIGHT)) or refused[-1].status_code == 503)  # type: ignore[func-returns-value]
            assert answers == []
            assert "ALSKG_QUERIES_WAITING_MAX" in refused[-1].json()["detail"]
            assert "ALSKG_WORKERS" in refused[-1].json()["detail"]
            assert refused[-1].headers["retry-after"] == "3"


def test_a_query_that_needs_too_much_memory_is_ended(kg: KnowledgeGraph) -> None:
    before = children()
    with serving(kg, Settings(workers=1, query_memory_bytes_max=128 * MEBIBYTE)) as client:
        assert_works(client)
        assert_refused(ask(client, LARGE), 503, "query_memory_bytes_max")
        assert_works(client)
        assert len(children() - before) == 1


@pytest.mark.parametrize("format_", TABLE, ids=lambda format_: format_.name)
def test_rows_are_counted_in_every_format(kg: KnowledgeGraph, format_: Format) -> None:
    name = format_.name
    values = f"VALUES ?a {{ {NASTY} <x:a> 1 UNDEF }} VALUES ?b {{ {NASTY} UNDEF }}"
    with serving(kg, Settings(workers=1, answer_rows_max=20)) as client:
        fits = ask(client, f"SELECT * WHERE {{ {values} }} LIMIT 20", format=name)
        assert fits.status_code == 200
        assert_refused(ask(client, f"SELECT * WHERE {{ {values} }} LIMIT 21", format=name), 413, "answer_rows_max")
        assert_refused(ask(client, f"SELECT * WHERE {{ {values} }}", format=name), 413, "answer_rows_max")
        empty = "SELECT * WHERE { } LIMIT 0" if name == "json" else "SELECT * WHERE { ?s <x:none> ?o }"
        assert ask(client, empty, format=name).status_code == 200


@pytest.mark.parametrize("format_", GRAPH, ids=lambda format_: format_.name)
def test_triples_are_counted_in_every_format(kg: KnowledgeGraph, format_: Format) -> None:
    query = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT "
    with serving(kg, Settings(workers=1, answer_rows_max=20)) as client:
        assert ask(client, query + "20", format=format_.name).status_code == 200
        assert_refused(ask(client, query + "21", format=format_.name), 413, "answer_rows_max")


@pytest.mark.parametrize("query", ["SELECT * WHERE { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"])
def test_an_answer_that_is_too_large_is_refused(kg: KnowledgeGraph, query: str) -> None:
    with serving(kg, Settings(workers=1, answer_bytes_max=5_000)) as client:
        small = ask(client, query + " LIMIT 5")
        assert 0 < len(small.content) <= 5_000
        assert_refused(ask(client, query), 413, "answer_bytes_max")
        assert_works(client)


def test_rest_answers_have_the_row_limit_too(kg: KnowledgeGraph) -> None:
    with serving(kg, Settings(answer_rows_max=10)) as client:
        assert_refused(client.get("/mappings/drug-adverse-effect"), 413, "answer_rows_max")
        assert client.get("/health").status_code == 200


def test_a_batch_has_a_limit(kg: KnowledgeGraph) -> None:
    with serving(kg, Settings(batch_ids_max=2)) as client:
        assert client.get("/drugs?id=riluzole,edaravone").json()["total"] == 2
        assert_refused(client.get("/drugs?id=riluzole,edaravone&xref=CHEBI:8863"), 413, "batch_ids_max")


def test_a_page_has_a_limit(kg: KnowledgeGraph) -> None:
    with serving(kg, Settings(page_items_max=3, page_items_default=2)) as client:
        assert len(client.get("/drugs").json()["items"]) == 2
        assert len(client.get("/drugs?limit=3").json()["items"]) == 3
        refused = client.get("/drugs?limit=4")
        assert refused.status_code == 422
        assert "less than or equal to 3" in refused.json()["detail"]


def test_a_search_has_a_limit(kg: KnowledgeGraph) -> None:
    with serving(kg, Settings(search_results_max=3)) as client:
        found = client.get("/search?q=riluzole").json()
        assert sum(len(group["items"]) for group in found["groups"]) == 3
        assert found["total"] > 3
        assert found["meta"]["complete"] is False
        assert client.get("/search?q=riluzole&limit=4").status_code == 422


def test_the_text_of_a_query_has_a_limit(kg: KnowledgeGraph) -> None:
    with serving(kg, Settings(query_bytes_max=len(LIGHT))) as client:
        assert_works(client)
        assert_refused(ask(client, LIGHT + " "), 413, "query_bytes_max")


def test_the_body_of_a_request_has_a_limit(kg: KnowledgeGraph) -> None:
    with serving(kg, Settings(request_body_bytes_max=100)) as client:
        assert_works(client)
        too_long = client.post(
            "/sparql", content=LIGHT + " " * 100, headers={"Content-Type": "application/sparql-query"}
        )
        assert_refused(too_long, 413, "request_body_bytes_max")


# Changes

DRUGS = 'drug:{0} a als:Drug ; rdfs:label "{0}"@en .'


@contextmanager
def writable(directory: Path, **limits: float) -> Iterator[tuple[KnowledgeGraph, Callable[[str], Response]]]:
    """A graph of its own under other settings, and a way to change it."""
    kg = KnowledgeGraph.of_files(replace(Settings(), data_dir=directory, **limits))  # type: ignore[arg-type]
    headers = {"Authorization": f"Bearer {Tokens(directory).create('ana', [Scope.PUBLISH], None)}"}
    with TestClient(build_app(kg), headers=headers, raise_server_exceptions=False) as client:
        yield kg, lambda add: client.post("/changes", json={"message": "x", "add": add})


def test_a_change_has_a_limit_of_bytes(tmp_path: Path) -> None:
    with writable(tmp_path, change_bytes_max=200) as (_, change):
        assert change(DRUGS.format("small")).status_code == 201
        assert_refused(change(DRUGS.format("large") + " " * 200), 413, "change_bytes_max")


def test_a_change_has_a_limit_of_quads(tmp_path: Path) -> None:
    with writable(tmp_path, change_quads_max=3) as (kg, change):
        assert change(DRUGS.format("small")).status_code == 201
        assert_refused(change(DRUGS.format("one") + DRUGS.format("two")), 413, "change_quads_max")
        assert kg.revision == 2


def test_a_change_that_touches_too_much_wants_full_validation(tmp_path: Path) -> None:
    with writable(tmp_path, change_pairs_max=40) as (kg, change):
        assert change(DRUGS.format("small")).status_code == 201
        refused = change("".join(DRUGS.format(f"drug-{number}") for number in range(10)))
        assert_refused(refused, 413, "change_pairs_max")
        assert "Full validation required" in refused.json()["detail"]
        assert kg.revision == 2


def test_a_change_waits_for_its_turn_only_so_long(tmp_path: Path) -> None:
    with writable(tmp_path, change_seconds_max=0.2) as (kg, change):
        kg.gate.prepare()
        with kg.gate.turn():
            refused = change(DRUGS.format("late"))
        assert_refused(refused, 503, "change_seconds_max")
        assert int(refused.headers["Retry-After"]) >= 1
        assert change(DRUGS.format("late")).status_code == 201


def test_the_past_is_told_only_so_far_back(tmp_path: Path) -> None:
    with writable(tmp_path, revision_distance_max=1) as (kg, change):
        assert change(DRUGS.format("one")).status_code == 201
        assert change(DRUGS.format("two")).status_code == 201
        assert kg.past.at(2).state.revision == 2
        with pytest.raises(TooLarge, match="ALSKG_REVISION_DISTANCE_MAX"):
            kg.past.at(1)


LIMITS = {
    "queries_waiting_max": test_a_queue_that_is_too_long_refuses_at_once,
    "query_seconds_max": test_a_query_that_runs_too_long_is_ended,
    "query_memory_bytes_max": test_a_query_that_needs_too_much_memory_is_ended,
    "query_bytes_max": test_the_text_of_a_query_has_a_limit,
    "answer_rows_max": test_rows_are_counted_in_every_format,
    "answer_bytes_max": test_an_answer_that_is_too_large_is_refused,
    "request_body_bytes_max": test_the_body_of_a_request_has_a_limit,
    "change_bytes_max": test_a_change_has_a_limit_of_bytes,
    "change_quads_max": test_a_change_has_a_limit_of_quads,
    "change_pairs_max": test_a_change_that_touches_too_much_wants_full_validation,
    "change_seconds_max": test_a_change_waits_for_its_turn_only_so_long,
    "revision_distance_max": test_the_past_is_told_only_so_far_back,
    "batch_ids_max": test_a_batch_has_a_limit,
    "page_items_max": test_a_page_has_a_limit,
    "search_results_max": test_a_search_has_a_limit,
}


def test_every_limit_has_a_test_here() -> None:
    limits = {knob.name for knob in fields(Settings) if knob.name.endswith("_max")}
    assert set(LIMITS) == limits, "Write a test that passes the limit, and name it in LIMITS."


# Processes


def test_an_idle_worker_that_was_killed_is_replaced(kg: KnowledgeGraph) -> None:
    before = children()
    with serving(kg, Settings(workers=1)) as client:
        assert_works(client)
        (worker,) = children() - before
        os.kill(worker, signal.SIGKILL)
        until(lambda: not is_running(worker))
        assert_works(client)
        (other,) = children() - before
        assert other != worker


def test_a_worker_that_is_killed_at_work_is_replaced_and_its_query_told_so(kg: KnowledgeGraph) -> None:
    before = children()
    with serving(kg, Settings(workers=1)) as client:
        assert_works(client)
        with at_once(1, lambda: ask(client, HEAVY)) as answers:
            until(busy(children() - before))
            (worker,) = children() - before
            os.kill(worker, signal.SIGKILL)
        problem = answers[0].json()
        assert problem["status"] == 503
        assert "ended from outside" in problem["detail"]
        assert "memory" not in problem["detail"]
        assert answers[0].headers["retry-after"] == "1"
        assert_works(client)


def test_fifty_queries_leave_no_zombie_and_no_open_file(kg: KnowledgeGraph) -> None:
    before = children()
    with serving(kg, Settings(workers=2, query_seconds_max=0.05)) as client:
        assert ask(client, HEAVY).status_code == 503
        files = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(25):
            assert_refused(ask(client, HEAVY), 503, "query_seconds_max")
            assert ask(client, "SELEKT").status_code == 400
        until(lambda: len(list(Path("/proc/self/fd").iterdir())) <= files)
        assert len(children() - before) == 2
        assert [child for child in children() if is_zombie(child)] == []
    assert children() == before


def test_closed_workers_end_their_queries_and_start_no_more(kg: KnowledgeGraph) -> None:
    before = children()
    workers = Workers(1, Limits(600, 2**30, 1))
    request = Request(HEAVY, "json", "json", 10, 10_000)
    ended: list[Exception] = []

    def evaluate() -> None:
        try:
            workers.evaluate(kg.store.snapshot, request)
        except LimitExceeded as error:
            ended.append(error)

    thread = threading.Thread(target=evaluate)
    thread.start()
    until(lambda: len(children() - before) == 1)
    until(busy(children() - before))
    workers.close()
    thread.join()
    assert len(ended) == 1
    assert children() == before
    workers.start()
    assert children() == before


ORPHAN = """
from pathlib import Path
import sys, threading, pyoxigraph as ox
from alskg.store.embedded import EmbeddedStore
from alskg.store.evaluation import Request
from alskg.store.workers import Limits, Workers
store = EmbeddedStore.in_memory()
store.load((ox.Quad(ox.NamedNode(f"x:{n}"), ox.NamedNode("x:p"), ox.Literal(n)) for n in range(3000)), "x")
workers = Workers(1, Limits(600, 2**30, 1))
workers.start()
request = Request(sys.argv[1], "json", "json", 10, 10_000)
threading.Thread(target=workers.evaluate, args=(store.snapshot, request)).start()
print("ready", flush=True)
"""


def test_a_query_ends_with_the_server_that_was_killed(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", ORPHAN, HEAVY]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        until(lambda: len(children(server.pid)) == 1)
        (worker,) = children(server.pid)
        until(busy({worker}))
        server.kill()
    until(lambda: not is_running(worker))


@pytest.mark.parametrize(
    "query",
    ["ASK { FILTER(" + "!" * 60_000 + "1) }", "ASK " + "{" * 30_000 + "}" * 30_000],
    ids=["operators", "groups"],
)
def test_a_query_that_is_nested_too_deeply_is_the_callers_fault(kg: KnowledgeGraph, query: str) -> None:
    with serving(kg, replace(kg.settings, query_bytes_max=MEBIBYTE)) as client:
        problem = client.post("/sparql", content=query, headers={"Content-Type": "application/sparql-query"})
        assert (problem.status_code, "nested too deeply" in problem.json()["detail"]) == (400, True)
        assert "Retry-After" not in problem.headers
        assert client.get("/sparql", params={"query": LIGHT}).json()["boolean"] is True


def test_a_long_list_of_graphs_costs_no_more_than_its_length(kg: KnowledgeGraph) -> None:
    query = "PREFIX a: <a:a> " * 2_000 + "ASK " + "FROM <a:a> " * 2_900 + "{}"
    before = time.process_time()
    with serving(kg, kg.settings) as client:
        problem = client.post("/sparql", content=query, headers={"Content-Type": "application/sparql-query"})
    assert (problem.status_code, problem.json()["keyword"]) == (403, "FROM")
    # Each of the 2,900 names read with the 2,000 prefixes would take minutes; this is a bound on work, not on speed.
    assert time.process_time() - before < 20
