"""What a session was: its facts under their headings, and its events in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.base.format import NOTHING, date, duration, money, number, to_the_second
from components.base.help_mark import help_mark
from components.base.layout import card
from components.shared.labels import country_name
from components.shared.reasons import value_words
from core.schema.events import EventType
from core.schema.own_columns import meaning_of
from core.schema.sessions import FIELD, OUTCOMES, PREDICTION_SCHEMA

#: Events shown at the beginning and at the end of a long session.
FIRST, LAST = 120, 60

#: What a visitor did, in words.
DID: dict[str, str] = {
    EventType.PAGE_VIEW: "Viewed a page",
    EventType.SEARCH: "Searched",
    EventType.LIST_VIEW: "Viewed a list",
    EventType.PRODUCT_VIEW: "Viewed a product",
    EventType.CLICK: "Clicked",
    EventType.CART_ADD: "Added to the cart",
    EventType.CART_REMOVE: "Removed from the cart",
    EventType.CART_VIEW: "Viewed the cart",
    EventType.CHECKOUT: "Went to checkout",
    EventType.PURCHASE: "Bought",
    EventType.OTHER: "Something else",
}
#: Columns of an event that say more of it, in order.
DETAILS = ("product_id", "brand", "category", "colour")
OWN_GROUP = "Your own columns"


def facts_card(*, row: Mapping[str, Any], currency: str | None) -> Component:
    """Return what the session did, as the model read it, by groups; and what the export doesn't tell."""
    groups: dict[str, list[Component]] = {}
    missing = []
    for name, value in _told(row).items():
        if value is None:
            if name in FIELD and FIELD[name].feature:
                missing.append(FIELD[name].label.lower())
            continue
        group = FIELD[name].group if name in FIELD else OWN_GROUP
        groups.setdefault(group, []).append(_fact(name, value, currency))
    parts: list[Component] = [
        html.Div(
            [html.H3(group, className="mb-1 smaller text-body-tertiary"), html.Dl(facts)],
            className="session-facts pb-3",
        )
        for group, facts in groups.items()
    ]
    note = f"Missing for this session: {', '.join(missing)}." if missing else None
    return card(
        html.Div(parts, className="session-groups"),
        html.P(note, className="mt-2 mb-0 smaller text-body-tertiary") if note else None,
        title="What the session did",
        subtitle="Up to the first purchase, as the model sees it",
    )


def events_card(
    *, events: Sequence[Mapping[str, Any]], has_events: bool, training: bool, currency: str | None
) -> Component:
    """Return the session's events as a line of time; where there are none, why."""
    if not events:
        return card(html.P(_none(has_events=has_events, training=training)), title="Events")
    start = events[0].get("timestamp")
    bought = next(
        (place for place, event in enumerate(events) if event["event_type"] == EventType.PURCHASE),
        len(events),
    )
    items: list[Component] = []
    for place, event in enumerate(events):
        if FIRST <= place < len(events) - LAST:
            if place == FIRST:
                items.append(
                    html.Li(
                        f"… {number(len(events) - FIRST - LAST)} events more …",
                        className="session-gap text-body-tertiary",
                    )
                )
            continue
        items.append(_event(event, start, currency, unseen=place >= bought))
    after = (
        html.P(
            "Greyed out: the purchase and everything after it. The model never sees these.",
            className="mt-2 mb-0 smaller text-body-tertiary",
        )
        if bought < len(events)
        else None
    )
    return card(
        html.Ol(
            items,
            className="session-events overflow-y-auto list-unstyled",
            tabIndex=0,
            **{"aria-label": "Events"},
        ),
        after,
        title="Events",
        subtitle=f"{_many(len(events))}{_when(events)}",
    )


def _many(n: int) -> str:
    return "1 event" if n == 1 else f"{number(n)} events"


def _when(events: Sequence[Mapping[str, Any]]) -> str:
    start, day = events[0].get("timestamp"), events[0].get("date")
    if start is not None:
        return f", from {to_the_second(start)}"
    return f", {date(day)}, in the order of the export" if day is not None else ", in the order of the export"


def _none(*, has_events: bool, training: bool) -> str:
    if training:
        return "The model's test sessions are kept as a whole, without single events."
    if has_events:
        return "This session is no longer among the export's events."
    return "This export has one row per session, without single events."


def _event(
    event: Mapping[str, Any], start: datetime | None, currency: str | None, *, unseen: bool
) -> Component:
    moment = event.get("timestamp")
    elapsed = "" if moment is None or start is None else _elapsed((moment - start).total_seconds())
    kind = str(event["event_type"])
    details = [str(event[name]) for name in DETAILS if event.get(name) is not None]
    if event.get("page") is not None and event.get("product_id") is None:
        details.append(str(event["page"]))
    if event.get("price") is not None:
        quantity = event.get("quantity")
        many = f"{number(quantity)} × " if quantity not in (None, 1) else ""
        details.append(f"{many}{money(event['price'], event.get('currency') or currency)}")
    if kind == EventType.PURCHASE and event.get("revenue") is not None:
        details.append(f"paid {money(event['revenue'], event.get('currency') or currency)}")
    looks = f"session-event session-event-{kind.replace('_', '-')}"
    return html.Li(
        [
            html.Span(elapsed, className="session-when num text-body-tertiary text-end text-nowrap"),
            html.Span(
                [
                    html.Span(DID.get(kind, kind), className="fw-medium"),
                    html.Span(" · ".join(details), className="ms-2 text-body-tertiary text-break"),
                ]
            ),
        ],
        className=f"{looks} session-unseen" if unseen else looks,
    )


def _elapsed(seconds: float) -> str:
    return "start" if seconds < 1 else f"+{duration(seconds)}"


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the row says of the session itself, its own columns last."""
    left_out = {*PREDICTION_SCHEMA.names, *OUTCOMES, "session_id"}
    known = {name: row[name] for name in FIELD if name in row and name not in left_out}
    return known | {name: value for name, value in row.items() if name not in FIELD and name not in left_out}


def _fact(name: str, value: object, currency: str | None) -> Component:
    label: Component | str = FIELD[name].label if name in FIELD else name
    if name not in FIELD and (meaning := meaning_of(name)):
        label = html.Span([html.Span(name), help_mark(name, meaning)], className="hstack gap-1")
    return html.Div([html.Dt(label), html.Dd(_written(name, value, currency))])


def _written(name: str, value: object, currency: str | None) -> str:
    if isinstance(value, datetime):
        return to_the_second(value)
    if name == "country":
        return country_name(str(value))
    return value_words(name, value, currency) or NOTHING
