"""Which curated files there are: where the members of a class stand, and what has no place at all."""

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from alskg.faults import Fault
from alskg.names import ALS, GRAPHS, MAPPING_GRAPHS, file_of_graph, is_name, local_name
from alskg.schema import Class, Schema

OF_THE_ONTOLOGY = frozenset({"ontology/alskg", "ontology/prefixes", "ontology/properties"})
_REPLACED = "data/replaced"
_OF_SOURCES = ("data/claims", "data/retracted")
_CLAIM = ALS + "Claim"
_SOURCE = ALS + "Source"
_MEND = (
    "A thing belongs in data/things/<collection>.ttl, a source in data/sources.ttl, a claim in "
    "data/claims/<source>.ttl; a class, a list and a mapping table each have their file under ontology/. Leave the "
    "graph out: a triple goes where its subject belongs."
)


def files_for(class_: Class, sources: Iterable[str]) -> list[str]:
    """The file where a member of a class stands; for a claim, those of its sources."""
    if class_.iri == _CLAIM:
        return [f"data/claims/{local_name(source)}.ttl" for source in sources]
    return [f"data/{class_.collection}.ttl" if class_.iri == _SOURCE else f"data/things/{class_.collection}.ttl"]


def strays(schema: Schema, file: str, node: str = "-") -> Iterator[Fault]:
    """What is wrong with a place where triples stand, as a path from the root: the house knows no such file."""
    stem = file.removesuffix(".sssom.tsv").removesuffix(".ttl")
    is_table, is_mapping = file.endswith(".sssom.tsv"), (GRAPHS + stem).startswith(MAPPING_GRAPHS)
    if is_table != is_mapping or not _is_known(schema, stem):
        yield Fault(file, node, "no-such-file", "No file of that name belongs to the graph.", _MEND)


def strays_in(schema: Schema, graph: str, node: str) -> Iterator[Fault]:
    """What is wrong with a named graph as a place."""
    file = file_of_graph(graph)
    if graph.startswith(MAPPING_GRAPHS):
        file = f"{file.removesuffix('.ttl')}.sssom.tsv"
    yield from strays(schema, file, node)


def _is_known(schema: Schema, stem: str) -> bool:
    folder, name = PurePath(stem).parent.as_posix(), PurePath(stem).name
    if folder in _OF_SOURCES or folder == "ontology/mappings":
        return is_name(name)
    if folder == "ontology/classes":
        return name in {class_.slug for class_ in schema.classes.values()}
    if folder == "ontology/vocabularies":
        return name in schema.vocabularies
    members = {file for class_ in schema.classes.values() if class_.namespace for file in files_for(class_, ())}
    return stem == _REPLACED or stem in OF_THE_ONTOLOGY or f"{stem}.ttl" in members
