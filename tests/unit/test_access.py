"""Tokens: who may do what, and what is refused."""

import base64
import hashlib
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from alskg.access import FILE, Agent, Scope, TokenInfo, Tokens
from alskg.authorisation import agent_of_authorization, authorised_by
from alskg.errors import BadParameter, Forbidden, StoreError, Unauthenticated, UnknownName

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
CHALLENGES = ['Bearer realm="alskg"', 'Basic realm="alskg", charset="UTF-8"']
CURATE, PUBLISH, ADMIN = Scope


class Clock:
    """A time that a test may move."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(tmp_path: Path, clock: Clock) -> Tokens:
    return Tokens(tmp_path / "data", clock)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


# Scopes


@pytest.mark.parametrize(
    ("granted", "allowed"),
    [
        (set(), set()),
        ({CURATE}, {CURATE}),
        ({PUBLISH}, {CURATE, PUBLISH}),
        ({ADMIN}, {CURATE, PUBLISH, ADMIN}),
        ({CURATE, PUBLISH}, {CURATE, PUBLISH}),
    ],
    ids=lambda scopes: "+".join(sorted(scopes)) or "none",
)
def test_a_scope_implies_the_lesser_ones(granted: set[Scope], allowed: set[Scope]) -> None:
    agent = Agent("ana", frozenset(granted))
    assert {scope for scope in Scope if agent.may(scope)} == allowed


# Making tokens


def test_a_token_leads_to_its_agent(tokens: Tokens) -> None:
    ana = tokens.create("ana", {CURATE}, None)
    robot = tokens.create("import-robot", [PUBLISH, CURATE], NOON + timedelta(days=1))
    assert tokens.agent_of(ana) == Agent("ana", frozenset({CURATE}))
    assert tokens.agent_of(robot) == Agent("import-robot", frozenset({CURATE, PUBLISH}))


def test_a_token_has_a_prefix_an_id_and_256_bits_of_secret(tokens: Tokens) -> None:
    made = {tokens.create(f"token-{n}", {CURATE}, None) for n in range(5)}
    assert len(made) == 5
    assert all(re.fullmatch(r"alskg_[0-9a-f]{12}_[0-9a-f]{64}", token) for token in made)


def test_what_is_told_of_a_token_is_all_but_its_secret(tokens: Tokens, clock: Clock) -> None:
    until = NOON + timedelta(days=1)
    tokens.create("ana", {ADMIN}, until)
    tokens.create("ben", {CURATE}, None)
    tokens.revoke("ben")
    assert tokens.list() == (
        TokenInfo("ana", frozenset({ADMIN}), NOON, until, None),
        TokenInfo("ben", frozenset({CURATE}), NOON, None, NOON),
    )
    clock.now = until
    assert [info.state(clock.now) for info in tokens.list()] == ["expired", "revoked"]


def test_an_expiry_is_kept_in_utc(tokens: Tokens) -> None:
    tokens.create("ana", {CURATE}, datetime(2026, 1, 2, 14, tzinfo=timezone(timedelta(hours=1))))
    assert tokens.list()[0].expires == datetime(2026, 1, 2, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "scopes", "expires", "message"),
    [
        ("Ana", {CURATE}, None, "'Ana' won't do as a token's name"),
        ("ana:x", {CURATE}, None, "won't do"),
        ("", {CURATE}, None, "won't do"),
        ("ana\n", {CURATE}, None, "won't do"),
        ("ana", set(), None, "at least one scope of curate, publish, admin"),
        ("ana", {CURATE}, NOON, "2026-01-02T12:00:00+00:00 has passed"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(
    name: str, scopes: set[Scope], expires: datetime | None, message: str, tokens: Tokens
) -> None:
    with pytest.raises(BadParameter, match=re.escape(message)):
        tokens.create(name, scopes, expires)
    assert tokens.list() == ()


def test_a_name_is_taken_while_its_token_lives(tokens: Tokens, clock: Clock) -> None:
    first = tokens.create("ana", {CURATE}, NOON + timedelta(days=1))
    with pytest.raises(BadParameter, match="alskg token revoke ana"):
        tokens.create("ana", {ADMIN}, None)
    assert len(tokens.list()) == 1
    clock.now = NOON + timedelta(days=1)
    second = tokens.create("ana", {ADMIN}, None)
    tokens.revoke("ana")
    third = tokens.create("ana", {PUBLISH}, None)
    assert [tokens.agent_of(t) for t in (first, second, third)] == [None, None, Agent("ana", frozenset({PUBLISH}))]


# Ending them


def test_an_expired_token_shows_nobody(tokens: Tokens, clock: Clock) -> None:
    token = tokens.create("ana", {CURATE}, NOON + timedelta(days=1))
    clock.now = NOON + timedelta(days=1, seconds=-1)
    assert tokens.agent_of(token)
    clock.now = NOON + timedelta(days=1)
    assert tokens.agent_of(token) is None
    with pytest.raises(Unauthenticated, match="The token ana expired on 2026-01-03"):
        agent_of_authorization(f"Bearer {token}", tokens)


def test_a_revoked_token_shows_nobody(tokens: Tokens) -> None:
    token, other = tokens.create("ana", {CURATE}, None), tokens.create("ben", {CURATE}, None)
    tokens.revoke("ana")
    assert tokens.agent_of(token) is None
    assert tokens.agent_of(other)
    with pytest.raises(Unauthenticated, match="The token ana was revoked on 2026-01-02"):
        agent_of_authorization(f"Bearer {token}", tokens)


def test_what_another_process_changes_counts_at_once(tokens: Tokens, tmp_path: Path) -> None:
    others = Tokens(tmp_path / "data", lambda: NOON)
    for number in range(20):
        # One after the other in one tick of the clock, so that the file's time alone would not tell them apart.
        token = others.create(f"ana-{number}", {CURATE}, None)
        assert tokens.agent_of(token)
        assert tokens.agent_of(token)
        others.revoke(f"ana-{number}")
        assert tokens.agent_of(token) is None


def test_what_was_read_is_not_read_again(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.create("ana", {CURATE}, None)
    assert tokens.agent_of(token)
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", None)
        assert tokens.agent_of(token)
        assert tokens.agent_of(f"{token[:-1]}{'0' if token[-1] != '0' else '1'}") is None


def test_a_file_that_is_put_back_counts(tokens: Tokens, tmp_path: Path) -> None:
    token = tokens.create("ana", {CURATE}, None)
    shutil.copy(tmp_path / "data" / FILE, tmp_path / "backup")
    tokens.revoke("ana")
    assert tokens.agent_of(token) is None
    (tmp_path / "backup").replace(tmp_path / "data" / FILE)
    assert tokens.agent_of(token)


def test_only_a_token_that_there_is_can_be_revoked(tokens: Tokens) -> None:
    with pytest.raises(UnknownName, match="there is none"):
        tokens.revoke("ana")
    tokens.create("ana-maria", {CURATE}, None)
    with pytest.raises(UnknownName, match="did you mean ana-maria"):
        tokens.revoke("ana-mario")
    tokens.revoke("ana-maria")
    with pytest.raises(UnknownName):
        tokens.revoke("ana-maria")


def test_another_process_counts_at_once(tokens: Tokens, tmp_path: Path, clock: Clock) -> None:
    other = Tokens(tmp_path / "data", clock)
    assert tokens.is_empty
    token = other.create("ana", {CURATE}, None)
    assert not tokens.is_empty
    assert tokens.agent_of(token)
    other.revoke("ana")
    assert tokens.agent_of(token) is None
    assert tokens.is_empty


# What is no token


def altered(token: str, place: int) -> str:
    return token[:place] + ("0" if token[place] != "0" else "1") + token[place + 1 :]


@pytest.mark.parametrize(
    "change",
    [
        lambda token: altered(token, 10),
        lambda token: altered(token, -1),
        lambda token: altered(token, 19),
        lambda token: token[:-1],
        lambda token: token + "0",
        lambda token: token + "\n",
        lambda token: token.upper(),
        lambda token: token[6:],
        lambda _: "",
        lambda _: "alskg_' OR 1=1 --",
    ],
    ids=["id", "end", "start", "cut", "longer", "newline", "upper", "bare", "empty", "sql"],
)
def test_a_token_with_a_slip_shows_nobody(change: object, tokens: Tokens) -> None:
    token = tokens.create("ana", {ADMIN}, None)
    assert callable(change)
    assert tokens.agent_of(change(token)) is None
    with pytest.raises(Unauthenticated) as caught:
        agent_of_authorization(f"Bearer .{change(token)}", tokens)
    assert token[20:-1] not in str(caught.value)


def test_the_secret_of_one_token_does_not_open_another(tokens: Tokens) -> None:
    ana, ben = tokens.create("ana", {CURATE}, None), tokens.create("ben", {ADMIN}, None)
    assert tokens.agent_of(ben[:19] + ana[19:]) is None


# The file


def test_the_file_holds_hashes_and_no_secret(tokens: Tokens, tmp_path: Path) -> None:
    token = tokens.create("ana", {CURATE}, None)
    tokens.revoke("ana")
    secret = token.split("_")[2]
    content = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    assert hashlib.sha256(secret.encode()).digest() in content
    for trace in (secret.encode(), bytes.fromhex(secret), secret[:16].encode()):
        assert trace not in content


def test_only_its_user_may_read_the_file(tokens: Tokens, tmp_path: Path) -> None:
    tokens.create("ana", {CURATE}, None)
    file = tmp_path / "data" / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    tokens.create("ben", {CURATE}, None)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_there_is_no_moment_when_others_may_read_the_file(
    tokens: Tokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    before = os.umask(0)
    try:
        tokens.create("ana", {CURATE}, None)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "data" / FILE).stat().st_mode) == 0o600


def test_reading_makes_no_file(tokens: Tokens, tmp_path: Path) -> None:
    assert (tokens.list(), tokens.is_empty, tokens.agent_of(f"alskg_{'0' * 12}_{'0' * 64}")) == ((), True, None)
    with pytest.raises(UnknownName):
        tokens.revoke("ana")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_only_just_made_holds_no_tokens(tokens: Tokens, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / FILE).touch()
    assert tokens.list() == ()


def damage(file: Path) -> None:
    file.write_bytes(b"These are no tokens. " * 500)


def replace_by_a_directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


def put_other_columns(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("ALTER TABLE tokens RENAME COLUMN digest TO hash")
    connection.close()


def grant_an_unknown_scope(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE tokens SET scopes = 'everything'")
    connection.close()


@pytest.mark.parametrize("harm", [damage, replace_by_a_directory, put_other_columns, grant_an_unknown_scope])
def test_a_file_that_cannot_be_used_is_said_and_opens_nothing(harm: object, tokens: Tokens, tmp_path: Path) -> None:
    token = tokens.create("ana", {ADMIN}, None)
    assert callable(harm)
    harm(tmp_path / "data" / FILE)
    with pytest.raises(StoreError, match="restore it from a backup") as caught:
        tokens.agent_of(token)
    assert str(tmp_path / "data" / FILE) in str(caught.value)
    assert token.split("_")[2] not in str(caught.value)


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="can't be used"):
        Tokens(tmp_path / "file").create("ana", {CURATE}, None)


def test_a_creation_that_fails_leaves_nothing_locked(tokens: Tokens) -> None:
    tokens.create("ana", {CURATE}, None)
    with pytest.raises(BadParameter):
        tokens.create("ana", {CURATE}, None)
    tokens.create("ben", {CURATE}, None)
    assert len(tokens.list()) == 2


def test_processes_that_create_at_once_lose_nothing_and_share_no_name(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from alskg.access import Scope, Tokens
from alskg.errors import BadParameter
tokens, mine, won = Tokens(Path(sys.argv[1])), sys.argv[2], 0
for n in range(20):
    tokens.create(f"{mine}-{n}", {Scope.CURATE}, None)
    try:
        tokens.create(f"shared-{n}", {Scope.CURATE}, None)
        won += 1
    except BadParameter:
        pass
print(won)
"""
    command = [sys.executable, "-c", program, str(tmp_path / "data")]
    source = str(Path(__file__).parents[2] / "src")
    both = [
        subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": source})
        for name in ("one", "two")
    ]
    won = [int(process.communicate(timeout=60)[0]) for process in both]
    names = [info.name for info in Tokens(tmp_path / "data").list()]
    assert sum(won) == 20
    assert len(names) == len(set(names)) == 60


# From a header to an agent


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER   {} "])
def test_a_bearer_token_shows_its_agent(form: str, tokens: Tokens) -> None:
    token = tokens.create("ana", {CURATE}, None)
    assert agent_of_authorization(form.format(token), tokens) == Agent("ana", frozenset({CURATE}))


def test_basic_takes_the_name_and_the_token(tokens: Tokens) -> None:
    token = tokens.create("ana", {CURATE}, None)
    assert agent_of_authorization(basic("ana", token), tokens) == Agent("ana", frozenset({CURATE}))


def test_no_header_shows_nobody(tokens: Tokens) -> None:
    assert agent_of_authorization(None, tokens) is None


def test_basic_is_read_strictly(tokens: Tokens) -> None:
    token = tokens.create("ana", {CURATE}, None)
    with pytest.raises(Unauthenticated, match="not the base64"):
        agent_of_authorization(basic("ana", token) + "!!!!", tokens)


@pytest.mark.parametrize("user", ["", "Ana", "ben", "ana "])
def test_basic_with_another_name_is_refused(user: str, tokens: Tokens) -> None:
    token = tokens.create("ana", {CURATE}, None)
    tokens.create("ben", {CURATE}, None)
    with pytest.raises(Unauthenticated, match="user name of HTTP Basic must be the name of the token"):
        agent_of_authorization(basic(user, token), tokens)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "must begin with 'Bearer ' or 'Basic '"),
        ("TOKEN", "must begin with"),
        ("Digest TOKEN", "must begin with"),
        ("Bearer", "There is no such token"),
        ("Bearer TOKEN TOKEN", "There is no such token"),
        ("Bearer TOKEN, Bearer TOKEN", "There is no such token"),
        ("Bearer é", "There is no such token"),
        ("Basic", "not the base64 of NAME:TOKEN"),
        ("Basic TOKEN", "not the base64 of NAME:TOKEN"),
        ("Basic ????", "not the base64 of NAME:TOKEN"),
        ("Basic é", "not the base64 of NAME:TOKEN"),
        ("Basic /////w==", "not the base64 of NAME:TOKEN"),
        ("Basic YW5h", "not the base64 of NAME:TOKEN"),
        ("Basic YW5hOng=", "There is no such token"),
    ],
)
def test_a_header_that_shows_nobody_is_refused_with_a_challenge(header: str, message: str, tokens: Tokens) -> None:
    token = tokens.create("ana", {CURATE}, None)
    with pytest.raises(Unauthenticated) as caught:
        agent_of_authorization(header.replace("TOKEN", token), tokens)
    assert message in str(caught.value)
    assert "alskg token create NAME --scope curate" in str(caught.value)
    assert [value for _, value in caught.value.headers] == CHALLENGES
    assert token.split("_")[2] not in str(caught.value)


def test_with_no_token_at_all_nothing_can_be_changed(tokens: Tokens) -> None:
    with pytest.raises(Unauthenticated, match=r"there is no live token on this server.* alskg token create NAME"):
        authorised_by(None, CURATE, tokens)
    tokens.create("ana", {CURATE}, None)
    with pytest.raises(Unauthenticated, match="A change needs a token"):
        authorised_by(None, CURATE, tokens)


def test_who_lacks_the_scope_is_told_which(tokens: Tokens) -> None:
    header = "Bearer " + tokens.create("ana", {CURATE}, None)
    assert authorised_by(header, CURATE, tokens).name == "ana"
    with pytest.raises(Forbidden) as caught:
        authorised_by(header, PUBLISH, tokens, may_propose=True)
    detail = str(caught.value)
    assert detail.startswith("ana lacks the scope publish, which this takes; it has curate.")
    assert "?propose=true" in detail
    assert caught.value.extra == {"scope_needed": "publish", "scopes": ["curate"]}
    with pytest.raises(Forbidden) as caught:
        authorised_by(header, ADMIN, tokens)
    assert "propose" not in str(caught.value)
