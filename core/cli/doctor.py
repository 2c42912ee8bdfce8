"""The command that says what is wrong with an installation."""

from __future__ import annotations

import json
import sys

import click

_MARKS = {"ok": ("ok", "green"), "warning": ("look", "yellow"), "wrong": ("mend", "red")}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list of part, state, message and remedy.")
def doctor(*, as_json: bool) -> None:
    """Say what is wrong with this installation, and end with 1 if something must be mended."""
    from core.base.settings import installation_settings
    from core.monitoring.doctor import examine

    findings = examine(installation_settings)
    if as_json:
        click.echo(json.dumps([finding.to_dict() for finding in findings], indent=1, ensure_ascii=False))
    else:
        for finding in findings:
            mark, colour = _MARKS[finding.state]
            click.echo(f"{click.style(f'{mark:<5}', fg=colour)} {finding.part}: {finding.message}")
            if finding.remedy:
                click.echo(f"      → {finding.remedy}")
    sys.exit(any(finding.state == "wrong" for finding in findings))
