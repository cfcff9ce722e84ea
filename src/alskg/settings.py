"""Settings: every number, place and permission that an operator may choose, with its meaning."""

import difflib
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from alskg.errors import SettingError

PREFIX = "ALSKG_"

_FOR_TESTS = frozenset({"ALSKG_TEST_ALL", "ALSKG_TEST_LONG"})
"""Variables that the test suite reads, and the program doesn't."""

_MEBIBYTE = 2**20

METRICS = ("token", "all", "none")
SYNCS = ("commit", "interval")


def _files() -> Path:
    packaged = Path(__file__).parent / "_files"
    return packaged if packaged.is_dir() else Path(__file__).parents[2]


def _data_dir() -> Path:
    # XDG Base Directory Specification: what a program keeps for its user, and can't do without.
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "alskg"


def _knob(default: Any, meaning: str, documented: str = "", *, or_zero: bool = False) -> Any:
    """
    A field with its meaning.

    `documented` is what README shows where the default depends on the machine; a number must be above 0, `or_zero`.
    """
    metadata = {"meaning": meaning, "documented": documented, "or_zero": or_zero}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """
    What an operator may choose. Each field is the variable `ALSKG_` and its name in capitals.

    A limit that is passed ends the query or refuses the request with an error that names the variable.
    """

    host: str = _knob("127.0.0.1", "The address to serve on; 0.0.0.0 for every network of the machine.")
    port: int = _knob(8000, "The port to serve on.")
    base_url: str = _knob(
        "", "The public address where it differs, as behind a proxy: https://als.example.org.", "where it serves"
    )
    data_dir: Path = _knob(
        _data_dir, "The directory that keeps the store; it is made when missing.", "~/.local/share/alskg"
    )
    root: Path = _knob(_files, "The directory that holds ontology/, data/ and queries/.", "what the package brings")

    oidc_issuer: str = _knob(
        "", "The OpenID Connect issuer whose tokens may write, too: https://login.example.org/realms/als.", "none"
    )
    oidc_audience: str = _knob("", "What the `aud` of such a token must be: the name of this server there.", "none")
    oidc_scope_claim: str = _knob("scope", "The claim with its scopes: `alskg:curate`, `alskg:publish`, `alskg:admin`.")

    workers: int = _knob(2, "How many processes evaluate free-form SPARQL.")
    question_workers: int = _knob(
        1, "How many processes evaluate those named questions that take long; each starts when it is first needed."
    )
    quads_in_memory: int = _knob(
        300_000,
        "Up to how many quads each of these processes copies into memory, where queries take a third of the time; then "
        "it does there what each change does. A larger graph, and with 0 any, is read from the disk.",
        or_zero=True,
    )
    queries_waiting_max: int = _knob(256, "How many queries may wait for a free process; the next one is refused.")
    queries_per_client_max: int = _knob(
        8, "How many queries of one client may be evaluated or wait at a time; the next one is refused."
    )
    query_seconds_max: float = _knob(30.0, "How long a query may run, in seconds.")
    query_memory_bytes_max: int = _knob(2048 * _MEBIBYTE, "How much memory a query may take, in bytes.")
    query_bytes_max: int = _knob(_MEBIBYTE // 16, "How long the text of a query may be, in bytes.")
    answer_rows_max: int = _knob(100_000, "How many rows or triples an answer may have.")
    answer_bytes_max: int = _knob(64 * _MEBIBYTE, "How large an answer may be, in bytes.")
    answer_held_bytes: int = _knob(
        _MEBIBYTE,
        "Up to which size, in bytes, an answer is held until it is complete; a larger one is sent in parts.",
    )
    service_allowed: tuple[str, ...] = _knob(
        (), "The endpoints that SERVICE may ask, as IRIs with spaces between; none may by default.", "none"
    )

    requests_per_minute_max: int = _knob(
        6_000,
        "How many requests of one client are answered in a minute; clients on this very machine aren't counted. 0 for "
        "no limit.",
        or_zero=True,
    )
    token_requests_per_minute_max: int = _knob(
        6_000, "How many requests that show one token are answered in a minute. 0 for no limit.", or_zero=True
    )
    proxies_trusted: tuple[str, ...] = _knob(
        ("127.0.0.1", "::1"),
        "The proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or networks.",
        "127.0.0.1 ::1",
    )
    metrics: str = _knob("token", "Who may read /metrics: whoever shows a `token` of any scope, `all`, or `none`.")
    access_log: str = _knob(
        "-", "Where a line of JSON for each request goes: a file, `-` for standard output, or `none`."
    )
    cache_bytes_max: int = _knob(
        128 * _MEBIBYTE,
        "How much memory kept answers may take, in bytes; 0 keeps none, and evaluates each question.",
        or_zero=True,
    )
    client_cache_seconds: int = _knob(
        0,
        "How long clients and proxies may use an answer without asking whether it still holds, in seconds; a change is "
        "seen so much later there.",
        or_zero=True,
    )

    change_pairs_max: int = _knob(
        100_000,
        "How many pairs of shape or house rule and node a change may touch; one that touches more would stall the "
        "other writers.",
    )
    change_seconds_max: float = _knob(30.0, "How long a change may wait for its turn, in seconds.")
    change_bytes_max: int = _knob(16 * _MEBIBYTE, "How large the body of a change may be, in bytes.")
    change_quads_max: int = _knob(250_000, "How many quads a change may add and remove.")
    claims_rows_max: int = _knob(
        500,
        "How many claims a table or a list may have; each is looked up before the gate sees any of them, and so many "
        "touch fewer pairs than a change may.",
    )
    change_message_characters_max: int = _knob(
        2_000, "How many characters the message of a change, the reason of a retraction or a comment may have."
    )
    proposals_open_max: int = _knob(1_000, "How many proposals may wait for a decision; the next one is refused.")
    proposal_bytes_max: int = _knob(
        8 * _MEBIBYTE, "How large a proposal may be, in bytes: what it would change, written as RDF Patch."
    )
    proposal_comments_max: int = _knob(200, "How many comments a proposal may have.")
    revision_distance_max: int = _knob(1_000, "How many changes back the graph can be asked, or reverted.")
    sync: str = _knob(
        "interval",
        "When a change is safe against a loss of power, too: `commit` (before it is acknowledged) or `interval`.",
    )
    sync_seconds: float = _knob(1.0, "How often the store is flushed with ALSKG_SYNC=interval, in seconds.")
    settle_changes: int = _knob(
        1_000, "After how many changes the engine sorts its log into its tables, which frees the memory that they take."
    )

    sessions_max: int = _knob(1_000, "How many people may be signed in; where one more comes, the oldest session ends.")
    session_seconds_max: float = _knob(43_200.0, "How long somebody stays signed in on the pages, in seconds.")
    dumps_at_once_max: int = _knob(2, "How many files of /dumps are made at a time; who asks for another one waits.")
    session_forms_max: int = _knob(40, "How many forms of one session are kept as they were sent, for the way back.")
    session_characters_max: int = _knob(262_144, "How many characters the kept forms of one session may have.")

    request_head_bytes_max: int = _knob(
        _MEBIBYTE // 4, "How large the head of a request may be, its address included, in bytes."
    )
    request_head_seconds_max: float = _knob(10.0, "How long the head of a request may take to arrive, in seconds.")
    request_body_seconds_max: float = _knob(60.0, "How long the body of a request may take to arrive, in seconds.")
    request_body_bytes_max: int = _knob(_MEBIBYTE, "How large the body of a request may be, in bytes.")
    batch_ids_max: int = _knob(1_000, "How many `id` parameters a request may have.")
    page_items_default: int = _knob(50, "How many items a page has when the request doesn't say.")
    page_items_max: int = _knob(1_000, "How many items a page may have.")
    search_results_max: int = _knob(100, "How many things a search may return.")

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise SettingError(f"{PREFIX}PORT: {self.port} is no port; choose one from 1 to 65535, or 0 for any.")
        for knob in fields(self):
            value = getattr(self, knob.name)
            if isinstance(value, int | float) and knob.name != "port":
                _check_number(knob, value)
        if self.metrics not in METRICS:
            raise SettingError(f"{PREFIX}METRICS: {self.metrics!r} won't do; there is {', '.join(METRICS)}.")
        if self.sync not in SYNCS:
            raise SettingError(f"{PREFIX}SYNC: {self.sync!r} won't do; there is {' and '.join(SYNCS)}.")
        if self.page_items_default > self.page_items_max:
            raise SettingError(f"{PREFIX}PAGE_ITEMS_DEFAULT: must not be above {PREFIX}PAGE_ITEMS_MAX.")
        if self.oidc_issuer:
            self._check_issuer()

    def _check_issuer(self) -> None:
        if not is_safe_address(self.oidc_issuer):
            raise SettingError(f"{PREFIX}OIDC_ISSUER: {self.oidc_issuer!r} is no https:// address; set the issuer's.")
        if not self.oidc_audience:
            # Without it, a token that the issuer made for any other service would open this one.
            raise SettingError(f"{PREFIX}OIDC_AUDIENCE: it must be set where {PREFIX}OIDC_ISSUER is.")
        if find_spec("joserfc") is None:
            raise SettingError(
                f"{PREFIX}OIDC_ISSUER: tokens of an issuer need the package joserfc; "
                "install it with: pip install 'alskg[oidc]'. Or unset the variable."
            )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """
        The settings that the variables ALSKG_... of `environ` ask for; an empty one counts as not set.

        Raises:
            SettingError: a variable is unknown, or its value is not of its type or out of range.
        """
        knobs = {_variable(knob): knob for knob in fields(cls)}
        for variable in sorted(environ):
            if variable.startswith(PREFIX) and variable not in knobs and variable not in _FOR_TESTS:
                raise _unknown(variable, knobs)
        chosen = {knob.name: environ[variable] for variable, knob in knobs.items() if environ.get(variable)}
        return cls(**{name: _read(name, value, cls.__annotations__[name]) for name, value in chosen.items()})


def _check_number(knob: "Field[Any]", value: float) -> None:
    or_zero = knob.metadata["or_zero"]
    if not 0 < value < math.inf and not (or_zero and value == 0):
        raise SettingError(
            f"{_variable(knob)}: {value} won't do; it must be a number above 0{' or 0 for none' if or_zero else ''}."
        )


def is_safe_address(address: str) -> bool:
    """Whether what an address says can be believed: it is https, or http on this very machine."""
    try:
        parts = urlsplit(address)
        if parts.scheme != "http":
            return parts.scheme == "https" and bool(parts.hostname)
        return parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class SettingRow:
    """What the documentation says of one setting."""

    variable: str
    default: str
    meaning: str


def documentation() -> list[SettingRow]:
    """A row for each setting, in the order of the class; README shows them all."""
    return [
        SettingRow(_variable(knob), knob.metadata["documented"] or _shown(knob.default), knob.metadata["meaning"])
        for knob in fields(Settings)
    ]


def _variable(knob: "Field[Any]") -> str:
    return PREFIX + knob.name.upper()


def _shown(default: object) -> str:
    return f"{default:g}" if isinstance(default, float) else str(default)


def _unknown(variable: str, known: Mapping[str, object]) -> SettingError:
    near = difflib.get_close_matches(variable, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(known)}."
    return SettingError(f"{variable}: there is no such setting; {hint}")


_READERS: Mapping[object, tuple[Callable[[str], object], str]] = {
    str: (str, "a text"),
    int: (int, "a whole number"),
    float: (float, "a number"),
    Path: (lambda value: Path(value).expanduser(), "a path"),
    tuple[str, ...]: (lambda value: tuple(value.split()), "words with spaces between"),
}


def _read(name: str, value: str, type_: object) -> Any:
    reader, wanted = _READERS[type_]
    try:
        return reader(value)
    except ValueError as error:
        variable = PREFIX + name.upper()
        raise SettingError(f"{variable}: {value!r} is not {wanted}; set one, or unset it for the default.") from error
