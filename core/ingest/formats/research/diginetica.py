"""Diginetica (CIKM Cup 2016): item views and purchases of sessions, separated by semicolons.

Layout: the cup's description: ``train-item-views.csv`` (``sessionId;userId;itemId;timeframe;eventdate``)
and ``train-purchases.csv`` (``sessionId;userId;timeframe;eventdate;ordernumber;itemId``). ``timeframe``
is milliseconds since the session began: an order, no time of day. ``userId`` is mostly NA.
"""

from __future__ import annotations

from core.ingest.base.model import EVERY_ROW
from core.ingest.files.head import Head
from core.ingest.formats.base import Format, Match
from core.schema.events import EventType


def _find(head: Head) -> Match | None:
    match = FORMAT.find_by_names(head)
    if match is None:
        return None
    kind = EventType.PURCHASE if "order_id" in match.columns else EventType.PRODUCT_VIEW
    return Match(
        score=match.score, reasons=match.reasons, columns=match.columns, event_types={EVERY_ROW: kind.value}
    )


FORMAT = Format(
    key="diginetica",
    title="Diginetica item views and purchases",
    kind="events",
    columns={
        "session_id": ("sessionId",),
        "user_id": ("userId",),
        "order": ("timeframe",),
        "date": ("eventdate",),
        "product_id": ("itemId",),
        "order_id": ("ordernumber",),
    },
    signature=("session_id", "order", "date", "product_id"),
    recogniser=_find,
    notes=("It has the day and the order of events, but no time of day and no price.",),
)
