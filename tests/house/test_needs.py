"""A test that lacks a program is skipped at home, and fails in CI."""

from collections.abc import Callable

import pytest

Needs = Callable[[str], str]


def test_a_program_that_is_there_is_found(needs: Needs) -> None:
    assert needs("sh").endswith("/sh")


def test_a_missing_program_skips_the_test(needs: Needs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALSKG_TEST_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-program is not installed"):
        needs("no-such-program")


def test_a_missing_program_fails_the_test_in_ci(needs: Needs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALSKG_TEST_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="no-such-program is missing"):
        needs("no-such-program")
