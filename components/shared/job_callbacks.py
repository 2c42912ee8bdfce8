"""What pages that watch a job have in common: follow it, show its end, ask before it is stopped, stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from dash import Input, Output, State, callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.shared.errors import error_page
from components.shared.job_status import JobIds, pace
from core.base.errors import CoreError, NotFoundError
from core.storage import Job

JobT = TypeVar("JobT", bound=Job)


def watch_job(
    ids: JobIds,
    *,
    look: Callable[[str], JobT],
    status: Callable[[JobT], Any],
    body: Callable[[str, str], Component],
    cancel: Callable[[str], object],
) -> None:
    """Register the callbacks of a page that watches a job.

    Parameters
    ----------
    look
        Returns the job of an id from the address.
    status
        Returns how far it is, while it isn't over. Quick: an answer that comes after the next tick is
        never shown.
    body
        Returns what stands on the page, of an id and the rest of the address.
    cancel
        Stops it.
    """

    @callback(
        Output(ids.status, "children"),
        Output(ids.clock, "disabled"),
        Output(ids.clock, "interval"),
        Output(ids.over, "data"),
        Input(ids.clock, "n_intervals"),
        State(ids.watched, "data"),
        prevent_initial_call=True,
    )
    def watch(ticks: int, watched: str) -> tuple[Any, bool, Any, Any]:
        try:
            job = look(watched)
        except NotFoundError:
            return no_update, True, no_update, "gone"
        if job.is_over:
            return no_update, True, no_update, job.state
        return status(job), False, pace(job), no_update

    @callback(
        Output(ids.place, "children"),
        Input(ids.over, "data"),
        State(ids.watched, "data"),
        State("_pages_location", "search"),
        prevent_initial_call=True,
    )
    def finish(over: str | None, watched: str, search: str | None) -> Component:
        if not over:
            raise PreventUpdate
        try:
            return body(watched, search or "")
        except CoreError as error:
            return error_page(error.to_dict())

    @callback(
        Output(ids.dialog, "is_open"),
        Input(ids.cancel, "n_clicks"),
        Input(ids.keep, "n_clicks"),
        prevent_initial_call=True,
    )
    def ask(clicks: int, keep: int) -> bool:
        # A button that has just been drawn asks nothing.
        if not ctx.triggered_id or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        return bool(ctx.triggered_id == ids.cancel)

    @callback(
        Output(ids.dialog, "is_open", allow_duplicate=True),
        Output(ids.place, "children", allow_duplicate=True),
        Input(ids.stop, "n_clicks"),
        State(ids.watched, "data"),
        State("_pages_location", "search"),
        running=[(Output(ids.stop, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def stop(clicks: int, watched: str, search: str | None) -> tuple[bool, Any]:
        if not clicks:
            raise PreventUpdate
        cancel(watched)
        return False, body(watched, search or "")
