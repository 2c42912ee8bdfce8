"""The warning that stands wherever real visitors are predicted by the demo shop's model."""

from __future__ import annotations

from dash.development.base_component import Component

from components.base.layout import banner, button
from core.base.identity import may


def made_up_model() -> Component:
    """Warn that what is predicted of real visitors comes from the demo shop's model."""
    return banner(
        "warning",
        "Predictions come from the demo shop's model, not yours",
        "It was trained on made-up visits: its probabilities and revenues say nothing about your visitors. "
        "Train a model on your own export before you act on them.",
        button("Train a model", href="/train", small=True) if may("uploads.write") else None,
    )
