"""Links that invite a person or reset a password: each is good once, and for some days."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from core.accounts import tables
from core.accounts.people import (
    checked_hash,
    clean_email,
    end_sessions,
    insert_person,
    new_row,
    row_by_email,
    row_of,
)
from core.accounts.sessions import session_id
from core.audit import record
from core.base.errors import AccountError
from core.base.identity import ROLES, Role, identity
from core.base.project import FIRST
from core.base.settings import Settings, get_settings
from core.database import shared_engine

#: How long an invitation is good, and how long a link that resets a password.
INVITED_FOR, RESET_FOR = timedelta(days=7), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An invitation, or a reset where there is a person."""

    id: str
    person_id: str | None
    email: str
    role: Role
    made_by: str
    created_at: datetime
    expires_at: datetime
    project: str = ""


def invite(email: str, role: Role, settings: Settings | None = None) -> str:
    """Invite somebody, and return what the link ends with; an older invitation of theirs ends.

    Where there are several projects it is to the one at work.

    Raises
    ------
    AccountError
        If the address is none, or has an account.
    """
    email = clean_email(email)
    if role not in ROLES:
        raise AccountError(f"There is no role “{role}”.", remedy=f"Use one of: {', '.join(ROLES)}.")
    with shared_engine(settings).begin() as connection:
        if row_by_email(connection, email) is not None:
            raise AccountError(f"{email} has an account already.", where="e-mail")
        connection.execute(
            delete(tables.links).where(tables.links.c.email == email, tables.links.c.person_id.is_(None))
        )
        at_work = get_settings(settings)
        project = at_work.project if at_work.has_projects else ""
        token = _make(connection, email=email, role=role, person_id=None, lasts=INVITED_FOR, project=project)
    record("person_invited", email, settings=settings, role=role)
    return token


def reset(person_id: str, settings: Settings | None = None) -> str:
    """Return what the link ends with by which somebody sets a new password.

    Until they have, the old one is still good; then it isn't, and a second factor is off: both may be lost.
    """
    with shared_engine(settings).begin() as connection:
        row = row_of(connection, person_id)
        connection.execute(delete(tables.links).where(tables.links.c.person_id == person_id))
        token = _make(connection, email=row["email"], role=row["role"], person_id=person_id, lasts=RESET_FOR)
    record("person_changed", row["email"], settings=settings, what="reset link")
    return token


def invitations(settings: Settings | None = None) -> list[Link]:
    """Return the invitations nobody has used yet, the latest first."""
    links = tables.links
    query = (
        select(links)
        .where(links.c.person_id.is_(None), links.c.expires_at > datetime.now(UTC))
        .order_by(links.c.created_at.desc())
    )
    with shared_engine(settings).connect() as connection:
        return [Link(**row) for row in connection.execute(query).mappings()]


def withdraw(link_id: str, settings: Settings | None = None) -> None:
    """End an invitation."""
    links = tables.links
    with shared_engine(settings).begin() as connection:
        email = connection.scalar(select(links.c.email).where(links.c.id == link_id))
        connection.execute(delete(links).where(links.c.id == link_id, links.c.person_id.is_(None)))
    if email is not None:
        record("person_changed", email, settings=settings, what="invitation withdrawn")


def find_link(token: str, settings: Settings | None = None) -> Link:
    """Return the invitation or reset a link stands for.

    Raises
    ------
    AccountError
        If it was used, withdrawn, or is too old.
    """
    with shared_engine(settings).connect() as connection:
        return Link(**_row(connection, token))


def accept(token: str, *, name: str, password: str, settings: Settings | None = None) -> str:
    """Make the account a link invites to, or set the password it resets; return the person's id.

    Raises
    ------
    AccountError
        If the link is no good (any more), or the name or the password won't do: then it stays good.
    """
    link = find_link(token, settings)
    if link.person_id is None:
        row = new_row(email=link.email, name=name, role=link.role, password=password)
        with shared_engine(settings).begin() as connection:
            _use(connection, token)
            insert_person(connection, row)
            join_project(connection, row["id"], link.project)
        return str(row["id"])
    with shared_engine(settings).connect() as connection:
        person = row_of(connection, link.person_id)
    hashed = checked_hash(password, person["name"], person["email"])
    with shared_engine(settings).begin() as connection:
        _use(connection, token)
        values = {"password": hashed, "totp": "", "recovery": []}
        connection.execute(update(tables.people).where(tables.people.c.id == link.person_id).values(values))
        # Whoever got hold of the account may have connected one of their own.
        connected = tables.person_identities.c.person_id == link.person_id
        connection.execute(delete(tables.person_identities).where(connected))
        end_sessions(connection, link.person_id)
    return link.person_id


def join_project(connection: Connection, person_id: str, project: str) -> None:
    """Make whoever was invited a member of the project, of the first where there was no other then."""
    if connection.scalar(select(func.count()).select_from(tables.projects)):
        values = {"project_id": project or FIRST, "person_id": person_id}
        connection.execute(insert(tables.project_members).values(values))


def _make(
    connection: Connection,
    *,
    email: str,
    role: str,
    person_id: str | None,
    lasts: timedelta,
    project: str = "",
) -> str:
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    connection.execute(delete(tables.links).where(tables.links.c.expires_at < now))
    connection.execute(
        insert(tables.links).values(
            id=session_id(token),
            person_id=person_id,
            email=email,
            role=role,
            made_by=identity().name,
            created_at=now,
            expires_at=now + lasts,
            project=project,
        )
    )
    return token


def _row(connection: Connection, token: str) -> Mapping[str, Any]:
    links = tables.links
    query = select(links).where(links.c.id == session_id(token), links.c.expires_at > datetime.now(UTC))
    row = connection.execute(query).mappings().first()
    if row is None:
        raise _no_good()
    return dict(row)


def _use(connection: Connection, token: str) -> None:
    """Take a link away; of two who use it at once, one does."""
    gone = connection.execute(delete(tables.links).where(tables.links.c.id == session_id(token)))
    if gone.rowcount != 1:
        raise _no_good()


def _no_good() -> AccountError:
    return AccountError(
        "This link has been used or is too old.", remedy="Ask an administrator for a new one."
    )
