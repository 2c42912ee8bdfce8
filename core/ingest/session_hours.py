"""What is said of the hours of session rows: those that can't be read, 24, and starts of other zones."""

from __future__ import annotations

from core.base.written import agree, counted
from core.ingest.cells.hours import LATEST_HOUR
from core.ingest.files.source import ROW
from core.ingest.session_reading import SessionReading
from core.ingest.settling.log import listed

#: Of hours told by two columns, this share must differ alike to say so.
_SHARE = 0.9


def say_of_hours(reading: SessionReading, given: set[str]) -> None:
    """Say which hours can't be read, how 24 is read, and where hours differ from the starts beside them."""
    if "hour" not in given:
        return
    label, cell = reading.label("hour"), reading.cell("hour")
    live = f"FROM staged WHERE {ROW} NOT IN (SELECT {ROW} FROM refused)"
    lost = f"{live} AND {cell} IS NOT NULL AND hour IS NULL"
    if n := reading.count(f"SELECT count(*) {lost}"):
        words = reading.connection.execute(f"SELECT trim({cell}) {lost} GROUP BY 1 ORDER BY count(*) DESC, 1")
        said = listed((word for (word,) in words.fetchall()), 5)
        reading.say(
            "warning",
            f"{counted(n, 'cell')} of “{label}” {agree(n, 'is', 'are')} no hour of a day ({said}): "
            f"{agree(n, 'it counts', 'they count')} as unknown.",
        )
    if reading.count(f"SELECT count(*) {live} AND hour = {LATEST_HOUR}"):
        beside = reading.count(f"SELECT count(*) {live} AND hour = 0")
        reading.say(
            "info" if beside else "warning",
            f"24 in “{label}” is read as midnight, the first hour of a day, as 0 is."
            if beside
            else f"“{label}” has 24 and no 0: 24 is read as midnight, the first hour of a day.",
        )
    if "started_at" in given:
        _say_of_starts(reading, label)


def _say_of_starts(reading: SessionReading, label: str) -> None:
    """Say where a column of hours is of another time zone than the starts beside it."""
    told = "hour(started_at + to_minutes(coalesce(utc_offset, 0)))"
    rows = reading.connection.execute(
        f"SELECT CAST((hour - {told} + 36) % 24 - 12 AS INT) AS later, count(*) AS n FROM staged "
        "WHERE hour IS NOT NULL AND started_at IS NOT NULL GROUP BY 1 ORDER BY n DESC"
    ).fetchall()
    zones = sorted(later for later, _ in rows if later)
    apart = sum(n for later, n in rows if later)
    # A shop's clock is an hour further from UTC in summer.
    if zones and zones[-1] - zones[0] <= 1 and apart >= _SHARE * sum(n for _, n in rows):
        hours = " or ".join(f"{later:+d}" for later in zones)
        reading.say(
            "warning",
            f"“{label}” differs from the starts by {hours} hours throughout; hours are read "
            "as that column says. If the starts are in UTC, set the shop's time zone.",
        )
