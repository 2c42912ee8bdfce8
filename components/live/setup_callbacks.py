"""What the Live page is set up with: keys made and revoked, the quarantine cleared, datasets grown."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from dash import ALL, Input, Output, State, callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import error_panel
from components.live.page import DATASETS, QUARANTINE
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
    datasets_card,
    key_list,
    made_key,
    quarantine_card,
    snippets,
)
from core.base.errors import CoreError
from core.base.settings import get_settings
from core.live import keys as live_keys
from core.live import quarantine
from core.live.closing import grow, growing

#: Dash's own: the address of the page in view.
LOCATION = "_pages_location"


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
    return made_key(key=key, secret=secret, url=own_address(href)), key_list(keys=live_keys.keys(settings))


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
    return snippets(own_address(href), secret, is_new=True), listed


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


def own_address(href: str | None) -> str:
    """Return this server's address, as the browser calls it where that is known."""
    if href:
        parts = urlsplit(href)
        return f"{parts.scheme}://{parts.netloc}"
    settings = get_settings()
    return f"http://{settings.host}:{settings.port}"
