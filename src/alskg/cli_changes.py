"""The command line for changes: make one, take it back, retract claims."""

import getpass
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alskg import terminal
from alskg.characters import unfit
from alskg.errors import BadDocument, BadParameter
from alskg.names import ACCEPTED_BY, NAME_LENGTH_MAX, iri_of_name
from alskg.wording import counted

if TYPE_CHECKING:
    import pyoxigraph as ox

    from alskg.changes import Outcome
    from alskg.changeset import Changeset, Patch
    from alskg.knowledge_graph import KnowledgeGraph

DOOR = "command line"
NAMED_MAX = 5
"""How many of a kind are named."""

app = typer.Typer(
    no_args_is_help=True,
    help="""
    Change the graph in the store: add and remove triples, retract claims, take a change back; tell what was changed.

    Every change passes the gate, which writes it whole or refuses it with the reasons (exit code 1). Whoever can open
    ALSKG_DATA_DIR may do everything here. Stop the server first; while it runs, changes go to it: POST /changes.

    For example: alskg change add new.ttl -m "Two synonyms"
    """,
)

Input = Annotated[str, typer.Argument(metavar="FILE|-", help="The file with the triples, or - for stdin.")]
FormatName = Annotated[
    str, typer.Option("--format", "-f", help="turtle, trig, nquads, ntriples, jsonld or rdfpatch; else by the ending.")
]
Message = Annotated[str, typer.Option("--message", "-m", help="What the change is for; history keeps it.")]
Author = Annotated[str, typer.Option(help="Who makes it, in one line; else the user of this machine.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen; nothing is written.")]
Admin = Annotated[bool, typer.Option("--admin", help="It may change the ontology and mappings, too.")]
Purge = Annotated[bool, typer.Option("--purge", help="Claims may vanish without a record of their retraction.")]
Json = Annotated[bool, typer.Option("--json", help="The same document as over HTTP.")]


@app.command()
def add(
    file: Input,
    message: Message,
    format_: FormatName = "",
    author: Author = "",
    dry_run: DryRun = False,
    admin: Admin = False,
    purge: Purge = False,
    json_: Json = False,
) -> None:
    """
    Add the triples of a file; or do what an RDF Patch says, which may remove some, too.

    A triple without a graph belongs where its subject is described. The declared prefixes need not be written.

    For example: echo 'drug:riluzole skos:altLabel "Rilutek"@en .' | alskg change add - -f turtle -m "A synonym"
    """

    def build(kg: "KnowledgeGraph") -> "Changeset":
        patch, base = _patch(kg, file, format_)
        change = _changeset(message, author, patch.added, patch.removed, admin=admin, purge=purge)
        return replace(change, base=base)

    deliver(build, dry_run=dry_run, json_=json_)


@app.command()
def remove(
    file: Input,
    message: Message,
    format_: FormatName = "",
    author: Author = "",
    dry_run: DryRun = False,
    admin: Admin = False,
    purge: Purge = False,
    json_: Json = False,
) -> None:
    """
    Remove just the triples of a file. A claim is not removed but retracted: alskg change retract.

    For example: alskg change remove slip.ttl -m "It was a slip"
    """

    def build(kg: "KnowledgeGraph") -> "Changeset":
        patch, base = _patch(kg, file, format_)
        if patch.removed or base is not None:
            raise BadParameter("An RDF Patch says itself what it removes: give it to `alskg change add`.")
        return _changeset(message, author, removed=patch.added, admin=admin, purge=purge)

    deliver(build, dry_run=dry_run, json_=json_)


@app.command()
def retract(
    claims: Annotated[
        list[str], typer.Argument(metavar="CLAIM...", help="By name, CURIE or IRI: s2-001, claim:s2-001.")
    ],
    reason: Annotated[str, typer.Option("--message", "-m", help="Why; it is kept with each claim.")],
    author: Author = "",
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """
    Take claims back: they leave what is published, and are kept apart with when, by whom and why.

    For example: alskg change retract s2-001 -m "The source was withdrawn"
    """

    def build(kg: "KnowledgeGraph") -> "Changeset":
        change = _changeset(reason, author)
        return replace(change, retracted=tuple((iri_called(kg, name, "claims"), change.message) for name in claims))

    deliver(build, dry_run=dry_run, json_=json_)


def agent_of(author: str) -> str:
    """
    Who makes a change: the one that is named, or the user of this machine.

    Raises:
        BadParameter: nobody is named, and the machine doesn't know; or it is no name.
    """
    if author.strip():
        return _name_of_author(author.strip())
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise BadParameter("This machine doesn't know who you are: say it with --author NAME.") from error


def _name_of_author(author: str) -> str:
    if len(author) > NAME_LENGTH_MAX:
        raise BadParameter(f"--author: it has {len(author):,} characters; at most {NAME_LENGTH_MAX} are kept.")
    if (character := unfit(author, one_line=True)) is not None:
        raise BadParameter(f"--author: it has the character {character}; write a name in one line.")
    if ACCEPTED_BY in author:
        raise BadParameter(f"--author: only a proposal is “{ACCEPTED_BY.strip(', ')}” somebody; write one name.")
    return author


def iri_called(kg: "KnowledgeGraph", name: str, collection: str = "") -> str:
    """
    The IRI of a thing by its IRI, its CURIE or its name: `drug:riluzole`, `drugs/riluzole`.

    A name without a slash is one of the `collection`.

    Raises:
        BadParameter: its prefix is not declared.
    """
    from alskg.curies import iri_of

    if "://" in name:
        return name.strip("<>")
    if ":" in name:
        return iri_of(kg.schema.prefixes, name)
    return iri_of_name(name if "/" in name or not collection else f"{collection}/{name}")


def _patch(kg: "KnowledgeGraph", file: str, format_: str) -> "tuple[Patch, int | None]":
    """What a file adds and removes (all but RDF Patch only adds), and the revision that it says it rests on."""
    from alskg.changeset import RDF_PATCH, Patch, patch_of, previous_of
    from alskg.loading import format_called, format_of, quads_in_file, quads_in_text, text_in

    if file == "-" and not format_:
        raise BadParameter("What comes from stdin has no ending: say with --format what it is.")
    if file != "-" and Path(file).is_dir():
        raise BadParameter(f"{file} is a directory, and this takes one file; `alskg load {file}` adds all in it.")
    named = format_called(format_) if format_ else format_of(Path(file), by_name=True)
    if named is not RDF_PATCH and file != "-":
        return Patch(tuple(quads_in_file(kg, Path(file), named)), ()), None
    said = terminal.stdin_text() if file == "-" else text_in(Path(file))
    if named is not RDF_PATCH:
        return Patch(tuple(quads_in_text(kg, said, named, "stdin")), ()), None
    try:
        return patch_of(said), previous_of(said, [kg.settings.base_url])
    except BadDocument as error:
        raise BadDocument(f"{file}: {error}", **error.extra) from error


def _changeset(
    message: str,
    author: str,
    added: "Iterable[ox.Quad]" = (),
    removed: "Iterable[ox.Quad]" = (),
    *,
    admin: bool = False,
    purge: bool = False,
) -> "Changeset":
    from alskg.changes import refuse_wordless
    from alskg.changeset import Changeset

    return Changeset(
        message=refuse_wordless(message),
        agent=agent_of(author),
        added=tuple(added),
        removed=tuple(removed),
        door=DOOR,
        may_change_ontology=admin,
        may_purge=purge,
    )


def deliver(
    build: "Callable[[KnowledgeGraph], Changeset]", *, dry_run: bool, json_: bool, to_restore: int | None = None
) -> None:
    """Makes a change of the stored graph, or weighs it, and tells what became of it; see `terminal.graph_of_store`."""
    from alskg.differences import lines_of

    with terminal.graph_of_store(to_restore) as kg:
        outcome = judged(kg, build(kg), dry_run=dry_run)
        if dry_run and not json_:
            for line in lines_of(kg, outcome.patch):
                typer.echo(line)
        tell(kg, outcome, dry_run=dry_run, json_=json_)


def judged(kg: "KnowledgeGraph", change: "Changeset", *, dry_run: bool) -> "Outcome":
    """What becomes of a change, or would. It may be as large as it likes: here, nobody waits for their turn."""
    from alskg.changes import commit, weigh

    with terminal.working("Checking") as tick:
        judge = weigh if dry_run else commit
        return judge(kg, change, tick=lambda done, total: tick(done, total, f"{done:,} of {total:,}"), limited=False)


def tell(kg: "KnowledgeGraph", outcome: "Outcome", *, dry_run: bool, json_: bool) -> None:
    """
    Says what became of a change; each fault is a line on stdout, as `alskg check` writes it.

    Raises:
        typer.Exit: it was refused.
    """
    from alskg.web.outcomes import outcome_document

    document: Any = outcome_document(kg, outcome, is_dry_run=dry_run)
    faults = document["report"]["results"]
    if json_:
        print_json(document)
    else:
        for fault in faults:
            typer.echo(f"{fault['file']}: {fault['node']['id']}: {fault['what']} {fault['mend']} [{fault['rule']}]")
        lines = _summary(outcome, document) if outcome.conforms else _refusal(outcome, len(faults))
        for line in lines:
            typer.echo(line, err=True)
    if not outcome.conforms:
        raise typer.Exit(terminal.FAULTY)


def _refusal(outcome: "Outcome", faults: int) -> Iterator[str]:
    yield f"{counted(faults, 'fault')}; nothing was written."
    for record in outcome.hindering[:NAMED_MAX]:
        yield f"Changed since by revision {record.revision} of {record.agent}: {record.message} Revert that one first."


def _summary(outcome: "Outcome", document: Any) -> Iterator[str]:
    """What a curator should know, a line each; the first few of a kind where there are many."""
    candidate = outcome.verdict.candidate
    yield document["summary"]
    for quads, what in ((candidate.already, "there already"), (candidate.absent, "not there")):
        if quads:
            yield f"Quads that are {what}: {len(quads):,}."
    kinds = {
        "New disagreement": document["disagreements"]["created"],
        "No disagreement any more": document["disagreements"]["resolved"],
        "Said otherwise with another scope": document["disagreements"]["inOtherScope"],
        "There already, so that a claim on it is what to add": document["existing"],
    }
    for kind, nodes in kinds.items():
        yield from (f"{kind}: {node.get('label', node['id'])}" for node in nodes[:NAMED_MAX])
        if len(nodes) > NAMED_MAX:
            yield f"{kind}: {len(nodes) - NAMED_MAX:,} more."


def print_json(document: object) -> None:
    """Writes a document to stdout."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
