"""How a column's cells are written, from those in the head of a file: times, decimals, currency."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from core.ingest.cells.synonyms import (
    CURRENCY_SIGNS,
    CURRENCY_WORDS,
    HUNDREDTHS,
    MILLIONTHS,
    MINOR_CODES,
    MINOR_SIGNS,
    ORDER_STATUSES,
    SMALL_UNITS,
    TOTALS,
)
from core.schema.countries import plain

_ISO = re.compile(r"\s*\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T]|\s*$)")
_EXACT = re.compile(r"\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d(\.\d{1,6})?( UTC|Z)?")
_EPOCH = re.compile(r"\s*[1-9](\d{8,9}(\.\d+)?|\d{11,12}|\d{14,15}|\d{17,18})\s*")
#: Days as spreadsheets count them since 1900, and digits of a date and an hour, with or without minutes.
_SERIAL = re.compile(r"\s*[2-7]\d{4}([.,]\d+)?\s*")
_DIGITS = re.compile(r"\s*(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])([0-5]\d)?\s*")
_NUMERIC_DATE = re.compile(r"\s*(\d{1,2})([./-])(\d{1,2})\2(\d{2}|\d{4})(?!\d)")
#: 02-Mar-26, 2 März 2026: months in words, as spreadsheets show them.
_WORDED_DATE = re.compile(
    r"\s*\d{1,2}(st|nd|rd|th)?\.?[-/ ]?(de )?[^\W\d_]{3,10}\.?[-/ ]?(de )?(\d{2}|\d{4})(?!\d)", re.I
)
_MONTH_FIRST = re.compile(r"\s*[^\W\d_]{3,10}\.? \d{1,2}(st|nd|rd|th)?,? \d{4}(?!\d)", re.I)
#: A day of the week in front of a date.
_WEEKDAY = re.compile(
    r"\s*[^\W\d_]{2,14}(-feira)?(\.,|[.,])?\s+(?=\d{1,2}[./-]\d|\d{1,2}\.?\s|[^\W\d_]{3,10}\.? \d)"
)
_COMPACT = re.compile(r"\s*\d{8}T\d{6}")
#: A week and its day, or a day of the year: 2026-W10-3, 2026-070.
_ISO_DAY = re.compile(r"\s*(19|20)\d\d(-?W[0-5]\d-?[1-7]|-[0-3]\d\d)(?=$|[T\s])")
#: From so many years back on, a two-digit number may be one in front of a date.
_OLDEST = 6
_CLOCK = re.compile(
    r"\d{1,2}:\d{2}|T\d{2}|\d[ ,]\d{1,2}\.\d{2}\.\d{2}|^\s*\d{14}\s*$|^\s*\d{9,10}(\.\d+)?\s*$|"
    r"^\s*\d{12,19}\s*$|^\s*\d{5}[.,]\d+\s*$"
)
_COMMON = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p")


#: How prices end, and how many different ones must, and which share of them, to look like prices in cents.
_ENDS = frozenset({0, 49, 50, 90, 95, 98, 99})
_FEWEST_PRICES, _MOST_PRICES = 3, 0.9
#: A whole number, as data frames write it too.
#: Which share of large amounts in a known currency are whole cents where they are millionths.
_MOST_MILLIONTHS = 0.9
_WHOLE = re.compile(r"-?\d{1,18}(\.0+)?")
#: A cent, and what floating point adds to it.
_CENT = 0.011
#: An id that went through a spreadsheet.
SPOILT_ID = re.compile(r"\s*-?\d([.,]\d+)?[eE]\+\d+\s*")
#: Codes of currencies that are words of their own.
_WORDS_TOO = frozenset("ALL TOP TRY CUP PEN MOP GEL SOS MAD BAM".split())
#: Digits that a spreadsheet keeps of a long number; the rest becomes zeros.
_KEPT_DIGITS = 15
#: The way to read days that a spreadsheet counted.
SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class TimeStyle:
    """How times are written: the quick way to read most of them, and how to read the rest.

    ``day_first`` is None where the head doesn't tell 1/2 January from 2/1.
    """

    way: str
    date_only: bool
    day_first: bool | None


def time_style(cells: list[str], *, day_first: bool | None = None) -> TimeStyle:
    """Tell how the times of a column are written, given which of day and month comes first or not."""
    kinds = Counter(_kind(cell) for cell in cells)
    day_first = _day_first(cells) if day_first is None else day_first
    date_only = bool(cells) and not any(_CLOCK.search(cell) for cell in cells)
    kind = kinds.most_common(1)[0][0] if kinds else "iso"
    way = kind
    if cells and all(_SERIAL.fullmatch(cell) for cell in cells):
        way = SERIAL
    elif cells and all(_DIGITS.fullmatch(cell) for cell in cells):
        # As seconds since 1970 they would lie in the 2030s.
        way = "%Y%m%d%H" if all(len(cell.strip()) == 10 for cell in cells) else "%Y%m%d%H%M"
    elif kind == "iso":
        way = _iso_way(cells)
    elif kind == "other":
        way = _strptime_way(cells, day_first=day_first is not False)
    return TimeStyle(way=way, date_only=date_only, day_first=day_first)


def is_order_open(cells: list[str]) -> bool:
    """Whether no date shows by its numbers which of day and month comes first, or some deny the others."""
    found = [match for cell in cells if (match := _NUMERIC_DATE.match(cell)) and match[2] != "."]
    firsts, seconds = ({int(match[n]) > 12 for match in found} for n in (1, 3))
    return bool(found) and (True in firsts) == (True in seconds)


def _kind(cell: str) -> str:
    if _ISO.match(cell):
        return "iso"
    return "epoch" if _EPOCH.fullmatch(cell) else "other"


def _day_first(cells: list[str]) -> bool | None:
    found = [match for cell in cells if (match := _NUMERIC_DATE.match(cell))]
    firsts = max((int(match[1]) for match in found), default=0)
    seconds = max((int(match[3]) for match in found), default=0)
    if any(match[2] == "." for match in found) or firsts > 12 >= seconds:
        return True
    if seconds > 12 >= firsts:
        return False
    if not found:
        return True
    # Twelve-hour clocks are written where the month comes first.
    return False if any(re.search(r"[\d\s][ap]\.?\s?m\b", cell, re.I) for cell in cells) else None


def days_before_months(cells: list[str]) -> bool | None:
    """Tell which comes first where dates are in numbers of both; None if they aren't, or don't show it."""
    return _day_first(cells) if any(_NUMERIC_DATE.match(cell) for cell in cells) else None


def _iso_way(cells: list[str]) -> str:
    """Return the exact format most cells have: reading that is several times quicker than any ISO time."""
    shapes = Counter(
        f"%Y-%m-%d{match[1]}%H:%M:%S{'.%f' if match[2] else ''}{match[3] or ''}"
        for cell in cells
        if (match := _EXACT.fullmatch(cell))
    )
    if not shapes:
        return "iso"
    way, n_fitting = shapes.most_common(1)[0]
    return way if n_fitting * 10 >= len(cells) * 9 else "iso"


def _strptime_way(cells: list[str], *, day_first: bool) -> str:
    found = [match for cell in cells if (match := _NUMERIC_DATE.match(cell))]
    if not found:
        return "iso"
    match = found[0]
    first, second = ("%d", "%m") if day_first else ("%m", "%d")
    date = f"{first}{match[2]}{second}{match[2]}{'%Y' if len(match[4]) == 4 else '%y'}"
    if _are_years_first(found):
        date = f"%y{match[2]}%m{match[2]}%d"
    ways = [date, *(f"{date} {clock}" for clock in _COMMON)]
    fits = Counter({way: sum(fits_format(cell, way) for cell in cells[:200]) for way in ways})
    way, n_fitting = fits.most_common(1)[0]
    return way if n_fitting else "iso"


def _are_years_first(found: list[re.Match[str]]) -> bool:
    """Whether dates of two digits each begin with years: recent ones, and fewer of them than of days."""
    firsts, lasts = {match[1] for match in found}, {match[4] for match in found}
    newest = datetime.now(UTC).year % 100 + 1
    return (
        all(len(part) == 2 for part in firsts | lasts)
        and all(newest - _OLDEST <= int(year) <= newest for year in firsts)
        and len(firsts) < len(lasts)
    )


def fits_format(cell: str, way: str) -> bool:
    """Whether a time is written in a format of strptime."""
    try:
        datetime.strptime(cell.strip(), way)
    except ValueError:
        return False
    return True


def looks_like_time(cells: list[str]) -> bool:
    """Whether nearly all cells are dates with a time of day, or seconds since 1970."""
    if not cells:
        return False
    timely = sum(
        bool(_CLOCK.search(cell)) and bool(_is_dated(cell) or _EPOCH.fullmatch(cell)) for cell in cells
    )
    return timely >= 0.9 * len(cells)


def looks_like_date(cells: list[str]) -> bool:
    """Whether all cells are days, at midnight if at any time."""
    midnight = re.compile(r"[ T]0?0:00(:00(\.0+)?)?\s*$")
    bare = [midnight.sub("", cell) for cell in cells]
    return bool(bare) and all(_is_dated(cell) and not _CLOCK.search(cell) for cell in bare)


def _is_dated(cell: str) -> bool:
    """Whether a cell begins with a date."""
    bare = _WEEKDAY.sub("", cell, count=1)
    ways = (_ISO, _NUMERIC_DATE, _WORDED_DATE, _MONTH_FIRST, _COMPACT, _ISO_DAY)
    return any(way.match(cell) or way.match(bare) for way in ways)


def counts_from_zero(ids: list[str]) -> bool:
    """Whether zero is the first of ids that are counted: one and two are there as well."""
    return {"0", "1", "2"} <= {cell.strip() for cell in ids}


def are_rounded(ids: Iterable[str]) -> bool:
    """Whether long numbers end in zeros where a spreadsheet has cut them off."""
    long = {cell.strip() for cell in ids if re.fullmatch(rf"\s*\d{{{_KEPT_DIGITS + 2},}}\s*", cell)}
    return len(long) > 1 and all(not cell[_KEPT_DIGITS:].strip("0") for cell in long)


#: 1,00,000, as India groups its thousands; 80.-, without cents.
_POINT_FIRST = re.compile(r"\d,\d\d,\d{3}(\D|$)|\d\.[-–—]")
_COMMA = re.compile(r"\d,[-–—]|\d\.\d{3},\d|\d,(\d{1,2}|\d{4,})(\D|$)")
_ENDS_BY_POINT = re.compile(r"\.\d+\D*$")
#: Thousands twice over: dots group them.
_TWO_DOTS = re.compile(r"\.\d{3}\.\d{3}(\D|$)")
_POINT = re.compile(r"\.(\d{1,2}|\d{4,})(\D|$)|\d,\d{3}\.\d")
_DOTTED = re.compile(r"(^|\D)[1-9]\d{0,2}\.\d{3}(\D|$)")
_UNSURE = re.compile(r"\d,\d{3}(\D|$)")


def decimal_sign(cells: Iterable[str], *, separator: str | None = None) -> str | None:
    """Tell whether numbers are written with a decimal comma or point; None if no cell tells."""
    commas = points = unsure = dotted = 0
    for cell in cells:
        if "," not in cell and "." not in cell:
            continue
        if _POINT_FIRST.search(cell):
            points += 1
        elif (_COMMA.search(cell) and not _ENDS_BY_POINT.search(cell)) or _TWO_DOTS.search(cell):
            commas += 1
        elif _POINT.search(cell):
            points += 1
        elif _DOTTED.search(cell):
            dotted += 1
        elif _UNSURE.search(cell):
            unsure += 1
    if commas or points:
        return "," if commas > points else "."
    # A comma before three digits: in a file separated by semicolons it is the decimal sign. Where commas
    # are, a dot before three digits groups thousands.
    return "," if (unsure or dotted) and separator == ";" else None


def are_numbers(cells: Iterable[str]) -> bool:
    """Whether all cells are numbers, with a currency or not, and there are some."""
    found = list(cells)
    return bool(found) and all(re.fullmatch(r"\D{0,5}\d[\d.,'’\s]*\D{0,5}", cell.strip()) for cell in found)


def are_grouped_counts(cells: Iterable[str]) -> bool:
    """Whether some whole numbers have marks between thousands: 1.234 beside 3, but not 3.000 throughout."""
    found = [cell.strip() for cell in cells]
    grouped = [cell for cell in found if re.fullmatch(r"[1-9]\d{0,2}([.,]\d{3})+", cell)]
    return bool(grouped) and not (len(grouped) == len(found) and all(c.endswith("000") for c in grouped))


def are_whole_floats(cells: Iterable[str]) -> bool:
    """Whether some whole numbers are written as data frames write them beside empty cells: 1001.0."""
    return any(re.fullmatch(r"\s*\d+\.0\s*", cell) for cell in cells)


def is_in_doubt(cells: Iterable[str]) -> bool:
    """Whether all numbers that have a comma or point have one before three digits: thousands or decimals."""
    marked = [cell.strip() for cell in cells if re.search(r"\d[.,]\d", cell)]
    return bool(marked) and all(re.fullmatch(r"[^\d]*[1-9]\d{0,2}[.,]\d{3}[^\d]*", cell) for cell in marked)


def unit_of(heading: str, cells: Iterable[str], currency: str | None) -> tuple[int, bool]:
    """Return how many of what a column counts make one unit of a currency, and whether its name says so.

    Cents are told by the name alone. Millionths, as Google writes amounts, are also told by numbers that
    are all whole cents of a unit (nearly all, where the currency is known) and together too large for
    anything else, except in currencies of which a shirt costs a hundred thousand.
    """
    words = set(re.split(r"[^a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading).lower()))
    if words & MILLIONTHS:
        return 1_000_000, True
    if words & HUNDREDTHS:
        return 100, True
    if currency in SMALL_UNITS:
        return 1, False
    numbers = [cell.strip() for cell in cells]
    amounts = [abs(int(cell.partition(".")[0])) for cell in numbers if re.fullmatch(_WHOLE, cell)]
    positive = [amount for amount in amounts if amount]
    if len(amounts) < len(numbers) or len(positive) < 2 or max(positive) < 1_000_000:
        return 1, False
    whole_cents = sum(amount % 10_000 == 0 for amount in positive)
    # A few that were converted from another currency are no whole cents.
    fewest = len(positive) * (_MOST_MILLIONTHS if currency else 1)
    return (1_000_000 if whole_cents >= fewest else 1), False


def may_be_cents(heading: str, cells: Iterable[str], currency: str | None) -> bool:
    """Whether amounts look like prices in cents, though nothing says so: whole, and ending as prices do."""
    numbers = [cell.strip() for cell in cells]
    if currency in SMALL_UNITS or unit_of(heading, numbers, currency)[0] > 1:
        return False
    if not all(re.fullmatch(_WHOLE, number) for number in numbers):
        return False
    amounts = {abs(int(number.partition(".")[0])) for number in numbers} - {0}
    typical = [amount for amount in amounts if amount % 100 in _ENDS]
    return (
        len(amounts) >= _FEWEST_PRICES
        and min(amounts) >= 100
        and len(typical) >= _MOST_PRICES * len(amounts)
        and any(amount % 100 in (95, 99) for amount in amounts)
    )


def comes_out(price: float | None, quantity: float | None, total: float | None) -> bool:
    """Whether a price times a quantity is a total, to the cent; not where one of them isn't known."""
    if price is None or quantity is None or total is None:
        return False
    return abs(price * quantity - total) <= _CENT


def currency_sign(cells: Iterable[str]) -> str | None:
    """Return the ISO code of the sign most prices carry; None if they carry none."""
    found: Counter[str] = Counter()
    n_cells = 0
    for cell in cells:
        n_cells += 1
        sign = re.sub(r"[\d.,'’\s\u00a0\u202f+-]", "", cell).rstrip(".")
        if sign:
            found[sign] += 1
    if not found:
        return None
    sign, times = found.most_common(1)[0]
    return currency_code(sign) if times * 2 >= n_cells else None


_BY_SIGN = {sign.lower().rstrip("."): code for sign, code in CURRENCY_SIGNS.items()}


def currency_code(text: str) -> str | None:
    """Return the ISO code of a currency written as a code, a sign or a short name."""
    bare = text.strip()
    if bare in MINOR_CODES:
        return MINOR_CODES[bare]
    if (low := bare.lower().rstrip(".")) in MINOR_SIGNS:
        return MINOR_SIGNS[low]
    if low in _BY_SIGN:
        return _BY_SIGN[low]
    if bare.lower() in CURRENCY_WORDS:
        return CURRENCY_WORDS[bare.lower()]
    import pycountry  # lazily: it reads its list from disk

    found = pycountry.currencies.get(alpha_3=bare.upper()) or pycountry.currencies.get(name=bare.title())
    return found.alpha_3 if found else None


def are_currencies(cells: Iterable[str]) -> bool:
    """Whether all cells are codes of currencies, and not words that happen to be some."""
    codes = {cell.strip().upper() for cell in cells}
    return bool(codes - _WORDS_TOO) and all(len(code) == 3 and currency_code(code) for code in codes)


def order_status(value: str) -> str | None:
    """Return what an order's status means: ``paid``, ``cancelled`` or ``refunded``."""
    bare = re.sub(r"^\s*(wc|order|payment|status)[-_:]\s*", "", value, flags=re.I)
    return ORDER_STATUSES.get(plain(value)) or ORDER_STATUSES.get(plain(bare))


def is_total(text: str) -> bool:
    """Whether a cell in the place of an id or a name says that its row adds up others."""
    return _letters(re.sub(of_a_period(r"[^\W\d_]"), "", text.strip().lower())) in TOTAL_WORDS


def of_a_period(letter: str) -> str:
    """Return a pattern of the day, month or year whose total a row is: ``total 2026-03-02``."""
    day = rf"\d{{1,4}}[-./]\d{{1,2}}(?:[-./]\d{{1,4}})?\.?|(?:{letter}{{3,10}}\.?\s+)?(?:19|20)\d\d"
    return rf"^(?:{day})\s+|:?\s+(?:(?:for|of|on|von|vom|am|für|du|del|dal|van|za)\s+)?(?:{day})$"


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", re.sub(r"\([^)]*\)\s*$", "", text)).lower()


#: Words for totals, letters and digits only.
TOTAL_WORDS = frozenset(map(_letters, TOTALS))
