"""Looking triples up."""

import pyoxigraph as ox

from alskg.triples import Memory, iris, objects, plain, subjects, text

TURTLE = """
PREFIX : <a:>
:x :p :z , :y , "word"@en , "another" ; :q 1 .
:w :p :y .
_:b :p :y .
"""
TINY = Memory.of_turtle(TURTLE)


def test_what_is_given_has_to_agree() -> None:
    assert len(TINY) == len(list(TINY.match())) == 7
    assert len(list(TINY.match("a:x"))) == 5
    assert len(list(TINY.match("a:x", "a:p"))) == 4
    assert [t.subject for t in TINY.match(None, "a:q", ox.Literal(1))] == [ox.NamedNode("a:x")]
    assert list(TINY.match("a:none")) == []


def test_a_string_as_object_is_an_iri() -> None:
    assert len(list(TINY.match(None, None, "a:y"))) == 3
    assert list(TINY.match(None, None, "word:")) == []


def test_values_come_in_a_stable_order() -> None:
    assert [str(term) for term in objects(TINY, "a:x", "a:p")] == ['"another"', '"word"@en', "<a:y>", "<a:z>"]
    assert iris(TINY, "a:x", "a:p") == ["a:y", "a:z"]
    assert text(TINY, "a:x", "a:p") == "another"


def test_no_value_is_no_text() -> None:
    assert text(TINY, "a:x", "a:none") is None


def test_only_iris_count_as_subjects() -> None:
    assert subjects(TINY, "a:p", "a:y") == ["a:w", "a:x"]


def test_a_plain_term_has_no_dress() -> None:
    triple = ox.Triple(ox.NamedNode("a:x"), ox.NamedNode("a:p"), ox.Literal("1", datatype=ox.NamedNode("a:t")))
    assert plain(ox.NamedNode("a:x")) == "a:x"
    assert plain(ox.BlankNode("b")) == "b"
    assert plain(triple.object) == "1"
    assert plain(triple) == '<a:x> <a:p> "1"^^<a:t>'
