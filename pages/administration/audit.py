"""The audit log: who did what, when and from where."""

from __future__ import annotations

from datetime import date
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

import dash
from dash import ALL, Input, Output, State, callback, ctx
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.administration.audit import EVERY, FIELD, FIELDS, NO_NAME, PATH, audit_page
from components.base.query import single
from components.home.page import not_found
from core.audit import ACTIONS, Wanted, count, entries, people, within
from core.base.identity import may
from core.base.settings import get_settings, installation_settings
from core.projects import all_projects

#: Dash's own: the address of the page in view.
LOCATION = "_pages_location"
SHOWN = 50

dash.register_page(__name__, path=PATH, name="Audit log", title="Audit log", nav=False)


def layout(**arguments: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the entries the address means."""
    if not may("audit.read"):
        return not_found(title="Only for administrators", text="Your role doesn't include the audit log.")
    query = {name: value for name in (*FIELDS, "before") if (value := single(arguments.get(name)))}
    wanted = _wanted(query)
    before = int(query["before"]) if query.get("before", "").isdecimal() else None
    found = entries(wanted, limit=SHOWN + 1, before=before)
    return audit_page(
        entries=found[:SHOWN],
        total=count(wanted),
        people=people(),
        query=query,
        older=found[SHOWN - 1].id if len(found) > SHOWN else None,
        projects={project.id: project.name for project in all_projects(installation_settings())},
    )


def _wanted(query: dict[str, str]) -> Wanted:
    """Read the filters; what can't be understood is left out."""
    who, action = query.get("who"), query.get("action")
    return within(
        get_settings(),
        _day(query.get("from")),
        _day(query.get("to")),
        who="" if who == NO_NAME else who,
        action=action if action in ACTIONS else None,
        q=query.get("q"),
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


@callback(
    Output(LOCATION, "href", allow_duplicate=True),
    Input({"type": FIELD, "name": ALL}, "value"),
    State(LOCATION, "search"),
    prevent_initial_call=True,
)
def change(_values: list[str | None], search: str | None) -> str:
    """Show the entries that fit what was chosen."""
    chosen = {
        cast("dict[str, Any]", place)["id"]["name"]: place.get("value") or "" for place in ctx.inputs_list[0]
    }
    wanted = urlencode({name: value for name, value in chosen.items() if value not in ("", EVERY)})
    # Fields that have just come onto the page count as changed, too.
    if wanted == _filters_of(search):
        raise PreventUpdate
    return f"{PATH}?{wanted}" if wanted else PATH


def _filters_of(search: str | None) -> str:
    told = dict(parse_qsl((search or "").lstrip("?")))
    return urlencode({name: told[name] for name in FIELDS if name in told})
