"""Times in writings that no format knows, rewritten into one that is: words for a.m., 年月日, Buddhist years.

Only what the head of a file shows is rewritten, the cells and their SQL alike, before anything is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from core.base.sql import literal
from core.ingest.cells import values

#: What stands for a.m. and p.m. behind a time and in front of it.
_AM, _PM = r"vorm\.?|π\.?\s?μ\.?|ص|SA|de\.|дп", r"nachm\.?|μ\.?\s?μ\.?|م|CH|du\.|пп"
_AM_FIRST, _PM_FIRST = "上午|午前|오전", "下午|午後|오후"
#: Days of the week that stand in front of a date in languages other than English and German.
_DAYS = (
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mar|mer|jeu|ven|sam|dim|lunes|martes|miércoles|"
    r"jueves|viernes|sábado|domingo|mié|jue|vie|sáb|dom|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|"
    r"domenica|gio|sab|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|ma|di|wo|do|vr|za|zo|"
    r"poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela|pon|wt|śr|czw|pt|sob|niedz|nd|"
    r"segunda|terça|quarta|quinta|sexta|seg|ter|qua|qui|sex|måndag|tisdag|onsdag|torsdag|fredag|lördag|"
    r"söndag|mån|tis|ons|tors|fre|lör|sön|mandag|tirsdag|lørdag|søndag|man|tir|tor|lør|søn"
)
#: Pattern -> replacement, in an order in which one may build on another.
_RULES: tuple[tuple[str, str], ...] = (
    (r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日?", r"\1-\2-\3"),
    (r"(\d{4})\s*년\s*(\d{1,2})\s*월\s*(\d{1,2})\s*일?", r"\1-\2-\3"),
    (r"^\s*(\d{4})\.\s?(\d{1,2})\.\s?(\d{1,2})\.", r"\1-\2-\3"),
    (r"(\d)\s+kl(?:o|\.)?\s+(\d)", r"\1 \2"),
    (rf"(?i)^\s*(?:{_DAYS})(?:-feira)?\.?,?\s+(\d{{1,2}}(?:[./-]\d|\.?\s+(?:de\s+)?\p{{L}}))", r"\1"),
    (r"(?i)\b(\d{1,2})(?:st|nd|rd|th)\b", r"\1"),
    # As Go, Oracle and SAS print times, and ISO 8601 without marks.
    (r"([+-]\d{4})\s+[A-Z]{3,4}(?:\s+m=[+-][\d.]+)?\s*$", r"\1"),
    (r"(\d\s\d{1,2})\.(\d{2})\.(\d{2})(?:\.\d+)?(\s*[AaPp][Mm])\s*$", r"\1:\2:\3\4"),
    (r"^\s*(\d{1,2})([A-Za-z]{3})(\d{4}):(\d\d:\d\d)", r"\1-\2-\3 \4"),
    (r"^\s*(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\.\d+)", r"\1-\2-\3T\4:\5:\6\7"),
    # As JSON of .NET has them, and Java's times with a zone.
    (r"^\s*/Date\((\d+)(?:[+-]\d{4})?\)/\s*$", r"\1"),
    (r"(\d(?:Z|[+-]\d\d(?::?\d\d)?))\[[\w/+-]+\]\s*$", r"\1"),
    (r"(\d{1,2})\s*[时時시]\s*(\d{1,2})\s*[分분]\s*(\d{1,2})\s*[秒초]", r"\1:\2:\3"),
    (r"(\d{1,2})\s*[时時시点點]\s*(\d{1,2})\s*[分분]", r"\1:\2"),
    (rf"(?:{_AM_FIRST})\s*(\d{{1,2}}:\d{{2}}(?::\d{{2}})?)", r"\1 AM"),
    (rf"(?:{_PM_FIRST})\s*(\d{{1,2}}:\d{{2}}(?::\d{{2}})?)", r"\1 PM"),
    (rf"(:\d\d)\s*(?:{_AM})\s*$", r"\1 AM"),
    (rf"(:\d\d)\s*(?:{_PM})\s*$", r"\1 PM"),
    (r"(\d[,\s]+\d{1,2})\.(\d{2})\.(\d{2})\s*$", r"\1:\2:\3"),
    (r"(\d{4}[,\s]+\d{1,2})\.(\d{2})\s*$", r"\1:\2"),
    (r"(\d{4}[,\s]+\d{1,2})\s?h\s?(\d{2})\b", r"\1:\2"),
    # As Twitter and Ruby write times: the year behind the offset.
    (r"^\s*\w{3} (\w{3}) (\d{1,2}) (\d\d:\d\d:\d\d) ([+-]\d{4}) (\d{4})\s*$", r"\2 \1 \5 \3 \4"),
)
#: Midnight as the end of a day, and as the beginning of one.
_END_OF_DAY, _BEGINNING = r"([ T])24:00(:00(?:\.0+)?)?", r"\g<1>00:00\2"
#: Years since the Buddha's death, and how many of them before the year 1.
_BUDDHIST_YEAR, _BUDDHIST = r"(?:25[3-9]|26[0-4])\d", 543
_HAS_BUDDHIST = re.compile(
    rf"^\s*(?:{_BUDDHIST_YEAR}[-/.]\d|\d{{1,2}}[-/. ]+[^\s\d]*\d*[-/. ]+{_BUDDHIST_YEAR}\b)"
)
#: ISO 8601's other dates, with a time behind them or not: a week and its day, and a day of the year.
_WEEK = r"^\s*((?:19|20)\d\d)-?W([0-5]\d)-?([1-7])($|[T\s])"
_DAY_OF_YEAR = r"^\s*((?:19|20)\d\d)-([0-3]\d\d)($|[T\s])"
_DAY_OF_YEAR_BARE = r"^\s*((?:19|20)\d\d)([0-3]\d\d)($|[T\s])"
#: What stands for a day that its year doesn't have.
_NO_DAY = "no day"
#: Hours, minutes and seconds without marks behind such a date.
_BARE_CLOCK = r"^(\s*\d{4}-\d\d-\d\d)T(\d\d)(\d\d)(\d\d)"


@dataclass(slots=True)
class TimeTexts:
    """Cells of a column of times and their SQL, rewritten; what of it is worth saying.

    ``is_next_day`` is SQL of whether a cell names the end of its day, written as midnight of its beginning.
    """

    cells: list[str]
    sql: str
    is_next_day: str | None = None
    said: list[str] = field(default_factory=list)


def rewritten(cells: list[str], sql: str) -> TimeTexts:
    """Rewrite the cells of a column and its SQL into writings that are known."""
    made = TimeTexts(cells, sql)
    if values.has_foreign_digits(made.cells):
        made.cells, made.sql = values.in_western_digits(made.cells), values.western_digits(made.sql)
    _from_iso_days(made)
    for pattern, instead in _RULES:
        _replace(made, pattern, instead)
    if any(map(_HAS_BUDDHIST.match, made.cells)):
        _from_buddhist(made)
    if any(re.search(_END_OF_DAY, cell) for cell in made.cells):
        made.is_next_day = f"regexp_matches({made.sql}, {literal(_END_OF_DAY)})"
        _replace(made, _END_OF_DAY, _BEGINNING)
    return made


def _replace(made: TimeTexts, pattern: str, instead: str) -> None:
    ours = re.compile(pattern.replace(r"\p{L}", r"[^\W\d_]"))
    # To search first is half the work: hardly any cell matches.
    changed = [ours.sub(instead, cell, count=1) if ours.search(cell) else cell for cell in made.cells]
    if changed != made.cells:
        made.cells = changed
        made.sql = f"regexp_replace({made.sql}, {literal(pattern)}, {literal(instead.replace('g<1>', '1'))})"


def _from_buddhist(made: TimeTexts) -> None:
    example = next(cell.strip() for cell in made.cells if _HAS_BUDDHIST.match(cell))
    made.cells = [
        re.sub(_BUDDHIST_YEAR, lambda year: str(int(year[0]) - _BUDDHIST), cell, count=1)
        for cell in made.cells
    ]
    year = f"regexp_extract({made.sql}, {literal(_BUDDHIST_YEAR)})"
    ours = f"coalesce(CAST(try_cast({year} AS INT) - {_BUDDHIST} AS VARCHAR), '')"
    made.sql = f"regexp_replace({made.sql}, {literal(_BUDDHIST_YEAR)}, {ours})"
    made.said.append(f"has Buddhist years ({example}); {_BUDDHIST} is taken off them")


def _from_iso_days(made: TimeTexts) -> None:
    """Write weeks and days of the year (2026-W10-3, 2026-070) as days of months."""
    if any(re.search(_WEEK, cell) for cell in made.cells):
        _to_days(made, _WEEK, "concat({0}, '-W', {1}, '-', {2})", "%G-W%V-%u")
    is_bare = bool(made.cells) and all(re.search(_DAY_OF_YEAR_BARE, cell) for cell in made.cells)
    pattern = _DAY_OF_YEAR_BARE if is_bare else _DAY_OF_YEAR
    if any(re.search(pattern, cell) for cell in made.cells):
        _to_days(made, pattern, "concat({0}, '-', {1})", "%Y-%j")


def _to_days(made: TimeTexts, pattern: str, joined: str, way: str) -> None:
    made.cells = [re.sub(pattern, _day, cell, count=1) for cell in made.cells]
    *parts, end = (
        f"regexp_extract({made.sql}, {literal(pattern)}, {n + 1})" for n in range(re.compile(pattern).groups)
    )
    text = joined.format(*parts)
    day = f"try_strptime({text}, {literal(way)})"
    rest = f"regexp_replace({made.sql}, {literal(pattern)}, '')"
    # DuckDB takes the 366th day of a short year for the first of the next.
    read = f"CASE WHEN strftime({day}, {literal(way)}) = {text} THEN strftime({day}, '%Y-%m-%d') END"
    made.sql = (
        f"CASE WHEN regexp_matches({made.sql}, {literal(pattern)}) "
        f"THEN coalesce({read} || {end} || {rest}, '{_NO_DAY}') ELSE {made.sql} END"
    )
    _replace(made, _BARE_CLOCK, r"\1T\2:\3:\4")


def _day(found: re.Match[str]) -> str:
    """Return the day of a month that a week's or a year's day is."""
    year, *parts, end = found.groups()
    try:
        if len(parts) == 2:
            day = date.fromisocalendar(int(year), int(parts[0]), int(parts[1]))
        else:
            day = date(int(year), 1, 1) + timedelta(days=int(parts[0]) - 1)
            if day.year != int(year):
                return _NO_DAY
    except ValueError:
        return _NO_DAY
    return f"{day.isoformat()}{end}"
