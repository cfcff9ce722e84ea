"""Triples as they would be: base without what is removed, with what is added."""

from itertools import product

import pyoxigraph as ox
from hypothesis import given
from hypothesis import strategies as st

from alskg.overlay import Overlay, stored
from alskg.triples import Memory

NODES = [ox.NamedNode(f"x:{name}") for name in "abc"]
OBJECTS: list[ox.NamedNode | ox.Literal] = [*NODES, ox.Literal("a"), ox.Literal("a", language="en"), ox.Literal(1)]
TRIPLES = [ox.Triple(s, p, o) for s, p, o in product(NODES, NODES, OBJECTS)]
some = st.lists(st.sampled_from(TRIPLES), max_size=12)


@given(some, some, some)
def test_it_shows_by_every_pattern_what_the_sets_would_hold(
    base: list[ox.Triple], added: list[ox.Triple], removed: list[ox.Triple]
) -> None:
    overlay, due = Overlay(Memory(base), added, removed), (set(base) - set(removed)) | set(added)
    for subject, predicate, object_ in product([None, *NODES], [None, *NODES], [None, *OBJECTS]):
        found = list(overlay.match(subject and subject.value, predicate and predicate.value, object_))
        assert len(found) == len(set(found)), "A triple was shown twice."
        assert set(found) == {
            t
            for t in due
            if (not subject or t.subject == subject)
            and (not predicate or t.predicate == predicate)
            and (object_ is None or t.object == object_)
        }


def test_an_iri_as_a_plain_text_is_the_node() -> None:
    overlay = Overlay(Memory(), [TRIPLES[0]])
    assert list(overlay.match(None, None, "x:a")) == [TRIPLES[0]]


def test_the_base_is_untouched() -> None:
    base = Memory([TRIPLES[0]])
    assert list(Overlay(base, [TRIPLES[1]], [TRIPLES[0]]).match()) == [TRIPLES[1]]
    assert list(base.match()) == [TRIPLES[0]]


def test_stored_is_what_the_store_would_hold() -> None:
    decimal = ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal")
    int_, integer = (ox.NamedNode(f"http://www.w3.org/2001/XMLSchema#{name}") for name in ("int", "integer"))
    written = [
        ox.Quad(NODES[0], NODES[1], value)
        for value in (
            ox.Literal("1.50", datatype=decimal),
            ox.Literal("7", datatype=int_),
            ox.Literal("x", language="EN"),
        )
    ]
    held = {quad.object for quad in stored([*written, *written])}
    assert held == {
        ox.Literal("1.5", datatype=decimal),
        ox.Literal("7", datatype=integer),
        ox.Literal("x", language="en"),
    }
