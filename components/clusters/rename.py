"""The dialog in which clusters get names of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.base.layout import button
from components.base.modal import modal
from components.clusters.detail import cluster_dot
from core.bundle.cluster_names import LONGEST
from core.bundle.repository import ClusterNote

#: Ids of this component.
DIALOG = "clusters-rename-dialog"
DIALOG_TITLE = "clusters-rename-title"
NAME = "clusters-rename-name"
PROBLEM = "clusters-rename-problem"
CANCEL = "clusters-rename-cancel"
SAVE = "clusters-rename-save"


def name_id(cluster_id: int) -> dict[str, Any]:
    """Return the id of the field with a cluster's name."""
    return {"type": NAME, "cluster": cluster_id}


def rename_dialog(*, bundle: str, notes: Mapping[int, ClusterNote]) -> Component:
    """Return the dialog, closed, with a field for each cluster of the bundle."""
    return modal(
        [
            html.P(
                [
                    "Kept in the model ",
                    html.Strong(bundle),
                    ": the new names appear on this page right away, and in every export the model "
                    "scores from now on. Earlier results keep the old names on their own page, in their "
                    "table and in downloads until you score them again. Retraining keeps a name where it "
                    "finds the same cluster.",
                ],
                className="smaller text-body-tertiary",
            ),
            *(_field(number, note) for number, note in notes.items()),
            html.Div(id=PROBLEM, role="alert"),
        ],
        title="Rename clusters",
        title_id=DIALOG_TITLE,
        id=DIALOG,
        buttons=[button("Cancel", id=CANCEL, kind="quiet"), button("Save names", id=SAVE, kind="primary")],
        scrollable=True,
    )


def _field(number: int, note: ClusterNote) -> Component:
    # The name is said outright: an id of several parts can't be the target of a label.
    return html.Div(
        [
            cluster_dot(number),
            dbc.Input(id=name_id(number), type="text", value=note.name, maxlength=LONGEST, size="sm"),
            html.Span(note.sentence, className="clusters-rename-sentence smaller text-body-tertiary"),
        ],
        className="clusters-rename-field gap-2 align-items-center",
        role="group",
        **{"aria-label": f"Name of “{note.name}”"},
    )
