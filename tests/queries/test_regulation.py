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
    # A review of 2011 calls riluzole the only licensed medicine of Japan; since when isn't known.
    ("2010-12-31", "japan", set()),
    ("2014-04-09", "japan", {RILUZOLE}),
    ("2017-05-05", "japan", {RILUZOLE, EDARAVONE}),
    ("2024-04-05", "japan", {RILUZOLE, EDARAVONE}),
    ("2026-01-01", "japan", {RILUZOLE, EDARAVONE, MECOBALAMIN}),
    ("2017-05-05", "canada", {RILUZOLE}),
    ("2022-01-31", "canada", {RILUZOLE, EDARAVONE}),
    ("2023-06-01", "canada", {RILUZOLE, EDARAVONE, AMX}),
    ("2024-04-05", "canada", {RILUZOLE, EDARAVONE}),
    ("2026-01-01", "canada", {RILUZOLE, EDARAVONE}),
    # A statement of May 2019 says, without days, that edaravone is licensed in these two.
    ("2019-05-29", "switzerland", set()),
    ("2022-01-31", "switzerland", {EDARAVONE}),
    ("2022-01-31", "south-korea", {EDARAVONE}),
]

# Every product that was ever licensed for ALS, from when to when, as the records of the authorities have it.
PRODUCTS = [
    ("Rilutek tablet 50 mg", "United States", "1995-12-12", None),
    ("riluzole tablets (Alkem)", "United States", "2016-03-30", None),
    ("Radicava solution for infusion 30 mg/100 mL (0.3 mg/mL)", "United States", "2017-05-05", None),
    ("Tiglutik suspension 50 mg/10 mL", "United States", "2018-09-05", None),
    ("Radicava solution for infusion 60 mg/100 mL (0.6 mg/mL)", "United States", "2018-11-15", None),
    ("Exservan film 50 mg", "United States", "2019-11-22", None),
    ("Radicava ORS suspension 105 mg/5 mL", "United States", "2022-05-12", None),
    ("Relyvrio powder for suspension 3 g per packet and 1 g per packet", "United States", "2022-09-29", "2024-04-04"),
    ("Qalsody injection 100 mg/15 mL (6.7 mg/mL)", "United States", "2023-04-25", None),
    ("edaravone injection (generics)", "United States", "2024-05-06", None),
    ("Rilutek", "European Union", "1996-06-10", None),
    ("Riluzole Zentiva", "European Union", "2012-05-07", None),
    ("Qalsody", "European Union", "2024-05", None),
    ("Rilutek", "Canada", "2000-10-26", None),
    ("Radicava", "Canada", "2018-10-04", None),
    ("Albrioza", "Canada", "2022-06", "2024-04-04"),
    ("Radicava oral suspension (Canada)", "Canada", "2022-11", None),
    ("Radicut", "Japan", "2015-06-26", None),
    ("Radicut oral suspension 2.1 %", "Japan", "2022-12-23", None),
    ("Rozebalamin injection 25 mg", "Japan", "2024-09-24", None),
    ("Rilutek", "Japan", "2011", None),
    ("Radicava", "Switzerland", "2019-05-30", None),
    ("Radicava", "South Korea", "2019-05-30", None),
]
DAYS = [
    ("2014-04-09", 5),
    ("2017-05-04", 7),
    ("2017-05-05", 8),
    ("2022-01-31", 14),
    ("2023-06-01", 20),
    ("2024-04-05", 18),
    ("2026-01-01", 21),
]


def rows(client: TestClient, query: str, **parameters: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/queries/{query}", params=parameters).raise_for_status().json()["items"]
    return items


@pytest.mark.parametrize(("date", "jurisdiction", "drugs"), LICENSED, ids=[f"{row[1]}-{row[0]}" for row in LICENSED])
def test_what_is_licensed_at_a_day(client: TestClient, date: str, jurisdiction: str, drugs: set[str]) -> None:
    found = rows(client, "licensed-at", date=date, jurisdiction=jurisdiction, indication=ALS)
    assert {row["drugLabel"] for row in found} == drugs


@pytest.mark.parametrize(("date", "jurisdiction", "drugs"), LICENSED, ids=[f"{row[1]}-{row[0]}" for row in LICENSED])
def test_a_list_says_the_same(client: TestClient, date: str, jurisdiction: str, drugs: set[str]) -> None:
    wanted = {"hasRegulatoryStatus": "approved", "asOf": date, "jurisdiction": jurisdiction, "indication": ALS}
    body = client.get("/drugs", params=wanted).raise_for_status().json()
    assert {item["label"] for item in body["items"]} == drugs
    assert "counts from the event that began it" in body["note"]


@pytest.mark.parametrize(("date", "number"), DAYS, ids=[day for day, _ in DAYS])
def test_which_product_is_licensed_where_at_a_day(client: TestClient, date: str, number: int) -> None:
    in_force = {
        (name, where, start) for name, where, start, end in PRODUCTS if start <= date and (not end or date < end)
    }
    assert len(in_force) == number
    found = rows(client, "licensed-at", date=date, indication=ALS)
    assert {(row["productLabel"], row["jurisdictionLabel"], row["since"]) for row in found} == in_force


def test_a_licence_that_ends_after_the_sale_has_a_day_of_its_own(client: TestClient) -> None:
    relyvrio = {
        row["eventLabel"]: row["day"] for row in rows(client, "withdrawn-products") if "Relyvrio" in row["productLabel"]
    }
    assert relyvrio == {"withdrawal from the market": "2024-04-04", "end of the authorisation": "2025-08-29"}


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
    assert days == {"2018-10-04", "2019"}


@pytest.mark.parametrize(
    ("date", "is_licensed"), [("2013-06-23", False), ("2013-06-24", True), ("2016-03-03", True), ("2016-03-04", False)]
)
def test_nuedexta_was_licensed_in_the_european_union_until_the_commission_took_it_back(
    client: TestClient, date: str, is_licensed: bool
) -> None:
    found = rows(client, "licensed-at", date=date, jurisdiction="european-union")
    assert ("Nuedexta" in {row["productLabel"] for row in found}) is is_licensed


def test_what_a_source_only_implies_begins_no_licence_and_is_on_record(client: TestClient) -> None:
    """A news item calls another medicine the third of Japan; the review of 2020 has no day either, and states it."""
    (implied,) = (row for row in rows(client, "events-without-a-day") if row["certainty"] == "implied")
    assert (implied["productLabel"], implied["jurisdictionLabel"], implied["by"]) == ("Rilutek", "Japan", "2024-09-26")
    timeline = rows(client, "regulatory-timeline-of-a-drug", drug="riluzole", jurisdiction="japan")
    assert {(row["day"], row["certainty"]) for row in timeline} == {
        ("by 2011", "asserted"),
        ("by 2015", "asserted"),
        ("by 2024-09-26", "implied"),
    }


def test_a_day_by_which_a_product_was_licensed_is_not_told_as_the_day_of_its_licence(client: TestClient) -> None:
    found = rows(client, "licensed-at", date="2026-01-01", indication=ALS)
    kinds = {(row["productLabel"], row["jurisdictionLabel"]): row["kind"] for row in found}
    assert kinds["Rilutek", "Japan"] == kinds["Radicava", "Switzerland"] == "by that day"
    assert kinds["Qalsody", "European Union"] == "in that time"
    assert kinds["Rilutek", "European Union"] == kinds["Radicut", "Japan"] == "on that day"
