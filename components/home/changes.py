"""Home's words on what changed: a figure with its interval, the groups behind it, and alerts."""

from __future__ import annotations

from typing import Any, Literal

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import MINUS, decimals, money, percent
from components.base.layout import banner, button, card, section, simple_table
from components.shared.labels import value_name
from components.shared.model_links import train_address
from core.results.comparison.mix_and_rate import Effect
from core.results.drift.sentences import figure_words
from core.results.history.periods import Change
from core.services.dashboard import Alert, Dashboard, result_address

GROUPING_NAMES = {"channel": "Channel", "device": "Device", "country": "Country", "category": "Main category"}
EFFECTS = {
    "conversion": ("Conversion", "What each group adds to the change of conversion, in points"),
    "revenue": ("Revenue per session", "What each group adds to the change of revenue per session"),
}
#: Whether a group stands out from a change that went through all groups alike, beyond chance.
STANDS_OUT = {True: "yes", False: "no"}
#: From so much on, as a share of 1, changes are written in whole percent.
WHOLE_FROM = 0.1


def change_words(change: Change | None) -> str:
    """Write how a figure moved, with its 95% interval."""
    if change is None or change.before is None:
        return "not known for the period before"
    if change.difference is None:
        return "too few to show a change"
    found = change.difference
    if change.kind == "share":
        one, low, high = (_points(end) for end in (found.value, found.low, found.high))
        return f"{one} points ({low} to {high})"
    # An interval many percent wide has no use for tenths.
    digits = 1 if max(abs(end) for end in (found.low, found.high)) < WHOLE_FROM else 0
    one, low, high = (_growth(end, digits) for end in (found.value, found.low, found.high))
    return f"{one}{' per average day' if change.kind == 'count' else ''} ({low} to {high})"


def _points(value: float) -> str:
    return f"{MINUS if value < 0 else '+'}{decimals(abs(100 * value), 2)}"


def _growth(value: float, digits: int) -> str:
    return f"{MINUS if value < 0 else '+'}{decimals(abs(100 * value), digits)}%"


def tone(change: Change | None) -> Literal["positive", "negative"] | None:
    """Return how a figure is coloured: only where its change is beyond chance."""
    if change is None or change.difference is None or not change.is_sure:
        return None
    return "positive" if change.difference.value > 0 else "negative"


def changed_most(told: Dashboard) -> list[Component]:
    """Return the groups that changed most, where there is a period to compare with."""
    cards = [_effects(told, measured) for measured in EFFECTS if told.effects.get(measured)]
    if not cards:
        return []
    return [
        section(
            html.Div(cards, className="cards"),
            title="What changed most",
            subtitle=(
                "Each group's part in the change since the previous period: through its share of sessions "
                "and "
                "its own performance. A group stands out where it moved differently from the others, beyond "
                "chance."
            ),
        )
    ]


def _effects(told: Dashboard, measured: str) -> Component:
    title, text = EFFECTS[measured]
    return card(
        simple_table(
            ["Group", "Before", "Now", "Adds", "Stands out"],
            [_effect(effect, told, measured) for effect in told.effects[measured]],
            numeric=(1, 2, 3),
            caption=text,
            stack=True,
        ),
        title=title,
        subtitle=text,
        flush=True,
    )


def _effect(effect: Effect, told: Dashboard, measured: str) -> list[Any]:
    currency = told.history.currency

    def amount(value: float | None) -> str:
        return percent(value, 2) if measured == "conversion" else money(value, currency)

    sign = MINUS if effect.total < 0 else "+"
    size = abs(effect.total)
    adds = f"{decimals(100 * size, 2)} points" if measured == "conversion" else money(size, currency)
    name = value_name(effect.by, effect.key)
    href = result_address(told.history, told.now, effect.by, effect.key)
    return [
        html.Span(
            [
                html.Span(f"{GROUPING_NAMES[effect.by]}: ", className="text-body-tertiary"),
                dcc.Link(name, href=href, title="Its sessions in the export that has most of them"),
            ]
        ),
        amount(effect.rate_a),
        amount(effect.rate_b),
        f"{sign}{adds}",
        STANDS_OUT[effect.sure],
    ]


def alert_banner(alert: Alert, told: Dashboard) -> Component:
    """Return what needs a look, with where to act."""
    name, change, drift = alert.result.dataset_name, alert.change, alert.drift
    if change is not None and change.difference is not None:
        low, high = (_points(end) for end in (change.difference.low, change.difference.high))
        return banner(
            "danger",
            "Conversion fell",
            f"From {percent(change.before, 2)} to {percent(change.now, 2)}: a change of {low} to {high} "
            "points (95% interval), beyond chance.",
            button("See these sessions", href=result_address(told.history, told.now), small=True),
        )
    if alert.kind == "worse" and drift is not None:
        figures = "; ".join(
            f"{line.label} {figure_words(line.key, line.now.value)}, on its card "
            f"{figure_words(line.key, line.card.value)}"
            for line in drift.live
            if line.worse and line.card is not None
        )
        return banner(
            "danger",
            "The model does worse than in its test",
            f"On “{name}”: {figures}. The 95% intervals don't meet.",
            button("Train a new model", href=train_address(alert.result.dataset_id), small=True),
        )
    return banner(
        "warning",
        "Visitors differ from those the model learned from",
        f"On “{name}”: {drift.headline if drift is not None else ''}",
        button("See what changed", href=f"/results/{alert.result.id}/drift", small=True),
    )
