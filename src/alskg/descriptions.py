"""What the graph says of itself: its JSON-LD context, VoID, the service description, and its questions as RDF."""

import json
from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from alskg import __version__
from alskg.answers import Question, rows
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import BASE, DCAT, DCTERMS, RDF, RDFS, SCHEMA, SH, XSD
from alskg.schema import Field, Schema
from alskg.triples import plain
from alskg.vocabulary import vocabulary_page

SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"
FORMATS = "http://www.w3.org/ns/formats/"
HYDRA = "http://www.w3.org/ns/hydra/core#"
DATASET = f"{BASE}dataset"

STATEMENT_ONLY = tuple("scope asOf stance certainties for against inferred superseded sources claims".split())
"""Names that in a row about a statement sum up its claims, and elsewhere may be fields of a thing."""

RESULT_FORMATS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "RDF_XML",
    "JSON-LD",
    "TriG",
    "N-Quads",
)

_COUNTS = "SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects) WHERE { ?s ?p ?o }"
_CLASS_COUNTS = "SELECT ?class (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a ?class } GROUP BY ?class ORDER BY ?class"
_PROPERTY_COUNTS = "SELECT ?p (COUNT(*) AS ?n) WHERE { ?s ?p ?o } GROUP BY ?p ORDER BY ?p"


def context(schema: Schema) -> dict[str, object]:
    """
    The JSON-LD 1.1 context of every document that the doors give out.

    A field is read by the property of its name; what is counted or said about the answer itself is no triple.
    """
    terms: dict[str, object] = {**schema.prefixes, "id": "@id", "type": "@type", "Collection": f"{HYDRA}Collection"}
    terms |= {class_.name: class_.iri for class_ in schema.classes.values()}
    for class_ in schema.classes.values():
        terms |= {field.name: _term(field) for field in class_.fields.values()}
    inner = {"@context": dict.fromkeys(STATEMENT_ONLY)}
    terms |= {
        "statements": {"@reverse": RDF + "subject", **inner},
        "statedAbout": {"@reverse": RDF + "object", **inner},
    }
    terms |= {"items": {"@id": f"{HYDRA}member", "@container": "@set"}, "total": f"{HYDRA}totalItems"}
    terms |= {end: RDF + end for end in ("subject", "predicate", "object")}
    silent = "meta stance certainties for against inferred sources claims curie url answer note missing next nextCursor"
    return {
        "@context": {
            **dict.fromkeys(f"{silent} stated linkedBy byPredicate disagreements verdict subjectIds objectIds".split()),
            **terms,
        }
    }


def contexts(schema: Schema, bases: Iterable[str] = ()) -> dict[str, object]:
    """That context under each address by which a document may name it: as an IRI of ours, and by where it is served."""
    terms = context(schema)["@context"]
    return {f"{base.rstrip('/')}/context.jsonld": terms for base in (BASE, "", *bases)}


def derived_texts(schema: Schema) -> dict[str, str]:
    """The files that follow from the ontology, by their path from the root."""
    return {"ontology/context.jsonld": context_text(schema), "ontology/VOCABULARY.md": vocabulary_page(schema)}


def context_text(schema: Schema) -> str:
    """The context as ontology/context.jsonld holds it."""
    return json.dumps(context(schema), indent=2, ensure_ascii=False) + "\n"


def _term(field: Field) -> Mapping[str, str]:
    if field.is_link:
        return {"@id": field.path, "@type": "@id"}
    if field.datatype == RDF + "langString":
        return {"@id": field.path, "@language": "en"}
    if field.datatype and field.datatype not in (XSD + "string", XSD + "boolean", XSD + "integer"):
        return {"@id": field.path, "@type": field.datatype}
    return {"@id": field.path}


def dataset(kg: KnowledgeGraph) -> Iterator[ox.Triple]:
    """The graph as a VoID dataset (https://www.w3.org/TR/void/): what it is, under which licence, how much of what."""
    me = ox.NamedNode(DATASET)
    yield _triple(me, RDF + "type", ox.NamedNode(VOID + "Dataset"))
    yield _triple(me, DCTERMS + "title", english("alskg: how ALS is treated, and who says so"))
    yield _triple(
        me, DCTERMS + "description", english("A knowledge graph for research; it is no medical advice to anyone.")
    )
    yield _triple(me, DCTERMS + "license", ox.NamedNode("https://creativecommons.org/licenses/by/4.0/"))
    yield _triple(me, DCTERMS + "bibliographicCitation", english(citation(kg)))
    yield _triple(me, VOID + "sparqlEndpoint", ox.NamedNode(f"{BASE}sparql"))
    yield _triple(me, VOID + "dataDump", ox.NamedNode(f"{BASE}graph"))
    yield _triple(me, VOID + "uriSpace", ox.Literal(BASE))
    counts = rows(kg, Question(_COUNTS))[0]
    yield _triple(me, VOID + "triples", counts["triples"])
    yield _triple(me, VOID + "distinctSubjects", counts["subjects"])
    for text, key, link, number in (
        (_CLASS_COUNTS, "class", "classPartition", "entities"),
        (_PROPERTY_COUNTS, "p", "propertyPartition", "triples"),
    ):
        for row in rows(kg, Question(text)):
            part = ox.NamedNode(f"{DATASET}/{link}/{plain(row[key]).replace('://', '/').replace('#', '/')}")
            yield _triple(me, VOID + link, part)
            yield _triple(part, VOID + {"class": "class", "p": "property"}[key], row[key])
            yield _triple(part, VOID + number, row["n"])


def distribution(name: str, about: str, media_type: str) -> Iterator[ox.Triple]:
    """A file to take away, as a distribution of the dataset (DCAT 3)."""
    me = ox.NamedNode(f"{BASE}dumps/{name}")
    media = ox.NamedNode(f"https://www.iana.org/assignments/media-types/{media_type}")
    yield _triple(ox.NamedNode(DATASET), DCAT + "distribution", me)
    yield _triple(me, RDF + "type", ox.NamedNode(DCAT + "Distribution"))
    yield _triple(me, DCTERMS + "title", ox.Literal(name))
    yield _triple(me, DCTERMS + "description", english(about))
    yield _triple(me, DCAT + "downloadURL", me)
    yield _triple(me, DCAT + "mediaType", media)


def citation(kg: KnowledgeGraph) -> str:
    """How to cite what was found: the revision and the checksum pin the content."""
    state = kg.store.state
    return (
        f"alskg {__version__}, revision {state.revision} (curated files SHA-256 {state.files_checksum[:16]}), "
        f"{BASE}, CC BY 4.0"
    )


def service(kg: KnowledgeGraph, endpoint: str) -> Iterator[ox.Triple]:
    """The SPARQL 1.1 Service Description of the endpoint."""
    me, content = ox.NamedNode(endpoint), ox.NamedNode(f"{endpoint}#dataset")
    default = ox.NamedNode(f"{endpoint}#default-graph")
    yield _triple(me, RDF + "type", ox.NamedNode(SD + "Service"))
    yield _triple(me, SD + "endpoint", me)
    yield _triple(me, SD + "supportedLanguage", ox.NamedNode(SD + "SPARQL11Query"))
    for name in RESULT_FORMATS:
        yield _triple(me, SD + "resultFormat", ox.NamedNode(FORMATS + name))
    yield _triple(me, SD + "defaultDataset", content)
    yield _triple(content, RDF + "type", ox.NamedNode(SD + "Dataset"))
    yield _triple(content, SD + "defaultGraph", default)
    yield _triple(default, RDF + "type", ox.NamedNode(SD + "Graph"))
    yield _triple(
        default, DCTERMS + "description", english("The published view: live data, ontology, what is derived.")
    )
    yield _triple(default, VOID + "triples", rows(kg, Question(_COUNTS))[0]["triples"])
    for name in kg.store.graphs():
        named = ox.NamedNode(f"{endpoint}#named/{name.removeprefix(BASE)}")
        yield _triple(content, SD + "namedGraph", named)
        yield _triple(named, RDF + "type", ox.NamedNode(SD + "NamedGraph"))
        yield _triple(named, SD + "name", ox.NamedNode(name))


def catalogue(kg: KnowledgeGraph) -> Iterator[ox.Triple]:
    """The named queries in the vocabulary of SIB's sparql-examples, so that questions can be asked about them."""
    kinds = {"SELECT": "select", "ASK": "ask", "CONSTRUCT": "construct", "DESCRIBE": "describe"}
    for query in kg.queries.values():
        me = ox.NamedNode(f"{BASE}queries/{query.name}")
        kind = kinds[query.form]
        yield _triple(me, RDF + "type", ox.NamedNode(SH + "SPARQLExecutable"))
        yield _triple(me, RDFS + "label", english(query.title))
        yield _triple(me, RDFS + "comment", english(query.question))
        yield _triple(me, SH + kind, ox.Literal(query.text))
        yield _triple(me, SCHEMA + "target", ox.NamedNode(f"{BASE}sparql"))
        for tag in query.tags:
            yield _triple(me, SCHEMA + "keywords", ox.Literal(tag))


def _triple(subject: ox.NamedNode, predicate: str, object_: object) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(predicate), object_)  # type: ignore[arg-type]


def english(text: str) -> ox.Literal:
    """A text in English, as all words of ours are."""
    return ox.Literal(text, language="en")
