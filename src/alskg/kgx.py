"""KGX: the graph as nodes and edges of the Biolink Model, for those who merge knowledge graphs."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import pyoxigraph as ox

from alskg.curies import curie_of
from alskg.derivation import OWN_LINKS, certainties_of_facts
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import ALS, DCTERMS, RDF, RDFS, SCHEMA, SKOS, local_name
from alskg.schema import Class
from alskg.triples import Term, Triples, iris, plain, subjects, text

BIOLINK = "https://w3id.org/biolink/vocab/"
NODE_COLUMNS = ("id", "category", "name", "description", "synonym", "xref", "provided_by")
EDGE_COLUMNS = (
    "id subject predicate object category knowledge_level agent_type primary_knowledge_source "
    "aggregator_knowledge_source publications negated has_count has_total has_percentage frequency_qualifier "
    "original_predicate certainty scope superseded_by locator source provided_by"
).split()
"""The slots of an edge (https://github.com/biolink/kgx/blob/master/specification/kgx-format.md), and five of ours."""

HOW_OFTEN, CLASS_OF_FREQUENCY = "has_percentage", "frequency_qualifier"
TOTAL = "has_total"
COUNTED = ("has_count", TOTAL)
"""The slots for how often what an edge says holds; the ontology says which of our properties they are."""
NUMBERS = (*COUNTED, HOW_OFTEN)
EXACTLY, PERCENT = "equal-to", "%"

LEFT_OUT = (
    "Left out, since Biolink has nothing that fits: what became of a product before an authority (its approval status "
    "knows no day, area or product), the figures of studies, and rates of a comparator; a rate that is a bound or a "
    "range has a class of frequency at most."
)
"""What a reader of nodes and edges must not take for being unknown here."""

PROVIDED_BY = "alskg"
ASSOCIATION, RELATED = "biolink:Association", "biolink:related_to"
OURS = "infores:alskg"
"""This graph as a source of knowledge: of what it read in documents that are no information resource of Biolink's."""
_MATCHES = tuple(SKOS + kind for kind in ("exactMatch", "closeMatch", "broadMatch"))
_SUPPORTED, _DISPUTED, _INFERRED = (ALS + link for link in OWN_LINKS[:3])
_STATEMENTS = ("Proposition", "Claim")
"""What becomes an edge, and no node."""

Row = dict[str, str | list[str]]


def nodes(kg: KnowledgeGraph) -> list[Row]:
    """Every thing that isn't itself a statement, with its category, in the order of their ids."""
    found = _categories(kg)
    return sorted((_node(kg, iri, categories) for iri, categories in found.items()), key=lambda row: str(row["id"]))


def _categories(kg: KnowledgeGraph) -> Mapping[str, set[str]]:
    """Every thing that becomes a node, by its IRI, with its categories."""
    found: dict[str, set[str]] = {}
    for class_ in kg.schema.classes.values():
        if class_.name in _STATEMENTS or class_.collection is None:
            continue
        category = _category(kg, class_)
        for triple in kg.store.match(None, RDF + "type", class_.iri):
            found.setdefault(plain(triple.subject), set()).add(category)
    return found


def _node(kg: KnowledgeGraph, iri: str, categories: Iterable[str]) -> Row:
    synonyms = {plain(t.object) for t in kg.store.match(iri, SKOS + "altLabel")}
    # The most special category first, as KGX has it: NamedThing is what everything is.
    ordered = sorted(categories, key=lambda category: (category == "biolink:NamedThing", category))
    return {
        "id": _curie(kg, iri),
        "category": ordered,
        "name": text(kg.store, iri, RDFS + "label") or local_name(iri),
        "description": text(kg.store, iri, SKOS + "definition") or "",
        "synonym": sorted(synonyms),
        "xref": sorted(_curie(kg, match) for match in iris(kg.store, iri, SKOS + "exactMatch")),
        "provided_by": [PROVIDED_BY],
    }


def edges(kg: KnowledgeGraph) -> list[Row]:
    """Every live claim whose proposition leads from a node to a node, in the order of their ids."""
    known = _categories(kg)
    often = _how_often(kg)
    found = (row for link in (_SUPPORTED, _DISPUTED, _INFERRED) for row in _edges_by(kg, link, known))
    return sorted(({**row, **often[str(row["id"])]} for row in found), key=lambda row: str(row["id"]))


def _how_often(kg: KnowledgeGraph) -> Mapping[str, Row]:
    """How often it holds what a claim says, by the id of its edge."""
    found: defaultdict[str, Row] = defaultdict(lambda: dict.fromkeys((*NUMBERS, CLASS_OF_FREQUENCY), ""))
    for triple in _by(kg, HOW_OFTEN):
        found[_curie(kg, plain(triple.subject))] |= _counted(kg, plain(triple.object))
    for triple in _by(kg, TOTAL):
        # What a claim tells of how many there were goes with its share; a bound has no share here, and so no total.
        row = found.get(_curie(kg, plain(triple.subject)), {})
        if row.get(HOW_OFTEN) and not row[TOTAL]:
            row[TOTAL] = text(kg.store, plain(triple.object), ALS + "value") or ""
    for triple in _by(kg, CLASS_OF_FREQUENCY):
        concept = plain(triple.object)
        known = next(iter(sorted(iris(kg.store, concept, SKOS + "exactMatch"))), concept)
        found[_curie(kg, plain(triple.subject))][CLASS_OF_FREQUENCY] = _curie(kg, known)
    return found


def _counted(kg: KnowledgeGraph, quantity: str) -> Row:
    """A share in figures; none where it is told as a bound, which a bare number would make an exact one."""
    if any(local_name(comparator) != EXACTLY for comparator in iris(kg.store, quantity, ALS + "comparator")):
        return {}
    row: Row = {slot: plain(triple.object) for slot in COUNTED for triple in _by(kg, slot, quantity)}
    units = {text(kg.store, unit, SKOS + "notation") for unit in iris(kg.store, quantity, ALS + "unit")}
    return row | ({HOW_OFTEN: text(kg.store, quantity, ALS + "value") or ""} if PERCENT in units else {})


def _by(kg: KnowledgeGraph, slot: str, subject: str | None = None) -> Iterator[ox.Triple]:
    """The triples by those properties that the ontology matches to a slot of Biolink."""
    properties = {iri for kind in _MATCHES for iri in subjects(kg.store, kind, BIOLINK + slot)}
    for property_ in sorted(properties):
        yield from kg.store.match(subject, property_)


def _edges_by(kg: KnowledgeGraph, link: str, known: Mapping[str, set[str]]) -> Iterator[Row]:
    predicates = {iri: _above(kg.store, iri, RDFS + "subPropertyOf") for iri in kg.schema.predicates}
    for triple in kg.store.match(None, link):
        ends = {end: next(iter(iris(kg.store, plain(triple.subject), RDF + end)), "") for end in _ENDS}
        if ends["subject"] in known and ends["object"] in known:
            categories = known[ends["subject"]], known[ends["object"]]
            fitting = (p for p in predicates.get(ends["predicate"], ()) if _fits(kg, p, *categories))
            biolink = _short(next(fitting, None)) or RELATED
            yield _edge(kg, plain(triple.subject), {**ends, "biolink": biolink}, plain(triple.object), link)


_ENDS = ("subject", "predicate", "object")


def _edge(kg: KnowledgeGraph, proposition: str, ends: Mapping[str, str], claim: str, link: str) -> Row:
    certainty = next(iter(iris(kg.store, claim, ALS + "certainty")), "")
    is_inferred = link == _INFERRED
    is_fact = certainty in certainties_of_facts(kg.schema)
    sources = iris(kg.store, claim, DCTERMS + "source")
    is_by_machine = any(text(kg.store, source, ALS + "machineGenerated") == "true" for source in sources)
    return {
        "id": _curie(kg, claim),
        "subject": _curie(kg, ends["subject"]),
        "predicate": ends["biolink"],
        "object": _curie(kg, ends["object"]),
        "category": [ASSOCIATION],
        "knowledge_level": _level(is_inferred=is_inferred, is_fact=is_fact),
        "agent_type": _agent(is_inferred=is_inferred, is_by_machine=is_by_machine),
        "primary_knowledge_source": (resource := _resource(kg, sources)),
        "aggregator_knowledge_source": [] if resource == OURS else [OURS],
        "publications": sorted(_publications(kg, claim, sources)),
        "negated": "true" if link == _DISPUTED else "false",
        "original_predicate": _curie(kg, ends["predicate"]),
        "certainty": local_name(certainty) if certainty else "",
        "scope": sorted(_scope(kg, proposition)),
        # Biolink has no slot for it; without it, what is out of date looks like an assertion of today.
        "superseded_by": sorted(_curie(kg, later) for later in iris(kg.store, claim, ALS + "supersededBy")),
        "locator": text(kg.store, claim, ALS + "locator") or "",
        "source": sorted(_curie(kg, source) for source in sources),
        "provided_by": [PROVIDED_BY],
    }


def _level(*, is_inferred: bool, is_fact: bool) -> str:
    """The knowledge level of Biolink: what was only supposed, hoped for or advertised is no assertion."""
    if is_inferred:
        return "logical_entailment"
    return "knowledge_assertion" if is_fact else "not_provided"


def _agent(*, is_inferred: bool, is_by_machine: bool) -> str:
    """The agent type of Biolink: who made the statement, as far as the source tells."""
    if is_inferred:
        return "computational_model"
    return "automated_agent" if is_by_machine else "manual_agent"


def _resource(kg: KnowledgeGraph, sources: Iterable[str]) -> str:
    """The information resource that a claim was taken from; this graph, where it was read in a document."""
    known = (iri for source in sorted(sources) for iri in iris(kg.store, source, ALS + "informationResource"))
    return next((_curie(kg, iri) for iri in known), OURS)


def _publications(kg: KnowledgeGraph, claim: str, sources: Iterable[str]) -> set[str]:
    """
    The papers behind an edge: the source of its claim where that is one, and what the source cites there. A document
    without an identifier of its own is named as it is here, where it is a node.
    """
    cited = iris(kg.store, claim, ALS + "citation")
    papers = [*sources, *cited]
    bare = [p for p in papers if not iris(kg.store, p, ALS + "informationResource") and not _identifiers(kg, p)]
    return {*(m for paper in papers for m in _identifiers(kg, paper)), *(_curie(kg, paper) for paper in bare)}


def _identifiers(kg: KnowledgeGraph, paper: str) -> list[str]:
    return [_curie(kg, match) for match in iris(kg.store, paper, SKOS + "exactMatch")]


def _scope(kg: KnowledgeGraph, proposition: str) -> set[str]:
    triples = (t for t in kg.store.match(proposition) if t.predicate.value in kg.schema.scope_properties)
    return {f"{local_name(t.predicate.value)}: {_name(kg, t.object)}" for t in triples}


def _name(kg: KnowledgeGraph, term: Term) -> str:
    return (isinstance(term, ox.NamedNode) and text(kg.store, term.value, RDFS + "label")) or plain(term)


def _category(kg: KnowledgeGraph, class_: Class) -> str:
    return _short(next(iter(_above(kg.store, class_.iri, RDFS + "subClassOf")), None)) or "biolink:NamedThing"


def _fits(kg: KnowledgeGraph, predicate: str, subject: set[str], object_: set[str]) -> bool:
    """Whether Biolink has its predicate between such categories; one that isn't told to be narrower is between any."""
    ends = ((SCHEMA + "domainIncludes", subject), (SCHEMA + "rangeIncludes", object_))
    allowed = ((iris(kg.store, predicate, path), categories) for path, categories in ends)
    return all(not those or not categories.isdisjoint(map(_short, those)) for those, categories in allowed)


def _short(term: str | None) -> str | None:
    return term and f"biolink:{term.removeprefix(BIOLINK)}"


def _above(ontology: Triples, iri: str, upwards: str) -> list[str]:
    """The Biolink terms that a term of ours stands below or level with, the nearest first."""
    found, level, seen = list[str](), [iri], {iri}
    while level:
        above = [parent for term in level for parent in sorted(iris(ontology, term, upwards))]
        near = (*(m for term in level for m in _matched(ontology, term)), *above)
        found += [candidate for candidate in near if candidate.startswith(BIOLINK)]
        level = [parent for parent in above if parent not in seen]
        seen.update(level)
    return found


def _matched(ontology: Triples, iri: str) -> Iterator[str]:
    for property_ in _MATCHES:
        yield from sorted(iris(ontology, iri, property_))


def _curie(kg: KnowledgeGraph, iri: str) -> str:
    return curie_of(kg.schema.prefixes, iri) or iri


def as_table(rows: Iterable[Row], columns: Sequence[str]) -> bytes:
    """Rows as KGX writes TSV: several values of a cell with a bar between them."""
    out = io.StringIO()
    writer = csv.writer(out, dialect="excel-tab", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return out.getvalue().encode()


def _cell(value: str | list[str]) -> str:
    return "|".join(value) if isinstance(value, list) else value


def as_lines(rows: Iterable[Row]) -> bytes:
    """Rows as KGX writes JSON Lines: what has no value is left out, `negated` is a boolean, and a number a number."""
    return "".join(json.dumps(_plain(row), ensure_ascii=False) + "\n" for row in rows).encode()


def _plain(row: Row) -> dict[str, object]:
    kept = {key: value for key, value in row.items() if value}
    read: Mapping[str, Callable[[str], object]] = {"negated": "true".__eq__, **dict.fromkeys(NUMBERS, _number)}
    return {key: read[key](str(value)) if key in read else value for key, value in kept.items()}


def _number(text: str) -> float:
    number = float(text)
    return int(number) if number.is_integer() else number
