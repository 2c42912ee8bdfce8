"""What the reasons page shows: findings, what counts, how it spreads over sessions, one feature in depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import dash_bootstrap_components as dbc
import numpy as np
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import number, percent
from components.base.graph import graph
from components.base.layout import card, empty_state, method, section
from components.shared.reasons import Target, value_words
from components.why.dots import (
    MOST_DOTS,
    MOST_GROUPS,
    MOST_ROWS,
    ROW_DOTS,
    dependence_figure,
    swarm_figure,
)
from components.why.figures import MOST_BARS, Scene, average_words, importance_figure
from components.why.sentences import METHOD, direction_words, findings, sample_words
from core.base.written import counted
from core.explain.feature_values import Categories, Numbers, column_of, is_ordered
from core.results.filters import Filters
from core.results.reason_filter import Because, Effect

if TYPE_CHECKING:
    from core.explain import Importance, Sample
    from core.storage import Result

#: Ids of this component. ``FIRST`` holds the feature that is shown unless one is chosen.
FIRST = "why-first"
FEATURE = "why-feature"
COLOUR = "why-colour"
BARS = "why-importance"
SWARM = "why-swarm"
DEPENDENCE = "why-dependence"
DEPENDENCE_CHART = "why-dependence-chart"

#: Choices of the colour that are no feature: the strongest interaction, and one colour for all.
STRONGEST, PLAIN = "strongest", "none"
#: Heights in pixels: of a chart along a number, of a bar, of a row of dots, and of what is around them.
CHART_HEIGHT, BAR, ROW, AROUND = 400, 27, 36, 80


def body(
    *,
    result: Result,
    filters: Filters,
    sample: Sample,
    bars: Sequence[Importance],
    feature: str | None = None,
    colour: str = STRONGEST,
) -> list[Component]:
    """Return findings and charts of a result's filtered sessions; without any, what to do about it."""
    if not sample.n or not bars:
        return [
            card(
                empty_state(
                    "No sessions match these filters",
                    "Each may match on its own, but nothing matches them all. Remove one above.",
                )
            )
        ]
    scene, target = scene_of(sample, bars), sample.explained.target
    known = [bar.feature for bar in bars]
    chosen = feature if feature in known else known[0]
    notes = [] if feature in (None, chosen) else [f"This model doesn't use “{feature[:60]}”."]
    return [
        dcc.Store(id=FIRST, data=known[0]),
        *[html.P(note, className="mb-0 small text-warning-emphasis", role="status") for note in notes],
        card(
            findings(sample=sample, bars=bars, target=target, currency=sample.currency),
            method(METHOD),
            title="What matters most",
            subtitle=f"From {sample_words(sample)}",
        ),
        html.Div(
            [_bars(sample, bars, target, chosen), _swarm(sample, scene, bars)],
            className="cards-lg clickable",
        ),
        section(
            html.Div(
                dependence(
                    result=result, filters=filters, sample=sample, bars=bars, feature=chosen, colour=colour
                ),
                id=DEPENDENCE,
                className="fades",
            ),
            title="One feature in depth",
            subtitle="Click a bar or dot above to see another.",
            actions=_choices(bars, chosen, colour),
        ),
    ]


def dependence(
    *,
    result: Result,
    filters: Filters,
    sample: Sample,
    bars: Sequence[Importance],
    feature: str,
    colour: str,
) -> list[Component]:
    """Return the chart of one feature, coloured as asked for, and the way to the sessions it counts for."""
    scene = scene_of(sample, bars)
    by = colour_of(sample, feature, colour, [bar.feature for bar in bars])
    label, by_label = scene.labels[feature], scene.labels.get(by or "", "")
    column = column_of(sample.explained, feature)
    average = "marks are averages" if isinstance(column, Categories) else "line is the average"
    words = f"A dot is a session; the grey {average}"
    if by:
        which = "what it depends on most" if colour == STRONGEST else "as chosen"
        words += f"; coloured by “{by_label.lower()}”, {which}"
    height = CHART_HEIGHT
    if isinstance(column, Categories):
        height = AROUND + ROW * min(len(column.values), MOST_GROUPS)
    chart = graph(
        id=DEPENDENCE_CHART,
        figure=dependence_figure(scene=scene, feature=feature, colour=by),
        title=f"How “{label.lower()}” moves predictions, by its value",
        subtitle=words,
        table=_dependence_table(scene, feature),
        height=max(height, 220),
        n=sample.n,
        note=_dots_note(sample.n, MOST_DOTS, column),
    )
    return [chart, *_sessions(result, filters, sample.explained.target, feature)]


def _sessions(result: Result, filters: Filters, target: Target, feature: str) -> list[Component]:
    """Lead to the sessions that have the feature among their strongest reasons, where that can be told."""
    from core.bundle.predictor import Predictor
    from core.explain.reason_index import most_sessions

    if target != "purchase" or (result.n_sessions or 0) > most_sessions(Predictor.load(result.bundle)):
        return []
    links: list[Component | str] = []
    ways: tuple[tuple[Effect, str], ...] = (("up", "raises most"), ("down", "lowers most"))
    for effect, words in ways:
        chosen = replace(filters.only_filters(), because=Because(feature=feature, effect=effect))
        href = f"/results/{quote(result.id)}?{chosen.to_query()}"
        links += [" · ", dcc.Link(f"sessions it {words}", href=href)]
    words = "Where it is among the three strongest reasons: "
    return [html.P([words, *links[1:]], className="mt-2 mb-0 small text-body-tertiary")]


def colour_of(sample: Sample, feature: str, colour: str, known: Sequence[str]) -> str | None:
    """Return the feature whose values colour the dots; None for one colour."""
    from core.explain import strongest_interaction

    if colour == PLAIN:
        return None
    return colour if colour in known else strongest_interaction(sample, feature)


def scene_of(sample: Sample, bars: Sequence[Importance]) -> Scene:
    """Return what the figures are made of."""
    return Scene(
        explained=sample.explained,
        currency=sample.currency,
        labels={bar.feature: bar.label for bar in bars},
    )


def _choices(bars: Sequence[Importance], feature: str, colour: str) -> list[Component]:
    features = [{"label": bar.label, "value": bar.feature} for bar in bars]
    colours = [
        {"label": "What it depends on most", "value": STRONGEST},
        {"label": "One colour", "value": PLAIN},
    ]
    known = {choice["value"] for choice in (*features, *colours)}
    return [
        _labelled("Feature", dbc.Select(id=FEATURE, options=features, value=feature, size="sm"), FEATURE),
        _labelled(
            "Coloured by",
            dbc.Select(
                id=COLOUR,
                options=[*colours, *features],
                value=colour if colour in known else STRONGEST,
                size="sm",
            ),
            COLOUR,
        ),
    ]


def _labelled(label: str, control: Component, target: str) -> Component:
    return html.Div(
        [
            html.Label(label, htmlFor=target, className="small fw-medium text-body-tertiary text-nowrap"),
            control,
        ],
        className="hstack gap-2",
    )


def _bars(sample: Sample, bars: Sequence[Importance], target: Target, chosen: str) -> Component:
    shown = shown_bars(bars, chosen)
    left = len(bars) - len(shown)
    return graph(
        id=BARS,
        figure=importance_figure(bars=shown, target=target, currency=sample.currency, selected=chosen),
        title="How far each feature moves the prediction",
        subtitle="Average size of the effect over all sessions, up or down; the lines are 95% intervals",
        table={
            "columns": ["Feature", "Moves it by", "95% interval", "Direction"],
            "rows": [
                [
                    bar.label,
                    average_words(bar.mean_points, target, sample.currency),
                    f"{average_words(bar.low, target, sample.currency)} to "
                    f"{average_words(bar.high, target, sample.currency)}",
                    direction_words(bar),
                ]
                for bar in bars
            ],
        },
        height=AROUND + BAR * len(shown),
        n=sample.n,
        note=f"The {left} weakest features are in the table" if left else None,
    )


def shown_bars(bars: Sequence[Importance], chosen: str | None) -> list[Importance]:
    """Return the features with a bar: the strongest, and the one that is chosen."""
    most = MOST_BARS if len(bars) > MOST_BARS + 1 else MOST_BARS + 1
    return [bar for place, bar in enumerate(bars) if place < most or bar.feature == chosen]


def _swarm(sample: Sample, scene: Scene, bars: Sequence[Importance]) -> Component:
    shown = bars[:MOST_ROWS]
    return graph(
        id=SWARM,
        figure=swarm_figure(scene=scene, features=[bar.feature for bar in shown]),
        title="Effect on each session",
        subtitle="Each dot is a session: right of the line, the feature raises its prediction; left, it "
        "lowers it",
        table=_swarm_table(scene, shown),
        height=AROUND + ROW * len(shown),
        n=min(sample.n, ROW_DOTS),
        note=f"Dots of {number(ROW_DOTS)} of the {counted(sample.n, 'session')}"
        if sample.n > ROW_DOTS
        else None,
    )


def _swarm_table(scene: Scene, bars: Sequence[Importance]) -> dict[str, Any]:
    rows = []
    for bar in bars:
        points = scene.points(bar.feature)
        low, middle, high = np.quantile(points, (0.1, 0.5, 0.9))
        rows.append([bar.label, *(scene.said(float(value)) for value in (low, middle, high))])
    return {"columns": ["Feature", "1 in 10 is below", "Half are below", "1 in 10 is above"], "rows": rows}


def _dependence_table(scene: Scene, feature: str) -> dict[str, Any]:
    column, points = column_of(scene.explained, feature), scene.points(feature)
    if isinstance(column, Categories):
        groups = column.groups(points, MOST_GROUPS, ordered=is_ordered(feature))
        rows = [
            [value_words(feature, group.value, scene.currency), group.n, scene.said(group.mean)]
            for group in groups
        ]
        return {"columns": [scene.labels[feature], "Sessions", "Average effect"], "rows": rows}
    rows = [
        [_ends(feature, step.low, step.high, scene.currency), step.n, scene.said(step.mean)]
        for step in column.steps(points)
    ]
    unknown = ~column.known
    if unknown.any():
        rows.append(["not known", int(unknown.sum()), scene.said(float(points[unknown].mean()))])
    return {"columns": [scene.labels[feature], "Sessions", "Average effect"], "rows": rows}


def _ends(feature: str, low: float, high: float, currency: str | None) -> str:
    first, last = value_words(feature, low, currency), value_words(feature, high, currency)
    return first if first == last else f"{first} to {last}"


def _dots_note(n: int, most: int, column: Numbers | Categories) -> str | None:
    told = []
    if n > most:
        told.append(f"dots of {number(most)} of them")
    if isinstance(column, Categories):
        if len(column.values) > MOST_GROUPS:
            told.append(f"the {MOST_GROUPS} most frequent of {number(len(column.values))} values")
    else:
        if (column.known & ~column.shown).any():
            told.append("the top 1% of values aren't drawn")
        if share := float((~column.known).mean()):
            told.append(f"not known in {percent(share, 0)}")
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}" if text else None
