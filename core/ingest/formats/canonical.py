"""The product's own event log: one row an event, columns named as in ``core.schema.events``."""

from __future__ import annotations

from core.ingest.formats.base import Format, Match
from core.ingest.source import Head
from core.schema.countries import plain
from core.schema.events import EVENT_SCHEMA, EventType


def _find(head: Head) -> Match | None:
    columns = FORMAT.match_columns(head)
    if "event_type" not in columns or not {"timestamp", "order"} & set(columns):
        return None
    if not {"session_id", "visitor_id"} & set(columns):
        return None
    words = {plain(cell) for cell in head.values(columns["event_type"])}
    known = words & {plain(event_type) for event_type in EventType}
    # Half of the words must be ours: a shop's own vocabulary needs a mapping.
    if words and len(known) * 2 < len(words):
        return None
    listed = ", ".join(columns[name] for name in EVENT_SCHEMA.names if name in columns)
    return Match(
        score=0.85, reasons=(f"Its columns are those of the canonical event log: {listed}.",), columns=columns
    )


FORMAT = Format(
    key="canonical",
    title="Canonical event log",
    kind="events",
    columns={name: (name,) for name in EVENT_SCHEMA.names} | {"colour": ("colour", "color")},
    event_types={event_type.value: event_type.value for event_type in EventType},
    told_types=frozenset(EventType),
    recogniser=_find,
)
