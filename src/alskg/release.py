"""A release: every dump, what it is (VoID and DCAT), and the checksums by which it is known again."""

import hashlib
from collections.abc import Iterator

import pyoxigraph as ox

from alskg import __version__
from alskg.descriptions import DATASET, citation, dataset, distribution
from alskg.dumps import Dump, dumps
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import BASE, DCAT, RDF, SCHEMA, XSD
from alskg.turtle import laid_out

DESCRIPTION, README, CHECKSUMS = "dataset.ttl", "README.md", "SHA256SUMS"

_README = """# alskg {version}, revision {revision}

A knowledge graph of how amyotrophic lateral sclerosis is treated, with who says so and how surely. A research
resource, not medical advice.

* To cite: {citation}
* Licence: CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/). Identifiers of other vocabularies stand under the
  licence that the head of each table in `sssom/` names, claims of databases under that of their source.
* What each file is: `{description}` (VoID and DCAT). To check the files: `sha256sum --check {checksums}`.

The same graph gives the same bytes, on any machine and at any time.
"""


def released(kg: KnowledgeGraph) -> Iterator[tuple[str, bytes]]:
    """
    Each file of a release as its path and its bytes, the checksums last.

    Nothing in them depends on when or where they are made: no date but those that the graph has, and every order is
    that of the text.
    """
    sums: dict[str, str] = {}
    sizes: dict[str, int] = {}
    made = dumps(kg)
    for name in sorted(made):
        body = made[name].make(kg)
        sums[name], sizes[name] = hashlib.sha256(body).hexdigest(), len(body)
        yield name, body
    for name, text in ((DESCRIPTION, _description(kg, made, sums, sizes)), (README, _readme(kg))):
        sums[name] = hashlib.sha256(text.encode()).hexdigest()
        yield name, text.encode()
    yield CHECKSUMS, "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()


def _readme(kg: KnowledgeGraph) -> str:
    return _README.format(
        version=__version__,
        revision=kg.revision,
        citation=citation(kg),
        description=DESCRIPTION,
        checksums=CHECKSUMS,
    )


def _description(kg: KnowledgeGraph, made: dict[str, Dump], sums: dict[str, str], sizes: dict[str, int]) -> str:
    prefixes = {**kg.schema.prefixes, "dcat": DCAT, "void": "http://rdfs.org/ns/void#"}
    files = (triple for name in sorted(made) for triple in _distribution(made[name], sums[name], sizes[name]))
    return laid_out([*dataset(kg), *_dataset(), *files], prefixes)


def _dataset() -> Iterator[ox.Triple]:
    me = ox.NamedNode(DATASET)
    yield ox.Triple(me, ox.NamedNode(RDF + "type"), ox.NamedNode(DCAT + "Dataset"))
    yield ox.Triple(me, ox.NamedNode(DCAT + "version"), ox.Literal(__version__))
    yield ox.Triple(me, ox.NamedNode(DCAT + "landingPage"), ox.NamedNode(BASE))


def _distribution(dump: Dump, checksum: str, size: int) -> Iterator[ox.Triple]:
    yield from distribution(dump.name, dump.about, dump.format.media_type)
    me = ox.NamedNode(f"{BASE}dumps/{dump.name}")
    yield ox.Triple(me, ox.NamedNode(DCAT + "byteSize"), ox.Literal(str(size), datatype=ox.NamedNode(XSD + "integer")))
    yield ox.Triple(me, ox.NamedNode(SCHEMA + "sha256"), ox.Literal(checksum))
