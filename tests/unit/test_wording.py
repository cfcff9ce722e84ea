"""What is counted is told alike everywhere."""

import pytest

from alskg.wording import counted, moment, one_of


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 claims"), (1, "1 claim"), (2, "2 claims"), (2_003, "2,003 claims")]
)
def test_how_many_there_are_is_told_with_a_noun_that_agrees(number: int, told: str) -> None:
    assert counted(number, "claim") == told


@pytest.mark.parametrize(("noun", "told"), [("drug", "a drug"), ("activity", "an activity"), ("Outcome", "an Outcome")])
def test_a_noun_has_its_article(noun: str, told: str) -> None:
    assert one_of(noun) == told


@pytest.mark.parametrize(
    ("time", "told"),
    [
        ("2026-11-30T14:51:35Z", "30 November 2026, 14:51 UTC"),
        ("2026-03-01T00:30:00+01:00", "28 February 2026, 23:30 UTC"),
        ("2026-03-01T08:05:00", "1 March 2026, 08:05"),
        ("some day", "some day"),
    ],
)
def test_a_time_is_told_in_words(time: str, told: str) -> None:
    assert moment(time) == told
