"""Is the ontology such that the program can read it, its questions included, and people too?"""

import difflib
from collections.abc import Callable, Iterator
from pathlib import Path

from alskg.errors import SourceError
from alskg.faults import Fault, Site
from alskg.files import text_of
from alskg.names import OWL, RDF, RDFS, SKOS, local_name
from alskg.queries import read_query
from alskg.rules import TRIPLE_RULES
from alskg.schema import Schema
from alskg.triples import Triples, plain, reached, subjects, text


def illegible(schema: Schema, root: Path | None) -> Iterator[Fault]:
    """
    Why a graph with this ontology couldn't be opened again: a term that lacks what is read of it, or a question under
    a directory that can't be read with its prefixes, classes and lists.
    """
    try:
        # Each of these is read when it is first asked for.
        _ = (schema.classes, schema.predicates, schema.vocabularies, schema.prefixes, schema.properties)
        _ = (schema.stated_of, schema.leading_to)
    except (SourceError, ValueError) as error:
        mend = "Without it the graph can't be opened. Change it in the same change as what rests on it."
        yield Fault("ontology", "-", "readable", str(error).removeprefix("ontology: "), mend)
        return
    if not schema.prefixes:
        what = "There is no prefix declaration left."
        yield Fault("ontology/prefixes.ttl", "-", "readable", what, "Leave those that anything is written with.")
    if root is not None:
        yield from unreadable_questions(schema, root)


def unreadable_questions(schema: Schema, root: Path) -> Iterator[Fault]:
    """Every question can be read, and asks for members of classes and lists that there are."""
    known = {"class": {c.name for c in schema.classes.values()}, "vocabulary": set(schema.vocabularies)}
    for file in sorted((root / "queries").glob("*.rq")):
        name = file.relative_to(root).as_posix()
        try:
            query = read_query(file.name, text_of(file, root), schema.prefixes)
        except SourceError as error:
            yield Fault(name, "-", "question", str(error).removeprefix(f"{name}: "), "Mend it there.")
            continue
        if query.address in schema.collections:
            what = f"'address' {query.address!r} is that of a collection."
            yield Fault(name, "-", "question", what, "Choose another word.")
        for parameter in query.parameters:
            for kind, value in (("class", parameter.class_), ("vocabulary", parameter.vocabulary)):
                if value is not None and value not in known[kind]:
                    near = difflib.get_close_matches(value, known[kind], n=1) or sorted(known[kind])
                    what = f"There is no {kind} {value!r}."
                    yield Fault(name, parameter.name, "question", what, f"There is {', '.join(near)}.")


def unnamed_terms(schema: Schema, ontology: Triples, where: Callable[[str], str]) -> Iterator[Fault]:
    """Every class, property and concept has a label and a definition."""
    terms = set(schema.properties) | set(subjects(ontology, RDF + "type", SKOS + "Concept"))
    for iri in sorted(terms | set(subjects(ontology, RDF + "type", OWL + "Class"))):
        for property_ in (RDFS + "label", SKOS + "definition"):
            if text(ontology, iri, property_) is None:
                what = f"It has no {local_name(property_)}."
                yield Fault(where(iri), iri, "unnamed-term", what, "Add one in English (@en).")


def circles(ontology: Triples, where: Callable[[str], str]) -> Iterator[Fault]:
    """Nothing in the ontology is above itself, at however many steps."""
    for property_ in (RDFS + "subClassOf", RDFS + "subPropertyOf", SKOS + "broader"):
        for iri in sorted({plain(triple.subject) for triple in ontology.match(None, property_)}):
            if iri in reached(ontology, iri, property_):
                what = f"{local_name(property_)} leads from it back to itself."
                yield Fault(where(iri), iri, "circle", what, "Leave out one of the steps.")


def faults_of_terms(site: Site, ontology: Triples) -> Iterator[Fault]:
    """What is wrong with the terms of the ontology by the house rules."""
    for triple in ontology.match():
        where = site.where(plain(triple.subject))
        file = where if where.startswith("ontology/") else "ontology/"
        yield from (fault for rule in TRIPLE_RULES for fault in rule(site, file, triple))
    yield from unnamed_terms(site.schema, ontology, site.where)
    yield from circles(ontology, site.where)
