"""Home: the shop over time, what changed and needs a look, the latest exports, and what to do next."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.home.dashboard import FROM, SHOWN, TO
from components.home.page import CLOCK, LATEST, home_page, is_busy, latest_exports
from core.base.errors import CoreError
from core.services.dashboard import Choice, Dashboard, dashboard
from core.services.overview import Entry, latest, model_in_use

#: Dash's own: the address.
LOCATION = "_pages_location"

dash.register_page(__name__, path="/", name="Home", title="Smart Customer Session Predictor", order=0)


def layout(**query: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the page as things stand now."""
    return home_page(entries=_latest(), model=model_in_use(), told=_told(Choice.from_query(query)))


@callback(
    Output(LATEST, "children"),
    Output(CLOCK, "disabled"),
    Input(CLOCK, "n_intervals"),
    prevent_initial_call=True,
)
def refresh(_ticks: int) -> tuple[Component, bool]:
    """Show how far the exports are, until all have arrived."""
    entries = _latest()
    return latest_exports(entries=entries), not is_busy(entries)


@callback(
    Output(LOCATION, "href", allow_duplicate=True),
    Input(FROM, "value"),
    Input(TO, "value"),
    State(SHOWN, "data"),
    prevent_initial_call=True,
)
def choose_days(first: str | None, last: str | None, shown: list[str]) -> str:
    """Show the days that were chosen."""
    if not first or not last or first > last or [first, last] == shown:
        raise PreventUpdate
    return f"/?from={first}&to={last}"


def _latest() -> tuple[Entry, ...] | CoreError:
    try:
        return latest()
    except CoreError as error:
        return error


def _told(choice: Choice) -> Dashboard | CoreError | None:
    try:
        return dashboard(choice)
    except CoreError as error:
        return error
