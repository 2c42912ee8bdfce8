"""Robots and the team's own visits among session rows: left out, counted, and said, as among events."""

from __future__ import annotations

from core.base.sql import identifier, literal
from core.base.written import agree, counted
from core.ingest.base.assumptions import ROBOTS_OUT
from core.ingest.cells.marks import MARKED_ROBOT
from core.ingest.cells.synonyms import EVENT_COLUMNS
from core.ingest.columns.marks import marks_of
from core.ingest.files.source import ROW
from core.ingest.session_reading import SessionReading
from core.ingest.settling.monitors import awake, regular
from core.ingest.settling.robots import INTERNAL, ROBOT, as_like, is_robot
from core.ingest.settling.survey import FEWEST_ROUND_THE_CLOCK
from core.schema.countries import plain

#: What two visits may differ in and still be alike: who, when, and how long the page took to load.
_OWN = frozenset(
    "session_id visitor_id started_at hour day_of_week is_weekday is_returning duration_seconds "
    "mean_gap_seconds purchased revenue".split()
)


def leave_out(reading: SessionReading, given: set[str]) -> int:
    """Refuse the rows of robots and of the team; return how many were robots'."""
    _leave_out_internal(reading, given)
    return _leave_out_marked(reading) + _leave_out_robots(reading, given)


def _leave_out_marked(reading: SessionReading) -> int:
    """Refuse the rows that the file marks; return how many are robots'."""
    marks, said = marks_of(reading.source, reading.mapping)
    for mark in marks:
        _refuse(reading, mark.sql, mark.reason)
    for each in said:
        reading.say(each.severity, each.text)
    return reading.count(f"SELECT count(*) FROM refused WHERE reason = {literal(MARKED_ROBOT)}")


def _leave_out_robots(reading: SessionReading, given: set[str]) -> int:
    found = [*_by_name(reading), *_by_behaviour(reading, given)]
    if not found:
        return 0
    where = " OR ".join(found)
    n = reading.count(f"SELECT count(*) FROM staged WHERE {_live()} AND ({where})")
    if not n:
        return 0
    if reading.mapping.keep_robots:
        reading.say(
            "warning", f"{counted(n, 'session')} from robots {agree(n, 'is', 'are')} kept, as chosen."
        )
    elif n == reading.count(f"SELECT count(*) FROM staged WHERE {_live()}"):
        reading.say("error", "Everything in this export looks like robot traffic, so it is all kept.")
    else:
        _refuse(reading, where, ROBOT)
        reading.say(
            "warning",
            f"{counted(n, 'session')} {ROBOTS_OUT}.",
        )
        return n
    return 0


def _by_name(reading: SessionReading) -> list[str]:
    """Return SQL of the rows with a robot's user agent, if there are any."""
    free = (name for name in reading.source.names if name not in reading.mapping.columns.values())
    name = next((name for name in free if EVENT_COLUMNS.get(plain(name)) == "user_agent"), None)
    if name is None:
        return []
    cell = reading.source.cell(name)
    agents = reading.connection.execute(f"SELECT DISTINCT {cell} FROM staged WHERE {cell} IS NOT NULL")
    found = [literal(agent) for (agent,) in agents.fetchall() if is_robot(str(agent))]
    return [f"{cell} IN ({', '.join(found)})"] if found else []


def _by_behaviour(reading: SessionReading, given: set[str]) -> list[str]:
    """Return SQL of the rows of visitors who never sleep, and of monitors."""
    if reading.n_rows < FEWEST_ROUND_THE_CLOCK:
        return []
    if reading.start is None or "timestamp" not in reading.start.sql:
        return []
    live = f"FROM staged WHERE {_live()} AND started_at IS NOT NULL"
    found = []
    if "visitor_id" in given:
        found.append(
            f"visitor_id IN (SELECT visitor_id {live} GROUP BY 1 HAVING count(*) >= {FEWEST_ROUND_THE_CLOCK} "
            f"AND {awake('started_at')})"
        )
    if same := sorted(given - _OWN):
        alike = f"hash({', '.join(identifier(name) for name in same)})"
        visits = f"SELECT {ROW}, {alike} AS kind, started_at AS begun {live}"
        found.append(f"{ROW} IN (SELECT {ROW} FROM ({regular(visits, having=awake('begun'))}))")
    return found


def _leave_out_internal(reading: SessionReading, given: set[str]) -> None:
    rules = [
        f"{identifier(name)} ILIKE {literal(as_like(pattern))} ESCAPE '\\'"
        for name, patterns in (reading.mapping.internal or reading.settings.internal).items()
        if name in given
        for pattern in patterns
    ]
    if not rules:
        return
    where = " OR ".join(rules)
    n = reading.count(f"SELECT count(*) FROM staged WHERE {_live()} AND ({where})")
    _refuse(reading, where, INTERNAL)
    reading.say("info", f"{counted(n, 'session')} from your own team left out, by your rule.")


def _live() -> str:
    return f"{ROW} NOT IN (SELECT {ROW} FROM refused)"


def _refuse(reading: SessionReading, where: str, reason: str) -> None:
    reading.connection.execute(
        f"INSERT INTO refused SELECT {ROW}, {literal(reason)}, {reading.source.data_cells} FROM staged "
        f"WHERE {_live()} AND ({where})"
    )
