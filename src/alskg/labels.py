"""The house rule on what propositions are called: their words say what they state, and keep saying it."""

import re
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from alskg.evidence import OBJECT, SUBJECT
from alskg.faults import Fault, Site
from alskg.identity import CALLED, LABEL, called
from alskg.names import ALS, RDF, SKOS, local_name
from alskg.schema import Schema
from alskg.triples import Term, Triples, iris, objects, plain, subjects, text

_HIDDEN = SKOS + "hiddenLabel"
_NAMING = (*CALLED, _HIDDEN)
_PROPOSITION = ALS + "Proposition"
_TYPE = RDF + "type"


def called_otherwise(site: Site, iri: str) -> Iterator[Fault]:
    """
    The label of a proposition names its ends and what limits it, by names that these bear.

    So nothing comes to be called otherwise under what was said of it: the name that stands in these words stays with
    it, and passes to nobody else. How a claim is called is for its curator to choose.
    """
    label = text(site.whole, iri, LABEL)
    if label is None or _PROPOSITION not in iris(site.whole, iri, _TYPE):
        return
    for part in (SUBJECT, OBJECT, *site.schema.scope_properties):
        for term in objects(site.whole, iri, part):
            names = _names(site.whole, term)
            if names and not any(_is_said_in(label, name) for name in names):
                what = f"Its label is {label!r}, and its {local_name(part)} {plain(term)} is not called so."
                mend = f"Say {names[0]!r} in it. Where that is a new name, keep the old one as altLabel, or as "
                mend += "hiddenLabel where it was a slip, and give it to nothing else."
                yield Fault(site.where(iri), iri, "called-otherwise", what, mend)


def _names(triples: Triples, term: Term) -> list[str]:
    """What a term is called; a word that only helps to find it counts while nothing else is called by it."""
    if not isinstance(term, ox.NamedNode):
        return [plain(term)]
    names = [plain(name) for property_ in CALLED for name in objects(triples, term.value, property_)]
    hidden = objects(triples, term.value, _HIDDEN)
    return names + [plain(word) for word in hidden if all(other == term.value for other, _ in called(triples, word))]


def _is_said_in(label: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", label.casefold()) is not None


def worded_by(schema: Schema, after: Triples, changed: Iterable[ox.Triple]) -> Iterator[str]:
    """The nodes, beside their subjects, whose verdict by this rule triples may alter that come or go."""
    for triple in changed:
        subject, property_ = plain(triple.subject), triple.predicate.value
        ends = (SUBJECT, OBJECT, *schema.scope_properties)
        about: list[str] = [subject] if property_ in ends else []
        if property_ in _NAMING:
            things = {subject, *(iri for iri, _ in called(after, triple.object, (_HIDDEN,)))}
            about = [iri for thing in things for part in ends for iri in subjects(after, part, thing)]
        yield from about
