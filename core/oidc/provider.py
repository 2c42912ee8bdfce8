"""The provider: its addresses and keys, as it publishes them, kept for an hour."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from core.base.settings import LOOPBACK, Settings
from core.oidc.errors import ProviderAwayError

log = logging.getLogger(__name__)

#: Where a provider says what it has (OpenID Connect Discovery 1.0, section 4).
DISCOVERY = "/.well-known/openid-configuration"
#: What it has said counts for an hour; that it is away, for a few seconds: who comes then doesn't wait again.
KEEP_SECONDS, KEEP_FAILURE_SECONDS = 3600.0, 5.0
#: A token signed with an unknown key makes us look for new ones, but not more often than this.
KEYS_AGAIN_SECONDS = 10.0
#: Signatures with a key pair alone: what is signed with the client's secret could be made here, too.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
KEY_KINDS = ("RSA", "EC", "OKP")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a provider publishes of itself, as far as it is used here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    algorithms: tuple[str, ...]
    names_itself: bool

    @classmethod
    def of(cls, document: Mapping[str, Any], issuer: str) -> Metadata:
        """Read the document of an issuer.

        Raises
        ------
        ProviderAwayError
            If it is another issuer's, or lacks what is needed.
        """
        if document.get("issuer") != issuer:
            log.error("the provider calls itself %r, not %r", document.get("issuer"), issuer)
            named = str(document.get("issuer"))
            # Microsoft's, of everybody: tokens name the tenant.
            remedy = (
                "Put your tenant's id in the place of “common” or “organizations” in PREDICTOR_OIDC_ISSUER."
                if "{tenantid}" in named
                else "Set PREDICTOR_OIDC_ISSUER to exactly that, if it is yours."
            )
            raise ProviderAwayError(f"The issuer there calls itself {named!r}.", remedy=remedy)

        def address(name: str) -> str | None:
            url = document.get(name)
            return url if isinstance(url, str) and _is_safe(url) else None

        needed = {name: address(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        missing = [name for name, url in needed.items() if url is None]
        if missing:
            raise ProviderAwayError(f"What it publishes has no encrypted address for {', '.join(missing)}.")
        offered = document.get("id_token_signing_alg_values_supported")
        offered = offered if isinstance(offered, list) else ["RS256"]
        algorithms = tuple(name for name in ALGORITHMS if name in offered)
        if not algorithms:
            raise ProviderAwayError("It signs its tokens in no way that can be checked here.")
        return cls(
            issuer=issuer,
            authorization_endpoint=needed["authorization_endpoint"] or "",
            token_endpoint=needed["token_endpoint"] or "",
            jwks_uri=needed["jwks_uri"] or "",
            userinfo_endpoint=address("userinfo_endpoint"),
            end_session_endpoint=address("end_session_endpoint"),
            algorithms=algorithms,
            names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        )


class _Remembered:
    """What was fetched, or why it couldn't be, for a while; one thread fetches, the others wait for it."""

    def __init__(self, fetch: Callable[[], Any]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._at = float("-inf")
        self._value: Any = None
        self._failure: ProviderAwayError | None = None

    def get(self, *, younger_than: float = KEEP_SECONDS) -> Any:  # noqa: ANN401 - what ``fetch`` returns
        with self._lock:
            age = time.monotonic() - self._at
            if self._failure is not None and age < KEEP_FAILURE_SECONDS:
                raise self._failure
            if self._value is None or age > younger_than:
                try:
                    self._value, self._failure = self._fetch(), None
                except ProviderAwayError as error:
                    self._value, self._failure = None, error
                    raise
                finally:
                    self._at = time.monotonic()
            return self._value


class Provider:
    """The provider that the settings name; nothing is asked of it before it is needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._metadata = _Remembered(self._fetch_metadata)
        self._keys = _Remembered(self._fetch_keys)

    @property
    def metadata(self) -> Metadata:
        """What it publishes; ProviderAwayError where it can't be read."""
        found: Metadata = self._metadata.get()
        return found

    def keys(self, *, look_again: bool = False) -> Any:  # noqa: ANN401 - joserfc's set of keys, imported late
        """Return the keys it signs with; ``look_again`` where one wasn't among them."""
        return self._keys.get(younger_than=KEYS_AGAIN_SECONDS if look_again else KEEP_SECONDS)

    def get_json(self, url: str, *, token: str | None = None) -> dict[str, Any]:
        """Return what an address of the provider says, asked with an access token where there is one.

        Raises
        ------
        ProviderAwayError
            If it doesn't answer, or not with a JSON object. Redirects aren't followed.
        """
        # With their certificates they take megabytes, and few installations sign in this way.
        import httpx2

        from core.oidc import bounds

        headers = {"accept": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        try:
            with httpx2.Client(timeout=bounds.TIMEOUT_SECONDS, event_hooks=bounds.hooks()) as client:
                document = client.get(url, headers=headers).raise_for_status().json()
        # RecursionError: a few thousand brackets.
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, RecursionError) as error:
            log.warning("the sign-in service can't be read at %s: %s", url, error)
            raise ProviderAwayError from error
        if not isinstance(document, dict):
            raise ProviderAwayError
        return document

    def _fetch_metadata(self) -> Metadata:
        issuer = self.settings.oidc_issuer or ""
        return Metadata.of(self.get_json(issuer.rstrip("/") + DISCOVERY), issuer)

    def _fetch_keys(self) -> Any:  # noqa: ANN401 - joserfc's set of keys
        from joserfc.jwk import KeySet  # heavy, as httpx2 is

        document = self.get_json(self.metadata.jwks_uri)
        listed = document.get("keys")
        read = [_key(each) for each in (listed if isinstance(listed, list) else [])]
        usable = [key for key in read if key is not None]
        if not usable:
            raise ProviderAwayError("The sign-in service publishes no keys that can be read.")
        return KeySet(usable)


def _key(published: Any) -> Any:  # noqa: ANN401 - whatever the provider says, and joserfc's key
    """Return a key that tokens are signed with; None for any other, and of a kind unknown here.

    A set may hold both (RFC 7517, section 5): the others still count.
    """
    from joserfc.errors import JoseError  # heavy
    from joserfc.jwk import import_key

    if not isinstance(published, dict) or published.get("kty") not in KEY_KINDS:
        return None
    if published.get("use", "sig") != "sig":
        return None
    try:
        key = import_key(published)
        key.ensure_kid()
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("a key of the sign-in service can't be read: %s", type(error).__name__)
        return None
    return key


def _is_safe(url: str) -> bool:
    """Whether what is sent there can't be read along."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    except ValueError:
        return False
