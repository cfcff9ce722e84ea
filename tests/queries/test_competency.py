"""The competency questions, each asked through the public surface, with exact answers compared as sets of labels."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

QUESTIONS = [json.loads(line) for line in (Path(__file__).parent / "competency.jsonl").read_text("utf-8").splitlines()]


def asked(client: TestClient, question: dict[str, Any]) -> list[str]:
    """The answer as texts, in the order in which it came."""
    if "rest" in question:
        return [item["label"] for item in client.get(question["rest"]).raise_for_status().json()["items"]]
    if "query" in question:
        found = client.get(f"/queries/{question['query']}", params=question["parameters"]).raise_for_status().json()
        if "boolean" in found:
            return [str(found["boolean"]).lower()]
        return [str(item[question["column"]]) for item in found["items"]]
    found = client.get("/sparql", params={"query": question["sparql"]}).raise_for_status().json()
    if "boolean" in found:
        return [str(found["boolean"]).lower()]
    column = found["head"]["vars"][0]
    return [row[column]["value"] for row in found["results"]["bindings"] if column in row]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_a_question_has_its_exact_answer(client: TestClient, question: dict[str, Any]) -> None:
    found = asked(client, question)
    assert _comparable(found, ordered=question["ordered"]) == _comparable(
        question["answer"], ordered=question["ordered"]
    ), question["question"]


def _comparable(values: Sequence[str], *, ordered: bool) -> Sequence[str] | set[str]:
    return list(values) if ordered else set(values)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_a_question_holds_no_claim_id_and_no_answer(question: dict[str, Any]) -> None:
    how = json.dumps({key: question[key] for key in question if key in ("rest", "query", "parameters", "sparql")})
    assert not re.search(r"\b[sS][0-4]-[0-9]{3}\b", how)
    # What a question asks about may be among its answers, as a date that two sources bear.
    answers = set(question["answer"])
    assert not answers or {a for a in answers if f'"{a}"' in question.get("sparql", "")} != answers


def test_there_are_the_given_questions_and_those_of_a_reader_who_knew_only_the_documents() -> None:
    ids = [question["id"] for question in QUESTIONS]
    assert len(ids) == len(set(ids))
    assert (sum(i.startswith("CQ-") for i in ids), sum(i.startswith("NQ-") for i in ids)) == (59, 105)
    assert sum(i.startswith("OT-") for i in ids) == 17
    assert sum(i.startswith("OQ-") for i in ids) == 26
