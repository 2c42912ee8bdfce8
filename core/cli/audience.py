"""``audience``: apply a saved definition to scored sessions and write the list, on a schedule if wanted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.base.written import number
from core.cli.progress import say

if TYPE_CHECKING:
    from core.audiences.selection import Selection

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)


@click.command("audience")
@click.argument("scored", type=FILE)
@click.option("--definition", type=FILE, required=True, help="JSON file, downloaded from an audience's page.")
@click.option("-o", "--out", type=OUT, required=True, help="Where to write: a name that ends in .csv.")
@click.option(
    "--group",
    type=click.Choice(["treated", "held out"]),
    default=None,
    help="Write only one of the two groups.",
)
@click.option("--only-id", is_flag=True, help="Write only the ids.")
@click.option(
    "--for",
    "platform",
    type=click.Choice(["google", "meta", "tiktok", "pinterest", "linkedin"]),
    default=None,
    help="Write the file of this ad platform: its columns, hashed as it asks, without the hold-out.",
)
def audience_command(
    scored: Path, *, definition: Path, out: Path, group: str | None, only_id: bool, platform: str | None
) -> None:
    """Write who of SCORED (.parquet, as `score` writes it) is in an audience, and who of them is held out.

    The same definition gives the same visitor the same group, in today's export and in tomorrow's.
    """
    from core.audiences import Definition, select
    from core.base.errors import AudienceError
    from core.explain.build_reason_index import build_reason_index
    from core.results import query
    from core.results.export import export_query
    from core.results.reason_filter import provide_reasons
    from core.results.sources import Source

    if out.suffix.lower() != ".csv":
        raise click.BadParameter("use a name that ends in .csv", param_hint="--out")
    if platform and (group or only_id):
        raise click.BadParameter("can't be combined with --group or --only-id", param_hint="--for")
    if scored.suffix.lower() != ".parquet":
        raise click.BadParameter("use what `score` has written as .parquet", param_hint="SCORED")
    try:
        wanted = Definition.read(definition.read_bytes())
    except AudienceError as error:
        raise AudienceError(error.message, where=definition.name, remedy=error.remedy) from error
    source = Source(
        id=scored.stem,
        name=scored.name,
        description="",
        path=scored,
        bundle="",
        currency=None,
        synthetic=False,
    )
    provide_reasons(build_reason_index)
    selection = select(source, wanted)
    if platform:
        _write_for(platform, selection, out)
        return
    with query.connect(alone=True) as connection:
        sql, params = selection.query(connection, group=group, only_id=only_id)
        export_query(connection, sql, params, out, "csv", for_spreadsheet=not only_id)
    groups = f"{number(selection.treated)} to contact, {number(selection.held_out)} held out"
    say(f"{number(selection.n)} in the audience, {groups}: {out}")


def _write_for(platform: str, selection: Selection, out: Path) -> None:
    """Write the file of an ad platform, and say who isn't in it."""
    from core.audiences.ad_list import AdList
    from core.audiences.platforms import platform_of
    from core.base.atomic_write import atomic_write

    made = AdList(selection=selection, platform=platform_of(platform))
    with atomic_write(out) as partial, partial.open("wb") as file:
        file.writelines(made.chunks())
    say(f"{number(made.n)} rows for {made.platform.name}: {out}")
    if made.left_out:
        say(f"Not listed: {made.said()}")
    if not made.contacts.consent:
        say("The file doesn't say who agreed to advertising: make sure that all of them did.")
