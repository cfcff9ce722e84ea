"""The W3C test suite of the SPARQL 1.1 Service Description: three cases that it tells in words."""

from collections.abc import Callable

import httpx2
import pytest
from rdflib import BNode, Graph, Namespace, URIRef
from rdflib.namespace import RDF
from rdflib.term import Node

from .endpoint import TURTLE, Endpoint
from .manifests import described

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
ENDS: dict[Node, tuple[URIRef, URIRef | None]] = {
    SD.endpoint: (SD.Service, None),
    SD.feature: (SD.Service, SD.Feature),
    SD.defaultEntailmentRegime: (SD.Service, SD.EntailmentRegime),
    SD.entailmentRegime: (SD.NamedGraph, SD.EntailmentRegime),
    SD.defaultSupportedEntailmentProfile: (SD.Service, SD.EntailmentProfile),
    SD.supportedEntailmentProfile: (SD.NamedGraph, SD.EntailmentProfile),
    SD.extensionFunction: (SD.Service, SD.Function),
    SD.extensionAggregate: (SD.Service, SD.Aggregate),
    SD.languageExtension: (SD.Service, SD.Feature),
    SD.supportedLanguage: (SD.Service, SD.Language),
    SD.propertyFeature: (SD.Service, SD.Feature),
    SD.defaultDataset: (SD.Service, SD.Dataset),
    SD.availableGraphs: (SD.Service, SD.GraphCollection),
    SD.resultFormat: (SD.Service, None),
    SD.inputFormat: (SD.Service, None),
    SD.defaultGraph: (SD.Dataset, SD.Graph),
    SD.namedGraph: (SD.GraphCollection, SD.NamedGraph),
    SD.name: (SD.NamedGraph, None),
    SD.graph: (SD.NamedGraph, SD.Graph),
}
"""Domain and range of every property (section 3.4 of the standard)."""
ABOVE: dict[Node, URIRef] = {SD.Dataset: SD.GraphCollection}
INSTANCES = {
    SD.Language: {SD.SPARQL10Query, SD.SPARQL11Query, SD.SPARQL11Update},
    SD.Feature: {
        SD.DereferencesURIs,
        SD.UnionDefaultGraph,
        SD.RequiresDataset,
        SD.EmptyGraphs,
        SD.BasicFederatedQuery,
    },
}
"""What the standard itself declares to be of a class (section 3.3)."""


def returns_rdf(answer: httpx2.Response, _: str) -> None:
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0] == TURTLE
    assert len(graph_of(answer)) > 0


def has_endpoint_triple(answer: httpx2.Response, endpoint: str) -> None:
    assert (None, SD.endpoint, URIRef(endpoint)) in graph_of(answer)


def conforms_to_schema(answer: httpx2.Response, _: str) -> None:
    assert faults(graph_of(answer)) == []


CASES: dict[str, Callable[[httpx2.Response, str], None]] = {
    "service-description/returns-rdf": returns_rdf,
    "service-description/has-endpoint-triple": has_endpoint_triple,
    "service-description/conforms-to-schema": conforms_to_schema,
}


@pytest.mark.parametrize("case", CASES)
def test_the_service_describes_itself(endpoint: Endpoint, case: str) -> None:
    answer = endpoint.client.get("/sparql", headers={"Accept": TURTLE})
    CASES[case](answer, str(endpoint.client.base_url.copy_with(path="/sparql")))


def test_every_case_of_the_suite_is_run() -> None:
    assert set(described("service-description/manifest.ttl")) == set(CASES)


def graph_of(answer: httpx2.Response) -> Graph:
    return Graph().parse(data=answer.content, format="turtle")


def faults(graph: Graph) -> list[str]:
    """What isn't as the standard's schema has it: unknown terms, and ends of another kind or of none."""
    found = [f"{p} is no property" for _, p, _ in graph if str(p).startswith(SD) and p not in ENDS]
    for subject, predicate, object_ in graph:
        ends = zip((subject, object_), ENDS.get(predicate, ()), strict=False)
        found += [
            f"{node} at {predicate} is no {class_}" for node, class_ in ends if class_ and not is_a(graph, node, class_)
        ]
        if predicate in (SD.endpoint, SD.name) and not isinstance(object_, URIRef):
            found.append(f"{object_} at {predicate} is no IRI")
    return found


def is_a(graph: Graph, node: Node, class_: URIRef) -> bool:
    stated = set(graph.objects(node, RDF.type))
    return node in INSTANCES.get(class_, ()) or any(class_ in (one, ABOVE.get(one)) for one in stated)


@pytest.mark.parametrize(
    ("predicate", "object_"),
    [(SD.supportedLanguage, SD.Cobol), (SD.resultFormats, SD.x), (SD.namedGraph, BNode()), (SD.defaultDataset, SD.x)],
    ids=["unknown-language", "unknown-property", "no-collection", "no-dataset"],
)
def test_a_fault_is_seen(predicate: URIRef, object_: Node) -> None:
    graph = Graph().add((SD.me, RDF.type, SD.Service)).add((SD.me, predicate, object_))
    assert faults(graph) != []
