"""What happens when a callback fails: a banner in words, a page in place of one that can't be made."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import ctx, html, set_props
from dash.development.base_component import Component

from components.base.layout import error_panel, page
from core.api.base.errors import as_dict

#: Where the banner appears: on top of whatever page is open.
ERRORS = "app-errors"
#: Dash's own container of the page in view.
PAGE = "_pages_content"


def error_area() -> Component:
    """Return the place for banners; ``app.py`` puts it into the layout once."""
    return html.Div(id=ERRORS, className="app-errors", role="alert")


def on_error(error: Exception) -> list[object] | None:
    """Show a failed callback's error.

    A ``CoreError`` is told as it is: its texts are made for users. Anything else goes to the log, and
    the user gets a reference to it.
    """
    told = as_dict(error, "a callback")
    outputs = ctx.outputs_list if isinstance(ctx.outputs_list, list) else [ctx.outputs_list]
    if [output["id"] for output in outputs if isinstance(output, dict)][:1] == [PAGE]:
        return [error_page(told), {"title": told["message"]}]
    set_props(ERRORS, {"children": error_banner(told)})
    return None


def error_page(error: dict[str, str | None]) -> Component:
    """Return what stands in place of a page that can't be shown."""
    title = "One moment" if error.get("waits_for") else "This page couldn't be shown"
    return page(error_panel(error=error), title=title)


def error_banner(error: dict[str, str | None]) -> Component:
    """Return a banner that can be closed."""
    if error.get("waits_for"):
        return error_panel(error)
    where = f"{error['where']}: " if error["where"] else ""
    return dbc.Alert(
        [html.Strong(f"{where}{error['message']}"), html.Span(f" {error['remedy'] or ''}")],
        color="danger",
        dismissable=True,
        class_name="app-error",
    )
