"""One sign-in: where the browser is sent, and what is made of what it comes back with."""

from __future__ import annotations

import hmac
import logging
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode, urlsplit

from core.oidc.claims import GOOGLE, ProvenIdentity, lacks
from core.oidc.errors import ProviderAwayError, SignInRefusedError, UntrustedAnswerError
from core.oidc.provider import Provider
from core.oidc.tokens import LEEWAY_SECONDS, decoded, is_id

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import OAuth2Client

log = logging.getLogger(__name__)

#: Where a sign-in begins, and where somebody who is signed in connects an account at the provider.
START, CONNECT = "/sign-in/oidc", "/sign-in/oidc/connect"
#: Where the provider sends the browser back to; it has to be registered there.
CALLBACK = "/sign-in/oidc/callback"
#: A longer token isn't shown at sign-out: some servers refuse addresses as long.
MOST_HINT = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What of one sign-in has to be remembered, in the browser that began it, until it comes back."""

    state: str
    nonce: str
    verifier: str


def redirect_uri(provider: Provider) -> str:
    """Return the address the provider sends the browser back to."""
    return f"{provider.settings.public_url}{CALLBACK}"


def begin(provider: Provider) -> tuple[str, Attempt]:
    """Return where to send a browser, and what to remember of it.

    Raises
    ------
    ProviderAwayError
        If the provider doesn't answer.
    """
    attempt = Attempt(
        state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48)
    )
    # No client that connects: it reads certificates for 20 ms, and anybody may ask for this.
    from authlib.oauth2.client import OAuth2Client  # heavy

    settings = provider.settings
    client = OAuth2Client(
        session=None,
        client_id=settings.oidc_client_id,
        scope=settings.oidc_scopes,
        redirect_uri=redirect_uri(provider),
        code_challenge_method="S256",
    )
    url, _ = client.create_authorization_url(
        provider.metadata.authorization_endpoint,
        state=attempt.state,
        nonce=attempt.nonce,
        code_verifier=attempt.verifier,
    )
    return str(url), attempt


def finish(provider: Provider, attempt: Attempt, answer: Mapping[str, str]) -> ProvenIdentity:
    """Return who has signed in.

    Parameters
    ----------
    answer
        The query the browser came back with: ``code`` or ``error``, ``state``, ``iss``.

    Raises
    ------
    SignInRefusedError
        If the provider says no, or takes the code for used, too old or another's.
    UntrustedAnswerError
        If the answer is another's, or a token isn't the provider's, for us, of this attempt, and of now.
    ProviderAwayError
        If the provider doesn't answer.
    """
    check_state(attempt, answer)
    issuer = answer.get("iss", "" if provider.metadata.names_itself else None)
    if issuer is not None and issuer != provider.metadata.issuer:
        raise UntrustedAnswerError
    if "error" in answer or not answer.get("code"):
        log.warning("the sign-in service refused: %.100r", answer.get("error"))
        raise SignInRefusedError(
            "The sign-in service didn't let you in.",
            remedy="Sign-in was cancelled there, or your account may not use this dashboard. Try again, or "
            "ask whoever looks after your company's accounts.",
        )
    token = _redeem(provider, answer["code"], attempt)
    claims = _verified(provider, token, attempt)
    if lacks(claims, provider.settings):
        claims = {**_more(provider, token, claims), **claims}
    return ProvenIdentity.of(claims, str(token["id_token"]), provider.settings)


def check_state(attempt: Attempt, answer: Mapping[str, str]) -> None:
    """Check that an answer belongs to this attempt."""
    if not hmac.compare_digest(attempt.state.encode(), answer.get("state", "").encode()):
        raise UntrustedAnswerError


def sign_out_url(provider: Provider, id_token: str) -> str | None:
    """Return where the provider ends its own session; None where it has no such address, or is away.

    OpenID Connect RP-Initiated Logout 1.0.
    """
    try:
        endpoint = provider.metadata.end_session_endpoint
    except ProviderAwayError:
        return None
    if endpoint is None:
        return None
    told = {
        "client_id": provider.settings.oidc_client_id or "",
        "post_logout_redirect_uri": f"{provider.settings.public_url}/sign-in",
        **({"id_token_hint": id_token} if len(id_token) <= MOST_HINT else {}),
    }
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(told)}"


def _client(provider: Provider) -> OAuth2Client:
    # 28 MB with what it stands on, and few installations sign in this way.
    from authlib.integrations.httpx_client import OAuth2Client

    from core.oidc import bounds

    settings, secret = provider.settings, provider.settings.oidc_secret
    client = OAuth2Client(
        client_id=settings.oidc_client_id,
        client_secret=secret or None,
        redirect_uri=redirect_uri(provider),
        token_endpoint_auth_method=f"client_secret_{settings.oidc_client_auth}" if secret else "none",
        timeout=bounds.TIMEOUT_SECONDS,
        event_hooks=bounds.hooks(),
    )
    client.register_client_auth_method(("client_secret_basic", _basic))
    return client


def _basic(
    client: Any,  # noqa: ANN401 - authlib's
    _method: str,
    uri: str,
    headers: Mapping[str, str],
    body: str,
) -> tuple[str, dict[str, str], str]:
    """Show the secret as RFC 6749, section 2.3.1 has it; authlib leaves out the encoding."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    return uri, {**headers, "Authorization": f"Basic {b64encode(pair.encode()).decode()}"}, body


def _redeem(provider: Provider, code: str, attempt: Attempt) -> Mapping[str, Any]:
    """Exchange the code for tokens."""
    import httpx2  # heavy, as authlib is
    from authlib.integrations.httpx_client import OAuthError

    with _client(provider) as client:
        try:
            token: Mapping[str, Any] = client.fetch_token(
                provider.metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=attempt.verifier,
            )
        except OAuthError as error:
            log.warning("the sign-in service took no code: %.200s", error)
            raise SignInRefusedError(
                "The sign-in service didn't accept this sign-in.",
                remedy="It was used already or took too long: start again. If this happens again, tell your "
                "administrator.",
            ) from error
        # What is no token: of wrong types, or a few thousand brackets.
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TypeError, RecursionError) as error:
            log.warning("the sign-in service can't exchange a code: %s", error)
            raise ProviderAwayError from error
    if not isinstance(token.get("id_token"), str):
        raise UntrustedAnswerError
    return token


def _verified(provider: Provider, token: Mapping[str, Any], attempt: Attempt) -> dict[str, Any]:
    """Return the claims of the ID token (OpenID Connect Core 1.0, section 3.1.3.7)."""
    from authlib.oidc.core import CodeIDToken  # heavy
    from joserfc.errors import JoseError

    one = {"essential": True}
    options = {
        "iss": {**one, "values": names_of(provider.metadata.issuer)},
        "aud": {**one, "value": provider.settings.oidc_client_id},
        "sub": one,
        "exp": one,
        "iat": one,
        "nonce": one,
    }
    about = {
        "nonce": attempt.nonce,
        "client_id": provider.settings.oidc_client_id,
        "access_token": token.get("access_token"),
    }
    try:
        read = decoded(provider, token["id_token"])
        claims = CodeIDToken(read.claims, read.header, options, about)
        claims.validate(leeway=LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        log.warning("an ID token can't be trusted: %s: %s", type(error).__name__, error)
        raise UntrustedAnswerError from error
    if not is_id(claims["sub"]):
        raise UntrustedAnswerError
    # By the one name it is known by here.
    return {**claims, "iss": provider.metadata.issuer}


def names_of(issuer: str) -> list[str]:
    """Return what an issuer's tokens may call it: Google's name it without its scheme as well, as it says."""
    return [issuer, issuer.removeprefix("https://")] if issuer == GOOGLE else [issuer]


def _more(provider: Provider, token: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return what else the provider says of the same person."""
    endpoint, access = provider.metadata.userinfo_endpoint, token.get("access_token")
    if endpoint is None or not isinstance(access, str):
        return {}
    more = provider.get_json(endpoint, token=access)
    if more.get("sub") != claims["sub"]:
        raise UntrustedAnswerError
    if "email" in claims and more.get("email") != claims["email"]:
        # It says of another address that it is verified.
        return {name: said for name, said in more.items() if name not in ("email_verified", "xms_edov")}
    return more
