"""Changes over HTTP: made, weighed, told, taken back, proposed; by whom, and on which revision they rest."""

import gzip
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

from alskg.access import Scope, Tokens
from alskg.checks import derived_faults
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import BASE, SKOS
from alskg.settings import Settings
from alskg.web.app import build_app

DRUG = 'drug:{} a als:Drug ; rdfs:label "{}"@en ; skos:definition "A drug for tests."@en .'
RELIEF = "proposition:baclofen-relieves-muscle-spasticity-03eb7ceb"
CLAIM = """claim:{0} a als:Claim ; rdfs:label "baclofen relieves muscle spasticity"@en ;
    als:certainty certainty:asserted ; als:locator "of {0}" ; als:polarity polarity:{1} ;
    dcterms:source source:seed-001 ; als:states {2} ."""
SH = "http://www.w3.org/ns/shacl#"


@pytest.fixture(scope="module")
def directory(filled: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("changes"))


@pytest.fixture(scope="module")
def graph(directory: Path) -> Iterator[KnowledgeGraph]:
    settings = replace(Settings(), data_dir=directory, change_quads_max=60, change_bytes_max=20_000)
    kg = KnowledgeGraph.open(settings)
    # However busy the machine is, the first request needn't wait until the shapes are compiled.
    kg.gate.prepare()
    yield kg
    # Who spoke with it over HTTP has closed it.
    with closing(KnowledgeGraph.open(settings)) as again:
        assert derived_faults(again.present, settings.root) == [], "After all that the view isn't what follows."


@pytest.fixture(scope="module")
def client(graph: KnowledgeGraph) -> Iterator[TestClient]:
    """Nobody: no token goes with the requests unless a test gives one."""
    with TestClient(build_app(graph), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def headers(directory: Path) -> dict[str, dict[str, str]]:
    """What to send to be one with a scope."""
    tokens = Tokens(directory)
    return {
        scope.value: {"Authorization": f"Bearer {tokens.create(f'{scope.value}-token', [scope], None)}"}
        for scope in Scope
    }


Post = Callable[..., Any]


@pytest.fixture
def post(client: TestClient, headers: dict[str, dict[str, str]]) -> Post:
    """POST as somebody with a scope (publish, where none is named)."""

    def posted(url: str, *, scope: str = "publish", more: dict[str, str] | None = None, **how: Any) -> Any:
        return client.post(url, headers={**headers[scope], **(more or {})}, **how)

    return posted


def change(name: str) -> dict[str, str]:
    return {"message": f"The drug {name}.", "add": DRUG.format(name, name)}


def revision_of(client: TestClient) -> int:
    return int(client.get("/health").json()["revision"])


# Who may


WRITES = [
    ("POST", "/changes"),
    ("POST", "/changes/2/revert"),
    ("POST", "/changes/2/restore"),
    ("POST", "/sparql"),
    ("PUT", "/graphs?default"),
    ("POST", "/graphs?default"),
    ("DELETE", "/graphs?default"),
    ("POST", "/proposals/1/accept"),
    ("POST", "/proposals/1/decline"),
    ("POST", "/proposals/1/comments"),
    ("GET", "/proposals"),
    ("GET", "/proposals/1"),
]


@pytest.mark.parametrize(("method", "url"), WRITES)
def test_nobody_writes_without_a_token(client: TestClient, method: str, url: str) -> None:
    before = revision_of(client)
    how: dict[str, Any] = {"data": {"update": "CLEAR ALL"}} if url == "/sparql" else {}
    answer = client.request(method, url, **how)
    assert answer.status_code == 401
    schemes = [line.partition(" ")[0] for line in answer.headers.get_list("www-authenticate")]
    assert schemes == ["Bearer", "Basic"]
    assert "alskg token create" in answer.json()["detail"]
    assert revision_of(client) == before


@pytest.mark.parametrize(
    ("url", "said"), [("/proposals", "Reading what is proposed needs a token"), ("/changes", "A change needs a token")]
)
def test_who_shows_no_token_is_told_what_needs_one(
    client: TestClient, headers: dict[str, dict[str, str]], url: str, said: str
) -> None:
    answer = client.get(url) if url == "/proposals" else client.post(url, json={})
    assert (answer.status_code, answer.json()["detail"][: len(said)]) == (401, said)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_who_names_no_graph_is_told_that_and_nothing_of_queries(
    client: TestClient, headers: dict[str, dict[str, str]], method: str
) -> None:
    problem = client.request(method, "/graphs", headers=headers["publish"]).json()
    assert (problem["status"], problem["title"], problem["detail"][:13]) == (400, "Bad request", "Say one graph")


@pytest.mark.parametrize("url", ["/changes?revision=1", "/changes/2?revision=1", "/proposals?revision=1"])
def test_what_tells_of_the_present_is_asked_of_no_other_revision(
    client: TestClient, headers: dict[str, dict[str, str]], url: str
) -> None:
    answer = client.get(url, headers=headers["curate"])
    assert (answer.status_code, answer.json()["parameter"]) == (422, "revision")


@pytest.mark.parametrize("url", ["/changes", "/sparql", "/graphs?default"])
def test_a_curator_may_weigh_and_propose_but_not_publish(client: TestClient, post: Post, url: str) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "/changes": {"json": change("maybe")},
        "/sparql": {"data": {"update": f'{PREFIXES} INSERT DATA {{ drug:baclofen skos:altLabel "maybe"@en }}'}},
        "/graphs?default": {"content": DRUG.format("maybe", "maybe"), "more": {"Content-Type": "text/turtle"}},
    }
    body = bodies[url]
    refused = post(url, scope="curate", **body)
    assert refused.status_code == 403
    assert "propose=true" in refused.json()["detail"]
    joiner = "&" if "?" in url else "?"
    assert post(f"{url}{joiner}dry_run=true", scope="curate", **body).status_code == 200
    assert post(f"{url}{joiner}propose=true", scope="curate", **body).status_code == 202


def test_every_change_tells_who_made_it(client: TestClient, post: Post) -> None:
    made = post("/changes", json=change("whose"))
    told = client.get(made.headers["Location"]).json()
    assert (told["agent"], told["message"], told["door"]) == ("publish-token", "The drug whose.", "changes")
    assert told["time"].endswith("Z")


def test_a_client_that_speaks_basic_may_write(client: TestClient, headers: dict[str, dict[str, str]]) -> None:
    token = headers["publish"]["Authorization"].removeprefix("Bearer ")
    assert client.post("/changes", json=change("basic"), auth=("publish-token", token)).status_code == 201


# What is answered


def test_a_dry_run_tells_all_that_would_happen_and_writes_nothing(client: TestClient, post: Post) -> None:
    before = revision_of(client)
    body = post("/changes?dry_run=true", json={"add": CLAIM.format("dry", "denies", RELIEF)}).json()
    assert (body["dryRun"], body["committed"], body["conforms"]) == (True, False, True)
    assert body["diff"]["counts"] == {"added": 7, "removed": 0}
    row = next(row for row in body["diff"]["added"] if row["predicate"]["curie"] == "als:states")
    assert row["object"]["label"] == "baclofen relieves muscle spasticity"
    assert row["file"] == "data/claims/seed-001.ttl"
    appear = {row["predicate"]["curie"] for row in body["derived"]["appear"]}
    assert appear == {"als:disputedBy", "als:contested", "rdf:type"}
    assert [one["label"] for one in body["disagreements"]["created"]] == ["baclofen relieves muscle spasticity"]
    assert revision_of(client) == before
    assert client.get("/claims/dry").status_code == 404


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"message": "one\n9  2026-01-01T00:00:00Z  ana  +1 -0  forged"}, "message: it has the character U+000A"),
        ({"message": "a\u202eb"}, "message: it has the character U+202E"),
        ({"message": "x", "retract": [{"claim": "s1-001", "reason": "a\x1bb"}]}, "reason: it has the character U+001B"),
        ({"message": "x", "retract": [{"claim": "s1-001", "reason": " "}]}, "Say in `reason` why"),
    ],
    ids=["a second row", "letters turned round", "a reason with an escape", "a reason of spaces"],
)
def test_words_that_would_not_be_one_row_of_the_history_are_refused(
    client: TestClient, post: Post, body: dict[str, object], said: str
) -> None:
    before = revision_of(client)
    response = post("/changes", json={"add": "drug:baclofen skos:altLabel 'x'@en .", **body})
    assert response.status_code == 422
    assert said in response.json()["detail"]
    assert revision_of(client) == before


def test_a_mark_before_a_document_is_passed_over_and_another_encoding_is_told(client: TestClient, post: Post) -> None:
    body, turtle = 'drug:baclofen skos:altLabel "ä"@en .', {"Content-Type": "text/turtle"}
    weighed = post("/changes?message=x&dry_run=true", content="\ufeff" + body, more=turtle)
    assert weighed.json()["diff"]["counts"] == {"added": 1, "removed": 0}
    refused = post("/changes?message=x", content=body.encode("latin-1"), more=turtle)
    assert refused.status_code == 400
    assert "it is not UTF-8: byte 30, in line 1, is 0xe4. Write it in UTF-8." in refused.json()["detail"]


def test_a_change_is_a_revision_with_an_address(client: TestClient, post: Post) -> None:
    before = revision_of(client)
    made = post("/changes", json=change("new"))
    assert made.status_code == 201
    assert made.headers["Location"] == f"/changes/{before + 1}"
    assert made.headers["ETag"] == f'"{before + 1}"'
    assert made.headers["X-Alskg-Revision"] == str(before + 1)
    assert client.get("/drugs/new").json()["label"] == "new"


def test_what_is_there_and_what_is_not_are_named_and_no_errors(client: TestClient, post: Post) -> None:
    post("/changes", json=change("twice"))
    before = revision_of(client)
    again = post("/changes", json={**change("twice"), "remove": 'drug:twice skos:altLabel "other"@en .'})
    assert again.status_code == 200
    assert len(again.json()["alreadyThere"]) == 3
    assert [row["object"] for row in again.json()["notThere"]] == ["other"]
    assert again.json()["summary"].startswith("Nothing changes")
    assert revision_of(client) == before


def test_adding_and_removing_the_same_leaves_it_there(client: TestClient, post: Post) -> None:
    post("/changes", json=change("both"))
    again = post("/changes", json={**change("both"), "remove": DRUG.format("both", "both")})
    assert again.status_code == 200
    assert client.get("/drugs/both").status_code == 200


def test_a_proposition_that_exists_is_told_with_the_way_to_add_a_claim(post: Post) -> None:
    proposition = f"""{RELIEF} a als:Proposition ; rdfs:label "baclofen relieves muscle spasticity"@en ;
        rdf:subject drug:baclofen ; rdf:predicate als:relieves ; rdf:object phenotype:muscle-spasticity ."""
    body = post("/changes?dry_run=true", json={"add": proposition}).json()
    assert [one["url"] for one in body["existing"]] == [f"/propositions/{RELIEF.removeprefix('proposition:')}"]
    assert body["existing"][0]["addClaim"]["url"] == "/claims"


@pytest.mark.parametrize(("name", "status"), [("fine", 200), ("", 200)])
def test_whoever_asks_for_rdf_gets_the_validation_report(post: Post, name: str, status: int) -> None:
    add = DRUG.format("rdf", "rdf") if name else "drug:rdf a als:Drug ; skos:definition 'A drug.'@en ."
    answer = post("/changes?dry_run=true", json={"add": add}, more={"Accept": "text/turtle"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/turtle; charset=utf-8")
    found = list(ox.parse(answer.content, format=ox.RdfFormat.TURTLE))
    conforms = [q.object.value for q in found if q.predicate.value == f"{SH}conforms"]
    assert conforms == [str(bool(name)).lower()]
    paths = [q.object.value for q in found if q.predicate.value == f"{SH}resultPath"]
    assert paths == ([] if name else ["http://www.w3.org/2000/01/rdf-schema#label"])
    shapes = [q.object.value for q in found if q.predicate.value == f"{SH}sourceShape"]
    assert shapes == ([] if name else ["https://w3id.org/alskg/ontology/Thing-label"])


def test_a_refusal_as_rdf_has_the_status_of_a_refusal(post: Post) -> None:
    answer = post("/changes", json={"message": "x", "add": "drug:rdf a als:Drug ."}, more={"Accept": "text/turtle"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/turtle; charset=utf-8")


def test_a_refusal_says_in_plain_words_what_is_wrong_and_how_to_mend_it(post: Post) -> None:
    body = post("/changes", json={"message": "x", "add": 'drug:baclofen rdfs:label "Baclofen"@en .'}).json()
    result = body["report"]["results"][0]
    assert result["node"]["curie"] == "drug:baclofen"
    assert result["path"]["label"] == "label"
    assert result["mend"] == "Keep one."
    assert result["what"].startswith("“")
    assert body["detail"].startswith("The graph would not be sound, so nothing was written")


DOCUMENTS = {
    "text/turtle": DRUG,
    "application/trig": "GRAPH <https://w3id.org/alskg/graphs/data/things/drugs> {{ " + DRUG + " }}",
    "application/n-triples": (
        "<https://w3id.org/alskg/drugs/{0}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
        "<https://w3id.org/alskg/ontology/Drug> .\n<https://w3id.org/alskg/drugs/{0}> "
        '<http://www.w3.org/2000/01/rdf-schema#label> "{1}"@en .\n<https://w3id.org/alskg/drugs/{0}> '
        '<http://www.w3.org/2004/02/skos/core#definition> "A drug for tests."@en .'
    ),
    "application/n-quads": (
        "<https://w3id.org/alskg/drugs/{0}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
        "<https://w3id.org/alskg/ontology/Drug> <https://w3id.org/alskg/graphs/data/things/drugs> .\n"
        '<https://w3id.org/alskg/drugs/{0}> <http://www.w3.org/2000/01/rdf-schema#label> "{1}"@en .\n'
        "<https://w3id.org/alskg/drugs/{0}> <http://www.w3.org/2004/02/skos/core#definition> "
        '"A drug for tests."@en .'
    ),
    "application/ld+json": (
        '{{"@context": "/context.jsonld", "id": "https://w3id.org/alskg/drugs/{0}", "type": "Drug", "label": "{1}", '
        '"definition": "A drug for tests."}}'
    ),
    "application/rdf-patch": (
        "PA als <https://w3id.org/alskg/ontology/> .\nTX .\n"
        "A <https://w3id.org/alskg/drugs/{0}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> als:Drug .\n"
        'A <https://w3id.org/alskg/drugs/{0}> <http://www.w3.org/2000/01/rdf-schema#label> "{1}"@en .\n'
        "A <https://w3id.org/alskg/drugs/{0}> <http://www.w3.org/2004/02/skos/core#definition> "
        '"A drug for tests."@en .\nTC .'
    ),
}


@pytest.mark.parametrize("media_type", DOCUMENTS)
def test_a_document_of_every_format_is_read(client: TestClient, post: Post, media_type: str) -> None:
    name = "as-" + media_type.split("/")[1].replace("+", "-")
    body = DOCUMENTS[media_type].format(name, name)
    answer = post("/changes?message=test", content=body, more={"Content-Type": media_type})
    assert answer.status_code == 201, answer.text
    assert client.get(f"/drugs/{name}").json()["label"] == name


def test_a_body_that_is_compressed_is_refused_and_not_read_as_text(client: TestClient, post: Post) -> None:
    before = revision_of(client)
    more = {"Content-Type": "text/turtle", "Content-Encoding": "gzip"}
    answer = post("/changes?message=test", content=gzip.compress(b"drug:x a als:Drug ."), more=more)
    assert (answer.status_code, answer.json()["available"]) == (415, ["identity"])
    plainly = post("/changes", json={}, more={"Content-Encoding": "identity"})
    assert plainly.status_code == 422
    assert revision_of(client) == before


@pytest.mark.parametrize(
    ("media_type", "body", "status", "said"),
    [
        ("application/rdf+xml", "<x/>", 415, "application/rdf+xml is not read here"),
        ("text/plain", "x", 415, "text/plain is not read here"),
        ("", "x", 415, "(none) is not read here"),
        ("text/turtle", "drug:x a als:Drug", 400, "Line 1, column"),
        ("text/turtle", "drug:x\n a als:Drug ;\n nonsense:x 1 .", 400, "Line 3, column"),
        ("application/n-quads", "not quads", 400, "Line 1, column 1"),
        ("application/ld+json", "{", 400, "the body is not JSON"),
        ("application/ld+json", '{"@id": "drug:x", "label": "a", "label": "b"}', 400, "'label' stands twice"),
        ("application/ld+json", '{"@context": "http://127.0.0.1:9/x", "x": 1}', 400, "Only this server's own"),
        ("application/ld+json", "[" * 100_000 + "]" * 100_000, 413, "ALSKG_CHANGE_BYTES_MAX"),
        ("application/ld+json", "[" * 9_000 + "]" * 9_000, 400, "is not JSON that can be read"),
        ("application/rdf-patch", "X <a> <b> <c> .", 400, "Line 1: 'X' is no row of RDF Patch"),
        ("application/rdf-patch", "A <http://a> <http://b> .", 400, "Line 1: this is no quad"),
        ("application/rdf-patch", "TX .\nTB .", 400, "Line 2: 'TB' is no row"),
        ("application/rdf-patch", "TX .\nA <http://a> <http://b> <http://c> .", 400, "Line 1: the transaction"),
        ("application/json", "{", 400, "not JSON"),
        ("application/json", "[]", 422, "There are message, add, remove, retract"),
        ("application/json", '{"ad": "x"}', 422, "ad: "),
        ("application/json", "{}", 422, "The change is empty"),
        ("application/json", '{"message": "x"}', 422, "The change is empty"),
        ("application/json", '{"add": "drug:x a als:Drug ."}', 422, "message: say what the change is for"),
        ("application/json", '{"message": " ", "add": "drug:x a als:Drug ."}', 422, "message: say what"),
        ("application/json", '{"message": "x", "remove": "drug:x a"}', 400, "remove: Line 1, column"),
        ("application/json", '{"message": "x", "retract": [{"claim": "s1-001"}]}', 422, "retract.0.reason"),
        ("application/json", '{"message": "x", "retract": [{"claim": "none", "reason": "x"}]}', 404, "no live claim"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place_and_the_mend(
    client: TestClient, post: Post, media_type: str, body: str, status: int, said: str
) -> None:
    before = revision_of(client)
    answer = post(
        "/changes?message=test" if "json" not in media_type[-5:] or "ld" in media_type else "/changes",
        content=body,
        more={"Content-Type": media_type},
    )
    assert answer.status_code == status, answer.text
    assert said in answer.json()["detail"]
    assert revision_of(client) == before


def test_a_document_needs_a_message(post: Post) -> None:
    answer = post("/changes", content=DRUG.format("x", "x"), more={"Content-Type": "text/turtle"})
    assert answer.status_code == 422
    assert "?message=" in answer.json()["detail"]


def test_more_quads_than_the_limit_are_refused(post: Post) -> None:
    many = " ".join(f'drug:baclofen skos:altLabel "name {n}"@en .' for n in range(61))
    answer = post("/changes", json={"message": "x", "add": many})
    assert answer.status_code == 413
    assert answer.json()["limit"] == "change_quads_max"


def test_a_parameter_that_is_not_known_is_refused(post: Post) -> None:
    answer = post("/changes?dryrun=true", json=change("x"))
    assert answer.status_code == 422
    assert "dry_run" in answer.json()["detail"]


# Which revision it rests on


def test_a_change_may_rest_on_the_present_revision(client: TestClient, post: Post) -> None:
    now = revision_of(client)
    assert post("/changes", json=change("fresh"), more={"If-Match": f'"{now}"'}).status_code == 201


def test_a_change_on_an_older_revision_passes_where_nobody_touched_what_it_touches(
    client: TestClient, post: Post
) -> None:
    then = revision_of(client)
    assert post("/changes", json=change("other")).status_code == 201
    assert post("/changes", json=change("mine"), more={"If-Match": f'"{then}"'}).status_code == 201


def test_a_change_on_an_older_revision_is_refused_with_the_changes_that_stand_against_it(
    client: TestClient, post: Post
) -> None:
    post("/changes", json=change("contended"))
    then = revision_of(client)
    first = post("/changes", json={"message": "First.", "add": 'drug:contended skos:altLabel "one"@en .'})
    assert first.status_code == 201
    second = post(
        "/changes",
        json={"message": "Second.", "add": 'drug:contended skos:altLabel "two"@en .'},
        more={"If-Match": f'"{then}"'},
    )
    assert second.status_code == 412
    conflict = second.json()["conflicts"][0]
    assert (conflict["revision"], conflict["message"]) == (then + 1, "First.")
    assert conflict["nodes"] == ["https://w3id.org/alskg/drugs/contended"]
    assert "one" in client.get("/drugs/contended").text
    assert "two" not in client.get("/drugs/contended").text


def test_a_change_of_too_many_nodes_to_name_stands_against_no_others(
    client: TestClient, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alskg.changes.TOUCHED_MAX", 1)
    then = revision_of(client)
    assert post("/changes", json=change("among-many")).status_code == 201
    assert post("/changes", json=change("not-among-many"), more={"If-Match": f'"{then}"'}).status_code == 201
    mine = {"message": "Mine.", "add": 'drug:among-many skos:altLabel "mine"@en .'}
    refused = post("/changes", json=mine, more={"If-Match": f'"{then}"'})
    assert refused.status_code == 412
    (conflict,) = refused.json()["conflicts"]
    assert (conflict["revision"], conflict["nodes"]) == (then + 1, ["https://w3id.org/alskg/drugs/among-many"])

    def changes_of(node: str) -> list[int]:
        return [item["revision"] for item in client.get("/changes", params={"node": node}).json()["items"]]

    assert changes_of("drug:among-many") == [then + 1]
    assert changes_of("drug:not-among-many") == [then + 2]
    assert then + 1 not in changes_of("drug:riluzole")


@pytest.mark.parametrize(
    ("tag", "status"), [('"99999"', 412), ("x", 422), ('"1.5"', 412), ("*", 201), ('W/"99999"', 412)]
)
def test_if_match_is_read_as_the_standard_says(post: Post, tag: str, status: int) -> None:
    name = f"tag-{abs(hash(tag)) % 1000}"
    assert post("/changes", json=change(name), more={"If-Match": tag}).status_code == status


# What was changed


def test_the_log_has_the_newest_first_and_pages(client: TestClient, post: Post) -> None:
    for number in range(3):
        post("/changes", json=change(f"log-{number}"))
    first = client.get("/changes?limit=2").json()
    assert [item["revision"] for item in first["items"]] == [first["revision"], first["revision"] - 1]
    second = client.get(first["next"]).json()
    assert second["items"][0]["revision"] == first["revision"] - 2


def test_whoever_follows_gets_what_came_since_the_oldest_first(client: TestClient, post: Post) -> None:
    then = revision_of(client)
    for number in range(3):
        post("/changes", json=change(f"since-{number}"))
    seen, url = [], f"/changes?since={then}&limit=2"
    while url:
        page = client.get(url).json()
        seen += [item["revision"] for item in page["items"]]
        url = page.get("next", "")
    assert seen == [then + 1, then + 2, then + 3]
    assert client.get(f"/changes?since={then + 3}").json()["items"] == []


def test_the_log_can_be_narrowed_to_a_node(client: TestClient, post: Post) -> None:
    made = post("/changes", json=change("narrow")).json()["revision"]
    found = client.get("/changes?node=https://w3id.org/alskg/drugs/narrow").json()["items"]
    assert [item["revision"] for item in found] == [made]


@pytest.mark.parametrize(
    ("number", "wish"),
    list(enumerate(["drug:{}", "/drugs/{}", "drugs/{}", "{}", "https://w3id.org/alskg/drugs/{}", "The Drug {}"])),
)
def test_the_log_is_narrowed_to_a_node_by_whatever_it_is_called(
    client: TestClient, post: Post, number: int, wish: str
) -> None:
    name = f"looked-up-{number}"
    made = post("/changes", json={"message": "x", "add": DRUG.format(name, f"the drug {name}")}).json()["revision"]

    def revisions() -> list[int]:
        return [item["revision"] for item in client.get("/changes", params={"node": wish.format(name)}).json()["items"]]

    assert revisions() == [made]
    gone = post(f"/changes/{made}/revert").json()["revision"]
    if "Drug" not in wish:
        # Nothing is called so any more; but there is what was done to it.
        assert revisions() == [gone, made]


@pytest.mark.parametrize(
    ("wish", "status"),
    [("drug:nothing", 404), ("/drugs/nothing", 404), ("nothing", 404), ("http://example.org/x", 404), ("no:x", 422)],
)
def test_the_log_of_what_there_never_was_is_no_empty_list(client: TestClient, wish: str, status: int) -> None:
    answer = client.get("/changes", params={"node": wish})
    assert answer.status_code == status, answer.text


def test_the_pages_of_the_history_say_by_which_door_a_change_came(client: TestClient, post: Post) -> None:
    made = post("/changes", json=change("by-a-door"))
    for url in ("/changes", made.headers["Location"]):
        page = client.get(url, headers={"Accept": "text/html"}).text
        assert "publish-token" in page
        assert "(changes)" in page


def test_a_dry_run_without_a_message_says_that_the_change_wants_one(post: Post) -> None:
    told = post("/changes?dry_run=true", json={**change("wordless"), "message": ""}).json()
    assert told["conforms"]
    assert told["missing"] == ["message"]
    assert "it wants a message" in told["summary"]
    assert "missing" not in post("/changes?dry_run=true", json=change("with-words")).json()


def test_a_change_reads_as_json_as_rdf_patch_and_as_a_page(client: TestClient, post: Post) -> None:
    url = post("/changes", json=change("shown")).headers["Location"]
    assert client.get(url).json()["diff"]["counts"] == {"added": 3, "removed": 0}
    patch = client.get(url, headers={"Accept": "application/rdf-patch"})
    assert patch.headers["content-type"].startswith("application/rdf-patch")
    assert patch.text.count("\nA <") == 3
    assert "<h1>" in client.get(url, headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("revision", ["1", "99999"])
def test_a_revision_that_was_no_change_has_no_record(client: TestClient, revision: str) -> None:
    assert client.get(f"/changes/{revision}").status_code == 404


def test_a_patch_that_was_told_can_be_sent_to_another_graph(client: TestClient, post: Post) -> None:
    url = post("/changes", json=change("again")).headers["Location"]
    patch = client.get(url, headers={"Accept": "application/rdf-patch"}).text
    post("/changes", json={"message": "x", "remove": DRUG.format("again", "again")})
    how = {"Content-Type": "application/rdf-patch"}
    assert post("/changes?message=again", content=patch, more=how).status_code == 412
    elsewhere = "".join(row for row in patch.splitlines(keepends=True) if not row.startswith("H previous"))
    assert post("/changes?message=again", content=elsewhere, more=how).status_code == 201
    assert client.get("/drugs/again").status_code == 200


# Taking back


def test_a_change_is_taken_back_as_a_new_revision(client: TestClient, post: Post) -> None:
    made = post("/changes", json=change("undone"))
    undone = post(f"{made.headers['Location']}/revert")
    assert undone.status_code == 201
    assert client.get("/drugs/undone").status_code == 404
    told = client.get(undone.headers["Location"]).json()
    assert told["reverts"] == made.json()["revision"]
    assert told["message"] == f"Reverts revision {made.json()['revision']}: The drug undone."
    redone = post(f"{undone.headers['Location']}/revert", json={"message": "It was right after all."})
    assert redone.status_code == 201
    assert client.get("/drugs/undone").status_code == 200


def test_a_change_that_was_changed_again_cannot_be_taken_back_by_itself(client: TestClient, post: Post) -> None:
    made = post("/changes", json=change("moved-on"))
    other = {
        "remove": 'drug:moved-on skos:definition "A drug for tests."@en .',
        "add": 'drug:moved-on skos:definition "Another drug for tests."@en .',
    }
    assert post("/changes", json={"message": "x", **other}).status_code == 201
    refused = post(f"{made.headers['Location']}/revert")
    assert refused.status_code == 409
    later = int(made.json()["revision"]) + 1
    assert f"revision {later} by publish-token did that (x). Revert that one first" in refused.json()["detail"]
    assert [conflict["revision"] for conflict in refused.json()["conflicts"]] == [later]
    assert client.get("/drugs/moved-on").status_code == 200


def test_a_change_that_others_built_on_cannot_be_taken_back(client: TestClient, post: Post) -> None:
    made = post("/changes", json=change("base"))
    post("/changes", json={"message": "x", "add": "drug:baclofen skos:related drug:base ."})
    refused = post(f"{made.headers['Location']}/revert")
    assert refused.status_code == 422
    assert {r["rule"] for r in refused.json()["report"]["results"]} >= {"dangling"}
    later = int(made.json()["revision"]) + 1
    assert [change["revision"] for change in refused.json()["hindering"]] == [later]
    assert f"Changed since by revision {later} by publish-token (x)" in refused.json()["detail"]


def test_taking_back_a_change_that_added_a_claim_retracts_it(client: TestClient, post: Post) -> None:
    made = post("/changes", json={"message": "A claim.", "add": CLAIM.format("hasty", "denies", RELIEF)})
    assert post(f"{made.headers['Location']}/revert").status_code == 201
    found = post("/sparql", data={"query": "ASK { <https://w3id.org/alskg/claims/hasty> ?p ?o }"}).json()
    assert found["boolean"] is False
    kept = (
        "ASK { GRAPH ?g { <https://w3id.org/alskg/claims/hasty> <https://w3id.org/alskg/ontology/retractedBy> ?who } }"
    )
    assert post("/sparql", data={"query": kept}).json()["boolean"] is True


def test_what_is_gone_is_called_in_the_history_as_it_was(client: TestClient, post: Post) -> None:
    made = post("/changes", json=change("short-lived"))
    named = post("/changes", json={"message": "x", "add": 'drug:short-lived skos:altLabel "brief"@en .'})
    undone = [post(f"{one.headers['Location']}/revert") for one in (named, made)]
    for one in (made, named, *undone):
        diff = client.get(one.headers["Location"]).json()["diff"]
        assert {row["subject"].get("label") for row in (*diff["added"], *diff["removed"])} == {"short-lived"}


def test_a_claim_is_retracted_with_a_reason_and_its_edges_go(client: TestClient, post: Post) -> None:
    post("/changes", json={"message": "A claim.", "add": CLAIM.format("doubted", "denies", RELIEF)})
    gone = post("/changes", json={"message": "x", "retract": [{"claim": "claim:doubted", "reason": "A misreading."}]})
    assert gone.status_code == 201, gone.text
    assert [one["curie"] for one in gone.json()["disagreements"]["resolved"]] == [RELIEF]
    vanish = {row["predicate"]["curie"] for row in gone.json()["derived"]["vanish"]}
    assert vanish == {"als:contested", "als:disputedBy", "rdf:type"}
    query = "SELECT ?p ?o { GRAPH <https://w3id.org/alskg/graphs/data/retracted/seed-001> { claim:doubted ?p ?o } }"
    rows = post("/sparql", data={"query": f"PREFIX claim: <https://w3id.org/alskg/claims/> {query}"}).json()
    kept = {
        row["p"]["value"].rsplit("/", 1)[-1].rsplit("#", 1)[-1]: row["o"]["value"]
        for row in rows["results"]["bindings"]
    }
    assert kept["retractionReason"] == "A misreading."
    assert kept["retractedBy"] == "publish-token"
    assert kept["locator"] == "of doubted"
    back = post(f"{gone.headers['Location']}/revert")
    assert back.status_code == 201, back.text
    assert client.get("/claims/doubted").status_code == 200


def test_a_claim_that_is_taken_back_again_has_one_record_and_that_is_the_first(
    client: TestClient, post: Post, graph: KnowledgeGraph
) -> None:
    post("/changes", json={"message": "A claim.", "add": CLAIM.format("wavering", "denies", RELIEF)})
    gone = post("/changes", json={"message": "x", "retract": [{"claim": "wavering", "reason": "First."}]})
    back = post(f"{gone.headers['Location']}/revert")
    again = post(f"{back.headers['Location']}/revert", scope="admin", json={"message": "Second."})
    assert again.status_code == 201, again.text
    kept = graph.present.quads_about("https://w3id.org/alskg/claims/wavering")
    assert len([quad for quad in kept if "retractionReason" in str(quad.predicate)]) == 1
    told = client.get("/claims/wavering").json()
    assert (told["retractedBy"], told["reason"]) == ("publish-token", "First.")
    assert post(f"{again.headers['Location']}/revert").status_code == 201
    assert client.get("/claims/wavering").status_code == 200


def test_a_claim_is_live_again_under_the_name_that_its_subject_has_now(client: TestClient, post: Post) -> None:
    post("/changes", json=change("first-name"))
    said = {
        "subject": "first-name",
        "predicate": "relieves",
        "object": "muscle cramps",
        "certainty": "asserted",
        "source": "seed-002",
        "locator": "line 1",
        "name": "follows",
    }
    assert post("/claims", json=said).status_code == 201
    gone = post("/changes", json={"message": "x", "retract": [{"claim": "follows", "reason": "A doubt."}]})
    assert post("/rename", json={"from": "drugs/first-name", "to": "second-name"}).status_code == 201
    assert client.get("/claims/follows").json()["reason"] == "A doubt."
    back = post(f"{gone.headers['Location']}/revert")
    assert back.status_code == 201, back.text
    stated = client.get("/claims/follows").json()["states"]["id"]
    assert "/second-name-relieves-" in stated


def test_only_an_administrator_may_purge(client: TestClient, post: Post) -> None:
    post("/changes", json={"message": "A claim.", "add": CLAIM.format("purged", "denies", RELIEF)})
    asked = {"message": "x", "remove": CLAIM.format("purged", "denies", RELIEF)}
    assert post("/changes", json=asked).status_code == 422
    assert post("/changes?purge=true", json=asked).status_code == 403
    assert post("/changes?purge=true", scope="admin", json=asked).status_code == 201
    everywhere = (
        "ASK { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } FILTER(?s = <https://w3id.org/alskg/claims/purged>) }"
    )
    assert post("/sparql", data={"query": everywhere}).json()["boolean"] is False


@pytest.fixture(scope="module")
def small(ontology_alone: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An administrator of a graph of two drugs and a claim, so that looking at everything takes no time."""
    directory = tmp_path_factory.mktemp("small")
    token = Tokens(directory).create("root", [Scope.ADMIN, Scope.PUBLISH], None)
    kg = KnowledgeGraph.open(replace(Settings(), root=ontology_alone, data_dir=directory))
    headers = {"Authorization": f"Bearer {token}"}
    with TestClient(build_app(kg), headers=headers, raise_server_exceptions=False) as opened:
        for name in ("told", "untold"):
            assert opened.post("/changes", json=change(name)).status_code == 201
        symptom = DRUG.replace("als:Drug", "als:Phenotype , als:Symptom").replace("drug:", "phenotype:")
        wanted = {"message": "A symptom.", "add": symptom.format("cramp", "cramp")}
        assert opened.post("/changes", json=wanted).status_code == 201
        source = {"doi": "10.1000/told", "title": "A paper", "kind": "cited-work"}
        claim = {"subject": "drug:told", "predicate": "relieves", "object": "cramp", "certainty": "asserted"}
        assert opened.post("/claims", json={**claim, "source": source, "locator": "line 1"}).status_code == 201
        yield opened


def test_only_an_administrator_may_change_the_ontology_and_everything_is_looked_at(
    small: TestClient, post: Post
) -> None:
    asked = {"message": "A synonym.", "add": 'als:Drug skos:altLabel "medicine"@en .'}
    assert post("/changes", json=asked).status_code == 403
    assert small.post("/changes", json=asked).status_code == 201
    unsound = {"message": "x", "remove": "als:Thing-label sh:maxCount 1 .", "add": "als:Thing-label sh:maxCount 0 ."}
    refused = small.post("/changes", json=unsound)
    assert refused.status_code == 422
    assert {r["rule"] for r in refused.json()["report"]["results"]} == {"MaxCountConstraintComponent"}


def test_a_change_of_the_ontology_names_only_what_newly_follows(small: TestClient) -> None:
    asked = {"message": "A note.", "add": 'als:Drug skos:editorialNote "A note."@en .'}
    told = small.post("/changes?dry_run=true", json=asked)
    assert told.status_code == 200
    assert told.json()["derived"] == {"appear": [], "vanish": []}


# Going back in one step


def test_the_graph_is_put_back_to_a_revision(client: TestClient, post: Post) -> None:
    post("/changes", json=change("before"))
    revision = revision_of(client)
    post("/changes", json=change("after"))
    post("/changes", json={"message": "A claim.", "add": CLAIM.format("since", "denies", RELIEF)})
    post("/changes", json={"message": "x", "remove": DRUG.format("before", "before")})
    weighed = post(f"/changes/{revision}/restore?dry_run=true", scope="curate")
    assert weighed.status_code == 200
    assert revision_of(client) == revision + 3
    made = post(f"/changes/{revision}/restore", json={"message": "It went wrong."})
    assert made.status_code == 201
    statuses = [client.get(url).status_code for url in ("/drugs/before", "/drugs/after", "/claims/since")]
    assert statuses == [200, 404, 410]
    told = client.get(made.headers["Location"]).json()
    assert (told["message"], told["door"]) == ("It went wrong.", "changes")


def test_a_revision_before_the_files_were_loaded_is_not_gone_back_to(client: TestClient, post: Post) -> None:
    assert post("/changes/0/restore").status_code == 422
    later = post(f"/changes/{revision_of(client) + 1}/restore")
    assert later.status_code == 404
    assert "yet" in later.json()["detail"]


def test_history_outlives_a_purge_of_everything(small: TestClient) -> None:
    def everything() -> list[str]:
        return sorted(small.get("/graph?format=nquads").text.splitlines())

    before, revision = everything(), revision_of(small)
    assert small.get("/claims").json()["total"] == 1
    data = 'GRAPH ?g { ?s ?p ?o } FILTER(CONTAINS(STR(?g), "/graphs/data/"))'
    cleared = small.post(
        "/sparql?purge=true", data={"update": f"DELETE {{ GRAPH ?g {{ ?s ?p ?o }} }} WHERE {{ {data} }}"}
    )
    assert cleared.status_code == 201, cleared.text[:500]
    for collection in ("drugs", "phenotypes", "propositions", "claims", "sources"):
        assert small.get(f"/{collection}").json()["items"] == []
    assert small.get("/changes/2").json()["message"] == "The drug told."
    assert small.post(f"/changes/{revision}/restore").status_code == 201
    assert everything() == before


# Proposals


def test_a_proposal_goes_from_hand_to_hand(client: TestClient, post: Post, headers: dict[str, dict[str, str]]) -> None:
    made = post("/changes?propose=true", scope="curate", json=change("proposed"))
    assert (made.status_code, made.json()["conforms"]) == (202, True)
    url = made.headers["Location"]
    listed = client.get("/proposals?state=open", headers=headers["curate"]).json()["items"]
    assert url in [item["url"] for item in listed]
    shown = client.get(url, headers=headers["curate"]).json()
    assert shown["today"]["diff"]["counts"] == {"added": 3, "removed": 0}
    assert post(f"{url}/comments", scope="curate", json={"message": "Please look."}).status_code == 201
    lacking = post(f"{url}/accept", scope="curate")
    assert (lacking.status_code, "propose=true" in lacking.json()["detail"]) == (403, False)
    taken = post(f"{url}/accept", json={"message": "Fine."})
    assert taken.status_code == 201
    told = client.get(taken.headers["Location"]).json()
    assert told["agent"] == "curate-token, accepted by publish-token"
    closed = client.get(url, headers=headers["curate"]).json()
    assert (closed["state"], closed["revision"]) == ("accepted", taken.json()["revision"])
    assert [comment["text"] for comment in closed["comments"]] == ["Please look.", "Fine."]
    assert post(f"{url}/accept").status_code == 409
    assert post(f"{url}/decline").status_code == 409


def test_acceptance_asks_the_gate_about_the_graph_as_it_is_then(
    client: TestClient, post: Post, headers: dict[str, dict[str, str]]
) -> None:
    post("/changes", json=change("target"))
    url = post(
        "/changes?propose=true",
        scope="curate",
        json={"message": "x", "add": "drug:baclofen skos:related drug:target ."},
    ).headers["Location"]
    post("/changes", json={"message": "x", "remove": DRUG.format("target", "target")})
    refused = post(f"{url}/accept", json={"message": "Fine."})
    assert refused.status_code == 409
    told = client.get(url, headers=headers["curate"]).json()
    assert (told["state"], told["comments"]) == ("open", [])
    unsaid = post(f"{url}/decline", json={})
    assert unsaid.status_code == 422
    assert "message: say why" in unsaid.json()["detail"]
    assert post(f"{url}/decline", json={"reason": "Its target went."}).json()["state"] == "declined"
    late = post(f"{url}/decline", json={"message": "No."})
    assert late.status_code == 409
    assert [said["text"] for said in client.get(url, headers=headers["curate"]).json()["comments"]] == [
        "Its target went."
    ]


def test_no_comment_of_several_at_once_is_lost(
    client: TestClient, post: Post, headers: dict[str, dict[str, str]]
) -> None:
    url = post("/changes?propose=true", scope="curate", json=change("discussed")).headers["Location"]
    said = [f"Comment {number}." for number in range(20)]
    with ThreadPoolExecutor(8) as several:
        answers = list(several.map(lambda text: post(f"{url}/comments", json={"message": text}).status_code, said))
    assert answers == [201] * len(said)
    kept = client.get(url, headers=headers["curate"]).json()["comments"]
    assert sorted(comment["text"] for comment in kept) == sorted(said)


def test_of_several_who_accept_at_once_one_does(client: TestClient, post: Post) -> None:
    url = post("/changes?propose=true", scope="curate", json=change("wanted")).headers["Location"]
    with ThreadPoolExecutor(4) as several:
        answers = sorted(several.map(lambda _: post(f"{url}/accept").status_code, range(4)))
    assert answers == [201, 409, 409, 409]


def test_a_proposed_revert_of_a_retraction_brings_the_claim_back(client: TestClient, post: Post) -> None:
    post("/changes", json={"message": "A claim.", "add": CLAIM.format("on-hold", "denies", RELIEF)})
    gone = post("/changes", json={"message": "x", "retract": [{"claim": "on-hold", "reason": "A doubt."}]})
    asked = post(f"{gone.headers['Location']}/revert?propose=true", scope="curate")
    assert asked.status_code == 202, asked.text
    assert post(f"{asked.headers['Location']}/accept").status_code == 201
    assert client.get("/claims/on-hold").status_code == 200


def test_a_proposed_restoration_is_worked_out_again_when_it_is_accepted(
    client: TestClient, post: Post, headers: dict[str, dict[str, str]]
) -> None:
    before = revision_of(client)
    post("/changes", json=change("came-before-the-proposal"))
    asked = post(f"/changes/{before}/restore?propose=true", scope="curate")
    assert asked.status_code == 202, asked.text
    post("/changes", json=change("came-after-the-proposal"))
    today = client.get(asked.headers["Location"], headers=headers["curate"]).json()["today"]
    assert today["diff"]["counts"] == {"added": 0, "removed": 6}
    assert post(f"{asked.headers['Location']}/accept").status_code == 201
    for name in ("before", "after"):
        assert client.get(f"/drugs/came-{name}-the-proposal").status_code == 404


@pytest.mark.parametrize(
    ("mine", "theirs", "status"),
    [
        ({"definition": "Mine."}, {"definition": "Theirs."}, 409),
        ({"definition": None}, {"definition": "Theirs."}, 409),
        ({"editorialNote": "Mine."}, {"definition": "Theirs."}, 201),
        ({"altLabel": ["a name of mine"]}, {"altLabel": ["a name of theirs"]}, 201),
        ({"definition": "The same."}, {"definition": "The same."}, 409),
    ],
    ids=["replaced", "removed", "another field", "a list", "the same"],
)
def test_a_proposal_that_somebody_overtook_is_refused_with_whose_change_that_was(
    client: TestClient,
    post: Post,
    headers: dict[str, dict[str, str]],
    request: pytest.FixtureRequest,
    mine: dict[str, object],
    theirs: dict[str, object],
    status: int,
) -> None:
    name = f"overtaken-{request.node.callspec.id.replace(' ', '-')}"
    post("/changes", json=change(name))
    merge = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}

    def patched(scope: str, url: str, body: dict[str, object]) -> Any:
        return client.patch(url, headers={**headers[scope], **merge}, json=body)

    asked = patched("curate", f"/drugs/{name}?propose=true", mine)
    assert asked.status_code == 202, asked.text
    theirs_made = patched("publish", f"/drugs/{name}", theirs)
    assert theirs_made.status_code == 201, theirs_made.text
    answer = post(f"{asked.headers['Location']}/accept")
    assert answer.status_code == status, answer.text
    if status == 409 and mine != theirs:
        assert [one["revision"] for one in answer.json()["conflicts"]] == [theirs_made.json()["revision"]]
        assert "by publish-token" in answer.json()["detail"]
        today = client.get(asked.headers["Location"], headers=headers["curate"]).json()["today"]
        assert today["conforms"] is False
        assert "others changed the same values" in today["summary"]
        assert post(f"/changes/{theirs_made.json()['revision']}/revert").status_code == 201
        today = client.get(asked.headers["Location"], headers=headers["curate"]).json()["today"]
        assert "others changed" not in today["summary"]
        # Without a definition, it would not be sound.
        assert today["conforms"] is (mine["definition"] is not None)
        assert post(f"{asked.headers['Location']}/accept").status_code == (201 if today["conforms"] else 422)


def test_who_made_a_proposal_may_withdraw_it_and_no_other_curator(
    client: TestClient, post: Post, directory: Path
) -> None:
    other = {"Authorization": f"Bearer {Tokens(directory).create('other', [Scope.CURATE], None)}"}
    url = post("/changes?propose=true", scope="curate", json=change("withdrawn")).headers["Location"]
    assert client.post(f"{url}/decline", headers=other).status_code == 403
    assert post(f"{url}/decline", scope="curate").json()["state"] == "withdrawn"


@pytest.mark.parametrize(
    ("url", "status"), [("/proposals/99999", 404), ("/proposals?state=lost", 422), ("/proposals/0", 422)]
)
def test_a_proposal_that_there_is_not(
    client: TestClient, headers: dict[str, dict[str, str]], url: str, status: int
) -> None:
    assert client.get(url, headers=headers["curate"]).status_code == status


def test_an_empty_comment_is_refused(client: TestClient, post: Post) -> None:
    url = post("/changes?propose=true", scope="curate", json=change("uncommented")).headers["Location"]
    assert post(f"{url}/comments", scope="curate", json={"message": " "}).status_code == 422


@pytest.mark.parametrize(
    ("door", "parameter"),
    [
        ("accept", "foo=1"),
        ("accept", "dry-run=true"),
        ("accept", "dry_run=false&dry_run=true"),
        ("decline", "dry_run=true"),
        ("comments", "foo=1"),
        ("comments", "format=json&format=html"),
    ],
)
def test_a_parameter_that_a_door_of_proposals_does_not_know_changes_nothing(
    client: TestClient, post: Post, headers: dict[str, dict[str, str]], door: str, parameter: str
) -> None:
    url = post("/changes?propose=true", scope="curate", json=change("asked-too-much")).headers["Location"]
    before = revision_of(client)
    answer = post(f"{url}/{door}?{parameter}", json={"message": "Fine."})
    assert answer.status_code == 422, answer.text
    told = client.get(url, headers=headers["curate"]).json()
    assert (revision_of(client), told["state"], told["comments"]) == (before, "open", [])


def test_an_acceptance_can_be_weighed(client: TestClient, post: Post, headers: dict[str, dict[str, str]]) -> None:
    url = post("/changes?propose=true", scope="curate", json=change("weighed-first")).headers["Location"]
    before = revision_of(client)
    weighed = post(f"{url}/accept?dry_run=true", scope="curate", json={"message": "Fine."})
    assert weighed.status_code == 200, weighed.text
    assert weighed.json()["summary"] == "Would pass: 3 added, 0 removed (quads)."
    told = client.get(url, headers=headers["curate"]).json()
    assert (revision_of(client), told["state"], told["comments"]) == (before, "open", [])
    assert post(f"{url}/accept").status_code == 201
    assert post(f"{url}/accept?dry_run=true").status_code == 409


def test_an_acceptance_rests_on_the_revision_that_was_looked_at(client: TestClient, post: Post) -> None:
    post("/changes", json=change("looked-at"))
    asked = {"message": "x", "add": 'drug:looked-at skos:altLabel "one name"@en .'}
    url = post("/changes?propose=true", scope="curate", json=asked).headers["Location"]
    looked = revision_of(client)
    late = post("/changes", json={"message": "x", "add": 'drug:looked-at skos:altLabel "another name"@en .'}).json()
    refused = post(f"{url}/accept", more={"If-Match": f'"{looked}"'})
    assert refused.status_code == 412, refused.text
    assert [one["revision"] for one in refused.json()["conflicts"]] == [late["revision"]]
    assert post(f"{url}/accept?dry_run=true", more={"If-Match": f'"{looked}"'}).status_code == 412
    assert post(f"{url}/accept", more={"If-Match": "nonsense"}).status_code == 422
    assert revision_of(client) == late["revision"]
    assert post(f"{url}/accept", more={"If-Match": f'"{late["revision"]}"'}).status_code == 201


def test_what_changes_nothing_is_not_proposed(
    client: TestClient, post: Post, headers: dict[str, dict[str, str]]
) -> None:
    post("/changes", json=change("so-already"))
    known = client.get("/proposals", headers=headers["curate"]).json()["total"]
    answer = post("/changes?propose=true", scope="curate", json=change("so-already"))
    assert (answer.status_code, answer.json()["summary"][:15]) == (200, "Nothing changes")
    assert client.get("/proposals", headers=headers["curate"]).json()["total"] == known


def _claim_on(post: Post, name: str) -> None:
    post("/changes", json={"message": "x", "add": DRUG.format(name, name.replace("-", " "))})
    made = post("/claims", json={**_RELIEVES, "subject": name, "locator": f"of {name}", "name": f"of-{name}"})
    assert made.status_code == 201, made.text


_RELIEVES = {"predicate": "relieves", "object": "muscle spasticity", "certainty": "asserted", "source": "seed-001"}


def _of_a_merger(post: Post) -> Any:
    """Somebody takes back the claim on the thing that stays, which states what the other's claim will."""
    for name in ("merger-one", "merger-two"):
        _claim_on(post, name)
    url = post("/merge?propose=true", scope="curate", json={"from": "drugs/merger-one", "into": "drugs/merger-two"})
    retract = {"message": "x", "retract": [{"claim": "of-merger-two", "reason": "A doubt."}]}
    return url, lambda: post("/changes", json=retract)


def _of_an_addition(post: Post) -> Any:
    """Somebody renames what another one would add a name to."""
    post("/changes", json=change("addition"))
    asked = {"message": "x", "add": 'drug:addition skos:altLabel "one name"@en .'}
    url = post("/changes?propose=true", scope="curate", json=asked)
    return url, lambda: post("/rename", json={"from": "drugs/addition", "to": "addition-renamed"})


def _of_a_claim(post: Post) -> Any:
    """Somebody renames what a proposed claim is about."""
    post("/changes", json=change("claimed-of"))
    asked = {**_RELIEVES, "subject": "claimed-of", "locator": "of a claim"}
    url = post("/claims?propose=true", scope="curate", json=asked)
    return url, lambda: post("/rename", json={"from": "drugs/claimed-of", "to": "claimed-of-renamed"})


def _of_a_retraction(post: Post) -> Any:
    """Somebody takes back the claim that another one would take back."""
    post("/changes", json={"message": "A claim.", "add": CLAIM.format("twice-back", "denies", RELIEF)})
    asked = {"message": "x", "retract": [{"claim": "twice-back", "reason": "A doubt."}]}
    url = post("/changes?propose=true", scope="curate", json=asked)
    return url, lambda: post("/changes", json=asked)


@pytest.mark.parametrize("case", [_of_a_merger, _of_an_addition, _of_a_claim, _of_a_retraction])
def test_a_proposal_that_the_graph_has_moved_away_from_names_the_changes_that_did_it(
    client: TestClient, post: Post, headers: dict[str, dict[str, str]], case: Callable[[Post], Any]
) -> None:
    asked, move = case(post)
    assert (asked.status_code, asked.json()["conforms"]) == (202, True), asked.text
    url = asked.headers["Location"]
    moved = move()
    assert moved.status_code == 201, moved.text
    for refused in (post(f"{url}/accept", json={"message": "Fine."}), post(f"{url}/accept?dry_run=true")):
        assert refused.status_code == 409, refused.text
        assert [one["revision"] for one in refused.json()["conflicts"]] == [moved.json()["revision"]]
        assert "The graph has moved since" in refused.json()["detail"]
        assert f"{url}/decline" in refused.json()["detail"]
        assert "propose anew" in refused.json()["detail"]
    told = client.get(url, headers=headers["curate"]).json()
    assert (told["state"], told["comments"], told["today"]["conforms"]) == ("open", [], False)
    assert told["today"]["conflicts"] == refused.json()["conflicts"]


def test_a_number_without_a_point_is_told_how_it_is_written(client: TestClient, post: Post) -> None:
    twelve = """quantity:twelve-for-tests a als:Quantity ; rdfs:label "12%"@en ; als:value 12 ; als:unit unit:percent ;
        als:comparator comparator:equal-to ."""
    told = post("/changes?dry_run=true", json={"message": "x", "add": twelve}).json()["report"]["results"]
    assert "Write 12.0; without a point it is a whole number." in [one["mend"] for one in told]


def test_a_prefix_that_the_context_of_a_document_does_not_declare_is_named(client: TestClient, post: Post) -> None:
    document: dict[str, Any] = {
        "@context": "/context.jsonld",
        "@id": "drug:of-no-prefix",
        "@type": "Drug",
        "label": {"@value": "of no prefix", "@language": "en"},
    }
    more = {"Content-Type": "application/ld+json"}
    refused = post("/changes?dry_run=true&message=x", content=json.dumps(document), more=more)
    assert refused.status_code == 400
    assert "declares no prefix drug. Write the" in refused.json()["detail"]
    assert f"{BASE}drugs/of-no-prefix" in refused.json()["detail"]
    document["@context"] = ["/context.jsonld", {"drug": f"{BASE}drugs/"}]
    declared = post("/changes?dry_run=true&message=x", content=json.dumps(document), more=more)
    assert declared.json()["diff"]["added"][0]["subject"]["id"] == f"{BASE}drugs/of-no-prefix"


def test_a_proposal_that_was_never_sound_is_refused_with_what_is_wrong(client: TestClient, post: Post) -> None:
    post("/changes", json=change("never-sound"))
    asked = {"message": "x", "add": "drug:never-sound skos:related drug:not-there-at-all ."}
    url = post("/changes?propose=true", scope="curate", json=asked).headers["Location"]
    post("/changes", json={"message": "x", "add": 'drug:never-sound skos:altLabel "a name of it"@en .'})
    refused = post(f"{url}/accept")
    assert (refused.status_code, refused.json()["report"]["conforms"]) == (422, False)


# SPARQL Update and the Graph Store Protocol, where they aren't told by the standard's own suites


PREFIXES = (
    "PREFIX drug: <https://w3id.org/alskg/drugs/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
    "PREFIX als: <https://w3id.org/alskg/ontology/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
)


def test_an_update_with_where_changes_what_it_finds(client: TestClient, post: Post) -> None:
    post("/changes", json=change("updated"))
    mended = 'BIND(STRLANG(CONCAT(STR(?old), " Mended."), "en") AS ?new)'
    where = f"WHERE {{ VALUES ?d {{ drug:updated }} ?d skos:definition ?old {mended} }}"
    change_ = "DELETE { ?d skos:definition ?old } INSERT { ?d skos:definition ?new }"
    assert post("/sparql", data={"update": f"{PREFIXES} {change_} {where}"}).status_code == 201
    assert client.get("/drugs/updated").json()["definition"] == "A drug for tests. Mended."


def test_the_operations_of_an_update_see_each_other_and_stand_or_fall_together(client: TestClient, post: Post) -> None:
    first = 'INSERT DATA { drug:seen a als:Drug ; rdfs:label "seen"@en ; skos:definition "A drug."@en }'
    second = 'INSERT { ?d skos:altLabel "also seen"@en } WHERE { ?d a als:Drug ; rdfs:label "seen"@en }'
    made = post("/sparql", data={"update": f"{PREFIXES} {first} ; {second}"})
    assert made.status_code == 201, made.text
    assert client.get("/drugs/seen").json()["altLabel"] == ["also seen"]
    before = revision_of(client)
    wrong = 'INSERT DATA { drug:alone rdfs:label "alone"@en }'
    fine = 'INSERT DATA { drug:fine a als:Drug ; rdfs:label "fine"@en ; skos:definition "A drug."@en }'
    assert post("/sparql", data={"update": f"{PREFIXES} {fine} ; {wrong}"}).status_code == 422
    assert client.get("/drugs/fine").status_code == 404
    assert revision_of(client) == before


def test_deleting_all_that_is_said_of_a_thing_takes_what_is_derived_along(client: TestClient, post: Post) -> None:
    post("/changes", json=change("deleted"))
    gone = post("/sparql", data={"update": f"{PREFIXES} DELETE WHERE {{ drug:deleted ?p ?o }}"})
    assert gone.status_code == 201, gone.text
    assert client.get("/drugs/deleted").status_code == 404


@pytest.mark.parametrize("place", ["address", "form"])
@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("revision=1", "an update changes the graph as it is now"),
        ("dryrun=true", "Did you mean"),
        ("default-graph-uri=https://w3id.org/alskg/graphs/data/things/drugs", "There are update, using-graph-uri"),
        ("nonsense=1", "there is no such parameter here"),
        ("dry_run=true&dry_run=false", "given more than once"),
        ("dry_run=false&dry_run=true", "given more than once"),
        ("purge=false&purge=false", "given more than once"),
        ("dry_run=perhaps", "write true or false"),
    ],
)
def test_an_update_with_a_parameter_that_does_not_belong_to_it_writes_nothing(
    client: TestClient, post: Post, place: str, parameter: str, said: str
) -> None:
    before = revision_of(client)
    update = f'{PREFIXES} INSERT DATA {{ drug:baclofen skos:altLabel "unasked"@en }}'
    form = str(httpx2.QueryParams({"update": update}))
    url, form = (f"/sparql?{parameter}", form) if place == "address" else ("/sparql", f"{form}&{parameter}")
    answer = post(url, content=form, more={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]
    assert revision_of(client) == before


@pytest.mark.parametrize("url", ["/changes", "/claims", "/rename", "/changes/1/restore", "/graphs?default"])
def test_a_wish_that_is_said_twice_is_refused_at_every_door(client: TestClient, post: Post, url: str) -> None:
    before = revision_of(client)
    for parameter in ("dry_run=true&dry_run=false", "propose=true&propose=true", "message=a&message=b"):
        answer = post(f"{url}{'&' if '?' in url else '?'}{parameter}", json={})
        assert answer.status_code == 422, answer.text
        assert "given more than once" in answer.json()["detail"]
    assert revision_of(client) == before


def test_an_update_can_be_weighed(client: TestClient, post: Post) -> None:
    before = revision_of(client)
    body = post("/sparql?dry_run=true", data={"update": f"{PREFIXES} INSERT DATA {{ drug:x a als:Drug }}"}).json()
    assert (body["conforms"], body["diff"]["counts"]["added"]) == (False, 1)
    assert revision_of(client) == before


@pytest.mark.parametrize(
    ("update", "status", "said"),
    [
        ("LOAD <http://127.0.0.1:9/x>", 403, "LOAD is refused"),
        ("LOAD SILENT <file:passwords>", 403, "LOAD is refused"),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/x> { ?s ?p ?o } }", 403, "SERVICE"),
        ("CLEAR GRAPH <https://w3id.org/alskg/graphs/ontology/alskg>", 403, "belongs to the ontology"),
        ("CLEAR GRAPH <https://w3id.org/alskg/graphs/history>", 404, "There is no graph"),
        ("CLEAR ALL", 413, "ALSKG_CHANGE_QUADS_MAX"),
        ("DROP GRAPH <http://example.org/g>", 404, "There is no graph"),
        ("INSERT DATA { <x> <y>", 400, "Line 1"),
        ("SELECT * { ?s ?p ?o }", 400, ""),
        ("", 200, "Nothing changes"),
    ],
)
def test_an_update_that_must_not_be(client: TestClient, post: Post, update: str, status: int, said: str) -> None:
    before = revision_of(client)
    answer = post("/sparql", data={"update": update})
    assert answer.status_code == status, answer.text
    assert said in answer.text
    assert revision_of(client) == before


def test_a_graph_is_replaced_by_what_is_put(client: TestClient, post: Post, headers: dict[str, dict[str, str]]) -> None:
    url = "/graphs?graph=https://w3id.org/alskg/graphs/data/things/care-teams"
    before = client.get(url)
    assert before.headers["content-type"].startswith("text/turtle")
    changed = before.text.replace('skos:definition "', 'skos:definition "Mended: ')
    how = {**headers["publish"], "Content-Type": "text/turtle"}
    assert client.put(url, content=changed, headers={**how, "If-Match": before.headers["ETag"]}).status_code == 200
    now = client.get(url)
    assert 'skos:definition "Mended: ' in now.text
    assert client.put(url, content=before.text, headers={**how, "If-Match": now.headers["ETag"]}).status_code == 200
    assert sorted(client.get(url).text.splitlines()) == sorted(before.text.splitlines())


@pytest.mark.parametrize("where", ["?graph=https://w3id.org/alskg/graphs/data/things/people", "?default"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_graph_that_is_there_is_not_replaced_without_saying_what_was_looked_at(
    client: TestClient, headers: dict[str, dict[str, str]], method: str, where: str
) -> None:
    before = revision_of(client)
    how = {**headers["publish"], "Content-Type": "text/turtle"}
    answer = client.request(method, f"/graphs{where}", content="", headers=how)
    assert answer.status_code == 428, answer.text
    assert "If-Match" in answer.json()["detail"]
    sure = client.request(method, f"/graphs{where}", content="", headers={**how, "If-None-Match": "*"})
    assert (sure.status_code, "There is a graph" in sure.text) == (412, True), sure.text
    tried = client.request(method, f"/graphs{where}&dry_run=true", content="", headers=how)
    assert tried.status_code in (200, 413), tried.text
    if tried.status_code == 200:
        assert tried.json()["missing"] == ["If-Match"]
        assert "wants If-Match" in tried.json()["summary"]
    assert revision_of(client) == before


def test_what_others_wrote_into_a_graph_is_not_lost_by_replacing_it(
    client: TestClient, post: Post, headers: dict[str, dict[str, str]]
) -> None:
    url = "/graphs?graph=https://w3id.org/alskg/graphs/data/things/drugs"
    seen = client.get(url)
    other = post("/changes", json=change("in-between"))
    how = {**headers["publish"], "Content-Type": "text/turtle", "If-Match": seen.headers["ETag"]}
    for method, content in (("PUT", 'drug:baclofen a als:Drug ; rdfs:label "baclofen"@en .'), ("DELETE", "")):
        answer = client.request(method, url, content=content, headers=how)
        # Its quads are counted before: this server takes few at once.
        assert answer.status_code in (412, 413), answer.text
    assert client.get("/drugs/in-between").status_code == 200
    assert revision_of(client) == other.json()["revision"]


def test_a_graph_that_is_not_there_yet_is_put_without_more(
    client: TestClient, headers: dict[str, dict[str, str]]
) -> None:
    url = "/graphs?graph=https://w3id.org/alskg/graphs/data/things/drugs-two"
    how = {**headers["publish"], "Content-Type": "text/turtle"}
    answer = client.put(url, content=DRUG.format("put", "put"), headers=how)
    assert answer.status_code != 428, answer.text


@pytest.mark.parametrize("url", ["/graphs?default", "/graphs?graph=https://w3id.org/alskg/graphs/data/things/drugs"])
def test_a_parameter_that_a_graph_does_not_have_is_refused(client: TestClient, post: Post, url: str) -> None:
    before = revision_of(client)
    for parameter in ("revision=1", "dryrun=true", "reason=x"):
        answer = post(f"{url}&{parameter}", content=DRUG.format("x", "x"), more={"Content-Type": "text/turtle"})
        assert answer.status_code == 422, answer.text
        assert parameter.partition("=")[0] in answer.json()["detail"]
    assert revision_of(client) == before


def test_the_published_view_can_be_put_back_as_it_was_got(ontology_alone: Path, tmp_path: Path) -> None:
    """With ontology and derived triples in it: all of it is there, so that nothing changes."""
    kg = KnowledgeGraph.open(replace(Settings(), root=ontology_alone, data_dir=tmp_path))
    how = {"Authorization": f"Bearer {Tokens(tmp_path).create('ana', [Scope.PUBLISH], None)}"}
    with TestClient(build_app(kg), headers=how, raise_server_exceptions=False) as alone:
        named = DRUG.format("told", "told") + 'drug:told skos:altLabel "Told"@en .'
        assert alone.post("/changes", json={"message": "A drug.", "add": named}).status_code == 201
        view = alone.get("/graphs?default&format=nt").content
        as_got = {"Content-Type": "application/n-triples", "If-Match": '"2"'}
        answer = alone.put("/graphs?default", content=view, headers=as_got)
        assert answer.status_code == 200, answer.text
        assert answer.json()["summary"].startswith("Nothing changes")
        gone = b"/drugs/told> <http://www.w3.org/2004/02/skos/core#altLabel>"
        one_less = b"\n".join(line for line in view.splitlines() if gone not in line)
        answer = alone.put("/graphs?default", content=one_less, headers=as_got)
        assert answer.status_code == 200, answer.text
        assert answer.json()["diff"]["counts"] == {"added": 0, "removed": 1}


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("?graph=x&default", 400), ("?graph=not an iri", 422), ("?graph=http://example.org/none", 404)],
)
def test_a_graph_that_there_is_not(client: TestClient, query: str, status: int) -> None:
    assert client.get(f"/graphs{query}").status_code == status


def test_the_graphs_that_the_store_keeps_for_itself_are_shown_to_nobody(client: TestClient, post: Post) -> None:
    names = post("/sparql", data={"query": "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"}).text
    for name in ("state", "history", "proposals"):
        assert f"graphs/{name}" not in names
        assert client.get(f"/graphs?graph=https://w3id.org/alskg/graphs/{name}").status_code == 404
        assert f"graphs/{name}>" not in client.get("/graph?format=nq").text
        from_it = f"ASK FROM <https://w3id.org/alskg/graphs/{name}> {{ ?s ?p ?o }}"
        assert post("/sparql", data={"query": from_it}).status_code == 403
        named = f"ASK {{ GRAPH <https://w3id.org/alskg/graphs/{name}> {{ ?s ?p ?o }} }}"
        assert post("/sparql", data={"query": named}).json()["boolean"] is False


def turtle_of(client: TestClient, url: str) -> set[tuple[str, str, str]]:
    answer = client.get(url, headers={"Accept": "text/turtle"})
    assert answer.status_code == 200
    assert answer.content == client.get(f"{url}{'&' if '?' in url else '?'}format=turtle").content
    triples = ox.parse(answer.text, format=ox.RdfFormat.TURTLE)
    return {tuple(getattr(one, end).value for end in ("subject", "predicate", "object")) for one in triples}


def test_history_is_there_in_the_terms_of_prov(client: TestClient, post: Post) -> None:
    first = post("/changes", json=change("told-in-turtle")).json()["revision"]
    second = post(f"/changes/{first}/revert", json={"message": "Not so"}).json()["revision"]
    prov, base = "http://www.w3.org/ns/prov#", "https://w3id.org/alskg/"
    one, other = (f"{base}changes/{revision}" for revision in (first, second))
    found = turtle_of(client, "/changes?limit=2")
    item = client.get(f"/changes/{first}").json()
    assert {
        (one, "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", prov + "Activity"),
        (one, prov + "endedAtTime", item["time"]),
        (one, "http://www.w3.org/2000/01/rdf-schema#comment", "The drug told-in-turtle."),
        (one, "http://purl.org/dc/terms/creator", "publish-token"),
        (other, prov + "used", f"{base}graph?revision={first}"),
        (other, prov + "wasInformedBy", one),
        (f"{base}graph?revision={second}", prov + "wasRevisionOf", f"{base}graph?revision={first}"),
    } <= found
    assert 'rel="next"' in client.get("/changes?limit=1&format=turtle").headers["link"]


def test_a_change_in_turtle_has_each_triple_that_came_and_went(client: TestClient, post: Post) -> None:
    revision = post("/changes", json=change("stated-in-turtle")).json()["revision"]
    changed = {"message": "m", "remove": 'drug:stated-in-turtle skos:definition "A drug for tests."@en .'}
    changed["add"] = 'drug:stated-in-turtle skos:definition "A drug for more tests."@en .'
    second = post("/changes", json=changed).json()["revision"]
    for number in (revision, second):
        diff = client.get(f"/changes/{number}").json()["diff"]
        found = turtle_of(client, f"/changes/{number}")
        for what, side in (("addition", "added"), ("removal", "removed")):
            those = {o for _, p, o in found if p == f"http://purl.org/vocab/changeset/schema#{what}"}
            objects = {o for s, p, o in found if s in those and p.endswith("#object")}
            assert len(those) == diff["counts"][side]
            assert objects == {
                row["object"]["id"] if isinstance(row["object"], dict) else row["object"] for row in diff[side]
            }


def test_a_change_that_is_too_large_for_statements_is_still_there_as_a_patch(
    graph: KnowledgeGraph, client: TestClient, post: Post
) -> None:
    revision = post("/changes", json=change("large-in-turtle")).json()["revision"]
    brief = TestClient(build_app(replace(graph, settings=replace(graph.settings, answer_rows_max=2))))
    answer = brief.get(f"/changes/{revision}?format=turtle")
    assert (answer.status_code, answer.json()["limit"]) == (413, "answer_rows_max")
    assert brief.get(f"/changes/{revision}?format=rdfpatch").status_code == 200


def patch_after(header: str, value: str) -> str:
    quad = f'<{BASE}drugs/baclofen> <{SKOS}editorialNote> "{value}"@en'
    return f"{header}\nTX .\nA {quad} .\nTC .\n"


def test_a_patch_rests_on_the_revision_that_it_names(
    client: TestClient, post: Post, headers: dict[str, dict[str, str]]
) -> None:
    base, how = revision_of(client), {"Content-Type": "application/rdf-patch"}
    url = "/changes?message=A+note."
    assert post("/changes", json=change("elsewhere")).status_code == 201
    assert post(url, content=patch_after(f'H previous "{base}" .', "one"), more=how).status_code == 201
    overtaken = post(url, content=patch_after(f'H prev "{base}" .', "two"), more=how)
    assert overtaken.status_code == 412
    assert [one["revision"] for one in overtaken.json()["conflicts"]] == [base + 2]
    assert post(url, content=patch_after("H prev <uuid:1> .", "two"), more=how).status_code == 412
    both = {**how, "If-Match": f'"{base + 2}"'}
    assert post(url, content=patch_after(f'H prev "{base}" .', "two"), more=both).status_code == 412
    assert post(url, content=patch_after(f'H prev "{base + 2}" .', "two"), more=both).status_code == 201


def test_a_patch_that_comes_after_what_is_still_to_come_is_refused_whatever_else_it_rests_on(
    client: TestClient, post: Post
) -> None:
    now, how = revision_of(client), {"Content-Type": "application/rdf-patch"}
    for header, match in ((f'H prev "{now + 9}" .', now), (f'H prev "{now}" .', now + 9)):
        answer = post("/changes?message=m", content=patch_after(header, "x"), more={**how, "If-Match": f'"{match}"'})
        assert answer.status_code == 412, answer.text


def test_this_servers_context_is_known_by_the_address_that_a_caller_has(post: Post) -> None:
    document = {"id": f"{BASE}drugs/baclofen", "altLabel": "an example"}
    for context in ("http://testserver/context.jsonld", ["/context.jsonld"], f"{BASE}context.jsonld"):
        body = json.dumps({"@context": context, **document})
        answer = post("/changes?dry_run=true", content=body, more={"Content-Type": "application/ld+json"})
        assert answer.json()["diff"]["counts"] == {"added": 1, "removed": 0}, answer.text
    elsewhere = json.dumps({"@context": "http://example.org/context.jsonld", **document})
    answer = post("/changes?dry_run=true", content=elsewhere, more={"Content-Type": "application/ld+json"})
    assert (answer.status_code, "own /context.jsonld" in answer.json()["detail"]) == (400, True)
