"""What stands in place of a map of sessions where there are too few to see anything on one."""

from __future__ import annotations

from dash.development.base_component import Component

from components.base.layout import card, empty_state
from core.base.written import agree, counted

FEWEST_DOTS = 10


def no_map(n: int) -> Component:
    """Return why there is no map of ``n`` sessions."""
    there = f"There {agree(n, 'is', 'are')} {counted(n, 'session')} to show"
    return card(
        empty_state(
            "Too few sessions for a map", f"{there}. From {FEWEST_DOTS} on, it shows which are alike."
        ),
        title="Map of sessions",
    )
