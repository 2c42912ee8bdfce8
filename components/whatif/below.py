"""What stands below the form and its answer: why, curves, the smallest change, scenarios side by side.

Each part is made from the page's state alone, which is the page's address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.layout import banner, button, section
from components.shared.labels import in_sentence
from components.shared.reasons import waterfall
from components.whatif.answer import MOVES
from components.whatif.counterfactual import FIND, change_panel, not_searched
from components.whatif.curves import large_curve, small_curves
from components.whatif.scenarios import IN_FORM, Column, comparison, nothing_kept
from core.whatif.batch import ask
from core.whatif.counterfactual import could_change, smallest_change
from core.whatif.curves import curve_fields, curves, shown_curves
from core.whatif.reach import out_of_reach
from core.whatif.state import State
from core.whatif.why import Why
from core.whatif.why import why as why_of

PATH = "/what-if"

#: Ids of this component: what is replaced when the session changes, and the controls of the curves.
CURVES, CHANGE, COMPARE = "whatif-curves", "whatif-change", "whatif-scenarios"
CURVE, OF = "whatif-curve-field", "whatif-curve-of"
#: Id of the list of the fields a change may be made of.
MAY = "whatif-may-change"
#: The sections, for buttons that lead there.
LIKELY, SIDE_BY_SIDE = "whatif-likely", "whatif-side-by-side"
WATERFALL = "whatif-waterfall"
#: How to read the small curves.
READING = (
    "Shaded: the range of nearly all sessions the model learned from. Dotted or faded: a guess. "
    "Dashed line: the likely-buyer cut-off."
)
#: What the list of fields says while nobody has chosen one.
STRONGEST = "*"


def sections(*, state: State, why: Why) -> list[Component]:
    """Return everything below the form; nothing where the model answers no probability."""
    compared = section(
        html.Div(compare_parts(state=state), id=COMPARE, className="whatif-compare-parts cards-lg"),
        title="Scenarios side by side",
        id=SIDE_BY_SIDE,
    )
    if not state.scenario.predictor.predicts_purchase:
        # The controls stay, unseen: the page's callbacks read them.
        hidden = html.Div(
            [
                *_curve_controls(state),
                *_may_control(state),
                button("", id=FIND),
                html.Div(id=CURVES),
                html.Div(id=CHANGE),
            ],
            hidden=True,
        )
        return [compared, hidden]
    return [
        section(
            html.Div(curve_parts(state=state, why=why), id=CURVES),
            title="What moves the prediction",
            subtitle="Why it is what it is, and what it would be if one thing were different.",
            actions=_curve_controls(state),
            id=MOVES,
        ),
        section(
            html.Div(change_parts(state=state), id=CHANGE, **{"aria-live": "polite"}),
            title="The smallest change that makes a likely buyer",
            actions=[*_may_control(state), button("Find the smallest change", id=FIND, icon="search")],
            id=LIKELY,
        ),
        compared,
    ]


def curve_parts(*, state: State, why: Why) -> list[Component]:
    """Return the large curve beside the waterfall, and small curves of what moves the answer most."""
    if state.invalid:
        return [_waits()]
    scenario, target = state.scenario, state.shown_target
    large = state.curve or why.strongest
    made = curves(state, large=large)
    first, others = shown_curves(state, made, large)
    common: dict[str, Any] = {
        "target": target,
        "currency": scenario.currency,
        "threshold": scenario.predictor.threshold,
    }
    beside: list[Component] = []
    if first is not None:
        beside.append(large_curve(curve=first, **common))
    apart = why if target == "purchase" else why_of(state, target)
    if apart.explanation is None:
        # A model that expects the same revenue of everybody has no reasons for it.
        apart = why
    if apart.explanation is not None:
        beside.append(waterfall(id=WATERFALL, explanation=apart.explanation, currency=scenario.currency))
    elif apart.problem:
        beside.append(banner("info", "No reasons for this prediction", apart.problem))
    parts: list[Component] = [html.Div(beside, className="cards-lg")]
    if state.curve is not None and state.curve not in made:
        label = scenario.form.by_name[state.curve].label
        said = f"{label} is worked out from other fields here, so it has no curve. Another one is shown."
        parts.insert(0, html.P(said, className="measure small text-body-secondary"))
    if others:
        parts += [
            html.H3(
                "Other fields that move it, on one scale",
                className="mt-3 mb-2 small fw-medium text-body-secondary",
            ),
            html.P(READING, className="measure small text-body-secondary"),
            small_curves(curves=others, **common),
        ]
    return parts


def change_parts(*, state: State) -> list[Component]:
    """Return the ways to a likely buyer if somebody has asked for them."""
    if state.search and state.invalid:
        return [_waits()]
    found = smallest_change(state) if state.search else None
    if found is None:
        return not_searched()
    fixed: dict[str, list[str]] = {}
    for field in state.scenario.form.fields:
        if reason := out_of_reach(field.name):
            fixed.setdefault(reason, []).append(in_sentence(field.label))
    labels = state.scenario.form.by_name
    return change_panel(
        found=found,
        currency=state.scenario.currency,
        href=lambda values: to_address(state.with_values(values)),
        fixed=fixed,
        only=[in_sentence(labels[name].label) for name in state.may],
        going_on=state.going_on,
    )


def compare_parts(*, state: State) -> list[Component]:
    """Return the kept scenarios beside the session in the form."""
    if not state.kept:
        return [nothing_kept()]
    scenario, kept = state.scenario, state.kept
    asked = [(state.values, state.going_on), *((one.values, one.going_on) for one in kept)]
    predictions = [
        None if scenario.form.invalid(values) else ask(scenario, [values], going_on=going_on).to_pylist()[0]
        for values, going_on in asked
    ]
    columns = [
        Column(name=IN_FORM, values=state.values, going_on=state.going_on, prediction=predictions[0]),
        *(
            Column(
                name=one.name,
                values=one.values,
                going_on=one.going_on,
                prediction=predictions[place + 1],
                place=place,
                open_href=to_address(state.opened(place)),
                remove_href=to_address(state.without(place)),
            )
            for place, one in enumerate(kept)
        ),
    ]
    return comparison(
        columns=columns,
        labels=_labels(state),
        currency=scenario.currency,
        threshold=scenario.predictor.threshold,
    )


def _waits() -> Component:
    return html.P(
        "Nothing to show while a field is invalid: correct it in the form above.",
        className="measure small text-body-secondary",
    )


def to_address(query: str) -> str:
    """Return the address of a what-if page with this query."""
    return f"{PATH}?{query}" if query else PATH


def _labels(state: State) -> Mapping[str, str]:
    """Return what fields are called; those that are worked out in every scenario say nothing new."""
    form = state.scenario.form
    follow = state.linked and all(one.linked for one in state.kept)
    followers = set(form.linked) if follow else set()
    return {field.name: field.label for field in form.fields if field.name not in followers}


def _curve_controls(state: State) -> list[Component]:
    fields = curve_fields(state.scenario, linked=state.linked)
    known = {field.name for field in fields}
    options = [{"value": STRONGEST, "label": "what matters most"}]
    options += [{"value": field.name, "label": field.label} for field in fields]
    return [
        html.Label("Curve for", htmlFor=CURVE, className="small text-body-tertiary"),
        dbc.Select(
            id=CURVE,
            options=options,
            value=state.curve if state.curve in known else STRONGEST,
            size="sm",
            class_name="whatif-curve-field",
        ),
        html.Label("showing", htmlFor=OF, className="small text-body-tertiary"),
        dbc.Select(
            id=OF,
            options=[
                {"value": "purchase", "label": "probability"},
                {"value": "revenue", "label": "expected revenue"},
            ],
            value=state.shown_target,
            size="sm",
            class_name="whatif-curve-of",
            disabled=not state.scenario.answers_revenue,
        ),
    ]


def _may_control(state: State) -> list[Component]:
    known = {field.name: field.label for field in could_change(state)}
    # One that was chosen stays in the list even while the session has no value for it.
    known |= {name: state.scenario.form.by_name[name].label for name in state.may}
    return [
        html.Label("May change", htmlFor=MAY, className="small text-body-tertiary"),
        dcc.Dropdown(
            id=MAY,
            options=[{"value": name, "label": label} for name, label in known.items()],
            value=list(state.may),
            multi=True,
            placeholder="what a shop could influence",
            className="whatif-may-change small",
        ),
    ]
