"""Coveo's data set of the SIGIR 2021 challenge: browsing events of hashed sessions.

Layout: "SIGIR eCOM 2021 Data Challenge", ``browsing_train.csv`` (``session_id_hash``, ``event_type``
pageview or event_product, ``product_action`` detail, add, remove, purchase, click, ``product_sku_hash``,
``server_timestamp_epoch_ms``, ``hashed_url``). Prices are in buckets, so revenue stays unknown.
"""

from __future__ import annotations

from core.ingest.formats.base import Format
from core.schema.events import EventType

_ACTIONS = {
    "detail": EventType.PRODUCT_VIEW,
    "add": EventType.CART_ADD,
    "remove": EventType.CART_REMOVE,
    "purchase": EventType.PURCHASE,
    "click": EventType.CLICK,
}
_CASES = " ".join(f"WHEN '{word}' THEN '{kind.value}'" for word, kind in _ACTIONS.items())

FORMAT = Format(
    key="coveo",
    title="Coveo browsing events",
    kind="events",
    columns={
        "session_id": ("session_id_hash",),
        "timestamp": ("server_timestamp_epoch_ms",),
        "product_id": ("product_sku_hash",),
        "page": ("hashed_url",),
    },
    signature=("session_id", "timestamp", "product_id"),
    derived={
        "event_type": f"CASE {{product_action}} {_CASES} "
        "ELSE CASE WHEN {event_type} = 'pageview' THEN 'page_view' ELSE 'other' END END"
    },
    told_types=frozenset({EventType.PAGE_VIEW, *_ACTIONS.values()}),
    notes=("Coveo's data has prices in buckets only, so revenue is unknown.",),
)
