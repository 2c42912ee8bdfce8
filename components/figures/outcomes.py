"""Figures of a campaign's outcome: the two groups beside each other with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from components.base.theme import ACCENT, MUTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One group: its figure as the axis has it, the 95% interval, and what is written on it."""

    label: str
    value: float
    low: float
    high: float
    text: str


def arms_figure(*, arms: Sequence[Arm], axis: str) -> go.Figure:
    """Return one bar a group, the contacted in the accent, with intervals."""
    figure = go.Figure(
        go.Bar(
            x=[arm.value for arm in arms],
            y=[arm.label for arm in arms],
            orientation="h",
            marker={"color": [ACCENT, MUTED][: len(arms)]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [arm.high - arm.value for arm in arms],
                "arrayminus": [arm.value - arm.low for arm in arms],
                "thickness": 1.5,
                "width": 5,
            },
            customdata=[[arm.text] for arm in arms],
            hovertemplate="<b>%{y}</b><br>%{customdata[0]}<extra></extra>",
        )
    )
    figure.update_layout(
        xaxis={"title": axis, "rangemode": "tozero", "nticks": 6, "showgrid": True},
        yaxis={"type": "category", "autorange": "reversed", "automargin": True, "showgrid": False},
        showlegend=False,
        bargap=0.4,
    )
    return figure
