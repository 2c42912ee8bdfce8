"""What a provider says by itself when somebody has signed out there.

OpenID Connect Back-Channel Logout 1.0: a signed token, sent from server to server.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.oidc.errors import UntrustedAnswerError
from core.oidc.provider import Provider
from core.oidc.tokens import LEEWAY_SECONDS, decoded, is_id

log = logging.getLogger(__name__)

#: Where the provider sends it; it has to be registered there.
BACK_CHANNEL_LOGOUT = "/sign-in/oidc/backchannel-logout"
#: The event that makes a token one of signing out (section 2.4).
EVENT = "http://schemas.openid.net/event/backchannel-logout"
#: What its header may call it, in small letters; many providers leave that out (section 2.4).
TYPES = frozenset({None, "jwt", "logout+jwt"})
#: Seconds since it was made for which a token counts. Longer than that, nobody remembers having had it.
YOUNGER_THAN_SECONDS = 300
#: Characters of the longest token.
MOST_TOKEN = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderLogout:
    """Whose sessions are over: one of theirs at the provider, or all where ``session`` is None.

    At least one of ``subject`` and ``session`` is there. ``token_id`` counts once, and can be forgotten after
    ``until``.
    """

    issuer: str
    subject: str | None
    session: str | None
    token_id: str
    until: datetime


def logout_address(provider: Provider) -> str:
    """Return the address the provider sends its word to."""
    return f"{provider.settings.public_url}{BACK_CHANNEL_LOGOUT}"


def read_logout_token(provider: Provider, token: str) -> ProviderLogout:
    """Return what a logout token says (Back-Channel Logout 1.0, section 2.6, steps 1 to 7).

    Whether it has come before is for whoever remembers (step 8).

    Raises
    ------
    UntrustedAnswerError
        If it isn't the provider's, for us, of now, or no token of signing out.
    ProviderAwayError
        If the provider's keys can't be read.
    """
    from joserfc.errors import JoseError  # heavy
    from joserfc.jwt import JWTClaimsRegistry

    registry = JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": provider.metadata.issuer},
        aud={"essential": True, "value": provider.settings.oidc_client_id or ""},
        iat={"essential": True},
        jti={"essential": True},
        events={"essential": True},
    )
    try:
        if len(token) > MOST_TOKEN:
            raise ValueError("it is too long")
        read = decoded(provider, token)
        registry.validate(read.claims)
        _check(read.header, read.claims)
    except (JoseError, ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        log.warning("a logout token can't be trusted: %s: %s", type(error).__name__, error)
        raise UntrustedAnswerError("This logout token can't be trusted.", remedy=None) from error
    claims = read.claims
    made = datetime.fromtimestamp(claims["iat"], UTC)
    return ProviderLogout(
        issuer=claims["iss"],
        subject=claims.get("sub"),
        session=claims.get("sid"),
        token_id=claims["jti"],
        until=made + timedelta(seconds=YOUNGER_THAN_SECONDS + LEEWAY_SECONDS),
    )


def _check(header: Mapping[str, Any], claims: Mapping[str, Any]) -> None:
    """Check what tokens of other kinds don't have; ValueError where something is wrong."""
    kind = header.get("typ")
    if (kind.casefold() if isinstance(kind, str) else kind) not in TYPES:
        raise ValueError(f"its kind is {kind!r}")
    if "nonce" in claims:
        raise ValueError("it has a nonce, as an ID token has")
    if not isinstance(claims["events"], dict) or not isinstance(claims["events"].get(EVENT), dict):
        raise ValueError("it says of no sign-out")
    names = [name for name in ("sub", "sid") if claims.get(name) is not None]
    if not names:
        raise ValueError("it says neither who nor which session")
    if not all(is_id(claims[name]) for name in (*names, "jti")):
        raise ValueError("an id in it is none")
    age = datetime.now(UTC).timestamp() - claims["iat"]
    if age > YOUNGER_THAN_SECONDS + LEEWAY_SECONDS:
        raise ValueError("it is too old")
