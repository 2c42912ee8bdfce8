"""What the session in the form would spend, and what it is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.base.format import NOTHING, estimate, money_range
from components.base.layout import facts


def amounts(*, prediction: Mapping[str, Any], currency: str | None) -> Component:
    """Return the card of a prediction's amounts."""
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
    entries = [(name, estimate(value, currency), note) for name, value, note in parts]
    return dbc.Card(
        facts(*entries, class_name="facts-large whatif-amounts"), body=True, className="flex-shrink-0"
    )


def _range_note(prediction: Mapping[str, Any], currency: str | None) -> str:
    within = money_range(prediction.get("revenue_low"), prediction.get("revenue_high"), currency)
    if within == NOTHING:
        return "what a buyer like this spends"
    return f"8 in 10 buyers like this spend {within}"
