"""The columns of the table of sessions: which may be named, how one is filtered, how rows are ordered."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal, Self

import pyarrow as pa

from core.base.identity import may
from core.results.footer import KNOWN
from core.results.local_day import LOCAL_DAY

Kind = Literal["text", "number", "flag", "time"]

#: What a column's filter may say, and how that is written in SQL after the column.
NUMBER_SQL = {"eq": "= ?", "ne": "<> ?", "gt": "> ?", "ge": ">= ?", "lt": "< ?", "le": "<= ?"}
TEXT_SQL = {
    "is": "{} = {}",
    "isnt": "{} <> {}",
    "has": "contains({}, {})",
    "hasnt": "NOT contains({}, {})",
    "starts": "starts_with({}, {})",
    "ends": "ends_with({}, {})",
}
BLANK_SQL = {"blank": "{} IS NULL", "known": "{} IS NOT NULL"}
MAX_TEXT = 200
#: Columns that hold ids: only whoever may see ids may ask about them.
IDS = frozenset({"session_id", "visitor_id"})
MAX_SORTS = 4
#: Columns that depend on a threshold, and so on what is asked.
DECIDED = frozenset({"predicted_purchase", "predicted_revenue"})


@cache
def kind_of(name: str) -> Kind:
    """Return what a column holds."""
    dtype = KNOWN[name]
    if dtype == pa.string():
        return "text"
    if dtype == pa.bool_():
        return "flag"
    return "time" if pa.types.is_timestamp(dtype) else "number"


def text_sql(op: str, column: str, text: str) -> str:
    """Return the condition that a column's text compares with another one, to be bound, in either case."""
    if text.isascii() and text.lower() == text.upper():
        # No letter becomes a digit or a sign when it is made small: millions of ids are left as they are.
        return TEXT_SQL[op].format(column, "?")
    return TEXT_SQL[op].format(f"lower({column})", "lower(?)")


def may_name(name: str) -> bool:
    """Whether there is such a column, and whoever asks may filter and order by it."""
    return name in KNOWN and (name not in IDS or may("ids.read"))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ColumnFilter:
    """One column's own filter: what it is compared with, and how.

    ``op`` is one of the keys above, or ``between`` (both ends included); values of a time column are
    days, of a flag ``yes`` or ``no``.
    """

    name: str
    op: str
    values: tuple[str, ...] = ()

    @classmethod
    def read(cls, name: str, text: str) -> Self | None:
        """Read ``gt:5``, ``between:1:3``, ``has:shoe``; None where it can't be understood."""
        op, _, rest = text.partition(":")
        if not may_name(name):
            return None
        values: tuple[str, ...]
        if op in BLANK_SQL:
            values = ()
        elif op == "between":
            values = tuple(rest.split(":"))
        else:
            values = (rest[:MAX_TEXT],)
        column_filter = cls(name=name, op=op, values=values)
        return column_filter if column_filter._fits() else None

    def written(self) -> str:
        """Return it as ``read`` reads it."""
        return ":".join((self.op, *self.values))

    def sql(self) -> tuple[str, list[object]]:
        """Return a condition and its parameters."""
        if self.op in BLANK_SQL:
            return BLANK_SQL[self.op].format(self.name), []
        kind = kind_of(self.name)
        if kind == "text":
            return text_sql(self.op, self.name, self.values[0]), list(self.values)
        if kind == "flag":
            return f"{self.name} = ?", [self.values[0] == "yes"]
        if kind == "time":
            return self._days()
        numbers = [float(value) for value in self.values]
        if self.op == "between":
            return f"{self.name} BETWEEN ? AND ?", list(numbers)
        return f"{self.name} {NUMBER_SQL[self.op]}", list(numbers)

    def _days(self) -> tuple[str, list[object]]:
        """Compare a time with whole days of the shop."""
        first = date.fromisoformat(self.values[0])
        last = date.fromisoformat(self.values[-1])
        day = timedelta(days=1)
        column, moment = LOCAL_DAY if self.name == "started_at" else self.name, "CAST(? AS TIMESTAMP)"
        within = f"{column} >= {moment} AND {column} < {moment}"
        conditions: dict[str, tuple[str, list[object]]] = {
            "eq": (within, [first, first + day]),
            "between": (within, [first, last + day]),
            "ne": (f"NOT ({within})", [first, first + day]),
            "gt": (f"{column} >= {moment}", [first + day]),
            "ge": (f"{column} >= {moment}", [first]),
            "lt": (f"{column} < {moment}", [first]),
            "le": (f"{column} < {moment}", [first + day]),
        }
        return conditions[self.op]

    def _fits(self) -> bool:
        if self.op in BLANK_SQL:
            return True
        kind = kind_of(self.name)
        if kind == "text":
            return self.op in TEXT_SQL and bool(self.values[0])
        if kind == "flag":
            return self.op == "is" and self.values in (("yes",), ("no",))
        if self.op != "between" and self.op not in NUMBER_SQL:
            return False
        return len(self.values) == (2 if self.op == "between" else 1) and all(
            _is_day(value) if kind == "time" else _is_number(value) for value in self.values
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """One column rows are ordered by."""

    name: str
    descending: bool = False

    @classmethod
    def read(cls, text: str) -> tuple[Self, ...]:
        """Read ``-expected_revenue,started_at``; what is no column is left out."""
        sorts: dict[str, Self] = {}
        for part in text.split(","):
            name = part.removeprefix("-")
            if may_name(name) and name not in sorts:
                sorts[name] = cls(name=name, descending=part.startswith("-"))
        return tuple(sorts.values())[:MAX_SORTS]

    def written(self) -> str:
        """Return it as ``read`` reads it."""
        return f"-{self.name}" if self.descending else self.name

    def sql(self) -> str:
        """Return it for ORDER BY: unknown values always come last."""
        return f"{self.name} {'DESC' if self.descending else 'ASC'} NULLS LAST"


#: The order of rows where none is asked for: the likeliest first, in the table as in a file.
DEFAULT_SORT = (Sort(name="purchase_probability", descending=True),)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text) < date(9999, 1, 1)
    except ValueError:
        return False
