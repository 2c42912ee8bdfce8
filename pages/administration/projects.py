"""Projects: make them, name them, and say who is in which."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, callback, ctx, dcc, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.administration.projects import (
    ADD,
    ALLOW,
    DELETE,
    FIRST_NAME,
    GO,
    LEAVE,
    LIST,
    MAKE,
    MAY,
    NAME,
    NEW,
    OWN,
    PATH,
    RENAME,
    ROLE,
    SAID,
    SHOWN,
    TYPED,
    WHO,
    project_parts,
    projects_page,
)
from components.base.layout import banner, error_panel
from components.base.query import single
from core.accounts import people
from core.base.errors import CoreError
from core.base.identity import identity
from core.base.project import FIRST, link_to, settings_of
from core.base.settings import Settings, installation_settings
from core.base.shop import shop_settings
from core.projects import (
    add_member,
    all_projects,
    create_project,
    members,
    remove_member,
    rename_project,
    settings_by_id,
)
from core.projects.records import allow
from core.services.project_deletion import delete_project

dash.register_page(__name__, path=PATH, name="Projects", title="Projects", nav=False)


def layout(project: Any = None, **_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the page as things are now."""
    return projects_page(
        **_parts(single(project) or identity().project), first_name=shop_settings().shop_name or "First shop"
    )


@callback(
    Output(SAID, "children"),
    Output(LIST, "children"),
    Output(NEW, "value"),
    Input(MAKE, "n_clicks"),
    State(NEW, "value"),
    State(FIRST_NAME, "value"),
    State(SHOWN, "data"),
    running=[(Output(MAKE, "disabled"), True, False)],
    prevent_initial_call=True,
)
def make(clicks: int, name: str | None, first: str | None, shown: str | None) -> tuple[Any, Any, Any]:
    """Make a project."""
    if not clicks:
        raise PreventUpdate
    settings = installation_settings()
    was_alone = not settings.has_projects
    try:
        made = create_project(name or "", settings, first_name=first or "First shop")
    except CoreError as error:
        return error_panel(error.to_dict()), no_update, no_update
    if was_alone:
        # What is open was of the only project: from now on it has to say of which it is.
        there = link_to(f"{PATH}?project={made.id}", settings_of(FIRST, settings))
        return dcc.Location(id=GO, href=there, refresh=True), no_update, ""
    said = banner("success", f"{made.name} is there", "Add its members below.")
    return said, project_parts(**_parts(shown or made.id)), ""


@callback(
    Output(SAID, "children", allow_duplicate=True),
    Output(LIST, "children", allow_duplicate=True),
    Input({"type": RENAME, "project": ALL}, "n_clicks"),
    Input({"type": ADD, "project": ALL}, "n_clicks"),
    Input({"type": LEAVE, "project": ALL, "person": ALL}, "n_clicks"),
    Input({"type": ROLE, "project": ALL, "person": ALL}, "value"),
    Input({"type": ALLOW, "project": ALL}, "n_clicks"),
    State({"type": NAME, "project": ALL}, "value"),
    State({"type": WHO, "project": ALL}, "value"),
    State({"type": MAY, "project": ALL, "setting": ALL}, "value"),
    prevent_initial_call=True,
)
def change(*_values: Any) -> tuple[Any, Any]:  # noqa: ANN401 - what is pressed and filled in
    """Rename a project, or change who is in it or what it may use."""
    # Parts that have just come into the page count as changed, too.
    value = ctx.triggered[0]["value"] if ctx.triggered_id and len(ctx.triggered) == 1 else None
    if not value:
        raise PreventUpdate
    asked = ctx.triggered_id
    try:
        _change(asked, value, installation_settings())
    except CoreError as error:
        return error_panel(error.to_dict()), project_parts(**_parts(asked["project"]))
    return None, project_parts(**_parts(asked["project"]))


@callback(
    Output(SAID, "children", allow_duplicate=True),
    Output(LIST, "children", allow_duplicate=True),
    Input({"type": DELETE, "project": ALL}, "n_clicks"),
    State({"type": TYPED, "project": ALL}, "value"),
    running=[(Output({"type": DELETE, "project": ALL}, "disabled"), True, False)],
    prevent_initial_call=True,
)
def delete(_clicks: list[int | None], _typed: list[str | None]) -> tuple[Any, Any]:
    """Delete a project, once its name is typed."""
    if not ctx.triggered_id or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    settings, project = installation_settings(), ctx.triggered_id["project"]
    try:
        gone = delete_project(project, _filled(0, project) or "", settings)
    except CoreError as error:
        return error_panel(error.to_dict()), no_update
    if gone.id == identity().project:
        # What is open was of it: from now on the page has to be of another one.
        other = settings_by_id(all_projects(settings)[0].id, settings)
        return dcc.Location(id=GO, href=link_to(PATH, other), refresh=True), no_update
    said = banner("success", f"{gone.name} is deleted", "It can only be restored from a backup.")
    return said, project_parts(**_parts(identity().project))


def _change(asked: dict[str, str], value: Any, settings: Settings) -> None:  # noqa: ANN401
    project = asked["project"]
    if asked["type"] == RENAME:
        rename_project(project, _filled(0, project) or "", settings)
    elif asked["type"] == LEAVE:
        remove_member(project, asked["person"], settings)
    elif asked["type"] == ROLE:
        role = "" if value == OWN else value
        now = {member.person.id: member.own_role for member in members(project, settings)}
        if now.get(asked["person"], role) == role:
            raise PreventUpdate
        add_member(project, asked["person"], settings, role)
    elif asked["type"] == ADD:
        person = _filled(1, project)
        if not person:
            raise PreventUpdate
        add_member(project, person, settings)
    else:
        chosen = {part["id"]["setting"]: part.get("value") or [] for part in ctx.states_list[2]}
        allow(project, chosen, settings)


def _filled(place: int, project: str) -> Any:  # noqa: ANN401
    """Return what is filled in for a project."""
    parts = [part for part in ctx.states_list[place] if part["id"]["project"] == project]
    return parts[0].get("value") if parts else None


def _parts(shown: str | None) -> dict[str, Any]:
    settings = installation_settings()
    there = all_projects(settings)
    one = next((project for project in there if project.id == shown), there[0] if there else None)
    return {
        "projects": there,
        "shown": one,
        "members": members(one.id, settings) if one else [],
        "people": people(settings),
        "settings": settings,
    }
