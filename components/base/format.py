"""Numbers, money, times and sizes as people read them; unknown values are a dash."""

from __future__ import annotations

import datetime as dt
import math

from core.base.shop import by_clock, shop_settings, written_date, written_time
from core.schema.vocabulary import CURRENCY_SIGNS

NOTHING = "–"
MINUS = "−"

SIGNS = CURRENCY_SIGNS

#: Ranges that end below this are written with their cents.
SMALL_AMOUNT = 10
#: Sums that would be written with five figures or more are written without their cents.
FIVE_FIGURES = 9_999.995

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
#: Decimal sign and sign between thousands, as ``number_format`` says; a space is one that doesn't break.
SEPARATORS = {"1,234.5": ".,", "1.234,5": ",.", "1 234,5": ",\u00a0", "1’234.5": ".’"}
#: Days without a year, as the axes of charts write them.
_SHORT_DAYS = {
    "yyyy-mm-dd": "%m-%d",
    "dd/mm/yyyy": "%d/%m",
    "mm/dd/yyyy": "%m/%d",
    "dd.mm.yyyy": "%d.%m.",
}


def separators() -> str:
    """Return the decimal sign and the sign between thousands, as Plotly wants them."""
    return SEPARATORS[shop_settings().number_format]


def short_day() -> str:
    """Return how the axis of a chart writes a day, in d3's words."""
    return _SHORT_DAYS.get(shop_settings().date_format, "%-d %b")


def number(value: float | None, digits: int = 2) -> str:
    """Write a number with thousands separators and at most ``digits`` decimals."""
    known = _known(value)
    if known is None:
        return NOTHING
    text = f"{abs(known):,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return _signed(known, _as_set(text), zero="0")


def decimals(value: float | None, digits: int) -> str:
    """Write a number with exactly so many decimals, as scores are."""
    known = _known(value)
    return NOTHING if known is None else _signed(known, _as_set(f"{abs(known):,.{digits}f}"))


def money(value: float | None, currency: str | None = None, digits: int = 2) -> str:
    """Write an amount with its currency, if that is known; from five figures on in whole units."""
    known = _known(value)
    if known is None:
        return NOTHING
    if abs(known) >= FIVE_FIGURES:
        digits = 0
    text = _as_set(f"{abs(known):,.{digits}f}")
    sign = SIGNS.get(currency or "")
    if sign:
        text = f"{sign}{text}"
    elif currency:
        text = f"{text}\u00a0{currency}"
    return _signed(known, text)


def money_range(low: float | None, high: float | None, currency: str | None = None) -> str:
    """Write between what two amounts something lies, as in "€31–118"; whole ones unless small."""
    first, last = _known(low), _known(high)
    if first is None or last is None:
        return NOTHING
    digits = 2 if last < SMALL_AMOUNT else 0
    text = f"{_as_set(f'{first:,.{digits}f}')}–{_as_set(f'{last:,.{digits}f}')}"
    sign = SIGNS.get(currency or "")
    return f"{sign}{text}" if sign else f"{text}\u00a0{currency}" if currency else text


def money_in_range(
    value: float | None, low: float | None, high: float | None, currency: str | None = None
) -> str:
    """Write an amount with the range it lies in, as in "€62 (31–118)"; alone where none is known."""
    if _known(low) is None or _known(high) is None:
        return money(value, currency)
    digits = 2 if float(high or 0) < SMALL_AMOUNT else 0
    return f"{money(value, currency, digits)} ({money_range(low, high)})"


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share of 1 in percent; what isn't quite nothing or everything is not rounded to it."""
    known = _known(share)
    if known is None:
        return NOTHING
    least = 10.0**-digits
    size = abs(known) * 100
    if 0 < size < least / 2:
        return f"<{_signed(known, _as_set(f'{least:.{digits}f}%'))}"
    if 100 - least / 2 <= size < 100:
        return f">{_signed(known, _as_set(f'{100 - least:.{digits}f}%'))}"
    return _signed(known, _as_set(f"{size:,.{digits}f}%"))


def duration(seconds: float | None) -> str:
    """Write a span of time in its two largest units."""
    known = _known(seconds)
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
    known = _known(n_bytes)
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


def _known(value: float | None) -> float | None:
    if value is None:
        return None
    known = float(value)
    return known if math.isfinite(known) else None


def _as_set(text: str) -> str:
    """Write a number's separators as set; ``text`` has a point and commas."""
    form = shop_settings().number_format
    if form == "1,234.5":
        return text
    point, comma = SEPARATORS[form][0], SEPARATORS[form][1]
    return "".join(point if sign == "." else comma if sign == "," else sign for sign in text)


def _signed(value: float, text: str, zero: str | None = None) -> str:
    """Put a minus before a negative number that isn't written as 0."""
    digits = {character for character in text if character.isdigit()}
    if digits <= {"0"}:
        return zero or text
    return f"{MINUS}{text}" if value < 0 else text


def _moment(moment: dt.datetime | str) -> dt.datetime:
    return dt.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
