"""Who may write by the word of an OpenID Connect issuer: its signed tokens, checked against its published keys."""

import json
import logging
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError, UnsupportedAlgorithmError
from joserfc.jwk import JWKRegistry, Key, KeySet
from joserfc.jws import JWSRegistry

from alskg.access import HOW_TO_GET_ONE, Agent, Scope
from alskg.errors import Unauthenticated, Unavailable
from alskg.settings import is_safe_address

# Only pairs of keys: under HS256 whoever knows the published key could sign, and under `none` everybody.
ALGORITHMS = ("RS256", "ES256", "EdDSA")
KEY_TYPES = ("RSA", "EC", "OKP")

SCOPE_PREFIX = "alskg:"
"""An issuer's scopes are of many services; only those that name this one count: `alskg:curate`."""

LEEWAY_SECONDS = 30
"""How far the clocks of the issuer and of this machine may be apart."""
KEYS_SECONDS_MAX = 600.0
"""How long the issuer's keys are believed before they are fetched again."""
RETRY_SECONDS = 10
"""How long the issuer is left alone after it failed, and between two fetches for keys that it doesn't seem to have."""
FETCH_SECONDS_MAX = 5.0
FETCH_BYTES_MAX = 2**20
SUBJECT_CHARACTERS_MAX = 255
"""OpenID Connect Core, section 2, on `sub`."""

log = logging.getLogger(__name__)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An issuer's documents are where it says; a redirect could lead to plain http, or into our own network."""

    def redirect_request(self, *_: object) -> None:
        return None


class _Registry(JWSRegistry):
    """Takes our algorithms only; and without the library's warning that EdDSA has a newer name (RFC 9864)."""

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(f"{name} is not one of {', '.join(ALGORITHMS)}")
        return self.algorithms[name]


class OpenIdIssuer:
    """An issuer, with the keys that it published last. One of these serves many threads."""

    def __init__(
        self, address: str, audience: str, scope_claim: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._address = address
        self._scope_claim = scope_claim
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": address},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        # Issuers put parameters of their own into the header; those that matter are marked `crit`, and refused.
        self._registry = _Registry(algorithms=ALGORITHMS, strict_check_header=False)
        self._clock = clock
        self._lock = threading.Lock()
        self._keys = KeySet([])
        self._fetched: float | None = None
        self._failed: float | None = None
        self._searched: float | None = None

    def agent_of(self, token: str) -> Agent:
        """
        The agent `oidc:SUBJECT`, with the scopes that the token grants here.

        This may wait for the issuer, so it belongs into a thread.

        Raises:
            Unauthenticated: the token doesn't hold; the message says why.
            Unavailable: the issuer's keys are needed, and it doesn't answer.
        """
        claims = self._claims_of(token)
        subject = claims["sub"]
        if not (len(subject) <= SUBJECT_CHARACTERS_MAX and subject.isascii() and subject.isprintable()):
            raise _refused("its sub is no printable ASCII")
        return Agent(f"oidc:{subject}", frozenset(scopes_in(claims.get(self._scope_claim))))

    def _claims_of(self, token: str) -> dict[str, Any]:
        try:
            claims = jwt.decode(token, self._keys_for, registry=self._registry).claims
            self._claims.validate(claims)
        except ExpiredTokenError as error:
            raise _refused("it has expired") from error
        except (InvalidClaimError, MissingClaimError) as error:
            raise _refused(f"it doesn't hold here ({error.description})") from error
        except (JoseError, ValueError, TypeError) as error:
            # Hostile headers bring out a TypeError here and there in the library.
            raise _refused("it is not signed with a key of the issuer, by one of " + ", ".join(ALGORITHMS)) from error
        return claims

    def _keys_for(self, signed: Any) -> KeySet:
        """The issuer's keys; fetched again, though not often, where the one that signed is not among them."""
        kid = signed.headers().get("kid")
        if not self._are_old() and not self._lacks(kid):
            return self._keys
        # Only those wait for the thread that fetches whose tokens can't be checked without it.
        with self._lock:
            if self._are_old():
                self._fetch()
            elif self._lacks(kid) and self._is_due(self._searched, RETRY_SECONDS):
                self._searched = self._clock()
                self._fetch()
            return self._keys

    def _lacks(self, kid: object) -> bool:
        return kid is not None and all(key.kid != kid for key in self._keys)

    def _are_old(self) -> bool:
        return self._is_due(self._fetched, KEYS_SECONDS_MAX)

    def _is_due(self, last: float | None, seconds: float) -> bool:
        return last is None or self._clock() - last >= seconds

    def _fetch(self) -> None:
        # So that an issuer that is down costs one thread a wait now and then, and not every thread every time.
        if not self._is_due(self._failed, RETRY_SECONDS):
            raise _down()
        try:
            self._keys = KeySet(list(usable_keys(published_keys(self._address))))
        except (OSError, HTTPException, ValueError) as error:
            self._failed = self._clock()
            log.warning("The keys of %s can't be fetched: %s", self._address, error)
            raise _down() from error
        self._fetched, self._failed = self._clock(), None


def scopes_in(claim: object) -> Iterator[Scope]:
    """The scopes in `"openid alskg:curate"`, or in a list of such words; what isn't ours is passed over."""
    words = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else []
    return (scope for scope in Scope if SCOPE_PREFIX + scope in words)


def published_keys(address: str) -> list[object]:
    """
    The keys of the issuer's key set, as they stand there (OpenID Connect Discovery 1.0, section 4).

    Raises:
        OSError, HTTPException: it can't be reached, or answers with an error.
        ValueError: what it says is not what the standard asks for.
    """
    said = _document(address.rstrip("/") + "/.well-known/openid-configuration")
    if said.get("issuer") != address:
        raise ValueError(f"its discovery document is of another issuer, {said.get('issuer')!r}")
    keys = _document(str(said.get("jwks_uri"))).get("keys")
    if not isinstance(keys, list):
        raise ValueError("its key set has no list of keys")
    return keys


def usable_keys(published: list[object]) -> Iterator[Key]:
    """The keys that may sign; one that can't be read is passed over, as RFC 7517, section 5, has it."""
    for key in published:
        if isinstance(key, dict) and key.get("kty") in KEY_TYPES and key.get("use", "sig") == "sig":
            try:
                yield JWKRegistry.import_key(key)
            except (JoseError, ValueError, TypeError, KeyError) as error:
                log.warning("A key of the issuer can't be read: %s", error)


def _document(address: str) -> dict[str, Any]:
    if not is_safe_address(address):
        raise ValueError(f"{address!r} is no https:// address")
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        with opener.open(address, timeout=FETCH_SECONDS_MAX) as response:
            found = json.loads(response.read(FETCH_BYTES_MAX))
    except HTTPError as error:
        # It is the answer, too, and holds its connection.
        error.close()
        raise
    if not isinstance(found, dict):
        raise ValueError(f"{address} is no JSON object")
    return found


def _refused(why: str) -> Unauthenticated:
    return Unauthenticated(f"The token of the issuer is refused: {why}. {HOW_TO_GET_ONE}")


def _down() -> Unavailable:
    return Unavailable(
        "The issuer that vouches for this token doesn't answer, so it can't be checked. Try again soon.",
        retry_after_seconds=RETRY_SECONDS,
    )
