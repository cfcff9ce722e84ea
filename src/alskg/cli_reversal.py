"""The command line for going back: one change taken back, or the graph as it was at a revision."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from alskg.cli_changes import DOOR, Admin, Author, DryRun, Json, agent_of, deliver

if TYPE_CHECKING:
    from alskg.changeset import Changeset
    from alskg.knowledge_graph import KnowledgeGraph

Why = Annotated[str, typer.Option("--message", "-m", help="What it is for, if more than going back; history keeps it.")]


def revert(
    revision: Annotated[int, typer.Argument(min=1, help="The revision whose change is taken back; see the log.")],
    message: Why = "",
    author: Author = "",
    dry_run: DryRun = False,
    admin: Admin = False,
    json_: Json = False,
) -> None:
    """
    Take back one change, as a new revision. Claims that it added are retracted.

    For example: alskg change revert 12 -m "It was about another drug"
    """
    from alskg.reversal import reverting

    def build(kg: "KnowledgeGraph") -> "Changeset":
        change = reverting(kg, revision, agent_of(author), message.strip())
        return replace(change, door=DOOR, may_change_ontology=admin)

    deliver(build, dry_run=dry_run, json_=json_)


def restore(
    revision: Annotated[int, typer.Argument(min=1, help="The revision to go back to; see the log.")],
    message: Why = "",
    author: Author = "",
    dry_run: DryRun = False,
    admin: Admin = False,
    json_: Json = False,
) -> None:
    """
    Make the graph what it was at a revision, as a new revision: all that came since is taken back at once.

    Claims that came since are retracted. History keeps everything, so that this can be taken back, too. It works even
    where the graph can't be opened otherwise, because somebody broke its ontology (--admin).

    For example: alskg change restore 12 -m "Before the import that went wrong"
    """
    from alskg.reversal import restoring

    def build(kg: "KnowledgeGraph") -> "Changeset":
        change = restoring(kg, revision, agent_of(author), message.strip())
        return replace(change, door=DOOR, may_change_ontology=admin)

    deliver(build, dry_run=dry_run, json_=json_, to_restore=revision)
