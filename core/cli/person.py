"""``person``: what is known of one person, handed out or deleted everywhere with a certificate."""

from __future__ import annotations

from pathlib import Path

import click

from core.base.written import number
from core.cli.progress import say

ID = click.argument("asked", metavar="ID")
ALONE = click.option(
    "--alone", is_flag=True, help="Mean this id alone, not those that stand beside it in events and sessions."
)
OUT = click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Where to write (.json).",
)


@click.group("person")
def person_commands() -> None:
    """Find, export or delete what is known of one person.

    ID is a visitor id, a user id or an e-mail address, or the SHA-256 of one.
    """


@person_commands.command("find")
@ID
@ALONE
def find_command(asked: str, *, alone: bool) -> None:
    """Say where a person is: in which exports, results, audiences, models, and live."""
    from core.base.settings import get_settings
    from core.privacy.erasure import find

    told = find(asked, get_settings(), alone=alone)
    say(f"{number(told['ids'])} ids of one person")
    for each in told["exports"]:
        rows = f"{number(each['rows'])} rows read, {number(each['sessions'])} scored sessions"
        say(f"{each['name']}: {rows if each['is_read'] else 'not read yet; would be deleted as a whole'}")
    for name, n in told["live"].items():
        say(f"live {name}: {number(n)}")
    for what in ("audiences", "models"):
        say(f"{what}: {', '.join(told[what]) or 'none'}")


@person_commands.command("export")
@ID
@ALONE
@OUT
def export_command(asked: str, *, alone: bool, out: Path) -> None:
    """Write everything that is known of a person as JSON."""
    from core.base.atomic_write import atomic_write
    from core.base.settings import get_settings
    from core.privacy.certificate import as_json
    from core.privacy.erasure import export_known

    told = export_known(asked, get_settings(), alone=alone)
    with atomic_write(out) as partial:
        partial.write_text(as_json(told), encoding="utf-8")
    say(f"{number(len(told['exports']))} exports with this person: {out}")


@person_commands.command("delete")
@ID
@ALONE
@OUT
@click.option("--yes", is_flag=True, help="Don't ask first.")
def delete_command(asked: str, *, alone: bool, out: Path, yes: bool) -> None:
    """Delete a person everywhere in a project, and write the certificate of what was deleted as JSON."""
    from core.base.settings import get_settings
    from core.privacy.certificate import as_json
    from core.privacy.erasure import delete

    if not yes:
        click.confirm("Delete this person everywhere? It can't be undone", abort=True, err=True)
    record = delete(asked, get_settings(), alone=alone)
    out.write_text(as_json(record.told), encoding="utf-8")
    say(f"{number((record.told or {})['rows'])} entries deleted; the certificate: {out}")
