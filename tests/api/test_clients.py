"""Clients that people really use, against the program itself as it is served."""

import csv
import gc
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, RDFS, SKOS
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore
from SPARQLWrapper import CSV, GET, JSON, JSONLD, N3, POST, POSTDIRECTLY, RDFXML, TSV, TURTLE, URLENCODED, XML
from SPARQLWrapper import SPARQLWrapper as Wrapper
from SPARQLWrapper.SPARQLExceptions import EndPointInternalError, QueryBadFormed

from ..extent import WHOLE, in_ci

BASE = "https://w3id.org/alskg/"
RILUZOLE = URIRef(BASE + "drugs/riluzole")
PREFIXES = f"PREFIX als: <{BASE}ontology/> PREFIX drug: <{BASE}drugs/> PREFIX rdfs: <{RDFS}> "
SELECT = PREFIXES + "SELECT ?label WHERE { ?drug a als:Drug ; rdfs:label ?label } ORDER BY ?label"
ASK = PREFIXES + "ASK { drug:riluzole a als:Drug }"
CONSTRUCT = PREFIXES + "CONSTRUCT { drug:riluzole rdfs:label ?label } WHERE { drug:riluzole rdfs:label ?label }"
RELIEVING = {
    "baclofen",
    "dextromethorphan/quinidine",
    "mexiletine",
    "pyridostigmine",
    "rimabotulinumtoxinB",
    "tizanidine",
}
# SPARQLWrapper and rdflib's own JSON-LD reader still use a class that rdflib is giving up.
deprecated_in_rdflib = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

WAYS = [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)]


def read(address: str, accept: str = "application/json") -> bytes:
    with urlopen(Request(address, headers={"Accept": accept})) as answer:  # noqa: S310 - our own server
        body: bytes = answer.read()
    return body


@pytest.fixture(scope="session")
def drugs(server: str) -> set[str]:
    """The labels of all drugs, as the export of the graph has them."""
    whole = Graph().parse(data=read(f"{server}/graph", "application/n-triples").decode(), format="nt")
    found = {str(whole.value(drug, RDFS.label)) for drug in whole.subjects(RDF.type, URIRef(f"{BASE}ontology/Drug"))}
    assert {"riluzole", "edaravone", "AMX0035"} <= found
    return found


# SPARQLWrapper


def wrapper(server: str, query: str, format_: str, way: tuple[str, str] = (GET, URLENCODED)) -> Any:
    asking = Wrapper(f"{server}/sparql")
    asking.setQuery(query)
    asking.setReturnFormat(format_)
    asking.setMethod(way[0])
    asking.setRequestMethod(way[1])
    return asking.query().convert()


@pytest.mark.parametrize("way", WAYS, ids=["get", "post", "direct"])
def test_sparqlwrapper_reads_rows_in_every_format(server: str, drugs: set[str], way: tuple[str, str]) -> None:
    found = wrapper(server, SELECT, JSON, way)
    assert {row["label"]["value"] for row in found["results"]["bindings"]} == drugs
    document = wrapper(server, SELECT, XML, way)
    assert {node.firstChild.data for node in document.getElementsByTagName("literal")} == drugs
    assert set(wrapper(server, SELECT, CSV, way).decode().split("\r\n")) == {"label", "", *drugs}
    tsv = wrapper(server, SELECT, TSV, way).decode().split("\n")
    assert set(tsv) == {"?label", "", *(f'"{drug}"@en' for drug in drugs)}


@pytest.mark.parametrize("way", WAYS, ids=["get", "post", "direct"])
def test_sparqlwrapper_reads_a_truth(server: str, way: tuple[str, str]) -> None:
    assert wrapper(server, ASK, JSON, way)["boolean"] is True
    (node,) = wrapper(server, ASK, XML, way).getElementsByTagName("boolean")
    assert node.firstChild.data == "true"


@pytest.mark.parametrize("way", WAYS, ids=["get", "post", "direct"])
@deprecated_in_rdflib
@pytest.mark.parametrize("format_", [TURTLE, N3, RDFXML, XML, JSONLD])
def test_sparqlwrapper_reads_triples_in_every_format(server: str, format_: str, way: tuple[str, str]) -> None:
    found = wrapper(server, CONSTRUCT, format_, way)
    if isinstance(found, bytes):
        found = Graph().parse(found, format="turtle")
    assert set(found) == {(RILUZOLE, RDFS.label, Literal("riluzole", lang="en"))}


# SPARQLWrapper leaves the connection of a refused query to the collector.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_sparqlwrapper_is_told_what_is_wrong(server: str) -> None:
    with pytest.raises(QueryBadFormed, match="Line 1, column 25"):
        wrapper(server, "SELECT * WHERE { ?s ?p }", JSON)
    with pytest.raises(Exception, match=r"reaches outside|403") as caught:
        wrapper(server, "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", JSON)
    assert not isinstance(caught.value, EndPointInternalError)
    del caught
    gc.collect()


# rdflib


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
@pytest.mark.parametrize("format_", ["xml", "json", "csv", "tsv"])
def test_rdflib_asks_through_a_store(server: str, drugs: set[str], method: str, format_: str) -> None:
    store = SPARQLStore(f"{server}/sparql", method=method, returnFormat=format_)
    graph = Graph(store)
    assert {str(label) for (label,) in graph.query(SELECT)} == drugs  # type: ignore[misc]
    if format_ in ("xml", "json"):
        assert graph.query(ASK).askAnswer is True
        assert (RILUZOLE, None, None) in graph
    assert {str(label) for label in graph.objects(RILUZOLE, RDFS.label)} == {"riluzole"}


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_constructs_through_a_store(server: str, method: str) -> None:
    found = Graph(SPARQLStore(f"{server}/sparql", method=method)).query(CONSTRUCT)
    assert set(found.graph or ()) == {(RILUZOLE, RDFS.label, Literal("riluzole", lang="en"))}


@pytest.fixture(scope="module")
def whole(server: str) -> Graph:
    """The published view."""
    return Graph().parse(data=read(f"{server}/graph", "application/n-triples").decode(), format="nt")


@deprecated_in_rdflib
@pytest.mark.parametrize("format_", ["turtle", "nt", "xml", "json-ld"])
def test_rdflib_reads_a_thing_from_its_address(server: str, whole: Graph, format_: str) -> None:
    media_type = {
        "turtle": "text/turtle",
        "nt": "application/n-triples",
        "xml": "application/rdf+xml",
        "json-ld": "application/ld+json",
    }[format_]
    text = read(f"{server}/drugs/riluzole", media_type).decode()
    # The context is at an address of this server; w3id.org, which the IRIs lead to, is out of a test's reach.
    text = text.replace('"/context.jsonld"', json.dumps(json.loads(read(f"{server}/context.jsonld"))["@context"]))
    graph = Graph().parse(data=text, format=format_)
    assert (RILUZOLE, RDFS.label, Literal("riluzole", lang="en")) in graph
    assert set(graph) - set(whole) == set()


# A spreadsheet, or anything else that reads CSV


@pytest.mark.parametrize(
    ("path", "column", "expected"),
    [
        ("/drugs?format=csv&limit=1000", "label", None),
        ("/mappings/drug-symptom?predicate=relieves&format=csv", "subjectLabel", RELIEVING),
        ("/symptoms/muscle-spasticity/drugs?predicate=relieves&format=csv", "label", {"baclofen", "tizanidine"}),
    ],
)
def test_a_table_is_read_as_csv(
    server: str, drugs: set[str], path: str, column: str, expected: set[str] | None
) -> None:
    rows = csv.DictReader(io.StringIO(read(server + path).decode(), newline=""))
    assert {row[column] for row in rows} == (drugs if expected is None else expected)


# A generated client


# It knows no body that is SPARQL, RDF or a table, but takes it for bytes when it is told to.
AS_BYTES = (
    "application/sparql-query application/sparql-update application/rdf-patch text/turtle application/trig "
    "application/n-triples application/n-quads application/ld+json text/csv"
).split()
CONFIG = f"""
project_name_override: client
package_name_override: alskg_client
content_type_overrides:
{"".join(f"  {media_type}: application/octet-stream" + chr(10) for media_type in AS_BYTES)}
  application/merge-patch+json: application/json
post_hooks: []
"""


@pytest.fixture(scope="session")
def generated(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client that openapi-python-client writes, imported."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_bytes(read(f"{server}/openapi.json"))
    (folder / "config.yml").write_text(CONFIG)
    command = [
        sys.executable,
        "-m",
        "openapi_python_client",
        "generate",
        "--path",
        "openapi.json",
        "--config",
        "config.yml",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=os.environ, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    # It warns of every operation and schema that it leaves out.
    assert "WARNING" not in said.upper(), said
    assert "Warning" not in said, said
    sys.path.insert(0, str(folder / "client"))
    yield importlib.import_module("alskg_client")
    sys.path.remove(str(folder / "client"))


def call(generated: ModuleType, server: str, operation: str, *args: object, **more: object) -> Any:
    """What an operation of the generated client answers."""
    module = importlib.import_module(f"{generated.__name__}.api.{operation}")
    with importlib.import_module(f"{generated.__name__}.client").Client(base_url=server) as client:
        return module.sync_detailed(*args, client=client, **more)


def test_a_generated_client_has_every_operation(server: str, generated: ModuleType) -> None:
    paths = json.loads(read(f"{server}/openapi.json"))["paths"]
    names = {operation["operationId"] for path in paths.values() for operation in path.values()}
    assert generated.__file__ is not None
    modules = {file.stem for file in (Path(generated.__file__).parent / "api").rglob("*.py")}
    assert names - modules == set()


def test_a_generated_client_reads_a_collection(server: str, generated: ModuleType) -> None:
    answer = call(generated, server, "drugs.list_drugs", relieves=["muscle-spasticity"])
    assert {item.label for item in answer.parsed.items} == {"baclofen", "tizanidine"}
    assert answer.parsed.total == 2
    assert answer.parsed.meta.revision == 1
    some = call(generated, server, "drugs.list_drugs", id=["riluzole", "nothing"])
    assert [item.label for item in some.parsed.items] == ["riluzole"]
    assert some.parsed.missing == ["nothing"]


def test_a_generated_client_reads_a_thing(server: str, generated: ModuleType) -> None:
    answer = call(generated, server, "drugs.get_drug", "riluzole")
    assert answer.parsed.label == "riluzole"
    assert "causes adverse effect" in {statement.predicate.label for statement in answer.parsed.statements}


def test_a_generated_client_reads_neighbours_and_a_mapping(server: str, generated: ModuleType) -> None:
    related = call(
        generated, server, "symptoms.list_neighbours_of_symptom", "muscle-spasticity", "drugs", predicate="relieves"
    )
    assert {item.label for item in related.parsed.items} == {"baclofen", "tizanidine"}
    assert {str(item.stance) for item in related.parsed.items} == {"affirmed"}
    mapping = call(generated, server, "mappings.get_mapping", "drug-symptom", predicate=["relieves"])
    assert {row.subject.label for row in mapping.parsed.items} == RELIEVING


def test_a_generated_client_asks_a_question(server: str, generated: ModuleType) -> None:
    answer = call(generated, server, "queries.query_drugs_for_a_symptom", symptom="muscle-spasticity")
    assert answer.parsed.total == len(answer.parsed.items) > 0
    assert "baclofen" in answer.content.decode()


def test_a_generated_client_reads_a_problem(server: str, generated: ModuleType) -> None:
    answer = call(generated, server, "drugs.get_drug", "riluzol")
    assert answer.status_code == 404
    assert answer.parsed.suggestions[0] == "/drugs/riluzole"


# schemathesis

# No schema can say which names and values the graph has, so that a request that keeps to the schema may still be
# refused as a client's mistake. What breaks the schema must be refused, and nothing may fail or be undocumented.
SCHEMATHESIS = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "403", "404", "406", "409", "410", "412", "413", "415", "422", "428"]
"""
# The routes of all classes, and of all questions, are made by the same code; coverage of a few does for the rest. The
# list of mappings counts all that is stated at each request, and has the parameters of a mapping.
REPRESENTATIVE = (
    "^/(|health|context.jsonld|.well-known/void|search|resolve/.*|graph|ontology.*|vocabularies.*|sparql|mappings/.*"
    "|queries|queries/(approved-as-of|frequent-adverse-effects|drugs-for-a-symptom)|drugs.*)$"
)
# Minutes of requests that go by the description are for CI; before a push, those to some routes will do.
ASKED, ASKED_MIN = (REPRESENTATIVE, 500) if WHOLE else ("^/(search|queries/frequent-adverse-effects)$", 50)


@pytest.mark.slow
@pytest.mark.parametrize(
    "wishes",
    [
        pytest.param(["--phases=coverage", f"--include-path-regex={ASKED}"], id="coverage"),
        pytest.param(["--phases=examples,fuzzing,stateful", "--max-examples=5"], id="fuzzing", marks=in_ci),
    ],
)
def test_schemathesis_finds_no_fault(server: str, tmp_path: Path, wishes: list[str]) -> None:
    """Requests by the OpenAPI description and against it: no 5xx, nothing undocumented, nothing wrongly accepted."""
    (tmp_path / "schemathesis.toml").write_text(SCHEMATHESIS)
    program = [sys.executable, "-m", "schemathesis.cli", "run", f"{server}/openapi.json"]
    more = ["--no-color", "--generation-deterministic", "--request-timeout=60", *wishes]
    done = subprocess.run([*program, *more], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    generated = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert generated, done.stdout[-3_000:]
    assert generated[1] == generated[2]
    assert int(generated[1]) > ASKED_MIN


# Clients that write


NEW = f"{BASE}drugs/"
DRUGS_GRAPH = URIRef(f"{BASE}graphs/data/things/drugs")
INSERT = """PREFIX als: <https://w3id.org/alskg/ontology/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
INSERT DATA {{ <https://w3id.org/alskg/drugs/{0}> a als:Drug ; rdfs:label "{0}"@en ;
    skos:definition "A drug for tests."@en }}"""


def test_rdflib_writes_through_the_gate(curated_server: tuple[str, str]) -> None:
    address, token = curated_server
    store = SPARQLUpdateStore(f"{address}/sparql", f"{address}/sparql", auth=("ana", token), returnFormat="json")
    drug, label = URIRef(f"{NEW}from-rdflib"), Literal("from rdflib", lang="en")
    store.update(INSERT.format("from-rdflib"))
    graph = Graph(store, identifier=DRUGS_GRAPH)
    assert (drug, RDFS.label, Literal("from-rdflib", lang="en")) in graph
    graph.add((drug, SKOS.altLabel, label))
    assert (drug, SKOS.altLabel, label) in graph
    graph.remove((drug, SKOS.altLabel, label))
    assert (drug, SKOS.altLabel, label) not in graph
    log = json.loads(read(f"{address}/changes"))["items"]
    assert {item["agent"] for item in log} == {"ana"}


def test_rdflib_is_refused_what_the_gate_refuses(curated_server: tuple[str, str]) -> None:
    address, token = curated_server
    store = SPARQLUpdateStore(f"{address}/sparql", f"{address}/sparql", auth=("ana", token))
    graph = Graph(store, identifier=DRUGS_GRAPH)
    with pytest.raises(HTTPError, match="422"):
        graph.add((URIRef(f"{NEW}baclofen"), URIRef("https://w3id.org/alskg/ontology/relieves"), URIRef(f"{NEW}x")))
    store = SPARQLUpdateStore(f"{address}/sparql", f"{address}/sparql", auth=("ana", "guess"))
    with pytest.raises(HTTPError, match="401"):
        store.update(INSERT.format("x"))


def test_sparqlwrapper_writes_through_the_gate(curated_server: tuple[str, str]) -> None:
    address, token = curated_server
    writing = Wrapper(f"{address}/sparql")
    writing.setCredentials("ana", token)
    writing.setMethod(POST)
    writing.setReturnFormat(JSON)
    writing.setQuery(INSERT.format("from-wrapper"))
    assert writing.query().response.status == 201
    writing.setQuery("INSERT DATA { <https://w3id.org/alskg/drugs/x> <https://w3id.org/alskg/ontology/bogus> 1 }")
    with pytest.raises(HTTPError, match="422"):
        writing.query()
    assert json.loads(read(f"{address}/drugs/from-wrapper"))["label"] == "from-wrapper"
