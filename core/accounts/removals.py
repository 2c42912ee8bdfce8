"""Who was removed: kept as hashes, so that nobody comes back by themselves through a provider."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select

from core.accounts import tables


def remember(connection: Connection, person_id: str, email: str) -> None:
    """Keep that a person was removed, by address and by each account they have at a provider."""
    identities = tables.person_identities
    query = select(identities.c.issuer, identities.c.subject).where(identities.c.person_id == person_id)
    gone = [_hash(email), *(_hash(*row) for row in connection.execute(query))]
    connection.execute(delete(identities).where(identities.c.person_id == person_id))
    connection.execute(delete(tables.removed_people).where(tables.removed_people.c.id.in_(gone)))
    now = datetime.now(UTC)
    connection.execute(insert(tables.removed_people), [{"id": one, "removed_at": now} for one in gone])


def were_removed(connection: Connection, email: str, issuer: str, subject: str) -> bool:
    """Whether somebody with this address, or this account at a provider, was removed."""
    removed = tables.removed_people
    query = select(removed.c.id).where(removed.c.id.in_([_hash(email), _hash(issuer, subject)]))
    return connection.scalar(query.limit(1)) is not None


def forget(connection: Connection, *parts: str) -> None:
    """Let somebody in again: by their address, or by issuer and subject."""
    removed = tables.removed_people
    connection.execute(delete(removed).where(removed.c.id == _hash(*parts)))


def _hash(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()
