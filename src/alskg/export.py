"""Export: the authored graphs of the store as the curated files that they came from."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyoxigraph as ox

from alskg.apart import successor
from alskg.curies import curie_of
from alskg.descriptions import derived_texts
from alskg.errors import SourceError
from alskg.files import COLUMNS, canonical_table, expand, mapping_files, text_of, turtle_files
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import BASE, GRAPHS, MAPPING_GRAPHS, RDFS, REPLACED_GRAPH, file_of_graph, graph_of_file
from alskg.triples import Memory, plain, text
from alskg.turtle import laid_out

LICENSE = "https://creativecommons.org/licenses/by/4.0/"
CURIE_MAP = "#curie_map:"
BY_HAND = "semapv:ManualMappingCuration"
"""How a mapping came about that somebody added to the graph."""

_ENDS = ("subject_id", "predicate_id", "object_id")

Row = dict[str, str]
"""A row of a mapping table, by column."""


def exported(kg: KnowledgeGraph) -> Iterator[tuple[str, str]]:
    """
    Each curated file as its path from the root and its text, the files that are derived from them, and the questions.

    What was retracted and replaced is among them; a graph that holds nothing any more has no file.
    """
    for graph in kg.store.graphs():
        if not graph.startswith(MAPPING_GRAPHS):
            yield file_of_graph(graph), laid_out(kg.store.match_in(graph), kg.schema.prefixes)
    yield from tables(kg)
    yield from derived_texts(kg.schema).items()
    for file in sorted((kg.settings.root / "queries").glob("*.rq")):
        yield f"queries/{file.name}", text_of(file, kg.settings.root)


def left_over(directory: Path, names: Iterable[str]) -> list[Path]:
    """The curated files in a directory that an export of these names didn't write: their graphs hold nothing."""
    written = {directory / name for name in names}
    return [file for file in (*turtle_files(directory), *mapping_files(directory)) if file not in written]


def tables(kg: KnowledgeGraph) -> Iterator[tuple[str, str]]:
    """
    The mapping tables. They say more than triples can (justification, labels at the source), so they are taken from
    the files, with those rows that still stand in the graph.
    """
    root = kg.settings.root
    texts = {graph_of_file(file, root): text_of(file, root) for file in mapping_files(root)}
    for graph in kg.store.graphs():
        if graph.startswith(MAPPING_GRAPHS):
            name = file_of_graph(graph).removesuffix(".ttl")
            yield f"{name}.sssom.tsv", _table(kg, texts.get(graph) or _empty_table(graph), graph)


def _empty_table(graph: str) -> str:
    block = f"#mapping_set_id: {BASE}mappings/{graph.removeprefix(MAPPING_GRAPHS)}\n#license: {LICENSE}\n{CURIE_MAP}\n"
    return block + "\t".join([*COLUMNS[:4], "object_label", *COLUMNS[4:]]) + "\n"


def _table(kg: KnowledgeGraph, before: str, graph: str) -> str:
    lines = [line for line in before.split("\n") if line]
    block = [line for line in lines if line.startswith("#")]
    header, *rows = [line.split("\t") for line in lines if not line.startswith("#")]
    if short := next((cells for cells in rows if len(cells) != len(header)), None):
        raise SourceError(f"{graph.removeprefix(GRAPHS)}: the row of {short[0]} has not one cell for each column.")
    old = [dict(zip(header, cells, strict=True)) for cells in rows]
    kept = _Rows(kg, graph).standing(old)
    # Only what is new: a table that nothing changed stays as it is.
    new = _prefixes_in(kept) - _prefixes_in(old)
    block = _with_prefixes(block, {name: iri for name, iri in kg.schema.prefixes.items() if name in new})
    said = ["\t".join(row.get(column, "") for column in header) for row in kept]
    return canonical_table("\n".join([*block, "\t".join(header), *said]))


def _prefixes_in(rows: Iterable[Row]) -> set[str]:
    return {row[column].partition(":")[0] for row in rows for column in (*_ENDS, "mapping_justification")}


def _with_prefixes(block: list[str], prefixes: Mapping[str, str]) -> list[str]:
    """The metadata with these prefixes in its CURIE map, where it has one."""
    if CURIE_MAP not in block:
        return block
    start = block.index(CURIE_MAP) + 1
    end = next((number for number in range(start, len(block)) if not block[number].startswith("#  ")), len(block))
    declared = {line.split(":")[0].strip("# ") for line in block[start:end]}
    missing = [f'#  {prefix}: "{iri}"' for prefix, iri in prefixes.items() if prefix not in declared]
    return [*block[:start], *sorted([*block[start:end], *missing]), *block[end:]]


class _Rows:
    """The rows of one table against the mapping graph that it stands for."""

    def __init__(self, kg: KnowledgeGraph, graph: str) -> None:
        self._store = kg.store
        self._prefixes = kg.schema.prefixes
        self._replacements = Memory(kg.store.match_in(REPLACED_GRAPH))
        self._waiting = set(kg.store.match_in(graph))

    def standing(self, before: list[Row]) -> list[Row]:
        """The rows whose triple still stands, under the present names; and one for each triple that has none."""
        old = [(row, self._triple(row)) for row in before]
        kept = [row for row, triple in old if self._take(triple)]
        # After them, so that the row of what was merged doesn't take the place of the other's own.
        renamed = [
            {**row, "subject_id": self._curie(new)}
            for row, triple in old
            if (new := successor(self._replacements, plain(triple.subject)))
            and self._take(ox.Triple(ox.NamedNode(new), triple.predicate, triple.object))
        ]
        added = [self._new(triple) for triple in sorted(self._waiting, key=str)]
        return [self._labelled(row) for row in (*kept, *renamed, *added)]

    def _take(self, triple: ox.Triple) -> bool:
        is_waiting = triple in self._waiting
        self._waiting.discard(triple)
        return is_waiting

    def _triple(self, row: Row) -> ox.Triple:
        subject, predicate, object_ = (ox.NamedNode(expand(row[column], self._prefixes)) for column in _ENDS)
        return ox.Triple(subject, predicate, object_)

    def _new(self, triple: ox.Triple) -> Row:
        ends = {column: self._curie(plain(term)) for column, term in zip(_ENDS, triple, strict=True)}
        return {**ends, "mapping_justification": BY_HAND}

    def _labelled(self, row: Row) -> Row:
        label = text(self._store, expand(row["subject_id"], self._prefixes), RDFS + "label")
        return {**row, "subject_label": row.get("subject_label", "") if label is None else label}

    def _curie(self, iri: str) -> str:
        curie = curie_of(self._prefixes, iri)
        if curie is None:
            raise SourceError(f"No prefix of ontology/prefixes.ttl fits <{iri}>, so no mapping table can name it.")
        return curie
