"""What can be chosen about a training: name, thoroughness, how "yes" is decided, clusters, who trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.base.control import typed
from components.base.format import SIGNS, percent
from components.base.layout import button, error_panel
from core.base.errors import BundleError
from core.bundle.cluster_names import LONGEST, clean_names
from core.bundle.repository import check_name
from core.services.trainings import THOROUGHNESS, minutes
from core.training.cluster_choice import MOST, VISITS_EACH

if TYPE_CHECKING:
    from core.training.purchase.options import TrainingOptions

#: Ids of this component. ``WHO`` is the same wherever a name is asked for, so that it is remembered.
NAME = "train-name"
THOROUGH = "train-thoroughness"
RULE = "train-rule"
MONEY = "train-money"
VALUE = "train-value"
COST = "train-cost"
BREAK_EVEN = "train-break-even"
CLUSTERS = "train-clusters"
CLUSTER_NAMES = "train-cluster-names"
CLUSTER_NAME = "train-cluster-name"
WHO = "train-who"
START = "train-start"
PROBLEM = "train-problem"

AUTOMATIC = "auto"
F1, BY_MONEY = "f1", "money"
CLUSTER_COUNTS = tuple(str(count) for count in range(2, 11))

_THOROUGH_WORDS = {
    "quick": ("Quick", "Proven settings, no search."),
    "normal": ("Normal", "Tries two dozen settings and keeps the best for your data."),
    "thorough": ("Thorough", "Searches five times as long. Worth it for a model you keep using."),
}
_RULES = {
    F1: ("Best balance", "Finds most buyers with few false alarms (best F1)."),
    BY_MONEY: ("By profit", "When contacting a visitor is worth more than it costs. Enter both values."),
}


def options_form(
    *,
    name: str,
    sessions: int | None,
    currency: str | None,
    predicts: bool,
    clusters: str = AUTOMATIC,
    blocked: bool = False,
) -> Component:
    """Return the form.

    Parameters
    ----------
    name
        The name suggested for the model.
    sessions
        How many there are to learn from, for the minutes it will take.
    predicts
        Whether purchases can be learned; if not, only what concerns clusters is asked.
    clusters
        How many clusters are chosen to begin with: a number from 2 on, or ``AUTOMATIC``.
    blocked
        Whether nothing can be learned at all.
    """
    hidden = {} if predicts else {"display": "none"}
    return dbc.Card(
        [
            _field(
                "Model name",
                dbc.Input(id=NAME, type="text", value=name, maxlength=64, autocomplete="off", required=True),
                NAME,
                "Letters, digits, '.', '_' and '-'. Shown beside everything it scores.",
                required=True,
            ),
            html.Div(
                _choices(
                    "How thorough",
                    THOROUGH,
                    "normal" if predicts else "quick",
                    [(key, *_thorough(key, sessions)) for key in THOROUGHNESS],
                ),
                style=hidden,
            ),
            html.Div(
                [
                    _choices(
                        "When to call a session a likely buyer",
                        RULE,
                        F1,
                        [(key, *words) for key, words in _RULES.items()],
                    ),
                    _money(currency),
                ],
                style=hidden,
            ),
            _clusters(clusters),
            who_field(help="Saved with the model: who trained it, and when."),
            html.Div(id=PROBLEM, role="alert", className="hide-empty"),
            html.Div(
                [
                    button(
                        "Train the model" if predicts else "Find the clusters",
                        id=START,
                        kind="primary",
                        icon="model",
                        disabled=blocked,
                    ),
                    html.Span(
                        "A model can't learn from this export; see above what to do."
                        if blocked
                        else "It won't be used until you have seen how good it is and decide to.",
                        className="measure small text-body-tertiary",
                    ),
                ],
                className="hstack flex-wrap row-gap-2 column-gap-3",
            ),
        ],
        className="train-form vstack gap-4 p-3",
    )


def who_field(*, help: str) -> Component:
    """Return the field for one's name, which the browser remembers."""
    return _field(
        "Your name",
        dbc.Input(
            id=WHO,
            type="text",
            value="",
            maxlength=80,
            autocomplete="name",
            placeholder="First and last name",
            required=True,
            persistence=True,
            persistence_type="local",
        ),
        WHO,
        help,
        required=True,
    )


def problem_id(field: str) -> str:
    """Return the id of the place where a field's problem stands."""
    return f"{field}-problem"


def cluster_names(*, count: str | None, kept: Sequence[str | None] = ()) -> list[Component]:
    """Return a field for the name of each cluster, once their number is set by hand."""
    if count not in CLUSTER_COUNTS:
        return []
    names = [*kept, *[None] * int(count)][: int(count)]
    return [
        html.Div(
            "Optional. Clusters without a name get one that says what sets them apart; all can be renamed "
            "later.",
            className="measure small text-body-tertiary",
        ),
        html.Div(
            [
                html.Label(
                    [
                        html.Span(_ordinal(place), className="measure small text-body-tertiary"),
                        dbc.Input(
                            id={"type": CLUSTER_NAME, "place": place},
                            type="text",
                            value=name or "",
                            maxlength=LONGEST,
                            size="sm",
                            autocomplete="off",
                        ),
                    ]
                )
                for place, name in enumerate(names)
            ],
            className="cards-sm gap-2",
        ),
    ]


def break_even(*, value: object, cost: object) -> str:
    """Say from which probability on a contact pays, as far as both amounts are told."""
    worth, price = _amount(value), _amount(cost)
    if worth is None or price is None:
        return "Enter both to see from which probability a contact pays."
    if worth <= 0 or price < 0:
        return "A buyer must be worth more than 0, and a contact can't cost less than 0."
    if price >= worth:
        return "A contact costs as much as a buyer is worth, so it would never pay."
    return f"A contact pays from a probability of {percent(price / worth)}."


def read_options(
    *, thorough: str, rule: str, money: Mapping[str, object], clusters: str, names: Sequence[str | None]
) -> TrainingOptions:
    """Return what the form says.

    Raises
    ------
    DecisionError
        If the amounts are missing or can never pay.
    BundleError
        If two clusters are given the same name.
    """
    from core.bundle.threshold import ThresholdRule

    options = THOROUGHNESS.get(thorough, THOROUGHNESS["normal"])
    if rule == BY_MONEY:
        chosen = ThresholdRule(
            kind="money",
            value_of_buyer=_amount(money.get("value")),
            cost_of_contact=_amount(money.get("cost")),
        ).validate()
        options = replace(options, threshold_rule=chosen)
    if clusters == AUTOMATIC:
        return options
    given = clean_names([name or "" for name in names])
    return replace(options, clusters=int(clusters), cluster_names=given if any(given) else None)


def field_problems(
    *, name: str | None, who: str | None, rule: str, money: Mapping[str, object]
) -> dict[str, str]:
    """Return what is wrong with the fields, by their ids: all at once, not one after the other."""
    found = {}
    try:
        check_name((name or "").strip())
    except BundleError as error:
        found[NAME] = str(error.remedy) if (name or "").strip() else "Enter a name."
    if not (who or "").strip():
        found[WHO] = "Enter your name."
    if rule == BY_MONEY:
        worth, price = _amount(money.get("value")), _amount(money.get("cost"))
        if worth is None or worth <= 0:
            found[VALUE] = "Enter an amount above 0."
        if price is None or price < 0:
            found[COST] = "Enter an amount of 0 or more."
        elif worth is not None and 0 < worth <= price:
            found[COST] = "A contact costs as much as a buyer is worth, so it would never pay."
    return found


def problem(*, error: Mapping[str, Any]) -> Component:
    """Return what keeps the training from starting."""
    return error_panel(error)


def _thorough(key: str, sessions: int | None) -> tuple[str, str]:
    title, text = _THOROUGH_WORDS[key]
    count = minutes(THOROUGHNESS[key], sessions)
    return f"{title}, up to {count} minute{'' if count == 1 else 's'}", text


def _choices(label: str, id: str, value: str, choices: Sequence[tuple[str, str, str]]) -> Component:
    return html.Fieldset(
        [
            html.Legend(label, className="form-label"),
            dbc.RadioItems(
                id=id,
                value=value,
                options=[
                    {
                        "value": key,
                        "label": html.Span(
                            [
                                html.Span(title, className="fw-medium"),
                                html.Span(text, className="measure small text-body-tertiary"),
                            ],
                            className="vstack gap-1",
                        ),
                    }
                    for key, title, text in choices
                ],
                class_name="train-choices cards-sm gap-2 mt-1",
            ),
        ],
        className="train-field vstack gap-1",
    )


def _money(currency: str | None) -> Component:
    unit = SIGNS.get(currency or "", currency or "")
    return html.Div(
        [
            html.Div(
                [
                    _field(
                        _with_unit("Value of a buyer", unit), _amount_input(VALUE, "40"), VALUE, required=True
                    ),
                    _field(
                        _with_unit("Cost per contact", unit), _amount_input(COST, "1"), COST, required=True
                    ),
                ],
                className="cards-sm",
            ),
            html.Div(id=BREAK_EVEN, className="measure small text-body-tertiary", role="status"),
        ],
        id=MONEY,
        className="vstack gap-1 mt-3",
        style={"display": "none"},
    )


def _ordinal(place: int) -> str:
    """Say which cluster a name is for: they are numbered by size."""
    return f"Cluster {place + 1}, the largest" if place == 0 else f"Cluster {place + 1}"


def _clusters(chosen: str) -> Component:
    return html.Div(
        [
            _field(
                "Behaviour clusters",
                dbc.Select(
                    id=CLUSTERS,
                    value=chosen,
                    options=[
                        {"value": AUTOMATIC, "label": "As many as fit the data best"},
                        *({"value": count, "label": f"{count} clusters"} for count in CLUSTER_COUNTS),
                    ],
                    class_name="mb-1",
                ),
                CLUSTERS,
                f"Unless you choose: up to {MOST}, and at most one for every {VISITS_EACH} sessions.",
            ),
            html.Div(cluster_names(count=chosen), id=CLUSTER_NAMES, className="hide-empty vstack gap-2 mt-2"),
        ],
        className="train-field vstack gap-1",
    )


def _field(
    label: str, control: Component, id: str, help: str | None = None, *, required: bool = False
) -> Component:
    words: list[Component | str] = [label]
    if required:
        words.append(html.Span(" (required)", className="fw-normal text-body-tertiary"))
    parts = [html.Label(words, htmlFor=id, className="form-label"), control]
    # Followed by assets/js/described.js.
    if required:
        parts.append(
            html.Div(
                id=problem_id(id),
                className="hide-empty small text-danger-emphasis",
                role="alert",
                **{"data-describes": id, "data-problem": ""},
            )
        )
    if help:
        said = {"id": f"{id}-help", "className": "measure small text-body-tertiary"}
        parts.append(html.Div(help, **said, **{"data-describes": id}))
    return html.Div(parts, className="train-field vstack gap-1")


def _amount_input(id: str, example: str) -> Component:
    return typed(
        id=id,
        type="number",
        min=0,
        step="any",
        inputmode="decimal",
        placeholder=f"such as {example}",
        autocomplete="off",
    )


def _with_unit(label: str, unit: str) -> str:
    return f"{label}, {unit}" if unit else label


def _amount(value: object) -> float | None:
    try:
        return float(str(value).replace(",", ".")) if value not in (None, "") else None
    except ValueError:
        return None
