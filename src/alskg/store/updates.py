"""What a SPARQL Update request would add and remove, told without changing anything."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

import pyoxigraph as ox

from alskg.errors import Conflict, UnknownName
from alskg.store.terms import iri
from alskg.store.update_operations import (
    DataChange,
    Graph,
    GraphChange,
    Operation,
    PatternChange,
    Transfer,
    operations,
)
from alskg.store.update_templates import Row, instances

__all__ = ["Effect", "Operation", "Working", "effect_of", "is_data_only", "operations"]

# Where text is put together here, it is of slices of the caller's own request, which went through the tokenizer.


@dataclass(frozen=True)
class Effect:
    """
    What changes, in store form; to be applied in this order: `removed`, `dropped`, `created`, `added`.

    No quad stands on both sides. One may be added that is there already, or removed that isn't there: what a request
    says is told as it says it. COPY, MOVE, ADD, CLEAR and DROP name no quads, and so tell true changes alone.
    """

    added: tuple[ox.Quad, ...] = ()
    removed: tuple[ox.Quad, ...] = ()
    created: tuple[str, ...] = ()
    """Graphs that are there afterwards even if they are empty: made by CREATE, COPY, MOVE or ADD."""
    dropped: tuple[str, ...] = ()
    """Graphs that are there no longer, not even as empty ones: those of DROP and the source of MOVE."""


class Working(Protocol):
    """The graph that the operations of one request see, each after those before it."""

    def select(
        self, text: str, default_graphs: Sequence[str] | None, named_graphs: Sequence[str] | None
    ) -> Sequence[Row]:
        """
        The rows of a SELECT, each with the variables that are bound; the same number of rows as the engine gives.

        None stands for what the store shows by itself, an empty list for nothing. Blank nodes keep their labels.
        """
        ...

    def quads(self, graph: ox.NamedNode | ox.DefaultGraph) -> Iterator[ox.Quad]:
        """What a graph holds."""
        ...

    def graphs(self) -> list[str]:
        """The named graphs that are there."""
        ...

    def apply(self, step: Effect) -> None:
        """Makes later operations see it."""
        ...


def is_data_only(operations: Iterable[Operation]) -> bool:
    """Whether a request consists of INSERT DATA and DELETE DATA alone, so that it asks nothing of the graph."""
    return all(isinstance(operation, DataChange) for operation in operations)


def effect_of(operations: Iterable[Operation], working: Working) -> Effect:
    """
    What the operations change together, each seeing what those before it did.

    Of a quad the last word counts: added and then removed, it is removed; removed and then added, it is added. Blank
    nodes that the request made and removed itself are in neither.

    Raises:
        UnknownName, Conflict: a graph is missing, or there already, and SILENT isn't written. What `working` was told
            until then is to be thrown away.
    """
    total = _Total(frozenset(working.graphs()))
    for operation in operations:
        step = _step(operation, working)
        working.apply(step.effect)
        total.add(step)
    return total.effect()


@dataclass(frozen=True)
class _Step:
    """What one operation changes, and the blank nodes that it made."""

    effect: Effect
    made: frozenset[ox.BlankNode] = frozenset()


@dataclass
class _Total:
    """The steps so far, folded into one."""

    start: frozenset[str]
    """The named graphs that were there at the start."""
    added: dict[ox.Quad, None] = field(default_factory=dict)
    removed: dict[ox.Quad, None] = field(default_factory=dict)
    created: dict[str, None] = field(default_factory=dict)
    dropped: dict[str, None] = field(default_factory=dict)
    made: set[ox.BlankNode] = field(default_factory=set)

    def add(self, step: _Step) -> None:
        effect = step.effect
        for quad in effect.removed:
            self.added.pop(quad, None)
            if self.made.isdisjoint(_blank_nodes(quad)):
                self.removed[quad] = None
        for name in effect.dropped:
            self.created.pop(name, None)
            self.dropped[name] = None
        for name in (*effect.created, *_graphs_of(effect.added)):
            self.dropped.pop(name, None)
        self.created |= dict.fromkeys(effect.created)
        for quad in effect.added:
            self.removed.pop(quad, None)
            self.added[quad] = None
        self.made |= step.made

    def effect(self) -> Effect:
        created = tuple(name for name in self.created if name not in self.start)
        dropped = tuple(name for name in self.dropped if name in self.start)
        return Effect(tuple(self.added), tuple(self.removed), created, dropped)


def _graphs_of(quads: Iterable[ox.Quad]) -> set[str]:
    return {quad.graph_name.value for quad in quads if isinstance(quad.graph_name, ox.NamedNode)}


def _blank_nodes(quad: ox.Quad | ox.Triple) -> Iterator[ox.BlankNode]:
    for term in (quad.subject, quad.object):
        if isinstance(term, ox.BlankNode):
            yield term
        elif isinstance(term, ox.Triple):
            yield from _blank_nodes(term)


def _step(operation: Operation, working: Working) -> _Step:
    if isinstance(operation, DataChange):
        return _data_step(operation)
    if isinstance(operation, PatternChange):
        return _pattern_step(operation, working)
    if isinstance(operation, Transfer):
        return _Step(_transferred(operation, working))
    if operation.verb == "CREATE":
        return _Step(_created(operation, working))
    return _Step(_cleared(operation, working))


def _data_step(operation: DataChange) -> _Step:
    # The engine brings the quads into store form. DELETE DATA has the syntax of INSERT DATA, but for blank nodes, which
    # were refused when the operation was read.
    scratch = ox.Store()
    scratch.update(f"{operation.prologue}INSERT DATA {operation.block}")
    quads = tuple(scratch)
    if not operation.adds:
        return _Step(Effect(removed=quads))
    return _Step(Effect(added=quads), frozenset(node for quad in quads for node in _blank_nodes(quad)))


def _pattern_step(operation: PatternChange, working: Working) -> _Step:
    rows = working.select(_question(operation), *_dataset(operation, working))
    made: set[ox.BlankNode] = set()
    removed = instances(operation, operation.delete, rows, made)
    added = instances(operation, operation.insert, rows, made)
    # Deletions come before insertions (SPARQL 1.1 Update, section 3.1.3), so that the latter have the last word.
    kept = frozenset(added)
    return _Step(Effect(added, tuple(quad for quad in removed if quad not in kept)), frozenset(made))


def _question(operation: PatternChange) -> str:
    """The SELECT for what the templates need: their variables, or how many solutions there are."""
    templates = [template for template in (operation.delete, operation.insert) if template]
    names = dict.fromkeys(name for template in templates for name in template.variables)
    # Each solution makes blank nodes of its own, so that equal rows count only where there are any.
    distinct = "" if any(template.makes_blank_nodes for template in templates) else "DISTINCT "
    # SELECT has to name something; nobody binds this.
    projected = " ".join(f"?{name}" for name in names) or f"?none{uuid4().hex}"
    return f"{operation.prologue}SELECT {distinct}{projected} WHERE {operation.where}"


def _dataset(operation: PatternChange, working: Working) -> tuple[Sequence[str] | None, Sequence[str] | None]:
    """
    The graphs that WHERE sees, the default ones and the named ones (SPARQL 1.1 Update, section 3.1.3).

    USING and USING NAMED are all there is where either is given; WITH by itself replaces the default graph alone.
    """
    if operation.using or operation.using_named:
        return operation.using, operation.using_named
    if operation.graph:
        return (operation.graph.value,), working.graphs()
    return None, None


def _created(operation: GraphChange, working: Working) -> Effect:
    if not isinstance(operation.target, ox.NamedNode):
        raise TypeError("Only a named graph can be created.")
    name = operation.target.value
    if name not in working.graphs():
        return Effect(created=(name,))
    if operation.silent:
        return Effect()
    raise Conflict(f"There is a graph <{name}> already; to go on all the same, write CREATE SILENT GRAPH <{name}>.")


def _cleared(operation: GraphChange, working: Working) -> Effect:
    named = working.graphs()
    targets: list[Graph] = []
    if isinstance(operation.target, ox.NamedNode):
        if not _is_there(operation.target, named, operation):
            return Effect()
        targets = [operation.target]
    if isinstance(operation.target, str):
        targets = [iri(name) for name in named]
    if operation.target == "ALL" or isinstance(operation.target, ox.DefaultGraph):
        targets.append(ox.DefaultGraph())
    removed = tuple(quad for graph in targets for quad in working.quads(graph))
    dropped = [graph.value for graph in targets if isinstance(graph, ox.NamedNode)] if operation.verb == "DROP" else []
    return Effect(removed=removed, dropped=tuple(dropped))


def _transferred(operation: Transfer, working: Working) -> Effect:
    """
    The effect of COPY, MOVE and ADD; none where source and destination are one graph.

    Where a missing source is passed over in silence, the destination keeps what it has.
    """
    named = working.graphs()
    source, destination = operation.source, operation.destination
    if not _is_there(source, named, operation) or source == destination:
        return Effect()
    left = list(working.quads(source)) if operation.verb == "MOVE" else []
    there = frozenset(working.quads(destination))
    coming = {
        ox.Quad(quad.subject, quad.predicate, quad.object, destination): None for quad in left or working.quads(source)
    }
    replaced = () if operation.verb == "ADD" else (quad for quad in there if quad not in coming)
    return Effect(
        added=tuple(quad for quad in coming if quad not in there),
        removed=(*left, *replaced),
        created=tuple(_named(destination) - set(named)),
        dropped=tuple(_named(source)) if operation.verb == "MOVE" else (),
    )


def _named(graph: Graph) -> set[str]:
    return {graph.value} if isinstance(graph, ox.NamedNode) else set()


def _is_there(graph: Graph, named: Sequence[str], operation: GraphChange | Transfer) -> bool:
    """Whether a graph exists, as the default one always does; if not, only SILENT keeps this from being an error."""
    if isinstance(graph, ox.DefaultGraph) or graph.value in named:
        return True
    if operation.silent:
        return False
    raise UnknownName(
        f"There is no graph <{graph.value}> to {operation.verb}; name one that is there, or write "
        f"{operation.verb} SILENT to pass over it.",
        available=named,
    )
