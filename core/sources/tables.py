"""Rows of a database as Arrow: typed by what is in them, and batches of one query brought together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

#: Type of a column by what its values are; of any other mixture it is text.
_KINDS: tuple[tuple[frozenset[type], pa.DataType], ...] = (
    (frozenset({bool}), pa.bool_()),
    (frozenset({int}), pa.int64()),
    (frozenset({int, float, Decimal}), pa.float64()),
    (frozenset({date}), pa.date32()),
)
_LARGEST = 2**63


def table_of(names: Sequence[str], rows: Sequence[Any]) -> pa.Table:
    """Return rows as a table; columns of one name are told apart by their place."""
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in names]
    return pa.table([_array(values) for values in columns], names=_unique(names))


def plain(table: pa.Table) -> pa.Table:
    """Return a table of Arrow with the types that rows become; values of any other are read one by one."""
    columns = [_plain(column) for column in table.columns]
    return pa.table(columns, names=_unique(table.column_names))


def together(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Return a schema that batches with these fit in: numbers widen, what contradicts becomes text."""
    first = schemas[0]
    return pa.schema([(name, _common([one.field(name).type for one in schemas])) for name in first.names])


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    kind = column.type
    if kind == pa.uint64() or isinstance(kind, pa.BaseExtensionType):
        return _array(column.to_pylist())
    if pa.types.is_integer(kind):
        return column.cast(pa.int64())
    if pa.types.is_floating(kind):
        return column.cast(pa.float64())
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us", tz="UTC" if kind.tz else None), safe=False)
    if pa.types.is_large_string(kind) or kind == pa.string_view():
        return column.cast(pa.string())
    kept = (pa.bool_(), pa.string(), pa.date32())
    return column if kind in kept else _array(column.to_pylist())


def _unique(names: Sequence[str]) -> list[str]:
    made: list[str] = []
    for name in names:
        made.append(name if name not in made else f"{name} {len(made) + 1}")
    return made


def _array(values: Sequence[Any]) -> pa.Array:
    values = _decimals(values)
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.nulls(len(values))
    for known, kind in _KINDS:
        if kinds <= known:
            if kind == pa.int64() and not all(
                value is None or -_LARGEST <= value < _LARGEST for value in values
            ):
                break
            numbers = [
                float(value) if kind == pa.float64() and value is not None else value for value in values
            ]
            return pa.array(numbers, kind)
    if kinds == {datetime}:
        zoned = {value.tzinfo is not None for value in values if value is not None}
        if len(zoned) == 1:
            return pa.array(values, pa.timestamp("us", tz="UTC" if zoned == {True} else None))
    return pa.array([_text(value) for value in values], pa.string())


def _decimals(values: Sequence[Any]) -> Sequence[Any]:
    """Return decimals as whole numbers where all of them are, as text where a float would round one.

    Ids may be kept as decimals: rounded, two of them would become one.
    """
    decimals = [value for value in values if isinstance(value, Decimal)]
    if not decimals:
        return values
    if all(value.is_finite() and value == value.to_integral_value() for value in decimals):
        return [int(value) if isinstance(value, Decimal) else value for value in values]
    if all(value.is_nan() or Decimal(repr(float(value))) == value for value in decimals):
        return values
    return [str(value) if isinstance(value, Decimal) else value for value in values]


def _text(value: Any) -> str | None:  # noqa: ANN401
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _common(kinds: Sequence[pa.DataType]) -> pa.DataType:
    known = {kind for kind in kinds if not pa.types.is_null(kind)}
    if not known:
        return pa.string()
    if len(known) == 1:
        return next(iter(known))
    if known <= {pa.int64(), pa.float64()}:
        return pa.float64()
    return pa.string()
