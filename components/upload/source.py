"""Taking exports that the server can reach itself: a folder or bucket to look through, files to choose.

Only there where the operator has allowed places to take from. Its callbacks are in
``components/upload/source_callbacks.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import date_time, number, size
from components.base.layout import button, error_panel, icon
from components.base.modal import modal

if TYPE_CHECKING:
    from core.sources.allowed import Source
    from core.sources.base import Entry

#: Ids of this component. ``PLACE`` holds the source and folder in view.
OPEN = "upload-source-open"
DIALOG = "upload-source-dialog"
SOURCE = "upload-source-which"
PLACE = "upload-source-place"
LISTING = "upload-source-listing"
FILES = "upload-source-files"
EVERY = "upload-source-every"
FOLDER = "upload-source-folder"
SUMMARY = "upload-source-summary"
PROBLEM = "upload-source-problem"
TAKE = "upload-source-take"
CANCEL = "upload-source-cancel"


def folder_id(path: str, *, at: str) -> dict[str, str]:
    """Return the id of a button that opens a folder; ``at`` tells those in the list from those above it."""
    return {"type": FOLDER, "path": path, "at": at}


def source_button() -> Component:
    """Return what opens the dialog; it stands in the drop zone."""
    return button("Fetch from the server", id=OPEN, kind="quiet", icon="search")


def source_dialog(*, sources: Sequence[Source]) -> Component:
    """Return the dialog; it is filled once it is opened."""
    options = [{"label": source.name, "value": source.name} for source in sources]
    which = html.Div(
        [
            html.Label("Place", htmlFor=SOURCE, className="form-label"),
            dbc.Select(id=SOURCE, options=options, value=options[0]["value"]),
        ],
        className="mb-3",
        hidden=len(options) == 1,
    )
    return modal(
        [
            dcc.Store(id=PLACE),
            which,
            html.Div(_nothing_to_choose(), id=LISTING),
            html.Div(id=PROBLEM, **{"aria-live": "polite"}),
        ],
        title="Fetch from the server",
        title_id=f"{DIALOG}-title",
        id=DIALOG,
        buttons=[
            html.Span(id=SUMMARY, className="me-auto small text-body-tertiary", **{"aria-live": "polite"}),
            button("Cancel", id=CANCEL, kind="quiet"),
            button("Fetch", id=TAKE, kind="primary", disabled=True),
        ],
        scrollable=True,
        size="lg",
    )


def listing(*, source: str, path: str, entries: Sequence[Entry]) -> list[Component]:
    """Return what is in a folder: the way up, folders to open, files to choose."""
    folders = [
        html.Button(
            [icon("arrow-right"), html.Span(entry.name)],
            id=folder_id(entry.path, at="list"),
            type="button",
            n_clicks=0,
            className="btn btn-link w-100 justify-content-start text-wrap text-start text-body",
        )
        for entry in entries
        if entry.is_folder
    ]
    files = [entry for entry in entries if not entry.is_folder]
    options = [{"label": _file(entry), "value": entry.path, "disabled": not entry.size} for entry in files]
    nothing = html.P("There is nothing here.", className="my-3 text-body-tertiary")
    return [
        html.Nav(
            _way(source, path),
            className="upload-source-way d-flex flex-wrap column-gap-1 pb-2 mb-1 small border-bottom",
            **{"aria-label": "Folder"},
        ),
        html.Div([*folders, *([] if entries else [nothing])]),
        html.Div(
            button("Choose all", id=EVERY, kind="quiet"),
            hidden=len(files) < 2,
        ),
        dbc.Checklist(id=FILES, options=options, value=[], className="upload-source-files"),
    ]


def unreadable(*, source: str, path: str, error: dict[str, str | None]) -> list[Component]:
    """Return what stands there where a folder can't be read; the way up stays."""
    return [
        html.Nav(
            _way(source, path),
            className="upload-source-way d-flex flex-wrap column-gap-1 pb-2 mb-1 small border-bottom",
            **{"aria-label": "Folder"},
        ),
        error_panel(error),
        *_nothing_to_choose(),
    ]


def summary(*, count: int) -> str:
    """Return how much is chosen, in words."""
    if not count:
        return "Nothing selected yet"
    return "1 file" if count == 1 else f"{number(count)} files, as one export"


def _nothing_to_choose() -> list[Component]:
    """Return the parts that callbacks want to find, with nothing in them."""
    return [
        dbc.Checklist(id=FILES, options=[], value=[]),
        html.Div(button("Choose all", id=EVERY), hidden=True),
    ]


def _file(entry: Entry) -> Component:
    facts = [size(entry.size) if entry.size else "empty"]
    if entry.modified:
        facts.append(date_time(entry.modified))
    return html.Span(
        [html.Span(entry.name), html.Span(" · ".join(facts), className="small text-body-tertiary")],
        className="d-flex flex-wrap column-gap-3 justify-content-between text-break",
    )


def _way(source: str, path: str) -> list[Component]:
    """Return the folders above as buttons, the one in view last."""
    names = path.split("/") if path else []
    steps = [
        (source.rstrip("/").rpartition("/")[2] or source, ""),
        *((name, "/".join(names[: at + 1])) for at, name in enumerate(names)),
    ]
    above = [
        html.Button(name, id=folder_id(to, at="way"), type="button", n_clicks=0, className="btn-text")
        for name, to in steps[:-1]
    ]
    return [*above, html.Span(steps[-1][0], **{"aria-current": "true"})]
