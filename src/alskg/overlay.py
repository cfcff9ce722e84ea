"""A set of triples as it would be with some added and some removed, without touching it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import pyoxigraph as ox

from alskg.names import RDF, XSD
from alskg.triples import Term, Triples

_TEXTS = (ox.NamedNode(XSD + "string"), ox.NamedNode(RDF + "langString"))
"""Literals of these are kept as they are spelled."""


class Overlay:
    """
    base - removed + added, as `Triples`; both sides are to be in store form (see `stored`).

    What is added and also removed is there: a change removes first.
    """

    def __init__(self, base: Triples, added: Iterable[ox.Triple] = (), removed: Iterable[ox.Triple] = ()) -> None:
        self._base = base
        self._added = _Index(added)
        self._removed = frozenset(removed)

    def match(
        self, subject: str | None = None, predicate: str | None = None, object_: Term | str | None = None
    ) -> Iterator[ox.Triple]:
        """See `Triples.match`."""
        added = self._added.match(subject, predicate, object_)
        found = self._base.match(subject, predicate, object_)
        # Most of what is asked for is no part of the change.
        return self._joined(found, added) if added or self._removed else found

    def _joined(self, found: Iterator[ox.Triple], added: Mapping[ox.Triple, None]) -> Iterator[ox.Triple]:
        for triple in found:
            if triple not in self._removed and triple not in added:
                yield triple
        yield from added


class _Index:
    """A few triples, found by subject or by object without going through all of them."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self._all = dict.fromkeys(triples)
        # By their IRIs, as to make a node of a text takes longer than to look it up.
        self._by_subject = _grouped(self._all, lambda triple: getattr(triple.subject, "value", None))
        self._by_object = _grouped(self._all, lambda triple: triple.object)

    def match(self, subject: str | None, predicate: str | None, object_: Term | str | None) -> dict[ox.Triple, None]:
        """Those that agree in the places that are given, each once."""
        end = ox.NamedNode(object_) if isinstance(object_, str) else object_
        near: Collection[ox.Triple] = self._all
        if subject is not None:
            near = [triple for triple in self._by_subject.get(subject, ()) if isinstance(triple.subject, ox.NamedNode)]
        elif end is not None:
            near = self._by_object.get(end, ())
        if not near:
            return {}
        return dict.fromkeys(
            triple
            for triple in near
            if (predicate is None or triple.predicate.value == predicate) and (end is None or triple.object == end)
        )


def _grouped(triples: Iterable[ox.Triple], key: Callable[[ox.Triple], object]) -> dict[object, list[ox.Triple]]:
    groups: dict[object, list[ox.Triple]] = {}
    for triple in triples:
        groups.setdefault(key(triple), []).append(triple)
    return groups


def stored(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """The quads as the store would hold them, each once: it keeps values, not spellings (`1.50` becomes `1.5`)."""
    once = list(dict.fromkeys(quads))
    if all(map(_is_as_stored, once)):
        return once
    scratch = ox.Store()
    scratch.extend(once)
    return list(scratch)


def _is_as_stored(quad: ox.Quad) -> bool:
    object_ = quad.object
    return isinstance(object_, ox.NamedNode) or (isinstance(object_, ox.Literal) and object_.datatype in _TEXTS)
