"""What is told of requests: the access log, the identifier, the metrics."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from alskg.access import Scope, Tokens
from alskg.errors import SettingError
from alskg.knowledge_graph import KnowledgeGraph
from alskg.settings import Settings
from alskg.web.access_log import LINES_MAX, AccessLog
from alskg.web.app import build_app

SECRET = "alskg_secret"  # noqa: S105 - nobody's
QUERY = "SELECT ?s WHERE { ?s ?p ?o } LIMIT 3"


class Logged:
    """A client of a graph, and the lines that are written of what it asks."""

    def __init__(self, directory: Path) -> None:
        self.kg = KnowledgeGraph.open(replace(Settings(), data_dir=directory))
        self._file = directory / "access.log"
        self._log = AccessLog(str(self._file))
        self.client = TestClient(build_app(self.kg, self._log), raise_server_exceptions=False)
        self.token = Tokens(directory).create("ana", [Scope.CURATE], None)

    def line_of(self, method: str, url: str, **how: Any) -> dict[str, Any]:
        """What is written of one request."""
        answer = self.client.request(method, url, **how)
        end = time.monotonic() + 30
        while not (lines := self._lines_of(answer.headers["x-request-id"])):
            assert time.monotonic() < end, "No line was written."
            time.sleep(0.02)
        assert lines[-1]["status"] == answer.status_code
        return lines[-1]

    def _lines_of(self, identifier: str) -> list[dict[str, Any]]:
        written = self._file.read_text()
        lines: list[dict[str, Any]] = [json.loads(line) for line in written[: written.rfind("\n") + 1].splitlines()]
        return [line for line in lines if line["id"] == identifier]

    def metrics(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        answer = self.client.get("/metrics", headers={"Authorization": f"Bearer {self.token}"})
        assert answer.status_code == 200
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }


@pytest.fixture(scope="module")
def logged(filled: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    made = Logged(filled(tmp_path_factory.mktemp("accounts")))
    with made.client:
        yield made


@pytest.mark.parametrize(
    ("method", "url", "told"),
    [
        ("GET", "/drugs?limit=3", {"door": "collections", "route": "/drugs", "name": "/drugs", "cache": "miss"}),
        ("GET", "/drugs?limit=3", {"door": "collections", "route": "/drugs", "cache": "hit"}),
        ("HEAD", "/drugs?limit=3", {"method": "HEAD", "cache": "hit", "bytes": 0}),
        ("GET", "/drugs/riluzole", {"route": "/drugs/{name}", "name": "/drugs/riluzole", "rows": None, "revision": 1}),
        ("GET", "/drugs/nothing", {"status": 404, "route": "/drugs/{name}"}),
        ("GET", "/nothing", {"status": 404, "door": "(none)", "route": "(none)", "name": "/nothing"}),
        ("GET", "/health", {"door": "about", "status": 200}),
        ("GET", f"/sparql?query={QUERY}", {"door": "sparql", "rows": 3, "status": 200}),
        ("GET", f"/sparql?query={QUERY}&format=csv", {"door": "sparql", "rows": 3}),
        ("GET", "/sparql?query=nonsense", {"status": 400}),
        ("POST", "/changes", {"status": 401, "cache": "none"}),
        ("OPTIONS", "/drugs", {"status": 204}),
        ("BREW", "/drugs", {"status": 405, "method": "BREW"}),
    ],
)
def test_a_line_says_what_became_of_a_request(logged: Logged, method: str, url: str, told: dict[str, Any]) -> None:
    line = logged.line_of(method, url)
    assert {name: line[name] for name in told} == told
    assert line["milliseconds"] > 0


def test_a_line_has_the_rows_of_a_list(logged: Logged) -> None:
    line = logged.line_of("GET", "/drugs?limit=1")
    assert line["rows"] == logged.client.get("/drugs?limit=1").json()["total"]
    assert line["bytes"] > 0


def test_an_answer_that_is_not_sent_again_is_written_as_such(logged: Logged) -> None:
    tag = logged.client.get("/drugs/riluzole").headers["etag"]
    line = logged.line_of("GET", "/drugs/riluzole", headers={"If-None-Match": tag})
    assert (line["status"], line["bytes"], line["cache"]) == (304, 0, "hit")


@pytest.mark.parametrize(
    "how",
    [
        {"url": f"/drugs?token={SECRET}"},
        {"url": "/drugs", "headers": {"Authorization": f"Bearer {SECRET}"}},
        {"url": "/drugs", "headers": {"Cookie": f"alskg_session={SECRET}"}},
        {"url": "/drugs", "headers": {"X-Request-Id": f"{SECRET} {SECRET}"}},
        {"url": f"/sparql?query=ASK%20{{?s ?p '{SECRET}'}}"},
    ],
    ids=["parameter", "token", "cookie", "not an identifier", "query"],
)
def test_no_secret_is_written(logged: Logged, how: dict[str, Any]) -> None:
    assert SECRET not in json.dumps(logged.line_of("GET", **how))


@pytest.mark.parametrize("path", ["/a%0Ab", '/a"b', "/a%22,%22status%22:200", "/%1b[31m", "/" + "x" * 5_000])
def test_nothing_in_a_path_can_forge_a_line(logged: Logged, path: str) -> None:
    line = logged.line_of("GET", path)
    assert line["status"] == 404
    assert len(line["name"]) <= 200


@pytest.mark.parametrize("given", ["a", "5f3c-11", "Root=1-67891233-abcdef012345678912345678", "x" * 128])
def test_an_identifier_comes_back(logged: Logged, given: str) -> None:
    assert logged.line_of("GET", "/drugs", headers={"X-Request-Id": given})["id"] == given


@pytest.mark.parametrize("given", ["", "a b", 'a"b', "x" * 129, "ä"])
def test_what_is_no_identifier_is_replaced(logged: Logged, given: str) -> None:
    headers = [("X-Request-Id", given.encode())]
    ids = {logged.line_of("GET", "/drugs", headers=headers)["id"] for _ in range(2)}
    assert len(ids) == 2
    assert given not in ids


def test_lines_that_nobody_reads_hold_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that is full: all is taken without waiting, most of it is lost, and it is said how much."""
    reader, writer = os.pipe()
    log = AccessLog(f"/proc/self/fd/{writer}")
    os.close(writer)
    for _ in range(LINES_MAX + 100):
        log.write("x" * 100)
    time.sleep(0.5)
    for _ in range(LINES_MAX + 100):
        log.write("x" * 100)
    assert log.lost >= 100
    log.close()
    os.close(reader)


# Metrics


def test_requests_are_counted_by_route_and_not_by_path(logged: Logged) -> None:
    labels = frozenset({("route", "/drugs/{name}"), ("method", "GET"), ("status", "200")})
    before = logged.metrics().get(("alskg_requests_total", labels), 0.0)
    for name in ("riluzole", "edaravone", "riluzole"):
        logged.client.get(f"/drugs/{name}")
    after = logged.metrics()
    assert after["alskg_requests_total", labels] == before + 3
    assert not [name for _, labels in after for label, name in labels if label == "route" and "riluzole" in name]


def test_metrics_tell_of_cache_graph_and_workers(logged: Logged) -> None:
    logged.client.get("/drugs/riluzole")
    before = logged.metrics()
    logged.client.get("/drugs/riluzole")
    after = logged.metrics()
    hits = ("alskg_cache_answers_total", frozenset({("cache", "hit")}))
    assert after[hits] == before[hits] + 1
    nothing: frozenset[tuple[str, str]] = frozenset()
    assert after["alskg_revision", nothing] == logged.kg.revision
    assert after["alskg_quads", nothing] == len(logged.kg.present.quads)
    assert after["alskg_cache_bytes", nothing] > 0
    states = [after["alskg_workers", frozenset({("state", state)})] for state in ("idle", "busy")]
    assert sum(states) == logged.kg.settings.workers


def test_a_limit_that_was_passed_is_counted_by_its_name(logged: Logged) -> None:
    key = ("alskg_limits_total", frozenset({("limit", "query_bytes_max")}))
    before = logged.metrics().get(key, 0.0)
    logged.client.post("/sparql", data={"query": "ASK { ?s ?p ?o }" + " " * 70_000})
    assert logged.metrics()[key] == before + 1


def test_whatever_a_client_calls_its_method_is_one_series(logged: Logged) -> None:
    for method in ("BREW", "WHEN", "XYZZY"):
        logged.client.request(method, "/drugs")
    methods = {value for _, labels in logged.metrics() for name, value in labels if name == "method"}
    assert not methods & {"BREW", "WHEN", "XYZZY"}


@pytest.mark.parametrize(("who", "anybody", "holder"), [("token", 401, 200), ("all", 200, 200), ("none", 404, 404)])
def test_who_may_read_metrics(kg: KnowledgeGraph, tmp_path: Path, who: str, anybody: int, holder: int) -> None:
    token = Tokens(tmp_path).create("ana", [Scope.CURATE], None)
    graph = replace(kg, settings=Settings(data_dir=tmp_path, metrics=who))
    client = TestClient(build_app(graph), raise_server_exceptions=False)
    refused = client.get("/metrics")
    assert refused.status_code == anybody
    if anybody == 401:
        assert refused.json()["detail"].startswith("Reading the metrics of this server needs a token")
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == holder
    assert answer.headers["cache-control"] == "no-store"


def test_a_wish_for_metrics_that_there_is_not_is_refused() -> None:
    with pytest.raises(SettingError, match="ALSKG_METRICS"):
        Settings(metrics="some")
