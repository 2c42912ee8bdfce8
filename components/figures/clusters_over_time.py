"""More figures of the clusters page: over time, two compared, crossed, a typical journey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from components.base.format import NOTHING, date, money, number, percent
from components.base.theme import MUTED
from components.figures.clusters import broken, colour, raw
from components.figures.dates import date_axis
from core.results.clusters.crossed import Crossed, Crossing
from core.results.clusters.over_time import OverTime
from core.results.clusters.pair import FeatureGap
from core.schema.sessions import FIELD

#: Of fewer sessions than this, a share says little: it is left out over time, and greyed where crossed.
FEW = 30
#: One hue, from the card itself to strong, readable under text in light and dark.
SHADES = [[0.0, "rgba(86, 97, 217, 0.04)"], [1.0, "rgba(86, 97, 217, 0.75)"]]


def share_over_time(*, told: OverTime, names: Mapping[int, str]) -> go.Figure:
    """Return each cluster's share of the sessions of every step of time, stacked to 100%."""
    figure = go.Figure()
    for cluster, name in names.items():
        own = [moment for moment in told.moments if moment.cluster_id == cluster]
        figure.add_bar(
            x=[moment.start for moment in own],
            y=[100 * moment.share for moment in own],
            name=name,
            marker={"color": colour(cluster), "cornerradius": 0},
            customdata=[[number(moment.n), percent(moment.share), date(moment.start)] for moment in own],
            hovertemplate=(
                f"<b>{name}</b><br>{told.step} of %{{customdata[2]}}<br>%{{customdata[1]}}, "
                "n = %{customdata[0]}<extra></extra>"
            ),
        )
    figure.update_layout(
        barmode="stack",
        bargap=0.08,
        yaxis={"title": "% of sessions", "range": [0, 100], "nticks": 5},
        xaxis=date_axis([moment.start for moment in told.moments], told.step),
        showlegend=False,
    )
    return figure


def conversion_over_time(*, told: OverTime, names: Mapping[int, str]) -> go.Figure:
    """Return each cluster's conversion in %, where enough sessions are known."""
    figure = go.Figure()
    for cluster, name in names.items():
        own = [moment for moment in told.moments if moment.cluster_id == cluster]
        figure.add_scatter(
            x=[moment.start for moment in own],
            # A gap where there are too few sessions, not a line drawn across it.
            y=[
                100 * moment.conversion
                if moment.conversion is not None and _counted(moment, told.observed) >= FEW
                else None
                for moment in own
            ],
            name=name,
            mode="lines+markers",
            line={"color": colour(cluster)},
            marker={"color": colour(cluster), "size": 5},
            customdata=[
                [
                    percent(m.conversion),
                    _interval(m.low, m.high),
                    number(_counted(m, told.observed)),
                    date(m.start),
                ]
                for m in own
            ],
            hovertemplate=(
                f"<b>{name}</b><br>{told.step} of %{{customdata[3]}}<br>%{{customdata[0]}}%{{customdata[1]}}"
                ", n = %{customdata[2]}<extra></extra>"
            ),
        )
    figure.update_layout(
        yaxis={
            "title": "% who bought" if told.observed else "average probability, %",
            "rangemode": "tozero",
            "nticks": 5,
        },
        xaxis=date_axis([moment.start for moment in told.moments], told.step),
        showlegend=False,
    )
    return figure


def gap_figure(
    *, gaps: Sequence[FeatureGap], first: tuple[int, str], second: tuple[int, str], currency: str | None
) -> go.Figure:
    """Return in what two clusters differ: to the right what the first has more of, to the left the second."""
    shown = list(reversed(gaps))
    figure = go.Figure(
        go.Bar(
            x=[gap.gap for gap in shown],
            y=[FIELD[gap.feature].label for gap in shown],
            orientation="h",
            marker={"color": [colour(first[0] if gap.gap > 0 else second[0]) for gap in shown]},
            customdata=[
                [raw(gap.feature, gap.first, currency), raw(gap.feature, gap.second, currency)]
                for gap in shown
            ],
            hovertemplate=(
                f"<b>%{{y}}</b><br>{first[1]}: %{{customdata[0]}}<br>{second[1]}: %{{customdata[1]}}"
                "<br>%{x:+.2f} standard deviations<extra></extra>"
            ),
        )
    )
    most = max((abs(gap.gap) for gap in gaps), default=1.0) * 1.08
    figure.update_layout(
        xaxis={"title": "standard deviations of all sessions", "zeroline": True, "range": [-most, most]},
        yaxis={"title": None, "automargin": True, "ticklabelstandoff": 6},
        showlegend=False,
    )
    return figure


def interval_figure(
    *, rows: Sequence[tuple[int, str, float, float | None, float | None, str]], axis: str
) -> go.Figure:
    """Return values with their 95% intervals: one line each of (cluster, name, value, low, high, words)."""
    figure = go.Figure()
    for cluster, name, value, low, high, words in rows:
        known = low is not None and high is not None
        figure.add_scatter(
            x=[value],
            y=[broken(name)],
            mode="markers",
            marker={"color": colour(cluster), "size": 11},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [(high or 0.0) - value],
                "arrayminus": [value - (low or 0.0)],
                "color": colour(cluster),
                "thickness": 2,
                "width": 6,
            }
            if known
            else None,
            hovertemplate=f"<b>{name}</b><br>{words}<extra></extra>",
        )
    figure.update_layout(
        xaxis={"title": axis, "rangemode": "tozero", "nticks": 5},
        yaxis={"title": None, "automargin": True, "autorange": "reversed", "ticklabelstandoff": 6},
        showlegend=False,
    )
    return figure


def crossed_figure(
    *, told: Crossed, measure: str, rows: Sequence[str], columns: Sequence[str], currency: str | None
) -> go.Figure:
    """Return the heat map of two sides crossed; what rests on few sessions has figures but no colour."""
    by_place = {(one.row, one.column): one for one in told.crossings}
    grid = [[by_place.get((row, column)) for column in told.columns] for row in told.rows]
    values = [[_shade(told, one, measure) for one in line] for line in grid]
    known = [value for line in values for value in line if value is not None]
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=[broken(name, 10) for name in columns],
            y=[broken(name, 22) for name in rows],
            colorscale=SHADES,
            zmin=0,
            zmax=max(known, default=1.0) or 1.0,
            xgap=2,
            ygap=2,
            showscale=False,
            hoverinfo="skip",
        )
    )
    # Texts of their own: cells without a colour have no text in a heat map, and these are to be read, too.
    for few in (False, True):
        places = [
            (r, c)
            for r, line in enumerate(grid)
            for c, one in enumerate(line)
            if (one is None or counted(told, one, measure) < FEW) == few
        ]
        figure.add_scatter(
            x=[broken(columns[c], 10) for _, c in places],
            y=[broken(rows[r], 22) for r, _ in places],
            text=[_words(told, grid[r][c], measure, currency) for r, c in places],
            textfont={"color": MUTED} if few else None,
            customdata=[
                [_value(told, grid[r][c], measure, currency), _n(told, grid[r][c], measure)]
                for r, c in places
            ],
            mode="text",
            hovertemplate=(
                "<b>%{y}</b>, %{x}<br>%{customdata[0]}<br>n = %{customdata[1]} sessions<extra></extra>"
            ),
        )
    figure.update_layout(
        xaxis={"side": "top", "showgrid": False, "title": None, "tickangle": 0, "type": "category"},
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "title": None,
            "automargin": True,
            "ticklabelstandoff": 6,
            "type": "category",
        },
        showlegend=False,
    )
    return figure


def counted(told: Crossed, one: Crossing, measure: str) -> int:
    """Return how many sessions a crossing's figure rests on."""
    if measure == "conversion" and told.observed:
        return one.n_known
    return one.n_revenue if measure == "revenue" and told.paid else one.n


def measured(told: Crossed, one: Crossing | None, measure: str) -> float | None:
    """Return a crossing's figure: a number of sessions, a share of 1, or an amount a session."""
    if one is None:
        return 0.0 if measure == "sessions" else None
    if measure == "sessions":
        return float(one.n)
    if measure == "conversion":
        if told.observed:
            return one.buyers / one.n_known if one.n_known else None
        return None if one.predicted is None else one.predicted / one.n
    if told.paid:
        return (one.revenue or 0.0) / one.n_revenue if one.n_revenue else None
    return None if one.expected is None else one.expected / one.n


def path_figure(
    *, labels: Sequence[str], shares: Sequence[float], reached: Sequence[float], own: str
) -> go.Figure:
    """Return the steps of a typical journey from top to bottom: how many come so far, and do just that."""
    places = [f"{place}. {label}" for place, label in enumerate(labels, start=1)]
    figure = go.Figure()
    figure.add_bar(
        x=[100 * share for share in reached],
        y=places,
        orientation="h",
        name="get this far",
        marker={"color": own, "opacity": 0.25},
        customdata=[[percent(share, 0)] for share in reached],
        hovertemplate="<b>%{y}</b><br>%{customdata[0]} of the cluster get this far<extra></extra>",
    )
    figure.add_bar(
        x=[100 * share * so_far for share, so_far in zip(shares, reached, strict=True)],
        y=places,
        orientation="h",
        name="and take this step",
        marker={"color": own},
        customdata=[[percent(share * so_far, 0)] for share, so_far in zip(shares, reached, strict=True)],
        hovertemplate="<b>%{y}</b><br>%{customdata[0]} of the cluster take exactly this step<extra></extra>",
    )
    figure.update_layout(
        barmode="overlay",
        bargap=0.35,
        xaxis={"title": "% of the cluster's sessions", "range": [0, 100], "nticks": 5},
        yaxis={"autorange": "reversed", "title": None, "automargin": True, "ticklabelstandoff": 6},
        showlegend=False,
    )
    return figure


def _counted(moment: Any, observed: bool) -> int:  # noqa: ANN401 (a Moment)
    return int(moment.n_known if observed else moment.n)


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({percent(low)} to {percent(high)})"


def _n(told: Crossed, one: Crossing | None, measure: str) -> str:
    return number(counted(told, one, measure) if one else 0)


def _shade(told: Crossed, one: Crossing | None, measure: str) -> float | None:
    if one is None or (measure != "sessions" and counted(told, one, measure) < FEW):
        return None
    return measured(told, one, measure)


def _value(told: Crossed, one: Crossing | None, measure: str, currency: str | None) -> str:
    value = measured(told, one, measure)
    if value is None:
        return NOTHING
    if measure == "sessions":
        return number(value)
    return percent(value) if measure == "conversion" else money(value, currency)


def _words(told: Crossed, one: Crossing | None, measure: str, currency: str | None) -> str:
    if one is None:
        return NOTHING
    value, n = _value(told, one, measure, currency), counted(told, one, measure)
    return f"{value}<br>n = {number(n)}" if measure != "sessions" and n < FEW else value
