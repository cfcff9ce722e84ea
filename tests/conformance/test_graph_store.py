"""
The W3C test suite of the SPARQL 1.1 Graph Store HTTP Protocol, as the requests of its manifests.

After them what the suite leaves out: empty graphs, merging, and requests that must be refused.
"""

import httpx2
import pytest

from .endpoint import Endpoint, check
from .manifests import Conversation, Data, Exchange, conversations

DIRECT = "A graph is named by `?graph=`; no address under /graphs stands for a graph of that name."
KNOWN = {
    "graph-store-protocol/put_get_repeat_direct": DIRECT,
    "graph-store-protocol/put_delete_get_delete_direct": DIRECT,
    "graph-store-protocol/post_get_post_get_direct": DIRECT,
    "graph-store-protocol/head_existing_direct": DIRECT,
    "graph-store-protocol/post_get_post_get_indirect": "multipart/form-data is not read; a body is one graph.",
    "graph-store-protocol/post_get_new_graph": "The server makes up no names of graphs; whoever writes says which.",
}
"""The cases that fail, each with its reason; one that passes must be taken out."""

CASES = [
    *conversations("graph-store-protocol/manifest-direct.ttl"),
    *conversations("graph-store-protocol/manifest-indirect.ttl"),
]
NOTHING = Data(None, ())
DONE = frozenset({"200", "201", "204"})
HERE = "/gsp?graph=http%3A%2F%2Fwww.example%2Fg"
DEFAULT = "/gsp?default"
TURTLE = "text/turtle"
AS_TURTLE = (("content-type", TURTLE),)
ONE = "<http://www.example/s> <http://www.example/p> 1 ."
BLANK = "[] <http://www.example/p> 1 ."


def put(address: str, text: str) -> Exchange:
    return Exchange("PUT", address, AS_TURTLE, text.encode(), DONE)


def post(address: str, text: str) -> Exchange:
    return Exchange("POST", address, AS_TURTLE, text.encode(), DONE)


def get(address: str, text: str) -> Exchange:
    accept = (("accept", TURTLE),)
    return Exchange("GET", address, accept, statuses=frozenset({"200"}), content_type=TURTLE, graph=text)


def delete(address: str) -> Exchange:
    return Exchange("DELETE", address, statuses=DONE)


def refused(method: str, address: str, text: str, content_type: str, status: str) -> Exchange:
    return Exchange(method, address, (("content-type", content_type),), text.encode(), frozenset({status}))


OURS = [
    Conversation("post_nothing_changes_nothing", (put(HERE, ONE), post(HERE, ""), get(HERE, ONE))),
    Conversation("post_makes_a_graph", (post(HERE, ONE), get(HERE, ONE))),
    Conversation("post_to_the_default_graph", (put(DEFAULT, ONE), post(DEFAULT, BLANK), get(DEFAULT, ONE + BLANK))),
    Conversation("post_keeps_blank_nodes_apart", (put(HERE, BLANK), post(HERE, BLANK), get(HERE, BLANK + BLANK))),
    Conversation("delete_empties_the_default_graph", (put(DEFAULT, ONE), delete(DEFAULT), get(DEFAULT, ""))),
    Conversation("graphs_stay_apart", (put(DEFAULT, ONE), put(HERE, BLANK), get(DEFAULT, ONE), get(HERE, BLANK))),
    Conversation("put_is_no_patch", (put(HERE, ONE), put(HERE, BLANK), get(HERE, BLANK))),
    Conversation(
        "put_mismatched_payload", (put(HERE, ONE), refused("PUT", HERE, "<rdf:RDF/>", TURTLE, "400"), get(HERE, ONE))
    ),
    Conversation(
        "put_of_a_type_that_is_not_read",
        (put(HERE, ONE), refused("PUT", HERE, ONE, "text/plain", "415"), get(HERE, ONE)),
    ),
    Conversation("put_to_both", (refused("PUT", f"{HERE}&default", ONE, TURTLE, "4xx"),)),
    Conversation("put_to_a_relative_name", (refused("PUT", "/gsp?graph=g", ONE, TURTLE, "4xx"),)),
    Conversation("put_to_no_graph", (refused("PUT", "/gsp", ONE, TURTLE, "4xx"),)),
    Conversation("post_to_no_graph", (refused("POST", "/gsp", ONE, TURTLE, "4xx"), get(DEFAULT, ""))),
]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=case.id,
            marks=[pytest.mark.xfail(reason=KNOWN[case.id], raises=AssertionError)] if case.id in KNOWN else [],
        )
        for case in CASES
    ],
)
def test_a_conversation_goes_as_the_suite_expects(endpoint: Endpoint, case: Conversation) -> None:
    endpoint.reset(NOTHING)
    endpoint.hold(case)


@pytest.mark.parametrize("case", OURS, ids=lambda case: case.id)
def test_a_conversation_goes_as_the_standard_says(endpoint: Endpoint, case: Conversation) -> None:
    endpoint.reset(NOTHING)
    endpoint.hold(case)


def test_a_graph_that_nothing_is_put_into_is_empty(endpoint: Endpoint) -> None:
    """Whether it is still there is for the store to choose."""
    endpoint.reset(NOTHING)
    endpoint.hold(Conversation("", (put(HERE, ONE), put(HERE, ""))))
    assert endpoint.dataset() == {}


def test_head_says_what_get_says_without_the_body(endpoint: Endpoint) -> None:
    endpoint.reset(NOTHING)
    endpoint.hold(Conversation("", (put(HERE, ONE),)))
    head, whole = (endpoint.send(Exchange(method, HERE, (("accept", TURTLE),)), {}) for method in ("HEAD", "GET"))
    assert head.content == b""
    assert head.headers["Content-Type"] == whole.headers["Content-Type"]


def test_every_case_of_the_suite_is_run() -> None:
    assert len({case.id for case in CASES}) == len(CASES) == 13


def test_what_is_known_to_fail_is_a_case() -> None:
    assert set(KNOWN) <= {case.id for case in CASES}


@pytest.mark.parametrize(
    "exchange",
    [
        Exchange("GET", HERE, statuses=frozenset({"201", "4xx"})),
        Exchange("GET", HERE, statuses=DONE, content_type="application/n-triples"),
        Exchange("GET", HERE, statuses=DONE, graph=BLANK),
        Exchange("GET", HERE, statuses=DONE, graph=""),
    ],
    ids=["status", "media-type", "graph", "empty-graph"],
)
def test_an_answer_that_is_not_expected_is_seen(exchange: Exchange) -> None:
    answer = httpx2.Response(200, headers={"Content-Type": TURTLE}, text=ONE)
    check(get(HERE, ONE), answer)
    with pytest.raises(AssertionError):
        check(exchange, answer)
