"""Ids that begin with zeros beside the same ids without: a spreadsheet takes 00123 for a number.

Nothing mends them: 123 may be 00123 or 0123. But one visitor who counts as two must not go unsaid.
"""

from __future__ import annotations

import duckdb

from core.base.written import agree, counted
from core.ingest.base.database import one
from core.ingest.settling.facts import Fact
from core.ingest.settling.log import Log

#: What an id is called where it is told of.
IDS = {
    "session_id": "session id",
    "visitor_id": "visitor id",
    "user_id": "account id",
    "order_id": "order number",
}
#: Whether some id may begin with a zero, which a column's own statistics mostly deny.
FACTS = {f"is_padded_{name}": Fact(f"CAST(coalesce(min({name}) < '1', false) AS INT)") for name in IDS}


def settle(log: Log) -> None:
    """Say which ids have lost their leading zeros."""
    for name in IDS:
        if log.facts[f"is_padded_{name}"] and (text := lost_zeros(log.connection, log.live, name)):
            log.say("error", text)


def lost_zeros(connection: duckdb.DuckDBPyConnection, rows: str, name: str) -> str | None:
    """Return what is said of ids that stand with and without leading zeros; None if there are none.

    Parameters
    ----------
    connection
        Where the rows are.
    rows
        SQL of the rows, to stand after FROM.
    name
        Their column of ids.
    """
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE padded AS SELECT DISTINCT {name} AS id FROM {rows} "
        f"WHERE starts_with({name}, '0') AND regexp_full_match({name}, '0+[1-9]\\d*')"
    )
    lengths = "SELECT count(*), min(length(id)), max(length(id)) FROM padded"
    n_padded, shortest, longest = one(connection, lengths)
    if not n_padded:
        return None
    found = f"{name} IN (SELECT ltrim(id, '0') FROM padded)"
    if shortest == longest:
        # Padded to one length, no id is shorter. (Where others have letters, these are no numbers to pad.)
        words = f"count(*) FILTER (NOT regexp_full_match({name}, '\\d+'))"
        if one(connection, f"SELECT {words} FROM {rows}") == (0,):
            found = f"({found} OR length({name}) < {shortest})"
    n, bare = one(
        connection,
        f"SELECT count(DISTINCT {name}), min({name}) FROM {rows} "
        f"WHERE {found} AND NOT starts_with({name}, '0')",
    )
    if not n:
        return None
    (example,) = one(connection, f"SELECT first(id ORDER BY ltrim(id, '0') <> '{bare}', id) FROM padded")
    return (
        f"{counted(int(str(n)), IDS[name])} {agree(int(str(n)), 'has', 'have')} no leading zeros "
        "beside others "
        f"that do ({bare} beside {example}), as a spreadsheet leaves them, so one may count as two. "
        "Export again without opening the file in a spreadsheet."
    )
