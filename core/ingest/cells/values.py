"""SQL that reads one cell: a text, a number, an amount, a time, a flag.

Each expression tries the quick way that fits nearly every cell first and a thorough one only for the
cells that it fails on: ``coalesce`` evaluates its second argument for those rows alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb

from core.base.formulas import original_sql
from core.base.sql import is_one_of, literal
from core.ingest.cells.plain import ID, OTHERWISE, is_plain_id, is_plain_number, is_plain_time
from core.ingest.cells.sniff import SERIAL, TOTAL_WORDS, fits_format
from core.ingest.cells.synonyms import CURRENCY_WORDS, MINOR_SIGNS, NO, NOBODY, SMALL_UNITS, YES, ZERO

#: What stands in a number column, for the moment, where a cell holds something that can't be used.
UNREADABLE = "'nan'::DOUBLE"
LARGEST_AMOUNT = 1e9
#: Bytes that most words for nobody have at most; ids of zeros have more.
_SHORT = 15
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
    "jan": "januar|jänner|janvier|janv|enero|ene|gennaio|gen|januari|stycznia|sty",
    "feb": "februar|feber|février|févr|fév|febrero|febbraio|februari|lutego|lut",
    "mar": "märz|mär|mrz|mars|marzo|maart|mrt|marca",
    "apr": "avril|avr|abril|abr|aprile|kwietnia|kwi",
    "may": "mai|mayo|maggio|mag|mei|maja",
    "jun": "juni|juin|junio|giugno|giu|czerwca|cze",
    "jul": "juli|juillet|juil|julio|luglio|lug|lipca|lip",
    "aug": "août|aout|agosto|ago|augustus|sierpnia|sie",
    "sep": "septembre|sept|septiembre|settembre|set|września|wrz",
    "oct": "oktober|okt|octobre|octubre|ottobre|ott|października|paź",
    "nov": "novembre|noviembre|listopada|lis",
    "dec": "dezember|dez|décembre|déc|diciembre|dic|dicembre|grudnia|gru",
}
_WORDED = tuple(
    f"{date}{time}"
    for date in ("%d %b %y", "%d-%b-%y", "%d/%b/%y", "%b %d, %y", "%d %b %Y", "%d %B %Y", "%b %d, %Y",
                 "%b %d %Y", "%B %d, %Y", "%d-%b-%Y", "%d/%b/%Y")
    for time in ("", " %H:%M:%S", " %H:%M", ", %H:%M:%S", ", %H:%M", " %I:%M:%S %p", " %I:%M %p",
                 ", %I:%M:%S %p", ", %I:%M %p")
)  # fmt: skip
_ZONED_MONTH_FIRST = tuple(f.replace("%d/%m", "%m/%d") for f in _ZONED)

_NARROW = r"\x{a0}\x{202f}\x{2009}"
_BLANK = rf"[\s{_NARROW}]*"
_MINOR = rf"(?:{'|'.join(MINOR_SIGNS)})\.?"
_UNIT = rf"\p{{L}}{{1,4}}\.?|\p{{L}}{{0,3}}\p{{Sc}}|(?i:{'|'.join(CURRENCY_WORDS)})"
#: An amount: a share (40%) is none. An apostrophe in front is a spreadsheet's mark of a text.
_NUMBER = (
    rf"^{_BLANK}['’]?\(?{_BLANK}(?:{_UNIT})?{_BLANK}([+\-−–]?){_BLANK}(?:\p{{Sc}})?{_BLANK}\(?{_BLANK}"
    rf"(\d[\d.,'’\s{_NARROW}]*?)[.,]?(?:--|-|–|—)?{_BLANK}\)?{_BLANK}(?:{_UNIT}|{_MINOR})?{_BLANK}\)?{_BLANK}$"
)
#: An amount in the small coins of its currency: 50¢, 1050p.
_IN_MINOR = rf"\d[.,]?{_BLANK}(?:{_MINOR}){_BLANK}$"
#: Signs of currencies of which nobody pays a part, and digits that points or commas group by three.
_SMALL = rf"(?i)[¥￥円₩원₫₭₮]|(^|[^\p{{L}}])(Rp|Ft|{'|'.join(sorted(SMALL_UNITS))})($|[^\p{{L}}])"
GROUPED = r"^\D*[1-9]\d{0,2}([.,]\d{3})+\D*$"
#: Nothing, as accounts write it: a dash, with a currency or not.
_DASH = r"^[\s\p{Sc}]*[-–—]+[\s\p{Sc}]*$"
#: Digits and signs of numbers in other scripts, and theirs in ours.
_FOREIGN_DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९０１２３４５６７８９٫٬．，："
_WESTERN_DIGITS = "0123456789" * 4 + ".,.,:"
_FOREIGN = frozenset(_FOREIGN_DIGITS)
_TO_WESTERN = str.maketrans(_FOREIGN_DIGITS, _WESTERN_DIGITS)
#: Rounded amounts, as charts write them: 12.5k is neither 12.5 nor exactly 12,500.
_ROUNDED = r"(?i)\d\s*(k|m|b|mn|bn|mio|mrd|tsd)\b"
#: Below zero as accounts write it: (10.00) and 10.00-. "5,-" has no cents and is above zero.
_NEGATIVE = r"^[^\d(]*\([^)]*\)[^\d]*$|\d\s*-\s*(?:\p{L}{1,4}\.?|\p{Sc})?\s*$"


def literals(values: Iterable[object]) -> str:
    """Write texts as an SQL list of literals."""
    return "[" + ", ".join(literal(value) for value in values) + "]"


def text(cell: str) -> str:
    """Return SQL for a text without outer blanks; empty is null."""
    # Trimming costs five times what it costs to see that there is nothing to trim: of a text of bytes
    # that are a letter each, only blanks at its ends are.
    untrimmed = f"{cell} < '!' OR {cell} LIKE '% ' OR strlen({cell}) <> length({cell})"
    return f"CASE WHEN {untrimmed} THEN nullif(trim({cell}), '') ELSE {cell} END"


def identity(cell: str, *, zero_is_one: bool = False) -> str:
    """Return SQL for the id of somebody or something; null where the cell says that there is none.

    ``zero_is_one`` is whether ids are counted from zero. Files that were written for a spreadsheet come back:
    of '-5, with an apostrophe so that it is no formula, the id is -5.
    """
    if is_plain_id(cell):
        is_somebody = f"regexp_full_match({cell}, {literal(ID)})"
        return f"CASE WHEN {cell} IS NULL THEN NULL WHEN {is_somebody} THEN {cell} ELSE {OTHERWISE} END"
    words = (*NOBODY, *(() if zero_is_one else ZERO))
    spellings = list(
        dict.fromkeys(
            form for word in words for form in (word, word.upper(), word.capitalize(), word.title())
        )
    )
    # Comparing every id with every word costs more than reading it: most are told by their first letter or
    # their length alone.
    firsts = {spelling[0] for spelling in spellings}
    safe = [chr(code) for code in range(33, 126) if chr(code) not in {*firsts, "'"}]
    starts = " OR ".join(f"({cell} >= {literal(a)} AND {cell} < {literal(b)})" for a, b in _ranges(safe))
    short = [spelling for spelling in spellings if len(spelling.encode()) <= _SHORT]
    long = [literal(spelling) for spelling in spellings if len(spelling.encode()) > _SHORT]
    # A letter and a digit, as in V0042, begin no word for nobody.
    numbered = f"{cell} >= 'A' AND substr({cell}, 2, 1) BETWEEN '0' AND '9'"
    read = text(cell)
    plain = original_sql(read)
    return (
        # An empty cell must not reach the comparisons: it would be tried in vain on every row.
        f"CASE WHEN {cell} IS NULL THEN NULL WHEN {numbered} OR {starts} THEN {read} "
        f"WHEN left({cell}, 1) = chr(39) THEN "
        f"CASE WHEN NOT {is_one_of(plain, literals(short))} THEN {plain} END "
        f"WHEN strlen({cell}) > {_SHORT} THEN "
        f"CASE WHEN {' AND '.join(f'{cell} <> {spelling}' for spelling in long)} THEN {read} END "
        f"WHEN NOT list_contains({literals(short)}, {cell}) THEN {read} END"
    )


def is_total(cell: str) -> str:
    """Return SQL of whether a cell in the place of an id says that its row adds up others."""
    bare = f"regexp_replace(lower({cell}), '\\([^)]*\\)\\s*$', '')"
    letters = f"regexp_replace({bare}, '[^\\p{{L}}\\p{{N}}]+', '', 'g')"
    return f"list_contains({literals(sorted(TOTAL_WORDS))}, {letters})"


def order_number(cell: str) -> str:
    """Return SQL for the number of an order: 1001.0, as data frames write it beside empty cells, is 1001."""
    return whole_id(identity(cell))


def whole_id(read: str) -> str:
    """Return SQL for an id without the decimals that data frames add to whole numbers."""
    return f"regexp_replace({read}, '^(\\d+)\\.0$', '\\1')"


def _ranges(characters: list[str]) -> list[tuple[str, str]]:
    """Return the first of each run of neighbouring characters, and what comes after its last."""
    runs: list[list[str]] = []
    for character in characters:
        if runs and ord(character) == ord(runs[-1][-1]) + 1:
            runs[-1].append(character)
        else:
            runs.append([character])
    return [(run[0], chr(ord(run[-1]) + 1)) for run in runs]


def number(cell: str, decimal: str) -> str:
    """Return SQL for a number however it is written; null where there is none to read.

    A point and a comma together: the last one is the decimal sign. One that stands before exactly
    three digits is what the column's style says; before any other count it is the decimal sign.
    """
    return f"coalesce({quick_number(cell, decimal)}, {_thorough_number(cell, decimal)})"


def read_numbers(cells: Sequence[str | None], decimal: str) -> list[float | None]:
    """Return cells read as ``number`` reads them."""
    with duckdb.connect() as connection:
        query = f"SELECT {number('cell', decimal)} FROM (SELECT unnest($1::VARCHAR[]) AS cell)"
        return [value for (value,) in connection.execute(query, [list(cells)]).fetchall()]


def quick_number(cell: str, decimal: str) -> str:
    """Return SQL for a number that is written plainly; null for whatever else there is."""
    if decimal == ",":
        return f"CASE WHEN NOT contains({cell}, '.') THEN try_cast(replace({cell}, ',', '.') AS DOUBLE) END"
    return f"try_cast({cell} AS DOUBLE)"


def has_foreign_digits(cells: Iterable[str]) -> bool:
    """Whether some cells have digits of another script: Arabic, Persian, Devanagari or full-width ones."""
    return any(not _FOREIGN.isdisjoint(cell) for cell in cells)


def in_western_digits(cells: Iterable[str]) -> list[str]:
    """Return cells with the digits and signs of numbers that others are read by."""
    return [cell.translate(_TO_WESTERN) for cell in cells]


def western_digits(cell: str) -> str:
    """Return SQL of a cell as ``in_western_digits`` makes it."""
    return f"translate({cell}, {literal(_FOREIGN_DIGITS)}, {literal(_WESTERN_DIGITS)})"


def _thorough_number(cell: str, decimal: str) -> str:
    grouping = "." if decimal == "," else ","
    thousands = literal(rf"^[1-9]\d{{0,2}}\{grouping}\d{{3}}$")
    plain = rf"""CASE
        WHEN contains(d, '.') AND contains(d, ',') AND instr(reverse(d), '.') < instr(reverse(d), ',')
            THEN replace(d, ',', '')
        WHEN contains(d, '.') AND contains(d, ',') THEN replace(replace(d, '.', ''), ',', '.')
        WHEN regexp_matches(d, '^(\d{{1,3}}((,\d{{3}}){{2,}}|(\.\d{{3}}){{2,}})|\d{{1,2}}(,\d\d)+,\d{{3}})$')
            THEN replace(replace(d, ',', ''), '.', '')
        WHEN regexp_matches(d, {thousands}) THEN replace(d, '{grouping}', '')
        ELSE replace(d, ',', '.') END"""
    found = f"regexp_extract({cell}, {literal(_NUMBER)}, ['sign', 'digits'])"
    digits = "regexp_replace(m.digits, '[^0-9.,]', '', 'g')"
    return (
        f"CASE WHEN NOT regexp_matches({cell}, {literal(_ROUNDED)}) THEN "
        f"list_transform([{found}], lambda m: try_cast(CASE WHEN m.sign IN ('-', '−', '–') OR "
        f"regexp_matches({cell}, {literal(_NEGATIVE)}) THEN '-' ELSE '' END || "
        f"list_transform([{digits}], lambda d: {plain})[1] AS DOUBLE))[1] END"
    )


def amount(cell: str, decimal: str, *, unlike: str = "false", usual: str | None = None) -> str:
    """Return SQL for a number however it is written; a cell that holds none is marked unreadable.

    A dash, as accounts write nothing, is an empty cell. ``unlike`` is SQL of whether what stands beside the
    digits forbids to use them; it is asked of cells alone that aren't plain numbers. ``usual`` is a quick way
    to read most of these.
    """
    if is_plain_number(cell, decimal):
        return f"CASE WHEN {cell} IS NOT NULL THEN coalesce({quick_number(cell, decimal)}, {OTHERWISE}) END"
    read = _thorough_number(cell, decimal)
    # Of yen nobody pays a thousandth: before three digits, each sign groups them.
    ungrouped = _thorough_number(f"regexp_replace({cell}, '[.,]', '', 'g')", decimal)
    thorough = (
        f"CASE WHEN {unlike} THEN {UNREADABLE} WHEN regexp_matches({cell}, {literal(_DASH)}) THEN NULL "
        f"WHEN regexp_matches({cell}, {literal(_SMALL)}) AND regexp_matches({cell}, {literal(GROUPED)}) "
        f"THEN {ungrouped} ELSE coalesce({read} / CASE WHEN regexp_matches({cell}, {literal(_IN_MINOR)}) "
        f"THEN 100 ELSE 1 END, {UNREADABLE}) END"
    )
    # An empty cell must not reach the thorough way: it would be tried in vain on every row.
    ways = ", ".join([quick_number(cell, decimal), *([usual] if usual else []), thorough])
    return f"CASE WHEN {cell} IS NOT NULL THEN coalesce({ways}) END"


def whole_amount(cell: str) -> str:
    """Return SQL for an amount in a currency of which nobody pays a thousandth: points and commas group."""
    return amount(f"regexp_replace({cell}, '[.,]', '', 'g')", ".")


def unusable(column: str) -> str:
    """Return SQL of whether a number is negative, absurd, or marked unreadable."""
    return f"{column} NOT BETWEEN 0 AND {LARGEST_AMOUNT:g}"  # not-a-number counts as the largest


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
    if is_plain_time(cell, style, fits_format):
        ordered = [ways[style], OTHERWISE]
    else:
        ordered = [ways.pop(style), *ways.values(), *_formats(cell, day_first=day_first)]
    tries = ", ".join(f"make_timestamp(epoch_us({way}))" if _may_be_zoned(way) else way for way in ordered)
    # An empty cell must not reach the thorough ways: they would be tried in vain on every row.
    return f"CASE WHEN {cell} IS NOT NULL THEN coalesce({tries}) END"


def _may_be_zoned(way: str) -> bool:
    """Whether SQL of a time may give one with a zone: a format without ``%z`` by itself never does."""
    return way.startswith("try_") and (
        not way.startswith("try_strptime(") or "%z" in way or "%Z" in way or "[" in way
    )


def _formats(cell: str, *, day_first: bool) -> list[str]:
    dates = _DATES_DAY_FIRST if day_first else _DATES_MONTH_FIRST
    plain = [date + time for date in (*dates, *_DATES_ANY) for time in _TIMES] + list(_ODD)
    zoned = _ZONED if day_first else _ZONED_MONTH_FIRST
    tidy = f"trim({cell})"
    return [
        f"try_cast(replace({cell}, ',', '.') AS TIMESTAMPTZ)",
        f"try_strptime({tidy}, {literals(plain)})",
        f"try_strptime({tidy}, {literals(zoned)})",
        f"try_strptime(regexp_replace({tidy}, '\\s*(UTC|GMT|Z)$', ''), {literals(plain)})",
        f"try_strptime({_in_english(tidy)}, {literals([*_WORDED, *plain])})",
        f"try_strptime({_in_english(tidy)}, ['%b %d %Y %H:%M:%S gmt%z', '%d %b %Y %H:%M:%S %z'])",
    ]


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


def flag(cell: str) -> str:
    """Return SQL for yes or no in several languages; null where it is neither."""
    low = f"lower(trim({cell}))"
    thorough = (
        f"WHEN {is_one_of(low, literals(YES))} THEN true WHEN {is_one_of(low, literals(NO))} THEN false"
    )
    quick = f"WHEN {cell} IN ('true', '1', 'yes') THEN true WHEN {cell} IN ('false', '0', 'no') THEN false"
    return f"CASE WHEN {cell} IS NULL THEN NULL {quick} {thorough} END"
