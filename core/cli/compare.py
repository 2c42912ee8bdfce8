"""The command that sets one model against another on the same sessions."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.base.progress import Progress, part
from core.base.written import counted, number
from core.cli.progress import progress_bar

if TYPE_CHECKING:
    from core.stats.estimate import Figure
    from core.training.comparison.records import Comparison, MetricComparison

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
BETTER = {"new": "the new one", "old": "the old one", "level": "level"}


@click.command("compare")
@click.argument("new")
@click.argument("old", required=False)
@click.option("--file", type=FILE, default=None, help="Export with purchases; NEW's test slice without it.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole comparison as JSON.")
def compare_command(new: str, old: str | None, *, file: Path | None, as_json: bool) -> None:
    """Say whether model NEW is better than OLD, by default the one in use, on sessions NEW hasn't seen."""
    from core.base.settings import get_settings
    from core.bundle.registry import in_use
    from core.training.comparison.compare import compare

    settings = get_settings()
    old = old or in_use(settings)
    with progress_bar("Comparing") as report, tempfile.TemporaryDirectory() as folder:
        sessions = _sessions(file, Path(folder), part(report, 0.0, 0.5)) if file else None
        comparison = compare(
            new,
            old,
            settings=settings,
            sessions=sessions,
            progress=part(report, 0.5 if file else 0.0, 1.0),
        )
    if as_json:
        click.echo(json.dumps(comparison.to_dict(), indent=2, ensure_ascii=False))
    else:
        _print(comparison)


def _sessions(file: Path, folder: Path, progress: Progress) -> Path:
    """Read an export into session rows."""
    from core.base.settings import get_settings
    from core.ingest import ingest
    from core.scoring.steps import make_sessions

    settings = get_settings()
    report = ingest(file, folder, settings=settings, progress=part(progress, 0.0, 0.6))
    out = folder / "features.parquet"
    return make_sessions(folder, report, out, settings=settings, progress=part(progress, 0.6, 1.0))


def _print(comparison: Comparison) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    if comparison.lines:
        title = f"{counted(comparison.n, 'session')}, {number(comparison.buyers)} buyers"
        table = Table("", escape(comparison.new), escape(comparison.old), title=title)
        table.add_column("difference (95% interval)", justify="right")
        table.add_column("better")
        for line in comparison.lines:
            table.add_row(
                line.label,
                _value(line.new, line),
                _value(line.old, line),
                _difference(line),
                BETTER[line.better],
            )
        console.print(table)
    console.print(escape(comparison.verdict), style="bold", soft_wrap=True)
    for warning in comparison.warnings:
        console.print(f"  {escape(warning)}", soft_wrap=True)


def _value(estimate: Figure, line: MetricComparison) -> str:
    return "-" if estimate.value is None else _number(estimate.value, line.unit)


def _difference(line: MetricComparison) -> str:
    found = line.difference
    if found.value is None or found.low is None or found.high is None:
        return "-"
    value, low, high = (_number(number, line.unit, "+") for number in (found.value, found.low, found.high))
    return f"{value} ({low} to {high})"


def _number(value: float, unit: str, sign: str = "") -> str:
    if unit == "share":
        return f"{value:{sign}.1%}"
    return f"{value:{sign}.3f}" if unit == "score" else f"{value:{sign},.2f} {unit}"
