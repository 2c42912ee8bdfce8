"""The trainings there were: how each ended, who started it and when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import ago, date_time, percent
from components.base.layout import Tone, badge, card, empty_state, simple_table

if TYPE_CHECKING:
    from core.storage import Training

#: Ids of this component.
LIST = "train-list"
LIST_CLOCK = "train-list-clock"

_ENDED: dict[str, tuple[str, Tone]] = {
    "done": ("trained", "success"),
    "failed": ("failed", "danger"),
}


def training_list(*, trainings: Iterable[Training], in_use: str) -> Component:
    """Return the table of trainings; the model ``in_use`` is marked."""
    rows = [_row(training, in_use) for training in trainings]
    if not rows:
        return card(empty_state("No trainings yet", "Trainings will appear here."))
    return card(
        simple_table(
            ["Model", "Learned from", "State", "Who", "When"],
            rows,
            caption="Trainings, newest first",
            stack=True,
        ),
        flush=True,
    )


def training_state(*, training: Training) -> Component:
    """Return how far a training is, in a word or two."""
    if training.state in _ENDED:
        words, tone = _ENDED[training.state]
        return badge(words, tone, title=_message(training))
    if training.state == "cancelled":
        return badge("stopped", "neutral")
    if training.cancelling:
        return badge("stopping", "neutral")
    if training.state == "queued":
        return badge("waiting", "info")
    return badge(f"training: {percent(training.share, 0)}", "info", title=training.message or None)


def _row(training: Training, in_use: str) -> list[Component | str]:
    marks = [training_state(training=training)]
    if training.state == "done" and training.bundle == in_use:
        marks.append(badge("in use", "accent"))
    return [
        dcc.Link(training.bundle, href=f"/train/{training.id}", className="fw-medium text-break"),
        training.dataset_name,
        html.Span(marks, className="d-inline-flex flex-wrap gap-1"),
        training.who,
        html.Span(ago(training.created_at), title=date_time(training.created_at)),
    ]


def _message(training: Training) -> str | None:
    error = training.error or {}
    return str(error.get("message") or training.message) if training.state == "failed" else None
