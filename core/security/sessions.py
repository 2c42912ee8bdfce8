"""Signed-in sessions: a signed, expiring cookie; nothing is kept on the server but the signing key."""

from __future__ import annotations

import secrets
from hashlib import sha256

from itsdangerous import BadSignature, TimestampSigner

from core.base.settings import Settings
from core.security.files import create_private

COOKIE = "predictor_session"
SECRET_FILE = "session.key"  # noqa: S105 - a file's name
LIFETIME_SECONDS = 12 * 3600


class Sessions:
    """Issues and checks the session cookie.

    Parameters
    ----------
    settings
        Where the signing key lives, and whether the cookie is for HTTPS only.
    kept
        The password's hash: signing with it too ends every session when the password changes.
    """

    def __init__(self, settings: Settings, kept: str) -> None:
        key = create_private(settings.data_dir / SECRET_FILE, secrets.token_urlsafe(48))
        self._signer = TimestampSigner(
            sha256(f"{key}\n{kept}".encode()).digest(), salt="predictor-session", digest_method=sha256
        )
        self._secure = settings.secure_cookies

    def issue(self) -> str:
        """Return the value of a new session's cookie."""
        return self._signer.sign(secrets.token_urlsafe(16)).decode()

    def is_valid(self, value: str | None) -> bool:
        """Whether a cookie's value was issued here and has not expired."""
        if not value:
            return False
        try:
            self._signer.unsign(value, max_age=LIFETIME_SECONDS)
        except BadSignature:
            return False
        return True

    def set_cookie(self) -> str:
        """Return the ``Set-Cookie`` header that starts a session."""
        return self._header(self.issue(), LIFETIME_SECONDS)

    def clear_cookie(self) -> str:
        """Return the ``Set-Cookie`` header that ends a session in the browser."""
        return self._header("", 0)

    def _header(self, value: str, max_age: int) -> str:
        secure = "; Secure" if self._secure else ""
        # Lax, not Strict: a link in a message opens the page it points to, not the sign-in.
        return f"{COOKIE}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}"
