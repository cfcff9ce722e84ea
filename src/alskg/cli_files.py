"""The command line between files and the store: load and export."""

import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alskg import terminal
from alskg.cli_changes import DOOR, NAMED_MAX, Author, DryRun, Json, agent_of, judged, tell
from alskg.errors import AlskgError, BadParameter
from alskg.wording import counted

if TYPE_CHECKING:
    import pyoxigraph as ox

    from alskg.changeset import Patch
    from alskg.knowledge_graph import KnowledgeGraph


def load(
    files: Annotated[list[Path], typer.Argument(help="Turtle, TriG, N-Quads, N-Triples or JSON-LD; or directories.")],
    message: Annotated[str, typer.Option("--message", "-m", help="What it is for; history keeps it.")] = "",
    author: Author = "",
    dry_run: DryRun = False,
    admin: Annotated[
        bool, typer.Option("--admin", help="It may change the ontology, and bring records of retracted claims.")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Make the graph what the directory of an export says: what isn't in it goes, too."
        ),
    ] = False,
    json_: Json = False,
) -> None:
    """
    Load files into the store, through the gate: all of them in one change, or none. Exit code 1 where it is refused.

    A triple without a graph belongs where its subject is described. What was written by `alskg export` finds its place
    by its file. Files of a directory that hold no triples are named and left out; RDF in a format that isn't read is
    refused. With --replace DIR, each graph becomes what its file in DIR says, with what was retracted, renamed and
    merged. No limit on the size of a change counts here. Stop the server first.

    For example: alskg load data/ -m "The claims of the trial registry"
    """
    from alskg.changeset import Changeset

    began = time.monotonic()
    with terminal.graph_of_store() as kg:
        added, removed, kept = _becoming(kg, files) if replace else _added(kg, files)
        change = Changeset(
            message.strip() or f"Load {_names(files)}{' in place of what was there' if replace else ''}",
            agent_of(author),
            added=added,
            removed=removed,
            kept=kept,
            door=DOOR,
            may_change_ontology=admin,
            may_purge=admin,
        )
        outcome = judged(kg, change, dry_run=dry_run)
        seconds = time.monotonic() - began
        if not replace and not outcome.conforms:
            _point_to_replace(added)
        tell(kg, outcome, dry_run=dry_run, json_=json_)
        if replace:
            _tell_of_tables(kg, files[0])
    count = len(added) + len(removed) + len(kept.added) + len(kept.removed)
    took = f"{counted(count, 'quad')} in {seconds:.1f} s{_rate(count / max(seconds, 0.001))}"
    typer.echo(f"{took}, {'a dry run at ' if dry_run else ''}revision {outcome.revision}.", err=True)


def _rate(each_second: float) -> str:
    # Of a few quads, it tells only how long the start took.
    return f" ({each_second:,.0f} quads/s)" if each_second >= 1 else ""


def _added(kg: "KnowledgeGraph", files: list[Path]) -> "tuple[tuple[ox.Quad, ...], tuple[ox.Quad, ...], Patch]":
    from alskg.changeset import NOTHING

    return tuple(_parsed(kg, files)), (), NOTHING


def _becoming(kg: "KnowledgeGraph", files: list[Path]) -> "tuple[tuple[ox.Quad, ...], tuple[ox.Quad, ...], Patch]":
    from alskg.importing import becoming

    if len(files) > 1:
        raise BadParameter("--replace takes one directory: that of a whole export.")
    patch, kept = becoming(kg, files[0])
    return patch.added, patch.removed, kept


def _point_to_replace(quads: "Iterable[ox.Quad]") -> None:
    from alskg.names import is_kept_apart
    from alskg.triples import graph_of

    if any(is_kept_apart(graph_of(quad)) for quad in quads):
        typer.echo(
            "These files hold what was retracted or replaced, and loading only adds. `alskg load --replace DIR` makes "
            "the graph what a whole export says.",
            err=True,
        )


def _tell_of_tables(kg: "KnowledgeGraph", directory: Path) -> None:
    from alskg.importing import told_otherwise

    for name in told_otherwise(kg, directory):
        typer.echo(
            f"{name}: its mappings are in the graph; what else it says (labels, justifications) is read from "
            "ALSKG_ROOT when it is exported.",
            err=True,
        )


def _parsed(kg: "KnowledgeGraph", paths: Iterable[Path]) -> "list[ox.Quad]":
    from alskg.loading import files_in, left_out, quads_in_file

    quads: list[ox.Quad] = []
    files = files_in(paths)
    _tell_of_left_out(left_out(paths))
    with terminal.working("Reading") as tick:
        for number, file in enumerate(files):
            tick(number, len(files), file.name)
            quads += quads_in_file(kg, file)
    return quads


def _tell_of_left_out(files: list[Path]) -> None:
    if files:
        typer.echo(
            f"Left out, as {'its' if len(files) == 1 else 'their'} ending is of no triples: {_names(files)}.", err=True
        )


def _names(files: list[Path]) -> str:
    more = f" and {len(files) - NAMED_MAX} more" if len(files) > NAMED_MAX else ""
    return ", ".join(map(str, files[:NAMED_MAX])) + more


def export(
    to: Annotated[Path, typer.Option("--to", help="The directory to write to; made if need be.")],
    packaged: Annotated[
        bool, typer.Option("--packaged", help="From the files under ALSKG_ROOT, whatever the store holds.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove curated files there whose graph holds nothing any more.")
    ] = False,
) -> None:
    """
    Write the curated files, in the house layout, and the questions from the graph to a directory.

    The graph is that of the store under ALSKG_DATA_DIR where there is one. Exporting what was loaded changes no byte.
    What was retracted is written to data/retracted/, what was renamed or merged to data/replaced.ttl. Curated files in
    the directory that the graph knows nothing of are named, and stay, unless --prune is given. Stop the server first.

    For example: alskg export --to /tmp/graph
    """
    from alskg.export import exported, left_over

    names: list[str] = []
    try:
        with _source(packaged=packaged) as graph, terminal.working("Exporting") as tick:
            for name, text in exported(graph):
                target = to / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8", newline="")
                names.append(name)
                tick(len(names), 0, name)
        for file in left_over(to, names):
            typer.echo(f"{file}: {'removed' if prune else 'no graph holds it; --prune removes it'}.", err=True)
            if prune:
                file.unlink()
    except OSError as error:
        raise AlskgError(f"Can't write to {to}: {error}. Choose another directory with --to.") from error
    typer.echo(f"{counted(len(names), 'file')} in {to}", err=True)


def release(
    to: Annotated[Path, typer.Option("--to", help="The directory to write to; made if need be.")],
    packaged: Annotated[
        bool, typer.Option("--packaged", help="From the files under ALSKG_ROOT, whatever the store holds.")
    ] = False,
) -> None:
    """
    Write the graph and each collection as Turtle, TriG, N-Quads, JSON-LD, CSV, KGX, SSSOM and RDF 1.2, with checksums.

    dataset.ttl says what each file is (VoID and DCAT), SHA256SUMS by what it is known again. The same graph gives the
    same bytes. Stop the server first, or give --packaged.

    For example: alskg release --to /tmp/release --packaged
    """
    from alskg.release import released

    count = 0
    try:
        with _source(packaged=packaged) as graph, terminal.working("Writing") as tick:
            for name, body in released(graph):
                target = to / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(body)
                count += 1
                tick(count, 0, name)
    except OSError as error:
        raise AlskgError(f"Can't write to {to}: {error}. Choose another directory with --to.") from error
    typer.echo(f"{counted(count, 'file')} in {to}", err=True)


def _source(*, packaged: bool) -> "AbstractContextManager[KnowledgeGraph]":
    if packaged or not (terminal.settings().data_dir / "quads").is_dir():
        return terminal.graph_of_files()
    return terminal.graph_of_store()
