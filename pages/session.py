"""One session of a result: its prediction and the reasons, what it did, how it ended."""

from __future__ import annotations

from typing import Any

import dash
from dash.development.base_component import Component

from components.base.layout import button
from components.base.query import single
from components.home.page import not_found
from components.results.address import PATH
from components.session.page import session_page
from core.base.errors import CoreError, NotFoundError
from core.results.sources import find_source
from core.services.session_view import look_at
from core.storage import get_store

dash.register_page(
    __name__,
    path=f"{PATH}/none/session",
    path_template=f"{PATH}/<result_id>/session",
    name="Session",
    title="Session · Smart Customer Session Predictor",
    # Before the page of a result, whose address would fit as well.
    order=1.7,
    nav=False,
)


def layout(
    result_id: str | None = None,
    session: str | list[str] | None = None,
    **_: Any,  # noqa: ANN401 (any argument)
) -> Component:
    """Return the session; where it can't be found, what is missing and the way back."""
    asked = single(session)
    try:
        source = find_source(_known(result_id))
    except CoreError as error:
        return _missing("Result not found", error, button("All results", href=PATH, kind="primary"))
    home = f"/clusters?source={source.id}" if source.is_training else f"{PATH}/{source.id}"
    back = button("All sessions of the result", href=home, kind="primary")
    if not asked:
        nothing = NotFoundError(
            "This address doesn't name a session.", remedy="Choose one in the table of a result."
        )
        return _missing("Which session?", nothing, back)
    try:
        return session_page(session=look_at(source, asked))
    except NotFoundError as error:
        return _missing(f"Session “{asked[:80]}” not found here", error, back)


def _known(result_id: str | None) -> str:
    latest = get_store().latest_result() if result_id == "latest" else None
    return latest.id if latest else result_id or ""


def _missing(title: str, error: CoreError, action: Component) -> Component:
    return not_found(title=title, text=f"{error.message} {error.remedy or ''}".strip(), action=action)
