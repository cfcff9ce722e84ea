"""
The update cases of the W3C test suite of the SPARQL 1.1 Protocol, as the requests of its manifest.

Its query cases are in `test_protocol.py`, over our own data.
"""

from dataclasses import replace
from urllib.parse import quote

import httpx2
import pytest

from .endpoint import Endpoint, check, dataset_of, differences
from .manifests import SUITE, Conversation, Data, Exchange, conversations

CASES = [case for case in conversations("protocol/manifest.ttl") if "update" in case.id]
TAKEN = [case for case in CASES if "/update_" in case.id]
REFUSED = [case for case in CASES if "/bad_" in case.id]
DIRECT = [case for case in TAKEN if dict(case.exchanges[0].headers)["content-type"] == "application/sparql-update"]
FORM = (("content-type", "application/x-www-form-urlencoded"),)
SOME = Data(SUITE / "protocol" / "data1.nt", (("http://example/people", SUITE / "protocol" / "data2.nt"),))
"""What a refused update must not touch."""

STATUSES = {
    "protocol/bad_multiple_updates": {400},
    "protocol/bad_update_dataset_conflict": {400},
    "protocol/bad_update_missing_form_type": {415},
    "protocol/bad_update_non_utf8": {400, 415},
    "protocol/bad_update_syntax": {400},
    "protocol/bad_update_wrong_media_type": {415},
}
"""Where the suite says no more than 4xx."""


def as_form(exchange: Exchange) -> Exchange:
    """The same update as a form: the graphs go into the body (SPARQL 1.1 Protocol, section 2.2.1)."""
    address, _, graphs = exchange.address.partition("?")
    body = "update=" + quote(exchange.body, safe="") + (f"&{graphs}" if graphs else "")
    return replace(exchange, address=address, headers=FORM, body=body.encode())


@pytest.mark.parametrize("case", TAKEN, ids=lambda case: case.id)
def test_an_update_is_taken(endpoint: Endpoint, case: Conversation) -> None:
    endpoint.reset(SOME)
    endpoint.hold(case)


@pytest.mark.parametrize("case", DIRECT, ids=lambda case: case.id)
def test_an_update_is_taken_as_a_form_too(endpoint: Endpoint, case: Conversation) -> None:
    endpoint.reset(SOME)
    first, *others = case.exchanges
    endpoint.hold(replace(case, exchanges=(as_form(first), *others)))


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_an_update_is_refused_and_changes_nothing(endpoint: Endpoint, case: Conversation) -> None:
    endpoint.reset(SOME)
    for exchange in case.exchanges:
        answer = endpoint.send(exchange, {})
        check(exchange, answer)
        assert answer.status_code in STATUSES.get(case.id, {answer.status_code})
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert differences(endpoint.dataset(), dataset_of(SOME)) == []


@pytest.mark.parametrize("form", [True, False], ids=["as-a-form", "directly"])
def test_clear_all_clears_all(endpoint: Endpoint, form: bool) -> None:
    """The suite sends it, and doesn't look whether it did anything."""
    endpoint.reset(SOME)
    case = next(case for case in TAKEN if case.id == f"protocol/update_post_{'form' if form else 'direct'}")
    endpoint.hold(case)
    assert endpoint.dataset() == {}


@pytest.mark.parametrize("clause", ["USING", "USING NAMED"])
def test_a_dataset_in_the_update_and_in_the_address_is_refused(endpoint: Endpoint, clause: str) -> None:
    """The suite tries WITH; the standard forbids all three (SPARQL 1.1 Protocol, section 2.2.3)."""
    endpoint.reset(SOME)
    update = f"DELETE {{ ?s ?p ?o }} {clause} <http://example/people> WHERE {{ ?s ?p ?o }}"
    answer = endpoint.client.post(
        "/sparql?using-graph-uri=http%3A%2F%2Fexample%2Fpeople",
        content=update.encode(),
        headers={"Content-Type": "application/sparql-update"},
    )
    assert answer.status_code == 400, answer.text
    assert differences(endpoint.dataset(), dataset_of(SOME)) == []


def test_every_case_of_the_suite_is_run() -> None:
    assert (len(TAKEN), len(REFUSED), len(CASES)) == (7, 7, 14)
    assert set(STATUSES) <= {case.id for case in REFUSED}


@pytest.mark.parametrize("given", [True, False])
def test_the_wrong_boolean_is_seen(given: bool) -> None:
    answer = httpx2.Response(
        200, headers={"Content-Type": "application/sparql-results+json"}, json={"head": {}, "boolean": given}
    )
    exchange = Exchange("GET", "/sparql/", statuses=frozenset({"2xx"}), boolean=given)
    check(exchange, answer)
    with pytest.raises(AssertionError):
        check(replace(exchange, boolean=not given), answer)
