"""Who asks for a change: from a request to an agent that may make it."""

from functools import lru_cache
from pathlib import Path

from starlette.requests import HTTPConnection

from alskg.access import Agent, Issuer, Scope, Tokens
from alskg.authorisation import authorised_by
from alskg.errors import Forbidden
from alskg.knowledge_graph import KnowledgeGraph
from alskg.settings import Settings


def authorised(
    kg: KnowledgeGraph, request: HTTPConnection, scope: Scope, what: str = "A change", *, may_propose: bool = False
) -> Agent:
    """
    The agent who asks, and has the scope; see `authorised_by`.

    It reads a file and may wait for an issuer: call it in a thread, as FastAPI does with a route that isn't `async`.

    Raises:
        Unauthenticated: who asks is not known.
        Forbidden: who asks lacks the scope, or is a browser that another site sent.
        Unavailable: the issuer doesn't answer.
        StoreError: the tokens' file can't be used.
    """
    # Two headers make none that could be read.
    header = ", ".join(request.headers.getlist("authorization")) or None
    _check_that_it_is_meant(request, header)
    tokens, issuer = tokens_in(kg.settings.data_dir), issuer_of(kg.settings)
    return authorised_by(header, scope, tokens, issuer, what, may_propose=may_propose)


@lru_cache(maxsize=8)
def tokens_in(directory: Path) -> Tokens:
    """The tokens of a directory, with what was read of them last."""
    return Tokens(directory)


@lru_cache(maxsize=8)
def issuer_of(settings: Settings) -> Issuer | None:
    """The issuer that the settings name, with the keys that it published last; None where they name none."""
    if not settings.oidc_issuer:
        return None
    from alskg.oidc import OpenIdIssuer

    return OpenIdIssuer(settings.oidc_issuer, settings.oidc_audience, settings.oidc_scope_claim)


def _check_that_it_is_meant(request: HTTPConnection, header: str | None) -> None:
    # A browser that was once given a password adds it to every request by itself, so that a form on another site could
    # write in its user's name. The browser says where a request comes from (Fetch Metadata, W3C).
    from_elsewhere = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
    if from_elsewhere and header and header.lower().startswith("basic"):
        raise Forbidden("HTTP Basic is not taken from a page of another site; send the token as 'Bearer TOKEN'.")
