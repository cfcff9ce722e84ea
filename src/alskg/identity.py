"""The house rules on names: what a thing is called here is its own, and what it is called elsewhere has its place."""

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from alskg.faults import Fault, Site
from alskg.names import ALS, RDF, RDFS, SKOS, local_name
from alskg.schema import Class, Schema
from alskg.triples import Term, Triples, iris, objects, plain, subjects, text

MATCHES = tuple(SKOS + name for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch"))
"""The ways in which a thing may be like one of another vocabulary."""
EXACT = MATCHES[0]
PUBLICATIONS = ("DOI", "PMC", "PMID")
"""The prefixes of the identifiers by which a source is known; they stand with the source."""
REGISTRATIONS = ("NCT",)
"""Those under which what is registered was entered itself; they stand with it, as nobody had to find out."""
LABEL = RDFS + "label"
SYNONYM = SKOS + "altLabel"
CALLED = (LABEL, SYNONYM)
"""What a thing is called; a hidden label only helps to find it, and gives way to these."""
NUMBER = SKOS + "notation"
"""What something is numbered by where it comes from, as a claim."""
TIES = (SKOS + "related", SKOS + "broader")
"""What says how two things belong together."""
_DEFINITION = SKOS + "definition"
_SOURCE = ALS + "Source"
_CLAIM = ALS + "Claim"
_TYPE = RDF + "type"


def undefined(site: Site, iri: str) -> Iterator[Fault]:
    """What isn't told by its fields alone says what it is; a label said again doesn't."""
    label, said = (text(site.whole, iri, property_) for property_ in (LABEL, _DEFINITION))
    for class_ in _named_classes(site, iri)[:1]:
        if said is None:
            what = f"A {class_.label} needs a definition, which says what it is."
            yield Fault(site.where(iri), iri, "undefined", what, "Add skos:definition, in English (@en).")
        elif label and said.casefold().strip(" .") == label.casefold():
            what = "Its definition only says its label again."
            yield Fault(site.where(iri), iri, "undefined", what, "Say what it is.")


def _named_classes(site: Site, iri: str) -> list[Class]:
    """Of a node's classes, those whose members are told apart by what they are called."""
    return [class_ for class_ in site.schema.owners(iris(site.whole, iri, _TYPE)) if not class_.is_told_by_fields]


def namesakes(site: Site, iri: str) -> Iterator[Fault]:
    """
    A label is one thing's in its class, so that it leads to it; what is another's synonym may be one only where the
    two are said to belong together. Words that are synonyms of several lead to none of them, and may be.
    """
    mine = {class_.iri for class_ in _named_classes(site, iri)}
    if not mine:
        return
    for property_ in CALLED:
        for term in objects(site.whole, iri, property_):
            for other, by in called(site.whole, term):
                are_labels = property_ == by == LABEL
                if other == iri or property_ == by == SYNONYM or (not are_labels and _are_tied(site.whole, iri, other)):
                    continue
                if mine.intersection(class_.iri for class_ in _named_classes(site, other)):
                    what = f"{other} is called {plain(term)!r}, too."
                    mend = "Give one of them another label, or merge the two."
                    if not are_labels:
                        mend = "Leave the synonym out; or tie the two by skos:related or skos:broader, or merge them."
                    yield Fault(site.where(iri), iri, "shared-name", what, mend)


def numbered(site: Site, iri: str) -> Iterator[Fault]:
    """The number of a claim, by which it is cited, is its own."""
    if _CLAIM not in iris(site.whole, iri, _TYPE):
        return
    for number in objects(site.whole, iri, NUMBER):
        for other in subjects(site.whole, NUMBER, number):
            if other != iri and _CLAIM in iris(site.whole, other, _TYPE):
                what = f"Its number {plain(number)} is that of {other}, too."
                yield Fault(site.where(iri), iri, "shared-number", what, "Give it a number of its own, or none.")


def called(triples: Triples, term: Term, properties: Iterable[str] = CALLED) -> Iterator[tuple[str, str]]:
    """What is called by this word, with the property by which it is; however the case is, as far as people vary it."""
    if isinstance(term, ox.Literal) and term.language == "en":
        words = sorted(word for word in _spellings(term.value) if term.value in _spellings(word))
        for word in words:
            for property_ in properties:
                for found in triples.match(None, property_, ox.Literal(word, language="en")):
                    yield plain(found.subject), property_


def _spellings(word: str) -> set[str]:
    """A word as it may be written: all of it in one case, or its first letter, or the first of each of its words."""
    first = (word[:1].upper() + word[1:], word[:1].lower() + word[1:])
    return {word, word.lower(), word.upper(), word.capitalize(), word.title(), *first}


def _are_tied(triples: Triples, one: str, other: str) -> bool:
    pairs = ((one, other), (other, one))
    return any(next(triples.match(a, tie, b), None) is not None for tie in TIES for a, b in pairs)


def with_their_names(before: Triples, after: Triples, changed: Iterable[ox.Triple]) -> set[str]:
    """The nodes, beside their subjects, whose verdict by `namesakes` or `numbered` triples may alter."""
    found: set[str] = set()
    for triple in changed:
        numbers = [triple.object] if triple.predicate.value == NUMBER else []
        if triple.predicate.value == _TYPE and triple.object == ox.NamedNode(_CLAIM):
            numbers = [term for t in (before, after) for term in objects(t, plain(triple.subject), NUMBER)]
        found.update(iri for number in numbers for iri in subjects(after, NUMBER, number))
        terms: list[Term] = []
        if triple.predicate.value in CALLED:
            terms = [triple.object]
        elif triple.predicate.value == _TYPE:
            subject = plain(triple.subject)
            terms = [term for t in (before, after) for property_ in CALLED for term in objects(t, subject, property_)]
        elif triple.predicate.value in TIES and isinstance(triple.object, ox.NamedNode):
            found.add(triple.object.value)
        found.update(iri for term in terms for iri, _ in called(after, term))
    return found


def matches(site: Site, iri: str) -> Iterator[Fault]:
    """What else a thing is called stands in a mapping table, which says how that is known; each name of one thing."""
    for property_ in MATCHES:
        for term in objects(site.whole, iri, property_):
            yield from _out_of_place(site, iri, property_, term)
    for term in objects(site.whole, iri, EXACT):
        for other in subjects(site.whole, EXACT, term):
            if other != iri:
                what = f"{plain(term)} is what {other} is called, too; /resolve could lead to either."
                mend = "Keep it with one of them; say skos:closeMatch of the other, or merge the two."
                yield Fault(site.where(iri), iri, "shared-identifier", what, mend)


def of_two_works(site: Site, iri: str) -> Iterator[Fault]:
    """A source has one number of each kind: with two it would be two works."""
    if _SOURCE not in iris(site.whole, iri, _TYPE):
        return
    for kind in PUBLICATIONS:
        numbers = numbers_of(site.whole, site.schema, iri, kind)
        if len(numbers) > 1:
            what = f"Its {kind} is {' and '.join(numbers)}."
            yield Fault(site.where(iri), iri, "two-works", what, "Keep its own; another work is a source of its own.")


def numbers_of(triples: Triples, schema: Schema, iri: str, kind: str) -> list[str]:
    """The identifiers of one kind, as `DOI`, that something bears by itself, in a stable order."""
    space = schema.prefixes.get(kind)
    return [number for number in iris(triples, iri, EXACT) if space and number.startswith(space)]


def _out_of_place(site: Site, iri: str, property_: str, term: Term) -> Iterator[Fault]:
    triple = ox.Triple(ox.NamedNode(iri), ox.NamedNode(property_), term)
    outside = [file for file in site.files_with(triple) if not file.startswith("ontology/mappings/")]
    if not outside or (property_ == EXACT and _is_registered(site, iri, plain(term))):
        return
    what = f"{local_name(property_)}: {plain(term)} stands outside of the mapping tables."
    mend = (
        "Put it into ontology/mappings/, with how it is known; with a thing stands only its exactMatch with its own "
        f"{', '.join((*PUBLICATIONS, *REGISTRATIONS))} number."
    )
    yield from (Fault(file, iri, "match-outside", what, mend) for file in sorted(outside))


def _is_registered(site: Site, iri: str, identifier: str) -> bool:
    """Whether an identifier is one that a thing of this kind has by itself."""
    is_source = _SOURCE in iris(site.whole, iri, _TYPE)
    known = site.schema.prefixes
    spaces = tuple(known[name] for name in (PUBLICATIONS if is_source else REGISTRATIONS) if name in known)
    return identifier.startswith(spaces)
