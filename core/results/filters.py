"""Which sessions of a result are meant: one set of filters for page, table, charts and downloads.

Filters live in the address (``?cluster=2&min_p=0.4&country=DE``). Reading an address never fails: what
can't be understood is left out, unknown arguments too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, Self
from urllib.parse import quote, urlencode

from core.base.identity import may
from core.results.area import Area, area_sql, read_area, write_area
from core.results.columns import IDS, ColumnFilter, Sort, text_sql
from core.results.local_day import LOCAL_DAY
from core.results.reason_filter import Because

#: Filters that hold any number of values, with the column each is about.
CHOICES: dict[str, str] = {
    "cluster": "cluster_id",
    "country": "country",
    "country_group": "country_group",
    "category": "dominant_category",
    "device": "device",
    "channel": "channel",
    "weekday": "day_of_week",
    "hour": "hour",
}
#: Those among them whose values are whole numbers.
NUMBERS = frozenset({"cluster", "weekday", "hour"})
#: Filters that are yes or no.
FLAGS: dict[str, str] = {"buyer": "predicted_purchase", "purchased": "purchased"}
#: Ranges: the lower end belongs to it, the upper one doesn't, so that bars of a histogram never share a
#: session. A probability of 1 is the one exception: it would belong nowhere.
RANGES: dict[str, str] = {
    "p": "purchase_probability",
    "expected": "expected_revenue",
    "if_bought": "revenue_if_purchase",
}
#: Columns that say what is predicted, or how it ended.
PREDICTED = frozenset(
    {
        "purchase_probability",
        "predicted_purchase",
        "predicted_revenue",
        "expected_revenue",
        "revenue_if_purchase",
        "purchased",
        "revenue",
    }
)
#: How far a session came, and how that is told.
STAGES: dict[str, str] = {
    "viewed": "product_views > 0",
    "cart": "cart_adds > 0",
    "checkout": "checkouts > 0",
    "bought": "purchased",
}
#: Stands for "not known" among values.
UNKNOWN = "(none)"
#: Before the name of a column in the arguments of the table's own filters.
COLUMN = "col."
#: The argument of the threshold: a probability.
THRESHOLD = "threshold"
MAX_TEXT = 200

Value = str | int | None
Range = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Filters, all of which a session has to meet; without any, every session is meant.

    Ranges are (from, to) with None for an open end; ``start`` and ``end`` are days, both included;
    choices hold the values of which one has to fit, None among them for "not known"; ``area`` is a
    polygon drawn on the map of sessions; ``because`` names a feature that is to be among a session's
    strongest reasons. ``sort`` is no filter, it travels along; nor is ``threshold``:
    it says from which probability on a session counts as a likely buyer, in place of the threshold
    the sessions were scored with. ``withheld`` says that the address asked about ids which whoever
    asks may not see: those filters are left out as they are read, before anything is kept by them.
    """

    p: Range = (None, None)
    expected: Range = (None, None)
    if_bought: Range = (None, None)
    cluster: tuple[Value, ...] = ()
    country: tuple[Value, ...] = ()
    country_group: tuple[Value, ...] = ()
    category: tuple[Value, ...] = ()
    device: tuple[Value, ...] = ()
    channel: tuple[Value, ...] = ()
    weekday: tuple[Value, ...] = ()
    hour: tuple[Value, ...] = ()
    buyer: bool | None = None
    purchased: bool | None = None
    reached: str | None = None
    start: date | None = None
    end: date | None = None
    q: str | None = None
    area: Area = ()
    because: Because | None = None
    columns: tuple[ColumnFilter, ...] = ()
    sort: tuple[Sort, ...] = ()
    threshold: float | None = None
    withheld: bool = field(default=False, compare=False, repr=False)

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> Self:
        """Read an address's arguments; of a repeated one the last counts."""
        arguments = {
            name: str(value[-1] if isinstance(value, (list, tuple)) and value else value)
            for name, value in query.items()
            if value not in (None, "", [])
        }
        values: dict[str, Any] = {name: _range(arguments, name) for name in RANGES}
        values |= {name: read_values(arguments[name], name) for name in CHOICES if name in arguments}
        values |= {name: _flag(arguments[name]) for name in FLAGS if name in arguments}
        values["reached"] = arguments.get("reached") if arguments.get("reached") in STAGES else None
        values["start"], values["end"] = _day(arguments.get("from")), _day(arguments.get("to"))
        values["q"] = arguments.get("q", "").strip()[:MAX_TEXT] or None
        if not may("ids.read"):
            values["withheld"] = bool(values["q"]) or any(COLUMN + name in arguments for name in IDS)
            values["q"] = None
        values["area"] = read_area(arguments.get("area"))
        values["because"] = Because.read(arguments.get("because"))
        values["columns"] = tuple(
            sorted(
                read
                for name, text in arguments.items()
                if name.startswith(COLUMN) and (read := ColumnFilter.read(name.removeprefix(COLUMN), text))
            )
        )
        values["sort"] = Sort.read(arguments.get("sort", ""))
        values["threshold"] = _share(arguments.get(THRESHOLD))
        return cls(**values)

    def to_dict(self) -> dict[str, str]:
        """Return the address's arguments, only those that say something."""
        arguments: dict[str, str] = {}
        for name in RANGES:
            for end, limit in zip(("min", "max"), getattr(self, name), strict=True):
                if limit is not None:
                    arguments[f"{end}_{name}"] = f"{limit:.12g}"
        for name in CHOICES:
            if values := getattr(self, name):
                arguments[name] = ",".join(write_value(value) for value in values)
        for name in FLAGS:
            if (flag := getattr(self, name)) is not None:
                arguments[name] = "yes" if flag else "no"
        for name, value in (("reached", self.reached), ("from", self.start), ("to", self.end), ("q", self.q)):
            if value is not None:
                arguments[name] = str(value)
        if self.area:
            arguments["area"] = write_area(self.area)
        if self.because:
            arguments["because"] = self.because.written()
        if self.threshold is not None:
            arguments[THRESHOLD] = f"{self.threshold:.12g}"
        arguments |= {COLUMN + column.name: column.written() for column in self.columns}
        if self.sort:
            arguments["sort"] = ",".join(sort.written() for sort in self.sort)
        return arguments

    def to_query(self) -> str:
        """Return the address's query, without a question mark."""
        return urlencode(self.to_dict(), quote_via=quote, safe=",:()")

    def where(self) -> tuple[str, list[object]]:
        """Return a condition in SQL (``true`` without filters) and its parameters."""
        parts: list[str] = []
        params: list[object] = []
        for sql, bound in self._conditions():
            parts.append(f"({sql})")
            params += bound
        return " AND ".join(parts) or "true", params

    def only_filters(self) -> Self:
        """Return the filters without the order: what counts for figures."""
        return replace(self, sort=())

    def cleared(self) -> Self:
        """Return them without any filter: what travels along stays."""
        return type(self)(sort=self.sort, threshold=self.threshold)

    def without(self, *names: str) -> Self:
        """Return them without some of them."""
        default: dict[str, Any] = {one.name: one.default for one in fields(self)}
        return replace(self, **{name: default[name] for name in names})

    def with_columns(self, columns: tuple[ColumnFilter, ...]) -> Self:
        """Return them with other filters of the table's own columns."""
        return replace(self, columns=columns)

    @property
    def any(self) -> bool:
        """Whether anything is filtered."""
        return self != self.cleared()

    @property
    def by_prediction(self) -> bool:
        """Whether sessions are picked by what is predicted of them, or by how they ended.

        Of such sessions it can't be said how well predictions tell buyers from the others: they are alike in
        just that.
        """
        picked = any(limits != (None, None) for limits in (self.p, self.expected, self.if_bought)) or not (
            self.buyer is None and self.purchased is None and self.reached != "bought"
        )
        return picked or any(column.name in PREDICTED for column in self.columns)

    def _conditions(self) -> list[tuple[str, list[object]]]:
        conditions = [
            _range_sql(column, getattr(self, name), last=name == "p") for name, column in RANGES.items()
        ]
        conditions += [_choice_sql(column, getattr(self, name)) for name, column in CHOICES.items()]
        for name, column in FLAGS.items():
            if (flag := getattr(self, name)) is not None:
                conditions.append((f"{column} = ?", [flag]))
        if self.reached:
            conditions.append((STAGES[self.reached], []))
        if self.start:
            # Days are the shop's; the plain condition lets whole parts of the file be passed over.
            conditions.append(
                (
                    f"started_at >= CAST(? AS TIMESTAMP) - INTERVAL 1 DAY AND {LOCAL_DAY} >= CAST(? AS DATE)",
                    [self.start, self.start],
                )
            )
        if self.end and self.end < date.max:
            conditions.append(
                (
                    f"started_at < CAST(? AS TIMESTAMP) + INTERVAL 2 DAY AND {LOCAL_DAY} <= CAST(? AS DATE)",
                    [self.end, self.end],
                )
            )
        if self.q:
            either = (text_sql("has", name, self.q) for name in ("session_id", "visitor_id"))
            conditions.append((" OR ".join(either), [self.q, self.q]))
        if self.area:
            conditions.append(area_sql(self.area))
        if self.because:
            conditions.append(self.because.sql())
        conditions += [column.sql() for column in self.columns]
        return [condition for condition in conditions if condition[0]]


def _range_sql(column: str, limits: Range, *, last: bool) -> tuple[str, list[object]]:
    low, high = limits
    parts, params = [], []
    if low is not None:
        parts.append(f"{column} >= ?")
        params.append(low)
    if high is not None and not (last and high >= 1):
        parts.append(f"{column} < ?")
        params.append(high)
    return " AND ".join(parts), list(params)


def _choice_sql(column: str, values: tuple[Value, ...]) -> tuple[str, list[object]]:
    if not values:
        return "", []
    named = [value for value in values if value is not None]
    parts = [f"{column} IN ({', '.join('?' * len(named))})"] if named else []
    if len(named) < len(values):
        parts.append(f"{column} IS NULL")
    return " OR ".join(parts), list(named)


def _range(arguments: Mapping[str, str], name: str) -> Range:
    low, high = _number(arguments.get(f"min_{name}")), _number(arguments.get(f"max_{name}"))
    return low, high


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _share(text: str | None) -> float | None:
    share = _number(text)
    return share if share is not None and 0 <= share <= 1 else None


def read_values(text: str, name: str) -> tuple[Value, ...]:
    """Read the values of a choice as the address has them; what is none is left out."""
    values: dict[Value, None] = {}
    for part in text.split(","):
        if part == UNKNOWN:
            values[None] = None
        elif name not in NUMBERS:
            if part:
                values[_read(part)] = None
        elif part.isascii() and part.isdigit() and len(part) < 10:
            values[int(part)] = None
    return tuple(values)


def write_value(value: Value) -> str:
    """Write one of a choice's values as the address has it.

    Commas part values, so a value's own commas are spelt out.
    """
    if value is None:
        return UNKNOWN
    text = str(value).replace("%", "%25").replace(",", "%2C")
    return "%28" + text[1:] if text == UNKNOWN else text


def _read(part: str) -> str:
    return part.replace("%28", "(").replace("%2C", ",").replace("%25", "%")


def _flag(text: str) -> bool | None:
    return {"yes": True, "no": False}.get(text)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
