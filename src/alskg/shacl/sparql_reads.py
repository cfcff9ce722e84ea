"""SPARQL constraints: which focus nodes a changed triple can matter to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyoxigraph as ox
from pyparsing import ParseException
from rdflib import BNode, URIRef, Variable
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node

from alskg.shacl.data_graph import NEAR_MAX, DataGraph
from alskg.shacl.paths import Path, Step, path_of_sparql

THIS = Variable("this")

Triple: TypeAlias = tuple[Any, Any, Any]
Triples: TypeAlias = tuple[Triple, ...]
Bound: TypeAlias = dict[Node, Node]

_THROUGH = frozenset({"Filter", "Extend", "OrderBy", "Distinct", "Reduced", "Project"})
_AGGREGATES = frozenset({"Group", "AggregateJoin"})
_CLOSED = frozenset({"SelectQuery", "ToMultiSet"}) | _AGGREGATES
"""Operators that show nothing of what is within but their result, so that no pattern beside them narrows it."""
_UNSTEADY = frozenset(f"Builtin_{name}" for name in ("NOW", "RAND", "UUID", "STRUUID", "BNODE"))


@dataclass(frozen=True)
class Pattern:
    """A triple pattern; its ends are terms or variables."""

    start: Node
    path: Path
    end: Node

    @property
    def variables(self) -> frozenset[Node]:
        """The variables at its ends."""
        return frozenset(end for end in (self.start, self.end) if isinstance(end, Variable))


@dataclass(frozen=True)
class Trigger:
    """One edge that a pattern reads, and the patterns that must match together with it for the result to change."""

    predicate: URIRef
    backward: bool
    start: Node
    to_start: Path
    end: Node
    to_end: Path
    companions: tuple[Pattern, ...]

    def foci(self, graph: DataGraph, triple: tuple[Node, Node, Node]) -> Iterator[Node]:
        """
        The values of $this that a changed triple can matter to, some of them perhaps more than once.

        `graph` must hold what was there before the change and what is there after it: where two triples go at once,
        neither is joined with the other in the state after.
        """
        near, _, far = triple if not self.backward else triple[::-1]
        found: set[Node] = set()
        for start in self.to_start.walk(graph, near):
            for end in self.to_end.walk(graph, far):
                bound = _bound({}, (self.start, start), (self.end, end))
                if bound is None:
                    continue
                if THIS in bound:
                    yield bound[THIS]
                else:
                    yield from _joined(graph, self.companions, bound, found)


def triggers_of(text: str) -> list[Trigger]:
    """
    Every edge that a SELECT query reads.

    Raises:
        ValueError: its result can't be told from what is near $this, or from the graph alone; the message says why.
    """
    query = _algebra(text)
    if query.name != "SelectQuery":
        raise ValueError("sh:select takes a SELECT query")
    if query.datasetClause:
        raise ValueError("FROM has no place in a constraint")
    _refuse_unsteady(query)
    return [
        trigger
        for occurrence, companions in _occurrences(query, (), (), nested=False)
        for trigger in _triggers(occurrence, companions)
    ]


def _algebra(text: str) -> CompValue:
    try:
        # rdflib says of an unknown prefix no more than that there is an Exception.
        ox.Store().query(text)
        return prepareQuery(text).algebra
    except (SyntaxError, ParseException) as error:
        raise ValueError(f"it is not SPARQL: {error}") from error


def _refuse_unsteady(part: object) -> None:
    if isinstance(part, CompValue):
        if part.name in _UNSTEADY:
            raise ValueError(f"{part.name.removeprefix('Builtin_')}() gives another value each time")
        for inner in part.values():
            _refuse_unsteady(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            _refuse_unsteady(inner)


def _triggers(occurrence: Triple, companions: Triples) -> Iterator[Trigger]:
    pattern = _pattern(occurrence)
    joined = _connected(pattern, [_pattern(companion) for companion in companions])
    if not any(THIS in one.variables for one in (pattern, *joined)):
        raise ValueError(
            f"the pattern {_shown(occurrence)} is not joined to $this by variables, so that any change can matter to it"
        )
    for edge in pattern.path.edges:
        yield Trigger(
            edge.predicate, edge.backward, pattern.start, edge.before.inverse, pattern.end, edge.after, tuple(joined)
        )


def _pattern(triple: Triple) -> Pattern:
    start, path, end = triple
    if isinstance(path, Variable):
        raise ValueError(f"the pattern {_shown(triple)} has a variable for its property; name the properties")
    if isinstance(start, BNode) or isinstance(end, BNode):
        raise ValueError(f"the pattern {_shown(triple)} has a blank node; use a variable")
    return Pattern(start, path_of_sparql(path), end)


def _shown(triple: Triple) -> str:
    return " ".join(term.n3() for term in triple)


def _connected(pattern: Pattern, others: list[Pattern]) -> list[Pattern]:
    known, joined, rest = set(pattern.variables), list[Pattern](), others
    while near := [one for one in rest if one.variables & known]:
        joined += near
        known.update(*(one.variables for one in near))
        rest = [one for one in rest if one not in near]
    return joined


# Where the patterns of a query stand. `fixed` is what has matched before the part is looked at (the patterns outside
# of an EXISTS or an OPTIONAL); `beside` is what must match along with the part for there to be a solution. What is
# beside an EXISTS or OPTIONAL doesn't narrow it: whether there is a match is decided before the two are joined.


def _occurrences(part: CompValue, fixed: Triples, beside: Triples, nested: bool) -> Iterator[tuple[Triple, Triples]]:
    if part.name == "BGP":
        for place, triple in enumerate(part.triples):
            yield triple, (*part.triples[:place], *part.triples[place + 1 :], *fixed, *beside)
    elif part.name == "Join":
        yield from _occurrences(part.p1, fixed, beside + _required(part.p2), nested)
        yield from _occurrences(part.p2, fixed, beside + _required(part.p1), nested)
    elif part.name == "Union":
        yield from _occurrences(part.p1, fixed, beside, nested)
        yield from _occurrences(part.p2, fixed, beside, nested)
    elif part.name == "LeftJoin":
        before = fixed + _required(part.p1)
        yield from _occurrences(part.p1, fixed, beside, nested)
        yield from _occurrences(part.p2, before, (), nested)
        yield from _in_exists(part.expr, before + _required(part.p2), nested)
    elif part.name in _THROUGH:
        yield from _occurrences(part.p, fixed, beside, nested)
        yield from _in_exists(part.get("expr"), fixed + _required(part.p), nested)
    else:
        yield from _in_closed(part, nested)


def _in_closed(part: CompValue, nested: bool) -> Iterator[tuple[Triple, Triples]]:
    if part.name not in _CLOSED or (nested and part.name in _AGGREGATES):
        names = {"Slice": "LIMIT or OFFSET", "values": "VALUES", "ServiceGraphPattern": "SERVICE"}
        what = "an aggregate in a subselect" if part.name in _AGGREGATES else names.get(part.name, part.name.upper())
        raise ValueError(f"{what} has no place in a constraint")
    if part.p.name != "values":
        yield from _occurrences(part.p, (), (), nested or part.name == "ToMultiSet")
    else:
        yield from _in_closed(part.p, nested)


def _in_exists(expression: object, fixed: Triples, nested: bool) -> Iterator[tuple[Triple, Triples]]:
    if isinstance(expression, CompValue):
        if expression.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            yield from _occurrences(expression.graph, fixed, (), nested)
            return
        expression = list(expression.values())
    if isinstance(expression, list | tuple):
        for inner in expression:
            yield from _in_exists(inner, fixed, nested)


def _required(part: CompValue) -> Triples:
    """The patterns that match in every solution of a part, with the solution's own bindings."""
    if part.name == "BGP":
        return tuple(part.triples)
    if part.name == "Join":
        return _required(part.p1) + _required(part.p2)
    if part.name == "LeftJoin":
        return _required(part.p1)
    return _required(part.p) if part.name in _THROUGH else ()


# Which $this the companions of a changed triple lead to.


def _bound(bound: Bound, *pairs: tuple[Node, Node]) -> Bound | None:
    """`bound` with each pair of a pattern's end and a term, or None where they don't agree."""
    more = dict(bound)
    for end, term in pairs:
        known = more.setdefault(end, term) if isinstance(end, Variable) else end
        if known != term:
            return None
    return more


def _joined(graph: DataGraph, patterns: tuple[Pattern, ...], bound: Bound, found: set[Node]) -> Iterator[Node]:
    if bound.get(THIS) in found:
        return
    if not patterns:
        found.add(bound[THIS])
        yield bound[THIS]
        return
    at = min(range(len(patterns)), key=lambda place: _width(graph, patterns[place], bound))
    rest = patterns[:at] + patterns[at + 1 :]
    for start, end in _matches(graph, patterns[at], bound):
        more = _bound(bound, (patterns[at].start, start), (patterns[at].end, end))
        if more is not None:
            yield from _joined(graph, rest, more, found)


def _ends(pattern: Pattern, bound: Bound) -> tuple[Node | None, Node | None]:
    start, end = (None if isinstance(term, Variable) else term for term in (pattern.start, pattern.end))
    return bound.get(pattern.start, start), bound.get(pattern.end, end)


def _width(graph: DataGraph, pattern: Pattern, bound: Bound) -> int:
    """About how many matches there are, to begin with what is narrow."""
    start, end = _ends(pattern, bound)
    if start is None and end is None:
        return 2 * NEAR_MAX
    if isinstance(pattern.path, Step):
        return graph.fan_out(*_along(pattern.path, start, end))
    return NEAR_MAX // 4 if start is None or end is None else 1


def _matches(graph: DataGraph, pattern: Pattern, bound: Bound) -> Iterator[tuple[Node, Node]]:
    start, end = _ends(pattern, bound)
    if start is not None and end is not None and isinstance(pattern.path, Step):
        if graph.has(*_along(pattern.path, start, end)):
            yield start, end
    elif start is not None:
        yield from ((start, reached) for reached in pattern.path.walk(graph, start))
    elif end is not None:
        # One of them always is: patterns are joined by what they share.
        yield from ((reached, end) for reached in pattern.path.inverse.walk(graph, end))


def _along(step: Step, start: Node | None, end: Node | None) -> tuple[Node | None, Node, Node | None]:
    return (end, step.predicate, start) if step.backward else (start, step.predicate, end)
