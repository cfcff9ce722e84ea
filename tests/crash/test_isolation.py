"""Queries run in processes apart: none outlives its time, its client or the server, and none holds up another."""

import asyncio
import json
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from alskg.access import Scope, Tokens
from alskg.errors import LimitExceeded
from alskg.knowledge_graph import KnowledgeGraph, limits_of
from alskg.names import RDFS
from alskg.settings import Settings
from alskg.store import confinement, frames
from alskg.store.limits import Limits
from alskg.store.process import Order
from alskg.store.workers import Rest, Workers
from alskg.web.app import build_app

from ..extent import in_ci, sampled
from .served import (
    HEAVY,
    LIGHT,
    MEBIBYTE,
    SOURCE,
    all_of,
    another,
    ask,
    assert_refused,
    assert_works,
    at_once,
    busy,
    children,
    connected,
    get,
    is_running,
    is_zombie,
    served,
    serving,
    until,
)

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="processes are looked up in /proc")

NEW_DRUG = 'drug:{0} a als:Drug ; rdfs:label "{0}"@en ; skos:definition "A drug for tests."@en .'
ENDLESS = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f }"


def test_an_idle_worker_that_was_killed_is_replaced(kg: KnowledgeGraph) -> None:
    before = children()
    with serving(kg, Settings(workers=1)) as client:
        assert_works(client)
        (worker,) = children() - before
        os.kill(worker, signal.SIGKILL)
        until(lambda: not is_running(worker))
        assert_works(client)
        # It is taken away by a thread, which may be a moment behind.
        until(lambda: worker not in children())
        # The kernel's list of children may leave one out while another one is taken away (proc(5)).
        until(lambda: len(children() - before) == 1)


def test_a_worker_that_is_killed_at_work_is_replaced_and_its_query_told_so(kg: KnowledgeGraph) -> None:
    before = children()
    with serving(kg, Settings(workers=1)) as client:
        assert_works(client)
        with at_once(1, lambda: ask(client, HEAVY)) as answers:
            until(busy(before))
            (worker,) = children() - before
            os.kill(worker, signal.SIGKILL)
        problem = answers[0].json()
        assert problem["status"] == 503
        assert "ended from outside" in problem["detail"]
        assert "memory" not in problem["detail"]
        assert answers[0].headers["retry-after"] == "1"
        assert_works(client)


def open_pipes() -> list[str]:
    """The pipes, sockets and the like of this process; files are the engine's, which opens them as it reads."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        # One may be closed between being listed and being read.
        with suppress(FileNotFoundError):
            found.append(str(descriptor.readlink()))
    return [name for name in found if not name.startswith("/")]


@in_ci
def test_fifty_queries_leave_no_zombie_and_no_open_file(kg: KnowledgeGraph) -> None:
    before = children()
    with serving(kg, Settings(workers=2, query_seconds_max=0.05)) as client:
        assert ask(client, HEAVY).status_code == 503
        files = len(open_pipes())
        for _ in range(25):
            assert_refused(ask(client, HEAVY), 503, "query_seconds_max")
            assert ask(client, "SELEKT").status_code == 400
        until(lambda: len(open_pipes()) <= files)
        until(lambda: len(children() - before) == 2)
        until(lambda: [child for child in children() if is_zombie(child)] == [])
    assert children() == before


def test_closed_workers_end_their_queries_and_start_no_more(kg: KnowledgeGraph) -> None:
    before = children()
    workers = Workers(1, Limits(600, 2**30, 1))
    ended: list[Exception] = []

    def evaluate() -> None:
        try:
            workers.evaluate(kg.store.snapshots, {}, Order(HEAVY))
        except LimitExceeded as error:
            ended.append(error)

    thread = threading.Thread(target=evaluate)
    thread.start()
    until(lambda: len(children() - before) == 1)
    until(busy(before))
    workers.close()
    thread.join()
    assert len(ended) == 1
    assert children() == before
    workers.start()
    assert children() == before


# Our own questions


@pytest.mark.parametrize("cost", ["small", "large"])
@pytest.mark.parametrize("format_", sampled(["json", "csv", "srj"], 1))
def test_a_named_question_never_waits_for_what_others_ask(kg: KnowledgeGraph, cost: str, format_: str) -> None:
    name, named = next((name, one) for name, one in kg.queries.items() if not one.parameters and one.form == "SELECT")
    own = Workers(1, limits_of(kg.settings))
    priced = replace(kg, queries={name: replace(named, cost=cost)}, question_workers=own)
    before = children()
    try:
        with served(priced, Settings(workers=1, query_seconds_max=600)) as address:
            with connected(address, get(HEAVY)):
                until(busy(before))
                answer = httpx2.get(f"{address}/queries/{name}", params={"format": format_}, timeout=60)
                assert answer.status_code == 200
                assert answer.headers["x-alskg-revision"] == str(kg.revision)
                # Only a large one has a process of its own.
                assert len(children() - before) == {"small": 1, "large": 2}[cost]
            with served(kg, Settings(workers=1)) as other:
                expected = httpx2.get(f"{other}/queries/{name}", params={"format": format_}, timeout=60)
            assert answer.content == expected.content
    finally:
        own.close()


def test_a_named_question_that_is_large_has_the_limits_of_any(kg: KnowledgeGraph) -> None:
    name, named = next((name, one) for name, one in kg.queries.items() if not one.parameters and one.form == "SELECT")
    own = Workers(1, replace(limits_of(kg.settings), seconds_max=0.5))
    heavy = replace(named, text=HEAVY, cost="large")
    try:
        with serving(replace(kg, queries={name: heavy}, question_workers=own), Settings(workers=1)) as client:
            assert_refused(client.get(f"/queries/{name}"), 503, "query_seconds_max")
            assert client.get("/drugs/riluzole").status_code == 200
    finally:
        own.close()


# The server's end


ORPHAN = """
import sys, time, pyoxigraph as ox
from alskg.store.embedded import EmbeddedStore
from alskg.store.limits import Limits
from alskg.store.process import Order
from alskg.store.workers import Workers
store = EmbeddedStore.in_memory()
store.load((ox.Quad(ox.NamedNode(f"x:{n}"), ox.NamedNode("x:p"), ox.Literal(n)) for n in range(3000)), "x")
workers = Workers(1, Limits(600, 2**30, 1))
workers.evaluate(store.snapshots, {}, Order("ASK {}"))
print("ready", flush=True)
workers.evaluate(store.snapshots, {}, Order(sys.argv[1])) if sys.argv[1] else time.sleep(600)
"""


@pytest.mark.parametrize("query", [HEAVY, ""], ids=["at work", "idle"])
def test_a_worker_ends_with_the_server_that_was_killed(query: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", ORPHAN, query]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        (worker,) = children(server.pid)
        if query:
            until(busy(set(), server.pid))
        # Nothing of what it is told reaches a process that is stopped; only the kernel can end it.
        os.kill(worker, signal.SIGSTOP if not query else 0)
        server.kill()
        os.kill(worker, signal.SIGCONT if not query else 0)
    until(lambda: not is_running(worker))


# Long answers


def rows_of(address: str, query: str) -> httpx2.Response:
    return httpx2.get(f"{address}/sparql", params={"query": query}, timeout=60)


def test_a_long_answer_goes_out_in_parts_and_is_whole(kg: KnowledgeGraph) -> None:
    query = "SELECT * WHERE { ?s ?p ?o } LIMIT 5000"
    with served(kg, Settings(workers=1, answer_held_bytes=1_000)) as address:
        long = rows_of(address, query)
        assert long.headers["transfer-encoding"] == "chunked"
        assert long.headers["x-alskg-revision"] == str(kg.revision)
        assert len(long.json()["results"]["bindings"]) == 5_000
        short = rows_of(address, "SELECT * WHERE { ?s ?p ?o } LIMIT 1")
        assert int(short.headers["content-length"]) == len(short.content)
        # The worker is free for others.
        assert rows_of(address, LIGHT).json()["boolean"] is True


@pytest.mark.parametrize(
    "limit", [{"answer_rows_max": 5_000}, {"answer_bytes_max": 2_000_000}, {"query_seconds_max": 1.5}], ids=str
)
def test_a_limit_in_mid_answer_breaks_the_connection_and_the_last_line_and_the_log_name_it(
    kg: KnowledgeGraph, limit: dict[str, float], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    large = {"answer_rows_max": 10**9, "answer_bytes_max": 10**12, "query_seconds_max": 600}
    settings = Settings(workers=1, answer_held_bytes=1_000, **{**large, **limit})  # type: ignore[arg-type]
    with served(kg, settings) as address:
        parts: list[bytes] = []
        asked = httpx2.stream("GET", f"{address}/sparql", params={"query": ENDLESS}, timeout=60)
        with asked as answer, pytest.raises(httpx2.RemoteProtocolError):
            parts.extend(answer.iter_raw())
        assert rows_of(address, LIGHT).json()["boolean"] is True
    (name,) = limit
    last = b"".join(parts).splitlines()[-1].decode()
    assert last.startswith("# The answer is not whole: ")
    assert caplog.messages.count(last.replace("# The answer is not whole", "An answer was broken off")) == 1
    # What we did ourselves is no error of the server's.
    assert "ERROR" not in capsys.readouterr().err
    assert f"ALSKG_{name.upper()}" in last


def test_to_a_client_that_can_not_see_a_break_the_answer_is_sent_when_it_is_whole(kg: KnowledgeGraph) -> None:
    with served(kg, Settings(workers=1, answer_held_bytes=1_000, answer_rows_max=2_000)) as address:
        with connected(address, get(ENDLESS, "1.0")) as connection:
            refused = all_of(connection)
        assert refused.startswith(b"HTTP/1.1 413 ")
        assert b"ALSKG_ANSWER_ROWS_MAX" in refused
        with connected(address, get(f"{ENDLESS} LIMIT 2000", "1.0")) as connection:
            head, _, body = all_of(connection).partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}".encode() in head.lower()
        assert b"chunked" not in head


# Clients that leave


@pytest.mark.parametrize("query", [HEAVY, ENDLESS], ids=["before the answer", "in mid-answer"])
def test_a_client_that_leaves_frees_its_worker_at_once(kg: KnowledgeGraph, query: str) -> None:
    before = children()
    large = Settings(workers=1, answer_rows_max=10**9, answer_bytes_max=10**12, query_seconds_max=600)
    with served(kg, large) as address:
        rows_of(address, LIGHT)
        (worker,) = children() - before
        with connected(address, get(query)) as connection:
            if query == HEAVY:
                until(busy(before))
            else:
                assert connection.recv(1)
            assert is_running(worker)
        until(lambda: not is_running(worker))
        assert rows_of(address, LIGHT).json()["boolean"] is True


def waits(address: str) -> bool:
    """Whether a query that comes now may wait for its turn; one that may not is refused at once."""
    with connected(address, get(LIGHT)) as connection:
        connection.settimeout(1)
        try:
            assert b" 503 " in connection.recv(65_536)
        except TimeoutError:
            return True
        return False


def test_a_client_that_leaves_while_it_waits_takes_nobodys_turn(kg: KnowledgeGraph) -> None:
    before = children()
    with served(kg, Settings(workers=1, query_seconds_max=600, queries_waiting_max=1)) as address:
        with connected(address, get(HEAVY)):
            until(busy(before))
            with connected(address, get(LIGHT)):
                until(lambda: not waits(address))
            until(lambda: waits(address))
        until(lambda: rows_of(address, LIGHT).status_code == 200)


def test_a_client_that_does_not_read_holds_a_worker_no_longer_than_a_query_may_take(
    kg: KnowledgeGraph, caplog: pytest.LogCaptureFixture
) -> None:
    large = Settings(workers=1, answer_rows_max=10**9, answer_bytes_max=10**12, query_seconds_max=2)
    with served(kg, large) as address, connected(address, get(ENDLESS), receive_bytes=4_096) as connection:
        assert connection.recv(1)
        until(lambda: any("ALSKG_QUERY_SECONDS_MAX" in message for message in caplog.messages))
        assert rows_of(address, LIGHT).json()["boolean"] is True


def test_queries_that_are_cancelled_in_any_state_leave_the_workers_as_they_were(kg: KnowledgeGraph) -> None:
    before = children()
    workers = Workers(2, Limits(600, 2**30, 16, held_bytes=1_000))
    snapshots = kg.store.snapshots

    async def cancelled() -> None:
        for delay in (0, 0.001, 0.01, 0.1, 0.3):
            tasks = [asyncio.create_task(workers.answer(snapshots, {}, Order(HEAVY))) for _ in range(5)]
            await asyncio.sleep(delay)
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ended)
        long = await workers.answer(snapshots, {}, Order(ENDLESS))
        assert isinstance(long.body, Rest)
        # One that nobody sends, nor closes, doesn't cost a worker either.
        del long
        replies = [await workers.answer(snapshots, {}, Order(LIGHT)) for _ in range(3)]
        assert all(reply.body == b'{"head":{},"boolean":true}' for reply in replies)

    asyncio.run(cancelled())
    until(lambda: len(children() - before) <= 2)
    workers.close()
    assert children() == before


# The network


SOCKETS = """
import socket, subprocess, sys, threading
from alskg.store.confinement import refuse_sockets
print(repr(refuse_sockets()))
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
    try:
        socket.socket(family)
    except PermissionError as error:
        print("refused")
try:
    socket.socketpair()
except PermissionError:
    print("refused")
sys.stdout.flush()
subprocess.run([sys.executable, "-c", "import socket; socket.socket()"])
"""

has_filter = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="no filter is known here"
)


@has_filter
def test_a_confined_process_and_its_children_can_open_no_socket() -> None:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run([sys.executable, "-c", SOCKETS], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["''", *["refused"] * 4]
    assert "PermissionError" in done.stderr


def filter_of(process: int) -> str:
    """The mode of seccomp(2) that a process is in: 0 is none, 2 a filter."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith("Seccomp:"))


@has_filter
def test_workers_are_confined_unless_other_endpoints_may_be_asked(
    kg: KnowledgeGraph, caplog: pytest.LogCaptureFixture
) -> None:
    before, own = children(), filter_of(os.getpid())
    with serving(kg, Settings(workers=1)) as client:
        assert_works(client)
        (worker,) = children() - before
        assert filter_of(worker) == "2"
        assert "may open sockets" not in caplog.text
    with serving(kg, Settings(workers=1, service_allowed=("http://127.0.0.1:9/sparql",))) as client:
        assert_works(client)
        (worker,) = children() - before
        assert filter_of(worker) == own
    assert "may open sockets: ALSKG_SERVICE_ALLOWED" in caplog.text


def test_where_sockets_can_not_be_refused_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "mips")
    assert "mips has no filter" in confinement.refuse_sockets()


# Snapshots


@pytest.mark.parametrize("is_told_of_the_next", [True, False])
def test_a_snapshot_that_is_gone_before_it_was_opened_is_missed_only_where_it_is_needed(
    kg: KnowledgeGraph, tmp_path: Path, is_told_of_the_next: bool
) -> None:
    newest = kg.store.snapshots.held()
    folders = [tmp_path / "gone", tmp_path / "gone too", *([newest.directory] if is_told_of_the_next else [])]
    told = [{"directory": str(folder), "prefixes": {}, "in_memory": False, "steps": []} for folder in folders]
    orders = b"".join(frames.frame(frames.OPEN, json.dumps(order).encode()) for order in told)
    life, ours = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "alskg.store.worker", str(life), json.dumps(asdict(limits_of(kg.settings)))],
            input=orders + frames.frame(frames.ASK, json.dumps(asdict(Order(LIGHT))).encode()),
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            pass_fds=[life],
            capture_output=True,
            check=False,
        )
    finally:
        newest.let_go()
        os.close(life)
        os.close(ours)
    assert (done.returncode == 0, b'"boolean":true' in done.stdout) == (is_told_of_the_next, is_told_of_the_next)
    assert (b"No such file" in done.stderr) is not is_told_of_the_next


def reads_from_the_disk(worker: int) -> bool:
    """Whether a process has a file of a snapshot open."""
    opened = (str(descriptor.readlink()) for descriptor in Path(f"/proc/{worker}/fd").iterdir())
    return any("/snapshots/" in path for path in opened)


@pytest.mark.parametrize(("quads", "is_in_memory"), [(10_000_000, True), (1_000, False)])
@in_ci
def test_a_graph_that_is_small_enough_is_asked_in_memory(kg: KnowledgeGraph, quads: int, is_in_memory: bool) -> None:
    everything = "SELECT * WHERE { GRAPH ?g { ?s ?p ?o } } LIMIT 2000"
    before = children()
    with serving(kg, Settings(workers=2, quads_in_memory=quads), in_memory=True) as client:
        with at_once(6, lambda: ask(client, another(everything))) as answers:
            pass
        # No matter which of the processes is asked, the rows come in the same order.
        assert len({answer.content for answer in answers}) == 1
        workers = children() - before
        assert {reads_from_the_disk(worker) for worker in workers} == {not is_in_memory}
        counted = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
        in_graphs = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"
        for query in (counted, in_graphs):
            found = ask(client, query).json()["results"]["bindings"]
            with serving(kg, Settings(workers=1)) as other:
                assert ask(other, query).json()["results"]["bindings"] == found


@pytest.fixture
def publishing(filled: Callable[[Path], Path], tmp_path: Path) -> Callable[..., AbstractContextManager[TestClient]]:
    """`with publishing(workers=2) as client:` is a client of a store of its own, which it may change."""

    @contextmanager
    def opened(workers: int) -> Iterator[TestClient]:
        kg = KnowledgeGraph.open(Settings(cache_bytes_max=0, workers=workers, data_dir=filled(tmp_path)))
        headers = {"Authorization": f"Bearer {Tokens(tmp_path).create('ana', [Scope.PUBLISH], None)}"}
        with TestClient(build_app(kg), headers=headers) as client:
            yield client

    return opened


def added_drug(client: TestClient, name: str) -> str:
    """The revision at which there is a drug of that name."""
    made = client.post("/changes", json={"message": "x", "add": NEW_DRUG.format(name)})
    assert made.status_code == 201, made.text
    return made.headers["location"].rpartition("/")[2]


def test_who_asks_in_memory_sees_each_change_without_a_new_snapshot(
    publishing: Callable[..., AbstractContextManager[TestClient]], tmp_path: Path
) -> None:
    before = children()
    with publishing(workers=2) as client:
        with at_once(2, lambda: ask(client, "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 100000")):
            pass
        taken = list((tmp_path / "snapshots").iterdir())
        for number in range(4):
            revision = added_drug(client, f"new-{number}")
            found = ask(client, f"SELECT ?t {{ <drugs/new-{number}> a ?t }}")
            assert (len(found.json()["results"]["bindings"]), found.headers["x-alskg-revision"]) == (3, revision)
        removed = client.post("/changes", json={"message": "x", "remove": NEW_DRUG.format("new-0")})
        assert removed.status_code == 201, removed.text
        assert ask(client, "ASK { <drugs/new-0> ?p ?o }").json()["boolean"] is False
        assert list((tmp_path / "snapshots").iterdir()) == taken
        assert not any(reads_from_the_disk(worker) for worker in children() - before)


def test_who_asks_while_others_write_gets_what_was_there_at_the_revision_that_is_told(
    publishing: Callable[..., AbstractContextManager[TestClient]],
) -> None:
    count = 'SELECT (COUNT(?d) AS ?n) { ?d rdfs:label ?l FILTER(STRSTARTS(?l, "new-")) }'
    with publishing(workers=2) as client:
        ask(client, LIGHT)
        first = int(added_drug(client, "new-0")) - 1
        writer = threading.Thread(target=lambda: [added_drug(client, f"new-{number}") for number in range(1, 25)])
        writer.start()
        told = []
        while writer.is_alive():
            found = ask(client, f"PREFIX rdfs: <{RDFS}> {count}")
            rows = found.json()["results"]["bindings"]
            told.append((int(found.headers["x-alskg-revision"]) - first, int(rows[0]["n"]["value"])))
        writer.join()
    assert len({revision for revision, _ in told}) > 3
    # What was being written may be there already.
    assert all(drugs - revision in (0, 1) for revision, drugs in told), told


def test_every_process_gives_its_rows_in_the_same_order_whenever_it_was_started(
    publishing: Callable[..., AbstractContextManager[TestClient]],
) -> None:
    before = children()
    rows = "SELECT * { ?s ?p ?o } LIMIT 3000"
    with publishing(workers=1) as client:
        ask(client, LIGHT)
        for number in range(3):
            added_drug(client, f"new-{number}")
        client.post("/changes", json={"message": "x", "remove": NEW_DRUG.format("new-1")})
        expected = ask(client, rows).content
        (worker,) = children() - before
        os.kill(worker, signal.SIGKILL)
        until(lambda: not is_running(worker))
        assert ask(client, rows).content == expected


def test_a_client_that_leaves_while_a_process_reads_ahead_leaves_it_at_that(kg: KnowledgeGraph) -> None:
    before = children()
    workers = Workers(1, limits_of(kg.settings))
    workers.start()
    until(lambda: len(children() - before) == 1)
    (worker,) = children() - before

    async def leave_and_come_again() -> bytes:
        os.kill(worker, signal.SIGSTOP)
        leaving = asyncio.create_task(workers.answer(kg.store.snapshots, {}, Order(LIGHT)))
        await asyncio.sleep(0.3)
        leaving.cancel()
        await asyncio.wait([leaving])
        os.kill(worker, signal.SIGCONT)
        reply = await workers.answer(kg.store.snapshots, {}, Order(LIGHT))
        assert isinstance(reply.body, bytes)
        return reply.body

    try:
        assert b"true" in asyncio.run(leave_and_come_again())
        assert children() - before == {worker}
    finally:
        workers.close()


def test_a_server_reads_ahead_before_it_is_asked(kg: KnowledgeGraph) -> None:
    before = children()
    workers = Workers(2, limits_of(kg.settings))
    try:
        workers.read_ahead(kg.store.snapshots, {})
        assert {process.revision for process in workers._all} == {kg.revision}
        assert workers.states == {"idle": 2, "busy": 0}
        reply = workers.evaluate(kg.store.snapshots, {}, Order(LIGHT))
        assert (reply.body, reply.revision) == (b'{"head":{},"boolean":true}', kg.revision)
        assert not all(reads_from_the_disk(worker) for worker in children() - before)
    finally:
        workers.close()


def test_workers_leave_the_processor_to_the_server(kg: KnowledgeGraph) -> None:
    before = children()
    with serving(kg, Settings(workers=1)) as client:
        assert_works(client)
        (worker,) = children() - before
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, worker) == min(own + confinement.NICENESS, 19)


def test_a_process_that_is_being_replaced_is_taken_last(kg: KnowledgeGraph) -> None:
    before = children()
    workers = Workers(2, replace(limits_of(kg.settings), seconds_max=0.5))
    try:
        for _ in range(2):
            with pytest.raises(LimitExceeded):
                workers.evaluate(kg.store.snapshots, {}, Order(HEAVY))
            workers.evaluate(kg.store.snapshots, {}, Order(LIGHT))
        until(lambda: len(children() - before) == 2)
        assert [process.is_ready for process in workers._idle] == [False, True]
    finally:
        workers.close()


def test_who_asked_at_an_earlier_revision_is_back_in_memory_at_once(
    publishing: Callable[..., AbstractContextManager[TestClient]],
) -> None:
    before = children()
    with publishing(workers=1) as client:
        ask(client, LIGHT)
        added_drug(client, "new")
        then = ask(client, "ASK { <drugs/new> ?p ?o }", revision="1").json()["boolean"]
        (worker,) = children() - before
        assert (then, reads_from_the_disk(worker)) == (False, True)
        assert ask(client, "ASK { <drugs/new> ?p ?o }").json()["boolean"] is True
        assert not reads_from_the_disk(worker)


def test_old_snapshots_vanish_when_the_last_worker_lets_go(filled: Callable[[Path], Path], tmp_path: Path) -> None:
    kg = KnowledgeGraph.open(replace(Settings(quads_in_memory=0), data_dir=filled(tmp_path)))
    headers = {"Authorization": f"Bearer {Tokens(tmp_path).create('ana', [Scope.PUBLISH], None)}"}
    snapshots = tmp_path / "snapshots"
    with TestClient(build_app(kg), headers=headers) as client:
        # Both workers read from the first snapshot.
        with at_once(2, lambda: ask(client, "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 100000")):
            pass
        for number in range(3):
            named = f'rdfs:label "new {number}"@en ; skos:definition "A drug for tests."@en'
            drug = f"drug:new-{number} a als:Drug ; {named} ."
            assert client.post("/changes", json={"message": "x", "add": drug}).status_code == 201
            found = ask(client, f'ASK {{ ?s ?p "new {number}"@en }}')
            assert (found.json()["boolean"], found.headers["x-alskg-revision"]) == (True, str(kg.revision))
            # The other worker, which nothing was asked of, has let go as well.
            until(lambda: len(list(snapshots.iterdir())) == 1)
    assert not snapshots.exists()


# Hostile texts


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
