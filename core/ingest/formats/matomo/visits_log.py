"""Matomo's visits log without actions: one row a visit, as the CSV of its Live API and of its visitor log.

Layout: ``Live.getLastVisitsDetails`` flattened. ``serverTimestamp`` is the moment of the *last* action,
as in Matomo's VisitorDetails: a visit began ``visitDuration`` seconds earlier, unless
``firstActionTimestamp`` says when. Revenue is that of orders; carts left behind are no purchases.
"""

from __future__ import annotations

from core.ingest.formats.base import Format
from core.schema.events import EventType

_BEGAN = "try_cast({serverTimestamp} AS BIGINT) - coalesce(try_cast({visitDuration} AS BIGINT), 0)"
_START = f"make_timestamp(({_BEGAN}) * 1000000)"
_BOUGHT = "({visitEcommerceStatus} IN ('ordered', 'orderedThenAbandonedCart'))"


FORMAT = Format(
    key="matomo_visits",
    title="Matomo visits log",
    kind="sessions",
    columns={
        "session_id": ("idVisit",),
        "visitor_id": ("visitorId",),
        "duration_seconds": ("visitDuration",),
        "n_events": ("actions",),
        "searches": ("searches",),
        "is_returning": ("visitorType",),
        "country": ("country", "countryCode"),
        "device": ("deviceType",),
        "channel": ("referrerTypeName", "referrerType"),
        "revenue": ("totalEcommerceRevenue",),
    },
    signature=("session_id", "visitor_id", "duration_seconds", "n_events"),
    derived={"started_at": _START, "purchased": _BOUGHT},
    told_types=frozenset({EventType.PURCHASE}),
    notes=("Start times are worked out from the last action and the length of the visit.",),
)
