"""What AG Grid asks for and says, translated: its filter model and sort model, to and from ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from core.results.columns import ColumnFilter, Sort, kind_of
from core.results.footer import KNOWN

#: Rows one request may ask for.
MAX_BLOCK = 500

_NUMBERS = {
    "equals": "eq",
    "notEqual": "ne",
    "greaterThan": "gt",
    "greaterThanOrEqual": "ge",
    "lessThan": "lt",
    "lessThanOrEqual": "le",
    "inRange": "between",
    "blank": "blank",
    "notBlank": "known",
}
_TEXTS = {
    "contains": "has",
    "notContains": "hasnt",
    "equals": "is",
    "notEqual": "isnt",
    "startsWith": "starts",
    "endsWith": "ends",
    "blank": "blank",
    "notBlank": "known",
}
#: A probability is shown and typed in percent.
PERCENT = "purchase_probability"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRequest:
    """A block of rows, by position, and the grid's own filters and order."""

    start: int = 0
    stop: int = 50
    columns: tuple[ColumnFilter, ...] = ()
    sort: tuple[Sort, ...] = ()

    @classmethod
    def read(cls, request: Mapping[str, Any]) -> Self:
        """Read a request as it comes from the browser; what it may not ask for is left out."""
        start = max(_whole(request.get("startRow")), 0)
        length = _whole(request.get("endRow")) - start
        return cls(
            start=start,
            stop=start + min(max(length, 1), MAX_BLOCK),
            columns=read_filter_model(request.get("filterModel") or {}),
            sort=read_sort_model(request.get("sortModel") or ()),
        )


def read_filter_model(model: Mapping[str, Mapping[str, Any]]) -> tuple[ColumnFilter, ...]:
    """Return the grid's filters."""
    filters = (_read(name, part) for name, part in model.items() if name in KNOWN)
    return tuple(sorted(column for column in filters if column is not None))


def filter_model(columns: Sequence[ColumnFilter]) -> dict[str, dict[str, Any]]:
    """Return filters as the grid writes them."""
    return {column.name: _model(column) for column in columns}


def read_sort_model(model: Sequence[Mapping[str, Any]]) -> tuple[Sort, ...]:
    """Return the grid's order."""
    return Sort.read(
        ",".join(f"{'-' if part.get('sort') == 'desc' else ''}{part.get('colId')}" for part in model)
    )


def _read(name: str, part: Mapping[str, Any]) -> ColumnFilter | None:
    kind, type_ = kind_of(name), str(part.get("type"))
    if kind in ("text", "flag"):
        op = _TEXTS.get(type_, "")
        value = str(part.get("filter") or "").strip()
        if kind == "flag" and op in ("is", "has"):
            op, value = "is", {"yes": "yes", "true": "yes", "no": "no", "false": "no"}.get(value.lower(), "")
        return ColumnFilter.read(name, f"{op}:{value}")
    op = _NUMBERS.get(type_, "")
    ends = ("dateFrom", "dateTo") if kind == "time" else ("filter", "filterTo")
    values = [str(part.get(end, "")) for end in ends[: 2 if op == "between" else 1]]
    if kind == "time":
        values = [value[:10] for value in values]
    elif name == PERCENT:
        values = [_scaled(value, 0.01) for value in values]
    return ColumnFilter.read(name, ":".join([op, *values]) if op not in ("blank", "known") else op)


def _model(column: ColumnFilter) -> dict[str, Any]:
    kind = kind_of(column.name)
    if kind in ("text", "flag"):
        names = {ours: theirs for theirs, ours in _TEXTS.items()}
        model: dict[str, Any] = {"filterType": "text", "type": names[column.op]}
        return model | ({"filter": column.values[0]} if column.values else {})
    names = {ours: theirs for theirs, ours in _NUMBERS.items()}
    if kind == "time":
        ends, written = ("dateFrom", "dateTo"), [f"{value} 00:00:00" for value in column.values]
        shown: list[Any] = list(written)
    else:
        ends, factor = ("filter", "filterTo"), "1"
        factor = "100" if column.name == PERCENT else factor
        shown = [float(_scaled(value, float(factor))) for value in column.values]
    model = {"filterType": "date" if kind == "time" else "number", "type": names[column.op]}
    return model | dict(zip(ends, shown, strict=False))


def _scaled(text: str, factor: float) -> str:
    try:
        return f"{float(text) * factor:.12g}"
    except ValueError:
        return ""


def _whole(value: object) -> int:
    return int(value) if isinstance(value, (int, float)) and abs(value) < 2**53 else 0
