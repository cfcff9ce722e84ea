"""Harms with and without figures, asked through the named questions."""

from typing import Any

import pytest
from fastapi.testclient import TestClient


def rows(client: TestClient, query: str, **parameters: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/queries/{query}", params=parameters).raise_for_status().json()["items"]
    return items


def test_what_a_study_counted_of_an_unwanted_outcome_is_set_against_placebo(client: TestClient) -> None:
    (stopping,) = rows(client, "harms-above-placebo", drug="mexiletine")
    figures = [stopping[column] for column in ("drugRate", "placeboRate", "difference")]
    assert (stopping["effectLabel"], stopping["told"], figures) == (
        "stopping the treatment",
        "both figures",
        [32, 5, 27],
    )
    assert stopping["doseLabel"] == "900 mg/day"


@pytest.mark.parametrize("points", ["0", "4"])
@pytest.mark.parametrize(
    ("drug", "stated", "effects"),
    [
        ("riluzole", ">=5%", {"asthenia", "nausea", "dizziness", "decreased lung function", "abdominal pain"}),
        ("tofersen", "> 10 %", {"pain", "fatigue", "arthralgia", "CSF pleocytosis", "myalgia"}),
    ],
)
def test_a_harm_that_is_above_placebo_in_words_only_has_a_row_without_figures(
    client: TestClient, drug: str, stated: str, effects: set[str], points: str
) -> None:
    found = rows(client, "harms-above-placebo", drug=drug, points=points)
    in_words = [row for row in found if row["told"] == "in words" and row["stated"] == stated]
    assert {row["effectLabel"] for row in in_words} == effects
    assert not any(
        {"drugRate", "placeboRate", "difference"} & {key for key in row if row[key] is not None} for row in in_words
    )


def test_what_came_less_often_than_with_placebo_is_no_harm_above_it(client: TestClient) -> None:
    """In MCI186-19 fewer had a serious adverse event on the drug."""
    found = rows(client, "harms-above-placebo", drug="edaravone")
    assert "any serious adverse event" not in {row["effectLabel"] for row in found}
    assert {row["difference"] for row in found if row["effectLabel"] == "any adverse event"} == {0.7}


def test_an_effect_of_which_no_source_gives_a_rate_has_a_row_among_the_rates(client: TestClient) -> None:
    found = rows(client, "rates-of-adverse-effects", drug="tofersen")
    rates = {row["effectLabel"]: row.get("rate") for row in found}
    assert rates["myelitis"] is None
    assert (rates["pain"], rates["serious neurologic adverse event"]) == (10, 7)
    common = rows(client, "rates-of-adverse-effects", drug="pyridostigmine")
    assert {(row["effectLabel"], row.get("rate"), row["detail"]) for row in common} == {
        ("excessive salivation", None, "common"),
        ("gastrointestinal conditions", None, "common"),
    }


def test_who_says_nothing_of_how_often_has_no_row_beside_who_does(client: TestClient) -> None:
    """Dismech names two effects of which the label says more."""
    sources = {row["effectLabel"]: row["source"] for row in rows(client, "rates-of-adverse-effects", drug="tofersen")}
    assert sources["myelitis"] == "US label of tofersen"
    named = {row["source"] for row in rows(client, "adverse-effects-of-a-drug", drug="tofersen")}
    assert named == {"US label of tofersen", "dismech"}
    alone = rows(client, "rates-of-adverse-effects", drug="baclofen")
    assert {(row["effectLabel"], row["source"]) for row in alone} == {
        ("lethargy", "dismech"),
        ("weakness (adverse effect)", "dismech"),
    }


def test_an_effect_with_a_rate_has_no_row_without_one(client: TestClient) -> None:
    found = rows(client, "rates-of-adverse-effects", drug="riluzole")
    with_rate = {row["effectLabel"] for row in found if row.get("rate") is not None}
    without = {row["effectLabel"] for row in found if row.get("rate") is None}
    assert {"nausea", "dizziness"} <= with_rate
    assert "interstitial lung disease" in without
    assert with_rate & without == set()


@pytest.mark.parametrize("query", ["adverse-effects-of-a-drug", "frequent-adverse-effects"])
def test_a_rate_is_told_with_whom_and_from_which_value_on_it_counts(client: TestClient, query: str) -> None:
    found = rows(client, query, drug="riluzole")
    told = {(row["effectLabel"], row.get("incidence"), row.get("population"), row.get("threshold")) for row in found}
    assert {
        ("dizziness", "11 %", "women taking riluzole", None),
        ("elevated alanine aminotransferase", "about 50 %", None, "> 1x ULN"),
        ("elevated alanine aminotransferase", "8 %", None, "> 3x ULN"),
    } <= told


@pytest.mark.parametrize("query", ["adverse-effects-of-a-drug", "rates-of-adverse-effects", "harms-above-placebo"])
def test_a_harm_is_told_in_the_words_of_its_source_where_they_are_others(client: TestClient, query: str) -> None:
    terms = {row["effectLabel"]: row.get("sourceTerm") for row in rows(client, query, drug="edaravone")}
    assert terms["hypoxemia"] == "respiratory failure, respiratory disorder, hypoxia"
    assert terms["contusion"] is None


def test_the_words_of_a_warning_are_those_of_its_source(client: TestClient) -> None:
    warnings = rows(client, "warnings-of-a-drug", drug="edaravone")
    assert {w["effectLabel"] for w in warnings} == {"anaphylaxis", "hypersensitivity reaction"}
    assert {w["sourceTerm"] for w in warnings} == {"hypersensitivity, anaphylaxis, allergic reaction to sulfite"}


def test_the_words_of_its_source_stand_with_a_harm_on_the_page_and_in_json(client: TestClient) -> None:
    body = client.get("/drugs/edaravone").raise_for_status().json()
    (hypoxemia,) = (s for s in body["statements"] if s["object"].get("label") == "hypoxemia")
    assert hypoxemia["claims"][0]["sourceTerm"] == "respiratory failure, respiratory disorder, hypoxia"
    page = client.get("/drugs/edaravone", headers={"Accept": "text/html"}).text
    assert "in its words: respiratory failure, respiratory disorder, hypoxia" in page
