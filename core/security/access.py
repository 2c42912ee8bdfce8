"""Who may come in, as accounts and the shared password stand now: a change counts at once, in every worker.

Without any account, whoever knows the shared password comes in, and where none is set, this machine. From the
first account on, only accounts do.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Literal

from core.accounts import any_people
from core.accounts.sessions import resolve
from core.base.identity import Identity
from core.base.settings import Settings
from core.security.attempts import Attempts
from core.security.passwords import password_hash
from core.security.sessions import Sessions

Way = Literal["open", "password", "account"]
#: Seconds after which it is looked again whether there is any account.
LOOK_AGAIN = 1.0
#: Before the first look.
NEVER = (float("-inf"), False)
THIS_MACHINE = Identity(name="this machine", via="open")
SHARED_PASSWORD = Identity(name="the shared password", via="password")


class Access:
    """Sign-in as one application sees it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sessions: tuple[str, Sessions] | None = None
        self._attempts: Attempts | None = None
        self._looked: tuple[float, bool] | None = None
        self._open = NEVER

    @property
    def way(self) -> Way:
        """How one comes in now."""
        if self.has_people:
            return "account"
        return "open" if self.password_hash is None else "password"

    @property
    def is_open(self) -> bool:
        """Whether nobody can sign in yet; what is known of it is a second old at most."""
        if not self.knows_whether_open:
            self._open = (time.monotonic(), self.way == "open")
        return self._open[1]

    @property
    def knows_whether_open(self) -> bool:
        """Whether ``is_open`` asks neither the database nor the disk."""
        return time.monotonic() - self._open[0] <= LOOK_AGAIN

    @property
    def has_people(self) -> bool:
        """Whether there are accounts; what is known of it is a second old at most."""
        now = time.monotonic()
        if self._looked is None or now - self._looked[0] > LOOK_AGAIN:
            self._looked = (now, any_people(self._settings))
        return self._looked[1]

    @property
    def password_hash(self) -> str | None:
        """The argon2 hash of the shared password, or None where none is set."""
        return password_hash(self._settings)

    @property
    def sessions(self) -> Sessions | None:
        """The sessions of the shared password, or None where none is set."""
        kept = self.password_hash
        if kept is None:
            return None
        if self._sessions is None or self._sessions[0] != kept:
            self._sessions = (kept, Sessions(self._settings, kept))
        return self._sessions[1]

    @property
    def is_known(self) -> bool:
        """Whether who comes without a cookie can be told without asking the database."""
        return self._looked is not None and time.monotonic() - self._looked[0] <= LOOK_AGAIN

    def identify(self, cookie: str | None, address: str) -> Identity | None:
        """Return who asks with this session cookie from this address; None for whoever has to sign in."""
        way = self.way
        if way == "account":
            return resolve(cookie, address, self._settings) if cookie else None
        if way == "open":
            return replace(THIS_MACHINE, address=address)
        sessions = self.sessions
        known = sessions is not None and sessions.is_valid(cookie)
        return replace(SHARED_PASSWORD, address=address) if known else None

    def joined(self) -> None:
        """Know in this worker at once that there is an account."""
        self._looked, self._open = None, NEVER

    @property
    def attempts(self) -> Attempts:
        """How often which address, and for which account, has guessed."""
        if self._attempts is None:
            self._attempts = Attempts(self._settings)
        return self._attempts
