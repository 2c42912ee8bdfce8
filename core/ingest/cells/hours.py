"""The hour of a day in a cell: ``21``, ``9 PM``, ``21h``, ``21 Uhr`` and ``21:00 - 22:00`` are one hour."""

from __future__ import annotations

import re

from core.base.sql import literal

#: Hours are counted from 0 or from 1: 24 is midnight.
LATEST_HOUR = 24
#: An hour with or without minutes and what stands behind it.
_ONE = (
    r"(\d{1,2})(?:\s*[:.h]\s*[0-5]\d(?::[0-5]\d(?:\.\d+)?)?)?\s*"
    r"(?:([ap])\.?\s?m\.?|h|hrs?\.?|hours?|uhr|o'?clock|heures?|horas?|ore|godz\.?|uur|u)?"
)
#: Nothing, or the end of the hour: "21:00 - 22:00". One that alone says a.m. or p.m. leaves it open.
_END = r"(?:\s*(?:-|–|—|to|bis|à|a)\s*\d{1,2}(?:[:.h][0-5]\d(?::[0-5]\d)?)?\s*(?:h|uhr|[ap]\.?m\.?)?)?"
_HOUR = rf"^(?:.*\d[-/.]\d{{1,2}}[-/.]\d+[ T])?{_ONE}{_END}$"
_BARE_HOUR = re.compile(_ONE + _END)


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
    return f"CASE WHEN {cell} IS NOT NULL AND {hour} BETWEEN 0 AND {LATEST_HOUR} THEN {hour} END"


def hour_in(cell: str) -> int | None:
    """Return the hour a cell names without a day, 0 to 24; None where it names none."""
    found = _BARE_HOUR.fullmatch(cell.strip().lower())
    if not found:
        return None
    hour, half = int(found[1]), found[2]
    if half:
        return hour % 12 + (12 if half == "p" else 0) if 1 <= hour <= 12 else None
    return hour if hour <= LATEST_HOUR else None
