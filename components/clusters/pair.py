"""Compare two clusters: in what they differ most, and what becomes of each."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.base.format import MINUS, decimals, money, number, percent
from components.base.graph import graph
from components.base.layout import empty_state, section
from components.clusters.controls import bar, chooser
from components.clusters.side_by_side import cluster_names
from components.clusters.state import Choice, pair_of
from components.figures import clusters_over_time as figures
from components.figures.clusters import raw
from core.base.written import counted
from core.results.clusters.pair import (
    FeatureGap,
    conversion_gap,
    feature_gaps,
    revenue_per_session,
    share_gaps,
)
from core.results.clusters.profiles import ClusterOutcome, ClusterView, Outcomes
from core.results.sources import Source
from core.schema.sessions import FIELD

#: Ids of this component.
GAPS = "clusters-gaps"
CONVERSIONS = "clusters-two-conversion"
REVENUES = "clusters-two-revenue"
MIXTURE = "clusters-two-mixture"
#: Features shown.
MOST = 12
#: Shares closer than this are alike.
NOTABLE = 0.03


def two_compared(*, source: Source, view: ClusterView, choice: Choice) -> Component:
    """Return two clusters side by side."""
    outcomes = view.outcomes()
    pair = pair_of(choice, view)
    if pair is None:
        return empty_state("Only one cluster", "All sessions here are in one cluster.")
    names = cluster_names(outcomes)
    first, second = (next(one for one in outcomes.clusters if one.cluster_id == place) for place in pair)
    controls = bar(
        [
            chooser(name="cluster", label="Compare", options=names, value=pair[0]),
            chooser(name="other", label="with", options=names, value=pair[1]),
        ]
    )
    return section(
        controls,
        html.P(_in_words(outcomes, first, second), className="clusters-sentence mb-0"),
        html.Div(
            [
                _gaps(view, first, second, source.currency),
                html.Div(
                    [
                        *_conversions(outcomes, first, second),
                        *_revenues(source, first, second),
                        *_mixture(source, first, second),
                    ],
                    className="vstack gap-3",
                ),
            ],
            className="clusters-detail columns columns-wide",
        ),
        title="Compare two clusters",
    )


def _in_words(outcomes: Outcomes, first: ClusterOutcome, second: ClusterOutcome) -> str:
    sizes = f"“{first.name}” has {counted(first.n, 'session')}, “{second.name}” {number(second.n)}."
    gap = conversion_gap(outcomes, first, second)
    if gap is None:
        return sizes
    often, low, high = gap
    words = "more" if often > 0 else "less"
    size = f"{sizes} Of 100 sessions, {decimals(abs(100 * often), 1)} {words} buy in the first"
    between = f"95% interval {_signed(100 * low)} to {_signed(100 * high)}"
    sure = "" if low > 0 or high < 0 else "; this may be chance"
    return f"{size} ({between}){sure}."


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else MINUS if value < 0 else ''}{decimals(abs(value), 1)}"


def _gaps(
    view: ClusterView, first: ClusterOutcome, second: ClusterOutcome, currency: str | None
) -> Component:
    gaps = feature_gaps(view.profile(), first.cluster_id, second.cluster_id)[:MOST]
    return graph(
        id=GAPS,
        figure=figures.gap_figure(
            gaps=gaps,
            first=(first.cluster_id, first.name),
            second=(second.cluster_id, second.name),
            currency=currency,
        ),
        title="Biggest differences",
        subtitle=f"To the right: more in “{first.name}”; to the left: more in “{second.name}”",
        table={
            "columns": ["", first.name, second.name, "Standard deviations apart"],
            "rows": [_gap_row(gap, currency) for gap in gaps],
        },
        height=110 + 30 * len(gaps),
        n=first.n + second.n,
        note="Averages in standard deviations; beyond ±1 is a strong difference.",
    )


def _gap_row(gap: FeatureGap, currency: str | None) -> list[str]:
    return [
        FIELD[gap.feature].label,
        raw(gap.feature, gap.first, currency),
        raw(gap.feature, gap.second, currency),
        f"{gap.gap:+.2f}",
    ]


def _conversions(outcomes: Outcomes, first: ClusterOutcome, second: ClusterOutcome) -> list[Component]:
    if outcomes.conversion is None:
        return []
    observed = outcomes.conversion_observed
    return [
        graph(
            id=CONVERSIONS,
            figure=figures.interval_figure(
                rows=[
                    (
                        one.cluster_id,
                        one.name,
                        100 * (one.conversion or 0.0),
                        None if one.low is None else 100 * one.low,
                        None if one.high is None else 100 * one.high,
                        percent(one.conversion),
                    )
                    for one in (first, second)
                ],
                axis="% of sessions that bought" if observed else "average predicted probability, %",
            ),
            title="Conversion" if observed else "Predicted conversion",
            subtitle="With its 95% interval" if observed else "The average probability of its sessions",
            table={
                "columns": ["Cluster", "Conversion", "From", "To", "Sessions"],
                "rows": [
                    [one.name, percent(one.conversion), percent(one.low), percent(one.high), number(one.n)]
                    for one in (first, second)
                ],
            },
            height=180,
            n=first.n + second.n if not observed else first.n_known + second.n_known,
        )
    ]


def _revenues(source: Source, first: ClusterOutcome, second: ClusterOutcome) -> list[Component]:
    found = revenue_per_session(source.scored)
    both = [(one, per) for one in (first, second) if (per := found.get(str(one.cluster_id)))]
    if len(both) < 2:
        return []
    currency, observed = source.currency, both[0][1].observed
    what = "Revenue per session" if observed else "Expected revenue per session"
    return [
        graph(
            id=REVENUES,
            figure=figures.interval_figure(
                rows=[
                    (one.cluster_id, one.name, per.mean, per.low, per.high, money(per.mean, currency))
                    for one, per in both
                ],
                axis=f"{currency} a session" if currency else "a session",
            ),
            title=what,
            subtitle="With its 95% interval",
            table={
                "columns": ["Cluster", what, "From", "To", "Sessions"],
                "rows": [
                    [one.name, *(money(v, currency) for v in (per.mean, per.low, per.high)), number(per.n)]
                    for one, per in both
                ],
            },
            height=180,
            n=sum(per.n for _, per in both),
        )
    ]


def _mixture(source: Source, first: ClusterOutcome, second: ClusterOutcome) -> list[Component]:
    found = share_gaps(source.scored, first.cluster_id, second.cluster_id)
    if not found:
        return []
    gaps = [gap for gap in found if abs(gap.first - gap.second) >= NOTABLE][:5]
    lines = [
        html.Li(
            [
                html.Strong(f"{FIELD[gap.side].label} {gap.value}"),
                f": {percent(gap.first, 0)} against {percent(gap.second, 0)}",
            ]
        )
        for gap in gaps
    ]
    return [
        dbc.Card(
            [
                html.H3("Who they are", className="card-title"),
                html.P(
                    f"Shares that differ most: “{first.name}” against “{second.name}”"
                    if gaps
                    else "Countries, devices, channels and categories are similar in both.",
                    className="smaller text-body-tertiary",
                ),
                *([html.Ul(lines, className="vstack gap-1 small")] if gaps else []),
            ],
            className="clusters-about vstack gap-3 p-3",
            id=MIXTURE,
        )
    ]
