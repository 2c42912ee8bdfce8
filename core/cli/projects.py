"""Commands about projects: make, list and rename them, and say who is in which."""

from __future__ import annotations

import click

from core.base.identity import ROLES

_ROLE = click.Choice([role for role in ROLES if role != "admin"])


@click.group("projects")
def projects_command() -> None:
    """Keep shops apart: projects and their members."""


@projects_command.command("add")
@click.argument("name")
@click.option("--first", default="First shop", show_default=True, help="Name for the project there was.")
def add(*, name: str, first: str) -> None:
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
@click.option("--role", type=_ROLE, default=None, help="Their role there; their account's without it.")
def join(*, project: str, email: str, role: str | None) -> None:
    """Make EMAIL a member of PROJECT, or change their role there."""
    from core.accounts import person_of
    from core.base.settings import installation_settings
    from core.projects import add_member, find_project

    settings = installation_settings()
    found = find_project(project, settings)
    add_member(found.id, person_of(email, settings).id, settings, role or "")
    click.echo(f"{email} is in {found.name} now.")


@projects_command.command("leave")
@click.argument("project")
@click.argument("email")
def leave(*, project: str, email: str) -> None:
    """Let EMAIL into PROJECT no more."""
    from core.accounts import person_of
    from core.base.settings import installation_settings
    from core.projects import find_project, remove_member

    settings = installation_settings()
    found = find_project(project, settings)
    remove_member(found.id, person_of(email, settings).id, settings)
    click.echo(f"{email} is not in {found.name} any more.")
