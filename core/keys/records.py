"""Make, list and revoke API keys."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, cast, get_args

from sqlalchemy import JSON, Column, Float, Integer, RowMapping, String, Table, insert, select, update

from core.audit import record
from core.base.errors import CoreError, NotFoundError
from core.base.identity import Permission, Role, identity, require
from core.base.project import FIRST
from core.base.settings import Settings, get_settings
from core.database import UtcDateTime, metadata, shared_engine

#: What every secret begins with: searches for lost secrets, in code and in logs, know it by that.
PREFIX = "scsp_"
SECRET_BYTES = 32
#: What a key may be allowed: what the API does. No key makes people or other keys.
SCOPES: tuple[Permission, ...] = (
    "results.read",
    "ids.read",
    "uploads.write",
    "audiences.write",
    "models.write",
    "results.delete",
    "rules.write",
    "schedules.write",
    "settings.write",
    "audit.read",
    "privacy.write",
)
#: Days a key works where nothing else is said, and at most.
DAYS, MOST_DAYS = 90, 366
#: Requests a minute, where nothing else is said, and at most.
RATE, MOST_RATE = 600, 60_000
MOST_NAME = 80

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("hash", String, nullable=False, unique=True),
    Column("hint", String, nullable=False),
    Column("scopes", JSON, nullable=False),
    # The role it was made with; a person's key has the role that person has now (``checking``).
    Column("role", String, nullable=False),
    Column("maker_id", String, nullable=False),
    Column("maker", String, nullable=False),
    Column("rate", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    # The one project it is for.
    Column("project", String, nullable=False, server_default=FIRST),
    # Until when its requests so far would keep it busy at its rate, in seconds since 1970 (``checking``).
    Column("busy_until", Float, nullable=False, server_default="0"),
)


class ApiKeyError(CoreError):
    """A key that can't be made as it was asked for."""

    code: ClassVar[str] = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is kept: ``hint`` are its last characters, ``rate`` the requests a minute it may send."""

    id: str
    name: str
    hint: str
    scopes: frozenset[Permission]
    role: Role
    maker_id: str
    maker: str
    rate: int
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    project: str = FIRST

    def is_in_use(self, now: datetime | None = None) -> bool:
        """Whether it still works: neither revoked nor expired."""
        return self.revoked_at is None and self.expires_at > (now or datetime.now(UTC))

    @classmethod
    def from_row(cls, row: Mapping[str, Any] | RowMapping) -> ApiKey:
        """Return the key a row is of; a scope that is no more, of another program, allows nothing."""
        known = {name: row[name] for name in cls.__dataclass_fields__}
        scopes = frozenset(scope for scope in row["scopes"] if scope in get_args(Permission))
        return cls(**known | {"scopes": scopes})


def make_key(
    name: str,
    *,
    scopes: Collection[str],
    days: int = DAYS,
    rate: int = RATE,
    settings: Settings | None = None,
) -> tuple[ApiKey, str]:
    """Make a key for whoever asks now; return it and its secret, which can't be read again.

    Raises
    ------
    ForbiddenError
        If whoever asks may make no keys, or not do themselves what the key may.
    ApiKeyError
        If it has no name, allows nothing, or a figure of it can't be.
    """
    require("keys.write")
    name = " ".join(name.replace("\0", "").split())[:MOST_NAME]
    if not name:
        raise ApiKeyError(
            "The key needs a name.", where="name", remedy="Name it after the program it is for."
        )
    chosen = _checked(scopes)
    if not 1 <= days <= MOST_DAYS:
        raise ApiKeyError(f"A key works for 1 to {MOST_DAYS} days.", where="expiry")
    if not 1 <= rate <= MOST_RATE:
        raise ApiKeyError(f"The limit is 1 to {MOST_RATE} requests per minute.", where="requests per minute")
    who, now = identity(), datetime.now(UTC)
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    row = {
        "id": secrets.token_hex(6),
        "name": name,
        "hash": hashed(secret),
        "hint": secret[-4:],
        "scopes": list(chosen),
        "role": who.role,
        "maker_id": who.id,
        "maker": who.name,
        "rate": rate,
        "created_at": now,
        "expires_at": now + timedelta(days=days),
        "last_used_at": None,
        "revoked_at": None,
        "project": get_settings(settings).project or FIRST,
    }
    with shared_engine(settings).begin() as connection:
        connection.execute(insert(api_keys).values(row))
    record("key_made", name, settings=settings, kind="API key", id=row["id"], scopes=list(chosen), days=days)
    return ApiKey.from_row(row), secret


def keys(settings: Settings | None = None) -> list[ApiKey]:
    """Return all keys of the project at work, newest first."""
    project = get_settings(settings).project or FIRST
    query = (
        select(api_keys)
        .where(api_keys.c.project == project)
        .order_by(api_keys.c.created_at.desc(), api_keys.c.id)
    )
    with shared_engine(settings).connect() as connection:
        return [ApiKey.from_row(row) for row in connection.execute(query).mappings()]


def revoke_key(key_id: str, settings: Settings | None = None) -> ApiKey:
    """Let a key work no more, from the next request on; NotFoundError if there is none."""
    require("keys.write")
    one = (api_keys.c.id == key_id) & (api_keys.c.project == (get_settings(settings).project or FIRST))
    change = update(api_keys).where(one, api_keys.c.revoked_at.is_(None))
    with shared_engine(settings).begin() as connection:
        changed = connection.execute(change.values(revoked_at=datetime.now(UTC))).rowcount
        row = connection.execute(select(api_keys).where(one)).mappings().first()
    if row is None:
        raise NotFoundError("This key doesn't exist.", remedy="Choose one from the list.")
    if changed:
        record("key_revoked", row["name"], settings=settings, kind="API key", id=key_id)
    return ApiKey.from_row(row)


def revoke_all(project: str, settings: Settings) -> None:
    """Let no key of a project work any more."""
    works = (api_keys.c.project == project) & api_keys.c.revoked_at.is_(None)
    with shared_engine(settings).begin() as connection:
        connection.execute(update(api_keys).where(works).values(revoked_at=datetime.now(UTC)))


def hashed(secret: str) -> str:
    """Return what is kept of a secret.

    It is random and long: a slow hash, as for passwords, would protect nothing more.
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _checked(scopes: Collection[str]) -> tuple[Permission, ...]:
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise ApiKeyError(
            f"A key can't be allowed “{unknown[0][:40]}”.",
            where="scopes",
            remedy=f"Use some of: {', '.join(SCOPES)}.",
        )
    if not scopes:
        raise ApiKeyError("The key may do nothing.", where="scopes", remedy="Choose what it may do.")
    for scope in scopes:
        require(cast("Permission", scope))
    return tuple(scope for scope in SCOPES if scope in scopes)
