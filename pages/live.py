"""Live: who is in the shop now, refreshed while it is open; and the demo shop.

What it is set up with below, keys and the quarantine, is in ``components.live.setup_callbacks``.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import dash
from dash import Input, Output, State, callback, ctx, no_update
from dash.development.base_component import Component

from components.base.layout import levelled
from components.base.query import single
from components.live.judged import judged_card
from components.live.now import status, who_is_here
from components.live.page import (
    CHOSEN,
    CLOCK,
    DEMO,
    FIRST,
    JUDGED,
    JUDGED_AT,
    KIND,
    KINDS,
    NEXT,
    NOW,
    PAGE,
    PATH,
    PREVIOUS,
    QUARANTINE,
    SEEN,
    SORT,
    STATUS,
    VISIT,
    ends,
    live_page,
)
from components.live.setup import WAITS, heard, quarantine_card
from components.live.setup_callbacks import own_address
from components.live.visit import one_visit
from core.base.identity import may
from core.base.settings import get_settings
from core.live import demo, quarantine
from core.live import keys as live_keys
from core.live.closing import growing
from core.live.early import judged
from core.live.overview import SHOWN, Now, journey, now, shared_now
from core.live.scores import session_score

#: Seconds between two looks at how early predictions turned out.
JUDGED_EVERY = 30.0

dash.register_page(__name__, path=PATH, name="Live", title="Live", order=1.9)


def layout(session: str | list[str] | None = None, **_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the page as things stand now."""
    settings, chosen = get_settings(), _allowed(single(session))
    # Below a visit of the demo shop are the others of the demo shop.
    kind = "demo" if chosen and _is_synthetic(session_score(settings, chosen)) else "auto"
    return live_page(
        shop=now(settings, synthetic=KINDS[kind][1]),
        kind=kind,
        keys=live_keys.keys(settings),
        quarantine=quarantine.reasons(settings),
        sources=growing(settings),
        url=own_address(None),
        visit=_visit(chosen),
        chosen=chosen,
        demo=demo.is_on(settings),
        turned_out=judged(settings),
    )


@callback(
    Output(STATUS, "children"),
    Output(NOW, "children"),
    Output(VISIT, "children"),
    Output(QUARANTINE, "children"),
    Output(FIRST, "children"),
    Output(JUDGED, "children"),
    Output(SEEN, "data"),
    Output(JUDGED_AT, "data"),
    Output(PREVIOUS, "disabled"),
    Output(NEXT, "disabled"),
    Input(CLOCK, "data"),
    Input(SORT, "value"),
    Input(KIND, "value"),
    Input(PAGE, "data"),
    State(CHOSEN, "data"),
    State(SEEN, "data"),
    State(JUDGED_AT, "data"),
    State(WAITS, "data"),
    prevent_initial_call=True,
)
def refresh(
    asked: float | None, order: str, kind: str, place: int,
    chosen: str | None, seen: str | None, judged_at: float, waits: bool,
) -> tuple[Any, ...]:  # fmt: skip
    """Show the shop as it is now; the page's script asks, once the server has told it of something new."""
    settings, chosen = get_settings(), _allowed(chosen)
    shop = _shop(order, kind, place)
    scored = session_score(settings, chosen).get("scored_at") if chosen else None
    here, visit, refused = levelled(
        [
            who_is_here(shop=shop, chosen=chosen, asked=asked or 0),
            # A chart that is drawn anew each second is never there.
            no_update if scored == seen else _visit(chosen),
            quarantine_card(reasons=quarantine.reasons(settings)),
        ]
    )
    # Until the first event is there, what stands there may just be being copied.
    first = heard(shop=shop) or no_update if waits else no_update
    # Visits end by the minute, and their figures take longer than the rest.
    is_due = time.time() - judged_at > JUDGED_EVERY
    turned_out = (judged_card(rows=judged(settings)), time.time()) if is_due else (no_update, no_update)
    return (
        status(shop=shop),
        here,
        visit,
        refused,
        first,
        turned_out[0],
        scored,
        turned_out[1],
        *ends(shop=shop),
    )


@callback(
    Output(PAGE, "data"),
    Input(PREVIOUS, "n_clicks"),
    Input(NEXT, "n_clicks"),
    Input(SORT, "value"),
    Input(KIND, "value"),
    State(PAGE, "data"),
    prevent_initial_call=True,
)
def turn(_before: int | None, _after: int | None, order: str, kind: str, place: int) -> int:
    """Turn to another page of the list; one that is ordered anew, or is another, begins at its beginning."""
    # The list may have become shorter than it was when its page was turned last.
    shown = _shop(order, kind, place).n_before // SHOWN
    return {PREVIOUS: max(0, shown - 1), NEXT: shown + 1}.get(ctx.triggered_id or "", 0)


@callback(
    Output(DEMO, "value"), Output(KIND, "value"), Input(DEMO, "value"), State(KIND, "value"),
    prevent_initial_call=True,
)  # fmt: skip
def play(on: bool, kind: str) -> tuple[bool, str]:
    """Play the synthetic demo shop and show it, or stop."""
    demo.switch(get_settings(), on=on)
    return on, "demo" if on else kind


def _shop(order: str, kind: str | None, place: int | None) -> Now:
    synthetic = KINDS.get(kind or "auto", KINDS["auto"])[1]
    return shared_now(get_settings(), order, synthetic=synthetic, page=place or 0)


def _allowed(chosen: str | None) -> str | None:
    """Return the visit that is asked for, of whoever may see ids."""
    return chosen if may("ids.read") else None


def _visit(chosen: str | None) -> Component | None:
    if chosen is None:
        return None
    score, moments = journey(get_settings(), chosen)
    return one_visit(score=score, moments=moments, synthetic=_is_synthetic(score))


def _is_synthetic(score: Mapping[str, Any]) -> bool:
    return any(key.synthetic and key.id == score.get("source") for key in live_keys.keys(get_settings()))
