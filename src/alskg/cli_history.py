"""The command line for history: the log, one change, and how two revisions differ."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from alskg import terminal
from alskg.characters import in_one_line
from alskg.cli_changes import Json, iri_called, print_json

if TYPE_CHECKING:
    from alskg.changeset import Patch
    from alskg.history import Record
    from alskg.knowledge_graph import KnowledgeGraph


class PatchFormat(StrEnum):
    """How what was changed is written."""

    TEXT = "text"
    RDFPATCH = "rdfpatch"
    JSON = "json"


PatchForm = Annotated[PatchFormat, typer.Option("--format", "-f", help="In words, as RDF Patch, or as over HTTP.")]


def log(
    since: Annotated[
        int | None, typer.Option(min=0, help="Only changes after this revision, the oldest first.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    node: Annotated[
        str, typer.Option(help="Only changes that touched this: an IRI, a CURIE, or its address here.")
    ] = "",
    json_: Json = False,
) -> None:
    """
    List what was changed, the newest first: revision, when, by whom, how much, and why.

    For example: alskg change log --since 12
    """
    from alskg.web.changes import change_document

    with terminal.graph_of_store() as kg:
        touched = frozenset({iri_called(kg, node)}) if node else None
        found = (record for record in _records(kg, since) if touched is None or record.concerns(touched))
        shown = list(islice(found, limit))
        if json_:
            print_json({"revision": kg.revision, "items": [change_document(record) for record in shown]})
        else:
            for record in shown:
                typer.echo(_line(record))


def show(
    revision: Annotated[int, typer.Argument(min=1, help="The revision; see the log.")],
    format_: PatchForm = PatchFormat.TEXT,
) -> None:
    """
    Show one change: who made it, when and why, and what it added and removed.

    For example: alskg change show 12 -f rdfpatch
    """
    from alskg.history import record_at
    from alskg.web.changes import change_document

    with terminal.graph_of_store() as kg:
        record = record_at(kg.present, revision)
        if format_ is PatchFormat.RDFPATCH:
            typer.echo(record.text, nl=False)
        elif format_ is PatchFormat.JSON:
            print_json({**change_document(record), **_diff_document(kg, record.patch, record.revision)})
        else:
            typer.echo(_line(record))
            _print_lines(kg, record.patch, record.revision)


def diff(
    one: Annotated[int, typer.Argument(metavar="R1", min=0, help="The revision to begin with.")],
    other: Annotated[
        int, typer.Argument(metavar="R2", min=0, help="The revision that it leads to; it may be earlier.")
    ],
    format_: PatchForm = PatchFormat.TEXT,
) -> None:
    """
    Show what leads from one revision to another in all: what came and went again isn't shown.

    For example: alskg diff 12 20 -f rdfpatch > changes.rdfp
    """
    from alskg.changeset import patch_text
    from alskg.history import difference

    with terminal.graph_of_store() as kg:
        patch = difference(kg.present, one, other)
        if format_ is PatchFormat.RDFPATCH:
            typer.echo(patch_text(patch, {"from": str(one), "to": str(other)}), nl=False)
        elif format_ is PatchFormat.JSON:
            print_json({"from": one, "to": other, **_diff_document(kg, patch, max(one, other))})
        else:
            _print_lines(kg, patch, max(one, other))
            typer.echo(f"{len(patch.added):,} added, {len(patch.removed):,} removed (quads).", err=True)


def _diff_document(kg: "KnowledgeGraph", patch: "Patch", since: int) -> dict[str, object]:
    from alskg.web.outcomes import diff_document

    return {"diff": diff_document(kg, kg.present, patch.added, patch.removed, since)}


def _records(kg: "KnowledgeGraph", since: int | None) -> "Iterator[Record]":
    from alskg.history import records

    if since is not None:
        yield from records(kg.present, since)
        return
    for revision in range(kg.revision, 0, -1):
        yield from records(kg.present, revision - 1, revision)


def _line(record: "Record") -> str:
    patch = record.patch
    size = f"+{len(patch.added)} -{len(patch.removed)}"
    who = f"{in_one_line(record.agent)} ({record.door})"
    return f"{record.revision}  {record.time}  {who}  {size}  {in_one_line(record.message)}"


def _print_lines(kg: "KnowledgeGraph", patch: "Patch", since: int) -> None:
    from alskg.differences import lines_of

    for line in lines_of(kg, patch, since):
        typer.echo(line)
