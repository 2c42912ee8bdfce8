"""REES46 event logs: views, carts, removals and purchases of a multi-category store.

Layout: "eCommerce behavior data from multi category store"; pieces of a file that was split have no header.
"""

from __future__ import annotations

from core.ingest.formats.base import Format, Header
from core.schema.events import EventType

WORDS = {
    "view": EventType.PRODUCT_VIEW,
    "cart": EventType.CART_ADD,
    "remove_from_cart": EventType.CART_REMOVE,
    "purchase": EventType.PURCHASE,
}

FORMAT = Format(
    key="rees46",
    title="REES46 event log",
    kind="events",
    columns={
        "session_id": ("user_session",),
        "visitor_id": ("user_id",),
        "timestamp": ("event_time",),
        "event_type": ("event_type",),
        "product_id": ("product_id",),
        "category": ("category_code",),
        "brand": ("brand",),
        "price": ("price",),
    },
    signature=("timestamp", "event_type", "product_id", "session_id"),
    event_types={word: kind.value for word, kind in WORDS.items()},
    told_types=frozenset(WORDS.values()),
    values={"event_type": frozenset(WORDS)},
    headers=(
        Header(
            names=(
                "event_time", "event_type", "product_id", "category_id", "category_code", "brand", "price",
                "user_id", "user_session",
            ),
            patterns={
                "event_time": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC",
                "event_type": "|".join(WORDS),
                "price": r"-?\d+(\.\d+)?",
            },
        ),
    ),
    notes=("REES46 exports don't include the currency of prices.",),
)  # fmt: skip
