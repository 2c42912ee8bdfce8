"""The form of an audience: who to include, who is held out, which ids, what a contact costs and earns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.audiences.labels import BY
from components.base.control import choice, dom_id, quietly_named, typed
from components.base.format import SIGNS
from components.base.layout import card
from core.audiences import Definition
from core.audiences.definition import AMOUNTS, MOST_HELD_OUT
from core.base.errors import AudienceError

#: Ids of this component: a control, what is shown for some picks only, a control's message.
CONTROL = "audiences-control"
WHEN = "audiences-when"
MESSAGE = "audiences-message"

#: The picks in words, in the order the list has them.
PICKS = {
    "top_share": "Top %",
    "top_n": "Top number",
    "threshold": "Minimum purchase probability",
    "min_expected_revenue": "Minimum expected revenue",
    "all": "Everyone matching the filters",
}
#: Each pick's own amount has a control of its own, so that nothing typed is lost by looking at another.
AMOUNT = "amount_"
#: Controls in percent of what the definition holds.
PERCENTS = frozenset({"amount_top_share", "amount_threshold", "held_out", "effect", "margin"})
SHOWN_FOR: dict[str, tuple[str, ...]] = {
    "amount_top_share": ("top_share",),
    "amount_top_n": ("top_n",),
    "amount_threshold": ("threshold",),
    "amount_min_expected_revenue": ("min_expected_revenue",),
    "rank_by": ("top_share", "top_n"),
}
PROBLEMS = {
    "amount_top_share": "Enter 0 to 100%.",
    "amount_top_n": "Enter a whole number, 1 or more.",
    "amount_threshold": "Enter 0 to 100%.",
    "amount_min_expected_revenue": "Enter 0 or more.",
    "held_out": f"Enter 0 to {100 * MOST_HELD_OUT:g}%.",
    "salt": "Enter up to 64 letters, digits, dots and dashes.",
    "cost": "Enter 0 or more.",
    "effect": "Enter 0 to 1,000%, or 0 to 100 points.",
    "margin": "Enter 0 to 100%.",
}


def control_id(name: str) -> dict[str, str]:
    """Return the id of a control."""
    return {"type": CONTROL, "name": name}


def form_cards(*, definition: Definition, told: frozenset[str], currency: str | None) -> list[Component]:
    """Return the cards of the form; what the sessions don't tell is not asked for."""
    values = control_values(definition)
    return [
        _card("Who to include", *_choosing(values, told, currency, definition.pick)),
        _card(
            "Hold-out",
            html.P(
                "The hold-out isn't contacted. Comparing it with the contacted afterwards shows what the "
                "campaign really achieved.",
                className="mb-0 smaller text-body-tertiary",
            ),
            _field("held_out", "Share held out", _number("held_out", values, unit="%", most=50)),
            _field(
                "salt",
                "Random seed",
                _text("salt", values),
                "The same seed and id give the same group in every export. Change it to reshuffle.",
            ),
        ),
        _card("IDs in the file", *_ids(values, told)),
        *(
            [_card("Cost and effect of a contact", *_contact(values, currency))]
            if "expected_revenue" in told
            else []
        ),
    ]


def control_values(definition: Definition) -> dict[str, Any]:
    """Return what stands in each control."""
    told: dict[str, Any] = {
        name: getattr(definition, name)
        for name in ("pick", "rank_by", "salt", "id_kind", "id_form", "one_row_per", "effect_as", "cost")
    }
    told |= {name: getattr(definition, name) for name in ("held_out", "effect", "margin")}
    told |= {AMOUNT + pick: amount for pick, amount in AMOUNTS.items() if pick != "all"}
    if definition.pick != "all":
        told[AMOUNT + definition.pick] = definition.amount
    told["leave_out_buyers"] = "out" if definition.leave_out_buyers else "in"
    return {
        name: _clean(100 * value if name in PERCENTS else value) if isinstance(value, float) else value
        for name, value in told.items()
    }


def read_controls(contents: Mapping[str, Any], base: Definition) -> tuple[Definition, dict[str, str]]:
    """Return the definition a form describes, and a message for each control that can't be used.

    Such a control counts as it is in ``base``, as does one the form doesn't have.
    """
    found, problems = base, {}
    pick = contents.get("pick") or base.pick
    changes: list[tuple[str, str, Any]] = [("pick", "pick", pick)]
    if AMOUNT + pick in contents:
        changes.append((AMOUNT + pick, "amount", contents[AMOUNT + pick]))
    changes += [
        (name, name, value)
        for name, value in contents.items()
        if name != "pick" and not name.startswith(AMOUNT) and hasattr(base, name)
    ]
    for control, name, value in changes:
        try:
            changed = replace(found, **{name: _read(control, name, value)})
            if name == "pick":
                changed = replace(changed, amount=base.amount if pick == base.pick else AMOUNTS[pick])
            found = changed.validate()
        except (AudienceError, TypeError, ValueError):
            # The two controls of the effect stand in one field.
            field = "effect" if control == "effect_as" else control
            problems[field] = PROBLEMS.get(field, "This value isn't valid.")
    return found, problems


def hidden(name: str, pick: str) -> bool:
    """Tell whether a part of the form is of no use for a pick."""
    return pick not in SHOWN_FOR[name]


def _read(control: str, name: str, value: Any) -> Any:  # noqa: ANN401 (a control's value)
    if name == "leave_out_buyers":
        return value == "out"
    if name in ("amount", "held_out", "cost", "effect", "margin"):
        read = float(value)
        if control == "amount_top_n" and not read.is_integer():
            raise ValueError(value)
        return float(f"{read / 100:.12g}") if control in PERCENTS else read
    return str(value or "").strip()


def _clean(value: float) -> float | int:
    read = float(f"{value:.10g}")
    return int(read) if read.is_integer() else read


def _choosing(
    values: Mapping[str, Any], told: frozenset[str], currency: str | None, pick: str
) -> list[Component]:
    picks = dict(PICKS)
    if "expected_revenue" not in told:
        picks.pop("min_expected_revenue")
    if "purchase_probability" not in told:
        picks = {"all": picks["all"]}
    parts = [_field("pick", "Include", _select("pick", picks, values))]
    if len(picks) > 1:
        amounts = {
            "amount_top_share": ("Share", _number("amount_top_share", values, unit="% of all", most=100)),
            "amount_top_n": ("How many", _number("amount_top_n", values)),
            "amount_threshold": (
                "At least",
                _number("amount_threshold", values, unit="%", most=100),
            ),
            "amount_min_expected_revenue": (
                "At least",
                _number("amount_min_expected_revenue", values, unit=_sign(currency)),
            ),
            "rank_by": (
                "Ranked by",
                _select("rank_by", {name: f"Highest {said}" for name, said in BY.items()}, values),
            ),
        }
        if "expected_revenue" not in told:
            amounts.pop("rank_by")
        for name, (label, control) in amounts.items():
            parts.append(
                html.Div(
                    _field(name, label, control),
                    id={"type": WHEN, "name": name},
                    hidden=hidden(name, pick),
                )
            )
    if "purchased" in told:
        parts.append(
            _field(
                "leave_out_buyers",
                "People who already bought",
                _select("leave_out_buyers", {"out": "Leave out", "in": "Include"}, values),
                "Leaves out visitors who bought in any session of this result.",
            )
        )
    return parts


ID_FORMS = {
    "sha256": "Hashed (SHA-256)",
    "google": "Hashed for Google",
    "meta": "Hashed for Meta",
    "raw": "As they are",
}


def _ids(values: Mapping[str, Any], told: frozenset[str]) -> list[Component]:
    kinds = {"visitor": "Visitor id", "session": "Session id"}
    rows = {"visitor": "Visitor (best session)", "session": "Session"}
    note = (
        "Ids are trimmed and lower-cased before hashing. For Google and Meta, phone numbers are made "
        "international; for Google, dots and tags are dropped from Gmail addresses."
    )
    form = _field(
        "id_form",
        "ID format",
        _select("id_form", ID_FORMS, values),
        note,
    )
    if "visitor_id" not in told:
        said = html.P("Visitor ids are missing from the file, so session ids are used.")
        return [html.Div(said, className="mb-0 smaller text-body-tertiary"), form]
    return [
        _field("id_kind", "ID", _select("id_kind", kinds, values)),
        form,
        _field("one_row_per", "One row per", _select("one_row_per", rows, values)),
    ]


def _contact(values: Mapping[str, Any], currency: str | None) -> list[Component]:
    sorts = {"relative": "% (relative)", "points": "percentage points"}
    return [
        html.P(
            "Your assumptions: only a hold-out shows the real effect.",
            className="mb-0 smaller text-body-tertiary",
        ),
        _field("cost", "Cost per contact", _number("cost", values, unit=_sign(currency))),
        _field(
            "effect",
            "A contact lifts purchase probability by",
            html.Div(
                [
                    _number("effect", values),
                    *quietly_named("Kind of lift", _select("effect_as", sorts, values)),
                ],
                className="audiences-pair d-flex gap-2",
            ),
            "10% turns a probability of 20% into 22%; 10 percentage points turn it into 30%.",
        ),
        _field(
            "margin",
            "Margin",
            _number("margin", values, unit="%", most=100),
            "Share of revenue kept after the cost of goods and any voucher.",
        ),
    ]


def _card(title: str, *parts: Component) -> Component:
    return card(*parts, title=title, stack=True)


def _field(name: str, label: str, control: Component, help: str | None = None) -> Component:
    words = html.Label(
        label, htmlFor=dom_id(control_id(name)), className="smaller fw-medium text-body-secondary"
    )
    parts: list[Component] = [words, control]
    parts.append(
        html.Div(
            id={"type": MESSAGE, "name": name},
            className="hide-empty smaller text-danger-emphasis",
            role="status",
        )
    )
    if help:
        parts.append(html.Span(help, className="smaller text-body-tertiary"))
    return html.Div(parts, className="vstack gap-1", role="group", **{"aria-label": label})


def _select(name: str, options: Mapping[str, str], values: Mapping[str, Any]) -> Component:
    return choice(control_id(name), options, values[name])


def _number(
    name: str, values: Mapping[str, Any], *, unit: str | None = None, most: float | None = None
) -> Component:
    entry = typed(
        id=control_id(name),
        type="number",
        min=0,
        step="any",
        value=values[name],
        size="sm",
        max=most,
    )
    if unit is None:
        return entry
    return dbc.InputGroup([entry, dbc.InputGroupText(unit)], size="sm")


def _text(name: str, values: Mapping[str, Any]) -> Component:
    return typed(id=control_id(name), type="text", value=values[name], size="sm", maxlength=64)


def _sign(currency: str | None) -> str:
    return SIGNS.get(currency or "") or currency or "amount"


def message_texts(names: Sequence[str], problems: Mapping[str, str]) -> list[str]:
    """Return the message of each control, empty where there is none."""
    return [problems.get(name, "") for name in names]
