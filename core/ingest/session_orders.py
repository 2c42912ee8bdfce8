"""Orders of session rows: each counts once, and none that was cancelled or paid back.

Columns that no known one is read from may name an order, its status, or what was given back of it.
"""

from __future__ import annotations

from core.base.sql import literal
from core.ingest.cells import values
from core.ingest.cells.sniff import are_numbers, decimal_sign, order_status
from core.ingest.cells.synonyms import EVENT_COLUMNS, REFUND_AMOUNTS, STATUS_FLAGS
from core.ingest.files.source import ROW
from core.ingest.formats.guess import is_yes_or_no, status_column
from core.ingest.session_reading import SessionReading
from core.ingest.settling.log import counted, listed
from core.ingest.settling.survey import SPOILT
from core.schema.countries import plain

LIVE = f"{ROW} NOT IN (SELECT {ROW} FROM refused)"


def settle_orders(reading: SessionReading, given: set[str]) -> None:
    """Take back purchases that count already or came to nothing; ``given`` are the columns there are."""
    if not {"purchased", "revenue"} & given:
        return
    _count_once(reading, given)
    _take_back_unpaid(reading, given)
    _add_refunds(reading, given)


def order_number(reading: SessionReading) -> str | None:
    """Return SQL of the number of a row's order; None where no column holds any."""
    name = _column(reading, "order_id")
    if name is None:
        return None
    number = values.order_number(reading.source.cell(name))
    return f"CASE WHEN NOT ({SPOILT.format(number)}) THEN {number} END"


def _column(reading: SessionReading, target: str) -> str | None:
    return next((name for name in _free(reading) if EVENT_COLUMNS.get(plain(name)) == target), None)


def _free(reading: SessionReading) -> list[str]:
    """Return the columns that nothing known is read from."""
    return [name for name in reading.source.names if name not in reading.mapping.columns.values()]


def _bought(given: set[str]) -> str:
    signs = {"purchased": "purchased", "revenue": "revenue > 0"}
    return f"({' OR '.join(sql for name, sql in signs.items() if name in given)})"


def _count_once(reading: SessionReading, given: set[str]) -> None:
    """Let an order count in the first session that names it.

    A number that another visitor has with another amount is another order: numbers may start again.
    """
    number = order_number(reading)
    if number is None:
        return
    by_time = "started_at, " if "started_at" in given else ""
    window = f"(PARTITION BY number ORDER BY {by_time}{ROW})"
    others = [
        f"coalesce({name} <> first_value({name}) OVER {window}, false)"
        for name in ("visitor_id", "revenue")
        if name in given
    ]
    is_other = f"({' AND '.join(others)})" if len(others) == 2 else "false"
    reading.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE again AS SELECT {ROW} FROM (SELECT {ROW}, row_number() OVER {window} "
        f"> 1 AND NOT {is_other} AS repeats FROM (SELECT *, {number} AS number FROM staged WHERE {LIVE} "
        f"AND {_bought(given)}) WHERE number IS NOT NULL) WHERE repeats"
    )
    n = _undo(reading, given, "again")
    if n:
        reading.say(
            "warning",
            f"{counted(n, 'session')} {'names' if n == 1 else 'name'} an order another session already "
            "names, so it counts only there.",
        )


def _take_back_unpaid(reading: SessionReading, given: set[str]) -> None:
    """Take orders that were cancelled or failed for no purchases, and those paid back for refunds."""
    cases, told = _statuses(reading)
    if not cases:
        return
    reading.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE unpaid AS SELECT {ROW}, status FROM (SELECT {ROW}, CASE "
        f"{' '.join(cases)} END AS status FROM staged WHERE {LIVE} AND {_bought(given)}) "
        "WHERE status IN ('cancelled', 'refunded')"
    )
    if "revenue" in given:
        reading.connection.execute(
            "UPDATE staged SET refunded = coalesce(refunded, 0) + revenue FROM unpaid "
            f"WHERE staged.{ROW} = unpaid.{ROW} AND status = 'refunded' AND revenue > 0"
        )
    n = _undo(reading, given, "unpaid")
    if n:
        reading.say(
            "warning",
            f"{counted(n, 'order')} cancelled, not paid or paid back, by {told}, so not counted as "
            "purchases.",
        )


def _statuses(reading: SessionReading) -> tuple[list[str], str]:
    """Return the cases of SQL that tell an order's status, and what columns they read."""
    cases, told = [], []
    if name := _column(reading, "order_status") or status_column(reading.source.head, _free(reading)):
        cell = reading.source.cell(name)
        found = reading.connection.execute(f"SELECT DISTINCT {cell} FROM staged WHERE {cell} IS NOT NULL")
        words = [str(word) for (word,) in found.fetchall()]
        known = {word: status for word in words if (status := order_status(word))}
        cases += [f"WHEN {cell} = {literal(word)} THEN '{status}'" for word, status in known.items()]
        told += [f"“{name}”"] if known else []
        unknown = sorted(set(words) - set(known))
        if known and unknown:
            reading.say("warning", f"Unknown order statuses count as paid: {listed(unknown, 8)}.")
    for name in _free(reading):
        cells = reading.source.head.values(name)
        if (status := STATUS_FLAGS.get(plain(name))) and cells and is_yes_or_no(cells):
            cases.append(f"WHEN {values.flag(reading.source.cell(name))} THEN '{status}'")
            told.append(f"“{name}”")
    return cases, listed(told, 8)


def _undo(reading: SessionReading, given: set[str], table: str) -> int:
    """Make the rows of a table sessions without a purchase; return how many there are."""
    n = reading.count(f"SELECT count(*) FROM {table}")
    none = {"purchased": "purchased = false", "revenue": "revenue = 0"}
    made = [sql for name, sql in none.items() if name in given]
    if n:
        reading.connection.execute(
            f"UPDATE staged SET {', '.join(made)} FROM {table} WHERE staged.{ROW} = {table}.{ROW}"
        )
    return n


def _add_refunds(reading: SessionReading, given: set[str]) -> None:
    """Add what a column of its own says was given back; revenue stays what was paid before."""
    if "revenue" not in given:
        return
    for name in _free(reading):
        cells = reading.source.head.values(name)
        if plain(name) not in REFUND_AMOUNTS or not are_numbers(cells):
            continue
        amount = values.number(reading.source.cell(name), decimal_sign(cells) or ".")
        n = reading.count(f"SELECT count(*) FROM staged WHERE {LIVE} AND abs({amount}) > 0")
        reading.connection.execute(
            f"UPDATE staged SET refunded = coalesce(refunded, 0) + abs({amount}) WHERE abs({amount}) > 0"
        )
        if n:
            reading.say(
                "warning",
                f"{counted(n, 'session')} with a refund, by “{name}”: counted separately, not deducted from "
                "revenue.",
            )
