"""Retailrocket's recommender data set: views, cart additions and transactions of visitors, without prices.

Layout: "Retailrocket recommender system dataset", ``events.csv`` (``timestamp`` in milliseconds,
``visitorid``, ``event`` view, addtocart, transaction, ``itemid``, ``transactionid``). It has no sessions:
silence ends a visit.
"""

from __future__ import annotations

from core.ingest.formats.base import Format
from core.schema.events import EventType

WORDS = {
    "view": EventType.PRODUCT_VIEW,
    "addtocart": EventType.CART_ADD,
    "transaction": EventType.PURCHASE,
}

FORMAT = Format(
    key="retailrocket",
    title="Retailrocket events",
    kind="events",
    columns={
        "visitor_id": ("visitorid",),
        "timestamp": ("timestamp",),
        "event_type": ("event",),
        "product_id": ("itemid",),
        "order_id": ("transactionid",),
    },
    signature=("timestamp", "visitor_id", "event_type", "product_id"),
    event_types={word: kind.value for word, kind in WORDS.items()},
    told_types=frozenset(WORDS.values()),
    values={"event_type": frozenset(WORDS)},
    notes=("Retailrocket's data has no prices, so revenue is unknown.",),
)
