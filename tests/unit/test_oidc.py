"""Tokens of an OpenID Connect issuer that runs on this machine: what holds, and what is refused."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from alskg import settings as settings_module
from alskg.access import Agent, Scope, Tokens
from alskg.authorisation import agent_of_authorization, authorised_by
from alskg.errors import Forbidden, SettingError, Unauthenticated, Unavailable
from alskg.oidc import KEYS_SECONDS_MAX, LEEWAY_SECONDS, RETRY_SECONDS, OpenIdIssuer, scopes_in, usable_keys
from alskg.settings import Settings, is_safe_address
from alskg.web.access import issuer_of

AUDIENCE = "alskg-server"
HOSTILE_HEADERS: list[object] = [
    *("alg", ["alg"], {}),
    *[{"alg": algorithm} for algorithm in ("PS256", "RS256", "ES256")],
    *({"alg": []}, {"alg": {}}, {"alg": 1}, {"alg": None}),
    *({"alg": "RS256", "kid": []}, {"alg": "RS256", "kid": {}}, {"alg": "RS256", "kid": None}),
    *({"alg": "RS256", "crit": ["x"]}, {"alg": "RS256", "crit": "x"}, {"alg": "RS256", "crit": 1}),
    {"alg": "RS256", "b64": False, "crit": ["b64"]},
]
DISCOVERY = "/.well-known/openid-configuration"


def key_of(kind: str, name: str) -> Key:
    if kind == "RSA":
        return RSAKey.generate_key(2048, {"kid": name})
    return ECKey.generate_key("P-256", {"kid": name}) if kind == "EC" else OKPKey.generate_key("Ed25519", {"kid": name})


@dataclass
class Login:
    """An issuer: what it serves, and how often it was asked."""

    address: str = ""
    documents: dict[str, object] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    is_down: bool = False

    def publish(self, *keys: Key) -> None:
        self.documents = {
            DISCOVERY: {"issuer": self.address, "jwks_uri": f"{self.address}/keys"},
            "/keys": {"keys": [key.as_dict(private=False) for key in keys]},
        }


class Clock:
    """A time that a test may move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def login() -> Iterator[Login]:
    said = Login()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said.asked.append(self.path)
            found = said.documents.get(self.path)
            if place := said.redirects.get(self.path):
                self.send_response(302)
                self.send_header("Location", place)
                self.end_headers()
            elif said.is_down or found is None:
                self.send_error(503)
            else:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(found if isinstance(found, bytes) else json.dumps(found).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        said.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield said
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def key() -> Key:
    return key_of("RSA", "first")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(login: Login, key: Key, clock: Clock) -> OpenIdIssuer:
    login.publish(key)
    return OpenIdIssuer(login.address, AUDIENCE, "scope", clock)


def claims_of(login: Login, **more: object) -> dict[str, Any]:
    now = int(time.time())
    claims = {"iss": login.address, "aud": AUDIENCE, "sub": "u-17", "exp": now + 60, "scope": "openid alskg:curate"}
    return {name: value for name, value in {**claims, **more}.items() if value is not None}


def signed(claims: dict[str, Any], key: Key, algorithm: str = "RS256", **header: object) -> str:
    return jwt.encode({"alg": algorithm, "kid": key.kid, **header}, claims, key, algorithms=[algorithm])


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def refusal(issuer: OpenIdIssuer, token: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        issuer.agent_of(token)
    assert len(token) < 10 or token not in str(caught.value)
    return str(caught.value)


# What holds


def test_a_token_of_the_issuer_shows_its_subject(issuer: OpenIdIssuer, login: Login, key: Key) -> None:
    assert issuer.agent_of(signed(claims_of(login), key)) == Agent("oidc:u-17", frozenset({Scope.CURATE}))
    assert login.asked == [DISCOVERY, "/keys"]
    issuer.agent_of(signed(claims_of(login), key))
    assert len(login.asked) == 2


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize(("kind", "algorithm"), [("RSA", "RS256"), ("EC", "ES256"), ("OKP", "EdDSA")])
def test_each_algorithm_is_read(kind: str, algorithm: str, issuer: OpenIdIssuer, login: Login) -> None:
    own = key_of(kind, "own")
    login.publish(own)
    assert issuer.agent_of(signed(claims_of(login), own, algorithm)).name == "oidc:u-17"


def test_checking_an_eddsa_token_warns_of_nothing(issuer: OpenIdIssuer, login: Login) -> None:
    private = Ed25519PrivateKey.generate()
    own = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "kid": "own", "x": encoded_bytes(private)})
    login.publish(own)
    body = f"{encoded({'alg': 'EdDSA', 'kid': 'own'})}.{encoded(claims_of(login))}"
    signature = base64.urlsafe_b64encode(private.sign(body.encode())).decode().rstrip("=")
    assert issuer.agent_of(f"{body}.{signature}").name == "oidc:u-17"


def encoded_bytes(private: Ed25519PrivateKey) -> str:
    return base64.urlsafe_b64encode(private.public_key().public_bytes_raw()).decode().rstrip("=")


@pytest.mark.parametrize(
    "more",
    [
        lambda now: {"aud": ["other", AUDIENCE]},
        lambda now: {"exp": now - LEEWAY_SECONDS + 20},
        lambda now: {"nbf": now + LEEWAY_SECONDS - 20},
        lambda now: {"roles": [1, None]},
    ],
    ids=["several-audiences", "just-expired", "nearly-valid", "other-claims"],
)
def test_what_holds_is_taken(
    more: Callable[[int], dict[str, object]], issuer: OpenIdIssuer, login: Login, key: Key
) -> None:
    claims = claims_of(login, **more(int(time.time())))
    assert issuer.agent_of(signed(claims, key)).name == "oidc:u-17"


def test_an_issuer_with_one_key_need_not_name_it(issuer: OpenIdIssuer, login: Login, key: Key) -> None:
    token = jwt.encode({"alg": "RS256"}, claims_of(login), key)
    assert issuer.agent_of(token).name == "oidc:u-17"


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("openid alskg:curate alskg:publish", ["curate", "publish"]),
        (["alskg:admin", "openid"], ["admin"]),
        ("curate publish admin", []),
        (["admin"], []),
        ("ALSKG:CURATE xalskg:curate alskg:curatex alskg:", []),
        ([["alskg:admin"], {"alskg:admin": 1}, 5, None], []),
        ({"alskg:admin": True}, []),
        (5, []),
        (None, []),
    ],
)
def test_only_scopes_that_name_this_service_count(claim: object, expected: list[str]) -> None:
    assert list(scopes_in(claim)) == expected


def test_scopes_may_stand_in_another_claim(login: Login, key: Key) -> None:
    login.publish(key)
    issuer = OpenIdIssuer(login.address, AUDIENCE, "roles")
    token = signed(claims_of(login, scope="alskg:admin", roles=["alskg:publish"]), key)
    assert issuer.agent_of(token).scopes == {Scope.PUBLISH}


# What is refused


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"exp": 1}, "it has expired"),
        ({"exp": None}, "'exp'"),
        ({"exp": "never"}, "'exp'"),
        # The end of 9999: a time from now on would have come when a long run gets here.
        ({"nbf": 253402300799}, "not yet valid"),
        ({"aud": "another-server"}, "'aud'"),
        ({"aud": ["another-server"]}, "'aud'"),
        ({"aud": None}, "'aud'"),
        ({"iss": "https://login.example.org"}, "'iss'"),
        ({"iss": None}, "'iss'"),
        ({"sub": None}, "'sub'"),
        ({"sub": ""}, "'sub'"),
        ({"sub": 7}, "'sub'"),
        ({"sub": "a\nb"}, "sub is no printable ASCII"),
        ({"sub": "x" * 256}, "sub is no printable ASCII"),
    ],
)
def test_a_claim_that_does_not_hold_is_refused(
    more: dict[str, object], message: str, issuer: OpenIdIssuer, login: Login, key: Key
) -> None:
    assert message in refusal(issuer, signed(claims_of(login, **more), key))


def test_another_key_of_the_same_name_is_refused(issuer: OpenIdIssuer, login: Login) -> None:
    assert "not signed with a key" in refusal(issuer, signed(claims_of(login), key_of("RSA", "first")))


def test_a_changed_claim_is_refused(issuer: OpenIdIssuer, login: Login, key: Key) -> None:
    header, _, signature = signed(claims_of(login), key).split(".")
    forged = f"{header}.{encoded(claims_of(login, scope='alskg:admin'))}.{signature}"
    assert "not signed with a key" in refusal(issuer, forged)


def test_no_signature_is_refused(issuer: OpenIdIssuer, login: Login, key: Key) -> None:
    for algorithm in ("none", "None", "NONE"):
        body = f"{encoded({'alg': algorithm, 'kid': key.kid})}.{encoded(claims_of(login))}"
        for signature in ("", signed(claims_of(login), key).split(".")[2]):
            refusal(issuer, f"{body}.{signature}")
    assert login.asked == [], "A token with such an algorithm is refused before any key is fetched."


def test_the_published_key_is_no_secret_to_sign_with(issuer: OpenIdIssuer, login: Login, key: Key) -> None:
    assert isinstance(key, RSAKey)
    published: tuple[bytes, ...] = (key.as_pem(private=False), json.dumps(key.as_dict(private=False)).encode())
    for form in published:
        body = f"{encoded({'alg': 'HS256', 'kid': key.kid})}.{encoded(claims_of(login))}"
        signature = hmac.digest(form, body.encode(), "sha256")
        refusal(issuer, f"{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}")


def test_a_shared_secret_in_the_key_set_is_no_key(issuer: OpenIdIssuer, login: Login, key: Key) -> None:
    secret = OctKey.generate_key(256, {"kid": "secret"})
    login.publish(key)
    login.documents["/keys"] = {"keys": [secret.as_dict(private=True), key.as_dict(private=False)]}
    refusal(issuer, signed(claims_of(login), secret, "HS256"))


def test_a_key_that_comes_with_the_token_is_no_key(issuer: OpenIdIssuer, login: Login) -> None:
    own = key_of("RSA", "own")
    refusal(issuer, signed(claims_of(login), own, jwk=own.as_dict(private=False)))


@pytest.mark.parametrize("changed", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "new"}, {"n": "!"}, {"n": None}])
def test_a_key_that_is_for_something_else_is_passed_over(
    changed: dict[str, object], issuer: OpenIdIssuer, login: Login, key: Key
) -> None:
    other = key_of("EC", "other")
    login.publish(key)
    login.documents["/keys"] = {"keys": [7, {**key.as_dict(private=False), **changed}, other.as_dict(private=False)]}
    refusal(issuer, signed(claims_of(login), key))
    assert issuer.agent_of(signed(claims_of(login), other, "ES256")).name == "oidc:u-17"


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "é.é.é",
        "a.b.c.d.e",
        *(f"{encoded(header)}.{encoded({})}.AAAA" for header in HOSTILE_HEADERS),
        "x" * 200_000,
    ],
    ids=lambda token: token[:30],
)
def test_garbage_is_refused(token: str, issuer: OpenIdIssuer) -> None:
    refusal(issuer, token)


def test_what_is_signed_may_still_be_no_claims(issuer: OpenIdIssuer, key: Key) -> None:
    for payload in (b"", b"[]", b"7", b"{", b"\xff"):
        refusal(issuer, jws.serialize_compact({"alg": "RS256", "kid": key.kid}, payload, key))


# Keys come and go


def test_a_new_key_is_found(issuer: OpenIdIssuer, login: Login, key: Key) -> None:
    new = key_of("EC", "second")
    issuer.agent_of(signed(claims_of(login), key))
    login.publish(key, new)
    assert issuer.agent_of(signed(claims_of(login), new, "ES256")).name == "oidc:u-17"
    assert len(login.asked) == 4


def test_unknown_keys_are_not_looked_for_all_the_time(
    issuer: OpenIdIssuer, login: Login, key: Key, clock: Clock
) -> None:
    new = key_of("EC", "second")
    for _ in range(5):
        refusal(issuer, signed(claims_of(login), new, "ES256"))
    assert len(login.asked) == 4
    login.publish(key, new)
    refusal(issuer, signed(claims_of(login), new, "ES256"))
    clock.now += RETRY_SECONDS
    issuer.agent_of(signed(claims_of(login), new, "ES256"))
    assert len(login.asked) == 6


def test_a_withdrawn_key_counts_no_longer_than_keys_are_believed(
    issuer: OpenIdIssuer, login: Login, key: Key, clock: Clock
) -> None:
    issuer.agent_of(signed(claims_of(login), key))
    login.publish(key_of("EC", "second"))
    clock.now += KEYS_SECONDS_MAX - 1
    issuer.agent_of(signed(claims_of(login), key))
    clock.now += 1
    refusal(issuer, signed(claims_of(login), key))


def test_many_threads_fetch_the_keys_once(issuer: OpenIdIssuer, login: Login, key: Key) -> None:
    token, found = signed(claims_of(login), key), []
    threads = [threading.Thread(target=lambda: found.append(issuer.agent_of(token))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(login.asked) == 2


# An issuer that doesn't answer


def unavailable(issuer: OpenIdIssuer, token: str) -> None:
    with pytest.raises(Unavailable) as caught:
        issuer.agent_of(token)
    assert (caught.value.status, caught.value.extra) == (503, {"retry_after_seconds": RETRY_SECONDS})


def test_an_issuer_that_is_down_is_said_and_left_alone_for_a_while(
    issuer: OpenIdIssuer, login: Login, key: Key, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    login.is_down = True
    token = signed(claims_of(login), key)
    for _ in range(3):
        unavailable(issuer, token)
    assert login.asked == [DISCOVERY]
    assert login.address in caplog.text
    assert token not in caplog.text
    login.is_down = False
    unavailable(issuer, token)
    clock.now += RETRY_SECONDS
    assert issuer.agent_of(token).name == "oidc:u-17"


def test_keys_that_are_known_do_while_the_issuer_is_down(
    issuer: OpenIdIssuer, login: Login, key: Key, clock: Clock
) -> None:
    token = signed(claims_of(login), key)
    issuer.agent_of(token)
    login.is_down = True
    unavailable(issuer, signed(claims_of(login), key_of("EC", "second"), "ES256"))
    assert issuer.agent_of(token).name == "oidc:u-17"
    clock.now += KEYS_SECONDS_MAX
    unavailable(issuer, token)


def test_nobody_listening_is_an_issuer_that_is_down(login: Login, key: Key) -> None:
    unavailable(OpenIdIssuer("http://127.0.0.1:9", AUDIENCE, "scope"), signed(claims_of(login), key))


@pytest.mark.parametrize(
    "documents",
    [
        {DISCOVERY: {"issuer": "https://login.example.org", "jwks_uri": "SELF/keys"}},
        {DISCOVERY: {"issuer": "SELF", "jwks_uri": "http://login.example.org/keys"}},
        {DISCOVERY: {"issuer": "SELF", "jwks_uri": "ftp://localhost/keys"}},
        {DISCOVERY: {"issuer": "SELF"}},
        {DISCOVERY: []},
        {DISCOVERY: b"<html>"},
        {DISCOVERY: b"\xff"},
        {"/keys": {}},
        {"/keys": {"keys": {}}},
        {"/keys": b'{"keys": [' + b" " * 2**20 + b"]}"},
    ],
    ids=["other-issuer", "plain-http", "ftp", "no-keys", "list", "page", "bytes", "no-list", "no-list-2", "large"],
)
def test_a_document_that_is_not_as_the_standard_has_it_gives_no_keys(
    documents: dict[str, object], issuer: OpenIdIssuer, login: Login, key: Key
) -> None:
    for path, document in documents.items():
        text = document if isinstance(document, bytes) else json.dumps(document).encode()
        login.documents[path] = text.replace(b"SELF", login.address.encode())
    unavailable(issuer, signed(claims_of(login), key))


def test_a_redirect_is_not_followed(issuer: OpenIdIssuer, login: Login, key: Key) -> None:
    login.documents["/elsewhere"] = login.documents["/keys"]
    login.redirects["/keys"] = "/elsewhere"
    unavailable(issuer, signed(claims_of(login), key))
    assert "/elsewhere" not in login.asked


def test_keys_are_not_fetched_from_an_address_that_cannot_be_believed(
    issuer: OpenIdIssuer, login: Login, key: Key, caplog: pytest.LogCaptureFixture
) -> None:
    login.documents[DISCOVERY] = {"issuer": login.address, "jwks_uri": "http://login.example.org/keys"}
    unavailable(issuer, signed(claims_of(login), key))
    assert "'http://login.example.org/keys' is no https:// address" in caplog.text


def test_only_public_keys_for_signing_are_usable(key: Key) -> None:
    public = key.as_dict(private=False)
    secret = OctKey.generate_key(256).as_dict(private=True)
    found = list(usable_keys([secret, {**public, "use": "enc"}, {**public, "use": "sig", "kid": "own"}, public]))
    assert [found_key.kid for found_key in found] == ["own", key.kid]
    assert list(usable_keys([])) == []


# Beside our own tokens


def test_both_kinds_of_token_are_taken(issuer: OpenIdIssuer, login: Login, key: Key, tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    own = tokens.create("ana", {Scope.ADMIN}, None)
    theirs = signed(claims_of(login), key)
    shown = [agent_of_authorization(f"Bearer {token}", tokens, issuer) for token in (own, theirs)]
    assert [agent.name for agent in shown if agent] == ["ana", "oidc:u-17"]
    with pytest.raises(Forbidden, match="oidc:u-17 lacks the scope publish"):
        authorised_by(f"Bearer {theirs}", Scope.PUBLISH, tokens, issuer)
    with pytest.raises(Unauthenticated, match="no such token"):
        agent_of_authorization(f"Bearer {theirs}", tokens)
    with pytest.raises(Unauthenticated, match="A change needs a token"):
        authorised_by(None, Scope.CURATE, Tokens(tmp_path / "none"), issuer)


# Settings


def test_the_settings_name_the_issuer(login: Login, key: Key) -> None:
    login.publish(key)
    chosen = {"ALSKG_OIDC_ISSUER": login.address, "ALSKG_OIDC_AUDIENCE": AUDIENCE}
    settings = Settings.from_environment(chosen)
    issuer = issuer_of(settings)
    assert issuer is not None
    assert issuer is issuer_of(Settings.from_environment(chosen)), "The keys are kept from one request to the next."
    assert issuer.agent_of(signed(claims_of(login), key)).name == "oidc:u-17"
    assert issuer_of(Settings()) is None


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (
            {"ISSUER": "http://login.example.org", "AUDIENCE": "x"},
            "ALSKG_OIDC_ISSUER: 'http://login.example.org' is no",
        ),
        ({"ISSUER": "login.example.org", "AUDIENCE": "x"}, "ALSKG_OIDC_ISSUER: 'login.example.org' is no https://"),
        ({"ISSUER": "https://login.example.org"}, "ALSKG_OIDC_AUDIENCE: it must be set"),
    ],
)
def test_an_issuer_that_could_not_be_trusted_is_refused_at_the_start(chosen: dict[str, str], message: str) -> None:
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({f"ALSKG_OIDC_{name}": value for name, value in chosen.items()})
    assert message in str(caught.value)


def test_an_issuer_without_the_package_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    there: Callable[..., object] = util.find_spec
    monkeypatch.setattr(settings_module, "find_spec", lambda name: None if name == "joserfc" else there(name))
    with pytest.raises(SettingError, match=r"pip install 'alskg\[oidc\]'"):
        Settings(oidc_issuer="https://login.example.org", oidc_audience="x")
    Settings()


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://login.example.org/realms/als", True),
        ("http://localhost:8080", True),
        ("http://127.0.0.1:8080/x", True),
        ("http://[::1]/", True),
        ("http://login.example.org", False),
        ("http://localhost.example.org", False),
        ("http://127.0.0.1@login.example.org", False),
        ("http://10.0.0.1", False),
        ("https://", False),
        ("ftp://localhost", False),
        ("//localhost", False),
        ("http://[", False),
        ("", False),
        ("None", False),
    ],
)
def test_an_address_is_believed_over_tls_or_on_this_machine(address: str, safe: bool) -> None:
    assert is_safe_address(address) is safe
