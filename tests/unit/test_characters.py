"""`alskg.characters`: bytes as text."""

import codecs

import pytest

from alskg.characters import decoded
from alskg.errors import BadDocument


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["plain", "with a mark"])
def test_utf_8_is_read_and_a_mark_before_it_dropped(mark: bytes) -> None:
    assert decoded(mark + "ä\ufeff".encode()) == "ä\ufeff"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("a\nbé".encode("latin-1"), "it is not UTF-8: byte 4, in line 2, is 0xe9. Write it in UTF-8."),
        (codecs.BOM_UTF8 + b"\n\xff", "it is not UTF-8: byte 5, in line 2, is 0xff. Write it in UTF-8."),
        (codecs.BOM_UTF16_LE + b"a\0", "it is UTF-16; write it in UTF-8."),
        (codecs.BOM_UTF16_BE + b"\0a", "it is UTF-16; write it in UTF-8."),
    ],
)
def test_what_is_in_another_encoding_is_told_where(raw: bytes, said: str) -> None:
    with pytest.raises(BadDocument) as caught:
        decoded(bytearray(raw))
    assert str(caught.value) == said
