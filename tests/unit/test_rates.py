"""Rates: a minute's worth at once, then what trickles in; and who is counted as one."""

import pytest

from alskg.web.rates import REMEMBERED_MAX, Rate, payer


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize("per_minute", [1, 3, 60, 7_000])
def test_a_minutes_worth_may_come_at_once(per_minute: int) -> None:
    rate = Rate("client", per_minute, Clock())
    assert [rate.take("a") for _ in range(per_minute)] == [0.0] * per_minute
    assert rate.take("a") == pytest.approx(60 / per_minute)
    assert rate.take("b") == 0.0


def test_what_was_used_trickles_in_again() -> None:
    clock = Clock()
    rate = Rate("client", 60, clock)
    for _ in range(60):
        rate.take("a")
    assert rate.take("a") > 0
    clock.seconds += 1
    assert rate.take("a") == 0
    assert rate.take("a") > 0
    clock.seconds += 60
    assert [rate.take("a") for _ in range(60)] == [0.0] * 60


def test_a_refusal_costs_nothing() -> None:
    clock = Clock()
    rate = Rate("client", 1, clock)
    rate.take("a")
    for _ in range(100):
        assert rate.take("a") > 0
    clock.seconds += 60
    assert rate.take("a") == 0


@pytest.mark.parametrize(
    ("used", "told"), [(0, '"client";r=60;t=1'), (1, '"client";r=59;t=2'), (60, '"client";r=0;t=61')]
)
def test_it_is_told_how_many_are_left(used: int, told: str) -> None:
    rate = Rate("client", 60, Clock())
    for _ in range(used):
        rate.take("a")
    assert rate.told("a").decode() == told
    assert rate.policy == '"client";q=60;w=60'


def test_only_so_many_are_remembered() -> None:
    rate = Rate("client", 60, Clock())
    for number in range(REMEMBERED_MAX + 50):
        rate.take(str(number))
    assert len(rate) == REMEMBERED_MAX


def test_no_rate_is_none() -> None:
    assert not Rate("client", 0)


@pytest.mark.parametrize(
    ("host", "who"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("2001:db8:1:2::1", "2001:0db8:0001:0002"),
        ("2001:db8:1:3::1", "2001:0db8:0001:0003"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80:0000:0000:0000"),
        ("127.0.0.1", None),
        ("127.9.9.9", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("testclient", None),
        ("", None),
    ],
)
def test_who_pays(host: str, who: str | None) -> None:
    assert payer(host) == who
