"""The desk, /curate: who may sign in, that nobody sends a form in another's name, and what the forms change."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from starlette.requests import Request

from alskg.access import Scope, Tokens
from alskg.errors import Forbidden, LimitExceeded
from alskg.history import record_at
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import BASE, RDF, SKOS
from alskg.proposals import proposal_numbered
from alskg.settings import Settings
from alskg.triples import plain
from alskg.web import desk
from alskg.web.app import Application, build_app
from alskg.web.pages import with_links
from alskg.web.sessions import COOKIE, Session, Sessions, refuse_unmarked
from alskg.web.sheets import Sheets

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


@pytest.fixture(scope="module")
def app(graph: KnowledgeGraph) -> Application:
    return build_app(graph)


@pytest.fixture
def visitor(app: Application) -> TestClient:
    """Who has no cookie yet. Without the app's lifespan, at whose end the graph would be closed."""
    return TestClient(app, follow_redirects=False, headers=HTML)


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
    assert "Authorization" not in answer.text
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
    checked = sent(visitor, EDIT, {**form, "action": "check"}).text
    assert "It would pass" in checked
    assert 'value="commit"' not in checked
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


def test_a_comment_without_words_is_refused_on_its_page(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    address, number = _proposed(visitor, mark)
    answer = visitor.post(address, data={"mark": mark, "action": "comment", "message": " "})
    assert answer.status_code == 422
    assert "Write what is to be said of it." in answer.text
    assert proposal_numbered(graph, number).comments == ()


def test_who_takes_a_claim_back_is_told_first_what_counts_on_it(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    signed_in(visitor, tokens[1]["ana"])
    told = visitor.get("/curate/retract/claims/s4-002").text.partition("What counts on it")[2].partition("<form")[0]
    assert re.search(r'<a href="/disagreements/a1-[^"]+">[^<]+</a> <span class="soft">\((?:one|other) side\)', told)
    assert "What counts on it" not in visitor.get("/curate/retract/claims/s1-002").text


PLACE = {"certainty": "asserted", "locator": "line 1", "action": "check"}


def test_what_is_missing_for_a_claim_is_a_link_to_its_form_with_what_is_known_of_it(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    claim = {**PLACE, "mark": mark, "subject": "xylomelane", "predicate": "relieves", "object": "phenotype:fatigue"}
    page = sent(visitor, "/curate/claim", {**claim, "source": "doi:10.9999/nothing.Of.1"}).text
    assert [call for call in ("PUT", "{name}", "&#34;source&#34;:", "&#34;doi&#34;") if call in page] == []
    assert '<a href="/curate/new/drugs?label=xylomelane">a new drug</a>' in page
    assert _form_in(visitor.get("/curate/new/drugs?label=xylomelane").text)["label"] == ["xylomelane"]
    link = re.findall(r'<a href="(/curate/new/sources[^"]+)">describe it as a new source</a>', page)
    source = _form_in(visitor.get(unescape(link[0])).text)
    assert source["exactMatch"][0] == "DOI:10.9999/nothing.of.1"
    fields = {"name": "a-new-one", "label": "A new one", "sourceKind": "sourcekind:primary-literature"}
    checked = sent(visitor, "/curate/new/sources", {**source, **fields, "mark": mark, "action": "check"}).text
    assert "10.9999/nothing.of.1" in checked
    assert "match-outside" not in checked
    assert "stands outside of the mapping tables" not in checked


def test_who_gives_a_thing_another_name_is_told_beside_its_label_in_the_words_of_the_form(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    form = _form_in(visitor.get(EDIT).text)
    page = sent(visitor, EDIT, {**form, "mark": mark, "label": "baclofin", "action": "check"}).text
    beside = re.findall(r'<ul class="plain wrong" id="wrong-label">(.*?)</ul>', page, re.DOTALL)
    assert len(beside) == 1
    assert beside[0].count("<li>") == 1
    assert "keep the old one as “synonym”" in beside[0]
    assert "altLabel" not in beside[0]
    assert "is not called so" not in page


def test_a_claim_that_others_count_on_is_taken_back_together_with_that_at_a_button(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    address, form = "/curate/retract/claims/s4-002", {"mark": mark, "reason": "An example", "together": ""}
    alone = sent(visitor, address, {**form, "action": "check"}).text
    faults = alone.partition("It would not pass")[2].partition("<table")[0]
    assert len(re.findall("<li>", faults)) == len(set(re.findall(r'<li><a href="([^"]+)"', faults))) > 0
    assert '<button type="submit" form="work" name="together" value="true"' in alone
    both = sent(visitor, address, {**form, "together": ["", "true"]}).text
    assert "It would pass" in both
    assert 'value="commit"' in both
    assert _form_in(both)["together"] == ["true"]
    assert 'name="together"' not in visitor.get("/curate/retract/claims/s1-002").text


def test_a_part_of_a_form_that_says_something_is_open(visitor: TestClient, tokens: tuple[Path, dict[str, str]]) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    page = visitor.get(EDIT).text
    assert '<details class="field"><summary>' in page
    form = {**_form_in(page), "mark": mark, "hiddenLabel": "baclofene", "action": "check"}
    assert '<details class="field" open><summary>' in sent(visitor, EDIT, form).text


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


CLAIM = {
    "subject": "drug:baclofen",
    "predicate": "relieves",
    "object": "phenotype:fatigue",
    "certainty": "certainty:hedged",
    "source": "source:seed-001",
    "locator": "line 1",
}


def test_a_claim_of_a_form_is_the_claim_of_the_same_json(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    page = sent(visitor, "/curate/claim", {**CLAIM, "mark": mark, "action": "check"})
    assert "It would pass" in page.text
    headers = {"Authorization": f"Bearer {tokens[1]['ana']}", "Accept": "application/json"}
    same = visitor.post("/claims?dry_run=true", json=CLAIM, headers=headers).json()
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
        refuse_unmarked(Session("Bearer x", "mark", 0.0, Sheets(Settings())), "ä")


def sent(visitor: TestClient, address: str, data: Mapping[str, str | list[str]]) -> Response:
    """The page that a browser shows once a form was sent."""
    return visitor.post(address, data=data, follow_redirects=True)


def _form_in(text: str) -> dict[str, str | list[str]]:
    """What a browser would send of a form that nobody touched."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', text):
        found.setdefault(name, []).append(unescape(value))
    for name, value in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</textarea>', text):
        found.setdefault(name, []).append(unescape(value))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        found.setdefault(name, []).extend(re.findall(r'value="([^"]*)" selected', options))
    return dict(found)


def _values(graph: KnowledgeGraph, iri: str, property_: str) -> set[str]:
    return {plain(triple.object) for triple in graph.present.match(iri, property_)}


MEXILETINE = "https://w3id.org/alskg/drugs/mexiletine"


def test_a_form_that_was_opened_before_another_s_change_leaves_that_as_it_is(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    signed_in(visitor, tokens[1]["ana"])
    edit = "/curate/edit/drugs/mexiletine"
    first, second = (_form_in(visitor.get(edit).text) for _ in range(2))
    theirs = {**first, "definition": "A drug, as the first puts it.", "message": "Clearer", "action": "commit"}
    revision = visitor.post(edit, data=theirs).headers["location"]
    mine = {**second, "altLabel": [*second.get("altLabel", ()), "mexi-second"], "message": "As it is sold"}
    for _ in range(2):
        page = sent(visitor, edit, {**mine, "action": "check"})
        assert "It would pass" in page.text
        assert f'<a href="{revision}">' in page.text
        assert page.text.count('<tr class="removed">') == 0
        mine["base"] = _form_in(page.text)["base"]
    assert visitor.post(edit, data={**mine, "action": "commit"}).status_code == 303
    assert _values(graph, MEXILETINE, SKOS + "definition") == {"A drug, as the first puts it."}
    assert "mexi-second" in _values(graph, MEXILETINE, SKOS + "altLabel")


def test_a_form_that_changes_what_another_changed_is_refused_however_often_it_is_sent(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    signed_in(visitor, tokens[1]["ana"])
    edit = "/curate/edit/drugs/mexiletine"
    first, second = (_form_in(visitor.get(edit).text) for _ in range(2))
    theirs = {**first, "definition": "A drug, as another puts it.", "message": "Clearer still", "action": "commit"}
    revision = visitor.post(edit, data=theirs).headers["location"]
    mine = {**second, "definition": "A drug, as I put it.", "message": "Mine"}
    for action in ("check", "check", "commit"):
        page = sent(visitor, edit, {**mine, "action": action})
        assert page.status_code == 412
        assert "somebody else changed definition" in page.text
        assert f'<a href="{revision}">Revision {revision.rpartition("/")[2]}</a> by ana: Clearer still' in page.text
        assert "Load the form anew" in page.text
        assert _form_in(page.text)["message"] == ["Mine"]
        mine["base"] = _form_in(page.text)["base"]
    assert _values(graph, MEXILETINE, SKOS + "definition") == {"A drug, as another puts it."}


def test_what_a_change_is_for_stays_through_its_check(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    written = {"add": 'drug:baclofen skos:altLabel "Lioresal-check"@en .', "message": "Sold as “so”"}
    page = sent(visitor, "/curate/turtle", {**written, "mark": mark, "action": "check"})
    assert "It would pass" in page.text
    form = _form_in(page.text)
    assert form["message"] == [written["message"]]
    revision = visitor.post("/curate/turtle", data={**form, "action": "commit"}).headers["location"]
    assert record_at(graph.present, int(revision.rpartition("/")[2])).message == written["message"]


def test_a_stale_form_with_a_slip_is_still_stale_once_that_is_mended(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    signed_in(visitor, tokens[1]["ana"])
    form = _form_in(visitor.get("/curate/turtle").text)
    theirs = {**form, "add": 'drug:baclofen skos:altLabel "Lioresal-first"@en .', "message": "x", "action": "commit"}
    assert visitor.post("/curate/turtle", data=theirs).status_code == 303
    form = _form_in(sent(visitor, "/curate/turtle", {**form, "add": "oops", "action": "check"}).text)
    mine = {**form, "add": 'drug:baclofen skos:altLabel "Lioresal-second"@en .', "action": "check"}
    assert sent(visitor, "/curate/turtle", mine).status_code == 412


def test_a_kept_refusal_rests_on_what_it_told_of_and_not_on_what_came_later(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    signed_in(visitor, tokens[1]["ana"])
    form = _form_in(visitor.get("/curate/turtle").text)

    def by_another(name: str) -> None:
        fresh = _form_in(visitor.get("/curate/turtle").text)
        add = f'drug:baclofen skos:altLabel "Lioresal-{name}"@en .'
        theirs = {**fresh, "add": add, "message": name, "action": "commit"}
        assert visitor.post("/curate/turtle", data=theirs).status_code == 303

    by_another("told")
    mine = {**form, "add": 'drug:baclofen skos:altLabel "Lioresal-mine"@en .', "message": "m", "action": "commit"}
    address = visitor.post("/curate/turtle", data=mine).headers["location"]
    told = _form_in(visitor.get(address).text)["base"]
    by_another("untold")
    page = visitor.get(address)
    assert (page.status_code, _form_in(page.text)["base"]) == (412, told)
    assert sent(visitor, "/curate/turtle", {**mine, "base": told}).status_code == 412


def test_a_form_that_could_not_be_tried_is_there_again(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(visitor, tokens[1]["ana"])
    form = _form_in(visitor.get("/curate/turtle").text)

    def busy(*_: object, **__: object) -> None:
        raise LimitExceeded("Others have their turn.", retry_after_seconds=1)

    monkeypatch.setattr(desk, "commit", busy)
    mine = {**form, "add": "drug:baclofen skos:altLabel 'x'@en .", "message": "m", "action": "commit"}
    assert visitor.post("/curate/turtle", data=mine).status_code == 503
    assert _form_in(visitor.get(f"/curate/turtle?sheet={form['sheet'][0]}").text)["add"] == [mine["add"]]


def test_a_change_taken_back_on_the_pages_says_so(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    added = {"add": 'drug:baclofen skos:altLabel "Lioresal-brief"@en .', "message": "x", "action": "commit"}
    number = visitor.post("/curate/turtle", data={**added, "mark": mark}).headers["location"].rpartition("/")[2]
    back = visitor.post(f"/curate/revert/{number}", data={"mark": mark, "action": "commit"}).headers["location"]
    assert record_at(graph.present, int(back.rpartition("/")[2])).door == "pages"
    page = visitor.get(f"/changes/{number}").text
    assert f'taken back by <a href="{back}">' in page
    assert "Take this change back" not in page
    again = visitor.get(f"/curate/revert/{number}").text
    assert f'taken back already, by <a href="{back}">' in again
    assert 'value="check"' not in again
    # Whoever takes that back again has the first change once more, which can be taken back.
    visitor.post(back.replace("/changes", "/curate/revert"), data={"mark": mark, "action": "commit"})
    assert "Take this change back" in visitor.get(f"/changes/{number}").text


@pytest.mark.parametrize("field", ["add", "remove"])
def test_turtle_without_a_triple_is_told_so_beside_its_field(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], field: str
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    page = sent(visitor, "/curate/turtle", {field: "# To do.", "mark": mark, "action": "check"}).text
    wrong = _wrong_fields(page)
    assert list(wrong) == [field]
    assert wrong[field][0].startswith("There is no triple in it, only comments or prefixes.")


def test_a_change_that_would_change_nothing_says_so_and_is_not_offered(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    there = {"add": "drug:baclofen a als:Drug .", "message": "x", "action": "check", "mark": mark}
    page = sent(visitor, "/curate/turtle", there).text
    assert "Nothing would change" in page
    assert "It would pass" not in page
    assert [word for word in ("commit", "propose") if f'value="{word}"' in page] == []


def test_a_decided_proposal_says_who_decided_and_shows_what_was_proposed(
    graph: KnowledgeGraph, tokens: tuple[Path, dict[str, str]]
) -> None:
    ana, ben = (TestClient(build_app(graph), follow_redirects=False, headers=HTML) for _ in range(2))
    marks = {name: signed_in(who, tokens[1][name]) for name, who in (("ana", ana), ("ben", ben))}
    for action, state in (("decline", "declined"), ("accept", "accepted")):
        wish = {"mark": marks["ben"], "add": f'drug:baclofen skos:altLabel "Lioresal-{state}"@en .', "message": "x"}
        address = ben.post("/curate/turtle", data={**wish, "action": "propose"}).headers["location"]
        went_to = ana.post(address, data={"mark": marks["ana"], "action": action, "message": "So."}).headers["location"]
        page = ben.get(address).text
        assert "Proposed by ben" in page
        assert f'<span class="pill">{state}</span> by ana, ' in page
        assert page.count('<tr class="added">') == 1
        assert f"Lioresal-{state}" in page
        assert (f'<a href="{went_to}">revision' in page) == (state == "accepted")


def test_a_proposal_that_others_overtook_says_so_and_is_not_offered_for_acceptance(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    edit = "/curate/edit/drugs/riluzole"
    form = _form_in(visitor.get(edit).text)
    address = visitor.post(
        edit, data={**form, "definition": "A drug, as proposed.", "message": "x", "action": "propose"}
    ).headers["location"]
    assert 'value="accept"' in visitor.get(address).text
    other = {**form, "definition": "A drug, as done.", "message": "Done", "action": "commit"}
    revision = visitor.post(edit, data=other).headers["location"]
    page = visitor.get(address).text
    assert 'value="accept"' not in page
    assert "It can't be accepted any more as it is." in page
    assert f'<a href="{revision}">' in page
    assert "A drug, as proposed." in page
    pressed = visitor.post(address, data={"mark": mark, "action": "accept", "message": "Fine."})
    assert pressed.status_code == 409
    assert "A drug, as proposed." in pressed.text
    assert '<a href="/curate/proposals">' in pressed.text
    assert _form_in(pressed.text)["message"] == ["Fine."]
    back = f"/curate/revert/{revision.rpartition('/')[2]}"
    visitor.post(back, data={"mark": mark, "message": "Back", "action": "commit"})
    page = visitor.get(address).text
    assert "It can't be accepted" not in page
    assert 'value="accept"' in page
    assert visitor.post(address, data={"mark": mark, "action": "accept"}).headers["location"].startswith("/changes/")


def test_a_proposal_that_is_done_already_is_not_offered_for_acceptance(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    wish = {"mark": mark, "add": 'drug:baclofen skos:altLabel "Lioresal-twice"@en .', "message": "x"}
    address = visitor.post("/curate/turtle", data={**wish, "action": "propose"}).headers["location"]
    visitor.post("/curate/turtle", data={**wish, "action": "commit"})
    page = visitor.get(address).text
    assert "changes nothing any more" in page
    assert 'value="accept"' not in page


@pytest.mark.parametrize("path", ["/proposals", "/proposals/1"])
def test_who_opens_proposals_in_a_browser_is_led_to_the_desk(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/curate{path}")
    assert visitor.get(path, headers={"Accept": "application/json"}).status_code == 401


def test_a_browser_is_never_asked_for_a_password(visitor: TestClient) -> None:
    for fetch in ({}, {"Sec-Fetch-Mode": "cors"}):
        answer = visitor.get("/proposals", headers={"Accept": "application/json", **fetch})
        schemes = [line.partition(" ")[0] for line in answer.headers.get_list("www-authenticate")]
        assert schemes == (["Bearer"] if fetch else ["Bearer", "Basic"])


def test_a_claim_about_a_thing_begins_at_its_page_and_outlasts_signing_in(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    links = re.findall(r'href="(/curate/claim[^"]*)">Add a claim about this', visitor.get("/drugs/baclofen").text)
    assert len(links) == 1
    entrance = visitor.get(unescape(links[0])).headers["location"]
    form = _form_in(visitor.get(entrance).text)
    assert form["next"] == [unescape(links[0])]
    answer = visitor.post("/curate/sign-in", data={"token": tokens[1]["ana"], "next": form["next"]})
    assert _form_in(visitor.get(answer.headers["location"]).text)["subject"] == ["drug:baclofen"]
    assert "Add a claim about this" not in visitor.get("/claims/s1-012").text


def _wrong_fields(text: str) -> dict[str, list[str]]:
    """What stands beside each field that is marked."""
    found = {}
    for field in text.split('<div class="field')[1:]:
        if field.startswith(" wrong"):
            name = re.findall(r'(?:id="wrong-|for=")(\w+)"', field)[0]
            said = re.findall(r'<li>(.*?)</li>|<p class="wrong"[^>]*>(.*?)</p>', field)
            found[name] = [unescape("".join(one)) for one in said]
    return found


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("definition", "", "Say here what it is; its label again doesn't."),
        ("definition", "baclofen", "Say here what it is; its label again doesn't."),
        ("label", "riluzole", "is called 'riluzole', too. Give one of them another label"),
        ("altLabel", "riluzole", "is called 'riluzole', too. Leave the synonym out"),
    ],
)
def test_what_a_house_rule_finds_stands_beside_its_field_and_nowhere_else(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], field: str, value: str, said: str
) -> None:
    signed_in(visitor, tokens[1]["ana"])
    form = _form_in(visitor.get(EDIT).text)
    page = sent(visitor, EDIT, {**form, field: value, "action": "check"}).text
    wrong = _wrong_fields(page)
    assert list(wrong) == [field]
    assert len(wrong[field]) == 1
    assert said in wrong[field][0]
    assert unescape(page).count(wrong[field][0]) == 1
    assert "needs a definition" not in page


def test_a_day_that_is_none_is_told_beside_its_field_in_plain_words(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    claim = {**CLAIM, "asOf": "yesterday"}
    page = sent(visitor, "/curate/claim", {**claim, "mark": mark, "action": "check"}).text
    assert _wrong_fields(page) == {"asOf": ["Write a day as 2024-04-05, a month as 2024-04, or a year as 2024."]}
    assert "[0-9]" not in page


def test_a_slip_that_shows_at_many_places_leaves_the_form_near(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    names = {"add": "drug:tizanidine rdfs:label 'x'@en .", "remove": "drug:tizanidine rdfs:label 'tizanidine'@en ."}
    page = sent(visitor, "/curate/turtle", {**names, "mark": mark, "action": "check"}).text
    before, folded = page.partition("<details><summary>")[::2]
    assert re.match(r"\d+ more faults</summary>", folded)
    assert (before.count("is not called so"), folded.partition("<form")[0].count("is not called so") > 6) == (6, True)


def test_a_change_without_words_is_told_beside_the_field_for_them(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    triples = {"add": 'drug:baclofen skos:altLabel "Lioresal-wordless"@en .', "mark": mark}
    page = sent(visitor, "/curate/turtle", {**triples, "action": "commit"}).text
    assert list(fields := _wrong_fields(page)) == ["message"]
    assert fields["message"][0] == "This is needed, and nothing is written here."
    # All else is as it should be, and needn't be checked again.
    assert "It would pass" in page
    assert 'name="action" value="commit"' in page


def test_a_form_that_was_checked_is_there_again_for_who_loads_it_anew_or_goes_back(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    signed_in(visitor, tokens[1]["ana"])
    form = _form_in(visitor.get("/curate/claim").text)
    before = graph.revision
    answer = visitor.post("/curate/claim", data={**form, **CLAIM, "locator": "line 77", "action": "check"})
    assert (answer.status_code, answer.headers["cache-control"]) == (303, "no-store")
    checked, again = (visitor.get(answer.headers["location"]) for _ in range(2))
    assert "It would pass" in checked.text
    assert "It would pass" in again.text
    back = visitor.get("/curate/claim", params={"sheet": form["sheet"]}).text
    assert "It would pass" not in back
    assert _form_in(back)["locator"] == ["line 77"]
    assert graph.revision == before
    other = TestClient(visitor.app, follow_redirects=False, headers=HTML)
    signed_in(other, tokens[1]["ben"])
    assert "line 77" not in other.get(answer.headers["location"]).text


def test_why_nothing_was_committed_is_still_told_to_who_loads_the_page_anew(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    before = graph.revision
    wordless = {"add": 'drug:baclofen skos:altLabel "Lioresal-again"@en .', "mark": mark, "action": "commit"}
    address = visitor.post("/curate/turtle", data=wordless).headers["location"]
    for _ in range(2):
        page = visitor.get(address)
        assert page.status_code == 422
        assert list(_wrong_fields(page.text)) == ["message"]
    assert graph.revision == before


def test_a_form_that_is_too_large_to_be_kept_is_answered_at_once(
    graph: KnowledgeGraph, tokens: tuple[Path, dict[str, str]]
) -> None:
    brief = replace(graph, settings=replace(graph.settings, session_characters_max=50))
    visitor = TestClient(build_app(brief), follow_redirects=False, headers=HTML)
    mark = signed_in(visitor, tokens[1]["ana"])
    page = visitor.post("/curate/claim", data={**CLAIM, "mark": mark, "action": "check"})
    assert page.status_code == 200
    assert "It would pass" in page.text
    assert _form_in(page.text)["locator"] == ["line 1"]


NEEDED = ["This is needed, and nothing is written here."]


def test_an_empty_claim_is_told_of_each_field_that_it_lacks_at_once(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    page = sent(visitor, "/curate/claim", {"mark": mark, "action": "check"}).text
    needed = ("subject", "predicate", "object", "certainty", "source", "locator")
    assert _wrong_fields(page) == dict.fromkeys(needed, NEEDED)
    assert page.count('<span class="needed">') == len(needed)
    assert 'role="alert"' not in page
    told = re.findall(r'role="status">What is wrong stands beside its field: (.*?)</p>', page)[0]
    assert re.findall(r'href="#about-(\w+)"', told) == list(needed)
    assert all(f'id="about-{name}"' in page for name in needed)


def test_a_claim_with_several_slips_is_told_of_each_beside_its_field(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    wrong = {**CLAIM, "subject": "drug:baclofn", "object": "nonsuch", "source": "nowhere", "certainty": "sure"}
    found = _wrong_fields(
        sent(visitor, "/curate/claim", {**wrong, "locator": "", "mark": mark, "action": "check"}).text
    )
    assert list(found) == ["subject", "object", "certainty", "source", "locator"]
    assert found["locator"] == NEEDED
    assert all(f"there is no '{wrong[name]}'" in found[name][0] for name in ("subject", "object", "certainty"))
    assert "'nowhere'" in found["source"][0]


def test_a_new_thing_without_a_name_is_told_of_what_else_it_lacks(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    page = sent(visitor, "/curate/new/drugs", {"mark": mark, "action": "check"}).text
    assert _wrong_fields(page) == dict.fromkeys(("name", "label", "definition"), NEEDED)


MARKED = '<span class="pill against">denies</span> <a href="/claims/{}">'


def test_a_claim_that_denies_is_called_so_wherever_the_desk_and_history_show_it(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    wish = {**CLAIM, "object": "phenotype:dysphagia", "polarity": "polarity:denies", "mark": mark, "message": ""}
    page = sent(visitor, "/curate/claim", {**wish, "action": "check"}).text
    name = re.findall(r'href="/claims/([^"]+)"', page)[0]
    shown = page.count(f'<a href="/claims/{name}">')
    assert shown
    assert page.count(MARKED.format(name)) == shown
    proposal = visitor.post("/curate/claim", data={**wish, "action": "propose", "message": "x"}).headers["location"]
    assert visitor.get(proposal).text.count(MARKED.format(name)) == shown
    change = sent(visitor, "/curate/claim", {**wish, "action": "commit"}).text
    assert change.count(MARKED.format(name)) == change.count(f'<a href="/claims/{name}">') > 0
    assert "Adds the denial " in change
    assert f"<h1>Edit the denial {name}: " in visitor.get(f"/curate/edit/claims/{name}").text
    assert f"<h1>Take back the denial {name}: " in visitor.get(f"/curate/retract/claims/{name}").text
    gone = {"mark": mark, "reason": "A test.", "action": "commit"}
    taken = sent(visitor, f"/curate/retract/claims/{name}", gone).text
    assert f"Takes back denial {name}: A test." in taken
    assert taken.count(MARKED.format(name)) == taken.count(f'<a href="/claims/{name}">') > 0
    affirming = sent(visitor, "/curate/claim", {**wish, "polarity": "polarity:affirms", "action": "check"}).text
    assert "denies</span> <a" not in affirming


def test_a_claim_whose_review_nobody_recorded_says_so_on_the_page_of_its_source(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    claim = {**CLAIM, "object": "phenotype:drooling", "locator": "line 2", "mark": mark, "message": "x"}
    assert visitor.post("/curate/claim", data={**claim, "action": "commit"}).status_code == 303
    text = visitor.get("/sources/seed-001").text
    rows = [row for row in text.split("<tr>") if "baclofen relieves drooling" in row]
    assert [re.findall(r"<td>([^<]*)</td></tr>", row) for row in rows] == [["not recorded"]]


LEFT: dict[str, str | list[str]] = {
    "definition": "A drug, as somebody left it & “quoted”.",
    "altLabel": ["one", "two"],
    "message": "Half done",
}


def _left(visitor: TestClient) -> tuple[Response, dict[str, str | list[str]]]:
    """The page for who sends a form when the session is over, and the form that it holds."""
    form = {**_form_in(visitor.get(EDIT).text), **LEFT, "action": "check"}
    visitor.cookies.clear()
    answer = visitor.post(EDIT, data=form)
    assert answer.status_code == 401
    return answer, _form_in(answer.text)


def test_what_was_written_when_a_session_ended_is_there_again_after_signing_in(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    mark, before = signed_in(visitor, tokens[1]["ana"]), graph.revision
    answer, entrance = _left(visitor)
    assert "Your session has ended, and nothing was sent. Sign in again as ana" in answer.text
    assert mark not in unquote_plus(str(entrance["left"]))
    # A slip in the token loses nothing either.
    wrong = visitor.post("/curate/sign-in", data={**entrance, "token": "alskg_nonsense"})
    assert _form_in(wrong.text)["left"] == entrance["left"]
    answer = visitor.post("/curate/sign-in", data={**entrance, "token": tokens[1]["ana"]})
    assert re.fullmatch(rf"{EDIT}\?sheet=\w+", answer.headers["location"])
    form = _form_in(visitor.get(answer.headers["location"]).text)
    assert (form["definition"], form["altLabel"][:2], form["message"]) == (
        [LEFT["definition"]],
        LEFT["altLabel"],
        [LEFT["message"]],
    )
    assert graph.revision == before
    assert "It would pass" in sent(visitor, EDIT, {**form, "action": "check"}).text


def test_what_somebody_left_is_given_to_nobody_else(visitor: TestClient, tokens: tuple[Path, dict[str, str]]) -> None:
    signed_in(visitor, tokens[1]["ana"])
    _, entrance = _left(visitor)
    answer = visitor.post("/curate/sign-in", data={**entrance, "token": tokens[1]["ben"]})
    assert str(LEFT["message"]) not in visitor.get(answer.headers["location"]).text


def test_what_is_too_long_to_be_kept_is_shown_to_be_copied(
    tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    brief = replace(graph, settings=replace(graph.settings, session_characters_max=200))
    visitor = TestClient(build_app(brief), follow_redirects=False, headers=HTML)
    signed_in(visitor, tokens[1]["ana"])
    answer, entrance = _left(visitor)
    assert "too long to be kept" in answer.text
    assert "left" not in entrance
    copied = unescape(re.findall(r"<textarea[^>]* readonly>([^<]*)</textarea>", answer.text)[0])
    assert str(LEFT["definition"]) in copied
    assert "check" not in copied.split()


def test_a_form_of_the_session_before_is_opened_again_and_does_nothing(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    signed_in(visitor, tokens[1]["ana"])
    form = {**_form_in(visitor.get(EDIT).text), **LEFT, "action": "commit"}
    visitor.cookies.clear()
    signed_in(visitor, tokens[1]["ana"])
    before = graph.revision
    answer = visitor.post(EDIT, data=form)
    assert answer.status_code == 303
    assert graph.revision == before
    assert _form_in(visitor.get(answer.headers["location"]).text)["message"] == [LEFT["message"]]
    # Nobody else has it so, nor who comes from another site.
    visitor.cookies.clear()
    signed_in(visitor, tokens[1]["ben"])
    assert visitor.post(EDIT, data=form).status_code == 403
    visitor.cookies.clear()
    assert visitor.post(EDIT, data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_who_may_not_commit_is_told_what_to_choose(visitor: TestClient, tokens: tuple[Path, dict[str, str]]) -> None:
    mark = signed_in(visitor, tokens[1]["ben"])
    answer = visitor.post(EDIT, data={"mark": mark, "definition": "A drug.", "message": "x", "action": "commit"})
    assert answer.status_code == 403
    assert "choose Propose" in answer.text
    assert "propose=true" not in answer.text


def test_who_would_write_a_thing_in_a_role_is_told_where_it_is_written(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    signed_in(visitor, tokens[1]["ana"])
    for asked, instead in (
        ("new/symptoms", "new/phenotypes?type=Symptom"),
        ("edit/symptoms/fatigue", "edit/phenotypes/fatigue"),
    ):
        answer = visitor.get(f"/curate/{asked}")
        assert answer.status_code == 404
        assert "A symptom is a phenotype in a role" in answer.text
        assert f'<a href="/curate/{instead}">' in answer.text
    form = visitor.get("/curate/new/phenotypes?type=Symptom").text
    assert '<option value="Symptom" selected>' in form


def test_a_thing_gets_a_role_by_its_form_and_loses_it_again(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]], graph: KnowledgeGraph
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    form = {"mark": mark, "action": "commit", "name": "brisk-jaw-jerk", "label": "brisk jaw jerk", "message": "New"}
    form |= {"definition": "A reflex that is livelier than it should be.", "type": "Symptom"}
    assert visitor.post("/curate/new/phenotypes", data=form).headers["location"].startswith("/changes/")

    def types() -> set[str]:
        found = graph.present.match(f"{BASE}phenotypes/brisk-jaw-jerk", RDF + "type")
        return {plain(triple.object).rpartition("/")[2] for triple in found}

    assert types() == {"Thing", "Phenotype", "Symptom"}
    edit = {**form, "type": "", "message": "No symptom after all"}
    assert visitor.post("/curate/edit/phenotypes/brisk-jaw-jerk", data=edit).headers["location"].startswith("/changes/")
    assert types() == {"Thing", "Phenotype"}


def test_a_claim_on_what_is_stated_already_is_told_who_states_it(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ben"])
    form = {**CLAIM, "mark": mark, "object": "phenotype:muscle-spasticity", "locator": "line 998", "action": "check"}
    page = visitor.get(visitor.post("/curate/claim", data=form).headers["location"]).text
    assert 'Stated already: <a href="/propositions/baclofen-relieves-muscle-spasticity' in page
    assert "1 claim on it, which yours would join" in page
    assert "seed document 002" in page
    form["action"], form["message"] = "propose", "Another place"
    proposal = visitor.get(visitor.post("/curate/claim", data=form).headers["location"]).text
    assert "Stated already" in proposal
    new = {**form, "object": "phenotype:headache", "action": "check"}
    assert "Stated already" not in visitor.get(visitor.post("/curate/claim", data=new).headers["location"]).text


def test_who_takes_a_claim_back_is_not_told_that_it_is_stated_already(
    visitor: TestClient, tokens: tuple[Path, dict[str, str]]
) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    form = {**CLAIM, "mark": mark, "object": "phenotype:muscle-spasticity", "locator": "line 997", "action": "commit"}
    made = visitor.post("/curate/claim", data={**form, "message": "To be taken back"}).headers["location"]
    assert made.startswith("/changes/")
    undo = f"/curate/revert/{made.rpartition('/')[2]}"
    page = visitor.get(visitor.post(undo, data={"mark": mark, "action": "check"}).headers["location"]).text
    assert "Stated already" not in page
    assert "Would pass" in page or "passes" in page
    assert visitor.post(undo, data={"mark": mark, "action": "commit"}).headers["location"].startswith("/changes/")


def test_what_a_report_names_is_a_link(visitor: TestClient, tokens: tuple[Path, dict[str, str]]) -> None:
    mark = signed_in(visitor, tokens[1]["ana"])
    form = {**CLAIM, "mark": mark, "subject": "drug:riluzole", "predicate": "antagonizes", "action": "check"}
    form |= {"object": "molecule:glutamate", "certainty": "certainty:asserted", "locator": "line 24; sentence 19"}
    page = visitor.get(visitor.post("/curate/claim", data=form).headers["location"]).text
    assert '<a href="/claims/s1-012">claims/s1-012</a> says or denies this already' in page
    assert with_links(f"<b>{BASE}drugs/x</b>") == '&lt;b&gt;<a href="/drugs/x">drugs/x</a>&lt;/b&gt;'
