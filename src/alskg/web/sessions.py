"""Sessions: who signed in with a token, known again by a cookie; the token itself never leaves the server again."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from alskg.errors import Forbidden
from alskg.settings import Settings
from alskg.web.sheets import Sheets

COOKIE = "alskg_session"
PATH = "/curate"
"""Where the cookie is sent to, and nowhere else: all other pages are the same for everybody."""
_BYTES = 32


@dataclass(frozen=True)
class Session:
    """One browser of one person."""

    header: str
    """The Authorization header that the person's token makes; asked anew each time, so that a revoked one ends here."""
    mark: str
    """What every form of the session carries, so that no page of another site can send one (CSRF)."""
    until: float
    sheets: Sheets


class Sessions:
    """Those that are open. They are kept in memory: whoever restarts the server signs everybody out."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._now = settings, now
        self._open: dict[str, Session] = {}

    def begin(self, header: str) -> str:
        """The secret of a new session, for its cookie; where there are too many, the oldest one ends."""
        self._forget()
        secret = secrets.token_urlsafe(_BYTES)
        until = self._now() + self._settings.session_seconds_max
        self._open[_digest(secret)] = Session(header, secrets.token_urlsafe(_BYTES), until, Sheets(self._settings))
        while len(self._open) > self._settings.sessions_max:
            del self._open[next(iter(self._open))]
        return secret

    def of(self, request: HTTPConnection) -> Session | None:
        """The session whose cookie a request carries; None where there is none, or it is over."""
        return self.called(request.cookies.get(COOKIE, ""))

    def called(self, secret: str) -> Session | None:
        """The session of a secret; None where there is none, or it is over."""
        self._forget()
        return self._open.get(_digest(secret))

    def end(self, request: HTTPConnection) -> None:
        """Nothing is known of the session any more."""
        self._open.pop(_digest(request.cookies.get(COOKIE, "")), None)

    def _forget(self) -> None:
        now = self._now()
        self._open = {digest: session for digest, session in self._open.items() if session.until > now}


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def give_cookie(response: Response, request: HTTPConnection, settings: Settings, secret: str) -> None:
    """Sets the cookie: no script reads it, no other site sends it, and over https nothing but https carries it."""
    is_https = (settings.base_url or str(request.base_url)).startswith("https:")
    response.set_cookie(COOKIE, secret, path=PATH, httponly=True, samesite="strict", secure=is_https)


def take_cookie(response: Response) -> None:
    """Takes the cookie back."""
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")


def refuse_from_elsewhere(request: HTTPConnection) -> None:
    """
    Nothing, where a form was sent from a page of this server.

    Raises:
        Forbidden: the browser says that it was another site's (Fetch Metadata, W3C; RFC 6454, section 7).
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    is_other = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if site not in ("same-origin", "none") or is_other:
        raise Forbidden("This form was sent from a page of another site. Open it here, and send it again.")


def refuse_unmarked(session: Session, mark: str) -> None:
    """
    Nothing, where a form carries the mark of its session.

    Raises:
        Forbidden: it doesn't.
    """
    if not hmac.compare_digest(mark.encode(), session.mark.encode()):
        raise Forbidden("This form is not of your session. Open it again, and send it from there.")
