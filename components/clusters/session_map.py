"""The map of sessions: a card with its tools, its key, and the plot of ``assets/js/session-map``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import SIGNS, number, percent
from components.base.graph import graph
from components.base.theme import SEQUENCE
from components.clusters.state import Choice
from components.shared.few_dots import FEWEST_DOTS, no_map
from core.base.written import counted
from core.results.clusters.profiles import ClusterView, Outcomes
from core.results.clusters.session_map import CLUSTER, MOST_DOTS, OWN_GROUP, Colouring, colourings, on_map
from core.results.sources import Source
from core.schema.sessions import FIELD

#: Ids of this component. ``SETTINGS`` holds what the map's script needs to know.
MAP = "clusters-map"
SETTINGS = "clusters-map-settings"
COLOUR = "clusters-colour"

#: Tools that stay on, and those that do something at once: what they do, what they say.
MODES = (
    ("move", "Move", "Drag to move, click or touch a dot to choose its cluster"),
    ("lasso", "Lasso", "Draw around sessions to select them"),
    ("box", "Box", "Draw a box around sessions to select them"),
)
ACTIONS = (
    ("in", "+", "Zoom in"),
    ("out", "−", "Zoom out"),
    ("reset", "Whole map", "Show the whole map"),
    ("view", "Select what is in view", "Select all sessions in view"),
)


def session_map(*, source: Source, view: ClusterView, outcomes: Outcomes, choice: Choice) -> Component:
    """Return the card; of a few sessions, that there is nothing to compare."""
    sessions = source.scored
    placed = on_map(sessions)
    if placed < FEWEST_DOTS:
        return no_map(placed)
    drawn = min(placed, MOST_DOTS)
    horizontal, vertical = axis_words(view)
    plot = html.Div(
        [
            dcc.Store(id=SETTINGS, data=_settings(source, sessions.stamp, outcomes, choice)),
            html.Div(
                [_colour(colourings(sessions), choice), _tools()],
                className="session-map-head hstack flex-wrap gap-2 justify-content-between",
            ),
            html.Div(className="session-map-key"),
            html.Div(
                [
                    html.Canvas(),
                    html.Div(className="session-map-drawing"),
                    html.Div(className="session-map-tip", hidden=True),
                ],
                className="session-map-plot",
                style={"height": f"{_height(outcomes)}px"},
                tabIndex=0,
                # Its keys are its own: a screen reader hands them on.
                role="application",
                **{
                    "data-mode": "move",
                    "aria-label": f"Map of {counted(drawn, 'session')}. Arrow keys move, plus and minus "
                    "zoom, 0 shows all, Enter chooses the cluster of the session in the middle, Escape "
                    "clears the selection.",
                },
            ),
            html.Div(className="session-map-said visually-hidden", role="status"),
            html.Div(
                [html.Span(vertical), html.Span(horizontal)],
                className="d-flex flex-wrap gap-2 justify-content-between smaller text-body-tertiary",
            ),
        ],
        id=MAP,
        className="session-map vstack gap-2",
        # Its script hears clicks; Dash would look at the whole page for each.
        disable_n_clicks=True,
    )
    return graph(
        id=MAP,
        figure=plot,
        title="Map of sessions",
        subtitle="Each dot is a session; the closer two are, the more alike. "
        "Click one to choose its cluster, or draw around some",
        table=_table(outcomes),
        height=_height(outcomes),
        n=drawn,
        note=_note(drawn, placed),
    )


def axis_words(view: ClusterView) -> tuple[str, str]:
    """Say what grows along the map's horizontal and vertical axis, with an arrow the way it grows."""
    titles = []
    for axis, (less, more) in zip(view.axes(), (("←", "→"), ("↓", "↑")), strict=True):
        words = ", ".join(_lower(FIELD[name].label) for name in axis.features)
        towards = f"more: {words} {more}" if axis.rising else f"{less} more: {words}"
        titles.append(towards if words else "")
    return titles[0], titles[1]


def _settings(source: Source, stamp: int, outcomes: Outcomes, choice: Choice) -> dict[str, Any]:
    sign = SIGNS.get(source.currency or "")
    return {
        "source": source.id,
        # As text: a browser's numbers are too coarse for nanoseconds.
        "version": str(stamp),
        "names": {str(one.cluster_id): one.name for one in outcomes.clusters},
        "money": [sign, ""] if sign else ["", f"\u00a0{source.currency}" if source.currency else ""],
        "scale": list(SEQUENCE),
        "frame": choice.frame,
    }


def _colour(offered: Sequence[Colouring], choice: Choice) -> Component:
    groups: dict[str, list[Colouring]] = {}
    for one in offered:
        groups.setdefault(one.group, []).append(one)
    options = [
        {"label": one.label if one is CLUSTER else f"{group}: {_called(one)}", "value": one.name}
        for group, ones in groups.items()
        for one in ones
    ]
    return html.Div(
        [
            html.Label("Colour by", htmlFor=COLOUR, className="small text-body-tertiary text-nowrap"),
            dbc.Select(id=COLOUR, options=options, value=choice.colour, size="sm"),
        ],
        className="clusters-picker hstack gap-2",
    )


def _tools() -> Component:
    modes = [
        html.Button(
            label,
            type="button",
            className="btn btn-secondary btn-sm",
            title=title,
            **{"data-tool": name, "aria-pressed": "true" if name == "move" else "false"},
        )
        for name, label, title in MODES
    ]
    actions = [
        html.Button(
            label,
            type="button",
            className="btn btn-secondary btn-sm",
            title=title,
            **{"data-tool": name, **({"aria-label": title} if len(label) == 1 else {})},
        )
        for name, label, title in ACTIONS
    ]
    return html.Div(
        [
            html.Div(modes, className="btn-group"),
            html.Div(actions, className="btn-group"),
        ],
        className="d-flex flex-wrap gap-2",
        role="toolbar",
        **{"aria-label": "Map tools"},
    )


def _table(outcomes: Outcomes) -> Mapping[str, Sequence[Any]]:
    conversion = outcomes.conversion is not None
    what = "Bought" if outcomes.conversion_observed else "Likely buyers"
    return {
        "columns": ["Cluster", "Sessions", "Share", *([what] if conversion else [])],
        "rows": [
            [one.name, number(one.n), percent(one.share), *([percent(one.conversion)] if conversion else [])]
            for one in outcomes.clusters
        ],
    }


def _height(outcomes: Outcomes) -> int:
    """Return how high the map must be to stand level with the list beside it, within reason."""
    return min(600, max(420, 84 * len(outcomes.clusters)))


def _note(drawn: int, n: int) -> str:
    sample = (
        f"A fixed sample of {number(drawn)} of {counted(n, 'session')}; figures count all of them. "
        if drawn < n
        else ""
    )
    return (
        f"{sample}The two axes summarise everything known about a session; the labels show what each "
        "mostly reflects. Ctrl and the wheel zoom; Shift and dragging draws a lasso. On a touch screen, a "
        "finger moves the map sideways and the page up and down; two fingers move and zoom the map."
    )


def _called(one: Colouring) -> str:
    """Write a name within a line; a shop's own heading stays as it is."""
    return one.label if one.group == OWN_GROUP else _lower(one.label)


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]
