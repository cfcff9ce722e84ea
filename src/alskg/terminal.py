"""What the commands have in common: exit codes, settings, the graph that they work on, and a progress bar."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from alskg.characters import decoded
from alskg.errors import BadDocument, BadParameter
from alskg.settings import Settings

if TYPE_CHECKING:
    from alskg.knowledge_graph import KnowledgeGraph

FAULTY, REFUSED = 1, 2
"""Exit codes: something is not sound; the command could not be carried out."""

Tick = Callable[[int, int, str], None]
"""Is told how much is done, of how much (0 where nobody knows), and what comes."""


def settings() -> Settings:
    """What the environment asks for."""
    return Settings.from_environment(os.environ)


def stdin_text() -> str:
    """
    What comes from stdin, whatever encoding the terminal has.

    Raises:
        BadParameter: it isn't UTF-8.
    """
    try:
        return decoded(sys.stdin.buffer.read())
    except BadDocument as error:
        raise BadParameter(f"stdin can't be read: {error}") from error


@contextmanager
def graph_of_files() -> "Iterator[KnowledgeGraph]":
    """The graph of the curated files, in memory."""
    from alskg.knowledge_graph import KnowledgeGraph

    graph = KnowledgeGraph.of_files(settings())
    try:
        yield graph
    finally:
        graph.close()


@contextmanager
def graph_to_ask() -> "Iterator[KnowledgeGraph]":
    """The graph in the store under ALSKG_DATA_DIR, only to be asked, also while a server runs."""
    from alskg.knowledge_graph import KnowledgeGraph

    graph = KnowledgeGraph.reading(settings())
    try:
        yield graph
    finally:
        graph.close()


@contextmanager
def graph_of_store(to_restore: int | None = None) -> "Iterator[KnowledgeGraph]":
    """
    The graph in the store under ALSKG_DATA_DIR; what was written is safe on disk when this ends.

    `to_restore` is a revision that it is to be put back to, so that its present ontology need not be readable.
    """
    from alskg.knowledge_graph import KnowledgeGraph

    chosen = settings()
    graph = KnowledgeGraph.open(chosen) if to_restore is None else KnowledgeGraph.open_to_restore(chosen, to_restore)
    try:
        yield graph
    finally:
        graph.present.flush()
        graph.close()


@contextmanager
def working(what: str) -> Iterator[Tick]:
    """A progress bar on a terminal, nothing elsewhere."""
    from rich.progress import Progress

    with Progress(transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(what)

        def tick(done: int, total: int, name: str) -> None:
            progress.update(task, completed=done, total=total or None, description=f"{what}: {name}")

        yield tick
