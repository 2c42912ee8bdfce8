"""Session rows of several files as one export: a session, and an order, that stands in two counts once."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from core.base.sql import identifier, literal
from core.base.written import agree, counted
from core.ingest.base.assumptions import Assumption, Money
from core.ingest.base.database import one
from core.ingest.cells.values import order_number
from core.ingest.multi_file.parts import IN_ANOTHER, Merged, Part, main_currency, rows_of
from core.ingest.session_currencies import MONEY
from core.ingest.session_ids import find_reused, sentence
from core.ingest.session_merging import OUTCOMES, PUT_TOGETHER, said_of_rows
from core.ingest.session_orders import is_order_number, other_order, say_of_restarts
from core.ingest.settling.spellings import COLUMNS as SPELT
from core.ingest.settling.spellings import one_spelling
from core.ingest.settling.spellings import sentence as sentence_of_spellings
from core.ingest.settling.zeros import lost_zeros
from core.schema.sessions import FIELD, SESSION_SCHEMA

SAME_ID_ELSEWHERE = "Another file has a row with the same session id."


def merged_sessions(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], merged: Merged) -> str:
    """Return SQL of all session rows in their order; makes the table ``doubled`` of those left out."""
    extras = dict.fromkeys(name for part in parts for name in part.report.extras)
    names = [*SESSION_SCHEMA.names, *extras]
    rows = _in_one_currency(parts, names)
    told = frozenset[str]().union(*(part.report.told.columns for part in parts))
    rows = _spelt_alike(connection, rows, [name for name in SPELT if name in told], merged)
    _tell_lost_zeros(connection, parts, rows, told, merged)
    if all("session_id" in part.report.told.columns for part in parts):
        n_reused = find_reused(connection, rows, ("number", "place"), set(told))
        if n_reused:
            merged.assumptions.append(Assumption("warning", sentence(n_reused)))
            rows = (
                "(SELECT k.* REPLACE (coalesce(own, k.session_id) AS session_id) "
                f"FROM {rows} k LEFT JOIN reused USING (number, place))"
            )
        _find_rows_again(connection, rows, names, merged)
        added = {
            name: f"CASE WHEN o.session_id IS NULL THEN r.{name} ELSE o.{name} END AS {name}"
            for name in OUTCOMES
        }
        shown = ", ".join(added.get(name, f"r.{identifier(name)}") for name in names)
        plain_rows, rows = rows, f"{rows} r LEFT JOIN outcomes o USING (session_id)"
    else:
        # Ids that were made of row numbers are each file's own.
        connection.execute("CREATE TEMP TABLE doubled (number INT, place BIGINT, reason VARCHAR)")
        connection.execute("CREATE TEMP TABLE counted (number INT, place BIGINT)")
        own = {"session_id": "concat(number + 1, '-', session_id) AS session_id"}
        shown = ", ".join(own.get(name, identifier(name)) for name in names)
        plain_rows, rows = rows, f"{rows} r"
    n_again = _find_orders_again(connection, plain_rows, names, merged)
    if n_again:
        what = f"{counted(n_again, 'session')} {agree(n_again, 'names', 'name')} an order"
        text = f"{what} that a session of another file names already: it counts once, there."
        merged.assumptions.append(Assumption("warning", text))
    merged.money = _counted_already(connection, parts)
    connection.execute("SET preserve_insertion_order = true")
    none = {"purchased": "purchased AND again IS NULL", "revenue": "CASE WHEN again THEN 0 ELSE revenue END"}
    made = ", ".join(f"{none.get(name, identifier(name))} AS {identifier(name)}" for name in names)
    return (
        f"SELECT {made} FROM (SELECT {shown}, number, place FROM {rows} "
        "ANTI JOIN doubled USING (number, place)) LEFT JOIN (SELECT *, true AS again FROM orders_again) "
        "USING (number, place) ORDER BY number, place"
    )


def _find_rows_again(
    connection: duckdb.DuckDBPyConnection, rows: str, names: Sequence[str], merged: Merged
) -> None:
    """Settle sessions that have rows in several files as those with several rows in one file are.

    Makes the tables ``doubled`` of rows left out, ``counted`` of those whose money counts all the same, and
    ``outcomes`` of what the sessions came to.
    """
    known = ", ".join(identifier(name) for name in SESSION_SCHEMA.names if name not in OUTCOMES)
    alike = f"first_value(hash({known})) OVER first = hash({known})"
    columns = ", ".join(identifier(name) for name in names)
    same = f"row_number() OVER (PARTITION BY session_id, hash({columns}) ORDER BY number, place) > 1"
    twin = "same"
    if order := _order_number(names):
        again = f"row_number() OVER (PARTITION BY session_id, {order} ORDER BY number, place) > 1"
        twin = f"(same OR ({order} IS NOT NULL AND {again}))"
    # What stands for a session is its first row and those like it, or else the largest order of later ones.
    largest = "purchased IS NOT DISTINCT FROM false, revenue DESC NULLS LAST, number, place"
    connection.execute(
        f"CREATE TEMP TABLE again AS SELECT *, CASE WHEN later THEN row_number() OVER (PARTITION BY "
        f"session_id ORDER BY {largest}) = 1 ELSE alike AND NOT twin END AS counts FROM (SELECT *, "
        "coalesce(bool_or(purchased) OVER session AND NOT coalesce(bool_or(purchased) FILTER (alike) "
        "OVER session, false), false) AS later FROM (SELECT number, place, session_id, purchased, revenue, "
        f"copy, same, alike, {twin} AS twin FROM (SELECT *, row_number() OVER first AS copy, {same} AS same, "
        f"{alike} AS alike FROM {rows} WHERE session_id IN (SELECT session_id FROM {rows} GROUP BY 1 "
        "HAVING count(*) > 1) WINDOW first AS (PARTITION BY session_id ORDER BY number, place))) "
        "WINDOW session AS (PARTITION BY session_id))"
    )
    connection.execute(
        "CREATE TEMP TABLE doubled AS SELECT number, place, CASE WHEN same "
        f"THEN {literal(IN_ANOTHER)} WHEN alike THEN {literal(PUT_TOGETHER)} "
        f"ELSE {literal(SAME_ID_ELSEWHERE)} END AS reason FROM again WHERE copy > 1"
    )
    connection.execute("CREATE TEMP TABLE counted AS SELECT number, place FROM again WHERE counts")
    connection.execute(
        "CREATE TEMP TABLE outcomes AS SELECT session_id, CASE WHEN bool_or(purchased) THEN true "
        "ELSE bool_or(purchased) FILTER (alike) END AS purchased, sum(revenue) FILTER (counts) AS revenue "
        "FROM again GROUP BY 1"
    )
    n_merged, n_later, n_unlike = (
        int(str(one(connection, query)[0]))
        for query in (
            "SELECT count(DISTINCT session_id) FROM again WHERE copy > 1 AND alike AND NOT twin",
            "SELECT count(DISTINCT session_id) FROM again WHERE later",
            f"SELECT count(*) FROM doubled WHERE reason = {literal(SAME_ID_ELSEWHERE)}",
        )
    )
    merged.assumptions += said_of_rows(n_merged, n_later, n_unlike)


def _tell_lost_zeros(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[Part],
    rows: str,
    told: frozenset[str],
    merged: Merged,
) -> None:
    """Say which ids have lost their leading zeros in some of the files."""
    said = {made.text for part in parts for made in part.report.assumptions}
    for name in ("session_id", "visitor_id"):
        if name in told and (text := lost_zeros(connection, rows, name)) and text not in said:
            merged.assumptions.append(Assumption("error", text))


def _spelt_alike(
    connection: duckdb.DuckDBPyConnection, rows: str, names: Sequence[str], merged: Merged
) -> str:
    """Return SQL of all session rows with one spelling of each device and channel."""
    made = []
    for name in names:
        found = connection.execute(f"SELECT DISTINCT {name}, 1 FROM {rows} WHERE {name} IS NOT NULL")
        if same := one_spelling(dict(found.fetchall()), name):
            cases = " ".join(f"WHEN {literal(value)} THEN {literal(usual)}" for value, usual in same.items())
            made.append(f"CASE {name} {cases} ELSE {name} END AS {name}")
            text = sentence_of_spellings(FIELD[name].label.lower(), same)
            merged.assumptions.append(Assumption("info", text))
    return f"(SELECT * REPLACE ({', '.join(made)}) FROM {rows})" if made else rows


def _in_one_currency(parts: Sequence[Part], names: Sequence[str]) -> str:
    """Return SQL of all session rows, with the amounts of files in any other currency unknown."""
    main = main_currency(parts)
    others = [str(n) for n, part in enumerate(parts) if part.report.currency not in (main, None)]
    if not others:
        return rows_of(parts)
    present = [name for name in MONEY if name in names]
    made = ", ".join(
        f"CASE WHEN number NOT IN ({', '.join(others)}) THEN {name} END AS {name}" for name in present
    )
    return f"(SELECT * REPLACE ({made}) FROM {rows_of(parts)})"


def _find_orders_again(
    connection: duckdb.DuckDBPyConnection, rows: str, names: Sequence[str], merged: Merged
) -> int:
    """Make the table ``orders_again`` of sessions whose order another file's session names; count them."""
    connection.execute("CREATE TEMP TABLE orders_again (number INT, place BIGINT)")
    number = _order_number(names)
    if number is None:
        return 0
    window = "(PARTITION BY order_number ORDER BY started_at, number, place)"
    connection.execute(
        f"CREATE TEMP TABLE named_orders AS SELECT *, {other_order(window, set(names))} AS is_other FROM "
        f"(SELECT *, {number} AS order_number FROM {rows} ANTI JOIN doubled USING (number, place) "
        "WHERE purchased OR revenue > 0) WHERE order_number IS NOT NULL"
    )
    connection.execute(
        "INSERT INTO orders_again SELECT number, place FROM (SELECT number, place, row_number() OVER "
        "(PARTITION BY order_number, CASE WHEN is_other THEN coalesce(visitor_id, session_id) END "
        "ORDER BY started_at, number, place) > 1 AS repeats FROM named_orders) WHERE repeats"
    )
    n = int(str(one(connection, "SELECT count(DISTINCT order_number) FROM named_orders WHERE is_other")[0]))
    if n:
        merged.assumptions.append(Assumption("warning", say_of_restarts(n)))
    return int(str(one(connection, "SELECT count(*) FROM orders_again")[0]))


def _order_number(names: Sequence[str]) -> str | None:
    """Return SQL of the number of a row's order; None where no column holds any."""
    name = next(filter(is_order_number, names), None)
    return order_number(f"CAST({identifier(name)} AS VARCHAR)") if name else None


def _counted_already(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> tuple[Money, ...]:
    """Return, below zero, what files had added up of rows that another file has."""
    rows = connection.execute(
        f"SELECT number, count(*), sum(revenue) FROM {rows_of(parts)} WHERE revenue > 0 AND "
        f"purchased IS DISTINCT FROM false AND (number, place) IN (SELECT (number, place) "
        "FROM doubled ANTI JOIN counted USING (number, place) "
        "UNION SELECT (number, place) FROM orders_again) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return tuple(
        Money(currency=parts[number].report.currency, orders=-n, gross=-gross, refunded=0.0)
        for number, n, gross in rows
    )
