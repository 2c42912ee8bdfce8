"""UCI Online Shoppers Purchasing Intention: one row a session, no id, no amounts; Revenue says who bought."""

from __future__ import annotations

from core.ingest.formats.base import Format
from core.schema.events import EventType

_DURATIONS = ("Administrative_Duration", "Informational_Duration", "ProductRelated_Duration")

FORMAT = Format(
    key="online_shoppers",
    title="UCI Online Shoppers Purchasing Intention",
    kind="sessions",
    columns={
        "product_views": ("ProductRelated",),
        "is_returning": ("VisitorType",),
        "purchased": ("Revenue",),
    },
    signature=("product_views", "is_returning", "purchased"),
    also=("BounceRates", "ExitRates", "PageValues", "SpecialDay", "Month", "Weekend"),
    derived={
        "page_views": "try_cast({Administrative} AS BIGINT) + try_cast({Informational} AS BIGINT)",
        "duration_seconds": " + ".join(f"try_cast({{{name}}} AS DOUBLE)" for name in _DURATIONS),
        "is_weekday": "NOT try_cast({Weekend} AS BOOLEAN)",
    },
    kept=("Administrative", "Informational", *_DURATIONS),
    told_types=frozenset({EventType.PURCHASE, EventType.PAGE_VIEW, EventType.PRODUCT_VIEW}),
    notes=(
        "It has no session ids, so sessions are named by row number.",
        "Its Revenue column shows who bought but not for how much, so revenue is unknown.",
    ),
)
