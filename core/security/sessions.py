"""Sessions of the shared password: a signed, expiring cookie. The server keeps the key, and which were ended.

Those of accounts are in ``core/accounts/sessions.py``; the cookie is the same.
"""

from __future__ import annotations

import secrets
import time
from hashlib import sha256

from itsdangerous import BadSignature, TimestampSigner

from core.base.settings import Settings
from core.security.files import create_private
from core.security.records import Records

COOKIE = "predictor_session"
SECRET_FILE = "session.key"  # noqa: S105 - a file's name
LIFETIME_SECONDS = 12 * 3600


class Sessions:
    """Issues and checks the session cookie.

    Parameters
    ----------
    settings
        Where the signing key lives.
    kept
        The password's hash: signing with it too ends every session when the password changes.
    """

    def __init__(self, settings: Settings, kept: str) -> None:
        key = create_private(settings.data_dir / SECRET_FILE, secrets.token_urlsafe(48))
        self._signer = TimestampSigner(
            sha256(f"{key}\n{kept}".encode()).digest(), salt="predictor-session", digest_method=sha256
        )
        self._records = Records(settings)

    def issue(self) -> str:
        """Return the value of a new session's cookie."""
        return self._signer.sign(secrets.token_urlsafe(16)).decode()

    def is_valid(self, value: str | None) -> bool:
        """Whether a cookie's value was issued here, has not expired and was not ended."""
        session = self._session(value)
        if session is None:
            return False
        with self._records.open() as database:
            return database.execute("SELECT 1 FROM ended WHERE session = ?", (session,)).fetchone() is None

    def end(self, value: str | None) -> None:
        """End a session for whoever holds its cookie, in every worker at once."""
        session = self._session(value)
        if session is None:
            return
        now = time.time()
        with self._records.open() as database:
            database.execute("DELETE FROM ended WHERE at < ?", (now - LIFETIME_SECONDS,))
            database.execute("INSERT OR IGNORE INTO ended VALUES (?, ?)", (session, now))

    def _session(self, value: str | None) -> str | None:
        """Return the id of a session that was issued here and has not expired."""
        try:
            return self._signer.unsign(value or "", max_age=LIFETIME_SECONDS).decode()
        except BadSignature:
            return None


def set_cookie(value: str, settings: Settings, *, seconds: int = LIFETIME_SECONDS, name: str = COOKIE) -> str:
    """Return the ``Set-Cookie`` header that starts a session in the browser."""
    secure = "; Secure" if settings.secure_cookies else ""
    # Lax, not Strict: a link in a message opens the page it points to, not the sign-in.
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


def clear_cookie(settings: Settings, *, name: str = COOKIE) -> str:
    """Return the ``Set-Cookie`` header that ends a session in the browser."""
    return set_cookie("", settings, seconds=0, name=name)
