"""People: invite them, change their role, reset a password, remove somebody."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import dash
from dash import ALL, Input, Output, State, callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.administration.people import (
    ASKED,
    CANCEL,
    CHANGE,
    CONFIRM,
    DIALOG,
    EMAIL,
    INVITE,
    LIST,
    MADE,
    NO_PROVIDER,
    PATH,
    REMOVE,
    RESET,
    ROLE,
    SAID,
    TEXT,
    WITHDRAW,
    SingleSignOnState,
    invited,
    people_list,
    people_page,
    reset_made,
)
from components.base.layout import error_panel
from core.accounts import find_person, links, people
from core.accounts.federated import connected_people
from core.accounts.people import remove_person, set_role
from core.base.errors import CoreError
from core.base.identity import identity
from core.base.settings import get_settings, installation_settings
from core.projects import all_projects

#: Dash's own: the address of the page in view.
LOCATION = "_pages_location"

dash.register_page(__name__, path=PATH, name="People", title="People", nav=False)


def layout(**_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the page as things are now."""
    here = [one.name for one in all_projects(installation_settings()) if one.id == identity().project]
    return people_page(
        people=people(),
        invitations=links.invitations(),
        me=identity().id,
        sso=_single_sign_on(),
        project="".join(here),
    )


@callback(
    Output(MADE, "children"),
    Output(LIST, "children"),
    Output(EMAIL, "value"),
    Input(INVITE, "n_clicks"),
    State(EMAIL, "value"),
    State(ROLE, "value"),
    State(LOCATION, "href"),
    running=[(Output(INVITE, "disabled"), True, False)],
    prevent_initial_call=True,
)
def invite(clicks: int, email: str | None, role: Any, href: str | None) -> tuple[Any, Any, Any]:  # noqa: ANN401
    """Make an invitation and show its link, once."""
    if not clicks:
        raise PreventUpdate
    try:
        token = links.invite(email or "", role)
    except CoreError as error:
        return error_panel(error.to_dict()), no_update, no_update
    return invited(email=(email or "").strip(), url=_address(href, token)), _listed(), ""


@callback(
    Output(SAID, "children"),
    Output(LIST, "children", allow_duplicate=True),
    Input({"type": CHANGE, "person": ALL}, "value"),
    Input({"type": RESET, "person": ALL}, "n_clicks"),
    Input({"type": WITHDRAW, "link": ALL}, "n_clicks"),
    State(LOCATION, "href"),
    prevent_initial_call=True,
)
def change(_roles: list[str], _resets: list[int], _withdrawn: list[int], href: str | None) -> tuple[Any, Any]:
    """Change a role, make a link that resets a password, or take an invitation back."""
    # Parts that have just come into the page count as changed, too.
    value = ctx.triggered[0]["value"] if ctx.triggered_id and len(ctx.triggered) == 1 else None
    if not value:
        raise PreventUpdate
    asked = ctx.triggered_id
    try:
        if asked["type"] == CHANGE:
            if find_person(asked["person"]).role == value:
                raise PreventUpdate
            set_role(asked["person"], value)
            return None, _listed()
        if asked["type"] == WITHDRAW:
            links.withdraw(asked["link"])
            return None, _listed()
        person = find_person(asked["person"])
        token = links.reset(person.id)
    except CoreError as error:
        return error_panel(error.to_dict()), _listed()
    return reset_made(email=person.email, url=_address(href, token)), no_update


@callback(
    Output(DIALOG, "is_open"),
    Output(ASKED, "data"),
    Output(TEXT, "children"),
    Input({"type": REMOVE, "person": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def ask(_clicks: list[int]) -> tuple[bool, str, str]:
    """Ask before somebody is removed."""
    if not ctx.triggered_id or not any(one["value"] for one in ctx.triggered):
        raise PreventUpdate
    person = find_person(ctx.triggered_id["person"])
    text = f"{person.name} ({person.email}) is signed out at once and can't sign in again."
    return True, person.id, text


@callback(
    Output(DIALOG, "is_open", allow_duplicate=True),
    Output(SAID, "children", allow_duplicate=True),
    Output(LIST, "children", allow_duplicate=True),
    Input(CONFIRM, "n_clicks"),
    Input(CANCEL, "n_clicks"),
    State(ASKED, "data"),
    prevent_initial_call=True,
)
def remove(_confirmed: int, _cancelled: int, asked: str | None) -> tuple[bool, Any, Any]:
    """Remove whoever was asked about."""
    if not asked or ctx.triggered_id == CANCEL:
        return False, no_update, no_update
    try:
        remove_person(asked)
    except CoreError as error:
        return False, error_panel(error.to_dict()), _listed()
    return False, None, _listed()


def _address(href: str | None, token: str) -> str:
    parts = urlsplit(href or "")
    return f"{parts.scheme}://{parts.netloc}/join/{token}"


def _listed() -> list[Component]:
    return people_list(
        people=people(), invitations=links.invitations(), me=identity().id, sso=_single_sign_on()
    )


def _single_sign_on() -> SingleSignOnState:
    settings = get_settings()
    if settings.oidc_issuer is None:
        return NO_PROVIDER
    return SingleSignOnState(
        provider=settings.oidc_name,
        connected=connected_people(),
        passwords_for=settings.password_allowed,
        roles_by_groups=bool(settings.oidc_roles),
    )
