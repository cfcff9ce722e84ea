"""`alskg token`: who may write, from the command line."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from alskg.access import FILE, Agent, Scope, Tokens
from alskg.cli import app, main
from alskg.cli_tokens import expiry
from alskg.errors import BadParameter

COMMANDS = ("create", "list", "revoke")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


class Run:
    """Runs `alskg token` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: str) -> Done:
        self._monkeypatch.setattr(sys, "argv", ["alskg", "token", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = self._capsys.readouterr()
        return Done(int(ended.value.code or 0), captured.out, captured.err)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], directory: Path) -> Run:
    monkeypatch.setenv("ALSKG_DATA_DIR", str(directory))
    return Run(monkeypatch, capsys)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_create_prints_the_token_and_nothing_else_on_stdout(run: Run, directory: Path) -> None:
    done = run("create", "ana", "--scope", "curate", "--scope", "publish", "--expires", "never")
    assert done.code == 0
    assert re.fullmatch(r"alskg_[0-9a-f]{12}_[0-9a-f]{64}\n", done.out)
    assert "not shown again. It never expires." in done.err
    assert done.out.strip() not in done.err
    agent = Tokens(directory).agent_of(done.out.strip())
    assert agent == Agent("ana", frozenset({Scope.CURATE, Scope.PUBLISH}))


def test_a_token_expires_after_90_days_where_nothing_is_said(run: Run, directory: Path) -> None:
    done = run("create", "ana", "--scope", "curate")
    (info,) = Tokens(directory).list()
    assert info.expires is not None
    assert timedelta(days=89, hours=23) < info.expires - datetime.now(UTC) <= timedelta(days=90)
    assert f"It expires on {info.expires:%Y-%m-%d}" in done.err


def test_list_shows_every_token_and_no_secret(run: Run, directory: Path) -> None:
    none = f"No token was made yet in {directory} (ALSKG_DATA_DIR).\n"
    assert run("list") == Done(0, "id  name  scopes  created  expires  state\n", none)
    assert not directory.exists()
    tokens = [
        run("create", "ana", "--scope", "publish", "--scope", "curate", "--expires", "2999-01-01").out,
        run("create", "import-robot", "--scope", "admin", "--expires", "never").out,
    ]
    run("revoke", "import-robot")
    done = run("list")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert [line.split("  ") for line in re.sub(" {2,}", "  ", done.out).splitlines()] == [
        ["id", "name", "scopes", "created", "expires", "state"],
        [tokens[0].split("_")[1], "ana", "curate publish", today, "2999-01-01", "live"],
        [tokens[1].split("_")[1], "import-robot", "admin", today, "never", "revoked"],
    ]
    assert not any(token.split("_")[2].strip() in done.out for token in tokens)


def test_a_revoked_token_is_refused(run: Run, directory: Path) -> None:
    token = run("create", "ana", "--scope", "curate").out.strip()
    assert run("revoke", "ana") == Done(0, "", "The token ana is revoked.\n")
    assert Tokens(directory).agent_of(token) is None


def test_tokens_of_one_name_are_told_apart_and_revoked_by_id(run: Run, directory: Path) -> None:
    first = run("create", "ana", "--scope", "curate").out.strip()
    run("revoke", "ana")
    second = run("create", "ana", "--scope", "curate").out.strip()
    lines = [re.split(" {2,}", line) for line in run("list").out.splitlines()[1:]]
    assert [(line[0], line[1], line[-1]) for line in lines] == [
        (first.split("_")[1], "ana", "revoked"),
        (second.split("_")[1], "ana", "live"),
    ]
    id_ = second.split("_")[1]
    assert run("revoke", id_) == Done(0, "", f"The token {id_} is revoked.\n")
    assert Tokens(directory).agent_of(second) is None
    assert "No token that could be revoked" in run("revoke", id_).err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["create", "Ana", "--scope", "curate"], "'Ana' won't do as a token's name"),
        (["create", "ben", "--scope", "curate"], "There is a live token named ben already."),
        (["create", "ana", "--scope", "curate", "--expires", "soon"], "--expires soon: write days, as in 90d"),
        (["create", "ana", "--scope", "curate", "--expires", "2020-01-01"], "2020-01-01T00:00:00+00:00 has passed"),
        (["create", "ana", "--scope", "curate", "--expires", "0d"], "has passed"),
        (["create", "ana", "--scope", "all"], "'all' is not one of 'curate'"),
        (["create", "ana"], "--scope"),
        (["revoke", "bem"], "No token that could be revoked is named 'bem'; did you mean ben?"),
    ],
)
def test_bad_input_is_refused_with_one_sentence(words: list[str], message: str, run: Run, directory: Path) -> None:
    Tokens(directory).create("ben", {Scope.CURATE}, None)
    done = run(*words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err
    assert len(Tokens(directory).list()) == 1


def test_a_damaged_file_is_said(run: Run, directory: Path) -> None:
    directory.mkdir()
    (directory / FILE).write_bytes(b"no tokens here " * 100)
    for words in (["list"], ["create", "ana", "--scope", "curate"], ["revoke", "ana"]):
        done = run(*words)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("alskg: The tokens in ")


def test_a_directory_that_is_none_is_said(run: Run, directory: Path) -> None:
    directory.write_text("in the way")
    done = run("list")
    assert (done.code, done.out) == (2, "")
    assert "Not a directory" in done.err


def test_the_program_makes_a_token(directory: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alskg", "token", "create", "ana", "--scope", "curate"],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
            "ALSKG_DATA_DIR": str(directory),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert Tokens(directory).agent_of(done.stdout.strip())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("never", None),
        ("1d", NOON + timedelta(days=1)),
        ("090d", NOON + timedelta(days=90)),
        ("2027-01-01", datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_expiry_is_read(text: str, expected: datetime | None) -> None:
    assert expiry(text, NOON) == expected


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "1.5d", "2027-13-01", "99999999999d", "٣d", "tomorrow"])
def test_what_is_no_expiry_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="write days, as in 90d"):
        expiry(text, NOON)


def test_every_command_is_named_here() -> None:
    assert set(typer.main.get_command(app).commands["token"].commands) == set(COMMANDS)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_gives_an_example(command: str) -> None:
    result = CliRunner().invoke(app, ["token", command, "--help"], terminal_width=200)
    assert result.exit_code == 0
    assert f"For example: alskg token {command}" in result.stdout
