"""Tokens of the provider: whether it has signed them, whatever they say."""

from __future__ import annotations

from typing import Any

from core.oidc.provider import Provider

#: Seconds two clocks may differ by.
LEEWAY_SECONDS = 60
#: Characters of the longest subject, session or token id.
MOST_ID = 255


def decoded(provider: Provider, token: str) -> Any:  # noqa: ANN401 - joserfc's token
    """Return a token that one of the provider's keys has signed; JoseError or ValueError of any other."""
    from joserfc import jwt  # heavy
    from joserfc.errors import BadSignatureError, InvalidKeyIdError
    from joserfc.jws import JWSRegistry

    registry = JWSRegistry(algorithms=list(provider.metadata.algorithms), strict_check_header=False)
    try:
        return jwt.decode(token, provider.keys(), registry=registry)
    except (InvalidKeyIdError, BadSignatureError):
        # It has changed its keys; some call the new one as the old, or not at all.
        return jwt.decode(token, provider.keys(look_again=True), registry=registry)


def is_id(said: Any) -> bool:  # noqa: ANN401 - whatever a token says
    """Whether a claim can be an id: a text that any database takes."""
    return isinstance(said, str) and 0 < len(said) <= MOST_ID and said.isprintable()
