"""Recipes: a mapping made for one export, used again for the next one with the same columns.

``fingerprint`` says which exports have the same columns, ``read_as_before`` what a recipe makes of the next
one, and ``is_sure`` whether that needs no look.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from core.base.errors import MappingError
from core.ingest.base.model import OPENED, Mapping, Recognition
from core.ingest.exports import read_heads
from core.ingest.files.containers import SourceFile
from core.ingest.files.head import Head


def fingerprint(found: Recognition) -> str | None:
    """Return what exports with the same columns have in common; None where columns have no names.

    The order counts, for columns of one name are told apart by it; keys of JSON objects have none.
    """
    # Which nested values there are differs from day to day.
    names = [column.name for column in found.columns if column.note not in OPENED]
    if names == [f"column {position}" for position in range(1, len(names) + 1)]:
        return None
    written = json.dumps(sorted(names) if found.table == "jsonl" else names, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def read_as_before(recipe: Mapping, found: Recognition) -> Mapping:
    """Return the mapping of another export by a recipe, with the words its format knows in that export."""
    if recipe.format is None or recipe.format != found.format:
        return recipe
    return replace(recipe, event_types={**found.mapping.event_types, **recipe.event_types})


def is_sure(mapping: Mapping, files: Sequence[SourceFile]) -> bool:
    """Tell whether files can be read by a mapping of the same columns without a look.

    They can't if their first rows have words for events that nobody has given a meaning.
    """
    heads = read_heads(files)
    try:
        mapping.validate({name for head in heads for name in head.names})
    except MappingError:
        return False
    return not unknown_words(mapping, heads)


def unknown_words(mapping: Mapping, heads: Sequence[Head]) -> tuple[str, ...]:
    """Return the words for events that a mapping gives no meaning; none where a format has to know them."""
    column = mapping.columns.get("event_type")
    if mapping.kind != "events" or mapping.format is not None or column is None:
        return ()
    known = {word.strip().lower() for word in mapping.event_types}
    words = dict.fromkeys(word for head in heads if column in head.names for word in head.values(column))
    return tuple(word for word in words if word.strip().lower() not in known)
