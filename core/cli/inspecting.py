"""What ``python -m core inspect`` prints: what was recognised, how columns map, what would be refused."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from core.base.settings import get_settings
from core.base.written import decimals, number
from core.ingest import IngestReport, Recognition, ingest

STYLES = {"error": "bold red", "warning": "yellow", "info": "dim"}


def print_recognition(recognition: Recognition, report: IngestReport | None) -> None:
    """Print what a file was recognised as and, if it was read whole, what came of it."""
    console = Console(highlight=False)
    console.print(_facts(recognition))
    for reason in recognition.reasons:
        console.print(f"  {escape(reason)}")
    console.print(_columns(recognition))
    assumed = report.assumptions if report else ()
    for made in assumed:
        console.print(f"{made.label}: {escape(made.text)}", style=STYLES[made.severity])
    said = {made.text for made in assumed}
    for note in report.notes if report else recognition.notes:
        if note not in said:
            console.print(f"Note: {escape(note)}", style="dim")
    if recognition.question:
        console.print(escape(recognition.question), style="yellow")
    if recognition.needs_mapping:
        console.print(
            "Its columns need a mapping: correct “mapping” of `inspect --json` for `score --mapping`.",
            style="yellow",
        )
    if report:
        console.print(_counts(report))


def read_whole(file: Path, recognition: Recognition) -> IngestReport:
    """Read the whole file as recognised, keep nothing, and return what came of it.

    Raises
    ------
    IngestError
        If nothing in it can be kept.
    """
    with tempfile.TemporaryDirectory() as folder:
        return ingest(
            file,
            Path(folder),
            filename=recognition.filename,
            mapping=recognition.mapping,
            settings=get_settings(),
        )


def _facts(found: Recognition) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    separator = "tab" if found.separator == "\t" else f"“{found.separator}”"
    kind = "one row per event" if found.kind == "events" else "one row per session"
    facts = {
        "File": found.filename,
        "Recognised as": f"{found.title} ({kind})",
        "Written as": ", ".join(
            part
            for part in (
                found.table,
                None if found.container == "plain" else f"in {found.container}",
                found.encoding,
                f"separator {separator}" if found.separator else None,
                f"decimal sign “{found.decimal}”" if found.decimal else None,
            )
            if part
        ),
        "Contains": ", ".join(sorted(found.told.event_types)) or "no events",
    }
    for label, value in facts.items():
        table.add_row(f"[bold]{label}[/]", escape(str(value)))
    return table


def _columns(found: Recognition) -> Table:
    table = Table("Column of the file", "Becomes", "For example", title=None, header_style="bold")
    for column in found.columns:
        becomes = escape(column.target) if column.target else f"[dim]{column.note or 'Not used.'}[/]"
        table.add_row(escape(column.name), becomes, escape(", ".join(column.examples)))
    return table


def _counts(report: IngestReport) -> Table:
    table = Table("Rows", "Number", header_style="bold")
    table.columns[1].justify = "right"
    table.add_row("Read", number(report.rows_read))
    table.add_row("Kept", number(report.rows_kept))
    for reason, n in report.rejected.items():
        table.add_row(escape(f"Refused: {reason}"), number(n))
    for money in report.money:
        name = money.currency or "no currency"
        orders = "1 order" if money.orders == 1 else f"{number(money.orders)} orders"
        table.add_row(f"Paid in {orders} ({name})", decimals(money.gross, 2))
        if money.refunded:
            table.add_row(f"Refunded ({name})", decimals(money.refunded, 2))
            table.add_row(f"Net ({name})", decimals(money.net, 2))
    return table
