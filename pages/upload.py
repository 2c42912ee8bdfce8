"""Upload: take exports in, offer samples to try, and keep the list of datasets."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, callback, ctx, dcc, html, no_update, set_props
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import page, section
from components.base.modal import asks_before
from components.upload import source_callbacks  # noqa: F401 (it brings its callbacks)
from components.upload.dataset import dataset_page
from components.upload.drop import DONE, SAMPLE, drop_zone, sample_cards
from components.upload.history import (
    ENTRY_DIALOG,
    HISTORY,
    NAME_LENGTH,
    SESSIONS,
    STATE,
    dialog_content,
    history,
    sessions_text,
    state_badge,
)
from components.upload.source import source_button, source_dialog
from core.base.identity import require
from core.base.settings import get_settings
from core.ingest import READABLE_SUFFIXES
from core.services import datasets as uploads
from core.sources.allowed import sources

PATH = "/upload"
REFRESH = "upload-refresh"
REFRESH_MILLISECONDS = 2_000
#: Dash's own: the address, and the container of the page in view.
LOCATION = "_pages_location"
CONTENT = "_pages_content"

dash.register_page(__name__, path=PATH, name="Upload", title="Upload", order=1)


def layout(**_: object) -> Component:
    """Return the page."""
    listed, places = uploads.listing(), sources()
    return page(
        drop_zone(
            limit=get_settings().upload_limit_bytes,
            suffixes=READABLE_SUFFIXES,
            elsewhere=source_button() if places else None,
        ),
        section(
            sample_cards(samples=uploads.samples()),
            title="No file at hand?",
            subtitle="Try a sample. All are made up, each in the format of another tool.",
        ),
        section(
            html.Div(history(datasets=listed.datasets, latest=listed.latest), id=HISTORY), title="Exports"
        ),
        ENTRY_DIALOG.closed(longest=NAME_LENGTH, labelled=False),
        source_dialog(sources=places) if places else None,
        dcc.Interval(id=REFRESH, interval=REFRESH_MILLISECONDS, disabled=not listed.is_busy),
        title="Upload",
        subtitle="Upload an export of browsing sessions and get a prediction for each.",
    )


@callback(
    Output(HISTORY, "children"),
    Output(REFRESH, "disabled", allow_duplicate=True),
    Input(DONE, "data"),
    prevent_initial_call=True,
)
def add_uploaded(_done: int | None) -> tuple[Component, bool]:
    """Show the list again after an upload."""
    listed = uploads.listing()
    return history(datasets=listed.datasets, latest=listed.latest), not listed.is_busy


@callback(
    Output({"type": STATE, "dataset": ALL}, "children"),
    Output({"type": SESSIONS, "dataset": ALL}, "children"),
    Output(REFRESH, "disabled"),
    Input(REFRESH, "n_intervals"),
    prevent_initial_call=True,
)
def refresh(_ticks: int | None) -> tuple[list[Any], list[str], bool]:
    """Follow what is being scored; only these cells, for the buttons beside them may be in use."""
    listed = uploads.listing()
    datasets = {dataset.id: dataset for dataset in listed.datasets}
    shown = [place["id"]["dataset"] for place in ctx.outputs_list[0]]
    badges = [
        state_badge(dataset=datasets[id_], result=listed.latest.get(id_)) if id_ in datasets else "gone"
        for id_ in shown
    ]
    counts = [sessions_text(result=listed.latest.get(id_)) for id_ in shown]
    return badges, counts, not listed.is_busy


@callback(
    Output(LOCATION, "href", allow_duplicate=True),
    Input({"type": SAMPLE, "sample": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def try_sample(clicks: list[int | None]) -> str:
    """Score a sample and go to what becomes of it."""
    if not any(clicks):
        raise PreventUpdate
    return uploads.try_sample(ctx.triggered_id["sample"])


def _asked(dataset_id: str, deletes: bool) -> tuple[Any, ...]:
    dataset = uploads.open_dataset(dataset_id).dataset
    audiences = uploads.audiences_of(dataset_id) if deletes else {}
    return dialog_content(deletes=deletes, dataset=dataset, audiences=audiences)


asks_before(ENTRY_DIALOG, _asked)


@callback(
    Output(ENTRY_DIALOG.dialog, "is_open", allow_duplicate=True),
    Output(LOCATION, "href", allow_duplicate=True),
    Input(ENTRY_DIALOG.confirm, "n_clicks"),
    Input(ENTRY_DIALOG.cancel, "n_clicks"),
    Input(ENTRY_DIALOG.name, "n_submit"),
    State(ENTRY_DIALOG.state, "data"),
    State(ENTRY_DIALOG.name, "value"),
    State(LOCATION, "pathname"),
    prevent_initial_call=True,
)
def answer(
    confirm: int, cancel: int, submit: int, asked: dict[str, Any] | None, name: str | None, here: str
) -> tuple[bool, Any]:
    """Do what the dialog asked, and show the page as it is then."""
    if not asked or not (confirm or cancel or submit):
        raise PreventUpdate
    if ctx.triggered_id == ENTRY_DIALOG.cancel:
        return False, no_update
    if asked["deletes"]:
        require("results.delete")
        uploads.delete(asked["entry"])
    else:
        uploads.rename(asked["entry"], name or "")
    if here == PATH:
        set_props(HISTORY, {"children": _history()})
    elif not asked["deletes"]:
        set_props(CONTENT, {"children": dataset_page(opened=uploads.open_dataset(asked["entry"]))})
    return False, no_update if here == PATH or not asked["deletes"] else PATH


def _history() -> Component:
    listed = uploads.listing()
    return history(datasets=listed.datasets, latest=listed.latest)
