"""What a reader could take for more, or for less, than a source says."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

Body = dict[str, Any]


def body_of(client: TestClient, path: str) -> Body:
    body: Body = client.get(path).raise_for_status().json()
    return body


def labels(body: Body) -> set[str]:
    return {item["label"] for item in body["items"]}


def names(body: Body) -> set[str]:
    return {item["curie"].partition(":")[2] for item in body["items"]}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/drugs?slows=amyotrophic-lateral-sclerosis", {"edaravone", "riluzole"}),
        ("/drugs?worksThrough=glutamate", {"riluzole"}),
        ("/drugs?actsOn=oxidative-stress", {"edaravone"}),
        ("/drugs?hasRegulatoryStatus=fda-approved&source=seed-document", {"edaravone", "riluzole"}),
        ("/therapies?improvesOutcome=functional-ability", None),
    ],
)
def test_a_filter_by_a_broader_property_sees_the_special_ones(
    client: TestClient, path: str, expected: set[str] | None
) -> None:
    found = names(body_of(client, path))
    assert found == expected if expected is not None else "physical-therapy" in found


@pytest.mark.parametrize(
    "path", ["/drugs?decreases=glutamate-release", "/drugs?isA=hepatotoxic-drug", "/drugs?cures=stroke"]
)
def test_what_is_only_believed_or_implied_passes_no_filter_and_the_answer_says_so(
    client: TestClient, path: str
) -> None:
    body = body_of(client, path)
    assert (body["total"], "hypothesised" in body["note"]) == (0, True)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/sources?date=2025-10-18", "seed-001"),
        ("/propositions?predicate=relieves&object=dysphagia", "pyridostigmine-relieves-dysphagia-b3be7189"),
        ("/claims?notStated=interval&limit=1000", "s1-023"),
    ],
)
def test_a_field_is_filtered_by_dates_and_bare_names(client: TestClient, path: str, name: str) -> None:
    assert name in names(body_of(client, path))


def test_adverse_effects_are_those_that_are_stated_as_such(client: TestClient) -> None:
    items = {item["label"]: item for item in body_of(client, "/drugs/riluzole/adverse-effects")["items"]}
    query = (
        "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX als: <https://w3id.org/alskg/ontology/> "
        "SELECT DISTINCT ?effect { ?p rdf:subject <https://w3id.org/alskg/drugs/riluzole> ; "
        "rdf:predicate als:hasAdverseEffect ; rdf:object ?effect . ?claim als:states ?p }"
    )
    stated = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    assert {row["effect"]["value"] for row in stated} == {item["id"] for item in items.values()}
    assert len(items) >= 13
    predicates = {s["predicate"]["curie"] for item in items.values() for s in item["statements"]}
    assert predicates == {"als:hasAdverseEffect"}
    assert items["liver function changes"]["byPredicate"][0]["certainties"] == ["hedged"]


def test_stances_of_different_properties_are_kept_apart(client: TestClient) -> None:
    item = next(i for i in body_of(client, "/drugs/riluzole/diseases")["items"] if i["label"].startswith("amyo"))
    stances = {part["predicate"]["label"]: part["stances"] for part in item["byPredicate"]}
    assert stances["cures"] == ["denied"]
    assert stances["slows progression of"] == ["affirmed"]


def test_neighbours_by_one_property_alone(client: TestClient) -> None:
    body = body_of(client, "/sources/seed-004/sources?predicate=cites")
    assert body["total"] == 13
    refused = client.get("/sources/seed-004/sources?predicate=sites")
    assert (refused.status_code, "cites" in refused.json()["detail"]) == (422, True)


def test_every_claim_that_speaks_of_a_thing_stands_next_to_it(client: TestClient) -> None:
    claims = body_of(client, "/drugs/riluzole/claims?limit=1000")
    query = (
        "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?c <https://w3id.org/alskg/ontology/states> ?p . "
        "?p ?end <https://w3id.org/alskg/drugs/riluzole> }"
    )
    counted = client.get("/sparql", params={"query": query}).json()["results"]["bindings"][0]["n"]["value"]
    assert claims["total"] >= int(counted) > 90
    assert {"A1", "A3"} <= {
        notation
        for name in names(body_of(client, "/drugs/riluzole/disagreements?limit=1000"))
        for notation in client.get(f"/disagreements/{name}").json().get("notation", ())
    }


@pytest.mark.parametrize(
    "path",
    [
        "/symptoms/muscle-spasticity/drugs",
        "/drugs/riluzole/interactions",
        "/drugs/riluzole/drug-classes",
        "/drugs/riluzole/claims",
        "/drugs/riluzole/adverse-effects",
        "/drugs/riluzole/disagreements",
        "/diseases/amyotrophic-lateral-sclerosis/symptoms",
    ],
)
def test_the_sparql_behind_a_list_finds_the_same_things(client: TestClient, path: str) -> None:
    body = body_of(client, f"{path}?limit=1000")
    found = client.get(body["meta"]["sparql"], params=None).json()["results"]["bindings"]
    assert {row["id"]["value"] for row in found} == {item["id"] for item in body["items"]} != set()


def test_a_statement_shows_the_disagreements_that_it_is_part_of(client: TestClient) -> None:
    stated = body_of(client, "/claims/s3-019")["states"]["id"].rpartition("/")[2]
    disagreements = body_of(client, f"/propositions/{stated}")["stated"]["disagreements"]
    assert "contradiction" in {d["verdict"] for d in disagreements}


@pytest.mark.parametrize(
    ("path", "total"),
    [
        ("/queries/recommended-dose?drug=Rilutek", 0),
        ("/queries/recommended-dose?drug=RILUZOLE", 2),
        ("/queries/contradictions-of-a-claim?claim=S3-019", 5),
        ("/queries/drugs-for-a-symptom?symptom=spasticity", 3),
    ],
)
def test_a_thing_may_be_given_by_a_synonym_or_its_notation(client: TestClient, path: str, total: int) -> None:
    answer = client.get(path)
    if total:
        assert answer.json()["total"] == total
    else:
        # Rilutek is a product, a thing of its own.
        assert answer.status_code in (200, 422)


def test_a_synonym_in_an_address_is_told_the_address(client: TestClient) -> None:
    problem = client.get("/phenotypes/difficulty%20swallowing").json()
    assert (problem["status"], problem["suggestions"]) == (404, ["/phenotypes/dysphagia"])


def test_a_question_without_an_answer_says_not_stated(client: TestClient) -> None:
    body = body_of(client, "/queries/interactions-of-a-drug?drug=edaravone")
    assert (body["total"], body["answer"]) == (0, "not stated")
    assert "not a statement" in body["note"]


def test_no_rule_is_not_the_same_as_a_rule_that_does_not_apply(client: TestClient) -> None:
    def verdicts(drug: str, value: str) -> dict[float | None, str]:
        items = body_of(client, f"/queries/contraindication-at-a-value?drug={drug}&value={value}")["items"]
        return {item.get("limit"): item["verdict"] for item in items}

    assert verdicts("riluzole", "3") == {3.0: "does not apply", 5.0: "does not apply"}
    assert verdicts("riluzole", "5") == {3.0: "applies", 5.0: "does not apply"}
    assert verdicts("riluzole", "5.01") == {3.0: "applies", 5.0: "applies"}
    assert verdicts("edaravone", "9") == {None: "not stated"}


def test_search_shows_things_before_what_is_said_of_them(client: TestClient) -> None:
    groups = [group["collection"] for group in body_of(client, "/search?q=riluzole&limit=100")["groups"]]
    assert groups[0] == "drugs"
    # There are more things than a page holds, and claims come after the last of them.
    assert "claims" not in groups
    only = [group["collection"] for group in body_of(client, "/search?q=riluzole&collection=claims")["groups"]]
    assert only == ["claims"]
    both = "/search?q=riluzole&limit=100&collection=claims&collection=populations"
    assert [group["collection"] for group in body_of(client, both)["groups"]] == ["populations", "claims"]


def test_no_named_drug_is_in_an_unnamed_class_without_a_claim(client: TestClient) -> None:
    for name in ("riluzole", "edaravone", "baclofen", "tizanidine", "pyridostigmine"):
        assert "broader" not in body_of(client, f"/drugs/{name}")


def test_one_or_more_of_several_is_no_flat_fact(client: TestClient) -> None:
    query = "SELECT ?a { <https://w3id.org/alskg/drugs/riluzole> <https://w3id.org/alskg/ontology/slowsDeclineIn> ?a }"
    found = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    flat = {row["a"]["value"].rpartition("/")[2] for row in found}
    assert flat.isdisjoint({"swallowing-ability", "muscle-strength", "walking-ability"})
    # What another source says of one of its own stands.
    assert "bulbar-function" in flat


def test_an_empty_mapping_says_not_stated_and_names_the_other_way(client: TestClient) -> None:
    body = body_of(client, "/mappings/symptom-drug")
    assert body["total"] == 0
    assert "not a statement" in body["note"]
    assert "/mappings/drug-symptom" in body["note"]


def test_a_link_without_a_claim_is_not_called_stated(client: TestClient) -> None:
    body = body_of(client, "/drugs/taurursodiol/drugs")
    assert (body["answer"], body["items"][0]["stance"]) == ("linked", "linked")


def test_a_claim_shows_what_it_states_and_counts_itself(client: TestClient) -> None:
    body = body_of(client, "/claims/s1-009")
    assert body["stated"]["label"] == "riluzole extends survival"
    assert "S1-009" in {claim["notation"] for claim in body["stated"]["claims"]}
    assert body["meta"]["claims"]["for"] == body["stated"]["for"] > 1


def test_counting_sources_shows_how_sure_they_are(client: TestClient) -> None:
    items = body_of(client, "/queries/adverse-effects-by-number-of-sources?drug=riluzole")["items"]
    sure = {item["effectLabel"]: item["certainties"] for item in items}
    assert (sure["neutropenia"], sure["nausea"]) == ("asserted, implied", "asserted")


def test_an_empty_list_is_not_called_none_on_a_page(client: TestClient) -> None:
    page = client.get("/drugs/gabapentin/adverse-effects", headers={"Accept": "text/html"}).text
    assert "not stated" in page
    assert ">none" not in page.replace("\n", "")


def documented(client: TestClient, address: str) -> list[str]:
    """The names of the query parameters that the description has for an address, but for the revision."""
    openapi = client.get("/openapi.json").json()
    operation = openapi["paths"][address]["get"]
    shared = [openapi["components"]["parameters"][p["$ref"].rpartition("/")[2]] for p in operation["parameters"]]
    return [p["name"] for p in shared if p["in"] == "query" and p["name"] != "revision"]


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("/", "/"),
        ("/search", "/search?q=riluzole"),
        ("/mappings", "/mappings"),
        ("/mappings/{name}", "/mappings/drug-symptom"),
        ("/drugs", "/drugs"),
        ("/drugs", "/drugs?relieves=muscle-spasticity"),
        ("/drugs/{name}", "/drugs/riluzole"),
        ("/drugs/{name}/{related}", "/drugs/riluzole/adverse-effects"),
        ("/claims", "/claims?limit=2"),
        ("/queries", "/queries"),
        ("/queries/findings-on-a-treatment", "/queries/findings-on-a-treatment?treatment=edaravone"),
        ("/queries/frequent-adverse-effects", "/queries/frequent-adverse-effects?drug=riluzole"),
        ("/changes", "/changes"),
        ("/vocabularies", "/vocabularies"),
        ("/dumps", "/dumps"),
    ],
)
def test_a_parameter_that_is_left_empty_counts_as_not_given(client: TestClient, address: str, asked: str) -> None:
    given = asked.partition("?")[2]
    empty = [f"{name}=" for name in documented(client, address) if not given.startswith(f"{name}=")]
    assert empty
    assert body_of(client, f"{address_of(asked)}?{'&'.join([*empty, given])}") == body_of(client, asked)


def address_of(asked: str) -> str:
    return asked.partition("?")[0]


@pytest.mark.parametrize(
    "asked",
    [
        "/mappings/drug-symptom?{}",
        "/drugs?hasRegulatoryStatus=approved&{}",
        "/drugs/riluzole/adverse-effects?{}",
    ],
)
def test_an_empty_value_beside_another_one_counts_as_not_given(client: TestClient, asked: str) -> None:
    once = body_of(client, asked.format("asOf=2019-01-01"))
    assert body_of(client, asked.format("asOf=&asOf=2019-01-01&certainty="))["items"] == once["items"]


@pytest.mark.parametrize(("asked", "name"), [("/search", "q"), ("/queries/drugs-for-a-symptom", "symptom")])
def test_what_is_needed_and_left_empty_is_refused_as_what_is_missing(client: TestClient, asked: str, name: str) -> None:
    missing, empty = client.get(asked), client.get(f"{asked}?{name}=")
    assert (missing.status_code, empty.status_code) == (422, 422)
    assert f"{name}: it is required" in empty.json()["detail"]
    assert empty.json() == missing.json()


@pytest.mark.parametrize(
    "asked", ["/mappings/drug-symptom", "/drugs", "/drugs/riluzole/symptoms", "/queries/approved-as-of", "/changes"]
)
def test_an_unknown_parameter_is_refused_when_it_is_empty_too(client: TestClient, asked: str) -> None:
    answer = client.get(f"{asked}?jursdiction=")
    assert (answer.status_code, "jursdiction" in answer.json()["detail"]) == (422, True)


def test_where_a_protocol_gives_a_parameter_without_a_value_its_meaning_it_has_it(client: TestClient) -> None:
    assert client.get("/graphs?default").status_code == client.get("/graphs?default=").status_code == 200
    assert client.get("/graphs?graph=").status_code == 422
