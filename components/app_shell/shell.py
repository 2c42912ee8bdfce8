"""The frame around every page: navigation, theme switch, sign-out, and the place of the page."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html, page_container, page_registry
from dash.development.base_component import Component

from components.administration.account import PATH as ACCOUNT
from components.app_shell.permissions import may_open
from components.base.glossary import PATH as HELP
from components.base.icons import icon
from components.help.tour import tour
from core.base.identity import identity
from core.base.project import CHOOSE
from core.base.settings import installation_settings
from core.projects import open_to
from core.security.forms import SIGN_OUT

NAME = "Session Predictor"

#: Icons of the pages in the navigation, by path.
ICONS = {
    "/": "home",
    "/upload": "upload",
    "/results": "results",
    "/live": "chart",
    "/what-if": "what-if",
    "/clusters": "clusters",
    "/journeys": "journeys",
    "/audiences": "audience",
    "/schedules": "download",
    "/models": "model",
    "/settings": "settings",
}

#: Ids of this component.
THEME = "shell-theme"
MAIN = "main"


def shell() -> Component:
    """Return the layout of the whole app."""
    return html.Div(
        [
            html.A("Skip to content", href=f"#{MAIN}", className="skip-link btn btn-primary"),
            html.Header(
                [
                    dcc.Link(
                        [
                            html.Span(className="brand-mark flex-shrink-0", **{"aria-hidden": "true"}),
                            html.Span(NAME),
                        ],
                        href="/",
                        className="brand hstack gap-2 px-2 py-1 fw-semibold text-body text-nowrap",
                    ),
                    html.Nav(
                        [_nav_link(entry) for entry in nav_entries()],
                        className="side-nav nav",
                        **{"aria-label": "Main"},
                    ),
                    html.Div(
                        [*_project(), _help(), *_account(), _theme_switch(), *_sign_out()],
                        className="side-foot nav mt-auto",
                    ),
                ],
                className="side",
            ),
            html.Main(page_container, id=MAIN, className="main", tabIndex=-1),
            tour(),
        ],
        className="app",
        # What requests of this page say they are of (``assets/js/01-project.js``).
        **{"data-project": identity().project},
    )


def _project() -> list[Component]:
    """Return the name of the project in view, where there are several, and the way to another one."""
    there = open_to(identity(), installation_settings())
    here = next((project for project in there if project.id == identity().project), None)
    if here is None:
        return []
    said = [icon("compare"), html.Span(here.name, className="text-truncate")]
    if len(there) == 1:
        return [html.Div(said, className="nav-link side-project", title=here.name)]
    label = f"{here.name}: change the project"
    return [
        html.A(said, href=CHOOSE, className="nav-link side-project", title=label, **{"aria-label": label})
    ]


def nav_entries() -> list[dict[str, Any]]:
    """Return the registered pages that stand in the navigation, in their order."""
    entries = [
        entry
        for entry in page_registry.values()
        if entry.get("nav", True)
        and may_open(entry)
        and entry.get("path")
        and entry["module"].rsplit(".", 1)[-1] != "not_found_404"
    ]
    return sorted(
        entries, key=lambda entry: (entry.get("order") is None, entry.get("order") or 0, entry["name"])
    )


def _nav_link(entry: dict[str, Any]) -> Component:
    path = entry["relative_path"]
    return dbc.NavLink(
        [icon(ICONS.get(entry["path"], "chart")), html.Span(entry["name"])],
        href=path,
        active="exact" if entry["path"] == "/" else "partial",
    )


def _help() -> Component:
    return dbc.NavLink([icon("help"), html.Span("Help")], href=HELP, active="partial")


def _theme_switch() -> Component:
    """Return the button ``assets/js/theme.js`` listens to."""
    return html.Button(
        [
            icon("moon"),
            icon("sun"),
            html.Span("Dark theme", className="theme-to-dark"),
            html.Span("Light theme", className="theme-to-light"),
        ],
        id=THEME,
        type="button",
        className="nav-link theme-switch",
        title="Switch between light and dark",
    )


def _account() -> list[Component]:
    who = identity()
    if who.via != "account":
        return []
    return [dbc.NavLink([icon("audience"), html.Span(who.name)], href=ACCOUNT, active="partial")]


def _sign_out() -> list[Component]:
    if identity().via not in ("account", "password"):
        return []
    # A form, not a link: what follows links, on whatever page they stand, signs nobody out.
    sign_out = html.Button([icon("sign-out"), html.Span("Sign out")], type="submit", className="nav-link")
    return [html.Form(sign_out, action=SIGN_OUT, method="post")]
