"""The journey editor's left side: who visits, what can happen next, and the steps so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.base.control import dom_id, quietly_named, typed
from components.base.format import money
from components.base.layout import button
from components.shared.labels import country_name
from components.whatif_journey.labels import STEP_NAMES, chance, points
from core.schema.events import EventType
from core.schema.sessions import WEEKDAYS
from core.schema.vocabulary import COLOUR_GROUP_OF
from core.whatif.journey import (
    MAX_PAUSE,
    MAX_PRICE,
    MAX_STEPS,
    MAX_TEXT,
    OF_CATEGORY,
    OF_PRODUCT,
    Journey,
    Step,
    read_number,
    read_text,
)
from core.whatif.journey_presets import colours
from core.whatif.live_trace import Desk, Moment, Watched

#: Ids of this component: buttons that add a step, buttons of a step, its fields, what it says; the visitor.
ADD, ACT, FIELD, CELL = "journey-add", "journey-act", "journey-field", "journey-cell"
VISITOR = "journey-visitor"
LIST = "journey-steps"

UP, DOWN, COPY, REMOVE = "up", "down", "copy", "remove"
#: Acts of a step: what is drawn, and what it is called.
ACTS = {
    UP: ("↑", "Move step {} up"),
    DOWN: ("↓", "Move step {} down"),
    COPY: ("+", "Insert a copy of step {} below it"),
    REMOVE: ("×", "Remove step {}"),
}
#: Stands for "not known" in a choice.
UNKNOWN = "unknown"
YES, NO = "yes", "no"
#: Countries offered: where most of the demo's and most European shops' visitors are from.
COUNTRIES = ("DE", "AT", "CH", "FR", "NL", "PL", "IT", "ES", "GB", "US")


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """What the editor shows: the desk, the journey, its answers, and what can be doubted of it."""

    desk: Desk
    journey: Journey
    watched: Watched
    doubts: tuple[str, ...] = ()


#: From how large a change of a probability on it is coloured: what is written is rounded to 0.1 points.
MOVED = 0.0005


def add_id(kind: EventType) -> dict[str, str]:
    """Return the id of the button that adds a step."""
    return {"type": ADD, "kind": str(kind)}


def act_id(act: str, place: int) -> dict[str, Any]:
    """Return the id of one of a step's buttons."""
    return {"type": ACT, "act": act, "place": place}


def field_id(field: str, place: int) -> dict[str, Any]:
    """Return the id of one of a step's fields."""
    return {"type": FIELD, "field": field, "place": place}


def cell_id(place: int) -> dict[str, Any]:
    """Return the id of what a step's answer is written into."""
    return {"type": CELL, "place": place}


def visitor_id(field: str) -> dict[str, str]:
    """Return the id of one of the visitor's fields."""
    return {"type": VISITOR, "field": field}


def visitor_panel(*, desk: Desk, journey: Journey) -> Component:
    """Return who visits and when the visit begins."""
    codes = list(dict.fromkeys([desk.start.country, *COUNTRIES, journey.country]))
    countries = [(code, country_name(code)) for code in codes if code]
    flag = UNKNOWN if journey.returning is None else YES if journey.returning else NO
    fields = [
        ("country", "Country", [*countries, (UNKNOWN, "Missing")], journey.country or UNKNOWN),
        ("returning", "Returning visitor", [(NO, "No"), (YES, "Yes"), (UNKNOWN, "Missing")], flag),
        ("day", "Weekday", [(str(n), name) for n, name in enumerate(WEEKDAYS, start=1)], str(journey.day)),
        ("hour", "Begins", [(str(n), f"{n}:00") for n in range(24)], str(journey.hour)),
    ]
    return html.Fieldset(
        [
            html.Legend("Who visits", className="journey-legend w-100 mb-2 fw-semibold"),
            html.Div(
                [
                    _labelled(label, _select(visitor_id(field), options, value))
                    for field, label, options, value in fields
                ],
                className="journey-visitor cards",
            ),
            html.P(
                "Device and channel don't matter here: the model doesn't use them.",
                className="text-body-tertiary mt-2 mb-0 smaller",
            ),
        ],
        className="card journey-card",
    )


def add_panel(*, desk: Desk, full: bool) -> Component:
    """Return the buttons that add a step at the end."""
    return html.Div(
        [
            html.Span("Add a step", className="d-block mb-2 smaller text-body-tertiary"),
            html.Div(
                [
                    button(STEP_NAMES[kind], id=add_id(kind), icon="plus", disabled=full, small=True)
                    for kind in STEP_NAMES
                    if kind in desk.kinds
                ],
                className="d-flex flex-wrap gap-2",
                role="group",
                **{"aria-label": "Add a step"},
            ),
        ],
        className="mb-2 pb-3 border-bottom",
    )


def step_list(*, editor: Editor) -> list[Component]:
    """Return the steps, each with its fields, its answer and what can be done with it."""
    journey, moments = editor.journey, editor.watched.moments
    if not journey.steps:
        return [
            html.P(
                "Nothing has happened yet. Add a first step above, or start from a typical journey.",
                className="my-2 text-body-tertiary",
            )
        ]
    last = len(journey.steps)
    steps = [
        html.Li(
            _step(editor, step, place, last, moments[place - 1]),
            className="journey-step gap-2 align-items-center",
        )
        for place, step in enumerate(journey.steps, start=1)
    ]
    parts: list[Component] = [html.Ol(steps, className="list-unstyled")]
    if last >= MAX_STEPS:
        parts.append(
            html.P(
                f"A journey has at most {MAX_STEPS} steps.", className="text-body-tertiary mt-2 mb-0 smaller"
            )
        )
    return parts


def cell(moment: Moment) -> list[Component]:
    """Return what a step says: the probability after it and how far it moved that."""
    if moment.probability is None:
        return [html.Span(moment.prediction["cluster_name"], className="d-block smaller")]
    moved = moment.change or 0.0
    direction = "success" if moved >= MOVED else "danger" if moved <= -MOVED else None
    tone = f"text-{direction}-emphasis" if direction else "text-body-tertiary"
    parts: list[Component] = [html.Span(chance(moment.probability), className="d-block fw-semibold")]
    if moment.change is not None:
        parts.append(
            html.Span(
                points(moment.change),
                className=f"d-block smaller {tone}",
                title=f"{points(moment.change)} percentage points by this step",
            )
        )
    return parts


def read_field(field: str, value: Any) -> Any:  # noqa: ANN401 (a control's value)
    """Return what a step's control holds as the step has it."""
    if field == "kind":
        return EventType(value) if value in set(EventType) else None
    if field == "after":
        return read_number(value, MAX_PAUSE) or 0.0
    if field == "price":
        return read_number(value, MAX_PRICE) if value not in (None, "") else None
    return None if value == UNKNOWN else read_text(value)


def read_visitor(contents: Mapping[str, Any], journey: Journey) -> dict[str, Any]:
    """Return what the visitor's controls say, as arguments of a link."""
    return {
        "country": contents.get("country") or UNKNOWN,
        "returning": contents.get("returning") or UNKNOWN,
        "day": str(contents.get("day") or journey.day),
        "hour": str(journey.hour if contents.get("hour") is None else contents["hour"]),
    }


def _step(editor: Editor, step: Step, place: int, last: int, moment: Moment) -> list[Component]:
    kinds = [kind for kind in STEP_NAMES if kind in editor.desk.kinds or kind is step.kind]
    head: list[Component] = [
        html.Span(
            str(place),
            className="journey-place flex-shrink-0 smaller bg-body-secondary rounded-circle",
            **{"aria-hidden": "true"},
        ),
        *quietly_named(
            f"What happens in step {place}",
            _select(
                field_id("kind", place), [(str(kind), STEP_NAMES[kind]) for kind in kinds], str(step.kind)
            ),
        ),
    ]
    if place > 1:
        head.append(
            html.Span(
                [
                    "after",
                    *quietly_named(
                        f"Seconds before step {place}", _number(field_id("after", place), shown(step.after))
                    ),
                    "s",
                ],
                className="journey-after hstack gap-1 small text-body-tertiary",
            )
        )
    return [
        html.Div(head, className="journey-what hstack flex-wrap gap-2 min-w-0"),
        html.Div(cell(moment), id=cell_id(place), className="journey-cell"),
        html.Div(
            [_act(act, place, last) for act in ACTS],
            className="journey-acts d-flex",
            role="group",
            **{"aria-label": f"Change step {place}"},
        ),
        _details(editor, step, place),
    ]


def _details(editor: Editor, step: Step, place: int) -> Component | None:
    """Return the fields of a step's product, as far as the model looks at them."""
    says, of, fields = editor.desk.says, f"of step {place}", []
    of_product = step.kind in OF_PRODUCT
    if of_product and "product" in says:
        text = dbc.Input(
            id=field_id("product", place),
            value=step.product,
            debounce=True,
            size="sm",
            maxlength=MAX_TEXT,
            autocomplete="off",
        )
        fields.append(_labelled("Product", text, of, "journey-product"))
    if (of_product or step.kind in OF_CATEGORY) and "category" in says:
        categories = _categories(editor)
        choice = _select(
            field_id("category", place),
            [(name, name) for name in categories] + [(UNKNOWN, "Missing")],
            step.category or UNKNOWN,
        )
        fields.append(_labelled("Category", choice, of))
    if of_product and "price" in says:
        unit = editor.desk.scenario.currency
        price = _number(field_id("price", place), shown(step.price))
        fields.append(_labelled(f"Price, {unit}" if unit else "Price", price, of, "journey-price"))
    if of_product and "colour" in says:
        offered = list(dict.fromkeys([*colours(), *filter(None, [step.colour])]))
        choice = _select(
            field_id("colour", place),
            [(name, _colour(name)) for name in offered] + [(UNKNOWN, "Missing")],
            step.colour or UNKNOWN,
        )
        fields.append(_labelled("Colour", choice, of))
    return html.Div(fields, className="journey-details gap-2") if fields else None


def _categories(editor: Editor) -> list[str]:
    fields = {field.name: field for field in editor.desk.scenario.predictor.form_fields()}
    known = fields["dominant_category"].choices if "dominant_category" in fields else None
    used = [step.category for step in editor.journey.steps if step.category]
    return list(dict.fromkeys([*(str(choice) for choice in known or ()), *used]))


def _colour(name: str) -> str:
    group = COLOUR_GROUP_OF.get(name.lower())
    return f"{name} ({group})" if group and group != name else name


def _act(act: str, place: int, last: int) -> Component:
    sign, words = ACTS[act]
    useless = (act == UP and place == 1) or (act == DOWN and place == last)
    useless = useless or (act == COPY and last >= MAX_STEPS)
    return html.Button(
        html.Span(sign, **{"aria-hidden": "true"}),
        id=act_id(act, place),
        type="button",
        n_clicks=0,
        disabled=useless,
        className="journey-act btn btn-link btn-sm btn-icon fs-6",
        title=words.format(place),
        **{"aria-label": words.format(place)},
    )


def _labelled(label: str, control: Component, of: str = "", class_name: str = "") -> Component:
    """Put a control under its name; ``of`` is said to those who can't see which step it belongs to."""
    more = [html.Span(f" {of}", className="visually-hidden")] if of else []
    return html.Div(
        [
            html.Label(
                [label, *more],
                htmlFor=dom_id(control.id),
                className="d-block mb-1 smaller text-body-tertiary",
            ),
            control,
        ],
        className=f"journey-field min-w-0 {class_name}".strip(),
    )


def _select(identity: dict[str, Any], options: Sequence[tuple[str, str]], value: str) -> Component:
    return dbc.Select(
        id=identity,
        options=[{"value": key, "label": label} for key, label in options],
        value=value,
        size="sm",
        class_name="journey-select",
    )


def _number(identity: dict[str, Any], value: float | int | None) -> Component:
    return typed(
        id=identity,
        type="number",
        value=value,
        min=0,
        step="any",
        inputmode="decimal",
        size="sm",
        autocomplete="off",
        class_name="journey-number",
    )


def shown(value: float | None) -> float | int | None:
    """Return a number as its field shows it, to two decimals."""
    if value is None:
        return None
    rounded = round(value, 2)
    return int(rounded) if rounded.is_integer() else rounded


def product_words(step: Step, currency: str | None) -> str:
    """Say in a few words what a step was about."""
    parts = [step.product, step.category, None if step.price is None else money(step.price, currency)]
    return ", ".join(part for part in parts if part)
