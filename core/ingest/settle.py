"""Settle what the events of a whole export mean: people, sessions, orders, currencies, robots.

Reading looks at one row at a time. What needs its neighbours is settled here, once all files are together:
an order that was sent twice, a session id that two people share. Each rule first looks whether the export
gives it reason to act; where none does, nothing is written again. What is decided hangs on what events
say, never on the order of rows.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from core.base.formulas import harmless_sql
from core.base.progress import Progress, silent
from core.base.settings import Settings
from core.base.sql import identifier, literal
from core.base.written import counted, percent
from core.ingest.base.assumptions import IN_OTHER_TABLE, worst_first
from core.ingest.base.database import database, one
from core.ingest.base.events_file import write_events
from core.ingest.base.model import IngestReport, Mapping
from core.ingest.settling import (
    carts,
    currencies,
    deliveries,
    midnights,
    moments,
    orders,
    people,
    refunds,
    robots,
    spellings,
    survey,
    ties,
    units,
    visits,
    zeros,
)
from core.ingest.settling.log import Log
from core.schema.events import EVENT_SCHEMA

#: In the order they build on each other: an order sent twice is found once sessions are known.
RULES: tuple[tuple[str, Callable[[Log], None]], ...] = (
    ("Looking for repeated events", deliveries.settle),
    ("Checking times", moments.settle),
    ("Checking ids", zeros.settle),
    ("Checking visitors", people.settle),
    ("Checking sessions", visits.settle),
    ("Looking for robots", robots.settle),
    ("Checking midnight", midnights.find),
    ("Checking amounts", units.settle),
    ("Checking orders", orders.settle),
    ("Checking carts", carts.settle),
    ("Checking spellings", spellings.settle),
    ("Checking refunds", refunds.find),
    ("Checking currencies", currencies.settle),
    ("Checking refunds", refunds.leave_out),
    ("Checking what came before purchases", ties.find),
)
#: From this share of rows on, those that don't count are worth a sentence.
MANY_REFUSED = 0.1
#: By what rows that don't count are listed first.
_FIRST = ("timestamp", "date", "order")
FACTS = {
    name: sql
    for module in (
        survey,
        deliveries,
        moments,
        zeros,
        people,
        visits,
        robots,
        orders,
        carts,
        spellings,
        currencies,
    )
    for name, sql in module.FACTS.items()
}


def settle(
    folder: Path,
    report: IngestReport,
    *,
    mapping: Mapping | None,
    settings: Settings,
    progress: Progress = silent,
) -> IngestReport:
    """Settle the events in ``folder``, in place, and return the report with what was decided.

    Rows that don't count are added to ``rejected.csv``. Session rows have nothing to settle.
    """
    if report.kind != "events":
        return report
    events = folder / "events.parquet"
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix=".settling-") as made_in,
        database(settings, Path(made_in) / "spill") as connection,
    ):
        work = Path(made_in)
        log = Log(connection, events, report, mapping or Mapping(kind="events"), settings, FACTS)
        for number, (message, rule) in enumerate(RULES):
            progress(number / len(RULES), message)
            rule(log)
        if log.refused():
            _add_refused(log, folder / "rejected.csv", work / "rejected.csv")
        if log.changed:
            made = work / "events.parquet"
            write_events(connection, _settled(log), made, silent, "Applying corrections")
            made.replace(events)
        return _reported(log, report, events)


def _settled(log: Log) -> str:
    """Return SQL of the events that count, as they are settled."""
    return f"SELECT {', '.join(identifier(name) for name in EVENT_SCHEMA.names)} FROM {log.live}"


def _add_refused(log: Log, rejected: Path, work: Path) -> None:
    """Add the rows that don't count, as they were read, to those that couldn't be read."""
    told = [name for name in EVENT_SCHEMA.names if name in log.report.told.columns]
    cells = ", ".join(
        f"{harmless_sql(f'CAST({identifier(name)} AS VARCHAR)', numbers=True)} AS {identifier(name)}"
        for name in told
    )
    # By what they hold: which row of the log an event is in hangs on how many threads wrote it.
    by = ", ".join(map(identifier, ("reason refused", *(n for n in _FIRST if n in told), *told)))
    rows = (
        f'SELECT * FROM (SELECT NULL::VARCHAR AS "row in file", reason AS "reason refused", {cells} '
        f"FROM events_0 JOIN dropped USING (place)) ORDER BY {by}"
    )
    if rejected.exists():
        before = (
            f"SELECT * FROM read_csv({literal(rejected)}, all_varchar = true, header = true, "
            "max_line_size = 33554432)"
        )
        rows = f"({before}) UNION ALL BY NAME ({rows})"
    log.connection.execute("SET preserve_insertion_order = true")
    log.connection.execute(f"COPY ({rows}) TO {literal(work)} (HEADER)")
    log.connection.execute("SET preserve_insertion_order = false")
    work.replace(rejected)


def _reported(log: Log, report: IngestReport, events: Path) -> IngestReport:
    """Return the report with what was left out, decided and added up."""
    refused = log.refused()
    rejected = Counter(report.rejected) + Counter(refused)
    spoken = [made.text for made in log.assumptions if made.severity != "info"]
    first, last = report.first, report.last
    if log.changed and first is not None:
        moment = '"timestamp"' if "timestamp" in report.told.columns else "date"
        ends = one(
            log.connection, f"SELECT min({moment}), max({moment}) FROM read_parquet({literal(events)})"
        )
        first, last = (end.isoformat() if isinstance(end, date) else None for end in ends)
    # Tables of one source have events in common by their nature, and refunds count all the same.
    expected = (IN_OTHER_TABLE, refunds.NO_VISIT, refunds.ORDER_CHANGED)
    faulty = Counter({why: n for why, n in rejected.items() if why not in expected})
    n_refused = faulty.total()
    if n_refused > MANY_REFUSED * report.rows_read:
        share = n_refused / report.rows_read
        most = ", ".join(
            f"“{reason.rstrip('.')}” ({counted(n, 'row')})" for reason, n in faulty.most_common(2)
        )
        log.say("warning", f"{percent(share, 0)} of rows are left out. The main reasons: {most}.")
    return replace(
        report,
        rows_kept=report.rows_kept - sum(refused.values()),
        rejected=dict(sorted(rejected.items(), key=lambda item: (-item[1], item[0]))),
        told=replace(report.told, columns=report.told.columns | log.new_columns),
        currency=log.currency,
        first=first,
        last=last,
        notes=(*report.notes, *spoken),
        assumptions=worst_first([*report.assumptions, *log.assumptions]),
        money=log.money,
        robots=report.robots + log.robots,
    )
