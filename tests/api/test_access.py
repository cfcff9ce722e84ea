"""Doors that only some may go through, in a small application."""

import base64
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from alskg.access import FILE, Scope, Tokens
from alskg.knowledge_graph import KnowledgeGraph
from alskg.web import problems
from alskg.web.access import authorised

CHALLENGES = ['Bearer realm="alskg"', 'Basic realm="alskg", charset="UTF-8"']
"""A line for each, since a browser reads no further than the first scheme of a line."""


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path / "data")


@pytest.fixture
def doors(kg: KnowledgeGraph, tmp_path: Path) -> Iterator[TestClient]:
    """One door for each scope."""
    guarded = replace(kg, settings=replace(kg.settings, data_dir=tmp_path / "data"))
    app = FastAPI(exception_handlers=problems.HANDLERS)  # type: ignore[arg-type]

    @app.post("/{scope}")
    def door(scope: Scope, request: Request) -> dict[str, str]:
        may_propose = "proposing" in request.query_params
        return {"agent": authorised(guarded, request, scope, may_propose=may_propose).name}

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def basic(user: str, token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()}


@pytest.mark.parametrize("scope", Scope)
def test_nobody_goes_through_a_door_without_a_token(scope: Scope, doors: TestClient, tokens: Tokens) -> None:
    answer = doors.post(f"/{scope}")
    assert (answer.status_code, answer.headers.get_list("www-authenticate")) == (401, CHALLENGES)
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    assert "no live token on this server" in answer.json()["detail"]
    tokens.create("ana", {scope}, None)
    answer = doors.post(f"/{scope}")
    assert (answer.status_code, answer.headers.get_list("www-authenticate")) == (401, CHALLENGES)
    assert "alskg token create NAME --scope curate" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("granted", "statuses"),
    [(Scope.CURATE, [200, 403, 403]), (Scope.PUBLISH, [200, 200, 403]), (Scope.ADMIN, [200, 200, 200])],
)
def test_a_token_opens_the_doors_of_its_scope(
    granted: Scope, statuses: list[int], doors: TestClient, tokens: Tokens
) -> None:
    token = tokens.create("ana", {granted}, None)
    for headers in (bearer(token), basic("ana", token)):
        answers = [doors.post(f"/{scope}", headers=headers) for scope in Scope]
        assert [answer.status_code for answer in answers] == statuses
        assert answers[0].json() == {"agent": "ana"}


def test_who_may_only_propose_is_told_how(doors: TestClient, tokens: Tokens) -> None:
    answer = doors.post("/publish?proposing=1", headers=bearer(tokens.create("ana", {Scope.CURATE}, None)))
    problem = answer.json()
    assert (answer.status_code, problem["title"]) == (403, "Not allowed")
    assert (problem["scope_needed"], problem["scopes"]) == ("publish", ["curate"])
    assert "?propose=true" in problem["detail"]
    assert "www-authenticate" not in answer.headers


def test_a_token_that_is_made_or_revoked_counts_at_once(doors: TestClient, tokens: Tokens) -> None:
    headers = bearer(tokens.create("ana", {Scope.CURATE}, None))
    assert doors.post("/curate", headers=headers).status_code == 200
    tokens.revoke("ana")
    answer = doors.post("/curate", headers=headers)
    assert answer.status_code == 401
    assert "was revoked" in answer.json()["detail"]


def test_no_secret_is_said_or_logged(doors: TestClient, tokens: Tokens, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = tokens.create("ana", {Scope.CURATE}, None)
    secret = token.split("_")[2]
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    tries = [
        bearer(token),
        bearer(wrong),
        bearer(f"{token}x"),
        {"Authorization": token},
        {"Authorization": f"Bearer{token}"},
        basic("ben", token),
        basic("ana", wrong),
    ]
    said = [doors.post("/publish", headers=headers).text for headers in tries]
    assert not [text for text in (*said, caplog.text) if secret[:-1] in text]


def test_two_headers_show_nobody(doors: TestClient, tokens: Tokens) -> None:
    headers = bearer(tokens.create("ana", {Scope.CURATE}, None))
    answer = doors.post("/curate", headers=[*headers.items(), *headers.items()])
    assert answer.status_code == 401


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_cannot_use_the_password_that_a_browser_keeps(
    site: str, doors: TestClient, tokens: Tokens
) -> None:
    token = tokens.create("ana", {Scope.CURATE}, None)
    answer = doors.post("/curate", headers={**basic("ana", token), "Sec-Fetch-Site": site})
    assert answer.status_code == 403
    assert "another site" in answer.json()["detail"]
    for headers in (
        {**bearer(token), "Sec-Fetch-Site": site},
        {**basic("ana", token), "Sec-Fetch-Site": "same-origin"},
        {**basic("ana", token), "Sec-Fetch-Site": "none"},
    ):
        assert doors.post("/curate", headers=headers).status_code == 200


def test_a_damaged_file_opens_no_door_and_is_logged(
    doors: TestClient, tokens: Tokens, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    headers = bearer(tokens.create("ana", {Scope.ADMIN}, None))
    (tmp_path / "data" / FILE).write_bytes(b"no tokens here " * 100)
    answer = doors.post("/curate", headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (500, "The store can't be opened")
    assert "can't be used" in caplog.text


def test_asking_at_a_door_makes_no_file(doors: TestClient, tmp_path: Path) -> None:
    doors.post("/curate", headers=bearer("x"))
    assert list(tmp_path.iterdir()) == []
