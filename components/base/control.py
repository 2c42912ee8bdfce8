"""A control under its name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html, no_update
from dash.development.base_component import Component

#: Milliseconds without a key press after which what was typed is sent.
TYPING_PAUSE = 300


def typed(*, class_name: str = "", **options: Any) -> dbc.Input:  # noqa: ANN401 - options are those of dbc.Input
    """Return a field that sends what was typed a moment after the last key.

    Left, or with Enter, it sends at once (``assets/js/typed.js``): a button beside it acts on what stands in
    it.
    """
    return dbc.Input(debounce=TYPING_PAUSE, class_name=f"typed {class_name}".strip(), **options)


def unless_same(shown: Any, there: Any) -> Any:  # noqa: ANN401 (a control's value)
    """Return a control's new value, unless it is the one that stands there."""
    shown, there = shown or "", there or ""
    return no_update if shown == there else shown


def choice(id: str | Mapping[str, Any], options: Mapping[str, str], value: Any) -> dbc.Select:  # noqa: ANN401
    """Return a small field to choose one value of, told by its label."""
    said = [{"label": label, "value": one} for one, label in options.items()]
    return dbc.Select(id=id, options=said, value=value, size="sm")


def dom_id(id: str | Mapping[str, Any]) -> str:
    """Write a component's id as the browser has it, for a label to point at."""
    if isinstance(id, str):
        return id
    return json.dumps(id, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def control(label: str, control: Component, *, wide: bool = False, inline: bool = False) -> Component:
    """Return a control under its name, or ``inline`` beside it; ``wide`` takes two of the columns.

    Several controls in one part have names of their own (``quietly_named``), and this one as their group.
    """
    id = getattr(control, "id", None)
    looks = "smaller fw-medium text-body-tertiary text-nowrap"
    name = html.Label(label, htmlFor=dom_id(id), className=looks) if id else html.Span(label, className=looks)
    return html.Div(
        [name, control],
        className=f"{'hstack gap-2' if inline else 'vstack gap-1'}{' control-wide' if wide else ''}",
        role="group",
        **{"aria-label": label},
    )


def quietly_named(label: str, control: Component) -> list[Component]:
    """Return a control and its name, which is read out and not seen: those around it say enough."""
    return [html.Label(label, htmlFor=dom_id(control.id), className="visually-hidden"), control]
