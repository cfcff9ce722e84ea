"""pySHACL as the judge: everything that is used of it, in one place."""

import copy
import logging
import re
from collections.abc import Collection, Iterator
from typing import Any, TypeAlias

from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS, CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.constraint_component import ConstraintComponent
from pyshacl.constraints.core.shape_based_constraints import (
    NodeConstraintComponent,
    PropertyConstraintComponent,
    QualifiedValueShapeConstraintComponent,
)
from pyshacl.constraints.sparql.sparql_based_constraints import SPARQLBasedConstraint
from pyshacl.errors import (
    ConstraintLoadError,
    ConstraintLoadWarning,
    ReportableRuntimeError,
    ShapeLoadError,
    ValidationFailure,
)
from pyshacl.helper.path_helper import shacl_path_to_sparql_path
from pyshacl.pytypes import SHACLExecutor
from pyshacl.rdfutil.stringify import stringify_blank_node
from pyshacl.shape import Shape
from pyshacl.shapes_graph import ShapesGraph
from rdflib import Graph, URIRef
from rdflib.term import Node

from alskg.errors import SourceError
from alskg.names import SH

__all__ = [
    "EXECUTOR",
    "PARAMETERS",
    "SYSTEM_TRIPLES",
    "ConstraintComponent",
    "Query",
    "Report",
    "Shape",
    "ShapesGraph",
    "by_query",
    "components_of",
    "declared_targets",
    "foci_of",
    "path_of",
    "path_text",
    "property_shapes_of",
    "queries_of",
    "reports",
    "shapes_graph",
    "shapes_in",
    "statements",
    "text_of",
]

PARAMETERS: frozenset[Node] = frozenset(ALL_CONSTRAINT_PARAMETERS)
"""The properties of a shape that constrain."""

SYSTEM_TRIPLES: tuple[tuple[Node, Node, Node], ...] = tuple(ShapesGraph.system_triples)
"""What pySHACL adds to every shapes graph."""

_PROPERTY, _QUALIFIED = URIRef(f"{SH}property"), URIRef(f"{SH}qualifiedValueShape")
_OF_SHAPES = frozenset({URIRef(f"{SH}node"), URIRef(f"{SH}not"), _PROPERTY, _QUALIFIED})
_OF_LISTS = frozenset(URIRef(SH + name) for name in ("and", "or", "xone"))

EXECUTOR = SHACLExecutor()
"""pySHACL's options as they are by default: warnings and infos count, and every result is found."""

Report: TypeAlias = tuple[str, Node, list[tuple[Node, Node, Any]]]
"""A validation result as pySHACL gives it: its text, its node, and the triples of it and of what it nests."""

_UNREADABLE = (ConstraintLoadError, ShapeLoadError, ReportableRuntimeError, AssertionError, TypeError, re.error)

Query: TypeAlias = Any
"""pySHACL's `SPARQLQueryHelper`."""


def shapes_graph(graph: Graph) -> ShapesGraph:
    """
    The shapes of a graph, all of them found.

    Raises:
        SourceError: pySHACL can't read one of them.
    """
    # A logger of our own, without handlers: pySHACL tells it what it passes over, which `units` refuses.
    quiet = logging.Logger("alskg.shacl", logging.CRITICAL)
    shapes = ShapesGraph(graph, False, quiet)
    try:
        list(shapes.shapes)
        if shapes.custom_constraints:
            raise SourceError("shapes: custom constraint components are not used here; say it with SHACL Core.")
    except (ShapeLoadError, ConstraintLoadError) as error:
        raise SourceError(f"shapes: {error.message}") from error
    return shapes


def components_of(shape: Shape) -> list[ConstraintComponent]:
    """
    The constraints of a shape, as `Shape.validate` makes them.

    Raises:
        SourceError: pySHACL can't read one of them.
    """
    said = sorted({kind for kind in shape.sg.graph.predicates(shape.node) if kind in PARAMETERS}, key=str)
    found = list[ConstraintComponent]()
    for kind in dict.fromkeys(CONSTRAINT_PARAMETERS_MAP[kind] for kind in said):
        try:
            found.append(kind(shape))
        except ConstraintLoadWarning:
            continue
        except _UNREADABLE as error:
            raise SourceError(f"{shape.node}: {error}") from error
    return found


def by_query(component: ConstraintComponent) -> list[ConstraintComponent]:
    """The component once for each query that it holds, so that each is judged by itself; others as they are."""
    if not isinstance(component, SPARQLBasedConstraint):
        return [component]
    parts = list[ConstraintComponent]()
    for query in queries_of(component):
        part = copy.copy(component)
        part.sparql_constraints = {query}
        parts.append(part)
    return parts


def property_shapes_of(component: ConstraintComponent) -> list[Shape] | None:
    """
    The property shapes that a node shape asks for, each of which can be judged by itself.

    None where the component is another one, or of a property shape, whose focus nodes are not those of the inner ones.
    """
    if not isinstance(component, PropertyConstraintComponent) or component.shape.is_property_shape:
        return None
    return [shape for shape in shapes_in(component) if not shape.deactivated]


def queries_of(component: ConstraintComponent) -> list[Query]:
    """The queries of a SPARQL constraint that are not deactivated."""
    return [query for query in getattr(component, "sparql_constraints", ()) if not query.deactivated]


def shapes_in(component: ConstraintComponent) -> Iterator[Shape]:
    """
    The shapes that a constraint asks for, siblings of a disjoint qualified one included.

    Raises:
        SourceError: one of them is of the wrong kind.
    """
    owner = component.shape
    for node in _nodes_in(component):
        # Whatever is asked for is a shape, even where nothing is said of it.
        shape: Shape = owner.get_other_shape(node)  # type: ignore[no-untyped-call]
        if isinstance(component, PropertyConstraintComponent) and not shape.is_property_shape:
            raise SourceError(f"{owner.node}: sh:property asks for {node}, which has no sh:path.")
        if isinstance(component, NodeConstraintComponent) and shape.is_property_shape:
            raise SourceError(f"{owner.node}: sh:node asks for {node}, which is a property shape; use sh:property.")
        yield shape


def _nodes_in(component: ConstraintComponent) -> Iterator[Node]:
    shape, kinds = component.shape, set(component.constraint_parameters())
    graph = shape.sg.graph
    for kind in kinds & _OF_SHAPES:
        yield from graph.objects(shape.node, kind)
    for kind in kinds & _OF_LISTS:
        for members in graph.objects(shape.node, kind):
            yield from graph.items(members)
    if isinstance(component, QualifiedValueShapeConstraintComponent) and component.is_disjoint:
        for parent in graph.subjects(_PROPERTY, shape.node):
            for sibling in graph.objects(parent, _PROPERTY):
                yield from graph.objects(sibling, _QUALIFIED)


def text_of(query: Query) -> str:
    """
    The text that pySHACL evaluates for each focus node.

    Raises:
        ValueError: pySHACL refuses it, or $this would not be bound in it.
    """
    try:
        bound, text = query.pre_bind_variables(URIRef("urn:focus"))
    except (ValidationFailure, ReportableRuntimeError) as error:
        raise ValueError(error.message) from error
    except NotImplementedError as error:
        raise ValueError("$shapesGraph is not used here") from error
    if set(bound) != {"this"}:
        raise ValueError("a query is bound to its focus node by $this, and to nothing else")
    return str(query.apply_prefixes(text))


def reports(
    shape: Shape, components: Collection[ConstraintComponent], graph: Graph, foci: Collection[Node]
) -> list[Report]:
    """
    What constraints of a shape find for these focus nodes: what `Shape.validate` does, with constraints made before.

    Raises:
        SourceError: pySHACL can't tell, as of a blank node or of two kinds of literal under sh:lessThan.
    """
    kept, found = len(stringify_blank_node.dict_cache), list[Report]()
    try:
        values = shape.value_nodes(graph, list(foci))
        for component in components:
            found += component.evaluate(EXECUTOR, graph, values, [shape, component])[1]
    except (ReportableRuntimeError, ValidationFailure, TypeError) as error:
        raise SourceError(f"{shape.node}: pySHACL can't judge it: {error}") from error
    finally:
        # pySHACL remembers the text of a blank node by the graph's place in memory, which the next graph may have.
        while len(stringify_blank_node.dict_cache) > kept:
            stringify_blank_node.dict_cache.popitem()
    return found


def path_text(shapes: ShapesGraph, path: Node) -> str:
    """A path of a shapes graph: the IRI of a property, or else as SPARQL writes it."""
    if isinstance(path, URIRef):
        return str(path)
    return str(shacl_path_to_sparql_path(shapes, path))


def path_of(shape: Shape) -> Node:
    """The sh:path of a property shape."""
    path: Node = shape.path()  # type: ignore[no-untyped-call]
    return path


def declared_targets(shape: Shape) -> tuple[frozenset[Node], frozenset[Node], frozenset[Node], frozenset[Node]]:
    """The nodes that a shape is for, the classes, itself among them where it is one, and whose subjects and objects."""
    nodes, classes, implicit, objects_of, subjects_of = map(frozenset, shape.target())  # type: ignore[no-untyped-call]
    return nodes, classes | implicit, subjects_of, objects_of


def foci_of(shape: Shape, graph: Graph) -> set[Node]:
    """All focus nodes of a shape."""
    return set(shape.focus_nodes(graph))  # type: ignore[no-untyped-call]


def statements(report: Report) -> Iterator[tuple[Node, Node]]:
    """What a report says of its own result: pairs of property and value."""
    _, node, triples = report
    for subject, predicate, value in triples:
        if subject == node:
            yield predicate, value[1] if isinstance(value, tuple) else value
