"""Rules in words: when one fires, what happens then, where a firing stands."""

from __future__ import annotations

from components.base.format import money, number, percent
from core.rules.rule import Conditions, Rule

KINDS = {
    "webhook": "Send a webhook",
    "message": "Send an e-mail or chat message",
    "page": "The shop's page asks",
}
STEPS = {
    "browsing": "Browsing",
    "product": "Looking at products",
    "cart": "Cart filled",
    "checkout": "In checkout",
}
VISITORS = {"any": "New or returning", "new": "New visitors only", "returning": "Returning visitors only"}


def fires_when(rule: Rule, currency: str) -> str:
    """Return when a rule fires, as one line."""
    parts = _conditions(rule.conditions, currency)
    said = " · ".join(parts)
    return f"{said[0].upper()}{said[1:]}" if said else "Every visit"


def how_often(rule: Rule) -> str:
    """Return how often it may fire, and who is held out."""
    unit = "day" if rule.days == 1 else "days"
    days = f"Once per visitor in {number(rule.days)} {unit}" if rule.days else "Once a visit"
    return f"{days}, {percent(rule.held_out, 0)} held out" if rule.held_out else f"{days}, no hold-out"


def _conditions(told: Conditions, currency: str) -> list[str]:
    parts = []
    low, high = told.probability_from, told.probability_to
    if low is not None and high is not None:
        parts.append(f"probability {percent(low, 0)} to {percent(high, 0)}")
    elif low is not None:
        parts.append(f"probability from {percent(low, 0)}")
    elif high is not None:
        parts.append(f"probability up to {percent(high, 0)}")
    if told.expected_from is not None:
        parts.append(f"expected revenue from {_amount(told.expected_from, currency)}")
    if told.cart_from is not None:
        parts.append(f"cart from {_amount(told.cart_from, currency)}")
    parts += [" or ".join(STEPS[step].lower() for step in told.steps)] if told.steps else []
    if told.since_cart is not None:
        parts.append(f"{number(told.since_cart)} min since the last cart add")
    if told.since_event is not None:
        parts.append(f"{number(told.since_event)} min without an event")
    if told.events_from is not None:
        parts.append(f"from {number(told.events_from)} events")
    parts += [" or ".join(f"“{name}”" for name in told.clusters)] if told.clusters else []
    parts += [" or ".join(told.countries)] if told.countries else []
    parts += [VISITORS[told.visitors].lower()] if told.visitors != "any" else []
    return parts


def _amount(value: float, currency: str) -> str:
    return money(value, currency, 0 if value == int(value) else 2)
