"""The manifests of the W3C test suite, read into cases: queries and updates of a dataset, conversations over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS
from rdflib.term import Node

SUITE = Path(__file__).parent / "sparql11"
HOME = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"
"""What relative IRIs of the suite's files are resolved against, with the folder and the file."""

CNT = Namespace("http://www.w3.org/2011/content#")
HT = Namespace("http://www.w3.org/2011/http#")
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")

EVALUATION = frozenset({MF.UpdateEvaluationTest})
QUERY_EVALUATION = frozenset({MF.QueryEvaluationTest, MF.CSVResultFormatTest})
POSITIVE_QUERY = frozenset({MF.PositiveSyntaxTest11})
NEGATIVE_QUERY = frozenset({MF.NegativeSyntaxTest11})
POSITIVE = frozenset({MF.PositiveUpdateSyntaxTest11})
NEGATIVE = frozenset({MF.NegativeUpdateSyntaxTest11, MF.NegativeSyntaxTest11})
DESCRIPTION = frozenset({MF.ServiceDescriptionTest})
CONVERSATION = frozenset({MF.ProtocolTest, MF.GraphStoreProtocolTest})


@dataclass(frozen=True)
class Data:
    """A dataset as files: the default graph may be none, the named graphs are pairs of IRI and file."""

    default: Path | None
    named: tuple[tuple[str, Path], ...]


@dataclass(frozen=True)
class SyntaxCase:
    """A query or an update that is, or isn't, in its language."""

    id: str
    text: Path


@dataclass(frozen=True)
class QueryCase:
    """A query of a dataset, and the file that holds its answer."""

    id: str
    query: Path
    data: Data
    answer: Path


@dataclass(frozen=True)
class UpdateCase:
    """An update, with the dataset before and after."""

    id: str
    update: Path
    before: Data
    after: Data


@dataclass(frozen=True)
class Exchange:
    """One request, and what must come back."""

    method: str
    address: str
    """Path and query, as they stand in the manifest: `/sparql/...` or `/gsp...`."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    statuses: frozenset[str] = frozenset()
    """Any of these: `200`, or a class as `2xx`."""
    content_type: str | None = None
    graph: str | None = None
    """The Turtle that the answer is isomorphic to."""
    boolean: bool | None = None
    form: str | None = None
    """What kind of answer it is, in any format for it: `boolean`, `tabular` or `RDF`."""
    location: str | None = None
    """The word that stands in later exchanges for the `Location` of this answer."""


@dataclass(frozen=True)
class Conversation:
    """Requests that are sent in this order."""

    id: str
    exchanges: tuple[Exchange, ...]


def update_cases(folder: str) -> list[UpdateCase]:
    """The evaluation tests of a folder, as `add/add01`."""
    manifest = _Manifest(f"{folder}/manifest.ttl")
    return [
        UpdateCase(
            manifest.id_of(entry),
            manifest.file_at(action, UT.request),
            manifest.data_at(action),
            manifest.data_at(manifest.one(entry, MF.result)),
        )
        for entry in manifest.entries(EVALUATION)
        for action in [manifest.one(entry, MF.action)]
    ]


def query_cases(folder: str) -> list[QueryCase]:
    """The tests of a folder that compare the answer to a query, as `bind/bind01`."""
    manifest = _Manifest(f"{folder}/manifest.ttl")
    return [
        QueryCase(
            manifest.id_of(entry),
            manifest.file_at(action, QT.query),
            manifest.queried_at(action),
            manifest.file_at(entry, MF.result),
        )
        for entry in manifest.entries(QUERY_EVALUATION)
        for action in [manifest.one(entry, MF.action)]
    ]


def syntax_cases(folder: str, kinds: frozenset[URIRef]) -> list[SyntaxCase]:
    """The syntax tests of a folder that are of one of the `kinds`: POSITIVE, NEGATIVE_QUERY ..."""
    manifest = _Manifest(f"{folder}/manifest.ttl")
    return [SyntaxCase(manifest.id_of(entry), manifest.file_at(entry, MF.action)) for entry in manifest.entries(kinds)]


def conversations(name: str) -> list[Conversation]:
    """The tests of a manifest that speak HTTP."""
    manifest = _Manifest(name)
    return [
        Conversation(manifest.id_of(entry), tuple(manifest.exchanges_of(entry)))
        for entry in manifest.entries(CONVERSATION)
    ]


def described(name: str) -> list[str]:
    """The tests of a manifest that are told in words alone."""
    manifest = _Manifest(name)
    return [manifest.id_of(entry) for entry in manifest.entries(DESCRIPTION)]


def base_of(file: Path) -> str:
    """The IRI of a file of the suite."""
    return HOME + file.relative_to(SUITE).as_posix()


class _Manifest:
    """One manifest as a graph, with the questions that are asked of it."""

    def __init__(self, name: str) -> None:
        self.folder = (SUITE / name).parent
        self.iri = URIRef(HOME + name)
        self.graph = Graph().parse(SUITE / name, format="turtle", publicID=self.iri)

    def entries(self, kinds: frozenset[URIRef]) -> list[Node]:
        entries = Collection(self.graph, self.one(self.iri, MF.entries))
        return [entry for entry in entries if self.graph.value(entry, RDF.type) in kinds]

    def one(self, subject: Node, predicate: URIRef) -> Node:
        found = list(self.graph.objects(subject, predicate))
        assert len(found) == 1, f"{subject}: {len(found)} of {predicate}"
        return found[0]

    def text(self, subject: Node | None, predicate: URIRef) -> str | None:
        found = None if subject is None else self.graph.value(subject, predicate)
        return None if found is None else str(found)

    def id_of(self, entry: Node) -> str:
        return f"{self.folder.name}/{str(entry).rpartition('#')[2]}"

    def file_at(self, subject: Node, predicate: URIRef) -> Path:
        return self.folder / str(self.one(subject, predicate)).rpartition("/")[2]

    def data_at(self, subject: Node) -> Data:
        named = [
            (str(self.one(graph, RDFS.label)), self.file_at(graph, UT.graph))
            for graph in self.graph.objects(subject, UT.graphData)
        ]
        default = self.file_at(subject, UT.data) if (subject, UT.data, None) in self.graph else None
        return Data(default, tuple(sorted(named)))

    def queried_at(self, action: Node) -> Data:
        """A named graph of a query test is its file, and bears that IRI."""
        graphs = self.graph.objects(action, QT.graphData)
        named = [(str(graph), self.folder / str(graph).rpartition("/")[2]) for graph in graphs]
        default = self.file_at(action, QT.data) if (action, QT.data, None) in self.graph else None
        return Data(default, tuple(sorted(named)))

    def exchanges_of(self, entry: Node) -> Iterator[Exchange]:
        for request in Collection(self.graph, self.one(self.one(entry, MF.action), HT.requests)):
            answer, sent = self.one(request, HT.resp), self.graph.value(request, HT.body)
            boolean = self.graph.value(answer, MF.expectedBoolean)
            encoding = self.text(sent, CNT.characterEncoding) or "UTF-8"
            yield Exchange(
                method=str(self.one(request, HT.methodName)),
                address=str(self.one(request, HT.absolutePath)),
                headers=self.headers_of(request),
                body=(self.text(sent, CNT.chars) or "").encode(encoding),
                statuses=frozenset(_status(word) for word in self.graph.objects(answer, MF.expectedStatus)),
                content_type=dict(self.headers_of(answer)).get("content-type"),
                graph=self.text(self.graph.value(answer, HT.body), CNT.chars),
                boolean=boolean.toPython() if isinstance(boolean, Literal) else None,
                form=self.text(answer, MF.expectedFormat),
                location=self.text(answer, MF.expectedLocation),
            )

    def headers_of(self, message: Node) -> tuple[tuple[str, str], ...]:
        head = self.graph.value(message, HT.headers)
        return tuple(
            (str(self.one(header, HT.fieldName)), str(self.one(header, HT.fieldValue)))
            for header in (Collection(self.graph, head) if isinstance(head, BNode) else ())
        )


def _status(word: Node) -> str:
    """The status that a term of `http-statusCodes` stands for."""
    named = {"OK": "200", "Created": "201", "NoContent": "204", "NotFound": "404"}
    name = str(word).rpartition("#")[2].removeprefix("StatusCode")
    return named.get(name, name)
