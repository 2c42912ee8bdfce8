"""Commands about schedules: list them, make one of a file, run one now, answer what waits for a person.

What a command needs is imported within it: ``--help``, and whoever mistypes, waits for none of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from core.schedules.service import Shown


@click.group("schedule")
def schedule_commands() -> None:
    """Let exports come in by themselves."""


@schedule_commands.command("list")
def list_command() -> None:
    """List the schedules there are, and what waits for a person."""
    from core.base.settings import get_settings
    from core.schedules.service import shown
    from core.storage import get_store

    settings = get_settings()
    for schedule in get_store(settings).schedules():
        _print(shown(schedule, settings, most=1))


def _print(told: Shown) -> None:
    from core.base.shop import written_time

    kept, last = told.schedule, next(iter(told.runs), None)
    state = "on" if kept.is_on else "off"
    due = f"next {written_time(told.next_due)}" if told.next_due else "as it arrives" if kept.is_on else ""
    ran = f"last run {last.state.replace('_', ' ')}" if last else "has not run yet"
    click.echo(f"{kept.id}  {state:<3}  {kept.name}  {ran}  {due}".rstrip())
    for arrival in told.problems:
        said = arrival.problem or {}
        click.echo(f"  {arrival.id}  {arrival.name}: {said.get('message') or arrival.state}")


@schedule_commands.command("show")
@click.argument("schedule_id")
def show_command(schedule_id: str) -> None:
    """Print the settings of a schedule, to be changed and used again; secrets are left out."""
    from core.api.schedules import definition_json
    from core.base.settings import get_settings
    from core.schedules.definition import read_definition
    from core.storage import get_store

    kept = get_store(get_settings()).schedule(schedule_id)
    click.echo(json.dumps(definition_json(read_definition(kept.definition)), indent=2, ensure_ascii=False))


@schedule_commands.command("add")
@click.argument("name")
@click.argument("definition", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--existing", is_flag=True, help="Take in the files that are there already, too.")
def add_command(*, name: str, definition: Path, existing: bool) -> None:
    """Make a schedule called NAME of a JSON file of its settings, and switch it on; print its id."""
    from core.base.errors import ScheduleError
    from core.schedules.definition import read_definition
    from core.schedules.service import save

    try:
        told = json.loads(definition.read_text("utf-8"))
    except ValueError as error:
        raise ScheduleError(
            f"It is not valid JSON: {error}.", where=definition.name, remedy="Correct it."
        ) from error
    click.echo(save(name, read_definition(told), existing=existing).id)


@schedule_commands.command("run")
@click.argument("schedule_id")
def run_command(schedule_id: str) -> None:
    """Take in what is there now; a worker does it."""
    from core.schedules.service import run_now

    click.echo(run_now(schedule_id).id)


@schedule_commands.command("switch")
@click.argument("schedule_id")
@click.argument("state", type=click.Choice(["on", "off"]))
def switch_command(schedule_id: str, state: str) -> None:
    """Switch a schedule on or off."""
    from core.schedules.service import switch

    switch(schedule_id, on=state == "on")


@schedule_commands.command("accept")
@click.argument("arrival_id")
def accept_command(arrival_id: str) -> None:
    """Go on with an export that waits for a person, or try again what has failed."""
    from core.schedules.service import accept

    click.echo(accept(arrival_id).id)


@schedule_commands.command("leave-out")
@click.argument("arrival_id")
def leave_out_command(arrival_id: str) -> None:
    """Leave an export out for good."""
    from core.schedules.service import leave_out

    leave_out(arrival_id)


@schedule_commands.command("delete")
@click.argument("schedule_id")
@click.confirmation_option(prompt="Its runs are forgotten; exports, results and lists stay. Delete it?")
def delete_command(schedule_id: str) -> None:
    """Forget a schedule and its runs."""
    from core.schedules.service import delete

    delete(schedule_id)
