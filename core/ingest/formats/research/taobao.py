"""Taobao UserBehavior: what visitors viewed, put into the cart, marked and bought, without prices.

Layout: the published data set, which has no header: user, item, category, behaviour, seconds since 1970.
"""

from __future__ import annotations

from core.ingest.formats.base import Format, Header
from core.schema.events import EventType

WORDS = {
    "pv": EventType.PRODUCT_VIEW,
    "cart": EventType.CART_ADD,
    "fav": EventType.OTHER,
    "buy": EventType.PURCHASE,
}

FORMAT = Format(
    key="taobao",
    title="Taobao UserBehavior",
    kind="events",
    columns={
        "visitor_id": ("user_id",),
        "timestamp": ("timestamp",),
        "event_type": ("behavior_type",),
        "product_id": ("item_id",),
        "category": ("category_id",),
    },
    signature=("visitor_id", "timestamp", "event_type", "product_id", "category"),
    event_types={word: kind.value for word, kind in WORDS.items()},
    told_types=frozenset(WORDS.values()),
    values={"event_type": frozenset(WORDS)},
    headers=(
        Header(
            names=("user_id", "item_id", "category_id", "behavior_type", "timestamp"),
            patterns={"behavior_type": "|".join(WORDS), "timestamp": r"1[45]\d{8}"},
        ),
    ),
    notes=("Taobao's data set has no prices.",),
)
