"""Door 9, /claims: claims as plain JSON or as a table, row by row."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, cast

import pyoxigraph as ox
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from alskg import claim_drafts, source_drafts
from alskg.access import Agent
from alskg.changes import weigh
from alskg.changeset import Changeset
from alskg.claim_drafts import ClaimDraft
from alskg.errors import BadParameter, ChangeRefused, TooLarge, UnsupportedMedia
from alskg.knowledge_graph import KnowledgeGraph
from alskg.meant import path_of
from alskg.media import CSV, HTML, JSON
from alskg.names import ALS, local_name
from alskg.plain_json import json_of
from alskg.schema import Class
from alskg.triples import objects, plain
from alskg.web.bodies import media_type_of
from alskg.web.denials import denying
from alskg.web.documents import Document, value_of
from alskg.web.openapi import responses
from alskg.web.outcomes import outcome_document
from alskg.web.tables import documents_of_csv
from alskg.web.writing import STATUSES, Wish, deliver, taken

PAGE = (JSON, HTML)
Responses = dict[int | str, dict[str, Any]]
CREATED: Responses = {201: {"description": "A new revision; Location is its address."}}
PROPOSED: Responses = {202: {"description": "A proposal; Location is its address."}}
ROWS_NAMED_MAX = 5
"""How many rows are named that say what an earlier one says; each of them says so itself."""
CLAIM_QUADS_MIN = 6
"""A claim has at least so many: type, label, what it states, its source, polarity and certainty."""
_CLAIM = ALS + "Claim"
_DOOR = "claims"


@dataclass(frozen=True)
class Row:
    """One claim that was sent: what it would be, or what is wrong with it."""

    number: int
    line: int | None
    found: ClaimDraft | BadParameter
    columns: tuple[str, ...] = ()
    """The keys of the table that it stands in."""


def add_claims(routes: APIRouter, kg: KnowledgeGraph, class_: Class) -> None:
    """The routes for adding claims and for taking them back."""

    async def post(request: Request, query: Annotated[Wish, Query()]) -> Response:
        return await taken(kg, request, lambda body: _post(kg, request, query, body))

    one = {"$ref": "#/components/schemas/ClaimToAdd"}
    # One among many that isn't as it should be is answered by itself, so that no schema is laid on all of them.
    many = {"type": "array", "items": {}, "description": "Claims like the one, each answered by itself."}
    content = {
        JSON.media_type: {"schema": {"anyOf": [one, many]}},
        CSV.media_type: {"schema": {"type": "string"}},
    }
    answer = {"$ref": "#/components/schemas/ClaimsAnswer"}
    routes.add_api_route(
        f"/{class_.collection}",
        post,
        methods=["POST"],
        name=f"add {class_.collection}",
        summary="Add claims, with their propositions and sources where they are new",
        description="One claim or a list of them as JSON, or a CSV table whose first line has the keys (`source.title` "
        "for a key of a new source). All of it is one change: where one row is wrong, nothing is written. "
        "`dry_run=true` tells row by row what would be built, and what is wrong with it. Needs a token.",
        responses={**responses(PAGE, answer, *STATUSES), **CREATED, **PROPOSED},
        openapi_extra={"requestBody": {"required": True, "content": content}},
    )


def _post(kg: KnowledgeGraph, request: Request, wish: Wish, body: str) -> Response:
    # Who asks is looked at first; a long table is not even read for somebody who may not send it.
    @cache
    def rows() -> tuple[Row, ...]:
        return tuple(_rows(kg, request, body))

    def build(agent: Agent) -> Changeset:
        change = _change_of(rows(), agent, wish)
        if any(isinstance(row.found, BadParameter) for row in rows()) and not wish.dry_run:
            document = outcome_document(kg, weigh(kg, change), is_dry_run=False)
            document |= _told(kg, rows(), document)
            raise ChangeRefused(str(document["summary"]), **document)
        return change

    return deliver(kg, request, wish, build, more=lambda document: _told(kg, rows(), document))


def _rows(kg: KnowledgeGraph, request: Request, body: str) -> Iterator[Row]:
    """
    The claims of a request.

    Raises:
        UnsupportedMedia: they are in neither of the two formats.
        BadParameter: a claim that stands alone isn't right, or no row could be.
    """
    media_type = media_type_of(request)
    columns: tuple[str, ...] = ()
    documents: Sequence[dict[str, Any] | BadParameter]
    lines: Sequence[int | None]
    if media_type == CSV.media_type:
        columns, lines, documents = _of_table(kg, body)
    elif media_type == JSON.media_type:
        value = json_of(body)
        if not isinstance(value, list):
            # What is wrong with one claim alone is what is wrong with the request.
            yield Row(1, None, claim_drafts.claim_draft(kg, cast("dict[str, Any]", value)))
            return
        documents = value
        lines = [None] * len(value)
    else:
        known = [JSON.media_type, CSV.media_type]
        raise UnsupportedMedia(
            f"Claims in {media_type or '(no media type)'} are not read here; send {' or '.join(known)}.",
            available=known,
        )
    _refuse_many(kg, len(documents))
    found = claim_drafts.claim_drafts(kg, documents, kg.settings.change_quads_max)
    for number, (line, draft) in enumerate(zip(lines, found, strict=True), 1):
        yield Row(number, line, draft, columns)


def _of_table(kg: KnowledgeGraph, body: str) -> tuple[tuple[str, ...], list[int], list[dict[str, Any] | BadParameter]]:
    claims, sources = (kg.schema.classes[ALS + name] for name in ("Claim", "Source"))
    known = [*claim_drafts.keys(kg), *(f"source.{key}" for key in source_drafts.keys(kg))]
    lists = {name for name, field in claims.fields.items() if field.is_list}
    lists |= {f"source.{name}" for name, field in sources.fields.items() if field.is_list}
    columns, rows = documents_of_csv(body, known, lists - {"source"})
    return tuple(columns), [line for line, _ in rows], [document for _, document in rows]


def _refuse_many(kg: KnowledgeGraph, count: int) -> None:
    most = kg.settings.claims_rows_max
    if count > most:
        raise TooLarge(
            f"There are {count:,} claims; at most {most:,} are taken at once (ALSKG_CLAIMS_ROWS_MAX). Send them in "
            "parts.",
            limit="claims_rows_max",
        )
    most = kg.settings.change_quads_max // CLAIM_QUADS_MIN
    if count > most:
        raise TooLarge(
            f"{count:,} claims have more quads than are taken at once (ALSKG_CHANGE_QUADS_MAX); send at most {most:,}.",
            limit="change_quads_max",
        )
    if count == 0:
        raise BadParameter("There is no claim in it; write at least one.")


def _change_of(rows: Iterable[Row], agent: Agent, wish: Wish) -> Changeset:
    drafts = [row.found for row in rows if isinstance(row.found, ClaimDraft)]
    added = dict.fromkeys(quad for draft in drafts for quad in draft.added)
    kind = "denial" if drafts and denying(drafts[0].added) else "claim"
    what = f"Adds the {kind} {drafts[0].label}" if len(drafts) == 1 else f"Adds {len(drafts):,} claims"
    return Changeset((wish.message or "").strip() or what, agent.name, tuple(added), door=_DOOR)


def _told(kg: KnowledgeGraph, rows: Sequence[Row], document: Document) -> Document:
    """What is told of each row, with the problems that the gate finds at the nodes that it brings."""
    results = cast("list[Document]", cast("Document", document["report"])["results"])
    items = list(_items(kg, rows, results))
    wrong = [item for item in items if item["problems"]]
    unread = [row for row in rows if isinstance(row.found, BadParameter)]
    if not unread:
        lost = [one for item in items for one in cast("list[Document]", item.get("dropped", []))]
        more = (
            "" if not lost else f" Not taken over, of {', '.join(dict.fromkeys(str(one['source']) for one in lost))}, "
        )
        more += (
            ""
            if not lost
            else f"which is there already: {', '.join(dict.fromkeys(str(one['property']) for one in lost))}."
        )
        return {"items": items, "summary": f"{document['summary']}{more}{_repeated(items)}"}
    first = f"Row {unread[0].number}{_line(unread[0])}: {unread[0].found}"
    summary = f"{len(wrong):,} of {len(items):,} rows can't be taken; nothing is written. {first}"
    return {"conforms": False, "summary": summary, "items": items}


def _repeated(items: Iterable[Document]) -> str:
    """A sentence on the rows that say what an earlier one says, with a space before it; "" where none does."""
    same = [f"row {item['row']} as row {item['sameAsRow']}" for item in items if "sameAsRow" in item]
    more = f" and {len(same) - ROWS_NAMED_MAX:,} more" if len(same) > ROWS_NAMED_MAX else ""
    return f" Said twice, and one claim: {', '.join(same[:ROWS_NAMED_MAX])}{more}." if same else ""


def _items(kg: KnowledgeGraph, rows: Iterable[Row], results: Sequence[Document]) -> Iterator[Document]:
    first: dict[str, int] = {}
    for row in rows:
        line = {} if row.line is None else {"line": row.line}
        place: Document = {"row": row.number, **line}
        if isinstance(row.found, BadParameter):
            wrong = {"what": str(row.found), **row.found.extra}
            yield {**place, "problems": [_column(row, wrong.get("parameter")) | wrong]}
            continue
        draft = row.found
        earlier = first.setdefault(draft.iri, row.number)
        yield {
            **place,
            "claim": draft.iri,
            "url": path_of(kg, draft.iri),
            "label": draft.label,
            "alreadyThere": draft.is_there,
            **({"sameAsRow": earlier} if earlier != row.number else {}),
            "proposition": draft.proposition,
            "propositionUrl": path_of(kg, draft.proposition),
            "isNewProposition": draft.is_new_proposition,
            **({"dropped": [_dropped(kg, triple) for triple in draft.dropped]} if draft.dropped else {}),
            "problems": [
                _column(row, _key(kg, result)) | result for result in results if _node_of(result) in draft.nodes
            ],
        }


def _dropped(kg: KnowledgeGraph, triple: ox.Triple) -> Document:
    """What was said of a source that is there already and isn't taken over, with what it says itself."""
    source, property_ = plain(triple.subject), plain(triple.predicate)
    kept = objects(kg.present, source, property_)
    return {
        "source": path_of(kg, source),
        "property": local_name(property_),
        "value": value_of(kg, triple.object, None),
        **({"kept": value_of(kg, kept[0], None)} if kept else {}),
    }


def _line(row: Row) -> str:
    return "" if row.line is None else f" (line {row.line})"


def _column(row: Row, key: object) -> Document:
    """The column of a table where the value of a key stands, its first being 1, as a member of what is wrong there."""
    of_key = (n for n, column in enumerate(row.columns, 1) if column == key)
    under_key = (n for n, column in enumerate(row.columns, 1) if column.partition(".")[0] == key)
    number = next(of_key, None) or next(under_key, None)
    return {} if number is None else {"column": number, "parameter": key}


def _key(kg: KnowledgeGraph, result: Document) -> str | None:
    """The key that a curator writes for the property that a result is about."""
    path = result.get("path")
    iri = path["id"] if isinstance(path, dict) else path
    classes = (kg.schema.classes[ALS + name] for name in ("Claim", "Proposition", "Source"))
    return next((name for class_ in classes for name, field in class_.fields.items() if field.path == iri), None)


def _node_of(result: Document) -> object:
    node = result["node"]
    return node["id"] if isinstance(node, dict) else node
