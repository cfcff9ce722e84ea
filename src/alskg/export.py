"""Export: the authored graphs of the store as the curated files that they came from."""

from collections.abc import Iterator
from pathlib import Path

from alskg.descriptions import derived_texts
from alskg.files import mapping_files, text_of
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import GRAPHS
from alskg.turtle import laid_out

MAPPINGS = GRAPHS + "ontology/mappings/"


def exported(kg: KnowledgeGraph) -> Iterator[tuple[str, str]]:
    """
    Each curated file as its path from the root and its text, and the files that are derived from them.

    A mapping table keeps more than triples (justification, labels at the source), so it is taken as it stands.
    """
    for graph in kg.store.graphs():
        if not graph.startswith(MAPPINGS):
            yield graph.removeprefix(GRAPHS) + ".ttl", laid_out(kg.store.match_in(graph), kg.schema.prefixes)
    root: Path = kg.settings.root
    for file in mapping_files(root):
        yield file.relative_to(root).as_posix(), text_of(file, root)
    yield from derived_texts(kg.schema).items()
