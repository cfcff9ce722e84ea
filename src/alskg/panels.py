"""Panels: how the answer to a question is drawn on the pages of the things that it is asked of."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from alskg.errors import SourceError

DRAWN = {
    "timeline": ("day", "label"),
    "bars": ("label", "value"),
    "card": ("label",),
    "table": (),
}
"""The ways to draw, each with the columns that it can't do without."""
ORDER = 50
"""Where a panel stands that doesn't say."""
_COLUMNS = ("day", "label", "value", "against", "stated", "bound", "group")
GROUPED = ("timeline",)
"""The ways to draw in which rows may stand in groups, as what happened in one area does."""
_TEXTS = ("title", "behind")


@dataclass(frozen=True)
class Panel:
    """
    How to draw, and which variable of the question is what.

    Example of a header::

        #+ [panel]
        #+ draw = "bars"
        #+ of = "drug"
        #+ label = "effectLabel"
        #+ value = "rate"
        #+ against = "placeboRate"
    """

    draw: str
    of: str
    """The parameter that is the thing of the page; its class says on which pages the panel stands."""
    columns: Mapping[str, str]
    """
    `day`, `label`, `value`, `against`, `stated` (how the source writes the value), `bound` (in words, what the value is
    where it is a bound, as "at least") and `group` (what rows are put together by), each with its variable.
    """
    order: int
    """Where it stands among the others; the least comes first."""
    title: str = ""
    """What it is called on the page of a thing; else as the question is."""
    behind: str = ""
    """
    The question that lists what stands behind a row: it is asked of the same thing, with those of its parameters that
    the row has.
    """
    called: Mapping[str, str] = field(default_factory=dict)
    """What variables are called in the panel, where their names don't say enough there."""


def panel_of(table: object, parameters: Collection[str], known: Collection[str], where: str) -> Panel | None:
    """
    The panel in the header of a question; None where there is none.

    Raises:
        SourceError: it can't be drawn as it says.
    """
    if table is None:
        return None
    if not isinstance(table, dict):
        raise SourceError(f"{where}: write the panel as a table, [panel].")
    fault = next(_faults(table, parameters, known), None)
    if fault is not None:
        raise SourceError(f"{where}: [panel] {fault}")
    columns = {key: str(table[key]) for key in _COLUMNS if key in table}
    texts = {key: table.get(key, "") for key in _TEXTS}
    return Panel(
        table["draw"], table["of"], columns, table.get("order", ORDER), **texts, called=table.get("called", {})
    )


def refuse_lost(panels: Mapping[str, Panel | None], parameters: Mapping[str, Collection[str]]) -> None:
    """
    Nothing, where what stands behind a panel's rows can be asked for; both by the names of questions.

    Raises:
        SourceError: there is no such question, or it isn't asked of the thing of the page.
    """
    for name, panel in panels.items():
        if panel is None or not panel.behind:
            continue
        if panel.of not in parameters.get(panel.behind, ()):
            raise SourceError(
                f"queries/{name}.rq: [panel] behind = {panel.behind!r} must be a question with a parameter {panel.of}."
            )


def _faults(given: Mapping[str, Any], parameters: Collection[str], known: Collection[str]) -> Iterator[str]:
    """What is wrong with a panel, and what would do."""
    draw, of = given.get("draw"), given.get("of")
    for key in sorted(set(given) - {"draw", "of", "order", "called", *_COLUMNS, *_TEXTS}):
        yield f"has an unknown key '{key}'; there is draw, of, order, called, {', '.join((*_COLUMNS, *_TEXTS))}."
    if draw not in DRAWN:
        yield f"draw = {draw!r}; there is {', '.join(DRAWN)}."
    if of not in parameters:
        yield f"of = {of!r} must be a parameter that has a class: {', '.join(parameters) or 'there is none'}."
    missing = [key for key in DRAWN.get(str(draw), ()) if key not in given]
    yield from (f"draws {draw}, so it needs {key}, a variable." for key in missing)
    wrong = [key for key in _COLUMNS if key in given and given[key] not in known]
    yield from (f"{key}: the query has no variable ?{given[key]}." for key in wrong)
    if "group" in given and draw not in GROUPED:
        yield f"group: rows stand in groups where draw is {', '.join(GROUPED)} only."
    if not isinstance(given.get("order", ORDER), int):
        yield "order must be a whole number."
    yield from (f"{key} must be a text." for key in _TEXTS if not isinstance(given.get(key, ""), str))
    called = given.get("called", {})
    if not isinstance(called, dict) or not all(isinstance(name, str) for name in called.values()):
        yield "called must be a table of texts."
    else:
        yield from (f"called: the query has no variable ?{name}." for name in sorted(set(called) - set(known)))
