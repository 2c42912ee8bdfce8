"""Accounts: who there is, with which role; made, changed and removed."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from core.accounts import removals, tables
from core.accounts.passwords import hash_password, problem_of
from core.audit import record
from core.base.errors import AccountError, NotFoundError
from core.base.identity import ROLES, Role
from core.base.settings import Settings
from core.database import shared_engine, wait_for_turn

MOST_NAME, MOST_EMAIL = 80, 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
#: Taken by whoever counts people or administrators before they change who there is (``wait_for_turn``).
LOCK = 0x9E091E


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account."""

    id: str
    email: str
    name: str
    role: Role
    has_password: bool
    has_totp: bool
    recovery_left: int
    created_at: datetime
    seen_at: datetime | None


def people(settings: Settings | None = None) -> list[Person]:
    """Return everybody, by name."""
    with shared_engine(settings).connect() as connection:
        rows = connection.execute(select(tables.people)).mappings()
        return sorted(
            (person_from(dict(row)) for row in rows), key=lambda one: (one.name.casefold(), one.email)
        )


def any_people(settings: Settings | None = None) -> bool:
    """Whether there is any account: from then on, nobody comes in without one."""
    with shared_engine(settings).connect() as connection:
        return connection.scalar(select(tables.people.c.id).limit(1)) is not None


def find_person(person_id: str, settings: Settings | None = None) -> Person:
    """Return one person; NotFoundError if there is none (any more)."""
    with shared_engine(settings).connect() as connection:
        return person_from(row_of(connection, person_id))


def person_of(email: str, settings: Settings | None = None) -> Person:
    """Return whoever has this e-mail address; NotFoundError if nobody has."""
    with shared_engine(settings).connect() as connection:
        row = row_by_email(connection, email)
    if row is None:
        raise NotFoundError(f"Nobody has an account for {email}.", remedy="See `python -m core people list`.")
    return person_from(row)


def add_person(
    *, email: str, name: str, role: Role, password: str | None, settings: Settings | None = None
) -> Person:
    """Make an account; without a password for whoever signs in elsewhere.

    Raises
    ------
    AccountError
        If the e-mail address is no address or has an account, or the password won't do.
    """
    row = new_row(email=email, name=name, role=role, password=password)
    with shared_engine(settings).begin() as connection:
        insert_person(connection, row)
    return person_from(row)


def first_person(*, email: str, name: str, password: str, settings: Settings | None = None) -> Person:
    """Make the administrator, where there is nobody yet.

    Raises
    ------
    AccountError
        If somebody was faster, or as ``add_person``.
    """
    row = new_row(email=email, name=name, role="admin", password=password)
    with shared_engine(settings).begin() as connection:
        wait_for_turn(connection, LOCK)
        if connection.scalar(select(tables.people.c.id).limit(1)) is not None:
            raise AccountError(
                "There is an administrator already.", remedy="Sign in, or ask for an invitation."
            )
        insert_person(connection, row)
    return person_from(row)


def set_name(person_id: str, name: str, settings: Settings | None = None) -> None:
    """Change what somebody is called."""
    _change(person_id, {"name": clean_name(name)}, settings)


def set_role(person_id: str, role: Role, settings: Settings | None = None) -> Person:
    """Change what somebody may do; they sign in again with it.

    Raises
    ------
    AccountError
        If nobody would be left to administer.
    """
    with shared_engine(settings).begin() as connection:
        wait_for_turn(connection, LOCK)
        row = row_of(connection, person_id)
        if row["role"] == role:
            return person_from(row)
        if role != "admin":
            _check_not_last(connection, row)
        connection.execute(update(tables.people).where(tables.people.c.id == person_id).values(role=role))
        end_sessions(connection, person_id)
    record("person_changed", row["email"], settings=settings, role=role, before=row["role"])
    return find_person(person_id, settings)


def remove_person(person_id: str, settings: Settings | None = None) -> None:
    """Remove an account, its sessions and its links; nobody comes back without an invitation.

    Raises
    ------
    AccountError
        If nobody would be left to administer.
    """
    with shared_engine(settings).begin() as connection:
        wait_for_turn(connection, LOCK)
        row = row_of(connection, person_id)
        _check_not_last(connection, row)
        end_sessions(connection, person_id)
        # An invitation of the same address, from before there was an account, would let them back in.
        mine = (tables.links.c.person_id == person_id) | (tables.links.c.email == row["email"])
        connection.execute(delete(tables.links).where(mine))
        removals.remember(connection, person_id, row["email"])
        connection.execute(delete(tables.people).where(tables.people.c.id == person_id))
    record("person_removed", row["email"], settings=settings, role=row["role"])


def set_password(person_id: str, password: str, *, keep: str = "", settings: Settings | None = None) -> None:
    """Change a password; every session ends but the one to ``keep``.

    Raises
    ------
    AccountError
        If the password won't do.
    """
    with shared_engine(settings).connect() as connection:
        row = row_of(connection, person_id)
    hashed = checked_hash(password, row["name"], row["email"])
    with shared_engine(settings).begin() as connection:
        connection.execute(
            update(tables.people).where(tables.people.c.id == person_id).values(password=hashed)
        )
        end_sessions(connection, person_id, keep=keep)
    record("person_changed", row["email"], settings=settings, what="password")


def end_sessions(connection: Connection, person_id: str, *, keep: str = "") -> None:
    """End all sessions of a person but the one to ``keep``."""
    sessions = tables.person_sessions
    connection.execute(delete(sessions).where(sessions.c.person_id == person_id, sessions.c.id != keep))


def row_of(connection: Connection, person_id: str) -> Mapping[str, Any]:
    """Return a person's row; NotFoundError if there is none (any more)."""
    query = select(tables.people).where(tables.people.c.id == person_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError("This person has no account (any more).", remedy="Reload the page.")
    return dict(row)


def row_by_email(connection: Connection, email: str) -> Mapping[str, Any] | None:
    """Return the row of whoever has this e-mail address."""
    query = select(tables.people).where(tables.people.c.email == email.strip().casefold())
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def new_row(*, email: str, name: str, role: Role, password: str | None) -> dict[str, Any]:
    """Return the row of a new account, checked."""
    if role not in ROLES:
        raise AccountError(f"There is no role “{role}”.", remedy=f"Use one of: {', '.join(ROLES)}.")
    email, name = clean_email(email), clean_name(name)
    return {
        "id": uuid.uuid4().hex,
        "email": email,
        "name": name,
        "role": role,
        "password": "" if password is None else checked_hash(password, name, email),
        "totp": "",
        "totp_last": 0,
        "recovery": [],
        "created_at": datetime.now(UTC),
        "seen_at": None,
    }


def insert_person(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a new account, of somebody who may have been removed before.

    Raises
    ------
    AccountError
        If the e-mail address has one.
    """
    if row_by_email(connection, row["email"]) is not None:
        raise AccountError(f"{row['email']} has an account already.", where="e-mail")
    connection.execute(insert(tables.people).values(dict(row)))
    removals.forget(connection, row["email"])


def clean_email(email: str) -> str:
    """Return an e-mail address as it is kept and compared."""
    email = email.strip().casefold()
    if not _EMAIL.fullmatch(email) or len(email) > MOST_EMAIL or not email.isprintable():
        raise AccountError(
            "This is not an e-mail address.", where="e-mail", remedy="Write it as anna@shop.example."
        )
    return email


def clean_name(name: str) -> str:
    """Return a name as it is shown."""
    name = " ".join(name.split())
    if not name or len(name) > MOST_NAME or not name.isprintable():
        raise AccountError(f"A name has 1 to {MOST_NAME} characters.", where="name")
    return name


def checked_hash(password: str, *about: str) -> str:
    """Return the hash of a new password.

    Raises
    ------
    AccountError
        If it won't do.
    """
    problem = problem_of(password, about)
    if problem is not None:
        raise AccountError(problem, where="password")
    return hash_password(password)


def _change(person_id: str, values: Mapping[str, Any], settings: Settings | None) -> None:
    with shared_engine(settings).begin() as connection:
        row = row_of(connection, person_id)
        connection.execute(update(tables.people).where(tables.people.c.id == person_id).values(**values))
    record("person_changed", row["email"], settings=settings, what=", ".join(values))


def _check_not_last(connection: Connection, row: Mapping[str, Any]) -> None:
    admins = select(func.count()).select_from(tables.people).where(tables.people.c.role == "admin")
    if row["role"] == "admin" and connection.scalar(admins) == 1:
        raise AccountError(
            f"{row['name']} is the only administrator.", remedy="Make somebody else an administrator first."
        )


def person_from(row: Mapping[str, Any]) -> Person:
    """Return the person a row is of."""
    return Person(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        role=row["role"],
        has_password=bool(row["password"]),
        has_totp=bool(row["totp"]),
        recovery_left=len(row["recovery"]),
        created_at=row["created_at"],
        seen_at=row["seen_at"],
    )
