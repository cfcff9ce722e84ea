"""What the words of the graph must hold: each is declared, defined and used, and what it is mapped to exists."""

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from alskg.curated import Curated
from alskg.names import ALS, BASE, OWL, RDF, RDFS, SH, SKOS, XSD, local_name
from alskg.triples import iris, objects, plain, subjects

ROOT = Path(__file__).parents[2]
BIOLINK = "https://w3id.org/biolink/vocab/"
BIOLINK_TERMS = Path(__file__).with_name("biolink_terms.txt")
"""The version of the Biolink Model that was looked at, and the terms of it that are used here and were found in it."""

LANGUAGES = (RDF, RDFS, OWL, SH, SKOS, XSD)
"""What an ontology is written in; the terms of these are declared by their own authors."""

DERIVED = "derived from claims, never authored"
UNUSED = {
    "supportedBy": DERIVED,
    "disputedBy": DERIVED,
    "inferredBy": DERIVED,
    "contested": DERIVED,
    "retractedBy": "no claim of the curated files was retracted yet",
    "retractionReason": "likewise",
}
"""The declared properties of ours that no curated file uses, each with the reason."""


@pytest.fixture(scope="module")
def curated() -> Curated:
    return Curated.read(ROOT)


def terms_in_use(curated: Curated) -> Iterator[tuple[str, str]]:
    """Every property, class, concept and datatype that a file uses, with the file."""
    for file, triples in curated.files.items():
        for triple in triples:
            yield triple.predicate.value, file.name
            if triple.predicate.value in (RDF + "type", RDF + "predicate"):
                yield plain(triple.object), file.name
            if isinstance(triple.object, ox.Literal):
                yield triple.object.datatype.value, file.name
            elif isinstance(triple.object, ox.NamedNode) and triple.object.value.startswith((ALS, BASE + "vocab")):
                yield triple.object.value, file.name


def test_every_term_in_use_is_declared(curated: Curated) -> None:
    prefixes = set(curated.schema.prefixes.values())
    unknown = {
        f"{file}: {term}"
        for term, file in terms_in_use(curated)
        if not term.startswith(LANGUAGES)
        and term not in prefixes
        and next(curated.ontology.match(term, RDF + "type"), None) is None
    }
    assert unknown == set()


def declared(curated: Curated) -> list[str]:
    classes = subjects(curated.ontology, RDF + "type", OWL + "Class")
    concepts = subjects(curated.ontology, RDF + "type", SKOS + "Concept")
    lists = subjects(curated.ontology, RDF + "type", SKOS + "ConceptScheme")
    return sorted({*curated.schema.properties, *classes, *concepts, *lists})


def english(curated: Curated, iri: str, property_: str) -> list[str]:
    found = objects(curated.ontology, iri, property_)
    return [term.value for term in found if isinstance(term, ox.Literal) and term.language == "en"]


def test_every_declared_term_has_one_english_label_and_one_definition(curated: Curated) -> None:
    wrong = {
        f"{iri}: {local_name(property_)}"
        for iri in declared(curated)
        for property_ in (RDFS + "label", SKOS + "definition")
        if len(objects(curated.ontology, iri, property_)) != 1 or len(english(curated, iri, property_)) != 1
    }
    assert wrong == set()


def test_every_definition_is_a_sentence(curated: Curated) -> None:
    definitions = {iri: english(curated, iri, SKOS + "definition")[0] for iri in declared(curated)}
    assert {iri for iri, text in definitions.items() if not (text[0].isupper() and text.endswith("."))} == set()


def above(curated: Curated, iri: str, property_: str) -> set[str]:
    found: set[str] = {iri}
    for parent in iris(curated.ontology, iri, property_):
        found |= above(curated, parent, property_)
    return found


def test_every_property_of_ours_is_used_or_above_one_that_is(curated: Curated) -> None:
    used = {t.predicate.value for triples in curated.files.values() for t in triples}
    # A property that a source is said to be silent about is used, too.
    for naming in (RDF + "predicate", ALS + "notStated"):
        used |= {plain(t.object) for t in curated.whole.match(None, naming)}
    reached = set().union(*(above(curated, iri, RDFS + "subPropertyOf") for iri in used))
    ours = {iri for iri in curated.schema.properties if iri.startswith(ALS)}
    unused = {local_name(iri) for iri in ours - reached}
    assert unused == set(UNUSED), "Use the property, remove it, or say in UNUSED why it stays."


def test_every_class_is_used_or_above_one_that_is(curated: Curated) -> None:
    used = {plain(t.object) for t in curated.whole.match(None, RDF + "type")}
    reached = set().union(*(above(curated, iri, RDFS + "subClassOf") for iri in used))
    assert set(subjects(curated.ontology, RDF + "type", OWL + "Class")) <= reached


def test_every_concept_is_of_the_class_and_the_namespace_of_its_list(curated: Curated) -> None:
    for vocabulary in curated.schema.vocabularies.values():
        scheme = f"{BASE}vocabularies/{vocabulary.name}"
        members = subjects(curated.ontology, SKOS + "inScheme", scheme)
        assert members, f"{vocabulary.name} is empty"
        classes = {tuple(c for c in iris(curated.ontology, iri, RDF + "type") if c.startswith(ALS)) for iri in members}
        assert len(classes) == 1, f"{vocabulary.name} is of several classes: {classes}"
        assert {iri.rpartition("/")[0] for iri in members} == {scheme}


def biolink_terms() -> tuple[str, list[str]]:
    version, *terms = BIOLINK_TERMS.read_text(encoding="utf-8").split()
    return version, terms


def test_every_biolink_term_in_use_was_seen_in_the_biolink_model(curated: Curated) -> None:
    triples = (t for found in curated.files.values() for t in found)
    ends = {plain(end) for t in triples for end in (t.subject, t.predicate, t.object)}
    used = {iri.removeprefix(BIOLINK) for iri in ends if iri.startswith(BIOLINK) and iri != BIOLINK}
    version, known = biolink_terms()
    assert used == set(known), f"Look the term up in biolink-model {version} (PyPI), then mend {BIOLINK_TERMS.name}."


def test_the_list_of_biolink_terms_is_in_order_and_says_its_version() -> None:
    version, terms = biolink_terms()
    assert [part.isdigit() for part in version.split(".")] == [True] * 3
    assert terms == sorted(set(terms))


def test_a_foreign_property_in_use_is_declared_with_our_words(curated: Curated) -> None:
    foreign = {t.predicate.value for found in curated.files.values() for t in found if ALS not in t.predicate.value}
    assert foreign <= curated.schema.properties
