"""Looking triples up by any of their places: the small surface that all reading but SPARQL is written against."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, Self, TypeAlias

import pyoxigraph as ox

Subject: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Triple
Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class Triples(Protocol):
    """What can be asked of a set of triples."""

    def match(
        self, subject: str | None = None, predicate: str | None = None, object_: Term | str | None = None
    ) -> Iterator[ox.Triple]:
        """Every triple that agrees in the places that are given; a plain string is an IRI."""
        ...


class Memory:
    """Triples held in memory."""

    def __init__(self, triples: Iterable[ox.Triple] = ()) -> None:
        self._store = ox.Store()
        self._store.bulk_extend(ox.Quad(*triple) for triple in triples)

    @classmethod
    def of_turtle(cls, text: str) -> Self:
        """The triples of a Turtle document."""
        return cls(quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE))

    def __len__(self) -> int:
        return len(self._store)

    def match(
        self, subject: str | None = None, predicate: str | None = None, object_: Term | str | None = None
    ) -> Iterator[ox.Triple]:
        """See `Triples.match`."""
        return triples_of(self._store, subject, predicate, object_, ox.DefaultGraph())


def triples_of(
    store: ox.Store,
    subject: str | None,
    predicate: str | None,
    object_: Term | str | None,
    graph: ox.NamedNode | ox.DefaultGraph | None,
) -> Iterator[ox.Triple]:
    """The triples of one graph of a store (of all its graphs where `graph` is None) that match."""
    quads = store.quads_for_pattern(
        None if subject is None else ox.NamedNode(subject),
        None if predicate is None else ox.NamedNode(predicate),
        ox.NamedNode(object_) if isinstance(object_, str) else object_,
        graph,
    )
    return (quad.triple for quad in quads)


def objects(triples: Triples, subject: str, predicate: str) -> list[Term]:
    """The values of a property, in a stable order."""
    return sorted((t.object for t in triples.match(subject, predicate)), key=str)


def iris(triples: Triples, subject: str, predicate: str) -> list[str]:
    """Those values of a property that are IRIs."""
    return [term.value for term in objects(triples, subject, predicate) if isinstance(term, ox.NamedNode)]


def reached(triples: Triples, start: str, property_: str) -> set[str]:
    """The IRIs that a property leads to from a node, at however many steps; the node itself where it leads back."""
    found, due = set[str](), iris(triples, start, property_)
    while due:
        found.add(one := due.pop())
        due += [other for other in iris(triples, one, property_) if other not in found]
    return found


def text(triples: Triples, subject: str, predicate: str) -> str | None:
    """The first value of a property as plain text, or None where there is none."""
    return next((plain(term) for term in objects(triples, subject, predicate)), None)


def subjects(triples: Triples, predicate: str, object_: Term | str) -> list[str]:
    """The IRIs that have this value of the property, in a stable order."""
    found = (t.subject for t in triples.match(None, predicate, object_))
    return sorted(term.value for term in found if isinstance(term, ox.NamedNode))


def bearing(triples: Triples, said: Iterable[tuple[str, Term]]) -> list[str]:
    """The IRIs that have all of these values, with the properties; looked for among those with the rarest one."""
    wanted = sorted(said, key=str)
    rarest = _fewest([triples.match(None, property_, value) for property_, value in wanted])
    found = sorted({triple.subject.value for triple in rarest if isinstance(triple.subject, ox.NamedNode)})
    return [iri for iri in found if all(next(triples.match(iri, *one), None) is not None for one in wanted)]


def _fewest(many: Sequence[Iterator[ox.Triple]]) -> list[ox.Triple]:
    """What the shortest of several iterators gives; none is read further than that."""
    read: list[list[ox.Triple]] = [[] for _ in many]
    while many:
        for iterator, triples in zip(many, read, strict=True):
            if (triple := next(iterator, None)) is None:
                return triples
            triples.append(triple)
    return []


def holds(triples: Triples, triple: ox.Triple) -> bool:
    """Whether a triple is among them."""
    return next(triples.match(plain(triple.subject), triple.predicate.value, triple.object), None) is not None


def graph_of(quad: ox.Quad) -> str:
    """The name of a quad's graph; "" for the unnamed one."""
    return "" if isinstance(quad.graph_name, ox.DefaultGraph) else quad.graph_name.value


def in_graph(triple: ox.Triple, graph: str) -> ox.Quad:
    """The triple as a quad of a named graph."""
    return ox.Quad(triple.subject, triple.predicate, triple.object, ox.NamedNode(graph))


def plain(term: Term) -> str:
    """A term's text without its RDF dress: the IRI, the label of a blank node, the lexical form."""
    return str(term) if isinstance(term, ox.Triple) else term.value
