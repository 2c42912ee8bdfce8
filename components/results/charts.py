"""The results page's charts. A click on a bar filters by it, a click on it again takes that back.

Each chart leaves out its own filter, so that the other bars stay in view, faded, to be changed to.
Charts of what an export doesn't tell are left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.base.format import date, estimate, money, number, percent
from components.base.graph import graph
from components.figures import distributions as spread
from components.figures import results as figures
from components.figures.clusters import colour, map_figure
from components.figures.results import MEASURES, Bar, Measure
from components.results import findings
from components.shared.few_dots import FEWEST_DOTS, no_map
from components.shared.labels import NOT_KNOWN, value_name
from core.base.written import counted
from core.results.accuracy import Quality
from core.results.filters import CHOICES, Filters, read_values, write_value
from core.results.view import Group, ResultView, Sums, largest, together

#: Ids of this component's charts: this type, and the chart's name.
CHART = "results-chart"

#: Bars of a breakdown with any number of groups; the rest is one grey bar.
MOST_BARS = 10
#: Weekdays of fewer days compare nothing.
FEWEST_WEEKDAYS = 2
HEIGHT = 280


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """A chart of one choice: its title, the name of its groups, and whether bars stand in a fixed order."""

    title: str
    axis: str
    upright: bool = False


BREAKDOWNS: dict[str, Breakdown] = {
    "cluster": Breakdown(title="Clusters", axis="cluster"),
    "country": Breakdown(title="Countries", axis="country"),
    "country_group": Breakdown(title="Country groups", axis="country group"),
    "category": Breakdown(title="Main categories", axis="category"),
    "device": Breakdown(title="Devices", axis="device"),
    "channel": Breakdown(title="Channels", axis="channel"),
    "weekday": Breakdown(title="Weekdays", axis="weekday", upright=True),
    "hour": Breakdown(title="Hours of day", axis="hour of the first event", upright=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What every chart is made of."""

    view: ResultView
    filters: Filters
    measure: Measure
    currency: str | None
    threshold: float | None
    clock: str = "UTC"


def chart_id(name: str) -> dict[str, str]:
    """Return the id of a chart."""
    return {"type": CHART, "chart": name}


def charts(
    *,
    view: ResultView,
    filters: Filters,
    measure: str,
    currency: str | None,
    quality: Quality | None,
    threshold: float | None,
    clock: str = "UTC",
    amounts: bool = True,
) -> Component:
    """Return all charts the export can tell of; ``threshold`` is where a likely buyer begins.

    ``clock`` is the time zone of its days, weekdays and hours. Without ``amounts`` predicted revenue is left
    out.
    """
    scene = Scene(
        view=view,
        filters=filters,
        measure=MEASURES[measure],
        currency=currency,
        threshold=threshold,
        clock=clock,
    )
    told = view.told
    found = [
        _probability(scene) if "purchase_probability" in told else None,
        _amounts(scene, "expected", "Expected revenue", "sessions", "are worth") if amounts else None,
        _amounts(scene, "if_bought", "Revenue if it buys", "likely buyers", "would spend")
        if amounts
        else None,
        _breakdown(scene, "cluster"),
        _map(scene),
        _funnel(scene),
    ]
    if "started_at" in told:
        found.append(_days(scene))
    if quality is not None and quality.calibration:
        found.append(_calibration(quality))
    found += [_breakdown(scene, name) for name in BREAKDOWNS if name != "cluster" and CHOICES[name] in told]
    return html.Div([chart for chart in found if chart is not None], className="cards cards-fill clickable")


def clicked(filters: Filters, name: str, click: Mapping[str, Any] | None) -> Filters:
    """Return the filters after a click in a chart; the same ones where there is nothing to filter."""
    point = ((click or {}).get("points") or [{}])[0]
    told = point.get("customdata") or [None]
    if told[0] is None:
        return filters
    if name == "map":
        name = "cluster"
    if name in ("p", "expected", "if_bought"):
        limits = tuple(float(end) if end else None for end in told[:2])
        changed: dict[str, Any] = {name: (None, None) if getattr(filters, name) == limits else limits}
        return replace(filters, **changed)
    if name == "day":
        start, end = (dt.date.fromisoformat(day) for day in told[:2])
        again = (filters.start, filters.end) == (start, end)
        return replace(filters, start=None if again else start, end=None if again else end)
    if name == "funnel":
        return replace(filters, reached=None if filters.reached == told[0] else told[0])
    values = read_values(str(told[0]), name)
    changed = {name: () if getattr(filters, name) == values else values}
    return replace(filters, **changed)


def _probability(scene: Scene) -> Component:
    histogram = scene.view.histogram(scene.filters.without("p"), "p")
    return graph(
        id=chart_id("p"),
        figure=spread.probability_figure(
            histogram=histogram, threshold=scene.threshold, selected=scene.filters.p
        ),
        title="Purchase probability",
        subtitle=findings.probability(
            histogram=histogram, likely=scene.view.kpis(scene.filters.without("p")).predicted_buyers
        )
        + _unfiltered(scene, "p"),
        table={
            "columns": ["Probability", "Sessions"],
            "rows": [
                [f"{100 * low:g} to {100 * high:g}%", count]
                for low, high, count in zip(
                    histogram.edges, histogram.edges[1:], histogram.counts, strict=False
                )
                if count
            ],
        },
        height=HEIGHT,
        n=histogram.n,
    )


def _unfiltered(scene: Scene, name: str) -> str:
    """Say that a chart shows pale what its own filter leaves out, and counts it."""
    return "" if getattr(scene.filters, name) == (None, None) else ", with those outside the filter (pale)"


def _amounts(scene: Scene, name: str, title: str, who: str, what: str) -> Component | None:
    histogram = scene.view.histogram(scene.filters.without(name), name)
    if not histogram.n:
        return None
    edges = histogram.edges
    return graph(
        id=chart_id(name),
        figure=spread.amounts_figure(
            histogram=histogram,
            title=title.lower(),
            currency=scene.currency,
            who=who,
            selected=getattr(scene.filters, name),
        ),
        title=title,
        subtitle=findings.amounts(histogram=histogram, currency=scene.currency, who=who, what=what)
        + _unfiltered(scene, name),
        table={
            "columns": [title, "Sessions"],
            "rows": [
                [spread.amount_range(low, high, scene.currency).replace("–", " to "), count]
                for low, high, count in zip(edges, edges[1:], histogram.counts, strict=False)
                if count
            ],
        },
        height=HEIGHT,
        n=histogram.n,
        unit=who,
        note=f"{estimate(histogram.total, scene.currency)} in total",
    )


def _breakdown(scene: Scene, by: str) -> Component | None:
    groups = scene.view.groups(scene.filters.without(by), by)
    about = BREAKDOWNS[by]
    selected = [write_value(value) for value in getattr(scene.filters, by)]
    # One bar says no more than the figures above, unless it is what one filters by.
    if len(groups) < (FEWEST_WEEKDAYS if by == "weekday" else 1 if selected else 2):
        return None
    bars = _bars(scene, by, groups, selected, upright=about.upright)
    return graph(
        id=chart_id(by),
        figure=figures.bars_figure(
            bars=bars,
            measure=scene.measure,
            currency=scene.currency,
            selected=selected,
            upright=about.upright,
            axis=f"{about.axis} ({scene.clock})" if about.upright else None,
        ),
        title=about.title,
        subtitle=findings.groups(
            bars=bars,
            names=[f"{bar.label}:00" if by == "hour" else bar.label for bar in bars],
            measure=scene.measure,
            currency=scene.currency,
        ),
        table=_table(scene, about.axis.capitalize(), bars),
        height=HEIGHT,
        n=sum(group.sums.n for group in groups),
        note=_outside(selected),
    )


def _bars(
    scene: Scene, by: str, groups: Sequence[Group], selected: Sequence[str], *, upright: bool
) -> list[Bar]:
    rest: tuple[Group, ...] = ()
    if not upright:
        groups, rest = largest(groups, MOST_BARS)
        # Whoever filters by a small group wants to see it.
        groups = (*groups, *(group for group in rest if write_value(group.key) in selected))
        rest = tuple(group for group in rest if write_value(group.key) not in selected)
    clusters = scene.view.cluster_names
    bars = [
        Bar(
            label=str(group.key)
            if by == "hour" and group.key is not None
            else value_name(by, group.key, clusters)[: 3 if by == "weekday" else None],
            sums=group.sums,
            value=write_value(group.key),
            colour=colour(group.key) if by == "cluster" and group.key is not None else None,
        )
        for group in groups
    ]
    if rest:
        bars.append(Bar(label=f"{len(rest)} others", sums=together(rest), value=None))
    return bars


def _days(scene: Scene) -> Component | None:
    groups = scene.view.groups(scene.filters.without("start", "end"), "day")
    known = [group for group in groups if group.key is not None]
    if len(known) < 2:
        # One bar of one day: the figures above say as much.
        return None
    weekly, selected = scene.view.weekly, (scene.filters.start, scene.filters.end)
    bars = [Bar(label=date(group.key), sums=group.sums, value=group.key.isoformat()) for group in known]
    return graph(
        id=chart_id("day"),
        figure=figures.days_figure(
            bars=bars,
            starts=[group.key for group in known],
            measure=scene.measure,
            currency=scene.currency,
            weekly=weekly,
            selected=selected,
            clock=scene.clock,
        ),
        title="By week" if weekly else "By day",
        subtitle=findings.days(bars=bars, measure=scene.measure, currency=scene.currency),
        table=_table(scene, "Week" if weekly else "Day", bars),
        height=HEIGHT,
        n=sum(group.sums.n for group in known),
        note=_outside(selected != (None, None)),
    )


def _map(scene: Scene) -> Component | None:
    points = scene.view.points(scene.filters.without("cluster"))
    drawn = len(points["session_id"])
    if drawn < FEWEST_DOTS:
        return no_map(drawn) if drawn else None
    names = scene.view.cluster_names
    chosen = [value for value in scene.filters.cluster if isinstance(value, int)]
    n = scene.view.kpis(scene.filters.without("cluster")).n
    return graph(
        id=chart_id("map"),
        figure=map_figure(
            points=points, names=names, selected=chosen[0] if len(chosen) == 1 else None, legend=True
        ),
        title="Map of sessions",
        subtitle="Each dot is a session; the closer two are, the more alike",
        table={
            "columns": ["Cluster", "Dots on the map"],
            "rows": [
                [name, points["cluster_id"].count(cluster)]
                for cluster, name in names.items()
                if cluster in points["cluster_id"]
            ],
        },
        height=HEIGHT,
        n=drawn,
        note=f"A sample of {number(drawn)} of {counted(n, 'session')}" if drawn < n else "All sessions",
    )


def _funnel(scene: Scene) -> Component | None:
    filters = scene.filters.without("reached")
    steps, n = scene.view.funnel(filters), scene.view.kpis(filters).n
    if not steps:
        return None
    told = {step.stage: step for step in steps}
    return graph(
        id=chart_id("funnel"),
        figure=figures.funnel_figure(steps=steps, n=n, selected=scene.filters.reached),
        title="How far sessions got",
        subtitle=findings.funnel(steps=steps, n=n),
        table={
            "columns": ["Stage", "Sessions", "Share"],
            "rows": [
                [name, told[stage].n, percent(told[stage].n / n) if n else None]
                if stage in told
                else [name, "not recorded", None]
                for stage, name in figures.STAGE_NAMES.items()
            ],
        },
        height=HEIGHT,
        n=n,
        note=findings.skipped(steps),
    )


def _calibration(quality: Quality) -> Component:
    return graph(
        id=chart_id("calibration"),
        figure=spread.calibration_figure(bins=quality.calibration),
        title="Predicted and actual buyers",
        subtitle=findings.calibration(quality),
        table={
            "columns": ["Probability", "Sessions", "Predicted", "Bought", "95% interval"],
            "rows": [
                [
                    f"{percent(found.lowest)} to {percent(found.highest)}",
                    found.n,
                    percent(found.predicted),
                    percent(found.actual),
                    f"{percent(found.low)} to {percent(found.high)}",
                ]
                for found in quality.calibration
            ],
        },
        height=HEIGHT,
        n=quality.n,
        note="Each dot is a tenth of the sessions, by probability, with its 95% interval; on the dotted "
        "line, predictions are exact",
    )


def _table(scene: Scene, name: str, bars: Sequence[Bar]) -> dict[str, Any]:
    total = together([Group(key=None, label=None, sums=bar.sums) for bar in bars])
    observed = total.n_known > 0
    heads = [name, "Sessions", "Share"]
    if total.probability is not None:
        heads += ["Likely buyers", "Expected revenue", "Average probability"]
    rows = [_row(scene, bar.label, bar.sums, total, observed=observed) for bar in bars]
    return {"columns": [*heads, *(["Bought", "Conversion", "Revenue"] if observed else [])], "rows": rows}


def _row(scene: Scene, label: str, sums: Sums, total: Sums, *, observed: bool) -> list[Any]:
    cells: list[Any] = [
        label or NOT_KNOWN,
        number(sums.n),
        percent(sums.n / total.n) if total.n else None,
    ]
    amounts = "expected_revenue" in scene.view.told
    if total.probability is not None:
        cells += [
            number(sums.predicted_buyers),
            estimate(sums.expected_revenue if amounts else None, scene.currency),
            percent(sums.probability),
        ]
    if observed:
        cells += [
            number(sums.buyers),
            percent(sums.buyers / sums.n_known) if sums.n_known else None,
            money(sums.revenue, scene.currency),
        ]
    return cells


def _outside(selected: object) -> str | None:
    return "Faded bars are outside the filter" if selected else None
