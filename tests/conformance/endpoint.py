"""The server under test as a client sees it: updates, graphs, and the conversations of the W3C test suite."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import httpx2
from rdflib import Graph
from rdflib.compare import isomorphic
from rdflib.query import Result

from .manifests import Conversation, Data, Exchange, base_of

UPDATE = "application/sparql-update"
QUERY = "application/sparql-query"
JSON = "application/sparql-results+json"
TURTLE = "text/turtle"
NON_EMPTY = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"
DOORS = {"/sparql/": "/sparql", "/gsp": "/graphs"}
"""Where the addresses of the suite lead to in our server."""
RESULTS = frozenset({"application/sparql-results+xml", JSON})
FORMATS = {
    "boolean": RESULTS,
    "tabular": RESULTS | {"text/csv", "text/tab-separated-values"},
    "RDF": frozenset({"application/rdf+xml", TURTLE, "application/n-triples", "application/ld+json"}),
}
"""The media types for each kind of answer."""

Dataset = dict[str | None, Graph]
"""The graphs that aren't empty; the default graph is None."""


@dataclass(frozen=True)
class Endpoint:
    """A server that takes writes, behind a client that bears a token."""

    client: httpx2.Client

    def query(self, text: bytes, accept: str) -> httpx2.Response:
        """The answer to a query, of a media type."""
        return self.client.post("/sparql", content=text, headers={"Content-Type": QUERY, "Accept": accept})

    def update(self, text: bytes) -> httpx2.Response:
        """The answer to an update."""
        return self.client.post("/sparql", content=text, headers={"Content-Type": UPDATE})

    def put(self, graph: str | None, turtle: bytes) -> None:
        """Makes the graph what the Turtle says."""
        answer = self.client.put(_address(graph), content=turtle, headers={"Content-Type": TURTLE})
        assert answer.is_success, answer.text

    def reset(self, data: Data) -> None:
        """Leaves nothing but `data`."""
        answer = self.update(b"DROP ALL")
        assert answer.is_success, answer.text
        for iri, file in _files(data):
            # <> must be the same IRI here and in the graph that is expected, wherever the store puts it.
            self.put(iri, _turtle_of(file))

    def graph(self, graph: str | None) -> Graph:
        """What the Graph Store Protocol says a graph holds."""
        answer = self.client.get(_address(graph), headers={"Accept": TURTLE})
        assert answer.status_code == 200, answer.text
        return Graph().parse(data=answer.content, format="turtle")

    def dataset(self) -> Dataset:
        """Everything: which named graphs there are says SPARQL, what they hold says the Graph Store Protocol."""
        answer = self.query(NON_EMPTY.encode(), JSON)
        assert answer.status_code == 200, answer.text
        named = [row["g"]["value"] for row in answer.json()["results"]["bindings"]]
        return _without_empty({graph: self.graph(graph) for graph in [None, *named]})

    def hold(self, conversation: Conversation) -> None:
        """Sends what the conversation says, and fails at the first answer that it doesn't expect."""
        locations: dict[str, str] = {}
        for exchange in conversation.exchanges:
            answer = self.send(exchange, locations)
            check(exchange, answer)
            if exchange.location is not None:
                locations[exchange.location] = answer.headers["Location"]

    def send(self, exchange: Exchange, locations: dict[str, str]) -> httpx2.Response:
        """The answer to the request of an exchange; `locations` are the words to fill in, each with its IRI."""
        address, body = exchange.address, exchange.body
        for word, iri in locations.items():
            address, body = address.replace(word, quote(iri, safe="")), body.replace(word.encode(), iri.encode())
        door = next(door for door in DOORS if address.startswith(door))
        return self.client.request(
            exchange.method, DOORS[door] + address.removeprefix(door), content=body, headers=exchange.headers
        )


def dataset_of(data: Data) -> Dataset:
    """The dataset that files of the suite describe."""
    return _without_empty(
        {iri: Graph().parse(file, format="turtle", publicID=base_of(file)) for iri, file in _files(data)}
    )


def differences(found: Dataset, expected: Dataset) -> list[str]:
    """What is not as expected, graph by graph; [] where the datasets are the same but for names of blank nodes."""
    return [
        f"{iri or 'default graph'}: {_shown(found.get(iri))} instead of {_shown(expected.get(iri))}"
        for iri in sorted({*found, *expected}, key=str)
        if iri not in found or iri not in expected or not isomorphic(found[iri], expected[iri])
    ]


def check(exchange: Exchange, answer: httpx2.Response) -> None:
    """Fails where an answer is not what the exchange expects."""
    status = str(answer.status_code)
    about = f"{exchange.method} {exchange.address}: {status} {answer.text}"
    assert exchange.statuses & {status, f"{status[0]}xx"}, about
    if exchange.content_type is not None:
        kind, _, charset = answer.headers["Content-Type"].partition(";")
        assert kind == exchange.content_type.partition(";")[0], about
        assert charset.strip().lower() in ("", "charset=utf-8"), about
    if exchange.form is not None and exchange.boolean is None:
        assert answer.headers["Content-Type"].partition(";")[0] in FORMATS[exchange.form], about
    if exchange.graph is not None:
        expected = Graph().parse(data=exchange.graph, format="turtle")
        found = Graph().parse(data=answer.content, format="turtle")
        assert differences({None: found}, {None: expected}) == []
    if exchange.boolean is not None:
        kind = answer.headers["Content-Type"].partition(";")[0]
        assert Result.parse(BytesIO(answer.content), content_type=kind).askAnswer is exchange.boolean, about


def _files(data: Data) -> list[tuple[str | None, Path]]:
    return [*([(None, data.default)] if data.default else []), *data.named]


def _address(graph: str | None) -> str:
    return "/graphs?default" if graph is None else f"/graphs?graph={quote(graph, safe='')}"


def _turtle_of(file: Path) -> bytes:
    """The file as Turtle, with its base; the suite has RDF/XML too, which our server reads just as well."""
    if file.suffix == ".rdf":
        return Graph().parse(file, format="xml", publicID=base_of(file)).serialize(format="turtle", encoding="utf-8")
    return f"@base <{base_of(file)}> .\n".encode() + file.read_bytes()


def _without_empty(dataset: Dataset) -> Dataset:
    return {iri: graph for iri, graph in dataset.items() if graph}


def _shown(graph: Graph | None) -> str:
    return "nothing" if graph is None else " ".join(sorted(graph.serialize(format="nt").splitlines()))
