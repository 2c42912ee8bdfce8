"""The page of API keys: the form that makes one, its secret once, and those there are."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import control
from components.base.copied import copied
from components.base.format import NOTHING, ago, date, number
from components.base.layout import badge, banner, button, card, empty_state, page, simple_table
from core.base.identity import ALLOWS, may
from core.keys import SCOPES, ApiKey
from core.keys.records import DAYS, MOST_NAME, MOST_RATE, RATE

PATH = "/settings/keys"
NAME, SCOPES_CHOSEN, EXPIRY, LIMIT = "key-name", "key-scopes", "key-expiry", "key-limit"
MAKE, MADE, LIST, REVOKE = "key-make", "key-made", "key-list", "key-revoke"
SECRET, TRY = "key-secret", "key-try"
_DAYS = (7, 30, 90, 180, 365)


def keys_page(*, keys: Sequence[ApiKey]) -> Component:
    """Return the page as things are now."""
    return page(
        _form(),
        html.Div(key_list(keys=keys), id=LIST),
        title="API keys",
        subtitle=[
            "For programs that upload exports, read results or fetch audiences. Live keys, which send events "
            "and read live scores, are made on the ",
            dcc.Link("Live page", href="/live"),
            ".",
        ],
        actions=[
            button("Settings", href="/settings", icon="arrow-left", kind="quiet"),
            button("API documentation", href="/api/docs", external=True, small=True),
        ],
    )


def _form() -> Component:
    allowed = [scope for scope in SCOPES if may(scope)]
    return card(
        html.Div(
            [
                control(
                    "Name", dbc.Input(id=NAME, placeholder="Data warehouse", maxlength=MOST_NAME, size="sm")
                ),
                control(
                    "Expires after",
                    dbc.Select(
                        id=EXPIRY,
                        value=str(DAYS),
                        options=[{"value": str(days), "label": f"{days} days"} for days in _DAYS],
                        size="sm",
                    ),
                ),
                control(
                    "Requests per minute",
                    dbc.Input(id=LIMIT, type="number", value=RATE, min=1, max=MOST_RATE, step=1, size="sm"),
                ),
            ],
            className="administration-fields",
        ),
        html.Fieldset(
            [
                html.Legend("What it may do", className="smaller fw-medium text-body-tertiary mb-1"),
                dbc.Checklist(
                    id=SCOPES_CHOSEN,
                    value=["results.read"],
                    options=[{"value": scope, "label": ALLOWS[scope]} for scope in allowed],
                    className="administration-scopes",
                ),
            ]
        ),
        html.Div(button("Make a key", id=MAKE, kind="primary"), className="d-flex justify-content-end"),
        html.Div(id=MADE, role="status", className="hide-empty"),
        title="Make a key",
        subtitle="A key can do no more than you can. When your role changes, so does what it can do.",
        stack=True,
    )


def made_key(*, key: ApiKey, secret: str, url: str) -> Component:
    """Show a new key, once, with a command to try it."""
    return banner(
        "success",
        f"“{key.name}” is made. Copy it now: it can't be shown again.",
        html.Div(
            [
                copied(secret, SECRET),
                html.Div("Try it in a terminal:", className="small text-body-secondary"),
                copied(f"curl {url}/api/me -H 'Authorization: Bearer {secret}'", TRY),
            ]
        ),
    )


def key_list(*, keys: Sequence[ApiKey]) -> Component:
    """Return the keys there are: those in use first."""
    if not keys:
        return card(empty_state("No keys yet", "The keys you make will appear here."))
    ordered = sorted(keys, key=lambda key: not key.is_in_use())
    return card(
        simple_table(
            ["Name", "May", "Ends in", "Made by", "Expires", "Last used", ""],
            [_row(key) for key in ordered],
            caption="API keys",
            stack=True,
        ),
        title="Keys",
        flush=True,
    )


def _row(key: ApiKey) -> list[Component | str]:
    scopes = [html.Div(ALLOWS[scope]) for scope in SCOPES if scope in key.scopes]
    return [
        html.Div(
            [
                html.Div(key.name, className="fw-medium text-break"),
                html.Div(f"{number(key.rate)} requests per minute", className="smaller text-body-tertiary"),
            ]
        ),
        html.Div(scopes, className="small"),
        html.Code(f"…{key.hint}"),
        key.maker or "Command line",
        date(key.expires_at),
        ago(key.last_used_at) if key.last_used_at else NOTHING,
        _status(key),
    ]


def _status(key: ApiKey) -> Component:
    if key.is_in_use():
        return button("Revoke", id={"type": REVOKE, "key": key.id}, kind="danger", small=True)
    return badge("revoked" if key.revoked_at else "expired")
