"""The page of a dataset whose files are still on their way from the server's own side, or never came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import ago, date_time, number, percent, size
from components.base.layout import button, card, error_panel, page
from components.shared.steps import progress_bar
from components.upload.history import ENTRY_DIALOG, NAME_LENGTH, delete_button

if TYPE_CHECKING:
    from core.storage import Dataset

#: Ids of this component. ``WATCHED`` holds the id of the dataset in view.
STATUS = "upload-fetch-status"
CLOCK = "upload-fetch-clock"
WATCHED = "upload-fetch-dataset"
POLL_MS = 1000


def is_on_its_way(*, dataset: Dataset) -> bool:
    """Whether a dataset has no files yet, or isn't queued for scoring yet."""
    return dataset.is_arriving or dataset.state == "not_fetched"


def fetching_page(*, dataset: Dataset) -> Component:
    """Return the whole page."""
    over = not dataset.is_arriving
    return page(
        dcc.Store(id=WATCHED, data=dataset.id),
        dcc.Interval(id=CLOCK, interval=POLL_MS, disabled=over),
        _failed(dataset)
        if over
        else card(html.Div(status(dataset=dataset), id=STATUS, className="vstack gap-2")),
        _files(dataset),
        ENTRY_DIALOG.closed(longest=NAME_LENGTH, labelled=False),
        title=dataset.name,
        subtitle=html.Span(f"Requested {ago(dataset.created_at)}", title=date_time(dataset.created_at)),
        actions=[
            button("Rename", id=ENTRY_DIALOG.rename(dataset.id), icon="pencil"),
            *delete_button(dataset.id, "Delete" if over else "Stop and delete"),
        ],
    )


def status(*, dataset: Dataset) -> list[Component]:
    """Return how far the fetching is."""
    fetch = dataset.fetch
    share, message = (fetch.share, fetch.message) if fetch else (0.0, "")
    return [
        html.Div("Copying", className="upload-item-name"),
        progress_bar(share=share, label="Files fetched"),
        html.Div(
            [html.Span(message or "Waiting for its turn"), html.Span(percent(share, 0))],
            className="d-flex gap-3 justify-content-between small text-body-secondary",
        ),
        html.P(
            "This continues without the page open; the export is scored once it has arrived.",
            className="mt-1 mb-0 small text-body-tertiary",
        ),
    ]


def _under_way(dataset: Dataset) -> Component:
    return card(html.Div(status(dataset=dataset), id=STATUS, className="vstack gap-2"))


def _failed(dataset: Dataset) -> Component:
    error = dataset.fetch.error if dataset.fetch else None
    return error_panel(error or {"message": "Its files could not be fetched."})


def _files(dataset: Dataset) -> Component | None:
    if dataset.fetch is None:
        return None
    paths = dataset.fetch.paths
    count = "1 file" if len(paths) == 1 else f"{number(len(paths))} files"
    return card(
        html.Ul(
            [html.Li(path) for path in paths],
            className="scroll-y small list-unstyled text-break",
        ),
        title=f"From {dataset.fetch.source}",
        subtitle=f"{count}, {size(dataset.size_bytes)}",
    )
