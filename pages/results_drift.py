"""A result beside the data its model learned from: what has changed, and how right the model still is."""

from __future__ import annotations

from typing import Any

import dash
from dash.development.base_component import Component

from components.base.layout import button
from components.home.page import not_found
from components.results.address import PATH
from components.results.drift import drift_page
from core.base.errors import NotFoundError
from core.results.drift.drift import drift_of
from core.storage import get_store

dash.register_page(
    __name__,
    path=f"{PATH}/none/drift",
    path_template=f"{PATH}/<result_id>/drift",
    name="Drift",
    title="Drift · Smart Customer Session Predictor",
    # Before the page of a result, whose address would fit as well.
    order=1.5,
    nav=False,
)


def layout(result_id: str | None = None, **_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the details of a result's drift."""
    store = get_store()
    try:
        latest = store.latest_result() if result_id == "latest" else None
        result = latest or store.result(result_id or "")
        if result.state != "done":
            raise NotFoundError("This result isn't finished.", remedy="Wait until scoring is done.")
    except NotFoundError as error:
        return not_found(
            title="Result not found",
            text=f"{error.message} {error.remedy or ''}".strip(),
            action=button("All results", href=PATH, kind="primary"),
        )
    return drift_page(result=result, drift=drift_of(result))
