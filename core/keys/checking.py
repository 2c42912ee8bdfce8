"""Say of a request who its API key makes it: the database is asked each time, so a revoked one is no more.

Requests are counted by the generic cell rate algorithm (ITU-T I.371): a key is busy for a while after each,
and a minute of that may pile up. One number in the key's row says it all, and all workers share it.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from math import ceil
from typing import ClassVar, cast

from sqlalchemy import RowMapping, case, select, update
from starlette.datastructures import Headers

from core.accounts import find_person
from core.base.errors import CoreError, NotFoundError
from core.base.identity import Identity, Role
from core.base.settings import Settings, installation_settings
from core.database import shared_engine
from core.keys.records import PREFIX, ApiKey, api_keys, hashed
from core.projects.members import roles_of

SCHEME = "bearer"
#: Seconds over which a key's requests may come all at once.
WINDOW = 60.0
#: Floats are not exact: the last request of a full minute counts.
_ROUNDING = 1e-6


class UnknownKeyError(CoreError):
    """A key that is unknown, revoked or expired."""

    code: ClassVar[str] = "key"
    status: ClassVar[int] = 401


class TooManyRequestsError(CoreError):
    """More requests than a key may send; ``seconds`` says when to go on."""

    code: ClassVar[str] = "rate"
    status: ClassVar[int] = 429
    seconds: int = 1


def secret_of(headers: Headers) -> str | None:
    """Return the API key a request shows, None where it shows none."""
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    secret = secret.strip()
    return secret if scheme.lower() == SCHEME and secret.startswith(PREFIX) else None


def identity_of_key(
    secret: str, address: str, settings: Settings | None = None, *, counts: bool = True
) -> Identity:
    """Return who asks with a key, and count the request unless it is one that was counted before.

    Raises
    ------
    UnknownKeyError
        If there is no such key in use.
    TooManyRequestsError
        If it has sent too many.
    """
    # Who tries keys only reads: the counting waits for other writers.
    query = select(api_keys).where(api_keys.c.hash == hashed(secret))
    with shared_engine(settings).connect() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        raise UnknownKeyError("This API key is unknown.", remedy="Make one in Settings, API keys.")
    key = ApiKey.from_row(row)
    if key.revoked_at is not None:
        raise UnknownKeyError("This API key was revoked.", where=key.name, remedy="Make another one.")
    if not key.is_in_use():
        raise UnknownKeyError("This API key has expired.", where=key.name, remedy="Make another one.")
    role = _role_of(key, settings)
    if counts:
        _count(row, settings)
    return Identity(
        id=key.id,
        name=key.name,
        role=role,
        via="key",
        scopes=key.scopes,
        address=address,
        project=key.project,
    )


def _role_of(key: ApiKey, settings: Settings | None) -> Role:
    """Return the role its maker has in its project now: a key does no more than they may.

    It does nothing once they have no account, or aren't in its project, any more.
    """
    if not key.maker_id:
        return key.role
    try:
        maker = find_person(key.maker_id, settings)
    except NotFoundError as error:
        raise UnknownKeyError(
            f"{key.maker}, who made this API key, has no account any more.",
            where=key.name,
            remedy="Make another one.",
        ) from error
    shared = settings or installation_settings()
    if maker.role == "admin" or not shared.has_projects:
        return maker.role
    own = roles_of(maker.id, shared)
    if key.project not in own:
        raise UnknownKeyError(
            f"{key.maker}, who made this API key, isn't in its project any more.",
            where=key.name,
            remedy="Make another one.",
        )
    return cast("Role", own[key.project]) if own[key.project] else maker.role


def _count(row: RowMapping, settings: Settings | None) -> None:
    now, each = time.time(), WINDOW / row["rate"]
    busy = case((api_keys.c.busy_until > now, api_keys.c.busy_until), else_=now)
    has_room = busy + each <= now + WINDOW + _ROUNDING
    counted = (
        update(api_keys)
        .where(api_keys.c.id == row["id"], has_room)
        .values(busy_until=busy + each, last_used_at=datetime.now(UTC))
    )
    with shared_engine(settings).begin() as connection:
        if connection.execute(counted).rowcount:
            return
    error = TooManyRequestsError(
        f"More than {row['rate']} requests in a minute.", where=row["name"], remedy="Wait, then go on."
    )
    error.seconds = max(1, ceil(row["busy_until"] + each - WINDOW - now))
    raise error
