"""Cells as plain as all in the head of a small file: SQL that reads any other writing is left out.

To plan the SQL that reads a cell however it is written takes DuckDB tens of milliseconds a column, far longer
than it takes to read a small file. What is left out fails the query, and the file is read again with all of
it: so each cell is read as it always is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

#: SQL of what stands for the ways that are left out.
OTHERWISE = "error('A cell is not as plain as those in the head of the file.')"
#: An id that is no word for nobody (of those with a digit other than zero, all begin with a minus), without
#: blanks around it or an apostrophe before it.
ID = r"([!-&(-,.-~][ -~]*)?[1-9]([ -~]*[!-~])?"
_ID = re.compile(ID)
_NUMBER = {".": re.compile(r"-?\d{1,15}(\.\d{1,15})?"), ",": re.compile(r"-?\d{1,15}(,\d{1,15})?")}
_EPOCH = re.compile(r"\d{10}|\d{13}|\d{16}")
_ISO = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:\d\d)?)?)?")


class Cell(str):
    """The SQL name of a column of which the head shows what is in it.

    Whatever is made of it is a string like any other, of which nothing is known.
    """

    __slots__ = ("seen",)
    seen: tuple[str, ...]

    def __new__(cls, name: str, seen: Iterable[str]) -> Cell:
        """Make the name of a column of which some texts have been seen."""
        cell = super().__new__(cls, name)
        cell.seen = tuple(seen)
        return cell


def is_plain(cell: str, fits: Callable[[str], object]) -> bool:
    """Whether all that was seen of a cell's column fits."""
    return isinstance(cell, Cell) and all(map(fits, cell.seen))


def is_plain_id(cell: str) -> bool:
    """Whether a column holds somebody's id in every cell."""
    return is_plain(cell, _ID.fullmatch)


def is_plain_number(cell: str, decimal: str) -> bool:
    """Whether a column holds digits and nothing but a decimal sign between them."""
    return is_plain(cell, _NUMBER[decimal].fullmatch)


def is_plain_time(cell: str, way: str, fits: Callable[[str, str], bool]) -> bool:
    """Whether a column's times are all written in one way; ``fits`` tells of formats of strptime."""
    if way == "epoch":
        return is_plain(cell, _EPOCH.fullmatch)
    if way == "iso":
        return is_plain(cell, _ISO.fullmatch)
    return way.startswith("%") and is_plain(cell, lambda seen: fits(seen, way))
