"""Figures of a model in words, with their interval and how many sessions they were measured on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.base.format import NOTHING, date, decimals, money, number, percent
from components.base.glossary import explained
from components.models.card_parts import Kpi
from core.base.written import counted
from core.bundle.model_card import Card
from core.bundle.threshold import ThresholdRule

KINDS = {True: "purchase, revenue and clusters", False: "clusters only"}


def value_text(figure: Mapping[str, Any] | None, digits: int = 1) -> str:
    """Write a figure in its unit."""
    return _write(figure, "value", digits)


def interval_text(figure: Mapping[str, Any] | None, digits: int = 1) -> str:
    """Write the interval of a figure."""
    if not figure or figure.get("low") is None:
        return NOTHING
    return f"{_write(figure, 'low', digits)} to {_write(figure, 'high', digits)}"


def kpis(card: Card) -> tuple[Kpi, ...]:
    """Return the main figures of a model, those that it has."""
    found = [
        _kpi(card, "purchase", "captured_top10", "Buyers in the top 10%"),
        _kpi(card, "purchase", "pr_auc", "PR-AUC", _against_base(card)),
        _kpi(card, "purchase", "roc_auc", "ROC-AUC"),
        _kpi(card, "purchase", "calibration_error", "Calibration error", digits=2),
        _kpi(card, "revenue", "predicted_to_actual", "Expected to actual revenue"),
    ]
    if not card.predicts_purchase:
        found.append(_kpi(card, "clusters", "silhouette", "Silhouette"))
    return tuple(kpi for kpi in found if kpi is not None)


def plain_kpis(card: Card) -> tuple[Kpi, ...]:
    """Return what a model is good for in plain figures, those that it has; its card has all."""
    if not card.predicts_purchase:
        return kpis(card)
    found = (
        _kpi(card, "purchase", "captured_top10", "Buyers in the top 10%", digits=0),
        _kpi(card, "purchase", "precision", "Likely buyers who bought", digits=0),
        _kpi(card, "purchase", "recall", "Buyers it catches", digits=0),
        _kpi(card, "revenue", "predicted_to_actual", "Expected to actual revenue", digits=0),
    )
    return tuple(kpi for kpi in found if kpi is not None)


def measured_on(card: Card) -> str:
    """Say what the figures were measured on."""
    test = card.test
    if test is None:
        return "What it was tested on isn't recorded."
    days = span(test.first, test.last)
    return (
        f"Measured on {counted(test.sessions, 'session')} the model had not seen"
        f"{f', {days}' if days != NOTHING else ''}. The ranges are 95% intervals."
    )


def span(first: str | None, last: str | None) -> str:
    """Write from which day to which."""
    if first is None or last is None:
        return NOTHING
    return f"{date(first)} to {date(last)}"


def learned_from(card: Card) -> str:
    """Say in a line what a model learned from."""
    training = card.manifest.training
    told = [f"{counted(training.get('sessions') or 0, 'session')}"]
    if card.predicts_purchase and training.get("buyers") is not None:
        told.append(f"{number(training['buyers'])} buyers")
    days = span(training.get("first"), training.get("last"))
    return ", ".join([*told, *([days] if days != NOTHING else [])])


def rule_text(rule: ThresholdRule, currency: str) -> str:
    """Say how a threshold was chosen."""
    if rule.kind == "money":
        value, cost = rule.amounts()
        return (
            f"by profit: a buyer is worth {money(value, currency)}, a contact costs {money(cost, currency)}"
        )
    return {"f1": "by the best balance of precision and recall (F1)", "hand": "by hand"}[rule.kind]


def _against_base(card: Card) -> str | None:
    base = card.figure("purchase", "base_rate")
    return f"base rate {decimals(base['value'], 3)}" if base else None


def _kpi(
    card: Card, group: str, name: str, label: str, more: str | None = None, digits: int = 1
) -> Kpi | None:
    figure = card.figure(group, name)
    if figure is None:
        return None
    interval = interval_text(figure, digits)
    notes = [interval if interval != NOTHING else None, more, f"n\u00a0=\u00a0{number(figure['n'])}"]
    return Kpi(
        label=label,
        value=value_text(figure, digits),
        note=", ".join(note for note in notes if note),
        help=explained(label),
    )


def _write(figure: Mapping[str, Any] | None, side: str, digits: int) -> str:
    value = figure.get(side) if figure else None
    if figure is None or value is None:
        return NOTHING
    unit = figure["unit"]
    if unit == "share":
        return percent(value, digits, of_whole=(figure.get("high") or 0.0) <= 1)
    if unit == "times":
        return f"{number(value)}×"
    if unit == "sessions":
        return number(value, 0)
    return decimals(value, 3) if unit == "score" else money(value, unit)


def score_text(value: float | None) -> str:
    """Return a score of 0 to 1 with three decimals."""
    return decimals(value, 3)
