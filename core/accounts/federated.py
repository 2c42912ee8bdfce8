"""Whose account is it? From an identity a provider has proven to the person who comes in by it.

An account at a provider is known by issuer and subject alone. The first time, it becomes somebody's by a
verified e-mail address that an administrator has made a link for, an invitation or one for an account that is
there, or makes a new account where the settings allow that. An address alone opens no account.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from core.accounts import removals, tables
from core.accounts.links import join_project
from core.accounts.people import (
    LOCK,
    MOST_NAME,
    Person,
    end_sessions,
    find_person,
    insert_person,
    new_row,
    person_from,
    row_by_email,
    row_of,
    set_role,
)
from core.audit import record
from core.base.errors import AccountError
from core.base.identity import Role
from core.base.settings import Settings
from core.database import shared_engine, wait_for_turn
from core.oidc import ProvenIdentity, SignInRefusedError

_ASK = "Ask an administrator of the dashboard for an invitation."


class NotInvitedError(SignInRefusedError):
    """Nobody has invited them, or they were removed."""

    code = "not_invited"
    passing = False


class NotVerifiedError(SignInRefusedError):
    """The provider doesn't vouch for the e-mail address."""

    code = "not_verified"
    passing = False


class WrongDomainError(SignInRefusedError):
    """The account is of another organisation."""

    code = "wrong_domain"
    passing = False


class NoRoleError(SignInRefusedError):
    """None of the groups has a role."""

    code = "no_role"
    passing = False


class GroupsUntoldError(SignInRefusedError):
    """There are more groups than the provider lists, so it isn't known which role they give."""

    code = "groups_untold"
    passing = False


class NotConnectedError(SignInRefusedError):
    """There is an account with this address, which opens by its password."""

    code = "not_connected"
    passing = False


def person_for(proven: ProvenIdentity, settings: Settings) -> Person:
    """Return who comes in, with the role their groups give them now.

    Raises
    ------
    SignInRefusedError
        If they may not; each reason is an error of its own, with what to do about it.
    """
    role = _permitted_role(proven, settings)
    with shared_engine(settings).begin() as connection:
        wait_for_turn(connection, LOCK)
        known = _known(connection, proven)
        row = known or _first_time(connection, proven, role, settings)
        connection.execute(
            update(tables.person_identities).where(*_is(proven)).values(seen_at=datetime.now(UTC))
        )
    if known is None:
        record(
            "person_changed",
            row["email"],
            settings=settings,
            what="joined by single sign-on",
            role=row["role"],
        )
    return _with_role(person_from(row), role, settings)


def connect(person_id: str, proven: ProvenIdentity, settings: Settings) -> None:
    """Let somebody who is signed in come in by this account at the provider from now on.

    Raises
    ------
    SignInRefusedError
        If their groups or domain don't let them in, or the account is somebody else's here.
    """
    _permitted_role(proven, settings)
    with shared_engine(settings).begin() as connection:
        wait_for_turn(connection, LOCK)
        known = _known(connection, proven)
        if known is not None and known["id"] != person_id:
            raise NotInvitedError(
                "This account belongs to somebody else here.",
                remedy="Sign out there, then connect the account that is yours.",
            )
        if known is None:
            _keep(connection, proven, person_id)
    person = find_person(person_id, settings)
    record("person_changed", person.email, settings=settings, what="single sign-on connected")


def connected_people(settings: Settings | None = None) -> frozenset[str]:
    """Return the ids of everybody who comes in by a provider."""
    with shared_engine(settings).connect() as connection:
        return frozenset(connection.scalars(select(tables.person_identities.c.person_id)))


def _permitted_role(proven: ProvenIdentity, settings: Settings) -> Role | None:
    """Return the role of somebody's groups; None where the settings give groups no roles."""
    if not proven.is_of(settings.oidc_domains):
        raise WrongDomainError(
            f"{proven.email or 'This account'} doesn't belong to this dashboard.",
            remedy=f"Sign in with an account of {' or '.join(settings.oidc_domains)}.",
        )
    if not settings.oidc_roles:
        return None
    if proven.groups_untold:
        raise GroupsUntoldError(
            "You are in more groups than the sign-in service lists, so your role can't be told.",
            remedy="Ask whoever looks after your company's accounts to send app roles, or only the groups "
            "that are assigned to this application.",
        )
    role = proven.role(settings.oidc_roles)
    if role is None:
        _turn_out(proven, settings)
        raise NoRoleError(
            "None of your groups has a role in this dashboard.",
            remedy="Ask whoever looks after your company's accounts to put you into a group that has one.",
        )
    return role


def _turn_out(proven: ProvenIdentity, settings: Settings) -> None:
    """End the sessions of whoever has lost the last group that let them in."""
    with shared_engine(settings).begin() as connection:
        known = _known(connection, proven)
        if known is not None:
            end_sessions(connection, known["id"])


def _with_role(person: Person, role: Role | None, settings: Settings) -> Person:
    if role is None or role == person.role:
        return person
    try:
        return set_role(person.id, role, settings)
    except AccountError:
        # Nobody would be left to administer: groups alone take that from nobody.
        record("person_changed", person.email, settings=settings, what="kept as the only administrator")
        return person


def _known(connection: Connection, proven: ProvenIdentity) -> Mapping[str, Any] | None:
    people, identities = tables.people, tables.person_identities
    query = select(people).join(identities, identities.c.person_id == people.c.id).where(*_is(proven))
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def _first_time(
    connection: Connection, proven: ProvenIdentity, role: Role | None, settings: Settings
) -> Mapping[str, Any]:
    """Make an account, or find the one an administrator has made a link for."""
    if not proven.email_verified:
        raise NotVerifiedError(
            "The sign-in service doesn't confirm your e-mail address.",
            remedy="Confirm your address there, then sign in again. If it is, tell your administrator.",
        )
    link = _link(connection, proven.email)
    if link is not None and link["person_id"] is not None:
        row = row_of(connection, link["person_id"])
    else:
        # Groups give a role, but open no door.
        allowed = link["role"] if link is not None else _role_of_strangers(connection, proven, settings)
        row = new_row(email=proven.email, name=_name(proven), role=role or allowed, password=None)
        insert_person(connection, row)
        if link is not None:
            join_project(connection, row["id"], link["project"])
    if link is not None:
        connection.execute(delete(tables.links).where(tables.links.c.id == link["id"]))
    _keep(connection, proven, row["id"])
    return row


def _role_of_strangers(connection: Connection, proven: ProvenIdentity, settings: Settings) -> Role:
    """Return the role of somebody without a link; most aren't let in."""
    if row_by_email(connection, proven.email) is not None:
        by_password = settings.password_allowed(proven.email)
        raise NotConnectedError(
            f"{proven.email} has an account here that isn't connected yet.",
            remedy="Sign in with your password and connect it under Your account."
            if by_password
            else "Ask an administrator to make a link for you, then sign in again.",
        )
    if removals.were_removed(connection, proven.email, proven.issuer, proven.subject):
        raise NotInvitedError("Your account here was removed.", remedy=_ASK)
    if settings.oidc_new_people is None:
        raise NotInvitedError(f"Nobody has invited {proven.email} yet.", remedy=_ASK)
    return settings.oidc_new_people


def _link(connection: Connection, email: str) -> Mapping[str, Any] | None:
    """Return the latest link an administrator has made for an address."""
    links = tables.links
    query = (
        select(links)
        .where(links.c.email == email, links.c.expires_at > datetime.now(UTC))
        .order_by(links.c.created_at.desc())
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def _keep(connection: Connection, proven: ProvenIdentity, person_id: str) -> None:
    connection.execute(
        insert(tables.person_identities).values(
            issuer=proven.issuer, subject=proven.subject, person_id=person_id, created_at=datetime.now(UTC)
        )
    )
    removals.forget(connection, proven.issuer, proven.subject)


def _is(proven: ProvenIdentity) -> tuple[Any, Any]:
    identities = tables.person_identities
    return identities.c.issuer == proven.issuer, identities.c.subject == proven.subject


def _name(proven: ProvenIdentity) -> str:
    name = " ".join(part for part in proven.name.split() if part.isprintable())[:MOST_NAME].strip()
    return name or proven.email.partition("@")[0][:MOST_NAME]
