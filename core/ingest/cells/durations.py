"""SQL that reads how long something took, however a cell says so, as seconds.

Plain numbers (in the unit the column's name says), clocks (``5:30``, ``00:05:30``, ``1 day, 2:03:04``), units
in words (``1h 2m``, ``5 min``, ``20 Sek.``) and ISO 8601 (``PT5M30S``). A cell that is none of these is
never taken for the number that stands in it.
"""

from __future__ import annotations

from core.base.sql import literal

_N = r"\d+(?:[.,]\d+)?"
#: Seconds of a unit -> how it is called: English, German, French, Spanish, Italian, Polish, Dutch.
_UNITS: dict[float, str] = {
    86400.0: r"d|days?|tage?n?|jours?|días?|giorn[oi]|dzień|dni|dag(?:en)?",
    3600.0: r"h|hrs?|hours?|std|stunden?|heures?|horas?|or[ae]|godz|godziny?|uur|uren",
    60.0: r"m|mins?|minutes?|minuten?|minutos?|minut[oiay]?|minuut",
    1.0: r"s|secs?|seconds?|sek|sekunden?|sekund[ay]?|secondes?|segundos?|second[oi]|seconden?",
    0.001: r"ms|msecs?|millisecs?|milliseconds?|millisekunden?|millisecondes?|milisegundos?",
}
_BETWEEN = r"(?:[\s,]|and\s|und\s|et\s|y\s|e\s|i\s|en\s)*"
_WORDED = rf"(?i)^\s*(?:{_N}\s*(?:{'|'.join(_UNITS.values())})\.?{_BETWEEN})+$"
_ISO = rf"(?i)^\s*P(?:({_N})D)?(?:T(?:({_N})H)?(?:({_N})M)?(?:({_N})S)?)?\s*$"
_CLOCK = rf"(?i)^\s*(?:(\d+)(?:\s*(?:{_UNITS[86400.0]})\.?,?\s*|\.))?(\d+):(\d{{1,2}}):({_N})\s*$"
#: Minutes and seconds.
SHORT_CLOCK = rf"^\s*(\d+):({_N})\s*$"


def duration(cell: str, number: str, scale: float) -> str:
    """Return SQL for seconds; null where there is no duration to read.

    Parameters
    ----------
    number
        SQL that reads the cell as a plain number.
    scale
        Seconds of one such number.
    """
    iso = _summed(cell, _ISO, (86400, 3600, 60, 1))
    clock = _summed(cell, _CLOCK, (86400, 3600, 60, 1))
    short = _summed(cell, SHORT_CLOCK, (60, 1))
    words = " + ".join(
        f"coalesce({_number(f'regexp_extract({cell}, {literal(_one_of(names))}, 1)')}, 0) * {seconds}"
        for seconds, names in _UNITS.items()
    )
    return (
        f"CASE WHEN NOT regexp_matches({cell}, '[\\p{{L}}:]') THEN {number} * {scale} "
        f"WHEN regexp_matches({cell}, {literal(_CLOCK)}) THEN {clock} "
        f"WHEN regexp_matches({cell}, {literal(SHORT_CLOCK)}) THEN {short} "
        f"WHEN regexp_matches({cell}, {literal(_WORDED)}) THEN {words} "
        f"WHEN regexp_matches({cell}, {literal(_ISO)}) AND regexp_matches({cell}, '\\d') THEN {iso} END"
    )


def _one_of(names: str) -> str:
    # Cells that come here hold no other letters.
    return rf"(?i)({_N})\s*(?:{names})\.?(?:[^a-zíń]|$)"


def _number(text: str) -> str:
    return f"try_cast(replace({text}, ',', '.') AS DOUBLE)"


def _summed(cell: str, pattern: str, seconds: tuple[int, ...]) -> str:
    """Return SQL that adds up the groups of a pattern, each so many seconds."""
    return " + ".join(
        f"coalesce({_number(f'regexp_extract({cell}, {literal(pattern)}, {group})')}, 0) * {each}"
        for group, each in enumerate(seconds, start=1)
    )
