"""Who is in the shop now, in figures and as a list."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from components.base.format import NOTHING, estimate, money, number, percent
from components.base.layout import (
    badge,
    card,
    empty_state,
    kpi,
    kpi_row,
    simple_table,
    synthetic_badge,
)
from components.live.made_up import made_up_model
from components.shared.session_link import session_link
from core.base.identity import may
from core.base.written import agree, counted
from core.live.overview import Now, Running

STEPS = {
    "bought": "Bought",
    "checkout": "In checkout",
    "cart": "Cart filled",
    "product": "Looking at products",
    "browsing": "Browsing",
}
REACHED = {
    "browsing": "The shop",
    "product": "A product",
    "cart": "The cart",
    "checkout": "Checkout",
    "bought": "A purchase",
}
#: The list of visits.
LIST = "live-list"
#: Waiting events from which on the page says so.
MANY_WAITING = 5_000
#: In seconds.
MINUTE, HOUR, DAY = 60, 3_600, 86_400


def status(*, shop: Now) -> Component:
    """Say when the last event came, and how many come."""
    if shop.heard_at is None:
        return badge("Nothing received yet", "neutral")
    silent = shop.per_second == 0
    late = f" · {number(shop.waiting)} waiting" if shop.waiting > MANY_WAITING else ""
    words = ["Last event ", since(shop.heard_at), f" · {number(shop.per_second, 1)} events/s{late}"]
    return badge(words, "warning" if late else "neutral" if silent else "success")


def since(micros: int) -> Component:
    """Say how long ago something was; the page's script counts on."""
    return html.Span(_ago(micros), className="live-since", **{"data-since": f"{micros / 1e6:.3f}"})


def who_is_here(*, shop: Now, chosen: str | None = None, asked: float = 0) -> Component:
    """Return the figures of now and the list of visits; ``asked`` tells the script what this answers."""
    return html.Div(_who_is_here(shop, chosen), className="vstack gap-3", **{"data-shown": f"{asked:.0f}"})


def _who_is_here(shop: Now, chosen: str | None) -> list[Component]:
    if not shop.n_running:
        return [_nobody(shop)]
    parts = [
        kpi("Visitors now", number(shop.n_running)),
        kpi("Likely buyers", number(shop.likely), "who haven't bought yet"),
        kpi("Carts filled", number(shop.steps.get("cart", 0) + shop.steps.get("checkout", 0))),
        kpi("Bought", number(shop.steps.get("bought", 0)), "in visits still open"),
        kpi(
            "Expected revenue",
            estimate(shop.expected, shop.currency),
            "The model predicts no amounts" if shop.expected is None else "of visits without a purchase yet",
        ),
        kpi("Events a second", number(shop.per_second, 1), _delay(shop)),
    ]
    warned = [made_up_model()] if shop.is_made_up else []
    return [*warned, *_whose(shop), kpi_row(*parts), _funnel(shop), _list(shop, chosen)]


def _nobody(shop: Now) -> Component:
    if shop.n_late:
        return empty_state("Nobody is in the shop right now", _late(shop))
    if shop.n_others:
        kind, other = ("synthetic", "real") if shop.is_synthetic else ("real", "synthetic")
        return empty_state(
            f"No {kind} visitor is in the shop right now",
            f"{number(shop.n_others)} {other} {_visits(shop.n_others)} open: choose them under “Visitors”.",
        )
    return empty_state(
        "Nobody is in the shop right now",
        "Visits appear here with their first event."
        + (" Play the synthetic demo shop to see how." if may("rules.write") else ""),
    )


def _whose(shop: Now) -> list[Component]:
    """Say whose visits are counted, where that could be mistaken."""
    others = f"{number(shop.n_others)} {{}} {_visits(shop.n_others)} not counted here."
    words: list[Any] = []
    if shop.is_synthetic:
        words = [synthetic_badge(), " These visits are made up: they are the demo shop's."]
        words += [f" {others.format('real')}"] if shop.n_others else []
    elif shop.n_others:
        words = [f"Real visitors only: {others.format('synthetic')}"]
    if shop.n_late:
        words += [" ", _late(shop)]
    return [html.P(words, className="small text-body-secondary mb-0")] if words else []


def _late(shop: Now) -> str:
    n, they = counted(shop.n_late, "visit"), agree(shop.n_late, "it", "they")
    return f"{n} came in late: by the times sent, {they} ended a while ago. Not counted here."


def _visits(n: int) -> str:
    return "visit is" if n == 1 else "visits are"


def _delay(shop: Now) -> str | None:
    """Say how long after an event its score is there, by the sender's clock where that can be right."""
    # The demo shop begins with visits that are under way: what happened in them did so before it was played.
    by_arrival = shop.is_synthetic or shop.since_event is None or shop.since_event < 0
    delay = shop.delay if by_arrival else shop.since_event
    what = "came" if by_arrival else "happened"
    return None if delay is None else f"scored {_seconds(delay)} after it {what} (median)"


def _seconds(value: float) -> str:
    if value < MINUTE:
        return f"{number(value, 1)} s"
    return f"{number(value / MINUTE, 0)} min" if value < 2 * HOUR else f"{number(value / HOUR, 0)} h"


def _funnel(shop: Now) -> Component:
    """Return how many visits have come to each step, and how many of those went on to the next."""
    rows: list[list[Any]] = []
    before = None
    for step, n in shop.reached.items():
        bar = html.Div(html.Div(style={"width": f"{100 * n / shop.n_running:.1f}%"}), className="live-bar")
        went_on = NOTHING if not before else percent(n / before, 0)
        rows.append([REACHED[step], bar, number(n), went_on, number(shop.steps.get(step, 0))])
        before = n
    columns = ["Reached", "", "Visits", "Of the step before", "There now"]
    table = simple_table(columns, rows, numeric=(2, 3, 4), caption="The funnel of open visits", stack=True)
    return html.Div(card(table, title="Funnel right now", flush=True), className="live-funnel")


def _list(shop: Now, chosen: str | None) -> Component:
    rows = [_row(visit, shop.currency, is_chosen=visit.session_id == chosen) for visit in shop.visits]
    table = simple_table(
        [
            "Visit",
            "Step",
            "Probability",
            "Expected revenue",
            "Cart",
            "Cluster so far",
            "Events",
            "Last event",
        ],
        rows,
        numeric=(2, 3, 4, 6),
        caption="Open visits",
        stack=True,
    )
    note: list[Any] = [synthetic_badge(), " "] if shop.is_synthetic else []
    if shop.n_running > len(rows):
        last = shop.n_before + len(rows)
        note.append(f"Visits {number(shop.n_before + 1)} to {number(last)} of {number(shop.n_running)}.")
    listed = card(table, title="In the shop now", subtitle=html.Span(note) if note else None, flush=True)
    # Turned by buttons below it: the page's script leads back to its beginning.
    return html.Div(listed, id=LIST)


def _row(visit: Running, currency: str, *, is_chosen: bool) -> list[Any]:
    link = session_link(
        visit.session_id,
        href=f"/live?session={quote(visit.session_id, safe='')}",
        className=f"live-name text-truncate d-inline-block align-bottom{' fw-bold' if is_chosen else ''}",
        title="Shown above" if is_chosen else None,
    )
    bought = visit.step == "bought"
    return [
        link,
        STEPS[visit.step],
        NOTHING if bought else percent(visit.probability),
        NOTHING if bought else estimate(visit.expected_revenue, currency),
        money(visit.value, currency),
        visit.cluster or NOTHING,
        number(visit.n_events),
        since(visit.last_at),
    ]


def _ago(micros: int) -> str:
    seconds = max(0, int(time.time() - micros / 1e6))
    if seconds < 120:
        return f"{seconds} s ago"
    if seconds < 2 * HOUR:
        return f"{seconds // MINUTE} min ago"
    return f"{seconds // HOUR} h ago" if seconds < 2 * DAY else f"{seconds // DAY} days ago"
