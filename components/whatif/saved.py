"""What-if pages kept under a name: the dialog that saves one, and the page that lists them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import ago, date_time, number
from components.base.layout import banner, button, empty_state, page
from components.base.modal import EntryDialog, modal
from components.shared.model_links import model_link
from core.base.identity import may
from core.whatif.scenario import SESSION

if TYPE_CHECKING:
    from core.storage import SavedScenario

SAVED_PATH = "/what-if/saved"
WHATIF_PATH = "/what-if"

#: Ids of the dialog that saves.
SAVE_OPEN, SAVE_DIALOG, SAVE_TITLE = "whatif-save-open", "whatif-save-dialog", "whatif-save-title"
SAVE_NAME, SAVE_SUBMIT, SAVE_CANCEL = "whatif-save-name", "whatif-save-submit", "whatif-save-cancel"
SAVE_SAID = "whatif-save-said"

#: The list, and the dialog that its buttons open.
LIST = "whatif-saved-list"
ENTRY_DIALOG = EntryDialog("whatif-saved", key="scenario")

NAME_LENGTH = 80
COLUMNS = ("Name", "Model", "Saved", "By", "")


def save_dialog() -> Component:
    """Return the dialog, closed, in which the page gets a name."""
    return modal(
        [
            html.Label("Name", htmlFor=SAVE_NAME, className="d-block mb-1 small fw-medium"),
            dbc.Input(
                id=SAVE_NAME,
                type="text",
                maxlength=NAME_LENGTH,
                placeholder="Newsletter visitor with a full cart",
                autocomplete="off",
                n_submit=0,
            ),
            html.P(
                "The session in the form, the model that answers and the scenarios beside it are "
                "saved. Everybody who uses this server sees the list.",
                className="measure small text-body-secondary",
            ),
            html.Div(id=SAVE_SAID, role="status"),
        ],
        title="Save this page",
        title_id=SAVE_TITLE,
        id=SAVE_DIALOG,
        buttons=[
            button("Close", id=SAVE_CANCEL, kind="quiet"),
            button("Save", id=SAVE_SUBMIT, kind="primary"),
        ],
    )


def saved_said(*, saved: SavedScenario) -> Component:
    """Return what the dialog says once it is saved."""
    return banner(
        "success", f"Saved as “{saved.name}”", dcc.Link("Look at all saved scenarios", href=SAVED_PATH)
    )


def saved_page(*, scenarios: Sequence[SavedScenario], you: str, models: Collection[str]) -> Component:
    """Return the page with the list; ``you`` is who asks, ``models`` are the names of those there are."""
    return page(
        html.Div(saved_list(scenarios=scenarios, you=you, models=models), id=LIST),
        ENTRY_DIALOG.closed(longest=NAME_LENGTH),
        title="Saved scenarios",
        subtitle="Saved by your team. Everyone who uses this server sees them.",
        actions=button("Imagine another session", href=WHATIF_PATH, icon="what-if"),
    )


def saved_list(*, scenarios: Sequence[SavedScenario], you: str, models: Collection[str]) -> list[Component]:
    """Return the table of what is saved, newest first."""
    if not scenarios:
        return [
            empty_state(
                "Nothing saved yet",
                "Describe a session on the what-if page and choose Save: it appears here, for everyone.",
                button("Open What-if", href=WHATIF_PATH, kind="primary"),
            )
        ]
    heads = [
        html.Th(name or html.Span("Actions", className="visually-hidden"), scope="col") for name in COLUMNS
    ]
    rows = [_row(saved, you=you, there=saved.bundle in models) for saved in scenarios]
    caption = html.Caption("Saved scenarios, newest first", className="visually-hidden")
    table = html.Table(
        [caption, html.Thead(html.Tr(heads)), html.Tbody(rows)], className="table table-hover table-stack"
    )
    count = f"n = {number(len(scenarios))} saved scenario{'' if len(scenarios) == 1 else 's'}"
    return [
        dbc.Card(html.Div(table, className="overflow-x-auto"), className="mb-2"),
        html.P(count, className="measure small text-body-secondary"),
    ]


def _row(saved: SavedScenario, *, you: str, there: bool) -> Component:
    address = f"{WHATIF_PATH}?{saved.query}" if saved.query else WHATIF_PATH
    name: Component = dcc.Link(saved.name, href=address, className="fw-medium text-break")
    if SESSION in dict(parse_qsl(saved.query)) and not may("ids.read"):
        # Its address names a session.
        name = html.Span(saved.name, className="text-break")
    by = "–" if not saved.who else "you" if saved.who == you else "somebody else"
    model: list[Component | str] = [model_link(saved.bundle) if there else f"{saved.bundle} (deleted)"]
    return html.Tr(
        [
            html.Td(name, **_label("Name")),
            html.Td(model, **_label("Model")),
            html.Td(ago(saved.created_at), title=date_time(saved.created_at), **_label("Saved")),
            html.Td(by, **_label("By")),
            html.Td(
                [
                    button("Rename", id=ENTRY_DIALOG.rename(saved.id), kind="quiet", icon="pencil"),
                    button("Delete", id=ENTRY_DIALOG.delete(saved.id), kind="quiet", icon="trash"),
                ],
                className="text-nowrap text-lg-end",
            ),
        ]
    )


def _label(name: str) -> dict[str, str]:
    return {"data-label": name}


def dialog_content(*, saved: SavedScenario, deletes: bool) -> tuple[Any, ...]:
    """Return the dialog's title, text, name with its style, and its button's words and class."""
    if deletes:
        text = f"“{saved.name}” is deleted for everybody. Links to it that somebody has sent go on working."
        return (
            "Delete this scenario?",
            text,
            saved.name,
            {"display": "none"},
            "Delete",
            "btn btn-outline-danger",
        )
    return "Rename this scenario", None, saved.name, None, "Rename", "btn btn-primary"
