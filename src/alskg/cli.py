"""The command line: serve, ask, check, format, derive; and where the other commands are put together with them."""

import difflib
import gc
import json
import math
import signal
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alskg import __version__, cli_changes, cli_files, cli_history, cli_reversal, cli_tokens, terminal
from alskg.errors import AlskgError, BadParameter, UnknownName
from alskg.names import NAME
from alskg.wording import counted

if TYPE_CHECKING:
    from alskg.answers import Question
    from alskg.knowledge_graph import KnowledgeGraph

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="alskg: a knowledge graph of how ALS is treated, and who says so. A research resource, not medical advice.",
    epilog="Settings come from ALSKG_* environment variables; the README lists them all.",
)
app.command()(cli_files.load)
app.command()(cli_files.export)
app.command()(cli_files.release)
app.command()(cli_history.diff)
cli_changes.app.command()(cli_reversal.revert)
cli_changes.app.command()(cli_reversal.restore)
cli_changes.app.command()(cli_history.log)
cli_changes.app.command()(cli_history.show)
app.add_typer(cli_changes.app, name="change")
app.add_typer(cli_tokens.app, name="token")


_APART = """\
Note: this store was curated, so it keeps what it has. The files under {root} (or this version of alskg) are others than
it was built from, and are not loaded. To compare: alskg export --to DIR. To take in a file: alskg load FILE."""


def main() -> None:
    """Runs the command; an error of ours ends in one sentence on stderr and exit code 2, never in a traceback."""
    try:
        app()
    except AlskgError as error:
        typer.echo(f"alskg: {error}", err=True)
        sys.exit(terminal.REFUSED)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    if version:
        typer.echo(f"alskg {__version__}")
        raise typer.Exit


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen at (ALSKG_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen at (ALSKG_PORT); 0 takes a free one.")] = None,
) -> None:
    """
    Serve the graph over HTTP: SPARQL, REST and pages.

    The store is built from the packaged files at the first start, and again when they change. Stop with Ctrl-C.

    For example: alskg serve --port 8080
    """
    import uvicorn

    from alskg.knowledge_graph import KnowledgeGraph
    from alskg.web.access_log import AccessLog
    from alskg.web.app import build_app
    from alskg.web.connections import allow_many, protocol

    settings = terminal.settings()
    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    allow_many()
    sock = _listening(settings.host, settings.port)
    graph = KnowledgeGraph.open(settings)
    config = uvicorn.Config(
        build_app(graph, AccessLog(settings.access_log) if settings.access_log != "none" else None),
        http=protocol(settings),
        log_level="warning",
        access_log=False,
        forwarded_allow_ips=list(settings.proxies_trusted),
        # A query that runs may end; a client that reads no further must not keep the server from stopping.
        timeout_graceful_shutdown=math.ceil(settings.query_seconds_max) + 5,
    )
    server = uvicorn.Server(config)
    # From the first word on: until uvicorn listens to signals itself, asyncio would cancel what runs, which uvloop
    # doesn't notice, and Ctrl-C were lost.
    signal.signal(signal.SIGINT, server.handle_exit)
    address = "http://{}:{}".format(*sock.getsockname()[:2])
    if graph.is_apart_from_files:
        typer.echo(_APART.format(root=settings.root), err=True)
    typer.echo(
        f"alskg {__version__}, revision {graph.revision}, {len(graph.store.quads):,} quads. "
        f"A research resource, not medical advice.\n"
        f"Serving at {address}  (Ctrl-C stops it). Try:\n"
        f"  curl {address}/                     what there is\n"
        f"  curl {address}/queries              questions, ready to run\n"
        f"  curl {address}/mappings             whole mappings between classes\n"
        f"  curl {address}/openapi.json         every address with its parameters\n"
        f"  {address}/sparql in a browser       write a query"
    )
    sys.stdout.flush()
    graph.workers.start()
    reading = (graph.store.snapshots, graph.schema.prefixes)
    threading.Thread(target=graph.workers.read_ahead, args=reading, name="read-ahead", daemon=True).start()
    # What is there by now stays; to look through all of it for garbage would hold up every request for 0.1 s each time.
    gc.freeze()
    server.run(sockets=[sock])


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=2048)
    except OSError as error:
        raise AlskgError(
            f"Can't listen at {host}:{port}: {error}. "
            "Set ALSKG_HOST to an address of this machine and ALSKG_PORT to a free port."
        ) from error


@app.command()
def ask(
    query: Annotated[str, typer.Argument(help="SPARQL text, the name of a question (see /queries), or - for stdin.")],
    given: Annotated[
        list[str] | None, typer.Option("--set", "-s", help="A parameter of a named question: drug=riluzole.")
    ] = None,
    format_: Annotated[str, typer.Option("--format", "-f", help="csv, tsv, json, xml; turtle, ntriples ...")] = "",
    packaged: Annotated[bool, typer.Option("--packaged", help="Ask the packaged files, and not the store.")] = False,
) -> None:
    """
    Ask a question of the graph that `alskg serve` serves, without a server, or beside one.

    It is the store under ALSKG_DATA_DIR as it stands; before there is one, the packaged files.

    For example: alskg ask "SELECT ?label WHERE { ?s a als:Claim ; rdfs:label ?label } LIMIT 3" -f csv
    """
    from alskg.answers import ask, form_of
    from alskg.media import GRAPH, TABLE, negotiate

    with terminal.graph_of_files() if packaged else terminal.graph_to_ask() as graph:
        question = _question(graph, terminal.stdin_text() if query == "-" else query, given or [])
        table = form_of(graph, question.text) in ("SELECT", "ASK")
        found = negotiate(None, TABLE if table else GRAPH, format_ or ("csv" if table else "turtle"))
        answer = ask(graph, question, found)
    sys.stdout.buffer.write(answer.body)
    if not answer.body.endswith(b"\n"):
        typer.echo()


def _question(graph: "KnowledgeGraph", asked: str, given: list[str]) -> "Question":
    from alskg.answers import Question
    from alskg.parameters import bindings
    from alskg.queries import with_prefixes

    for pair in given:
        if "=" not in pair:
            raise BadParameter(f"--set {pair}: write a name and a value, as in --set drug=riluzole.")
    named = graph.queries.get(asked)
    if named is not None:
        return Question(named.text, bindings(graph, named, dict(pair.split("=", 1) for pair in given)))
    if NAME.fullmatch(asked):
        near = difflib.get_close_matches(asked, graph.queries, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(graph.queries) or 'none'}."
        raise UnknownName(f"No question is called {asked!r}; {hint}")
    if given:
        raise BadParameter("--set is for named questions; write the value into the SPARQL, or name a question.")
    return Question(with_prefixes(asked, graph.schema.prefixes))


@app.command()
def check(
    json_: Annotated[bool, typer.Option("--json", help="One JSON object for each fault.")] = False,
) -> None:
    """
    Check the curated files: SHACL and the house rules. Exit code 1 where something is wrong.

    Each fault says the file, the node, what is wrong and how to mend it.

    For example: alskg check --json > faults.jsonl
    """
    from dataclasses import asdict

    from alskg.checks import RULES, derived_faults, faults

    root = terminal.settings().root
    with terminal.working("Checking") as tick:
        found = faults(root, tick)
        if not found:
            with terminal.graph_of_files() as graph:
                found = derived_faults(graph.store, root)
    for fault in found:
        typer.echo(json.dumps(asdict(fault), ensure_ascii=False) if json_ else str(fault))
    if found:
        typer.echo(f"{counted(len(found), 'fault')}.", err=True)
        raise typer.Exit(terminal.FAULTY)
    typer.echo(f"All is sound: {len(RULES)} rules and the derived view.", err=True)


@app.command(name="format")
def format_(
    only_check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit code 1 if something would.")
    ] = False,
) -> None:
    """
    Lay out every Turtle file and mapping table in the house way, so that a diff shows what changed.

    The files that it writes are named. For example, before a commit: alskg format --check
    """
    from alskg.checks import badly_laid_out

    changed = badly_laid_out(terminal.settings().root)
    for file, text in changed.items():
        typer.echo(str(file))
        if not only_check:
            file.write_text(text, encoding="utf-8")
    if changed and only_check:
        raise typer.Exit(terminal.FAULTY)


@app.command()
def derive(
    only_check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit code 1 if something would.")
    ] = False,
) -> None:
    """
    Write what is derived from the ontology: ontology/context.jsonld and ontology/VOCABULARY.md; and docs/coverage.md.

    The published view is derived by the store.

    The files that it writes are named. For example, before a commit: alskg derive --check
    """
    from alskg.checks import derived_documents, derived_files

    root = terminal.settings().root
    due = {**derived_files(root), **derived_documents(root)}
    stale = {file: text for file, text in due.items() if _read(file) != text}
    for file, text in stale.items():
        typer.echo(str(file))
        if not only_check:
            file.write_text(text, encoding="utf-8")
    if stale and only_check:
        raise typer.Exit(terminal.FAULTY)


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""
