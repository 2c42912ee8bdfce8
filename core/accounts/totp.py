"""A second factor: six digits of an app, new every half minute, and recovery codes for a lost phone."""

from __future__ import annotations

import secrets
import time
from hashlib import sha256

import pyotp
import segno
from sqlalchemy import update

from core.accounts import tables
from core.accounts.people import row_of
from core.audit import record
from core.base.errors import AccountError
from core.base.settings import Settings
from core.database import shared_engine

ISSUER = "Session Predictor"
#: Seconds a code is shown, and how many periods a clock may be wrong by.
PERIOD, DRIFT = 30, 1
RECOVERY_CODES = 10
#: Of letters and digits that aren't mistaken for each other: 50 bits each.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    """Return a secret for an app to keep."""
    return pyotp.random_base32()


def uri_of(secret: str, email: str) -> str:
    """Return what an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def qr_of(uri: str) -> str:
    """Return a QR code as the address of a picture, dark on white in either theme."""
    return str(segno.make(uri, error="m").svg_data_uri(scale=5, border=3, light="#fff", dark="#000"))


def switch_on(person_id: str, secret: str, code: str, settings: Settings | None = None) -> list[str]:
    """Ask for a code of this secret from now on, and return the recovery codes, which nobody shows again.

    Raises
    ------
    AccountError
        If the code isn't one of this secret's.
    """
    period = _matching(secret, code, after=0)
    if period is None:
        raise AccountError(
            "This is not the code the app shows now.", where="code", remedy="Enter the next one."
        )
    codes = [
        "-".join(("".join(secrets.choice(_ALPHABET) for _ in range(5))) for _ in "ab")
        for _ in range(RECOVERY_CODES)
    ]
    values = {"totp": secret, "totp_last": period, "recovery": [_hash(one) for one in codes]}
    with shared_engine(settings).begin() as connection:
        row = row_of(connection, person_id)
        connection.execute(update(tables.people).where(tables.people.c.id == person_id).values(values))
    record("person_changed", row["email"], settings=settings, what="second factor on")
    return codes


def switch_off(person_id: str, settings: Settings | None = None) -> None:
    """Ask for the password only."""
    with shared_engine(settings).begin() as connection:
        row = row_of(connection, person_id)
        values = {"totp": "", "totp_last": 0, "recovery": []}
        connection.execute(update(tables.people).where(tables.people.c.id == person_id).values(values))
    record("person_changed", row["email"], settings=settings, what="second factor off")


def is_code(person_id: str, code: str, settings: Settings | None = None) -> bool:
    """Whether this is a code of the person's app, or a recovery code; each is taken once."""
    people = tables.people
    with shared_engine(settings).begin() as connection:
        row = row_of(connection, person_id)
        if not row["totp"]:
            return False
        period = _matching(row["totp"], code, after=row["totp_last"])
        if period is not None:
            # Of two who send the same code at once, one is let in.
            taken = connection.execute(
                update(people)
                .where(people.c.id == person_id, people.c.totp_last < period)
                .values(totp_last=period)
            )
            return taken.rowcount == 1
        hashed = _hash(code.strip().lower())
        if hashed not in row["recovery"]:
            return False
        left = [one for one in row["recovery"] if one != hashed]
        connection.execute(update(people).where(people.c.id == person_id).values(recovery=left))
    return True


def _matching(secret: str, code: str, *, after: int) -> int | None:
    """Return the period a code is of, if it is later than one that was taken."""
    digits = "".join(code.split())
    now = int(time.time()) // PERIOD
    totp = pyotp.TOTP(secret, interval=PERIOD)
    for period in range(now - DRIFT, now + DRIFT + 1):
        if period > after and secrets.compare_digest(totp.generate_otp(period).encode(), digits.encode()):
            return period
    return None


def _hash(code: str) -> str:
    # 50 random bits: nobody finds them by trying, so a fast hash will do.
    return sha256(code.encode()).hexdigest()
