"""A training on its way: its steps, how far it is, how to stop it, and how it ended if it didn't work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.format import ago, date_time, percent
from components.layout import banner, button, error_panel
from components.steps import progress_bar, step_list
from components.train_links import train_address

if TYPE_CHECKING:
    from core.storage import Training

#: Ids of this component. ``WATCHED`` holds the id of the training in view, ``OVER`` the state it has
#: reached once that is over.
PLACE = "training-place"
STATUS = "training-status"
CLOCK = "training-clock"
WATCHED = "training-watched"
OVER = "training-over"
CANCEL = "training-cancel"
DIALOG = "training-dialog"
KEEP = "training-keep"
STOP = "training-stop"

POLL_MS = 1000

#: The steps a training goes through, as the store names them, in words.
STEPS = (
    ("queued", "Waiting for its turn"),
    ("ingest", "Reading the file"),
    ("features", "Putting sessions together"),
    ("train", "Learning from them"),
    ("compare", "Comparing it with the model in use"),
)


def watcher(*, training: Training) -> list[Component]:
    """Return what keeps watching; outside of what is replaced once it is over."""
    return [
        dcc.Store(id=WATCHED, data=training.id),
        dcc.Store(id=OVER),
        dcc.Interval(id=CLOCK, interval=POLL_MS, disabled=training.is_over),
    ]


def under_way(*, training: Training) -> Component:
    """Return the steps and the way to stop."""
    return html.Div(
        [
            html.Div(
                status(training=training), id=STATUS, className="train-status", **{"aria-live": "polite"}
            ),
            html.Div(
                [
                    html.Span(
                        "You can close this page: training goes on, and its answer will be here.",
                        className="train-help",
                    ),
                    button("Stop it", id=CANCEL, kind="danger", icon="x", disabled=training.cancelling),
                ],
                className="train-foot",
            ),
        ],
        className="card results-waiting",
    )


def status(*, training: Training) -> list[Component]:
    """Return how far a training is."""
    began = html.Span(f"started {ago(training.created_at)}", title=date_time(training.created_at))
    return [
        step_list(steps=STEPS, at=training.step),
        progress_bar(share=training.share, label="Trained so far"),
        html.Div(
            [
                html.Span([_doing(training), " · ", began]),
                html.Span(percent(training.share, 0)),
            ],
            className="results-message",
        ),
    ]


def _doing(training: Training) -> str:
    return "Stopping" if training.cancelling else training.message or "Working"


def not_done(*, training: Training) -> Component:
    """Return how a training ended that has no model: an error with its remedy, or that it was stopped."""
    again = button("Train again", href=train_address(training.dataset_id), kind="primary")
    if training.state == "cancelled":
        return banner(
            "info",
            "This training was stopped",
            "Nothing of it is left. The model in use stayed the same.",
            again,
        )
    error = training.error or {"message": "Training failed.", "remedy": "Train it again."}
    return error_panel(error, [again, button("Look at the export", href=f"/upload/{training.dataset_id}")])


def dialog() -> Component:
    """Return the dialog that asks whether a training shall really stop."""
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle("Stop the training?")),
            dbc.ModalBody(
                "What it has learned so far goes, and nothing of it is left behind. "
                "The model in use stays the same."
            ),
            dbc.ModalFooter(
                [
                    button("Keep training", id=KEEP, kind="quiet"),
                    button("Stop the training", id=STOP, kind="danger"),
                ]
            ),
        ],
        id=DIALOG,
        is_open=False,
        centered=True,
    )
