"""One thing: its document, and all that is stated of it and about it."""

from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from alskg.answers import graph
from alskg.errors import Gone, UnknownName
from alskg.evidence import DENIES, OBJECT, POLARITY, PREDICATE, STATES, SUBJECT
from alskg.kept import Retraction, kept_quads, retraction_of, successor_of
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import namespaces, path_of
from alskg.media import CSV, HTML, JSON, JSON_LD, TSV
from alskg.members import find, question_about
from alskg.names import ALS, NAME, RDFS
from alskg.schema import Class
from alskg.statements import Pattern, Statement, counts, statements
from alskg.triples import iris, plain, text
from alskg.web.documents import Document, documents, statement_document
from alskg.web.linked import add_figures, linked
from alskg.web.mappings import COLUMNS, flat_rows
from alskg.web.respond import CONTEXT, MANY, asked_revision, meta, send, send_graph, send_table, wanted
from alskg.web.views import beside, view_of
from alskg.wording import moment


def thing(
    kg: KnowledgeGraph, request: Request, class_: Class, name: str, *, with_linked: bool | None = None
) -> Response:
    """
    The member of a class that bears the name; where it was renamed, the way to what it is called now.

    `with_linked`: also what links to it; None: as the class has it (als:tellsLinked).
    """
    format_ = wanted(request, MANY)
    iri = found_or_moved(kg, request, class_, name)
    if isinstance(iri, Response):
        return iri
    headers = {"Link": f'<{path_of(kg, iri)}>; rel="canonical"'}
    if format_ in (CSV, TSV):
        rows = flat_rows(kg, [statement for kind in _statements(kg, iri) for statement in kind])
        return send_table(COLUMNS, rows, format_, {**headers, "X-Alskg-Revision": str(kg.revision)})
    if format_ not in (JSON, JSON_LD, HTML):
        return send_graph(kg, graph(kg, question_about([iri])), format_, headers)
    body = _body(kg, class_, iri, exact=format_ is JSON_LD)
    tells_linked = class_.tells_linked if with_linked is None else with_linked
    if tells_linked and format_ is JSON:
        body["linked"] = linked(kg, iri)
    title = str(body.get("label", name))
    return send(request, format_, body, title, headers, view_of(class_), lambda: beside(kg, class_, iri, body))


def found_or_moved(
    kg: KnowledgeGraph, request: Request, class_: Class, name: str, beyond: str = ""
) -> str | RedirectResponse:
    """
    The IRI of the member that bears the name; where it bore it before, the way to its address now, and `beyond` that.

    Raises:
        UnknownName: there is none, and never was.
        Gone: it was taken back.
    """
    try:
        return find(kg, class_, name)
    except UnknownName:
        if later := present_address(kg, class_, name):
            return _moved(request, f"{later}{beyond}")
        raise


def _moved(request: Request, path: str) -> RedirectResponse:
    asked = asked_revision(request)
    url = request.url.include_query_params(**asked) if asked else request.url
    return RedirectResponse(f"{path}?{url.query}".removesuffix("?"), 308)


def present_address(kg: KnowledgeGraph, class_: Class, name: str) -> str | None:
    """
    Where a member is served now that bore the name before; None where none did.

    Raises:
        Gone: it was taken back.
    """
    for iri in [space + name for space in namespaces(kg, class_) if NAME.fullmatch(name)]:
        if later := successor_of(kg.store, iri):
            return path_of(kg, later)
        if retraction := retraction_of(kg.store, iri):
            raise gone(kg, class_, iri, retraction)
    return None


def gone(kg: KnowledgeGraph, class_: Class, iri: str, retraction: Retraction) -> Gone:
    """Who took something back, when and why."""
    said = what_was_said(kg, retraction.claim)
    return Gone(
        f"The {class_.label} {path_of(kg, iri)} was taken back on {moment(retraction.time)} by {retraction.agent}: "
        f"{retraction.reason}",
        claim=retraction.claim,
        **({"said": said} if said else {}),
        retractedAt=retraction.time,
        retractedBy=retraction.agent,
        reason=retraction.reason,
        changes=f"/changes?node={quote(retraction.claim, safe='')}",
    )


def what_was_said(kg: KnowledgeGraph, claim: str) -> str:
    """What a claim said that was taken back, in words, by what is kept of it; "" where not all of that is there."""
    kept = {quad.predicate.value: plain(quad.object) for quad in kept_quads(kg.store, claim)}
    stated = kept.get(STATES, "")
    triple = {quad.predicate.value: plain(quad.object) for quad in kg.store.quads_about(stated)} if stated else {}
    ends = [triple.get(end, "") for end in (SUBJECT, PREDICATE, OBJECT)]
    if not all(ends):
        return ""
    words = " ".join(text(kg.store, end, RDFS + "label") or end for end in ends)
    return f"denies: {words}" if kept.get(POLARITY) == DENIES else words


def _body(kg: KnowledgeGraph, class_: Class, iri: str, *, exact: bool) -> Document:
    about, of, itself = _statements(kg, iri)
    told, told_about = ([statement_document(kg, statement, exact=exact) for statement in s] for s in (about, of))
    if not exact:
        add_figures(kg, (*told, *told_about))
    return {
        "@context": CONTEXT,
        **documents(kg, class_, [iri], None, exact=exact)[0],
        **({"stated": statement_document(kg, itself[0], exact=exact)} if itself else {}),
        "statements": told,
        "statedAbout": told_about,
        "meta": meta(kg, question_about([iri]), counts([*about, *of, *itself])),
    }


def _statements(kg: KnowledgeGraph, iri: str) -> tuple[list[Statement], list[Statement], list[Statement]]:
    """What is stated of a thing, what leads to it, and the statement that it is or makes."""
    about = statements(kg, Pattern((), subjects=(iri,)))
    of = statements(kg, Pattern((), objects=(iri,)))
    itself = statements(kg, Pattern((), propositions=(iri, *iris(kg.store, iri, ALS + "states"))))
    return about, of, itself
