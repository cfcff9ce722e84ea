"""
What can go wrong, as one tree:

* AlskgError
  x SourceError          a file under ontology/, data/ or queries/ breaks a house rule
  x SettingError         an ALSKG_... variable is unknown or its value won't do; the program doesn't start
  x StoreError           500: the store's directory can't be used as it stands
  x RequestError         the caller asked for something that is refused; the message says how to mend it
    + BadQuery           400: the SPARQL does not parse
    + UnknownFunction    422: the SPARQL parses, and calls a function that is not known here
    + BadDocument        400: the request's body can't be parsed in the format that it says it is in
    + BadParameter       422: a value of the request is not of the documented form
    + Unauthenticated    401: a change needs to know who asks, and nothing that was shown says it
    + Forbidden          403: who asks is known, and lacks the scope that this takes
    + UpdateRefused      403: a change came in at a door that only answers questions
    + ReadOnly           403: the change would write what is derived, or what the store keeps for itself
    + OutsideRefused     403: the query would fetch something from outside the store
    + UnknownName        404: no such class, thing or query
    + Gone               410: it was here, and was taken back; when, by whom and why is kept
    + ChangeRefused      422: the change would leave the graph unsound; the report says where and how to mend it
    + StaleBase          412: what the change rests on was changed by others meanwhile; they are named
      - Unmet            412: a condition that the request makes (If-None-Match, If-Match: *) doesn't hold
    + BaseRequired       428: this change must say which revision it rests on
    + Conflict           409: what is asked for doesn't fit the state of things (a proposal that is closed ...)
    + NotAcceptable      406: none of the asked media types can carry the answer
    + UnsupportedMedia   415: the request's body is of a media type that isn't read
    + TooLarge           413: the request or its answer is larger than a limit in settings.py
    + TooManyRequests    429: the caller asks more, or more at a time, than settings.py lets one caller
  x LimitExceeded        503: the query ran past a limit of time or memory in settings.py
    + Crowded            503: as much waits as settings.py lets wait: writers for their turn, proposals for a decision
  x Unavailable          503: another server that this one asks doesn't answer
"""

from collections.abc import Mapping


class AlskgError(Exception):
    """Base of every error that is raised on purpose."""

    status = 500
    title = "Internal error"
    headers: tuple[tuple[str, str], ...] = ()
    """Header lines that an answer with this status must have."""

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.extra: Mapping[str, object] = extra
        """Members that the problem document carries beside the standard ones (RFC 9457, section 3.2)."""


class SourceError(AlskgError):
    """A curated file breaks a house rule; the message says which, where and how to mend it."""

    title = "A curated file is not sound"


class SettingError(AlskgError):
    """An ALSKG_... variable is unknown, or its value won't do."""

    title = "A setting is not valid"


class StoreError(AlskgError):
    """The store's directory can't be used as it stands."""

    title = "The store can't be opened"


class RequestError(AlskgError):
    """The caller can put it right."""

    status = 400
    title = "Bad request"


class BadQuery(RequestError):
    """The SPARQL does not parse; the message names line and column where they are known."""

    title = "The query is not valid SPARQL 1.1"


class UnknownFunction(RequestError):
    """The SPARQL parses, and calls a function that is not known here."""

    status = 422
    title = "A function is not known"


class BadDocument(RequestError):
    """The request's body can't be parsed; the message names line and column where they are known."""

    title = "The body can't be read"


class BadParameter(RequestError):
    """A value of the request is not of the documented form."""

    status = 422
    title = "A parameter is not valid"


class Unauthenticated(RequestError):
    """A change needs to know who asks, and nothing that was shown says it."""

    status = 401
    title = "Who asks is not known"
    # RFC 9110, section 11.6.1: a 401 names the schemes that would do; both take one of our tokens. A line for each:
    # browsers look no further than the first scheme of a line.
    headers = (
        ("WWW-Authenticate", 'Bearer realm="alskg"'),
        ("WWW-Authenticate", 'Basic realm="alskg", charset="UTF-8"'),
    )


class Forbidden(RequestError):
    """Who asks is known, and lacks the scope that this takes."""

    status = 403
    title = "Not allowed"


class UpdateRefused(RequestError):
    """A change came in at a door that only answers questions."""

    status = 403
    title = "This door takes no updates"


class ReadOnly(RequestError):
    """The change would write what is derived, or what the store keeps for itself."""

    status = 403
    title = "This can't be written"


class ChangeRefused(RequestError):
    """The change would leave the graph unsound; `report` says where and how to mend it."""

    status = 422
    title = "The change is refused"


class StaleBase(RequestError):
    """What the change rests on was changed by others meanwhile (RFC 9110, section 15.5.13)."""

    status = 412
    title = "The graph has moved on"


class Unmet(StaleBase):
    """What the request makes its condition isn't so (RFC 9110, section 13.1)."""

    title = "A condition of the request doesn't hold"


class BaseRequired(RequestError):
    """The change must say which revision it rests on (RFC 6585, section 3)."""

    status = 428
    title = "Say which revision this rests on"


class Conflict(RequestError):
    """What is asked for doesn't fit the state of things (RFC 9110, section 15.5.10)."""

    status = 409
    title = "This doesn't fit the state of things"


class OutsideRefused(RequestError):
    """The query would fetch something from outside the store."""

    status = 403
    title = "The query reaches outside this graph"


class UnknownName(RequestError):
    """No class, thing or query bears that name."""

    status = 404
    title = "Not found"


class Gone(RequestError):
    """What is asked for was here, and was taken back (RFC 9110, section 15.5.11)."""

    status = 410
    title = "Taken back"


class NotAcceptable(RequestError):
    """None of the asked media types can carry the answer."""

    status = 406
    title = "No acceptable media type"


class UnsupportedMedia(RequestError):
    """The request's body is of a media type that isn't read here."""

    status = 415
    title = "Unsupported media type"


class TooLarge(RequestError):
    """The request or its answer is larger than a limit."""

    status = 413
    title = "Larger than a limit"


class TooManyRequests(RequestError):
    """The caller asks more than one caller may (RFC 6585, section 4); `retry_after_seconds` says when to try again."""

    status = 429
    title = "Too many requests"


class LimitExceeded(AlskgError):
    """The query ran past a limit of time or memory, and was ended."""

    status = 503
    title = "The query ran past a limit"


class Crowded(LimitExceeded):
    """So much waits already that this has to be sent again later; `retry_after_seconds` says when."""

    title = "Others come first"


class Unavailable(AlskgError):
    """Another server that this one asks doesn't answer; `retry_after_seconds` says when to try again."""

    status = 503
    title = "Another server doesn't answer"
