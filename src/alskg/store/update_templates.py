"""The templates of DELETE and INSERT, filled in with the terms of solutions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias
from uuid import uuid4

import pyoxigraph as ox

from alskg.store.terms import term_text
from alskg.store.update_operations import PatternChange, Template
from alskg.triples import Term

# The template is a slice of the caller's own request, which went through the tokenizer. What its variables take never
# becomes text: it is put into quads, term by term.

Row: TypeAlias = Mapping[str, Term]


def instances(
    operation: PatternChange, template: Template | None, rows: Sequence[Row], made: set[ox.BlankNode]
) -> tuple[ox.Quad, ...]:
    """
    The quads that the rows make of a template, in store form and each once.

    For each row a template's blank nodes are new ones (SPARQL 1.1 Update, section 3.1.3); they are put in `made`, too.
    """
    if template is None or not rows:
        return ()
    pattern, places = _pattern(operation, template)
    scratch = ox.Store()
    scratch.extend(quad for row in rows for quad in _Filling(places, row, made).quads(pattern))
    return tuple(scratch)


def _pattern(operation: PatternChange, template: Template) -> tuple[list[ox.Quad], Mapping[ox.NamedNode, str]]:
    """
    The template as the engine reads it, each variable as an IRI that nobody can have guessed; and which is which.

    In place of a variable an IRI may stand wherever a term may, so that what the row makes of it is decided in `quads`.
    """
    places: dict[ox.NamedNode, str] = {ox.NamedNode(uuid4().urn): name for name in template.variables}
    names, terms = " ".join(f"?{name}" for name in places.values()), " ".join(map(term_text, places))
    target = f"WITH {term_text(operation.graph)} " if operation.graph else ""
    values = f"VALUES ({names}) {{ ({terms}) }}" if places else ""
    scratch = ox.Store()
    scratch.update(f"{operation.prologue}{target}INSERT {template.text} WHERE {{ {values} }}")
    return list(scratch), places


class _Filling:
    """One row's terms on their way into a template."""

    def __init__(self, places: Mapping[ox.NamedNode, str], row: Row, made: set[ox.BlankNode]) -> None:
        self._places = places
        self._row = row
        self._made = made
        self._own: dict[ox.BlankNode, ox.BlankNode] = {}

    def quads(self, pattern: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
        """Those of the pattern's quads that this row makes lawful (SPARQL 1.1 Update, section 3.1.3)."""
        for quad in pattern:
            triple = self._triple(quad.triple)
            graph = quad.graph_name if isinstance(quad.graph_name, ox.DefaultGraph) else self._term(quad.graph_name)
            if triple and isinstance(graph, ox.NamedNode | ox.DefaultGraph):
                yield ox.Quad(triple.subject, triple.predicate, triple.object, graph)

    def _triple(self, triple: ox.Triple) -> ox.Triple | None:
        subject, predicate, object_ = (self._term(term) for term in triple)
        if object_ is None or not isinstance(subject, ox.NamedNode | ox.BlankNode):
            return None
        return ox.Triple(subject, predicate, object_) if isinstance(predicate, ox.NamedNode) else None

    def _term(self, term: Term) -> Term | None:
        if isinstance(term, ox.NamedNode) and term in self._places:
            return self._row.get(self._places[term])
        if isinstance(term, ox.Triple):
            return self._triple(term)
        if isinstance(term, ox.BlankNode):
            return self._blank_node(term)
        return term

    def _blank_node(self, label: ox.BlankNode) -> ox.BlankNode:
        if label not in self._own:
            self._own[label] = ox.BlankNode()
            self._made.add(self._own[label])
        return self._own[label]
