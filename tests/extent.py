"""How much is tried: before a push as much as one waits for, in CI all that was promised, at length for an hour."""

import os
from collections.abc import Sequence
from typing import TypeVar

import pytest

T = TypeVar("T")

AT_LENGTH = os.environ.get("ALSKG_TEST_LONG") == "1"
WHOLE = AT_LENGTH or os.environ.get("ALSKG_TEST_ALL") == "1"


def extent(quick: int, whole: int, long: int | None = None) -> int:
    """How often something is tried by `make test`, under ALSKG_TEST_ALL=1 as in CI, and by `make test-long`."""
    if AT_LENGTH and long is not None:
        return long
    return whole if WHOLE else quick


def sampled(cases: Sequence[T], quick: int) -> Sequence[T]:
    """About so many of the cases for `make test`, from everywhere among them; under ALSKG_TEST_ALL=1 all of them."""
    return cases if WHOLE else cases[:: 1 + len(cases) // quick]


in_ci = pytest.mark.skipif(not WHOLE, reason="it takes long, and other tests see most of it; ALSKG_TEST_ALL=1 runs it")
