"""The house rule on what propositions and claims are called: their words say what is stated, and keep saying it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyoxigraph as ox

from alskg.evidence import DENIES, OBJECT, POLARITY, PREDICATE, STATES, SUBJECT
from alskg.faults import Fault, Site
from alskg.identity import CALLED, LABEL, NUMBER, called
from alskg.names import ALS, RDF, SKOS, local_name
from alskg.schema import Schema
from alskg.triples import Term, Triples, iris, objects, plain, subjects, text

DENIAL = "not: "
"""What may stand before the words of a claim that denies, after its mark."""
BETWEEN = " ,;:()"
"""What may stand between the names in a label."""
GAP = "…"
"""Where the object stands within the name of a property: `has … as a cure`."""
_HIDDEN = SKOS + "hiddenLabel"
_NAMING = (*CALLED, _HIDDEN)
_CLAIM = ALS + "Claim"
_PROPOSITION = ALS + "Proposition"
_TYPE = RDF + "type"
_READ = (SUBJECT, PREDICATE, OBJECT)

_Part = tuple[str, Term, list[str]]
"""What a proposition has in one place, with the property that says so, and what that is called."""


def called_otherwise(site: Site, iri: str) -> Iterator[Fault]:
    """
    The label of a proposition is a sentence of the names of its subject, its property, its object and what limits it,
    and of nothing else; that of a claim is such a sentence of what it states, after the mark by which it is cited.

    So nothing comes to be called otherwise under what was said of it: the name that stands in these words stays with
    it, and passes to nobody else. And no label says another thing than the statement.
    """
    label = text(site.whole, iri, LABEL)
    for proposition, said in _sayings(site.whole, iri, label) if label else ():
        parts = list(_parts(site, proposition))
        if not {*_READ}.issubset(property_ for property_, _, names in parts if names):
            # What lacks one of these, or has one that nothing describes, is told so by other rules.
            continue
        due = _sentence(parts)
        if said == due:
            continue
        unsaid = [part for part in parts if part[2] and not any(_is_said_in(said, name) for name in part[2])]
        for property_, term, names in unsaid:
            what = f"Its label is {label!r}, and its {local_name(property_)} {plain(term)} is not called so."
            mend = f"Say {names[0]!r} in it. Where that is a new name, keep the old one as altLabel, or as "
            mend += "hiddenLabel where it was a slip, and give it to nothing else."
            yield Fault(site.where(iri), iri, "called-otherwise", what, mend)
        if not unsaid and not _is_made_of(said, parts):
            what = f"Its label is {label!r}, which is not, by whatever names, {due!r}."
            mend = "Call it that; of a claim its notation or name may stand before it, with a colon, and 'not: ' after "
            mend += "that where it denies."
            yield Fault(site.where(iri), iri, "called-otherwise", what, mend)


def _sayings(triples: Triples, iri: str, label: str) -> Iterator[tuple[str, str]]:
    """The propositions that a label is to put into words, each with the words for it."""
    types = iris(triples, iri, _TYPE)
    if _PROPOSITION in types:
        yield iri, label
    if _CLAIM in types:
        marks = (f"{mark}: " for mark in (*map(plain, objects(triples, iri, NUMBER)), local_name(iri)))
        said = label.removeprefix(next(filter(label.startswith, marks), ""))
        if DENIES in iris(triples, iri, POLARITY):
            said = said.removeprefix(DENIAL)
        # What is wrong with the words of a proposition is told of that.
        yield from ((one, said) for one in iris(triples, iri, STATES) if said != text(triples, one, LABEL))


def _parts(site: Site, proposition: str) -> Iterator[_Part]:
    for property_ in (*_READ, *site.schema.scope_properties):
        for term in objects(site.whole, proposition, property_):
            yield property_, term, _names(site.whole, term)


def _names(triples: Triples, term: Term) -> list[str]:
    """What a term is called; a word that only helps to find it counts while nothing else is called by it."""
    if not isinstance(term, ox.NamedNode):
        return [plain(term)]
    names = [plain(name) for property_ in CALLED for name in objects(triples, term.value, property_)]
    hidden = objects(triples, term.value, _HIDDEN)
    return names + [plain(word) for word in hidden if all(other == term.value for other, _ in called(triples, word))]


def _sentence(parts: Sequence[_Part]) -> str:
    """What a proposition is called by the first name of each of its parts."""
    first = [names[0] if names else plain(term) for _, term, names in parts]
    within = f" ({', '.join(first[len(_READ) :])})" if len(first) > len(_READ) else ""
    return " ".join(first[: len(_READ)]) + within


def _is_said_in(label: str, name: str) -> bool:
    return all(_found_in(label, words) for words in name.split(GAP))


def _found_in(label: str, words: str) -> bool:
    return re.search(_pattern([words.strip().casefold()]), label.casefold()) is not None


def _is_made_of(label: str, parts: Sequence[_Part]) -> bool:
    """Whether a label has names of subject, property and object in this order, names of the rest, and nothing else."""
    bearers: dict[str, set[str]] = {}
    for property_, _, names in parts:
        for words in (words for name in names for words in name.casefold().split(GAP)):
            bearers.setdefault(words.strip(), set()).add(property_)
    said, rest = _taken_apart(label.casefold(), bearers)
    is_in_order = all(property_ in borne for property_, borne in zip(_READ, said, strict=False))
    return is_in_order and not rest.strip(BETWEEN)


def _taken_apart(label: str, bearers: Mapping[str, set[str]]) -> tuple[list[set[str]], str]:
    """What bears the names in a label, one after the other, and what is left of it without these."""
    pattern = _pattern(sorted(bearers, key=len, reverse=True))
    return [bearers[found] for found in re.findall(pattern, label)], re.sub(pattern, "", label)


def _pattern(words: Iterable[str]) -> str:
    return rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)"


def worded_by(schema: Schema, after: Triples, changed: Iterable[ox.Triple]) -> Iterator[str]:
    """The nodes, beside their subjects, whose verdict by this rule triples may alter that come or go."""
    parts = (*_READ, *schema.scope_properties)
    restated, renamed = set[str](), set[str]()
    for triple in changed:
        subject, property_ = plain(triple.subject), triple.predicate.value
        if property_ in (*parts, LABEL):
            restated.add(subject)
        if property_ in _NAMING:
            things = {subject, *(iri for iri, _ in called(after, triple.object, (_HIDDEN,)))}
            renamed.update(iri for thing in things for part in parts for iri in subjects(after, part, thing))
    for proposition in restated:
        yield proposition
        yield from subjects(after, STATES, proposition)
    for proposition in renamed - restated:
        yield proposition
        # Of a thing that much is said of there are many; nearly all have the words of their proposition.
        yield from (claim for claim in subjects(after, STATES, proposition) if _has_own_words(after, claim))


def _has_own_words(triples: Triples, claim: str) -> bool:
    label = text(triples, claim, LABEL)
    return label is not None and next(_sayings(triples, claim, label), None) is not None
