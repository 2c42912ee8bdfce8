"""When sessions began: the rules of events' times, for one row a session.

A start may stand in two columns, carry an offset, or leave open whether the day or the month comes first.
"""

from __future__ import annotations

from dataclasses import replace

from core.base.sql import literal
from core.base.written import agree, counted
from core.ingest.base.database import one
from core.ingest.cells.moments import EARLIEST, LATEST
from core.ingest.cells.sniff import looks_like_date
from core.ingest.cells.synonyms import EVENT_COLUMNS, SESSION_COLUMNS
from core.ingest.columns.times import AS_WRITTEN, TimeColumns, is_clock, time_columns
from core.ingest.columns.zones import say_of_late_offsets
from core.ingest.files.source import ROW
from core.ingest.formats.guess import guess_target, other_times
from core.ingest.formats.twins import of_creation
from core.ingest.session_reading import SessionReading
from core.ingest.settling.log import listed
from core.ingest.settling.midnights import pairs, sentences

#: What a column that holds the other half of a start may be called.
_HALVES = frozenset({"timestamp", "date", "started_at", "hour"})


def start_columns(reading: SessionReading) -> TimeColumns | None:
    """Return SQL of when a session began, its offset from UTC, and what was assumed; None without a start."""
    start = reading.mapping.columns.get("started_at")
    if start is None:
        return None
    columns = {"timestamp": start}
    cells = reading.source.head.values(start)
    if is_clock(cells):
        if day := _half(reading, of_day=True):
            columns["date"] = day
    elif looks_like_date(cells) and (clock := _half(reading, of_day=False)):
        columns = {"timestamp": clock, "date": start}
    mapping = replace(reading.mapping, columns=columns)
    return time_columns(reading.source, mapping, reading.connection)


def say_of_offsets(reading: SessionReading) -> None:
    """Say so where some starts have an offset, though those in the head of the file have none."""
    start = reading.start
    if start and start.has_open_offset and reading.count("SELECT count(utc_offset) FROM staged"):
        start.assumptions = say_of_late_offsets(start.assumptions, reading.label("started_at"))
        start.time_zone = AS_WRITTEN


def say_of_midnights(reading: SessionReading, given: set[str]) -> None:
    """Say how many sessions go on where the same visitor's last one has just ended."""
    is_timed = reading.start is not None and "timestamp" in reading.start.sql
    if not is_timed or not {"session_id", "visitor_id", "started_at"} <= given:
        return
    lasts = "INTERVAL 0 MINUTE"
    if "duration_seconds" in given:
        seconds = "coalesce(duration_seconds, 0)"
        lasts = f"CASE WHEN {seconds} BETWEEN 0 AND 86400 THEN to_seconds({seconds}) ELSE {lasts} END"
    zone = reading.mapping.time_zone
    begun = "(started_at + to_minutes(coalesce(utc_offset, 0)))"
    if zone and "utc_offset" not in (reading.start.sql if reading.start else {}):
        begun = f"timezone({literal(zone)}, timezone('UTC', started_at))"
    ends = (
        f"SELECT visitor_id, {begun} AS begun, {begun} + {lasts} AS ended FROM staged WHERE "
        f"visitor_id IS NOT NULL AND started_at IS NOT NULL AND {ROW} NOT IN (SELECT {ROW} FROM refused)"
    )
    gap = reading.settings.session_gap_minutes
    n, n_midnight = one(reading.connection, pairs(ends, gap))
    for severity, text in sentences(int(str(n)), int(str(n_midnight)), gap):
        if severity != "info":  # a second visit soon after the first is one, as far as starts tell
            reading.say(severity, f"{text} To have them joined, export events, one row for each.")


def say_of_unread_starts(reading: SessionReading, given: set[str]) -> None:
    """Take starts of no shop for unknown, and say how many can't be used."""
    if reading.start is None or "started_at" not in given:
        return
    live = f"started_at BETWEEN '{EARLIEST}'::TIMESTAMP AND '{LATEST}'::TIMESTAMP"
    reading.connection.execute(f"UPDATE staged SET started_at = NULL WHERE NOT ({live})")
    n = reading.count(
        f"SELECT count(*) FROM staged WHERE started_at IS NULL AND {reading.cell('started_at')} IS NOT NULL"
    )
    if n:
        reading.say(
            "warning",
            f"{counted(n, 'start')} in “{reading.label('started_at')}” can't be read, or "
            f"{agree(n, 'is', 'are')} before 1990 or after 2100: {agree(n, 'it counts', 'they count')} as "
            "unknown.",
        )


def say_of_other_times(reading: SessionReading, given: set[str]) -> None:
    """Say where sessions are taken to begin with their records, and where times are none of a start."""
    if "started_at" in given:
        if of_creation(label := reading.label("started_at")):
            reading.say("warning", f"“{label}” is taken for when sessions began: no other column says it.")
        return
    times = other_times(reading.source.head, reading.mapping.columns.values())
    if times:
        named = listed((f"“{name}”" for name in times), 8)
        reading.say(
            "warning",
            f"No column says when sessions began; {named} may be of something else. If one is their start, "
            "map it as the start.",
        )


def _half(reading: SessionReading, *, of_day: bool) -> str | None:
    """Return the column that holds the day, or the time of day, of a start."""
    mapped = {name for target, name in reading.mapping.columns.items() if target not in _HALVES}
    for name in reading.source.names:
        known = {guess_target(name, EVENT_COLUMNS), guess_target(name, SESSION_COLUMNS)}
        if name in mapped or not known & _HALVES:
            continue
        cells = reading.source.head.values(name)
        if of_day and looks_like_date(cells):
            return name
        if not of_day and is_clock(cells):
            return name
    return None
