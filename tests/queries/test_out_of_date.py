"""Questions that list claims say of one that is out of date what superseded it."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

LISTS = [
    ("research-pipeline", {}, {"subjectLabel": "AMX0035"}, "phoenix-2024-04"),
    ("regulatory-standing", {}, {"notation": "S3-019"}, "fda-orange-book-107"),
    ("dated-regulatory-claims", {}, {"notation": "S3-019"}, "fda-orange-book-107"),
    ("claims-of-a-source", {"source": "seed-002"}, {"notation": "S2-048"}, "phoenix-2024-04"),
    (
        "evidence-for-and-against",
        {"subject": "drug:amx0035", "property": "isA"},
        {"notation": "S2-048"},
        "phoenix-2024-04",
    ),
    (
        "what-affects-an-outcome",
        {"outcome": "disease-progression"},
        {"interventionLabel": "AMX0035"},
        "phoenix-2024-04",
    ),
]


@pytest.mark.parametrize(("query", "asked", "row", "newer"), LISTS, ids=[one[0] for one in LISTS])
def test_a_list_of_claims_says_what_superseded_one(
    client: TestClient, query: str, asked: dict[str, str], row: dict[str, str], newer: str
) -> None:
    items: list[dict[str, Any]] = client.get(f"/queries/{query}", params=asked).raise_for_status().json()["items"]
    found = [item for item in items if row.items() <= item.items()]
    assert found
    assert len(found) == len({(item.get("predicate"), item.get("source"), item.get("locator")) for item in found})
    for item in found:
        assert newer in item["supersededBy"].split(", ")


def test_what_is_not_out_of_date_has_nothing_there(client: TestClient) -> None:
    items = client.get("/queries/research-pipeline").raise_for_status().json()["items"]
    assert not [item for item in items if item["subjectLabel"] == "masitinib" and "supersededBy" in item]
