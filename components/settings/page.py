"""The page of settings: the shop, money and rules for exports, and the recipes they are read by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import dom_id
from components.base.format import date_time, number
from components.base.layout import banner, button, card, empty_state, icon_button, page, section, simple_table
from components.base.modal import EntryDialog
from components.settings.labels import (
    EFFECTS,
    LABELS,
    countries,
    currencies,
    dates,
    numbers,
    weeks,
    written,
)
from components.shared.time_zones import zone_list
from core.base.settings import Settings
from core.ingest.base.rule_texts import write_internal, write_rates
from core.storage import Recipe

PATH = "/settings"

#: Ids of the form: a control once a name of ``core.base.shop.NAMES``, what saves it, and what is said then.
FIELD, SAVE, SAID = "settings-field", "settings-save", "settings-said"
#: Ids of the recipes: the list, what is said of it, the file that is taken, and the dialog.
RECIPES, RECIPES_SAID, FILE = "settings-recipes", "settings-recipes-said", "settings-file"
ENTRY_DIALOG = EntryDialog("settings", key="recipe")

#: Stands for "none" in a list: an empty value would show no label.
NONE = " "


def field_id(name: str) -> dict[str, str]:
    """Return the id of a setting's control."""
    return {"type": FIELD, "name": name}


def settings_page(
    *, shop: Settings, recipes: Sequence[Recipe], links: Sequence[tuple[str, str]] = ()
) -> Component:
    """Return the page as things are set now; ``links`` lead to the pages below it, by name."""
    return page(
        card(
            html.Div(
                [
                    _text(
                        "shop_name",
                        shop.shop_name or "",
                        placeholder="Appears at the top of every report",
                        maxlength=80,
                    ),
                    _list("currency", shop.currency, currencies()),
                    _field(
                        "time_zone",
                        zone_list(
                            id=field_id("time_zone"), value=shop.time_zone or NONE, first={NONE: "UTC"}
                        ),
                    ),
                    _list("home_market", shop.home_market, countries()),
                    _list("date_format", shop.date_format, dates),
                    _list("number_format", shop.number_format, numbers),
                    _list("working_week", shop.working_week, weeks),
                ],
                className="settings-fields",
            ),
            html.Div(
                [
                    _lines("rates", write_rates(shop.rates), "USD = 0.92\nGBP = 1.17", _rates_help(shop)),
                    _lines(
                        "internal",
                        write_internal(shop.internal),
                        "user_id = qa-*\npage = *preview=1*",
                        "One rule per line: a column of events and a pattern, * for anything. You can "
                        "override this for a single export.",
                    ),
                ],
                className="settings-fields mt-3",
            ),
            html.Div(id=SAID, role="status", className="hide-empty mt-3"),
            html.Div(button("Save", id=SAVE, kind="primary"), className="d-flex justify-content-end mt-3"),
            title="Your shop",
            subtitle="For everyone who works with this shop: pages, reports, jobs and the command line.",
        ),
        section(
            html.Div(id=RECIPES_SAID, role="status", className="hide-empty"),
            html.Div(recipe_list(recipes=recipes), id=RECIPES),
            title="Recipes",
            subtitle="How columns were mapped, used for the next export with the same columns.",
            actions=dcc.Upload(button("Import a recipe", icon="upload", small=True), id=FILE),
        ),
        ENTRY_DIALOG.closed(longest=120),
        actions=[button(name, href=path, small=True) for name, path in links],
        title="Settings",
        subtitle="Applies to every export, page and report unless an export overrides it.",
    )


def changed(*, changes: Mapping[str, tuple[Any, Any]]) -> Component:
    """Return what a change affects."""
    if not changes:
        return banner("info", "Nothing changed", "These were already your settings.")
    lines = [
        html.Li(
            [
                html.Span(
                    f"{LABELS[name]}: {written(name, old)} → {written(name, new)}. ", className="fw-medium"
                ),
                EFFECTS[name],
            ]
        )
        for name, (old, new) in changes.items()
    ]
    return banner("success", "Saved", html.Ul(lines, className="mb-0 ps-3"))


def recipe_list(*, recipes: Sequence[Recipe]) -> Component:
    """Return the recipes there are."""
    if not recipes:
        return card(
            empty_state(
                "No recipes yet",
                "When you map the columns of an export, the mapping is saved here.",
                button("Upload an export", href="/upload"),
            )
        )
    return card(
        simple_table(
            ["Recipe", "Rows are", "Columns", "Kept", "Actions"],
            [_row(recipe) for recipe in recipes],
            numeric=(2,),
            caption="Recipes",
            stack=True,
        ),
        flush=True,
    )


def dialog_content(*, recipe: Recipe, deletes: bool) -> tuple[str, str, str, dict[str, str], str, str]:
    """Return the dialog's title, text, name, whether that is shown, and its button's words and looks."""
    if deletes:
        text = f"The next export with the columns of “{recipe.name}” will be read by automatic detection."
        return (
            "Delete this recipe?",
            text,
            recipe.name,
            {"display": "none"},
            "Delete",
            "btn btn-outline-danger",
        )
    return "Rename this recipe", "", recipe.name, {}, "Rename", "btn btn-primary"


def _row(recipe: Recipe) -> list[Any]:
    return [
        html.Span(recipe.name, className="fw-medium text-break"),
        "events" if recipe.mapping.kind == "events" else "sessions",
        number(len(recipe.mapping.columns)),
        date_time(recipe.created_at),
        html.Div(
            [
                button(
                    "Download",
                    href=f"/api/recipes/{recipe.fingerprint}.json",
                    external=True,
                    small=True,
                    icon="download",
                ),
                icon_button("pencil", f"Rename {recipe.name}", id=ENTRY_DIALOG.rename(recipe.fingerprint)),
                icon_button("trash", f"Delete {recipe.name}", id=ENTRY_DIALOG.delete(recipe.fingerprint)),
            ],
            className="hstack gap-1 justify-content-end",
        ),
    ]


def _rates_help(shop: Settings) -> str:
    return (
        f"One per line: what one unit is worth in {shop.currency}. Without a rate, amounts in other "
        "currencies "
        "are left out of totals."
    )


def _field(name: str, control: Component, help: str | None = None) -> Component:
    return html.Div(
        [
            html.Label(
                LABELS[name], htmlFor=dom_id(field_id(name)), className="form-label small fw-medium mb-1"
            ),
            control,
            html.Div(help, className="mt-1 smaller text-body-tertiary") if help else None,
        ]
    )


def _text(name: str, value: str, **more: Any) -> Component:  # noqa: ANN401 - options of dbc.Input
    return _field(name, dbc.Input(id=field_id(name), value=value, type="text", size="sm", **more))


def _list(name: str, value: str, words: Mapping[str, str]) -> Component:
    words = words if value in words else {value: value, **words}
    options = [{"value": key, "label": text} for key, text in words.items()]
    return _field(name, dbc.Select(id=field_id(name), value=value, options=options, size="sm"))


def _lines(name: str, value: str, example: str, help: str) -> Component:
    area = dbc.Textarea(
        id=field_id(name), value=value, rows=4, placeholder=example, size="sm", spellcheck="false"
    )
    return _field(name, area, help)
