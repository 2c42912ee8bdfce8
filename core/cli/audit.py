"""The commands of the audit log."""

from __future__ import annotations

import sys

import click

from core.base.written import number


@click.group("audit")
def audit_command() -> None:
    """Check the audit log."""


@audit_command.command("verify")
@click.option("--last", default=None, metavar="HASH", help="Hash of an entry that has to be in the log.")
def verify_command(*, last: str | None) -> None:
    """Check that no entry was changed or left out, and print the last one's hash.

    Entries cut off at the end leave no gap. Keep the hash elsewhere, and tell it the next time with --last.
    """
    from core.audit import Wanted, count, verify

    found = verify()
    if found.broken_at is not None:
        broken = found.broken_at
        click.echo(f"Entry {broken.id} of {broken.at:%Y-%m-%d %H:%M:%S} UTC isn't as it was written, or the "
                   f"one before it is missing. The {number(found.entries)} before it fit.")  # fmt: skip
        sys.exit(1)
    if last is not None and not count(Wanted(hash=last)):
        click.echo(f"No entry has the hash {last}: the end of the log is missing.")
        sys.exit(1)
    click.echo(f"{number(found.entries)} entries, none changed or left out. The last one's hash:")
    click.echo(found.last_hash or "none")
