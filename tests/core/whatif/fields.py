"""The fields of a bundle like the demo shop's, for tests that need no bundle."""

from __future__ import annotations

from dataclasses import dataclass

from core.schema.sessions import FIELD


@dataclass(frozen=True)
class FormField:
    name: str
    label: str
    help: str
    group: str
    kind: str
    minimum: float | None
    maximum: float | None
    step: float | None
    default: object
    choices: tuple | None


RANGES: dict[str, tuple[float, float, float]] = {
    "n_events": (1, 60, 5),
    "clicks": (0, 30, 2),
    "page_views": (0, 25, 2),
    "product_views": (0, 20, 1),
    "searches": (0, 8, 0),
    "cart_adds": (0, 6, 0),
    "cart_removes": (0, 3, 0),
    "checkouts": (0, 2, 0),
    "duration_seconds": (0, 3600, 95.5),
    "mean_gap_seconds": (0, 600, 20.123456),
    "unique_products": (0, 15, 1),
    "unique_categories": (0, 6, 1),
    "price_mean": (5, 300, 41.123456789),
    "price_max": (5, 400, 52.987654321),
    "cart_value": (0, 800, 0.0),
    "hour": (0, 23, 14),
}
CHOICES: dict[str, tuple] = {
    "dominant_category": ("dresses", "shoes", "sale"),
    "dominant_colour_group": ("neutral", "dark", "cool"),
    "country_group": ("Germany", "EU", "Non-EU", "Unknown"),
    "day_of_week": (1, 2, 3, 4, 5, 6, 7),
}


def demo_fields() -> tuple[FormField, ...]:
    """Return one field a feature, with ranges and defaults as a bundle would give them."""
    made = []
    for name, field in FIELD.items():
        if not field.feature:
            continue
        low, high, default = RANGES.get(name, (None, None, None))
        choices = CHOICES.get(name)
        if choices:
            default = choices[0]
        if field.kind == "flag":
            default = name == "is_weekday"
        made.append(
            FormField(name, field.label, field.help, field.group, field.kind, low, high, 1, default, choices)
        )
    return tuple(made)
