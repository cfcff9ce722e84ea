"""One call tells of a drug what a curator would look up in many places."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from alskg.errors import SourceError
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import BASE
from alskg.web.app import build_app

Body = dict[str, Any]


@pytest.fixture(scope="module")
def edaravone(client: TestClient) -> Body:
    body: Body = client.get("/drugs/edaravone").raise_for_status().json()
    return body


def labels(items: list[Body]) -> set[str]:
    return {item["label"] for item in items}


def test_what_it_is_and_how_it_acts_and_what_it_is_for_stands_in_its_statements(edaravone: Body) -> None:
    predicates = {statement["predicate"]["curie"] for statement in edaravone["statements"]}
    assert {"als:hasMechanism", "als:slows", "als:hasAdverseEffect", "als:hasRecommendedDose"} <= predicates
    stances = {s["stance"] for s in edaravone["statements"] if s["predicate"]["curie"] == "als:slows"}
    assert stances == {"affirmed", "denied"}
    mechanism = next(s for s in edaravone["statements"] if s["predicate"]["curie"] == "als:hasMechanism")
    assert mechanism["certainties"]
    assert all("verification" in claim for claim in mechanism["claims"])


def test_what_trials_found_stands_with_their_figures(edaravone: Body) -> None:
    found = {finding["label"]: finding for finding in edaravone["linked"]["findings"]}
    finding = found["ALSFRS-R with edaravone at 24 weeks of MCI186-19"]
    assert finding["effect"]["label"] == "2.49 points (SE 0.76; 95 % CI 0.99 to 3.98)"
    assert {"MCI186-16", "MCI186-19", "ADORE"} <= labels(edaravone["linked"]["studies"])


def test_its_standing_by_country_and_day_stands_with_its_products(edaravone: Body) -> None:
    events = {
        (statement["scope"]["jurisdiction"], statement["object"]["label"])
        for product in edaravone["linked"]["drug-products"]
        for statement in product["statements"]
        if statement["predicate"]["curie"] == "als:hasRegulatoryEvent"
    }
    assert ("United States", "approval") in events
    assert ("European Union", "withdrawal of the application") in events


def test_rules_and_disagreements_stand_beside(edaravone: Body) -> None:
    assert "edaravone 105 mg by mouth" in labels(edaravone["linked"]["dosing-rules"])
    assert any("C5" in str(item.get("notation")) for item in edaravone["linked"]["disagreements"])


def test_harms_stand_with_their_rates(edaravone: Body) -> None:
    (contusion,) = (s for s in edaravone["statements"] if s["object"].get("label") == "contusion")
    (claim,) = contusion["claims"]
    assert claim["figures"] == {
        "incidence": "15 %",
        "comparatorIncidence": "9 %",
        "treatmentParticipants": "184 participants",
        "comparatorParticipants": "184 participants",
    }


def test_the_day_of_an_event_stands_with_the_claim_that_tells_of_it(edaravone: Body) -> None:
    days = {
        (statement["scope"]["jurisdiction"], statement["object"]["label"], claim.get("date"))
        for product in edaravone["linked"]["drug-products"]
        for statement in product["statements"]
        if statement["predicate"]["curie"] == "als:hasRegulatoryEvent"
        for claim in statement["claims"]
    }
    assert ("United States", "approval", "2017-05-05") in days
    assert ("Japan", "approval", "2015-06-26") in days
    assert ("European Union", "withdrawal of the application", "2019-05-24") in days


@pytest.mark.parametrize(
    ("address", "is_told"),
    [
        ("/drugs/edaravone?linked=false", False),
        ("/diseases/amyotrophic-lateral-sclerosis", False),
        ("/studies/ador", None),
        ("/studies/phoenix?linked=true", True),
    ],
)
def test_what_is_linked_is_told_as_the_class_has_it_or_as_one_asks(
    client: TestClient, address: str, is_told: bool | None
) -> None:
    answer = client.get(address)
    assert (answer.status_code == 404) is (is_told is None)
    assert ("linked" in answer.json()) is bool(is_told)


def test_what_nothing_links_to_has_nothing_linked(client: TestClient) -> None:
    assert client.get("/claims/s0-001?linked=true").raise_for_status().json()["linked"] == {}


NARROWED = [
    ("slows=functional-decline", {"AMX0035", "edaravone", "masitinib", "mecobalamin", "tofersen"}),
    ("slows=functional-decline&source=seed-document", {"edaravone"}),
    (
        "slows=functional-decline&minEvidence=randomised-controlled-trial",
        {"AMX0035", "edaravone", "masitinib", "mecobalamin"},
    ),
    ("slows=functional-decline&certainty=hedged", {"tofersen"}),
    ("slows=functional-decline&population=participants-of-jetals", {"mecobalamin"}),
    ("hasRegulatoryStatus=fda-approved&source=seed-document", {"edaravone", "riluzole"}),
    (
        "hasRegulatoryStatus=fda-approved&indication=amyotrophic-lateral-sclerosis",
        {"edaravone", "riluzole", "tofersen"},
    ),
    (
        "hasRegulatoryStatus=approved&jurisdiction=european-union&indication=amyotrophic-lateral-sclerosis",
        {"riluzole", "tofersen"},
    ),
    ("hasRegulatoryStatus=conditionally-approved", set()),
    ("hasRegulatoryStatus=fda-approved&source=seed-document&asOf=2014-04-08", set()),
    ("hasRegulatoryStatus=fda-approved&source=seed-document&asOf=2014-04-09", {"riluzole"}),
    ("hasRegulatoryStatus=fda-approved&indication=amyotrophic-lateral-sclerosis&asOf=1995-12-11", set()),
    ("hasRegulatoryStatus=fda-approved&indication=amyotrophic-lateral-sclerosis&asOf=1995-12-12", {"riluzole"}),
    ("hasRegulatoryStatus=fda-approved&scope=pseudobulbar affect&asOf=2014-04-09", {"dextromethorphan/quinidine"}),
    ("hasRegulatoryStatus=conditionally-approved&asOf=2024-04-03", {"AMX0035"}),
    ("hasRegulatoryStatus=conditionally-approved&asOf=2024-04-04", set()),
    ("isOnlyFdaApprovedMedicationFor=amyotrophic-lateral-sclerosis&asOf=2014-04-08", set()),
    ("isOnlyFdaApprovedMedicationFor=amyotrophic-lateral-sclerosis&asOf=2017-05-04", {"riluzole"}),
    ("isOnlyFdaApprovedMedicationFor=amyotrophic-lateral-sclerosis&asOf=2017-05-05", set()),
    (
        "hasRegulatoryStatus=fda-approved&asOf=2014-04-09&jurisdiction=united-states&indication=Lou Gehrig's disease",
        {"riluzole"},
    ),
    ("hasRegulatoryStatus=fda-approved&asOf=2014-04-09&jurisdiction=european-union", set()),
    # The guideline that says it is of 2009; the claim gives no day of its own.
    ("relieves=drooling&asOf=2009-12-30", set()),
    ("relieves=drooling&asOf=2009-12-31", {"rimabotulinumtoxinB"}),
]


@pytest.mark.parametrize(("filters", "drugs"), NARROWED, ids=[row[0] for row in NARROWED])
def test_a_list_is_narrowed_to_the_claims_that_count(client: TestClient, filters: str, drugs: set[str]) -> None:
    body = client.get(f"/drugs?{filters}").raise_for_status().json()
    assert labels(body["items"]) == drugs
    assert body["total"] == len(drugs)


CALLED = [
    ("relieves=muscle spasticity", {"baclofen", "tizanidine"}),
    ("relieves=Muscle Spasticity", {"baclofen", "tizanidine"}),
    ("relieves=phenotype:muscle-spasticity", {"baclofen", "tizanidine"}),
    ("relieves=HP:0001257", {"baclofen", "tizanidine"}),
    ("relieves=http://purl.obolibrary.org/obo/HP_0001257", {"baclofen", "tizanidine"}),
    ("hasRegulatoryStatus=FDA approved&source=seed-document", {"edaravone", "riluzole"}),
    ("slows=functional decline&source=seed document 002", {"edaravone"}),
    ("slows=functional decline&population=participants of JETALS", {"mecobalamin"}),
    ("id=Rilutek,edaravone", {"edaravone", "riluzole"}),
]


@pytest.mark.parametrize(("filters", "drugs"), CALLED, ids=[row[0] for row in CALLED])
def test_a_filter_takes_a_thing_by_whatever_it_is_called(client: TestClient, filters: str, drugs: set[str]) -> None:
    body = client.get(f"/drugs?{filters}").raise_for_status().json()
    assert labels(body["items"]) == drugs


def test_a_field_takes_a_thing_by_whatever_it_is_called(client: TestClient) -> None:
    totals = {
        client.get(f"/drug-products?productOf={name}").raise_for_status().json()["total"]
        for name in ("riluzole", "drug:riluzole", "DRUGBANK:DB00740", "Rilutek")
    }
    assert len(totals) == 1
    assert totals.pop() > 4


@pytest.mark.parametrize(
    ("filters", "about"),
    [
        ("relieves=weakness", "'weakness' may be phenotype:asthenia or phenotype:muscle-weakness"),
        ("relieves=muscle spas", "Did you mean muscle-spasms"),
        ("relieves=HP:0000001", "there is no such thing here"),
        ("relieves=nope:1", "relieves=nope:1: 'nope:1': the prefix 'nope' is not declared here."),
    ],
)
def test_what_may_be_several_things_or_none_is_refused(client: TestClient, filters: str, about: str) -> None:
    answer = client.get(f"/drugs?{filters}")
    assert (answer.status_code, answer.json()["parameter"]) == (422, "relieves")
    assert about in answer.json()["detail"]


def test_what_chooses_claims_goes_with_what_is_stated(client: TestClient) -> None:
    answer = client.get("/drugs?source=seed-document")
    assert (answer.status_code, "goes with a filter" in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("wrong", "about"),
    [
        ("asOf=2014", "asOf=2014"),
        ("asOf=2014-04-09&asOf=2022-01-31", "more than once"),
        ("jurisdiction=atlantis", "no statement is limited to that"),
    ],
)
def test_a_choice_that_nobody_can_make_is_refused(client: TestClient, wrong: str, about: str) -> None:
    answer = client.get(f"/drugs?hasRegulatoryStatus=fda-approved&{wrong}")
    assert (answer.status_code, about in answer.json()["detail"]) == (422, True)


def test_a_field_of_that_name_comes_first(client: TestClient) -> None:
    limited = client.get("/propositions?jurisdiction=european-union&limit=1000").raise_for_status().json()["items"]
    assert limited
    assert all("jurisdiction" in proposition for proposition in limited)


TOLD = [
    ("source=seed-002", lambda claim: claim["source"].endswith("/seed-002")),
    ("source=source:seed-002", lambda claim: claim["source"].endswith("/seed-002")),
    ("source=seed-document", lambda claim: "/seed-" in claim["source"]),
    ("certainty=hedged", lambda claim: claim["certainty"] == "hedged"),
    ("minEvidence=randomised-controlled-trial", lambda claim: claim["evidence"] != "narrative-review"),
    ("asOf=2014-04-09", lambda claim: _day(claim) <= "2014-04-09"),
    ("asOf=2017-05-04", lambda claim: _day(claim) <= "2017-05-04"),
    # Edaravone was approved on this day, which put the claim of 2014 out of date.
    ("asOf=2017-05-05", lambda claim: _day(claim) <= "2017-05-05" and claim["notation"] != "S3-019"),
    ("asOf=2017-05-04&source=seed-document&certainty=asserted", lambda claim: claim["notation"].startswith("S3-")),
    ("jurisdiction=united-states", None),
]


def _day(claim: Body) -> str:
    return str(next(claim[name] for name in ("date", "asOf", "sourceDate", "sourceSeenOn") if name in claim))


@pytest.mark.parametrize(("chosen", "fits"), TOLD, ids=[row[0] for row in TOLD])
def test_claims_are_chosen_as_they_are_chosen_everywhere(
    client: TestClient, chosen: str, fits: Callable[[Body], bool] | None
) -> None:
    """By what mappings have: every claim that a mapping counts is listed, and no other one."""
    rows = client.get("/mappings/drug-disease").raise_for_status().json()["items"]
    kept = client.get(f"/mappings/drug-disease?{chosen}").raise_for_status().json()["items"]
    every, counting = ({claim["id"]: claim for row in found for claim in row["claims"]} for found in (rows, kept))
    listed = client.get(f"/claims?{chosen}&limit=1000&fields=label").raise_for_status().json()
    assert {claim["id"] for claim in listed["items"]} & every.keys() == counting.keys()
    assert 0 < len(counting) < len(every)
    assert fits is None or all(map(fits, counting.values()))


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("findings?source=abe-2014", "drugs/edaravone/findings?source=abe-2014"),
        ("findings?asOf=2002-12-31&treatment=riluzole", "drugs/riluzole/findings?asOf=2002-12-31"),
        ("findings?minEvidence=meta-analysis", None),
        ("propositions?source=abe-2014", None),
    ],
)
def test_what_stands_and_falls_with_claims_is_chosen_by_them(
    client: TestClient, address: str, found: str | None
) -> None:
    body = client.get(f"/{address}").raise_for_status().json()
    everything = client.get(f"/{address.partition('?')[0]}").raise_for_status().json()
    assert 0 < body["total"] < everything["total"]
    if found is not None:
        assert labels(body["items"]) == labels(client.get(f"/{found}").raise_for_status().json()["items"])


def test_a_list_that_a_choice_leaves_empty_says_what_there_is_without_it(client: TestClient) -> None:
    addresses = ("/drugs?relieves=drooling&asOf=2009-12-30", "/claims?notation=S3-019&asOf=2017-05-05")
    (drugs, claims) = (client.get(address).raise_for_status().json() for address in addresses)
    assert drugs["note"].endswith(" The one drug here does not pass the filters (asOf=2009-12-30).")
    assert claims["note"].endswith(" The one claim here does not pass the filters (asOf=2017-05-05).")
    assert "filters (" not in client.get("/drugs?relieves=drooling&asOf=2009-12-31").json()["note"]
    assert "filters (" not in client.get("/drugs?cures=stroke&asOf=2009-01-01").json()["note"]


BESIDE = [
    (
        "drugs/riluzole/stop-rules?source=seed-document",
        {
            "stop riluzole: interstitial lung disease",
            "stop riluzole: lack of clear benefit once a reasonable trial is over",
            "stop riluzole: liver dysfunction",
        },
    ),
    (
        "drugs/riluzole/contraindications?source=seed-document",
        {"riluzole not recommended: baseline serum aminotransferases > 5x ULN"},
    ),
    ("drugs/riluzole/contraindications?source=us-label-tofersen", set()),
    ("drugs/riluzole/drug-products?jurisdiction=european-union", {"Rilutek", "Riluzole Zentiva"}),
    # An approval with conditions is an approval; an authorisation that ended was one.
    (
        "drug-products?hasRegulatoryEvent=approval&jurisdiction=canada&asOf=2024-04-05",
        {"Albrioza", "Radicava", "Radicava oral suspension (Canada)"},
    ),
    (
        "drug-products?hasRegulatoryStatus=approved&jurisdiction=canada&asOf=2024-04-03",
        {"Albrioza", "Radicava", "Radicava oral suspension (Canada)", "Rilutek"},
    ),
    (
        "drug-products?hasRegulatoryStatus=approved&jurisdiction=canada&asOf=2024-04-05",
        {"Radicava", "Radicava oral suspension (Canada)", "Rilutek"},
    ),
    ("drugs/riluzole/drug-products?jurisdiction=european-union&asOf=2012-05-06", {"Rilutek"}),
    (
        "drugs/riluzole/stop-rules?jurisdiction=united-states",
        {
            "stop riluzole: aminotransferases above 5 times the upper limit",
            "stop riluzole: interstitial lung disease in the United States",
            "stop riluzole: liver dysfunction",
        },
    ),
    (
        "drugs/riluzole/interactions?jurisdiction=united-states",
        {
            "riluzole with a high-fat meal (interaction)",
            "riluzole with AMX0035",
            "riluzole with CYP1A2 inducers",
            "riluzole with CYP1A2 inhibitors",
            "riluzole with hepatotoxic drugs",
        },
    ),
    ("drugs/riluzole/interactions?jurisdiction=european-union", set()),
    ("drugs/probenecid/interactions", {"AMX0035 with probenecid"}),
    ("drugs/fluvoxamine/interactions", {"tizanidine with fluvoxamine"}),
    ("drugs/cholestyramine/interactions", {"AMX0035 with bile acid sequestrants"}),
    (
        "interactions/amx0035-with-bile-acid-sequestrants/drugs",
        {"AMX0035", "cholestyramine", "colesevelam", "colestipol"},
    ),
    ("drugs/colestipol/interactions", {"AMX0035 with bile acid sequestrants"}),
    ("drugs?hasAdverseEffect=somnolence&jurisdiction=united-states", {"tizanidine"}),
    (
        "drugs/edaravone/disagreements?source=als-canada-2024-01-31",
        {"edaravone slows decline against trials and a cohort that don't show it"},
    ),
]


@pytest.mark.parametrize(("address", "found"), BESIDE, ids=[row[0] for row in BESIDE])
def test_what_a_field_links_is_narrowed_to_what_claims_that_count_say_of_it(
    client: TestClient, address: str, found: set[str]
) -> None:
    body = client.get(f"/{address}").raise_for_status().json()
    assert labels(body["items"]) == found


@pytest.mark.parametrize("drug", ["amx0035", "cholestyramine", "fluvoxamine", "probenecid", "riluzole"])
def test_the_question_on_interactions_finds_what_stands_beside_the_drug(client: TestClient, drug: str) -> None:
    asked = client.get(f"/queries/interactions-of-a-drug?drug={drug}").raise_for_status().json()["items"]
    found = {row["interaction"]["id"] for row in asked}
    assert found == {i["id"] for i in client.get(f"/drugs/{drug}/interactions").json()["items"]}


def test_the_findings_on_a_drug_stand_beside_it(client: TestClient) -> None:
    document = client.get("/drugs/riluzole").json()
    beside = client.get("/drugs/riluzole/findings").raise_for_status().json()
    assert beside["total"] == len(document["linked"]["findings"]) > 20


def test_a_list_says_what_a_standing_without_a_date_means(client: TestClient) -> None:
    listed = "/drugs?hasRegulatoryStatus=approved&jurisdiction=european-union"
    now, then = (client.get(address).json()["note"] for address in (listed, f"{listed}&asOf=2014-04-09"))
    assert ("with `asOf`, as of that day" in now, "by that day" in then) == (True, True)
    assert "standing" not in client.get("/drugs?slows=functional-decline").json()["note"]


HOW_COMMON = [
    ("/phenotypes/dysphagia", "30-79% of patients"),
    ("/symptoms/dysphagia", "11 of 16 patients"),
    ("/diseases/amyotrophic-lateral-sclerosis", "30-79% of patients"),
    ("/symptoms/dysphagia/diseases", "30-79% of patients"),
]


@pytest.mark.parametrize(("address", "share"), HOW_COMMON, ids=[row[0] for row in HOW_COMMON])
def test_how_common_a_symptom_is_stands_with_who_says_so(client: TestClient, address: str, share: str) -> None:
    body = client.get(address).raise_for_status().json()
    beside = [s for item in body.get("items", []) for s in item["statements"]]
    told = [*body.get("statements", []), *body.get("statedAbout", []), *beside]
    sources = {c["source"] for s in told for c in s["claims"] if c.get("figures", {}).get("incidence") == share}
    assert "https://w3id.org/alskg/sources/hpo-annotations-2025-01-16" in sources
    page = client.get(address, headers={"Accept": "text/html"}).text
    assert f'<span class="pill" title="incidence">{share}</span>' in page


def test_the_page_of_a_symptom_counts_who_has_it(client: TestClient) -> None:
    page = client.get("/symptoms/dysphagia", headers={"Accept": "text/html"}).text
    assert "How many have it" in page
    assert '<td class="number">11</td><td class="number">16</td>' in page


def test_the_page_of_a_symptom_names_the_narrower_one_that_was_counted(client: TestClient) -> None:
    page = client.get("/symptoms/excessive-salivation", headers={"Accept": "text/html"}).text
    assert '<th scope="col">what was counted</th>' in page
    panel = page.partition('id="panel-how-frequent-is-a-phenotype"')[2].partition("</section>")[0]
    assert ">drooling</a>" in panel


def test_a_claim_that_is_out_of_date_says_by_what(client: TestClient) -> None:
    statements = client.get("/drugs/amx0035").raise_for_status().json()["statements"]
    claims = {claim["notation"]: (claim, s) for s in statements for claim in s["claims"]}
    claim, statement = claims["S2-051"]
    later = {"id": f"{BASE}claims/phoenix-2024-04", "curie": "claim:phoenix-2024-04", "label": "phoenix-2024-04"}
    assert later in claim["supersededBy"]
    assert (statement["stance"], statement["for"], statement["superseded"]) == ("affirmed", 1, 1)
    claim, statement = claims["phoenix-2024-04"]
    assert "supersededBy" not in claim
    assert statement["superseded"] == 0


SHOWN_AS_SUPERSEDED = [
    "/drugs/amx0035",
    "/drugs/amx0035/drug-classes",
    "/claims/s2-048",
    "/claims?source=seed-002&limit=100",
    "/sources/seed-002",
    "/mappings/drug-drug-class?predicate=isA",
    "/propositions/amx0035-is-a-experimental-als-drug-3954614b",
]
NOT_SUPERSEDED = ["/drugs/masitinib", "/claims/s2-047", "/propositions/masitinib-is-a-experimental-als-drug-df916de6"]


@pytest.mark.parametrize("address", SHOWN_AS_SUPERSEDED)
def test_a_page_marks_what_is_out_of_date(client: TestClient, address: str) -> None:
    assert '<span class="pill contested">superseded' in client.get(address, headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("address", NOT_SUPERSEDED)
def test_a_page_marks_nothing_else_so(client: TestClient, address: str) -> None:
    assert ">superseded" not in client.get(address, headers={"Accept": "text/html"}).raise_for_status().text


def test_a_disagreement_marks_the_side_that_is_out_of_date(client: TestClient) -> None:
    said = client.get("/claims/s3-019").json()["id"]
    found = client.get("/disagreements?limit=1000").json()["items"]
    one = next(d for d in found if said in {c["id"] for side in ("oneSide", "otherSide") for c in d.get(side, [])})
    assert '<span class="pill contested">superseded' in client.get(one["url"], headers={"Accept": "text/html"}).text


def test_the_claims_on_a_thing_are_narrowed_to_those_that_count(client: TestClient) -> None:
    items = client.get("/drugs/riluzole/claims?source=seed-003").raise_for_status().json()["items"]
    assert len(items) > 5
    assert {item["label"][:3] for item in items} == {"S3-"}


@pytest.mark.parametrize(
    ("address", "question"),
    [
        ("/evidence/edaravone", "/queries/evidence-summary?treatment=edaravone"),
        ("/evidence/drug:edaravone?format=csv", "/queries/evidence-summary?treatment=drug%3Aedaravone&format=csv"),
        ("/evidence/Sodium%20phenylbutyrate", "/queries/evidence-summary?treatment=Sodium+phenylbutyrate"),
        ("/evidence/edaravone?revision=1", "/queries/evidence-summary?treatment=edaravone&revision=1"),
        ("/timeline/edaravone", "/queries/regulation-of-a-drug-in-time?drug=edaravone"),
        ("/timeline/Qalsody", "/queries/regulation-of-a-drug-in-time?drug=Qalsody"),
        ("/timeline/CHEBI:8863", "/queries/regulation-of-a-drug-in-time?drug=CHEBI%3A8863"),
        (
            "/evidence/dextromethorphan/quinidine",
            "/queries/evidence-summary?treatment=dextromethorphan%2Fquinidine",
        ),
    ],
)
def test_the_short_address_of_a_question_leads_on_to_it(client: TestClient, address: str, question: str) -> None:
    answer = client.get(address, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, question)
    assert client.get(address).raise_for_status().content == client.get(question).content


def test_a_brand_leads_to_the_evidence_on_its_drug(client: TestClient) -> None:
    found = {name: client.get(f"/evidence/{name}").raise_for_status().json() for name in ("tofersen", "qalsody")}
    assert found["qalsody"]["items"] == found["tofersen"]["items"]
    assert found["tofersen"]["items"][0]["verdict"] != "insufficient"


def test_what_a_short_address_does_not_know_is_told_by_the_question(client: TestClient) -> None:
    answer = client.get("/evidence/edarovone")
    assert (answer.status_code, "Did you mean edaravone" in answer.json()["detail"]) == (422, True)
    assert answer.json()["suggestions"][0] == "/drugs/edaravone"
    phenotype = client.get("/evidence/dysphagia")
    assert (phenotype.status_code, phenotype.json()["suggestions"]) == (422, ["/phenotypes/dysphagia"])
    assert client.get("/evidence/edaravone?treatment=riluzole").status_code == 422
    assert client.get("/evidence/edaravone?nonsuch=1").status_code == 422


def test_the_short_addresses_are_listed_and_described(client: TestClient) -> None:
    listed = {item["name"]: item.get("address") for item in client.get("/queries").json()["items"]}
    assert listed["evidence-summary"] == "/evidence/edaravone"
    assert listed["evidence-claims"] is None
    openapi = client.get("/openapi.json").json()
    operation = openapi["paths"]["/timeline/{drug}"]["get"]
    names = [openapi["components"]["parameters"][p["$ref"].rpartition("/")[2]]["name"] for p in operation["parameters"]]
    assert names == ["drug", "revision"]
    assert {"200", "307"} <= operation["responses"].keys()


@pytest.mark.parametrize(
    ("word", "taken"), [("drugs", "/drugs"), ("mappings", "/mappings"), ("search", "/search"), ("static", "/static")]
)
def test_a_short_address_that_another_door_has_is_refused_at_the_start(
    kg: KnowledgeGraph, word: str, taken: str
) -> None:
    name, named = next((name, named) for name, named in kg.queries.items() if named.address)
    clashing = replace(kg, queries={**kg.queries, name: replace(named, address=word)})
    with pytest.raises(
        SourceError, match=rf"queries/{name}\.rq: 'address' '{word}' is that of {taken}\b.* choose another"
    ):
        build_app(clashing)


@pytest.mark.parametrize(
    ("day", "stand", "not_yet"), [("2014-04-09", {"c8"}, {"a1", "c9"}), ("2022-06-01", {"a1", "c8"}, {"c9"})]
)
def test_a_disagreement_stands_from_the_day_on_which_both_sides_had_been_said(
    client: TestClient, day: str, stand: set[str], not_yet: set[str]
) -> None:
    items = client.get(f"/drugs/riluzole/disagreements?asOf={day}&limit=1000").raise_for_status().json()["items"]
    names = {item["id"].rsplit("/", 1)[1].split("-")[0] for item in items}
    assert stand <= names
    assert not names & not_yet


def test_a_disagreement_on_what_is_out_of_date_stands_on(client: TestClient) -> None:
    whole, today = (
        {item["id"] for item in client.get(f"/drugs/riluzole/disagreements?limit=1000{more}").json()["items"]}
        for more in ("", "&asOf=2026-11-30")
    )
    assert any("a1-" in iri for iri in today)
    assert len(today) == len(whole)
