"""Live: who is in the shop now, refreshed while it is open; keys, quarantine and the demo shop."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import dash
from dash import ALL, Input, Output, State, callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import error_panel, levelled
from components.base.query import single
from components.live.judged import judged_card
from components.live.now import one_visit, status, who_is_here
from components.live.page import (
    CHOSEN,
    CLOCK,
    DATASETS,
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
from components.live.setup import (
    AGAIN,
    EMPTY,
    FIRST_MADE,
    FIRST_MAKE,
    FIRST_NAME,
    GROW,
    KEY_KIND,
    KEY_LIST,
    KEY_NAME,
    KEY_ORIGIN,
    MADE,
    MAKE,
    REVOKE,
    WAITS,
    datasets_card,
    heard,
    key_list,
    made_key,
    quarantine_card,
    snippets,
)
from core.base.errors import CoreError
from core.base.identity import may
from core.base.settings import get_settings
from core.live import demo, quarantine
from core.live import keys as live_keys
from core.live.closing import grow, growing
from core.live.early import judged
from core.live.overview import SHOWN, Now, journey, now, shared_now
from core.live.scores import session_score

#: Dash's own: the address of the page in view.
LOCATION = "_pages_location"
#: Seconds between two looks at how early predictions turned out.
JUDGED_EVERY = 30.0

dash.register_page(__name__, path=PATH, name="Live", title="Live", order=1.9)


def layout(session: str | list[str] | None = None, **_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the page as things stand now."""
    settings, chosen = get_settings(), _allowed(single(session))
    return live_page(
        shop=now(settings),
        keys=live_keys.keys(settings),
        quarantine=quarantine.reasons(settings),
        sources=growing(settings),
        url=_url(None),
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
    Output(MADE, "children"),
    Output(KEY_LIST, "children"),
    Input(MAKE, "n_clicks"),
    State(KEY_NAME, "value"),
    State(KEY_KIND, "value"),
    State(KEY_ORIGIN, "value"),
    State(LOCATION, "href"),
    prevent_initial_call=True,
)
def make(clicks: int, name: str | None, kind: str, origin: str | None, href: str | None) -> tuple[Any, Any]:
    """Make a key and show it, once."""
    if not clicks:
        raise PreventUpdate
    settings = get_settings()
    try:
        key, secret = live_keys.make_key(
            settings,
            kind="secret" if kind == "secret" else "write",
            name=name or "",
            origins=(origin,) if origin and origin.strip() else (),
        )
    except CoreError as error:
        return error_panel(error.to_dict()), no_update
    return made_key(key=key, secret=secret, url=_url(href)), key_list(keys=live_keys.keys(settings))


@callback(
    Output(KEY_LIST, "children", allow_duplicate=True),
    Input({"type": REVOKE, "key": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def revoke(_clicks: list[int]) -> Component | None:
    """Let a key work no more."""
    # Buttons that have just come into the page count as pressed, too.
    if not ctx.triggered_id or not any(one["value"] for one in ctx.triggered):
        raise PreventUpdate
    live_keys.revoke(get_settings(), ctx.triggered_id["key"])
    return key_list(keys=live_keys.keys(get_settings()))


@callback(
    Output(FIRST_MADE, "children"),
    Output(KEY_LIST, "children", allow_duplicate=True),
    Input(FIRST_MAKE, "n_clicks"),
    State(LOCATION, "href"),
    prevent_initial_call=True,
)
def make_first(clicks: int | None, href: str | None) -> tuple[Any, Any]:
    """Make a write key and show what sends a first event with it."""
    if not clicks:
        raise PreventUpdate
    settings = get_settings()
    _, secret = live_keys.make_key(settings, kind="write", name=FIRST_NAME)
    listed = key_list(keys=live_keys.keys(settings))
    return snippets(_url(href), secret, is_new=True), listed


@callback(
    Output(QUARANTINE, "children", allow_duplicate=True),
    Input(AGAIN, "n_clicks"),
    Input(EMPTY, "n_clicks"),
    prevent_initial_call=True,
)
def clear(again: int | None, emptied: int | None) -> Component | None:
    """Take what is in the quarantine again, or throw it away."""
    if not (again or emptied):
        raise PreventUpdate
    settings = get_settings()
    if ctx.triggered_id == AGAIN:
        quarantine.play_back(settings)
    else:
        quarantine.empty(settings)
    return quarantine_card(reasons=quarantine.reasons(settings))


@callback(
    Output(DATASETS, "children"),
    Input({"type": GROW, "key": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def add(_clicks: list[int]) -> Any:  # noqa: ANN401 - components
    """Add the visits that are over to the dataset of a key, before the day is."""
    # Buttons that have just come into the page count as pressed, too.
    if not ctx.triggered_id or not any(one["value"] for one in ctx.triggered):
        raise PreventUpdate
    settings = get_settings()
    try:
        grow(settings, ctx.triggered_id["key"])
    except CoreError as error:
        return [error_panel(error.to_dict()), datasets_card(sources=growing(settings))]
    return datasets_card(sources=growing(settings))


@callback(Output(DEMO, "value"), Input(DEMO, "value"), prevent_initial_call=True)
def play(on: bool) -> bool:
    """Play the synthetic demo shop, or stop."""
    demo.switch(get_settings(), on=on)
    return on


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
    return one_visit(score=score, moments=moments, synthetic=chosen.startswith("demo-"))


def _url(href: str | None) -> str:
    """Return this server's address, as the browser calls it where that is known."""
    if href:
        parts = urlsplit(href)
        return f"{parts.scheme}://{parts.netloc}"
    settings = get_settings()
    return f"http://{settings.host}:{settings.port}"
