"""YOOCHOOSE (RecSys Challenge 2015): clicks and buys of sessions in two files without headers.

Layout: the challenge's readme: clicks are Session ID, Timestamp, Item ID, Category; buys are Session ID,
Timestamp, Item ID, Price, Quantity. Both files are read together as one export. A price of 0 means that it is
not known. Clicks are on items: product views.
"""

from __future__ import annotations

from core.ingest.base.model import EVERY_ROW
from core.ingest.files.head import Head
from core.ingest.formats.base import Format, Header, Match
from core.schema.events import EventType

_SHARED = {
    "Session ID": r"\d+",
    "Timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
    "Item ID": r"\d+",
}
CLICKS = Header(
    names=("Session ID", "Timestamp", "Item ID", "Category"),
    patterns={**_SHARED, "Category": r"S|\d+"},
)
BUYS = Header(
    names=("Session ID", "Timestamp", "Item ID", "Price", "Quantity"),
    patterns={**_SHARED, "Price": r"\d+(\.\d+)?", "Quantity": r"\d+"},
)


def _find(head: Head) -> Match | None:
    for header, kind in ((CLICKS, EventType.PRODUCT_VIEW), (BUYS, EventType.PURCHASE)):
        if head.names == header.names:
            reason = (
                f"Its {len(header.names)} columns hold what YOOCHOOSE's {header.names[-1]} and others do."
            )
            return Match(
                score=0.9, reasons=(reason,), columns=FORMAT.match_columns(head),
                event_types={EVERY_ROW: kind.value},
            )  # fmt: skip
    return None


FORMAT = Format(
    key="yoochoose",
    title="YOOCHOOSE clicks and buys",
    kind="events",
    columns={
        "session_id": ("Session ID",),
        "timestamp": ("Timestamp",),
        "product_id": ("Item ID",),
        "category": ("Category",),
        "price": ("Price",),
        "quantity": ("Quantity",),
    },
    headers=(CLICKS, BUYS),
    recogniser=_find,
)
