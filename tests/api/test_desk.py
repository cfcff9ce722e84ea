"""The desk, /curate: who may sign in, that nobody sends a form in another's name, and what the forms change."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from alskg.access import Scope, Tokens
from alskg.errors import Forbidden
from alskg.knowledge_graph import KnowledgeGraph
from alskg.proposals import proposal_numbered
from alskg.settings import Settings
from alskg.web.app import build_app
from alskg.web.sessions import COOKIE, Session, Sessions, refuse_unmarked

HTML = {"Accept": "text/html"}
EDIT = "/curate/edit/drugs/baclofen"
DOORS = ["claim", "turtle", "proposals", "edit/drugs/baclofen", "new/drugs", "retract/claims/s1-012", "revert/2"]


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    directory = tmp_path_factory.mktemp("desk")
    made = {name: Tokens(directory).create(name, [scope], None) for name, scope in PEOPLE.items()}
    return directory, made


PEOPLE = {"ana": Scope.PUBLISH, "ben": Scope.CURATE}


@pytest.fixture(scope="module")
def graph(filled: Callable[[Path], Path], tokens: tuple[Path, dict[str, str]]) -> Iterator[KnowledgeGraph]:
    kg = KnowledgeGraph.open(Settings(data_dir=filled(tokens[0])))
    kg.workers.start()
    yield kg
    kg.close()


@pytest.fixture
def visitor(graph: KnowledgeGraph) -> TestClient:
    """Who has no cookie yet. Without the app's lifespan, at whose end the graph would be closed."""
    return TestClient(build_app(graph), follow_redirects=False, headers=HTML)


def signed_in(client: TestClient, token: str) -> str:
    """The mark of the forms, once somebody is signed in."""
    answer = client.post("/curate/sign-in", data={"token": token})
    assert answer.status_code == 303
    return mark_in(client.get("/curate").text)


def mark_in(text: str) -> str:
    return str(re.findall(r'name="mark" value="([^"]+)"', text)[0])


@pytest.mark.parametrize("door", DOORS)
def test_who_is_not_signed_in_is_sent_to_the_entrance(visitor: TestClient, door: str) -> None:
    for answer in (visitor.get(f"/curate/{door}"), visitor.post(f"/curate/{door}", data={"action": "commit"})):
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/curate?next=/curate/{door}"


def test_a_wrong_token_opens_nothing_and_is_told_in_words(visitor: TestClient) -> None:
    answer = visitor.post("/curate/sign-in", data={"token": "alskg_nonsense"})
    assert answer.status_code == 401
    assert "There is no such token on this server." in answer.text
    assert "set-cookie" not in answer.headers
    assert "alskg_nonsense" not in answer.text


def test_the_cookie_is_for_the_desk_alone_and_holds_no_token(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    answer = visitor.post("/curate/sign-in", data={"token": tokens[1]["ana"]})
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/curate"} <= set(cookie.split("; "))
    assert tokens[1]["ana"] not in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert visitor.get("/curate").headers["cache-control"] == "no-store"


def test_over_https_nothing_else_carries_the_cookie(graph: KnowledgeGraph, tokens: tuple[Path, dict[str, str]]) -> None:
    served = replace(graph, settings=replace(graph.settings, base_url="https://als.example.org"))
    client = TestClient(build_app(served), follow_redirects=False)
    answer = client.post("/curate/sign-in", data={"token": tokens[1]["ana"]})
    assert "Secure" in answer.headers["set-cookie"].split("; ")


@pytest.mark.parametrize("next_", ["https://example.org", "//example.org", "/curate.example.org", "javascript:x", ""])
def test_after_signing_in_nobody_is_sent_elsewhere(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], next_: str
) -> None:
    answer = visitor.post("/curate/sign-in", data={"token": tokens[1]["ana"], "next": next_})
    assert answer.headers["location"] == "/curate"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://example.org"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_a_form_of_another_site_is_refused(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], headers: dict[str, str]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    for address in (EDIT, "/curate/sign-in", "/curate/sign-out"):
        answer = visitor.post(address, data={"mark": mark, "token": tokens[1]["ana"]}, headers=headers)
        assert answer.status_code == 403
    assert "Your desk" in visitor.get("/curate").text


@pytest.mark.parametrize("mark", ["", "x" * 43])
def test_a_form_without_the_mark_of_the_session_is_refused(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph, mark: str
) -> None:
    signed_in(visitor, tokens[1]["ana"])
    before = graph.revision
    answer = visitor.post(EDIT, data={"mark": mark, "action": "commit", "label": "other", "message": "x"})
    assert answer.status_code == 403
    assert graph.revision == before


def test_a_revoked_token_ends_its_sessions(visitor: TestClient, tokens: tuple[Path, dict[str, str]]) -> None:
    store = Tokens(tokens[0])
    signed_in(visitor, store.create("eve", [Scope.PUBLISH], None))
    store.revoke("eve")
    assert "Sign in" in visitor.get("/curate").text


def test_signing_out_ends_the_session_and_not_only_the_cookie(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    secret = visitor.cookies[COOKIE]
    visitor.post("/curate/sign-out", data={"mark": mark})
    visitor.cookies.set(COOKIE, secret, path="/curate")
    assert visitor.get(EDIT).status_code == 303


def test_who_may_only_propose_can_not_commit(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    mark = signed_in(visitor, tokens[1]["ben"])
    before = graph.revision
    form = {"mark": mark, "label": "baclofen", "definition": "A drug.", "message": "Shorter"}
    assert 'value="commit"' not in visitor.post(EDIT, data={**form, "action": "check"}).text
    assert visitor.post(EDIT, data={**form, "action": "commit"}).status_code == 403
    assert graph.revision == before
    answer = visitor.post(EDIT, data={**form, "action": "propose"})
    assert answer.headers["location"].startswith("/curate/proposals/")
    assert graph.revision == before
    decision = visitor.post(answer.headers["location"], data={"mark": mark, "action": "accept"})
    assert decision.status_code == 403
    assert graph.revision == before


def _proposed(visitor: TestClient, mark: str) -> tuple[str, int]:
    """The address and the number of a new proposal."""
    form = {"mark": mark, "label": "baclofen", "definition": "A drug.", "message": "Shorter", "action": "propose"}
    address = visitor.post(EDIT, data=form).headers["location"]
    return address, int(address.rpartition("/")[2])


def test_what_is_said_with_a_decision_is_kept_with_it_however_much_was_said_before(
    tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    brief = replace(graph, settings=replace(graph.settings, proposal_comments_max=1))
    visitor = TestClient(build_app(brief), follow_redirects=False, headers=HTML)
    mark = signed_in(visitor, tokens[1]["ana"])
    address, number = _proposed(visitor, mark)
    said = [("comment", "One."), ("comment", "Two."), ("decline", "No.")]
    answers = [visitor.post(address, data={"mark": mark, "action": what, "message": why}) for what, why in said]
    assert [answer.status_code for answer in answers] == [303, 413, 303]
    decided = proposal_numbered(graph, number)
    assert (decided.state, [comment.text for comment in decided.comments]) == ("withdrawn", ["One.", "No."])


@pytest.mark.parametrize("action", ["comment", "accept", "decline"])
def test_words_that_nobody_can_read_are_refused_with_all_that_goes_with_them(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph, action: str
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    address, number = _proposed(visitor, mark)
    before = graph.revision
    answer = visitor.post(address, data={"mark": mark, "action": action, "message": "Fine\u202e."})
    assert answer.status_code == 422
    kept = proposal_numbered(graph, number)
    assert (kept.state, kept.comments, graph.revision) == ("open", (), before)


def test_what_was_written_beside_an_acceptance_that_the_gate_refuses_is_kept(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    wrong = {"mark": mark, "add": "drug:baclofen als:madeUp 1 .", "message": "Wrong", "action": "propose"}
    address = visitor.post("/curate/turtle", data=wrong).headers["location"]
    answer = visitor.post(address, data={"mark": mark, "action": "accept", "message": "Fine."})
    assert answer.headers["location"] == address
    kept = proposal_numbered(graph, int(address.rpartition("/")[2]))
    assert (kept.state, [comment.text for comment in kept.comments]) == ("open", ["Fine."])


def test_an_edit_changes_what_was_written_and_nothing_else(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    page = visitor.get(EDIT).text
    form = {name: value for name, value in re.findall(r'<input id="[^"]+" name="(\w+)" value="([^"]*)"', page) if value}
    answer = visitor.post(
        EDIT, data={**form, "mark": mark, "definition": "New words.", "message": "Why", "action": "commit"}
    )
    assert answer.status_code == 303
    diff = visitor.get(answer.headers["location"], headers={"Accept": "application/json"}).json()["diff"]
    assert {row["predicate"]["curie"] for row in (*diff["added"], *diff["removed"])} == {"skos:definition"}
    assert [row["object"] for row in diff["added"]] == ["New words."]


def test_a_claim_of_a_form_is_the_claim_of_the_same_json(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    document = {
        "subject": "drug:baclofen",
        "predicate": "relieves",
        "object": "phenotype:fatigue",
        "certainty": "certainty:hedged",
        "source": "source:seed-001",
        "locator": "line 1",
    }
    page = visitor.post("/curate/claim", data={**document, "mark": mark, "action": "check"})
    assert "It would pass" in page.text
    headers = {"Authorization": f"Bearer {tokens[1]['ana']}", "Accept": "application/json"}
    same = visitor.post("/claims?dry_run=true", json=document, headers=headers).json()
    assert (
        all(row["subject"]["curie"] in page.text for row in same["diff"]["added"] if "subject" in row) or same["diff"]
    )
    assert page.text.count('<tr class="added">') == same["diff"]["counts"]["added"] + len(same["derived"]["appear"])


def test_too_many_sessions_end_the_oldest_and_time_ends_each() -> None:
    clock = [0.0]
    sessions = Sessions(Settings(sessions_max=2, session_seconds_max=10), now=lambda: clock[0])
    secrets_ = [sessions.begin(f"Bearer {number}") for number in range(3)]
    found = [sessions.of(_with_cookie(secret)) for secret in secrets_]
    assert [session and session.header for session in found] == [None, "Bearer 1", "Bearer 2"]
    clock[0] = 10.0
    assert sessions.of(_with_cookie(secrets_[2])) is None


def _with_cookie(secret: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", f"{COOKIE}={secret}".encode())]})


def test_a_mark_that_is_no_ascii_is_refused_like_any_other() -> None:
    with pytest.raises(Forbidden):
        refuse_unmarked(Session("Bearer x", "mark", 0.0), "ä")
