"""All models there are: what each learned from and how good it is; which one is and was in use."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import ago, date_time, percent
from components.base.help_mark import help_mark
from components.base.layout import button, card, empty_state, facts, icon_button, page, section
from components.models.labels import KINDS, learned_from, measured_on, plain_kpis
from components.models.page import badges
from components.models.use import back_id, delete_id, dialog, use_id
from components.shared.model_links import model_address
from components.train.use import history_section
from core.bundle.model_card import Card, Shelf

#: Id of what is drawn anew after a change.
LIST = "models-list"


def models_page(*, shelf: Shelf) -> Component:
    """Return the page of all models."""
    return page(
        html.Div(models_body(shelf=shelf), id=LIST, className="vstack gap-4"),
        dialog(),
        title="Models",
        subtitle=(
            "The models sessions are scored with. A shop's first own model is used at once, later ones when "
            "you say so."
        ),
        actions=[button("Train a model", href="/train", kind="primary", icon="plus")],
    )


def models_body(*, shelf: Shelf) -> list[Component]:
    """Return the models, the one in use first, and which one was in use when."""
    if not shelf.cards:
        return [
            empty_state(
                "No models yet",
                "Train one on your own export, or make the shipped one: python -m core train --demo.",
                button("Train a model", href="/train", kind="primary"),
            )
        ]
    history = history_section(history=shelf.history)
    found: list[Component] = [section(*(_card(each, shelf) for each in shelf.cards))]
    return [*found, *([history] if history is not None else [])]


def _card(shown: Card, shelf: Shelf) -> Component:
    manifest = shown.manifest
    created = html.Time(
        f"made {ago(manifest.created_at)}", dateTime=manifest.created_at, title=date_time(manifest.created_at)
    )
    head = html.Div(
        [
            html.H2(
                dcc.Link(manifest.name, href=model_address(manifest.name)),
                className="text-break",
            ),
            *badges(shown),
        ],
        className="d-inline-flex flex-wrap gap-2 align-items-center",
    )
    source = html.Div(str(manifest.training.get("source") or ""), className="mt-1 text-body-secondary")
    learned = html.Div(
        [learned_from(shown), " · ", KINDS[shown.predicts_purchase], " · ", created],
        className="small text-body-tertiary",
    )
    return card(
        html.Div(
            [html.Div([head, source, learned], className="flex-words"), _actions(shown, shelf)],
            className="d-flex flex-wrap gap-2 align-items-start justify-content-between",
        ),
        _figures(shown),
        class_name=f"models-card{' models-card-used' if shown.in_use else ''}",
    )


def _figures(shown: Card) -> Component:
    """Return the main figures in a line each, with interval and n."""
    entries = [
        (html.Span([each.label, help_mark(each.label)]), each.value, each.note) for each in plain_kpis(shown)
    ]
    if threshold := shown.manifest.threshold:
        name = "Likely-buyer cut-off"
        entries.append((html.Span([name, help_mark(name)]), percent(threshold), "purchase probability"))
    return html.Div(
        [
            facts(*entries, class_name="facts-large models-figures my-3 border-top"),
            html.P(measured_on(shown), className="small text-body-tertiary mb-0"),
        ]
    )


def _actions(shown: Card, shelf: Shelf) -> Component:
    name = shown.name
    parts: list[Component] = [button("Open the card", href=model_address(name))]
    if shown.in_use and shelf.earlier is not None:
        parts.append(
            button(f"Go back to {shelf.earlier}", id=back_id(shelf.earlier), kind="quiet", icon="arrow-left")
        )
    if not shown.in_use:
        parts += [
            button("Use this one", id=use_id(name)),
            icon_button("trash", f"Delete {name}", id=delete_id(name)),
        ]
    return html.Div(parts, className="d-flex flex-wrap gap-2")
