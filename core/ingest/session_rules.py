"""Settle what session rows mean: outcomes that aren't written out, refunds, orders, money.

Each rule looks at the table ``staged`` and changes it only where the file gives it reason to.
"""

from __future__ import annotations

from core.base.sql import literal
from core.base.written import agree, counted, number
from core.ingest.base.database import one
from core.ingest.cells import values
from core.ingest.files.source import ROW
from core.ingest.session_currencies import settle_currencies
from core.ingest.session_ids import find_reused
from core.ingest.session_ids import sentence as sentence_of_reused
from core.ingest.session_merging import PAID
from core.ingest.session_orders import LIVE, count_free_orders, order_number, settle_orders
from core.ingest.session_reading import SessionReading
from core.ingest.settling.log import listed
from core.ingest.settling.refunds import NO_VISIT, left_out
from core.ingest.settling.spellings import COLUMNS, one_spelling, sentence
from core.schema.countries import plain
from core.schema.sessions import FIELD

#: Numberings of weekdays are tried until one fits so many of the rows' own dates.
_SHARE_OF_DAYS = 0.9
#: What marks a buyer where all others have nothing.
_CROSSES = ("x", "*", "+", "•", "1x")

#: What is written for no amount.
_NONE = frozenset({-1.0, -9.0, -99.0, -999.0, -9999.0})
#: Columns that count purchases.
_COUNTS = frozenset(
    map(
        plain,
        "purchases orders transactions conversions n_purchases n_orders num_purchases num_orders order_count "
        "purchase_count transaction_count total_orders total_purchases number_of_orders number_of_purchases "
        "käufe bestellungen transaktionen achats commandes compras pedidos acquisti ordini zakupy zamówienia "
        "aankopen bestellingen totals.transactions ecommerce_purchases ecommerce_conversions".split(),
    )
)


def settle_sessions(reading: SessionReading, given: set[str]) -> None:
    """Apply all rules but those that refuse rows; ``given`` are the columns the file has."""
    _read_empty_outcomes(reading, given)
    _set_refunds_apart(reading, given)
    count_free_orders(reading, given)
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


def _read_empty_outcomes(reading: SessionReading, given: set[str]) -> None:
    """Take an empty outcome for none where only buyers have one, and count words nobody knows."""
    if "purchased" in reading.mapping.columns and "purchased" in given:
        _read_ones_and_twos(reading, given)
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
                f"“{label}” is crossed ({words[0][0]}) for some: {_empty_cells(empty)} as no.",
            )
        elif words:
            said = listed((f"{word} ({number(n)})" for word, n in words), 8)
            reading.say("warning", f"“{label}” says neither yes nor no, which counts as unknown: {said}.")
        if empty and told == buyers > 0 and not words:
            reading.connection.execute(f"UPDATE staged SET purchased = false WHERE {cell} IS NULL")
            reading.say(
                "warning",
                f"“{label}” says yes wherever it is filled, so {_empty_cells(empty)} as no.",
            )
    elif "revenue" in reading.mapping.columns and "purchased" not in given:
        cell = reading.cell("revenue")
        told, paid, empty = reading.connection.execute(
            f"SELECT count(revenue), count(*) FILTER (revenue > 0), count(*) FILTER ({cell} IS NULL) "
            "FROM staged"
        ).fetchall()[0]
        if empty and told == paid > 0:
            unnumbered = f"{order} IS NULL" if (order := order_number(reading)) else "true"
            reading.connection.execute(f"UPDATE staged SET revenue = 0 WHERE {cell} IS NULL AND {unnumbered}")
            empty = reading.count(f"SELECT count(*) FROM staged WHERE {cell} IS NULL AND {unnumbered}")
            reading.say(
                "warning",
                f"“{reading.label('revenue')}” is filled for buyers only, so {_empty_cells(empty)} as no "
                "purchase.",
            )


def _empty_cells(n: int) -> str:
    return f"{counted(n, 'empty cell')} {'counts' if n == 1 else 'count'}"


def _set_refunds_apart(reading: SessionReading, given: set[str]) -> None:
    """Count revenue below zero as money given back: it is no sale, and unsays none."""
    if "revenue" not in given:
        return
    below = f"revenue < 0 AND revenue >= -{values.LARGEST_AMOUNT:g}"
    reading.connection.execute("ALTER TABLE staged ADD COLUMN refunded DOUBLE")
    _read_codes_for_none(reading, given, below)
    n = reading.count(f"SELECT count(*) FROM staged WHERE {below}")
    if n:
        reading.connection.execute(f"UPDATE staged SET refunded = -revenue, revenue = 0 WHERE {below}")
        reading.say(
            "warning",
            f"{counted(n, 'session')} with negative revenue: counted separately as "
            f"{agree(n, 'a refund', 'refunds')}, with no revenue.",
        )
        _leave_out_lone_refunds(reading, given)


def _read_codes_for_none(reading: SessionReading, given: set[str], below: str) -> None:
    """Take one and the same −1 or −999 in several sessions for no amount: nobody gives back just that."""
    amounts = reading.connection.execute(f"SELECT revenue, count(*) FROM staged WHERE {below} GROUP BY 1")
    found = amounts.fetchall()
    if len(found) != 1 or found[0][0] not in _NONE or found[0][1] < 2:
        return
    code, n = found[0]
    unknown = "CASE WHEN purchased THEN NULL ELSE 0 END" if "purchased" in given else "0"
    reading.connection.execute(f"UPDATE staged SET revenue = {unknown} WHERE {below}")
    reading.say(
        "warning",
        f"{counted(n, 'session')} with −{-code:.0f} in “{reading.label('revenue')}”: read as no amount, "
        "not as money given back.",
    )


def _read_ones_and_twos(reading: SessionReading, given: set[str]) -> None:
    """Read 2 as no, beside 1 for yes, where revenue shows it; where nothing does, say that it may be."""
    cell, label = reading.cell("purchased"), reading.label("purchased")
    if plain(label) in _COUNTS:
        return
    number = f"try_cast({cell} AS DOUBLE)"
    n, ones, twos = reading.connection.execute(
        f"SELECT count({cell}), count(*) FILTER ({number} = 1), count(*) FILTER ({number} = 2) FROM staged"
    ).fetchall()[0]
    if not ones or not twos or ones + twos < n:
        return
    if "revenue" in given and not reading.count(
        f"SELECT count(*) FROM staged WHERE coalesce(revenue, 0) > 0 IS DISTINCT FROM ({number} = 1)"
    ):
        reading.connection.execute(f"UPDATE staged SET purchased = {number} = 1")
        reading.say("warning", f"“{label}” is 1 for sessions with revenue and 2 for others: 2 is read as no.")
        return
    reading.say(
        "error",
        f"“{label}” is 1 or 2 and never 0. Both are read as yes, as numbers of purchases. If 2 means no, "
        "write 0 for it and upload the file again.",
    )


def _say_of_unbought(reading: SessionReading, given: set[str]) -> None:
    """Say how many sessions have revenue though they are said not to have bought: it doesn't count."""
    if not {"purchased", "revenue"} <= given:
        return
    if n := reading.count(f"SELECT count(*) FROM staged WHERE {LIVE} AND NOT purchased AND {PAID}"):
        reading.say(
            "warning",
            f"{counted(n, 'session')} with revenue, but no purchase by “{reading.label('purchased')}”: not "
            f"counted as {agree(n, 'a purchase', 'purchases')}, and without that revenue.",
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
    same = one_spelling(dict(reading.connection.execute(query).fetchall()), name)
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
