"""Whatever is sent, it gets an answer with a name, and everybody else gets theirs meanwhile."""

import re
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ..extent import sampled
from .conftest import Served
from .served import LIGHT, all_of, children, connected, get, is_running, is_zombie, problem_on, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")

CONNECTIONS = 1_000
SOCKETS_AT_REST = 8
"""What a server has open when nobody is connected: its listener, and those of its event loop's own."""
QUICK = {
    "ALSKG_QUERY_SECONDS_MAX": "1",
    "ALSKG_QUERY_MEMORY_BYTES_MAX": str(256 * 2**20),
    "ALSKG_QUERIES_PER_CLIENT_MAX": str(2 * CONNECTIONS),
    "ALSKG_ANSWER_ROWS_MAX": "1000000000",
    "ALSKG_REQUEST_HEAD_SECONDS_MAX": "2",
    "ALSKG_REQUEST_BODY_SECONDS_MAX": "2",
}

CROSS = "?a ?b ?c . ?d ?e ?f"
VALUES = " ".join(f"VALUES ?{name} {{ {' '.join(map(str, range(2_000)))} }}" for name in "abcdef")
DOUBLED = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(40))
NESTED = "ASK { FILTER(" + "!" * 60_000 + "true) }"

TIME = {"query_seconds_max"}
TIME_OR_MEMORY = {"query_seconds_max", "query_memory_bytes_max"}
QUERIES: dict[str, tuple[str, set[str]]] = {
    "cross product": (f"SELECT (COUNT(*) AS ?n) {{ {CROSS} . ?g ?h ?i FILTER(?c != ?i) }}", TIME),
    "order of a cross product": (f"SELECT * {{ {CROSS} }} ORDER BY ?f ?c", TIME_OR_MEMORY),
    "distinct of a cross product": (f"SELECT DISTINCT ?a ?f {{ {CROSS} }} ORDER BY ?a LIMIT 1", TIME_OR_MEMORY),
    "concatenation": (f"SELECT (GROUP_CONCAT(?c; separator=',') AS ?x) {{ {CROSS} }}", TIME_OR_MEMORY),
    "a text that doubles": (f"SELECT * {{ BIND('0123456789' AS ?x0) {DOUBLED} }}", TIME_OR_MEMORY),
    "paths": ("SELECT (COUNT(*) AS ?n) { ?a (!<x:x>|^!<x:x>)* ?b . ?b (!<x:x>|^!<x:x>)* ?c }", TIME_OR_MEMORY),
    "expressions": (
        f"ASK {{ {CROSS} FILTER REGEX(CONCAT(STR(?a), STR(?c), STR(?f)), '^(([a-z])+.)+[A-Z]([a-z])+$$', 'i') }}",
        TIME_OR_MEMORY,
    ),
    "values": (f"SELECT (COUNT(*) AS ?n) {{ {VALUES} }}", TIME_OR_MEMORY),
    "optional": (f"SELECT (COUNT(*) AS ?n) {{ {CROSS} OPTIONAL {{ ?g ?h ?i FILTER(?i = ?c) }} }}", TIME_OR_MEMORY),
    "minus": (f"SELECT (COUNT(*) AS ?n) {{ {CROSS} MINUS {{ ?a ?h ?i . ?j ?k ?l }} }}", TIME_OR_MEMORY),
    "graphs": ("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?a ?b ?c } GRAPH ?h { ?d ?e ?f } }", TIME_OR_MEMORY),
}


@pytest.fixture(scope="module")
def server(filled: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose limits are soon reached."""
    served = Served(filled(tmp_path_factory.mktemp("store")), QUICK)
    served.start()
    try:
        yield served
    finally:
        served.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def address(server: Served) -> str:
    return server.address()


def meanwhile(address: str, call: Callable[[], Any]) -> Any:
    """What a call brings, and all the while everybody else is served."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(call()))
    thread.start()
    served = 0
    while thread.is_alive() or not served:
        for path in ("/drugs/riluzole", "/drugs?limit=2"):
            assert httpx2.get(address + path, timeout=60).status_code == 200
        served += 1
    thread.join()
    return found[0]


def post(address: str, query: str) -> httpx2.Response:
    headers = {"Content-Type": "application/sparql-query"}
    return httpx2.post(f"{address}/sparql", content=query, headers=headers, timeout=60)


@pytest.mark.parametrize("name", sampled(list(QUERIES), 5))
def test_a_hostile_query_ends_with_the_name_of_a_limit(address: str, name: str) -> None:
    query, limits = QUERIES[name]
    answer = meanwhile(address, lambda: post(address, query))
    assert (answer.status_code, answer.json()["status"]) == (503, 503)
    assert answer.json()["limit"] in limits
    assert post(address, LIGHT).json()["boolean"] is True


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "(.*)*x", "(a{1,99}){1,99}"])
def test_no_regular_expression_runs_back_and_forth(address: str, pattern: str) -> None:
    query = f"ASK {{ FILTER REGEX('{'a' * 5_000}b', '{pattern}') }}"
    # Whether a part matches is not the question here.
    assert meanwhile(address, lambda: post(address, query)).json()["boolean"] in (True, False)


def test_a_query_that_is_nested_deeply_is_the_callers_fault(address: str) -> None:
    answer = meanwhile(address, lambda: post(address, NESTED))
    assert (answer.status_code, "nested too deeply" in answer.json()["detail"]) == (400, True)


@pytest.mark.parametrize(
    ("send", "status", "limit"),
    [
        (lambda address: post(address, LIGHT + " " * 10**7), 413, "request_body_bytes_max"),
        (lambda address: post(address, LIGHT + " " * 10**5), 413, "query_bytes_max"),
        (
            lambda address: httpx2.post(f"{address}/sparql", data={"query": "x" * 2 * 10**7}, timeout=60),
            413,
            "change_bytes_max",
        ),
        (
            lambda address: httpx2.get(f"{address}/health", headers={"x": "y" * 10**6}, timeout=60),
            431,
            "request_head_bytes_max",
        ),
    ],
    ids=["body", "query", "form", "field"],
)
def test_what_is_too_long_is_refused_by_name(
    address: str, send: Callable[[str], httpx2.Response], status: int, limit: str
) -> None:
    answer = meanwhile(address, lambda: send(address))
    assert (answer.status_code, answer.json()["limit"]) == (status, limit)


def test_an_address_that_is_too_long_is_refused_by_name(address: str) -> None:
    def send() -> dict[str, object]:
        with connected(address, get(LIGHT + " " * 10**5)) as connection:
            return problem_on(connection)

    refused = meanwhile(address, send)
    assert (refused["status"], refused["limit"]) == (414, "request_head_bytes_max")


BODY = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x00\x01\x02\x03\r\n\r\n", 400),
        (b"GET /health HTTP/9.9\r\n\r\n", 400),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nno field\r\n\r\n", 400),
        (BODY.encode() + b"Content-Length: -1\r\n\r\n", 400),
        (BODY.encode() + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nASK", 400),
        (BODY.encode() + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (BODY.encode() + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", 400),
        (BODY.encode() + b"Transfer-Encoding: chunked\r\n\r\n3\r\nASK", 408),
        (BODY.encode() + b"Content-Length: 1000\r\n\r\nASK", 408),
        (b"GET /health HTTP/1.1\r\nHost: x\r\n", 408),
    ],
    ids=[
        "no HTTP",
        "version",
        "bytes in the address",
        "null in a field",
        "no field",
        "negative length",
        "two lengths",
        "length and pieces",
        "no piece",
        "a piece without end",
        "a body without end",
        "a head without end",
    ],
)
def test_what_is_no_whole_request_is_refused_by_name(address: str, sent: bytes, status: int) -> None:
    def send() -> dict[str, object]:
        with connected(address, "") as connection:
            connection.sendall(sent)
            return problem_on(connection)

    assert meanwhile(address, send)["status"] == status


@pytest.mark.parametrize(
    "send",
    [
        lambda address: httpx2.get(f"{address}/sparql?query=ASK%20%7B%7D%FF"),
        lambda address: httpx2.get(f"{address}/drugs/%FF%FE"),
        lambda address: httpx2.post(
            f"{address}/sparql", content=b"ASK {} # \xff", headers={"Content-Type": "application/sparql-query"}
        ),
        lambda address: httpx2.post(
            f"{address}/sparql",
            content=b"query=%FF",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ),
    ],
    ids=["query", "path", "body", "form"],
)
def test_what_is_not_utf_8_is_refused_by_name(address: str, send: Callable[[str], httpx2.Response]) -> None:
    answer = meanwhile(address, lambda: send(address))
    assert answer.status_code in (400, 404)
    assert answer.json()["status"] == answer.status_code


NESTED_TERM = "<a:a> <a:b> " + "<<( <a:a> <a:p> " * 50_000 + "<a:c>" + " )>>" * 50_000 + " ."
XML = '<!DOCTYPE r [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]><r>&c;</r>'
DEEP = '{"@id": "a:a", "a:p": ' + '{"a:p": ' * 50_000 + "1" + "}" * 50_001


@pytest.mark.parametrize(
    ("media_type", "content", "status", "said"),
    [
        ("text/turtle", NESTED_TERM, 400, "triple terms"),
        ("application/n-quads", NESTED_TERM, 400, "triple terms"),
        ("application/rdf-patch", f"TX .\nA {NESTED_TERM}\nTC .", 400, "triple terms"),
        ("application/ld+json", DEEP, 400, "can't be read|not JSON"),
        ("text/turtle", "<a:a> <a:p> " + ",".join(map(str, range(500_000))) + " .", 413, "ALSKG_CHANGE_QUADS_MAX"),
        ("application/rdf+xml", XML, 415, "not read here"),
        ("application/xml", XML, 415, "not read here"),
    ],
    ids=["nested terms", "nested terms in rows", "nested terms in a patch", "deep JSON", "many", "DTD", "plain XML"],
)
def test_a_hostile_upload_is_refused_by_name(
    address: str, server: Served, media_type: str, content: str, status: int, said: str
) -> None:
    headers = {"Content-Type": media_type, "Authorization": f"Bearer {server.token}"}
    post_it = partial(httpx2.post, f"{address}/changes?message=x", content=content, headers=headers, timeout=60)
    answer = meanwhile(address, post_it)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert re.search(said, answer.json()["detail"])


def test_those_who_read_slowly_are_left_behind(address: str, server: Served) -> None:
    def read() -> None:
        with ExitStack() as open_:
            slow = [
                open_.enter_context(connected(address, get(f"SELECT * {{ {CROSS} }}"), receive_bytes=4_096))
                for _ in range(4)
            ]
            # As many as there are workers begin to get an answer, and the others their turn when those are cut off.
            assert all(connection.recv(100).startswith(b"HTTP/1.1 ") for connection in slow)

    meanwhile(address, read)
    until(lambda: post(address, LIGHT).status_code == 200)


def test_a_thousand_connections_at_once_are_all_answered(address: str) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4 * CONNECTIONS), hard), hard))

    def ask() -> list[bytes]:
        with ExitStack() as open_:
            connections = [open_.enter_context(connected(address, "")) for _ in range(CONNECTIONS)]
            for number, connection in enumerate(connections):
                # Different ones, so that none is answered by the answer to another.
                connection.sendall(get(f"{LIGHT} #{number}").replace("Host:", "Connection: close\r\nHost:").encode())
            return [all_of(connection) for connection in connections]

    answers = meanwhile(address, ask)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    statuses = {answer.split(b" ", 2)[1] for answer in answers}
    assert b"200" in statuses
    assert statuses <= {b"200", b"503"}
    assert all(b'"limit": "workers"' in answer for answer in answers if b" 503 " in answer[:20])
    until(lambda: post(address, LIGHT).status_code == 200)


def test_after_all_that_the_server_is_as_it_was(address: str, server: Served) -> None:
    assert server.process is not None
    until(lambda: post(address, LIGHT).status_code == 200)
    process = server.process.pid
    until(lambda: len(children(process)) == 2 and not any(map(is_zombie, children(process))))
    until(lambda: sockets_of(process) <= SOCKETS_AT_REST)


def sockets_of(process: int) -> int:
    """How many sockets a process has open."""
    found = 0
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        try:
            found += descriptor.readlink().name.startswith("socket:")
        except FileNotFoundError:
            continue
    return found


# How a server ends


def test_a_server_that_is_asked_to_stop_answers_what_it_has_begun_and_leaves_nothing(
    serving_from: Callable[..., AbstractContextManager[Served]], filled: Callable[[Path], Path], tmp_path: Path
) -> None:
    with serving_from(filled(tmp_path), ALSKG_QUERY_SECONDS_MAX="3", ALSKG_ANSWER_ROWS_MAX="1000000000") as server:
        server.start()
        address = server.address()
        assert server.process is not None
        process = server.process
        assert post(address, LIGHT).status_code == 200
        workers = children(process.pid)
        assert len(workers) == 2
        with connected(address, get(QUERIES["cross product"][0])) as connection:
            # It is at work when the other one is answered.
            assert post(address, LIGHT).status_code == 200
            process.send_signal(signal.SIGTERM)
            until(lambda: not accepts(address))
            assert problem_on(connection)["limit"] == "query_seconds_max"
        process.wait(60)
        assert process.returncode in (0, -signal.SIGTERM)
        assert not any(map(is_running, workers))
        server.end(signal.SIGKILL)
        assert "Traceback" not in server.complaints[0]


def accepts(address: str) -> bool:
    try:
        connected(address, "").close()
    except ConnectionError:
        return False
    return True


@pytest.mark.parametrize("query", ["", QUERIES["cross product"][0]], ids=["idle", "at work"])
def test_a_server_that_is_killed_leaves_no_worker(
    serving_from: Callable[..., AbstractContextManager[Served]],
    filled: Callable[[Path], Path],
    tmp_path: Path,
    query: str,
) -> None:
    with serving_from(filled(tmp_path), ALSKG_QUERY_SECONDS_MAX="600") as server:
        server.start()
        address = server.address()
        assert server.process is not None
        assert post(address, LIGHT).status_code == 200
        workers = children(server.process.pid)
        assert len(workers) == 2
        with ExitStack() as open_:
            for _ in workers:
                open_.enter_context(connected(address, get(query or LIGHT)))
            server.end(signal.SIGKILL)
        until(lambda: not any(map(is_running, workers)))
