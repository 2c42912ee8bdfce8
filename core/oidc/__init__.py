"""Sign-in with OpenID Connect, the provider's side: where it is, what it says, whether that is true.

Authorization Code with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 6749, RFC 7636, RFC 9207). Who may
come in as whom is decided in ``core/accounts/federated.py``; the addresses a browser opens are in
``core/security/single_sign_on.py``.
"""

from core.oidc.claims import ProvenIdentity
from core.oidc.errors import ProviderAwayError, SignInRefusedError, UntrustedAnswerError
from core.oidc.flow import Attempt, begin, finish
from core.oidc.logout import ProviderLogout, read_logout_token
from core.oidc.provider import Provider

__all__ = [
    "Attempt",
    "ProvenIdentity",
    "Provider",
    "ProviderAwayError",
    "ProviderLogout",
    "SignInRefusedError",
    "UntrustedAnswerError",
    "begin",
    "finish",
    "read_logout_token",
]
