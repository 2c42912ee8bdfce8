"""One's own account: name, password, second factor, sessions."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.administration.account import (
    BEGIN,
    CODE,
    END,
    EVERYWHERE,
    FACTOR,
    FACTOR_SAID,
    NAME,
    NAME_SAID,
    NEW,
    OFF,
    OLD,
    ON,
    PASSWORD_SAID,
    PATH,
    SAVE,
    SECRET,
    SESSIONS,
    SET,
    WaysIn,
    account_page,
    no_account,
    recovery,
    scan,
    second_factor,
    session_list,
)
from components.base.layout import banner, error_panel
from core.accounts import find_person, sessions, totp
from core.accounts.federated import connected_people
from core.accounts.people import set_name, set_password
from core.accounts.signing_in import by_password
from core.base.errors import AccountError, CoreError
from core.base.identity import identity
from core.base.settings import get_settings

dash.register_page(__name__, path=PATH, name="Your account", title="Your account", nav=False)


def layout(**_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the page of whoever asks."""
    who = identity()
    if who.via != "account":
        return no_account()
    person, settings = find_person(who.id), get_settings()
    ways = WaysIn(
        password=settings.password_allowed(person.email),
        provider=settings.oidc_name if settings.oidc_issuer else None,
        connected=person.id in connected_people(),
    )
    return account_page(person=person, sessions=sessions.sessions_of(who.id), here=who.session, ways=ways)


@callback(
    Output(NAME_SAID, "children"), Input(SAVE, "n_clicks"), State(NAME, "value"), prevent_initial_call=True
)
def rename(clicks: int, name: str | None) -> Component:
    """Change one's name."""
    if not clicks:
        raise PreventUpdate
    try:
        set_name(_me(), name or "")
    except CoreError as error:
        return error_panel(error.to_dict())
    return banner("success", "Saved")


@callback(
    Output(PASSWORD_SAID, "children"),
    Output(OLD, "value"),
    Output(NEW, "value"),
    Output(SESSIONS, "children", allow_duplicate=True),
    Input(SET, "n_clicks"),
    State(OLD, "value"),
    State(NEW, "value"),
    running=[(Output(SET, "disabled"), True, False)],
    prevent_initial_call=True,
)
def change_password(clicks: int, old: str | None, new: str | None) -> tuple[Any, ...]:
    """Change one's password; every other session ends."""
    if not clicks:
        raise PreventUpdate
    try:
        if by_password(find_person(_me()).email, old or "") is None:
            raise AccountError("This is not your password now.", where="password")
        set_password(_me(), new or "", keep=identity().session)
    except CoreError as error:
        return error_panel(error.to_dict()), no_update, no_update, no_update
    return banner("success", "Password changed. You are signed out everywhere else."), "", "", _sessions()


@callback(
    Output(FACTOR, "children"),
    Output(FACTOR_SAID, "children"),
    Output(SECRET, "data"),
    Input({"type": BEGIN, "at": ALL}, "n_clicks"),
    Input({"type": ON, "at": ALL}, "n_clicks"),
    Input({"type": OFF, "at": ALL}, "n_clicks"),
    State({"type": CODE, "at": ALL}, "value"),
    State(SECRET, "data"),
    prevent_initial_call=True,
)
def change_factor(
    _begun: list[int], _on: list[int], _off: list[int], codes: list[str | None], secret: str | None
) -> tuple[Any, Any, Any]:
    """Show the code to scan, switch the second factor on by the code the app shows, or switch it off."""
    if not any(one["value"] for one in ctx.triggered) or not ctx.triggered_id:
        raise PreventUpdate
    asked, me = ctx.triggered_id["type"], find_person(_me())
    if asked == BEGIN:
        made = totp.new_secret()
        return scan(qr=totp.qr_of(totp.uri_of(made, me.email)), secret=made), None, made
    if asked == OFF:
        totp.switch_off(me.id)
        return second_factor(person=find_person(me.id)), None, None
    try:
        kept = totp.switch_on(me.id, secret or "", "".join(code or "" for code in codes))
    except CoreError as error:
        return no_update, error_panel(error.to_dict()), no_update
    return second_factor(person=find_person(me.id)), recovery(codes=kept), None


@callback(
    Output(SESSIONS, "children"),
    Input({"type": END, "session": ALL}, "n_clicks"),
    Input({"type": EVERYWHERE, "at": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def end(_ended: list[int], _everywhere: list[int]) -> Component:
    """End one of one's sessions, or all but this one."""
    if not ctx.triggered_id or not any(one["value"] for one in ctx.triggered):
        raise PreventUpdate
    if ctx.triggered_id["type"] == END:
        sessions.end_one(_me(), ctx.triggered_id["session"])
    else:
        sessions.end_all(_me(), keep=identity().session)
    return _sessions()


def _sessions() -> Component:
    return session_list(sessions=sessions.sessions_of(_me()), here=identity().session)


def _me() -> str:
    return identity().id
