"""The page of one's own account: name, password, second factor, and where one is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import control
from components.base.format import ago
from components.base.layout import badge, banner, button, card, empty_state, page, simple_table
from core.accounts import Person
from core.accounts.passwords import MIN_LENGTH
from core.accounts.people import MOST_NAME
from core.accounts.sessions import Session
from core.oidc.flow import CONNECT

PATH = "/account"
NAME, SAVE, NAME_SAID = "account-name", "account-save", "account-name-said"
OLD, NEW, SET, PASSWORD_SAID = "account-old", "account-new", "account-set", "account-password-said"
FACTOR, BEGIN, CODE, ON, OFF, SECRET = (
    *("account-factor", "account-begin", "account-code", "account-on", "account-off", "account-secret"),
)
FACTOR_SAID = "account-factor-said"
SESSIONS, END, EVERYWHERE = "account-sessions", "account-end", "account-everywhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysIn:
    """How somebody signs in: whether their password counts; by which provider, and if it is connected."""

    password: bool = True
    provider: str | None = None
    connected: bool = False


def account_page(*, person: Person, sessions: Sequence[Session], here: str, ways: WaysIn) -> Component:
    """Return the page of somebody's own account."""
    by_password = person.has_password and ways.password
    return page(
        _name(person),
        *([_provider(ways.provider, connected=ways.connected)] if ways.provider else []),
        *([_password(), _factor(person)] if by_password else []),
        html.Div(session_list(sessions=sessions, here=here), id=SESSIONS),
        title="Your account",
        subtitle=f"{person.email} · {'administrator' if person.role == 'admin' else person.role}",
        width="narrow",
    )


def no_account() -> Component:
    """Return the page for whoever has no account."""
    text = "You came in without one. An administrator can make accounts under Settings, People."
    return page(empty_state("No account", text), title="Your account", width="narrow")


def _name(person: Person) -> Component:
    return card(
        control("Name", dbc.Input(id=NAME, value=person.name, maxlength=MOST_NAME, size="sm")),
        html.Div(button("Save", id=SAVE), className="d-flex justify-content-end"),
        html.Div(id=NAME_SAID, role="status", className="hide-empty"),
        title="Name",
        stack=True,
    )


def _password() -> Component:
    fields = [
        control(
            "Password now", dbc.Input(id=OLD, type="password", autocomplete="current-password", size="sm")
        ),
        control("New password", dbc.Input(id=NEW, type="password", autocomplete="new-password", size="sm")),
    ]
    return card(
        html.Div(fields, className="administration-fields"),
        html.Div(button("Change password", id=SET), className="d-flex justify-content-end"),
        html.Div(id=PASSWORD_SAID, role="status", className="hide-empty"),
        title="Password",
        subtitle=f"At least {MIN_LENGTH} characters. You will be signed out everywhere else.",
        stack=True,
    )


def _provider(name: str, *, connected: bool) -> Component:
    told = (
        f"Connected: you can sign in with {name}."
        if connected
        else f"Connect it to sign in with {name} from now on. You are taken there to show who you are."
    )
    # A form, not a link: what follows links connects nothing.
    connect = html.Form(button("Connect", submit=True), action=CONNECT, method="post")
    return card(
        html.P(told, className="mb-0"),
        *([] if connected else [html.Div(connect, className="d-flex justify-content-end")]),
        title="Single sign-on",
        stack=True,
    )


def _factor(person: Person) -> Component:
    return card(
        html.Div(second_factor(person=person), id=FACTOR),
        html.Div(id=FACTOR_SAID, role="status", className="hide-empty"),
        dcc.Store(id=SECRET),
        title="Second factor",
        subtitle="A code from an authenticator app on your phone, asked for after your password.",
        stack=True,
    )


def second_factor(*, person: Person) -> Component:
    """Say whether a code is asked for, with the button that changes it."""
    if not person.has_totp:
        return button("Set up an authenticator app", id={"type": BEGIN, "at": 0})
    left = f"{person.recovery_left} recovery codes left"
    return html.Div(
        [
            badge("On", "success"),
            html.Span(left, className="small"),
            button("Switch off", id={"type": OFF, "at": 0}, small=True),
        ],
        className="hstack gap-3 flex-wrap",
    )


def scan(*, qr: str, secret: str) -> Component:
    """Show the code an app scans, and ask for what it shows then."""
    return html.Div(
        [
            html.Img(src=qr, alt="QR code for the authenticator app", width=200, height=200),
            html.Div(["Or type this key: ", html.Code(secret, className="text-break")], className="small"),
            control(
                "Code the app shows now",
                dbc.Input(id={"type": CODE, "at": 0}, autocomplete="one-time-code", maxlength=10, size="sm"),
            ),
            html.Div(button("Switch on", id={"type": ON, "at": 0}, kind="primary")),
        ],
        className="vstack gap-3 align-items-start",
    )


def recovery(*, codes: Sequence[str]) -> Component:
    """Show the recovery codes, once."""
    return banner(
        "success",
        "Switched on. Keep these recovery codes: each lets you in once without your phone.",
        html.Pre("\n".join(codes), className="mb-0"),
    )


def session_list(*, sessions: Sequence[Session], here: str) -> Component:
    """Return where somebody is signed in."""
    rows = [
        [
            html.Span(_device(one.device), title=one.device),
            one.address,
            ago(one.seen_at),
            badge("This one", "accent")
            if one.id == here
            else button("Sign out", id={"type": END, "session": one.id}, small=True),
        ]
        for one in sessions
    ]
    everywhere = button("Sign out everywhere else", id={"type": EVERYWHERE, "at": 0}, small=True)
    return card(
        simple_table(
            ["Browser", "Address", "Last used", ""], rows, caption="Where you are signed in", stack=True
        ),
        title="Where you are signed in",
        actions=everywhere if len(sessions) > 1 else None,
        flush=True,
    )


def _device(agent: str) -> str:
    """Name a browser by what it says of itself."""
    browsers = {
        "Edg/": "Edge",
        "OPR/": "Opera",
        "Firefox/": "Firefox",
        "Chrome/": "Chrome",
        "Safari/": "Safari",
    }
    systems = {
        "iPhone": "iPhone",
        "Android": "Android",
        "Windows": "Windows",
        "Mac OS": "Mac",
        "Linux": "Linux",
    }
    browser = next((name for sign, name in browsers.items() if sign in agent), "Unknown browser")
    system = next((name for sign, name in systems.items() if sign in agent), None)
    return f"{browser} on {system}" if system else browser
