"""The panel in a question's header: read as it says, or refused with what would do."""

from typing import Any

import pytest

from alskg.errors import SourceError
from alskg.panels import Panel, panel_of, refuse_lost
from alskg.web.panels import grouped

GOOD: dict[str, Any] = {"draw": "bars", "of": "drug", "label": "effectLabel", "value": "rate", "order": 3}
KNOWN = {"effectLabel", "rate"}


def test_a_panel_is_read() -> None:
    columns = {"label": "effectLabel", "value": "rate"}
    assert panel_of(GOOD, ["drug"], KNOWN, "x.rq") == Panel("bars", "drug", columns, 3)
    more = {"title": "How often", "behind": "y", "called": {"rate": "how often"}}
    read = panel_of({**GOOD, **more}, ["drug"], KNOWN, "x.rq")
    assert read == Panel("bars", "drug", columns, 3, "How often", "y", {"rate": "how often"})


def test_a_question_needs_no_panel() -> None:
    assert panel_of(None, ["drug"], KNOWN, "x.rq") is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"draw": "pie"}, "draw = 'pie'; there is timeline, bars, card, table."),
        ({"of": "percent"}, "of = 'percent' must be a parameter that has a class: drug."),
        ({"value": None}, "draws bars, so it needs value, a variable."),
        ({"value": "raet"}, "value: the query has no variable ?raet."),
        ({"colour": "red"}, "has an unknown key 'colour'"),
        ({"order": "first"}, "order must be a whole number."),
        ({"title": 7}, "title must be a text."),
        ({"behind": ["evidence-claims"]}, "behind must be a text."),
        ({"called": {"rate": 7}}, "called must be a table of texts."),
        ({"called": {"raet": "how often"}}, "called: the query has no variable ?raet."),
        ({"group": "effectLabel"}, "group: rows stand in groups where draw is timeline only."),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_panel_that_can_not_be_drawn_is_refused_by_name(change: dict[str, Any], said: str) -> None:
    table = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    with pytest.raises(SourceError, match=r"x\.rq: \[panel\]") as refused:
        panel_of(table, ["drug"], KNOWN, "x.rq")
    assert said in str(refused.value)


@pytest.mark.parametrize("parameters", [{}, {"y": ["source"]}], ids=["no such question", "of something else"])
def test_what_stands_behind_a_row_can_be_asked_for(parameters: dict[str, list[str]]) -> None:
    panel = panel_of({**GOOD, "behind": "y"}, ["drug"], KNOWN, "x.rq")
    refuse_lost({"x": panel, "z": None}, {"y": ["percent", "drug"]})
    with pytest.raises(SourceError, match=r"queries/x\.rq: .*behind = 'y' must be a question with a parameter drug\."):
        refuse_lost({"x": panel}, parameters)


def test_a_panel_that_is_no_table_is_refused() -> None:
    with pytest.raises(SourceError, match="as a table"):
        panel_of("bars", ["drug"], KNOWN, "x.rq")


def test_a_line_of_time_may_put_its_rows_together() -> None:
    table = {"draw": "timeline", "of": "drug", "day": "day", "label": "event", "group": "area"}
    panel = panel_of(table, ["drug"], {"day", "event", "area"}, "x.rq")
    assert panel is not None
    assert panel.columns == {"day": "day", "label": "event", "group": "area"}


def test_groups_stand_in_alphabetical_order_and_what_has_none_comes_last() -> None:
    rows = [{"day": "1", "group": "b"}, {"day": "2"}, {"day": "3", "group": "A"}, {"day": "4", "group": "b"}]
    assert grouped(rows) == [
        {"label": "A", "items": [rows[2]]},
        {"label": "b", "items": [rows[0], rows[3]]},
        {"label": "", "items": [rows[1]]},
    ]
