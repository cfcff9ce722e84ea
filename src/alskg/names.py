"""What things are called: namespaces, and the rules that tie a file to a graph to an IRI to a URL."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import PurePath

BASE = "https://w3id.org/alskg/"
ALS = f"{BASE}ontology/"
GRAPHS = f"{BASE}graphs/"

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SH = "http://www.w3.org/ns/shacl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
DCTERMS = "http://purl.org/dc/terms/"
PROV = "http://www.w3.org/ns/prov#"
SCHEMA = "https://schema.org/"
DCAT = "http://www.w3.org/ns/dcat#"
VANN = "http://purl.org/vocab/vann/"

ONTOLOGY_GRAPHS = f"{GRAPHS}ontology/"
AUTHORED = (ONTOLOGY_GRAPHS, f"{GRAPHS}data/")
"""How the names of those graphs begin that hold the curated files."""
MAPPING_GRAPHS = f"{ONTOLOGY_GRAPHS}mappings/"
RETRACTED_GRAPHS = f"{GRAPHS}data/retracted/"
"""Claims that were taken back, one graph for each source, with when, by whom and why."""
REPLACED_GRAPH = f"{GRAPHS}data/replaced"
"""What merged and renamed things are called now."""
STATE_GRAPH = GRAPHS + "state"
HISTORY_GRAPH = GRAPHS + "history"
PROPOSALS_GRAPH = GRAPHS + "proposals"
OWN_GRAPHS = frozenset({STATE_GRAPH, HISTORY_GRAPH, PROPOSALS_GRAPH})
"""What the store keeps for itself: no curated file holds it, and no dump shows it."""
OWN_SOURCE = f"{BASE}sources/alskg"
"""This graph as a source: of what it infers, and of nothing else."""

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""A thing's local name: lower-case words and digits, joined by single hyphens."""
ACCEPTED_BY = ", accepted by "
"""What stands in the history between who proposed a change and who accepted it."""
NAME_LENGTH_MAX = 120
"""How many characters a name may have: with what is put around it, it still is the name of a file (255 bytes)."""

SLUG_CHARACTERS_MAX = 80

ENDINGS = re.compile(r"\.(ttl|sssom\.tsv)$")
"""How the names of curated files end."""


def iri_of_name(name: str) -> str:
    """The IRI of `drugs/riluzole`."""
    return BASE + name


def name_of_iri(iri: str) -> str | None:
    """`drugs/riluzole`, or None where the IRI is not one of ours."""
    return iri.removeprefix(BASE) if iri.startswith(BASE) else None


def is_name(text: str) -> bool:
    """Whether a thing may be called so in its collection."""
    return len(text) <= NAME_LENGTH_MAX and NAME.fullmatch(text) is not None


def local_name(iri: str) -> str:
    """The last step of an IRI: `riluzole`, `extends`."""
    return re.split(r"[/#]", iri.rstrip("/"))[-1]


def graph_of_file(file: PurePath, root: PurePath) -> str:
    """The named graph that holds a curated file: data/claims/seed-001.ttl is <…/graphs/data/claims/seed-001>."""
    return GRAPHS + ENDINGS.sub("", file.relative_to(root).as_posix())


def file_of_graph(graph: str) -> str:
    """The Turtle file that holds a named graph, as a path from the root; the other way round than `graph_of_file`."""
    return f"{graph.removeprefix(GRAPHS)}.ttl"


def is_live(graph: str) -> bool:
    """Whether a named graph holds curated files whose triples are published: not what was retracted or replaced."""
    return graph.startswith(AUTHORED) and not is_kept_apart(graph)


def is_kept_apart(graph: str) -> bool:
    """Whether a named graph is outside of the published view, and of what is validated."""
    return graph == REPLACED_GRAPH or is_retracted(graph)


def is_of_ontology(graph: str) -> bool:
    """Whether a named graph holds a part of the ontology, and not mappings."""
    return graph.startswith(ONTOLOGY_GRAPHS) and not graph.startswith(MAPPING_GRAPHS)


def is_retracted(graph: str) -> bool:
    """Whether a named graph keeps claims that were taken back."""
    return graph.startswith(RETRACTED_GRAPHS)


def kebab(word: str) -> str:
    """`hasAdverseEffect` and `AdverseEffect` as `has-adverse-effect` and `adverse-effect`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", word).lower()


def slug(text: str) -> str:
    """Any text as a name of lower-case words with hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def proposition_iri(content: Iterable[tuple[str, str]]) -> str:
    """
    The IRI of the proposition with this content, so that the same proposition written twice is one node.

    `content` has one pair for each triple that is part of the meaning: the IRI of rdf:subject, rdf:predicate,
    rdf:object or of a scope property, and the term in N-Triples form (`<https://…>` or `"text"@en`).
    """
    pairs = sorted(content)
    slots = dict(pairs)
    words = (
        slug(local_name(slots[RDF + "subject"].strip("<>"))),
        kebab(local_name(slots[RDF + "predicate"].strip("<>"))),
        slug(local_name(slots[RDF + "object"].strip("<>")))
        if slots[RDF + "object"].startswith("<")
        else slug(slots[RDF + "object"].split('"')[1]),
    )
    stem = "-".join(words)[:SLUG_CHARACTERS_MAX].strip("-")
    digest = hashlib.sha256("\n".join(" ".join(pair) for pair in pairs).encode()).hexdigest()
    return iri_of_name(f"propositions/{stem}-{digest[:8]}")
