"""What a page says where nothing is predicted: that a model knows clusters only, or isn't the shop's own."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from components.base.layout import banner
from components.shared.model_links import model_link
from core.results.caveats import CLUSTERS_ONLY
from core.storage import Basis

#: True of a result for good, also once there is a model.
SCORED_WITHOUT = "No predictions: scored before there was a model of your own"


def clusters_only_notice(*, bundle: str, basis: Basis | None = None) -> Component:
    """Return the notice that no purchase is predicted; ``basis`` says why where a shop has no model yet."""
    if basis is not None and basis.kind == "none":
        return banner("info", SCORED_WITHOUT, basis.reason)
    return banner(
        "info",
        "Purchases and revenue aren't predicted here",
        html.Span([CLUSTERS_ONLY, " The model is ", model_link(bundle), "."]),
    )
