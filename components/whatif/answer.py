"""The answer to one imagined session: probability in words, money, cluster, and sessions like it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import NOTHING, duration, money, money_in_range, money_range, number, percent
from components.base.layout import button, facts
from components.shared.reasons import reasons_list
from core.base.identity import may
from core.whatif import Verdict
from core.whatif.verdict import about
from core.whatif.why import Why

#: Ids of this component.
ANSWER = "whatif-answer"
SUMMARY = "whatif-summary"
KEEP = "whatif-keep"
#: Id of the section with the curves, below the form.
MOVES = "whatif-moves"

#: Shares of 1 marked on the scale; its steps widen towards 0, where most sessions are.
TICKS = (0.0, 0.01, 0.05, 0.2, 0.5, 1.0)

#: How many of the similar sessions the table shows.
SHOWN_NEIGHBOURS = 6

#: Probabilities closer than this are the same one.
SAME = 5e-7

#: How the tones of a verdict look.
TONES = {
    "likely": "text-success-emphasis",
    "above": "text-primary-emphasis",
    "average": "text-body",
    "below": "text-body-secondary",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Everything the panel shows about one session.

    Without a ``prediction`` while a field is ``invalid`` (by its label, why). A model that knows clusters
    only gives no ``verdict`` and has no ``threshold``.
    ``recorded`` is the probability of the result's row it started from, ``recorded_outcome`` what
    that session did in the end, both None for an imagined one. ``similar_href`` is the address that
    opens a similar session, ending where its id goes. ``keep_href`` is the address with this session kept
    as a scenario, None where no more can be; ``ways_on`` are names and ids of what stands further down.
    """

    prediction: Mapping[str, Any] | None
    verdict: Verdict | None
    threshold: float | None
    base_rate: float | None
    cluster_sentence: str
    cluster_link: str
    neighbours: Sequence[Mapping[str, Any]]
    currency: str | None
    invalid: Mapping[str, str] = field(default_factory=dict)
    contradictory: bool = False
    recorded: float | None = None
    recorded_outcome: str | None = None
    similar_href: str | None = None
    why: Why | None = None
    keep_href: str | None = None
    ways_on: Mapping[str, str] = field(default_factory=dict)


def answer_panel(*, answer: Answer) -> list[Component]:
    """Return the whole answer, most important part first."""
    if answer.prediction is None:
        return [_no_answer(answer.invalid)]
    if answer.verdict is None or answer.threshold is None:
        kept = [dbc.Card(ways, body=True, className="flex-shrink-0")] if (ways := _keep(answer)) else []
        return [_cluster(answer, answer.prediction), *kept, _similar(answer)]
    return [
        _headline(answer, answer.prediction["purchase_probability"], answer.verdict, answer.threshold),
        *_why(answer),
        _amounts(answer.prediction, answer.currency),
        _cluster(answer, answer.prediction),
        _similar(answer),
    ]


def summary_bar(*, answer: Answer) -> list[Component]:
    """Return the answer in one line, which stays in sight where the form fills the screen."""
    # Followed by assets/js/whatif.js.
    details = html.Button("Details", type="button", className="btn-text", **{"data-scroll-to": ANSWER})
    if answer.prediction is None:
        said = f"Check {' and '.join(answer.invalid)}"
        waits = html.Span("No prediction", className="fs-6 fw-semibold text-nowrap text-danger-emphasis")
        return [waits, html.Span(said, className="flex-fill min-w-0 smaller text-body-tertiary"), details]
    if answer.verdict is None:
        said = "contradicts itself" if answer.contradictory else "kind of visit"
        cluster = html.Span(answer.prediction["cluster_name"], className="fs-6 fw-semibold text-nowrap")
        return [cluster, html.Span(said, className="flex-fill min-w-0 smaller text-body-tertiary"), details]
    return [
        html.Span(
            _exact(answer.prediction["purchase_probability"]),
            className=f"fs-6 fw-semibold text-nowrap {TONES[answer.verdict.tone]}",
        ),
        html.Span(
            "contradicts itself" if answer.contradictory else answer.verdict.against_average,
            className="flex-fill min-w-0 smaller text-body-tertiary",
        ),
        details,
    ]


def scale_position(share: float) -> float:
    """Place a share of 1 on the scale, in % of its width: a square root, so that small ones part."""
    return 100 * math.sqrt(min(max(share, 0.0), 1.0))


def similar_sentence(neighbours: Sequence[Mapping[str, Any]]) -> str:
    """Say how many of the similar sessions bought, where that is known."""
    known = [row for row in neighbours if row.get("purchased") is not None]
    if not neighbours:
        return "The model keeps no past sessions to compare with."
    if not known:
        return f"The {len(neighbours)} most similar past sessions; whether they bought isn't known."
    bought = sum(bool(row["purchased"]) for row in known)
    return f"Of the {len(known)} most similar past sessions, {bought or 'none'} bought."


def recorded_sentence(probability: float, recorded: float) -> str:
    """Say how the answer stands to the one recorded for this session."""
    if abs(probability - recorded) < SAME:
        return f"As recorded: {_exact(recorded)}."
    points = 100 * (probability - recorded)
    return f"As recorded: {_exact(recorded)}. Your changes: {points:+.1f} percentage points."


def _no_answer(invalid: Mapping[str, str]) -> Component:
    """Say which fields to correct; a number would be another session's."""
    return dbc.Card(
        [
            html.H2("No prediction yet", className="fs-6 fw-semibold"),
            html.Ul(
                [html.Li([html.Strong(f"{label}: "), why]) for label, why in invalid.items()],
                className="small mb-1 ps-3",
            ),
            html.Div(
                "Correct this in the form to see the prediction.", className="smaller text-body-tertiary"
            ),
        ],
        body=True,
        className="flex-shrink-0",
    )


def _headline(answer: Answer, probability: float, verdict: Verdict, threshold: float) -> Component:
    lines: list[Component] = []
    if answer.recorded is not None:
        said = (recorded_sentence(probability, answer.recorded), answer.recorded_outcome)
        lines.append(
            html.Div(
                " ".join(filter(None, said)),
                className="whatif-recorded smaller text-body-secondary pt-2 mt-2 border-top",
            )
        )
    if answer.contradictory:
        lines.append(
            html.Div(
                "This session contradicts itself (see the form), so don't rely on this prediction.",
                className="whatif-message text-danger-emphasis",
            )
        )
    return dbc.Card(
        [
            html.H2("Will it end in a purchase?", className="small fw-medium text-body-tertiary"),
            html.Div(
                [
                    html.Span(
                        _exact(probability),
                        className=f"whatif-headline {TONES[verdict.tone]}",
                        id="whatif-probability",
                    ),
                    html.Span(
                        f"{about(verdict.headline)} such sessions", className="fs-6 text-body-tertiary"
                    ),
                ],
                className="d-flex flex-wrap column-gap-3 align-items-baseline",
            ),
            html.Div(_sentence(verdict.against_average), className="small"),
            _scale(probability, threshold, answer.base_rate),
            html.Div(verdict.against_threshold, className="smaller text-body-tertiary"),
            *lines,
            *_keep(answer),
        ],
        body=True,
        className="flex-shrink-0",
    )


def _keep(answer: Answer) -> list[Component]:
    """Return the ways on from an answer: keep its session, and what stands further down."""
    # Followed by assets/js/whatif.js.
    ways: list[Component] = [
        html.Button(name, type="button", className="btn btn-link", **{"data-scroll-to": place})
        for name, place in answer.ways_on.items()
    ]
    if answer.keep_href is not None:
        ways.insert(0, button("Keep as a scenario", href=answer.keep_href, id=KEEP, icon="plus"))
    return [html.Div(ways, className="hstack flex-wrap gap-1 mt-3 pt-3 border-top")] if ways else []


def _why(answer: Answer) -> list[Component]:
    """Return the strongest reasons as sentences."""
    if answer.why is None:
        return []
    said: Component
    if answer.why.problem:
        said = html.Div(answer.why.problem, className="smaller text-body-tertiary")
    else:
        said = reasons_list(answer.why.reasons)
    return [
        dbc.Card(
            [
                html.H2(
                    "Why, compared with an average session", className="small fw-medium text-body-tertiary"
                ),
                said,
                # Followed by assets/js/whatif.js.
                html.Button(
                    "All reasons, and what would move it",
                    type="button",
                    className="btn-text align-self-start mt-1",
                    **{"data-scroll-to": MOVES},
                ),
            ],
            body=True,
            className="flex-shrink-0",
        )
    ]


def _scale(probability: float, threshold: float, base_rate: float | None) -> Component:
    marks = [("Likely-buyer cut-off", threshold, "threshold")]
    if base_rate is not None:
        marks.append(("Average", base_rate, "average"))
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


def _amounts(prediction: Mapping[str, Any], currency: str | None) -> Component:
    predicted_note = (
        "counted in full: a likely buyer"
        if prediction["predicted_purchase"]
        else "counted as 0: not a likely buyer"
    )
    if prediction["revenue_if_purchase"] is None:
        return dbc.Card(
            html.P("This model predicts no amounts.", className="mb-0 small text-body-secondary"),
            body=True,
            className="flex-shrink-0",
        )
    parts = [
        ("Revenue if it buys", prediction["revenue_if_purchase"], _range_note(prediction, currency)),
        ("Expected revenue", prediction["expected_revenue"], "probability × revenue if it buys"),
        ("Predicted revenue", prediction["predicted_revenue"], predicted_note),
    ]
    entries = [(name, money(value, currency), note) for name, value, note in parts]
    return dbc.Card(
        facts(*entries, class_name="facts-large whatif-amounts"), body=True, className="flex-shrink-0"
    )


def _range_note(prediction: Mapping[str, Any], currency: str | None) -> str:
    within = money_range(prediction.get("revenue_low"), prediction.get("revenue_high"), currency)
    if within == NOTHING:
        return "what a buyer like this spends"
    return f"8 in 10 buyers like this spend {within}"


def _cluster(answer: Answer, prediction: Mapping[str, Any]) -> Component:
    return dbc.Card(
        [
            html.H2("Behaves like", className="small fw-medium text-body-tertiary"),
            dcc.Link(prediction["cluster_name"], href=answer.cluster_link, className="fw-semibold"),
            html.Div(answer.cluster_sentence, className="smaller text-body-tertiary"),
        ],
        body=True,
        className="flex-shrink-0",
    )


def _similar(answer: Answer) -> Component:
    rows = answer.neighbours[:SHOWN_NEIGHBOURS]
    parts: list[Component] = [
        html.H2("Sessions like this one", className="small fw-medium text-body-tertiary"),
        html.Div(similar_sentence(answer.neighbours), className="small"),
    ]
    if rows:
        table = _table(rows, answer.currency, answer.similar_href)
        parts.append(html.Div(table, className="table-responsive"))
    if len(answer.neighbours) > len(rows):
        parts.append(html.Div(f"Showing the {len(rows)} closest.", className="smaller text-body-tertiary"))
    return dbc.Card(parts, body=True, className="flex-shrink-0")


def _table(rows: Sequence[Mapping[str, Any]], currency: str | None, href: str | None) -> Component:
    heads = [("What it did", ""), ("Time", ""), ("If it buys", "num"), ("Bought", ""), ("Paid", "num")]
    # Without outcomes to learn from there is nothing to say of purchases: three columns of dashes.
    outcomes = any(row.get(name) is not None for row in rows for name in ("purchased", "revenue_if_purchase"))
    shown = len(heads) if outcomes else 2
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(head, scope="col", className=kind) for head, kind in heads[:shown]])),
            html.Tbody([_similar_row(row, currency, href, shown) for row in rows]),
        ],
        className="table table-sm whatif-similar mt-2",
    )


def _similar_row(row: Mapping[str, Any], currency: str | None, href: str | None, shown: int) -> Component:
    bought, session = row.get("purchased"), row.get("session_id")
    what: Component | str = did(row)
    if href and session and may("ids.read"):
        address = f"{href}{quote(str(session), safe='')}"
        what = dcc.Link(what, href=address, title="Open this session in the form")
    return html.Tr(
        [
            html.Td(what),
            html.Td(duration(row.get("duration_seconds")), className="text-nowrap"),
            html.Td(_if_it_buys(row, currency), className="num"),
            html.Td("missing" if bought is None else "Yes" if bought else "No"),
            html.Td(money(row.get("revenue") if bought else None, currency), className="num"),
        ][:shown],
        className="whatif-bought" if bought else None,
    )


def _if_it_buys(row: Mapping[str, Any], currency: str | None) -> str:
    return money_in_range(
        row.get("revenue_if_purchase"), row.get("revenue_low"), row.get("revenue_high"), currency
    )


def did(row: Mapping[str, Any]) -> str:
    """Say what a session did, in a few words: "12 events, 5 products, 1 in the cart, checkout, shoes"."""
    said = []
    for name, one, many in (
        ("n_events", "event", "events"),
        ("product_views", "product", "products"),
        ("cart_adds", "in the cart", "in the cart"),
    ):
        count = row.get(name)
        if count:
            said.append(f"{number(count)} {one if count == 1 else many}")
    if row.get("checkouts"):
        said.append("checkout")
    category = row.get("dominant_category")
    return ", ".join(said + ([str(category)] if category else [])) or "nothing recorded"


def _exact(share: float) -> str:
    """Write a probability to a tenth of a percent, finer where that would be 0."""
    return percent(share, 1 if share >= 0.0095 else 2)


def _edge(share: float) -> str:
    return "first" if share == 0 else "last" if share == 1 else "inner"


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
