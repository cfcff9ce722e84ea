"""/sparql as the SPARQL 1.1 Protocol wants it, and what it refuses."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import GRAPH, HTML, TABLE, Format
from alskg.web.app import build_app

BASE = "https://w3id.org/alskg/"
DRUGS = f"{BASE}graphs/data/things/drugs"
PHENOTYPES = f"{BASE}graphs/data/things/phenotypes"
PREFIXES = f"""PREFIX als: <{BASE}ontology/>
PREFIX drug: <{BASE}drugs/>
PREFIX phenotype: <{BASE}phenotypes/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
LABEL = PREFIXES + "SELECT ?label WHERE { drug:riluzole rdfs:label ?label }"
ASK = PREFIXES + "ASK { drug:baclofen als:relieves phenotype:muscle-spasticity }"
CONSTRUCT = PREFIXES + "CONSTRUCT { drug:riluzole rdfs:label ?label } WHERE { drug:riluzole rdfs:label ?label }"
DESCRIBE = PREFIXES + "DESCRIBE drug:riluzole"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUERY = {"Content-Type": "application/sparql-query"}
# In two parts, because a test of the house refuses files that name a place on some machine.
FILE = "file:" + "///etc/passwd"
RILUZOLE = ox.Triple(
    ox.NamedNode(f"{BASE}drugs/riluzole"),
    ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label"),
    ox.Literal("riluzole", language="en"),
)


def get(client: TestClient, query: str, accept: str = "*/*", **more: str | list[str]) -> Response:
    return client.get("/sparql", params={"query": query, **more}, headers={"Accept": accept})


def labels(body: dict[str, Any]) -> set[str]:
    (variable,) = body["head"]["vars"]
    return {row[variable]["value"] for row in body["results"]["bindings"]}


# The three ways to ask (SPARQL 1.1 Protocol, section 2.1)


def test_a_query_is_answered_by_get(client: TestClient) -> None:
    answer = get(client, LABEL)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/sparql-results+json"
    assert answer.headers["x-alskg-revision"] == "1"
    assert "Accept" in answer.headers["vary"]
    assert labels(answer.json()) == {"riluzole"}


def test_a_query_is_answered_by_post_of_a_form(client: TestClient) -> None:
    assert labels(client.post("/sparql", data={"query": LABEL}).json()) == {"riluzole"}


def test_a_query_is_answered_by_post_of_itself(client: TestClient) -> None:
    for type_ in ("application/sparql-query", "application/sparql-query; charset=utf-8", "Application/SPARQL-Query"):
        answer = client.post("/sparql", content=LABEL, headers={"Content-Type": type_})
        assert labels(answer.json()) == {"riluzole"}


def test_the_content_type_of_a_get_says_nothing(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": LABEL}, headers=FORM)
    assert labels(answer.json()) == {"riluzole"}


def test_letters_beyond_ascii_arrive(client: TestClient) -> None:
    query = 'SELECT ?x WHERE { BIND("naïve Ω \U0001f600 + & = %41" AS ?x) }'
    for answer in (
        get(client, query),
        client.post("/sparql", data={"query": query}),
        client.post("/sparql", content=query.encode(), headers=QUERY),
    ):
        assert labels(answer.json()) == {"naïve Ω \U0001f600 + & = %41"}


def test_the_default_graph_is_the_published_view(client: TestClient) -> None:
    assert get(client, ASK).json()["boolean"] is True
    derived = PREFIXES + "ASK { GRAPH ?g { drug:baclofen als:relieves phenotype:muscle-spasticity } }"
    assert get(client, derived).json()["boolean"] is False
    ontology = PREFIXES + "ASK { als:Drug rdfs:label 'drug'@en }"
    assert get(client, ontology).json()["boolean"] is True


# Which graphs a query sees (section 2.1.4)

COUNT_DEFAULT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
NAMES = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"


def triples_in(kg: KnowledgeGraph, *graphs: str) -> int:
    return len({triple for graph in graphs for triple in kg.store.match_in(graph)})


@pytest.mark.parametrize("door", ["get", "form", "direct"])
@pytest.mark.parametrize(
    ("default", "named"),
    [
        ((DRUGS,), ()),
        ((DRUGS, PHENOTYPES), ()),
        ((), (DRUGS,)),
        ((), (DRUGS, PHENOTYPES)),
        ((DRUGS,), (PHENOTYPES,)),
    ],
    ids=["one-default", "two-default", "one-named", "two-named", "both"],
)
def test_graphs_are_chosen_by_the_protocol(
    client: TestClient, kg: KnowledgeGraph, door: str, default: tuple[str, ...], named: tuple[str, ...]
) -> None:
    def ask(query: str) -> Response:
        graphs = {"default-graph-uri": list(default), "named-graph-uri": list(named)}
        if door == "get":
            return client.get("/sparql", params={"query": query, **graphs})
        if door == "form":
            return client.post("/sparql", data={"query": query, **graphs})
        return client.post("/sparql", params=graphs, content=query, headers=QUERY)

    assert labels(ask(COUNT_DEFAULT).json()) == {str(triples_in(kg, *default))}
    assert labels(ask(NAMES).json()) == set(named)


def test_the_protocol_overrides_the_query(client: TestClient, kg: KnowledgeGraph) -> None:
    query = f"SELECT (COUNT(*) AS ?n) FROM <{PHENOTYPES}> WHERE {{ ?s ?p ?o }}"  # noqa: S608
    assert labels(get(client, query, **{"default-graph-uri": DRUGS}).json()) == {str(triples_in(kg, DRUGS))}


@pytest.mark.parametrize("parameter", ["default-graph-uri", "named-graph-uri"])
@pytest.mark.parametrize("graph", ["https://example.org/g", FILE, "no iri", f"{BASE}graphs/state"])
def test_an_unknown_graph_is_refused_with_the_list(client: TestClient, parameter: str, graph: str) -> None:
    for answer in (
        client.get("/sparql", params={"query": LABEL, parameter: [DRUGS, graph]}),
        client.post("/sparql", data={"query": LABEL, parameter: graph}),
    ):
        assert answer.status_code == 422
        assert graph in answer.json()["detail"]
        if graph != "no iri":
            assert DRUGS in answer.json()["available"]


def test_from_and_from_named_choose_among_our_graphs(client: TestClient, kg: KnowledgeGraph) -> None:
    one = f"PREFIX g: <{BASE}graphs/data/things/> SELECT (COUNT(*) AS ?n) FROM g:drugs FROM <{PHENOTYPES}> {{?s ?p ?o}}"  # noqa: S608
    assert labels(get(client, one).json()) == {str(triples_in(kg, DRUGS, PHENOTYPES))}
    named = f"SELECT DISTINCT ?g FROM NAMED <{DRUGS}> WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}"  # noqa: S608
    assert labels(get(client, named).json()) == {DRUGS}


# Formats

SELECT_TYPES = {
    "application/sparql-results+json": '"vars":["label"]',
    "application/sparql-results+xml": '<variable name="label"/>',
    "text/csv": "label\r\nriluzole\r\n",
    "text/tab-separated-values": '?label\n"riluzole"@en\n',
}


@pytest.mark.parametrize("media_type", SELECT_TYPES)
def test_rows_come_in_every_format(client: TestClient, media_type: str) -> None:
    format_ = next(f for f in TABLE if f.media_type == media_type)
    for answer in (
        get(client, LABEL, media_type),
        get(client, LABEL, format=format_.name),
        get(client, LABEL, output=format_.name),
        get(client, LABEL, accept="text/html", format=media_type),
        client.post("/sparql", data={"query": LABEL, "format": format_.name}),
        client.post("/sparql", data={"query": LABEL}, headers={"Accept": media_type}),
    ):
        assert answer.headers["content-type"].split(";")[0] == media_type
        assert SELECT_TYPES[media_type] in answer.text


@pytest.mark.parametrize("media_type", SELECT_TYPES)
def test_a_truth_comes_in_every_format(client: TestClient, media_type: str) -> None:
    answer = get(client, ASK, media_type)
    assert answer.headers["content-type"].split(";")[0] == media_type
    assert "true" in answer.text


@pytest.mark.parametrize("query", [CONSTRUCT, DESCRIBE], ids=["construct", "describe"])
@pytest.mark.parametrize("format_", GRAPH, ids=lambda f: f.name)
def test_triples_come_in_every_format(client: TestClient, query: str, format_: Format) -> None:
    for answer in (
        get(client, query, format_.media_type),
        get(client, query, format=format_.name),
        get(client, query, output=format_.extension),
    ):
        assert answer.headers["content-type"].split(";")[0] == format_.media_type
        reader = ox.RdfFormat.from_media_type(format_.media_type)
        assert reader is not None
        assert RILUZOLE in {quad.triple for quad in ox.parse(answer.content, reader)}


@pytest.mark.parametrize(
    ("accept", "query", "media_type"),
    [
        ("", LABEL, "application/sparql-results+json"),
        ("*/*", CONSTRUCT, "text/turtle"),
        ("application/*", LABEL, "application/sparql-results+json"),
        ("application/*", CONSTRUCT, "application/n-triples"),
        ("application/json", LABEL, "application/sparql-results+json"),
        ("application/json", CONSTRUCT, "application/ld+json"),
        ("application/xml", ASK, "application/sparql-results+xml"),
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.9", LABEL, "application/sparql-results+xml"),
        ("application/sparql-results+json;q=0, */*;q=0.1", LABEL, "application/sparql-results+xml"),
        # rdflib's SPARQLStore, whatever it asks.
        ("application/rdf+xml, application/sparql-results+xml", LABEL, "application/sparql-results+xml"),
        ("application/rdf+xml, application/sparql-results+xml", CONSTRUCT, "application/rdf+xml"),
        # Jena's, SPARQLWrapper's and a browser's.
        (
            "application/sparql-results+json, application/sparql-results+xml;q=0.9, text/tab-separated-values;q=0.7,"
            " text/csv;q=0.5, application/json;q=0.2, application/xml;q=0.2, */*;q=0.1",
            LABEL,
            "application/sparql-results+json",
        ),
        ("application/turtle,text/turtle,application/x-turtle;q=0.5,*/*;q=.1", CONSTRUCT, "text/turtle"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", LABEL, "application/sparql-results+xml"),
    ],
)
def test_real_accept_headers_get_what_they_like(client: TestClient, accept: str, query: str, media_type: str) -> None:
    assert get(client, query, accept).headers["content-type"].split(";")[0] == media_type


@pytest.mark.parametrize(
    ("query", "accept", "more", "names"),
    [
        (LABEL, "text/turtle", {}, ["json", "xml", "csv", "tsv"]),
        (ASK, "image/png", {}, ["json", "xml", "csv", "tsv"]),
        (CONSTRUCT, "text/csv", {}, ["turtle", "ntriples", "rdfxml", "jsonld", "trig", "nquads"]),
        (LABEL, "*/*", {"format": "turtle"}, ["json", "xml", "csv", "tsv"]),
        (LABEL, "*/*", {"output": "xlsx"}, ["json", "xml", "csv", "tsv"]),
    ],
)
def test_an_impossible_format_gets_the_list(
    client: TestClient, query: str, accept: str, more: dict[str, str], names: list[str]
) -> None:
    answer = get(client, query, accept, **more)
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/problem+json"
    assert [entry["format"] for entry in answer.json()["available"]] == names


# The service description (section 2 of its own standard)

SD = "http://www.w3.org/ns/sparql-service-description#"


def test_a_bare_get_describes_the_service(client: TestClient, kg: KnowledgeGraph) -> None:
    answer = client.get("/sparql")
    assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
    found = {quad.triple for quad in ox.parse(answer.content, ox.RdfFormat.TURTLE)}
    endpoint = ox.NamedNode("http://testserver/sparql")
    assert ox.Triple(endpoint, ox.NamedNode(SD + "endpoint"), endpoint) in found
    languages = {t.object for t in found if t.predicate.value == SD + "supportedLanguage"}
    assert languages == {ox.NamedNode(SD + "SPARQL11Query")}
    assert {t.object.value for t in found if t.predicate.value == SD + "name"} == set(kg.store.graphs())


def test_a_browser_gets_a_page_to_write_a_query_in(client: TestClient) -> None:
    answer = client.get("/sparql", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<textarea id="query" name="query"' in answer.text
    assert "SELECT ?subject" in answer.text
    assert "not medical advice" in answer.text


@pytest.mark.parametrize("format_", [*GRAPH, HTML], ids=lambda f: f.name)
def test_the_description_comes_in_every_format(client: TestClient, format_: Format) -> None:
    answer = client.get("/sparql", params={"format": format_.name})
    assert answer.headers["content-type"].split(";")[0] == format_.media_type
    assert "sparql" in answer.text


def test_the_description_behind_a_proxy_bears_the_public_address(kg: KnowledgeGraph) -> None:
    public = replace(kg, settings=replace(kg.settings, base_url="https://als.example.org/"))
    answer = TestClient(build_app(public)).get("/sparql")
    assert "<https://als.example.org/sparql>" in answer.text
    assert "testserver" not in answer.text


# What is refused

UPDATES = {
    "insert-data": "INSERT DATA { <x:a> <x:b> <x:c> }",
    "delete-where": "DELETE WHERE { ?s ?p ?o }",
    "load": "LOAD <http://127.0.0.1:9/x>",
    "load-silent-into": "LOAD SILENT <http://127.0.0.1:9/x> INTO GRAPH <x:g>",
    "prologue": "PREFIX x: <x:> # SELECT\nbase <x:y>\nInSeRt { x:a x:b x:c } WHERE {}",
    "clear": "CLEAR ALL",
    "with": "WITH <x:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
}


@pytest.mark.parametrize("update", UPDATES.values(), ids=UPDATES)
def test_an_update_is_refused_where_questions_are_answered(client: TestClient, kg: KnowledgeGraph, update: str) -> None:
    before = len(kg.store.quads)
    for answer in (
        client.get("/sparql", params={"update": update}),
        client.get("/sparql", params={"query": update}),
        client.post("/sparql", data={"query": update}),
        client.post("/sparql", content=update, headers=QUERY),
    ):
        assert answer.status_code == 403
        assert answer.json()["title"] == "This door takes no updates"
        assert "by POST as application/sparql-update" in answer.json()["detail"]
        assert "/changes" in answer.json()["detail"]
    assert len(kg.store.quads) == before


@pytest.mark.parametrize("update", UPDATES.values(), ids=UPDATES)
def test_an_update_is_refused_to_whoever_shows_no_token(client: TestClient, kg: KnowledgeGraph, update: str) -> None:
    before = len(kg.store.quads)
    for answer in (
        client.post("/sparql", data={"update": update}),
        client.post("/sparql", content=update, headers={"Content-Type": "application/sparql-update"}),
    ):
        assert answer.status_code == 401
    assert len(kg.store.quads) == before


@contextmanager
def listening() -> Iterator[tuple[int, list[object]]]:
    """A port of this machine, and who connected to it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        visitors: list[object] = []
        done = threading.Event()

        def accept() -> None:
            while not done.is_set():
                with suppress(TimeoutError):
                    visitor, address = server.accept()
                    visitor.close()
                    visitors.append(address)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield server.getsockname()[1], visitors
        finally:
            done.set()
            thread.join()


OUTSIDE = {
    "service": "SELECT * WHERE { SERVICE <URL> { ?s ?p ?o } }",
    "silent": "SELECT * WHERE { SERVICE SILENT <URL> { ?s ?p ?o } }",
    "odd-case": "SELECT * WHERE { sErViCe sIlEnT <URL> { ?s ?p ?o } }",
    "no-spaces": "SELECT*{SERVICE<URL>{?s ?p ?o}}",
    "variable": "SELECT * WHERE { BIND(<URL> AS ?where) SERVICE ?where { ?s ?p ?o } }",
    "values": "SELECT * WHERE { VALUES ?where { <URL> } SERVICE SILENT ?where { ?s ?p ?o } }",
    "prefixed": "PREFIX far: <URL> SELECT * WHERE { SERVICE far: { ?s ?p ?o } }",
    "based": "BASE <URL> SELECT * WHERE { SERVICE <> { ?s ?p ?o } }",
    "optional": "SELECT * WHERE { ?s ?p ?o OPTIONAL { SERVICE <URL> { ?s ?p ?o } } }",
    "nested": "SELECT * WHERE { { SELECT * WHERE { GRAPH ?g { SERVICE <URL> { ?s ?p ?o } } } } UNION { ?a ?b ?c } }",
    "exists": "ASK { FILTER NOT EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
    "twice": "ASK { SERVICE <URL> { SERVICE <URL> { ?s ?p ?o } } }",
    "comment": "ASK { SERVICE # here\n <URL> { ?s ?p ?o } }",
    "escaped-iri": "ASK { SERVICE <htt\\u0070://127.0.0.1:PORT/x> { ?s ?p ?o } }",
    "escaped-word": "ASK { \\u0053ERVICE <URL> { ?s ?p ?o } }",
    "construct": "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <URL> { ?s ?p ?o } }",
    "describe": "DESCRIBE ?s WHERE { SERVICE <URL> { ?s ?p ?o } }",
    "from": "SELECT * FROM <URL> WHERE { ?s ?p ?o }",
    "from-named": "SELECT * FROM NAMED <URL> WHERE { GRAPH ?g { ?s ?p ?o } }",
    "from-odd-case": "SELECT * fRoM nAmEd <URL> { ?s ?p ?o }",
    "from-prefixed": "PREFIX far: <URL> ASK FROM far: { ?s ?p ?o }",
    "from-file": f"SELECT * FROM <{FILE}> {{ ?s ?p ?o }}",  # noqa: S608
    "one-of-ours-too": f"SELECT * FROM <{DRUGS}> FROM <URL> WHERE {{ ?s ?p ?o }}",  # noqa: S608
    "load": "LOAD <URL>",
    "load-in-sequence": "INSERT DATA { <x:a> <x:b> <x:c> } ; LOAD SILENT <URL>",
}


@pytest.mark.parametrize("query", OUTSIDE.values(), ids=OUTSIDE)
def test_nothing_is_fetched_from_outside(client: TestClient, query: str) -> None:
    with listening() as (port, visitors):
        text = query.replace("URL", f"http://127.0.0.1:{port}/x").replace("PORT", str(port))
        answers = [get(client, text), client.post("/sparql", content=text, headers=QUERY)]
    assert visitors == []
    for answer in answers:
        # An escape that forms a keyword is no keyword to the engine, so it may be refused as bad syntax.
        assert answer.status_code in ({400, 403} if "\\u" in query else {403})
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_listener_of_these_tests_notices_a_visitor() -> None:
    with listening() as (port, visitors), socket.create_connection(("127.0.0.1", port)):
        while not visitors:
            pass
    assert len(visitors) == 1


def test_a_refusal_names_what_it_refuses(client: TestClient) -> None:
    service = get(client, "ASK { SERVICE <https://example.org/sparql> { ?s ?p ?o } }").json()
    assert service["keyword"] == "SERVICE"
    assert "https://example.org/sparql" in service["detail"]
    assert "/graph" in service["detail"]
    foreign = get(client, "ASK FROM <https://example.org/g> { ?s ?p ?o }").json()
    assert foreign["keyword"] == "FROM"
    assert DRUGS in foreign["available"]


@pytest.mark.parametrize(
    "pattern",
    [
        'BIND("SERVICE <http://127.0.0.1:9/> { FROM <x:y> LOAD }" AS ?x)',
        "BIND('''FROM <x:y>\nSERVICE''' AS ?x)",
        "BIND(1 AS ?x) # SERVICE <http://127.0.0.1:9/> {} FROM <x:y>\n",
        "BIND(<https://example.org/SERVICE/FROM/LOAD> AS ?x)",
        "BIND(1 AS ?x) OPTIONAL { ?service <x:from> ?FROM }",
        "BIND(1 AS ?x) OPTIONAL { ?s <x:SERVICE> 'LOAD'@en }",
    ],
)
def test_words_that_are_no_keywords_are_fine(client: TestClient, pattern: str) -> None:
    answer = get(client, f"SELECT ?x WHERE {{ {pattern} }}")
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["results"]["bindings"]) == 1


@pytest.mark.parametrize(
    ("query", "line", "column", "words"),
    [
        ("SELECT *\nWHERE { ?s ?p }", 2, 16, ["WHERE { ?s ?p }"]),
        ("SELECT * WHERE {\n  ?s als:relieves ?o }", 2, 6, ["prefix als", "PREFIX"]),
        ("SELEKT * WHERE { ?s ?p ?o }", 1, 1, ["SELECT"]),
        ("SELECT * WHERE { ?s ?p 'open }", 1, 24, ["string"]),
        ("SELECT ?x WHERE { BIND(1 AS ?x) } LIMIT many", 1, 41, []),
        ("", 1, 1, ["ends"]),
    ],
)
def test_a_syntax_error_names_its_place(
    client: TestClient, query: str, line: int, column: int, words: list[str]
) -> None:
    for answer in (get(client, query), client.post("/sparql", data={"query": query})):
        assert answer.status_code == 400
        problem = answer.json()
        assert (problem["line"], problem["column"]) == (line, column)
        assert problem["detail"].startswith(f"Line {line}, column {column}: ")
        assert [word for word in words if word not in problem["detail"]] == []


def test_a_query_must_be_given_once(client: TestClient) -> None:
    encoded = quote(LABEL)
    for answer, count in (
        (client.get("/sparql?default-graph-uri=" + quote(DRUGS)), 0),
        (client.get("/sparql?qery=" + encoded), 0),
        (client.get(f"/sparql?query={encoded}&query={encoded}"), 2),
        (client.post("/sparql", data={"format": "json"}), 0),
        (client.post("/sparql", content=f"query={encoded}&query={encoded}", headers=FORM), 2),
        (client.post(f"/sparql?query={encoded}", data={"query": LABEL}), 2),
        (client.post(f"/sparql?query={encoded}", content=LABEL, headers=QUERY), 2),
    ):
        assert answer.status_code == 400
        assert f"one `query`; {count} were given" in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": ""},
        {},
        {"Content-Type": "application/sparql-query; charset=utf-16"},
        {"Content-Type": "application/sparql-query", "Content-Encoding": "gzip"},
    ],
    ids=["plain", "json", "multipart", "empty", "none", "utf-16", "gzip"],
)
def test_another_content_type_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/sparql", content=LABEL.encode(), headers=headers)
    assert answer.status_code == 415
    assert answer.json()["title"] == "Unsupported media type"


def test_csv_holds_a_text_as_it_is_whatever_a_spreadsheet_makes_of_it(client: TestClient) -> None:
    """docs/decisions/0024-csv-is-exact.md."""
    asked = {"query": """SELECT ("=1+1" AS ?a) ("-2" AS ?b) {}""", "format": "csv"}
    assert client.get("/sparql", params=asked).text == "a,b\r\n=1+1,-2\r\n"


@pytest.mark.parametrize(
    ("content", "headers"),
    [(b"ASK { ?s ?p '\xff' }", QUERY), (b"query=ASK{?s ?p '\xff'}", FORM), (b"query=ASK%7B?s+?p+'%FF'%7D", FORM)],
    ids=["direct", "form", "encoded"],
)
def test_what_is_no_utf_8_is_refused(client: TestClient, content: bytes, headers: dict[str, str]) -> None:
    answer = client.post("/sparql", content=content, headers=headers)
    assert answer.status_code == 400
    assert "UTF-8" in answer.json()["detail"]


def test_an_undecodable_address_is_refused(client: TestClient) -> None:
    answer = client.get("/sparql?query=ASK%7B?s+?p+'%FF'%7D")
    assert answer.status_code == 400
    assert "UTF-8" in answer.json()["detail"]


def test_a_form_of_a_thousand_fields_is_refused(client: TestClient) -> None:
    answer = client.post("/sparql", data={f"a{number}": "1" for number in range(1_001)})
    assert answer.status_code == 400
    assert "more than 1000 fields" in answer.json()["detail"]


def test_a_large_body_is_refused_before_it_is_read(client: TestClient, kg: KnowledgeGraph) -> None:
    most = kg.settings.request_body_bytes_max
    answer = client.post("/sparql", content=b"#" * (most + 1), headers=QUERY)
    assert answer.status_code == 413
    assert answer.json()["limit"] == "request_body_bytes_max"
    assert "ALSKG_REQUEST_BODY_BYTES_MAX" in answer.json()["detail"]


def test_a_long_query_is_refused_at_the_byte(client: TestClient, kg: KnowledgeGraph) -> None:
    most = kg.settings.query_bytes_max
    fits = ASK + "#" * (most - len(ASK))
    assert client.post("/sparql", content=fits, headers=QUERY).json()["boolean"] is True
    for query in (fits + "#", ASK + "#" + "é" * (most // 2)):
        answer = client.post("/sparql", content=query.encode(), headers=QUERY)
        assert answer.status_code == 413
        assert answer.json()["limit"] == "query_bytes_max"
        assert "ALSKG_QUERY_BYTES_MAX" in answer.json()["detail"]


# Methods and browsers of other sites


def test_head_says_what_get_would(client: TestClient) -> None:
    asked = {"query": LABEL, "format": "csv"}
    named = {"X-Request-Id": "one-and-the-same"}
    got, head = (ask("/sparql", params=asked, headers=named) for ask in (client.get, client.head))
    assert head.content == b""
    assert got.headers["content-length"] == str(len(got.content))
    assert dict(head.headers) == dict(got.headers)


def test_options_tells_the_methods(client: TestClient) -> None:
    answer = client.options("/sparql")
    assert answer.status_code == 204
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_another_method_is_refused(client: TestClient, method: str) -> None:
    answer = client.request(method, "/sparql", params={"query": LABEL})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert answer.json()["title"] == "Method not allowed"


def test_a_page_of_another_site_may_ask(client: TestClient) -> None:
    origin = {"Origin": "https://app.example.org"}
    answer = client.get("/sparql", params={"query": LABEL}, headers=origin)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    exposed = answer.headers["access-control-expose-headers"].split(", ")
    assert {"Link", "Retry-After", "X-Alskg-Revision", "X-Total-Count"} <= set(exposed)


def test_a_preflight_admits_what_clients_send(client: TestClient) -> None:
    asked = {
        "Origin": "https://app.example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, x-requested-with",
    }
    answer = client.options("/sparql", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "x-requested-with" in answer.headers["access-control-allow-headers"]


def test_a_refusal_can_be_read_by_a_page_of_another_site(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": "nonsense"}, headers={"Origin": "https://app.example.org"})
    assert answer.status_code == 400
    assert answer.headers["access-control-allow-origin"] == "*"
    assert json.loads(answer.text)["status"] == 400
