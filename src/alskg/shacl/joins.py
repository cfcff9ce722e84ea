"""The order in which rdflib joins triple patterns: what is bound and narrow comes first, for graphs of ours alone."""

from collections.abc import Iterator
from typing import Any

from rdflib.paths import Path
from rdflib.plugins.sparql import CUSTOM_EVALS
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import AlreadyBound, FrozenBindings, QueryContext

from alskg.shacl.data_graph import DataGraph

NAME = "alskg"


def join_as_bound() -> None:
    """Gives rdflib the better order, by the hook that it has for this; it is used for a `DataGraph` alone."""
    CUSTOM_EVALS.setdefault(NAME, joined_patterns)


def joined_patterns(context: QueryContext, part: CompValue) -> Iterator[FrozenBindings]:
    """
    The solutions of a basic graph pattern.

    Raises:
        NotImplementedError: it is left to rdflib: another operator, another graph, or a path among the patterns, whose
            solutions depend on the order (rdflib takes a literal 0 or "" for a variable there).
    """
    patterns = part.triples if part.name == "BGP" and isinstance(context.graph, DataGraph) else None
    if patterns is None or any(isinstance(predicate, Path) for _, predicate, _ in patterns):
        raise NotImplementedError
    return _solutions(context, list(patterns))


def _solutions(context: QueryContext, patterns: list[Any]) -> Iterator[FrozenBindings]:
    if not patterns:
        yield context.solution()
        return
    graph: Any = context.graph
    bound = [tuple(context[term] for term in pattern) for pattern in patterns]
    at = min(range(len(patterns)), key=lambda place: graph.fan_out(*bound[place])) if len(patterns) > 1 else 0
    rest = patterns[:at] + patterns[at + 1 :]
    for row in graph.triples(bound[at]):
        inner = context.push()
        try:
            for variable, value, found in zip(patterns[at], bound[at], row, strict=True):
                if value is None:
                    inner[variable] = found
        except AlreadyBound:
            continue
        yield from _solutions(inner, rest)
