"""Changes as values: RDF Patch there and back, and documents as quads."""

import json

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alskg.changeset import NOWHERE, Patch, patch_of, patch_text, previous_of, quads_of, touched_by
from alskg.errors import BadDocument, StaleBase, UnsupportedMedia
from alskg.names import BASE

A, B, C, G = (ox.NamedNode(f"http://e/{name}") for name in "abcg")
PREFIXES = {"e": "http://e/"}
CONTEXT = {key: {"name": "http://e/name"} for key in ("/context.jsonld", f"{BASE}context.jsonld")}

literals = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(ox.Literal),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(lambda text: ox.Literal(text, language="en")),
    st.integers(-9, 9).map(ox.Literal),
)
quads = st.builds(ox.Quad, st.sampled_from([A, B]), st.sampled_from([B, C]), literals, st.sampled_from([G, NOWHERE]))


@given(st.sets(quads, max_size=6), st.sets(quads, max_size=6))
def test_a_patch_reads_back_as_it_was_written(added: set[ox.Quad], removed: set[ox.Quad]) -> None:
    patch = Patch(tuple(added), tuple(removed - added))
    read = patch_of(patch_text(patch, {"revision": "7"}))
    assert (set(read.added), set(read.removed)) == (set(patch.added), set(patch.removed))


def test_the_inverse_takes_back() -> None:
    patch = Patch((ox.Quad(A, B, C),), (ox.Quad(A, B, A),))
    assert patch.inverse.inverse == patch
    assert patch.inverse.added == patch.removed


def test_a_later_row_overrules_an_earlier_one() -> None:
    assert patch_of("A <x:a> <x:b> <x:c> .\nD <x:a> <x:b> <x:c> .").added == ()
    assert len(patch_of("D <x:a> <x:b> <x:c> .\nA <x:a> <x:b> <x:c> .").added) == 1


def test_rows_may_use_prefixes_comments_and_headers() -> None:
    rows = ("H id <uuid:1> .", "# a comment", "", "PA e <http://e/> .", "TX .", 'A e:a e:b "1" .')
    text = "\n".join((*rows, "A <http://e/a> <http://e/b> e:c <http://e/g> .", 'A e:a e:b "x"@en e:g .', "TC ."))
    assert set(patch_of(text).added) == {
        ox.Quad(A, B, ox.Literal("1")),
        ox.Quad(A, B, C, G),
        ox.Quad(A, B, ox.Literal("x", language="en"), G),
    }


@pytest.mark.parametrize(
    "text",
    [
        "TX .\nA <http://e/a> <http://e/b> <http://e/c> .\nTC .\nTX .\nA <x:a> <x:b> <x:c> .\nTA .",
        "TX .\nD <x:a> <x:b> <x:c> .\nTA .\nTX .\nA <http://e/a> <http://e/b> <http://e/c> .\nTC .",
        'PA "e" "http://e/" .\nA e:a e:b e:c .',
        'PA "e:" <http://e/> .\nA e:a e:b e:c .',
    ],
)
def test_a_transaction_that_was_aborted_counts_for_nothing_and_prefixes_are_read_in_either_form(text: str) -> None:
    assert patch_of(text) == Patch((ox.Quad(A, B, C),), ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A <x:a> <x:b> .", "Line 1: this is no quad"),
        ("\nA <x:a> <x:b> <x:c> <x:g> <x:h> .", "Line 2: this is no quad"),
        ("PA e <http://e/> .\nA e:a e:b e:c, e:d .", "Line 2: there must be one quad; there are 2"),
        ("A  .", "Line 1: "),
        ("add <x:a> <x:b> <x:c> .", "Line 1: 'add' is no row"),
        ("TB .", "Line 1: 'TB' is no row"),
        ("H id <uuid:1> .\nTX .\nA <x:a> <x:b> <x:c> .", "Line 2: the transaction that begins here (TX) has no end"),
        ("TX .\nA <x:a> <x:b> <x:c> .\nTX .\nTC .", "Line 1: the transaction that begins here (TX) has no end"),
        ("TX .\nTC .\nTX .", "Line 3: the transaction that begins here (TX) has no end"),
        ('PA "e" "http://e/" .\nPD "e" .\nA e:a e:b e:c .', "Line 3: this is no quad"),
        ("PA e .", "Line 1: write a prefix"),
        ("A e:a e:b e:c .", "Line 1: this is no quad"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(text: str, said: str) -> None:
    with pytest.raises(BadDocument) as caught:
        patch_of(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("header", "revision"),
    [
        ('H previous "11" .', 11),
        ('H id <uuid:2> .\nH prev "11" .', 11),
        ("H prev <http://here/changes/11> .", 11),
        ("H prev <https://w3id.org/alskg/changes/11> .", 11),
        ('H PREV "/changes/11" .', 11),
        ('H prev"11" .', 11),
        ('H  prev  "11"^^<http://www.w3.org/2001/XMLSchema#integer> .', 11),
        ('H revision "12" .', None),
        ("", None),
    ],
)
def test_a_patch_says_which_revision_it_comes_after(header: str, revision: int | None) -> None:
    assert previous_of(f"{header}\nTX .\nA <x:a> <x:b> <x:c> .\nTC .", ["http://here/"]) == revision


def test_what_we_write_of_a_change_says_what_it_comes_after() -> None:
    assert previous_of(patch_text(Patch((), ()), {"revision": "12", "previous": "11"})) == 11


@pytest.mark.parametrize("header", ["H prev .", "H prev _:b .", 'H previous "1" "2" .'])
def test_a_condition_that_cant_be_read_is_not_passed_over(header: str) -> None:
    with pytest.raises(BadDocument, match="Line 1: write the revision"):
        previous_of(header)


@pytest.mark.parametrize("said", ["uuid:1", "http://elsewhere/changes/11", "http://here/changes/11/x"])
def test_a_patch_that_comes_after_none_of_ours_rests_on_nothing_here(said: str) -> None:
    with pytest.raises(StaleBase, match=said):
        previous_of(f"H prev <{said}> .", ["http://here"])


@pytest.mark.parametrize(
    ("media_type", "text"),
    [
        ("text/turtle", "e:a e:b e:c ."),
        ("application/trig", "e:a e:b e:c ."),
        ("application/n-triples", "<http://e/a> <http://e/b> <http://e/c> ."),
        ("application/n-quads", "<http://e/a> <http://e/b> <http://e/c> ."),
        ("application/ld+json", '{"@id": "http://e/a", "http://e/b": {"@id": "http://e/c"}}'),
    ],
)
def test_a_document_is_read_in_every_format(media_type: str, text: str) -> None:
    assert quads_of(text, media_type, PREFIXES, CONTEXT) == [ox.Quad(A, B, C)]


def test_a_graph_that_is_named_is_kept() -> None:
    assert quads_of("GRAPH e:g { e:a e:b e:c }", "application/trig", PREFIXES, CONTEXT) == [ox.Quad(A, B, C, G)]


@pytest.mark.parametrize(
    "context", ['"/context.jsonld"', '["https://w3id.org/alskg/context.jsonld", {"x": "http://e/x"}]']
)
def test_the_context_of_this_server_needs_no_fetching(context: str) -> None:
    text = f'{{"@context": {context}, "@id": "http://e/a", "name": "n"}}'
    found = quads_of(text, "application/ld+json", PREFIXES, CONTEXT)
    assert found == [ox.Quad(A, ox.NamedNode("http://e/name"), ox.Literal("n"))]


def test_a_context_within_a_document_is_replaced_too() -> None:
    inner = {"@context": "/context.jsonld", "@id": "http://e/b", "name": "n"}
    text = json.dumps({"@id": "http://e/a", "http://e/b": [inner]})
    assert len(quads_of(text, "application/ld+json", PREFIXES, CONTEXT)) == 2


@pytest.mark.parametrize(
    ("media_type", "text", "line"),
    [
        ("text/turtle", "e:a e:b", 1),
        ("text/turtle", "e:a e:b e:c .\n\ne:a nonsense .", 3),
        ("application/n-quads", "<http://e/a> <http://e/b> <http://e/c> .\nx", 2),
    ],
)
def test_a_slip_is_told_with_its_line(media_type: str, text: str, line: int) -> None:
    with pytest.raises(BadDocument) as caught:
        quads_of(text, media_type, PREFIXES, CONTEXT)
    assert caught.value.extra["line"] == line
    assert f"Line {line}, column" in str(caught.value)


@pytest.mark.parametrize("media_type", ["application/rdf+xml", "text/html", ""])
def test_a_format_that_is_not_read_is_refused(media_type: str) -> None:
    with pytest.raises(UnsupportedMedia, match="not read here"):
        quads_of("<!DOCTYPE x [<!ENTITY y SYSTEM 'z'>]><x>&y;</x>", media_type, PREFIXES, CONTEXT)


def test_what_a_patch_touches_are_its_subjects() -> None:
    assert touched_by(Patch((ox.Quad(A, B, C),), (ox.Quad(B, B, C),))) == {"http://e/a", "http://e/b"}
