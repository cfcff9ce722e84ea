"""Formats: which media types each kind of answer can take, and which of them a client gets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from alskg.errors import NotAcceptable

FORMAT_PARAMETERS = ("format", "output")
"""The parameters by which a caller names a format; clients of SPARQL know it by either."""


@dataclass(frozen=True)
class Format:
    """One way to write an answer."""

    name: str
    """The short name for `format=`: `csv`."""
    media_type: str
    aliases: tuple[str, ...]
    """Other short names and media types by which clients ask for it; what is sent is always `media_type`."""
    extension: str
    """The end of a downloaded file's name, without the dot."""

    @property
    def content_type(self) -> str:
        """The value of the Content-Type header; text says its encoding, because browsers guess otherwise."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


# A client that knows only application/json or application/xml is served the form of it that fits the kind of answer.
RESULTS_JSON = Format("json", "application/sparql-results+json", ("application/json", "srj"), "srj")
RESULTS_XML = Format("xml", "application/sparql-results+xml", ("application/xml", "text/xml", "srx"), "srx")
CSV = Format("csv", "text/csv", (), "csv")
TSV = Format("tsv", "text/tab-separated-values", (), "tsv")

TURTLE = Format(
    "turtle",
    "text/turtle",
    ("ttl", "n3", "text/n3", "text/rdf+n3", "application/turtle", "application/x-turtle"),
    "ttl",
)
N_TRIPLES = Format("ntriples", "application/n-triples", ("nt", "n-triples", "text/plain"), "nt")
RDF_XML = Format("rdfxml", "application/rdf+xml", ("xml", "rdf", "rdf+xml", "application/xml", "text/xml"), "rdf")
JSON_LD = Format("jsonld", "application/ld+json", ("json-ld", "json", "application/json"), "jsonld")
TRIG = Format("trig", "application/trig", ("application/x-trig",), "trig")
N_QUADS = Format("nquads", "application/n-quads", ("nq", "n-quads", "text/x-nquads"), "nq")

JSON = Format("json", "application/json", (), "json")
HTML = Format("html", "text/html", ("application/xhtml+xml",), "html")

TABLE = (RESULTS_JSON, RESULTS_XML, CSV, TSV)
"""For the rows of SELECT; the first is what a client gets that has no wish."""
TRUTH = (RESULTS_JSON, RESULTS_XML, CSV, TSV)
"""For the yes or no of ASK."""
GRAPH = (TURTLE, N_TRIPLES, RDF_XML, JSON_LD, TRIG, N_QUADS)
"""For the triples of CONSTRUCT and DESCRIBE; in TriG and N-Quads they stand in the default graph."""
QUADS = (TRIG, N_QUADS, JSON_LD)
"""For answers that keep triples in named graphs."""


def negotiate(accept: str | None, formats: Sequence[Format], override: str | None = None) -> Format:
    """
    The format to answer in (RFC 9110, section 12.5.1).

    Among formats that the client likes equally well, one that it names goes before one that only a wildcard admits, and
    then the earlier in `formats`.

    Args:
        accept: the Accept header; several headers joined by commas; None and "" mean that there was none.
        formats: what there is, the best first.
        override: the value of `format=` or `output=`, a short name or a media type; it beats the header.

    Raises:
        NotAcceptable: none of them will do; `available` lists what there is.
    """
    if override:
        return _format_called(override, formats)
    ranges = _ranges(accept or "")
    if not ranges:
        return formats[0]
    # max keeps the first of equals, which is the order of preference.
    quality, chosen = max(((_quality(format_, ranges), format_) for format_ in formats), key=lambda pair: pair[0])
    if quality[0] <= 0:
        raise _not_acceptable(f"No answer of this kind can be written as '{accept}'.", formats)
    return chosen


@lru_cache(maxsize=512)
def preferred(accept: str | None, formats: tuple[Format, ...], override: str | None = None) -> Format | None:
    """As `negotiate`, and None where none of them will do; remembered, since clients send the same header each time."""
    try:
        return negotiate(accept, formats, override)
    except NotAcceptable:
        return None


def _format_called(override: str, formats: Sequence[Format]) -> Format:
    # An unencoded '+' in a query string arrives as a space.
    wish = override.strip().lower().replace(" ", "+")
    for format_ in formats:
        if wish in (format_.name, format_.media_type):
            return format_
    for format_ in formats:
        if wish in format_.aliases:
            return format_
    raise _not_acceptable(f"There is no format '{override}' for an answer of this kind.", formats)


def _not_acceptable(problem: str, formats: Sequence[Format]) -> NotAcceptable:
    names = ", ".join(f"{format_.name} ({format_.media_type})" for format_ in formats)
    available = [{"format": format_.name, "mediaType": format_.media_type} for format_ in formats]
    return NotAcceptable(f"{problem} There is {names}.", available=available)


_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_PARAMETER = re.compile(r';\s*([^\s=;,"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*)')
_RANGE = re.compile(r"([\w!#$&^.+*-]+)/([\w!#$&^.+*-]+)", re.ASCII)
_QUALITY = re.compile(r"0?\.[0-9]+|[01](\.[0-9]*)?")


def _ranges(accept: str) -> dict[str, float]:
    """
    The quality of each media range of an Accept header, the best where one is named twice.

    Parameters other than q (charset, profile, header) don't narrow a range, since no format comes in several kinds.
    What is not a media range is passed over: some clients send `*` for `*/*`, and `q=.2` for `q=0.2`.
    """
    ranges: dict[str, float] = {}
    for element in _ELEMENT.findall(accept):
        name = element.split(";")[0].strip().lower()
        name = "*/*" if name == "*" else name
        quality = _quality_of_element(element)
        if _RANGE.fullmatch(name) and quality is not None:
            ranges[name] = max(quality, ranges.get(name, 0.0))
    return ranges


def _quality_of_element(element: str) -> float | None:
    for name, value in _PARAMETER.findall(element):
        if name.lower() == "q":
            return min(float(value), 1.0) if _QUALITY.fullmatch(value) else None
    return 1.0


def _quality(format_: Format, ranges: dict[str, float]) -> tuple[float, int]:
    """How well a client likes a format, and how exactly it named it; the most exact range decides (RFC 9110)."""
    if format_.media_type in ranges:
        return ranges[format_.media_type], 3
    by_alias = max((ranges.get(alias, 0.0) for alias in format_.aliases), default=0.0)
    if by_alias > 0:
        return by_alias, 2
    kind = format_.media_type.split("/")[0]
    for name, exactness in ((f"{kind}/*", 1), ("*/*", 0)):
        if name in ranges:
            return ranges[name], exactness
    return 0.0, 0
