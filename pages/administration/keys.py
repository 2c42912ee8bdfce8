"""API keys: make one, see it once, revoke it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import dash
from dash import ALL, Input, Output, State, callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.administration.keys import (
    EXPIRY,
    LIMIT,
    LIST,
    MADE,
    MAKE,
    NAME,
    PATH,
    REVOKE,
    SCOPES_CHOSEN,
    key_list,
    keys_page,
    made_key,
)
from components.base.layout import error_panel
from components.home.page import not_found
from core.base.errors import CoreError, NotFoundError
from core.base.identity import may
from core.keys import keys, make_key, revoke_key

#: Dash's own: the address of the page in view.
LOCATION = "_pages_location"

dash.register_page(__name__, path=PATH, name="API keys", title="API keys", nav=False)


def layout(**_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the page as things are now."""
    if not may("keys.write"):
        return not_found(title="Only for administrators", text="Your role doesn't include API keys.")
    return keys_page(keys=keys())


@callback(
    Output(MADE, "children"),
    Output(LIST, "children"),
    Output(NAME, "value"),
    Input(MAKE, "n_clicks"),
    State(NAME, "value"),
    State(SCOPES_CHOSEN, "value"),
    State(EXPIRY, "value"),
    State(LIMIT, "value"),
    State(LOCATION, "href"),
    running=[(Output(MAKE, "disabled"), True, False)],
    prevent_initial_call=True,
)
def make(
    clicks: int,
    name: str | None,
    scopes: list[str] | None,
    days: str,
    limit: float | None,
    href: str | None,
) -> tuple[Any, Any, Any]:
    """Make a key and show it, once."""
    if not clicks:
        raise PreventUpdate
    try:
        key, secret = make_key(name or "", scopes=scopes or (), days=int(days), rate=int(limit or 0))
    except CoreError as error:
        return error_panel(error.to_dict()), no_update, no_update
    parts = urlsplit(href or "")
    return made_key(key=key, secret=secret, url=f"{parts.scheme}://{parts.netloc}"), _listed(), ""


@callback(
    Output(LIST, "children", allow_duplicate=True),
    Input({"type": REVOKE, "key": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def revoke(_clicks: list[int]) -> Any:  # noqa: ANN401 - components
    """Let a key work no more."""
    # Buttons that have just come into the page count as pressed, too.
    if not ctx.triggered_id or not any(one["value"] for one in ctx.triggered):
        raise PreventUpdate
    try:
        revoke_key(ctx.triggered_id["key"])
    except NotFoundError:
        pass  # Somebody else was faster: the list shows it.
    except CoreError as error:
        return [error_panel(error.to_dict()), _listed()]
    return _listed()


def _listed() -> Component:
    return key_list(keys=keys())
