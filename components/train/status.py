"""A training on its way: its steps, how far it is, how to stop it, and how it ended if it didn't work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash.development.base_component import Component

from components.base.layout import banner, button, error_panel
from components.shared.job_status import QUEUED, JobIds, progress_parts, stop_dialog, under_way
from components.shared.model_links import train_address

if TYPE_CHECKING:
    from core.storage import Place, Training

IDS = JobIds("training")

#: The steps a training goes through, as the store names them, in words.
STEPS = (
    QUEUED,
    ("ingest", "Reading the file"),
    ("features", "Putting sessions together"),
    ("train", "Learning from them"),
    ("compare", "Comparing it with the model in use"),
)


def waiting(*, training: Training, place: Place | None = None) -> Component:
    """Return the steps and the way to stop."""
    return under_way(
        ids=IDS,
        job=training,
        progress=status(training=training, place=place),
        hint="You can close this page: training continues, and its result will be here.",
    )


def status(*, training: Training, place: Place | None = None) -> list[Component]:
    """Return how far a training is; ``place`` is where it stands in line, if it waits."""
    return progress_parts(job=training, place=place, steps=STEPS, label="Trained so far")


def not_done(*, training: Training) -> Component:
    """Return how a training ended that has no model: an error with its remedy, or that it was stopped."""
    again = button("Train again", href=train_address(training.dataset_id), kind="primary")
    if training.state == "cancelled":
        return banner(
            "info",
            "This training was cancelled",
            "Nothing was kept. The model in use hasn't changed.",
            again,
        )
    error = training.error or {"message": "Training failed.", "remedy": "Train it again."}
    return error_panel(error, [again, button("Open the export", href=f"/upload/{training.dataset_id}")])


def dialog() -> Component:
    """Return the dialog that asks whether a training shall really stop."""
    return stop_dialog(
        ids=IDS,
        title="Cancel the training?",
        text=("What it has learned so far is discarded. The model in use stays the same."),
        keep="Keep training",
        stop="Cancel training",
    )
