"""SQL that reads one cell: a text, an id, a number, an amount, a flag.

Each expression tries the quick way that fits nearly every cell first and a thorough one only for the
cells that it fails on: ``coalesce`` evaluates its second argument for those rows alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from core.base.formulas import original_sql
from core.base.memory_database import scratch_database
from core.base.sql import is_one_of, literal
from core.ingest.cells.plain import ID, OTHERWISE, is_plain_id, is_plain_number
from core.ingest.cells.sniff import TOTAL_WORDS, of_a_period
from core.ingest.cells.synonyms import CURRENCY_WORDS, MINOR_SIGNS, NO, NOBODY, SMALL_UNITS, YES, ZERO

#: What stands in a number column, for the moment, where a cell holds something that can't be used.
UNREADABLE = "'nan'::DOUBLE"
LARGEST_AMOUNT = 1e9
#: Bytes that most words for nobody have at most; ids of zeros have more.
_SHORT = 15
_NARROW = r"\x{a0}\x{202f}\x{2009}"
_BLANK = rf"[\s{_NARROW}]*"
_MINOR = rf"(?:{'|'.join(MINOR_SIGNS)})\.?"
#: What stands beside a number. RE2 takes a millisecond to get ready for each letter of any script in a
#: pattern, in every query, so how many there are is counted afterwards.
_UNIT = rf"(\p{{L}}+)[.\p{{Sc}}]?|\p{{Sc}}|(?i:{'|'.join(word for word in CURRENCY_WORDS if ' ' in word)})"
_MOST_LETTERS = 4
#: An amount: a share (40%) is none. An apostrophe in front is a spreadsheet's mark of a text.
_NUMBER = (
    rf"^{_BLANK}['’]?\(?{_BLANK}(?:{_UNIT})?{_BLANK}([+\-−–]?){_BLANK}(?:\p{{Sc}})?{_BLANK}\(?{_BLANK}"
    rf"(\d[\d.,'’\s{_NARROW}]*?)[.,]?(?:--|-|–|—)?{_BLANK}\)?{_BLANK}(?:{_UNIT}|¢\.)?{_BLANK}\)?{_BLANK}$"
)
#: An amount in the small coins of its currency: 50¢, 1050p.
_IN_MINOR = rf"\d[.,]?{_BLANK}(?:{_MINOR}){_BLANK}$"
#: What amounts have in them beyond ASCII, but for letters.
_SIGNS = rf"−–—’{_NARROW}\p{{Sc}}"
#: Signs of currencies of which nobody pays a part, and digits that points or commas group by three.
_SMALL = (
    rf"[¥￥円₩원₫₭₮]|(^|[\x00-@\[-`{{-~{_SIGNS}])(?i:Rp|Ft|{'|'.join(sorted(SMALL_UNITS))})"
    rf"($|[\x00-@\[-`{{-~{_SIGNS}])"
)
GROUPED = r"^\D*[1-9]\d{0,2}([.,]\d{3})+\D*$"
#: Nothing, as accounts write it: a dash, with a currency or not.
_DASH = r"^[\s\p{Sc}]*[-–—]+[\s\p{Sc}]*$"
#: Digits and signs of numbers in other scripts, and theirs in ours.
_FOREIGN_DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९０１２３４５６７８９٫٬．，："
_WESTERN_DIGITS = "0123456789" * 4 + ".,.,:"
_FOREIGN = frozenset(_FOREIGN_DIGITS)
_TO_WESTERN = str.maketrans(_FOREIGN_DIGITS, _WESTERN_DIGITS)
#: Rounded amounts, as charts write them: 12.5k is neither 12.5 nor exactly 12,500.
_ROUNDED = rf"\d\s*(?i:k|m|b|mn|bn|mio|mrd|tsd)([\x00-/:-@\[-^`{{-~{_SIGNS}]|$)"
#: Below zero as accounts write it: (10.00) and 10.00-. "5,-" has no cents and is above zero.
_NEGATIVE = r"^[^\d(]*\([^)]*\)[^\d]*$|\d\s*-[^-\d)]*$"


def literals(values: Iterable[object]) -> str:
    """Write texts as an SQL list of literals."""
    return "[" + ", ".join(literal(value) for value in values) + "]"


def text(cell: str) -> str:
    """Return SQL for a text without outer blanks; empty is null."""
    # Trimming costs five times what it costs to see that there is nothing to trim: of a text of bytes
    # that are a letter each, only blanks at its ends are.
    untrimmed = f"{cell} < '!' OR {cell} LIKE '% ' OR strlen({cell}) <> length({cell})"
    return f"CASE WHEN {untrimmed} THEN nullif(trim({cell}), '') ELSE {cell} END"


def unspoilt(cell: str) -> str:
    """Return SQL for a text without outer blanks, and without the mark of one written for a spreadsheet."""
    # Nearly all begin above the apostrophe, and need no more looking at.
    plain = f"{cell} >= '(' AND NOT {cell} LIKE '% ' AND strlen({cell}) = length({cell})"
    return f"CASE WHEN {plain} THEN {cell} ELSE {original_sql(text(cell))} END"


def identity(cell: str, *, zero_is_one: bool = False) -> str:
    """Return SQL for the id of somebody or something; null where the cell says that there is none.

    ``zero_is_one`` is whether ids are counted from zero. Files that were written for a spreadsheet come back:
    of '-5, with an apostrophe so that it is no formula, the id is -5.
    """
    if is_plain_id(cell):
        is_somebody = f"regexp_full_match({cell}, {literal(ID)})"
        return f"CASE WHEN {cell} IS NULL THEN NULL WHEN {is_somebody} THEN {cell} ELSE {OTHERWISE} END"
    nobody = _words_for_nobody(zero_is_one=zero_is_one)
    # Comparing every id with every word costs more than reading it: most are told by their first letter or
    # their length alone.
    starts = " OR ".join(f"({cell} >= {a} AND {cell} < {b})" for a, b in nobody.other_starts)
    # A letter and a digit, as in V0042, begin no word for nobody.
    numbered = f"{cell} >= 'A' AND substr({cell}, 2, 1) BETWEEN '0' AND '9'"
    read = text(cell)
    plain = original_sql(read)
    return (
        # An empty cell must not reach the comparisons: it would be tried in vain on every row.
        f"CASE WHEN {cell} IS NULL THEN NULL WHEN {numbered} OR {starts} THEN {read} "
        f"WHEN left({cell}, 1) = chr(39) THEN "
        f"CASE WHEN NOT {is_one_of(plain, nobody.short)} THEN {plain} END "
        f"WHEN strlen({cell}) > {_SHORT} THEN "
        f"CASE WHEN {' AND '.join(f'{cell} <> {spelling}' for spelling in nobody.long)} THEN {read} END "
        f"WHEN NOT list_contains({nobody.short}, {cell}) THEN {read} END"
    )


class _Nobody(NamedTuple):
    """SQL of the words for nobody: ranges no word begins in, a list of short words, and each long one."""

    other_starts: tuple[tuple[str, str], ...]
    short: str
    long: tuple[str, ...]


@cache
def _words_for_nobody(*, zero_is_one: bool) -> _Nobody:
    words = (*NOBODY, *(() if zero_is_one else ZERO))
    spellings = list(
        dict.fromkeys(
            form for word in words for form in (word, word.upper(), word.capitalize(), word.title())
        )
    )
    firsts = {spelling[0] for spelling in spellings}
    safe = [chr(code) for code in range(33, 126) if chr(code) not in {*firsts, "'"}]
    return _Nobody(
        tuple((literal(a), literal(b)) for a, b in _ranges(safe)),
        literals(spelling for spelling in spellings if len(spelling.encode()) <= _SHORT),
        tuple(literal(spelling) for spelling in spellings if len(spelling.encode()) > _SHORT),
    )


def is_total(cell: str) -> str:
    """Return SQL of whether a cell in the place of an id says that its row adds up others."""
    period = literal(of_a_period(r"\p{L}"))
    bare = f"lower(trim({cell}))"
    bare = f"CASE WHEN contains({bare}, ' ') THEN regexp_replace({bare}, {period}, '') ELSE {bare} END"
    bare = f"regexp_replace({bare}, '\\([^)]*\\)\\s*$', '')"
    letters = f"regexp_replace({bare}, '[^\\p{{L}}\\p{{N}}]+', '', 'g')"
    return is_one_of(letters, literals(sorted(TOTAL_WORDS)))


def may_be_total(cell: str) -> str:
    """Return SQL of whether ``is_total`` may be true: it takes far longer to plan than ten rows to read."""
    # No word for a total has a digit in it; what may is a period or stands in brackets.
    return f"(NOT regexp_matches({cell}, '[0-9]') OR contains({cell}, ' ') OR contains({cell}, ')'))"


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
    with scratch_database() as connection:
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


def _thorough_number(cell: str, decimal: str, *, small: str = "false", minor: str = "false") -> str:
    """Return SQL for a number with whatever stands beside it; null where there is none to read.

    ``small`` and ``minor`` are SQL of whether its currency has no parts, and whether it is in parts of one.
    """
    grouping = "." if decimal == "," else ","
    thousands = literal(rf"^[1-9]\d{{0,2}}\{grouping}\d{{3}}$")
    # Of yen nobody pays a thousandth: before three digits, each sign groups them.
    plain = rf"""CASE WHEN r.small THEN regexp_replace(d, '[.,]', '', 'g')
        WHEN contains(d, '.') AND contains(d, ',') AND instr(reverse(d), '.') < instr(reverse(d), ',')
            THEN replace(d, ',', '')
        WHEN contains(d, '.') AND contains(d, ',') THEN replace(replace(d, '.', ''), ',', '.')
        WHEN regexp_matches(d, '^(\d{{1,3}}((,\d{{3}}){{2,}}|(\.\d{{3}}){{2,}})|\d{{1,2}}(,\d\d)+,\d{{3}})$')
            THEN replace(replace(d, ',', ''), '.', '')
        WHEN regexp_matches(d, {thousands}) THEN replace(d, '{grouping}', '')
        ELSE replace(d, ',', '.') END"""
    # What is looked for inside ``list_transform`` is made ready for every 2,048 rows anew.
    read = (
        f"{{'n': regexp_extract({cell}, {literal(_NUMBER)}, ['unit', 'sign', 'digits', 'behind']), "
        f"'below': regexp_matches({cell}, {literal(_NEGATIVE)}), 'small': {small}, 'minor': {minor}}}"
    )
    digits = "regexp_replace(r.n.digits, '[^0-9.,]', '', 'g')"
    is_minor = is_one_of("r.n.behind", literals(MINOR_SIGNS))
    return (
        f"CASE WHEN NOT regexp_matches({cell}, {literal(_ROUNDED)}) THEN list_transform([{read}], lambda r: "
        f"CASE WHEN {_is_unit('r.n.unit', CURRENCY_WORDS)} AND "
        f"({_is_unit('r.n.behind', CURRENCY_WORDS)} OR {is_minor}) THEN "
        f"try_cast(CASE WHEN r.below OR r.n.sign IN ('-', '−', '–') THEN '-' ELSE '' END || "
        f"list_transform([{digits}], lambda d: {plain})[1] AS DOUBLE) / "
        f"CASE WHEN r.minor AND NOT r.small THEN 100 ELSE 1 END END)[1] END"
    )


def _is_unit(letters: str, words: Iterable[str]) -> str:
    return f"(length({letters}) <= {_MOST_LETTERS} OR {is_one_of(f'lower({letters})', literals(words))})"


def amount(cell: str, decimal: str, *, unlike: str = "false", usual: str | None = None) -> str:
    """Return SQL for a number however it is written; a cell that holds none is marked unreadable.

    A dash, as accounts write nothing, is an empty cell. ``unlike`` is SQL of whether what stands beside the
    digits forbids to use them; it is asked of cells alone that aren't plain numbers. ``usual`` is a quick way
    to read most of these.
    """
    if is_plain_number(cell, decimal):
        return f"CASE WHEN {cell} IS NOT NULL THEN coalesce({quick_number(cell, decimal)}, {OTHERWISE}) END"
    read = _thorough_number(
        cell,
        decimal,
        small=f"regexp_matches({cell}, {literal(_SMALL)}) AND regexp_matches({cell}, {literal(GROUPED)})",
        minor=f"regexp_matches({cell}, {literal(_IN_MINOR)})",
    )
    thorough = (
        f"CASE WHEN {unlike} THEN {UNREADABLE} WHEN regexp_matches({cell}, {literal(_DASH)}) THEN NULL "
        f"ELSE coalesce({read}, {UNREADABLE}) END"
    )
    # An empty cell must not reach the thorough way: it would be tried in vain on every row.
    ways = ", ".join([quick_number(cell, decimal), *([usual] if usual else []), thorough])
    return f"CASE WHEN {cell} IS NOT NULL THEN coalesce({ways}) END"


def whole_amount(cell: str) -> str:
    """Return SQL for an amount in a currency of which nobody pays a thousandth: points and commas group."""
    # In 15.000,- the comma says that there are no parts, and the dash stands for them.
    return amount(f"regexp_replace({cell}, '[.,]+([^-–—.,]|$)', '\\1', 'g')", ".")


def unusable(column: str) -> str:
    """Return SQL of whether a number is negative, absurd, or marked unreadable."""
    return f"{column} NOT BETWEEN 0 AND {LARGEST_AMOUNT:g}"  # not-a-number counts as the largest


def flag(cell: str) -> str:
    """Return SQL for yes or no in several languages; null where it is neither."""
    low = f"lower(trim({cell}))"
    thorough = (
        f"WHEN {is_one_of(low, literals(YES))} THEN true WHEN {is_one_of(low, literals(NO))} THEN false"
    )
    quick = f"WHEN {cell} IN ('true', '1', 'yes') THEN true WHEN {cell} IN ('false', '0', 'no') THEN false"
    return f"CASE WHEN {cell} IS NULL THEN NULL {quick} {thorough} END"
