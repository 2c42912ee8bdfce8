"""A control under its name."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component


def control(label: str, control: Component, *, wide: bool = False, inline: bool = False) -> Component:
    """Return a control under its name, or ``inline`` beside it; ``wide`` takes two of the columns."""
    # The name is said outright: an id of several parts can't be the target of a label.
    return html.Div(
        [html.Span(label, className="smaller fw-medium text-body-tertiary text-nowrap"), control],
        className=f"{'hstack gap-2' if inline else 'vstack gap-1'}{' control-wide' if wide else ''}",
        role="group",
        **{"aria-label": label},
    )
