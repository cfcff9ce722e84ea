"""
The query cases of the W3C test suite of the SPARQL 1.1 Protocol, as the requests of its manifest.

The same over our own data, and what the suite leaves open, is in `test_protocol.py`.
"""

import httpx2
import pytest

from .endpoint import Endpoint, check
from .manifests import SUITE, Conversation, Data, Exchange, conversations

CASES = [case for case in conversations("protocol/manifest.ttl") if "update" not in case.id]
ANSWERED = [case for case in CASES if "/query_" in case.id]
REFUSED = [case for case in CASES if "/bad_" in case.id]
KASEI = "http://kasei.us/2009/09/sparql/data/"
GRAPHS = Data(
    None,
    (
        # The suite's data0 is empty, and a store may forget an empty graph; nothing in the suite looks into it.
        (f"{KASEI}data0.rdf", SUITE / "protocol" / "data1.nt"),
        *((f"{KASEI}data{number}.rdf", SUITE / "protocol" / f"data{number}.nt") for number in (1, 2, 3)),
    ),
)
STATUSES = {
    "protocol/bad_query_method": 405,
    "protocol/bad_multiple_queries": 400,
    "protocol/bad_query_wrong_media_type": 415,
    "protocol/bad_query_missing_form_type": 415,
    "protocol/bad_query_missing_direct_type": 415,
    "protocol/bad_query_non_utf8": 415,
    "protocol/bad_query_syntax": 400,
}
"""Where the suite says no more than 4xx."""


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.id)
def test_a_query_is_answered(endpoint: Endpoint, case: Conversation) -> None:
    endpoint.reset(GRAPHS)
    endpoint.hold(case)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_a_query_is_refused(endpoint: Endpoint, case: Conversation) -> None:
    endpoint.reset(GRAPHS)
    for exchange in case.exchanges:
        answer = endpoint.send(exchange, {})
        check(exchange, answer)
        assert answer.status_code == STATUSES[case.id]
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_every_case_of_the_suite_is_run() -> None:
    assert (len(ANSWERED), len(REFUSED), len(CASES)) == (13, 7, 20)


@pytest.mark.parametrize("form", ["boolean", "tabular", "RDF"])
def test_an_answer_of_another_kind_is_seen(form: str) -> None:
    answer = httpx2.Response(200, headers={"Content-Type": "text/html"}, text="")
    with pytest.raises(AssertionError):
        check(Exchange("GET", "/sparql/", statuses=frozenset({"2xx"}), form=form), answer)
