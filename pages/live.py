"""Live: who is in the shop now, refreshed while it is open; keys, quarantine and the demo shop."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import dash
from dash import ALL, Input, Output, State, callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import error_panel
from components.base.query import single
from components.live.now import one_visit, status, who_is_here
from components.live.page import (
    CHOSEN,
    CLOCK,
    DATASETS,
    DEMO,
    FIRST,
    NOW,
    PATH,
    PAUSE,
    QUARANTINE,
    SORT,
    STATUS,
    VISIT,
    live_page,
)
from components.live.setup import (
    AGAIN,
    EMPTY,
    GROW,
    KEY_KIND,
    KEY_LIST,
    KEY_NAME,
    KEY_ORIGIN,
    MADE,
    MAKE,
    REVOKE,
    datasets_card,
    first_event,
    key_list,
    made_key,
    quarantine_card,
)
from core.base.errors import CoreError
from core.base.settings import get_settings
from core.live import demo, quarantine
from core.live import keys as live_keys
from core.live.closing import grow, growing
from core.live.overview import journey, now

#: Dash's own: the address of the page in view.
LOCATION = "_pages_location"

dash.register_page(__name__, path=PATH, name="Live", title="Live", order=1.9)


def layout(session: str | list[str] | None = None, **_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the page as things stand now."""
    settings, chosen = get_settings(), single(session)
    return live_page(
        shop=now(settings),
        keys=live_keys.keys(settings),
        quarantine=quarantine.reasons(settings),
        sources=growing(settings),
        url=_url(None),
        visit=_visit(chosen),
        chosen=chosen,
        demo=demo.is_on(settings),
    )


@callback(
    Output(STATUS, "children"),
    Output(NOW, "children"),
    Output(VISIT, "children"),
    Output(QUARANTINE, "children"),
    Output(FIRST, "children"),
    Input(CLOCK, "n_intervals"),
    Input(SORT, "value"),
    State(CHOSEN, "data"),
    State(LOCATION, "href"),
    prevent_initial_call=True,
)
def refresh(_ticks: int, order: str, chosen: str | None, href: str | None) -> tuple[Any, ...]:
    """Show the shop as it is now; what is below only where it has changed."""
    settings = get_settings()
    shop = now(settings, order)
    waits = first_event(shop=shop, keys=live_keys.keys(settings), url=_url(href))
    return (
        status(shop=shop),
        who_is_here(shop=shop, chosen=chosen),
        _visit(chosen),
        quarantine_card(reasons=quarantine.reasons(settings)),
        # What stands there may just be being copied.
        no_update if waits is not None else None,
    )


@callback(Output(CLOCK, "disabled"), Input(PAUSE, "value"), prevent_initial_call=True)
def pause(paused: bool) -> bool:
    """Let the page stand still."""
    return paused


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
