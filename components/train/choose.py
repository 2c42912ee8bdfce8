"""What a model shall learn from: the dataset, and in plain words whether it is enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import date, number, percent
from components.base.layout import (
    Tone,
    badge,
    banner,
    button,
    card,
    empty_state,
    kpi,
    kpi_row,
    synthetic_badge,
)
from components.results.status import STEPS as SCORING_STEPS
from components.shared.job_status import progress_parts
from core.base.written import counted

if TYPE_CHECKING:
    from core.services.trainings import Choice
    from core.storage import Result
    from core.training.data.eligibility import Eligibility

#: Ids of this component.
DATASET = "train-dataset"
SCORE_FIRST = "train-score-first"
CLOCK = "train-clock"

POLL_MS = 2000

#: What each level of eligibility means: the banner's tone.
TONES: dict[str, Tone] = {"good": "success", "rough": "warning", "clusters": "info", "no": "danger"}
#: Own columns that are named; of more, only their number is told.
NAMED_COLUMNS = 8


def dataset_picker(*, choices: Sequence[Choice], chosen: str | None) -> Component:
    """Return the list of datasets to choose from, or the way to one where there is none."""
    if not choices:
        return card(
            empty_state(
                "No exports yet",
                "Upload an export of your shop with purchases, or try a sample.",
                button("Upload an export", href="/upload", kind="primary", icon="upload"),
            )
        )
    options = [{"value": choice.dataset.id, "label": _label(choice)} for choice in choices]
    return card(
        html.Label("Export", htmlFor=DATASET, className="form-label"),
        dbc.Select(
            id=DATASET,
            value=chosen,
            options=options,
            placeholder="Choose an export",
            class_name="mb-1",
        ),
        html.Div(
            "An export of several weeks with sessions and purchases. The more buyers, the better the model.",
            className="measure small text-body-tertiary",
        ),
    )


def not_scored(*, choice: Choice) -> Component:
    """Return what stands in place of the check while a dataset isn't scored: the way to that."""
    latest = choice.latest
    if latest is None:
        return banner(
            "info",
            "Not scored yet",
            "Score it first with the model in use: that builds its sessions, and shows whether they are "
            "enough to learn from.",
            button("Score it first", id=SCORE_FIRST, kind="primary"),
        )
    if latest.state == "cancelled":
        return banner(
            "info",
            "Scoring was cancelled, so there are no sessions to learn from",
            None,
            button("Score it again", id=SCORE_FIRST, kind="primary"),
        )
    if latest.state == "failed":
        error = latest.error or {}
        words = [str(error[key]) for key in ("where", "message", "remedy") if error.get(key)]
        return banner(
            "danger",
            "Scoring failed, so there are no sessions to learn from",
            " ".join(words),
            [
                button("Score it again", id=SCORE_FIRST),
                button("Open the export", href=f"/upload/{choice.dataset.id}", kind="primary"),
            ],
        )
    return dbc.Card(
        [
            html.Div("Scoring comes first; then this page continues automatically.", className="fw-medium"),
            *progress_parts(job=latest, place=None, steps=SCORING_STEPS, label="Scored so far"),
        ],
        className="vstack gap-3 p-4",
    )


def verdict(*, check: Eligibility, choice: Choice) -> Component:
    """Return what can be learned from a dataset: the answer, its reasons, and what would help."""
    words: list[Component] = []
    if check.reasons:
        words.append(_list(check.reasons))
    if check.remedies:
        title = "What to do" if check.level == "no" else "What would help"
        words += [html.Div(title, className="mt-2 fw-medium text-body"), _list(check.remedies)]
    return html.Div(
        [
            banner(TONES[check.level], check.headline, html.Div(words) if words else None),
            _facts(check, choice.scored),
            *_marks(check, choice),
        ],
        className="vstack gap-3",
    )


def clock(*, choice: Choice | None) -> Component:
    """Return the clock that watches the scoring a check waits for."""
    return dcc.Interval(id=CLOCK, interval=POLL_MS, disabled=choice is None or not choice.is_waiting)


def _facts(check: Eligibility, scored: Result | None) -> Component:
    share = check.buyers / check.sessions if check.buyers and check.sessions else None
    days = None if check.first is None else f"{date(check.first)} – {date(check.last)}"
    return kpi_row(
        kpi("Sessions", number(check.sessions), "in the export"),
        kpi("Buyers", number(check.buyers), None if share is None else f"{percent(share)} of sessions"),
        kpi("Days", number(check.days), days or "times are missing from the file"),
        kpi(
            "Revenue",
            "in file" if check.has_revenue else "not in file",
            (scored.currency if scored else None) if check.has_revenue else "the model won't predict it",
        ),
    )


def _marks(check: Eligibility, choice: Choice) -> list[Component]:
    marks: list[Component] = []
    if choice.dataset.synthetic:
        marks.append(
            html.P(
                [
                    synthetic_badge(),
                    " Fine for a trial. What a model learns from it won't hold for a real shop.",
                ],
                className="mb-0 small text-body-secondary",
            )
        )
    if check.own_columns:
        named = list(check.own_columns[:NAMED_COLUMNS])
        more = len(check.own_columns) - len(named)
        marks.append(
            html.P(
                [
                    "Your own columns it can learn from: ",
                    *_spaced([badge(name) for name in named]),
                    f" and {number(more)} more" if more else "",
                ],
                className="mb-0 small text-body-secondary",
            )
        )
    return marks


def _label(choice: Choice) -> str:
    parts = [choice.dataset.name]
    if choice.dataset.synthetic:
        parts.append("synthetic")
    if choice.scored is not None:
        parts.append(f"{counted(choice.scored.n_sessions or 0, 'session')}")
        if not choice.scored.has_outcomes:
            parts.append("purchases missing")
    else:
        parts.append("being scored" if choice.is_waiting else "not scored yet")
    return " · ".join(parts)


def _list(sentences: Sequence[str]) -> Component:
    return html.Ul([html.Li(sentence) for sentence in sentences])


def _spaced(parts: Sequence[Component]) -> list[Component | str]:
    found: list[Component | str] = []
    for part in parts:
        found += [part, " "]
    return found[:-1]
