"""The house rules on how values are written: texts to be read, links that lead somewhere, numbers that are some."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pyoxigraph as ox

from alskg.characters import is_composed, unfit
from alskg.evidence import ANTICIPATED, CERTAINTY, DATE
from alskg.faults import Fault, Site
from alskg.names import ALS, DCTERMS, RDFS, SKOS, XSD, local_name
from alskg.triples import iris, plain

_DAY = "(0[1-9]|[12][0-9]|3[01])"
_MONTH = "(0[1-9]|1[0-2])"
_YEAR = "-?[0-9]{4,}"
_ZONE = "(Z|[+-][0-9]{2}:[0-9]{2})?"
_SPELLINGS = {
    XSD + "decimal": r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)",
    XSD + "integer": "[+-]?[0-9]+",
    XSD + "boolean": "true|false|1|0",
    XSD + "date": f"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}",
    XSD + "gYearMonth": f"{_YEAR}-{_MONTH}{_ZONE}",
    XSD + "gYear": f"{_YEAR}{_ZONE}",
    XSD + "dateTime": rf"{_YEAR}-{_MONTH}-{_DAY}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]+)?{_ZONE}",
}
"""How the values of a datatype are written (XML Schema 1.1, part 2)."""
_OF_DAYS = (XSD + "date", XSD + "dateTime")


def ill_typed(site: Site, file: str, triple: ox.Triple) -> Iterator[Fault]:
    """A literal is of the datatype that it says: engines keep, and some accept, a decimal that is no number."""
    if isinstance(triple.object, ox.Literal):
        datatype, text = triple.object.datatype.value, triple.object.value
        is_spelled = datatype not in _SPELLINGS or re.fullmatch(_SPELLINGS[datatype], text) is not None
        if not is_spelled or (datatype in _OF_DAYS and not _is_day(text)):
            what = f"{local_name(plain(triple.predicate))}: {text[:60]!r} is no xsd:{local_name(datatype)}."
            yield Fault(file, plain(triple.subject), "ill-typed", what, "Write it as that datatype is written.")


def _is_day(text: str) -> bool:
    """Whether a text begins with a day of the calendar, as far as that goes back to the year 1."""
    try:
        return len(text.partition("-")[0]) != len("2014") or bool(date.fromisoformat(text[: len("2014-04-09")]))
    except ValueError:
        return False


_AS_OF = ALS + "asOf"
_OF_THE_PAST = frozenset(
    {_AS_OF, DATE, ALS + "reviewedOn", ALS + "seenOn", DCTERMS + "date", DCTERMS + "issued", DCTERMS + "modified"}
)


def to_come(site: Site, file: str, triple: ox.Triple) -> Iterator[Fault]:
    """
    What tells when a text was written, or when something held, lies behind: a slip would hide a claim for years.

    What is anticipated holds at a day to come.
    """
    node, property_ = plain(triple.subject), triple.predicate.value
    if property_ not in _OF_THE_PAST or not isinstance(triple.object, ox.Literal):
        return
    said = triple.object.value
    # Somewhere it is tomorrow already.
    latest = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
    is_ahead = said[:1].isdigit() and said[: len(latest)] > latest[: len(said)]
    if is_ahead and not (property_ in (_AS_OF, DATE) and ANTICIPATED in iris(site.whole, node, CERTAINTY)):
        what = f"{local_name(property_)}: {said} is yet to come."
        yield Fault(file, node, "to-come", what, "Mend the slip; only a claim that is anticipated is of a later day.")


_LINK = re.compile(r"(?:https?://[^/?#\s]+|urn:[a-z0-9][a-z0-9-]{0,31}:.).*", re.IGNORECASE | re.DOTALL)
DOIS = "https://doi.org/"
LINK_LENGTH_MAX = 2_000
"""How many characters an IRI may have; some clients and servers read no longer ones."""


def links(site: Site, file: str, triple: ox.Triple) -> Iterator[Fault]:
    """An IRI leads somewhere or names something: nothing that a browser would run, nothing endless or unseen."""
    if not isinstance(triple.object, ox.NamedNode):
        return
    iri, node = triple.object.value, plain(triple.subject)
    what = f"{local_name(plain(triple.predicate))}: {iri[:60]}"
    if not _LINK.fullmatch(iri):
        yield Fault(file, node, "strange-link", f"{what} is no http, https or urn IRI.", "Use one that is.")
    elif len(iri) > LINK_LENGTH_MAX:
        mend = f"Use one of at most {LINK_LENGTH_MAX:,} characters."
        yield Fault(file, node, "strange-link", f"{what}… has {len(iri):,} characters.", mend)
    elif iri.startswith(DOIS) and iri != iri.lower():
        mend = f"Write it as {iri.lower()}, as it is looked up."
        yield Fault(file, node, "strange-link", f"{what} has capitals, which make no difference to a DOI.", mend)
    elif (character := unfit(iri, one_line=True)) is not None:
        yield Fault(file, node, "strange-link", f"{what} has the character {character}.", "Write it without.")


_LATIN = frozenset("ßæœøłđðþıÆŒØŁĐÐÞ")
"""The letters of Latin alphabets that are no plain ones with a mark."""
_GREEK_AS_LATIN = frozenset(
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u037f"  # as ABEZHIKMNOPTYXJ
    "\u03bd\u03bf\u03f3"  # as voj
)
"""The Greek letters that look just like Latin ones; the others, as the alpha of TNF, can be told from them."""
_HYPHENS = frozenset("\u2010\u2011")
"""What looks just like the plain hyphen."""

_SPACED = re.compile("  |[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""Two spaces, or one of Unicode's others."""


def _lookalikes(file: str, node: str, name: str, said: ox.Literal) -> Iterator[Fault]:
    """What makes a name another one than that which it looks like, so that one thing could pass for two."""
    if said.language is not None and said.language.startswith("en-"):
        what = f"{name}: {said.value[:60]!r} is in @{said.language}, beside names in @en."
        yield Fault(file, node, "lookalike", what, "Write it in @en.")
    if _SPACED.search(said.value):
        what = f"{name}: {said.value[:60]!r} has spaces in a row, or of another kind."
        yield Fault(file, node, "lookalike", what, "Put one plain space between two words.")
    # What is fit for no text is told by another rule.
    if found := next((one for one in said.value if _is_strange(one) and unfit(one) is None), None):
        what = f"{name}: {said.value[:60]!r} has {found!r} (U+{ord(found):04X}), which can pass for other letters."
        plainly = unicodedata.normalize("NFKC", found)
        mend = "Write it in plain Latin letters, with Greek ones only where they look like none of these."
        yield Fault(file, node, "lookalike", what, mend if plainly == found else f"Write {plainly!r} in its place.")


def _is_strange(character: str) -> bool:
    """Whether a character in a name may be taken for another one; one that only decorates a name counts, too."""
    if character.isascii():
        return False
    kind, plainly = unicodedata.category(character), unicodedata.normalize("NFKC", character)
    if kind[0] == "L":
        is_greek = unicodedata.name(character, "").startswith("GREEK") and character not in _GREEK_AS_LATIN
        is_marked = unicodedata.normalize("NFD", character)[0].isascii()
        return plainly != character or not (is_greek or is_marked or character in _LATIN)
    is_lettered = re.search("[A-Za-z]", plainly) is not None
    return is_lettered or kind[0] == "M" or kind in ("Cf", "Nd") or character in _HYPHENS


_NAMES = frozenset({RDFS + "label", SKOS + "altLabel", SKOS + "hiddenLabel", SKOS + "notation"})
_OF_ONE_LINE = _NAMES | {ALS + "locator"}
LINE_LENGTH_MAX = 500
"""How many characters what stands in one line may have: a name, or a place in a text."""


def wording(site: Site, file: str, triple: ox.Triple) -> Iterator[Fault]:
    """A text can be seen, copied and written as XML; names and places in a text are one short line."""
    if not isinstance(triple.object, ox.Literal):
        return
    said, node, property_ = triple.object.value, plain(triple.subject), triple.predicate.value
    name = local_name(property_)
    if not said.strip():
        yield Fault(file, node, "blank-text", f"{name}: the text is blank.", "Write something, or leave it out.")
    elif property_ in _OF_ONE_LINE and said != said.strip():
        what = f"{name}: there are spaces around {said.strip()[:60]!r}."
        yield Fault(file, node, "blank-text", what, "Leave them out.")
    elif property_ in _NAMES:
        yield from _lookalikes(file, node, name, triple.object)
    if property_ in _OF_ONE_LINE and len(said) > LINE_LENGTH_MAX:
        what = f"{name}: {said[:60]!r}… has {len(said):,} characters; at most {LINE_LENGTH_MAX} may be."
        yield Fault(file, node, "too-long", what, "Write it in one line; more belongs into another field.")
    if (character := unfit(said, one_line=property_ in _OF_ONE_LINE)) is not None:
        what = f"{name}: the text has the character {character}, which can't be seen."
        yield Fault(file, node, "unfit-character", what, "Write it without.")
    elif not is_composed(said):
        what = f"{name}: the text is not in Unicode's form NFC, so what looks the same is not."
        yield Fault(file, node, "unfit-character", what, "Compose its characters.")
