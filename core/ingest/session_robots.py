"""Robots and the team's own visits among session rows: left out, counted, and said, as among events."""

from __future__ import annotations

from core.base.sql import identifier, literal
from core.ingest.cells.synonyms import EVENT_COLUMNS
from core.ingest.files.source import ROW
from core.ingest.session_reading import SessionReading
from core.ingest.settling.log import counted
from core.ingest.settling.robots import INTERNAL, ROBOT, as_like, is_robot
from core.schema.countries import plain


def leave_out(reading: SessionReading, given: set[str]) -> int:
    """Refuse the rows of robots and of the team; return how many were robots'."""
    _leave_out_internal(reading, given)
    free = (name for name in reading.source.names if name not in reading.mapping.columns.values())
    name = next((name for name in free if EVENT_COLUMNS.get(plain(name)) == "user_agent"), None)
    if name is None:
        return 0
    cell = reading.source.cell(name)
    agents = reading.connection.execute(f"SELECT DISTINCT {cell} FROM staged WHERE {cell} IS NOT NULL")
    found = [literal(agent) for (agent,) in agents.fetchall() if is_robot(str(agent))]
    if not found:
        return 0
    where = f"{cell} IN ({', '.join(found)})"
    n = reading.count(f"SELECT count(*) FROM staged WHERE {_live()} AND {where}")
    if reading.mapping.keep_robots:
        reading.say("warning", f"{counted(n, 'session')} from robots are kept, as chosen.")
    elif n == reading.count(f"SELECT count(*) FROM staged WHERE {_live()}"):
        reading.say("error", "Everything in this export looks like robot traffic, so it is all kept.")
    elif n:
        _refuse(reading, where, ROBOT)
        reading.say("warning", f"{counted(n, 'session')} from robots left out. You can put them back.")
        return n
    return 0


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
