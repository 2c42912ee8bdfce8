"""Whether the day or the month stands first in dates whose own numbers leave it open: 3/2/2026.

Other columns, the order of rows and the file's name often tell. What is only usual where such files come from
is a hint, no proof. Where there is neither, nobody but the shop knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from core.ingest.base.model import Mapping
from core.ingest.cells.sniff import days_before_months, is_order_open, time_style
from core.ingest.cells.synonyms import DAY_NUMBER
from core.ingest.files.head import Head
from core.ingest.recognition.head_reader import HEAD_ROWS
from core.schema.countries import plain

_NUMERIC = re.compile(r"\s*(\d{1,2})[/-](\d{1,2})[/-](\d{2}|\d{4})(?!\d)")
_ISO = re.compile(r"\s*\d{4}-(\d{2})-(\d{2})")
_MONTH_OF_NAME = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])(?!\d)")
#: Headings of times in languages of countries where the day stands first.
_DAY_FIRST_WORDS = re.compile(
    r"datum|zeit|uhr|heure|horodat|fecha|hora|data|giorno|czas|tijd|tidpunkt|aika|dato", re.I
)
#: Which share of rows has to agree, how many dates make an order or prove how far they spread, and how much
#: wider the other reading is.
_MOST, _FEWEST_DATES, _MANY_DATES, _WIDER = 0.9, 3, 6, 4
_TIMES = ("timestamp", "date", "started_at")
_CLOCKS_DIFFER = timedelta(days=2)

Day = tuple[date, date]


@dataclass(frozen=True, slots=True)
class DateOrder:
    """Which of day and month stands first, why, and whether that proves it."""

    day_first: bool
    why: str
    is_proof: bool = True


def open_date(head: Head, name: str, mapping: Mapping) -> str | None:
    """Return a date of a column whose day and month can be turned; None where numbers show which is which."""
    cells = head.values(name)
    if mapping.day_first is not None or not is_order_open(cells):
        return None
    if time_style(cells).way.startswith("%y"):
        return None
    return next((cell.strip() for cell in cells if _can_be_turned(cell)), None)


def order_of_dates(head: Head, name: str) -> DateOrder | None:
    """Return what tells which of day and month stands first in a column that doesn't show it itself."""
    rows = [(n, both) for n, cell in enumerate(head.column(name)) if cell and (both := _read(cell))]
    days = [both for _, both in rows]
    if not any(both[0] != both[1] for both in days):
        return None
    ways: tuple[Callable[[], DateOrder | None], ...] = (
        lambda: _by_other_columns(head, name, rows),
        lambda: _by_other_cells(head, name, days),
        lambda: _by_future(days),
        lambda: _by_file_name(head, days),
        lambda: _by_order(days),
        lambda: _by_spread(days),
        lambda: _by_custom(head, name),
    )
    return next((found for way in ways if (found := way())), None)


def _can_be_turned(cell: str) -> bool:
    both = _read(cell)
    return both is not None and both[0] != both[1]


def _read(cell: str) -> Day | None:
    """Return a date as it is with the day first and with the month first; None unless it can be both."""
    found = _NUMERIC.match(cell)
    if found is None:
        return None
    first, second, year = (int(part) for part in found.groups())
    year += 2000 if len(found[3]) == 2 else 0
    try:
        return date(year, second, first), date(year, first, second)
    except ValueError:
        return None


def _only(fits: Sequence[bool], why: str) -> DateOrder | None:
    """Return the one reading that fits; None if both do, or neither."""
    return DateOrder(day_first=fits[0], why=why) if fits[0] != fits[1] else None


def _by_other_columns(head: Head, name: str, rows: Sequence[tuple[int, Day]]) -> DateOrder | None:
    for other in head.names:
        if other == name:
            continue
        cells = head.column(other)
        filled = [cell for cell in cells if cell]
        if filled and all(map(_NUMERIC.match, filled)) and not is_order_open(filled):
            told = days_before_months(filled)
            if told is not None:
                return DateOrder(day_first=told, why=f"as in “{other}”, which shows it")
        beside = [(cells[n] or "", both) for n, both in rows if cells[n]]
        if found := _by_dates(other, beside) or _by_names_of_days(other, beside):
            return found
    return None


def _by_dates(other: str, beside: Sequence[tuple[str, Day]]) -> DateOrder | None:
    """Compare with dates of another column that begin with the year."""
    pairs = [(found, both) for cell, both in beside if (found := _ISO.match(cell))]
    if not pairs or len(pairs) < _MOST * len(beside):
        return None
    told = [(int(found[1]), int(found[2])) for found, _ in pairs]
    fits = [
        sum((both[n].month, both[n].day) == day for day, (_, both) in zip(told, pairs, strict=True))
        for n in (0, 1)
    ]
    return _only([n >= _MOST * len(pairs) for n in fits], f"so they agree with “{other}”")


def _by_other_cells(head: Head, name: str, days: Sequence[Day]) -> DateOrder | None:
    """Compare with dates of the same column that begin with the year."""
    told = sorted(date.fromisoformat(cell.strip()[:10]) for cell in head.values(name) if _is_iso(cell))
    if not told:
        return None
    fits = [all(told[0] <= both[n] <= told[-1] for both in days) for n in (0, 1)]
    return _only(fits, f"so they lie between the other dates in “{name}”")


def _is_iso(cell: str) -> bool:
    try:
        return bool(_ISO.match(cell) and date.fromisoformat(cell.strip()[:10]))
    except ValueError:
        return False


def _by_names_of_days(other: str, beside: Sequence[tuple[str, Day]]) -> DateOrder | None:
    """Compare with names of days of the week, or with numbers of them where those are told by heading."""
    named = [(DAY_NUMBER.get(plain(cell)), both) for cell, both in beside]
    if not named or any(number is None for number, _ in named):
        return None
    fits = [sum(both[n].isoweekday() == number for number, both in named) for n in (0, 1)]
    return _only([n >= _MOST * len(named) for n in fits], f"so they agree with the days in “{other}”")


def today() -> date:
    """Return the day it is in UTC."""
    return datetime.now(UTC).date()


def _by_future(days: Sequence[Day]) -> DateOrder | None:
    latest = today() + _CLOCKS_DIFFER
    return _only([all(both[n] <= latest for both in days) for n in (0, 1)], "or some would be in the future")


def _by_file_name(head: Head, days: Sequence[Day]) -> DateOrder | None:
    months = {(int(year), int(month)) for year, month in _MONTH_OF_NAME.findall(head.filename)}
    fits = [all((both[n].year, both[n].month) in months for both in days) for n in (0, 1)]
    return _only(fits, "so they are of the month in the file's name") if months else None


def _by_order(days: Sequence[Day]) -> DateOrder | None:
    if len(set(days)) < _FEWEST_DATES:
        return None
    fits = []
    for n in (0, 1):
        read = [both[n] for both in days]
        fits.append(read in (sorted(read), sorted(read, reverse=True)))
    found = _only(fits, "or the rows wouldn't be in order")
    # Of few dates, the wrong reading may be in order by chance.
    return found and replace(found, is_proof=len(set(days)) >= _MANY_DATES)


def _by_spread(days: Sequence[Day]) -> DateOrder | None:
    """Take the reading with days close together: nobody visits on the 3rd of each month only."""
    if len(set(days)) < _FEWEST_DATES:
        return None
    spans = [max(both[n] for both in days) - min(both[n] for both in days) for n in (0, 1)]
    if min(spans) * _WIDER > max(spans):
        return None
    months = round(max(spans).days / 30)
    return DateOrder(
        day_first=spans[0] < spans[1],
        why=f"or they would spread over {months} months",
        is_proof=len(set(days)) >= _MANY_DATES,
    )


def _by_custom(head: Head, name: str) -> DateOrder | None:
    cells = head.values(name)
    if time_style(cells).day_first is False:
        return DateOrder(day_first=False, why="as is usual with a.m. and p.m.", is_proof=False)
    if head.dialect and head.dialect.separator == ";":
        return DateOrder(day_first=True, why="as is usual in files with semicolons", is_proof=False)
    if _DAY_FIRST_WORDS.search(name) and plain(name) not in ("date", "datetime"):
        return DateOrder(day_first=True, why=f"as is usual with headings like “{name}”", is_proof=False)
    return None


def open_dates(head: Head, mapping: Mapping) -> dict[str, str]:
    """Return the columns of dates, with an example of each, of which nothing in the file tells the order.

    Of a file that is longer than its head only the whole of it may say so: none is returned.
    """
    if not head.is_whole or len(head.rows) >= HEAD_ROWS:
        return {}
    names = [mapping.columns[target] for target in _TIMES if target in mapping.columns]
    found = {name: open_date(head, name, mapping) for name in names if not order_of_dates(head, name)}
    return {name: example for name, example in found.items() if example}


def question(dates: MappingABC[str, str]) -> str:
    """Return what is asked of columns and an example of each, which nothing decides."""
    listed = " and ".join(f"“{name}” ({example})" for name, example in dates.items())
    return (
        f"The dates in {listed} could be day/month or month/day, and nothing in the file shows which. "
        "Choose which comes first."
    )
