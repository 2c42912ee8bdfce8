"""Is this the password of that account? The answer takes as long where there is no such account."""

from __future__ import annotations

from core.accounts.passwords import nobody_s_hash, verify
from core.accounts.people import Person, person_from, row_by_email
from core.base.settings import Settings
from core.database import shared_engine


def by_password(email: str, password: str, settings: Settings | None = None) -> Person | None:
    """Return whose password this is; None where it is wrong, or nobody has this e-mail address."""
    with shared_engine(settings).connect() as connection:
        row = row_by_email(connection, email)
    kept = row["password"] if row is not None else ""
    right = verify(kept or nobody_s_hash(), password)
    return person_from(row) if right and kept and row is not None else None
