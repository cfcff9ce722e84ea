"""Rows of a panel that say the same but for one thing are one."""

from typing import Any

import pyoxigraph as ox
import pytest

from alskg.panels import Panel
from alskg.web.panels import CUT_MAX, are_all_zero, columns_of, cut, disputes_of, folded, happened, told_together


def row(label: str, **rest: str) -> dict[str, Any]:
    return {"label": label, "link": None, "rest": rest}


def test_rows_that_differ_in_one_column_are_one_with_the_values_of_all() -> None:
    rows = [row("nausea", dose="low", source=source) for source in ("A", "B", "B", "C")]
    assert folded(rows) == [{"label": "nausea", "link": None, "rest": {"dose": "low", "source": ["A", "B", "C"]}}]


def test_what_differs_in_more_stays_apart_so_that_no_value_gets_beside_a_wrong_one() -> None:
    rows = [row("nausea", dose=dose, source=source) for dose, source in (("low", "A"), ("low", "B"), ("high", "B"))]
    assert [one["rest"] for one in folded(rows)] == [
        {"dose": "low", "source": ["A", "B"]},
        {"dose": "high", "source": "B"},
    ]


def test_what_is_about_another_thing_or_lacks_a_column_stays_apart() -> None:
    rows = [row("nausea", source="A"), row("asthenia", source="A"), row("nausea", dose="low", source="A")]
    assert folded(rows) == rows


@pytest.mark.parametrize(
    ("counts", "expected"), [([0, 0], True), ([0, 1], False), ([], False)], ids=["nothing", "something", "no number"]
)
def test_rows_that_count_nothing_at_all_have_nothing_to_show(counts: list[int], expected: bool) -> None:
    rows = [{"verdict": ox.Literal("0"), "claims": ox.Literal(count)} for count in counts] or [{"a": ox.Literal("0")}]
    assert are_all_zero(rows) is expected


def test_an_event_is_there_once_with_what_each_row_tells_of_it() -> None:
    told = {"day": "2020", "label": "approval", "link": None, "group": "Here"}
    dispute = {"id": "d", "label": "which year", "verdict": "tension"}
    rows: list[dict[str, Any]] = [
        {**told, "rest": {"product": "A"}, "disputes": []},
        {**told, "rest": {"product": "B"}, "disputes": [dispute]},
        {**told, "group": "There", "rest": {"product": "A"}, "disputes": []},
    ]
    here, there = happened(rows)
    assert here["tellings"] == [{"product": "A"}, {"product": "B"}]
    assert here["disputes"] == [dispute]
    assert (there["tellings"], there["disputes"]) == ([{"product": "A"}], [])


def test_a_row_is_part_of_a_disagreement_where_a_claim_of_it_says_all_that_the_row_names() -> None:
    panel = Panel("timeline", "drug", {"day": "day", "label": "eventLabel"}, 10)
    dispute: dict[str, object] = {"id": "d", "label": "which year", "verdict": "tension"}
    disputed = [(frozenset({"2020", "approval", "A"}), dispute), (frozenset({"2020", "approval", "A", "B"}), dispute)]
    row = {name: ox.Literal(text) for name, text in (("day", "2020"), ("eventLabel", "approval"), ("source", "C"))}
    assert disputes_of(panel, row, disputed) == [dispute]
    assert disputes_of(panel, {**row, "productLabel": ox.Literal("B")}, disputed[:1]) == []
    assert disputes_of(panel, {**row, "day": ox.Literal("2021")}, disputed) == []


def test_what_is_told_of_one_thing_stands_together_and_what_all_say_of_it_once() -> None:
    rows = [
        {**row("a meal", effect="less", certainty="asserted", advice="wait", source="A"), "thing": "i"},
        {**row("a meal", effect="less", certainty="shown", source="B"), "thing": "i"},
        {**row("a meal", effect="more", source="B"), "thing": "j"},
    ]
    first, second = told_together(rows)
    assert (first["rest"], second["rest"]) == ({"effect": "less"}, {"effect": "more", "source": "B"})
    assert first["tellings"] == [
        {"certainty": "asserted", "advice": "wait", "source": "A"},
        {"certainty": "shown", "source": "B"},
    ]
    assert second["tellings"] == []


def test_two_long_texts_that_begin_alike_are_cut_to_where_they_part() -> None:
    shared = "what both of them say at some length before they come to it " * 2
    one, other = f"{shared}and here is one {'x ' * CUT_MAX}", f"{shared}and here is the other {'y ' * CUT_MAX}"
    assert cut(one, [one, other]).startswith("… one x")
    assert cut(other, [one, other]).startswith("… the other y")
    assert cut(one, [one, 7, "and something else"]).startswith("what both")
    assert cut(one, [one]).endswith(" …")
    assert cut(f"{shared}end", [shared]).endswith("end")


def test_columns_stand_as_the_question_names_them_whatever_the_first_row_has() -> None:
    text = "SELECT ?study ?studyLabel ?p ?with ?inAll WHERE { ?inAll ?p ?with }"
    rows = [{"rest": {"study": "A", "in all": 9, "list": "x"}}, {"rest": {"study": "B", "people": 3, "p": 1}}]
    called = {"with": "people", "inAll": "in all"}
    assert columns_of(rows, text, called) == ["study", "p", "people", "in all", "list"]
