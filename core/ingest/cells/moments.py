"""SQL that reads one cell as a moment, however it is written.

The quick way that fits nearly every cell comes first and thorough ones only for the cells that it fails on.
"""

from __future__ import annotations

from functools import cache

from core.base.sql import literal
from core.ingest.cells.plain import OTHERWISE, is_plain_time, without_fraction
from core.ingest.cells.sniff import SERIAL, fits_format
from core.ingest.cells.values import literals

#: The first of January 1970, as spreadsheets count days.
_EPOCH_DAY = 25569
EARLIEST, LATEST = "1990-01-01", "2100-01-01"

# Two-digit years stand first: a four-digit one fails them, while "20" would pass as the year 20.
_DATES_DAY_FIRST = ("%d.%m.%y", "%d/%m/%y", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y")
_DATES_MONTH_FIRST = ("%m/%d/%y", "%m/%d/%Y", "%m-%d-%Y", "%d.%m.%y", "%d.%m.%Y")
_DATES_ANY = (
    "%d-%b-%y",
    "%d %b %y",
    "%d/%b/%y",
    "%b %d, %y",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
)
_TIMES = (
    "",
    " %H:%M:%S",
    " %H:%M",
    " %H:%M:%S.%f",
    " %I:%M:%S %p",
    " %I:%M %p",
    ", %H:%M:%S",
    ", %H:%M",
    ", %I:%M:%S %p",
    ", %I:%M %p",
    "T%H:%M:%S",
)
_ODD = ("%Y%m%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ", "%Y-%m-%dT%H", "%Y-%m-%d %H",
        "%G-W%V-%u", "%G-W%V-%u %H:%M:%S",
        "%a %b %d %H:%M:%S %Y",        "%a, %d %b %Y %H:%M:%S GMT")  # fmt: skip
_ZONED = ("%d/%b/%Y:%H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %z", "%d.%m.%Y %H:%M:%S %z", "%d/%m/%Y %H:%M:%S %z",
          "%Y/%m/%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S %z", "%Y%m%dT%H%M%S%z")  # fmt: skip
#: Texts around a time, in lower case, and what stands for them: p.m., days of the week, names of zones.
_AROUND = (
    (r"(\d)\s*([ap])\.?\s?m\b\.?", r"\1 \2m"),
    (r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", ""),
    (r"^(montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|mo|di|mi|do|fr|sa|so)\.?,?\s+", ""),
    (r"\s*\([^)]*\)\s*$|\s*(uhr|hrs)\s*$", ""),
    (r"\s+(um|at|à|de)\s+", " "),
    (r"^(\d{1,2})\.\s+(\p{L})", r"\1 \2"),
    (r"\s+", " "),
)
#: Names of months that English shares with no other language, by how English abbreviates them.
_MONTHS = {
    "jan": "januar|jänner|janvier|janv|enero|ene|gennaio|gen|januari|janeiro|января|янв|stycznia|sty",
    "feb": "februar|feber|février|févr|fév|febrero|febbraio|februari|fevereiro|fev|lutego|lut|февраля|фев",
    "mar": "märz|mär|mrz|mars|marzo|maart|mrt|marca|março|марта",
    "apr": "avril|avr|abril|abr|aprile|kwietnia|kwi|april|апреля|апр",
    "may": "mai|mayo|maggio|mag|mei|maja|maj|maio|мая",
    "jun": "juni|juin|junio|giugno|giu|czerwca|cze|junho|июня|июн",
    "jul": "juli|juillet|juil|julio|luglio|lug|lipca|lip|julho|июля|июл",
    "aug": "août|aout|agosto|ago|augustus|augusti|sierpnia|sie|августа|авг",
    "sep": "septembre|sept|septiembre|settembre|set|września|wrz|setembro|сентября|сен",
    "oct": "oktober|okt|octobre|octubre|ottobre|ott|października|paź|outubro|out|октября|окт",
    "nov": "novembre|noviembre|novembro|listopada|lis|ноября|ноя",
    "dec": "dezember|dez|décembre|déc|diciembre|dic|dicembre|dezembro|grudnia|gru|декабря|дек",
}
_WORDED = tuple(
    f"{date}{time}"
    for date in ("%d %b %y", "%d-%b-%y", "%d/%b/%y", "%b %d, %y", "%d %b %Y", "%d %B %Y", "%b %d, %Y",
                 "%b %d %Y", "%B %d %Y", "%B %d, %Y", "%d-%b-%Y", "%d/%b/%Y")
    for time in ("", " %H:%M:%S", " %H:%M", ", %H:%M:%S", ", %H:%M", " %I:%M:%S %p", " %I:%M %p",
                 ", %I:%M:%S %p", ", %I:%M %p")
)  # fmt: skip
_ZONED_MONTH_FIRST = tuple(f.replace("%d/%m", "%m/%d") for f in _ZONED)


def moment(cell: str, style: str, *, day_first: bool, unit: str | None) -> str:
    """Return SQL for a UTC timestamp however it is written; times without a zone count as UTC.

    ``style`` is what the head of the file showed (``iso``, ``epoch`` or a strptime format).
    """
    iso = f"try_cast({cell} AS TIMESTAMPTZ)"
    ways = {"iso": iso, "epoch": epoch(cell, unit)}
    if style == SERIAL:
        days = f"try_cast(replace({cell}, ',', '.') AS DOUBLE)"
        ways[style] = f"make_timestamp(CAST(round(({days} - {_EPOCH_DAY}) * 86400) AS BIGINT) * 1000000)"
    if style not in ways:
        ways = {style: f"try_strptime({cell}, {literal(style)})", **ways}
    whole = without_fraction(style)
    own = [ways.pop(style), *([f"try_strptime({cell}, {literal(whole)})"] if whole != style else [])]
    if is_plain_time(cell, style, fits_format):
        ordered = [*own, OTHERWISE]
    else:
        ordered = [*own, *ways.values(), *_formats(cell, day_first=day_first)]
    tries = ", ".join(f"make_timestamp(epoch_us({way}))" if _may_be_zoned(way) else way for way in ordered)
    # An empty cell must not reach the thorough ways: they would be tried in vain on every row.
    return f"CASE WHEN {cell} IS NOT NULL THEN coalesce({tries}) END"


def _may_be_zoned(way: str) -> bool:
    """Whether SQL of a time may give one with a zone: a format without ``%z`` by itself never does."""
    return way.startswith("try_") and (
        not way.startswith("try_strptime(") or "%z" in way or "%Z" in way or "[" in way
    )


def _formats(cell: str, *, day_first: bool) -> list[str]:
    plain, zoned, worded = _lists(day_first=day_first)
    tidy = f"trim({cell})"
    return [
        f"try_cast(replace({cell}, ',', '.') AS TIMESTAMPTZ)",
        f"try_strptime({tidy}, {plain})",
        f"try_strptime({tidy}, {zoned})",
        f"try_strptime(regexp_replace({tidy}, '\\s*(UTC|GMT|Z)$', ''), {plain})",
        f"try_strptime({_in_english(tidy)}, {worded})",
        f"try_strptime({_in_english(tidy)}, ['%b %d %Y %H:%M:%S gmt%z', '%d %b %Y %H:%M:%S %z'])",
    ]


@cache
def _lists(*, day_first: bool) -> tuple[str, str, str]:
    """Return SQL of the lists of formats: of numbers alone, with a zone, and with names of months as well."""
    dates = _DATES_DAY_FIRST if day_first else _DATES_MONTH_FIRST
    plain = [date + time for date in (*dates, *_DATES_ANY) for time in _TIMES] + list(_ODD)
    zoned = _ZONED if day_first else _ZONED_MONTH_FIRST
    return literals(plain), literals(zoned), literals([*_WORDED, *plain])


def _in_english(cell: str) -> str:
    """Return SQL for a time without the words around it, with English months."""
    bare = f"lower({cell})"
    for pattern, instead in _AROUND:
        bare = f"regexp_replace({bare}, {literal(pattern)}, {literal(instead)}, 'g')"
    for month, names in _MONTHS.items():
        pattern, instead = rf"(^|[^\p{{L}}])({names})\.?([^\p{{L}}]|$)", rf"\1{month}\3"
        bare = f"regexp_replace({bare}, {literal(pattern)}, {literal(instead)})"
    return bare


def epoch(cell: str, unit: str | None) -> str:
    """Return SQL for a timestamp from seconds, milli-, micro- or nanoseconds since 1970.

    The four can't be confused: between 1990 and 2100 their ranges don't touch.
    """
    n = f"try_cast({cell} AS DOUBLE)"
    exact = f"coalesce(try_cast({cell} AS HUGEINT), 0)"
    whole = {"ms": f"({exact} * 1000)", "us": exact, "ns": f"({exact} // 1000)"}
    seconds = f"CAST({n} * 1000000 AS BIGINT)"
    if unit == "s":
        micros = f"CASE WHEN {n} BETWEEN 6.3e8 AND 4.2e9 THEN {seconds} END"
    elif unit:
        scale = {"ms": 1e3, "us": 1e6, "ns": 1e9}[unit]
        micros = f"CASE WHEN {n} BETWEEN {6.3e8 * scale:g} AND {4.2e9 * scale:g} THEN {whole[unit]} END"
    else:
        # Trackers write 16 digits or 13: as whole numbers, they cost a quarter of what the general way does.
        digits = f"try_cast({cell} AS BIGINT)"
        micros = f"""CASE
            WHEN strlen({cell}) = 16 AND {digits} BETWEEN 630000000000000 AND 4200000000000000 THEN {digits}
            WHEN strlen({cell}) = 13 AND {digits} BETWEEN 630000000000 AND 4200000000000 THEN {digits} * 1000
            WHEN {n} BETWEEN 6.3e8 AND 4.2e9 THEN {seconds}
            WHEN {n} BETWEEN 6.3e11 AND 4.2e12 THEN CAST({n} * 1000 AS BIGINT)
            WHEN {n} BETWEEN 6.3e14 AND 4.2e15 THEN {whole["us"]}
            WHEN {n} BETWEEN 6.3e17 AND 4.2e18 THEN {whole["ns"]} END"""
    return f"make_timestamp(CAST({micros} AS BIGINT))"
