"""Icons: 16 px line drawings, tinted by the text around them through a CSS mask."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

#: What ``assets/00-vendor/icons.css`` draws.
ICONS = (
    "arrow-left",
    "arrow-right",
    "audience",
    "chart",
    "check",
    "clusters",
    "compare",
    "danger",
    "download",
    "external",
    "file",
    "filter",
    "help",
    "home",
    "info",
    "journeys",
    "link",
    "model",
    "moon",
    "pencil",
    "plus",
    "reasons",
    "report",
    "results",
    "save",
    "search",
    "settings",
    "sign-out",
    "sun",
    "table",
    "trash",
    "undo",
    "upload",
    "warning",
    "what-if",
    "x",
)


def icon(name: str, *, size: int = 16) -> Component:
    """Return an icon; it says nothing to a screen reader, the text beside it does.

    Raises
    ------
    ValueError
        There is no such icon.
    """
    if name not in ICONS:
        raise ValueError(f"There is no icon {name!r}; there are {', '.join(ICONS)}.")
    style = {} if size == 16 else {"style": {"width": size, "height": size}}
    return html.Span(className=f"icon icon-{name}", **{"aria-hidden": "true"}, **style)
