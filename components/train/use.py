"""Putting a trained model to use, going back, and telling which model was and is in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.base.format import ago, date_time
from components.base.layout import badge, banner, button, card, section, simple_table
from components.shared.model_links import model_address, model_link, score_again_id, train_address
from components.train.options import who_field

if TYPE_CHECKING:
    from core.bundle.registry import Promotion
    from core.services.trainings import Opened

#: Ids of this component.
USE = "training-use"
BACK = "training-back"
CONFIRM = "training-confirm"
PROBLEM = "training-problem"

#: Entries of the history that are shown.
SHOWN = 10


def use_panel(*, opened: Opened) -> Component:
    """Return what can be done with a trained model: use it, or go back; and what comes next."""
    training, manifest = opened.training, opened.manifest
    if manifest is None:
        return banner(
            "warning",
            "This model has been deleted",
            "What was measured when it was trained is kept below.",
            button("Train again", href=train_address(training.dataset_id), kind="primary"),
        )
    return card(
        *(_in_use(opened) if opened.is_used else _not_in_use(opened)),
        html.Div(id=PROBLEM, role="alert", className="hide-empty"),
        stack=True,
    )


def history_section(*, history: Sequence[Promotion]) -> Component | None:
    """Return which model was used from when on, and who said so."""
    if not history:
        return None
    rows = [
        [
            model_link(entry.bundle),
            entry.previous or "–",
            entry.who,
            html.Span(ago(entry.at), title=date_time(entry.at)),
            entry.note or ("went back" if entry.back else "–"),
        ]
        for entry in history[:SHOWN]
    ]
    return section(
        card(
            simple_table(
                ["In use from then on", "Before", "Who", "When", "Note"],
                rows,
                caption="Which model was in use, newest first",
                stack=True,
            ),
            flush=True,
        ),
        title="Which model was in use",
    )


def _in_use(opened: Opened) -> list[Component]:
    entry = next((entry for entry in opened.history if entry.bundle == opened.in_use), None)
    since = [] if entry is None else [f"since {date_time(entry.at)}, chosen by {entry.who}"]
    back = opened.earlier
    parts = [
        html.Div(
            [
                badge("in use", "success"),
                html.Span(["Everything is scored with ", html.Strong(opened.in_use), *_after(since), "."]),
            ],
            className="train-used hstack flex-wrap gap-2",
        ),
        html.Div(
            [
                button("Score an export with it", href="/upload", kind="primary", icon="upload"),
                button("Score this export again", id=score_again_id(opened.training.dataset_id)),
                button("Model card", href=model_address(opened.training.bundle)),
            ],
            className="hstack flex-wrap row-gap-2 column-gap-3",
        ),
    ]
    if back:
        parts += [
            html.Hr(className="m-0"),
            html.Div(
                [
                    who_field(help="Saved with the change."),
                    html.Div(
                        [
                            button("Go back", id=BACK, icon="arrow-left"),
                            html.Span(
                                ["to ", model_link(back)], className="measure small text-body-tertiary"
                            ),
                        ],
                        className="hstack flex-wrap row-gap-2 column-gap-3",
                    ),
                ],
                className="vstack gap-3",
            ),
        ]
    return parts


def _not_in_use(opened: Opened) -> list[Component]:
    alarms = opened.manifest.alarms if opened.manifest else ()
    confirm = (
        dbc.Checkbox(
            id=CONFIRM,
            value=False,
            label="I have checked the warnings above: nothing gives the outcome away.",
            class_name="m-0",
        )
        if alarms
        # There all the same, so that "Use this one" always has it to ask.
        else dbc.Checkbox(id=CONFIRM, value=False, style={"display": "none"})
    )
    return [
        html.Div(
            [html.Span(["In use now: ", model_link(opened.in_use), "."])],
            className="train-used hstack flex-wrap gap-2",
        ),
        html.Div(
            [
                who_field(help="Saved with the change. You can go back at any time."),
                confirm,
                html.Div(
                    [
                        button("Use this one", id=USE, kind="primary", icon="check", disabled=bool(alarms)),
                        button("Model card", href=model_address(opened.training.bundle)),
                    ],
                    className="hstack flex-wrap row-gap-2 column-gap-3",
                ),
            ],
            className="vstack gap-3",
        ),
    ]


def _after(words: Sequence[str]) -> list[str]:
    return [f", {word}" for word in words]
