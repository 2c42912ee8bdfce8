"""Settle what session rows mean: outcomes that aren't written out, refunds, rows that belong together, money.

Each rule looks at the table ``staged`` and changes it only where the file gives it reason to.
"""

from __future__ import annotations

from core.base.sql import identifier, literal
from core.base.written import number
from core.ingest.base.assumptions import Assumption
from core.ingest.base.database import one
from core.ingest.cells import values
from core.ingest.files.source import ROW
from core.ingest.session_currencies import PAID_IN, settle_currencies
from core.ingest.session_ids import find_reused
from core.ingest.session_ids import sentence as sentence_of_reused
from core.ingest.session_orders import LIVE, order_number, settle_orders
from core.ingest.session_reading import SessionReading
from core.ingest.settling.log import counted, listed
from core.ingest.settling.refunds import NO_VISIT, left_out
from core.ingest.settling.spellings import COLUMNS, one_spelling, sentence
from core.schema.sessions import FIELD

OUTCOMES = ("purchased", "revenue")
PUT_TOGETHER = "It was merged with another row of its session."
_PAID = f"revenue > 0 AND NOT ({values.unusable('revenue')})"
_ALL = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
#: Numberings of weekdays are tried until one fits so many of the rows' own dates.
_SHARE_OF_DAYS = 0.9
#: What marks a buyer where all others have nothing.
_CROSSES = ("x", "*", "+", "•", "1x")


def settle_sessions(reading: SessionReading, given: set[str]) -> None:
    """Apply all rules but those that refuse rows; ``given`` are the columns the file has."""
    _read_empty_outcomes(reading, given)
    _set_refunds_apart(reading, given)
    settle_orders(reading, given)
    _say_of_unbought(reading, given)
    settle_currencies(reading, given)
    for name in COLUMNS:
        if name in given:
            _spell(reading, name)


def tell_reused_ids(reading: SessionReading, given: set[str]) -> None:
    """Give sessions whose ids start again, or are those of several visitors, ids of their own."""
    n = find_reused(reading.connection, "staged", (ROW,), given)
    if n:
        reading.connection.execute(
            f"UPDATE staged SET session_id = own FROM reused WHERE staged.{ROW} = reused.{ROW}"
        )
        reading.say("warning", sentence_of_reused(n))


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
        sums += ["sum(revenue) AS revenue", f"any_value({PAID_IN}) AS paid_in"]
    reading.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE sums AS SELECT min({ROW}) AS place, {', '.join(sums)} FROM (SELECT *, "
        f"{alike} AS alike, {twin} AS twin FROM staged WHERE session_id IS NOT NULL "
        f"AND NOT {values.is_total('session_id')}) "
        "WHERE alike AND NOT twin GROUP BY session_id HAVING count(*) > 1"
    )
    n = reading.count("SELECT count(*) FROM sums")
    if n:
        told = ", ".join(f"{name} = sums.{name}" for name in OUTCOMES if name in given)
        if "revenue" in given:
            told += ", currency = CASE WHEN paid_in IS NULL THEN currency ELSE nullif(paid_in, '') END"
        reading.connection.execute(f"UPDATE staged SET {told} FROM sums WHERE staged.{ROW} = sums.place")
        _say_of_rows(reading, n_merged=n)
    _buyers_of_later_rows(reading, given)
    return alike


def _buyers_of_later_rows(reading: SessionReading, given: set[str]) -> None:
    """Let a session have bought where any of its rows says so, though its first, which counts, does not."""
    bought = "purchased" if "purchased" in given else _PAID
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
        f"AND NOT {values.is_total('session_id')} GROUP BY 1 "
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


def _read_empty_outcomes(reading: SessionReading, given: set[str]) -> None:
    """Take an empty outcome for none where only buyers have one, and count words nobody knows."""
    if "purchased" in reading.mapping.columns and "purchased" in given:
        cell, label = reading.cell("purchased"), reading.label("purchased")
        words = reading.connection.execute(
            f"SELECT trim({cell}), count(*) FROM staged WHERE {cell} IS NOT NULL AND purchased IS NULL "
            "GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
        told, buyers, empty = reading.connection.execute(
            f"SELECT count(purchased), count(*) FILTER (purchased), count(*) FILTER ({cell} IS NULL) "
            "FROM staged"
        ).fetchall()[0]
        if words and not told and empty and all(word.lower() in _CROSSES for word, _ in words):
            reading.connection.execute(f"UPDATE staged SET purchased = {cell} IS NOT NULL")
            reading.say(
                "warning",
                f"“{label}” is crossed ({words[0][0]}) for some: {counted(empty, 'empty cell')} count as no.",
            )
        elif words:
            said = listed((f"{word} ({number(n)})" for word, n in words), 8)
            reading.say("warning", f"“{label}” says neither yes nor no, which counts as unknown: {said}.")
        if empty and told == buyers > 0 and not words:
            reading.connection.execute(f"UPDATE staged SET purchased = false WHERE {cell} IS NULL")
            reading.say(
                "warning",
                f"“{label}” says yes wherever it is filled, so {counted(empty, 'empty cell')} count as no.",
            )
    elif "revenue" in reading.mapping.columns and "purchased" not in given:
        cell = reading.cell("revenue")
        told, paid, empty = reading.connection.execute(
            f"SELECT count(revenue), count(*) FILTER (revenue > 0), count(*) FILTER ({cell} IS NULL) "
            "FROM staged"
        ).fetchall()[0]
        if empty and told == paid > 0:
            reading.connection.execute(f"UPDATE staged SET revenue = 0 WHERE {cell} IS NULL")
            reading.say(
                "warning",
                f"“{reading.label('revenue')}” is filled for buyers only, so {counted(empty, 'empty cell')} "
                "count as no purchase.",
            )


def _set_refunds_apart(reading: SessionReading, given: set[str]) -> None:
    """Count revenue below zero as money given back: it is no sale, and unsays none."""
    if "revenue" not in given:
        return
    below = f"revenue < 0 AND revenue >= -{values.LARGEST_AMOUNT:g}"
    reading.connection.execute("ALTER TABLE staged ADD COLUMN refunded DOUBLE")
    n = reading.count(f"SELECT count(*) FROM staged WHERE {below}")
    if n:
        reading.connection.execute(f"UPDATE staged SET refunded = -revenue, revenue = 0 WHERE {below}")
        reading.say(
            "warning",
            f"{counted(n, 'session')} with negative revenue: counted separately as refunds, with no revenue.",
        )
        _leave_out_lone_refunds(reading, given)


def _say_of_unbought(reading: SessionReading, given: set[str]) -> None:
    """Say how many sessions have revenue though they are said not to have bought: it doesn't count."""
    if not {"purchased", "revenue"} <= given:
        return
    if n := reading.count(f"SELECT count(*) FROM staged WHERE {LIVE} AND NOT purchased AND {_PAID}"):
        reading.say(
            "warning",
            f"{counted(n, 'session')} with revenue, but no purchase by “{reading.label('purchased')}”: not "
            "counted as purchases, and without that revenue.",
        )


def _leave_out_lone_refunds(reading: SessionReading, given: set[str]) -> None:
    """Leave out rows in which nothing happened but that money was given back."""
    counts = [name for name in sorted(given - {"hour"}) if FIELD[name].kind == "count"]
    if not counts:
        return
    idle = " AND ".join(f"coalesce({name}, 0) = 0" for name in counts)
    lone = f"refunded > 0 AND {idle} AND {LIVE}" + (
        " AND purchased IS NOT TRUE" if "purchased" in given else ""
    )
    n = reading.count(f"SELECT count(*) FROM staged WHERE {lone}")
    if not n or n == reading.count(f"SELECT count(*) FROM staged WHERE {LIVE}"):
        return
    reading.connection.execute(
        f"INSERT INTO refused SELECT {ROW}, {literal(NO_VISIT)}, {reading.source.data_cells} FROM staged "
        f"WHERE {lone}"
    )
    reading.say("info", left_out(n))


def _spell(reading: SessionReading, name: str) -> None:
    # Not by how often each is written: another file of the same export may write it otherwise.
    query = f"SELECT DISTINCT {name}, 1 FROM staged WHERE {name} IS NOT NULL"
    same = one_spelling(dict(reading.connection.execute(query).fetchall()))
    if same:
        cases = " ".join(f"WHEN {literal(value)} THEN {literal(usual)}" for value, usual in same.items())
        reading.connection.execute(f"UPDATE staged SET {name} = CASE {name} {cases} ELSE {name} END")
        reading.say("info", sentence(FIELD[name].label.lower(), same))


def day_shift(reading: SessionReading, given: set[str]) -> tuple[int, str] | None:
    """Return by how much weekday numbers differ from what else rows say of the day, and what says so.

    Added to a number, modulo 7, it gives the day of the week with Monday as 0. None where no numbering
    fits, or there is nothing to compare: the rows' own dates or, without these, what is a weekend.
    """
    told = "try_cast(try_cast(day_of_week AS DOUBLE) AS INT)"
    dated = "isodow(started_at + to_minutes(coalesce(utc_offset, 0)))"
    for column, known, of_day, why in (
        ("started_at", dated, "{day} + 1", "the rows' own dates"),
        ("is_weekday", "is_weekday", "{day} < 5", f"“{reading.label('is_weekday')}”"),
    ):
        if column not in given:
            continue
        fits = ", ".join(
            f"count(*) FILTER (known = ({of_day.format(day=f'((told + {shift}) % 7)')}))"
            for shift in range(7)
        )
        counts = one(
            reading.connection,
            f"SELECT count(*), count(DISTINCT told), {fits} FROM (SELECT {told} AS told, {known} AS known "
            "FROM staged) WHERE told IS NOT NULL AND known IS NOT NULL",
        )
        n_rows, n_numbers, *n_fitting = (int(str(n)) for n in counts)
        most = max(n_fitting)
        if n_numbers >= 2 and most >= _SHARE_OF_DAYS * n_rows and n_fitting.count(most) == 1:
            return n_fitting.index(most), why
    return None
