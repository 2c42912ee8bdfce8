"""Numbers, money, times and sizes as people read them; unknown values are a dash.

Plain numbers and amounts are written by ``core.base.written``, as sentences made in core are.
"""

from __future__ import annotations

import datetime as dt

from core.base.shop import by_clock, shop_settings, written_date, written_time
from core.base.written import (
    MINUS,
    NOTHING,
    SEPARATORS,
    SIGNS,
    as_set,
    decimals,
    estimate,
    expected_number,
    known_number,
    money,
    number,
    percent,
    separators,
)

__all__ = [
    "MINUS",
    "NOTHING",
    "SEPARATORS",
    "SIGNS",
    "ago",
    "date",
    "date_time",
    "decimals",
    "duration",
    "estimate",
    "expected_number",
    "money",
    "money_in_range",
    "money_range",
    "number",
    "percent",
    "separators",
    "short_date",
    "short_day",
    "size",
    "to_the_second",
]

#: Ranges that end below this are written with their cents.
SMALL_AMOUNT = 10

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
#: Days without a year, as the axes of charts write them.
_SHORT_DAYS = {
    "yyyy-mm-dd": "%m-%d",
    "dd/mm/yyyy": "%d/%m",
    "mm/dd/yyyy": "%m/%d",
    "dd.mm.yyyy": "%d.%m.",
}


def short_day() -> str:
    """Return how the axis of a chart writes a day, in d3's words."""
    return _SHORT_DAYS.get(shop_settings().date_format, "%-d %b")


def money_range(low: float | None, high: float | None, currency: str | None = None) -> str:
    """Write between what two amounts something lies, as in "€31–118"; whole ones unless small."""
    first, last = known_number(low), known_number(high)
    if first is None or last is None:
        return NOTHING
    digits = 2 if last < SMALL_AMOUNT else 0
    text = f"{as_set(f'{first:,.{digits}f}')}–{as_set(f'{last:,.{digits}f}')}"
    sign = SIGNS.get(currency or "")
    return f"{sign}{text}" if sign else f"{text}\u00a0{currency}" if currency else text


def money_in_range(
    value: float | None, low: float | None, high: float | None, currency: str | None = None
) -> str:
    """Write an amount with the range it lies in, as in "€62 (31–118)"; alone where none is known."""
    if known_number(low) is None or known_number(high) is None:
        return estimate(value, currency)
    digits = 2 if float(high or 0) < SMALL_AMOUNT else 0
    return f"{money(value, currency, digits)} ({money_range(low, high)})"


def duration(seconds: float | None) -> str:
    """Write a span of time in its two largest units."""
    known = known_number(seconds)
    if known is None:
        return NOTHING
    whole = round(known)
    if whole < _MINUTE:
        return f"{number(known, 1 if known < 10 else 0)} s"
    for size, name, part, part_name in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // part
            many = f"{number(whole // size)} {name}"
            return f"{many} {rest} {part_name}" if rest else many
    return f"{whole} s"


def size(n_bytes: float | None) -> str:
    """Write a file size in decimal units."""
    known = known_number(n_bytes)
    if known is None:
        return NOTHING
    unit = 0
    while known >= 999.5 and unit < len(_UNITS) - 1:
        known, unit = known / 1000, unit + 1
    return f"{number(known, 0 if unit == 0 or known >= 10 else 1)} {_UNITS[unit]}"


def date(moment: dt.datetime | dt.date | str | None) -> str:
    """Write a day, as in "1 Oct 2019" or as set; of a time, its day by the shop's clock."""
    if moment is None:
        return NOTHING
    if isinstance(moment, dt.date) and not isinstance(moment, dt.datetime):
        return written_date(moment)
    return written_date(by_clock(_moment(moment)))


def short_date(day: dt.date) -> str:
    """Write a day without its year, as in "1 Oct" or as set."""
    form = _SHORT_DAYS.get(shop_settings().date_format)
    return f"{day.day} {day:%b}" if form is None else f"{day:{form}}"


def date_time(moment: dt.datetime | str | None, zone: str | None = None) -> str:
    """Write a time with its clock, as in "1 Oct 2019, 14:05 UTC"; by the shop's unless a zone is named."""
    return NOTHING if moment is None else written_time(_moment(moment), zone)


def to_the_second(moment: dt.datetime, zone: str | None = None) -> str:
    """Write a time to the second with its clock, as in "1 Oct 2019, 14:05:09 UTC"."""
    known = by_clock(moment, zone)
    return f"{date(known.date())}, {known:%H:%M:%S} {known.tzname()}"


def ago(moment: dt.datetime | str | None, now: dt.datetime | None = None) -> str:
    """Say how long ago something was; beyond a week, on which day."""
    if moment is None:
        return NOTHING
    known = by_clock(_moment(moment))
    seconds = ((now or dt.datetime.now(dt.UTC)) - known).total_seconds()
    if seconds < _MINUTE:
        return "just now"
    for length, name, limit in ((_MINUTE, "min", _HOUR), (_HOUR, "h", _DAY), (_DAY, "d", 7 * _DAY)):
        if seconds < limit:
            return f"{int(seconds // length)} {name} ago"
    return date(known)


def _moment(moment: dt.datetime | str) -> dt.datetime:
    return dt.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
