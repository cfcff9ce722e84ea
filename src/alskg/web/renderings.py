"""Renderings: what a page lists, as triples in terms that others know; the things themselves are triples already."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

import pyoxigraph as ox

from alskg.answers import Row
from alskg.descriptions import DATASET, HYDRA, VOID, dataset, distribution, english
from alskg.dumps import dumps
from alskg.history import CHANGES, Record
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, BASE, DCAT, DCTERMS, PROV, RDF, RDFS, SCHEMA, XSD
from alskg.schema import Class
from alskg.search import Hit

RESULT_SET = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
"""The W3C's vocabulary for the answers to queries."""
CHANGE_SET = "http://purl.org/vocab/changeset/schema#"
"""The Changeset vocabulary: what a change adds and removes, as statements."""
PREFIXES: Mapping[str, str] = {"hydra": HYDRA, "rs": RESULT_SET, "cs": CHANGE_SET}
"""Prefixes of these terms, where the ontology declares none."""

Value = ox.NamedNode | ox.Literal | ox.BlankNode | ox.Triple


def catalogued(kg: KnowledgeGraph) -> Iterator[ox.Triple]:
    """The graph and all that is served of it: VoID, the ways to ask (DCAT), and each collection (Hydra)."""
    yield from dataset(kg)
    yield from _said(
        DATASET,
        {RDF + "type": [_iri(DCAT + "Dataset")], DCAT + "landingPage": [_iri(BASE)]},
    )
    for class_ in kg.schema.collections.values():
        me = f"{BASE}{class_.collection}"
        yield from _said(
            me,
            {
                RDF + "type": [_iri(HYDRA + "Collection")],
                RDFS + "label": [english(class_.plural)],
                DCTERMS + "isPartOf": [_iri(DATASET)],
                SCHEMA + "about": [_iri(class_.iri)],
            },
        )


def services(origin: str) -> Iterator[ox.Triple]:
    """The API and the SPARQL endpoint as data services (DCAT 3), with where each is described."""
    for name, title, description in (
        ("", "The REST API of alskg", f"{origin}/openapi.json"),
        ("sparql", "The SPARQL endpoint of alskg", f"{origin}/sparql"),
    ):
        address = f"{origin}/{name}"
        yield from _said(
            address,
            {
                RDF + "type": [_iri(DCAT + "DataService")],
                DCTERMS + "title": [english(title)],
                DCAT + "endpointURL": [_iri(address)],
                DCAT + "endpointDescription": [_iri(description)],
                DCAT + "landingPage": [_iri(f"{origin}/docs")],
                DCAT + "servesDataset": [_iri(DATASET)],
            },
        )


def files(kg: KnowledgeGraph) -> Iterator[ox.Triple]:
    """The files to take away, as distributions of the dataset (DCAT 3)."""
    yield from _said(DATASET, {RDF + "type": [_iri(DCAT + "Dataset")]})
    for dump in dumps(kg).values():
        yield from distribution(dump.name, dump.about, dump.format.media_type)


def linksets(counted: Mapping[str, tuple[Class, Class, int]]) -> Iterator[ox.Triple]:
    """The mappings between classes, each with how many statements it has, as link sets of the dataset (VoID)."""
    for name, (one, other, count) in counted.items():
        me = f"{BASE}mappings/{name}"
        yield from _said(DATASET, {VOID + "subset": [_iri(me)]})
        yield from _said(
            me,
            {
                RDF + "type": [_iri(VOID + "Linkset")],
                RDFS + "label": [english(f"{one.plural} to {other.plural}")],
                VOID + "subjectsTarget": [_iri(f"{BASE}{one.collection}")],
                VOID + "objectsTarget": [_iri(f"{BASE}{other.collection}")],
                VOID + "triples": [ox.Literal(count)],
            },
        )


def members(me: str, label: str, iris: Sequence[str]) -> Iterator[ox.Triple]:
    """A list, with what is in it (Hydra)."""
    yield from _said(
        me,
        {
            RDF + "type": [_iri(HYDRA + "Collection")],
            RDFS + "label": [english(label)],
            HYDRA + "totalItems": [ox.Literal(len(iris))],
            HYDRA + "member": [_iri(iri) for iri in iris],
        },
    )


def hits(wish: str, found: Sequence[Hit], total: int) -> Iterator[ox.Triple]:
    """What a search found, the best first (schema.org)."""
    me = f"{BASE}search?q={quote(wish, safe='')}"
    yield from _said(
        me,
        {
            RDF + "type": [_iri(SCHEMA + "ItemList")],
            SCHEMA + "name": [ox.Literal(wish)],
            SCHEMA + "numberOfItems": [ox.Literal(total)],
            SCHEMA + "itemListElement": [_iri(f"{me}#{place}") for place, _ in enumerate(found, 1)],
        },
    )
    for place, hit in enumerate(found, 1):
        yield from _said(
            f"{me}#{place}",
            {
                RDF + "type": [_iri(SCHEMA + "ListItem")],
                SCHEMA + "position": [ox.Literal(place)],
                SCHEMA + "name": [ox.Literal(hit.matched)],
                SCHEMA + "item": [_iri(hit.iri)],
            },
        )
        yield from _said(hit.iri, {RDF + "type": [_iri(hit.class_)], RDFS + "label": [english(hit.label)]})


def provenance(found: Iterable[Record]) -> Iterator[ox.Triple]:
    """Changes: who, when and why, and what followed from what (PROV-O)."""
    for record in found:
        back = [] if record.reverts is None else [_iri(f"{CHANGES}{record.reverts}")]
        yield from _said(
            f"{CHANGES}{record.revision}",
            {
                RDF + "type": [_iri(PROV + "Activity")],
                RDFS + "comment": [ox.Literal(record.message)],
                DCTERMS + "creator": [ox.Literal(record.agent)],
                PROV + "endedAtTime": [ox.Literal(record.time, datatype=_iri(XSD + "dateTime"))],
                ALS + "door": [ox.Literal(record.door)],
                PROV + "generated": [_version(record.revision)],
                PROV + "used": [_version(record.revision - 1)],
                PROV + "wasInformedBy": back,
            },
        )
        yield from _said(
            _version(record.revision).value,
            {RDF + "type": [_iri(PROV + "Entity")], PROV + "wasRevisionOf": [_version(record.revision - 1)]},
        )


def differences(record: Record) -> Iterator[ox.Triple]:
    """A change with each triple that came and went, as statements (Changeset)."""
    yield from provenance([record])
    me, patch = f"{CHANGES}{record.revision}", record.patch
    yield from _said(me, {RDF + "type": [_iri(CHANGE_SET + "ChangeSet")]})
    for what, quads in (("addition", patch.added), ("removal", patch.removed)):
        for number, quad in enumerate(quads, 1):
            statement = f"{me}#{what}-{number}"
            yield from _said(me, {CHANGE_SET + what: [_iri(statement)]})
            yield from _said(
                statement,
                {
                    RDF + "type": [_iri(RDF + "Statement")],
                    RDF + "subject": [quad.subject],
                    RDF + "predicate": [quad.predicate],
                    RDF + "object": [quad.object],
                },
            )


def solutions(me: str, found: Sequence[Row]) -> Iterator[ox.Triple]:
    """The rows of an answer, each with its bindings, in order (the W3C's vocabulary for result sets)."""
    variables = [ox.Literal(name) for name in dict.fromkeys(name for row in found for name in row)]
    yield from _said(me, {RDF + "type": [_iri(RESULT_SET + "ResultSet")], RESULT_SET + "resultVariable": variables})
    for place, row in enumerate(found, 1):
        solution = f"{me}#row-{place}"
        yield from _said(me, {RESULT_SET + "solution": [_iri(solution)]})
        yield from _said(solution, {RESULT_SET + "index": [ox.Literal(place)]})
        for name, term in row.items():
            yield from _said(solution, {RESULT_SET + "binding": [_iri(f"{solution}-{name}")]})
            yield from _said(
                f"{solution}-{name}", {RESULT_SET + "variable": [ox.Literal(name)], RESULT_SET + "value": [term]}
            )


def truth(me: str, *, is_true: bool) -> Iterator[ox.Triple]:
    """The yes or no of an answer (the W3C's vocabulary for result sets)."""
    yield from _said(
        me, {RDF + "type": [_iri(RESULT_SET + "ResultSet")], RESULT_SET + "boolean": [ox.Literal(is_true)]}
    )


def _version(revision: int) -> ox.NamedNode:
    return _iri(f"{BASE}graph?revision={revision}")


def _said(subject: str, said: Mapping[str, Iterable[Value]]) -> Iterator[ox.Triple]:
    me = _iri(subject)
    for property_, values in said.items():
        for value in values:
            yield ox.Triple(me, _iri(property_), value)


def _iri(text: str) -> ox.NamedNode:
    return ox.NamedNode(text)
