"""What stands where no page is."""

from __future__ import annotations

import dash
from dash.development.base_component import Component

from components.home.page import not_found

dash.register_page(__name__, title="Page not found · Smart Customer Session Predictor", nav=False)


def layout(**_query: str) -> Component:
    """Return the page for an address that leads nowhere."""
    return not_found()
