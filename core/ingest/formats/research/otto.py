"""OTTO's recommender data set: one line a session with an array of its events, or one row an event.

Layout: "OTTO – Multi-Objective Recommender System" (``session``, ``events`` of ``aid``, ``ts`` in
milliseconds and ``type`` clicks, carts, orders). It tells neither prices nor visitors. Clicks are on
articles: product views.
"""

from __future__ import annotations

from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format
from core.schema.events import EventType

WORDS = {"clicks": EventType.PRODUCT_VIEW, "carts": EventType.CART_ADD, "orders": EventType.PURCHASE}

FORMAT = Format(
    key="otto",
    title="OTTO sessions",
    kind="events",
    columns={
        "session_id": ("session",),
        "timestamp": ("ts",),
        "event_type": ("type",),
        "product_id": ("aid",),
    },
    signature=("session_id", "timestamp", "event_type", "product_id"),
    event_types={word: kind.value for word, kind in WORDS.items()},
    told_types=frozenset(WORDS.values()),
    values={"event_type": frozenset(WORDS)},
    layouts=(
        Layout(
            needs=("session", "events"),
            shape={"session": TEXT, "events": [{"aid": TEXT, "ts": TEXT, "type": TEXT}]},
            rows="r.events",
            columns={"session": "r.session"},
            item_columns={"aid": "item.aid", "ts": "item.ts", "type": "item.type"},
        ),
    ),
    notes=("OTTO's data has no prices, so revenue is unknown.",),
)
