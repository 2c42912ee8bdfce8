"""Several rows of one session: their outcomes are added up, and what else they say is compared."""

from __future__ import annotations

from core.base.sql import identifier, literal
from core.base.written import agree, counted, number
from core.ingest.base.assumptions import Assumption
from core.ingest.cells import values
from core.ingest.files.source import ROW
from core.ingest.session_currencies import PAID_IN
from core.ingest.session_orders import order_number
from core.ingest.session_reading import SessionReading

OUTCOMES = ("purchased", "revenue")
PUT_TOGETHER = "It was merged with another row of its session."
#: SQL of whether a row says that something was paid.
PAID = f"revenue > 0 AND NOT ({values.unusable('revenue')})"
#: SQL of whether rows that were put together all paid the same.
_REPEATS = f"(count(*) FILTER ({PAID}) = count(*) AND min(revenue) = max(revenue))"
_ALL = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"


def put_together(reading: SessionReading, given: set[str]) -> str:
    """Add up the outcomes of rows that are alike in everything else; return SQL that tells such rows.

    Some exports have one row for each order of a session. The SQL is true of every row of a session
    that agrees with the session's first in all known columns but the outcome.
    """
    same = sorted(given - {*OUTCOMES, "session_id"})
    if not set(OUTCOMES) & given or not same:
        return "false"
    key = f"hash({', '.join(identifier(name) for name in same)})"
    alike = f"{key} = first_value({key}) OVER (PARTITION BY session_id ORDER BY {ROW})"
    twin = f"row_number() OVER (PARTITION BY {reading.source.data_cells} ORDER BY {ROW}) > 1"
    if number := order_number(reading):
        same_order = f"row_number() OVER (PARTITION BY session_id, {number} ORDER BY {ROW}) > 1"
        twin = f"({twin} OR ({number} IS NOT NULL AND {same_order}))"
    sums = []
    if "purchased" in given:
        sums.append("bool_or(purchased) AS purchased")
    if "revenue" in given:
        # In one currency only: rows that paid in another are left out, and said to be.
        first = f"first_value({PAID_IN} IGNORE NULLS) OVER (PARTITION BY session_id ORDER BY {ROW} {_ALL})"
        alike = f"({alike} AND coalesce({PAID_IN} = {first}, true))"
        sums += [
            "sum(revenue) AS revenue",
            f"any_value({PAID_IN}) AS paid_in",
            "max(revenue) AS largest",
            f"{_REPEATS if number is None else 'false'} AS repeats",
        ]
    reading.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE sums AS SELECT min({ROW}) AS place, {', '.join(sums)} FROM (SELECT *, "
        f"{alike} AS alike, {twin} AS twin FROM staged WHERE session_id IS NOT NULL "
        f"AND NOT ({reading.is_total})) "
        "WHERE alike AND NOT twin GROUP BY session_id HAVING count(*) > 1"
    )
    n = reading.count("SELECT count(*) FROM sums")
    if n:
        n_repeated = _settle_repeated(reading) if "revenue" in given else 0
        told = ", ".join(f"{name} = sums.{name}" for name in OUTCOMES if name in given)
        if "revenue" in given:
            told += ", currency = CASE WHEN paid_in IS NULL THEN currency ELSE nullif(paid_in, '') END"
        reading.connection.execute(f"UPDATE staged SET {told} FROM sums WHERE staged.{ROW} = sums.place")
        _say_of_rows(reading, n_merged=n - n_repeated)
    _buyers_of_later_rows(reading, given)
    return alike


def _settle_repeated(reading: SessionReading) -> int:
    """Say in red which sessions have one amount on all their rows; return how many those are.

    That may be the session's revenue, once for each product, or what each of them paid. Where all sessions
    that paid on several rows are like that, and there are some, it is the session's, and counts once.
    """
    n, n_others = (
        reading.count(f"SELECT count(*) FROM sums WHERE {condition}")
        for condition in ("repeats", "NOT repeats AND revenue > 0")
    )
    if not n:
        return 0
    is_once = n > 1 and not n_others
    if is_once:
        reading.connection.execute("UPDATE sums SET revenue = largest WHERE repeats")
    has = (
        f"{counted(n, 'session')} {agree(n, 'has', 'have')} the same “{reading.label('revenue')}” on each row"
    )
    read = (
        "it is read as the whole session's and counts once. If it is what each row paid, add it up in the "
        "export"
        if is_once
        else "it is added up. If it is the whole session's, leave it on one row of each session"
    )
    reading.say("error", f"{has}: {read}.")
    return n


def _buyers_of_later_rows(reading: SessionReading, given: set[str]) -> None:
    """Let a session have bought where any of its rows says so, though its first, which counts, does not."""
    bought = "purchased" if "purchased" in given else PAID
    # Without a column of purchases, a first row below zero is a refund, which is told apart later.
    spared = "" if "purchased" in given else f" AND arg_min(coalesce(revenue, 0), {ROW}) >= 0"
    made = {
        "purchased": "true AS purchased",
        "revenue": f"max(revenue) FILTER ({bought}) AS revenue, "
        f"arg_max(currency, revenue) FILTER ({bought}) AS paid_in",
    }
    told = [name for name in OUTCOMES if name in given]
    paid = ", currency = paid_in" if "revenue" in given else ""
    reading.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE bought AS SELECT session_id, min({ROW}) AS place, "
        f"{', '.join(made[name] for name in told)} FROM staged WHERE session_id IS NOT NULL "
        f"AND NOT ({reading.is_total}) GROUP BY 1 "
        f"HAVING bool_or({bought}) AND arg_min(coalesce({bought}, false), {ROW}) = false{spared}"
    )
    if n := reading.count("SELECT count(*) FROM bought"):
        reading.connection.execute(
            f"UPDATE staged SET {', '.join(f'{name} = bought.{name}' for name in told)}{paid} FROM bought "
            f"WHERE staged.{ROW} = bought.place"
        )
        _say_of_rows(reading, n_later=n)


def say_unlike(reading: SessionReading, reason: str) -> None:
    """Say how many rows were refused for another of their session that says something else."""
    _say_of_rows(
        reading, n_unlike=reading.count(f"SELECT count(*) FROM refused WHERE reason = {literal(reason)}")
    )


def _say_of_rows(reading: SessionReading, *, n_merged: int = 0, n_later: int = 0, n_unlike: int = 0) -> None:
    for made in said_of_rows(n_merged, n_later, n_unlike):
        reading.say(made.severity, made.text)


def said_of_rows(n_merged: int, n_later: int, n_unlike: int) -> list[Assumption]:
    """Say how many sessions had rows added up, bought by a later one, and rows that differ from the first."""
    made = []
    if n_merged:
        text = (
            f"{counted(n_merged, 'session')} had several rows, which were merged; their revenue is added up."
        )
        made.append(Assumption("info", text))
    if n_later:
        text = f"{counted(n_later, 'session')} bought by a later row than the first, so it counts."
        made.append(Assumption("warning", text))
    if n_unlike:
        rows = "1 row says" if n_unlike == 1 else f"{number(n_unlike)} rows say"
        text = f"{rows} something else of a session than its first row, which is what counts."
        made.append(Assumption("warning", text))
    return made
