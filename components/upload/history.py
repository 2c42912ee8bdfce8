"""The datasets there are: what each is, how far its scoring is, and what can be done with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import ago, date_time, number, percent, size
from components.base.layout import badge, button, empty_state, icon, icon_button, synthetic_badge
from components.base.modal import EntryDialog
from components.shared.labels import NO_RESULT, result_state
from components.shared.model_links import train_address
from core.base.identity import may
from core.storage import Dataset, Result
from core.training.data.loading import LEAST_BUYERS

#: Ids of this component.
HISTORY = "upload-history"
STATE = "upload-state"
SESSIONS = "upload-sessions"
ENTRY_DIALOG = EntryDialog("upload", key="dataset")

NAME_LENGTH = 200
COLUMNS = ("Name", "Format", "Sessions", "Uploaded", "State", "Size", "")


NO_AUDIENCES: Mapping[str, bool] = MappingProxyType({})
#: So many audiences are named before a dataset is deleted.
NAMED = 3


def history(*, datasets: Iterable[Dataset], latest: Mapping[str, Result]) -> Component:
    """Return the table of datasets; ``latest`` is the newest result of each that has one."""
    rows = [_row(dataset, latest.get(dataset.id)) for dataset in datasets]
    if not rows:
        return empty_state("No exports yet", "Choose a file above, or try one of the samples.")
    head = html.Thead(
        html.Tr(
            [
                html.Th(
                    name or html.Span("Actions", className="visually-hidden"),
                    scope="col",
                    className=_kind(name),
                )
                for name in COLUMNS
            ]
        )
    )
    table = html.Table(
        [html.Caption("Exports, newest first", className="visually-hidden"), head, html.Tbody(rows)],
        className="table table-hover table-stack upload-history",
    )
    return dbc.Card(table, className="overflow-hidden")


def what_it_is(*, dataset: Dataset) -> str:
    """Return what a dataset was recognised as."""
    if dataset.is_arriving or dataset.state == "not_fetched":
        return "In transfer"
    if not dataset.recognition.needs_mapping:
        return dataset.recognition.title
    return "Not recognised" if dataset.mapping is None else "Columns mapped by hand"


def sessions_text(*, result: Result | None) -> str:
    """Return how many sessions a dataset has, once that is known."""
    return number(result.n_sessions) if result and result.n_sessions is not None else "–"


def state_badge(*, dataset: Dataset, result: Result | None) -> Component:
    """Return how far a dataset is, in a word or two."""
    if dataset.is_arriving and result is None:
        share = dataset.fetch.share if dataset.fetch else 0
        return badge(f"fetching: {percent(share, 0)}", "info", title="Fetched from the server's files.")
    if dataset.state == "not_fetched":
        return badge("not fetched", "danger", title=dataset.fetch.message if dataset.fetch else None)
    if dataset.state == "needs_mapping" or result is None:
        return badge(*NO_RESULT["needs_mapping" if dataset.state == "needs_mapping" else "unscored"])
    words, tone = result_state(result)
    if result.state == "running":
        words = f"{words} {percent(result.share, 0)}"
    said = str((result.error or {}).get("message") or result.message)
    return badge(words, tone, title=None if result.state == "done" else said or None)


def delete_button(dataset_id: str, label: str) -> list[Component]:
    """Return the button that asks before an export is deleted, for whoever may delete one."""
    if not may("results.delete"):
        return []
    return [button(label, id=ENTRY_DIALOG.delete(dataset_id), kind="danger", icon="trash")]


def dialog_content(
    *, deletes: bool, dataset: Dataset, audiences: Mapping[str, bool] = NO_AUDIENCES
) -> tuple[Any, ...]:
    """Return what the dialog shows: title, text, name, the name's style, button and its look.

    ``audiences`` are the names of those made of the dataset's results, and whether they can do without it.
    """
    if not deletes:
        label = html.Label("New name", htmlFor=ENTRY_DIALOG.name, className="form-label")
        return "Rename export", label, dataset.name, {}, "Rename", "btn btn-primary"
    text = [
        html.P([html.Strong(dataset.name), " is deleted, along with its file and all its results."]),
        *([html.P(_audiences_stay(audiences))] if audiences else []),
        html.P("This can't be undone."),
    ]
    return "Delete this export?", text, "", {"display": "none"}, "Delete", "btn btn-outline-danger"


def _audiences_stay(audiences: Mapping[str, bool]) -> str:
    """Say what becomes of audiences when the result they were made from goes."""
    n, lost = len(audiences), [name for name, kept in audiences.items() if not kept]
    said = (
        f"{'One audience was' if n == 1 else f'{number(n)} audiences were'} made from it: "
        f"{_named(list(audiences))}. "
        f"{'Its contact list' if n == 1 else 'Their contact lists'} can no longer be downloaded. "
    )
    if len(lost) < n:
        said += (
            "Campaigns can still be measured: both groups are saved as hashed ids until the audience is "
            "deleted. "
        )
    if lost:
        said += f"{_named(lost)} can no longer be measured, because the groups weren't saved."
    return said.strip()


def _named(names: Sequence[str]) -> str:
    told = ", ".join(f"“{name}”" for name in names[:NAMED])
    return told if len(names) <= NAMED else f"{told} and {number(len(names) - NAMED)} more"


def _row(dataset: Dataset, result: Result | None) -> Component:
    cells = (
        html.Div(
            [
                dcc.Link(dataset.name, href=f"/upload/{dataset.id}", className="fw-medium text-break"),
                *([synthetic_badge()] if dataset.synthetic else []),
            ],
            className="hstack flex-wrap gap-2",
        ),
        what_it_is(dataset=dataset),
        html.Span(sessions_text(result=result), id={"type": SESSIONS, "dataset": dataset.id}),
        html.Time(ago(dataset.created_at), dateTime=dataset.created_at.isoformat(),
                  title=date_time(dataset.created_at)),
        html.Span(
            state_badge(dataset=dataset, result=result), id={"type": STATE, "dataset": dataset.id}
        ),
        size(dataset.size_bytes),
        _actions(dataset, result),
    )  # fmt: skip
    return html.Tr(
        [
            html.Td(cell, className=_kind(name), **{"data-label": name})
            for name, cell in zip(COLUMNS, cells, strict=True)
        ]
    )


def _actions(dataset: Dataset, result: Result | None) -> Component:
    if dataset.state == "needs_mapping":
        lead = button("Map columns", href=f"/upload/{dataset.id}")
    elif result is not None:
        lead = button("Results", href=f"/results/{result.id}")
    else:
        lead = button("Open", href=f"/upload/{dataset.id}")
    rename = icon_button("pencil", f"Rename {dataset.name}", id=ENTRY_DIALOG.rename(dataset.id))
    delete = icon_button("trash", f"Delete {dataset.name}", id=ENTRY_DIALOG.delete(dataset.id))
    ways = [lead, *_train(dataset, result), rename, *([delete] if may("results.delete") else [])]
    return html.Div(ways, className="upload-actions hstack gap-1")


def _train(dataset: Dataset, result: Result | None) -> list[Component]:
    """Lead to training, where the export tells what a model can learn from."""
    if dataset.state != "ready" or result is None or not result.has_outcomes:
        return []
    if result.recorded is not None and result.recorded.buyers < LEAST_BUYERS:
        return []
    label = f"Train a model on {dataset.name}"
    return [
        dcc.Link(
            [icon("model"), html.Span(label, className="visually-hidden")],
            href=train_address(dataset.id),
            title=label,
            className="btn btn-link btn-icon",
        )
    ]


def _kind(name: str) -> str | None:
    return "num" if name in {"Sessions", "Size"} else "upload-actions-cell" if not name else None
