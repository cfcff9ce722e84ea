"""Every question of queries/ is endpoint, documentation and test at once."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from alskg.knowledge_graph import KnowledgeGraph
from alskg.queries import NamedQuery, read_queries
from alskg.settings import Settings

from ..extent import sampled

ROOT = Settings().root
NAMES = sorted(file.stem for file in (ROOT / "queries").glob("*.rq"))


@pytest.fixture
def query(kg: KnowledgeGraph, name: str) -> NamedQuery:
    return kg.queries[name]


def examples(query: NamedQuery) -> dict[str, str]:
    return {parameter.name: parameter.example for parameter in query.parameters}


def text_of(value: object) -> str:
    """A cell as the header writes it: a thing by its CURIE, a whole number without a point."""
    if isinstance(value, dict):
        return str(value.get("curie") or value["id"])
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_there_are_at_least_50_questions() -> None:
    assert len(NAMES) >= 50


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_give_the_promised_answers(client: TestClient, query: NamedQuery) -> None:
    body = client.get(f"/queries/{query.name}", params=examples(query)).raise_for_status().json()
    if query.form == "ASK":
        assert body["boolean"] is True
        return
    rows = [{key: text_of(value) for key, value in item.items()} for item in body["items"]]
    assert rows, "The examples must have an answer."
    assert query.answers, "The header promises nothing: add [[answers]]."
    for promised in query.answers:
        assert any(promised.items() <= row.items() for row in rows), (promised, rows)


@pytest.mark.parametrize("name", NAMES)
def test_the_text_can_be_asked_at_the_query_door(client: TestClient, query: NamedQuery) -> None:
    body = client.get(f"/queries/{query.name}", params=examples(query)).json()
    again = client.get(body["meta"]["sparql"], headers={"Accept": "application/sparql-results+json"}).json()
    if query.form == "ASK":
        assert again["boolean"] is True
    else:
        assert len(again["results"]["bindings"]) == body["total"]


@pytest.mark.parametrize("name", sampled(NAMES, 20))
def test_a_bad_parameter_is_refused_with_a_reason(client: TestClient, query: NamedQuery) -> None:
    bad: dict[str, Any] = examples(query) | {"colour": "blue"}
    problem = client.get(f"/queries/{query.name}", params=bad)
    assert problem.status_code == 422
    assert "colour" in problem.json()["detail"]
    for parameter in query.parameters:
        if parameter.datatype == "xsd:string":
            continue
        problem = client.get(f"/queries/{query.name}", params=examples(query) | {parameter.name: "no such thing"})
        assert problem.status_code == 422, parameter
        assert parameter.name in problem.json()["detail"]


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_parameter_is_named(client: TestClient, query: NamedQuery) -> None:
    for parameter in query.parameters:
        if parameter.default is None and not parameter.is_optional:
            given = {key: value for key, value in examples(query).items() if key != parameter.name}
            problem = client.get(f"/queries/{query.name}", params=given)
            assert (problem.status_code, parameter.name in problem.json()["detail"]) == (422, True)


@pytest.mark.parametrize("format_", ["csv", "tsv", "xml", "application/sparql-results+json", "html"])
def test_every_format_is_served(client: TestClient, format_: str) -> None:
    answer = client.get("/queries/brand-names", params={"format": format_})
    assert answer.status_code == 200
    assert "Radicava" in answer.text


def test_an_unknown_question_suggests_the_nearest(client: TestClient) -> None:
    problem = client.get("/queries/brand-name")
    assert problem.status_code == 404
    assert "brand-names" in problem.json()["detail"]


def test_the_catalogue_lists_every_question_with_its_text(client: TestClient) -> None:
    items = client.get("/queries").json()["items"]
    assert [item["name"] for item in items] == NAMES
    assert all(item["sparql"].strip() and item["question"] for item in items)
    turtle = client.get("/queries", headers={"Accept": "text/turtle"}).text
    assert turtle.count("SPARQLExecutable") == len(NAMES)


def test_the_questions_on_disk_are_those_that_are_served(kg: KnowledgeGraph) -> None:
    assert kg.queries == read_queries(ROOT / "queries", kg.schema.prefixes)
