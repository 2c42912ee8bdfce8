"""One visit event by event: its score, why, and the probability after each event."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from components.base.format import NOTHING, decimals, estimate, money_range, number, percent
from components.base.graph import graph
from components.base.layout import button, card, facts, simple_table, synthetic_badge
from components.figures.live_trace import probability_figure
from components.live.now import STEPS
from core.base.written import counted
from core.journeys.labels import STEP_NAMES
from core.live.clock import moment_at
from core.live.overview import Moment
from core.schema.own_columns import meanings_in
from core.security.shown_ids import shown_id

TRACE = "live-trace"
STATES = {"running": "still open", "over": "over", "robot": "left out as a robot or the team's own"}


def one_visit(*, score: dict[str, Any], moments: tuple[Moment, ...], synthetic: bool = False) -> Component:
    """Return one visit: its score, why, and the probability after each of its events."""
    back = button("Close", href="/live", kind="quiet", icon="x")
    if score["state"] == "unknown":
        return card(
            "This visit isn't known (any more). Visits can be asked for until a day after their end.",
            title="Visit",
            actions=back,
        )
    state = STATES[score["state"]]
    words = f"{STEPS[score['step']]} · {number(score['events_seen'])} events · {state}"
    parts: list[Component] = [_answer(score)] if score.get("features") else []
    known = [m for m in moments if m.probability is not None]
    if known:
        names = [_name(m) for m in known]
        shares = [m.probability for m in known if m.probability is not None]
        rows = [
            [place, name, percent(share, 1)]
            for place, (name, share) in enumerate(zip(names, shares, strict=True), 1)
        ]
        parts.append(
            graph(
                id=TRACE,
                figure=probability_figure(shares=shares, names=names),
                title="Probability after each event",
                table={"columns": ["Event", "What", "Probability"], "rows": rows},
                height=240,
            )
        )
    if moments:
        parts.append(
            simple_table(
                ["Time", "Event", "What", "Probability after it"],
                [
                    [
                        _clock(m.at),
                        STEP_NAMES.get(m.event_type, m.event_type),
                        m.what or NOTHING,
                        percent(m.probability),
                    ]
                    for m in reversed(moments)
                ],
                numeric=(3,),
                caption="Events of the visit, the latest first",
                stack=True,
            )
        )
    return card(
        *([html.Div(synthetic_badge())] if synthetic else []),
        *parts,
        title=f"Visit {shown_id(score['session_id'])}",
        subtitle=words,
        actions=back,
        stack=True,
    )


def _answer(score: dict[str, Any]) -> Component:
    currency = score.get("currency")
    low, high = score["revenue_range"]
    accuracy = score.get("accuracy")
    bought = score.get("purchased")
    entries: list[tuple[Any, ...]] = [
        ("Purchase probability", "Has bought" if bought else percent(score["probability"], 1)),
        ("Expected revenue", NOTHING if bought else estimate(score["expected_revenue"], currency)),
        (
            "If it buys",
            estimate(score["revenue_if_purchase"], currency),
            "The model predicts no amounts"
            if high is None
            else f"8 in 10 such buyers spend {money_range(low, high, currency)}",
        ),
        ("Cluster so far", score.get("cluster") or NOTHING),
        ("Model", score["model"]),
    ]
    warned: list[Component] = []
    if accuracy:
        events = counted(accuracy["after_events"], "event")
        interval = " to ".join(decimals(end, 2) for end in accuracy["roc_auc_interval"])
        entries.append(
            (
                "Accuracy so early",
                f"ROC-AUC {decimals(accuracy.get('roc_auc'), 2)} ({interval})",
                f"after {events}, on {counted(accuracy['sessions'], 'test session')}; 0.5 is guessing",
            )
        )
        if accuracy["warning"] and not bought:
            warned.append(html.P(accuracy["warning"], className="fw-medium text-warning-emphasis mb-0"))
    sentences = [str(reason["sentence"]) for reason in score.get("reasons") or ()]
    reasons = html.Ul([html.Li(_sentence(sentence)) for sentence in sentences], className="mb-0")
    meant = (
        [html.P(" ".join(found), className="small mt-1 mb-0")] if (found := meanings_in(sentences)) else []
    )
    return html.Div(
        [*warned, facts(*entries), html.Div([html.H3("Why", className="h6"), reasons, *meant])],
        className="vstack gap-3",
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _clock(micros: int) -> str:
    return f"{moment_at(micros):%H:%M:%S} UTC"


def _name(moment: Moment) -> str:
    return STEP_NAMES.get(moment.event_type, moment.event_type)
