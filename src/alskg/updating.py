"""SPARQL Update as a changeset: its operations worked out one by one, without touching the graph itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import pyoxigraph as ox

from alskg.changeset import Changeset
from alskg.errors import BadQuery
from alskg.knowledge_graph import KnowledgeGraph
from alskg.names import BASE, is_live
from alskg.store.embedded import EmbeddedStore
from alskg.store.evaluation import THE_UNNAMED
from alskg.store.process import Order
from alskg.store.update_operations import PatternChange
from alskg.store.updates import Effect, Operation, effect_of, is_data_only, operations
from alskg.triples import Term, graph_of, in_graph


def change_of_update(
    kg: KnowledgeGraph, text: str, using: Sequence[str], using_named: Sequence[str], message: str, agent: str
) -> Changeset:
    """
    What a SPARQL Update request (all of its operations together) would change.

    `using` and `using_named` are the graphs of the protocol's using-graph-uri and using-named-graph-uri. Relative IRIs
    are resolved against that of this graph.

    Raises:
        BadQuery: it doesn't parse, or names graphs both ways (SPARQL 1.1 Protocol, section 2.2.3).
        OutsideRefused: it would reach outside the store.
        UnknownName, Conflict: a graph is missing, or there already.
        TooLarge, LimitExceeded: a WHERE has more solutions, or runs longer, than the limits for queries.
    """
    asked = _with_graphs(_operations(kg, text), using, using_named)
    with _working(kg, asked) as working:
        effect = effect_of(asked, working)
    return Changeset(
        message=message,
        agent=agent,
        added=effect.added,
        removed=effect.removed,
        created=effect.created if kg.gate.is_open else (),
        dropped=effect.dropped if kg.gate.is_open else (),
        door="sparql",
    )


def _operations(kg: KnowledgeGraph, text: str) -> list[Operation]:
    try:
        return operations(f"BASE <{BASE}>\n{text}", kg.settings.service_allowed)
    except BadQuery as error:
        # The caller's text begins a line later than ours.
        line = error.extra.get("line")
        if not isinstance(line, int):
            raise
        said = re.sub(r"^Line \d+", f"Line {line - 1}", str(error))
        raise BadQuery(said, **{**error.extra, "line": line - 1}) from error


def _with_graphs(asked: Sequence[Operation], using: Sequence[str], using_named: Sequence[str]) -> list[Operation]:
    if not using and not using_named:
        return list(asked)
    patterns = [operation for operation in asked if isinstance(operation, PatternChange)]
    if any(operation.using or operation.using_named or operation.graph for operation in patterns):
        raise BadQuery(
            "The graphs are named twice: by using-graph-uri or using-named-graph-uri, and by USING or WITH. Leave one "
            "of the two out (SPARQL 1.1 Protocol, section 2.2.3)."
        )
    return [
        replace(operation, using=tuple(using), using_named=tuple(using_named))
        if isinstance(operation, PatternChange)
        else operation
        for operation in asked
    ]


@contextmanager
def _working(kg: KnowledgeGraph, asked: Sequence[Operation]) -> Iterator["_Working"]:
    working = _Working(kg, needs_copy=len(asked) > 1 and not is_data_only(asked))
    try:
        yield working
    finally:
        working.close()


@dataclass
class _Working:
    """The graph as the operations see it: the present one, and a copy of it once something was applied."""

    kg: KnowledgeGraph
    needs_copy: bool

    @cached_property
    def _copy(self) -> EmbeddedStore:
        return self.kg.present.copy("update")

    @property
    def _store(self) -> EmbeddedStore:
        return self._copy if self.needs_copy else self.kg.present

    def close(self) -> None:
        """Removes the copy."""
        if self.needs_copy:
            self._copy.remove()

    def select(
        self, text: str, default_graphs: Sequence[str] | None, named_graphs: Sequence[str] | None
    ) -> list[Mapping[str, Term]]:
        """See `Working.select`: in a worker process, with the limits of any query."""
        order = Order(
            text,
            default_graphs=(THE_UNNAMED,) if default_graphs is None else tuple(default_graphs),
            # What the store keeps for itself is no graph of the caller's.
            named_graphs=tuple(self.graphs() if named_graphs is None else named_graphs),
            is_trusted=True,
        )
        body = self.kg.workers.evaluate(self._store.snapshots, self.kg.schema.prefixes, order).body
        if not isinstance(body, bytes):
            raise TypeError("An answer that was waited for is whole.")
        found = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
        if not isinstance(found, ox.QuerySolutions):
            raise TypeError("Only SELECT has rows.")
        names = [variable.value for variable in found.variables]
        return [{name: term for name, term in zip(names, row, strict=True) if term is not None} for row in found]

    def quads(self, graph: ox.NamedNode | ox.DefaultGraph) -> Iterator[ox.Quad]:
        """See `Working.quads`."""
        return iter(list(self._store.quads.quads_for_pattern(None, None, None, graph)))

    def graphs(self) -> list[str]:
        """See `Working.graphs`."""
        return self._store.graphs(even_empty=self.kg.gate.is_open)

    def apply(self, step: Effect) -> None:
        """See `Working.apply`; the unnamed graph shows what the live ones hold, as it will once all is written."""
        if not self.needs_copy:
            return
        store = self._copy
        seen = () if self.kg.gate.is_open else [q.triple for q in step.added if is_live(graph_of(q))]
        state = replace(store.state, revision=store.state.revision + 1)
        store.write((), tuple(self._gone(step)), state)
        store.keep_graphs((), step.dropped)
        store.keep_graphs(step.created, ())
        store.write((*step.added, *(ox.Quad(*triple) for triple in seen)), (), state)

    def _gone(self, step: Effect) -> Iterator[ox.Quad]:
        for quad in step.removed:
            yield quad
            if self.kg.gate.is_open:
                continue
            graphs = [graph for graph in self._copy.graphs_with(quad.triple) if is_live(graph)]
            if not graph_of(quad):
                yield from (in_graph(quad.triple, graph) for graph in graphs)
            elif graphs == [graph_of(quad)]:
                yield ox.Quad(*quad.triple)
