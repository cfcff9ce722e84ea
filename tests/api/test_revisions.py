"""Earlier revisions: any address that reads, answered as it was."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from alskg.access import Scope, Tokens
from alskg.knowledge_graph import KnowledgeGraph
from alskg.settings import Settings
from alskg.web.app import build_app

from ..extent import in_ci

DRUG = 'drug:testol a als:Drug ; rdfs:label "testol"@en ; skos:definition "A drug for tests."@en .'
CLAIM = {
    "message": "A claim on baclofen.",
    "add": """claim:test a als:Claim ; rdfs:label "baclofen relieves muscle spasticity"@en ;
        als:certainty certainty:asserted ; als:locator "line 1" ; als:polarity polarity:denies ;
        dcterms:source source:seed-001 ; als:states proposition:baclofen-relieves-muscle-spasticity-03eb7ceb .""",
}


@pytest.fixture(scope="module")
def client(filled: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Over a graph at revision 4: a drug came, a claim came, the drug went."""
    directory = filled(tmp_path_factory.mktemp("revisions"))
    kg = KnowledgeGraph.open(replace(Settings(), data_dir=directory, revision_distance_max=3))
    token = Tokens(directory).create("ana", [Scope.PUBLISH], None)
    headers = {"Authorization": f"Bearer {token}"}
    with TestClient(build_app(kg), headers=headers, raise_server_exceptions=False) as opened:
        assert opened.post("/changes", json={"message": "A drug.", "add": DRUG}).status_code == 201
        assert opened.post("/changes", json=CLAIM).status_code == 201
        assert opened.post("/changes", json={"message": "No drug.", "remove": DRUG}).status_code == 201
        yield opened


@pytest.mark.parametrize(("revision", "status"), [(1, 404), (2, 200), (3, 200), (4, 404)])
def test_a_thing_is_there_at_the_revisions_between_its_coming_and_going(
    client: TestClient, revision: int, status: int
) -> None:
    answer = client.get(f"/drugs/testol?revision={revision}")
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["meta"]["revision"] == revision


def test_what_is_derived_is_that_of_the_revision(client: TestClient) -> None:
    contested = {
        "query": "ASK { ?p <https://w3id.org/alskg/ontology/contested> true ; "
        "<http://www.w3.org/1999/02/22-rdf-syntax-ns#subject> <https://w3id.org/alskg/drugs/baclofen> }"
    }
    told = [client.get("/sparql", params={**contested, "revision": str(n)}).json()["boolean"] for n in (1, 2, 3, 4)]
    assert told == [False, False, True, True]


def test_a_query_by_post_is_answered_from_the_revision_wherever_it_says_so(client: TestClient) -> None:
    ask = "ASK { <https://w3id.org/alskg/drugs/testol> ?p ?o }"
    as_query = {"Content-Type": "application/sparql-query"}
    for revision, is_there in ((1, False), (2, True), (3, True), (4, False)):
        for answer in (
            client.post("/sparql", data={"query": ask, "revision": str(revision)}),
            client.post(f"/sparql?revision={revision}", data={"query": ask}),
            client.post(f"/sparql?revision={revision}", content=ask, headers=as_query),
        ):
            assert answer.json()["boolean"] is is_there, revision
            assert answer.headers["X-Alskg-Revision"] == str(revision)


def test_a_revision_whose_name_is_encoded_is_not_passed_over(client: TestClient) -> None:
    assert client.get("/sparql?query=ASK%7B%7D&re%76ision=1").status_code == 422
    assert client.get("/sparql?query=ASK%7B%7D&revison=1").status_code == 422


@pytest.mark.parametrize(
    ("parameter", "status"),
    [
        ("revision=five", 422),
        ("revision=1&revision=2", 422),
        ("revision=99", 404),
        ("revison=1", 422),
        ("dry_run=true", 422),
        ("using-graph-uri=x:y", 422),
    ],
)
def test_a_query_by_post_with_a_parameter_that_does_not_belong_to_it_is_refused(
    client: TestClient, parameter: str, status: int
) -> None:
    for answer in (
        client.post(f"/sparql?{parameter}", data={"query": "ASK {}"}),
        client.post(
            "/sparql",
            content=f"query=ASK+%7B%7D&{parameter}",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ),
    ):
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/drugs",
        "/drugs?fields=label&format=csv",
        "/mappings/drug-symptom",
        "/search?q=testol",
        "/graph?format=nt",
        "/queries/drugs-for-a-symptom?symptom=dysphagia",
        "/drugs/baclofen/symptoms",
        "/.well-known/void",
        "/",
    ],
)
def test_every_door_that_reads_answers_from_it(client: TestClient, path: str) -> None:
    joiner = "&" if "?" in path else "?"
    then = client.get(f"{path}{joiner}revision=1")
    assert then.status_code == 200
    if "application/json" in then.headers["content-type"]:
        assert then.json()["meta"]["revision"] == 1
    assert "testol" not in then.text.replace("q=testol", "").replace('"q": "testol"', "")


def test_the_next_page_is_of_the_same_revision(client: TestClient) -> None:
    first = client.get("/drugs?limit=2&revision=2").json()
    seen = {item["id"] for item in first["items"]}
    while "next" in first:
        assert "revision=2" in first["next"]
        first = client.get(first["next"]).json()
        assert first["meta"]["revision"] == 2
        seen |= {item["id"] for item in first["items"]}
    assert "https://w3id.org/alskg/drugs/testol" in seen


def test_the_present_revision_may_be_asked_for_by_its_number(client: TestClient) -> None:
    there, asked = client.get("/drugs").json(), client.get("/drugs?revision=4").json()
    assert there["items"] == asked["items"]


@pytest.mark.parametrize(
    ("value", "status", "said"),
    [
        ("5", 404, "There is no revision 5 yet; the graph is at revision 4."),
        ("99999", 404, "There is no revision 99999 yet"),
        ("0", 404, "There is no revision 0: they are counted from 1; the graph is at revision 4."),
        ("x", 422, "revision=x: write one whole number"),
        ("-1", 422, "revision=-1: write one whole number"),
        ("", 422, "revision=: write one whole number"),
        ("1&revision=2", 422, "write one whole number"),
        ("1%202", 422, "revision=1 2: write one whole number"),
        ("9" * 40, 422, "write one whole number"),
    ],
)
def test_a_revision_that_cannot_be_had_is_refused_with_a_word(
    client: TestClient, value: str, status: int, said: str
) -> None:
    answer = client.get(f"/drugs?revision={value}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert said in answer.json()["detail"]


def test_a_change_is_made_to_the_present_whatever_was_asked_before(client: TestClient) -> None:
    assert client.get("/drugs?revision=1").status_code == 200
    dry = client.post("/changes?dry_run=true", json={"message": "again", "add": DRUG}).json()
    assert dry["revision"] == 4
    assert dry["conforms"]


def test_more_revisions_than_are_kept_open_can_be_asked_in_turn(client: TestClient) -> None:
    for _ in range(2):
        for revision in (1, 2, 3, 4):
            assert client.get(f"/drugs?revision={revision}").json()["meta"]["revision"] == revision


def test_openapi_tells_of_the_parameter(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    wanted = {"$ref": "#/components/parameters/revision"}
    assert wanted in paths["/drugs"]["get"]["parameters"]
    assert wanted not in paths["/changes"]["get"]["parameters"]


def test_a_claim_without_a_number_of_its_own_is_called_by_its_name_among_others(client: TestClient) -> None:
    text = client.get("/claims/s2-056", headers={"Accept": "text/html"}).text
    assert '<a href="/claims/test">test</a>' in text
    assert ">https://w3id.org/alskg/claims/" not in text


@in_ci
def test_the_ontology_is_that_of_the_revision(filled: Callable[[Path], Path], tmp_path: Path) -> None:
    kg = KnowledgeGraph.open(replace(Settings(), data_dir=filled(tmp_path)))
    token = Tokens(tmp_path).create("ada", [Scope.PUBLISH, Scope.ADMIN], None)
    note = 'als:relieves skos:editorialNote "Said for a test."@en .'
    with TestClient(build_app(kg), headers={"Authorization": f"Bearer {token}"}) as client:
        assert client.post("/changes", json={"message": "A note.", "add": note}).status_code == 201
        told = [
            "Said for a test." in client.get("/ontology", params=params, headers={"Accept": "text/turtle"}).text
            for params in ({"revision": "1"}, {"revision": "2"}, {}, {"revision": "1"})
        ]
    assert told == [False, True, True, False]
