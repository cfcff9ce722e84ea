"""Pages: what JSON answers say, as HTML for people; each is a function of the address, the revision and the format."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from html import escape, unescape
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from jinja2 import Environment, PackageLoader
from starlette.requests import HTTPConnection

from alskg.media import FORMAT_PARAMETERS, HTML, Format
from alskg.names import BASE, kebab, name_of_iri
from alskg.web.panels import cut
from alskg.web.static import asset
from alskg.wording import counted

ASKED_FORMATS = "alskg.formats"
"""The key in a request's scope for the formats that its address can answer in."""
ASKED_REVISION = "alskg.revision"
"""The key in a request's scope for the earlier revision that was asked for."""

PRESENT_ONLY = ("/changes", "/proposals", "/health")
"""Addresses that tell of the present, and of no other revision."""
_WITHOUT_REVISION = (*PRESENT_ONLY, "/curate", "/docs", "/openapi.json", "/context.jsonld", "/static")
_LINK = re.compile(r'(<a [^>]*?href=")(/[^"]*)("[^>]*>)')
_BACKTICKED = re.compile("`([^`]+)`")
_OURS = re.compile(re.escape(BASE) + r"([\w/-]*\w)")
_ASKING = re.compile(r'<form [^>]*method="get"[^>]*>')

FORMAT_NAMES = {
    "json": "JSON",
    "jsonld": "JSON-LD",
    "turtle": "Turtle",
    "ntriples": "N-Triples",
    "rdfxml": "RDF/XML",
    "csv": "CSV",
    "tsv": "TSV",
    "xml": "XML",
    "trig": "TriG",
    "nquads": "N-Quads",
    "rdfpatch": "RDF Patch",
}

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
"""Nothing is fetched from elsewhere, and no script or style stands in a page (CSP Level 3)."""

SECURITY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
"""Headers of every page."""


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("alskg.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["href"] = href
    environment.filters["cut"] = cut
    # `care-settings` and `totalDailyDose` alike.
    environment.filters["spaced"] = lambda name: kebab(str(name)).replace("-", " ")
    environment.filters["counted"] = counted
    environment.filters["with_links"] = with_links
    environment.filters["with_code"] = with_code
    environment.filters["shared_labels"] = shared_labels
    environment.filters["plain_number"] = lambda number: int(number) if number == int(number) else number
    environment.globals["asset"] = asset
    return environment


def with_links(said: str) -> str:
    """A text as HTML, in which what is named by an IRI of ours is a link to it."""
    return _OURS.sub(lambda found: f'<a href="{href(found[0])}">{found[1]}</a>', escape(said))


def with_code(said: str, questions: Mapping[str, str]) -> str:
    """A text as HTML, in which what stands between backticks is code; the name of a question leads to its address."""

    def code(found: re.Match[str]) -> str:
        set_as_code = f"<code>{found[1]}</code>"
        address = questions.get(found[1])
        return f'<a href="{escape(address)}">{set_as_code}</a>' if address else set_as_code

    return _BACKTICKED.sub(code, escape(said))


def shared_labels(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """The labels that several nodes bear among those that rows of a diff link to."""
    bearers: defaultdict[str, set[str]] = defaultdict(set)
    for link in (row[end] for row in rows for end in ("subject", "object")):
        if isinstance(link, Mapping) and "label" in link:
            bearers[link["label"]].add(link["id"])
    return {label for label, nodes in bearers.items() if len(nodes) > 1}


def page(
    request: HTTPConnection,
    view: str,
    title: str,
    body: Mapping[str, object],
    more: Mapping[str, object] | None = None,
) -> str:
    """
    The page of a document.

    Args:
        request: what was asked; only its address goes into the page.
        view: the name of a template.
        title: the heading.
        body: the document, as it is answered in JSON.
        more: what the template shows beside the document.
    """
    # The revision was taken off on the way in, so that what is left is the address in the present.
    asked = request.scope.get(ASKED_REVISION)
    earlier = None if _is_of_present(request.url.path) else asked
    context = {
        "title": title,
        "body": body,
        "path": request.url.path,
        "ways": ways(request, request.scope.get(ASKED_FORMATS, ())),
        "earlier": earlier,
        "present": f"{request.url.path}?{request.url.query}".removesuffix("?"),
        "here": lambda **changed: address(request, **changed),
        **(more or {}),
    }
    text = _environment().get_template(f"{view}.html").render(context)
    return text if earlier is None else staying_at(earlier, text)


def staying_at(revision: int, text: str) -> str:
    """A page whose links and forms stay at an earlier revision, but for those to what tells of the present alone."""

    def link(found: re.Match[str]) -> str:
        url = urlsplit(unescape(found[2]))
        # What leads out says so (RFC 5829).
        if _is_of_present(url.path) or "revision" in parse_qs(url.query) or 'rel="latest-version"' in found[0]:
            return found[0]
        query = "&".join(filter(None, (url.query, f"revision={revision}")))
        return f"{found[1]}{escape(urlunsplit(url._replace(query=query)))}{found[3]}"

    def form(found: re.Match[str]) -> str:
        return f'{found[0]}<input type="hidden" name="revision" value="{revision}">'

    return _ASKING.sub(form, _LINK.sub(link, text))


def _is_of_present(path: str) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in _WITHOUT_REVISION)


def ways(request: HTTPConnection, formats: Sequence[Format]) -> list[tuple[str, str]]:
    """The same answer in its other formats: what each is called, and where it is."""
    return [_way(request, format_) for format_ in formats if format_ is not HTML]


def _way(request: HTTPConnection, format_: Format) -> tuple[str, str]:
    if "sparql-results" in format_.media_type:
        # Plain JSON has the same short name; the media type tells them apart.
        return f"SPARQL {format_.name.upper()}", address(request, format=format_.media_type)
    return FORMAT_NAMES.get(format_.name, format_.name), address(request, format=format_.name)


def address(request: HTTPConnection, /, **changed: str | None) -> str:
    """The address that was asked with some parameters changed; None takes one away, as does an empty value."""
    # The revision was taken off on the way in, and belongs to each address that the page names.
    revision = request.scope.get(ASKED_REVISION)
    kept = [] if revision is None or "revision" in changed else [("revision", str(revision))]
    kept += [
        (name, value)
        for name, value in parse_qsl(request.url.query)
        if name not in changed and name not in FORMAT_PARAMETERS
    ]
    query = urlencode([*kept, *((name, value) for name, value in changed.items() if value is not None)])
    return f"{request.url.path}?{query}".removesuffix("?")


def href(iri: str) -> str:
    """Where a link leads: our own things stay on this server; what is no web address leads nowhere."""
    name = name_of_iri(iri)
    if name is not None:
        return f"/{name}"
    return iri if urlsplit(iri).scheme in {"http", "https"} or iri.startswith("/") else "#"
