"""The curated files: which there are, what they say, and the checksum that tells whether they changed."""

import codecs
import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from alskg import __version__
from alskg.characters import decoded
from alskg.errors import BadDocument, SourceError
from alskg.names import graph_of_file

FOLDERS = ("ontology", "data")

COLUMNS = ("subject_id", "subject_label", "predicate_id", "object_id", "mapping_justification")
"""What every SSSOM table here has; it may have more."""


@dataclass(frozen=True)
class MappingRow:
    """One row of an SSSOM table."""

    subject_id: str
    subject_label: str
    predicate_id: str
    object_id: str
    object_label: str
    justification: str


def turtle_files(root: Path) -> list[Path]:
    """
    Every Turtle file under ontology/ and data/, in a stable order.

    Raises:
        SourceError: there is no ontology/.
    """
    if not (root / FOLDERS[0]).is_dir():
        raise SourceError(f"{root}: there is no ontology/ in this directory; set ALSKG_ROOT to one that has it.")
    return sorted(file for folder in FOLDERS for file in (root / folder).rglob("*.ttl"))


def mapping_files(root: Path) -> list[Path]:
    """Every SSSOM table, in a stable order."""
    return sorted((root / "ontology" / "mappings").glob("*.sssom.tsv"))


def checksum(root: Path) -> str:
    """The SHA-256 of all curated files together, their paths and the version that reads them included."""
    digest = hashlib.sha256(__version__.encode())
    for file in (*turtle_files(root), *mapping_files(root)):
        digest.update(f"{file.relative_to(root).as_posix()}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def triples_of_file(file: Path, root: Path) -> Iterator[ox.Triple]:
    """
    The triples of one Turtle file.

    Raises:
        SourceError: it is not Turtle; the message has file, line and column.
    """
    try:
        for quad in ox.parse(file.read_bytes().removeprefix(codecs.BOM_UTF8), format=ox.RdfFormat.TURTLE):
            yield quad.triple
    except SyntaxError as error:
        raise SourceError(f"{file.relative_to(root).as_posix()}: {error}.") from error


def text_of(file: Path, root: Path) -> str:
    """
    What a curated file holds, line ends as they are; without a mark (U+FEFF) before it.

    Raises:
        SourceError: it is not UTF-8.
    """
    try:
        return decoded(file.read_bytes())
    except BadDocument as error:
        raise SourceError(f"{file.relative_to(root).as_posix()}: {error}") from error


def mappings_of_file(file: Path, root: Path) -> Iterator[MappingRow]:
    """
    The rows of an SSSOM table (https://mapping-commons.github.io/sssom/), its metadata block left out.

    Raises:
        SourceError: it is not UTF-8, a column is missing, or a row has more or fewer cells than there are columns.
    """
    name = file.relative_to(root).as_posix()
    lines = [line for line in text_of(file, root).split("\n") if not line.startswith("#")]
    table = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    for column in COLUMNS:
        if column not in (table.fieldnames or ()):
            raise SourceError(f"{name}: the column {column} is missing; SSSOM requires it.")
    for row in table:
        # DictReader puts None where a cell is missing, and under None what is too much.
        if None in row or None in row.values():
            raise SourceError(f"{name}: the row of {row['subject_id']} has not one cell for each column.")
        yield MappingRow(
            row["subject_id"],
            row["subject_label"],
            row["predicate_id"],
            row["object_id"],
            row.get("object_label", ""),
            row["mapping_justification"],
        )


def expand(curie: str, prefixes: Mapping[str, str]) -> str:
    """
    The IRI of a CURIE.

    Raises:
        SourceError: its prefix is not declared, or its name has characters that no IRI may have.
    """
    prefix, colon, name = curie.partition(":")
    if not colon or prefix not in prefixes:
        raise SourceError(f"The prefix of {curie!r} is not declared in ontology/prefixes.ttl.")
    try:
        return ox.NamedNode(prefixes[prefix] + name).value
    except ValueError as error:
        raise SourceError(f"{curie!r} makes no IRI: {error}.") from error


def ontology_triples(root: Path) -> Iterator[ox.Triple]:
    """All triples of ontology/, mappings left out."""
    for file in turtle_files(root):
        if file.relative_to(root).parts[0] == "ontology":
            yield from triples_of_file(file, root)


def authored_quads(root: Path, prefixes: Mapping[str, str]) -> Iterator[ox.Quad]:
    """Every curated triple in the named graph of its file; a mapping becomes the triple that it stands for."""
    for file in turtle_files(root):
        graph = ox.NamedNode(graph_of_file(file, root))
        yield from (ox.Quad(t.subject, t.predicate, t.object, graph) for t in triples_of_file(file, root))
    for file in mapping_files(root):
        graph = ox.NamedNode(graph_of_file(file, root))
        for row in mappings_of_file(file, root):
            ends = (expand(curie, prefixes) for curie in (row.subject_id, row.predicate_id, row.object_id))
            subject, predicate, object_ = map(ox.NamedNode, ends)
            yield ox.Quad(subject, predicate, object_, graph)


def canonical_table(text: str) -> str:
    """An SSSOM table in the house layout: the metadata block as it is, the rows sorted, each of them once."""
    lines = text.split("\n")
    block = [line for line in lines if line.startswith("#")]
    header, *rows = [line for line in lines if line and not line.startswith("#")] or [""]
    return "\n".join([*block, header, *sorted(set(rows))]) + "\n"
