"""Entry point: gathers the commands and turns errors into messages and exit codes.

Exit codes: 0 done; 1 something unexpected; 2 wrong usage; 3 the file can't be used;
4 the file's columns need a mapping; 5 the model bundle can't be used; 6 no room on the disk;
7 a setting is wrong; 8 the model has an alarm nobody has confirmed; 9 Spark can't be used; 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from core.base.errors import (
    AccountError,
    AlarmError,
    AudienceError,
    BundleError,
    CoreError,
    EngineError,
    ExportError,
    IngestError,
    MappingError,
    NotFoundError,
    ProjectError,
    RegistryError,
    ScheduleError,
    SchemaError,
    SettingsError,
    StorageError,
    TrainingError,
)
from core.base.project import in_project
from core.base.settings import Settings, installation_settings
from core.base.shop import read_with
from core.base.version import VERSION
from core.cli.alive import alive
from core.cli.audience import audience_command
from core.cli.audit import audit_command
from core.cli.backup import backup, restore
from core.cli.compare import compare_command
from core.cli.data import inspect_command, score, simulate
from core.cli.doctor import doctor
from core.cli.keys import keys_command
from core.cli.live import live_kafka, live_key, live_keys, live_work
from core.cli.models import evaluate, train
from core.cli.people import people_command, projects_command
from core.cli.person import person_commands
from core.cli.progress import say
from core.cli.promote import promote_command
from core.cli.register import register_command
from core.cli.replay import replay_command
from core.cli.rules import rules_group
from core.cli.schedule import schedule_commands
from core.cli.server import demo, password, serve, web, work

#: First match wins, so the narrower class stands before its base.
EXIT_CODES: tuple[tuple[type[CoreError], int], ...] = (
    (MappingError, 4),
    (IngestError, 3),
    (SchemaError, 3),
    (ExportError, 3),
    (TrainingError, 3),
    (AudienceError, 3),
    (ScheduleError, 3),
    (NotFoundError, 3),
    (AlarmError, 8),
    (RegistryError, 5),
    (BundleError, 5),
    (StorageError, 6),
    (SettingsError, 7),
    (AccountError, 7),
    (ProjectError, 7),
    (EngineError, 9),
)
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="Smart Customer Session Predictor")
@click.option("--project", help="Where there are several: the one to work in, by its name or id.")
@click.pass_context
def commands(context: click.Context, project: str | None) -> None:
    r"""Tell whether a browsing session ends in a purchase, what revenue to expect, what kind of visit it is.

    \b
    Exit codes: 0 done, 1 unexpected, 2 wrong usage, 3 the file can't be used,
    4 its columns need a mapping, 5 the model can't be used, 6 disk full, 7 a setting is wrong,
    8 the model has an alarm to confirm, 9 Spark can't be used.
    """
    if project is None and context.invoked_subcommand not in OF_A_PROJECT:
        return
    settings = installation_settings()
    if project is None and not settings.has_projects:
        return
    # Here, not above: it brings a database's libraries, which most commands do without.
    from core.projects import all_projects, find_project, settings_by_id

    there = all_projects(settings) if project is None else (find_project(project, settings),)
    # Where there are several, whatever opens data asks which one is meant.
    if len(there) == 1:
        context.with_resource(in_project(settings_by_id(there[0].id, settings)))


_OF_A_PROJECT = (
    inspect_command,
    score,
    audience_command,
    train,
    evaluate,
    compare_command,
    promote_command,
    register_command,
    live_key,
    live_kafka,
    live_keys,
    replay_command,
    schedule_commands,
    rules_group,
)
#: Names of the commands that work in one project.
OF_A_PROJECT = frozenset(command.name for command in _OF_A_PROJECT)

for command in (
    *_OF_A_PROJECT,
    simulate,
    person_commands,
    serve,
    web,
    alive,
    doctor,
    backup,
    restore,
    work,
    demo,
    password,
    audit_command,
    keys_command,
    people_command,
    projects_command,
    live_work,
):
    commands.add_command(command)


def _said_in_the_page(settings: Settings) -> dict[str, Any]:
    """Return what the page of settings says: it holds for commands, too."""
    # Here, not above: it brings a database's libraries, which most commands do without.
    from core.storage import shop_of

    return shop_of(settings)


def exit_code(error: CoreError) -> int:
    """Return the exit code that stands for an error."""
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with the code that says how it went."""
    read_with(_said_in_the_page)
    try:
        commands.main(args=arguments, prog_name="python -m core", standalone_mode=False)
    except click.exceptions.Abort:
        say("Interrupted.")
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except CoreError as error:
        _explain(error)
        sys.exit(exit_code(error))
    sys.exit(0)


def _explain(error: CoreError) -> None:
    where = f"{error.where}: " if error.where else ""
    say(f"{click.style('Error', fg='red', bold=True)} {where}{error.message}")
    if error.remedy:
        say(error.remedy)
