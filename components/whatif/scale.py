"""A probability on a scale from 0% to 100%, with the likely-buyer cut-off and the average."""

from __future__ import annotations

import math

from dash import html
from dash.development.base_component import Component

from components.base.format import percent

#: Shares of 1 marked on the scale; its steps widen towards 0, where most sessions are.
TICKS = (0.0, 0.01, 0.05, 0.2, 0.5, 1.0)


def probability_scale(*, probability: float, threshold: float, base_rate: float | None) -> Component:
    """Return the scale; all are shares of 1."""
    marks = [("Likely-buyer cut-off", threshold, "threshold")]
    if base_rate is not None:
        marks.append(("Share that buys", base_rate, "average"))
    ticks = [
        html.Span(
            percent(share, 0),
            className=f"whatif-tick whatif-tick-{_edge(share)}",
            style={"left": f"{scale_position(share):.2f}%"},
        )
        for share in TICKS
    ]
    words = "; ".join(
        [percent(probability), *(f"{name.lower()}: {percent(share)}" for name, share, _ in marks)]
    )
    return html.Div(
        [
            html.Div(
                [
                    html.Div(
                        className="progress-bar", style={"width": f"{scale_position(probability):.2f}%"}
                    ),
                    *(
                        html.Div(
                            className=f"whatif-mark whatif-mark-{kind}",
                            style={"left": f"{scale_position(share):.2f}%"},
                            title=f"{name}: {percent(share)}",
                        )
                        for name, share, kind in marks
                    ),
                ],
                className="whatif-bar progress position-relative",
            ),
            html.Div(
                ticks,
                className="whatif-ticks position-relative mt-2 text-body-tertiary",
                **{"aria-hidden": "true"},
            ),
            html.Div(
                [
                    html.Span(
                        [html.Span(className=f"whatif-key whatif-key-{kind}"), f"{name} ({percent(share)})"],
                    )
                    for name, share, kind in marks
                ],
                className="d-flex flex-wrap row-gap-1 column-gap-3 smaller text-body-secondary",
            ),
        ],
        className="mt-3 mb-2",
        role="img",
        **{"aria-label": f"Probability of a purchase on a scale from 0% to 100%: {words}"},
    )


def scale_position(share: float) -> float:
    """Place a share of 1 on the scale, in % of its width: a square root, so that small ones part."""
    return 100 * math.sqrt(min(max(share, 0.0), 1.0))


def _edge(share: float) -> str:
    return "first" if share == 0 else "last" if share == 1 else "inner"
