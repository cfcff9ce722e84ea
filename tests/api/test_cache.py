"""Answers that are kept: what they say of themselves, when they are sent again, and that no change is ever missed."""

import asyncio
import gzip
import re
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from alskg.access import Scope, Tokens
from alskg.knowledge_graph import KnowledgeGraph
from alskg.settings import Settings
from alskg.web.app import Application, build_app
from alskg.web.front import Front

from ..extent import sampled

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DRUG = 'drug:{} a als:Drug ; rdfs:label "{}"@en ; skos:definition "A drug for tests."@en .'
SELECT = "SELECT ?s WHERE { ?s a <https://w3id.org/alskg/ontology/Drug> } ORDER BY ?s"
NAMES = "SELECT ?label WHERE { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?label } ORDER BY ?label"


class Graph:
    """A graph of one's own, who may write it, and a client that sends nothing by itself."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        self.kg = KnowledgeGraph.open(replace(Settings(), data_dir=directory, **settings))
        self.app: Application = build_app(self.kg)
        self.client = TestClient(self.app, raise_server_exceptions=False)
        # httpx asks for compressed answers of its own accord.
        del self.client.headers["accept-encoding"]
        token = Tokens(directory).create("ana", [Scope.ADMIN], None)
        self.authorization = {"Authorization": f"Bearer {token}"}
        self._drugs = 0

    def get(self, url: str, **headers: str) -> Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(url, headers=names, follow_redirects=False)

    def change(self) -> int:
        """Adds a drug; the revision after that."""
        self._drugs += 1
        name = f"testol-{self._drugs}"
        answer = self.client.post(
            "/changes", json={"message": "A drug.", "add": DRUG.format(name, name)}, headers=self.authorization
        )
        assert answer.status_code == 201, answer.text
        return int(answer.headers["x-alskg-revision"])

    @property
    def kept(self) -> int:
        return len(self.app.front.cache)

    def keeps(self, ask: Callable[[], Response]) -> bool:
        """Whether the answer is one more that is kept."""
        self.app.front.cache.clear()
        assert ask().status_code < 500
        return self.kept == 1


def said(answer: Response) -> dict[str, str]:
    """The headers of an answer, but for the one that names the request."""
    return {name: value for name, value in answer.headers.items() if name != "x-request-id"}


@pytest.fixture
def another(filled: Callable[[Path], Path], tmp_path: Path) -> Iterator[Callable[..., Graph]]:
    """`another(setting=...)` is a graph for one test; it takes its processes along."""
    made: list[Graph] = []

    def make(**settings: Any) -> Graph:
        made.append(Graph(tmp_path if "root" in settings else filled(tmp_path), **settings))
        return made[-1]

    yield make
    for one in made:
        one.kg.close()


@pytest.fixture(scope="module")
def graph(filled: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    made = Graph(filled(tmp_path_factory.mktemp("cache")))
    with made.client:
        yield made


READ = [
    "/",
    "/context.jsonld",
    "/openapi.json",
    "/.well-known/void",
    "/graph",
    "/graphs?default",
    "/ontology",
    "/ontology/Drug",
    "/vocabularies",
    "/queries",
    "/queries?format=turtle",
    "/queries/drugs-for-a-symptom?symptom=dysphagia",
    "/queries/drugs-for-a-symptom?symptom=dysphagia&format=csv",
    "/mappings",
    "/mappings/drug-symptom",
    "/mappings/drug-symptom?format=csv",
    "/drugs",
    "/drugs?format=csv",
    "/drugs?limit=3&format=turtle",
    "/drugs/riluzole",
    "/drugs/riluzole?format=turtle",
    "/drugs/riluzole?format=html",
    "/drugs/riluzole?revision=1",
    "/drugs/riluzole/mechanisms",
    "/search?q=rilu",
    "/resolve/CHEBI:8863?format=json",
    "/changes",
    "/sparql",
    "/sparql?format=html",
    f"/sparql?query={SELECT}",
    f"/sparql?query={SELECT}&format=csv",
]


# What an answer says of itself


@pytest.mark.parametrize("url", READ)
def test_what_can_be_read_has_a_tag_and_says_how_it_may_be_kept(graph: Graph, url: str) -> None:
    answer = graph.get(url)
    if answer.status_code == 303:
        assert answer.headers["cache-control"] == "no-cache"
        return
    assert answer.status_code == 200
    revision = answer.headers["x-alskg-revision"]
    assert answer.headers["etag"].startswith(f'"{revision}-')
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize("url", READ)
def test_what_is_sent_again_is_what_was_sent(graph: Graph, url: str) -> None:
    first, second = graph.get(url), graph.get(url)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert said(first) == said(second)


@pytest.mark.parametrize("url", READ)
def test_who_has_it_already_is_told_so(graph: Graph, url: str) -> None:
    whole = graph.get(url)
    if whole.status_code == 303:
        return
    again = graph.get(url, If_None_Match=whole.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    kept = ("etag", "vary", "cache-control", "x-alskg-revision", "access-control-allow-origin")
    assert [again.headers[name] for name in kept] == [whole.headers[name] for name in kept]
    assert not {"content-type", "content-length", "content-encoding"} & set(again.headers)


@pytest.mark.parametrize("url", READ)
def test_head_is_get_without_the_content(graph: Graph, url: str) -> None:
    whole, head = graph.get(url), graph.client.head(url, follow_redirects=False)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert said(head) == said(whole)


@pytest.mark.parametrize("url", READ)
def test_head_before_get_makes_no_difference(graph: Graph, url: str) -> None:
    graph.app.front.cache.clear()
    head, whole = graph.client.head(url, follow_redirects=False), graph.get(url)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert said(head) == said(whole)


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ('"{tag}"', 304),
        ('W/"{tag}"', 304),
        ('"1-0", "{tag}"', 304),
        ('"1-0" , W/"{tag}","2-0"', 304),
        ("*", 304),
        ('"1-0"', 200),
        ('"{tag}-gzip"', 200),
        ('"{revision}"', 200),
        ("{tag}", 200),
        ("", 200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_if_none_match(graph: Graph, method: str, condition: str, status: int) -> None:
    headers = graph.get("/drugs/riluzole").headers
    told = condition.format(tag=headers["etag"].strip('"'), revision=headers["x-alskg-revision"])
    answer = graph.client.request(method, "/drugs/riluzole", headers={"If-None-Match": told})
    assert answer.status_code == status
    assert bool(answer.content) == (status == 200 and method == "GET")


@pytest.mark.parametrize(
    ("condition", "status"), [('"{tag}"', 200), ('"1-0", "{tag}"', 200), ("*", 200), ('W/"{tag}"', 412), ('"1-0"', 412)]
)
def test_if_match_of_who_reads(graph: Graph, condition: str, status: int) -> None:
    tag = graph.get("/drugs/riluzole").headers["etag"].strip('"')
    answer = graph.get("/drugs/riluzole", If_Match=condition.format(tag=tag))
    assert answer.status_code == status
    assert status == 200 or answer.json()["status"] == 412


@pytest.mark.parametrize(
    ("encodings", "coding", "decode"),
    [
        ("gzip", "gzip", gzip.decompress),
        ("zstd", "zstd", zstd.decompress),
        ("gzip, deflate, br, zstd", "zstd", zstd.decompress),
        ("br", None, bytes),
        ("identity", None, bytes),
        ("identity;q=0, gzip;q=0.1", "gzip", gzip.decompress),
    ],
)
def test_an_answer_comes_in_the_coding_that_is_liked_best(
    graph: Graph, encodings: str, coding: str | None, decode: Callable[[bytes], bytes]
) -> None:
    plain = graph.get("/mappings/drug-symptom")
    for _ in range(2):
        with graph.client.stream("GET", "/mappings/drug-symptom", headers={"Accept-Encoding": encodings}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["content-length"] == str(len(raw))
        assert decode(raw) == plain.content
        assert (answer.headers["etag"] == plain.headers["etag"]) is (coding is None)
    same = graph.get("/mappings/drug-symptom", If_None_Match=answer.headers["etag"], Accept_Encoding=encodings)
    assert same.status_code == 304
    other = graph.get("/mappings/drug-symptom", If_None_Match=answer.headers["etag"], Accept_Encoding="deflate")
    assert other.status_code == (304 if coding is None else 200)


def test_codings_have_tags_of_their_own(graph: Graph) -> None:
    tags = {graph.get("/drugs", Accept_Encoding=coding).headers["etag"] for coding in ("gzip", "zstd", "identity")}
    assert len(tags) == 3


def test_what_fits_in_a_packet_is_sent_as_it_is(graph: Graph) -> None:
    answer = graph.get("/sparql?query=ASK{?s ?p ?o}", Accept_Encoding="gzip, zstd")
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert "content-encoding" in graph.get("/sparql?query=ASK{?s ?p ?o}", Accept_Encoding="identity;q=0,gzip").headers


def test_who_takes_no_coding_at_all_is_told_which_there_are(graph: Graph) -> None:
    answer = graph.get("/drugs", Accept_Encoding="br, *;q=0")
    assert answer.status_code == 406
    assert "gzip" in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_formats_have_tags_of_their_own(graph: Graph) -> None:
    found = [graph.get("/drugs/riluzole", Accept=accept).headers for accept in ("application/json", "text/turtle")]
    assert found[0]["etag"] != found[1]["etag"]


@pytest.mark.parametrize("accepts", [["text/turtle", "text/html;q=0.1"], ["text/html;q=0.1", "text/turtle"]])
def test_an_accept_in_two_lines_is_one(graph: Graph, accepts: list[str]) -> None:
    graph.get("/drugs/riluzole", Accept="text/html;q=0.1")
    answer = graph.client.get("/drugs/riluzole", headers=[("Accept", accept) for accept in accepts])
    assert answer.headers["content-type"].startswith("text/turtle")


def test_every_answer_may_be_read_from_every_origin(graph: Graph) -> None:
    graph.app.front.cache.clear()
    without, with_ = graph.get("/drugs"), graph.get("/drugs", Origin="https://example.org", Cookie="a=b")
    assert without.headers["access-control-allow-origin"] == with_.headers["access-control-allow-origin"] == "*"
    assert without.headers["vary"] == with_.headers["vary"]
    assert graph.get("/nothing").headers["access-control-allow-origin"] == "*"


# What is kept, and what isn't


VOLATILE = ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()", "now ( )", "\\u004eOW()"]


@pytest.mark.parametrize("call", VOLATILE)
@pytest.mark.parametrize("by_post", [False, True])
def test_what_depends_on_clock_or_chance_is_never_kept(graph: Graph, call: str, by_post: bool) -> None:
    query = f"SELECT (STR({call}) AS ?x) {{}}" if "BNODE" not in call else f"SELECT (ISBLANK({call}) AS ?x) {{}}"

    def ask() -> Response:
        return graph.client.post("/sparql", data={"query": query}) if by_post else sparql(graph, query)

    assert not graph.keeps(ask)
    answer = ask()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


def sparql(graph: Graph, query: str, **headers: str) -> Response:
    return graph.client.get("/sparql", params={"query": query}, headers=headers)


@pytest.mark.parametrize(
    "query",
    [
        'SELECT ("NOW()" AS ?x) {}',
        "SELECT ?now { ?now ?rand ?uuid } ORDER BY ?now LIMIT 1 # RAND()",
        "ASK { <http://example.org/NOW()> ?p ?o }",
        "PREFIX now: <http://example.org/> ASK { now:RAND ?p 'UUID()' }",
        "CONSTRUCT { _:x ?p ?o } WHERE { ?s ?p ?o } LIMIT 1",
    ],
)
def test_a_name_or_a_text_is_no_call(graph: Graph, query: str) -> None:
    assert graph.keeps(lambda: sparql(graph, query))


@pytest.mark.parametrize(
    ("method", "url", "how"),
    [
        ("GET", "/drugs", {"headers": {"Authorization": "Bearer nonsense"}}),
        ("GET", "/drugs", {"headers": {"Authorization": ""}}),
        ("GET", "/drugs", {"headers": {"Cookie": "theme=dark; alskg_session=nonsense"}}),
        ("GET", "/nothing", {}),
        ("GET", "/drugs/nothing", {}),
        ("GET", "/drugs?nothing=1", {}),
        ("GET", "/drugs?format=nothing", {}),
        ("GET", "/sparql?query=SELECT", {}),
        ("GET", "/drugs/riluzole?revision=999", {}),
        ("GET", "/resolve/CHEBI:8863", {}),
        ("GET", "/health", {}),
        ("GET", "/proposals", {}),
        ("OPTIONS", "/drugs", {}),
        ("POST", "/sparql", {"data": {"update": "CLEAR ALL"}}),
        ("POST", "/sparql", {"content": "CLEAR ALL", "headers": {"Content-Type": "application/sparql-update"}}),
        ("POST", "/sparql?update=CLEAR+ALL", {"content": "ASK{}", "headers": {"Content-Type": "text/plain"}}),
        ("POST", "/changes?dry_run=true", {"json": {"add": DRUG.format("a", "a")}}),
        ("PUT", "/graphs?default", {"content": ""}),
    ],
)
def test_nothing_is_kept_of(graph: Graph, method: str, url: str, how: dict[str, Any]) -> None:
    assert not graph.keeps(lambda: graph.client.request(method, url, follow_redirects=False, **how))


@pytest.mark.parametrize(
    ("status", "url", "control"),
    [
        (404, "/nothing", "no-store"),
        (400, "/sparql?query=SELECT", "no-store"),
        (303, "/resolve/CHEBI:8863", "no-cache"),
        (200, "/health", "no-store"),
        (401, "/proposals", "no-store"),
    ],
)
def test_what_isnt_kept_here_is_not_kept_elsewhere(graph: Graph, status: int, url: str, control: str) -> None:
    answer = graph.get(url)
    assert (answer.status_code, answer.headers["cache-control"]) == (status, control)
    assert "etag" not in answer.headers


def test_who_shows_a_token_gets_an_answer_of_his_own(graph: Graph) -> None:
    anybody = graph.get("/drugs/riluzole")
    mine = graph.client.get("/drugs/riluzole", headers=graph.authorization)
    assert mine.headers["cache-control"] == "private, no-cache"
    assert (mine.content, mine.headers["etag"]) == (anybody.content, anybody.headers["etag"])
    told = graph.client.get("/drugs/riluzole", headers={**graph.authorization, "If-None-Match": mine.headers["etag"]})
    assert told.status_code == 304


POSTS: list[dict[str, Any]] = [
    {"data": {"query": SELECT}},
    {"content": SELECT, "headers": {"Content-Type": "application/sparql-query"}},
    {"content": SELECT, "headers": {"Content-Type": "Application/SPARQL-Query ; charset=utf-8"}},
]


@pytest.mark.parametrize("how", POSTS)
def test_a_query_by_post_is_kept_as_well(graph: Graph, how: dict[str, Any]) -> None:
    assert graph.keeps(lambda: graph.client.post("/sparql", **how))
    first = graph.client.post("/sparql", **how)
    assert first.content == sparql(graph, SELECT).content
    assert first.headers["x-alskg-revision"] == str(graph.kg.revision)
    # What a tag names is what GET gives of the address.
    assert "etag" not in first.headers
    assert "content-encoding" in graph.client.post("/sparql", **how, params={"format": "xml"}).headers or True


def test_queries_by_post_are_told_apart(graph: Graph) -> None:
    def ask(body: str, kind: str = "application/sparql-query", accept: str = "text/csv") -> str:
        answer = graph.client.post("/sparql", content=body, headers={"Content-Type": kind, "Accept": accept})
        return answer.text if answer.status_code == 200 else str(answer.status_code)

    assert ask("SELECT (1 AS ?x) {}") == "x\r\n1\r\n"
    assert ask("SELECT (2 AS ?x) {}") == "x\r\n2\r\n"
    assert ask("SELECT (1 AS ?x) {}", accept="text/tab-separated-values") == "?x\n1\n"
    assert ask("SELECT (1 AS ?x) {}", kind="application/x-www-form-urlencoded") == "400"
    assert ask("query=SELECT (1 AS ?x) {}", kind="application/x-www-form-urlencoded") == "x\r\n1\r\n"


def test_a_body_too_long_to_keep_is_answered_all_the_same(another: Callable[..., Graph]) -> None:
    graph = another(query_bytes_max=500)
    long = "ASK { ?s ?p ?o }" + " " * 3_000
    answer = graph.client.post("/sparql", content=long, headers={"Content-Type": "application/sparql-query"})
    assert (answer.status_code, answer.json()["limit"]) == (413, "query_bytes_max")
    graphs = ["https://w3id.org/alskg/graphs/data/things/drugs"] * 80
    form = {"query": "ASK { ?s ?p ?o }", "default-graph-uri": graphs}
    assert graph.client.post("/sparql", data=form).json()["boolean"] is True
    assert graph.kept == 0


def test_the_address_that_was_called_is_part_of_the_question(graph: Graph) -> None:
    texts = [graph.get("/sparql", Host=host).text for host in ("a.example.org", "b.example.org")]
    assert ["//a.example.org" in texts[0], "//b.example.org" in texts[1]] == [True, True]


def test_no_door_reads_a_header_that_the_question_leaves_out() -> None:
    doors = Path(__file__).parents[2] / "src" / "alskg" / "web"
    used = {
        name
        for file in doors.glob("*.py")
        for name in re.findall(r"headers\.get(?:list)?\(\"([a-z-]+)\"|headers\[\"([a-z-]+)\"\]", file.read_text())
        for name in name
        if name
    }
    known = {"accept", "authorization", "content-encoding", "content-type", "content-length", "host"}
    of_writes = {"if-match", "if-none-match", "origin", "sec-fetch-site"}
    assert used <= known | of_writes, "Make it a part of the question in web/asked.py."


# A change is never missed


def whole(answer: Response) -> tuple[int, bytes]:
    return answer.status_code, answer.content


@pytest.mark.parametrize("url", sampled(READ, 10))
def test_after_a_change_every_address_answers_as_if_nothing_had_been_kept(graph: Graph, url: str) -> None:
    graph.get(url)
    revision = graph.change()
    after = graph.get(url)
    graph.app.front.cache.clear()
    fresh = graph.get(url)
    assert whole(after) == whole(fresh)
    assert said(after) == said(fresh)
    if after.status_code == 200 and "revision=" not in url:
        assert after.headers["x-alskg-revision"] == str(revision)


def test_who_wrote_reads_what_he_wrote_at_once(graph: Graph) -> None:
    for _ in range(5):
        query = NAMES + " # by another text each time it would prove nothing"
        before = [graph.get("/drugs").json()["total"], len(sparql(graph, query).json()["results"]["bindings"])]
        graph.change()
        after = [graph.get("/drugs").json()["total"], len(sparql(graph, query).json()["results"]["bindings"])]
        assert after == [before[0] + 1, before[1] + 1]


def test_a_change_of_the_ontology_is_seen_at_once(ontology_alone: Path, another: Callable[..., Graph]) -> None:
    graph = another(root=ontology_alone)
    assert "testTerm" not in graph.get("/context.jsonld").text
    term = """als:TestTerm a owl:Class, sh:NodeShape ; rdfs:label "test term"@en ; skos:definition "A test."@en ;
        rdfs:subClassOf als:Thing ; als:pluralLabel "test terms"@en ."""
    change = {"message": "A class.", "add": "GRAPH <https://w3id.org/alskg/graphs/ontology/alskg> { " + term + " }"}
    answer = graph.client.post("/changes", json=change, headers=graph.authorization)
    if answer.status_code == 201:
        assert "TestTerm" in graph.get("/context.jsonld").text
        return
    pytest.fail(answer.text)


def test_a_proposal_is_seen_although_it_makes_no_revision(graph: Graph) -> None:
    def listed() -> int:
        return int(graph.client.get("/proposals", headers=graph.authorization).json()["total"])

    before = listed()
    proposal = {"message": "A drug.", "add": DRUG.format("proposol", "proposol")}
    answer = graph.client.post("/changes?propose=true", json=proposal, headers=graph.authorization)
    assert answer.status_code == 202
    assert listed() == before + 1


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
@pytest.mark.parametrize("accept", ["application/json", "text/turtle", "text/html"])
def test_a_change_may_rest_on_the_tag_of_what_was_looked_at(graph: Graph, coding: str, accept: str) -> None:
    def put(tag: str) -> int:
        headers = {**graph.authorization, "If-Match": tag}
        sent = {"definition": f"A glutamate release inhibitor ({accept}, {coding})."}
        return int(graph.client.patch("/drugs/riluzole?message=A+definition.", json=sent, headers=headers).status_code)

    tag = graph.get("/drugs/riluzole", Accept_Encoding=coding, Accept=accept).headers["etag"]
    assert put(tag) in (200, 201)
    assert put(tag) == 412
    assert put(f'"1-0", {graph.get("/drugs/riluzole").headers["etag"]}') in (200, 201)


def test_a_lifetime_for_others_may_be_set(another: Callable[..., Graph]) -> None:
    graph = another(client_cache_seconds=60)
    assert graph.get("/drugs").headers["cache-control"] == "public, max-age=60"
    assert graph.client.get("/drugs", headers=graph.authorization).headers["cache-control"] == "private, no-cache"
    assert graph.get("/health").headers["cache-control"] == "no-store"


# Many at once


class Door:
    """An application of one's own behind the front, which counts how often it is asked and answers when it may."""

    def __init__(self, kg: KnowledgeGraph, answer: Callable[["Door", Any], Awaitable[None]]) -> None:
        self.asked = 0
        self.may_answer = asyncio.Event()
        self.front = Front(self, kg)
        self._answer = answer

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        await self.may_answer.wait()
        await self._answer(self, send)

    async def get(self, received: list[Any] | None = None, **headers: str) -> tuple[int, bytes]:
        """What a client is sent."""
        sent: list[Any] = [] if received is None else received

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        names = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "GET", "path": "/x", "query_string": b"", "scheme": "http", "headers": names}
        await self.front(scope, receive, send)
        body = b"".join(message.get("body", b"") for message in sent)
        return sent[0]["status"] if sent else 0, body


async def start(send: Any, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})


async def number(door: Door, send: Any) -> None:
    await start(send)
    await send({"type": "http.response.body", "body": b"%d" % door.asked})


async def own_number(door: Door, send: Any) -> None:
    mine = door.asked
    await start(send, 200, (b"cache-control", b"no-store"))
    await send({"type": "http.response.body", "body": b"%d" % mine})


async def refusal(door: Door, send: Any) -> None:
    await start(send, 503)
    await send({"type": "http.response.body", "body": b"%d" % door.asked})


async def pieces(door: Door, send: Any) -> None:
    await start(send)
    for _ in range(3):
        await send({"type": "http.response.body", "body": b"piece", "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def half(door: Door, send: Any) -> None:
    await start(send)
    await send({"type": "http.response.body", "body": b"piece", "more_body": True})
    raise ConnectionError


async def too_many_once(door: Door, send: Any) -> None:
    if door.asked > 1:
        await number(door, send)
    else:
        await start(send, 429)
        await send({"type": "http.response.body", "body": b"too many"})


async def nothing_once(door: Door, send: Any) -> None:
    if door.asked > 1:
        await number(door, send)


async def at_once(door: Door, count: int) -> list[tuple[int, bytes] | BaseException]:
    tasks = [asyncio.create_task(door.get()) for _ in range(count)]
    await asyncio.sleep(0)
    door.may_answer.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize(
    ("answer", "asked", "later"),
    [(number, 1, 1), (refusal, 1, 2), (own_number, 20, 21), (pieces, 20, 20), (half, 20, 21)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_many_who_ask_the_same_at_once_are_one(
    kg: KnowledgeGraph, answer: Callable[[Door, Any], Awaitable[None]], asked: int, later: int
) -> None:
    async def run() -> None:
        door = Door(kg, answer)
        answers = await at_once(door, 20)
        assert door.asked == asked
        if answer is own_number:
            assert len(set(map(str, answers))) == 1 or len(answers) == 20
        elif answer is not half:
            assert len(set(map(str, answers))) == 1
        # What was whole is kept, what was refused or broken off isn't.
        await asyncio.gather(door.get(), return_exceptions=True)
        assert door.asked == later

    asyncio.run(run())


@pytest.mark.parametrize(
    ("answer", "first"), [(nothing_once, (0, b"")), (too_many_once, (429, b"too many"))], ids=["left", "refused"]
)
def test_when_the_first_goes_away_another_takes_its_place(
    kg: KnowledgeGraph, answer: Callable[[Door, Any], Awaitable[None]], first: tuple[int, bytes]
) -> None:
    async def run() -> None:
        door = Door(kg, answer)
        answers = await at_once(door, 20)
        assert door.asked == 2
        assert answers == [first, *[(200, b"2")] * 19]

    asyncio.run(run())


def test_one_who_gives_up_takes_nobody_along(kg: KnowledgeGraph) -> None:
    async def run() -> None:
        door = Door(kg, number)
        tasks = [asyncio.create_task(door.get()) for _ in range(5)]
        await asyncio.sleep(0)
        tasks[3].cancel()
        await asyncio.sleep(0)
        door.may_answer.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert [str(a) for a in answers if not isinstance(a, asyncio.CancelledError)] == ["(200, b'1')"] * 4

    asyncio.run(run())


def test_who_asks_after_a_change_doesnt_get_what_was_asked_before(another: Callable[..., Graph]) -> None:
    graph = another()

    async def run() -> None:
        door = Door(graph.kg, number)
        early = asyncio.create_task(door.get())
        await asyncio.sleep(0)
        await asyncio.to_thread(graph.change)
        late = asyncio.create_task(door.get())
        await asyncio.sleep(0)
        assert door.asked == 2
        door.may_answer.set()
        await asyncio.gather(early, late)
        # The early one was overtaken; the late one is kept.
        assert await door.get() == (200, b"2")
        assert door.asked == 2

    with graph.client:
        asyncio.run(run())


def test_a_long_answer_leaves_piece_by_piece_and_is_whole_the_next_time(kg: KnowledgeGraph) -> None:
    async def run() -> None:
        door = Door(kg, pieces)
        door.may_answer.set()
        first: list[Any] = []
        second: list[Any] = []
        assert await door.get(first) == await door.get(second)
        assert (len(first), len(second), door.asked) == (5, 2, 1)
        assert b"etag" not in dict(first[0]["headers"])
        assert b"etag" in dict(second[0]["headers"])

    asyncio.run(run())


def test_a_thousand_threads_read_what_was_written_before_they_asked(another: Callable[..., Graph]) -> None:
    """Nobody is told an older revision than one that was acknowledged before he asked."""
    graph = another()
    known = [graph.kg.revision]
    wrong: list[str] = []
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            least = known[0]
            told = int(graph.get("/drugs?limit=1").headers["x-alskg-revision"])
            if told < least:
                wrong.append(f"revision {told} after {least} was acknowledged")

    with graph.client:
        readers = [threading.Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for _ in range(10):
            known[0] = graph.change()
        is_over.set()
        for reader in readers:
            reader.join()
    assert wrong == []
