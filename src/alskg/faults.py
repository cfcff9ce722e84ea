"""What a house rule finds, and what it is asked of: data and ontology, wherever they are kept."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

import pyoxigraph as ox

from alskg.schema import Schema
from alskg.triples import Triples


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong: where, what, and how to mend it."""

    file: str
    node: str
    rule: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}: {self.node}: {self.what} {self.mend} [{self.rule}]"


class Site(Protocol):
    """Data and ontology together, and where each of it stands."""

    @property
    def schema(self) -> Schema:
        """The classes and predicates that the ontology declares."""
        ...

    @property
    def whole(self) -> Triples:
        """All triples, the ontology's too, without what is derived."""
        ...

    def files_of(self, iri: str) -> Collection[str]:
        """The files that say something of a node, as paths from the root: `data/things/drugs.ttl`."""
        ...

    def files_with(self, triple: ox.Triple) -> Collection[str]:
        """The files that say a triple, mapping tables too."""
        ...

    def where(self, iri: str) -> str:
        """The file that describes a node; `(no file)` where none does."""
        ...


TripleRule = Callable[[Site, str, ox.Triple], Iterator[Fault]]
"""What is wrong with one triple of a file."""
NodeRule = Callable[[Site, str], Iterator[Fault]]
"""What is wrong with one node of data/."""
