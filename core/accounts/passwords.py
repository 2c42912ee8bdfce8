"""Passwords: kept as argon2 hashes, long enough, and none of those that are tried first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from core.base.errors import SettingsError

MIN_LENGTH = 12
#: Longer input is refused unread: it would only cost time.
MAX_LENGTH = 1000
#: What the check for guessable passwords reads of one.
LOOKED_AT = 72
#: Of 0 to 4; below, a password is on a list of common ones, or made of such in a way that is tried early.
LEAST_SCORE = 2

_hasher = PasswordHasher()
#: Each check takes 64 MiB for a moment; many at once must not take all memory.
_checks = BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """Return the argon2 hash of a password."""
    with _checks:
        return _hasher.hash(password)


def verify(kept: str, password: str) -> bool:
    """Whether a password is the one the hash was made of; takes as long for a wrong one as for the right."""
    if len(password) > MAX_LENGTH:
        return False
    with _checks:
        try:
            return _hasher.verify(kept, password)
        except VerifyMismatchError:
            return False
        except (VerificationError, InvalidHashError) as error:
            raise SettingsError(
                "the kept password hash can't be read.",
                where="sign-in",
                remedy="Set it anew: `python -m core password`, or `python -m core people reset`.",
            ) from error


@lru_cache(maxsize=1)
def nobody_s_hash() -> str:
    """Return a hash that is nobody's: looked at for unknown people, so that their answer takes as long."""
    return hash_password("nobody has this password")


def problem_of(password: str, about: Sequence[str] = ()) -> str | None:
    """Return what is wrong with a new password, None where it will do.

    Parameters
    ----------
    about
        What a guess would begin with: the person's name and e-mail address.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return f"A password has at least {MIN_LENGTH} characters. A few random words make a good one."
    # Its word lists take a moment to read, and few processes ever need them.
    from zxcvbn import zxcvbn

    hints = [
        part for text in ("predictor", *about) for part in (text, *text.split(), *text.split("@")) if part
    ]
    if zxcvbn(password[:LOOKED_AT], hints)["score"] < LEAST_SCORE:
        return "This password is easy to guess. Choose another: a few random words make a good one."
    return None
