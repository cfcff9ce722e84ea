"""/COLLECTION, its members, and what stands next to them; every class with a collection is a case."""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pyoxigraph as ox
import pytest
from starlette.testclient import TestClient

from alskg.files import ontology_triples
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import RDF, RDFS, local_name
from alskg.schema import Schema
from alskg.settings import Settings
from alskg.triples import Memory
from alskg.web.app import build_app
from alskg.web.respond import MANY

from ..extent import in_ci, sampled

ROOT = Path(__file__).parents[2]

COLLECTIONS = sorted(Schema(Memory(ontology_triples(ROOT))).collections)
BASE = "https://w3id.org/alskg/"
HYDRA = "http://www.w3.org/ns/hydra/core#"
# All collections are shown by the same code.
every_collection = pytest.mark.parametrize("collection", sampled(COLLECTIONS, 10))

Body = Mapping[str, Any]


def body_of(client: TestClient, path: str, accept: str = "application/json") -> Body:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


def pages_of(client: TestClient, path: str) -> Iterator[Any]:
    """The answers of a list, page by page."""
    while path:
        answer = client.get(path)
        yield answer
        path = answer.links.get("next", {}).get("url", "")


@cache
def everything_in(client: TestClient, collection: str) -> Body:
    """A whole list; asked for once, since nobody writes to this graph."""
    first, *others = (answer.json() for answer in pages_of(client, f"/{collection}?limit=1000"))
    items = [item for body in (first, *others) for item in body["items"]]
    return {**{key: value for key, value in first.items() if key not in ("next", "nextCursor")}, "items": items}


def labels(body: Body) -> set[str]:
    return {item["label"] for item in body["items"]}


def members_by_sparql(kg: KnowledgeGraph, collection: str) -> set[str]:
    class_ = kg.schema.collections[collection]
    return {str(t.subject.value) for t in kg.store.match(None, RDF + "type", class_.iri)}  # type: ignore[union-attr]


@pytest.fixture(scope="session")
def openapi(client: TestClient) -> Body:
    return body_of(client, "/openapi.json")


VALIDATORS: dict[str, Any] = {}
"""By the name of the schema; each takes a while to be made, since the components are many."""


def check(openapi: Body, name: str, document: object) -> None:
    if name not in VALIDATORS:
        schema = {"$ref": f"#/components/schemas/{name}", "components": openapi["components"]}
        VALIDATORS[name] = jsonschema_rs.validator_for(schema)
    VALIDATORS[name].validate(document)


# Every collection


@every_collection
def test_a_list_has_every_member_and_obeys_its_schema(
    client: TestClient, kg: KnowledgeGraph, openapi: Body, collection: str
) -> None:
    body = everything_in(client, collection)
    iris = [item["id"] for item in body["items"]]
    assert iris == sorted(members_by_sparql(kg, collection))
    assert body["total"] == len(iris)
    assert body["id"] == BASE + collection
    assert "next" not in body
    check(openapi, f"{kg.schema.collections[collection].name}List", body)


@every_collection
def test_a_member_is_at_its_iri_and_obeys_its_schema(
    client: TestClient, kg: KnowledgeGraph, openapi: Body, collection: str
) -> None:
    class_ = kg.schema.collections[collection]
    items = everything_in(client, collection)["items"]
    # Of the hundreds of claims and propositions a sample will do.
    for item in items[:: 1 + len(items) // 20]:
        assert item["id"] == BASE + item["url"].removeprefix("/")
        name = item["url"].rsplit("/", 1)[1]
        answer = client.get(f"/{collection}/{name}")
        document = answer.json()
        assert document["id"] == item["id"]
        assert answer.headers["link"] == f'<{item["url"]}>; rel="canonical"'
        assert {key: document[key] for key in item} == item
        check(openapi, f"{class_.name}Document", document)


@every_collection
def test_no_name_leads_to_two_members(kg: KnowledgeGraph, collection: str) -> None:
    """Stop rules and monitoring rules are rules: /rules/{name} can lead to one of them only."""
    names = [local_name(iri) for iri in members_by_sparql(kg, collection)]
    assert sorted(names) == sorted(set(names))


@every_collection
def test_walking_the_pages_meets_every_member_once(client: TestClient, collection: str) -> None:
    whole = everything_in(client, collection)
    size = max(1, whole["total"] // 3)
    met: list[str] = []
    path: str | None = f"/{collection}?limit={size}"
    while path:
        answer = client.get(path)
        page = answer.json()
        assert len(page["items"]) <= size
        assert page["total"] == whole["total"]
        assert answer.headers["x-total-count"] == str(whole["total"])
        met += [item["id"] for item in page["items"]]
        path = page.get("next")
        assert answer.links.get("next", {}).get("url") == path
        if path:
            assert page["nextCursor"].startswith(page["items"][-1]["url"].removeprefix("/"))
    assert met == [item["id"] for item in whole["items"]]


@every_collection
def test_a_list_is_json_ld_that_says_what_the_graph_says(
    client: TestClient, kg: KnowledgeGraph, context: Body, collection: str
) -> None:
    path = f"/{collection}?limit=1000&format=jsonld"
    found = {triple for answer in pages_of(client, path) for triple in triples_of(answer.json(), context)}
    about_the_list = {t for t in found if t.subject == ox.NamedNode(BASE + collection)}
    members = {t.object.value for t in about_the_list if t.predicate.value == HYDRA + "member"}  # type: ignore[union-attr]
    assert members == members_by_sparql(kg, collection)
    assert {t for t in found - about_the_list if next(kg.store.match(*places(t)), None) is None} == set()
    class_ = kg.schema.collections[collection]
    paths = {field.path for field in class_.fields.values()}
    wanted = {t for member in members for t in kg.store.match(member) if t.predicate.value in paths}
    assert wanted - found == set()


def places(triple: ox.Triple) -> tuple[str, str, Any]:
    assert isinstance(triple.subject, ox.NamedNode)
    return triple.subject.value, triple.predicate.value, triple.object


@pytest.fixture(scope="session")
def context(client: TestClient) -> Body:
    return dict(body_of(client, "/context.jsonld"))


def triples_of(body: Body, context: Body) -> set[ox.Triple]:
    """The triples of a document; its context is put in, as a client that fetches it would."""
    given = body["@context"] if isinstance(body["@context"], list) else [body["@context"]]
    inlined = [context["@context"] if part == "/context.jsonld" else part for part in given]
    text = json.dumps({**body, "@context": inlined})
    return {quad.triple for quad in ox.parse(text, ox.RdfFormat.JSON_LD, base_iri="https://nowhere.example/")}


@every_collection
def test_a_table_has_a_row_for_each_member(client: TestClient, collection: str) -> None:
    whole = everything_in(client, collection)
    for format_, dialect in (("csv", "excel"), ("tsv", "excel-tab")):
        texts = [answer.text for answer in pages_of(client, f"/{collection}?limit=1000&format={format_}")]
        tables = (csv.DictReader(io.StringIO(text, newline=""), dialect=dialect) for text in texts)
        rows = [row for table in tables for row in table]
        assert [row["id"] for row in rows] == [item["id"] for item in whole["items"]]
        assert [row["label"] for row in rows] == [item["label"] for item in whole["items"]]
        assert all(None not in row for row in rows)


@every_collection
def test_every_rdf_format_says_the_same(client: TestClient, kg: KnowledgeGraph, collection: str) -> None:
    wanted = {t for member in members_by_sparql(kg, collection) for t in kg.store.match(member)}
    for format_, reader in (
        ("turtle", ox.RdfFormat.TURTLE),
        ("ntriples", ox.RdfFormat.N_TRIPLES),
        ("rdfxml", ox.RdfFormat.RDF_XML),
    ):
        answers = list(pages_of(client, f"/{collection}?limit=1000&format={format_}"))
        assert {answer.headers["content-type"].split(";")[0] for answer in answers} == {reader.media_type}
        assert {quad.triple for answer in answers for quad in ox.parse(answer.content, reader)} == wanted


@every_collection
def test_the_question_behind_a_list_can_be_asked_again(client: TestClient, collection: str) -> None:
    body = body_of(client, f"/{collection}?limit=1000")
    again = client.get(body["meta"]["sparql"]).json()
    # It asks for one more than a page holds, to see whether there is another.
    there = [row["id"]["value"] for row in again["results"]["bindings"]]
    assert there[:1000] == [item["id"] for item in body["items"]]


@pytest.mark.parametrize("format_", MANY, ids=lambda format_: format_.name)
def test_a_list_is_negotiated(client: TestClient, kg: KnowledgeGraph, format_: Any) -> None:
    for answer in (
        client.get("/drugs", headers={"Accept": format_.media_type}),
        client.get("/drugs", params={"format": format_.name}),
        client.get("/drugs", params={"output": format_.name}, headers={"Accept": "image/png"}),
    ):
        assert answer.headers["content-type"].split(";")[0] == format_.media_type
        assert "Accept" in answer.headers["vary"].split(", ")
        assert answer.headers["x-total-count"] == str(len(members_by_sparql(kg, "drugs")))
        assert "baclofen" in answer.text


@pytest.mark.parametrize("format_", MANY, ids=lambda format_: format_.name)
def test_a_thing_is_negotiated(client: TestClient, format_: Any) -> None:
    answer = client.get("/drugs/riluzole", headers={"Accept": format_.media_type})
    assert answer.headers["content-type"].split(";")[0] == format_.media_type
    assert "riluzole" in answer.text


def test_a_thing_is_json_ld_that_says_what_the_graph_says(
    client: TestClient, kg: KnowledgeGraph, context: Body
) -> None:
    for path in ("/drugs/riluzole", "/propositions/" + first_name(client, "propositions"), "/sources/seed-003"):
        body = body_of(client, path, "application/ld+json")
        found = triples_of(body, context)
        assert {t for t in found if next(kg.store.match(*places(t)), None) is None} == set()
        statements = {ox.NamedNode(s["id"]) for s in body["statements"]}
        me = ox.NamedNode(body["id"])
        assert {t.subject for t in found if t.predicate.value == RDF + "subject" and t.object == me} == statements


def first_name(client: TestClient, collection: str) -> str:
    name: str = body_of(client, f"/{collection}?limit=1")["items"][0]["url"].rsplit("/", 1)[1]
    return name


# Roles


@pytest.mark.parametrize("role", ["symptoms", "adverse-effects", "phenotypes"])
def test_one_phenotype_answers_in_each_of_its_roles(client: TestClient, role: str) -> None:
    answer = client.get(f"/{role}/fatigue")
    assert answer.headers["link"] == '</phenotypes/fatigue>; rel="canonical"'
    document = answer.json()
    assert document["id"] == BASE + "phenotypes/fatigue"
    assert document["type"] == ["AdverseEffect", "Symptom"]


def test_a_phenotype_is_not_found_in_a_role_that_it_has_not(client: TestClient) -> None:
    assert client.get("/adverse-effects/nausea").status_code == 200
    answer = client.get("/symptoms/nausea")
    assert answer.status_code == 404
    assert "No symptom is called 'nausea'" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "words", "suggestion"),
    [
        (
            "/drugs/alsitek",
            "There is a drug product of this name: /drug-products/alsitek.",
            "/drug-products/alsitek",
        ),
        (
            "/drugs/Alsitek",
            "There is a drug product of this name: /drug-products/alsitek.",
            "/drug-products/alsitek",
        ),
        ("/symptoms/nausea", "There is a phenotype of this name: /phenotypes/nausea.", "/phenotypes/nausea"),
        ("/drugs/alsitek/symptoms", "/drug-products/alsitek", "/drug-products/alsitek"),
    ],
)
def test_where_another_collection_has_a_thing_of_the_name_it_is_told(
    client: TestClient, path: str, words: str, suggestion: str
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["suggestions"][0]) == (404, suggestion)
    assert words in answer.json()["detail"]
    assert client.get(suggestion).status_code == 200


@pytest.mark.parametrize("name", ["nonsuch", "drug:riluzole", "no%20prefix:x", "%3Cscript%3E"])
def test_nothing_else_is_told_of_where_no_other_collection_has_the_name(client: TestClient, name: str) -> None:
    answer = client.get(f"/drugs/{name}")
    assert (answer.status_code, "of this name" in answer.json()["detail"]) == (404, False)


# Fields and filters


def test_fields_are_picked(client: TestClient) -> None:
    body = body_of(client, "/drugs?fields=definition,altLabel&fields=broader")
    always = {"id", "curie", "type", "url", "label"}
    assert all(always <= set(item) <= always | {"definition", "altLabel", "broader"} for item in body["items"])
    assert any("altLabel" in item for item in body["items"])
    header = client.get("/drugs?fields=definition&format=csv").text.splitlines()[0]
    assert header == "id,curie,type,label,definition"
    turtle = client.get("/drugs?fields=definition&format=turtle").content
    properties = {quad.predicate.value for quad in ox.parse(turtle, ox.RdfFormat.TURTLE)}
    assert properties == {RDF + "type", RDFS + "label", "http://www.w3.org/2004/02/skos/core#definition"}


@pytest.mark.parametrize(
    "value", ["experimental-als-drug", "drugclass:experimental-als-drug", BASE + "drug-classes/experimental-als-drug"]
)
def test_a_link_is_filtered_by_name_curie_or_iri(client: TestClient, value: str) -> None:
    assert labels(body_of(client, f"/drugs?broader={value}")) == {"masitinib"}


def test_a_literal_is_filtered(client: TestClient) -> None:
    (claim,) = body_of(client, "/claims?notation=S1-015")["items"]
    assert claim["notation"] == ["S1-015"]
    assert labels(body_of(client, "/drugs?label=riluzole")) == {"riluzole"}
    assert body_of(client, "/claims?notation=S1-015&notation=S1-016")["total"] == 2


def test_filters_join(client: TestClient) -> None:
    denying = body_of(client, "/claims?polarity=denies&source=seed-000&limit=1000")
    assert {item["polarity"]["id"] for item in denying["items"]} == {BASE + "vocabularies/polarities/denies"}
    assert {notation for item in denying["items"] for notation in item["notation"]} >= {"S0-007", "S0-019", "S0-020"}
    assert denying["total"] < body_of(client, "/claims?source=seed-000")["total"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/drugs?relieves=muscle-spasticity", {"baclofen", "tizanidine"}),
        ("/drugs?relieves=phenotype:muscle-spasticity", {"baclofen", "tizanidine"}),
        ("/drugs?relieves=muscle-spasticity&relieves=dysphagia", {"baclofen", "tizanidine", "pyridostigmine"}),
        ("/drugs?relieves=muscle-spasticity&id=baclofen,riluzole", {"baclofen"}),
        ("/drugs?hasMechanism=antioxidant-action", {"edaravone"}),
        ("/drugs?relieves=fatigue", set()),
        # Denied, so it is not among what cures.
        ("/drugs?cures=amyotrophic-lateral-sclerosis", set()),
    ],
)
def test_statements_are_filtered_by(client: TestClient, path: str, expected: set[str]) -> None:
    assert labels(body_of(client, path)) == expected


def test_a_filter_pages(client: TestClient) -> None:
    first = client.get("/drugs?relieves=muscle-spasticity&relieves=dysphagia&limit=2").json()
    assert (first["total"], len(first["items"])) == (3, 2)
    assert labels(body_of(client, first["next"])) | labels(first) == {"baclofen", "tizanidine", "pyridostigmine"}


@pytest.mark.parametrize(
    ("path", "status", "words", "available"),
    [
        ("/drugs?fields=definitoin", 422, ["definitoin", "definition", "altLabel"], "altLabel"),
        ("/drugs?boarder=x", 422, ["boarder", "broader", "relieves"], "relieves"),
        ("/drugs?broader=experimental-als-drgu", 422, ["experimental-als-drug?"], "experimental-als-drug"),
        ("/drugs?relieves=muscle-spastcity", 422, ["muscle-spasticity"], "muscle-spasticity"),
        ("/drugs?hasBrandName=Rilutec", 422, ["hasBrandName=Rilutec", "rilutek"], "rilutek"),
        ("/claims?notation=S9-999", 422, ["notation=S9-999"], "ChEBI-001"),
        ("/claims?polarity=maybe", 422, ["polarity=maybe"], "denies"),
        ("/drugs?broader=nope:x", 422, ["prefix 'nope'"], "drug"),
        ("/drugs?broader=a%20b", 422, ["broader=a b"], "experimental-als-drug"),
        ("/drugs?broader=https://a%20b", 422, ["not an absolute IRI"], None),
        ("/drugs?format=xlsx", 406, ["xlsx", "csv", "turtle"], {"format": "csv", "mediaType": "text/csv"}),
        ("/drugs?cursor=next", 422, ["cursor=next", "nextCursor"], None),
        ("/drugs?cursor=symptoms/fatigue", 422, ["cursor=symptoms/fatigue"], None),
        ("/drugs?limit=0", 422, ["limit"], None),
        ("/drugs?limit=1001", 422, ["limit", "1000"], None),
        ("/drugs?limit=ten", 422, ["limit", "whole number"], None),
        ("/drugs/riluzole?fields=label", 422, ["fields", "format"], None),
        ("/drugs/riluzole/symptoms?asof=2014-04-09", 422, ["asof", "asOf"], None),
        ("/drugs/riluzole/symptoms?asOf=soon", 422, ["asOf", "a day is written 2017-05-05"], None),
        ("/drugs/riluzole/symptoms?cursor=drugs/x", 422, ["cursor=drugs/x"], None),
        ("/drugs/riluzol", 404, ["riluzol", "riluzole", "/drugs"], None),
        ("/drugs/RILUZOLE", 404, ["riluzole"], None),
        ("/drugs/%3Cscript%3E", 404, ["No drug is called"], None),
        ("/drugs/drug:riluzole", 404, ["No drug is called"], None),
        ("/drugs/riluzole/symptom", 404, ["symptoms"], "symptoms"),
        ("/drugs/riluzol/symptoms", 404, ["riluzole"], None),
        ("/drug", 404, ["nothing at /drug"], None),
    ],
)
def test_a_slip_gets_a_clear_problem(
    client: TestClient, path: str, status: int, words: list[str], available: object
) -> None:
    answer = client.get(path)
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert [word for word in words if word not in problem["detail"]] == []
    assert available is None or available in problem["available"]


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("/drugs/riluzol", "/drugs/riluzole"),
        ("/symptoms/fatige", "/symptoms/fatigue"),
        ("/drugs/riluzole/symptom", "/drugs/riluzole/symptoms"),
        ("/drug", "/drugs"),
        ("/serch", "/search"),
    ],
)
def test_the_nearest_address_is_suggested_and_works(client: TestClient, path: str, suggestion: str) -> None:
    suggestions = client.get(path).json()["suggestions"]
    assert suggestion in suggestions
    assert client.get(suggestion).status_code in (200, 422)


# Batches


def test_a_batch_takes_names_curies_and_iris(client: TestClient) -> None:
    body = body_of(client, f"/drugs?id=riluzole,drug:edaravone&id={BASE}drugs/baclofen&id=DRUG:tizanidine")
    assert labels(body) == {"riluzole", "edaravone", "baclofen", "tizanidine"}
    assert (body["total"], body["meta"]["complete"]) == (4, True)
    assert "missing" not in body


def test_a_batch_says_what_is_missing(client: TestClient) -> None:
    body = body_of(client, "/drugs?id=riluzole,nothing,<x>,fatigue,nope:x,drug:nothing&xref=CHEBI:1,NOPE:2")
    assert labels(body) == {"riluzole"}
    assert body["missing"] == ["nothing", "<x>", "fatigue", "nope:x", "drug:nothing", "CHEBI:1,NOPE:2"]
    assert body["meta"]["complete"] is False


def test_a_batch_of_which_all_is_missing_is_empty(client: TestClient) -> None:
    body = body_of(client, "/drugs?id=nothing")
    assert (body["items"], body["total"], body["missing"]) == ([], 0, ["nothing"])


@in_ci
def test_a_batch_takes_a_thousand(client: TestClient) -> None:
    names = [item["url"].rsplit("/", 1)[1] for item in everything_in(client, "claims")["items"]][:400]
    wishes = [*names, *(f"none-{number}" for number in range(1_000 - len(names)))]
    body = client.get("/claims", params={"id": wishes, "fields": "label"}).json()
    assert body["total"] == len(body["items"]) == len(names)
    assert len(body["missing"]) == 1_000 - len(names)
    joined = client.get("/claims", params={"id": ",".join(wishes), "fields": "label"}).json()
    assert joined["items"] == body["items"]
    refused = client.get("/claims", params={"id": [*wishes, "one-more"]})
    assert refused.status_code == 413
    assert "ALSKG_BATCH_IDS_MAX" in refused.json()["detail"]


def test_a_batch_pages_where_it_is_asked_to(client: TestClient) -> None:
    first = body_of(client, "/drugs?id=riluzole,edaravone,baclofen&limit=2")
    assert (first["total"], len(first["items"])) == (3, 2)
    rest = body_of(client, first["next"])
    assert labels(first) | labels(rest) == {"riluzole", "edaravone", "baclofen"}
    assert "next" not in rest


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/drugs?xref=CHEBI:8863", {"riluzole"}),
        ("/drugs?xref=chebi:8863", {"riluzole"}),
        ("/drugs?xref=http://purl.obolibrary.org/obo/CHEBI_8863", {"riluzole"}),
        ("/drugs?xref=CHEBI:8863&xref=CHEBI:2972", {"riluzole", "baclofen"}),
        ("/symptoms?xref=HP:0001257", {"muscle spasticity"}),
        ("/studies?xref=NCT:NCT02623699", {"VALOR", "tofersen phase 1-2"}),
        ("/drugs?xref=HP:0001257", set()),
        ("/drugs?xref=CHEBI:8863&id=edaravone", {"riluzole", "edaravone"}),
    ],
)
def test_a_thing_is_found_by_a_foreign_identifier(client: TestClient, path: str, expected: set[str]) -> None:
    assert labels(body_of(client, path)) == expected


# What stands next to a thing

NEIGHBOURS = {
    "/drugs/riluzole/mechanisms": {"anti-excitotoxic action", "neuroprotection"},
    "/drugs/edaravone/mechanisms": {"antioxidant action"},
    "/drugs/riluzole/adverse-effects": {
        "abdominal pain",
        "asthenia",
        "decreased lung function",
        "dizziness",
        "fatigue",
        "gastrointestinal conditions",
        "hepatic injury",
        "increased serum transaminases",
        "interstitial lung disease",
        "liver enzyme changes",
        "liver function changes",
        "nausea",
        "neutropenia",
    },
    "/drugs/baclofen/symptoms": {"muscle spasticity"},
    "/drugs/pyridostigmine/symptoms": {"bulbar symptoms", "dysphagia", "speech difficulty"},
    "/drugs/riluzole/symptoms": set(),
    "/symptoms/dysphagia/therapies": {"food texture adaptation", "postural maneuvers"},
    "/symptoms/muscle-spasticity/drugs": {"baclofen", "tizanidine"},
    "/symptoms/dysphagia/drugs": {"pyridostigmine"},
    "/symptoms/fatigue/drugs": set(),
    "/adverse-effects/fatigue/drugs": {"riluzole"},
    "/adverse-effects/asthenia/drugs": {"riluzole"},
    "/mechanisms/anti-excitotoxic-action/drugs": {"riluzole"},
    "/mechanisms/antioxidant-action/drugs": {"edaravone"},
    "/mechanisms/neuroprotection/drugs": {"riluzole"},
}


@pytest.mark.parametrize(("path", "expected"), NEIGHBOURS.items(), ids=NEIGHBOURS)
def test_neighbours_are_what_the_seeds_say(client: TestClient, openapi: Body, path: str, expected: set[str]) -> None:
    body = body_of(client, f"{path}?source=seed-document")
    assert labels(body) == expected
    assert body["total"] == len(expected)
    is_anything = body_of(client, path)["total"] > 0
    assert body["answer"] == ("stated" if expected else "filtered out" if is_anything else "not stated")
    check(openapi, "NeighbourList", body)


RULES = {
    "monitoring-rules": 5,
    "contraindications": 1,
    "interactions": 3,
    "stop-rules": 3,
}


@pytest.mark.parametrize(("collection", "least"), RULES.items(), ids=RULES)
def test_the_rules_of_a_drug_are_those_that_name_it(client: TestClient, collection: str, least: int) -> None:
    body = body_of(client, f"/drugs/riluzole/{collection}")
    naming = {
        rule["label"]
        for rule in everything_in(client, collection)["items"]
        if "riluzole" in json.dumps([rule.get("drug"), rule.get("affectedDrug")])
    }
    assert labels(body) == naming
    assert len(naming) >= least
    assert body["answer"] == "linked"
    assert all("drug" in item["linkedBy"] for item in body["items"])
    assert body_of(client, f"/drugs/masitinib/{collection}")["answer"] == "not stated"


def test_an_adverse_effect_is_no_symptom_that_a_drug_acts_on(client: TestClient) -> None:
    """Fatigue is one phenotype in two roles, and a predicate that leads to the one must not list the other."""
    assert "fatigue" in labels(body_of(client, "/drugs/riluzole/adverse-effects"))
    assert "fatigue" in labels(body_of(client, "/symptoms?limit=1000"))
    assert "fatigue" not in labels(body_of(client, "/drugs/riluzole/symptoms"))
    assert "riluzole" not in labels(body_of(client, "/symptoms/fatigue/drugs"))
    assert "asthenia" not in labels(body_of(client, "/drugs/riluzole/symptoms"))


def statements_of(body: Body, label: str) -> dict[str, Body]:
    (item,) = (item for item in body["items"] if item["label"] == label)
    return {statement["label"]: statement for statement in item["statements"]}


def test_not_stated_is_told_apart_from_denied(client: TestClient) -> None:
    silence = body_of(client, "/drugs/gabapentin/adverse-effects")
    assert (silence["answer"], silence["items"], silence["total"]) == ("not stated", [], 0)
    assert "No source" in silence["note"]
    assert silence["meta"]["claims"] == {"for": 0, "against": 0, "inferred": 0}
    cure = next(
        s
        for s in statements_of(body_of(client, "/drugs/riluzole/diseases"), "amyotrophic lateral sclerosis").values()
        if s["predicate"]["curie"] == "als:cures"
    )
    assert (cure["stance"], cure["for"], cure["against"]) == ("denied", 0, 1)
    assert [claim["notation"] for claim in cure["claims"]] == ["S0-007"]
    assert body_of(client, "/drugs/riluzole/diseases")["answer"] == "stated"


EMPTIED = [
    ("adverse-effects", "jurisdiction=european-union"),
    ("adverse-effects", "asOf=1990-01-01"),
    ("adverse-effects", "certainty=demonstrated"),
    ("adverse-effects", "predicate=hasAdverseEffect&source=abe-2014"),
    ("stop-rules", "asOf=2014-04-09"),
    ("interactions", "jurisdiction=european-union"),
]


@pytest.mark.parametrize(("collection", "filters"), EMPTIED, ids=["&".join(row) for row in EMPTIED])
def test_what_filters_leave_empty_is_not_called_not_stated(
    client: TestClient, openapi: Body, collection: str, filters: str
) -> None:
    path = f"/drugs/riluzole/{collection}"
    whole = body_of(client, path)
    body = body_of(client, f"{path}?{filters}&limit=5")
    assert (whole["total"] > 1, body["total"], body["answer"]) == (True, 0, "filtered out")
    named = f"{whole['total']} {collection.replace('-', ' ')} here passes the filters ({filters.replace('&', ', ')})."
    assert body["note"].startswith(f"None of the {named}")
    assert ("A date counts" in body["note"]) is ("asOf" in filters)
    check(openapi, "NeighbourList", body)
    page = client.get(f"{path}?{filters}&limit=5", headers={"Accept": "text/html"}).text
    assert "No source in this graph" not in page
    assert (named.partition(" (")[0] in page, f'<a href="{path}">show all</a>' in page) == (True, True)


def test_where_nobody_says_a_word_filters_are_no_reason(client: TestClient) -> None:
    silence = body_of(client, "/drugs/gabapentin/adverse-effects?asOf=2014-04-09")
    assert (silence["answer"], "No source" in silence["note"]) == ("not stated", True)


@pytest.mark.parametrize(
    ("path", "left_out"),
    [
        ("/drugs/baclofen/symptoms?asOf=2100-01-01", 1),
        ("/symptoms/muscle-spasticity/drugs?asOf=2100-01-01", 2),
        ("/drugs/riluzole/claims?source=seed-002&asOf=1950-01-01", 12),
    ],
)
def test_a_neighbour_list_at_a_date_tells_how_many_claims_have_none(
    client: TestClient, unread: TestClient, path: str, left_out: int
) -> None:
    told = f"{left_out} claim{'s' if left_out > 1 else ''} left out for want of one."
    assert body_of(unread, path)["note"].endswith(f" {told}")
    assert "want of one" not in body_of(client, path)["note"]
    if "2100" in path:
        assert "A date counts" in client.get(path, headers={"Accept": "text/html"}).text


def test_a_neighbour_list_with_filters_names_no_question_that_has_none(client: TestClient) -> None:
    path = "/drugs/riluzole/adverse-effects"
    assert "sparql" in body_of(client, f"{path}?limit=3")["meta"]
    assert "sparql" not in body_of(client, f"{path}?source=seed-document")["meta"]


def test_an_answer_of_denials_alone_is_denied(client: TestClient) -> None:
    denied = {
        row["subject"]["id"]: row["object"]["id"]
        for row in body_of(client, "/mappings/drug-outcome?source=seed-document")["items"]
        if row["stance"] == "denied" and isinstance(row["object"], dict)
    }
    assert denied, "The seeds say of riluzole what it doesn't do."
    for drug, outcome in denied.items():
        body = body_of(client, f"/outcomes/{outcome.rsplit('/', 1)[1]}/drugs?source=seed-document")
        assert body["answer"] == "denied"
        assert {item["stance"] for item in body["items"]} == {"denied"}
        assert drug in {item["id"] for item in body["items"]}
        assert "note" not in body


DENIAL = """
claim:s2-056-denied
    a als:Claim ;
    rdfs:label "S2-056-denied: baclofen relieves muscle spasticity"@en ;
    dcterms:source source:seed-003 ;
    skos:notation "S2-056-denied" ;
    als:certainty certainty:asserted ;
    als:locator "nowhere" ;
    als:polarity polarity:denies ;
    als:states {proposition} ;
.
"""


def test_a_contested_statement_says_so(client: TestClient, tmp_path: Path) -> None:
    """No two seeds contradict each other on one proposition, so one more claim is written here."""
    for folder in ("ontology", "data", "queries"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    statement = next(
        iter(
            statements_of(body_of(client, "/drugs/baclofen/symptoms?predicate=relieves"), "muscle spasticity").values()
        )
    )
    claims = tmp_path / "data" / "claims" / "seed-002.ttl"
    claims.write_text(claims.read_text() + DENIAL.format(proposition=f"<{statement['id']}>"))
    graph = KnowledgeGraph.of_files(Settings(root=tmp_path))
    try:
        contested = TestClient(build_app(graph))
        body = body_of(contested, "/drugs/baclofen/symptoms?predicate=relieves")
        (item,) = body["items"]
        assert (body["answer"], item["stance"]) == ("stated", "contested")
        assert item["claims"] == {"for": 1, "against": 1, "inferred": 0}
        assert {claim["side"] for claim in item["statements"][0]["claims"]} == {"for", "against"}
        assert [source["curie"] for source in item["statements"][0]["sources"]] == [
            "source:seed-002",
            "source:seed-003",
        ]
        (row,) = body_of(contested, "/mappings/drug-symptom?stance=contested")["items"]
        assert (row["id"], row["for"], row["against"]) == (statement["id"], 1, 1)
        stated = body_of(contested, "/" + statement["id"].removeprefix(BASE))["stated"]
        assert stated["stance"] == "contested"
    finally:
        graph.close()


def test_as_of_a_date_only_what_held_by_then_is_seen(client: TestClient) -> None:
    only = "is the only FDA-approved medication for"
    # Edaravone was approved on 5 May 2017.
    days = (
        ("2014-04-08", False),
        ("2014-04-09", True),
        ("2017-05-04", True),
        ("2017-05-05", False),
        ("2026-01-01", False),
    )
    for date, holds in days:
        body = body_of(client, f"/drugs/riluzole/diseases?asOf={date}")
        predicates = {s["predicate"]["label"] for item in body["items"] for s in item["statements"]}
        assert (only in predicates) is holds
    then = body_of(client, "/drugs/riluzole/diseases?asOf=2014-04-09")
    claims = [claim for item in then["items"] for s in item["statements"] for claim in s["claims"]]
    assert claims
    assert all((claim.get("date") or claim.get("asOf") or claim["sourceDate"]) <= "2014-04-09" for claim in claims)
    assert body_of(client, "/drugs/edaravone/diseases?asOf=2014-04-09")["answer"] == "filtered out"


def test_a_scoped_statement_is_a_row_but_no_flat_edge(client: TestClient, kg: KnowledgeGraph) -> None:
    body = body_of(client, "/symptoms/dysphagia/therapies")
    assert [s["scope"] for item in body["items"] for s in item["statements"]] == [
        {"population": "patients with dysphagia"},
        {"population": "patients with dysphagia"},
    ]
    relieves = BASE + "ontology/relieves"
    edges = {t.subject.value for t in kg.store.match(None, relieves, BASE + "phenotypes/dysphagia")}  # type: ignore[union-attr]
    assert edges == {BASE + "drugs/pyridostigmine"}


def test_neighbours_page_and_come_as_tables_and_triples(client: TestClient, context: Body) -> None:
    path = "/drugs/riluzole/adverse-effects"
    whole = body_of(client, path)
    met: list[str] = []
    next_: str | None = f"{path}?limit=4"
    while next_:
        answer = client.get(next_)
        met += [item["id"] for item in answer.json()["items"]]
        next_ = answer.json().get("next")
        assert answer.links.get("next", {}).get("url") == next_
    assert met == [item["id"] for item in whole["items"]]
    rows = list(csv.DictReader(io.StringIO(client.get(path + "?format=csv").text)))
    assert len(rows) == sum(len(item["statements"]) for item in whole["items"])
    fatigue = next(row for row in rows if row["label"] == "fatigue")
    assert (fatigue["predicate"], fatigue["stance"], fatigue["for"]) == ("causes adverse effect", "affirmed", "2")
    turtle = {q.triple for q in ox.parse(client.get(path + "?format=turtle").content, ox.RdfFormat.TURTLE)}
    subjects = {t.subject.value for t in turtle}
    assert subjects == set(met) | {s["id"] for item in whole["items"] for s in item["statements"]}
    found = triples_of(body_of(client, path, "application/ld+json"), context)
    ends = {(t.predicate.value, t.object) for t in found if t.predicate.value in (RDF + "subject", RDF + "object")}
    assert (RDF + "subject", ox.NamedNode(BASE + "drugs/riluzole")) in ends
    assert (RDF + "object", ox.NamedNode(BASE + "phenotypes/fatigue")) in ends
    assert (RDF + "subject", ox.NamedNode(BASE + "phenotypes/fatigue")) not in ends


def test_every_nested_address_of_every_class_answers(client: TestClient, openapi: Body) -> None:
    for collection in sampled(COLLECTIONS, 10):
        operation = openapi["paths"].get(f"/{collection}/{{name}}/{{related}}")
        name = first_name(client, collection)
        parameters = operation["get"]["parameters"] if operation else []
        shared = [openapi["components"]["parameters"][p["$ref"].rsplit("/", 1)[1]] for p in parameters]
        for related in [value for p in shared if p["name"] == "related" for value in p["schema"]["enum"]]:
            body = body_of(client, f"/{collection}/{name}/{related}?limit=1")
            assert body["answer"] in ("stated", "denied", "linked", "not stated")
            assert (body["answer"] == "not stated") is (body["total"] == 0)


@pytest.mark.parametrize("path", ["/drugs", "/drugs/riluzole", "/drugs/riluzole/symptoms"])
def test_head_and_options_are_answered(client: TestClient, path: str) -> None:
    named = {"X-Request-Id": "one-and-the-same"}
    got, head = client.get(path, headers=named), client.head(path, headers=named)
    assert head.content == b""
    assert dict(head.headers) == dict(got.headers)
    options = client.options(path)
    allowed = "DELETE, GET, HEAD, OPTIONS, PATCH, PUT" if path == "/drugs/riluzole" else "GET, HEAD, OPTIONS"
    assert (options.status_code, options.headers["allow"]) == (204, allowed)
    posted = client.post(path)
    assert (posted.status_code, posted.headers["allow"]) == (405, allowed)


def test_what_a_rule_rests_on_says_whether_it_is_denied(client: TestClient) -> None:
    rule = client.get("/contraindications/riluzole-pregnancy").json()
    assert [one["stance"] for one in rule["restsOn"]] == ["denied"]
    assert ">denied</span>" in client.get("/contraindications/riluzole-pregnancy", headers={"Accept": "text/html"}).text
    dose = client.get("/dosing-rules/amx0035-one-packet-daily").json()
    assert [one["stance"] for one in dose["restsOn"]] == ["affirmed"]
