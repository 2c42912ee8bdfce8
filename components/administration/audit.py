"""The page of the audit log: filters, entries, files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import control, typed
from components.base.format import NOTHING, number, to_the_second
from components.base.layout import button, card, empty_state, page, simple_table
from core.audit import ACTIONS, Entry, action_name

PATH = "/settings/audit"
#: Ids of the filters, each named as the address names it.
FIELD = "audit-field"
FIELDS = ("who", "action", "from", "to", "q")
#: Stands in a list for whoever has no name: commands and jobs.
NO_NAME = "(program)"
#: A list's choice that filters nothing; without a value of its own it would show nothing.
EVERY = "*"
#: How somebody had signed in, in words.
_VIA = {
    "account": "account",
    "key": "API key",
    "password": "shared password",
    "open": "no password set",
    "program": "command or job",
    "nobody": "not signed in",
}
#: What a change was, where a word says it better than “Changed”.
_CHANGES = {"made": "Made", "deleted": "Deleted"}
#: Details that say enough by themselves.
_PLAIN = frozenset({"what", "kind"})
#: What details are called, where their own name isn't a word to show.
_DETAILS = {"only_ids": "ids only", "id": "id", "for": "name given"}


def field_id(name: str) -> dict[str, str]:
    """Return the id of a filter's control."""
    return {"type": FIELD, "name": name}


def audit_page(
    *,
    entries: Sequence[Entry],
    total: int,
    people: Sequence[str],
    query: Mapping[str, str],
    older: int | None,
    projects: Mapping[str, str] | None = None,
) -> Component:
    """Return the page.

    ``query`` are the filters as the address has them, ``older`` is where the next page begins, ``projects``
    the names of projects by id.
    """
    files = {name: "" if value == NO_NAME else value for name, value in query.items() if name in FIELDS}
    downloads = [
        button(
            label,
            href=f"/api/audit/download.{form}?{urlencode(files)}",
            external=True,
            icon="download",
            small=True,
        )
        for label, form in (("CSV", "csv"), ("JSON Lines", "jsonl"))
    ]
    return page(
        card(_filters(people, query)),
        _log(entries, projects or {}, _pages(query, older)) if entries else card(_nothing(query)),
        title="Audit log",
        subtitle=[
            "Who did what, when and from where. Entries can't be changed or deleted. ",
            html.Span(f"{number(total)} {'entry' if total == 1 else 'entries'}.", id="audit-count"),
        ],
        actions=[button("Settings", href="/settings", icon="arrow-left", kind="quiet"), *downloads],
    )


def _filters(people: Sequence[str], query: Mapping[str, str]) -> Component:
    names = {EVERY: "Everybody", **{(who or NO_NAME): (who or "Commands and jobs") for who in people}}
    actions = {EVERY: "Everything", **{str(key): words for key, words in ACTIONS.items()}}
    return html.Div(
        [
            control("Person or key", _list("who", names, query)),
            control(
                "Action",
                _list("action", actions, query),
            ),
            control("From", _day("from", query)),
            control("To", _day("to", query)),
            control(
                "Search",
                typed(
                    id=field_id("q"),
                    value=query.get("q", ""),
                    placeholder="Name, address or detail",
                    maxlength=200,
                    size="sm",
                ),
            ),
        ],
        className="administration-fields audit-fields",
    )


def _list(name: str, words: Mapping[str, str], query: Mapping[str, str]) -> Component:
    options = [{"value": key, "label": text} for key, text in words.items()]
    return dbc.Select(id=field_id(name), value=query.get(name, EVERY), options=options, size="sm")


def _day(name: str, query: Mapping[str, str]) -> Component:
    return dbc.Input(id=field_id(name), type="date", value=query.get(name, ""), size="sm", debounce=True)


def _log(entries: Sequence[Entry], projects: Mapping[str, str], pages: Component | None) -> Component:
    return html.Div(card(_table(entries, projects), pages, flush=True), className="audit-log")


def _table(entries: Sequence[Entry], projects: Mapping[str, str]) -> Component:
    rows = [
        [
            to_the_second(entry.at),
            html.Div([entry.who or NOTHING, _small(_VIA.get(entry.via, entry.via))]),
            _action(entry),
            html.Div(
                [entry.subject or NOTHING, _small(_told(entry.detail, projects))], className="text-break"
            ),
            entry.address or NOTHING,
        ]
        for entry in entries
    ]
    return simple_table(["When", "Who", "Action", "What", "From"], rows, caption="Entries", stack=True)


def _action(entry: Entry) -> str:
    changed = _CHANGES.get(str(entry.detail.get("what")), "Changed")
    return action_name(entry.action).replace("Changed", changed, 1)


def _small(text: str) -> Component | None:
    return html.Div(text, className="smaller text-body-tertiary text-break") if text else None


def _told(detail: Mapping[str, Any], projects: Mapping[str, str]) -> str:
    parts = []
    for name, value in detail.items():
        word = _DETAILS.get(name, name.replace("_", " "))
        if name == "project":
            value = projects.get(str(value), value)
        if value is True:
            parts.append(word)
        elif name == "what" and value in _CHANGES:
            continue
        elif name in _PLAIN:
            parts.append(str(value))
        elif isinstance(value, Mapping):
            parts += [f"{key}: {' → '.join(map(str, change))}" for key, change in value.items()]
        elif value not in (None, False, "", []):
            listed = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            parts.append(f"{word}: {listed}")
    return " · ".join(parts)


def _pages(query: Mapping[str, str], older: int | None) -> Component | None:
    links = []
    kept = {name: value for name, value in query.items() if name != "before"}
    if "before" in query:
        links.append(dcc.Link("Newest", href=_address(kept), className="btn btn-sm btn-secondary"))
    if older is not None:
        href = _address({**kept, "before": str(older)})
        links.append(dcc.Link("Older", href=href, className="btn btn-sm btn-secondary"))
    return html.Nav(links, className="hstack gap-2 p-3", **{"aria-label": "Pages"}) if links else None


def _address(query: Mapping[str, str]) -> str:
    return f"{PATH}?{urlencode(query)}" if query else PATH


def _nothing(query: Mapping[str, str]) -> Component:
    if query:
        return empty_state(
            "No entries", "Nothing in the log fits these filters.", button("Show all", href=PATH)
        )
    return empty_state("No entries yet", "What people do here will appear in this log.")
