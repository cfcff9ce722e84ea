"""The layout of curated Turtle."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alskg.errors import SourceError
from alskg.turtle import canonical, laid_out

PREFIXES = {"drug": "https://w3id.org/alskg/drugs/", "skos": "http://www.w3.org/2004/02/skos/core#", "unused": "u:"}
XSD = "http://www.w3.org/2001/XMLSchema#"


def triples_of(text: str) -> set[ox.Triple]:
    store = ox.Store()
    store.load(text.encode(), ox.RdfFormat.TURTLE)
    return {quad.triple for quad in store}


def test_triples_are_sorted_one_value_to_a_line_with_the_prefixes_in_use() -> None:
    text = """@prefix d: <https://w3id.org/alskg/drugs/> .
    d:b <http://www.w3.org/2004/02/skos/core#related> d:c , d:a . d:a a <c:Drug>; d:n 1.50, "x"@EN .
    """
    assert canonical(text, PREFIXES) == (
        "PREFIX drug: <https://w3id.org/alskg/drugs/>\n"
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
        "\n"
        "drug:a\n"
        "    a <c:Drug> ;\n"
        "    drug:n\n"
        '        "x"@en ,\n'
        "        1.5 ;\n"
        ".\n"
        "\n"
        "drug:b\n"
        "    skos:related\n"
        "        drug:a ,\n"
        "        drug:c ;\n"
        ".\n"
    )


def test_a_new_triple_moves_no_other() -> None:
    before = canonical("<a:b> <a:c> <a:d> . <a:e> <a:c> <a:d> .", PREFIXES)
    after = canonical("<a:b> <a:c> <a:d> . <a:e> <a:c> <a:d> ; <a:f> <a:b> .", PREFIXES)
    assert after == before.replace("<a:e>\n    <a:c> <a:d> ;\n", "<a:e>\n    <a:c> <a:d> ;\n    <a:f> <a:b> ;\n")


def test_a_class_stands_before_its_shapes_and_a_label_before_all_but_the_type() -> None:
    text = "<a:T-p> <a:x> <a:y> . <a:T> <a:x> <a:y> ; <http://www.w3.org/2000/01/rdf-schema#label> 'T' ; a <a:C> ."
    words = [line.split()[0] for line in canonical(text, PREFIXES).splitlines() if line and line[0] != "."]
    assert words == ["<a:T>", "a", "<http://www.w3.org/2000/01/rdf-schema#label>", "<a:x>", "<a:T-p>", "<a:x>"]


def test_numbers_stand_in_the_order_of_their_values() -> None:
    assert canonical("<a:b> <a:c> 10, 9, 9.5, -1 .", PREFIXES).split()[2:-1:2] == ["-1", "9", "9.5", "10"]


def test_the_longest_prefix_that_fits_is_used() -> None:
    prefixes = {"a": "a:", "ab": "a:b/", "other": "a:x"}
    assert canonical("<a:b/c> <a:b/c/d> <a:b/> .", prefixes).split()[3:] == ["ab:c", "<a:b/c/d>", "ab:", ";", "."]


def test_an_empty_file_stays_one() -> None:
    assert canonical("", PREFIXES).strip() == ""


def test_what_is_not_turtle_is_refused_with_its_line() -> None:
    with pytest.raises(SourceError, match=r"This is not Turtle: .* at line 2 "):
        canonical("<a:b> <a:c> <a:d> .\nnonsense .\n", PREFIXES)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# alone\n<a:b> <a:c> <a:d> .", 1),
        ("<a:b> <a:c>\n   # indented\n<a:d> .", 2),
        ("<a:b> <a:c> <a:d> . # behind", 1),
        ('<a:b> <a:c> "it\\"s" . # behind a quote', 1),
        ("<a:b> <a:c> 'it' , '''\n\n''' . # behind long quotes", 3),
        ("<a:b#c> <a:c> <a:d>#close\n.", 1),
    ],
)
def test_a_comment_is_refused_rather_than_lost(text: str, line: int) -> None:
    with pytest.raises(SourceError, match=f"^The comment at line {line} would be lost"):
        canonical(text, PREFIXES)


@pytest.mark.parametrize(
    "text",
    [
        "<a:b#c> <a:c> <a:d> .",
        '<a:b> <a:c> "# no comment" .',
        '<a:b> <a:c> """\n# no comment\n""" .',
        "<a:b> <a:c> '''\n# \\''' no comment ''' .",
        'PREFIX x: <a:> x:b x:c x:d\\#e , "it\'s # no comment" .',
        'PREFIX x: <a:> x:b\\\'c x:c "# no comment" .',
    ],
)
def test_a_number_sign_within_a_term_is_no_comment(text: str) -> None:
    assert triples_of(canonical(text, PREFIXES)) == triples_of(text)


def test_what_would_hold_a_line_that_begins_with_a_number_sign_can_be_laid_out_again() -> None:
    once = canonical('<a:b> <a:c> "one\\n# two" .', PREFIXES)
    assert canonical(once, PREFIXES) == once


LOCAL = st.text("abcXYZ019-_.~!$&'()*+,;=/?#@%:é漢", max_size=8).map(
    lambda name: name.replace("%", "%25").replace("#", "%23")
)
IRI = st.one_of(LOCAL.map("https://w3id.org/alskg/drugs/".__add__), LOCAL.map("u:".__add__))
TEXT = st.text(st.characters(codec="utf-8"), max_size=12) | st.text("\"'\\\n\r\t#{}<>.@^ ", max_size=8)
LITERAL = st.one_of(
    TEXT.map(ox.Literal),
    st.builds(lambda text: ox.Literal(text, language="en"), TEXT),
    st.integers(-(2**60), 2**60).map(ox.Literal),
    st.booleans().map(ox.Literal),
    st.decimals(-(10**9), 10**9, places=3).map(
        lambda number: ox.Literal(str(number), datatype=ox.NamedNode(XSD + "decimal"))
    ),
    st.dates().map(lambda day: ox.Literal(day.isoformat(), datatype=ox.NamedNode(XSD + "date"))),
    st.from_regex(r"\A(19|20)[0-9]{2}-(0[1-9]|1[0-2])\Z").map(
        lambda month: ox.Literal(month, datatype=ox.NamedNode(XSD + "gYearMonth"))
    ),
    st.builds(lambda iri: ox.Literal(iri, datatype=ox.NamedNode(XSD + "anyURI")), IRI),
)
TRIPLE = st.builds(ox.Triple, IRI.map(ox.NamedNode), IRI.map(ox.NamedNode), st.one_of(IRI.map(ox.NamedNode), LITERAL))


@given(st.lists(TRIPLE, max_size=6))
def test_laying_out_changes_no_triple_and_twice_changes_nothing(triples: list[ox.Triple]) -> None:
    store = ox.Store()
    store.bulk_extend(ox.Quad(*triple) for triple in triples)
    once = laid_out((quad.triple for quad in store), PREFIXES)
    assert triples_of(once) == {quad.triple for quad in store}
    assert canonical(once, PREFIXES) == once
