"""`alskg.meant`: which known names are suggested for one that isn't known."""

import pytest

from alskg.meant import hint, nearest

KNOWN = ("bathing", "breathing-care", "edaravone", "muscle-weakness", "ang", "renting", "seed-001", "tiny", "rare")


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("edarovane", "edaravone"),
        ("Edaravon", "edaravone"),
        ("weakness", "muscle-weakness"),
        ("muscle weaknes", "muscle-weakness"),
        ("seed-999", "seed-001"),
    ],
)
def test_a_slip_and_a_word_of_a_name_are_led_on(name: str, first: str) -> None:
    assert nearest(name, KNOWN)[0] == first


@pytest.mark.parametrize("name", ["nothing-here", "swallowing", "sialorrhea", "qqq"])
def test_another_word_is_led_nowhere(name: str) -> None:
    assert hint(name, KNOWN) == ""
