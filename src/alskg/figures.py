"""The house rules on figures: a quantity is what its label says, and can be what it is told as."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

import pyoxigraph as ox

from alskg.evidence import OBJECT, PREDICATE
from alskg.faults import Fault, Site
from alskg.identity import CALLED
from alskg.names import ALS, BASE, RDF, RDFS, SKOS, local_name
from alskg.schema import Measure
from alskg.triples import Term, Triples, iris, objects, plain, subjects, text

_TYPE = RDF + "type"
_QUANTITY = ALS + "Quantity"
_UNIT = ALS + "unit"
_VALUE, _AFFECTED, _EXAMINED = ALS + "value", ALS + "numberAffected", ALS + "numberExamined"
_ENDS = (ALS + "minimum", ALS + "maximum")
_INTERVAL = (ALS + "intervalMinimum", ALS + "intervalMaximum")
_MEASURED = (_VALUE, *_ENDS, *_INTERVAL)
"""What is a number of the quantity's own unit."""
_LEVEL = ALS + "intervalLevel"
_BESIDE = (_LEVEL, ALS + "standardError", _AFFECTED, _EXAMINED)
_WORDS = ALS + "verbalValue"
_COMPARATOR, _COMPARATORS = ALS + "comparator", BASE + "vocabularies/comparators"
_EQUAL = f"{_COMPARATORS}/equal-to"
_NAMES = (RDFS + "label", SKOS + "altLabel", SKOS + "notation")
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w)])[-\u2212\u2013](?=[\d.])|(?:^|(?<=[(=<>\u2264\u2265]))\s*[-\u2212\u2013]\s|\bminus\s)?"
    r"(?P<digits>(?<![\d.])(?:\d+(?:[ \u00a0\u202f,]\d{3}(?!\d))*(?:\.\d+)?|\.\d+))"
    r"(?:e(?P<e>[-+\u2212]?\d+)|\s?[x\u00d7]\s?10\^?(?P<ten>[-\u2212\u2013]?\d+))?",
    re.IGNORECASE,
)
"""A number with its sign, which is no dash between two, and a power of ten."""
_BETWEEN = r"(?:to|or|and|of|with|from|times|x|ci|se|iqr|p|n)\b|\d|[^\w%/\u00b5\u03bc]"
"""What may stand behind a number in place of its unit, which comes later or was there already."""
_MEND_OF_WORDS = "The words of a source, with figures of other kinds, are its verbalValue."
_HUNDRED, _HUNDREDTH = Decimal(100), "%"


def out_of_bounds(site: Site, iri: str) -> Iterator[Fault]:
    """What is told as a share, a time or a dose is one: it measures that, and lies where such numbers lie."""
    for property_, quantity in _told(site, iri):
        measure = site.schema.measures[property_]
        unit = next(iter(iris(site.whole, quantity, _UNIT)), None)
        if unit is None:
            continue
        kinds = site.schema.measures[unit].kinds if unit in site.schema.measures else ()
        if measure.kinds and set(kinds).isdisjoint(measure.kinds):
            due = " or ".join(local_name(kind) for kind in measure.kinds)
            what = f"{local_name(property_)} is told in units of {due}; {quantity} is in {local_name(unit)}."
            yield Fault(
                site.where(iri), iri, "other-kind", what, "Name a quantity of that kind, or use another property."
            )
        yield from _beyond(site, iri, quantity, measure, local_name(property_))


def _told(site: Site, iri: str) -> Iterator[tuple[str, str]]:
    """The properties by which a node tells quantities; a proposition does so by the property that it states."""
    stated = iris(site.whole, iri, PREDICATE)
    for triple in site.whole.match(iri):
        if not isinstance(triple.object, ox.NamedNode):
            continue
        by = stated if triple.predicate.value == OBJECT else [triple.predicate.value]
        for property_ in by:
            if property_ in site.schema.measures and _QUANTITY in iris(site.whole, triple.object.value, _TYPE):
                yield property_, triple.object.value


def impossible(site: Site, iri: str) -> Iterator[Fault]:
    """A number is one that its unit can have, and the share that it is said to be."""
    if _QUANTITY not in iris(site.whole, iri, _TYPE):
        return
    units, measures = iris(site.whole, iri, _UNIT), site.schema.measures
    for kind in (kind for unit in units if unit in measures for kind in measures[unit].kinds if kind in measures):
        yield from _beyond(site, iri, iri, measures[kind], local_name(kind))
    value, affected, examined = (
        next(iter(_numbers(site.whole, iri, [p])), None) for p in (_VALUE, _AFFECTED, _EXAMINED)
    )
    if parts := [number for number in (affected, examined) if number is not None and number % 1]:
        what = f"It counts {_shown(parts)}; who or what is counted is whole."
        yield Fault(site.where(iri), iri, "out-of-bounds", what, "Mend the number, or tell it as its value.")
    is_exact = set(iris(site.whole, iri, _COMPARATOR)) <= {_EQUAL}
    is_share = is_exact and any(_HUNDREDTH in _names(site.whole, unit) for unit in units)
    if not is_share or value is None or affected is None or not examined:
        return
    share = affected / examined * _HUNDRED
    if abs(share - value) > _rounding(value):
        what = f"{_shown([affected])} of {_shown([examined])} is {share:.1f} %, and its value is {_shown([value])}."
        yield Fault(site.where(iri), iri, "out-of-bounds", what, "Mend the one that is wrong.")


def _beyond(site: Site, iri: str, quantity: str, measure: Measure, of: str) -> Iterator[Fault]:
    """The numbers of a quantity that lie where no number of the sort can."""
    numbers = _numbers(site.whole, quantity, _MEASURED)
    least, greatest = measure.least, measure.greatest
    wrong = [n for n in numbers if (least is not None and n < least) or (greatest is not None and n > greatest)]
    if wrong:
        named = {"least": least, "most": greatest}
        bounds = [f"at {name} {_shown([bound])}" for name, bound in named.items() if bound is not None]
        what = f"{quantity} has {_shown(wrong)}; as {of} a number is {' and '.join(bounds)}."
        yield Fault(
            site.where(iri), iri, "out-of-bounds", what, "Mend the number or its unit, or use another property."
        )


def _rounding(value: Decimal) -> Decimal:
    """How far a number may lie from what it was rounded from: half of its last digit."""
    exponent = value.normalize().as_tuple().exponent
    return Decimal("0.5").scaleb(min(0, exponent if isinstance(exponent, int) else 0))


def misnumbered(site: Site, iri: str) -> Iterator[Fault]:
    """The numbers in what a quantity is called are its own, with its unit: people read that, and programs the rest."""
    if _QUANTITY not in iris(site.whole, iri, _TYPE):
        return
    units = [name for unit in iris(site.whole, iri, _UNIT) for name in _names(site.whole, unit)]
    words = [plain(term) for term in objects(site.whole, iri, _WORDS)]
    own = _numbers(site.whole, iri, (*_MEASURED, *_BESIDE))
    # "9 of 12 patients (95 % CI …)": those that were looked at have a unit of their own, and so has a level.
    beside = _numbers(site.whole, iri, (_AFFECTED, _EXAMINED, _LEVEL))
    for label in (plain(term) for property_ in CALLED for term in objects(site.whole, iri, property_)):
        # "500/mm3": the digit is the unit's.
        said = _without(label, (*words, *(name for name in units if re.search(r"\d", name))))
        told = list(_told_in(said, units))
        foreign = [number for number, _ in told if number not in own]
        if foreign:
            what = f"It is called {label!r}, and {_shown(foreign)} is none of its numbers."
            yield Fault(site.where(iri), iri, "misnumbered", what, f"Mend one of the two. {_MEND_OF_WORDS}")
        for unit in (unit for number, unit in told if unit and number in own and number not in beside):
            what = f"It is called {label!r}, and {unit!r} is not what its unit is called."
            yield Fault(site.where(iri), iri, "misnumbered", what, f"Write {' or '.join(units)}. {_MEND_OF_WORDS}")
        yield from _miscompared(site, iri, label, said)
    yield from _left_out(site, iri)


def _miscompared(site: Site, iri: str, label: str, said: str) -> Iterator[Fault]:
    """A label says of the value what its comparator says: that it is that number, or lies above or below it."""
    values = _numbers(site.whole, iri, [_VALUE])
    meant = iris(site.whole, iri, _COMPARATOR) or [_EQUAL]
    before = [said[: match.start()] for match in _NUMBER.finditer(said) if _value_of(match) in values]
    names = _comparators(site.whole) if before else {}
    told = {_comparator_after(words, names) for words in before}
    # It may say the number once more: "60 mg over 60 minutes".
    if told and told.isdisjoint(meant):
        what = (
            f"It is called {label!r}, as if it were {' or '.join(sorted(map(local_name, told)))} the number; its "
            f"comparator is {local_name(meant[0])}."
        )
        yield Fault(site.where(iri), iri, "misnumbered", what, f"Mend one of the two. {_MEND_OF_WORDS}")


def _comparators(triples: Triples) -> dict[str, str]:
    """The comparators, by each of their names."""
    every = subjects(triples, SKOS + "inScheme", _COMPARATORS)
    return {name: comparator for comparator in every for name in _names(triples, comparator)}


def _comparator_after(said: str, names: Mapping[str, str]) -> str:
    """The comparator that the last words before a number say; without any the number is meant itself."""
    before = said.rstrip().lower()
    # "at least" is none of "least", nor ">=" of "=".
    ending = (name for name in sorted(names, key=len, reverse=True) if re.search(rf"(?<!\w){re.escape(name)}$", before))
    return names.get(next(ending, ""), _EQUAL)


def _left_out(site: Site, iri: str) -> Iterator[Fault]:
    """A label that has numbers, be it in the words of a source, has the one that counts."""
    label = text(site.whole, iri, RDFS + "label") or ""
    told = {number for number, _ in _told_in(label, ())}
    share = {*_numbers(site.whole, iri, [_AFFECTED]), *_numbers(site.whole, iri, [_EXAMINED])}
    # "9 of 12" says the share as well.
    needed = [] if share and share <= told else _numbers(site.whole, iri, (_VALUE, *_ENDS))
    unsaid = [number for number in needed if told and number not in told]
    if unsaid:
        what = f"Its label {label!r} leaves out {_shown(unsaid)}."
        yield Fault(site.where(iri), iri, "misnumbered", what, "Say the number in the label, or no number at all.")


def _told_in(said: str, units: Sequence[str]) -> Iterator[tuple[Decimal, str]]:
    """
    The numbers in a text, each with what stands behind it where that is neither one of the units nor a word that may
    stand between figures.
    """
    longest = "|".join(re.escape(name) for unit in units for name in (f"{unit}s", unit))
    ending = r"(?![\w/·^]|\s?(?:per\b|/))"
    for match in _NUMBER.finditer(said):
        rest = said[match.end() :].lstrip(" \u00a0\u202f-")
        # One word may qualify the unit: "2 main forms".
        own = rf"(?:[^\W\d_]{{4,}}\s)?(?:{longest}){ending}"
        is_plain = not rest or not units or re.match(rf"{own}|{_BETWEEN}", rest, re.IGNORECASE)
        yield _value_of(match), "" if is_plain else re.match(r"\S+", rest)[0]  # type: ignore[index]


def _value_of(match: "re.Match[str]") -> Decimal:
    digits = re.sub("[ \u00a0\u202f,]", "", match["digits"])
    power = (match["e"] or match["ten"] or "0").replace("\u2212", "-").replace("\u2013", "-")
    return Decimal(f"{'-' if match['sign'] else ''}{digits}e{power}")


def _names(triples: Triples, iri: str) -> list[str]:
    """What a unit is called in texts; the 1 of what has none, in the Unified Code for Units of Measure, is a number."""
    names = (plain(term) for property_ in _NAMES for term in objects(triples, iri, property_))
    return [name for name in names if not name.isdigit()]


def _without(label: str, words: Iterable[str]) -> str:
    """A text without some words, the longest first; what was apart stays so."""
    for word in sorted(words, key=len, reverse=True):
        label = re.sub(rf"(?<![^\W\d_]){re.escape(word)}(?![^\W\d_])", " ; ", label)
    return label


def _numbers(triples: Triples, iri: str, properties: Iterable[str]) -> list[Decimal]:
    return [n for property_ in properties for term in objects(triples, iri, property_) for n in _number(term)]


def _shown(numbers: Iterable[Decimal]) -> str:
    return ", ".join(f"{number.normalize():f}" for number in numbers)


def _number(term: Term) -> Iterator[Decimal]:
    # What is no number is told so by other rules.
    try:
        number = Decimal(plain(term))
    except InvalidOperation:
        return
    if number.is_finite():
        yield number


def told_by(after: Triples, changed: Iterable[ox.Triple]) -> Iterator[str]:
    """The nodes that tell quantities, beside those that changed, whose verdict by these rules the change may alter."""
    read = (*_MEASURED, _UNIT)
    figures = {plain(triple.subject) for triple in changed if triple.predicate.value in read}
    return (plain(triple.subject) for iri in figures for triple in after.match(None, None, iri))
