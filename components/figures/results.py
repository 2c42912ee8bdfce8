"""Figures of the results page: pure functions from answers of ``ResultView`` to ``go.Figure``.

Every bar carries, as ``customdata``, what a click on it filters: the values of the filter as the
address writes them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from components.base.format import date, estimate, money, number, percent
from components.base.theme import ACCENT, MUTED
from components.figures.clusters import broken
from components.figures.dates import DAY_MS, date_axis
from core.base.written import shortened
from core.results.view import Step, Sums

#: Opacity of bars within the filter, and of those outside it.
SHOWN, FADED = 1.0, 0.25
#: Letters of a bar's name, at most; bars that are few have room for more lines.
LONGEST, LONGEST_OF_FEW, FEW_BARS = 34, 68, 6
#: Ticks of an axis of amounts, at most.
MOST_TICKS = 5
STAGE_NAMES = {
    "viewed": "Viewed a product",
    "cart": "Added to cart",
    "checkout": "Reached checkout",
    "bought": "Bought",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What the bars of a breakdown stand for: a name, how it is taken, how it is written."""

    label: str
    value: Callable[[Sums], float | None]
    unit: str
    observed: bool = False

    def axis(self, currency: str | None) -> str:
        """Return the title of the axis, with its unit."""
        unit = currency if self.unit == "money" else {"share": "%"}.get(self.unit)
        return f"{self.label.lower()}, {unit}" if unit else self.label.lower()

    def drawn(self, sums: Sums) -> float | None:
        """Return the value as the axis has it: shares in percent."""
        value = self.value(sums)
        return value * 100 if value is not None and self.unit == "share" else value

    def written(self, sums: Sums, currency: str | None) -> str:
        """Return the value in words."""
        value = self.value(sums)
        if self.unit == "money":
            return money(value, currency) if self.observed else estimate(value, currency)
        return percent(value) if self.unit == "share" else number(value)


MEASURES: dict[str, Measure] = {
    "sessions": Measure(label="Sessions", value=lambda sums: sums.n, unit="count"),
    "predicted_buyers": Measure(
        label="Likely buyers", value=lambda sums: sums.predicted_buyers, unit="count"
    ),
    "expected_revenue": Measure(
        label="Expected revenue", value=lambda sums: sums.expected_revenue, unit="money"
    ),
    "probability": Measure(label="Average probability", value=lambda sums: sums.probability, unit="share"),
    "buyers": Measure(label="Buyers", value=lambda sums: sums.buyers, unit="count", observed=True),
    "conversion": Measure(
        label="Conversion",
        value=lambda sums: sums.buyers / sums.n_known if sums.n_known else None,
        unit="share",
        observed=True,
    ),
    "revenue": Measure(label="Revenue", value=lambda sums: sums.revenue, unit="money", observed=True),
}


def _hovered(measure: Measure, place: int = 1) -> str:
    """Return the hover text of a bar: ``customdata`` has its value at this place, its sessions next."""
    sessions = f"%{{customdata[{place + 1}]}} sessions"
    if measure.label == "Sessions":
        return sessions
    return f"{measure.label.lower()} %{{customdata[{place}]}}<br>{sessions}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a breakdown: its name, its sessions, what a click filters (None: nothing)."""

    label: str
    sums: Sums
    value: str | None
    colour: str | None = None


def bars_figure(
    *,
    bars: Sequence[Bar],
    measure: Measure,
    currency: str | None,
    selected: Sequence[str] = (),
    upright: bool = False,
    axis: str | None = None,
) -> go.Figure:
    """Return one bar a group, lying (the first on top) or upright; those not selected are faded.

    ``axis`` names what the groups are.
    """
    labels = [bar.label if upright else broken(cut(bar.label, longest_of(len(bars)))) for bar in bars]
    values = [measure.drawn(bar.sums) for bar in bars]
    amount = _amount_axis(measure, currency, values)
    groups: dict[str, Any] = {"title": axis, "type": "category", "automargin": True}
    lying = {
        "xaxis": {**amount, "showgrid": True},
        "yaxis": {**groups, "autorange": "reversed", "showgrid": False},
    }
    axes = {"xaxis": groups, "yaxis": amount} if upright else lying
    return go.Figure(
        go.Bar(
            x=labels if upright else values,
            y=values if upright else labels,
            orientation="v" if upright else "h",
            customdata=[[bar.value, measure.written(bar.sums, currency), number(bar.sums.n)] for bar in bars],
            marker={
                "color": [bar.colour or (ACCENT if bar.value is not None else MUTED) for bar in bars],
                "opacity": [_opacity(bar.value, selected) for bar in bars],
            },
            hovertemplate=(f"<b>%{{{'x' if upright else 'y'}}}</b><br>{_hovered(measure)}<extra></extra>"),
        ),
        layout={**axes, "showlegend": False, "bargap": 0.3},
    )


def days_figure(
    *,
    bars: Sequence[Bar],
    starts: Sequence[dt.date],
    measure: Measure,
    currency: str | None,
    weekly: bool,
    selected: tuple[dt.date | None, dt.date | None] = (None, None),
    clock: str = "UTC",
) -> go.Figure:
    """Return one bar a day (or week, at its first day); those outside the selected days are faded."""
    first, last = selected[0] or dt.date.min, selected[1] or dt.date.max
    span = 7 if weekly else 1
    inside = [start + dt.timedelta(days=span - 1) >= first and start <= last for start in starts]
    return go.Figure(
        go.Bar(
            x=[start.isoformat() for start in starts],
            y=[measure.drawn(bar.sums) for bar in bars],
            # As wide as its days, even where those around it have no sessions.
            width=0.85 * span * DAY_MS,
            customdata=[
                [
                    start.isoformat(),
                    (start + dt.timedelta(days=span - 1)).isoformat(),
                    measure.written(bar.sums, currency),
                    number(bar.sums.n),
                    f"week of {date(start)}" if weekly else f"{start:%A}, {date(start)}",
                ]
                for bar, start in zip(bars, starts, strict=True)
            ],
            marker={"color": ACCENT, "opacity": [SHOWN if found else FADED for found in inside]},
            hovertemplate=(f"<b>%{{customdata[4]}}</b><br>{_hovered(measure, 2)}<extra></extra>"),
        ),
        layout={
            "xaxis": {
                **date_axis(starts, "week" if weekly else "day"),
                "title": f"{'week, by its first day' if weekly else 'day'} ({clock})",
            },
            "yaxis": _amount_axis(measure, currency, [measure.drawn(bar.sums) for bar in bars]),
            "showlegend": False,
        },
    )


def funnel_figure(*, steps: Sequence[Step], n: int, selected: str | None = None) -> go.Figure:
    """Return how many of ``n`` sessions came how far, and what share that is.

    A stage that isn't among ``steps`` isn't recorded, and says so in place of a bar.
    """
    told = {step.stage: step for step in steps}
    names = ["All sessions", *STAGE_NAMES.values()]
    counts = [n, *(told[stage].n if stage in told else 0 for stage in STAGE_NAMES)]
    texts = [number(n), *(_reached(told.get(stage), n) for stage in STAGE_NAMES)]
    return go.Figure(
        go.Bar(
            x=counts,
            y=[broken(name) for name in names],
            orientation="h",
            customdata=[[None], *([stage if stage in told else None] for stage in STAGE_NAMES)],
            marker={
                "color": [MUTED, *[ACCENT] * len(STAGE_NAMES)],
                "opacity": [
                    SHOWN,
                    *(_opacity(stage, [selected] if selected else ()) for stage in STAGE_NAMES),
                ],
            },
            text=texts,
            textposition="outside",
            cliponaxis=False,
            hovertemplate="<b>%{y}</b><br>%{text}<extra></extra>",
        ),
        layout={
            "xaxis": {
                "title": None,
                "range": [0, max(n, 1) * 1.9],
                # Each bar has its number beside it.
                "showticklabels": False,
                "showgrid": False,
            },
            "yaxis": {"autorange": "reversed", "automargin": True, "title": None, "showgrid": False},
            "showlegend": False,
            "bargap": 0.35,
        },
    )


def _reached(step: Step | None, n: int) -> str:
    if step is None:
        return "not recorded"
    return f"{number(step.n)} ({percent(step.n / n)})" if n else "0"


def _amount_axis(measure: Measure, currency: str | None, values: Sequence[float | None]) -> dict[str, Any]:
    ticks = count_ticks(values) if measure.unit == "count" else {"nticks": MOST_TICKS}
    return {"title": measure.axis(currency), "rangemode": "tozero", "tickformat": ",", **ticks}


def count_ticks(counts: Sequence[float | None]) -> dict[str, Any]:
    """Return the ticks of an axis of counts: a few, and never between two of them."""
    most = max((count or 0 for count in counts), default=0)
    return {"dtick": 1} if most < MOST_TICKS else {"nticks": MOST_TICKS}


def _opacity(value: str | None, selected: Sequence[str]) -> float:
    return SHOWN if not selected or value in selected else FADED


def longest_of(n_bars: int) -> int:
    """Return how many letters the name of one of so many bars has room for, in lines."""
    return LONGEST_OF_FEW if n_bars <= FEW_BARS else LONGEST


def cut(label: str, longest: int = LONGEST) -> str:
    """Return a name with as many letters at most."""
    return shortened(label, longest)
