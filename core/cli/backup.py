"""Commands for whoever keeps an installation: back it up, put a backup back."""

from __future__ import annotations

from pathlib import Path

import click

from core.cli.progress import progress_bar, say


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
def backup(*, target: Path) -> None:
    """Copy everything into the folder TARGET, which must be empty or new; nothing has to be stopped."""
    from core.audit import record
    from core.backup import make_backup
    from core.base.settings import installation_settings

    settings = installation_settings()
    with progress_bar("Backing up") as report:
        manifest = make_backup(settings, target, report)
    record("backup_made", target.name, settings=settings, bytes=manifest.size)
    size = f"{manifest.size / 10**6:,.1f} MB"
    say(f"{len(manifest.files)} files, {size}; their hashes are in manifest.json.")
    say("It holds visitors' ids and the keys of this installation: keep it as safe as those.")


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--check", "only_check", is_flag=True, help="Only read the backup through.")
def restore(*, source: Path, only_check: bool) -> None:
    """Put the backup SOURCE into the data folder, models folder and databases, which must be empty."""
    from core.backup import check_backup, restore_backup
    from core.base.settings import installation_settings

    if only_check:
        manifest = check_backup(source)
    else:
        with progress_bar("Restoring") as report:
            manifest = restore_backup(installation_settings(), source, report)
    done = "is whole" if only_check else "is restored"
    say(f"The backup of {manifest.made_at} (version {manifest.version}) {done}: {len(manifest.files)} files.")
