"""Ways to models and trainings from other pages: which model scored this, and whether it is still in use."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from dash import dcc
from dash.development.base_component import Component

from components.base.layout import banner, button

#: Id of this component, once for each dataset it stands beside; ``pages/train.py`` listens to it.
SCORE_AGAIN = "train-score-again"


def score_again_id(dataset_id: str) -> dict[str, str]:
    """Return the id of the button that scores a dataset with the model in use."""
    return {"type": SCORE_AGAIN, "dataset": dataset_id}


def train_address(dataset_id: str) -> str:
    """Return where a model is trained on a dataset."""
    return f"/train?{urlencode({'dataset': dataset_id})}"


def model_address(bundle: str) -> str:
    """Return where a model's card is."""
    return f"/models/{quote(bundle)}"


def model_link(bundle: str) -> Component:
    """Return a model's name, leading to its card."""
    return dcc.Link(bundle, href=model_address(bundle), className="fw-medium text-break")


def scored_since(*, newest: str) -> Component:
    """Say that an export was scored again since, with the way to its newest result."""
    return banner(
        "info",
        "This is an older result",
        "The export was scored again since.",
        button("Open the newest", href=f"/results/{quote(newest)}", kind="primary"),
    )


def other_in_use(*, bundle: str, in_use: str, dataset_id: str) -> Component | None:
    """Say that a result was scored with another model than the one in use now, if it was."""
    if bundle == in_use:
        return None
    return banner(
        "info",
        "Another model is in use now",
        ["Scored with ", model_link(bundle), "; ", model_link(in_use), " is in use now."],
        button("Score again", id=score_again_id(dataset_id)),
    )
