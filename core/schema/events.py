"""The canonical event: its types, its columns and their meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa


class EventType(StrEnum):
    """What a visitor did."""

    PAGE_VIEW = "page_view"
    SEARCH = "search"
    LIST_VIEW = "list_view"
    PRODUCT_VIEW = "product_view"
    CLICK = "click"
    CART_ADD = "cart_add"
    CART_REMOVE = "cart_remove"
    CART_VIEW = "cart_view"
    CHECKOUT = "checkout"
    PURCHASE = "purchase"
    OTHER = "other"


#: What an event of the shop's office does to an order: it calls it off, gives money back, or changes it,
#: maybe to one that is cancelled or refunded.
OFFICE_STATUSES = ("called_off", "given_back", "updated", "updated_cancelled", "updated_refunded")

#: Columns of canonical event Parquet, in order. Missing ones are null, never invented.
#: ``timestamp`` is UTC, microseconds. ``order`` ranks events within a session where there is no
#: time, or breaks ties. ``date`` is the day of events whose export tells the day but no time of
#: day: a midnight would invent an hour. ``country`` is an ISO 3166 alpha-2 code, ``colour`` a
#: lower-case English name, ``price`` one unit's price and ``revenue`` an order's total, both in
#: ``currency``. ``is_returning`` is set only where the export itself tells it. ``user_id`` is the id a
#: visitor signed in with, beside that of their browser. ``order_id`` says which order a purchase belongs
#: to, ``order_status`` is ``paid``, ``cancelled`` or ``refunded`` or, on events that the shop's office and no
#: visitor caused, one of ``OFFICE_STATUSES``. ``event_id`` is the same for every delivery of one event.
#: ``utc_offset`` is the shop's local time minus UTC, in minutes.
EVENT_SCHEMA = pa.schema(
    [
        ("session_id", pa.string()),
        ("visitor_id", pa.string()),
        ("timestamp", pa.timestamp("us")),
        ("date", pa.date32()),
        ("order", pa.int64()),
        ("event_type", pa.string()),
        ("product_id", pa.string()),
        ("category", pa.string()),
        ("colour", pa.string()),
        ("brand", pa.string()),
        ("price", pa.float64()),
        ("quantity", pa.float64()),
        ("revenue", pa.float64()),
        ("currency", pa.string()),
        ("country", pa.string()),
        ("page", pa.string()),
        ("device", pa.string()),
        ("channel", pa.string()),
        ("is_returning", pa.bool_()),
        ("user_id", pa.string()),
        ("order_id", pa.string()),
        ("order_status", pa.string()),
        ("event_id", pa.string()),
        ("user_agent", pa.string()),
        ("utc_offset", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an export can tell at all: what it can't is unknown in every session, not zero.

    ``columns`` are the canonical columns the export has; ``event_types`` the types its vocabulary
    can express. An export without searches says nothing of searches, one without purchases
    nothing of outcomes.
    """

    columns: frozenset[str]
    event_types: frozenset[str]

    @classmethod
    def everything(cls) -> Told:
        """Return what a complete canonical event log tells."""
        return cls(columns=frozenset(EVENT_SCHEMA.names), event_types=frozenset(EventType))

    @property
    def has_session_key(self) -> bool:
        """Whether the export says which events make a session."""
        return "session_id" in self.columns

    @property
    def has_outcomes(self) -> bool:
        """Whether the export says which sessions bought."""
        return EventType.PURCHASE in self.event_types

    def to_dict(self) -> dict[str, list[str]]:
        """Return plain JSON, sorted."""
        return {"columns": sorted(self.columns), "event_types": sorted(self.event_types)}

    @classmethod
    def from_dict(cls, told: Mapping[str, Iterable[str]]) -> Told:
        """Read what ``to_dict`` wrote."""
        return cls(columns=frozenset(told["columns"]), event_types=frozenset(told["event_types"]))
