"""Columns that a loader split by type, put together again.

dlt keeps the first type a column had and writes what doesn't fit it beside: ``price`` and
``price__v_double``. Stitch names every part by its type: ``price__it`` and ``price__fl``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.base.sql import identifier

_PART = re.compile(
    r"(?P<column>.+)__(?:v_(?:text|double|bool|timestamp|date|time|bigint|binary|json|decimal|wei)"
    r"|bi|bo|da|de|do|dt|fl|it|st|ti|ts)",
    re.IGNORECASE,
)


def parts_of(names: Iterable[str], records: Sequence[Mapping[str, Any]] = ()) -> dict[str, list[str]]:
    """Return each column that was split, with the names of its parts, in order.

    Columns of which a record fills two are none that was split: ``order__dt`` and ``order__ti``.
    """
    names = list(names)
    parts: dict[str, list[str]] = {}
    for name in names:
        if found := _PART.fullmatch(name):
            parts.setdefault(found["column"], []).append(name)
    own = {column: [column] if column in names else [] for column in parts}
    every = {column: own[column] + more for column, more in parts.items()}
    return {column: of for column, of in every.items() if len(of) > 1 and not _are_filled(of, records)}


def joined(columns: Mapping[str, str], parts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return columns (name -> SQL) with each split one made whole, where its first part stood."""
    whole = {part: column for column, of in parts.items() for part in of}
    made: dict[str, str] = {}
    for name, sql in columns.items():
        column = whole.get(name)
        if column is None:
            made[name] = sql
        elif column not in made:
            made[column] = f"coalesce({', '.join(columns[part] for part in parts[column])})"
    return made


def _are_filled(parts: Sequence[str], records: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether any record has values for two of these columns."""
    return any(sum(record.get(part) not in (None, "") for part in parts) > 1 for record in records)


def with_parts(known: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shape of a known layout with the parts of its texts that some records have, at any depth."""
    shape: dict[str, Any] = {}
    for key, own in known.items():
        shape[key] = _inner_parts(own, found.get(key))
        shape |= {name: own for name in found if _text_of(name) == key and own == found[name]}
    return shape


def _inner_parts(own: Any, found: Any) -> Any:  # noqa: ANN401 - shapes
    if isinstance(own, list) and isinstance(found, list):
        return [_inner_parts(own[0], found[0])]
    return with_parts(own, found) if isinstance(own, Mapping) and isinstance(found, Mapping) else own


def whole(sql: str, shape: Any, depth: int = 0) -> str | None:  # noqa: ANN401 - a shape
    """Return SQL of a value of such a shape, its split texts made whole; None where there are none."""
    if isinstance(shape, list):
        inner = whole(f"e{depth}", shape[0], depth + 1)
        return inner and f"list_transform({sql}, lambda e{depth}: {inner})"
    if not isinstance(shape, Mapping):
        return None
    made: dict[str, str] = {}
    is_split = False
    for key, inner in shape.items():
        value = f"{sql}.{identifier(key)}"
        parts = [f"{sql}.{identifier(name)}" for name in shape if _text_of(name) == key]
        changed = f"coalesce({', '.join((value, *parts))})" if parts else whole(value, inner, depth)
        is_split = is_split or changed is not None
        made[key] = changed or value
    if not is_split:
        return None
    fields = ", ".join(f"{identifier(key)} := {value}" for key, value in made.items())
    return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({fields}) END"


def _text_of(name: str) -> str | None:
    found = _PART.fullmatch(name)
    return found["column"] if found else None
