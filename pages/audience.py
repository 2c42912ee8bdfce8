"""One audience: what it is, its files, what becomes of it in another result."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import quote

import dash
from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.audiences.ad_list import CHOICE as PLATFORM
from components.audiences.ad_list import SHOWN as PLATFORM_SHOWN
from components.audiences.ad_list import file_of, list_address
from components.audiences.list import PATH
from components.audiences.page import (
    APPLY,
    DELETE,
    DELETE_CANCEL,
    DELETE_DIALOG,
    DELETE_YES,
    OPEN,
    PLACE,
    RENAME,
    RENAME_CANCEL,
    RENAME_DIALOG,
    RENAME_NAME,
    RENAME_PROBLEM,
    RENAME_SAVE,
    SHOWN,
    audience_page,
)
from components.base.layout import button, error_panel
from components.base.query import single
from components.home.page import not_found
from core.audiences.ad_list import AdList
from core.audiences.platforms import platform_of
from core.audiences.repository import applied, readable
from core.audiences.selection import Selection
from core.base.errors import CoreError, NotFoundError
from core.base.identity import may
from core.base.requester import requester
from core.results.sources import Source, find_source, list_sources
from core.results.trust import trust_of_source
from core.results.view import ResultView
from core.storage import Audience, get_store

dash.register_page(
    __name__,
    path=f"{PATH}/none",
    path_template=f"{PATH}/<audience_id>",
    name="Audience",
    title="Audience",
    order=6.5,
    nav=False,
)


def layout(audience_id: str | None = None, result: Any = None, **_: Any) -> Component:  # noqa: ANN401
    """Return the audience, applied to the result of the address or to the one it was made from."""
    try:
        audience = get_store().audience(audience_id or "")
    except NotFoundError as error:
        return not_found(
            title="Audience not found",
            text=f"{error.message} {error.remedy or ''}".strip(),
            action=button("All audiences", href=PATH, kind="primary"),
        )
    return html.Div(_shown(audience, single(result)), id=PLACE)


@callback(
    Output(OPEN, "data"),
    Input(APPLY, "value", allow_optional=True),
    State(SHOWN, "data"),
    prevent_initial_call=True,
)
def apply(result: str, shown: dict[str, str]) -> dict[str, str]:
    """Show the audience as it is in another result."""
    if (result or "") == shown["result"]:
        raise PreventUpdate
    return {"pathname": f"{PATH}/{shown['audience']}", "query": f"result={quote(result)}" if result else ""}


@callback(
    Output(RENAME_DIALOG, "is_open"),
    Output(RENAME_PROBLEM, "children"),
    Output(PLACE, "children"),
    Input(RENAME, "n_clicks"),
    Input(RENAME_CANCEL, "n_clicks"),
    Input(RENAME_SAVE, "n_clicks"),
    State(RENAME_NAME, "value"),
    State(SHOWN, "data"),
    prevent_initial_call=True,
)
def rename(
    _open: int | None, _cancel: int | None, _save: int | None, name: str | None, shown: dict[str, str]
) -> tuple[Any, ...]:
    """Open the dialog, close it, or keep the new name and show it."""
    if not ctx.triggered[0]["value"]:
        raise PreventUpdate
    if ctx.triggered_id != RENAME_SAVE:
        return ctx.triggered_id == RENAME, None, no_update
    try:
        get_store().rename_audience(shown["audience"], name or "")
    except CoreError as error:
        return True, error_panel(error.to_dict()), no_update
    return False, None, _shown(get_store().audience(shown["audience"]), shown["result"])


@callback(
    Output(DELETE_DIALOG, "is_open"),
    Output(OPEN, "data", allow_duplicate=True),
    Input(DELETE, "n_clicks"),
    Input(DELETE_CANCEL, "n_clicks"),
    Input(DELETE_YES, "n_clicks"),
    State(SHOWN, "data"),
    prevent_initial_call=True,
)
def delete(
    _open: int | None, _cancel: int | None, _yes: int | None, shown: dict[str, str]
) -> tuple[Any, ...]:
    """Ask first, then delete the audience and go to the others."""
    if not ctx.triggered[0]["value"]:
        raise PreventUpdate
    if ctx.triggered_id != DELETE_YES:
        return ctx.triggered_id == DELETE, no_update
    # Somebody else may have been faster.
    with suppress(NotFoundError):
        get_store().delete_audience(shown["audience"])
    return False, {"pathname": PATH, "query": ""}


@callback(
    Output(PLATFORM_SHOWN, "children"),
    Input(PLATFORM, "value", allow_optional=True),
    State(SHOWN, "data"),
    running=[(Output(PLATFORM, "disabled"), True, False)],
    prevent_initial_call=True,
)
def show_platform(platform: str | None, shown: dict[str, str]) -> Component | None:
    """Show what the file of an ad platform comes to."""
    if not platform:
        return None
    try:
        audience = get_store().audience(shown["audience"])
        selection = applied(audience, shown["result"] or None)
        summary = AdList(selection=selection, platform=platform_of(platform)).summary()
    except CoreError as error:
        return error_panel(error.to_dict())
    address = list_address(audience.id, platform, shown["result"])
    return file_of(summary=summary, address=address, may_download=may("ids.read"))


clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="openAddress"), Input(OPEN, "data")
)


def _shown(audience: Audience, asked: str | None) -> Component:
    other, notes = _other(audience, asked)
    selection = _applied(audience, other)
    sources = [source for source in list_sources(limit=200) if not source.is_training]
    return audience_page(
        audience=audience,
        selection=selection,
        sources=sources,
        other=other,
        is_there=_is_there(audience),
        is_kept=readable(audience, other.id if other else None),
        clusters=_clusters(selection),
        me=requester(),
        notes=notes,
        trust=trust_of_source(selection.source) if isinstance(selection, Selection) else None,
    )


def _is_there(audience: Audience) -> bool:
    try:
        get_store().result(audience.result_id)
    except NotFoundError:
        return False
    return True


def _other(audience: Audience, asked: str | None) -> tuple[Source | None, list[str]]:
    """Return the other result an address asks for, and a note if it can't be had."""
    if not asked or asked == audience.result_id:
        return None, []
    try:
        found = find_source(asked)
    except CoreError as error:
        return None, [f"{error.message} The original result is shown."]
    return (None, ["An audience is applied to a result."]) if found.is_training else (found, [])


def _applied(audience: Audience, other: Source | None) -> Selection | CoreError:
    try:
        return applied(audience, other.id if other else None)
    except CoreError as error:
        return error


def _clusters(selection: Selection | CoreError) -> dict[int, str]:
    return ResultView(selection.source.path).cluster_names if isinstance(selection, Selection) else {}
