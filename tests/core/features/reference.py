"""The session row once more, in plain Python, a session at a time: slow, and easy to check by eye."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from core.schema.events import EVENT_SCHEMA
from core.schema.sessions import SESSION_SCHEMA
from core.schema.vocabulary import COLOUR_GROUP_OF, EU_MEMBERS

COUNTS = {
    "clicks": {"click", "product_view"},
    "page_views": {"page_view", "list_view"},
    "product_views": {"product_view"},
    "searches": {"search"},
    "cart_adds": {"cart_add"},
    "cart_removes": {"cart_remove"},
    "checkouts": {"checkout"},
}
TIES = (
    "timestamp date order event_type product_id category colour price quantity revenue "
    "visitor_id country device channel is_returning"
).split()

WHO = ("visitor_id", "country", "device", "channel")

Event = dict[str, Any]


def blank(**known: Any) -> Event:
    """Return an event with every column, null unless given."""
    return dict.fromkeys(EVENT_SCHEMA.names) | known


def reference_rows(events: list[Event], *, first_events: int | None = None) -> list[dict[str, Any]]:
    """Return the session rows of a complete event log that has a session key."""
    sessions: dict[str, list[Event]] = {}
    for event in events:
        if event["session_id"] is not None:
            sessions.setdefault(event["session_id"], []).append(event)
    rows = [session_row(name, own, first_events) for name, own in sessions.items()]
    return sorted(rows, key=lambda row: (row["started_at"] is None, row["started_at"], row["session_id"]))


def position(event: Event) -> tuple[Any, ...]:
    """Return a key that sorts events, unknown values last."""
    return tuple((event[name] is None, event[name]) for name in TIES)


def session_row(name: str, events: list[Event], first_events: int | None) -> dict[str, Any]:
    """Return one session's row."""
    bought = [event for event in events if event["event_type"] == "purchase"]
    before = sorted((e for e in events if not bought or is_before(e, bought)), key=position)
    before = before[:first_events]
    row: dict[str, Any] = dict.fromkeys(SESSION_SCHEMA.names)
    row |= {"session_id": name, "n_events": len(before), "purchased": bool(bought)}
    for column, kinds in COUNTS.items():
        row[column] = sum(event["event_type"] in kinds for event in before)
    row |= particulars(before)
    if row["visitor_id"] is None:
        row["visitor_id"] = min((e["visitor_id"] for e in bought if e["visitor_id"]), default=None)
    flags = [event["is_returning"] for event in before if event["is_returning"] is not None]
    row["is_returning"] = any(flags) if flags else None
    row |= times(before, bought) | products(before)
    row["country_group"] = group(row["country"])
    paid = [amount for event in bought if (amount := price_paid(event)) is not None]
    row["revenue"] = 0.0 if not bought else sum(paid) if paid else None
    return row


def particulars(before: list[Event]) -> dict[str, Any]:
    """Return the first told value of each particular.

    Events that agree in all of them count as one, as early as their earliest time, day and order.
    """
    moments: dict[tuple[Any, ...], list[Any]] = {}
    for event in before:
        who = tuple(event[column] for column in WHO)
        earliest = moments.setdefault(who, [(True, None)] * 3)
        for i, column in enumerate(("timestamp", "date", "order")):
            earliest[i] = min(earliest[i], (event[column] is None, event[column]))
    row = {}
    for i, column in enumerate(WHO):
        told = [(moment, who[i]) for who, moment in moments.items() if who[i] is not None]
        row[column] = min(told)[1] if told else None
    return row


def is_before(event: Event, bought: list[Event]) -> bool:
    """Tell whether an event is strictly before the first purchase."""
    for column in ("timestamp", "order", "date"):
        moments = [purchase[column] for purchase in bought]
        if event[column] is not None and None not in moments:
            return bool(event[column] < min(moments))
    return False


def times(before: list[Event], bought: list[Event]) -> dict[str, Any]:
    stamps = [e["timestamp"] for e in before if e["timestamp"] is not None]
    days = [e["date"] for e in before if e["date"] is not None]
    row: dict[str, Any] = {}
    if stamps:
        row["duration_seconds"] = (max(stamps) - min(stamps)) / timedelta(seconds=1)
        row["mean_gap_seconds"] = row["duration_seconds"] / (len(stamps) - 1) if len(stamps) > 1 else None
    later = [e["timestamp"] for e in bought]
    first: datetime | None = min(stamps, default=None)
    if first is None and later and None not in later:
        first = min(later)
    row["hour"] = first.hour if first else None
    if first is None:
        day: date | None = min(days, default=None)
        other = [e["date"] for e in bought]
        if day is None and other and None not in other:
            day = min(other)
        first = datetime(day.year, day.month, day.day) if day else None
    if first:
        row |= {"started_at": first, "day_of_week": first.isoweekday(), "is_weekday": first.isoweekday() <= 5}
    return row


def products(before: list[Event]) -> dict[str, Any]:
    prices = [e["price"] for e in before if e["price"] is not None]
    changes = [e for e in before if e["event_type"] in {"cart_add", "cart_remove"}]
    signed = [
        (1 if e["event_type"] == "cart_add" else -1) * value
        for e in changes
        if (value := worth(e)) is not None
    ]
    hues = [COLOUR_GROUP_OF.get(e["colour"].lower()) for e in before if e["colour"] is not None]
    return {
        "unique_products": len({e["product_id"] for e in before} - {None}),
        "unique_categories": len({e["category"] for e in before} - {None}),
        "price_mean": sum(prices) / len(prices) if prices else None,
        "price_max": max(prices, default=None),
        "cart_value": max(0.0, sum(signed)) if signed else None if changes else 0.0,
        "dominant_category": dominant([e["category"] for e in before]),
        "dominant_colour_group": dominant(hues),
    }


def worth(event: Event) -> float | None:
    if event["price"] is None:
        return None
    return float(event["price"] * (1 if event["quantity"] is None else event["quantity"]))


def price_paid(event: Event) -> float | None:
    return worth(event) if event["revenue"] is None else event["revenue"]


def dominant(values: list[str | None]) -> str | None:
    counts = Counter(value for value in values if value is not None)
    return min(counts, key=lambda value: (-counts[value], value.encode()), default=None)


def group(country: str | None) -> str:
    if country is None:
        return "Unknown"
    return "Germany" if country == "DE" else "EU" if country in EU_MEMBERS else "Non-EU"
