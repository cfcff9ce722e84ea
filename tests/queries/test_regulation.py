"""What was licensed at which day, asked through the named question."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

ALS = "amyotrophic-lateral-sclerosis"
RILUZOLE, EDARAVONE, TOFERSEN, AMX, MECOBALAMIN = "riluzole", "edaravone", "tofersen", "AMX0035", "mecobalamin"
LICENSED = [
    ("2014-04-09", "united-states", {RILUZOLE}),
    ("2017-05-04", "united-states", {RILUZOLE}),
    ("2017-05-05", "united-states", {RILUZOLE, EDARAVONE}),
    ("2022-01-31", "united-states", {RILUZOLE, EDARAVONE}),
    ("2022-09-28", "united-states", {RILUZOLE, EDARAVONE}),
    ("2023-06-01", "united-states", {RILUZOLE, EDARAVONE, AMX, TOFERSEN}),
    ("2024-04-03", "united-states", {RILUZOLE, EDARAVONE, AMX, TOFERSEN}),
    ("2024-04-05", "united-states", {RILUZOLE, EDARAVONE, TOFERSEN}),
    ("2026-01-01", "united-states", {RILUZOLE, EDARAVONE, TOFERSEN}),
    ("1996-06-09", "european-union", set()),
    ("2014-04-09", "european-union", {RILUZOLE}),
    ("2023-06-01", "european-union", {RILUZOLE}),
    ("2024-04-05", "european-union", {RILUZOLE}),
    ("2026-01-01", "european-union", {RILUZOLE, TOFERSEN}),
    # That riluzole is licensed in Japan is known without a day.
    ("2014-04-09", "japan", set()),
    ("2017-05-05", "japan", {EDARAVONE}),
    ("2024-04-05", "japan", {EDARAVONE}),
    ("2026-01-01", "japan", {EDARAVONE, MECOBALAMIN}),
    ("2017-05-05", "canada", {RILUZOLE}),
    ("2022-01-31", "canada", {RILUZOLE, EDARAVONE}),
    ("2023-06-01", "canada", {RILUZOLE, EDARAVONE, AMX}),
    ("2024-04-05", "canada", {RILUZOLE, EDARAVONE}),
    ("2026-01-01", "canada", {RILUZOLE, EDARAVONE}),
]


def rows(client: TestClient, query: str, **parameters: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/queries/{query}", params=parameters).raise_for_status().json()["items"]
    return items


@pytest.mark.parametrize(("date", "jurisdiction", "drugs"), LICENSED, ids=[f"{row[1]}-{row[0]}" for row in LICENSED])
def test_what_is_licensed_at_a_day(client: TestClient, date: str, jurisdiction: str, drugs: set[str]) -> None:
    found = rows(client, "licensed-at", date=date, jurisdiction=jurisdiction, indication=ALS)
    assert {row["drugLabel"] for row in found} == drugs


def test_a_product_that_is_withdrawn_leaves_the_drug_and_what_is_known_of_it(client: TestClient) -> None:
    withdrawn = rows(client, "withdrawn-products")
    (relyvrio,) = (
        row for row in withdrawn if row["day"] == "2024-04-04" and row["jurisdictionLabel"] == "United States"
    )
    assert relyvrio["drugLabel"] == AMX
    assert relyvrio["otherStatementsOnTheDrug"] > 10
    assert rows(client, "trials-of-a-treatment", treatment="drug:amx0035")


def test_a_drug_that_failed_its_trial_does_not_look_like_a_treatment(client: TestClient) -> None:
    ask = "PREFIX als: <https://w3id.org/alskg/ontology/> PREFIX drug: <https://w3id.org/alskg/drugs/> ASK "
    for drug in ("amx0035", "tofersen", "masitinib", "mecobalamin", "mexiletine"):
        answer = client.get("/sparql", params={"query": f"{ask} {{ drug:{drug} als:slows ?any }}"}).json()
        assert answer["boolean"] is False, drug


def test_two_dates_for_one_event_stand_side_by_side(client: TestClient) -> None:
    found = rows(client, "regulatory-timeline-of-a-drug", drug="edaravone", jurisdiction="canada")
    days = {row["day"] for row in found if row["productLabel"] == "Radicava" and row["eventLabel"] == "approval"}
    assert days == {"2018-10", "2019"}
