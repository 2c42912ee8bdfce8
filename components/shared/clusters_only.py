"""What a page says where the model knows clusters only: what can't be answered, and what to do about it."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from components.base.layout import banner
from components.shared.model_links import model_link
from core.results.caveats import CLUSTERS_ONLY


def clusters_only_notice(*, bundle: str) -> Component:
    """Return the notice that a bundle predicts no purchase."""
    return banner(
        "info",
        "No purchases and no revenue are predicted here",
        html.Span([CLUSTERS_ONLY, " The model is ", model_link(bundle), "."]),
    )
