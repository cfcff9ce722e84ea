"""Every limit bites, names its variable, and leaves everything else standing."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import cast

import httpx2
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from alskg.access import Scope, Tokens
from alskg.dumps import Dump
from alskg.errors import TooLarge
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import CSV, GRAPH, TABLE, Format
from alskg.proposals import decline, proposals
from alskg.settings import Settings
from alskg.web import dumps as doors
from alskg.web.app import Application, build_app
from alskg.web.sheets import Sheet, Sheets

from ..extent import in_ci, sampled
from .served import (
    HEAVY,
    LARGE,
    LIGHT,
    MEBIBYTE,
    NASTY,
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
    problem_on,
    served,
    serving,
    until,
)

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="processes are looked up in /proc")


def test_a_query_that_runs_too_long_is_ended(kg: KnowledgeGraph) -> None:
    before = children()
    with serving(kg, Settings(workers=1, query_seconds_max=0.5)) as client:
        assert_works(client)
        (worker,) = children() - before
        assert_refused(ask(client, HEAVY), 503, "query_seconds_max")
        until(lambda: not Path(f"/proc/{worker}").exists())
        assert_works(client)
    assert children() == before


@in_ci
def test_everything_else_answers_meanwhile(kg: KnowledgeGraph) -> None:
    before = children()
    settings = Settings(workers=1, query_seconds_max=6, queries_per_client_max=100, queries_waiting_max=16)
    with (
        served(kg, settings) as address,
        httpx2.Client(base_url=address, timeout=60, limits=httpx2.Limits(max_connections=200)) as http,
    ):
        assert http.post("/sparql", data={"query": LIGHT}).json()["boolean"] is True
        # Enough of them would take every thread that the other doors need, if they might.
        with at_once(80, lambda: http.post("/sparql", data={"query": another(HEAVY)})) as answers:
            until(busy(before))
            for path in ("/health", "/drugs/riluzole", "/mappings/drug-symptom", "/search?q=riluzole"):
                assert http.get(path).status_code == 200
            # The one that is evaluated, or one of those that wait for it, still does so.
            assert len(answers) < 80
        assert {answer.status_code for answer in answers} == {503}
        assert {answer.json()["limit"] for answer in answers} == {"workers", "query_seconds_max"}


def test_queries_wait_for_a_free_process_but_not_for_ever(kg: KnowledgeGraph) -> None:
    with serving(kg, Settings(workers=1, query_seconds_max=1)) as client:
        assert_works(client)
        with at_once(3, lambda: ask(client, another(HEAVY))) as answers:
            pass
        limits = [answer.json()["limit"] for answer in answers]
        assert limits.count("workers") >= 1
        assert limits.count("query_seconds_max") >= 1
        late = next(answer for answer in answers if answer.json()["limit"] == "workers")
        assert_refused(late, 503, "workers")
        assert late.headers["retry-after"] == "1"
        assert_works(client)


@in_ci
def test_a_queue_that_is_too_long_refuses_at_once(kg: KnowledgeGraph) -> None:
    before = children()
    with serving(kg, Settings(workers=1, query_seconds_max=6, queries_waiting_max=1)) as client:
        assert_works(client)
        with at_once(2, lambda: ask(client, another(HEAVY))) as answers:
            until(busy(before))
            refused: list[Response] = []
            until(lambda: refused.append(ask(client, another(LIGHT))) or refused[-1].status_code == 503)  # type: ignore[func-returns-value]
            assert answers == []
            assert "ALSKG_QUERIES_WAITING_MAX" in refused[-1].json()["detail"]
            assert "ALSKG_WORKERS" in refused[-1].json()["detail"]
            assert refused[-1].headers["retry-after"] == "6"


@pytest.mark.parametrize("in_memory", [False, True])
def test_a_query_that_needs_too_much_memory_is_ended(kg: KnowledgeGraph, in_memory: bool) -> None:
    before = children()
    settings = Settings(workers=1, query_memory_bytes_max=128 * MEBIBYTE)
    with serving(kg, settings, in_memory=in_memory) as client:
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


@pytest.mark.parametrize("format_", sampled(GRAPH, 2), ids=lambda format_: format_.name)
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
        assert "write a number that is 3 or less" in refused.json()["detail"]


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


def test_the_queries_of_one_client_have_a_limit(kg: KnowledgeGraph) -> None:
    before = children()
    with served(kg, Settings(workers=2, query_seconds_max=60, queries_per_client_max=1)) as address:
        with connected(address, get(HEAVY)):
            until(busy(before))
            refused = httpx2.get(f"{address}/sparql", params={"query": LIGHT})
            assert_refused(refused, 429, "queries_per_client_max")
            assert refused.headers["retry-after"] == "1"
            assert httpx2.get(f"{address}/drugs/riluzole").status_code == 200
        # Who left has no query any more.
        until(lambda: httpx2.get(f"{address}/sparql", params={"query": LIGHT}).status_code == 200)
        # Nor has who was refused.
        for query in ("SELEKT", LIGHT):
            assert httpx2.get(f"{address}/sparql", params={"query": query}).status_code in (400, 200)


PATIENT = Settings(workers=1, request_head_seconds_max=600, request_body_seconds_max=600)


@pytest.mark.parametrize("sent", ["GET /health HT", "GET /health HTTP/1.1\r\nHost: x\r\nX: "])
def test_a_head_that_does_not_end_is_not_waited_for(kg: KnowledgeGraph, sent: str) -> None:
    with served(kg, replace(PATIENT, request_head_seconds_max=1)) as address:
        with connected(address, sent) as connection:
            refused = problem_on(connection)
        assert (refused["status"], refused["limit"]) == (408, "request_head_seconds_max")
        assert "ALSKG_REQUEST_HEAD_SECONDS_MAX" in str(refused["detail"])
        # Nor is the second one on a connection.
        with connected(address, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n" + sent) as connection:
            assert b" 200 OK" in connection.recv(65_536)
            assert problem_on(connection)["status"] == 408
        with connected(address, "") as connection:
            assert all_of(connection) == b""


def test_a_body_that_does_not_end_is_not_waited_for(kg: KnowledgeGraph) -> None:
    head = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 99\r\n\r\n"
    with served(kg, replace(PATIENT, request_body_seconds_max=0.3)) as address:
        with connected(address, f"{head}ASK {{") as connection:
            refused = problem_on(connection)
        assert (refused["status"], refused["limit"]) == (408, "request_body_seconds_max")
        assert "ALSKG_REQUEST_BODY_SECONDS_MAX" in str(refused["detail"])
        assert httpx2.get(f"{address}/sparql", params={"query": LIGHT}).status_code == 200


def test_an_answer_that_takes_longer_than_the_request_may_is_given(kg: KnowledgeGraph) -> None:
    settings = replace(PATIENT, request_head_seconds_max=0.2, request_body_seconds_max=0.2, query_seconds_max=2)
    with served(kg, settings) as address:
        assert_refused(httpx2.post(f"{address}/sparql", data={"query": HEAVY}, timeout=60), 503, "query_seconds_max")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("GET /" + "a" * 2_000, 414),
        ("GET /?" + "a" * 2_000 + " HTTP/1.1\r\n\r\n", 414),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: " + "a" * 2_000, 431),
        ("GET / HTTP/1.1\r\n" + "X: y\r\n" * 1_000, 431),
    ],
    ids=["address without an end", "address", "field without an end", "many fields"],
)
def test_the_head_of_a_request_has_a_limit(kg: KnowledgeGraph, sent: str, status: int) -> None:
    with served(kg, replace(PATIENT, request_head_bytes_max=1_000)) as address:
        with connected(address, sent[:900]) as connection:
            connection.sendall(sent[900:].encode())
            refused = problem_on(connection)
        assert (refused["status"], refused["limit"]) == (status, "request_head_bytes_max")
        assert "ALSKG_REQUEST_HEAD_BYTES_MAX" in str(refused["detail"])
        # The body has a limit of its own.
        long = httpx2.post(f"{address}/sparql", data={"query": LIGHT + " " * 5_000})
        assert long.json()["boolean"] is True


# Changes

DRUGS = 'drug:{0} a als:Drug ; rdfs:label "{0}"@en ; skos:definition "A drug for tests."@en .'


@contextmanager
def writable(root: Path, directory: Path, **limits: float) -> Iterator[tuple[KnowledgeGraph, Callable[..., Response]]]:
    """A graph of its own under other settings, and a way to change it; an ontology alone is soon loaded."""
    settings = replace(Settings(), root=root, data_dir=directory, **limits)  # type: ignore[arg-type]
    kg = KnowledgeGraph.of_files(settings)
    headers = {"Authorization": f"Bearer {Tokens(directory).create('ana', [Scope.PUBLISH], None)}"}
    with TestClient(build_app(kg), headers=headers, raise_server_exceptions=False) as client:

        def change(add: str, message: str = "x", url: str = "/changes") -> Response:
            return client.post(url, json={"message": message, **({"add": add} if add else {})})

        yield kg, change


def test_a_change_has_a_limit_of_bytes(ontology_alone: Path, tmp_path: Path) -> None:
    with writable(ontology_alone, tmp_path, change_bytes_max=200) as (_, change):
        assert change(DRUGS.format("small")).status_code == 201
        assert_refused(change(DRUGS.format("large") + " " * 200), 413, "change_bytes_max")


def test_a_change_has_a_limit_of_quads(ontology_alone: Path, tmp_path: Path) -> None:
    with writable(ontology_alone, tmp_path, change_quads_max=3) as (kg, change):
        assert change(DRUGS.format("small")).status_code == 201
        assert_refused(change(DRUGS.format("one") + DRUGS.format("two")), 413, "change_quads_max")
        assert kg.revision == 2


def test_a_table_of_claims_has_a_limit_of_rows_and_is_refused_before_any_is_looked_up(
    ontology_alone: Path, tmp_path: Path
) -> None:
    with writable(ontology_alone, tmp_path, claims_rows_max=2) as (kg, _):
        token = Tokens(tmp_path).create("table", [Scope.PUBLISH], None)
        with TestClient(build_app(kg), headers={"Authorization": f"Bearer {token}"}) as client:
            for count, status in ((2, 422), (3, 413)):
                table = "subject,predicate,object\n" + "nothing,at,all\n" * count
                answers = [
                    client.post("/claims", content=table, headers={"Content-Type": "text/csv"}),
                    client.post("/claims", json=[{"subject": "nothing"}] * count),
                ]
                assert [answer.status_code for answer in answers] == [status] * 2
            for answer in answers:
                assert_refused(answer, 413, "claims_rows_max")
        assert kg.revision == 1


def test_a_message_has_a_limit_of_characters(ontology_alone: Path, tmp_path: Path) -> None:
    with writable(ontology_alone, tmp_path, change_message_characters_max=10) as (kg, change):
        refused = change(DRUGS.format("small"), message="a" * 11)
        assert_refused(refused, 422, "change_message_characters_max")
        assert change(DRUGS.format("small"), message="a" * 10).status_code == 201
        assert kg.revision == 2


def test_a_change_that_touches_too_much_wants_full_validation(ontology_alone: Path, tmp_path: Path) -> None:
    with writable(ontology_alone, tmp_path, change_pairs_max=40) as (kg, change):
        assert change(DRUGS.format("small")).status_code == 201
        refused = change("".join(DRUGS.format(f"drug-{number}") for number in range(10)))
        assert_refused(refused, 413, "change_pairs_max")
        assert "Full validation required" in refused.json()["detail"]
        assert kg.revision == 2


def test_a_change_waits_for_its_turn_only_so_long(ontology_alone: Path, tmp_path: Path) -> None:
    with writable(ontology_alone, tmp_path, change_seconds_max=0.2) as (kg, change):
        kg.gate.prepare()
        with kg.gate.turn():
            refused = change(DRUGS.format("late"))
        assert_refused(refused, 503, "change_seconds_max")
        assert refused.json()["title"] == "Others come first"
        assert int(refused.headers["Retry-After"]) >= 1
        assert change(DRUGS.format("late")).status_code == 201


def test_the_past_is_told_only_so_far_back(ontology_alone: Path, tmp_path: Path) -> None:
    with writable(ontology_alone, tmp_path, revision_distance_max=1) as (kg, change):
        assert change(DRUGS.format("one")).status_code == 201
        assert change(DRUGS.format("two")).status_code == 201
        assert kg.past.at(2).state.revision == 2
        with pytest.raises(TooLarge, match="ALSKG_REVISION_DISTANCE_MAX"):
            kg.past.at(1)


def test_kept_answers_take_only_so_much_memory(kg: KnowledgeGraph) -> None:
    most = 200_000
    with serving(kg, Settings(cache_bytes_max=most), keeping=True) as client:
        cache = cast("Application", client.app).front.cache
        for number in range(200):
            answer = client.get("/sparql", params={"query": f"SELECT * {{ ?s ?p ?o }} LIMIT {number}"})
            assert answer.status_code == 200
            assert cache.bytes <= most
        assert 0 < len(cache) < 200
        assert cache.evicted > 0
        assert_works(client)


def test_a_cache_of_no_bytes_keeps_nothing(kg: KnowledgeGraph) -> None:
    with serving(kg, Settings(cache_bytes_max=0), keeping=True) as client:
        tags = {client.get("/drugs/riluzole").headers["etag"] for _ in range(3)}
        assert len(tags) == 1
        assert len(cast("Application", client.app).front.cache) == 0


@pytest.mark.parametrize(
    ("limit", "headers"),
    [("requests_per_minute_max", {}), ("token_requests_per_minute_max", {"Authorization": "Bearer nonsense"})],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_asks_too_often_waits(kg: KnowledgeGraph, limit: str, headers: dict[str, str], method: str) -> None:
    settings = Settings(**{limit: 3})  # type: ignore[arg-type]
    with serving(kg, settings, keeping=True) as client:
        far = TestClient(client.app, client=("203.0.113.7", 1), raise_server_exceptions=False)
        answers = [far.request(method, "/sparql", params={"query": LIGHT}, headers=headers) for _ in range(4)]
        assert all(answer.status_code != 429 for answer in answers[:3])
        assert_refused(answers[3], 429, limit)
        assert 1 <= int(answers[3].headers["Retry-After"]) <= 20
        assert "q=3;w=60" in answers[3].headers["RateLimit-Policy"]
        assert "r=0;" in answers[3].headers["RateLimit"]
        # Nobody else is meant.
        other = TestClient(client.app, client=("203.0.113.8", 1), raise_server_exceptions=False)
        assert other.get("/health").status_code == 200


def propose(change: Callable[..., Response], name: str) -> Response:
    return change(DRUGS.format(name), url="/changes?propose=true")


def test_so_many_proposals_may_wait_for_a_decision(ontology_alone: Path, tmp_path: Path) -> None:
    with writable(ontology_alone, tmp_path, proposals_open_max=2) as (kg, change):
        assert [propose(change, name).status_code for name in ("one", "two")] == [202, 202]
        assert_refused(propose(change, "three"), 503, "proposals_open_max")
        assert propose(change, "three").json()["title"] == "Others come first"
        assert len(proposals(kg)) == 2
        decline(kg, 1, "ana")
        assert propose(change, "three").json()["proposal"] == 3
        assert_refused(propose(change, "four"), 503, "proposals_open_max")
        assert change(DRUGS.format("four")).status_code == 201


def test_a_proposal_has_a_limit_of_bytes(ontology_alone: Path, tmp_path: Path) -> None:
    with writable(ontology_alone, tmp_path, proposal_bytes_max=600) as (kg, change):
        assert propose(change, "small").status_code == 202
        assert_refused(propose(change, "large-" + 80 * "x"), 413, "proposal_bytes_max")
        assert [proposal.number for proposal in proposals(kg)] == [1]


def test_a_proposal_has_so_many_comments(ontology_alone: Path, tmp_path: Path) -> None:
    with writable(ontology_alone, tmp_path, proposal_comments_max=2) as (kg, change):
        assert propose(change, "one").status_code == 202
        url = "/proposals/1/comments"
        assert [change("", url=url, message=said).status_code for said in ("One.", "Two.")] == [201, 201]
        assert_refused(change("", url=url, message="Three."), 413, "proposal_comments_max")
        # What goes with the decision isn't lost.
        assert [said.text for said in decline(kg, 1, "ana", "No.").comments] == ["One.", "Two.", "No."]


@contextmanager
def browsers(kg: KnowledgeGraph, settings: Settings) -> Iterator[tuple[TestClient, TestClient]]:
    """Two browsers of one server that nobody is signed in with yet."""
    with serving(kg, settings) as client:
        one, other = (TestClient(client.app, follow_redirects=False) for _ in range(2))
        yield one, other


def sign_in(browser: TestClient, directory: Path) -> None:
    token = Tokens(directory).create(f"person-{len(Tokens(directory).list())}", [Scope.CURATE], None)
    assert browser.post("/curate/sign-in", data={"token": token}).status_code == 303


def is_signed_in(browser: TestClient) -> bool:
    """Whether a door of the desk opens, instead of leading to the entrance."""
    return browser.get("/curate/proposals", headers={"Accept": "text/html"}).status_code == 200


def test_where_one_more_signs_in_the_oldest_session_ends(kg: KnowledgeGraph, tmp_path: Path) -> None:
    with browsers(kg, Settings(data_dir=tmp_path, sessions_max=1)) as (first, second):
        sign_in(first, tmp_path)
        assert (is_signed_in(first), is_signed_in(second)) == (True, False)
        sign_in(second, tmp_path)
        assert (is_signed_in(first), is_signed_in(second)) == (False, True)
        # Who was signed out may come again.
        sign_in(first, tmp_path)
        assert (is_signed_in(first), is_signed_in(second)) == (True, False)


def test_nobody_stays_signed_in_for_longer_than_a_session_lasts(kg: KnowledgeGraph, tmp_path: Path) -> None:
    with browsers(kg, Settings(data_dir=tmp_path, session_seconds_max=0.5)) as (browser, _):
        sign_in(browser, tmp_path)
        assert browser.cookies
        until(lambda: not is_signed_in(browser))
        assert browser.get("/health").status_code == 200


def test_of_the_forms_of_a_session_the_latest_are_kept_up_to_a_number_and_a_size() -> None:
    sheets = Sheets(Settings(session_forms_max=2, session_characters_max=10))
    one, two = Sheet({"a": ["1"]}), Sheet({"a": ["2"]})
    assert [sheets.keep("claim", number, one) for number in ("1", "2", "3")] == [True] * 3
    assert [sheets.of("claim", number) for number in ("1", "2", "3")] == [None, one, one]
    assert sheets.keep("claim", "2", two)
    assert [sheets.of("claim", number) for number in ("2", "3")] == [two, one]
    assert sheets.of("turtle", "2") is None
    assert sheets.keep("claim", "4", Sheet({"a": ["123456789"]}))
    assert [sheets.of("claim", number) for number in ("2", "3")] == [None, None]
    assert not sheets.keep("claim", "5", Sheet({"a": ["1234567890"]}))
    # One that can't be kept takes no other along.
    assert sheets.of("claim", "4")


def test_files_are_made_a_few_at_a_time_and_nobody_else_waits(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    making, most, lock = [0], [0], threading.Lock()

    def make(_: KnowledgeGraph) -> bytes:
        with lock:
            making[0] += 1
            most[0] = max(most[0], making[0])
        time.sleep(0.2)
        with lock:
            making[0] -= 1
        return b"x"

    monkeypatch.setattr(doors, "dump_called", lambda kg, name: Dump(name, "", CSV, make))
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(client.get, f"/dumps/{number}") for number in range(6)]
        assert client.get("/health").status_code == 200
        assert [answer.result().content for answer in answers] == [b"x"] * 6
    assert most == [2]


LIMITS = {
    "requests_per_minute_max": test_who_asks_too_often_waits,
    "token_requests_per_minute_max": test_who_asks_too_often_waits,
    "cache_bytes_max": test_kept_answers_take_only_so_much_memory,
    "queries_waiting_max": test_a_queue_that_is_too_long_refuses_at_once,
    "query_seconds_max": test_a_query_that_runs_too_long_is_ended,
    "query_memory_bytes_max": test_a_query_that_needs_too_much_memory_is_ended,
    "query_bytes_max": test_the_text_of_a_query_has_a_limit,
    "answer_rows_max": test_rows_are_counted_in_every_format,
    "answer_bytes_max": test_an_answer_that_is_too_large_is_refused,
    "queries_per_client_max": test_the_queries_of_one_client_have_a_limit,
    "request_head_seconds_max": test_a_head_that_does_not_end_is_not_waited_for,
    "request_body_seconds_max": test_a_body_that_does_not_end_is_not_waited_for,
    "request_head_bytes_max": test_the_head_of_a_request_has_a_limit,
    "request_body_bytes_max": test_the_body_of_a_request_has_a_limit,
    "change_bytes_max": test_a_change_has_a_limit_of_bytes,
    "change_quads_max": test_a_change_has_a_limit_of_quads,
    "claims_rows_max": test_a_table_of_claims_has_a_limit_of_rows_and_is_refused_before_any_is_looked_up,
    "change_message_characters_max": test_a_message_has_a_limit_of_characters,
    "change_pairs_max": test_a_change_that_touches_too_much_wants_full_validation,
    "change_seconds_max": test_a_change_waits_for_its_turn_only_so_long,
    "proposals_open_max": test_so_many_proposals_may_wait_for_a_decision,
    "proposal_bytes_max": test_a_proposal_has_a_limit_of_bytes,
    "proposal_comments_max": test_a_proposal_has_so_many_comments,
    "sessions_max": test_where_one_more_signs_in_the_oldest_session_ends,
    "session_seconds_max": test_nobody_stays_signed_in_for_longer_than_a_session_lasts,
    "session_forms_max": test_of_the_forms_of_a_session_the_latest_are_kept_up_to_a_number_and_a_size,
    "session_characters_max": test_of_the_forms_of_a_session_the_latest_are_kept_up_to_a_number_and_a_size,
    "dumps_at_once_max": test_files_are_made_a_few_at_a_time_and_nobody_else_waits,
    "revision_distance_max": test_the_past_is_told_only_so_far_back,
    "batch_ids_max": test_a_batch_has_a_limit,
    "page_items_max": test_a_page_has_a_limit,
    "search_results_max": test_a_search_has_a_limit,
}


def test_every_limit_has_a_test_here() -> None:
    limits = {knob.name for knob in fields(Settings) if knob.name.endswith("_max")}
    assert set(LIMITS) == limits, "Write a test that passes the limit, and name it in LIMITS."
