"""Who may write: agents with scopes, and the tokens by which the graph knows them."""

import difflib
import hashlib
import hmac
import os
import re
import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from alskg.errors import BadParameter, StoreError, UnknownName
from alskg.names import NAME

FILE = "tokens.sqlite"
"""The name of the tokens' file, in the directory that keeps the store."""

_BUSY_SECONDS_MAX = 10.0
"""How long to wait while another process writes."""

_SECRET_BYTES = 32
_TOKEN = re.compile(r"alskg_([0-9a-f]{12})_([0-9a-f]{64})")
"""A token: a prefix that scanners for leaked secrets can look for, the id that it is found by, and the secret."""

_TABLE = """CREATE TABLE IF NOT EXISTS tokens (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, scopes TEXT NOT NULL, digest BLOB NOT NULL,
    created TEXT NOT NULL, expires TEXT, revoked TEXT)"""
_COLUMNS = "name, scopes, created, expires, revoked, id"

HOW_TO_GET_ONE = (
    "Whoever runs this server makes a token with: alskg token create NAME --scope curate. "
    "Send it as 'Authorization: Bearer TOKEN', or by HTTP Basic with NAME as the user and the token as the password."
)


class Scope(StrEnum):
    """What an agent may do."""

    CURATE = "curate"
    """Propose changes."""
    PUBLISH = "publish"
    """Make changes that count at once, and accept what was proposed."""
    ADMIN = "admin"
    """Everything."""


_IMPLIED: Mapping[Scope, frozenset[Scope]] = MappingProxyType(
    {
        Scope.CURATE: frozenset({Scope.CURATE}),
        Scope.PUBLISH: frozenset({Scope.CURATE, Scope.PUBLISH}),
        Scope.ADMIN: frozenset(Scope),
    }
)
"""What each scope allows: publish implies curate, admin implies all."""


@dataclass(frozen=True)
class Agent:
    """Who asks: a token's name, or `oidc:` and the subject that the issuer knows."""

    name: str
    scopes: frozenset[Scope]
    """As they were granted."""

    def may(self, scope: Scope) -> bool:
        """Whether a scope that was granted is this one, or implies it."""
        return any(scope in _IMPLIED[granted] for granted in self.scopes)


class Issuer(Protocol):
    """Another server that vouches for agents."""

    def agent_of(self, token: str) -> Agent:
        """The agent that a token of this issuer speaks for; raises Unauthenticated, or Unavailable."""


@dataclass(frozen=True)
class TokenInfo:
    """What may be known of a token: all but its secret. Times are in UTC."""

    name: str
    scopes: frozenset[Scope]
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    id: str = field(default="", compare=False)
    """What it is found by, and what tells two of one name apart; no secret."""

    def state(self, now: datetime) -> str:
        """`live`, `expired` or `revoked`."""
        if self.revoked:
            return "revoked"
        return "expired" if self.expires and self.expires <= now else "live"


_Version = tuple[int, int, int, bytes]
_Kept = tuple[bytes, TokenInfo]


def _now() -> datetime:
    return datetime.now(UTC)


class Tokens:
    """
    The tokens of a directory, in a file that the server and the command line use at the same time.

    What was read is kept as long as the file is as it was, so that what one process changes counts in the other at
    once. Reading makes no file: where there is none, there are no tokens.
    """

    def __init__(self, directory: Path, now: Callable[[], datetime] = _now) -> None:
        self._file = directory / FILE
        self._now = now
        self._read: tuple[_Version | None, dict[str, _Kept]] = (None, {})
        """Tokens by id, with the version of the file that they were read at."""

    @property
    def is_empty(self) -> bool:
        """Whether no token is live, so that nobody can write by one."""
        return not any(info.state(self._now()) == "live" for info in self.list())

    def create(self, name: str, scopes: Collection[Scope], expires: datetime | None) -> str:
        """
        A new token, which is shown this once: `alskg_0123456789ab_…`.

        Raises:
            BadParameter: the name won't do or is taken by a live token, there is no scope, or it would be expired.
            StoreError: the file can't be used.
        """
        now = self._now()
        _check(name, scopes, expires, now)
        id_, secret = secrets.token_hex(6), secrets.token_hex(_SECRET_BYTES)
        row = (id_, name, " ".join(s for s in Scope if s in scopes), _digest(secret), _text(now), _text(expires))
        with self._written() as connection:
            if any(info.state(now) == "live" for info in _infos(connection, name)):
                raise BadParameter(
                    f"There is a live token named {name} already. Choose another name, "
                    f"or revoke that one first: alskg token revoke {name}"
                )
            connection.execute("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, NULL)", row)
        return f"alskg_{id_}_{secret}"

    def revoke(self, name: str) -> None:
        """
        Ends the token of this name, or of this id, from now on.

        Raises:
            UnknownName: no token that wasn't revoked before has it.
            StoreError: the file can't be used.
        """
        change = "UPDATE tokens SET revoked = ?1 WHERE (name = ?2 OR id = ?2) AND revoked IS NULL"
        # A file that isn't there is not made only to say that nothing is in it.
        if self._exists():
            with self._written() as connection:
                if connection.execute(change, (_text(self._now()), name)).rowcount:
                    return
        names = sorted({info.name for info in self.list() if not info.revoked})
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(names) or 'none'}."
        raise UnknownName(f"No token that could be revoked is named {name!r}; {hint}")

    def agent_of(self, secret: str) -> Agent | None:
        """The agent that a token speaks for; None where it is unknown, expired or revoked."""
        info = self.known(secret)
        return Agent(info.name, info.scopes) if info and info.state(self._now()) == "live" else None

    def known(self, secret: str) -> TokenInfo | None:
        """What is known of a token, be it expired or revoked; None where it isn't one of ours."""
        parts = _TOKEN.fullmatch(secret)
        if not parts or not self._exists():
            return None
        found = self._with_id(parts[1])
        # The id is no secret, so finding by it may take a different time; the secret is compared in the same time.
        return found[1] if found and hmac.compare_digest(found[0], _digest(parts[2])) else None

    def _with_id(self, id_: str) -> _Kept | None:
        """The digest of a token's secret with what may be known of it; opened only where the file isn't as it was."""
        version = self._version()
        seen, kept = self._read
        if seen == version and id_ in kept:
            return kept[id_]
        with self._opened() as connection:
            row = connection.execute(f"SELECT digest, {_COLUMNS} FROM tokens WHERE id = ?", (id_,)).fetchone()  # noqa: S608
            found = (row[0], _info(row[1:])) if row else None
        # Another process may write meanwhile, or what one left half done may just have been undone.
        if found and version == self._version():
            self._read = (version, {**(kept if seen == version else {}), id_: found})
        return found

    def _version(self) -> _Version:
        """What is another whenever the file is: which file it is, and the count of changes that SQLite keeps in it."""
        with self._trouble_told(), self._file.open("rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            # SQLite's file format, section 1.3: the change counter stands at offset 24.
            return status.st_ino, status.st_size, status.st_mtime_ns, os.pread(file.fileno(), 4, 24)

    def list(self) -> tuple[TokenInfo, ...]:
        """Every token that was ever made, the newest last."""
        if not self._exists():
            return ()
        with self._opened() as connection:
            return tuple(_infos(connection, None))

    def _exists(self) -> bool:
        with self._trouble_told(), suppress(FileNotFoundError):
            self._file.stat()
            return True
        return False

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        # mode=rw makes no file; it is no more than `ro` where the file may only be read, and can mend what a
        # process left half done that was killed while it wrote.
        address = f"{self._file.absolute().as_uri()}?mode=rw"
        with (
            self._trouble_told(),
            closing(sqlite3.connect(address, _BUSY_SECONDS_MAX, isolation_level=None, uri=True)) as connection,
        ):
            # Another process may just have made the file, and nothing in it yet.
            connection.execute(_TABLE)
            yield connection

    @contextmanager
    def _written(self) -> Iterator[sqlite3.Connection]:
        """A connection that is the only one to write until the block ends; an error in it undoes everything."""
        with self._trouble_told():
            self._file.parent.mkdir(parents=True, exist_ok=True)
            # Made with this mode, and not given it later: there is no moment when others may read it. SQLite gives
            # its journal the same.
            os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
            self._file.chmod(0o600)
        with self._opened() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _trouble_told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:
            raise StoreError(
                f"The tokens in {self._file} can't be used: {error}. Make the file readable and writable for the user "
                "that runs alskg; where it is damaged, restore it from a backup, or remove it and make the tokens anew."
            ) from error


def _check(name: str, scopes: Collection[Scope], expires: datetime | None, now: datetime) -> None:
    if not NAME.fullmatch(name):
        raise BadParameter(
            f"{name!r} won't do as a token's name; write lower-case words with hyphens, as in ana-maria."
        )
    if not scopes:
        raise BadParameter(f"A token needs at least one scope of {', '.join(Scope)}.")
    if expires and expires <= now:
        raise BadParameter(f"{_text(expires)} has passed; choose a later time for the token to expire.")


def _digest(secret: str) -> bytes:
    # A slow hash protects what people choose, by making guesses dear. There are 2**256 of these secrets, all of them
    # equally likely, so that no guess is cheap enough; a slow hash would only slow down every request.
    return hashlib.sha256(secret.encode()).digest()


def _text(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat(timespec="seconds") if time else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _infos(connection: sqlite3.Connection, name: str | None) -> Iterator[TokenInfo]:
    chosen = f"SELECT {_COLUMNS} FROM tokens WHERE ?1 IS NULL OR name = ?1 ORDER BY rowid"  # noqa: S608
    return map(_info, connection.execute(chosen, (name,)))


def _info(row: tuple[str, str, str, str | None, str | None, str]) -> TokenInfo:
    name, scopes, created, expires, revoked, id_ = row
    granted = frozenset(map(Scope, scopes.split()))
    return TokenInfo(name, granted, datetime.fromisoformat(created), _time(expires), _time(revoked), id_)
