"""What is counted is told alike everywhere."""

import pytest

from alskg.wording import counted


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 claims"), (1, "1 claim"), (2, "2 claims"), (2_003, "2,003 claims")]
)
def test_how_many_there_are_is_told_with_a_noun_that_agrees(number: int, told: str) -> None:
    assert counted(number, "claim") == told
