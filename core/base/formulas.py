"""Texts a spreadsheet would run as a formula, with an apostrophe before them: in names and in SQL.

See https://owasp.org/www-community/attacks/CSV_Injection.
"""

from __future__ import annotations

from core.base.sql import is_one_of

#: First letters that make a formula of a cell.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """Return a text, such as a heading, that no spreadsheet runs."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def original(text: str) -> str:
    """Return a text as it was before ``harmless``: files that were written for a spreadsheet come back."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def harmless_sql(text: str, *, numbers: bool = False) -> str:
    """Return SQL for a text column whose cells no spreadsheet runs.

    Parameters
    ----------
    text
        SQL of the column.
    numbers
        Whether cells may be numbers written as text, which stay as they are ("-5").
    """
    starts = ", ".join(f"chr({ord(start)})" for start in FORMULA_STARTS)
    risky = f"left({text}, 1) IN ({starts})"
    if numbers:
        risky += f" AND try_cast({text} AS DOUBLE) IS NULL"
    return f"CASE WHEN {risky} THEN chr(39) || {text} ELSE {text} END"


def original_sql(text: str) -> str:
    """Return SQL for a text column as it was before ``harmless_sql``."""
    starts = ", ".join(f"chr({ord(start)})" for start in FORMULA_STARTS)
    risky = f"starts_with({text}, chr(39)) AND {is_one_of(f'substr({text}, 2, 1)', f'[{starts}]')}"
    return f"CASE WHEN {risky} THEN substr({text}, 2) ELSE {text} END"
