"""The form for one session: a control per field, grouped under headings, with messages in place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import dom_id, typed
from components.base.format import number as written
from core.schema.sessions import WEEKDAYS
from core.whatif import Form, Preset, Problem, Value, Values, usual_range
from core.whatif.form import HARD_LIMITS, NO, UNKNOWN, YES, as_number, exact, shown

if TYPE_CHECKING:
    from core.bundle.predictor import FormField

GROUPS = ("Activity", "Cart", "Products", "Time", "Visitor")

#: Ids of this component: ``CONTROL`` once a field that is asked for, ``READOUT`` once a field that
#: is worked out, ``MESSAGE`` once a field of either kind.
CONTROL = "whatif-control"
READOUT = "whatif-readout"
MESSAGE = "whatif-message"
LINK = "whatif-link"
GOING_ON = "whatif-going-on"

#: What exports call a category nobody knows: a value of its own, unlike one that is missing.
UNKNOWN_CATEGORY = "Unknown"


#: Help where a control says part of a column's own help already.
HELP = {"day_of_week": "Of the first event.", "hour": "Of the first event, 0 to 23, by the shop's clock."}

#: What the switch of the worked-out fields calls each of them.
WORKED_OUT = {
    "n_events": "all events",
    "mean_gap_seconds": "the time between events",
    "is_weekday": "weekday or weekend",
}

#: How the kinds of problems look.
LEVELS = {
    "invalid": "text-danger-emphasis",
    "contradiction": "text-danger-emphasis",
    "unusual": "text-warning-emphasis",
}


def control_id(name: str) -> dict[str, str]:
    """Return the id of a field's control."""
    return {"type": CONTROL, "field": name}


def readout_id(name: str) -> dict[str, str]:
    """Return the id of the place where a worked-out field stands."""
    return {"type": READOUT, "field": name}


def message_id(name: str) -> dict[str, str]:
    """Return the id of the place for a field's messages."""
    return {"type": MESSAGE, "field": name}


def to_control(field: FormField, value: Value) -> str | float | int | None:
    """Return a value as its control holds it."""
    if field.kind == "flag":
        return UNKNOWN if value is None else YES if value else NO
    if field.kind == "category":
        return UNKNOWN if value is None else str(value)
    return shown(value)


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


def read_controls(*, form: Form, base: Values, contents: Mapping[str, object], linked: bool) -> Values:
    """Return the session a form describes.

    ``contents`` are the controls' by field; a field without one is worked out, or stays as in
    ``base``, whose decimals an untouched control doesn't show and gets back.
    """
    on_screen = {
        name: from_control(form.by_name[name], content)
        for name, content in contents.items()
        if name in form.by_name
    }
    values = base | exact(on_screen, base)
    return form.link(values) if linked else values


def readout(field: FormField, value: Value) -> str:
    """Write the value of a worked-out field."""
    if value is None:
        return "missing"
    if field.kind == "flag":
        return "Yes" if value else "No"
    return written(as_number(shown(value)), 6)


def form_panel(
    *, form: Form, values: Values, linked: bool, problems: Sequence[Problem], currency: str | None
) -> Component:
    """Return every group of the form; a group the bundle asks nothing of is left out."""
    names = list(dict.fromkeys([*GROUPS, *(field.group for field in form.fields)]))
    groups = [(name, [field for field in form.fields if field.group == name]) for name in names]
    worked_out = form.linked if linked else ()
    return html.Div(
        [_group(name, fields, values, worked_out, problems, currency) for name, fields in groups if fields],
        className="whatif-groups",
    )


def toolbar(
    *,
    presets: Iterable[tuple[Preset, str]],
    form: Form,
    linked: bool,
    reset: tuple[str, str],
    going_on: bool | None = None,
) -> Component:
    """Return the examples to start from, the switches, and reset.

    ``presets`` come with the address that opens each; ``reset`` is a label and an address. They are
    links, so that the back button undoes them and each opens in a tab of its own as well. ``going_on``
    says whether the visit goes on, None where the model doesn't know such visits.
    """
    examples = [
        dcc.Link(
            preset.name,
            href=href,
            className="btn btn-secondary btn-sm",
            id=f"whatif-preset-{preset.key}",
        )
        for preset, href in presets
    ]
    names = [WORKED_OUT[name] for name in form.linked]
    return html.Div(
        [
            html.Div(
                [html.Span("Start from", className="me-1 small text-body-tertiary"), *examples],
                className="hstack flex-wrap gap-2",
                hidden=not examples,
                role="group",
                **{"aria-label": "Example sessions to start from"},
            ),
            html.Div(
                [
                    dbc.Switch(
                        id=LINK,
                        value=linked,
                        label=f"Work out {_listed(names)} from the other fields",
                        class_name="m-0",
                        style=None if names else {"display": "none"},
                    ),
                    dbc.Switch(
                        id=GOING_ON,
                        value=bool(going_on),
                        label="The visit isn't over: this is what has happened so far",
                        class_name="m-0",
                        style=None if going_on is not None else {"display": "none"},
                    ),
                    dcc.Link(reset[0], href=reset[1], id="whatif-reset", className="fw-medium"),
                ],
                className="hstack flex-wrap row-gap-1 column-gap-3 justify-content-between small",
            ),
        ],
        className="vstack gap-2",
    )


def messages(problems: Iterable[Problem]) -> list[Component]:
    """Return the messages that stand under one field."""
    return [
        html.Div(problem.text, className=f"whatif-message {LEVELS[problem.level]}") for problem in problems
    ]


def range_hint(field: FormField, currency: str | None) -> str:
    """Return the range of nearly all sessions the model learned from, with the unit."""
    unit = {"seconds": "s", "amount": currency or ""}.get(field.kind, "")
    usual = usual_range(field)
    if usual is None or field.kind in {"category", "flag"} or field.name in HARD_LIMITS:
        return unit
    low, high = usual
    return f"{low:,g} to {high:,g} {unit}".strip()


def _group(
    name: str,
    fields: Sequence[FormField],
    values: Values,
    worked_out: Sequence[str],
    problems: Sequence[Problem],
    currency: str | None,
) -> Component:
    return html.Fieldset(
        [
            html.Legend(name, className="whatif-legend w-100 mb-1 fw-semibold"),
            *(
                _field(
                    field,
                    values.get(field.name),
                    worked_out=field.name in worked_out,
                    problems=[problem for problem in problems if problem.field == field.name],
                    currency=currency,
                )
                for field in fields
            ),
        ],
        className="card whatif-group d-block mb-3",
    )


def _field(
    field: FormField,
    value: Value,
    *,
    worked_out: bool,
    problems: Sequence[Problem],
    currency: str | None,
) -> Component:
    text = [
        html.Span(field.label, className="d-block small fw-medium"),
        html.Span(HELP.get(field.name, field.help), className="whatif-help smaller text-body-tertiary"),
    ]
    return html.Div(
        [
            html.Div(text, className="d-block min-w-0")
            if worked_out
            else html.Label(text, htmlFor=dom_id(control_id(field.name)), className="d-block min-w-0"),
            html.Div(
                [
                    html.Div(
                        readout(field, value),
                        id=readout_id(field.name),
                        className="whatif-readout small text-end bg-body-secondary rounded",
                    )
                    if worked_out
                    else _control(field, value, is_invalid=any(p.level == "invalid" for p in problems)),
                    html.Div(
                        "worked out" if worked_out else range_hint(field, currency),
                        className="whatif-range smaller text-body-tertiary pt-1 px-1 text-end text-nowrap",
                    ),
                ]
            ),
            html.Div(
                messages(problems), id=message_id(field.name), className="whatif-messages", role="status"
            ),
        ],
        className="whatif-field column-gap-3 align-items-start",
    )


def _control(field: FormField, value: Value, *, is_invalid: bool) -> Component:
    common = {"id": control_id(field.name), "value": to_control(field, value), "invalid": is_invalid}
    if field.kind in {"flag", "category"}:
        return dbc.Select(
            **common, options=_options(field, value), size="sm", class_name="whatif-input w-100"
        )
    return typed(
        **common,
        type="number",
        step="any",
        inputmode="numeric" if field.kind == "count" else "decimal",
        placeholder="missing",
        autocomplete="off",
        size="sm",
        class_name="whatif-input w-100",
    )


def _options(field: FormField, value: Value) -> list[Mapping[str, str]]:
    if field.kind == "flag":
        choices = [(YES, "Yes"), (NO, "No")]
    elif field.name == "day_of_week":
        choices = [(str(number), name) for number, name in enumerate(WEEKDAYS, start=1)]
    else:
        known = [str(choice) for choice in field.choices or ()]
        # A session of a result may have a category the model never saw.
        if value is not None and str(value) not in known:
            known.append(str(value))
        choices = [(choice, choice) for choice in known]
    if value is None or not any(label == UNKNOWN_CATEGORY for _, label in choices):
        choices.append((UNKNOWN, "Missing"))
    return [{"value": key, "label": label} for key, label in choices]


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
