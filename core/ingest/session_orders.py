"""Orders of session rows: each counts once, and none that was cancelled or paid back.

Columns that no known one is read from may name an order, its status, or what was given back of it.
"""

from __future__ import annotations

from core.base.sql import literal
from core.base.written import counted
from core.ingest.cells import values
from core.ingest.cells.sniff import are_numbers, decimal_sign, order_status
from core.ingest.cells.status_dates import is_set, status_of_dates
from core.ingest.cells.synonyms import EVENT_COLUMNS, REFUND_AMOUNTS, STATUS_FLAGS
from core.ingest.files.source import ROW
from core.ingest.formats.guess import guess_target, status_columns
from core.ingest.formats.outcomes import is_yes_or_no
from core.ingest.session_reading import SessionReading
from core.ingest.settling.log import listed
from core.ingest.settling.order_numbers import NEAR
from core.ingest.settling.survey import SPOILT
from core.schema.countries import plain

LIVE = f"{ROW} NOT IN (SELECT {ROW} FROM refused)"


def settle_orders(reading: SessionReading, given: set[str]) -> None:
    """Take back purchases that count already or came to nothing; ``given`` are the columns there are."""
    if not {"purchased", "revenue"} & given:
        return
    _add_refunds(reading, given)
    _count_once(reading, given)
    _settle_statuses(reading, given)


def count_free_orders(reading: SessionReading, given: set[str]) -> None:
    """Let a session that names an order have bought, though it paid nothing for it or nobody knows what.

    Only where no column says who bought. Numbers in every row, most of them unpaid, are those of carts.
    """
    number = order_number(reading)
    if number is None or "purchased" in given or "revenue" not in given:
        return
    free = f"{number} IS NOT NULL AND coalesce(revenue, 0) = 0 AND coalesce(refunded, 0) = 0"
    n_rows, n_numbers, n_free = (
        reading.count(f"SELECT count(*) FROM staged WHERE {LIVE} AND {condition}")
        for condition in ("true", f"{number} IS NOT NULL", free)
    )
    if not n_free or (n_rows == n_numbers > 1 and 2 * n_free > n_numbers):
        return
    reading.connection.execute("ALTER TABLE staged ADD COLUMN purchased BOOLEAN")
    reading.connection.execute(f"UPDATE staged SET purchased = coalesce(revenue > 0, false) OR ({free})")
    given.add("purchased")
    reading.say(
        "warning",
        f"{counted(n_free, 'session')} {'names' if n_free == 1 else 'name'} an order without revenue: "
        f"counted as {'a purchase' if n_free == 1 else 'purchases'}.",
    )


def order_number(reading: SessionReading) -> str | None:
    """Return SQL of the number of a row's order; None where no column holds any."""
    name = next(filter(is_order_number, _free(reading)), None)
    if name is None:
        return None
    number = values.order_number(reading.source.cell(name))
    return f"CASE WHEN NOT ({SPOILT.format(number)}) THEN {number} END"


def is_order_number(name: str) -> bool:
    """Whether a column is called as one of order numbers is: also “order #”."""
    return guess_target(name, EVENT_COLUMNS) == "order_id" or (plain(name) == "order" and "#" in name)


def other_order(window: str, given: set[str]) -> str:
    """Return SQL of whether a row is another order than the first with its number: numbers start again.

    That is what another visitor has for another amount or hours later; where visitors aren't known, both.
    """
    differing = {
        name: f"coalesce({name} <> first_value({name}) OVER {window}, false)"
        for name in ("visitor_id", "revenue")
        if name in given
    }
    signs = [differing["revenue"]] if "revenue" in given else []
    if "started_at" in given:
        signs.append(f"coalesce(started_at > first_value(started_at) OVER {window} + {NEAR}, false)")
    if "visitor_id" in given:
        known = f"first_value(visitor_id) OVER {window} IS NULL"
        both = f" OR ({known} AND {' AND '.join(signs)})" if len(signs) > 1 else ""
        return f"({differing['visitor_id']} AND ({' OR '.join(signs)}){both})" if signs else "false"
    return f"({' AND '.join(signs)})" if len(signs) > 1 else "false"


def say_of_restarts(n: int) -> str:
    """Say that some numbers are those of several orders."""
    return (
        f"{counted(n, 'order number')} {'comes' if n == 1 else 'come'} again from another visitor, hours "
        "later or for another amount: each is an order of its own. If it is the same order, it counts twice."
    )


def _column(reading: SessionReading, target: str) -> str | None:
    return next((name for name in _free(reading) if EVENT_COLUMNS.get(plain(name)) == target), None)


def _free(reading: SessionReading) -> list[str]:
    """Return the columns that nothing known is read from."""
    return [name for name in reading.source.names if name not in reading.mapping.columns.values()]


def _bought(given: set[str]) -> str:
    signs = {"purchased": "purchased", "revenue": "revenue > 0"}
    return f"({' OR '.join(sql for name, sql in signs.items() if name in given)})"


def _count_once(reading: SessionReading, given: set[str]) -> None:
    """Let an order count in the first session that names it."""
    number = order_number(reading)
    if number is None:
        return
    order = f"ORDER BY {'started_at, ' if 'started_at' in given else ''}{ROW}"
    window = f"(PARTITION BY number {order})"
    whose = [name for name in ("visitor_id", "session_id") if name in given]
    own = f"coalesce({', '.join([*whose, f'CAST({ROW} AS VARCHAR)'])})"
    reading.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE named_orders AS SELECT *, {other_order(window, given)} AS is_other "
        f"FROM (SELECT *, {number} AS number FROM staged WHERE {LIVE} AND {_bought(given)}) "
        "WHERE number IS NOT NULL"
    )
    same = f"(PARTITION BY number, CASE WHEN is_other THEN {own} END {order})"
    amount = (
        f"coalesce(revenue <> first_value(revenue) OVER {same}, false)" if "revenue" in given else "false"
    )
    reading.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE again AS SELECT {ROW}, differs FROM (SELECT {ROW}, row_number() OVER "
        f"{same} > 1 AS repeats, {amount} AS differs FROM named_orders) WHERE repeats"
    )
    if n_restarted := reading.count("SELECT count(DISTINCT number) FROM named_orders WHERE is_other"):
        reading.say("warning", say_of_restarts(n_restarted))
    n_differing = reading.count("SELECT count(*) FROM again WHERE differs")
    n = _undo(reading, given, "again")
    if n:
        other = f" ({n_differing} with another amount)" if n_differing else ""
        reading.say(
            "warning",
            f"{counted(n, 'session')} {'names' if n == 1 else 'name'} an order another session already "
            f"names{other}, so it counts only there.",
        )


def _settle_statuses(reading: SessionReading, given: set[str]) -> None:
    """Take orders that were cancelled or failed for no purchases; those paid back were sold and refunded."""
    cases, told = _statuses(reading)
    if not cases:
        return
    # Not by the statuses' names: DuckDB 2.0 takes a CASE that is one of several for a cell that isn't null.
    reading.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE unpaid AS SELECT {ROW}, status FROM (SELECT {ROW}, CASE "
        f"{' '.join(cases)} END AS status FROM staged WHERE {LIVE} AND {_bought(given)}) "
        "WHERE status IS NOT NULL"  # DuckDB 2.0 lets null through where a lone case is compared with a list
    )
    if n := reading.count("SELECT count(*) FROM unpaid WHERE status = 'refunded'"):
        if "revenue" in given:  # a column of what was given back may have said so already
            reading.connection.execute(
                "UPDATE staged SET refunded = greatest(coalesce(refunded, 0), revenue) FROM unpaid "
                f"WHERE staged.{ROW} = unpaid.{ROW} AND status = 'refunded' AND revenue > 0"
            )
        what = "was refunded" if n == 1 else "were refunded"
        fate = "a purchase, and its amount" if n == 1 else "purchases, and their amounts"
        reading.say(
            "warning", f"{counted(n, 'order')} {what}, by {told}: counted as {fate} separately as refunds."
        )
    reading.connection.execute("DELETE FROM unpaid WHERE status = 'refunded'")
    if n := _undo(reading, given, "unpaid"):
        what = "was cancelled or not paid" if n == 1 else "were cancelled or not paid"
        fate = "a purchase" if n == 1 else "purchases"
        reading.say("warning", f"{counted(n, 'order')} {what}, by {told}, so not counted as {fate}.")


def _statuses(reading: SessionReading) -> tuple[list[str], str]:
    """Return the cases of SQL that tell an order's status, and what columns they read."""
    cases: list[tuple[str, str]] = []
    told: list[str] = []
    for name in status_columns(reading.source.head, _free(reading)):
        cell = reading.source.cell(name)
        found = reading.connection.execute(f"SELECT DISTINCT {cell} FROM staged WHERE {cell} IS NOT NULL")
        words = [str(word) for (word,) in found.fetchall()]
        known = {word: status for word in words if (status := order_status(word))}
        cases += [(status, f"{cell} = {literal(word)}") for word, status in known.items() if status != "paid"]
        told += [f"“{name}”"] if set(known.values()) - {"paid"} else []
        unknown = sorted(set(words) - set(known))
        if unknown and _column(reading, "order_status") == name and known:
            reading.say("warning", f"Unknown order statuses count as paid: {listed(unknown, 8)}.")
    for name in _free(reading):
        cells = reading.source.head.values(name)
        if (status := STATUS_FLAGS.get(plain(name))) and cells and is_yes_or_no(cells):
            cases.append((status, values.flag(reading.source.cell(name))))
            told.append(f"“{name}”")
        elif status := status_of_dates(name, cells):
            cases.append((status, is_set(reading.source.cell(name))))
            told.append(f"“{name}”")
    # What was called off was never sold, whatever else is said of it.
    return [f"WHEN {condition} THEN '{status}'" for status, condition in sorted(cases)], listed(told, 8)


def _undo(reading: SessionReading, given: set[str], table: str) -> int:
    """Make the rows of a table sessions without a purchase; return how many there are."""
    n = reading.count(f"SELECT count(*) FROM {table}")
    none = {"purchased": "purchased = false", "revenue": "revenue = 0, refunded = NULL"}
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
