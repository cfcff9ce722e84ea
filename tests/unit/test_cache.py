"""Kept answers: of one moment, within so many bytes, the longest unused gone first."""

import pytest

from alskg.web.cache import PART_MAX, Cache, Question
from alskg.web.representations import OVERHEAD_BYTES, Representation

KIB = 1_024


def answer(size: int = KIB) -> Representation:
    return Representation(200, [], bytes(size), 1, cache_control=b"no-cache", is_tagged=True)


def named(name: str) -> Question:
    return (name, b"", None)


def test_an_answer_is_kept_for_its_moment_and_no_longer() -> None:
    cache, kept = Cache(1_000 * KIB), answer()
    assert cache.get(named("a"), 1) is None
    cache.put(named("a"), kept, 1)
    assert cache.get(named("a"), 1) is kept
    assert cache.get(named("a"), 2) is None
    assert (len(cache), cache.bytes) == (0, 0)
    assert cache.get(named("a"), 1) is None


def test_what_was_asked_before_a_change_is_not_kept_after_it() -> None:
    cache = Cache(1_000 * KIB)
    cache.get(named("a"), 2)
    cache.put(named("a"), answer(), 1)
    assert len(cache) == 0


def test_the_longest_unused_goes_first() -> None:
    size = OVERHEAD_BYTES + KIB + len("a")
    cache = Cache(PART_MAX * size)
    names = "abcdefgh"
    cache.get(named("a"), 1)
    for name in names:
        cache.put(named(name), answer(), 1)
    cache.get(named("a"), 1)
    cache.put(named("i"), answer(), 1)
    cache.put(named("j"), answer(), 1)
    assert "".join(name for name in names + "ij" if cache.get(named(name), 1)) == "adefghij"


def test_it_never_holds_more_than_it_may() -> None:
    most = 100 * KIB
    cache = Cache(most)
    cache.get(named("-"), 1)
    for number in range(500):
        cache.put(named(str(number)), answer(number % 20 * KIB), 1)
        assert cache.bytes <= most
    assert cache.evicted > 0
    assert cache.get(named("499"), 1) is None, "19 KiB is more than an eighth of it."
    assert cache.get(named("483"), 1) is not None
    assert cache.get(named("0"), 1) is None


def test_use_keeps_an_answer_from_going() -> None:
    cache = Cache(100 * KIB)
    cache.get(named("-"), 1)
    cache.put(named("used"), answer(), 1)
    for number in range(500):
        cache.put(named(str(number)), answer(), 1)
        assert cache.get(named("used"), 1) is not None


@pytest.mark.parametrize(("size", "is_kept"), [(100 * KIB - OVERHEAD_BYTES - 1, True), (100 * KIB, False)])
def test_what_is_larger_than_its_part_is_not_kept(size: int, is_kept: bool) -> None:
    cache = Cache(100 * KIB * PART_MAX)
    cache.get(named("a"), 1)
    cache.put(named("a"), answer(size), 1)
    assert (cache.get(named("a"), 1) is not None) is is_kept


def test_long_questions_count() -> None:
    cache = Cache(800 * KIB)
    cache.get(named("a"), 1)
    cache.put(("/sparql", b"q" * 90 * KIB), answer(), 1)
    assert cache.bytes > 90 * KIB
    cache.put(("/sparql", b"q" * 100 * KIB), answer(), 1)
    assert len(cache) == 1


def test_what_is_made_of_an_answer_later_counts_once() -> None:
    cache, kept = Cache(800 * KIB), answer(10 * KIB)
    cache.get(named("a"), 1)
    cache.put(named("a"), kept, 1)
    before = cache.bytes
    kept.variants[b"gzip"] = kept.make(b"gzip")
    kept.variants[b"identity"] = kept.make(b"identity")
    for _ in range(2):
        cache.grew(named("a"), kept, 1)
        assert cache.bytes == before + len(kept.variants[b"gzip"].body)


def test_nothing_is_kept_of_an_answer_that_went() -> None:
    cache, gone = Cache(800 * KIB), answer()
    cache.get(named("a"), 1)
    cache.grew(named("a"), gone, 1)
    assert len(cache) == 0


def test_a_cache_of_no_bytes_keeps_nothing() -> None:
    cache = Cache(0)
    cache.get(named("a"), 1)
    cache.put(named("a"), answer(0), 1)
    assert len(cache) == 0
