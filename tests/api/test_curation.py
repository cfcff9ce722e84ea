"""The curator's short forms: claims as JSON and CSV, things by PUT, PATCH and DELETE, renaming and merging."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fastapi.testclient import TestClient

from alskg.access import Scope, Tokens
from alskg.checks import derived_faults
from alskg.files import ontology_triples
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, BASE, RDF, RDFS, SKOS
from alskg.schema import Schema
from alskg.settings import Settings
from alskg.triples import Memory, iris, plain, subjects
from alskg.web.app import build_app

from ..extent import in_ci, sampled

ROOT = Path(__file__).parents[2]
Body = Mapping[str, Any]

CLAIM = {
    "subject": "drug:baclofen",
    "predicate": "relieves",
    "object": "muscle cramps",
    "certainty": "asserted",
    "source": "seed-002",
    "locator": "line 1",
}


@pytest.fixture(scope="module")
def own(filled: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeGraph]:
    """A graph that these tests write to; at the end, what is derived is held against what follows from the rest."""
    settings = replace(Settings(), data_dir=filled(tmp_path_factory.mktemp("curation")))
    graph = KnowledgeGraph.open(settings)
    # However busy the machine is, the first request needn't wait until the shapes are compiled.
    graph.gate.prepare()
    yield graph
    # Who spoke with it over HTTP has closed it.
    with closing(KnowledgeGraph.open(settings)) as again:
        assert derived_faults(again.present, ROOT) == []


@pytest.fixture(scope="module")
def tokens(own: KnowledgeGraph) -> Mapping[str, str]:
    made = Tokens(own.settings.data_dir)
    return {scope.value: made.create(f"an-{scope.value}", {scope}, None) for scope in Scope}


@pytest.fixture(scope="module")
def anyone(own: KnowledgeGraph) -> Iterator[TestClient]:
    with TestClient(build_app(own), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def curator(anyone: TestClient, tokens: Mapping[str, str]) -> Iterator[TestClient]:
    """Who may publish."""
    anyone.headers["Authorization"] = f"Bearer {tokens['publish']}"
    yield anyone
    del anyone.headers["Authorization"]


@pytest.fixture
def admin(anyone: TestClient, tokens: Mapping[str, str]) -> Iterator[TestClient]:
    anyone.headers["Authorization"] = f"Bearer {tokens['admin']}"
    yield anyone
    del anyone.headers["Authorization"]


@pytest.fixture
def untouched(own: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sees that a test writes nothing; tests/api/test_every_door.py compares the quads."""
    written: list[str] = []
    for name in ("write", "keep_graphs", "load"):
        monkeypatch.setattr(own.present, name, lambda *_, name=name: written.append(name))
    yield
    assert written == []


def everything(kg: KnowledgeGraph) -> str:
    return hashlib.sha256("\n".join(sorted(map(str, kg.present.quads))).encode()).hexdigest()


def revision(client: TestClient) -> str:
    return str(client.get("/changes").json()["revision"])


def ok(answer: Any, status: int = 201) -> Body:
    assert answer.status_code == status, answer.text
    found: Body = answer.json()
    return found


def refused(answer: Any, status: int, *words: str) -> Body:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem: Body = answer.json()
    for word in words:
        assert word in problem["detail"]
    return problem


# Claims as JSON


BENSIMON = {"doi": "10.1056/nejm199403033300901", "title": "A controlled trial of riluzole", "kind": "cited-work"}


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"pmid": "19822873"}, ["DOI:10.1056/nejm199403033300901 is /sources/bensimon-1994", "PMID:19822873 is /s"]),
        ({"pmid": "1"}, ["/sources/bensimon-1994 is PMID:8302340 here, and not PMID:1"]),
    ],
    ids=["the number of another source", "a number that it doesn't bear"],
)
def test_a_source_is_not_told_by_the_numbers_of_two(curator: TestClient, source: Body, words: list[str]) -> None:
    refused(curator.post("/claims", json={**CLAIM, "source": {**BENSIMON, **source}}), 422, *words)


@pytest.mark.usefixtures("untouched")
def test_a_slip_in_a_source_is_mended_while_it_can_be_told_by_something_else(curator: TestClient) -> None:
    slip = {"title": "A trial of riluzole in amyotrophic lateral sclerosis", "exactMatch": ["PMID:8302341"]}
    for whole, conforms in (({**slip, "label": "Bensimon"}, False), (slip, True)):
        answer = curator.patch("/sources/bensimon-1994?dry_run=true", json=whole, headers={"If-Match": "*"})
        assert ok(answer, 200)["conforms"] is conforms


@pytest.mark.usefixtures("untouched")
def test_a_number_that_is_new_of_a_source_is_told_and_not_taken_over(curator: TestClient) -> None:
    source = {"doi": BENSIMON["doi"], "pmc": "1234567"}
    item = ok(curator.post("/claims?dry_run=true", json={**CLAIM, "source": source}), 200)["items"][0]
    assert [(one["property"], one["value"]["curie"]) for one in item["dropped"]] == [("exactMatch", "PMC:1234567")]


@pytest.mark.usefixtures("untouched")
def test_rows_of_a_table_name_no_new_source_by_the_number_of_another(curator: TestClient) -> None:
    new = {"doi": "10.1000/of-two", "title": "Another work", "kind": "cited-work", "date": "2014-04"}
    rows = [{**CLAIM, "source": new}, {**CLAIM, "locator": "line 2", "source": {**new, "pmid": "8302340"}}]
    items = ok(curator.post("/claims?dry_run=true", json=rows), 200)["items"]
    assert items[0]["problems"] == []
    assert "PMID:8302340 is /sources/bensimon-1994" in items[1]["problems"][0]["what"]


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([("denies", "")], {("2016", "for"), ("2018", "for")}),
        ([("affirms", "")], set()),
        ([("denies", "2018")], set()),
        ([("denies", ""), ("affirms", "2018")], {("2016", "for"), ("2018", "for"), ("cramps", "against")}),
    ],
    ids=["denied in general", "affirmed in general", "denied within a scope", "affirmed within and denied in general"],
)
def test_what_is_said_otherwise_with_another_scope_is_told(
    curator: TestClient, said: list[tuple[str, str]], told: set[tuple[str, str]]
) -> None:
    within = {year: f"population:participants-of-the-mexiletine-trial-of-{year}" for year in ("2016", "2018")}
    rows = [
        {**CLAIM, "subject": "drug:mexiletine", "polarity": polarity, "population": within.get(year)}
        for polarity, year in said
    ]
    body = ok(curator.post("/claims?dry_run=true", json=rows), 200)
    found = body["disagreements"]["inOtherScope"]
    assert {(one["label"].rstrip(")").split()[-1], one["side"]) for one in found} == told
    assert {one["label"].partition(" (")[0] for one in found} <= {"mexiletine relieves muscle cramps"}


def test_a_claim_makes_its_proposition(curator: TestClient) -> None:
    answer = curator.post("/claims", json=CLAIM)
    body = ok(answer)
    (item,) = body["items"]
    assert answer.headers["location"] == f"/changes/{body['revision']}"
    assert item["isNewProposition"]
    assert not item["alreadyThere"]
    assert item["label"].endswith(": baclofen relieves muscle cramps")
    claim = curator.get(item["url"]).json()
    assert claim["id"] == item["claim"]
    assert claim["states"]["id"] == item["proposition"]
    assert (claim["certainty"]["curie"], claim["locator"]) == ("certainty:asserted", "line 1")
    neighbours = curator.get("/drugs/baclofen/symptoms").json()["items"]
    assert "muscle cramps" in [one["label"] for one in neighbours]
    asked = "ASK { drug:baclofen als:relieves phenotype:muscle-cramps }"
    prefixes = f"PREFIX drug: <{BASE}drugs/> PREFIX als: <{BASE}ontology/> PREFIX phenotype: <{BASE}phenotypes/> "
    assert curator.get("/sparql", params={"query": prefixes + asked}).json()["boolean"]


@pytest.mark.parametrize("doi", ["10.1056/NEJM199403033300901", "10.1056/nejm199403033300901"])
def test_a_source_is_found_by_its_doi_in_any_case(curator: TestClient, doi: str) -> None:
    item = ok(curator.post("/claims?dry_run=true", json={**CLAIM, "source": doi}), 200)["items"][0]
    assert item["label"].startswith("bensimon-1994-")
    assert curator.get(f"/resolve/DOI:{doi}", follow_redirects=False).headers["location"] == "/sources/bensimon-1994"


def test_the_same_claim_again_is_named_as_there(curator: TestClient) -> None:
    first = ok(curator.post("/claims", json={**CLAIM, "locator": "line 2"}))["items"][0]
    again = ok(curator.post("/claims", json={**CLAIM, "locator": "line 2", "notation": "X1"}), 200)
    assert again["items"][0] == {**first, "alreadyThere": True, "isNewProposition": False}
    assert not again["committed"]
    read = curator.get(first["url"]).json()
    sent_back = {key: value for key, value in read.items() if key not in ("statements", "statedAbout", "stated")}
    assert ok(curator.post("/claims", json=sent_back), 200)["items"][0]["claim"] == first["claim"]


def test_a_claim_of_the_files_is_known_by_its_content(curator: TestClient) -> None:
    read = curator.get("/claims/s1-001").json()
    item = ok(curator.post("/claims", json=read), 200)["items"][0]
    assert (item["url"], item["alreadyThere"]) == ("/claims/s1-001", True)


def test_a_claim_may_name_a_proposition_that_is_there(curator: TestClient) -> None:
    proposition = curator.get("/claims/s1-002").json()["states"]
    body = {
        "proposition": proposition["curie"],
        "source": "seed-003",
        "certainty": "hedged",
        "polarity": "denies",
        "locator": "x",
    }
    (item,) = ok(curator.post("/claims", json=body))["items"]
    assert (item["proposition"], item["isNewProposition"]) == (proposition["id"], False)
    stated = curator.get(item["propositionUrl"]).json()["stated"]
    assert stated["stance"] == "contested"


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_a_table_whose_columns_are_not_set_apart_by_commas_says_so(curator: TestClient, mark: str, name: str) -> None:
    table = f"subject{mark}predicate{mark}object\na{mark}b{mark}c\n"
    answer = curator.post("/claims", content=table, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 400
    assert answer.json()["detail"] == f"Line 1: the columns are set apart by {name}; use commas."


def test_what_is_said_of_a_source_that_is_there_already_is_told_and_not_passed_over(curator: TestClient) -> None:
    source = {"doi": "10.1000/als-known", "title": "Baclofen in ALS, a cohort", "kind": "cited-work", "date": "2014-04"}
    made = curator.post("/claims", json={**CLAIM, "source": source, "locator": "table 1"})
    assert made.status_code == 201, made.text
    assert "dropped" not in made.json()["items"][0]
    other = {**source, "title": "Baclofen in ALS: a cohort study", "date": "2015-01"}
    again = curator.post("/claims", json={**CLAIM, "source": other, "locator": "table 2"})
    assert again.status_code == 201, again.text
    told = {one["property"]: one for one in again.json()["items"][0]["dropped"]}
    assert {one["source"] for one in told.values()} == {"/sources/doi-10-1000-als-known"}
    assert any("2015-01" in str(one["value"]) and "2014-04" in str(one["kept"]) for one in told.values())
    assert "Not taken over, of /sources/doi-10-1000-als-known" in again.json()["summary"]
    wrong = curator.post("/claims", json={**CLAIM, "source": {**source, "title": "Heart valves of pigs"}})
    assert wrong.status_code == 422
    assert "“Baclofen in ALS, a cohort”, and not" in wrong.json()["detail"]


def test_a_new_source_is_described_where_it_is_named(curator: TestClient) -> None:
    source = {"pmid": 12345678, "title": "Baclofen in ALS", "kind": "cited-work", "date": "2014-04"}
    rows = [
        {**CLAIM, "source": source, "locator": "abstract"},
        {**CLAIM, "source": "pmid:12345678", "locator": "table 1"},
        {**CLAIM, "source": "pmid-12345678", "locator": "table 2"},
    ]
    items = ok(curator.post("/claims", json=rows))["items"]
    assert {item["problems"] == [] for item in items} == {True}
    document = curator.get("/sources/pmid-12345678").json()
    assert document["date"] == "2014-04"
    assert document["exactMatch"][0]["curie"] == "PMID:12345678"
    later = ok(curator.post("/claims?dry_run=true", json={**CLAIM, "source": "PMID:12345678"}), 200)
    assert later["items"][0]["claim"].startswith(f"{BASE}claims/pmid-12345678-")
    twice = {**CLAIM, "source": {**source, "pmid": "", "name": "pmid-12345678"}}
    refused(curator.post("/claims", json=twice), 422, "there already")


@pytest.mark.parametrize(
    "written",
    [
        "10.1002/ALS.1|doi:10.1002/als.1|DOI: 10.1002/als.1|https://doi.org/10.1002/als.1|http://dx.doi.org/10.1002/als.1|"
        "doi 10.1002/als.1|10.1002%2Fals.1|doi:10.1002%2fals.1|https://doi.org/10.1002%2Fals.1|"
        "https://www.doi.org/10.1002/als.1|https://doi.org/10.1002/als.1.|https://doi.org/10.1002/als.1?via=x&y=z",
        "PMID:7654321|pmid 7654321|pmid: 7654321|PMID7654321|pubmed:7654321|PubMed 7654321|https://pubmed.ncbi.nlm.nih.gov/7654321/|"
        "https://pubmed.ncbi.nlm.nih.gov/7654321|https://www.ncbi.nlm.nih.gov/pubmed/7654321",
        "PMC:7654320|PMC7654320|pmc:PMC7654320|pmcid: PMC7654320|PMCID:7654320|https://www.ncbi.nlm.nih.gov/pmc/articles/PMC7654320/|"
        "https://pmc.ncbi.nlm.nih.gov/articles/PMC7654320",
    ],
    ids=["doi", "pmid", "pmc"],
)
def test_an_identifier_is_understood_however_it_is_written(curator: TestClient, written: str) -> None:
    ways = written.split("|")
    kind = next(kind for kind in ("doi", "pmid", "pmc") if kind in ways[1].lower())
    for text in ways:
        problem = refused(curator.post("/claims", json={**CLAIM, "source": text}), 422, "no source here bears", "kind")
        assert f'"{kind}": "{"10.1002/als.1" if kind == "doi" else ways[0][-7:]}"' in problem["detail"]
    described = {kind: ways[-1], "title": "A title", "kind": "cited-work"}
    first, *others = (
        ok(curator.post("/claims", json=[{**CLAIM, "source": described}, *({**CLAIM, "source": w} for w in ways)]))
    )["items"]
    assert {other["sameAsRow"] for other in others} == {1}
    source = curator.get(first["url"]).json()["source"]["id"]
    for text in ways:
        (item,) = ok(curator.post("/claims?dry_run=true", json={**CLAIM, "source": text}), 200)["items"]
        assert (item["claim"], item["alreadyThere"]) == (first["claim"], True)
    assert curator.get(source.removeprefix(BASE[:-1])).json()["label"] == "A title"


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"certainy": "asserted"}, 422, ["'certainy'", "Did you mean certainty"]),
        ({"subject": None}, 422, ["subject: it is missing"]),
        ({"object": "muscle crams"}, 422, ["'muscle crams' of Symptom", "Did you mean muscle-cramps"]),
        (
            {"object": "riluzole"},
            422,
            ["object: there is no 'riluzole' of Symptom", "/drugs/riluzole is there, and is Drug, not Symptom."],
        ),
        ({"subject": "Fatigue"}, 422, ["/phenotypes/fatigue is there, and is ", ", not "]),
        ({"predicate": "relieve"}, 422, ["predicate: 'relieve'", "relieves"]),
        ({"certainty": "sure"}, 422, ["certainty: there is no 'sure'"]),
        ({"source": None}, 422, ["source: it is missing"]),
        ({"source": "PMID:99999999"}, 422, ["no source here bears PMID:99999999", '"pmid": "99999999"']),
        ({"source": "DOI:nonsense"}, 422, ["is no DOI"]),
        ({"source": "7654321"}, 422, ["several kinds: write PMID:7654321, or PMC7654321", '"source": {"name"']),
        (
            {"certainty": None, "locator": "of no certainty"},
            422,
            ["certainty is missing. Add it: anticipated, asserted, demonstrated"],
        ),
        ({"source": {"pmid": "0", "title": "T", "kind": "cited-work"}}, 422, ["is no PMID"]),
        ({"source": {"pmid": "123456789", "title": "T", "kind": "cited-work"}}, 422, ["is no PMID"]),
        ({"source": "seed-999"}, 422, ["Did you mean seed-00", '"source": {"name": "a-name"', "source.title"]),
        (
            {"source": {"title": "T", "kind": "cited-wrk"}},
            422,
            ["kind: there is no 'cited-wrk'", "There are ", "cited-work"],
        ),
        ({"polarity": "denied"}, 422, ["Did you mean denies?", "There are affirms, denies."]),
        ({"incidence": "16.25 %"}, 422, ["there is no '16.25 %' of Quantity", "PUT /quantities/{name}"]),
        ({"severity": "dreadful"}, 422, ["There are ", "severe"]),
        ({"source": {"pmid": "1"}}, 422, ["needs at least its title"]),
        ({"source": {"title": "T", "knd": "x"}}, 422, ["'knd'", "kind"]),
        ({"name": "No Name"}, 422, ["name: 'No Name' won't do"]),
        ({"name": "s1-001", "locator": "line 99"}, 422, ["/claims/s1-001 is there and says something else"]),
        ({"proposition": "proposition:x"}, 422, ["not both"]),
        ({"asOf": "2014-13"}, 422, ["asOf: '2014-13' is no gYearMonth"]),
        ({"always": "perhaps"}, 422, ["always: 'perhaps' is no boolean"]),
        ({"locator": {"x": 1}}, 422, ["locator: write a plain value"]),
        ({"invalidatedAtTime": "2020-01-01T00:00:00Z"}, 422, ["a claim has no such key"]),
        ({"advice": {"@value": "x", "@language": "not a tag"}}, 422, ["no language tag"]),
        ({"subject": ["drug:baclofen"]}, 422, ["subject: name a thing"]),
        (
            {"subject": None, "predicate": "relieve", "source": None, "certainty": "sure", "always": "perhaps"},
            422,
            ["subject: it is", "predicate: 'relieve'", "source: it is", "certainty: there", "always: 'perhaps'"],
        ),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_claim_is_told(
    curator: TestClient, change: dict[str, object], status: int, words: list[str]
) -> None:
    refused(curator.post("/claims", json={**CLAIM, **change}), status, *words)


@pytest.mark.usefixtures("untouched")
def test_of_several_slips_in_a_claim_each_is_told_with_its_key(curator: TestClient) -> None:
    wrong = {**CLAIM, "subject": "baclofn", "certainty": "sure"}
    problem = curator.post("/claims", json=wrong).json()
    assert [error["parameter"] for error in problem["errors"]] == ["subject", "certainty"]
    assert all(error["detail"] in problem["detail"] for error in problem["errors"])
    assert "asserted" in problem["errors"][1]["available"]
    table = "subject,predicate,object,certainty,source,locator\nbaclofn,relieves,muscle cramps,sure,seed-002,line 1\n"
    answer = curator.post("/claims", content=table, headers={"Content-Type": "text/csv"}).json()
    (found,) = answer["items"][0]["problems"]
    assert [error["parameter"] for error in found["errors"]] == ["subject", "certainty"]


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("body", "media_type", "status", "words"),
    [
        ('{"subject":\n 1,}', "application/json", 400, ["Line 2, column 4"]),
        ("", "application/json", 400, ["Line 1, column 1"]),
        ("[" * 5000 + "]" * 5000, "application/json", 400, []),
        ("[" * 30 + "]" * 30, "application/json", 400, ["30 levels deep"]),
        ('{"subject": "a", "subject": "b"}', "application/json", 400, ["'subject' stands twice"]),
        ('{"subject": NaN}', "application/json", 400, ["NaN is no JSON"]),
        ('{"subject": "\\ud800"}', "application/json", 400, []),
        ('"a claim"', "application/json", 422, ["Write a claim as a JSON object"]),
        ("[]", "application/json", 422, ["no claim in it"]),
        ("{}", "text/turtle", 415, ["application/json or text/csv"]),
        ("{}", "", 415, ["no media type"]),
        ("", "text/csv", 400, ["its first line must name the keys"]),
        ("subject,predicat\n", "text/csv", 422, ["Column 2, 'predicat'", "Did you mean predicate"]),
        ("subject,subject\n", "text/csv", 422, ["two columns"]),
        ("subject\na,b\n", "text/csv", 422, ["Row 1 (line 2)", "2 cells", "quotation marks"]),
        ('subject\n"a', "text/csv", 400, ["this is no CSV"]),
        ("subject\n", "text/csv", 422, ["no claim in it"]),
        ("source,source.title\nseed-001,T\n", "text/csv", 422, ["has a value for source as well"]),
    ],
    ids=lambda value: str(value)[:25],
)
def test_a_body_that_cannot_be_read_is_refused(
    curator: TestClient, body: str, media_type: str, status: int, words: list[str]
) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    answer = curator.request("POST", "/claims", content=body.encode(), headers=headers)
    refused(answer, status, *words)


@pytest.mark.usefixtures("untouched")
def test_the_gate_says_what_a_claim_lacks(curator: TestClient) -> None:
    without = {key: value for key, value in CLAIM.items() if key != "certainty"}
    problem = refused(curator.post("/claims", json={**without, "locator": "line 9"}), 422)
    (item,) = problem["items"]
    assert [found["rule"] for found in item["problems"]] == ["MinCountConstraintComponent"]
    assert item["problems"][0]["path"]["curie"] == "als:certainty"


# Tables

TABLE = """\
subject,predicate,object,population,certainty,source,locator,author
drug:baclofen,relieves,muscle cramps,,asserted,seed-003,"line 1, sentence 2",
drug:tizanidine,relieves,muscle cramps,patients with dysphagia,hedged,seed-003,line 2,
,,,,,,,
drug:baclofen,relieves,muscle cramps,,asserted,seed-003,"line 1, sentence 2",
"""


def post_table(client: TestClient, text: str, query: str = "") -> Any:
    return client.post(f"/claims{query}", content=text.encode(), headers={"Content-Type": "text/csv"})


def test_a_table_is_tried_row_by_row_and_is_one_change(curator: TestClient, own: KnowledgeGraph) -> None:
    # Somebody has stated before what the first row states.
    ok(curator.post("/claims", json={**CLAIM, "locator": "before the table"}))
    before = everything(own)
    tried = ok(post_table(curator, TABLE, "?dry_run=true"), 200)
    assert everything(own) == before
    assert (tried["conforms"], tried["committed"]) == (True, False)
    assert [(item["row"], item["line"]) for item in tried["items"]] == [(1, 2), (2, 3), (3, 5)]
    assert [item["isNewProposition"] for item in tried["items"]] == [False, True, False]
    assert tried["items"][2]["sameAsRow"] == 1
    assert tried["summary"].endswith(" Said twice, and one claim: row 3 as row 1.")
    made = ok(post_table(curator, "\ufeff" + TABLE))
    assert made["revision"] == tried["revision"] + 1
    assert [item["claim"] for item in made["items"]] == [item["claim"] for item in tried["items"]]
    scoped = curator.get(made["items"][1]["propositionUrl"]).json()["stated"]
    assert scoped["scope"] == {"population": "patients with dysphagia"}
    again = ok(post_table(curator, TABLE), 200)
    assert {item["alreadyThere"] for item in again["items"]} == {True}


BAD_TABLE = """\
subject,predicate,object,certainty,source,locator
drug:baclofen,relieves,muscle cramps,asserted,seed-004,line 1
drug:baclofan,relieves,muscle cramps,asserted,seed-004,line 2
drug:baclofen,relieves,muscle cramps,,seed-004,line 3
"""


def test_one_bad_row_keeps_all_out(curator: TestClient, own: KnowledgeGraph) -> None:
    before = everything(own)
    tried = ok(post_table(curator, BAD_TABLE, "?dry_run=true"), 200)
    assert not tried["conforms"]
    good, unread, unsound = tried["items"]
    assert good["problems"] == []
    assert unread["row"] == 2
    assert "claim" not in unread
    (problem,) = unread["problems"]
    assert problem["parameter"] == "subject"
    assert "Did you mean baclofen" in problem["what"]
    assert [found["rule"] for found in unsound["problems"]] == ["MinCountConstraintComponent"]
    refusal = refused(post_table(curator, BAD_TABLE), 422, "2 of 3 rows", "Row 2 (line 3): subject")
    assert refusal["items"] == tried["items"]
    refused(post_table(curator, BAD_TABLE, "?propose=true"), 422, "2 of 3 rows")
    assert everything(own) == before


RAGGED_TABLE = """\
subject,predicate,object,certainty,source,locator
drug:baclofen,relieves,muscle cramps,asserted,seed-004,ragged 1
drug:baclofen,relieves,muscle cramps,asserted,seed-004,line 1, sentence 2
drug:baclofen,relieves,muscle cramps,asserted

drug:baclofen,relieves,muscle crams,asserted,seed-004,ragged 3
drug:baclofen,relieves,muscle cramps,sure,seed-004,ragged 4
drug:baclofen,relieves,muscle cramps,asserted,seed-999,ragged 5
drug:baclofen,relieves,muscle cramps,,seed-004,ragged 6
"""


def test_every_row_of_a_table_is_answered_by_line_and_column(curator: TestClient, own: KnowledgeGraph) -> None:
    before = everything(own)
    tried = ok(post_table(curator, RAGGED_TABLE, "?dry_run=true"), 200)
    found = [(item["line"], *((p["column"], p["what"]) for p in item["problems"])) for item in tried["items"]]
    told = {line: problems[0] if problems else None for line, *problems in found}
    assert list(told) == [2, 3, 4, 6, 7, 8, 9]
    words = {
        3: (7, "7 cells, and there are 6 keys. Put a cell with a comma in quotation marks"),
        4: (5, "Column 5, source: the row has 4 cells"),
        6: (3, "Did you mean muscle-cramps"),
        7: (4, "There are anticipated, asserted"),
        8: (5, "source.title"),
        9: (4, "certainty"),
    }
    assert told[2] is None
    for line, (column, word) in words.items():
        problem = told[line]
        assert problem is not None
        assert problem[0] == column
        assert word in problem[1]
    refusal = refused(post_table(curator, RAGGED_TABLE), 422, "6 of 7 rows", "Row 2 (line 3): After column 6")
    assert (refusal["dryRun"], refusal["committed"]) == (False, False)
    assert refusal["items"] == tried["items"]
    assert everything(own) == before


def test_a_table_describes_new_sources_and_several_values(curator: TestClient) -> None:
    text = (
        "subject,predicate,object,certainty,source.doi,source.title,source.kind,source.creator,locator\n"
        "drug:baclofen,relieves,muscle spasticity,demonstrated,https://doi.org/10.1000/ABC,A trial,cited-work,"
        "person:alexander-starr|Rita Sattler,p. 3\n"
    )
    ok(post_table(curator, text))
    source = curator.get("/sources/doi-10-1000-abc").json()
    assert source["exactMatch"][0]["id"] == "https://doi.org/10.1000/abc"
    assert len(source["creator"]) == 2


@pytest.mark.usefixtures("untouched")
def test_more_claims_than_one_change_may_have_are_refused(own: KnowledgeGraph, tokens: Mapping[str, str]) -> None:
    tight = replace(own, settings=replace(own.settings, change_quads_max=12))
    # No lifespan: the graph is to stay open.
    client = TestClient(build_app(tight), headers={"Authorization": f"Bearer {tokens['publish']}"})
    assert client.post("/claims?dry_run=true", json=[CLAIM]).status_code == 200
    refused(client.post("/claims", json=[CLAIM] * 3), 413, "at most 2", "ALSKG_CHANGE_QUADS_MAX")
    two = [{**CLAIM, "locator": "one"}, {**CLAIM, "locator": "two", "hedge": "may", "advice": "take care"}]
    refused(client.post("/claims?dry_run=true", json=two), 413, "With row 2", "Send the 1 rows before it first")


# Who may


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/claims"),
        ("DELETE", "/claims/s1-001?reason=x"),
        ("PUT", "/drugs/baclofen"),
        ("PATCH", "/drugs/baclofen"),
        ("DELETE", "/drugs/baclofen"),
        ("POST", "/rename"),
        ("POST", "/merge"),
    ],
)
def test_nobody_writes_without_the_scope(anyone: TestClient, tokens: Mapping[str, str], method: str, path: str) -> None:
    # What was sent isn't even read.
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {tokens['curate']}"}, 403)):
        answer = anyone.request(method, path, content=b"{", headers={**headers, "Content-Type": "application/json"})
        assert answer.status_code == status


def test_who_may_only_propose_proposes(anyone: TestClient, tokens: Mapping[str, str], own: KnowledgeGraph) -> None:
    headers = {"Authorization": f"Bearer {tokens['curate']}"}
    body = {**CLAIM, "locator": "proposed"}
    answer = anyone.post("/claims?propose=true", json=body, headers=headers)
    proposed = ok(answer, 202)
    assert proposed["conforms"]
    assert anyone.get("/claims", params={"locator": "proposed"}, headers=headers).status_code == 422
    accepting = {"Authorization": f"Bearer {tokens['publish']}"}
    ok(anyone.post(f"{proposed['url']}/accept", headers=accepting))
    assert anyone.get("/claims", params={"locator": "proposed"}).json()["total"] == 1
    patch = anyone.patch("/drugs/baclofen?propose=true", json={"altLabel": "Lioresal"}, headers=headers)
    refused(patch, 428, "If-Match")
    ok(
        anyone.patch(
            "/drugs/baclofen?propose=true", json={"altLabel": "Lioresal"}, headers={**headers, "If-Match": "*"}
        ),
        202,
    )


# Taking back


def test_a_claim_is_taken_back_with_a_reason_and_kept(curator: TestClient, own: KnowledgeGraph) -> None:
    item = ok(curator.post("/claims", json={**CLAIM, "object": "sialorrhea"}))["items"][0]
    before = everything(own)
    refused(curator.delete(item["url"]), 422, "reason: say why")
    refused(curator.request("DELETE", item["url"], json={"raison": "x"}), 422)
    refused(curator.delete("/claims/s9-999?reason=x"), 404, "No claim is called")
    tried = ok(curator.delete(f"{item['url']}?reason=x&dry_run=true"), 200)
    assert tried["conforms"]
    assert everything(own) == before
    done = ok(curator.request("DELETE", item["url"], json={"reason": "A slip."}))
    answer = curator.get(item["url"])
    problem = refused(answer, 410, "an-publish", "A slip.")
    assert (problem["reason"], problem["retractedBy"], problem["claim"]) == ("A slip.", "an-publish", item["claim"])
    log = curator.get(problem["changes"]).json()["items"]
    assert log[0]["revision"] == done["revision"]
    assert log[0]["message"].endswith("A slip.")
    page = curator.get(item["url"], headers={"Accept": "text/html"}).text
    assert f'<a href="{problem["changes"]}">' in page
    assert problem["said"] == "baclofen relieves drooling"
    assert f"<q>{problem['said']}</q>" in page
    assert re.search(r"taken back on \d+ \w+ 20\d\d, \d\d:\d\d UTC by an-publish", page)
    refused(curator.get(item["propositionUrl"]), 410, "A slip.")
    refused(curator.get(item["url"], headers={"Accept": "text/turtle"}), 410)
    names = [one["url"] for one in curator.get("/claims?limit=1000").json()["items"]]
    assert item["url"] not in names
    query = f"ASK {{ {{ <{item['claim']}> ?p ?o }} UNION {{ ?s ?p <{item['claim']}> }} }}"
    assert not curator.get("/sparql", params={"query": query}).json()["boolean"]
    rows = curator.get("/mappings/drug-symptom").json()["items"]
    assert item["proposition"] not in [row["id"] for row in rows]
    refused(curator.delete(f"{item['url']}?reason=again"), 410)
    refused(curator.patch(item["url"], json={"locator": "x"}, headers={"If-Match": "*"}), 410)
    refused(curator.put(item["url"], json={"label": "x"}), 410)
    refused(curator.post("/claims", json={**CLAIM, "object": "sialorrhea"}), 422, "was taken back", "revert")
    ok(curator.post(f"/changes/{done['revision']}/revert", json={"message": "It was none."}))
    assert curator.get(item["url"]).status_code == 200


def test_what_refers_to_a_claim_is_named_with_the_mend(curator: TestClient, own: KnowledgeGraph) -> None:
    before = everything(own)
    problem = refused(curator.delete("/claims/s4-002?reason=Wrong"), 422, "/disagreements/a1-", "`mendBy`")
    assert everything(own) == before
    sides = [subjects(own.present, ALS + side, f"{BASE}claims/s4-002") for side in ("oneSide", "otherSide")]
    assert {(link["property"], link["id"]) for link in problem["referredToBy"]} == {
        *(("oneSide", disagreement) for disagreement in sides[0]),
        *(("otherSide", disagreement) for disagreement in sides[1]),
    }
    assert problem["report"]["results"][0]["rule"] == "dangling"
    mend = problem["mendBy"]
    ok(curator.request(mend["method"], mend["url"], json=mend["body"]))
    refused(curator.get("/claims/s4-002"), 410, "Wrong")


@pytest.mark.usefixtures("untouched")
def test_what_rests_on_what_a_claim_states_goes_with_it(curator: TestClient, own: KnowledgeGraph) -> None:
    rules = {plain(t.subject): plain(t.object) for t in own.present.match(None, f"{ALS}restsOn")}
    found: list[tuple[str, int, str]] = []
    for rule, proposition in sorted(rules.items()):
        claims = subjects(own.present, f"{ALS}states", proposition)
        grounds = iris(own.present, rule, f"{ALS}restsOn")
        if len(claims) == 1:
            found.append((rule, len(grounds), claims[0]))
    assert found
    for rule, count, claim in found[:4]:
        url = claim.removeprefix(BASE[:-1])
        problem = refused(
            curator.delete(f"{url}?reason=Wrong"), 422, rule.removeprefix(BASE[:-1]), "what it alone states"
        )
        assert "restsOn" in {link.get("property") for link in problem["referredToBy"]}
        mend = problem["mendBy"]
        tried = ok(curator.request(mend["method"], f"{mend['url']}?dry_run=true", json=mend["body"]), 200)
        assert tried["conforms"], (rule, tried["summary"])
        # A rule that has nothing else to rest on goes as a whole.
        types = [row for row in tried["diff"]["removed"] if row["subject"]["id"] == rule]
        assert (len(types) > 1) is (count == 1)


@pytest.mark.usefixtures("untouched")
def test_a_finding_goes_with_the_claim_that_told_of_it(curator: TestClient, own: KnowledgeGraph) -> None:
    tried: dict[bool, bool] = {}
    for proposition in subjects(own.present, f"{RDF}predicate", f"{ALS}found"):
        (finding,) = iris(own.present, proposition, f"{RDF}object")
        claims = subjects(own.present, f"{ALS}states", proposition)
        # Another claim may name the finding as what it rests on; it stays, without that.
        is_named = bool(subjects(own.present, f"{ALS}finding", finding))
        if len(claims) > 1 or is_named in tried:
            continue
        name, url = (iri.removeprefix(BASE[:-1]) for iri in (finding, claims[0]))
        mend = refused(curator.delete(f"{url}?reason=Wrong"), 422, name, "`mendBy`")["mendBy"]
        done = ok(curator.request(mend["method"], f"{mend['url']}?dry_run=true", json=mend["body"]), 200)
        assert finding in {row["subject"]["id"] for row in done["diff"]["removed"]}
        tried[is_named] = done["conforms"]
    assert tried == {True: True, False: True}


def test_a_source_stays_while_what_was_taken_back_is_its_word(curator: TestClient) -> None:
    source = {"name": "a-hasty-source", "title": "A hasty source", "kind": "cited-work", "date": "2014-04"}
    made = ok(curator.post("/claims", json={**CLAIM, "source": source}))
    item = made["items"][0]
    taken = ok(curator.delete(f"{item['url']}?reason=A+slip"))
    url = "/sources/a-hasty-source"
    refused(curator.delete(url, headers={"If-Match": "*"}), 422, "kept as its word", item["claim"], "/changes?node=")
    text = f"DELETE WHERE {{ <{BASE}sources/a-hasty-source> ?p ?o }}"
    refused(curator.post("/sparql", data={"update": text}), 422, "kept as its word")
    assert curator.get(url).status_code == 200
    ok(curator.post(f"/changes/{taken['revision']}/revert"))
    ok(curator.post(f"/changes/{made['revision']}/revert"))
    assert curator.get(url).status_code == 404


def test_a_claim_is_there_already_whatever_it_is_called(curator: TestClient) -> None:
    claim = {**CLAIM, "locator": "said once"}
    item = ok(curator.post("/claims", json=claim))["items"][0]
    # The same in every respect is that claim; with another certainty it is the same claim, told in another way.
    assert (
        ok(curator.post("/claims", json={**claim, "name": "another-name"}), 200)["items"][0]["claim"] == item["claim"]
    )
    hedged = refused(curator.post("/claims", json={**claim, "certainty": "hedged"}), 422, item["claim"], "als:locator")
    assert {result["rule"] for result in hedged["report"]["results"]} == {"said-twice"}
    assert hedged["items"][0]["problems"]
    # Nor does a source deny at one place what it affirms there.
    denied = refused(curator.post("/claims", json={**claim, "polarity": "denies"}), 422, item["claim"])
    assert {result["rule"] for result in denied["report"]["results"]} == {"said-twice"}
    for more in ({"locator": "said twice"}, {"source": "seed-003"}, {"object": "fatigue"}):
        assert ok(curator.post("/claims?dry_run=true", json={**claim, **more}), 200)["conforms"], more


FINDING = {
    "name": "a-finding-of-phoenix",
    "label": "fatigue with AMX0035 in PHOENIX",
    "treatment": "amx0035",
    "outcome": "fatigue",
    "findingDirection": "no-difference-shown",
}
OTHER_FINDING = {**FINDING, "name": "another-finding"}
FOUND = {
    "subject": "study:phoenix",
    "predicate": "found",
    "object": FINDING,
    "certainty": "asserted",
    "source": "seed-002",
    "locator": "a finding",
}


def test_a_finding_comes_with_its_claim_and_goes_with_it(curator: TestClient) -> None:
    alone = {key: value for key, value in FINDING.items() if key != "name"} | {"study": "phoenix"}
    refused(curator.put("/findings/a-finding-of-phoenix", json=alone), 422, "POST /claims", "`object` describes it")
    missing = {**FOUND, "object": "a-finding-of-phoenix"}
    refused(curator.post("/claims", json=missing), 422, "Describe a new finding in its place", "/findings/{name}")
    item = ok(curator.post("/claims", json=FOUND))["items"][0]
    assert item["label"].endswith(": PHOENIX found fatigue with AMX0035 in PHOENIX")
    found = curator.get("/findings/a-finding-of-phoenix").json()
    assert found["study"]["curie"] == "study:phoenix"
    refused(curator.post("/claims", json={**FOUND, "locator": "x"}), 422, "/findings/a-finding-of-phoenix is there")
    gone = f"DELETE WHERE {{ <{BASE}findings/a-finding-of-phoenix> ?p ?o }}"
    refused(curator.post("/sparql", data={"update": gone}), 422, "refers to")
    assert curator.get(item["url"]).status_code == 200


@pytest.mark.parametrize(
    ("object_", "what"),
    [
        ({"label": "x"}, "give the new finding a `name`"),
        ({**FINDING, "name": "No Name"}, "won't do"),
        ({**OTHER_FINDING, "outcom": "fatigue"}, "a finding has no such key"),
        ({**OTHER_FINDING, "study": "valor"}, "and not the subject"),
        ({**OTHER_FINDING, "findingDirection": "up"}, "findingDirection: there is no 'up'"),
    ],
)
def test_a_finding_is_described_right_or_refused(curator: TestClient, object_: Body, what: str) -> None:
    refused(curator.post("/claims", json={**FOUND, "object": object_}), 422, what)


def test_only_what_comes_with_a_claim_is_described_in_it(curator: TestClient) -> None:
    described = {**CLAIM, "object": {"name": "x", "label": "x"}}
    refused(curator.post("/claims", json=described), 422, "object: name a thing by its IRI, CURIE or name")


def test_a_claim_is_called_by_its_own_name_and_what_it_states(curator: TestClient) -> None:
    made = ok(curator.post("/claims", json={**CLAIM, "locator": "cited", "name": "cited-so"}))["items"][0]
    assert made["label"] == "cited-so: baclofen relieves muscle cramps"
    wrong = {**CLAIM, "locator": "x", "label": "refuted: baclofen relieves muscle cramps"}
    refused(curator.post("/claims", json=wrong), 422, "which is not, by whatever names")


def test_an_administrator_may_purge(admin: TestClient, own: KnowledgeGraph, tokens: Mapping[str, str]) -> None:
    item = ok(admin.post("/claims", json={**CLAIM, "locator": "to be purged"}))["items"][0]
    ok(admin.delete(f"{item['url']}?reason=x"))
    weaker = {"Authorization": f"Bearer {tokens['publish']}"}
    refused(admin.delete(f"{item['url']}?purge=true", headers=weaker), 403)
    ok(admin.delete(f"{item['url']}?purge=true"))
    assert admin.get(item["url"]).status_code == 404
    assert own.present.quads_about(item["claim"]) == []


def test_what_was_purged_comes_back_by_an_administrator_alone(admin: TestClient, tokens: Mapping[str, str]) -> None:
    weaker = {"Authorization": f"Bearer {tokens['publish']}"}
    made = ok(admin.post("/claims", json={**CLAIM, "locator": "purged and wanted back"}))
    item, before = made["items"][0], made["revision"]
    ok(admin.delete(f"{item['url']}?reason=A+slip."))
    purged = ok(admin.delete(f"{item['url']}?purge=true"))["revision"]
    for url in (f"/changes/{purged}/revert", f"/changes/{before}/restore"):
        for more in ("", "?dry_run=true"):
            answer = admin.post(url + more, headers=weaker)
            assert "It was purged, and going back would bring it in again." in answer.text
            assert answer.status_code == (200 if more else 422)
    assert admin.get(item["url"]).status_code == 404
    ok(admin.post(f"/changes/{before}/restore"))
    ok(admin.get(item["url"]), 200)


def test_going_back_where_nothing_is_left_to_do_is_no_error(admin: TestClient) -> None:
    item = ok(admin.post("/claims", json={**CLAIM, "locator": "purged and kept again"}))["items"][0]
    ok(admin.delete(f"{item['url']}?reason=A+slip."))
    purged = ok(admin.delete(f"{item['url']}?purge=true"))["revision"]
    assert admin.get(item["url"]).status_code == 404
    now = ok(admin.post(f"/changes/{purged}/revert"))["revision"]
    refused(admin.get(item["url"]), 410, "A slip.")
    for url in (f"/changes/{purged}/revert", f"/changes/{now}/restore"):
        again = ok(admin.post(url), 200)
        assert (again["committed"], again["conforms"], again["revision"]) == (False, True, now)
        assert again["summary"].startswith("Nothing changes: what is published is as it would be then already.")
    refused(admin.get(item["url"]), 410, "A slip.")


# Things


def test_a_thing_is_put_read_patched_and_removed(curator: TestClient) -> None:
    new = {"label": "testinol", "definition": "A drug that was tried.", "altLabel": ["Ebixa", "Axura"]}
    new |= {"editorialNote": "Not ours."}
    refused(curator.put("/drugs/testinol", json=new, headers={"If-Match": "*"}), 412, "There is no drug")
    tried = ok(curator.put("/drugs/testinol?dry_run=true", json=new), 200)
    assert tried["conforms"]
    made = ok(curator.put("/drugs/testinol", json=new, headers={"If-None-Match": "*"}))
    assert curator.get(made["url"]).json()["message"] == "Adds drug testinol"
    for sure in ({"If-None-Match": "*", "If-Match": "*"}, {"If-None-Match": "*"}):
        problem = refused(curator.put("/drugs/testinol", json={**new, "altLabel": []}, headers=sure), 412, "already")
        assert problem["title"] == "A condition of the request doesn't hold"
    assert curator.get("/drugs/testinol").json()["altLabel"] == ["Axura", "Ebixa"]
    refused(curator.put("/drugs/testinol", json=new), 428, "If-Match")
    read = curator.get("/drugs/testinol").json()
    same = curator.put("/drugs/testinol", json=read, headers={"If-Match": f'"{read["meta"]["revision"]}"'})
    assert not ok(same, 200)["committed"]
    change = {"altLabel": ["Ebixa"], "editorialNote": None}
    headers = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
    ok(curator.patch("/drugs/testinol?message=Fewer+names", content=json.dumps(change), headers=headers))
    read = curator.get("/drugs/testinol").json()
    assert (read["altLabel"], read.get("editorialNote"), read["label"]) == (["Ebixa"], None, "testinol")
    assert curator.get("/changes?limit=1").json()["items"][0]["message"] == "Fewer names"
    least = {"label": "testinol", "definition": "A drug that was tried."}
    refused(curator.put("/drugs/testinol", json={"label": "testinol"}, headers={"If-Match": "*"}), 422)
    ok(curator.put("/drugs/testinol", json=least, headers={"If-Match": "*"}))
    assert "altLabel" not in curator.get("/drugs/testinol").json()
    refused(curator.delete("/drugs/testinol"), 428, "If-Match")
    ok(curator.delete("/drugs/testinol", headers={"If-Match": f'"{revision(curator)}"'}))
    assert curator.get("/drugs/testinol").status_code == 404


def test_a_change_since_is_a_conflict(curator: TestClient, own: KnowledgeGraph) -> None:
    base = revision(curator)
    ok(curator.patch("/drugs/edaravone", json={"altLabel": ["Radicava"]}, headers={"If-Match": f'"{base}"'}))
    # Somebody else's change of another thing is none.
    ok(curator.patch("/drugs/tizanidine", json={"altLabel": ["Sirdalud"]}, headers={"If-Match": f'"{base}"'}))
    before = everything(own)
    answer = curator.patch("/drugs/edaravone", json={"altLabel": ["Radicut"]}, headers={"If-Match": f'"{base}"'})
    problem = refused(answer, 412, "others changed")
    # What refers to it is looked at with it, so it may be named too; what only the other change is about isn't.
    assert len(problem["conflicts"]) == 1
    assert f"{BASE}drugs/edaravone" in problem["conflicts"][0]["nodes"]
    assert f"{BASE}drugs/tizanidine" not in problem["conflicts"][0]["nodes"]
    assert everything(own) == before


@pytest.fixture(scope="module")
def conditioned(own: KnowledgeGraph, tokens: Mapping[str, str]) -> str:
    """The entity tag of a thing that was changed after it was looked at; and it was the last change."""
    client = TestClient(build_app(own), headers={"Authorization": f"Bearer {tokens['publish']}"})
    ok(client.put("/drugs/conditioned", json={"label": "conditioned", "definition": "A drug."}))
    tag: str = client.get("/drugs/conditioned").headers["ETag"]
    ok(client.patch("/drugs/conditioned", json={"altLabel": ["a change"]}, headers={"If-Match": tag}))
    return tag


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 428),
        ({"If-None-Match": "*"}, 412),
        ({"If-None-Match": "{was}"}, 428),
        ({"If-Match": "*"}, 200),
        ({"If-Match": "{now}"}, 200),
        ({"If-Match": "{was}"}, 412),
        ({"If-Match": "{was}, {now}"}, 200),
        ({"If-Match": '{was} , "99999"'}, 412),
        ({"If-Match": '"99999", {now}'}, 200),
        ({"If-Match": "W/{now}"}, 412),
        ({"If-Match": "W/{now}, {now}"}, 200),
        ({"If-Match": '"of another server"'}, 422),
        ({"If-Match": '"of-another-server"'}, 412),
        ({"If-Match": "nothing"}, 422),
        ({"If-Match": ""}, 422),
        ({"If-Match": "*, {now}"}, 422),
        ({"If-Match": "*", "If-None-Match": "*"}, 412),
        ({"If-Match": "*", "If-None-Match": "{now}"}, 412),
        ({"If-Match": "*", "If-None-Match": "W/{now}"}, 412),
        ({"If-Match": "*", "If-None-Match": "{was}"}, 200),
    ],
    ids=str,
)
def test_what_a_change_of_a_thing_rests_on_is_read_as_the_standard_says(
    curator: TestClient, conditioned: str, method: str, headers: Mapping[str, str], status: int
) -> None:
    tags = {"was": conditioned, "now": curator.get("/drugs/conditioned").headers["ETag"]}
    sent = {name: value.format(**tags) for name, value in headers.items()}
    url = "/drugs/conditioned" if status == 428 else "/drugs/conditioned?dry_run=true"
    body = None if method == "DELETE" else {"label": "conditioned", "definition": "A drug.", "altLabel": ["another"]}
    answer = curator.request(method, url, headers=sent, json=body)
    assert answer.status_code == status, answer.text
    if status == 412:
        is_of_the_request = "If-None-Match" in headers
        title = "A condition of the request doesn't hold" if is_of_the_request else "The graph has moved on"
        assert answer.json()["title"] == title


@pytest.mark.usefixtures("untouched")
def test_what_isnt_there_is_only_made_and_not_changed(curator: TestClient) -> None:
    new = {"label": "x", "definition": "A drug."}
    for headers, status in (({"If-None-Match": "*"}, 200), ({"If-Match": "*"}, 412), ({"If-None-Match": '"1"'}, 200)):
        assert curator.put("/drugs/none-such?dry_run=true", json=new, headers=headers).status_code == status
    for method in ("PATCH", "DELETE"):
        body = None if method == "DELETE" else new
        refused(curator.request(method, "/drugs/none-such", headers={"If-Match": "*"}, json=body), 404)


def test_a_claim_is_taken_back_where_nobody_changed_it_since(curator: TestClient) -> None:
    url = ok(curator.post("/claims", json={**CLAIM, "locator": "rests"}))["items"][0]["url"]
    then = revision(curator)
    ok(curator.patch(url, json={"locator": "changed"}, headers={"If-Match": "*"}))
    tried = f"{url}?reason=x&dry_run=true"
    assert curator.delete(tried).status_code == 200
    assert curator.delete(tried, headers={"If-Match": f'"{revision(curator)}"'}).status_code == 200
    refused(curator.delete(tried, headers={"If-Match": f'"{then}"'}), 412, "others changed")


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("PUT", "/drugs/baclofen", {"lable": "x"}, 422, ["'lable'", "Did you mean label"]),
        ("PUT", "/drugs/baclofen", {"id": BASE + "drugs/riluzole"}, 422, ["id:", "/rename"]),
        ("PUT", "/drugs/baclofen", {"url": "/drugs/riluzole"}, 422, ["url:"]),
        ("PUT", "/drugs/baclofen", {"label": "baclofen"}, 403, ["mappings", "admin"]),
        ("PUT", "/people/rita-sattler", {"definition": "No label."}, 422, ["label"]),
        ("PUT", "/drugs/baclofen", {"label": "x", "type": "Symptom"}, 422, ["type: 'Symptom' is no drug"]),
        ("PUT", "/drugs/baclofen", ["label"], 422, ["as a JSON object"]),
        ("PUT", "/drugs/No Name", {"label": "x"}, 422, ["name: 'No Name' won't do"]),
        ("PATCH", "/drugs/baclofan", {"label": "x"}, 404, ["Did you mean baclofen"]),
        ("PATCH", "/drugs/baclofen", {"hasComponent": "baclofan"}, 422, ["hasComponent: there is no 'baclofan'"]),
        ("PATCH", "/drugs/baclofen", {"label": ["one", "two"]}, 422, ["label"]),
        ("PATCH", "/claims/s1-001", {"invalidatedAtTime": "2020-01-01T00:00:00Z"}, 422, ["a claim has no such key"]),
        ("PATCH", "/claims/s1-001", {"certainty": None}, 422, ["certainty"]),
        ("PATCH", "/drugs/riluzole", {"exactMatch": None}, 403, ["admin"]),
        ("DELETE", "/people/rita-sattler", None, 422, ["which nothing describes"]),
        ("DELETE", "/drugs/baclofan", None, 404, ["Did you mean baclofen"]),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_thing_is_told(
    curator: TestClient, method: str, path: str, body: object, status: int, words: list[str]
) -> None:
    refused(curator.request(method, path, json=body, headers={"If-Match": "*"}), status, *words)


@pytest.mark.usefixtures("untouched")
def test_a_media_type_that_is_not_read_is_refused(curator: TestClient) -> None:
    headers = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
    refused(curator.put("/drugs/baclofen", content=b"{}", headers=headers), 415, "PUT takes application/json")
    headers["Content-Type"] = "application/json-patch+json"
    refused(curator.patch("/drugs/baclofen", content=b"[]", headers=headers), 415, "merge-patch+json")


@pytest.mark.usefixtures("untouched")
def test_what_a_proposition_says_is_its_name(curator: TestClient) -> None:
    proposition = curator.get("/claims/s1-002").json()["states"]["id"].removeprefix(BASE)
    answer = curator.patch(f"/{proposition}", json={"subject": "drug:baclofen"}, headers={"If-Match": "*"})
    problem = refused(answer, 422)
    assert "proposition-iri" in [result["rule"] for result in problem["report"]["results"]]


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_role_is_written_where_the_thing_stands(curator: TestClient, method: str) -> None:
    answer = curator.request(method, "/symptoms/fatigue", json={"label": "x"}, headers={"If-Match": "*"})
    refused(answer, 405, "there is GET, HEAD, OPTIONS")
    assert 'rel="canonical"' in curator.get("/symptoms/fatigue").headers["Link"]


def test_a_thing_takes_another_role(curator: TestClient) -> None:
    body = {"label": "hiccups", "definition": "A jerk of the diaphragm.", "type": "Symptom"}
    ok(curator.put("/phenotypes/hiccups", json=body))
    assert curator.get("/symptoms/hiccups").status_code == 200
    both = {"type": ["Symptom", "AdverseEffect"]}
    ok(curator.patch("/phenotypes/hiccups", json=both, headers={"If-Match": "*"}))
    assert curator.get("/adverse-effects/hiccups").status_code == 200
    ok(curator.patch("/phenotypes/hiccups", json={"type": "AdverseEffect"}, headers={"If-Match": "*"}))
    assert curator.get("/symptoms/hiccups").status_code == 404
    assert curator.get("/phenotypes/hiccups").json()["type"] == "AdverseEffect"


def test_a_claim_is_corrected(curator: TestClient) -> None:
    read = curator.get("/claims/s1-003").json()
    headers = {"If-Match": f'"{read["meta"]["revision"]}"'}
    ok(
        curator.patch(
            "/claims/s1-003", json={"certainty": "hedged", "locator": "line 5", "asOf": 2014}, headers=headers
        )
    )
    read = curator.get("/claims/s1-003").json()
    assert (read["certainty"]["curie"], read["locator"], read["asOf"]) == ("certainty:hedged", "line 5", "2014")


@pytest.mark.parametrize(
    "given",
    [{"source": "seed-002"}, {"polarity": "denies"}, {"states": "baclofen-relieves-muscle-spasticity-03eb7ceb"}],
    ids=["source", "polarity", "states"],
)
def test_a_correction_makes_no_other_claim(curator: TestClient, given: dict[str, str]) -> None:
    before = curator.get("/claims/s1-004").content
    response = curator.patch("/claims/s1-004", json=given, headers={"If-Match": "*"})
    assert response.status_code == 422
    results = response.json()["report"]["results"]
    assert [r["mend"] for r in results if r["rule"] == "restated"] == [
        "Retract it with a reason, and add another claim: one POST /changes with `retract` and `add` does both."
    ]
    assert curator.get("/claims/s1-004").content == before


def test_an_administrator_who_purges_may_give_a_claim_another_source_and_it_moves(admin: TestClient) -> None:
    moved = ok(admin.patch("/claims/s1-005?purge=true", json={"source": "seed-002"}, headers={"If-Match": "*"}))
    assert {row["file"] for row in moved["diff"]["added"]} == {"data/claims/seed-002.ttl"}
    assert admin.get("/claims/s1-005").json()["source"]["curie"] == "source:seed-002"
    assert len(moved["diff"]["added"]) == len(moved["diff"]["removed"])


def test_who_names_a_thing_that_lacks_the_role_is_told_how_to_give_it(curator: TestClient) -> None:
    ok(curator.put("/phenotypes/yawns", json={"label": "yawns", "definition": "A gape.", "type": "Symptom"}))
    claim = {**CLAIM, "subject": "riluzole", "predicate": "hasAdverseEffect", "object": "yawns", "locator": "of yawns"}
    problem = refused(curator.post("/claims", json=claim), 422, "/phenotypes/yawns is there, and is Symptom, not ")
    assert "Did you mean" not in problem["detail"]
    mend = problem["mendBy"]
    assert mend == {"method": "PATCH", "url": "/phenotypes/yawns", "body": {"type": ["Symptom", "AdverseEffect"]}}
    ok(curator.patch(mend["url"], json=mend["body"], headers={"If-Match": "*"}))
    ok(curator.post("/claims", json=claim))


# Renaming and merging


def test_a_renamed_thing_is_found_by_its_old_address(curator: TestClient, own: KnowledgeGraph) -> None:
    ok(curator.put("/drugs/old-name", json={"label": "an old name", "definition": "A drug that was renamed."}))
    claim = ok(curator.post("/claims", json={**CLAIM, "subject": "old-name", "locator": "r"}))["items"][0]
    body = ok(curator.post("/rename", json={"from": "drugs/old-name", "to": "new-name"}))
    # Both are called alike in the history, and are told apart there.
    told = curator.get(body["url"], headers={"Accept": "text/html"}).text
    assert {"drug:old-name", "drug:new-name"} <= set(re.findall("an old name</a> <code>([^<]+)</code>", told))
    assert body["replaced"][0]["url"] == "/drugs/new-name"
    answer = curator.get("/drugs/old-name?format=turtle", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "/drugs/new-name?format=turtle")
    answer = curator.get(claim["propositionUrl"], follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, body["replaced"][1]["url"])
    assert curator.get(claim["url"]).json()["states"]["id"] == body["replaced"][1]["to"]
    ok(curator.post("/rename", json={"from": "drug:new-name", "to": f"{BASE}drugs/last-name"}))
    assert curator.get("/drugs/old-name", follow_redirects=False).headers["location"] == "/drugs/last-name"
    tried = ok(curator.post("/rename?dry_run=true", json={"from": "drugs/old-name", "to": "any-name"}), 200)
    assert (tried["conforms"], tried["replaced"][0]["from"]) == (True, f"{BASE}drugs/last-name")
    refused(curator.post("/rename", json={"from": "drugs/never-name", "to": "any-name"}), 404)
    before = everything(own)
    refused(curator.put("/drugs/old-name", json={"label": "x"}), 409, "earlier name of /drugs/last-name")
    refused(curator.delete("/drugs/old-name"), 409, "/drugs/last-name")
    refused(curator.post("/rename", json={"from": "drugs/baclofen", "to": "old-name"}), 409, "was a name of")
    assert everything(own) == before
    # An earlier name says what is meant, as long as nothing else bears it; and may come back.
    ok(curator.post("/claims", json={**CLAIM, "subject": "old-name", "locator": "r2"}))
    ok(curator.post("/rename", json={"from": "drugs/last-name", "to": "old-name"}))
    assert curator.get("/drugs/old-name").json()["id"] == f"{BASE}drugs/old-name"
    assert curator.get("/drugs/last-name", follow_redirects=False).headers["location"] == "/drugs/old-name"
    assert curator.get(claim["propositionUrl"]).json()["id"] == claim["proposition"]


def test_what_was_taken_back_is_told_of_at_its_old_address_too(curator: TestClient, own: KnowledgeGraph) -> None:
    ok(curator.put("/drugs/early-name", json={"label": "an early name", "definition": "A drug."}))
    claim = ok(curator.post("/claims", json={**CLAIM, "subject": "early-name", "locator": "early"}))["items"][0]
    ok(curator.delete(f"{claim['url']}?reason=A+slip."))
    first = ok(curator.post("/rename", json={"from": "drugs/early-name", "to": "later-name"}))
    moved = curator.get(claim["propositionUrl"], follow_redirects=False)
    assert moved.status_code == 308
    assert "later-name" in moved.headers["location"]
    refused(curator.get(moved.headers["location"]), 410, "A slip.")
    # The name that comes back leads nowhere else, and the one that goes leads to it.
    second = ok(curator.post("/rename", json={"from": "drugs/later-name", "to": "early-name"}))
    refused(curator.get(claim["propositionUrl"], follow_redirects=False), 410, "A slip.")
    assert curator.get(moved.headers["location"], follow_redirects=False).headers["location"] == claim["propositionUrl"]
    for done in (second, first):
        ok(curator.post(f"/changes/{done['revision']}/revert"))
    refused(curator.get(claim["propositionUrl"], follow_redirects=False), 410, "A slip.")
    refused(curator.get(moved.headers["location"], follow_redirects=False), 404)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/rename", {"from": "drugs/baclofen", "to": "riluzole"}, 409, ["POST /merge", '"into": "drugs/riluzole"']),
        ("/rename", {"from": "drugs/baclofen", "to": "baclofen"}, 409, ["already"]),
        ("/rename", {"from": "drugs/baclofen", "to": "diseases/x"}, 422, ["stays among /drugs"]),
        ("/rename", {"from": "drugs/baclofen", "to": "A B"}, 422, ["won't do"]),
        ("/rename", {"from": "drugs/baclofan", "to": "x"}, 404, ["Did you mean baclofen"]),
        ("/rename", {"from": "drogs/baclofen", "to": "x"}, 404, ["no thing of a collection"]),
        ("/rename", {"from": "claims/s1-001", "to": "x"}, 422, ["keeps it"]),
        ("/rename", {"from": "drugs/baclofen"}, 422, ["to"]),
        ("/rename", {"from": "drugs/riluzole", "to": "rilutek"}, 403, ["admin"]),
        ("/merge", {"from": "drugs/baclofen", "into": "drugs/baclofen"}, 422, ["the same thing"]),
        ("/merge", {"from": "drugs/baclofen", "into": "diseases/amyotrophic-lateral-sclerosis"}, 422, ["one class"]),
        ("/merge", {"from": "drugs/baclofen", "to": "drugs/riluzole"}, 422, ["into"]),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_new_name_is_told(
    curator: TestClient, path: str, body: dict[str, str], status: int, words: list[str]
) -> None:
    refused(curator.post(path, json=body), status, *words)


def test_two_things_become_one(admin: TestClient) -> None:
    body = ok(admin.post("/merge", json={"from": "phenotypes/asthenia", "into": "phenotypes/fatigue"}))
    kept = admin.get("/phenotypes/fatigue").json()
    (lost,) = [row for row in body["dropped"] if row["property"] == "definition"]
    assert lost["thing"]["curie"] == "phenotype:asthenia"
    assert lost["kept"] == kept["definition"] != lost["value"]
    assert "Not taken over: definition" in body["summary"]
    assert kept["label"] == "fatigue"
    assert "asthenia" in kept["altLabel"]
    answer = admin.get("/adverse-effects/asthenia", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "/phenotypes/fatigue")


def test_a_thing_with_mappings_is_renamed_by_an_administrator(admin: TestClient) -> None:
    ok(admin.post("/rename", json={"from": "drugs/riluzole", "to": "rilutek"}))
    found = admin.get("/drugs", params={"xref": "CHEBI:8863"}).json()["items"]
    assert [one["url"] for one in found] == ["/drugs/rilutek"]
    ok(admin.post("/rename", json={"from": "drugs/rilutek", "to": "riluzole"}))


def test_synonyms_go_with_a_merger(curator: TestClient) -> None:
    ok(curator.put("/people/first-name", json={"label": "First", "altLabel": ["F.", "Both"], "definition": "One."}))
    ok(curator.put("/people/second-name", json={"label": "Second", "altLabel": ["S.", "Both"], "definition": "One."}))
    tried = ok(
        curator.post("/merge?dry_run=true", json={"from": "people/second-name", "into": "people/first-name"}), 200
    )
    assert tried["dropped"] == []
    body = ok(curator.post("/merge", json={"from": "people/second-name", "into": "people/first-name"}))
    assert "Not taken over" not in body["summary"]
    kept = curator.get("/people/first-name").json()
    assert (kept["altLabel"], kept["definition"]) == (["Both", "F.", "S.", "Second"], "One.")


@pytest.mark.usefixtures("untouched")
def test_two_publications_are_not_merged(admin: TestClient) -> None:
    body = {"from": "sources/bensimon-1994", "into": "sources/aan-2009-symptoms"}
    refused(admin.post("/merge", json=body), 422, "DOI:10.1056", "they are two", "notIndependentOf")


@pytest.mark.usefixtures("untouched")
def test_why_a_claim_is_taken_back_is_read_by_either_name(curator: TestClient) -> None:
    for body in ({"reason": "A slip."}, {"message": "A slip."}):
        found = ok(curator.request("DELETE", "/claims/s2-001?dry_run=true", json=body), 200)
        said = {one["object"] for one in found["diff"]["added"] if one["predicate"]["curie"] == "als:retractionReason"}
        assert said == {"A slip."}
    ok(curator.delete("/claims/s2-001?dry_run=true&message=A+slip."), 200)
    refused(curator.request("DELETE", "/claims/s2-001", json={"why": "A slip."}), 422, "why")


def test_why_a_proposal_is_declined_is_read_by_either_name(curator: TestClient) -> None:
    for name in ("message", "reason"):
        url = ok(curator.post("/claims?propose=true", json={**CLAIM, "locator": f"declined by {name}"}), 202)["url"]
        assert ok(curator.post(f"{url}/decline", json={name: "No."}), 200)["state"] == "withdrawn"
        assert "No." in curator.get(url).text


@in_ci
@pytest.mark.usefixtures("untouched")
def test_a_table_of_as_many_claims_as_it_may_have_touches_no_more_pairs_than_a_change_may(
    curator: TestClient, own: KnowledgeGraph
) -> None:
    drugs, symptoms = (subjects(own.present, f"{RDF}type", f"{ALS}{name}") for name in ("Drug", "Phenotype"))
    most = own.settings.claims_rows_max
    pairs = [(drug, symptom) for symptom in symptoms for drug in drugs][:most]
    rows = [
        f"{drug},isNamedFor,{symptom},seed-001,row {number},asserted" for number, (drug, symptom) in enumerate(pairs)
    ]
    table = "\n".join(["subject,predicate,object,source,locator,certainty", *rows])
    tried = ok(curator.post("/claims?dry_run=true", content=table, headers={"Content-Type": "text/csv"}), 200)
    assert tried["conforms"], tried["summary"]
    assert len(tried["items"]) == len(pairs) == most


@pytest.mark.parametrize("back", ["revert", "restore"])
def test_who_brings_a_claim_back_and_thinks_better_of_it_leaves_its_record_as_it_was(
    curator: TestClient, own: KnowledgeGraph, back: str
) -> None:
    made = ok(curator.post("/claims", json={**CLAIM, "locator": f"before {back}"}))
    claim = made["items"][0]["claim"]
    taken = ok(curator.delete(f"{made['items'][0]['url']}?reason=The+first+reason"))
    kept = {str(quad) for quad in own.present.quads_about(claim)}
    assert "The first reason" in str(kept)
    target = taken["revision"] if back == "revert" else made["revision"]
    again = ok(curator.post(f"/changes/{target}/{back}", json={"message": "It was right."}))
    assert curator.get(made["items"][0]["url"]).status_code == 200
    ok(curator.post(f"/changes/{again['revision']}/revert", json={"message": "It was not."}))
    assert {str(quad) for quad in own.present.quads_about(claim)} == kept
    refused(curator.get(made["items"][0]["url"]), 410, "The first reason")
    # The same where all of it is gone back to in one step.
    ok(curator.post(f"/changes/{made['revision']}/restore"))
    ok(curator.post(f"/changes/{taken['revision']}/restore"))
    assert {str(quad) for quad in own.present.quads_about(claim)} == kept


def test_a_merger_is_taken_back_and_each_claim_says_again_what_it_said(curator: TestClient) -> None:
    names = ("one-of-two", "other-of-two")
    for name in names:
        ok(curator.put(f"/drugs/{name}", json={"label": name, "definition": "A drug that was merged."}))
    claims = [{**CLAIM, "subject": name, "locator": f"of {name}"} for name in names]
    urls = [ok(curator.post("/claims", json=claim))["items"][0]["url"] for claim in claims]

    def stated() -> list[str]:
        return [curator.get(url).json()["states"]["id"] for url in urls]

    before = stated()
    merged = ok(curator.post("/merge", json={"from": "drugs/other-of-two", "into": "drugs/one-of-two"}))
    assert stated() == [before[0], before[0]]
    ok(curator.post(f"/changes/{merged['revision']}/revert", json={"message": "They are two."}))
    assert stated() == before
    assert curator.get("/drugs/other-of-two", follow_redirects=False).status_code == 200


@pytest.fixture(scope="module")
def renamed(own: KnowledgeGraph, tokens: Mapping[str, str]) -> None:
    """A symptom under another name, that a claim is about."""
    # No lifespan: the graph is to stay open.
    client = TestClient(build_app(own), headers={"Authorization": f"Bearer {tokens['admin']}"})
    ok(
        client.post(
            "/claims", json={**CLAIM, "subject": "drug:tizanidine", "object": "spasticity", "locator": "before"}
        )
    )
    ok(client.post("/rename", json={"from": "phenotypes/muscle-spasticity", "to": "stiff-muscles"}))


@pytest.mark.usefixtures("renamed")
@pytest.mark.parametrize(
    ("path", "asked", "is_found"),
    [
        ("/symptoms?id=muscle-spasticity,fatigue", "muscle-spasticity", True),
        ("/symptoms?id=phenotype:muscle-spasticity", "phenotype:muscle-spasticity", True),
        (f"/symptoms?id={BASE}phenotypes/muscle-spasticity", f"{BASE}phenotypes/muscle-spasticity", True),
        ("/phenotypes?xref=phenotype:muscle-spasticity", "phenotype:muscle-spasticity", True),
        ("/drugs?relieves=muscle-spasticity", "muscle-spasticity", False),
        ("/propositions?object=phenotype:muscle-spasticity", "phenotype:muscle-spasticity", False),
    ],
)
def test_an_earlier_name_is_understood_in_a_list(curator: TestClient, path: str, asked: str, is_found: bool) -> None:
    body = ok(curator.get(path), 200)
    assert body["total"] >= 1
    assert body["meta"]["complete"]
    new = {"asked": asked, "id": f"{BASE}phenotypes/stiff-muscles", "curie": "phenotype:stiff-muscles"}
    assert body["renamed"] == [{**new, "url": "/phenotypes/stiff-muscles"}]
    assert (new["id"] in [item["id"] for item in body["items"]]) is is_found
    present = ok(curator.get(path.replace("muscle-spasticity", "stiff-muscles")), 200)
    assert "renamed" not in present
    assert present["items"] == body["items"]


def test_an_earlier_name_of_a_source_is_understood_where_claims_are_chosen(admin: TestClient) -> None:
    source = {"name": "earlier-ledger", "title": "Named twice", "kind": "cited-work"}
    ok(admin.post("/claims", json={**CLAIM, "source": source}))
    ok(admin.post("/rename", json={"from": "sources/earlier-ledger", "to": "later-ledger"}))
    body = ok(admin.get("/claims?source=earlier-ledger"), 200)
    assert (body["total"], body["renamed"][0]["url"]) == (1, "/sources/later-ledger")
    # Neither it nor its claim has a day, and nobody said when it was read.
    assert ok(admin.get("/claims?source=later-ledger&asOf=2100-01-01"), 200)["total"] == 0
    ok(admin.patch("/sources/later-ledger", json={"seenOn": "2026-11-22"}, headers={"If-Match": "*"}))
    assert ok(admin.get("/claims?source=later-ledger&asOf=2100-01-01"), 200)["total"] == 1


@pytest.mark.usefixtures("renamed")
def test_an_earlier_name_is_understood_in_a_question(curator: TestClient) -> None:
    body = ok(curator.get("/queries/drugs-for-a-symptom?symptom=muscle-spasticity"), 200)
    assert body["renamed"][0]["url"] == "/phenotypes/stiff-muscles"
    present = ok(curator.get("/queries/drugs-for-a-symptom?symptom=stiff-muscles"), 200)
    assert body["items"] == present["items"] != []


@pytest.mark.usefixtures("renamed")
@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/resolve/phenotype:muscle-spasticity", "/phenotypes/stiff-muscles"),
        (f"/resolve/{BASE}phenotypes/muscle-spasticity", "/phenotypes/stiff-muscles"),
        ("/symptoms/muscle-spasticity", "/phenotypes/stiff-muscles"),
        ("/phenotypes/muscle-spasticity?format=turtle", "/phenotypes/stiff-muscles?format=turtle"),
        ("/phenotypes/muscle-spasticity/drugs", "/phenotypes/stiff-muscles/drugs"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/turtle"])
def test_an_earlier_address_leads_to_the_present_one(
    curator: TestClient, path: str, location: str, accept: str
) -> None:
    if accept == "text/turtle" and path.startswith("/resolve"):
        accept = "text/html"
    answer = curator.get(path, follow_redirects=False, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["location"]) == (308, location)


def test_an_earlier_address_leads_to_the_revision_that_was_asked_for(curator: TestClient) -> None:
    ok(curator.put("/drugs/first-name", json={"label": "a first name", "definition": "A drug that was renamed."}))
    before = revision(curator)
    ok(curator.post("/rename", json={"from": "drugs/first-name", "to": "second-name"}))
    between = revision(curator)
    ok(curator.patch("/drugs/second-name", json={"definition": "A drug, later."}, headers={"If-Match": "*"}))
    for path in ("/drugs/first-name", "/resolve/drug:first-name"):
        asked = curator.get(f"{path}?revision={between}", follow_redirects=False)
        assert (asked.status_code, asked.headers["location"]) == (308, f"/drugs/second-name?revision={between}")
    assert curator.get(asked.headers["location"]).json()["definition"] == "A drug that was renamed."
    beside = curator.get(f"/drugs/first-name/phenotypes?limit=1&revision={between}", follow_redirects=False)
    assert beside.headers["location"] == f"/drugs/second-name/phenotypes?limit=1&revision={between}"
    # It bore that very name then.
    then = curator.get(f"/drugs/first-name?revision={before}", follow_redirects=False)
    assert (then.status_code, str(then.json()["meta"]["revision"])) == (200, before)


# How it is described


def test_what_may_be_sent_is_described(anyone: TestClient, own: KnowledgeGraph) -> None:
    found = anyone.get("/openapi.json").json()
    paths = found["paths"]
    for collection, class_ in own.schema.collections.items():
        operations = paths[f"/{collection}/{{name}}"]
        assert ({"put", "patch", "delete"} <= set(operations)) is (not class_.is_role)
    for path in ("/rename", "/merge", "/claims"):
        assert {"201", "202", "401", "403", "409" if path != "/claims" else "422"} <= set(
            paths[path]["post"]["responses"]
        )
    components = {"components": found["components"]}

    def check(name: str, document: object) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", **components}
        jsonschema_rs.validator_for(schema).validate(document)

    check("ClaimToAdd", CLAIM)
    check("ClaimToAdd", {**CLAIM, "source": {"pmid": "1", "title": "T", "kind": "cited-work"}, "author": ["A"]})
    with pytest.raises(jsonschema_rs.ValidationError):
        check("ClaimToAdd", {**CLAIM, "certainy": "x"})
    for path, name in (
        ("/drugs/baclofen", "DrugForm"),
        ("/claims/s1-001", "ClaimForm"),
        ("/sources/seed-001", "SourceForm"),
    ):
        check(name, anyone.get(path).json())
    tried = found["components"]["schemas"]["ClaimsAnswer"]
    assert "items" in tried["properties"]


MINIMAL: Mapping[str, object] = {
    "subject": "drug:baclofen",
    "predicate": "relieves",
    "object": "muscle cramps",
    "certainty": "asserted",
    "source": "seed-004",
    "locator": "least",
    "title": "A title",
    "label": "A title",
    "kind": "cited-work",
    "sourceKind": "cited-work",
    "from": "people/rita-sattler",
    "to": "rita-s",
    "into": "people/alexander-starr",
}
"""A value for each key that something that is sent must have."""


def minimal_bodies(schema: Mapping[str, Any]) -> Iterator[list[str]]:
    """The least that a body may have, in every way that its schema allows."""
    own = list(schema.get("required", []))
    ways = [[*own]]
    for choice in [schema["anyOf"]] if "anyOf" in schema else [part["anyOf"] for part in schema.get("allOf", [])]:
        ways = [[*way, *more] for way in ways for option in choice for more in minimal_bodies(option)]
    yield from ways


def form_named(anyone: TestClient, name: str) -> Mapping[str, Any]:
    form: Mapping[str, Any] = anyone.get("/openapi.json").json()["components"]["schemas"][name]
    return form


@pytest.mark.usefixtures("untouched")
def test_the_least_that_the_description_asks_for_of_a_claim_is_taken(curator: TestClient) -> None:
    form = form_named(curator, "ClaimToAdd")
    source = form["properties"]["source"]["anyOf"][1]
    states = curator.get("/claims/s1-002").json()["states"]["curie"]
    values = {**MINIMAL, "proposition": states, "states": states}
    claims = [{key: values[key] for key in way} for way in minimal_bodies(form)]
    assert len(claims) == 3
    claims += [{**claims[0], "source": {key: values[key] for key in way}} for way in minimal_bodies(source)]
    assert len(claims) == 3 + 4
    for claim in claims:
        assert ok(curator.post("/claims?dry_run=true", json=claim), 200)["conforms"], claim
        for key in claim:
            left = {k: v for k, v in claim.items() if k != key}
            refused(curator.post("/claims", json=left), 422)
        if isinstance(described := claim["source"], dict):
            for key in described:
                left = {**claim, "source": {k: v for k, v in described.items() if k != key}}
                refused(curator.post("/claims", json=left), 422)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("path", ["/rename", "/merge"])
def test_the_least_that_the_description_asks_for_of_a_body_is_taken(curator: TestClient, path: str) -> None:
    operation = curator.get("/openapi.json").json()["paths"][path]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    body = {key: MINIMAL[key] for key in schema["required"]}
    assert ok(curator.post(f"{path}?dry_run=true", json=body), 200)["conforms"]
    for key in body:
        refused(curator.post(path, json={k: v for k, v in body.items() if k != key}), 422, key)


@pytest.mark.usefixtures("untouched")
def test_the_least_that_the_description_asks_for_of_a_thing_is_taken(
    admin: TestClient, own: KnowledgeGraph, collection: str
) -> None:
    form = admin.get("/openapi.json").json()["paths"][f"/{collection}/{{name}}"]["put"]["requestBody"]
    needed = form["content"]["application/json"]["schema"]["required"]
    items = admin.get(f"/{collection}?limit=1000").json()["items"]
    # A class above has the members of those below it, which are written there; what is inferred needs more than others.
    members = [item for item in items if item["url"].startswith(f"/{collection}/") and "inferredFrom" not in item]
    if not members:
        pytest.skip("There is no member to take values from.")
    for member in members[:30]:
        # What a rule rests on is about its drug, or about another of its ends, whichever it names.
        ends = {key: member[key] for key in ("drug", "condition", "trigger") if "restsOn" in needed and key in member}
        values = {key: member[key] for key in needed} | ends
        url = f"{member['url']}?dry_run=true"
        least = admin.put(url, json=values, headers={"If-Match": "*"}).json()
        if not least["report"]["results"]:
            break
    assert least["report"]["results"] == [], least["summary"]
    for key in needed:
        left = {k: v for k, v in values.items() if k != key}
        answer = admin.put(url, json=left, headers={"If-Match": "*"})
        assert answer.status_code == 422 or not answer.json()["conforms"], key


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case for each collection whose members can be written."""
    if "collection" in metafunc.fixturenames:
        schema = Schema(Memory(ontology_triples(ROOT)))
        # A member that is part of what claims say stays as it is.
        written = (name for name, class_ in schema.collections.items() if not class_.is_role and not class_.is_content)
        names = sorted(written)
        metafunc.parametrize("collection", sampled(names, 10))


def test_every_answer_that_reads_says_its_revision(curator: TestClient) -> None:
    now = revision(curator)
    for path in ("/", "/drugs/baclofen", "/claims/s1-001", "/drugs", "/drugs/baclofen/symptoms", "/nothing", "/health"):
        for accept in ("application/json", "text/html", "*/*"):
            assert curator.get(path, headers={"Accept": accept}).headers["x-alskg-revision"] == now, path
    assert curator.get("/drugs/baclofen?revision=1").headers["x-alskg-revision"] == "1"
    refusal = refused(curator.patch("/drugs/baclofen", json={}), 428, "X-Alskg-Revision")
    assert "ETag" not in refusal["detail"]


def test_every_address_says_what_it_takes(anyone: TestClient) -> None:
    assert anyone.options("/claims").headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert anyone.options("/drugs/baclofen").headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"
    preflight = {"Origin": "https://a.example", "Access-Control-Request-Method": "PATCH"}
    assert anyone.options("/drugs/baclofen", headers=preflight).status_code == 200


# What would brick the graph

ONTOLOGY = f"{BASE}ontology/"


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("update", "said"),
    [
        (f"CLEAR GRAPH <{BASE}graphs/ontology/prefixes>", "queries/"),
        (f"DELETE WHERE {{ <{ONTOLOGY}Drug> <{SKOS}definition> ?x }}", "Drug has no definition"),
        pytest.param("CLEAR ALL", "There is no prefix declaration left", marks=in_ci),
        pytest.param(f"DELETE WHERE {{ <{ONTOLOGY}relieves> <{RDFS}label> ?x }}", "relieves has no label", marks=in_ci),
        pytest.param(f"DELETE WHERE {{ <{SKOS}editorialNote> ?p ?o }}", "editorialNote is not declared", marks=in_ci),
    ],
)
def test_an_ontology_that_cannot_be_read_any_more_is_refused_even_to_an_administrator(
    admin: TestClient, update: str, said: str
) -> None:
    answer = admin.post("/sparql?purge=true", data={"update": update})
    assert answer.status_code == 422, answer.text
    assert said in answer.text


def test_what_is_missing_is_named_as_it_is_written(curator: TestClient) -> None:
    refused(curator.post("/rename", json={}), 422, "There are from, to.")
