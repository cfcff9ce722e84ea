"""The curated files as one whole: every triple with the file that says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from alskg.files import MappingRow, mapping_files, mappings_of_file, triples_of_file, turtle_files
from alskg.names import RDF, RDFS, graph_of_file, is_live
from alskg.schema import Schema
from alskg.triples import Memory, iris, plain, text


@dataclass(frozen=True)
class Curated:
    """What stands under ontology/ and data/, read once."""

    root: Path
    files: Mapping[Path, tuple[ox.Triple, ...]]
    mappings: Mapping[Path, tuple[MappingRow, ...]]

    @classmethod
    def read(cls, root: Path) -> "Curated":
        """
        Reads every file.

        Raises:
            SourceError: one of them can't be read.
        """
        return cls(
            root,
            {file: tuple(triples_of_file(file, root)) for file in turtle_files(root)},
            {file: tuple(mappings_of_file(file, root)) for file in mapping_files(root)},
        )

    @cached_property
    def live(self) -> Mapping[Path, tuple[ox.Triple, ...]]:
        """The files whose triples are published; what was retracted or replaced is kept in others."""
        return {file: triples for file, triples in self.files.items() if is_live(graph_of_file(file, self.root))}

    @cached_property
    def whole(self) -> Memory:
        """All live triples together: data and ontology, as SHACL sees them."""
        return Memory(triple for triples in self.live.values() for triple in triples)

    @cached_property
    def ontology(self) -> Memory:
        """The triples of ontology/ alone."""
        return Memory(t for file, triples in self.files.items() if self.is_ontology(file) for t in triples)

    @cached_property
    def schema(self) -> Schema:
        """The classes and predicates that the ontology declares."""
        return Schema(self.ontology)

    @cached_property
    def places(self) -> Mapping[str, frozenset[Path]]:
        """Every file that says something of a subject."""
        found: dict[str, set[Path]] = {}
        for file, triples in self.live.items():
            for triple in triples:
                found.setdefault(plain(triple.subject), set()).add(file)
        return {iri: frozenset(files) for iri, files in found.items()}

    @cached_property
    def home(self) -> Mapping[str, Path]:
        """The file that describes each subject: the one that gives its type, else the first that has it."""
        found: dict[str, Path] = {}
        for file, triples in self.live.items():
            for triple in triples:
                if isinstance(triple.subject, ox.NamedNode):
                    found.setdefault(triple.subject.value, file)
                    if triple.predicate.value == RDF + "type":
                        found[triple.subject.value] = file
        return found

    def is_ontology(self, file: Path) -> bool:
        """Whether the file belongs to ontology/ rather than to data/."""
        return file.relative_to(self.root).parts[0] == "ontology"

    def files_of(self, iri: str) -> list[str]:
        """The files that say something of a node, as paths from the root."""
        return [file.relative_to(self.root).as_posix() for file in self.places.get(iri, ())]

    def files_with(self, triple: ox.Triple) -> list[str]:
        """The files that say a triple."""
        places = self.places.get(plain(triple.subject), ())
        return [file.relative_to(self.root).as_posix() for file in places if triple in self.live[file]]

    def where(self, iri: str) -> str:
        """The file that describes a node, as a path from the root."""
        file = self.home.get(iri)
        return file.relative_to(self.root).as_posix() if file else "(no file)"

    def types(self, iri: str) -> list[str]:
        """The classes that the files give a node."""
        return iris(self.whole, iri, RDF + "type")

    def label(self, iri: str) -> str:
        """A node's label, or its IRI where it has none."""
        return text(self.whole, iri, RDFS + "label") or iri
