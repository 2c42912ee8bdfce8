"""Sessions of people, kept on the server: what ends one counts in every worker at once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, insert, select, update

from core.accounts import tables
from core.base.identity import Identity
from core.base.settings import Settings
from core.database import shared_engine
from core.oidc import ProvenIdentity

#: A session ends after so long without a request, and after so long in any case.
IDLE, LONGEST = timedelta(hours=12), timedelta(days=7)
#: How exactly the time of the last request is kept: no write for each of them.
SEEN_EVERY = timedelta(minutes=1)
MOST_DEVICE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Where somebody is signed in."""

    id: str
    created_at: datetime
    seen_at: datetime
    address: str
    device: str


def session_id(token: str) -> str:
    """Return what is kept of a session's or a link's secret."""
    return sha256(token.encode()).hexdigest()


def begin(
    person_id: str,
    *,
    address: str,
    device: str,
    proven: ProvenIdentity | None = None,
    settings: Settings | None = None,
) -> str:
    """Start a session, and return what the cookie holds: new each time.

    ``proven`` is what a provider has shown, where they signed in by one: both sessions end together.
    """
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    sessions, people = tables.person_sessions, tables.people
    with shared_engine(settings).begin() as connection:
        connection.execute(delete(sessions).where(_is_over(now)))
        connection.execute(
            insert(sessions).values(
                id=session_id(token),
                person_id=person_id,
                created_at=now,
                seen_at=now,
                address=address,
                device=device[:MOST_DEVICE],
                id_token=proven.id_token if proven else "",
                provider_session=proven.session if proven else "",
            )
        )
        connection.execute(update(people).where(people.c.id == person_id).values(seen_at=now))
    return token


def resolve(token: str, address: str, settings: Settings | None = None) -> Identity | None:
    """Return who is signed in by this cookie; None where nobody is (any more)."""
    sessions, people = tables.person_sessions, tables.people
    now, known = datetime.now(UTC), session_id(token)
    query = (
        select(people.c.id, people.c.name, people.c.role, sessions.c.seen_at)
        .join(sessions, sessions.c.person_id == people.c.id)
        .where(sessions.c.id == known, ~_is_over(now))
    )
    with shared_engine(settings).connect() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        return None
    if now - row["seen_at"] > SEEN_EVERY:
        _seen(known, row["id"], now, settings)
    return Identity(
        id=row["id"], name=row["name"], role=row["role"], via="account", address=address, session=known
    )


def id_token_of(token: str, settings: Settings | None = None) -> str:
    """Return the ID token a session began with; empty for sign-ins by password."""
    sessions = tables.person_sessions
    with shared_engine(settings).connect() as connection:
        query = select(sessions.c.id_token).where(sessions.c.id == session_id(token))
        return connection.scalar(query) or ""


def end(token: str, settings: Settings | None = None) -> None:
    """End a session, for whoever holds its cookie."""
    sessions = tables.person_sessions
    with shared_engine(settings).begin() as connection:
        connection.execute(delete(sessions).where(sessions.c.id == session_id(token)))


def end_one(person_id: str, session: str, settings: Settings | None = None) -> None:
    """End one of a person's own sessions, by its id."""
    sessions = tables.person_sessions
    with shared_engine(settings).begin() as connection:
        connection.execute(
            delete(sessions).where(sessions.c.person_id == person_id, sessions.c.id == session)
        )


def end_all(person_id: str, *, keep: str = "", settings: Settings | None = None) -> None:
    """End all sessions of a person but the one to ``keep``."""
    sessions = tables.person_sessions
    with shared_engine(settings).begin() as connection:
        connection.execute(delete(sessions).where(sessions.c.person_id == person_id, sessions.c.id != keep))


def sessions_of(person_id: str, settings: Settings | None = None) -> list[Session]:
    """Return where somebody is signed in, the latest first."""
    sessions = tables.person_sessions
    columns = (sessions.c[name] for name in ("id", "created_at", "seen_at", "address", "device"))
    query = (
        select(*columns)
        .where(sessions.c.person_id == person_id, ~_is_over(datetime.now(UTC)))
        .order_by(sessions.c.seen_at.desc())
    )
    with shared_engine(settings).connect() as connection:
        return [Session(**row) for row in connection.execute(query).mappings()]


def _is_over(now: datetime) -> Any:  # noqa: ANN401 - SQLAlchemy's expression
    sessions = tables.person_sessions
    return (sessions.c.seen_at < now - IDLE) | (sessions.c.created_at < now - LONGEST)


def _seen(known: str, person_id: str, now: datetime, settings: Settings | None) -> None:
    sessions, people = tables.person_sessions, tables.people
    with shared_engine(settings).begin() as connection:
        connection.execute(update(sessions).where(sessions.c.id == known).values(seen_at=now))
        connection.execute(update(people).where(people.c.id == person_id).values(seen_at=now))
