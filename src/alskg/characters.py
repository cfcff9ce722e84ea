"""Characters that a text may have, and how bytes become some: what can be seen, and nothing that acts unseen."""

import codecs
import re
import unicodedata

from alskg.errors import BadDocument

_PLANES = "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17))
"""The last two code points of each plane, which are no characters (Unicode, section 23.7)."""
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for tab and line feed; XML 1.0 has no form for most of them
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffd"  # unseen, or turning the order
    "\u115f\u1160\u2800\u3164\ufe00-\ufe0f\uffa0"  # letters and signs without any ink
    "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef"  # halves of pairs, private ones, and no characters
    f"{_PLANES}\U000e0000-\U000e0fff]"
)
_BREAKS = re.compile(r"[\t\n]")
_MARKS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
"""What text in another encoding begins with."""


def decoded(raw: bytes | bytearray) -> str:
    """
    The text that bytes are in UTF-8, without the mark (U+FEFF) that some editors and spreadsheets put before it.

    Raises:
        BadDocument: they are in another encoding; the byte and the line that show it are named.
    """
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        if encoding := _MARKS.get(bytes(raw[:2])):
            raise BadDocument(f"it is {encoding}; write it in UTF-8.") from error
        line, at = error.object.count(b"\n", 0, error.start) + 1, len(raw) - len(error.object) + error.start
        raise BadDocument(
            f"it is not UTF-8: byte {at + 1:,}, in line {line:,}, is 0x{raw[at]:02x}. Write it in UTF-8.", line=line
        ) from error


def unfit(text: str, *, one_line: bool = False) -> str | None:
    """
    The first character that a text must not have, as `U+202E`; None where all are fit.

    With `one_line`, tabs and line feeds are not fit either.
    """
    found = _UNFIT.search(text) or (_BREAKS.search(text) if one_line else None)
    return f"U+{ord(found[0]):04X}" if found else None


def is_composed(text: str) -> bool:
    """Whether a text is in Unicode's form NFC, in which what looks the same is the same."""
    return unicodedata.is_normalized("NFC", text)


def in_one_line(text: str) -> str:
    """A text as it is safe to show as one row of many: what isn't fit is written as `<U+000A>`."""
    shown = _UNFIT.sub(lambda found: f"<U+{ord(found[0]):04X}>", text)
    return _BREAKS.sub(lambda found: f"<U+{ord(found[0]):04X}>", shown)
