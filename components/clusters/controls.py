"""The controls of the clusters page's views: lists of which one is chosen, each with its label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

#: Id of a control; its ``name`` is the field of the choice.
CONTROL = "clusters-control"
#: What a list holds where nothing of it is chosen; an empty one would show nothing.
NONE = "all"


def control_id(name: str) -> dict[str, Any]:
    """Return the id of a control."""
    return {"type": CONTROL, "name": name}


def chooser(*, name: str, label: str, options: Mapping[Any, str], value: object) -> Component:
    """Return a list to choose one from, with its label."""
    # The name is said outright: an id of several parts can't be the target of a label.
    return html.Div(
        [
            html.Span(label, className="small text-body-tertiary text-nowrap"),
            dbc.Select(
                id=control_id(name),
                options=[{"label": text, "value": str(key)} for key, text in options.items()],
                value=NONE if value is None else str(value),
                size="sm",
            ),
        ],
        className="clusters-picker hstack gap-2",
        role="group",
        **{"aria-label": label},
    )


def bar(controls: Sequence[Component]) -> Component:
    """Return the controls of a view side by side."""
    return html.Div(list(controls), className="clusters-controls hstack flex-wrap gap-3")


def key(names: Mapping[int, str], dots: Sequence[Component]) -> Component:
    """Return which colour is which cluster."""
    entries = [
        html.Span([mark, name], className="session-map-entry")
        for name, mark in zip(names.values(), dots, strict=True)
    ]
    return html.Div(entries, className="session-map-key")
