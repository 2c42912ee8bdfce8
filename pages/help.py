"""Help: the tour and the glossary."""

from __future__ import annotations

import dash
from dash.development.base_component import Component

from components.base.glossary import PATH
from components.help.page import help_page

dash.register_page(__name__, path=PATH, name="Help", title="Help", nav=False)


def layout(**_query: str) -> Component:
    """Return the page; the part of the address behind "#" is the browser's affair."""
    return help_page()
