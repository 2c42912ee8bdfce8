"""The command that puts a model to work, takes that back, and tells who did what when."""

from __future__ import annotations

import click

from core.cli.progress import say


@click.command("promote")
@click.argument("name", required=False)
@click.option("--back", is_flag=True, help="Go back to the model that was in use before.")
@click.option("--history", "show_history", is_flag=True, help="Print every change, newest first.")
@click.option("--who", default=None, help="Your name, for the record; your account's name by default.")
@click.option("--note", default="", help="Why, for the record.")
@click.option("--confirm", is_flag=True, help="Use it although something may give the outcome away.")
def promote_command(
    name: str | None, *, back: bool, show_history: bool, who: str | None, note: str, confirm: bool
) -> None:
    """Put model NAME to work: new exports are scored with it. Without anything: say which one is in use."""
    from core.base.settings import get_settings
    from core.bundle import registry

    if sum((name is not None, back, show_history)) > 1:
        raise click.UsageError("Give one of NAME, --back and --history.")
    settings = get_settings()
    if name is not None or back:
        who = _account() if who is None else who
        change = (
            registry.go_back(who=who, note=note, settings=settings)
            if name is None
            else registry.promote(name, who=who, note=note, confirmed=confirm, settings=settings)
        )
        say(f"In use: {change.bundle}, instead of {change.previous}.")
        return
    for change in registry.history(settings) if show_history else ():
        way = "back to" if change.back else "to"
        because = f": {change.note}" if change.note else ""
        click.echo(
            f"{change.at:%Y-%m-%d %H:%M} UTC  {change.previous} {way} {change.bundle}, {change.who}{because}"
        )
    if not show_history:
        click.echo(registry.in_use(settings))


def _account() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
