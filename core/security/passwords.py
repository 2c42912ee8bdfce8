"""The shared sign-in password: only its argon2 hash is kept, in a setting or in a private file."""

from __future__ import annotations

from pathlib import Path

from core.accounts.passwords import MAX_LENGTH, hash_password
from core.base.errors import SettingsError
from core.base.settings import Settings
from core.security.files import write_private

FILE_NAME = "password.hash"
MIN_LENGTH = 10


def password_hash(settings: Settings) -> str | None:
    """Return the argon2 hash of the sign-in password, or None where none is set.

    Raises
    ------
    SettingsError
        If what is kept is no argon2 hash.
    """
    kept = settings.password_hash or _read(_path(settings))
    if kept and not kept.startswith("$argon2"):
        raise SettingsError(
            "the sign-in password is not kept as an argon2 hash.",
            where="PREDICTOR_PASSWORD_HASH" if settings.password_hash else FILE_NAME,
            remedy="Set it anew with `python -m core password`.",
        )
    return kept or None


def has_password(settings: Settings) -> bool:
    """Whether a sign-in password is set."""
    return password_hash(settings) is not None


def set_password(password: str, settings: Settings) -> None:
    """Keep the hash of a new sign-in password in the data folder.

    Raises
    ------
    SettingsError
        If it is too short or too long, or if a setting would override it.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise SettingsError(
            f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters; this one has {len(password)}.",
            where="password",
            remedy="A few random words make a good one.",
        )
    if settings.password_hash:
        raise SettingsError(
            "the password comes from a setting, which would override this one.",
            where="PREDICTOR_PASSWORD_HASH",
            remedy="Remove that setting first.",
        )
    write_private(_path(settings), hash_password(password))


def _path(settings: Settings) -> Path:
    return settings.data_dir / FILE_NAME


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8").strip() if path.exists() else None
