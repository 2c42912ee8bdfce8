"""Who may come in, by the password as it stands now: changed while the server runs, it counts at once."""

from __future__ import annotations

from core.base.identity import Identity
from core.base.settings import Settings
from core.security.attempts import Attempts
from core.security.passwords import password_hash
from core.security.sessions import Sessions


class Access:
    """Sign-in as one application sees it.

    Every worker reads the password's hash for each request, so a password that is set, changed or removed
    needs no restart, and a change ends every session that the old one opened.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sessions: tuple[str, Sessions] | None = None
        self._attempts: Attempts | None = None

    @property
    def password_hash(self) -> str | None:
        """The argon2 hash of the password, or None where none is set."""
        return password_hash(self._settings)

    @property
    def sessions(self) -> Sessions | None:
        """The signed-in sessions, or None where no password is set."""
        kept = self.password_hash
        if kept is None:
            return None
        if self._sessions is None or self._sessions[0] != kept:
            self._sessions = (kept, Sessions(self._settings, kept))
        return self._sessions[1]

    def identify(self, cookie: str | None, address: str) -> Identity | None:
        """Return who asks with this session cookie from this address; None for whoever has to sign in."""
        sessions = self.sessions
        if sessions is None:
            return Identity(name="this machine", via="open", address=address)
        if sessions.is_valid(cookie):
            return Identity(name="the shared password", via="password", address=address)
        return None

    @property
    def attempts(self) -> Attempts:
        """How often which address has guessed."""
        if self._attempts is None:
            self._attempts = Attempts(self._settings)
        return self._attempts
