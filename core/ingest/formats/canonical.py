"""The product's own event log: one row an event, named as in ``core.schema.events`` or by a synonym."""

from __future__ import annotations

import re
from collections.abc import Set

from core.ingest.cells.sniff import decimal_sign
from core.ingest.files.head import Head
from core.ingest.formats.base import Format, Match
from core.ingest.formats.guess import guess_columns
from core.schema.countries import plain
from core.schema.events import EVENT_SCHEMA, EventType

#: Words in the name of a column that make it one of money.
_MONEY = frozenset("price amount revenue value total sales cost spend paid gmv turnover umsatz preis".split())


def _find(head: Head) -> Match | None:
    columns = FORMAT.match_columns(head)
    if "event_type" not in columns or not {"timestamp", "order"} & set(columns):
        return None
    if not {"session_id", "visitor_id", "user_id"} & set(columns):
        return None
    words = {plain(cell) for cell in head.values(columns["event_type"])}
    known = words & {plain(event_type) for event_type in EventType}
    # Half of the words must be ours: a shop's own vocabulary needs a mapping.
    if words and len(known) * 2 < len(words):
        return None
    listed = ", ".join(columns[name] for name in EVENT_SCHEMA.names if name in columns)
    reasons = [f"Its columns are those of the canonical event log: {listed}."]
    used = set(columns.values())
    synonyms = {
        target: name
        for target, name in guess_columns(head, "events").items()
        if target not in columns and name not in used
    }
    if _leaves_money_unused(head, {*columns, *synonyms}, {*used, *synonyms.values()}):
        return None
    if synonyms:
        also = ", ".join(f"{name} as {target}" for target, name in synonyms.items())
        reasons.append(f"Other names are synonyms: {also}.")
    return Match(score=0.85, reasons=tuple(reasons), columns={**columns, **synonyms})


def _leaves_money_unused(head: Head, targets: Set[str], used: Set[str]) -> bool:
    """Whether amounts stand in a column that no name explains while none is known: that is asked about."""
    if {"price", "revenue"} & targets:
        return False
    free = (
        name for name in head.names if name not in used and _MONEY & set(re.split(r"[\W_]+", name.lower()))
    )
    return any(decimal_sign(head.values(name)) for name in free)


FORMAT = Format(
    key="canonical",
    title="Canonical event log",
    kind="events",
    columns={name: (name,) for name in EVENT_SCHEMA.names}
    | {"colour": ("colour", "color"), "order_id": ("order_id", "transaction_id")},
    event_types={event_type.value: event_type.value for event_type in EventType},
    told_types=frozenset(EventType),
    is_open=True,
    recogniser=_find,
)
