"""Content codings and entity tags, by RFC 9110."""

import gzip
import sys

import pytest

from alskg.web.encodings import GZIP, IDENTITY, ZSTD, codings, encoded
from alskg.web.preconditions import names_any, names_strongly, tag_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "identity"),
        ("", "identity"),
        ("identity", "identity"),
        ("gzip", "gzip identity"),
        ("x-gzip", "gzip identity"),
        ("GZIP", "gzip identity"),
        ("zstd", "zstd identity"),
        ("gzip, deflate, br, zstd", "zstd gzip identity"),
        ("zstd;q=0.5, gzip;q=0.8", "gzip zstd identity"),
        ("zstd;q=0, gzip", "gzip identity"),
        ("gzip;q=0", "identity"),
        ("identity, gzip;q=0.5", "identity gzip"),
        ("br", "identity"),
        ("br, *;q=0.1", "gzip identity"),
        ("*", "gzip identity"),
        ("*;q=0", ""),
        ("identity;q=0", ""),
        ("identity;q=0, gzip", "gzip"),
        ("*;q=0, gzip", "gzip"),
        ("*;q=0, identity;q=0.5, zstd", "zstd identity"),
        ("gzip ; q = 1.000", "gzip identity"),
        ("gzip;q=0.000, zstd;q=0.001", "zstd identity"),
        # What can't be read is as if it weren't there.
        ("gzip;q=2", "identity"),
        ("gzip;q=high, zstd", "zstd identity"),
        (";;, ,zstd", "zstd identity"),
    ],
)
def test_a_client_gets_what_it_likes_best(header: str | None, expected: str) -> None:
    found = codings(None if header is None else header.encode())
    assert b" ".join(found).decode() == expected


@pytest.mark.parametrize("body", [b"", b"short", b"riluzole " * 1_000])
def test_what_is_encoded_can_be_decoded(body: bytes) -> None:
    assert gzip.decompress(encoded(body, GZIP)) == body
    assert zstd.decompress(encoded(body, ZSTD)) == body
    assert encoded(body, IDENTITY) is body


@pytest.mark.parametrize("coding", [GZIP, ZSTD])
def test_one_answer_is_always_the_same_bytes(coding: bytes) -> None:
    assert encoded(b"riluzole " * 1_000, coding) == encoded(b"riluzole " * 1_000, coding)


@pytest.mark.parametrize(
    ("condition", "is_any", "is_strong"),
    [
        ('"12-ab"', True, True),
        ('W/"12-ab"', True, False),
        ('"11-aa", "12-ab"', True, True),
        ('"11-aa",W/"12-ab"', True, False),
        ('"a,b", "12-ab"', True, True),
        ("*", True, True),
        (" * ", True, True),
        ('"12-ab-gzip"', False, False),
        ('"12"', False, False),
        ("12-ab", False, False),
        ('""', False, False),
        ("", False, False),
        ('"*"', False, False),
        ('x"12-ab', False, False),
    ],
)
def test_a_condition_names_a_tag(condition: str, is_any: bool, is_strong: bool) -> None:
    assert names_any(condition.encode(), b'"12-ab"') is is_any
    assert names_strongly(condition.encode(), b'"12-ab"') is is_strong


def test_a_tag_is_of_the_revision_and_of_the_very_bytes() -> None:
    assert tag_of(12, b"a").startswith(b"12-")
    assert len({tag_of(12, b"a"), tag_of(12, b"b"), tag_of(13, b"a")}) == 3
    assert tag_of(12, b"a") == tag_of(12, b"a")
