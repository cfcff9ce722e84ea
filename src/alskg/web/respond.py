"""Answers as HTTP responses, in the format that the caller likes best."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import quote

import pyoxigraph as ox
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from alskg.answers import Question
from alskg.curies import curie_of
from alskg.descriptions import STATEMENT_ONLY
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import path_of, renamed_among
from alskg.media import CSV, HTML, JSON, JSON_LD, N_TRIPLES, RDF_XML, TSV, TURTLE, Format, negotiate
from alskg.store.evaluation import GRAPHS
from alskg.web.pages import ASKED_FORMATS, ASKED_REVISION, SECURITY, page
from alskg.web.renderings import PREFIXES
from alskg.web.revisions import PARAMETER

MANY = (JSON, JSON_LD, CSV, TSV, TURTLE, N_TRIPLES, RDF_XML, HTML)
"""For a list of things, and for one, whose table has what is stated of it."""
ROWS = (JSON, JSON_LD, CSV, TSV, TURTLE, N_TRIPLES, RDF_XML, HTML)
"""For rows that are no things of their own."""
LISTS = (JSON, TURTLE, N_TRIPLES, RDF_XML, JSON_LD, HTML)
"""For what tells of the house itself."""
TRIPLES = (TURTLE, N_TRIPLES, RDF_XML)
"""The formats that are triples alone; JSON-LD is a document of its own in some places."""

CONTEXT = "/context.jsonld"
STATEMENTS_CONTEXT = (CONTEXT, dict.fromkeys(STATEMENT_ONLY))
"""For documents whose items sum up statements."""
NEIGHBOURS_CONTEXT = (CONTEXT, {**dict.fromkeys(STATEMENT_ONLY), "statements": "@included"})
"""For things with the statements that lead to them or from them: either way is told by the statement itself."""
NOTICE = "A research resource, not medical advice."
NOT_KEPT = {"Cache-Control": "no-store"}
"""The headers of what depends on more than the question and the revision of the graph."""
JOINER = "|"
"""Between the values of one cell in CSV and TSV."""


def wanted(request: Request, formats: Sequence[Format]) -> Format:
    """The format for this request: `format=` (or `output=`) first, then the Accept headers."""
    request.scope[ASKED_FORMATS] = formats
    override = request.query_params.get("format") or request.query_params.get("output")
    return negotiate(", ".join(request.headers.getlist("accept")), formats, override)


def meta(
    kg: KnowledgeGraph, question: Question | None, claims: Mapping[str, int] | None = None, *, complete: bool = True
) -> dict[str, object]:
    """What every JSON answer about the graph says of itself."""
    about: dict[str, object] = {"revision": kg.revision, "complete": complete}
    if claims is not None:
        about["claims"] = dict(claims)
    if question is not None:
        about["sparql"] = sparql_link(question)
    return about | {"notice": NOTICE}


def origin_of(kg: KnowledgeGraph, request: Request) -> str:
    """The server as a caller writes it before an address: as it was set, else as it was called."""
    return f"{kg.settings.base_url or request.base_url}".rstrip("/")


def sparql_link(question: Question) -> str:
    """Where the question can be asked again, as SPARQL."""
    return f"/sparql?query={quote(question.complete.strip(), safe='')}"


def renamed_document(kg: KnowledgeGraph, values: Iterable[str]) -> dict[str, object]:
    """What a caller called by an earlier name, as members of a JSON document: what stands for it now; often nothing."""
    found = [
        {"asked": asked, "id": iri, "curie": curie_of(kg.schema.prefixes, iri), "url": path_of(kg, iri)}
        for asked, iri in renamed_among(kg, values).items()
    ]
    return {"renamed": found} if found else {}


def list_headers(kg: KnowledgeGraph, request: Request, cursor: str | None, total: int) -> dict[str, str]:
    """The headers of a list in any format: how many items there are, at which revision, where the next page is."""
    next_ = {"Link": f'<{_next_url(request, cursor)}>; rel="next"'} if cursor else {}  # RFC 8288
    return {"X-Total-Count": str(total), "X-Alskg-Revision": str(kg.revision), **next_}


def next_members(request: Request, cursor: str | int | None) -> dict[str, object]:
    """Where the next page is, as members of a JSON document; none on the last one."""
    return {"next": _next_url(request, cursor), "nextCursor": cursor} if cursor else {}


def asked_revision(request: Request) -> dict[str, int]:
    """The parameter that was taken off on the way in, for an address that is to lead to the same revision."""
    return {PARAMETER: request.scope[ASKED_REVISION]} if ASKED_REVISION in request.scope else {}


def _next_url(request: Request, cursor: str | int) -> str:
    url = request.url.include_query_params(**asked_revision(request), cursor=cursor)
    return f"{url.path}?{url.query}"


def lasting(is_fixed: bool) -> dict[str, str]:
    """The headers that say whether an answer may be kept: one that is fixed is the same for all at its revision."""
    return {} if is_fixed else NOT_KEPT


def send(
    request: HTTPConnection,
    format_: Format,
    body: Mapping[str, object],
    title: str,
    headers: Mapping[str, str] | None = None,
    view: str = "document",
    more: Callable[[], Mapping[str, object]] | None = None,
) -> Response:
    """A document, as a page or as JSON; `view` is the page's template, `more` what it shows beside the document."""
    if format_ is HTML:
        return send_page(request, title, body, headers, view=view, more=more() if more else None)
    return send_json(body, format_, headers)


def send_json(
    body: Mapping[str, object], format_: Format, headers: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    """A document; the JSON is JSON-LD by its `@context`."""
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    return _send(text.encode(), format_, headers, status)


def send_table(
    columns: Sequence[str], rows: Iterable[Mapping[str, object]], format_: Format, headers: Mapping[str, str]
) -> Response:
    """Rows as CSV (RFC 4180) or as tab-separated values."""
    out = io.StringIO()
    writer = csv.writer(out, dialect="excel" if format_ is CSV else "excel-tab")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return _send(out.getvalue().encode(), format_, headers)


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return JOINER.join(map(_cell, value))
    if isinstance(value, dict):
        return str(value.get("curie") or value.get("id") or "; ".join(f"{k}: {v}" for k, v in value.items()))
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def send_graph(
    kg: KnowledgeGraph, triples: Iterable[ox.Triple], format_: Format, headers: Mapping[str, str] | None = None
) -> Response:
    """Triples in any RDF format."""
    body = ox.serialize(triples, format=GRAPHS[format_.name], prefixes={**PREFIXES, **kg.schema.prefixes})
    return _send(body or b"", format_, headers)


def send_page(
    request: HTTPConnection,
    title: str,
    body: Mapping[str, object],
    headers: Mapping[str, str] | None = None,
    status: int = 200,
    view: str = "document",
    more: Mapping[str, object] | None = None,
) -> Response:
    """A document as a page for a person."""
    return _send(page(request, view, title, body, more).encode(), HTML, {**SECURITY, **(headers or {})}, status)


def _send(body: bytes, format_: Format, headers: Mapping[str, str] | None, status: int = 200) -> Response:
    return Response(body, status, {"Vary": "Accept", **(headers or {})}, format_.content_type)
