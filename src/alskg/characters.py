"""Characters that a text may have: what can be seen, copied and written as XML, and nothing that acts unseen."""

import re
import unicodedata

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
