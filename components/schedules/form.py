"""The form of a schedule: where exports come from, when, which list is drawn and sent, and who is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import control
from components.base.layout import banner, button, card, page
from components.schedules.words import DAYS, PATH
from core.audiences.platforms import PLATFORMS
from core.rules.message import shown_address
from core.schedules.definition import Definition, read_definition

#: Ids of this component: a control by its name, the parts of one kind, what saves, what is wrong, and more.
FIELD, FILES, QUERY, DAILY, SAVE, PROBLEM, OPEN, SHOWN = (
    "schedule-field",
    "schedule-files",
    "schedule-query",
    "schedule-daily",
    "schedule-save",
    "schedule-form-problem",
    "schedule-form-open",
    "schedule-form-shown",
)
#: Stands for "none" in a list: an empty value would show no label.
NONE = " "
KINDS = {"files": "A folder or bucket", "query": "A database, by query"}
COMPLETE = {
    "unchanged": "it hasn't changed between checks",
    "marker": "a marker is beside it (.done, _SUCCESS)",
}
WHEN = {"daily": "Daily", "arrival": "As soon as it arrives"}
COLUMNS = {
    "id": "Ids only",
    "all": "Ids, probability, expected revenue, cluster",
    **{key: f"File for {platform.name}" for key, platform in PLATFORMS.items()},
}
TOLD = {"always": "After every run", "problems": "Only if something needs a person", "never": "Never"}
_SQL = (
    "SELECT session_id, visitor_id, event_type, created_at AS timestamp, product_id, price\n"
    "FROM events\nWHERE created_at >= :since AND created_at < :until"
)


def field_id(name: str) -> dict[str, str]:
    """Return the id of a control."""
    return {"type": FIELD, "name": name}


def form_page(
    *,
    schedule_id: str | None,
    name: str,
    definition: Definition,
    sources: Sequence[str],
    databases: Sequence[str],
    destinations: Sequence[str],
    audiences: Mapping[str, str],
    zone: str,
) -> Component:
    """Return the page; ``audiences`` are names by id, ``zone`` is the shop's clock."""
    return page(
        card(
            control(
                "Name",
                dbc.Input(id=field_id("name"), value=name, maxlength=80, placeholder="Daily shop export"),
            ),
            title="Schedule",
        ),
        _from(definition, sources, databases, is_new=schedule_id is None),
        _when(definition, zone),
        _list(definition, destinations, audiences),
        _message(definition),
        html.Div(id=PROBLEM, role="alert", className="hide-empty"),
        html.Div(
            [
                button("Save", id=SAVE, kind="primary"),
                button("Cancel", href=_back(schedule_id), kind="quiet"),
            ],
            className="hstack gap-2",
        ),
        dcc.Store(id=OPEN),
        dcc.Store(id=SHOWN, data=schedule_id),
        title="Change schedule" if schedule_id else "New schedule",
        subtitle="Starts as soon as you save it." if schedule_id is None else name,
        width="narrow",
    )


def _back(schedule_id: str | None) -> str:
    return f"{PATH}/{schedule_id}" if schedule_id else PATH


def _from(
    definition: Definition, sources: Sequence[str], databases: Sequence[str], *, is_new: bool
) -> Component:
    existing = dbc.Checkbox(id=field_id("existing"), label="Also read the files that are already there")
    files = html.Div(
        [
            _none_named("sources", "folders and buckets", "PREDICTOR_SOURCES") if not sources else None,
            html.Div(
                [
                    _select("source", "Source", {one: one for one in sources}, definition.source),
                    _text("folder", "Folder in it (optional)", definition.folder, "exports/daily"),
                    _text("pattern", "File names", definition.pattern, "*.csv"),
                    _select("complete", "A file is complete when", COMPLETE, definition.complete),
                ],
                className="schedule-fields",
            ),
            existing if is_new else None,
        ],
        id=FILES,
        className=_shown(definition.kind == "files"),
    )
    query = html.Div(
        [
            _none_named("databases", "databases", "PREDICTOR_DATABASES") if not databases else None,
            html.Div(
                [_select("database", "Database", {one: one for one in databases}, definition.database)],
                className="schedule-fields",
            ),
            control(
                "Query for one day",
                dbc.Textarea(
                    id=field_id("sql"),
                    value=definition.sql,
                    rows=7,
                    placeholder=_SQL,
                    maxLength=20_000,
                    className="font-monospace smaller",
                ),
            ),
            _help(
                ":since and :until are the start and end of the day by your shop's clock, :day is its date."
            ),
        ],
        id=QUERY,
        className=_shown(definition.kind == "query"),
    )
    kind = html.Div(_select("kind", "Exports are in", KINDS, definition.kind), className="schedule-fields")
    return card(kind, files, query, title="Where exports come from", stack=True)


def _when(definition: Definition, zone: str) -> Component:
    daily = html.Div(
        [
            html.Div(
                [
                    control(
                        f"Time ({zone})",
                        dbc.Input(id=field_id("time"), type="time", value=definition.time, size="sm"),
                    ),
                    control(
                        "Wait for the file, hours",
                        dbc.Input(
                            id=field_id("wait_hours"),
                            type="number",
                            min=0,
                            max=20,
                            step="any",
                            value=_whole(definition.wait_hours),
                            size="sm",
                        ),
                    ),
                ],
                className="schedule-fields",
            ),
            html.Div(
                [
                    html.Div("Weekdays", className="smaller fw-medium text-body-tertiary mb-1"),
                    dbc.Checklist(
                        id=field_id("days"),
                        options=[{"value": day, "label": name} for day, name in DAYS.items()],
                        value=list(definition.days),
                        inline=True,
                        className="rule-choices",
                    ),
                ],
                role="group",
                **{"aria-label": "Weekdays"},
            ),
        ],
        id=DAILY,
        className=_shown(definition.when == "daily"),
    )
    when = html.Div(_select("when", "Run", WHEN, definition.when), className="schedule-fields")
    said = "Days missed while the server was down are caught up, oldest first."
    return card(when, daily, _help(said), title="When", stack=True)


def _list(definition: Definition, destinations: Sequence[str], audiences: Mapping[str, str]) -> Component:
    places = {NONE: "Nowhere", **{one: one for one in destinations}}
    fields = [
        _select("audience", "Audience", {NONE: "No list", **audiences}, definition.audience or NONE),
        _select("columns", "Columns in the list", COLUMNS, definition.columns),
        _select("destination", "Save it to", places, definition.destination or NONE),
        _text(
            "webhook", "Send it to a webhook (optional)", definition.webhook, "https://crm.example/hooks/list"
        ),
    ]
    return card(
        html.Div(fields, className="schedule-fields"),
        _help("Only visitors to contact, never the hold-out, which stays the same every day."),
        title="List",
        stack=True,
    )


def _message(definition: Definition) -> Component:
    kept = ", ".join(shown_address(one) for one in definition.messages)
    example = "mailtos://user:password@smtp.example.com\nslack://…"
    return card(
        html.Div(_select("told", "Notify the team", TOLD, definition.told), className="schedule-fields"),
        control(
            "E-mail and chat addresses, one per line",
            dbc.Textarea(
                id=field_id("messages"),
                value="",
                rows=2,
                placeholder=f"{kept} (unchanged)" if kept else example,
            ),
        ),
        _help("What arrived, what changed most and what needs attention. Visitors are never named."),
        title="Message",
        stack=True,
    )


def read_form(values: Mapping[str, Any], before: Definition) -> tuple[str, Definition, bool]:
    """Return the name, the definition and whether existing files count; ``before`` is what was set.

    Raises
    ------
    ScheduleError
        If a value is of the wrong kind.
    """
    told = {name: _value(name, value) for name, value in values.items()}
    name, existing = str(told.pop("name") or ""), bool(told.pop("existing", False))
    addresses = [line.strip() for line in str(told["messages"] or "").splitlines() if line.strip()]
    told["messages"] = addresses or list(before.messages)
    return name, read_definition({key: value for key, value in told.items() if value is not None}), existing


def _value(name: str, value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str) and name != "sql":
        return value.strip()
    if name == "days":
        return sorted(int(day) for day in value or ())
    return value


def _none_named(id: str, what: str, setting: str) -> Component:
    return banner("info", f"No {what} are set up yet", f"Whoever runs this server names them in {setting}.")


def _help(text: str) -> Component:
    return html.P(text, className="mb-0 smaller text-body-tertiary")


def _shown(is_shown: bool) -> str:
    return "vstack gap-3" if is_shown else "d-none"


def _whole(value: float) -> float:
    return int(value) if value == int(value) else value


def _select(name: str, label: str, options: Mapping[str, str], value: str) -> Component:
    # What was set and is gone since stays to be seen.
    every = options if value in options or not value.strip() else {**options, value: value}
    listed = [{"value": each, "label": words} for each, words in every.items()]
    chosen = value if value in every else next(iter(every), None)
    return control(label, dbc.Select(id=field_id(name), options=listed, value=chosen, size="sm"))


def _text(name: str, label: str, value: str, placeholder: str) -> Component:
    field = dbc.Input(id=field_id(name), value=value, placeholder=placeholder, size="sm", maxlength=1000)
    return control(label, field)


def shown_parts(kind: str, when: str) -> tuple[str, str, str]:
    """Return how the parts of the form are shown: of files, of a query, and of a daily run."""
    return _shown(kind == "files"), _shown(kind == "query"), _shown(when == "daily")
