"""The commands of API keys."""

from __future__ import annotations

import click


@click.group("keys")
def keys_command() -> None:
    """Make, list and revoke API keys."""


@keys_command.command("make")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, help="What it may do; once for each (see scopes).")
@click.option("--days", default=None, type=int, help="Days until it expires (90).")
@click.option("--rate", default=None, type=int, help="Requests a minute it may send (600).")
def make_command(*, name: str, scopes: tuple[str, ...], days: int | None, rate: int | None) -> None:
    """Make a key called NAME and print it; it can't be read again."""
    from core.keys.records import DAYS, RATE, make_key

    days, rate = DAYS if days is None else days, RATE if rate is None else rate
    _, secret = make_key(name, scopes=scopes, days=days, rate=rate)
    click.echo(secret)


@keys_command.command("scopes")
def scopes_command() -> None:
    """List what a key may be allowed."""
    from core.base.identity import ALLOWS
    from core.keys import SCOPES

    for scope in SCOPES:
        click.echo(f"{scope:<16} {ALLOWS[scope]}")


@keys_command.command("list")
def list_command() -> None:
    """List the keys there are."""
    from core.keys import keys

    for key in keys():
        state = "in use" if key.is_in_use() else ("revoked" if key.revoked_at else "expired")
        scopes = " ".join(sorted(key.scopes))
        click.echo(
            f"{key.id}  {state:<7}  until {key.expires_at:%Y-%m-%d}  …{key.hint}  {key.name}  {scopes}"
        )


@keys_command.command("revoke")
@click.argument("key_id", metavar="ID")
def revoke_command(*, key_id: str) -> None:
    """Let a key work no more, from its next request on."""
    from core.keys import revoke_key

    click.echo(f"Revoked “{revoke_key(key_id).name}”.")
