"""Taking exports the server can reach itself: the callbacks of ``components/upload/source.py``."""

from __future__ import annotations

from typing import Any

from dash import ALL, Input, Output, State, callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import error_panel
from components.upload.source import (
    CANCEL,
    DIALOG,
    EVERY,
    FILES,
    FOLDER,
    LISTING,
    OPEN,
    PLACE,
    PROBLEM,
    SOURCE,
    SUMMARY,
    TAKE,
    listing,
    summary,
    unreadable,
)
from core.base.errors import CoreError
from core.jobs import fetching
from core.sources.allowed import browse

LOCATION = "_pages_location"


@callback(
    Output(DIALOG, "is_open"),
    Output(PLACE, "data"),
    Output(LISTING, "children"),
    Output(PROBLEM, "children"),
    Input(OPEN, "n_clicks"),
    Input(SOURCE, "value"),
    Input({"type": FOLDER, "path": ALL, "at": ALL}, "n_clicks"),
    Input(CANCEL, "n_clicks"),
    State(PLACE, "data"),
    prevent_initial_call=True,
)
def look(
    _open: int | None, source: str, _folders: list[int], _cancel: int | None, _place: dict[str, str] | None
) -> tuple[bool, Any, Any, Any]:
    """Open a folder of the place; buttons that have just been drawn open nothing."""
    if ctx.triggered_id == CANCEL:
        return False, no_update, no_update, None
    if ctx.triggered_id != SOURCE and not ctx.triggered[0]["value"]:
        raise PreventUpdate
    path = ctx.triggered_id["path"] if isinstance(ctx.triggered_id, dict) else ""
    return True, {"source": source, "path": path}, _listed(source, path), None


@callback(Output(SUMMARY, "children"), Output(TAKE, "disabled"), Input(FILES, "value"))
def count(chosen: list[str] | None) -> tuple[str, bool]:
    """Say how much is chosen."""
    return summary(count=len(chosen or ())), not chosen


@callback(
    Output(FILES, "value"),
    Input(EVERY, "n_clicks"),
    State(FILES, "options"),
    State(FILES, "value"),
    prevent_initial_call=True,
)
def choose_all(clicks: int | None, options: list[dict[str, Any]], chosen: list[str]) -> list[str]:
    """Choose every file of the folder; all of them chosen, none."""
    if not clicks:
        raise PreventUpdate
    every = [option["value"] for option in options if not option.get("disabled")]
    return [] if set(every) == set(chosen) else every


@callback(
    Output(LOCATION, "href", allow_duplicate=True),
    Output(PROBLEM, "children", allow_duplicate=True),
    Input(TAKE, "n_clicks"),
    State(FILES, "value"),
    State(PLACE, "data"),
    running=[(Output(TAKE, "disabled"), True, False)],
    prevent_initial_call=True,
)
def take(clicks: int | None, chosen: list[str], place: dict[str, str]) -> tuple[Any, Any]:
    """Have the chosen files fetched as one dataset, and go where that can be watched."""
    if not clicks:
        raise PreventUpdate
    try:
        dataset = fetching.take(place["source"], chosen)
    except CoreError as error:
        return no_update, error_panel(error.to_dict())
    return f"/upload/{dataset.id}", None


def _listed(source: str, path: str) -> list[Component]:
    try:
        return listing(source=source, path=path, entries=browse(source, path))
    except CoreError as error:
        return unreadable(source=source, path=path, error=error.to_dict())
