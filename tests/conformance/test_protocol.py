"""
The query cases of the SPARQL 1.1 Protocol test suite (W3C, data-sparql11/protocol), over our own data.

The suite describes requests and what must come back; its datasets are replaced by two of our named graphs.
"""

import json
from dataclasses import dataclass, field
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

GRAPHS = "https://w3id.org/alskg/graphs/data/things/"
ONE, OTHER = (quote(f"{GRAPHS}{name}", safe="") for name in ("drugs", "phenotypes"))
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
ASK = "ASK {}"
IN_DEFAULT = "ASK { <https://w3id.org/alskg/drugs/riluzole> ?p ?o }"
IN_BOTH = (
    "ASK { <https://w3id.org/alskg/drugs/riluzole> ?p ?o . <https://w3id.org/alskg/phenotypes/fatigue> ?q ?r"
    " FILTER NOT EXISTS { GRAPH ?g { ?s ?t ?u } } }"
)
IN_NAMED = (
    f"ASK {{ GRAPH <{GRAPHS}drugs> {{ <https://w3id.org/alskg/drugs/riluzole> ?p ?o }}"
    f" GRAPH <{GRAPHS}phenotypes> {{ <https://w3id.org/alskg/phenotypes/fatigue> ?q ?r }}"
    " FILTER NOT EXISTS { ?s ?t ?u } }"
)
IN_FULL = (
    "ASK { <https://w3id.org/alskg/drugs/riluzole> ?p ?o"
    f" GRAPH <{GRAPHS}phenotypes> {{ <https://w3id.org/alskg/phenotypes/fatigue> ?q ?r }}"
    f" FILTER NOT EXISTS {{ GRAPH <{GRAPHS}drugs> {{ ?s ?t ?u }} }} }}"
)
BOTH_DEFAULT = f"default-graph-uri={ONE}&default-graph-uri={OTHER}"
BOTH_NAMED = f"named-graph-uri={ONE}&named-graph-uri={OTHER}"
FULL = f"default-graph-uri={ONE}&named-graph-uri={OTHER}"


@dataclass(frozen=True)
class Case:
    """One request of the suite."""

    name: str
    method: str
    query: str = ""
    """Of the address, encoded."""
    content: bytes = b""
    content_type: str | None = None
    accept: str = "*/*"
    media_types: tuple[str, ...] = ("application/sparql-results+json", "application/sparql-results+xml")
    headers: dict[str, str] = field(default_factory=dict)


def q(text: str) -> str:
    return "query=" + quote(text, safe="")


GRAPH_TYPES = ("text/turtle", "application/rdf+xml", "application/n-triples", "application/ld+json")

TRUE = [
    Case("query_get", "GET", q(ASK)),
    Case("query_post_form", "POST", content=q(ASK).encode(), content_type=FORM),
    Case("query_post_direct", "POST", content=ASK.encode(), content_type=QUERY),
    Case("query_dataset_default_graph_get", "GET", f"{q(IN_DEFAULT)}&default-graph-uri={ONE}"),
    Case("query_dataset_default_graphs_get", "GET", f"{q(IN_BOTH)}&{BOTH_DEFAULT}"),
    Case(
        "query_dataset_default_graphs_post",
        "POST",
        content=f"{q(IN_BOTH)}&{BOTH_DEFAULT}".encode(),
        content_type=FORM,
    ),
    Case("query_dataset_default_graphs_direct", "POST", BOTH_DEFAULT, IN_BOTH.encode(), QUERY),
    Case("query_dataset_named_graphs_get", "GET", f"{q(IN_NAMED)}&{BOTH_NAMED}"),
    Case("query_dataset_named_graphs_post", "POST", content=f"{q(IN_NAMED)}&{BOTH_NAMED}".encode(), content_type=FORM),
    Case("query_dataset_named_graphs_direct", "POST", BOTH_NAMED, IN_NAMED.encode(), QUERY),
    Case("query_dataset_full", "GET", f"{q(IN_FULL)}&{FULL}"),
    Case(
        "query_multiple_dataset",
        "GET",
        f"{q(IN_FULL.replace('ASK', f'ASK FROM <{GRAPHS}mechanisms> FROM NAMED <{GRAPHS}drugs>'))}&{FULL}",
    ),
    Case(
        "query_content_type_ask",
        "GET",
        q(ASK),
        accept="application/sparql-results+xml, application/sparql-results+json",
    ),
]
BAD = [
    Case("bad_query_method", "PUT", q(ASK)),
    Case("bad_multiple_queries", "GET", f"{q(ASK)}&{q('SELECT * {}')}"),
    Case("bad_query_wrong_media_type", "POST", content=ASK.encode(), content_type="text/plain"),
    Case("bad_query_missing_form_type", "POST", content=q(ASK).encode()),
    Case("bad_query_missing_direct_type", "POST", content=ASK.encode()),
    Case(
        "bad_query_non_utf8",
        "POST",
        content="ASK { ?s ?p 'é' }".encode("utf-16"),
        content_type=f"{QUERY}; charset=UTF-16",
    ),
    Case("bad_query_syntax", "GET", q("ASK {")),
    Case("bad_update_get", "GET", "update=" + quote("CLEAR ALL")),
]


def sent(client: TestClient, case: Case) -> Response:
    headers = {"Accept": case.accept, **case.headers}
    if case.content_type is not None:
        headers["Content-Type"] = case.content_type
    return client.request(
        case.method, f"/sparql?{case.query}" if case.query else "/sparql", content=case.content, headers=headers
    )


@pytest.mark.parametrize("case", TRUE, ids=lambda case: case.name)
def test_the_answer_is_true(client: TestClient, case: Case) -> None:
    answer = sent(client, case)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] in case.media_types
    if answer.headers["content-type"].endswith("json"):
        assert answer.json()["boolean"] is True
    else:
        assert "<boolean>true</boolean>" in answer.text


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_the_request_is_refused(client: TestClient, case: Case) -> None:
    answer = sent(client, case)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.text)["status"] == answer.status_code


@pytest.mark.parametrize(
    ("text", "media_types"),
    [
        (
            "SELECT (1 AS ?one) {}",
            (
                "application/sparql-results+json",
                "application/sparql-results+xml",
                "text/csv",
                "text/tab-separated-values",
            ),
        ),
        ("DESCRIBE <https://w3id.org/alskg/drugs/riluzole>", GRAPH_TYPES),
        ("CONSTRUCT { <x:s> <x:p> 1 } WHERE {}", GRAPH_TYPES),
    ],
    ids=["query_content_type_select", "query_content_type_describe", "query_content_type_construct"],
)
def test_the_answer_is_of_a_type_for_its_form(client: TestClient, text: str, media_types: tuple[str, ...]) -> None:
    answer = sent(client, Case("", "GET", q(text)))
    assert answer.headers["content-type"].split(";")[0] in media_types
    for media_type in media_types:
        answer = sent(client, Case("", "GET", q(text), accept=media_type))
        assert answer.headers["content-type"].split(";")[0] == media_type
        format_ = ox.RdfFormat.from_media_type(media_type)
        if media_types is GRAPH_TYPES:
            assert format_ is not None
            assert list(ox.parse(answer.content, format_)) != []
