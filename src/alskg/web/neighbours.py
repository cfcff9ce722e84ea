"""What stands next to a thing: the members of another class, each with the statements and fields that link them."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from fastapi import Request
from starlette.responses import Response

from alskg.answers import graph
from alskg.knowledge_graph import KnowledgeGraph
from alskg.media import CSV, HTML, JSON, JSON_LD, TSV
from alskg.members import question_about
from alskg.names import name_of_iri
from alskg.parameters import property_called
from alskg.related import Related, related, shown, undated
from alskg.schema import Class
from alskg.statements import Statement, counts
from alskg.web.denials import denials
from alskg.web.documents import FILTERED_OUT, NOT_STATED, Document, answer_of, none_passes, related_document
from alskg.web.linked import add_figures
from alskg.web.parameters import about_date, after, given_filters, wanted_claims
from alskg.web.respond import (
    MANY,
    NEIGHBOURS_CONTEXT,
    list_headers,
    meta,
    next_members,
    send,
    send_graph,
    send_table,
    wanted,
)
from alskg.web.things import found_or_moved

ROW = ("id", "label", "predicate", "scope", "stance", "certainties", "for", "against", "sources", "asOf", "statement")


def neighbours(kg: KnowledgeGraph, request: Request, class_: Class, name: str, other: Class, query: Any) -> Response:
    """The members of the other class that stand next to the thing, a page of them."""
    format_ = wanted(request, MANY)
    iri = found_or_moved(kg, request, class_, name, f"/{other.collection}")
    if isinstance(iri, Response):
        return iri
    predicate = None if query.predicate is None else property_called(kg, "predicate", query.predicate)
    chosen = wanted_claims(kg, query)
    everything = related(kg, class_, iri, other, chosen, predicate)
    begin = after(kg, other, query.cursor)
    rest = [one for one in everything if begin is None or one.iri > begin]
    page = rest[: query.limit]
    cursor = name_of_iri(page[-1].iri) if len(rest) > len(page) else None
    headers = list_headers(kg, request, cursor, len(everything))
    if format_ not in (JSON, JSON_LD, HTML, CSV, TSV):
        iris = [one.iri for one in page] + [s.iri for s in _statements(page)]
        return send_graph(kg, graph(kg, question_about(iris)) if iris else [], format_, headers)
    items = [related_document(kg, one, exact=format_ is JSON_LD) for one in page]
    if format_ is not JSON_LD:
        add_figures(kg, [statement for item in items for statement in cast("list[Document]", item["statements"])])
    if format_ in (CSV, TSV):
        return send_table(ROW, [row for item in items for row in _rows(item)], format_, headers)
    title = f"{other.plural} of {name}"
    filters = given_filters(request, query)
    whole = len(related(kg, class_, iri, other)) if filters and not everything else 0
    date = None if chosen.as_of is None else about_date(undated(kg, class_, iri, other, chosen, predicate))
    # Which claims count is worked out step by step; no one question is behind what they leave.
    question = None if filters else shown(kg.schema, class_, iri, other)
    body = {
        "@context": NEIGHBOURS_CONTEXT,
        "id": f"{iri}/{other.collection}",
        "type": "Collection",
        "label": title,
        "total": len(everything),
        **_answer(everything, other, filters, whole, date),
        "items": items,
        **next_members(request, cursor),
        "meta": meta(kg, question, counts(_statements(everything))),
    }
    return send(
        request,
        format_,
        body,
        title,
        headers,
        "neighbours",
        lambda: {
            "thing_url": f"/{class_.collection}/{name}",
            "whole_url": request.url.path if whole else None,
            "denials": denials(kg),
        },
    )


def _answer(
    everything: Sequence[Related], other: Class, filters: Sequence[tuple[str, str]], whole: int, date: str | None
) -> Document:
    """What there is, and why there is nothing: nobody says a word, or none of `whole` passes; or what a date means."""
    answer = answer_of(everything)
    if answer != "not stated":
        return {"answer": answer, **({} if date is None else {"note": date})}
    if not whole:
        return {"answer": answer, "note": NOT_STATED}
    note = f"{none_passes(whole, other.label, other.plural, filters)}."
    return {"answer": FILTERED_OUT, "note": note if date is None else f"{note} {date}"}


def _statements(found: Sequence[Related]) -> list[Statement]:
    return [statement for one in found for statement in (*one.as_object, *one.as_subject)]


def _rows(item: Mapping[str, Any]) -> list[Document]:
    """One row for each statement, and one where only a field links the two."""
    return [
        {
            **{key: statement.get(key) for key in ROW},
            "id": item["id"],
            "label": item["label"],
            "predicate": statement["predicate"].get("label") if statement else "; ".join(item["linkedBy"]),
            "statement": statement.get("id"),
        }
        for statement in item["statements"] or [{}]
    ]
