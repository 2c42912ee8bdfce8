"""Why a prediction is as it is: a waterfall from where the model starts to this session, and reasons.

Used wherever one session is shown: its own page, the what-if form, the report. Points are what people
read: percentage points of a probability, or an amount of money.
"""

from __future__ import annotations

import html as markup
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from components.base.format import MINUS, duration, estimate, money, number, percent
from components.base.graph import graph
from components.base.layout import card, method
from components.base.theme import MUTED, NEGATIVE, POSITIVE
from components.figures.clusters import broken
from core.base.written import as_set
from core.schema.own_columns import meaning_of
from core.schema.sessions import FIELD, WEEKDAYS

if TYPE_CHECKING:
    from core.explain import Contribution, Explanation, Reason

Target = Literal["purchase", "revenue"]

#: Contributions a waterfall shows by themselves, and letters of a label in one line.
MOST, LETTERS = 8, 26
#: Height of one bar and of what is around them, in pixels.
BAR, AROUND = 32, 56
#: Share of the chart's width that is left free for what is written behind a bar.
ROOM = 0.28

#: Keeps what is on its sides in one line.
JOINER = "\u2060"

RESULT = "This session"
#: Where the way to a prediction starts; what buyers pay is learned from buyers alone. It is an average of log
#: odds, of unfinished visits too: never the share of sessions that buy, so it isn't called an average.
START: dict[str, str] = {"purchase": "Model's starting point", "revenue": "An average buyer"}
FROM: dict[str, str] = {"purchase": "the model's starting point", "revenue": "an average buyer"}
NOT_KNOWN = "not known"
#: Not a thing the visitor did: whether the visit is over. Its label says all of it.
STATE = "going_on"

#: What a waterfall is about, and its title.
ABOUT: dict[Target, tuple[str, str]] = {
    "purchase": ("probability of a purchase", "How the probability came about"),
    "revenue": ("revenue if it buys", "How the revenue came about"),
}

METHOD = (
    "The chart starts from what the model predicts before it knows anything of the session. That is not the "
    "share of sessions that buy: it also learned from visits that were still going on. For revenue it is an "
    "average buyer. Each bar "
    "is what one feature of this session adds or takes away, and together they add up exactly to the "
    "prediction (Shapley values). They explain the model, not what would happen if the visitor acted "
    "differently: longer visits may go with buying, but nobody buys because they are kept waiting."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a waterfall: its name, from where to where, and what is clicked; ends have no points."""

    label: str
    start: float
    end: float
    points: float | None = None
    feature: str | None = None


def value_words(feature: str, value: object, currency: str | None = None) -> str:
    """Write a feature's value with its unit: "12 min", "€25.00", "Friday", "yes", "not known"."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NOT_KNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        if feature == "day_of_week" and 1 <= value <= len(WEEKDAYS):
            return WEEKDAYS[int(value) - 1]
        if feature == "hour":
            return f"{int(value)}:00"
        kind = FIELD[feature].kind if feature in FIELD else "count"
        if kind == "amount":
            return money(value, currency)
        if kind == "flag":
            return "yes" if value else "no"
        return duration(value) if kind == "seconds" else number(value)
    return str(value) or NOT_KNOWN


def contribution_label(contribution: Contribution, currency: str | None = None) -> str:
    """Return what a contribution is called: "Time spent: 12 min"."""
    if contribution.feature == STATE:
        return contribution.label
    return f"{contribution.label}: {value_words(contribution.feature, contribution.value, currency)}"


def points_words(points: float, target: Target, currency: str | None = None) -> str:
    """Write what something adds or takes away, as the sentences do: "+11 points", "−€4.1"."""
    # Here, not above: pages without a model have no use for what takes predictions apart.
    from core.explain import points_text

    return points_text(points, target, currency)


def bare(words: str) -> str:
    """Return points without their unit, for a chart whose axis tells it; all have a tenth: "2.0" by "1.2"."""
    text = words.removesuffix(" points").removesuffix(" point")
    is_points = text != words and text[-1:].isdigit() and len(text.lstrip(f"+{MINUS}")) == 1
    return f"{text}{as_set('.0')}" if is_points else text


def level_words(level: float, target: Target, currency: str | None = None) -> str:
    """Write a prediction: a probability or an amount."""
    if target == "revenue":
        return estimate(level, currency)
    return percent(level, 1 if level >= 0.0095 else 2)


def waterfall_figure(explanation: Explanation, currency: str | None = None, *, most: int = MOST) -> go.Figure:
    """Return the way from where the model starts to this session, a bar a feature, the strongest first.

    Parameters
    ----------
    explanation
        Of one prediction; base and points add up to it.
    currency
        ISO code of amounts, None where nothing tells it.
    most
        Features with a bar of their own; the others are one bar together.
    """
    target: Target = explanation.target
    bars = waterfall_bars(explanation, currency, most=most)
    scale = 100.0 if target == "purchase" else 1.0
    places = list(range(len(bars)))
    figure = go.Figure(
        go.Bar(
            x=[scale * (bar.end - bar.start) for bar in bars],
            base=[scale * bar.start for bar in bars],
            y=places,
            orientation="h",
            marker={"color": [_colour(bar) for bar in bars]},
            customdata=[[bar.feature, _name(bar.label), _said(bar, target, currency)] for bar in bars],
            hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
            showlegend=False,
        )
    )
    # What each bar says stands at its right end, whichever way it goes: nothing runs into the names.
    figure.add_scatter(
        x=[scale * max(bar.start, bar.end) for bar in bars],
        y=places,
        mode="text",
        text=[f" {bare(_said(bar, target, currency))}" for bar in bars],
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
    for place, bar in enumerate(bars[:-1]):
        figure.add_shape(
            type="line",
            x0=scale * bar.end,
            x1=scale * bar.end,
            y0=place,
            y1=place + 1,
            line={"color": MUTED, "width": 1, "dash": "dot"},
            layer="below",
        )
    low = scale * min(0.0, *(min(bar.start, bar.end) for bar in bars))
    high = scale * max(*(max(bar.start, bar.end) for bar in bars), 1e-9)
    figure.update_layout(
        xaxis={
            "title": axis_title(target, currency),
            "range": [low, low + (high - low) / (1 - ROOM)],
            "nticks": 5,
        },
        yaxis={
            "tickmode": "array",
            "tickvals": places,
            "ticktext": [broken(markup.escape(bar.label, quote=False), LETTERS) for bar in bars],
            "range": [len(bars) - 0.5, -0.5],
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
            "title": None,
            "ticklabelstandoff": 6,
        },
        bargap=0.3,
        showlegend=False,
    )
    return figure


def waterfall_bars(explanation: Explanation, currency: str | None, *, most: int = MOST) -> list[Bar]:
    """Return the bars of a waterfall: the average, the strongest contributions, the others, the session."""
    own, rest = _parted(explanation.contributions, most)
    level = explanation.base
    bars = [Bar(label=START[explanation.target], start=0.0, end=level)]
    for contribution in own:
        bars.append(
            Bar(
                label=contribution_label(contribution, currency),
                start=level,
                end=level + contribution.points,
                points=contribution.points,
                feature=contribution.feature,
            )
        )
        level += contribution.points
    if rest:
        points = explanation.prediction - level
        label = f"Everything else ({len(rest)} features)"
        bars.append(Bar(label=label, start=level, end=explanation.prediction, points=points))
    return [*bars, Bar(label=RESULT, start=0.0, end=explanation.prediction)]


def waterfall_table(explanation: Explanation, currency: str | None = None) -> dict[str, Any]:
    """Return the table twin of a waterfall: every feature, none of them put together."""
    target: Target = explanation.target
    rows = [[START[target], "", level_words(explanation.base, target, currency)]]
    for contribution in explanation.contributions:
        value = (
            ""
            if contribution.feature == STATE
            else value_words(contribution.feature, contribution.value, currency)
        )
        rows.append([contribution.label, value, points_words(contribution.points, target, currency)])
    rows.append([RESULT, "", level_words(explanation.prediction, target, currency)])
    return {"columns": ["Feature", "This session", "Effect"], "rows": rows}


def waterfall(*, id: str, explanation: Explanation, currency: str | None = None) -> Component:
    """Return the waterfall of one session as a chart in a card, with its table."""
    target: Target = explanation.target
    what, title = ABOUT[target]
    n_bars = len(waterfall_bars(explanation, currency))
    return graph(
        id=id,
        figure=waterfall_figure(explanation, currency),
        title=title,
        subtitle=f"From {FROM[target]} to this session's {what}, feature by feature{_in(target)}",
        table=waterfall_table(explanation, currency),
        height=AROUND + BAR * n_bars,
        n=1,
        unit="session",
        note=f"{number(len(explanation.contributions))} features in total",
    )


def reasons_list(reasons: Sequence[Reason]) -> Component:
    """Return reasons as sentences, the strongest first, each marked as speaking for or against."""
    if not reasons:
        return html.P("No single feature stands out.", className="mb-0 text-body-tertiary")
    return html.Ol([_reason(reason) for reason in reasons], className="vstack gap-2 list-unstyled")


def reasons_card(
    *,
    reasons: Sequence[Reason],
    title: str = "The strongest reasons",
    subtitle: str | None = f"Against {FROM['purchase']}",
    note: str | None = METHOD,
) -> Component:
    """Return a card of reasons in words, and what columns of well-known tools among them mean.

    ``note`` explains how reasons are found, folded up.
    """
    meant = " ".join(
        f"{reason.label}: {meaning}" for reason in reasons if (meaning := meaning_of(reason.feature))
    )
    return card(
        reasons_list(reasons),
        html.P(meant, className="measure mt-2 mb-0 smaller text-body-tertiary") if meant else None,
        method(note) if note else None,
        title=title,
        subtitle=subtitle,
    )


def axis_title(target: Target, currency: str | None) -> str:
    """Return the title of an axis of predictions, with its unit."""
    if target == "purchase":
        return "probability of a purchase, %"
    return f"revenue if it buys, {currency}" if currency else "revenue if it buys"


def _in(target: Target) -> str:
    return ", in percentage points" if target == "purchase" else ""


def _parted(
    contributions: Sequence[Contribution], most: int
) -> tuple[Sequence[Contribution], Sequence[Contribution]]:
    # A single feature left over is no "everything else".
    most = most if len(contributions) > most + 1 else most + 1
    return contributions[:most], contributions[most:]


def _reason(reason: Reason) -> Component:
    up = reason.points > 0
    tone = "success" if up else "danger"
    return html.Li(
        [
            html.Span(
                "▲" if up else "▼", className=f"smaller text-{tone}-emphasis", **{"aria-hidden": "true"}
            ),
            html.Span("Raises it: " if up else "Lowers it: ", className="visually-hidden"),
            html.Span(_sentence(reason.sentence)),
        ],
        className="reasons-item hstack gap-2 align-items-baseline",
    )


def _sentence(words: str) -> str:
    # A minus stays with its amount where a line breaks.
    return f"{words[:1].upper()}{words[1:]}".replace(MINUS, f"{MINUS}{JOINER}")


def _colour(bar: Bar) -> str:
    if bar.points is None:
        return MUTED
    return POSITIVE if bar.points >= 0 else NEGATIVE


def _said(bar: Bar, target: Target, currency: str | None) -> str:
    if bar.points is None:
        return level_words(bar.end, target, currency)
    return points_words(bar.points, target, currency)


def _name(label: str) -> str:
    return markup.escape(label, quote=False)
