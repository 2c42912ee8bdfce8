"""What is played back: the events of an export, in the order they happened or in turn.

Events are those the export was read as, with their own times: hours and weekdays are what models look at. Ids
get a mark of the replay, so that an export can be played again and is nobody's real visit.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.base.errors import IngestError
from core.base.memory_database import scratch_database
from core.bundle.model_card import JUDGED
from core.live.trackers.plain import FIELDS
from core.schema.events import Told

#: Events sent at a time.
TOGETHER = 2_000
LENGTH = "n_events"
_IDS = ("session_id", "event_id", "visitor_id", "user_id")
Event = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export that was read: its canonical events and session rows as Parquet, and what it tells.

    ``currency`` is that of its amounts, None where none is told.
    """

    events: Path
    sessions: Path
    told: Told
    currency: str | None


def sessions_of(export: Export, most: int | None) -> pa.Table:
    """Return the ids, visitors, lengths and outcomes of the latest sessions of an export, so many at most.

    Raises
    ------
    IngestError
        If it can't be played: events have no time, or no session id.
    """
    if "timestamp" not in export.told.columns:
        raise IngestError("Its events have no times.", remedy="Replay an export that has a time for each.")
    if not export.told.has_session_key:
        raise IngestError(
            "Its events don't say which visit they belong to.",
            remedy="Replay an export with a session id on each event.",
        )
    names = ["session_id", "visitor_id", "started_at", LENGTH, "purchased"]
    table = pq.read_table(export.sessions, columns=names).sort_by("started_at")
    return table if most is None else table.slice(max(0, table.num_rows - most))


def events_of(export: Export, sessions: pa.Table, *, in_turn: bool) -> Iterator[list[tuple[float, Event]]]:
    """Yield the events of sessions with their time in seconds since 1970: in the order they happened.

    With ``in_turn`` the first of every session, then the second of every session, and so on: each list has
    one event of a session at most, until all numbers of events that are judged have been.
    """
    with scratch_database(threads=1) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("chosen", sessions.select(["session_id"]))
        names = [n for n in pq.read_schema(export.events).names if n in FIELDS]
        listed = ", ".join(f'"{name}"' for name in names)
        order = '"timestamp", "order" NULLS FIRST, file_row_number'
        query = (
            f"SELECT row_number() OVER (PARTITION BY session_id ORDER BY {order}) AS place, "
            f'epoch("timestamp") AS at, {listed} '
            f"FROM read_parquet(?, file_row_number = true) SEMI JOIN chosen USING (session_id) "
            f"ORDER BY {'least(place, ?), ' if in_turn else ''}{order}"
        )
        last = max(JUDGED) + 1
        cursor = connection.execute(query, [str(export.events), *([last] if in_turn else [])])
        part: list[tuple[float, Event]] = []
        current = None
        while rows := cursor.fetchmany(TOGETHER):
            for place, at, *values in rows:
                turn = min(place, last) if in_turn else None
                if part and (turn != current or len(part) >= TOGETHER):
                    yield part
                    part = []
                current = turn
                event = {n: v for n, v in zip(names, values, strict=True) if v is not None}
                part.append((at, event | {"event_id": f"{event['session_id']} {place}"}))
        if part:
            yield part


def marked(event: Event, mark: str) -> Event:
    """Return an event with the mark of a replay on its ids, and its time as text."""
    ids: Event = {name: f"{mark}{event[name]}" for name in _IDS if name in event}
    return event | ids | {"timestamp": event["timestamp"].replace(tzinfo=UTC).isoformat()}


def new_mark() -> str:
    """Return a mark of a replay."""
    return f"replay-{secrets.token_hex(3)}-"
