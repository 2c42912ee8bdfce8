"""Is a result like the data its model learned from? A word about it, and a page of details."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from components.base.format import NOTHING, decimals, duration, number, percent
from components.base.glossary import term
from components.base.graph import graph
from components.base.help_mark import help_mark
from components.base.layout import (
    BadgeTone,
    Tone,
    badge,
    banner,
    button,
    card,
    kpi,
    kpi_row,
    page,
    section,
    simple_table,
)
from components.base.theme import ACCENT, MUTED
from components.figures.clusters import broken
from components.shared.labels import value_name
from components.shared.model_links import train_address
from components.shared.result_tabs import result_tabs
from core.results.drift.records import Bin, Drift, FeatureDrift, LiveQuality, ScoreDrift
from core.results.drift.sentences import describe, figure_words
from core.stats.estimate import Figure
from core.storage import Result

#: Ids of this component's charts: this type, and the feature's name.
CHART = "results-drift-chart"
#: Charts of the features that have changed most.
MOST_CHARTS = 5
UNKNOWN = "Unknown to the model"
HEIGHT = 260
#: Bars that stand side by side at most; more of them lie below each other, so many pixels high.
MOST_UPRIGHT = 4
ROW = 30
#: Letters of a line of their names: a range of shares stays on one.
RANGE = 26

LEVELS: dict[str, tuple[str, BadgeTone]] = {
    "none": ("no change", "neutral"),
    "some": ("some change", "warning"),
    "serious": ("serious change", "danger"),
}
METHOD = (
    "The size of a change is the population stability index (PSI). It compares the shares of sessions that "
    "have each value: numbers in tenths of the sessions the model was tested on, everything else by value. "
    "By convention, below 0.1 is no change and above 0.25 a serious one. What chance alone adds with this "
    "many sessions is subtracted (Yurdakul 2018), and anything chance would produce in 999 of 1,000 samples "
    "doesn't count as a change."
)


def drift_path(result_id: str) -> str:
    """Return the address of the details."""
    return f"/results/{quote(result_id)}/drift"


def drift_page(*, result: Result, drift: Drift | None) -> Component:
    """Return the details: the headline, the score, every feature, and live quality beside the card's."""
    head: dict[str, Any] = {
        "title": "Does this export look like the model's data?",
        "subtitle": f"{result.dataset_name} compared with what “{result.bundle}” learned from",
        "actions": [button("Back to result", href=f"/results/{quote(result.id)}")],
    }
    tabs = result_tabs(result_id=result.id, active="drift")
    if drift is None:
        return page(
            tabs,
            banner(
                "info",
                "Drift can't be measured",
                f"The model “{result.bundle}” that scored this export was deleted or can't be read.",
            ),
            **head,
        )
    parts: list[Component | None] = [
        tabs,
        banner(
            _tone(drift),
            drift.headline,
            drift.advice or None,
            _train(result) if drift.level == "serious" else None,
        ),
    ]
    if drift.level is not None:
        parts += [_figures(drift), _live(drift), _charts(drift), _table(drift)]
    parts.append(_absent(drift))
    parts.append(
        html.Details(
            [html.Summary("How change is measured"), html.P(METHOD, className="mb-0 mt-2 measure")],
            className="small text-body-secondary",
        )
    )
    return page(*(part for part in parts if part is not None), **head)


def then_now_figure(*, bins: Sequence[Bin]) -> go.Figure:
    """Return the shares of sessions in each bin, then and now, side by side."""
    figure = go.Figure()
    # Names of more bars than a few would have to be turned to stand below them.
    lying = len(bins) > MOST_UPRIGHT
    names = [broken(found.label, RANGE) if lying else found.label for found in bins]
    for name, colour, shares in (
        ("model's data", MUTED, [100 * found.then for found in bins]),
        ("this export", ACCENT, [100 * found.now for found in bins]),
    ):
        figure.add_bar(
            x=shares if lying else names,
            y=names if lying else shares,
            orientation="h" if lying else "v",
            name=name,
            marker={"color": colour},
            customdata=[percent(share / 100) for share in shares],
            hovertemplate=(
                f"<b>%{{{'y' if lying else 'x'}}}</b><br>%{{customdata}} of {name}<extra></extra>"
            ),
        )
    amounts = {"title": "% of sessions", "rangemode": "tozero", "nticks": 5}
    groups = {"type": "category", "tickangle": 0}
    if lying:
        turned = {**groups, "autorange": "reversed", "showgrid": False}
        figure.update_layout(xaxis={**amounts, "showgrid": True}, yaxis=turned)
    else:
        figure.update_layout(xaxis=groups, yaxis=amounts)
    figure.update_layout(
        barmode="group",
        bargap=0.2,
        bargroupgap=0.05,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure


def _figures(drift: Drift) -> Component:
    compared = [feature for feature in drift.features if feature.compared]
    changed = [feature for feature in compared if feature.level != "none"]
    unknown = [f for f in drift.features if f.unknown is not None]
    worst = max(unknown, key=lambda feature: feature.unknown or 0.0, default=None)
    return kpi_row(
        kpi(
            "Sessions", number(drift.n), f"compared with {number(drift.n_reference)} the model was tested on"
        ),
        kpi(
            "Inputs that changed",
            f"{len(changed)} of {len(compared)}",
            f"{sum(feature.level == 'serious' for feature in changed)} of them seriously"
            if changed
            else "sessions look like the model's data",
        ),
        *_scores(drift.score),
        kpi(
            UNKNOWN,
            percent(worst.unknown, 0),
            f"of sessions: {worst.label.lower()}" if worst.unknown else "the model knows every value",
            help="Share of sessions with a value the model never saw, or too rarely to learn from, "
            "for the input with the most.",
        )
        if worst
        else None,
    )


def _scores(score: ScoreDrift | None) -> list[Component]:
    if score is None:
        return []
    return [
        kpi("Average probability", percent(score.mean_now), f"was {percent(score.mean_then)}"),
        kpi("Likely buyers", percent(score.buyers_now), f"was {percent(score.buyers_then)}"),
    ]


def _live(drift: Drift) -> Component | None:
    if not drift.live:
        return None
    rows = [
        [term(line.label), _measured(line.now, line.key), _measured(line.card, line.key), _verdict(line)]
        for line in drift.live
    ]
    n = max(line.now.n for line in drift.live)
    return section(
        card(
            simple_table(
                ["Figure", "This export", "Model card", "In short"],
                rows,
                caption="Accuracy on this export compared with the model card",
                stack=True,
            ),
            flush=True,
        ),
        title="Accuracy on this export",
        subtitle=f"On the {number(n)} sessions whose outcome is known. Ranges are 95% intervals.",
    )


def _charts(drift: Drift) -> Component | None:
    changed = [feature for feature in drift.features if feature.compared and feature.level != "none"]
    shown = [_chart(feature, drift) for feature in changed[:MOST_CHARTS]]
    if drift.score is not None:
        shown.insert(0, _score_chart(drift.score, drift))
    if not shown:
        return None
    rest = len(changed) - MOST_CHARTS
    return section(
        html.Div(shown, className="cards cards-fill clickable"),
        title="Before and now",
        subtitle="What has changed most" + (f"; {number(rest)} more in the table" if rest > 0 else ""),
    )


def _chart(feature: FeatureDrift, drift: Drift) -> Component:
    words = describe(feature)
    return _bars(feature.name, feature.label, f"{words[:1].upper()}{words[1:]}", feature.bins, drift)


def _score_chart(score: ScoreDrift, drift: Drift) -> Component:
    words = LEVELS[score.level][0]
    now, then = percent(score.mean_now), percent(score.mean_then)
    said = f"{words.capitalize()}: {now} on average, was {then}"
    return _bars("score", "Purchase probability", said, score.bins, drift)


def _bars(name: str, title: str, subtitle: str, bins: Sequence[Bin], drift: Drift) -> Component:
    used = [found for found in bins if found.then or found.now]
    return graph(
        id={"type": CHART, "feature": name},
        figure=then_now_figure(bins=used),
        title=title,
        subtitle=subtitle,
        table={
            "columns": [title, "Model's data", "This export"],
            "rows": [[found.label, percent(found.then), percent(found.now)] for found in used],
        },
        height=max(HEIGHT, ROW * len(used)),
        n=drift.n,
        note=f"Compared with {number(drift.n_reference)} from the model's data.",
    )


def _table(drift: Drift) -> Component:
    columns = [
        "Input",
        "Change",
        "Typical now",
        "Was",
        "Missing now",
        "Was",
        UNKNOWN,
        "Size of change",
    ]

    def table(features: Sequence[FeatureDrift], caption: str) -> Component:
        rows = [_row(feature) for feature in features]
        found = simple_table(columns, rows, numeric=(2, 3, 4, 5, 6, 7), caption=caption, stack=True)
        return card(found, flush=True)

    changed = [feature for feature in drift.features if feature.level != "none"]
    same = [feature for feature in drift.features if feature.level == "none"]
    return section(
        *([table(changed, "Inputs that changed, before and now")] if changed else []),
        *(
            [
                html.Details(
                    [
                        html.Summary(f"{number(len(same))} without a change", className="mb-2 small"),
                        table(same, "Inputs without a change, before and now"),
                    ]
                )
            ]
            if same
            else []
        ),
        title="Every input",
        subtitle=html.Span(
            [
                "Typical is the middle value of numbers, and the most frequent of "
                "everything else. Size of change: below 0.1 is none, above 0.25 serious",
                help_mark("Size of change"),
            ]
        ),
    )


def _row(feature: FeatureDrift) -> list[object]:
    word, tone = LEVELS[feature.level]
    change = badge(word, tone) if feature.compared else badge("too few days to compare", "neutral")
    return [
        feature.label,
        change,
        _typical(feature, feature.typical_now),
        _typical(feature, feature.typical_then),
        percent(feature.missing_now),
        percent(feature.missing_then),
        NOTHING if feature.unknown is None else percent(feature.unknown),
        decimals(feature.psi, 2) if feature.compared else NOTHING,
    ]


def _absent(drift: Drift) -> Component | None:
    if not drift.absent:
        return None
    return section(
        html.P(", ".join(drift.absent), className="results-drift-absent mb-0 small text-body-secondary"),
        title="Not in this export",
        subtitle="The model uses these too, but predicts without them here. They don't count as drift.",
    )


def _typical(feature: FeatureDrift, value: float | str | None) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value_name("weekday", int(value)) if feature.name == "day_of_week" else value
    if feature.kind == "seconds":
        return duration(value)
    return number(value, 0 if feature.kind == "count" else 2)


def _measured(found: Figure | None, key: str) -> str:
    if found is None or found.value is None:
        return NOTHING
    write = partial(figure_words, key)
    ends = f" ({write(found.low)} to {write(found.high)})" if found.low is not None else ""
    # Of the buyers found in the top 10%, one side counts buyers and the other sessions.
    n = "" if key == "captured_top10" else f", n\u00a0=\u00a0{number(found.n)}"
    return f"{write(found.value)}{ends}{n}"


def _verdict(line: LiveQuality) -> Component:
    if line.now.low is None:
        return badge("too few to say")
    if line.card is None:
        return badge("off" if line.worse else "right", "warning" if line.worse else "success")
    return badge("worse", "danger") if line.worse else badge("as good", "success")


def _tone(drift: Drift) -> Tone:
    return {"serious": "warning", "some": "info", "none": "success"}.get(drift.level or "", "info")  # type: ignore[return-value]


def _train(result: Result) -> Component:
    # What doesn't tell who bought is no data to train on: another dataset has to be chosen there.
    href = train_address(result.dataset_id) if result.has_outcomes else "/train"
    return button("Train on your own sessions", href=href, kind="primary")
