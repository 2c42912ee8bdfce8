"""The answer to one imagined session: probability in words, money, cluster, and sessions like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import percent
from components.base.layout import button
from components.shared.reasons import reasons_list
from components.whatif.amounts import amounts
from components.whatif.scale import probability_scale
from components.whatif.similar import similar_sessions
from core.whatif import Verdict
from core.whatif.verdict import about
from core.whatif.why import Why

#: Ids of this component.
ANSWER = "whatif-answer"
SUMMARY = "whatif-summary"
KEEP = "whatif-keep"
#: Id of the section with the curves, below the form.
MOVES = "whatif-moves"

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
    that session did in the end, both None for an imagined one; ``unchanged`` is what this model says of that
    session as it was. ``similar_href`` is the address that
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
    unchanged: float | None = None
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
        return [_cluster(answer, answer.prediction), *kept, _similar_to(answer)]
    return [
        _headline(answer, answer.prediction["purchase_probability"], answer.verdict, answer.threshold),
        *_why(answer),
        amounts(prediction=answer.prediction, currency=answer.currency),
        _cluster(answer, answer.prediction),
        _similar_to(answer),
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


def recorded_sentence(probability: float, recorded: float, unchanged: float | None = None) -> str:
    """Say how the answer stands to the one recorded for this session.

    ``unchanged`` is what this model says of the session as it was, where another one has scored it.
    """
    said, start = f"As recorded: {_exact(recorded)}.", recorded
    if unchanged is not None and abs(unchanged - recorded) >= SAME:
        said, start = f"{said[:-1]}, by a model that hadn't seen this visitor; here: ", unchanged
        said += f"{_exact(unchanged)}."
    if abs(probability - start) < SAME:
        return said
    return f"{said} Your changes: {100 * (probability - start):+.1f} percentage points."


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
        stands = recorded_sentence(probability, answer.recorded, answer.unchanged)
        said = (stands, answer.recorded_outcome)
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
            probability_scale(probability=probability, threshold=threshold, base_rate=answer.base_rate),
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
                html.H2("Why", className="small fw-medium text-body-tertiary"),
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


def _similar_to(answer: Answer) -> Component:
    return similar_sessions(neighbours=answer.neighbours, currency=answer.currency, href=answer.similar_href)


def _exact(share: float) -> str:
    """Write a probability to a tenth of a percent, finer where that would be 0."""
    return percent(share, 1 if share >= 0.0095 else 2)


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
