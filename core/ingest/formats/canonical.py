"""The product's own event log: one row an event, named as in ``core.schema.events`` or by a synonym."""

from __future__ import annotations

from core.ingest.cells.synonyms import EVENT_COLUMNS
from core.ingest.files.head import Head
from core.ingest.formats.base import Format, Match
from core.ingest.formats.guess import guess_target, known_words, with_synonyms
from core.ingest.formats.namesakes import settle_order
from core.schema.countries import plain
from core.schema.events import EVENT_SCHEMA, EventType


def _find(head: Head) -> Match | None:
    columns = FORMAT.match_columns(head)
    settle_order(head, columns)
    if "event_type" not in columns or not {"timestamp", "order"} & set(columns):
        return None
    if not {"session_id", "visitor_id", "user_id"} & set(columns):
        return None
    words = {plain(cell) for cell in head.values(columns["event_type"])}
    known = words & {plain(event_type) for event_type in EventType}
    # Half of the words must be ours: a shop's own vocabulary needs a mapping.
    if words and len(known) * 2 < len(words):
        return None
    if _is_told_elsewhere(head, columns):
        return None
    listed = ", ".join(columns[name] for name in EVENT_SCHEMA.names if name in columns)
    reasons = [f"Its columns have the names of our own event log: {listed}."]
    completed = with_synonyms(head, columns)
    if completed is None:
        return None
    if len(completed) > len(columns):
        also = ", ".join(f"{name} as {target}" for target, name in completed.items() if target not in columns)
        reasons.append(f"Other names are synonyms: {also}.")
    return Match(score=0.85, reasons=tuple(reasons), columns=completed)


def _is_told_elsewhere(head: Head, columns: dict[str, str]) -> bool:
    """Whether another column says what happened where this one only says of what kind: a view, an event."""
    others = (
        name
        for name in head.names
        if name not in columns.values() and guess_target(name, EVENT_COLUMNS) == "event_type"
    )
    seen = set(known_words(head.values(columns["event_type"])).values())
    return any(set(known_words(head.values(name)).values()) - seen - {EventType.OTHER} for name in others)


FORMAT = Format(
    key="canonical",
    title="Event log in our own columns",
    kind="events",
    columns={name: (name,) for name in EVENT_SCHEMA.names}
    | {"colour": ("colour", "color"), "order_id": ("order_id", "transaction_id")},
    event_types={event_type.value: event_type.value for event_type in EventType},
    told_types=frozenset(EventType),
    is_open=True,
    recogniser=_find,
)
