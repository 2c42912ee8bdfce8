"""Commands about people, and about projects and who is in them: for whoever is locked out of their pages."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from core.base.identity import ROLES

if TYPE_CHECKING:
    from core.accounts import Person
    from core.base.settings import Settings
    from core.projects import Project

_ROLE = click.Choice(ROLES)
_STDIN = click.option("--stdin", is_flag=True, help="Read the password from standard input.")


@click.group("people")
def people_command() -> None:
    """Add, list and remove accounts, change their role, or set a new password."""


@people_command.command("add")
@click.argument("email")
@click.option("--name", default=None, help="What others read; the e-mail address without it.")
@click.option("--role", type=_ROLE, default="admin", show_default=True)
@_STDIN
def add(*, email: str, name: str | None, role: str, stdin: bool) -> None:
    """Make an account for EMAIL; with --project before it, also a member of that project."""
    from core.accounts.people import add_person
    from core.base.project import current_project
    from core.base.settings import installation_settings
    from core.projects import add_member

    person = add_person(email=email, name=name or email, role=role, password=_password(stdin=stdin))  # type: ignore[arg-type]
    if current_project():
        add_member(current_project(), person.id, installation_settings())
    click.echo(f"Added {person.email} as {person.role}.")


@people_command.command("list")
def list_people() -> None:
    """List the accounts."""
    from core.accounts import people

    for one in people():
        seen = f"{one.seen_at:%Y-%m-%d %H:%M} UTC" if one.seen_at else "never"
        factor = "  second factor" if one.has_totp else ""
        click.echo(f"{one.role:<8}  {one.email}  {one.name}  last seen {seen}{factor}")


@people_command.command("role")
@click.argument("email")
@click.argument("role", type=_ROLE)
def role(*, email: str, role: str) -> None:
    """Give EMAIL another ROLE; they sign in again."""
    from core.accounts import person_of
    from core.accounts.people import set_role

    changed = set_role(person_of(email).id, role)  # type: ignore[arg-type]
    click.echo(f"{changed.email} is {changed.role} now.")


@people_command.command("remove")
@click.argument("email")
def remove(*, email: str) -> None:
    """Remove the account of EMAIL; their open pages stop at once."""
    from core.accounts import person_of
    from core.accounts.people import remove_person

    person = person_of(email)
    remove_person(person.id)
    click.echo(f"Removed {person.email}.")


@people_command.command("reset")
@click.argument("email")
@_STDIN
def reset(*, email: str, stdin: bool) -> None:
    """Set a new password for EMAIL, and switch their second factor off."""
    from core.accounts import person_of
    from core.accounts.people import set_password
    from core.accounts.totp import switch_off

    person = person_of(email)
    set_password(person.id, _password(stdin=stdin))
    if person.has_totp:
        switch_off(person.id)
    click.echo(f"{person.email} signs in with the new password now.")


def _password(*, stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("New password", hide_input=True, confirmation_prompt=True))


_PROJECT_ROLE = click.Choice([role for role in ROLES if role != "admin"])


@click.group("projects")
def projects_command() -> None:
    """Keep shops apart: projects and their members."""


@projects_command.command("add")
@click.argument("name")
@click.option("--first", default="First shop", show_default=True, help="Name for the project there was.")
def add_project(*, name: str, first: str) -> None:
    """Make a project called NAME."""
    from core.base.settings import installation_settings
    from core.projects import create_project

    made = create_project(name, installation_settings(), first_name=first)
    click.echo(f"Made {made.name} ({made.id}).")


@projects_command.command("list")
def list_projects() -> None:
    """List the projects and who is in them."""
    from core.base.settings import installation_settings
    from core.projects import all_projects, members

    settings = installation_settings()
    there = all_projects(settings)
    if not there:
        click.echo("There is a single project, which everybody is in.")
    for project in there:
        click.echo(f"{project.id:<8}  {project.name}")
        for member in members(project.id, settings):
            click.echo(f"          {member.role:<8}  {member.person.email}")


@projects_command.command("rename")
@click.argument("project")
@click.argument("name")
def rename(*, project: str, name: str) -> None:
    """Call PROJECT (its id or name) NAME from now on."""
    from core.base.settings import installation_settings
    from core.projects import find_project, rename_project

    settings = installation_settings()
    rename_project(find_project(project, settings).id, name, settings)
    click.echo(f"It is called {name} now.")


@projects_command.command("join")
@click.argument("project")
@click.argument("email")
@click.option(
    "--role", type=_PROJECT_ROLE, default=None, help="Their role there; their account's without it."
)
def join(*, project: str, email: str, role: str | None) -> None:
    """Make EMAIL a member of PROJECT, or change their role there."""
    from core.projects import add_member

    found, person, settings = _named(project, email)
    add_member(found.id, person.id, settings, role or "")
    click.echo(f"{email} is in {found.name} now.")


@projects_command.command("leave")
@click.argument("project")
@click.argument("email")
def leave(*, project: str, email: str) -> None:
    """Let EMAIL into PROJECT no more."""
    from core.projects import remove_member

    found, person, settings = _named(project, email)
    remove_member(found.id, person.id, settings)
    click.echo(f"{email} is not in {found.name} any more.")


def _named(project: str, email: str) -> tuple[Project, Person, Settings]:
    from core.accounts import person_of
    from core.base.settings import installation_settings
    from core.projects import find_project

    settings = installation_settings()
    return find_project(project, settings), person_of(email, settings), settings


@projects_command.command("delete")
@click.argument("project")
@click.option("--name", help="Its name, as a confirmation; asked for without it.")
def delete(*, project: str, name: str | None) -> None:
    """Delete PROJECT (its id or name) with all that is in it; it can only be restored from a backup."""
    from core.base.settings import installation_settings
    from core.projects import find_project
    from core.services.project_deletion import delete_project

    settings = installation_settings()
    found = find_project(project, settings)
    if name is None:
        what = "export, result, model, audience, schedule, live session and key"
        click.echo(f"This deletes every {what} of {found.name}.")
        name = str(click.prompt("Type its name to delete it"))
    delete_project(found.id, name, settings)
    click.echo(f"Deleted {found.name}. It can only be restored from a backup.")
