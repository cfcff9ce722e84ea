"""Triples as pySHACL and rdflib read them: a graph that fetches only what is asked for, and remembers it."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain, islice
from typing import Any, TypeAlias

import pyoxigraph as ox
from rdflib import RDF, RDFS, BNode, Graph, Literal, URIRef
from rdflib.paths import Path
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.term import Node

from alskg.shacl.language import Language
from alskg.triples import Term, Triples

NEAR_MAX = 256
"""Up to how many edges of a node are fetched at once; a node with more is asked for one property at a time."""

KEPT_MAX = 10_000
"""Up to how many rows of one reading are remembered."""

NODES_MAX = 50_000
"""Of how many nodes a graph remembers the edges before it forgets them all."""

Near: TypeAlias = Mapping[Node, tuple[Node, ...]]
"""The edges of one node: for each property the other ends."""


class DataGraph(Graph):
    """
    `Triples` as an rdflib graph, read-only, with the answers of full validation on a graph that was read from a dump.

    The triples must not change while it is used: what was read is remembered. Reading is by node: the edges of a node
    are fetched together, and those of a hub one property at a time.
    """

    def __init__(self, triples: Triples, language: Language) -> None:
        super().__init__(store=language.names.store, namespace_manager=language.names.namespace_manager)
        self._triples = triples
        self._language = language
        self._out: dict[Node, Near | None] = {}
        self._in: dict[Node, Near | None] = {}
        self._far: dict[tuple[Node | None, ...], tuple[Node, ...]] = {}
        self._typed: dict[Node | None, dict[Node, list[tuple[Node, Node]]]] = {}
        self._classes: dict[Node, frozenset[Node]] = {}

    def objects_of(self, subject: Node, predicate: Node) -> Iterator[Node] | tuple[Node, ...]:
        """The values of a property, each once."""
        near = self.edges_from(subject)
        if near is not None:
            return near.get(predicate, ())
        key = (subject, predicate, None)
        return self._kept(key, (self._language.term(t.object) for t in self._match(subject, predicate, None)))

    def subjects_with(self, predicate: Node, object_: Node) -> Iterator[Node] | tuple[Node, ...]:
        """The nodes that have this value of the property, each once."""
        near = self.edges_to(object_)
        if near is not None:
            return near.get(predicate, ())
        if _may_be_respelled(object_):
            return tuple(subject for subject, _ in self._spelled(predicate).get(object_, ()))
        key = (None, predicate, object_)
        return self._kept(key, (self._language.term(t.subject) for t in self._match(None, predicate, object_)))

    def edges_from(self, node: Node) -> Near | None:
        """All edges out of a node, or None where they are too many to fetch at once."""
        if node not in self._out:
            self._forget_if_full()
            pairs = ((t.predicate, t.object) for t in self._match(node, None, None))
            self._out[node] = {} if isinstance(node, Literal) else self._near(pairs)
        return self._out[node]

    def edges_to(self, node: Node) -> Near | None:
        """All edges into a node, or None where they are too many to fetch at once, or a literal has many spellings."""
        if node not in self._in:
            self._forget_if_full()
            pairs = ((t.predicate, t.subject) for t in self._match(None, None, node))
            self._in[node] = None if _may_be_respelled(node) else self._near(pairs)
        return self._in[node]

    def classes_of(self, node: Node) -> frozenset[Node]:
        """The classes that a node is a SHACL instance of (SHACL, section 1.1)."""
        known = self._classes.get(node)
        if known is None:
            reached, waiting = set[Node](), list(self.objects_of(node, RDF.type))
            while waiting:
                class_ = waiting.pop()
                if class_ not in reached:
                    reached.add(class_)
                    waiting.extend(self._above(class_))
            known = self._classes[node] = frozenset(reached)
        return known

    def _above(self, class_: Node) -> Iterator[Node] | tuple[Node, ...]:
        # A class has dozens of other edges, its property shapes for one.
        near = self._out.get(class_)
        if near is not None:
            return near.get(RDFS.subClassOf, ())
        key = (class_, RDFS.subClassOf, None)
        return self._kept(key, (self._language.term(t.object) for t in self._match(class_, RDFS.subClassOf, None)))

    def has(self, subject: Node | None, predicate: Node | None, object_: Node | None) -> bool:
        """Whether a triple matches, found without fetching the others."""
        return next(iter(self._rows(subject, predicate, object_)), None) is not None

    def fan_out(self, subject: Node | None, predicate: Node | None, object_: Node | None) -> int:
        """About how many triples match; NEAR_MAX stands for many, and twice as much for all."""
        near = self.edges_from(subject) if subject is not None else self._edges_to_cheap(object_)
        if near is None:
            return len([end for end in (subject, object_) if end is None]) * NEAR_MAX
        if predicate is None:
            return sum(map(len, near.values()))
        return len(near.get(predicate, ()))

    def _edges_to_cheap(self, object_: Node | None) -> Near | None:
        return None if object_ is None else self.edges_to(object_)

    # What rdflib and pySHACL call.

    def triples(self, triple: Any) -> Iterator[Any]:  # type: ignore[override]
        """See `rdflib.Graph.triples`."""
        subject, predicate, object_ = triple
        if isinstance(predicate, Path):
            for start, end in predicate.eval(self, _certain(subject), _certain(object_)):
                yield start, predicate, end
        else:
            yield from self._rows(subject, predicate, object_)

    def objects(self, subject: Any = None, predicate: Any = None, unique: bool = False) -> Iterator[Any]:  # type: ignore[override]
        """See `rdflib.Graph.objects`."""
        if isinstance(subject, Node) and isinstance(predicate, URIRef):
            return iter(self.objects_of(subject, predicate))
        return super().objects(subject, predicate, unique)

    def subjects(self, predicate: Any = None, object: Any = None, unique: bool = False) -> Iterator[Any]:  # type: ignore[override]
        """See `rdflib.Graph.subjects`."""
        if isinstance(object, Node) and isinstance(predicate, URIRef):
            return iter(self.subjects_with(predicate, object))
        return super().subjects(predicate, object, unique)

    def __contains__(self, triple: Any) -> bool:
        return next(iter(self.triples(triple)), None) is not None

    def __bool__(self) -> bool:
        # pySHACL asks of every result. rdflib would count the triples of its own store, which has none and remembers
        # for good who asks.
        return True

    def query(self, query_object: str | Query, *args: Any, **named: Any) -> Result:
        """See `rdflib.Graph.query`."""
        prepared = self._language.query(query_object) if isinstance(query_object, str) else query_object
        return super().query(prepared, *args, **named)

    def add(self, triple: Any) -> "DataGraph":
        """
        Adds nothing: pySHACL puts two axioms of its own into a shapes graph, which `Validator` has put there before.

        Raises:
            TypeError: the triple isn't there.
        """
        if triple not in self:
            raise TypeError("A DataGraph is read-only.")
        return self

    # How rows are fetched.

    def _rows(self, subject: Node | None, predicate: Node | None, object_: Node | None) -> Iterable[tuple[Node, ...]]:
        if subject is not None:
            return self._rows_from(subject, predicate, object_)
        if object_ is not None:
            return self._rows_to(predicate, object_)
        return _once(self._triple(t) for t in self._match(None, predicate, None))

    def _rows_from(
        self, subject: Node, predicate: Node | None, object_: Node | None
    ) -> Iterable[tuple[Node, Node, Node]]:
        near = self.edges_from(subject)
        if near is not None:
            kinds = near if predicate is None else (predicate,)
            return (
                (subject, kind, end)
                for kind in kinds
                for end in near.get(kind, ())
                if object_ is None or end == object_
            )
        if object_ is not None and not _may_be_respelled(object_):
            return (self._triple(t) for t in self._match(subject, predicate, object_))
        rows = _once(self._triple(t) for t in self._match(subject, predicate, None))
        return (row for row in rows if object_ is None or row[2] == object_)

    def _rows_to(self, predicate: Node | None, object_: Node) -> Iterable[tuple[Node, ...]]:
        near = self.edges_to(object_)
        if near is not None:
            kinds = near if predicate is None else (predicate,)
            return ((start, kind, object_) for kind in kinds for start in near.get(kind, ()))
        if _may_be_respelled(object_):
            return ((start, kind, object_) for start, kind in self._spelled(predicate).get(object_, ()))
        return (self._triple(t) for t in self._match(None, predicate, object_))

    def _triple(self, triple: ox.Triple) -> tuple[Node, Node, Node]:
        term = self._language.term
        return term(triple.subject), term(triple.predicate), term(triple.object)

    def _match(self, subject: Node | None, predicate: Node | None, object_: Node | None) -> Iterator[ox.Triple]:
        if isinstance(subject, Literal) or not (predicate is None or isinstance(predicate, URIRef)):
            return iter(())
        end = None if object_ is None else self._language.stored(object_)
        kind = None if predicate is None else str(predicate)
        if not isinstance(subject, BNode):
            return self._triples.match(None if subject is None else str(subject), kind, end)
        # `Triples` finds subjects by their IRI alone.
        near = self._of_blank_nodes.get(ox.BlankNode(str(subject)), ())
        return (t for t in near if kind in (None, t.predicate.value) and end in (None, t.object))

    @cached_property
    def _of_blank_nodes(self) -> Mapping[object, list[ox.Triple]]:
        found: dict[object, list[ox.Triple]] = {}
        for triple in self._triples.match():
            if isinstance(triple.subject, ox.BlankNode):
                found.setdefault(triple.subject, []).append(triple)
        return found

    def _near(self, pairs: Iterator[tuple[Term, Term]]) -> Near | None:
        fetched = list(islice(pairs, NEAR_MAX + 1))
        if len(fetched) > NEAR_MAX:
            return None
        term, near = self._language.term, dict[Node, dict[Node, None]]()
        for kind, end in fetched:
            near.setdefault(term(kind), {})[term(end)] = None
        return {kind: tuple(ends) for kind, ends in near.items()}

    def _forget_if_full(self) -> None:
        if len(self._out) + len(self._in) >= NODES_MAX:
            for known in (self._out, self._in, self._far, self._classes):
                known.clear()

    def _kept(self, key: tuple[Node | None, ...], rows: Iterator[Node]) -> Iterator[Node] | tuple[Node, ...]:
        kept = self._far.get(key)
        if kept is None:
            once = _once(rows)
            kept = tuple(islice(once, KEPT_MAX))
            if len(kept) == KEPT_MAX:
                return chain(kept, once)
            self._far[key] = kept
        return kept

    def _spelled(self, predicate: Node | None) -> Mapping[Node, list[tuple[Node, Node]]]:
        # The store finds a typed literal by its own spelling, and several may be one to rdflib (a date with a time
        # zone, and without): the only way back from such a literal is to read them all.
        if predicate not in self._typed:
            found: dict[Node, dict[tuple[Node, Node], None]] = {}
            for triple in self._match(None, predicate, None):
                start, kind, end = self._triple(triple)
                if _may_be_respelled(end):
                    found.setdefault(end, {})[start, kind] = None
            self._typed[predicate] = {end: list(rows) for end, rows in found.items()}
        return self._typed[predicate]


class _Certain(Literal):
    """A literal 0, false or "", which rdflib takes for an unbound variable where it stands at the end of a path."""

    def __bool__(self) -> bool:
        return True


def _certain(node: Node | None) -> Node | None:
    if isinstance(node, Literal) and not node:
        return _Certain(str(node), lang=node.language, datatype=node.datatype)
    return node


def _may_be_respelled(node: Node | None) -> bool:
    return isinstance(node, Literal) and node.datatype is not None


def _once(rows: Iterable[Any]) -> Iterator[Any]:
    seen = set()
    for row in rows:
        if row not in seen:
            seen.add(row)
            yield row
