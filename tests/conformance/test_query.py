"""
The W3C test suite of SPARQL 1.1 Query and its results formats, over HTTP.

An evaluation case is a dataset, a query, and the answer; it is asked for in the format of the file that holds it.
"""

from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet
from rdflib import Graph
from rdflib.compare import isomorphic

from .endpoint import JSON, Endpoint
from .manifests import (
    NEGATIVE_QUERY,
    POSITIVE_QUERY,
    Data,
    QueryCase,
    SyntaxCase,
    base_of,
    query_cases,
    syntax_cases,
)
from .solutions import MEDIA_TYPES, answer_of

FOLDERS = {
    "aggregates": 47,
    "bind": 10,
    "bindings": 11,
    "cast": 6,
    "construct": 7,
    "csv-tsv-res": 6,
    "exists": 6,
    "functions": 75,
    "grouping": 6,
    "json-res": 4,
    "negation": 12,
    "project-expression": 7,
    "property-path": 33,
    "subquery": 14,
    "syntax-fed": 3,
    "syntax-query": 94,
}
"""Every folder of the manifests of query, results formats and syntax, with the number of its cases."""

SPELLING = "The store keeps values and not spellings: an xsd:negativeInteger comes back as an integer, 1.0E6 as 1E6."
LANGUAGE = "The engine gives a GROUP_CONCAT of texts in one language that language, as drafts of SPARQL 1.2 have it."
UNKNOWN_NODE = "The engine finds no path of length nought from a term that is nowhere in the graph to itself."
UNBOUND_GRAPH = "The engine leaves ?g unbound where nothing within GRAPH ?g reads the graph."
KNOWN = {
    "aggregates/agg-empty-group-count-graph": UNBOUND_GRAPH,
    "aggregates/agg-groupconcat-04": LANGUAGE,
    "aggregates/agg-groupconcat-06": LANGUAGE,
    "bindings/graph": UNBOUND_GRAPH,
    "csv-tsv-res/csv03": SPELLING,
    "csv-tsv-res/tsv03": SPELLING,
    "functions/bnode01": "The engine gives BNODE(text) one node for the whole answer instead of one for each row.",
    "negation/graph-minus": "The engine counts ?g of an outer GRAPH as shared by both sides of MINUS.",
    "property-path/zero_or_more_set_end": UNKNOWN_NODE,
    "property-path/zero_or_more_set_start": UNKNOWN_NODE,
    "property-path/zero_or_one_set_end": UNKNOWN_NODE,
    "property-path/zero_or_one_set_start": UNKNOWN_NODE,
}
"""The cases that fail, each with its reason; one that passes must be taken out."""

QUERIES = [case for folder in FOLDERS for case in query_cases(folder)]
POSITIVES = [case for folder in FOLDERS for case in syntax_cases(folder, POSITIVE_QUERY)]
NEGATIVES = [case for folder in FOLDERS for case in syntax_cases(folder, NEGATIVE_QUERY)]
CASES: list[QueryCase | SyntaxCase] = [*QUERIES, *POSITIVES, *NEGATIVES]
NOTHING = Data(None, ())


def marked(case: QueryCase | SyntaxCase) -> ParameterSet:
    marks = [pytest.mark.xfail(reason=KNOWN[case.id], raises=AssertionError)] if case.id in KNOWN else []
    return pytest.param(case, id=case.id, marks=marks)


@pytest.mark.parametrize("case", [marked(case) for case in QUERIES])
def test_a_query_has_the_answer_that_the_suite_expects(endpoint: Endpoint, case: QueryCase) -> None:
    endpoint.reset(case.data)
    media_type = MEDIA_TYPES[case.answer.suffix]
    is_table = media_type != "text/turtle" or case.query.read_text("utf-8").upper().count("CONSTRUCT") == 0
    accept = JSON if is_table and media_type == "text/turtle" else media_type
    answer = endpoint.query(with_base(case.query), accept)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].partition(";")[0] == accept
    found = answer_of(answer.content, accept)
    expected = answer_of(case.answer.read_bytes(), media_type, base_of(case.answer))
    assert isomorphic(found, expected), f"{shown(found)}\n\ninstead of\n\n{shown(expected)}"


@pytest.mark.parametrize("case", [marked(case) for case in POSITIVES])
def test_a_query_in_the_language_is_understood(endpoint: Endpoint, case: SyntaxCase) -> None:
    """A graph, service or function that isn't known here is understood and refused: not for its syntax, 400."""
    endpoint.reset(NOTHING)
    answer = endpoint.query(with_base(case.text), "*/*")
    assert answer.is_success or answer.status_code in (403, 404, 422), answer.text


@pytest.mark.parametrize("case", [marked(case) for case in NEGATIVES])
def test_a_query_outside_the_language_is_refused(endpoint: Endpoint, case: SyntaxCase) -> None:
    endpoint.reset(NOTHING)
    answer = endpoint.query(case.text.read_bytes(), "*/*")
    assert answer.status_code == 400, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("folder", "cases"), FOLDERS.items(), ids=list(FOLDERS))
def test_every_case_of_the_suite_is_run(folder: str, cases: int) -> None:
    ids = [case.id for case in CASES if case.id.startswith(f"{folder}/")]
    assert len(ids) == len(set(ids)) == cases


def test_what_is_known_to_fail_is_a_case() -> None:
    assert set(KNOWN) <= {case.id for case in CASES}


def with_base(query: Path) -> bytes:
    """The query of a file; a server can't know where it is from, and so what its relative IRIs are."""
    return f"BASE <{base_of(query)}> ".encode() + query.read_bytes()


def shown(answer: Graph) -> str:
    return "\n".join(sorted(answer.serialize(format="nt").splitlines()))
