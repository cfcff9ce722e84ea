"""The validator: which pairs of a constraint and a focus node a change touches, and what pySHACL says of each."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import pyoxigraph as ox
from rdflib.term import Node

from alskg.errors import AlskgError
from alskg.names import SH
from alskg.overlay import Overlay
from alskg.shacl import judge
from alskg.shacl.data_graph import DataGraph
from alskg.shacl.joins import join_as_bound
from alskg.shacl.language import Language
from alskg.shacl.paths import Path
from alskg.shacl.sparql_reads import Trigger
from alskg.shacl.units import Target, Unit, units_of
from alskg.triples import Term, Triples, plain

FOCI_AT_ONCE = 200
"""How many focus nodes are judged together, so that what was fetched for one constraint serves the next."""


@dataclass(frozen=True)
class Result:
    """One validation result (SHACL, section 3.6.2), in the terms of the store."""

    focus: str
    """The focus node that the shape is for: its IRI, its lexical form, or the label of a blank node."""
    node: str
    """The focus node of the result itself, which is another one where a nested shape reports."""
    path: str | None
    """A property, or a path as SPARQL writes it."""
    value: Term | None
    component: str
    shape: str
    severity: str
    message: str


Pair: TypeAlias = tuple[str, Node]
"""
The name of a constraint, and a focus node: what is judged, and by what a table of results is kept.

The same shapes give the same names, so that a table outlives the validator that it was made with.
"""


class TooManyPairs(AlskgError):
    """A change touches more pairs than are to be judged one by one; validate the whole instead."""

    title = "The change touches too much"

    def __init__(self, count: int) -> None:
        super().__init__(f"The change touches at least {count:,} pairs of constraint and focus node.")
        self.count = count


class Pairs:
    """Pairs to be judged: each constraint with its focus nodes."""

    def __init__(self, foci_of: Mapping[Unit, Set[Node]], language: Language) -> None:
        self._foci_of = foci_of
        self._language = language

    def __len__(self) -> int:
        return sum(map(len, self._foci_of.values()))

    def __iter__(self) -> Iterator[Pair]:
        return ((unit.name, focus) for unit, foci in self._foci_of.items() for focus in foci)

    @property
    def foci(self) -> set[str]:
        """The focus nodes, in plain text."""
        nodes = {node for foci in self._foci_of.values() for node in foci}
        return {plain(self._language.stored(node)) for node in nodes}

    def by_target(self) -> Iterator[tuple[Target, Mapping[Unit, Set[Node]]]]:
        """The constraints of each shape together, with their focus nodes."""
        groups: dict[Target, dict[Unit, Set[Node]]] = {}
        for unit, foci in self._foci_of.items():
            groups.setdefault(unit.target, {})[unit] = foci
        yield from groups.items()


class Validator:
    """
    Exact validation by what a change touches.

    Keep a table of the results of every pair that has any. For a change, the new table is the old one without the pairs
    that are `affected`, and with their `results`; the graph conforms when the table is empty. Warnings and infos count.
    """

    def __init__(self, shapes: Triples) -> None:
        """
        Compiles the shapes.

        Raises:
            SourceError: a shape is outside of the authoring rules; the message names it and the rule.
        """
        join_as_bound()
        self._language = Language()
        system = [ox.Triple(*map(self._language.stored, triple)) for triple in judge.SYSTEM_TRIPLES]  # type: ignore[arg-type]
        self._shapes = judge.shapes_graph(DataGraph(Overlay(shapes, system), self._language))
        self._units = units_of(self._shapes)
        self._of_target: dict[Target, list[Unit]] = {}
        for unit in self._units:
            self._of_target.setdefault(unit.target, []).append(unit)
        self._readers = _Readers(self._units)

    def affected(
        self,
        before: Triples,
        after: Triples,
        added: Collection[ox.Triple],
        removed: Collection[ox.Triple],
        pairs_max: int | None = None,
    ) -> Pairs:
        """
        Every pair whose results may differ between two states, given all triples that do, in store form.

        Raises:
            TooManyPairs: there are more than `pairs_max`.
        """
        search = _Search(
            DataGraph(after, self._language),
            DataGraph(before, self._language),
            DataGraph(Overlay(before, added), self._language),
            pairs_max,
        )
        term = self._language.term
        for triple in (*added, *removed):
            self._readers.search(search, (term(triple.subject), term(triple.predicate), term(triple.object)))
        return Pairs(search.foci_of, self._language)

    def every(self, data: Triples) -> Pairs:
        """Every pair of a whole graph."""
        graph = DataGraph(data, self._language)
        foci_of = {target: target.foci(graph) for target in self._of_target}
        return Pairs({unit: foci_of[unit.target] for unit in self._units}, self._language)

    def results(
        self, pairs: Pairs, data: Triples, tick: Callable[[int], None] | None = None
    ) -> dict[Pair, tuple[Result, ...]]:
        """
        The results of the pairs that have any; a pair whose node is no focus node any more has none.

        `tick` is told from time to time how many pairs are done.

        Raises:
            SourceError: pySHACL can't judge a pair, as of a blank node or of two kinds of literal under sh:lessThan.
        """
        graph, found, done = DataGraph(data, self._language), dict[Pair, tuple[Result, ...]](), 0
        for target, foci_of in pairs.by_target():
            for batch in _batches(set[Node]().union(*foci_of.values())):
                live = {focus for focus in batch if target.holds(focus, graph)}
                for unit, foci in foci_of.items():
                    found.update(self._judged(unit, live & foci, graph))
                done += sum(len(batch & foci) for foci in foci_of.values())
                if tick is not None:
                    tick(done)
        return dict(sorted(found.items(), key=lambda item: (item[0][0], str(item[0][1]))))

    def _judged(self, unit: Unit, foci: Set[Node], graph: DataGraph) -> Iterator[tuple[Pair, tuple[Result, ...]]]:
        reports = judge.reports(unit.shape, unit.components, graph, foci) if foci else []
        if len(foci) == 1:
            (focus,) = foci
            if reports:
                yield (unit.name, focus), tuple(sorted((self._result(focus, one) for one in reports), key=str))
        elif reports:
            # A nested result names the node that it was found at, not the one that the shape is for: one by one then.
            for focus in foci:
                yield from self._judged(unit, {focus}, graph)

    def _result(self, focus: Node, report: judge.Report) -> Result:
        said: dict[str, list[Node]] = {}
        for kind, value in judge.statements(report):
            said.setdefault(str(kind).removeprefix(SH), []).append(value)
        return Result(
            focus=self._plain(focus),
            node=self._plain(said["focusNode"][0]),
            path=next((judge.path_text(self._shapes, path) for path in said.get("resultPath", ())), None),
            value=next((self._language.stored(value) for value in said.get("value", ())), None),
            component=str(said["sourceConstraintComponent"][0]),
            shape=str(said["sourceShape"][0]),
            severity=str(said["resultSeverity"][0]),
            message="\n".join(sorted(map(str, said.get("resultMessage", ())))),
        )

    def _plain(self, node: Node) -> str:
        return plain(self._language.stored(node))


def _batches(foci: Iterable[Node]) -> Iterator[set[Node]]:
    waiting = iter(foci)
    while batch := set(islice(waiting, FOCI_AT_ONCE)):
        yield batch


class _Search:
    """The pairs that were found so far, and the states that are searched."""

    def __init__(self, after: DataGraph, before: DataGraph, either: DataGraph, pairs_max: int | None) -> None:
        self.after = after
        self.either = either
        self.foci_of: dict[Unit, set[Node]] = {}
        self._before = before
        self._pairs_max = pairs_max
        self._count = 0
        self._held: dict[tuple[Target, Node], bool] = {}

    def found(self, units: Iterable[Unit], focus: Node) -> None:
        """Takes up the pairs whose node is a focus node, or was one."""
        for unit in units:
            foci = self.foci_of.get(unit)
            if (foci is None or focus not in foci) and self._holds(unit.target, focus):
                self.foci_of.setdefault(unit, set()).add(focus)
                self._count += 1
        if self._pairs_max is not None and self._count > self._pairs_max:
            raise TooManyPairs(self._count)

    def _holds(self, target: Target, focus: Node) -> bool:
        key = (target, focus)
        if key not in self._held:
            self._held[key] = target.holds(focus, self.after) or target.holds(focus, self._before)
        return self._held[key]


@dataclass
class _Reader:
    """The units that read a property at the end of the same path."""

    way_back: Path
    backward: bool
    units: list[Unit]


class _Readers:
    """Who reads what: the units by the property that they read."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._by_path: dict[Node | None, dict[tuple[Path, bool], _Reader]] = {}
        self._by_query: dict[Node, list[tuple[Path, Trigger, Unit]]] = {}
        for unit in units:
            for read in {*unit.reads, *unit.target.reads}:
                readers = self._by_path.setdefault(read.predicate, {})
                key = (read.path, read.backward)
                readers.setdefault(key, _Reader(read.path.inverse, read.backward, [])).units.append(unit)
            for way, trigger in unit.triggers:
                self._by_query.setdefault(trigger.predicate, []).append((way.inverse, trigger, unit))

    def search(self, search: _Search, triple: tuple[Node, Node, Node]) -> None:
        """Adds to the search every pair that reads a triple."""
        subject, predicate, object_ = triple
        for readers in (self._by_path.get(predicate, {}), self._by_path.get(None, {})):
            for reader in readers.values():
                for focus in reader.way_back.walk(search.after, object_ if reader.backward else subject):
                    search.found(reader.units, focus)
        for way_back, trigger, unit in self._by_query.get(predicate, ()):
            for this in trigger.foci(search.either, triple):
                for focus in way_back.walk(search.after, this):
                    search.found([unit], focus)
