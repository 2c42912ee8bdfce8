"""Ends the sessions of whoever has signed out at the provider, in every worker at once."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select

from core.accounts import tables
from core.base.settings import Settings
from core.database import shared_engine, wait_for_turn
from core.oidc import ProviderLogout, UntrustedAnswerError

#: Any number will do, as long as every process takes the same one.
LOCK = 0x10C0


def end_by_provider(logout: ProviderLogout, settings: Settings | None = None) -> list[str]:
    """End the sessions a provider says are over; return the e-mail addresses of whose they were.

    Those that began by a password go on. Where the provider has said of a session here which of its own it
    belongs to, it ends with that one alone.

    Raises
    ------
    UntrustedAnswerError
        If this token has come before.
    """
    sessions, people, identities = tables.person_sessions, tables.people, tables.person_identities
    who = select(identities.c.person_id).where(identities.c.issuer == logout.issuer)
    if logout.subject is not None:
        who = who.where(identities.c.subject == logout.subject)
    meant = sessions.c.person_id.in_(who) & (sessions.c.id_token != "")
    if logout.session is not None:
        ones = {logout.session} | ({""} if logout.subject is not None else set())
        meant &= sessions.c.provider_session.in_(ones)
    whose = select(people.c.email).join(sessions, sessions.c.person_id == people.c.id).where(meant)
    with shared_engine(settings).begin() as connection:
        wait_for_turn(connection, LOCK)
        _take_once(connection, logout)
        emails = sorted(set(connection.scalars(whose)))
        connection.execute(delete(sessions).where(meant))
    return emails


def _take_once(connection: Connection, logout: ProviderLogout) -> None:
    taken = tables.provider_logouts
    one = sha256(f"{logout.issuer}\n{logout.token_id}".encode()).hexdigest()
    connection.execute(delete(taken).where(taken.c.until < datetime.now(UTC)))
    if connection.scalar(select(taken.c.id).where(taken.c.id == one)) is not None:
        raise UntrustedAnswerError("This logout token has come before.", remedy=None)
    connection.execute(insert(taken).values(id=one, until=logout.until))
