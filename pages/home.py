"""Home: what this is, the latest exports, the model in use, and what to do next."""

from __future__ import annotations

import dash
from dash import Input, Output, callback
from dash.development.base_component import Component

from components.home.page import CLOCK, LATEST, home_page, is_busy, latest_exports
from core.base.errors import CoreError
from core.services.overview import Entry, latest, model_in_use

dash.register_page(__name__, path="/", name="Home", title="Smart Customer Session Predictor", order=0)


def layout(**_query: str) -> Component:
    """Return the page as things stand now."""
    return home_page(entries=_latest(), model=model_in_use())


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


def _latest() -> tuple[Entry, ...] | CoreError:
    try:
        return latest()
    except CoreError as error:
        return error
