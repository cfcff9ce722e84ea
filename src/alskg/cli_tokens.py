"""The command line for who may write: make tokens, list them, revoke them."""

import os
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from alskg.access import Scope, TokenInfo, Tokens
from alskg.errors import BadParameter
from alskg.settings import Settings

HEADING = ("id", "name", "scopes", "created", "expires", "state")

app = typer.Typer(
    no_args_is_help=True,
    help="""
    Say who may write: make tokens, list them, revoke them.

    They are kept in ALSKG_DATA_DIR, and count in a running server at once.

    For example: alskg token create ana --scope curate
    """,
)


def _directory() -> Path:
    return Settings.from_environment(os.environ).data_dir


def _tokens() -> Tokens:
    return Tokens(_directory())


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who will use it, in lower-case words with hyphens.")],
    scope: Annotated[
        list[Scope],
        typer.Option(help="curate proposes changes; publish makes them, too; admin may do everything. Repeatable."),
    ],
    expires: Annotated[str, typer.Option(help="Days, as in 90d; a date in UTC, as in 2027-01-01; or never.")] = "90d",
) -> None:
    """
    Make a token, and print it this once: only its hash is kept.

    For example: alskg token create ana --scope curate --scope publish --expires 2027-01-01
    """
    until = expiry(expires, datetime.now(UTC))
    typer.echo(_tokens().create(name, scope, until))
    typer.echo(
        f"Keep it now: it is not shown again. {_until(until)}\n"
        f"Send it as 'Authorization: Bearer TOKEN', or by HTTP Basic with {name} as the user and it as the password.",
        err=True,
    )


@app.command(name="list")
def list_() -> None:
    """
    List every token that was made: id, name, scopes, created, expires, and whether it is live, expired or revoked.

    The id is the part of the token after alskg_, and tells tokens of one name apart.

    For example: alskg token list
    """
    now, infos = datetime.now(UTC), _tokens().list()
    typer.echo(table([HEADING, *(row(info, now) for info in infos)]))
    if not infos:
        typer.echo(f"No token was made yet in {_directory()} (ALSKG_DATA_DIR).", err=True)


@app.command()
def revoke(name: Annotated[str, typer.Argument(help="The name of the token, or its id.")]) -> None:
    """
    Revoke a token: from now on, a running server refuses it.

    By its name, the one that isn't revoked yet goes; by its id, as the list shows it, just that one.

    For example: alskg token revoke ana
    """
    _tokens().revoke(name)
    typer.echo(f"The token {name} is revoked.", err=True)


def expiry(text: str, now: datetime) -> datetime | None:
    """
    The moment that `90d`, `2027-01-01` (its beginning, in UTC) or `never` (None) stands for.

    Raises:
        BadParameter: the text is none of these.
    """
    if text == "never":
        return None
    try:
        if days := re.fullmatch(r"([0-9]+)d", text):
            return now + timedelta(days=int(days[1]))
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except (ValueError, OverflowError) as error:
        raise BadParameter(f"--expires {text}: write days, as in 90d, a date, as in 2027-01-01, or never.") from error


def _until(expires: datetime | None) -> str:
    return f"It expires on {expires:%Y-%m-%d %H:%M} UTC." if expires else "It never expires."


def row(info: TokenInfo, now: datetime) -> tuple[str, ...]:
    """A token as the list shows it, under the heading."""
    expires = f"{info.expires:%Y-%m-%d}" if info.expires else "never"
    return info.id, info.name, " ".join(sorted(info.scopes)), f"{info.created:%Y-%m-%d}", expires, info.state(now)


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """The rows as lines, each column as wide as its widest cell."""
    columns = [[cell.ljust(max(map(len, column))) for cell in column] for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cells).rstrip() for cells in zip(*columns, strict=True))
