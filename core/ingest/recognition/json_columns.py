"""Columns of text that hold JSON: which they are, and the objects in them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from core.ingest.cells.json_text import texts_as_json
from core.ingest.files.nested import NULL_WORDS

Value = dict[str, Any] | list[dict[str, Any]]

#: How a text of JSON begins, also one within quotes.
_BEGINS = re.compile(r"\s*\"?\s*[{\[]")
#: From this share of its texts on, a column holds JSON: the others are broken.
_MOSTLY = 0.9


def open_texts(objects: Sequence[dict[str, Any]], names: Sequence[str]) -> dict[str, bool]:
    """Open the texts of columns that hold JSON, in place; return those, and whether any is respelt."""
    opened = {}
    for name in names:
        there = [cell for each in objects if (cell := each.get(name)) and cell not in NULL_WORDS]
        cells = [cell for cell in there if isinstance(cell, str)]
        if not cells or not all(map(_BEGINS.match, cells)) or not _are_nested(there):
            continue
        found = values_of(cells)
        n_found = sum(cell in found for cell in cells)
        if any(value != [] for value in found.values()) and n_found >= _MOSTLY * len(cells):
            opened[name] = any(_value_of(cell) is None for cell in found)
            for record in objects:
                cell = record.get(name)
                record[name] = found.get(cell) if isinstance(cell, str) else cell
    return opened


def _are_nested(values: Sequence[object]) -> bool:
    return all(isinstance(value, str | dict | list) for value in values)


def respelt_of(opened: Mapping[str, bool]) -> frozenset[str]:
    """Return the columns whose JSON is escaped once more, or written by Python, in small letters."""
    return frozenset(name.lower() for name, is_respelt in opened.items() if is_respelt)


def values_of(cells: Sequence[str]) -> dict[str, Value]:
    """Return the objects, or lists of objects, that texts hold: text -> value."""
    found = {cell: value for cell in cells if (value := _value_of(cell)) is not None}
    others = [cell for cell in dict.fromkeys(cells) if cell not in found]
    made = zip(others, texts_as_json(others), strict=True) if others else ()
    return found | {cell: value for cell, text in made if text and (value := _value_of(text)) is not None}


def _value_of(text: str) -> Value | None:
    with suppress(ValueError):
        found = json.loads(text)
        if isinstance(found, dict) or (isinstance(found, list) and all(isinstance(e, dict) for e in found)):
            return found
    return None
