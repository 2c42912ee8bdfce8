"""Cells as plain as all in the head of a file: SQL that reads any other writing is left out.

To plan the SQL that reads a cell however it is written takes DuckDB tens of milliseconds a column, far longer
than it takes to read a small file; of a large one, to look for other writings takes a tenth of all work. What
is left out fails the query, and the file is read again with all of it: so each cell is read as it always is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

NOT_PLAIN = "A cell is not as plain as those in the head of the file."
#: SQL of what stands for the ways that are left out.
OTHERWISE = f"error('{NOT_PLAIN}')"
#: An id that is no word for nobody (of those with a digit other than zero, all begin with a minus), without
#: blanks around it or an apostrophe before it.
ID = r"([!-&(-,.-~][ -~]*)?([1-9]|[A-Za-z][-_]?0)([ -~]*[!-~])?"
_ID = re.compile(ID)
#: How many words a column of words has at most.
_MOST_WORDS = 100
_NUMBER = {".": re.compile(r"-?\d{1,15}(\.\d{1,15})?"), ",": re.compile(r"-?\d{1,15}(,\d{1,15})?")}
_EPOCH = re.compile(r"\d{10}(\.\d{1,6})?|\d{13}|\d{16}")
_ISO = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:\d\d)?)?)?")


class UnlikeHeadError(Exception):
    """A column has texts unlike those in the head of its file: it has to be read again."""


class Cell(str):
    """The SQL name of a column of which the head shows what is in it.

    Whatever is made of it is a string like any other, of which nothing is known.
    """

    __slots__ = ("is_long", "seen")
    seen: tuple[str, ...]
    #: Whether there are so many rows that planning counts for nothing.
    is_long: bool

    def __new__(cls, name: str, seen: Iterable[str], *, is_long: bool = False) -> Cell:
        """Make the name of a column of which some texts have been seen."""
        cell = super().__new__(cls, name)
        cell.seen, cell.is_long = tuple(seen), is_long
        return cell


def is_plain(cell: str, fits: Callable[[str], object]) -> bool:
    """Whether all that was seen of a cell's column fits."""
    return isinstance(cell, Cell) and all(map(fits, cell.seen))


def is_plain_id(cell: str) -> bool:
    """Whether a column holds somebody's id in every cell, which is quicker to see than to look for words."""
    return is_plain(cell, _ID.fullmatch) and not getattr(cell, "is_long", False)


def is_plain_repeated_id(cell: str) -> bool:
    """Whether a long column holds somebody's id in every cell, most of them more than once."""
    return (
        isinstance(cell, Cell)
        and cell.is_long
        and len(set(cell.seen)) * 2 <= len(cell.seen)
        and is_plain(cell, _ID.fullmatch)
    )


def is_plain_word(cell: str) -> bool:
    """Whether a long column holds the same few words again and again, without blanks around them."""
    return (
        isinstance(cell, Cell)
        and cell.is_long
        and len(set(cell.seen)) <= _MOST_WORDS
        and is_plain(cell, lambda seen: seen == seen.strip() != "")
    )


def is_plain_number(cell: str, decimal: str) -> bool:
    """Whether a column holds digits and nothing but a decimal sign between them."""
    return is_plain(cell, _NUMBER[decimal].fullmatch)


def is_plain_time(cell: str, way: str, fits: Callable[[str, str], bool]) -> bool:
    """Whether a column's times are all written in one way; ``fits`` tells of formats of strptime."""
    if way == "epoch":
        return is_plain(cell, _EPOCH.fullmatch)
    if way == "iso":
        return is_plain(cell, _ISO.fullmatch)
    if not way.startswith("%"):
        return False
    ways = {way, without_fraction(way)}
    return is_plain(cell, lambda seen: any(fits(seen, each) for each in ways))


def without_fraction(way: str) -> str:
    """Return a format of times whose seconds are whole: some trackers leave out a fraction of nothing."""
    return way.replace(".%f", "")
