"""Property paths: how one node is reached from another, and every edge that is read on the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from rdflib import RDF, BNode, Graph, URIRef
from rdflib import paths as sparql
from rdflib.term import Node

from alskg.names import SH

NESTED_MAX = 10
"""How deep a path may nest: where pySHACL gives up (`value_nodes_from_path`), each step of a sequence counting."""


class Edges(Protocol):
    """What a walk asks of a graph."""

    def objects_of(self, subject: Node, predicate: Node) -> "Iterator[Node] | tuple[Node, ...]":
        """The values of a property, each once."""
        ...

    def subjects_with(self, predicate: Node, object_: Node) -> "Iterator[Node] | tuple[Node, ...]":
        """The nodes that have this value of the property, each once."""
        ...


@dataclass(frozen=True)
class Edge:
    """One edge that a path reads: `before` leads to the node where it is read, `after` leads on from its other end."""

    before: "Path"
    predicate: URIRef
    backward: bool
    after: "Path"


@dataclass(frozen=True)
class Step:
    """Along one property, or against it."""

    predicate: URIRef
    backward: bool = False

    @property
    def inverse(self) -> "Path":
        """The way back."""
        return Step(self.predicate, not self.backward)

    @property
    def edges(self) -> Iterator[Edge]:
        """Every edge that is read."""
        yield Edge(HERE, self.predicate, self.backward, HERE)

    def walk(self, graph: Edges, node: Node) -> Iterator[Node]:
        """The nodes that are reached, some of them perhaps more than once."""
        if self.backward:
            yield from graph.subjects_with(self.predicate, node)
        else:
            yield from graph.objects_of(node, self.predicate)


@dataclass(frozen=True)
class Sequence:
    """One path after the other; with no part, no step at all."""

    parts: tuple["Path", ...]

    @property
    def inverse(self) -> "Path":
        """See `Step.inverse`."""
        return Sequence(tuple(part.inverse for part in reversed(self.parts)))

    @property
    def edges(self) -> Iterator[Edge]:
        """See `Step.edges`."""
        for place, part in enumerate(self.parts):
            before, after = self.parts[:place], self.parts[place + 1 :]
            for edge in part.edges:
                yield Edge(joined(*before, edge.before), edge.predicate, edge.backward, joined(edge.after, *after))

    def walk(self, graph: Edges, node: Node) -> Iterator[Node]:
        """See `Step.walk`."""
        if not self.parts:
            yield node
            return
        *first, last = self.parts
        reached = {node}
        for part in first:
            reached = {end for start in reached for end in part.walk(graph, start)}
        for start in reached:
            yield from last.walk(graph, start)


@dataclass(frozen=True)
class Alternative:
    """One path or another."""

    parts: tuple["Path", ...]

    @property
    def inverse(self) -> "Path":
        """See `Step.inverse`."""
        return Alternative(tuple(part.inverse for part in self.parts))

    @property
    def edges(self) -> Iterator[Edge]:
        """See `Step.edges`."""
        for part in self.parts:
            yield from part.edges

    def walk(self, graph: Edges, node: Node) -> Iterator[Node]:
        """See `Step.walk`."""
        for part in self.parts:
            yield from part.walk(graph, node)


@dataclass(frozen=True)
class Repeat:
    """A path several times over: `?` where it is optional and not `many`, `*` where it is both, `+` where only many."""

    part: "Path"
    optional: bool
    many: bool

    @property
    def inverse(self) -> "Path":
        """See `Step.inverse`."""
        return Repeat(self.part.inverse, self.optional, self.many)

    @property
    def edges(self) -> Iterator[Edge]:
        """See `Step.edges`."""
        around = Repeat(self.part, optional=True, many=True) if self.many else HERE
        for edge in self.part.edges:
            yield Edge(joined(around, edge.before), edge.predicate, edge.backward, joined(edge.after, around))

    def walk(self, graph: Edges, node: Node) -> Iterator[Node]:
        """See `Step.walk`."""
        reached: set[Node] = set()
        if self.optional:
            reached.add(node)
            yield node
        waiting = [node]
        while waiting:
            for end in self.part.walk(graph, waiting.pop()):
                if end not in reached:
                    reached.add(end)
                    yield end
                    if self.many:
                        waiting.append(end)


Path: TypeAlias = Step | Sequence | Alternative | Repeat

HERE = Sequence(())
"""The path that stays where it is."""


def joined(*paths: Path) -> Path:
    """One path after the other, without needless brackets."""
    parts = tuple(part for path in paths for part in (path.parts if isinstance(path, Sequence) else (path,)))
    return parts[0] if len(parts) == 1 else Sequence(parts)


def path_of_shape(shapes: Graph, node: Node, depth: int = 0) -> Path:
    """
    The path that a node of a shapes graph stands for (SHACL, section 2.3.1).

    Raises:
        ValueError: it is not written by the rules; the message says which one it breaks.
    """
    if isinstance(node, URIRef):
        return Step(node)
    if depth >= NESTED_MAX:
        raise ValueError(f"a path may nest less than {NESTED_MAX} deep")
    said = [(kind, value) for kind, value in shapes.predicate_objects(node) if kind in _KINDS]
    if len(said) != 1:
        raise ValueError("a path is a property, a list, or one of the path expressions of SHACL")
    return _compound(shapes, node, depth, *said[0])


def _compound(shapes: Graph, node: Node, depth: int, kind: Node, value: Node) -> Path:
    if kind == RDF.first:
        return joined(*_sequence(shapes, node, depth))
    if kind == _INVERSE:
        if not isinstance(value, URIRef):
            # pySHACL 0.40.1 evaluates the inverse of a/b as ^a/^b.
            raise ValueError("sh:inversePath takes a property, not a path; write the inverse of each step")
        return Step(value, backward=True)
    if kind == _ALTERNATIVE:
        parts = tuple(path_of_shape(shapes, part, depth + 1) for part in shapes.items(value))
        if len(parts) < 2:
            raise ValueError("sh:alternativePath takes a list of at least two")
        return Alternative(parts)
    optional, many = _REPEATS[kind]
    return Repeat(path_of_shape(shapes, value, depth + 1), optional, many)


def _sequence(shapes: Graph, node: Node, depth: int) -> Iterator[Path]:
    cells = [node]
    while (rest := shapes.value(cells[-1], RDF.rest)) != RDF.nil:
        # pySHACL takes a list cell with an IRI for a property.
        if not isinstance(rest, BNode) or len(cells) + depth >= NESTED_MAX:
            raise ValueError(f"a sequence is a list of blank nodes that ends, with less than {NESTED_MAX} steps")
        cells.append(rest)
    if len(cells) < 2:
        raise ValueError("a sequence takes a list of at least two")
    for place, cell in enumerate(cells):
        (first,) = shapes.objects(cell, RDF.first)
        yield path_of_shape(shapes, first, depth + place + 1)


def path_of_sparql(path: Node | sparql.Path) -> Path:
    """
    The path that rdflib's parser found in a query.

    Raises:
        ValueError: it is a negated property set, which reads every edge.
    """
    if isinstance(path, URIRef):
        return Step(path)
    if isinstance(path, sparql.InvPath):
        return path_of_sparql(path.arg).inverse
    if isinstance(path, sparql.SequencePath):
        return joined(*(path_of_sparql(part) for part in path.args))
    if isinstance(path, sparql.AlternativePath):
        return Alternative(tuple(path_of_sparql(part) for part in path.args))
    if isinstance(path, sparql.MulPath):
        return Repeat(path_of_sparql(path.path), path.zero, path.more)
    raise ValueError("a negated property set (!) reads every edge; name the properties")


_INVERSE, _ALTERNATIVE = URIRef(f"{SH}inversePath"), URIRef(f"{SH}alternativePath")
_REPEATS: dict[Node, tuple[bool, bool]] = {
    URIRef(f"{SH}zeroOrOnePath"): (True, False),
    URIRef(f"{SH}zeroOrMorePath"): (True, True),
    URIRef(f"{SH}oneOrMorePath"): (False, True),
}
_KINDS = frozenset({RDF.first, _INVERSE, _ALTERNATIVE, *_REPEATS})
