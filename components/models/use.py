"""Putting a model to use, going back and deleting one: the buttons, and the dialog that asks first."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.layout import button
from components.base.modal import modal
from components.train.compare import alarms_panel
from components.train.options import who_field
from core.bundle.model_card import Card

#: Ids of this component.
USE, BACK, DELETE = "models-use", "models-back", "models-delete"
DIALOG, DIALOG_TITLE, DIALOG_BODY = "models-dialog", "models-dialog-title", "models-dialog-body"
ASKED, NOTE, SURE = "models-asked", "models-note", "models-sure"
CONFIRM, CANCEL, PROBLEM = "models-confirm", "models-cancel", "models-problem"
WHO_PLACE, NOTE_PLACE, SURE_PLACE = "models-who-place", "models-note-place", "models-sure-place"
HIDDEN = {"display": "none"}


def use_id(name: str) -> dict[str, str]:
    """Return the id of the button that puts a model to use."""
    return {"type": USE, "model": name}


def back_id(name: str) -> dict[str, str]:
    """Return the id of the button that goes back to a model."""
    return {"type": BACK, "model": name}


def delete_id(name: str) -> dict[str, str]:
    """Return the id of the button that deletes a model."""
    return {"type": DELETE, "model": name}


def dialog() -> Component:
    """Return the dialog, closed; ``dialog_content`` fills it."""
    return html.Div(
        [
            dcc.Store(id=ASKED),
            modal(
                [
                    html.Div(id=DIALOG_BODY, className="text-break"),
                    html.Div(who_field(help="Saved with the change."), id=WHO_PLACE),
                    html.Div(
                        [
                            html.Label("Why", htmlFor=NOTE, className="form-label"),
                            dbc.Input(id=NOTE, type="text", value="", maxlength=300),
                        ],
                        id=NOTE_PLACE,
                        className="train-field vstack gap-1",
                    ),
                    html.Div(
                        dbc.Checkbox(
                            id=SURE,
                            value=False,
                            label="I have checked the warnings: nothing gives the outcome away.",
                        ),
                        id=SURE_PLACE,
                    ),
                    html.Div(id=PROBLEM, role="alert"),
                ],
                title_id=DIALOG_TITLE,
                id=DIALOG,
                buttons=[
                    button("Cancel", id=CANCEL, kind="quiet"),
                    button("Use this one", id=CONFIRM, kind="primary"),
                ],
            ),
        ]
    )


def dialog_content(*, action: str, shown: Card) -> dict[str, Any]:
    """Return what the dialog asks: title, text, the words of its button, and which fields it needs."""
    name = shown.name
    alarms = shown.manifest.alarms if action != DELETE else ()
    if action == DELETE:
        title, words = f"Delete {name}?", "Delete"
        text: list[Any] = [
            html.P([html.Strong(name), " is deleted for good. Its results stay."]),
            html.P("This can't be undone."),
        ]
    elif action == BACK:
        title, words = f"Go back to {name}?", "Go back"
        text = [html.P(["New exports are scored with ", html.Strong(name), " again. Results don't change."])]
    else:
        title, words = f"Use {name}?", "Use this one"
        text = [
            html.P(
                [
                    "New exports are scored with ",
                    html.Strong(name),
                    " from now on. You can go back at any time.",
                ]
            )
        ]
    if alarms:
        text.append(alarms_panel(alarms=alarms))
    return {
        "title": title,
        "text": text,
        "button": words,
        "button_class": f"button button-{'danger' if action == DELETE else 'primary'}",
        "who": HIDDEN if action == DELETE else {},
        "note": HIDDEN if action == DELETE else {},
        "sure": {} if alarms else HIDDEN,
        "disabled": bool(alarms),
    }
