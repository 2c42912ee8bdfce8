"""Ids of session rows that several have: they start again, are shared, or spoilt by a spreadsheet.

The events of a session lie close together; rows of one id that began hours apart, or by different visitors at
different times, are sessions of their own.
"""

from __future__ import annotations

import duckdb

from core.base.written import agree, counted
from core.ingest.base.database import one
from core.ingest.cells.sniff import are_rounded
from core.ingest.files.source import ROW
from core.ingest.session_reading import SessionReading
from core.ingest.settling.survey import SPOILT
from core.ingest.settling.visits import AGAIN
from core.ingest.settling.zeros import IDS, lost_zeros

EXPORT_AGAIN = "Export again without opening the file in a spreadsheet."


def find_reused(
    connection: duckdb.DuckDBPyConnection, rows: str, key: tuple[str, ...], given: set[str]
) -> int:
    """Make the table ``reused`` of rows whose id is that of another session too, with one that is not.

    Parameters
    ----------
    connection
        Where the rows are.
    rows
        SQL of the rows, to stand after FROM.
    key
        Columns that tell a row, in the order of rows.
    given
        Columns of the session row the export has.

    Returns
    -------
    int
        How many ids more than one session has.
    """
    told = ", ".join(key)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE reused AS SELECT {told}, session_id AS own FROM {rows} LIMIT 0"
    )
    if not {"started_at", "visitor_id"} & given:
        return 0
    start = "started_at" if "started_at" in given else "NULL::TIMESTAMP"
    visitor = "visitor_id" if "visitor_id" in given else "NULL::VARCHAR"
    shared = f"SELECT session_id FROM {rows} GROUP BY 1 HAVING count(*) > 1"
    # Several visitors at one moment are one who signed in, or rows that contradict each other.
    several = (
        "min(visitor) OVER same <> max(visitor) OVER same AND "
        "coalesce(min(start) OVER same <> max(start) OVER same, true)"
    )
    mine = "PARTITION BY session_id, CASE WHEN several THEN visitor END ORDER BY start"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE shared_ids AS SELECT *, CASE WHEN before IS NULL OR "
        f"start > before + {AGAIN} THEN start END AS begun FROM (SELECT *, lag(start) OVER ({mine}) "
        f"AS before FROM (SELECT *, "
        f"coalesce({several}, false) AS several FROM (SELECT {told}, session_id, {visitor} AS visitor, "
        f"{start} AS start FROM {rows} WHERE session_id IN ({shared})) "
        "WINDOW same AS (PARTITION BY session_id)))"
    )
    named = (
        "concat_ws('@', CASE WHEN several THEN visitor END, session_id, CASE WHEN since > first THEN "
        "strftime(since, '%Y-%m-%dT%H:%M:%SZ') END)"
    )
    connection.execute(
        f"INSERT INTO reused SELECT {told}, {named} FROM (SELECT *, max(begun) OVER ({mine} "
        f"RANGE UNBOUNDED PRECEDING) AS since, min(start) OVER (PARTITION BY session_id, CASE WHEN several "
        f"THEN visitor END) AS first FROM shared_ids) WHERE {named} <> session_id"
    )
    return int(
        str(
            one(connection, f"SELECT count(DISTINCT session_id) FROM shared_ids JOIN reused USING ({told})")[
                0
            ]
        )
    )


def sentence(n: int) -> str:
    """Say that some ids are those of several sessions."""
    ids = f"{counted(n, 'session id')} {agree(n, 'is', 'are')}"
    return (
        f"{ids} used again, hours later or by another visitor: a session is its id together with its "
        "visitor and start."
    )


def tell_spoilt_ids(reading: SessionReading, given: set[str]) -> None:
    """Say which ids a spreadsheet has spoilt, and keep rows apart whose session ids it has cut off."""
    for name in ("session_id", "visitor_id"):
        if name not in given:
            continue
        _tell_cut_off(reading, name)
        if text := lost_zeros(reading.connection, "staged", name):
            reading.say("error", text)


def _tell_cut_off(reading: SessionReading, name: str) -> None:
    spoilt = SPOILT.format(name)
    if n := reading.count(f"SELECT count(DISTINCT {name}) FROM staged WHERE {spoilt}"):
        (example,) = one(reading.connection, f"SELECT min({name}) FROM staged WHERE {spoilt}")
        fate = "different people look the same"
        if name == "session_id":
            n = reading.count(f"SELECT count(*) FROM staged WHERE {spoilt}")
            fate = "each row counts as its own session"
            reading.connection.execute(
                f"UPDATE staged SET session_id = concat(session_id, '@', {ROW}) WHERE {spoilt}"
            )
        reading.say(
            "error",
            f"{counted(n, IDS[name])} lost digits in a spreadsheet ({example}), so {fate}. {EXPORT_AGAIN}",
        )
    elif name in reading.mapping.columns and are_rounded(cells := reading.values(name)):
        example = next(cell for cell in cells if are_rounded([cell, f"{cell}0"]))
        reading.say(
            "error",
            f"Long numbers in “{reading.label(name)}” end in zeros ({example}), as a spreadsheet "
            f"leaves them, so different people may look the same. {EXPORT_AGAIN}",
        )
