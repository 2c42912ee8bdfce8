"""Who is a member of a project, and with which role."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Delete, delete, insert, select

from core.accounts import Person, find_person
from core.accounts.people import person_from
from core.accounts.tables import people
from core.accounts.tables import project_members as table
from core.audit import record
from core.base.errors import ProjectError
from core.base.identity import ROLES, Role, require
from core.base.settings import Settings
from core.database import shared_engine
from core.projects.records import find_project

#: Roles one may have in a project alone: an administrator is one in all of them.
PROJECT_ROLES: tuple[Role, ...] = tuple(role for role in ROLES if role != "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in a project; ``own_role`` is theirs here, empty where it is the role of their account."""

    person: Person
    own_role: str

    @property
    def role(self) -> str:
        """What they may do here."""
        return "admin" if self.person.role == "admin" else self.own_role or self.person.role


def members(project_id: str, settings: Settings) -> list[Member]:
    """Return a project's members by name; administrators, who may enter all, only where they were added."""
    query = select(people, table.c.role.label("own_role")).join(table, table.c.person_id == people.c.id)
    with shared_engine(settings).connect() as connection:
        rows = connection.execute(query.where(table.c.project_id == project_id)).mappings().all()
    found = [Member(person=person_from(dict(row)), own_role=row["own_role"]) for row in rows]
    return sorted(found, key=lambda one: (one.person.name.casefold(), one.person.email))


def roles_of(person_id: str, settings: Settings) -> dict[str, str]:
    """Return the projects somebody is a member of, each with their role there (empty: their account's)."""
    query = select(table.c.project_id, table.c.role).where(table.c.person_id == person_id)
    with shared_engine(settings).connect() as connection:
        return {row.project_id: row.role for row in connection.execute(query)}


def add_member(project_id: str, person_id: str, settings: Settings, role: str = "") -> None:
    """Make somebody a member, or change the role of one; at once, in every worker.

    Raises
    ------
    ForbiddenError
        If whoever asks may not.
    NotFoundError
        If there is no such project or person.
    ProjectError
        If there is no such role in a project.
    """
    require("people.write")
    if role and role not in PROJECT_ROLES:
        raise ProjectError(
            f"“{role[:20]}” is no role in a project.", remedy=f"Use one of: {', '.join(PROJECT_ROLES)}."
        )
    project, person = find_project(project_id, settings), find_person(person_id, settings)
    with shared_engine(settings).begin() as connection:
        connection.execute(_one(project.id, person.id))
        connection.execute(insert(table).values(project_id=project.id, person_id=person.id, role=role))
    record("project_changed", project.name, settings=settings, what="member", email=person.email, role=role)


def remove_member(project_id: str, person_id: str, settings: Settings) -> None:
    """Let somebody into a project no more; what they have open of it stops answering."""
    require("people.write")
    project, person = find_project(project_id, settings), find_person(person_id, settings)
    with shared_engine(settings).begin() as connection:
        connection.execute(_one(project.id, person.id))
    record("project_changed", project.name, settings=settings, what="member removed", email=person.email)


def _one(project_id: str, person_id: str) -> Delete:
    return delete(table).where(table.c.project_id == project_id, table.c.person_id == person_id)
