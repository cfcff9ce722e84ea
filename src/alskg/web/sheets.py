"""Sheets: forms as somebody filled them in, kept for a session, so that going back or loading anew shows them again."""

import re
import secrets
import threading
from dataclasses import dataclass
from urllib.parse import urlencode

from alskg.errors import RequestError
from alskg.settings import Settings
from alskg.web.entries import Form

CURATOR = "curator"
"""The field of a form with the name of who writes it: what somebody wrote is given back to nobody else."""
_UNWRITTEN = frozenset({CURATOR, "mark", "action", "base", "sheet"})
"""Fields that nobody fills in."""
_NUMBER = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Sheet:
    """A form as it was sent."""

    form: Form
    is_weighed: bool = True
    """Whether what would come of it is shown with it, and not only what was written."""
    error: RequestError | None = None
    """Why what was asked for it wasn't done, where it couldn't even be weighed."""

    @property
    def characters(self) -> int:
        """How much is written in it."""
        return sum(len(name) + len(value) for name, values in self.form.items() for value in values)


class Sheets:
    """The latest forms of one session, by the address that they were sent to and their numbers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], Sheet] = {}

    def keep(self, address: str, number: str, sheet: Sheet) -> bool:
        """Whether the form is kept now; the oldest ones go for it. One that is larger than all may be is not."""
        forms, characters = self._settings.session_forms_max, self._settings.session_characters_max
        if sheet.characters > characters:
            return False
        with self._lock:
            kept = {key: value for key, value in self._kept.items() if key != (address, number)}
            kept[address, number] = sheet
            while len(kept) > forms or _characters(kept) > characters:
                del kept[next(iter(kept))]
            self._kept = kept
        return True

    def of(self, address: str, number: str) -> Sheet | None:
        """The form that was sent there under a number; None where none was, or it is kept no longer."""
        return self._kept.get((address, number))


def _characters(kept: dict[tuple[str, str], Sheet]) -> int:
    return sum(sheet.characters for sheet in kept.values())


def number_of(wish: str) -> str:
    """The number of a form: the one that it bears already, else a new one."""
    return wish if _NUMBER.fullmatch(wish) else new_number()


def new_number() -> str:
    """A number that no form has yet."""
    return secrets.token_hex(8)


def left_behind(settings: Settings, form: Form) -> dict[str, str]:
    """
    What the page for signing in carries of a form whose session ended; nothing of what is no form of the desk.

    `left` is the form without the mark of that session, to be given back to the `curator` alone; where that is more
    than is kept, `too_long` is what was written, to be copied.
    """
    curator = next(iter(form.get(CURATOR, ())), "")
    if not curator:
        return {}
    if Sheet(form).characters > settings.session_characters_max:
        written = (value for name, values in form.items() if name not in _UNWRITTEN for value in values)
        return {"too_long": "\n\n".join(filter(None, written))}
    left = {name: values for name, values in form.items() if name != "mark"}
    return {"left": urlencode(left, doseq=True), "curator": curator}
