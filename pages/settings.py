"""Settings: what is true of the shop, and the recipes exports are read by."""

from __future__ import annotations

import base64
from typing import Any

import dash
from dash import ALL, Input, Output, State, callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.administration.audit import PATH as AUDIT
from components.administration.keys import PATH as KEYS
from components.administration.people import PATH as PEOPLE
from components.administration.projects import PATH as PROJECTS
from components.base.layout import banner, error_panel
from components.base.modal import answers, asks_before
from components.privacy.page import PATH as PRIVACY
from components.settings.page import (
    ENTRY_DIALOG,
    FIELD,
    FILE,
    PATH,
    RECIPES,
    RECIPES_SAID,
    SAID,
    SAVE,
    changed,
    dialog_content,
    field_id,
    recipe_list,
    settings_page,
)
from components.shared.time_zones import own_zone_first
from core.base.errors import CoreError
from core.base.identity import Permission, may
from core.services import shop

#: The pages below this one, with what each needs.
BELOW: tuple[tuple[str, str, Permission], ...] = (
    ("People", PEOPLE, "people.write"),
    ("Projects", PROJECTS, "people.write"),
    ("API keys", KEYS, "keys.write"),
    ("Audit log", AUDIT, "audit.read"),
    ("Privacy", PRIVACY, "privacy.write"),
)

dash.register_page(__name__, path=PATH, name="Settings", title="Settings", order=9)


def layout(**_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the page as things are set now."""
    links = [(name, path) for name, path, permission in BELOW if may(permission)]
    return settings_page(shop=shop.shop(), recipes=shop.recipes(), links=links)


own_zone_first(field_id("time_zone"))


@callback(
    Output(SAID, "children"),
    Input(SAVE, "n_clicks"),
    State({"type": FIELD, "name": ALL}, "value"),
    running=[(Output(SAVE, "disabled"), True, False)],
    prevent_initial_call=True,
)
def save(clicks: int, _values: list[str | None]) -> Component:
    """Set what the form says, and say what that affects."""
    if not clicks:
        raise PreventUpdate
    values = {place["id"]["name"]: (place.get("value") or "").strip() or None for place in ctx.states_list[0]}
    try:
        return changed(changes=shop.change(values))
    except CoreError as error:
        return error_panel(error.to_dict())


def _asked(wanted: str, deletes: bool) -> tuple[Any, ...] | None:
    recipe = next((one for one in shop.recipes() if one.fingerprint == wanted), None)
    return dialog_content(recipe=recipe, deletes=deletes) if recipe else None


asks_before(ENTRY_DIALOG, _asked)
answers(
    ENTRY_DIALOG,
    rename=shop.rename_recipe,
    delete=shop.delete_recipe,
    shown_in=RECIPES,
    renewed=lambda: recipe_list(recipes=shop.recipes()),
)


@callback(
    Output(RECIPES_SAID, "children"),
    Output(RECIPES, "children", allow_duplicate=True),
    Output(FILE, "contents"),
    Input(FILE, "contents"),
    prevent_initial_call=True,
)
def take(contents: str | None) -> tuple[Any, Any, None]:
    """Keep the recipe of a file, and wait for another one."""
    if not contents:
        raise PreventUpdate
    try:
        name = shop.import_recipe(base64.b64decode(contents.partition(",")[2]))
    except CoreError as error:
        return error_panel(error.to_dict()), no_update, None
    said = banner("success", f"Imported “{name}”", "The next export with these columns will use it.")
    return said, recipe_list(recipes=shop.recipes()), None
