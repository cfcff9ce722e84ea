"""/mappings/CLASS-CLASS: the whole of what is stated between two classes, as rows."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs
import pyoxigraph as ox
import pytest
from starlette.testclient import TestClient

from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import RDF
from alskg.web.mapping_filters import mapping_model
from alskg.web.mappings import COLUMNS
from alskg.web.respond import ROWS

BASE = "https://w3id.org/alskg/"
MAPPINGS = ("drug-symptom", "drug-mechanism", "drug-adverse-effect", "therapy-symptom")
every_mapping = pytest.mark.parametrize("name", MAPPINGS)

Body = Mapping[str, Any]

DRUG_SYMPTOM = [
    ("baclofen", "relieves", "muscle spasticity", "HP:0001257", "asserted", "S2-056"),
    ("pyridostigmine", "relieves", "bulbar symptoms", "", "hedged", "S2-058"),
    ("pyridostigmine", "relieves", "dysphagia", "HP:0002015", "hedged", "S2-059"),
    ("pyridostigmine", "relieves", "speech difficulty", "", "hedged", "S2-060"),
    ("tizanidine", "relieves", "muscle spasticity", "HP:0001257", "asserted", "S2-057"),
]
"""All that the seeds say of named drugs and symptoms: drug, predicate, symptom, its HPO term, certainty, claim."""


def body_of(client: TestClient, path: str, accept: str = "application/json") -> Body:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


def table_of(client: TestClient, path: str, format_: str) -> list[dict[str, str]]:
    answer = client.get(f"{path}{'&' if '?' in path else '?'}format={format_}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-alskg-revision"] == "1"
    text = io.StringIO(answer.text, newline="")
    return list(csv.DictReader(text, dialect="excel" if format_ == "csv" else "excel-tab"))


@pytest.mark.parametrize("end", ["Drug", "DrugClass", "Therapy", "TherapyComponent", "Device"])
def test_whatever_leads_from_a_treatment_to_a_symptom_is_a_row(
    client: TestClient, kg: KnowledgeGraph, end: str
) -> None:
    """By what the ends are; what is an adverse effect as well may be meant as that."""
    symptoms = {t.subject for t in kg.store.match(None, RDF + "type", f"{BASE}ontology/Symptom")}
    unwanted = {t.subject for t in kg.store.match(None, RDF + "type", f"{BASE}ontology/AdverseEffect")}
    treatments = {t.subject for t in kg.store.match(None, RDF + "type", f"{BASE}ontology/{end}")}
    leading = {t.subject for t in kg.store.match(None, RDF + "subject") if t.object in treatments}
    due = {
        t.subject.value
        for t in kg.store.match(None, RDF + "object")
        if t.subject in leading and t.object in symptoms - unwanted and isinstance(t.subject, ox.NamedNode)
    }
    slug = kg.schema.classes[f"{BASE}ontology/{end}"].slug
    found = {row["id"] for row in body_of(client, f"/mappings/{slug}-symptom")["items"]}
    assert due
    assert due <= found


DAYS = {"date", "asOf", "sourceDate", "sourceSeenOn"}
"""What a claim may count from."""


def test_a_date_tells_how_many_claims_have_none(client: TestClient, unread: TestClient) -> None:
    whole = body_of(unread, "/mappings/drug-symptom")["items"]
    undated = sum(not DAYS & claim.keys() for row in whole for claim in row["claims"])
    assert undated > 4
    for date in ("1950-01-01", "2026-01-01"):
        note = body_of(unread, f"/mappings/drug-symptom?asOf={date}")["note"]
        assert note.endswith(f" {undated} claims left out for want of one.")
        assert "want of one" not in body_of(client, f"/mappings/drug-symptom?asOf={date}")["note"]


def test_by_today_all_counts_that_nothing_put_out_of_date(client: TestClient) -> None:
    """The sources without a date were read in November 2026."""
    rows, today, before = (
        {row["id"] for row in body_of(client, f"/mappings/drug-adverse-effect{asked}")["items"]}
        for asked in ("", "?asOf=2026-12-01", "?asOf=2026-11-21")
    )
    assert before < today == rows


def test_a_claim_tells_when_its_source_was_read_where_that_has_no_date(client: TestClient) -> None:
    rows = body_of(client, "/mappings/drug-symptom")["items"]
    claims = [claim for row in rows for claim in row["claims"]]
    assert all(("sourceDate" in claim) is not ("sourceSeenOn" in claim) for claim in claims)
    assert {claim["sourceSeenOn"] for claim in claims if claim["source"].endswith("/seed-002")} == {"2026-11-22"}


@pytest.mark.parametrize(("symptom", "drugs"), [("muscle-cramps", 7), ("emotional-lability", 1)])
def test_a_drug_that_is_only_named_for_a_symptom_stands_beside_it(client: TestClient, symptom: str, drugs: int) -> None:
    assert body_of(client, f"/symptoms/{symptom}/drugs")["total"] == drugs


def test_drugs_and_symptoms_are_what_the_seeds_say(client: TestClient) -> None:
    body = body_of(client, "/mappings/drug-symptom?source=seed-document")
    rows = [
        (
            row["subject"]["label"],
            row["predicate"]["label"],
            row["object"]["label"],
            "".join(curie for curie in row["objectIds"] if curie.startswith("HP:")),
            *row["certainties"],
            *(claim["notation"] for claim in row["claims"]),
        )
        for row in body["items"]
    ]
    assert rows == DRUG_SYMPTOM
    assert body["total"] == len(DRUG_SYMPTOM)
    assert body["meta"]["claims"] == {"for": 5, "against": 0, "inferred": 0}
    for row in body["items"]:
        assert (row["stance"], row["for"], row["against"], row["scope"], row["asOf"]) == ("affirmed", 1, 0, {}, [])
        assert [source["curie"] for source in row["sources"]] == ["source:seed-002"]


def test_drugs_and_symptoms_as_a_table(client: TestClient) -> None:
    rows = table_of(client, "/mappings/drug-symptom?predicate=relieves", "csv")
    assert tuple(rows[0]) == COLUMNS
    assert rows == table_of(client, "/mappings/drug-symptom?predicate=relieves", "tsv")
    first = rows[0]
    identifiers = set(first.pop("subjectIds").split("|"))
    assert {"CHEBI:2972", "RXNORM:1292", "DRUGBANK:DB00181"} <= identifiers
    assert first.pop("proposition").startswith(BASE + "propositions/baclofen-relieves-muscle-spasticity-")
    assert first == {
        "subject": "drug:baclofen",
        "subjectLabel": "baclofen",
        "predicate": "als:relieves",
        "predicateLabel": "relieves",
        "object": "phenotype:muscle-spasticity",
        "objectLabel": "muscle spasticity",
        "scope": "",
        "stance": "affirmed",
        "certainties": "asserted",
        "for": "1",
        "against": "0",
        "inferred": "0",
        "superseded": "0",
        "sources": "source:seed-002",
        "asOf": "",
        "objectIds": "HP:0001257",
    }


def test_a_scoped_statement_is_a_row_with_its_scope(client: TestClient) -> None:
    rows = table_of(client, "/mappings/therapy-symptom", "csv")
    scoped = {(row["subjectLabel"], row["objectLabel"]): row["scope"] for row in rows}
    assert scoped["food texture adaptation", "dysphagia"] == "population: patients with dysphagia"
    assert scoped["postural maneuvers", "dysphagia"] == "population: patients with dysphagia"


def test_several_claims_on_one_statement_are_one_row(client: TestClient) -> None:
    rows = body_of(client, "/mappings/drug-adverse-effect?source=seed-document")["items"]
    (dizziness,) = (
        row
        for row in rows
        if row["object"]["label"] == "dizziness" and row["predicate"]["label"] == "causes adverse effect"
    )
    assert {claim["notation"] for claim in dizziness["claims"]} == {"S0-039", "S1-028", "S3-024"}
    assert (dizziness["for"], dizziness["against"]) == (3, 0)
    assert dizziness["certainties"] == ["asserted", "hedged"]
    assert [s["curie"] for s in dizziness["sources"]] == ["source:seed-000", "source:seed-001", "source:seed-003"]
    table = table_of(client, "/mappings/drug-adverse-effect?source=seed-document", "csv")
    (row,) = (row for row in table if row["proposition"] == dizziness["id"])
    assert (row["certainties"], row["for"]) == ("asserted|hedged", "3")
    assert row["sources"] == "source:seed-000|source:seed-001|source:seed-003"


def test_a_row_says_how_many_of_its_claims_are_out_of_date(client: TestClient) -> None:
    rows = table_of(client, "/mappings/drug-drug-class?predicate=isA", "csv")
    told = {(row["subjectLabel"], row["objectLabel"]): row["superseded"] for row in rows}
    assert told["AMX0035", "experimental ALS drug"] == "1"
    assert told["masitinib", "experimental ALS drug"] == "0"


def test_drugs_and_mechanisms_are_what_the_seeds_say(client: TestClient) -> None:
    rows = body_of(client, "/mappings/drug-mechanism?source=seed-document")["items"]
    assert {(row["subject"]["label"], row["predicate"]["label"], row["object"]["label"]) for row in rows} == {
        ("riluzole", "has mechanism", "anti-excitotoxic action"),
        ("riluzole", "has effect", "neuroprotection"),
        ("edaravone", "has mechanism", "antioxidant action"),
    }


ALL_BETWEEN = """PREFIX als: <https://w3id.org/alskg/ontology/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?p ?predicate (COUNT(DISTINCT ?pro) AS ?for) (COUNT(DISTINCT ?contra) AS ?against) WHERE {
  ?p rdf:subject ?s ; rdf:predicate ?predicate ; rdf:object ?o .
  ?s a als:ONE . ?o a als:OTHER .
  OPTIONAL { ?p als:supportedBy ?pro } OPTIONAL { ?p als:disputedBy ?contra }
}
GROUP BY ?p ?predicate"""


@every_mapping
def test_every_row_is_what_plain_sparql_finds(client: TestClient, kg: KnowledgeGraph, name: str) -> None:
    classes = {class_.slug: class_ for class_ in kg.schema.collections.values()}
    one, other = next(
        (one, other) for one in classes.values() for other in classes.values() if f"{one.slug}-{other.slug}" == name
    )
    query = ALL_BETWEEN.replace("ONE", one.name).replace("OTHER", other.name)
    found = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    leading = {predicate.iri for predicate in kg.schema.between(one, other)}
    expected = {
        (row["p"]["value"], int(row["for"]["value"]), int(row["against"]["value"]))
        for row in found
        if row["predicate"]["value"] in leading
    }
    rows = body_of(client, f"/mappings/{name}")["items"]
    assert {(row["id"], row["for"], row["against"]) for row in rows} == expected
    assert len(rows) == len(expected) > 0


@every_mapping
def test_every_format_has_the_same_rows(client: TestClient, name: str) -> None:
    body = body_of(client, f"/mappings/{name}")
    iris = [row["id"] for row in body["items"]]
    assert iris == sorted(iris)
    for format_ in ("csv", "tsv"):
        rows = table_of(client, f"/mappings/{name}", format_)
        assert [row["proposition"] for row in rows] == iris
        assert [row["stance"] for row in rows] == [row["stance"] for row in body["items"]]
        assert all(None not in row for row in rows)
    page = client.get(f"/mappings/{name}", headers={"Accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert [row["subject"]["label"] for row in body["items"] if row["subject"]["label"] not in page.text] == []


@every_mapping
def test_a_mapping_obeys_its_schema(client: TestClient, name: str) -> None:
    openapi = body_of(client, "/openapi.json")
    schema = {"$ref": "#/components/schemas/Mapping", "components": openapi["components"]}
    jsonschema_rs.validator_for(schema).validate(body_of(client, f"/mappings/{name}"))


@every_mapping
def test_a_mapping_is_json_ld_that_says_what_the_graph_says(client: TestClient, kg: KnowledgeGraph, name: str) -> None:
    body = body_of(client, f"/mappings/{name}", "application/ld+json")
    context = body_of(client, "/context.jsonld")["@context"]
    inlined = [context if part == "/context.jsonld" else part for part in body["@context"]]
    text = json.dumps({**body, "@context": inlined})
    found = {quad.triple for quad in ox.parse(text, ox.RdfFormat.JSON_LD)}
    me = ox.NamedNode(f"{BASE}mappings/{name}")
    others = {t for t in found if t.subject != me}
    assert {t for t in others if not is_in(kg, t)} == set()
    ends = {"subject", "predicate", "object"}
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    for row in body["items"]:
        wanted = {t for t in kg.store.match(row["id"]) if t.predicate.value.removeprefix(rdf) in ends}
        assert len(wanted) == 3
        assert wanted <= others


def is_in(kg: KnowledgeGraph, triple: ox.Triple) -> bool:
    assert isinstance(triple.subject, ox.NamedNode)
    return next(kg.store.match(triple.subject.value, triple.predicate.value, triple.object), None) is not None


@every_mapping
def test_the_question_behind_a_mapping_can_be_asked_again(client: TestClient, name: str) -> None:
    body = body_of(client, f"/mappings/{name}")
    again = body_of(client, body["meta"]["sparql"], "application/sparql-results+json")
    found = {row["proposition"]["value"] for row in again["results"]["bindings"]}
    assert found == {row["id"] for row in body["items"]}
    assert (body["meta"]["revision"], body["meta"]["complete"]) == (1, True)


def test_stances_are_picked(client: TestClient) -> None:
    denied = body_of(client, "/mappings/drug-outcome?stance=denied")["items"]
    everything = body_of(client, "/mappings/drug-outcome")["items"]
    assert denied == [row for row in everything if row["stance"] == "denied"]
    assert "muscle strength" in {row["object"]["label"] for row in denied}
    answer = client.get("/mappings/drug-outcome?stance=maybe")
    assert answer.status_code == 422
    assert "affirmed" in answer.json()["detail"]


def test_as_of_a_date_only_what_held_by_then_is_seen(client: TestClient) -> None:
    def rows(date: str) -> set[str]:
        items = body_of(client, f"/mappings/drug-disease?asOf={date}")["items"]
        return {row["predicate"]["label"] for row in items}

    assert "is the only FDA-approved medication for" not in rows("2014-04-08")
    assert "is the only FDA-approved medication for" in rows("2014-04-09")
    # On this day edaravone was approved, which put the claim out of date.
    assert "is the only FDA-approved medication for" in rows("2017-05-04")
    assert "is the only FDA-approved medication for" not in rows("2017-05-05")
    narrower = "is the only FDA-approved medication shown to prolong survival in"
    assert narrower not in rows("2014-04-09")
    assert narrower in rows("2025-10-18")
    dated = table_of(client, "/mappings/drug-disease", "csv")
    assert "2014-04-09" in {row["asOf"] for row in dated}


@pytest.mark.parametrize(
    ("date", "rows"),
    [
        ("2009-12-30", set()),
        (
            "2009-12-31",
            {("rimabotulinumtoxinB", "drooling"), ("dextromethorphan/quinidine", "uncontrolled laughing or crying")},
        ),
    ],
)
def test_a_claim_without_a_day_counts_from_the_date_of_its_source(
    client: TestClient, date: str, rows: set[tuple[str, str]]
) -> None:
    """The guideline of 2009 is the first document here that names a drug for a symptom."""
    items = body_of(client, f"/mappings/drug-symptom?asOf={date}")["items"]
    assert {(row["subject"]["label"], row["object"]["label"]) for row in items} == rows
    assert {claim["sourceDate"] for row in items for claim in row["claims"]} == {"2009"} if rows else not items


@pytest.mark.parametrize(("date", "counts"), [("2026-11-21", False), ("2026-11-22", True)])
def test_a_claim_of_a_source_without_a_date_counts_from_the_day_on_which_that_was_read(
    client: TestClient, date: str, counts: bool
) -> None:
    asked = "/mappings/drug-symptom?source=seed-002"
    whole = body_of(client, asked)["items"]
    assert whole
    assert body_of(client, f"{asked}&asOf={date}")["items"] == (whole if counts else [])


def test_a_claim_whose_source_has_neither_counts_at_no_date(unread: TestClient) -> None:
    asked = "/mappings/drug-symptom?source=seed-002"
    assert body_of(unread, asked)["items"]
    assert body_of(unread, f"{asked}&asOf=2100-01-01")["items"] == []
    listed = "/drugs?relieves=muscle-spasticity&source=seed-002"
    assert body_of(unread, listed)["total"] == 2
    assert body_of(unread, f"{listed}&asOf=2100-01-01")["total"] == 0


def test_an_answer_at_a_date_says_what_the_date_means(client: TestClient) -> None:
    for date in ("1950-01-01", "2014-04-09"):
        assert (
            "a claim that gives no day counts from the date of its source"
            in body_of(client, f"/mappings/drug-disease?asOf={date}")["note"]
        )
    assert "note" not in body_of(client, "/mappings/drug-disease")


@pytest.mark.parametrize(
    "name", ["muscle-spasticity", "Muscle spasticity", "phenotype:muscle-spasticity", "HP:0001257"]
)
def test_an_end_is_given_by_whatever_it_is_called(client: TestClient, name: str) -> None:
    rows = client.get("/mappings/drug-symptom", params={"object": name}).raise_for_status().json()["items"]
    assert {row["subject"]["label"] for row in rows} == {"baclofen", "gabapentin", "tizanidine"}


def test_an_end_with_an_unknown_prefix_is_refused(client: TestClient) -> None:
    answer = client.get("/mappings/drug-symptom?object=nope:1")
    assert (answer.status_code, answer.json()["parameter"]) == (422, "object")


@pytest.mark.parametrize(
    ("asked", "parameter", "words"),
    [
        ("drug-symptom?subject=riluzol", "subject", "no drug is called so. Did you mean riluzole"),
        ("drug-symptom?subject=drug:riluzol", "subject", "no drug is called so. Did you mean riluzole"),
        ("drug-symptom?subject=https://w3id.org/alskg/drugs/riluzol", "subject", "Did you mean riluzole"),
        ("drug-symptom?subject=zzz", "subject", "subject=zzz: no drug is called so."),
        ("drug-symptom?subject=muscle-spasticity", "subject", "no drug is called so."),
        ("drug-symptom?object=dysphagi", "object", "no symptom is called so. Did you mean dysphagia"),
        ("drug-symptom?object=riluzole", "object", "There is a drug of this name: /drugs/riluzole."),
        ("drug-symptom?object=asthenia", "object", "There is a phenotype of this name: /phenotypes/asthenia."),
        ("thing-symptom?subject=riluzol", "subject", "no thing is called so. Did you mean riluzole"),
        ("thing-symptom?object=phenotype:nonsuch", "object", "no symptom is called so."),
    ],
)
def test_an_end_that_is_no_member_of_its_side_is_refused(
    client: TestClient, asked: str, parameter: str, words: str
) -> None:
    answer = client.get(f"/mappings/{asked}")
    assert (answer.status_code, answer.json()["parameter"]) == (422, parameter)
    assert words in answer.json()["detail"]


def test_the_list_of_mappings_counts_for_things_that_there_are_alone(client: TestClient) -> None:
    assert {"/mappings/drug-mechanism"} <= {i["url"] for i in body_of(client, "/mappings?subject=riluzole")["items"]}
    answer = client.get("/mappings?subject=riluzol")
    assert (answer.status_code, answer.json()["parameter"]) == (422, "subject")
    assert "nothing here is called so. Did you mean riluzole" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["riluzole", "Rilutek", "drug:riluzole", "CHEBI:8863", f"{BASE}drugs/riluzole"])
def test_a_member_of_its_side_without_a_row_has_none(client: TestClient, name: str) -> None:
    body = client.get("/mappings/drug-symptom", params={"subject": name}).raise_for_status().json()
    assert (body["total"], "passes the filters" in body["note"]) == (0, True)


def test_the_list_counts_the_rows_of_each_mapping(client: TestClient) -> None:
    body = body_of(client, "/mappings")
    counted = {item["url"]: item["rows"] for item in body["items"]}
    assert {f"/mappings/{name}" for name in MAPPINGS} <= set(counted)
    assert body["total"] == len(counted)
    assert 0 not in counted.values()
    for path, rows in counted.items():
        assert body_of(client, path)["total"] == rows
    table = table_of_list(client)
    assert {row["url"]: int(row["rows"]) for row in table} == counted


def test_the_list_begins_with_what_the_first_page_shows_and_goes_on_with_the_largest(client: TestClient) -> None:
    items = body_of(client, "/mappings")["items"]
    assert items[0]["url"] == "/mappings/drug-symptom"
    to_others = [item["rows"] for item in items if item["to"] != "symptoms"]
    assert to_others == sorted(to_others, reverse=True)
    assert [row["url"] for row in table_of_list(client)] == [item["url"] for item in items]


def table_of_list(client: TestClient) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get("/mappings?format=csv").text)))


def test_a_list_of_one_is_no_plural(client: TestClient) -> None:
    note = body_of(client, "/mappings/procedure-symptom?certainty=anticipated")["note"]
    assert note == "The one statement here does not pass the filters."
    text = client.get("/mappings/procedure-symptom", headers={"Accept": "text/html"}).text
    assert '<p class="soft">1 statement of 2 claims</p>' in text


def test_the_list_can_be_narrowed(client: TestClient) -> None:
    denied = {item["url"]: item["rows"] for item in body_of(client, "/mappings?stance=denied")["items"]}
    assert denied["/mappings/drug-disease"] == len(body_of(client, "/mappings/drug-disease?stance=denied")["items"])


@pytest.mark.parametrize("name", ["drug-symptoms", "drugs-symptom", "drg-symptom"])
def test_a_slip_in_the_name_gets_the_nearest(client: TestClient, name: str) -> None:
    answer = client.get(f"/mappings/{name}")
    assert answer.status_code == 404
    assert "/mappings/drug-symptom" in answer.json()["suggestions"]
    assert "Did you mean" in answer.json()["detail"]
    assert "/mappings lists all" in answer.json()["detail"]


def test_a_slip_in_a_parameter_gets_the_nearest(client: TestClient, kg: KnowledgeGraph) -> None:
    answer = client.get("/mappings/drug-symptom?stanze=denied")
    assert answer.status_code == 422
    assert "Did you mean stance?" in answer.json()["detail"]
    assert answer.json()["errors"][0]["available"] == list(mapping_model(kg).model_fields)


def test_another_format_is_refused_with_the_list(client: TestClient) -> None:
    answer = client.get("/mappings/drug-symptom", headers={"Accept": "application/trig"})
    assert answer.status_code == 406
    assert [entry["format"] for entry in answer.json()["available"]] == [format_.name for format_ in ROWS]


def test_the_page_of_mappings_is_well_documented(client: TestClient) -> None:
    operation = body_of(client, "/openapi.json")["paths"]["/mappings/{name}"]["get"]
    for word in ("scope", "stance", "certainties", "asOf", "not stated", "independent"):
        assert word in operation["description"]
    assert set(operation["responses"]) == {"200", "404", "406", "413", "422"}
    assert set(operation["responses"]["200"]["content"]) == {format_.media_type for format_ in ROWS}
    # What can be tried at /docs comes with a name that there is.
    named = body_of(client, "/openapi.json")["components"]["parameters"]
    reference = next(
        p["$ref"] for p in operation["parameters"] if p.get("$ref", "").rpartition("/")[2].startswith("name")
    )
    (example,) = named[reference.rpartition("/")[2]]["schema"]["examples"]
    assert client.get(f"/mappings/{example}").status_code == 200


FILTERED = [
    ("predicate=relieves", lambda row: row["predicate"]["label"] == "relieves"),
    ("predicate=dealsWith&kind=drugs", lambda row: row["subject"]["id"].startswith("https://w3id.org/alskg/drugs/")),
    ("certainty=hedged", lambda row: {claim["certainty"] for claim in row["claims"]} == {"hedged"}),
    ("source=seed-001", lambda row: {source["curie"] for source in row["sources"]} == {"source:seed-001"}),
    ("subject=drug:baclofen", lambda row: row["subject"]["curie"] == "drug:baclofen"),
    ("object=muscle-spasticity", lambda row: row["object"]["curie"] == "phenotype:muscle-spasticity"),
]


@pytest.mark.parametrize(("filters", "fits"), FILTERED, ids=[filters for filters, _ in FILTERED])
def test_a_filter_of_a_mapping_keeps_what_fits_and_nothing_else(
    client: TestClient, filters: str, fits: Callable[[dict[str, Any]], bool]
) -> None:
    everything = client.get("/mappings/thing-symptom").json()["items"]
    found = client.get(f"/mappings/thing-symptom?{filters}").json()["items"]
    assert 0 < len(found) < len(everything)
    assert all(map(fits, found))


@pytest.mark.parametrize("name", ["predicate", "kind", "certainty", "source"])
def test_a_filter_by_what_there_is_not_is_refused(client: TestClient, name: str) -> None:
    answer = client.get(f"/mappings/drug-symptom?{name}=hedgehog")
    assert answer.status_code == 422
    assert answer.json()["parameter"] == name


@pytest.mark.parametrize(
    "asked",
    [
        "drug-symptom",
        "thing-symptom?predicate=dealsWith",
        "thing-symptom?predicate=dealsWith&certainty=hedged",
        "thing-symptom?predicate=dealsWith&certainty=hedged&certainty=asserted&kind=drugs",
        "thing-symptom?source=seed-document",
        "drug-outcome?stance=contested",
        "drug-outcome?stance=denied&stance=contested",
        "drug-disease?stance=inferred",
        "drug-outcome?stance=affirmed&certainty=demonstrated",
        "drug-symptom?asOf=2014-06-30",
        "drug-symptom?asOf=1990-01-01",
        "drug-adverse-effect?jurisdiction=united-states",
        "drug-symptom?asOf=2100-01-01",
        "drug-symptom?asOf=2026-11-21",
        "drug-symptom?asOf=2026-11-22",
        "drug-outcome?asOf=2013-01-01",
        "drug-outcome?minEvidence=clinical-trials",
        "drug-symptom?subject=baclofen",
        "drug-symptom?subject=riluzole",
        "thing-symptom?object=muscle%20spasticity",
        "drug-disease?asOf=2017-05-04",
        "drug-disease?asOf=2017-05-05",
        "drug-outcome?population=participants-of-valor&population=participants-of-jetals",
    ],
)
def test_the_query_behind_a_mapping_gives_the_rows_as_they_are_filtered(client: TestClient, asked: str) -> None:
    body = body_of(client, f"/mappings/{asked}")
    again = body_of(client, body["meta"]["sparql"], "application/sparql-results+json")["results"]["bindings"]
    assert [row["proposition"]["value"] for row in again] == [item["id"] for item in body["items"]]
    assert [row["subjectLabel"]["value"] for row in again] == [item["subject"]["label"] for item in body["items"]]
