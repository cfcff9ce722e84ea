"""
The W3C test suite of SPARQL 1.1 Update, over HTTP: each case is a dataset, an update, and the dataset after it.

A store may keep empty graphs or forget them (SPARQL 1.1 Update, section 3.2), so only graphs with triples are compared.
"""

import pytest
from rdflib import Graph

from .endpoint import Endpoint, dataset_of, differences
from .manifests import NEGATIVE, POSITIVE, Data, SyntaxCase, UpdateCase, syntax_cases, update_cases

FOLDERS = {
    "add": 8,
    "basic-update": 13,
    "clear": 4,
    "copy": 6,
    "delete": 19,
    "delete-data": 6,
    "delete-insert": 17,
    "delete-where": 6,
    "drop": 4,
    "move": 6,
    "syntax-update-1": 54,
    "syntax-update-2": 1,
    "update-silent": 13,
}
"""Every folder of the suite's `manifest-sparql11-update.ttl`, with the number of its cases."""

KNOWN = {
    "update-silent/load-silent": "LOAD is refused, also where it is silent: nothing is fetched from outside.",
    "update-silent/load-into-silent": "LOAD is refused, also where it is silent: nothing is fetched from outside.",
}
"""The cases that fail, each with its reason; one that passes must be taken out."""

UPDATES = [case for folder in FOLDERS for case in update_cases(folder)]
POSITIVES = [case for folder in FOLDERS for case in syntax_cases(folder, POSITIVE)]
NEGATIVES = [case for folder in FOLDERS for case in syntax_cases(folder, NEGATIVE)]
NOTHING = Data(None, ())


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=case.id,
            marks=[pytest.mark.xfail(reason=KNOWN[case.id], raises=AssertionError)] if case.id in KNOWN else [],
        )
        for case in UPDATES
    ],
)
def test_an_update_leaves_what_the_suite_expects(endpoint: Endpoint, case: UpdateCase) -> None:
    endpoint.reset(case.before)
    answer = endpoint.update(case.update.read_bytes())
    assert answer.is_success, answer.text
    assert differences(endpoint.dataset(), dataset_of(case.after)) == []


@pytest.mark.parametrize("case", POSITIVES, ids=lambda case: case.id)
def test_an_update_in_the_language_is_understood(endpoint: Endpoint, case: SyntaxCase) -> None:
    """LOAD is understood and refused; so may be what names a graph that isn't there. It's not for the syntax: 400."""
    endpoint.reset(NOTHING)
    answer = endpoint.update(case.text.read_bytes())
    assert answer.is_success or answer.status_code in (403, 404, 409), answer.text


@pytest.mark.parametrize("case", NEGATIVES, ids=lambda case: case.id)
def test_an_update_outside_the_language_is_refused(endpoint: Endpoint, case: SyntaxCase) -> None:
    endpoint.reset(NOTHING)
    answer = endpoint.update(case.text.read_bytes())
    # A LOAD is refused before anyone looks how it goes on.
    is_load = answer.status_code == 403 and answer.json()["keyword"] == "LOAD"
    assert answer.status_code == 400 or is_load, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("folder", "cases"), FOLDERS.items(), ids=list(FOLDERS))
def test_every_case_of_the_suite_is_run(folder: str, cases: int) -> None:
    ids = [*(case.id for case in UPDATES), *(case.id for case in POSITIVES + NEGATIVES)]
    run = [id_ for id_ in ids if id_.startswith(f"{folder}/")]
    assert len(run) == len(set(run)) == cases


def test_what_is_known_to_fail_is_a_case() -> None:
    assert set(KNOWN) <= {case.id for case in UPDATES}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({None: "<x:s> <x:p> 1 ."}, {}),
        ({}, {"x:g": "<x:s> <x:p> 1 ."}),
        ({None: "<x:s> <x:p> 1 ."}, {"x:g": "<x:s> <x:p> 1 ."}),
        ({"x:g": "<x:s> <x:p> 1 ."}, {"x:g": "<x:s> <x:p> 2 ."}),
        ({"x:g": "<x:s> <x:p> _:a, _:b ."}, {"x:g": "<x:s> <x:p> _:a ."}),
    ],
    ids=["too-much", "too-little", "other-graph", "other-triple", "other-blank-nodes"],
)
def test_a_difference_is_seen(found: dict[str | None, str], expected: dict[str | None, str]) -> None:
    one, other = (
        {iri: Graph().parse(data=text, format="turtle") for iri, text in texts.items()} for texts in (found, expected)
    )
    assert differences(one, other) != []
