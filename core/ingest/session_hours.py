"""The hour of day in session rows: however it is written, and what is said of it.

``21``, ``21:00``, ``9 PM``, ``21h``, ``21 Uhr`` and ``21:00 - 22:00`` are one hour; 24 is midnight.
"""

from __future__ import annotations

from core.base.sql import literal
from core.ingest.files.source import ROW
from core.ingest.session_reading import SessionReading
from core.ingest.settling.log import counted, listed

#: Of hours told by two columns, this share must differ alike to say so.
_SHARE = 0.9
_LATEST = 24
#: An hour with or without minutes and what stands behind it.
_ONE = (
    r"(\d{1,2})(?:\s*[:.h]\s*[0-5]\d(?::[0-5]\d(?:\.\d+)?)?)?\s*"
    r"(?:([ap])\.?\s?m\.?|h|hrs?\.?|hours?|uhr|o'?clock|heures?|horas?|ore|godz\.?|uur|u)?"
)
#: Nothing, or the end of the hour: "21:00 - 22:00". One that alone says a.m. or p.m. leaves it open.
_END = r"(?:\s*(?:-|–|—|to|bis|à|a)\s*\d{1,2}(?:[:.h][0-5]\d(?::[0-5]\d)?)?\s*(?:h|uhr|[ap]\.?m\.?)?)?"
_HOUR = rf"^(?:.*\d[-/.]\d{{1,2}}[-/.]\d+[ T])?{_ONE}{_END}$"


def hour_of_day(cell: str) -> str:
    """Return SQL of the hour a cell names, 0 to 24; null where it names none."""
    bare = f"lower(trim({cell}))"
    whole = f"try_cast(floor(try_cast({bare} AS DOUBLE)) AS BIGINT)"
    found = f"regexp_extract({bare}, {literal(_HOUR)}, ['h', 'half'])"
    read = (
        f"list_transform([{found}], lambda m: CASE m.half WHEN '' THEN try_cast(m.h AS BIGINT) ELSE "
        "CASE WHEN try_cast(m.h AS BIGINT) BETWEEN 1 AND 12 THEN try_cast(m.h AS BIGINT) % 12 + "
        "CASE m.half WHEN 'p' THEN 12 ELSE 0 END END END)[1]"
    )
    dated = f"try_cast(regexp_extract({bare}, '^(?:19|20)\\d{{6}}(\\d{{2}})$', 1) AS BIGINT)"
    hour = f"coalesce({dated}, {whole}, {read})"
    return f"CASE WHEN {cell} IS NOT NULL AND {hour} BETWEEN 0 AND {_LATEST} THEN {hour} END"


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
            f"{counted(n, 'cell')} of “{label}” {'is' if n == 1 else 'are'} no hour of a day ({said}): "
            f"{'it counts' if n == 1 else 'they count'} as unknown.",
        )
    if reading.count(f"SELECT count(*) {live} AND hour = {_LATEST}"):
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
