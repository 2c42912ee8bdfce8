"""The form of a rule: when it fires, how often, and what happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.base.control import control, dom_id
from components.base.format import SIGNS
from components.base.layout import button, card
from components.live.rule_words import KINDS, STEPS, VISITORS
from core.live.keys import Key
from core.rules.message import shown_address
from core.rules.rule import Rule, read_rule

#: Ids of this component: a control by its name, what saves, and what is wrong.
FIELD, SAVE, PROBLEM = "rule-field", "rule-save", "rule-problem"
#: What stands in percent in the form, of 1 in the rule.
PERCENTS = frozenset({"probability_from", "probability_to", "held_out"})
CONDITIONS = (
    "probability_from", "probability_to", "expected_from", "cart_from", "events_from", "since_cart",
    "since_event", "steps", "clusters", "countries", "visitors",
)  # fmt: skip
_ALL = "all"


def field_id(name: str) -> dict[str, str]:
    """Return the id of a control."""
    return {"type": FIELD, "name": name}


def rule_form(
    *, rule: Rule, currency: str, clusters: Sequence[str], countries: Sequence[str], keys: Sequence[Key]
) -> Component:
    """Return the form with a rule's values."""
    asked, action, sign = rule.conditions, rule.action, SIGNS.get(currency) or currency
    when = card(
        html.Div(
            [
                _number("probability_from", "Purchase probability from", asked.probability_from, "%"),
                _number("probability_to", "Purchase probability up to", asked.probability_to, "%"),
                _number("cart_from", "Cart worth at least", asked.cart_from, sign),
                _number("expected_from", "Expected revenue at least", asked.expected_from, sign),
                _number("since_cart", "Time since the last cart add", asked.since_cart, "min"),
                _number("since_event", "Time without any event", asked.since_event, "min"),
                _number("events_from", "Events in the visit, at least", asked.events_from, "events"),
                _select("visitors", "Visitors", VISITORS, asked.visitors),
            ],
            className="rule-fields",
        ),
        _choices("steps", "Stage of the visit", STEPS, asked.steps),
        _choices("clusters", "Cluster so far", {name: name for name in clusters}, asked.clusters),
        _choices("countries", "Country", {name: name for name in countries}, asked.countries),
        title="When it fires",
        subtitle="All conditions must hold at once. Leave a condition empty to ignore it.",
        stack=True,
    )
    sources = {_ALL: "All real visits", **{key.id: f"Only “{key.name}”" for key in keys}}
    often = card(
        html.Div(
            [
                _number("days", "Per visitor, at most once in", rule.days, "days"),
                _number("held_out", "Share held out", rule.held_out, "%"),
                _number("window_days", "Count purchases for", rule.window_days, "days"),
                _select("source", "Visits", sources, rule.source or _ALL),
            ],
            className="rule-fields",
        ),
        html.P(
            "0 days means once a visit. For held-out visitors nothing happens: comparing both groups shows "
            "what the rule really achieves.",
            className="mb-0 smaller text-body-tertiary",
        ),
        title="How often",
        stack=True,
    )
    is_kept = action.kind == "message" and action.url
    then = card(
        html.Div(
            [
                _select("kind", "Action", KINDS, action.kind),
                _for(
                    "webhook message",
                    _text(
                        "url",
                        "Address",
                        "" if is_kept else action.url,
                        f"{shown_address(action.url)} (unchanged)" if is_kept else "https://shop.example/hooks/predictor",
                    ),
                ),
                _for(
                    "webhook page",
                    _text("action_name", "Name in your shop's code", action.name, "free-shipping"),
                ),
            ],
            className="rule-fields",
        ),
        control(
            "Content (optional): text or JSON",
            dbc.Textarea(
                id=field_id("content"), value=action.content, rows=3, maxLength=4000,
                placeholder='{"coupon": "STAY10"}',
            ),
        ),
        _for(
            "message",
            html.P(
                "An Apprise address: mailtos://user:password@smtp.example.com, slack://…",
                className="mb-0 smaller text-body-tertiary text-break",
            ),
        ),
        title="What happens",
        stack=True,
    )  # fmt: skip
    name = card(
        control(
            "Name",
            dbc.Input(id=field_id("name"), value=rule.name, maxlength=80, placeholder="Hesitating buyers"),
        ),
        title="Rule",
    )
    return html.Div(
        [
            name,
            when,
            html.Div([often, html.Div(then, className="rule-then")], className="rule-halves"),
            html.Div(id=PROBLEM),
            html.Div(button("Save", id=SAVE, kind="primary"), className="hstack"),
        ],
        className="vstack gap-3",
    )


def read_form(values: Mapping[str, Any], before: Rule) -> Rule:
    """Return the rule that stands in the form; a message's address left empty stays as it was.

    Raises
    ------
    RuleError
        If a value is of the wrong kind.
    """
    told = {name: _value(name, value) for name, value in values.items()}
    url = str(told.get("url") or "").strip()
    if not url and told["kind"] == before.action.kind == "message":
        url = before.action.url
    return read_rule(
        {
            "name": told["name"] or "",
            "conditions": {name: told[name] for name in CONDITIONS if name in told},
            "action": {
                "kind": told["kind"], "url": url, "name": told["action_name"] or "",
                "content": told["content"] or "",
            },
            **{name: told[name] for name in ("days", "held_out", "window_days") if told[name] is not None},
            "source": None if told["source"] == _ALL else told["source"],
        },
        id=before.id,
    )  # fmt: skip


def _value(name: str, value: Any) -> Any:  # noqa: ANN401
    if value == "" and name not in ("name", "content", "url", "action_name"):
        return None
    if name in ("steps", "clusters", "countries"):
        return list(value or ())
    return value / 100 if name in PERCENTS and isinstance(value, (int, float)) else value


def _number(name: str, label: str, value: float | None, unit: str) -> Component:
    shown = None if value is None else round(100 * value, 6) if name in PERCENTS else value
    field = dbc.Input(
        id=field_id(name), type="number", min=0, step="any", value=_whole(shown), placeholder="any"
    )
    looks = "smaller fw-medium text-body-tertiary"
    said = html.Label(label, htmlFor=dom_id(field.id), className=looks)
    return html.Div(
        [said, dbc.InputGroup([field, dbc.InputGroupText(unit)], size="sm")], className="vstack gap-1"
    )


def _whole(value: float | None) -> float | None:
    return int(value) if value is not None and value == int(value) else value


def _select(name: str, label: str, options: Mapping[str, str], value: str) -> Component:
    listed = [{"value": each, "label": words} for each, words in options.items()]
    return control(label, dbc.Select(id=field_id(name), options=listed, value=value, size="sm"))


def _text(name: str, label: str, value: str, placeholder: str) -> Component:
    field = dbc.Input(id=field_id(name), value=value, placeholder=placeholder, size="sm", maxlength=1000)
    return control(label, field)


def _for(kinds: str, child: Component) -> Component:
    """Return what only some kinds of action need; the style sheet shows it where one of them is chosen."""
    return html.Div(child, className=" ".join(f"rule-for rule-for-{kind}" for kind in kinds.split()))


def _choices(name: str, label: str, options: Mapping[str, str], chosen: Sequence[str]) -> Component:
    # What was chosen of another model's clusters stays to be seen.
    every = {**options, **{each: each for each in chosen if each not in options}}
    listed = [{"value": each, "label": words} for each, words in every.items()]
    field = dbc.Checklist(
        id=field_id(name), options=listed, value=list(chosen), inline=True, className="rule-choices"
    )
    return html.Div(
        [html.Div(label, className="smaller fw-medium text-body-tertiary mb-1"), field], role="group",
        **{"aria-label": label},
    )  # fmt: skip
