"""Commands about people: for whoever is locked out of the page of people, and for the first account."""

from __future__ import annotations

import sys

import click

from core.base.identity import ROLES

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
    """Make an account for EMAIL."""
    from core.accounts.people import add_person

    person = add_person(email=email, name=name or email, role=role, password=_password(stdin=stdin))  # type: ignore[arg-type]
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
