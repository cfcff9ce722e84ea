"""From a request to an agent: who it is that an Authorization header shows, and whether that one may."""

import base64

from alskg.access import HOW_TO_GET_ONE, Agent, Issuer, Scope, Tokens
from alskg.errors import Forbidden, Unauthenticated


def agent_of_authorization(header: str | None, tokens: Tokens, issuer: Issuer | None = None) -> Agent | None:
    """
    The agent that an Authorization header shows; None where there is no header.

    `Bearer TOKEN` takes one of our tokens, or one of the issuer's. `Basic` (RFC 7617) takes one of ours as the
    password, with its name as the user, so that what a client logs of its user is true.

    Raises:
        Unauthenticated: the header can't be read, or what it shows doesn't hold.
        Unavailable: the issuer would have to be asked, and doesn't answer.
        StoreError: the tokens' file can't be used.
    """
    if header is None:
        return None
    scheme, _, shown = header.strip().partition(" ")
    if scheme.lower() == "basic":
        return _agent_of_basic(shown.strip(), tokens)
    if scheme.lower() == "bearer":
        return _agent_of_bearer(shown.strip(), tokens, issuer)
    # What stands in the scheme's place may well be the token itself, so it isn't repeated.
    raise _unknown("The Authorization header must begin with 'Bearer ' or 'Basic '.")


def authorised_by(
    header: str | None,
    scope: Scope,
    tokens: Tokens,
    issuer: Issuer | None = None,
    what: str = "A change",
    *,
    may_propose: bool = False,
) -> Agent:
    """
    The agent that the header shows, who has the scope. `what` it is for is told where there is no header, and where it
    `may_propose` instead, who lacks the scope is told so.

    Raises:
        Forbidden: the agent lacks it.
        Unauthenticated, Unavailable, StoreError: as in `agent_of_authorization`; also where there is no header.
    """
    agent = agent_of_authorization(header, tokens, issuer)
    if agent is None:
        if issuer is None and tokens.is_empty:
            raise _unknown(f"{what} needs a token, and there is no live token on this server.")
        raise _unknown(f"{what} needs a token, to know who asks.")
    if not agent.may(scope):
        raise _lacking(agent, scope, may_propose=may_propose)
    return agent


def _agent_of_basic(shown: str, tokens: Tokens) -> Agent:
    try:
        user, colon, password = base64.b64decode(shown, validate=True).decode().partition(":")
    except ValueError:
        # Neither base64 nor UTF-8 errors are anything else.
        user, colon, password = "", "", ""
    if not colon:
        raise _unknown("The Basic header is not the base64 of NAME:TOKEN in UTF-8.")
    agent = _agent_of_ours(password, tokens)
    if user != agent.name:
        raise _unknown("The user name of HTTP Basic must be the name of the token.")
    return agent


def _agent_of_bearer(shown: str, tokens: Tokens, issuer: Issuer | None) -> Agent:
    if issuer is not None and not shown.startswith("alskg_"):
        return issuer.agent_of(shown)
    return _agent_of_ours(shown, tokens)


def _agent_of_ours(shown: str, tokens: Tokens) -> Agent:
    if agent := tokens.agent_of(shown):
        return agent
    # Only who has the secret learns how it stands with it.
    info = tokens.known(shown)
    if info is None:
        raise _unknown("There is no such token on this server.")
    if info.revoked:
        raise _unknown(f"The token {info.name} was revoked on {info.revoked:%Y-%m-%d}.")
    raise _unknown(f"The token {info.name} expired on {info.expires:%Y-%m-%d}.")


def _unknown(why: str) -> Unauthenticated:
    return Unauthenticated(f"{why} {HOW_TO_GET_ONE}")


def _lacking(agent: Agent, scope: Scope, *, may_propose: bool) -> Forbidden:
    has = sorted(agent.scopes)
    detail = f"{agent.name} lacks the scope {scope}, which this takes; it has {', '.join(has) or 'none'}."
    if may_propose and scope == Scope.PUBLISH and agent.may(Scope.CURATE):
        detail += " To propose the change instead, for someone else to accept, add ?propose=true."
    return Forbidden(detail, scope_needed=scope, scopes=has)
