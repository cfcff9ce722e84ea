"""Shapes as units: what pySHACL can judge by itself, with everything that it reads of the data to do so."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rdflib import RDF, RDFS, URIRef
from rdflib.term import Node

from alskg.errors import SourceError
from alskg.names import SH
from alskg.shacl import judge
from alskg.shacl.data_graph import DataGraph
from alskg.shacl.paths import HERE, Path, Repeat, Step, joined, path_of_shape
from alskg.shacl.sparql_reads import Trigger, triggers_of

NESTED_MAX = 10
"""How many shapes may stand within one another; pySHACL gives up at 15."""

TYPE = Step(RDF.type)
CLASSES = joined(TYPE, Repeat(Step(RDFS.subClassOf), optional=True, many=True))
"""From a node to every class that it is an instance of."""


@dataclass(frozen=True)
class Read:
    """The edges of one property (None: of every property) out of the nodes at the end of a path, or into them."""

    path: Path
    predicate: Node | None
    backward: bool = False


CLASS_READS = (Read(HERE, RDF.type), Read(CLASSES, RDFS.subClassOf))
"""What is read to tell whether a node is an instance of a class."""


@dataclass(frozen=True, eq=False)
class Target:
    """A shape with the nodes that it is for (SHACL, section 2.1.3)."""

    shape: judge.Shape
    nodes: frozenset[Node]
    classes: frozenset[Node]
    subjects_of: frozenset[Node]
    objects_of: frozenset[Node]

    @property
    def reads(self) -> Iterator[Read]:
        """What is read to tell whether a node is one of them."""
        if self.classes:
            yield from CLASS_READS
        yield from (Read(HERE, kind) for kind in self.subjects_of)
        yield from (Read(HERE, kind, backward=True) for kind in self.objects_of)

    def holds(self, node: Node, graph: DataGraph) -> bool:
        """Whether a node is one of them."""
        return (
            node in self.nodes
            or (bool(self.classes) and not self.classes.isdisjoint(graph.classes_of(node)))
            or any(graph.has(node, kind, None) for kind in self.subjects_of)
            or any(graph.has(None, kind, node) for kind in self.objects_of)
        )

    def foci(self, graph: DataGraph) -> set[Node]:
        """All of them."""
        return judge.foci_of(self.shape, graph)


@dataclass(frozen=True, eq=False)
class Unit:
    """One constraint of a shape: one of its property shapes, one of its queries, or another component whole."""

    name: str
    """The target, and what of it this is; no two are the same, and the same shapes give the same names."""
    target: Target
    shape: judge.Shape
    """The shape that the constraints are of: the target's own, or one of its property shapes."""
    components: tuple[judge.ConstraintComponent, ...]
    reads: frozenset[Read]
    triggers: tuple[tuple[Path, Trigger], ...]
    """For each edge that a query reads: the way from the focus node to the $this of that query."""


def units_of(shapes: judge.ShapesGraph) -> list[Unit]:
    """
    The units of every shape that has a target and is not deactivated.

    Raises:
        SourceError: a shape is outside of the authoring rules; the message names it and the rule.
    """
    for shape in shapes.shapes:
        _refuse_unsupported(shape)
    targets = (_target(shape) for shape in sorted(shapes.shapes, key=lambda shape: str(shape.node)))
    return [unit for target in targets if target for unit in _units(target)]


REFUSED = ("target", "js", "rule", "expression", "values")
"""SHACL features that pySHACL leaves out, or that are not told by what is near a focus node."""


def _refuse_unsupported(shape: judge.Shape) -> None:
    for name in REFUSED:
        if (shape.node, URIRef(SH + name), None) in shape.sg.graph:
            raise _refused(shape.node, f"sh:{name} is not used here; say it with SHACL Core")
    # Also where no target leads to it: a shape that can't be read is to be mended, not passed over.
    _Collector().visit(shape, HERE, ())


def _refused(shape: Node, rule: str) -> SourceError:
    return SourceError(f"{shape}: {rule}.")


def _target(shape: judge.Shape) -> Target | None:
    declared = judge.declared_targets(shape)
    return Target(shape, *declared) if any(declared) and not shape.deactivated else None


def _units(target: Target) -> Iterator[Unit]:
    own = target.shape
    for component in judge.components_of(own):
        property_shapes = judge.property_shapes_of(component)
        if property_shapes is None:
            for part in judge.by_query(component):
                which = [component.constraint_name(), *(query.node for query in judge.queries_of(part))]
                yield _unit(target, own, [part], " ".join(map(str, (own.node, *which))), ())
        else:
            for shape in property_shapes:
                yield _unit(target, shape, judge.components_of(shape), f"{own.node} {shape.node}", (own.node,))


def _unit(
    target: Target,
    shape: judge.Shape,
    components: list[judge.ConstraintComponent],
    name: str,
    within: tuple[Node, ...],
) -> Unit:
    collector = _Collector()
    entered = collector.enter(shape, HERE, within)
    for component in components:
        collector.visit_component(component, *entered)
    triggers = tuple(dict.fromkeys(collector.triggers))
    return Unit(name, target, shape, tuple(components), frozenset(collector.reads), triggers)


@dataclass
class _Collector:
    """What is read by a shape and by all that it nests, as paths from a focus node."""

    reads: set[Read] = field(default_factory=set)
    triggers: list[tuple[Path, Trigger]] = field(default_factory=list)

    def visit(self, shape: judge.Shape, focus: Path, within: tuple[Node, ...]) -> None:
        """Takes up all that a shape reads whose focus nodes are at the end of a path."""
        if not shape.deactivated:
            entered = self.enter(shape, focus, within)
            for component in judge.components_of(shape):
                self.visit_component(component, *entered)

    def enter(self, shape: judge.Shape, focus: Path, within: tuple[Node, ...]) -> tuple[Path, Path, tuple[Node, ...]]:
        """The ways to its focus nodes and to its value nodes, and the shapes that it stands within, itself included."""
        if shape.node in within:
            raise _refused(shape.node, "a shape must not lead back to itself; pySHACL cuts recursion off")
        if len(within) >= NESTED_MAX:
            raise _refused(within[0], f"shapes may nest less than {NESTED_MAX} deep")
        return focus, joined(focus, self._path(shape, focus)), (*within, shape.node)

    def _path(self, shape: judge.Shape, focus: Path) -> Path:
        if not shape.is_property_shape:
            return HERE
        try:
            path = path_of_shape(shape.sg.graph, judge.path_of(shape))
        except ValueError as error:
            raise _refused(shape.node, f"sh:path: {error}") from error
        self.reads.update(Read(joined(focus, edge.before), edge.predicate, edge.backward) for edge in path.edges)
        return path

    def visit_component(
        self, component: judge.ConstraintComponent, focus: Path, value: Path, within: tuple[Node, ...]
    ) -> None:
        """Takes up what one constraint reads."""
        shapes, own = component.shape.sg.graph, set(component.constraint_parameters())
        for query in judge.queries_of(component):
            self._query(component.shape.node, query, focus)
        for inner in judge.shapes_in(component):
            self.visit(inner, value, within)
        if own & _CLASS:
            self.reads.update(Read(joined(value, read.path), read.predicate) for read in CLASS_READS)
        if own & _CLOSED:
            self.reads.add(Read(value, None))
        for kind in own & _COMPARED:
            self.reads.update(Read(focus, other) for other in shapes.objects(component.shape.node, kind))

    def _query(self, shape: Node, query: judge.Query, focus: Path) -> None:
        try:
            self.triggers += [(focus, trigger) for trigger in triggers_of(judge.text_of(query))]
        except ValueError as error:
            raise _refused(shape, f"sh:sparql: {error}") from error


_CLASS = frozenset({URIRef(f"{SH}class")})
_CLOSED = frozenset({URIRef(f"{SH}closed")})
_COMPARED = frozenset(URIRef(SH + name) for name in ("equals", "disjoint", "lessThan", "lessThanOrEquals"))
