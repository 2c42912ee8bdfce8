"""The form for one session: a control per field, grouped under headings, with messages in place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.sessions import WEEKDAYS
from core.whatif import Form, Preset, Problem, Value, Values
from core.whatif.form import LINKED, NO, UNKNOWN, YES, as_number, shown

if TYPE_CHECKING:
    from core.predict import FormField

GROUPS = ("Activity", "Cart", "Products", "Time", "Visitor")

#: Ids of this component: ``CONTROL`` and ``MESSAGE`` once a field, ``PRESET`` once an example.
CONTROL = "whatif-control"
MESSAGE = "whatif-message"
PRESET = "whatif-preset"
LINK = "whatif-link"
RESET = "whatif-reset"

#: What exports call a category nobody knows: a value of its own, unlike one that isn't told.
UNKNOWN_CATEGORY = "Unknown"

#: Seconds without a key press after which a typed number is sent.
TYPING_PAUSE = 0.25


def control_id(name: str) -> dict[str, str]:
    """Return the id of a field's control."""
    return {"type": CONTROL, "field": name}


def message_id(name: str) -> dict[str, str]:
    """Return the id of the place for a field's messages."""
    return {"type": MESSAGE, "field": name}


def preset_id(key: str) -> dict[str, str]:
    """Return the id of an example's button."""
    return {"type": PRESET, "preset": key}


def to_control(field: FormField, value: Value) -> str | float | int | None:
    """Return a value as its control holds it."""
    if field.kind == "flag":
        return UNKNOWN if value is None else YES if value else NO
    if field.kind == "category":
        return UNKNOWN if value is None else str(value)
    return shown(value)  # type: ignore[return-value]


def from_control(field: FormField, content: object) -> Value:
    """Read a control's content back into a value; an empty control means unknown."""
    if content is None or content in ("", UNKNOWN):
        return None
    if field.kind == "flag":
        return content == YES
    if field.kind == "category":
        return int(str(content)) if field.name == "day_of_week" else str(content)
    number = as_number(content)
    if number is None:
        return None
    return int(number) if field.kind == "count" and number.is_integer() else number


def form_panel(
    *, form: Form, values: Values, linked: bool, problems: Sequence[Problem], currency: str | None
) -> Component:
    """Return every group of the form; a group the bundle asks nothing of is left out."""
    names = list(dict.fromkeys([*GROUPS, *(field.group for field in form.fields)]))
    groups = [(name, [field for field in form.fields if field.group == name]) for name in names]
    return html.Div(
        [_group(name, fields, values, linked, problems, currency) for name, fields in groups if fields],
        className="whatif-groups",
    )


def toolbar(*, presets: Iterable[Preset], linked: bool) -> Component:
    """Return the examples to start from, the switch of the linked fields, and reset."""
    examples = [
        html.Button(
            preset.name, id=preset_id(preset.key), type="button", className="btn btn-sm btn-outline-secondary"
        )
        for preset in presets
    ]
    return html.Div(
        [
            html.Div(
                [html.Span("Start from", className="whatif-start"), *examples], className="whatif-examples"
            ),
            html.Div(
                [
                    dbc.Switch(
                        id=LINK,
                        value=linked,
                        label="Work out events, average pause and weekday from the other fields",
                        class_name="whatif-switch",
                    ),
                    html.Button(
                        "Reset", id=RESET, type="button", className="btn btn-sm btn-link whatif-reset"
                    ),
                ],
                className="whatif-options",
            ),
        ],
        className="whatif-toolbar",
    )


def messages(problems: Iterable[Problem]) -> list[Component]:
    """Return the messages that stand under one field."""
    return [
        html.Div(problem.text, className=f"whatif-message whatif-message-{problem.level}")
        for problem in problems
    ]


def range_hint(field: FormField, currency: str | None) -> str:
    """Say in what unit a field is and between what values the model has seen it."""
    unit = {"seconds": "seconds", "amount": currency or ""}.get(field.kind, "")
    low, high = as_number(field.minimum), as_number(field.maximum)
    if field.kind in {"category", "flag"} or low is None or high is None:
        return ""
    return f"{low:,.4g} to {high:,.4g} {unit}".strip()


def _group(
    name: str,
    fields: Sequence[FormField],
    values: Values,
    linked: bool,
    problems: Sequence[Problem],
    currency: str | None,
) -> Component:
    return html.Fieldset(
        [
            html.Legend(name, className="whatif-legend"),
            *(
                _field(
                    field,
                    values.get(field.name),
                    disabled=linked and field.name in LINKED,
                    problems=[problem for problem in problems if problem.field == field.name],
                    currency=currency,
                )
                for field in fields
            ),
        ],
        className="card whatif-group",
    )


def _field(
    field: FormField,
    value: Value,
    *,
    disabled: bool,
    problems: Sequence[Problem],
    currency: str | None,
) -> Component:
    hint = range_hint(field, currency)
    return html.Div(
        [
            html.Label(
                [
                    html.Span(field.label, className="whatif-label"),
                    html.Span(field.help, className="whatif-help"),
                    *([html.Span(hint, className="whatif-range")] if hint else []),
                ],
                htmlFor=_dom_id(field.name),
                className="whatif-text",
            ),
            _control(field, value, disabled=disabled),
            html.Div(
                messages(problems), id=message_id(field.name), className="whatif-messages", role="status"
            ),
        ],
        className="whatif-field",
    )


def _control(field: FormField, value: Value, *, disabled: bool) -> Component:
    common = {"id": control_id(field.name), "disabled": disabled, "value": to_control(field, value)}
    if field.kind in {"flag", "category"}:
        return dbc.Select(**common, options=_options(field, value), size="sm", class_name="whatif-input")
    return dbc.Input(
        **common,
        type="number",
        step="any",
        inputmode="numeric" if field.kind == "count" else "decimal",
        placeholder="unknown",
        debounce=TYPING_PAUSE,
        size="sm",
        class_name="whatif-input",
    )


def _options(field: FormField, value: Value) -> list[Mapping[str, str]]:
    if field.kind == "flag":
        choices = [(YES, "Yes"), (NO, "No")]
    elif field.name == "day_of_week":
        choices = [(str(number), name) for number, name in enumerate(WEEKDAYS, start=1)]
    else:
        known = [str(choice) for choice in field.choices or ()]
        # A session from a result may bring a category the model never saw.
        if value is not None and str(value) not in known:
            known.append(str(value))
        choices = [(choice, choice) for choice in known]
    if value is None or not any(label == UNKNOWN_CATEGORY for _, label in choices):
        choices.append((UNKNOWN, "Not told"))
    return [{"value": key, "label": label} for key, label in choices]


def _dom_id(name: str) -> str:
    """Write a control's id as the browser sees it, for its label to point at."""
    return json.dumps(control_id(name), sort_keys=True, separators=(",", ":"))
