"""Example sessions to start from, made from the ranges the bundle was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.bundle.predictor import FormField
from core.whatif.form import Form, Value, Values, as_number

CATEGORY = "dominant_category"

#: What a first page view looks like: nothing in the cart, no time passed.
ARRIVED: Values = {
    "page_views": 1,
    "clicks": 0,
    "product_views": 0,
    "searches": 0,
    "cart_adds": 0,
    "cart_removes": 0,
    "checkouts": 0,
    "duration_seconds": 0.0,
    "unique_products": 0,
    "unique_categories": 1,
    "price_mean": None,
    "price_max": None,
    "cart_value": 0.0,
    "is_returning": False,
}

#: What an example's name says: of each of these sets the bundle must ask for one field.
NEEDS: dict[str, tuple[frozenset[str], ...]] = {
    "arrived": (frozenset({"n_events", "page_views", "clicks"}),),
    "browsing": (frozenset({"page_views", "clicks", "product_views"}),),
    "comparing": (frozenset({"product_views", "unique_products"}),),
    "cart": (frozenset({"cart_adds"}),),
    "checkout": (frozenset({"checkouts"}), frozenset({"is_returning"})),
}

#: How far each number lies on the way from an ordinary session to the most the bundle has seen.
SHARES: dict[str, Mapping[str, float]] = {
    "browsing": {"page_views": 0.05, "clicks": 0.08, "product_views": 0.08, "duration_seconds": 0.08},
    "comparing": {
        "page_views": 0.12,
        "clicks": 0.25,
        "product_views": 0.25,
        "searches": 0.25,
        "duration_seconds": 0.2,
        "unique_products": 0.25,
        "unique_categories": 0.3,
    },
    "cart": {
        "page_views": 0.12,
        "clicks": 0.15,
        "product_views": 0.15,
        "cart_adds": 0.35,
        "duration_seconds": 0.2,
        "unique_products": 0.12,
    },
    "checkout": {"cart_adds": 0.2, "checkouts": 0.5, "clicks": 0.05, "product_views": 0.05},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """An example session: its key in the page, its name, its values, and whether the visit goes on."""

    key: str
    name: str
    values: Values
    going_on: bool = False


def presets(form: Form, *, knows_going_on: bool) -> list[Preset]:
    """Return the example sessions this bundle can answer for, least to most engaged.

    An example needs what its name says among the fields; somebody who has just arrived is a visit that
    goes on, which only some bundles have learned from (``knows_going_on``).
    """
    examples = [
        ("arrived", "Just arrived", ARRIVED),
        ("browsing", _browsing_name(form), _towards(form, "browsing")),
        ("comparing", "Comparing many products", _towards(form, "comparing")),
        ("cart", "Full cart, hesitating", _towards(form, "cart") | {"cart_removes": 1}),
        ("checkout", "Regular customer at checkout", _towards(form, "checkout") | {"is_returning": True}),
    ]
    return [
        Preset(key=key, name=name, values=_complete(form, changes), going_on=key == "arrived")
        for key, name, changes in examples
        if all(not names.isdisjoint(form.by_name) for names in NEEDS[key])
        and (knows_going_on or key != "arrived")
    ]


def _browsing_name(form: Form) -> str:
    category = _first_category(form)
    return f"Browsing {category.lower()}" if category else "Browsing"


def _first_category(form: Form) -> str | None:
    field = form.by_name.get(CATEGORY)
    if field is None:
        return None
    choice = field.default or next(iter(field.choices or ()), None)
    return None if choice is None else str(choice)


def _towards(form: Form, key: str) -> Values:
    """Move the named fields from their default towards their maximum."""
    moved: Values = {}
    for name, share in SHARES[key].items():
        field = form.by_name.get(name)
        if field is not None:
            moved[name] = _point(field, share)
    if CATEGORY in form.by_name:
        moved[CATEGORY] = _first_category(form)
    return moved


def _point(field: FormField, share: float) -> Value:
    start, end = as_number(field.default) or 0.0, as_number(field.maximum)
    if end is None:
        return field.default
    number = start + share * (end - start)
    # Rounded up, so that "some in the cart" is never none.
    return -int(-number // 1) if field.kind == "count" else float(round(number))


def _complete(form: Form, changes: Values) -> Values:
    """Fill up with the defaults, and keep the session free of contradictions."""
    values = form.defaults() | {name: value for name, value in changes.items() if name in form.by_name}
    views, clicks = as_number(values.get("product_views")), as_number(values.get("clicks"))
    if views is not None and clicks is not None and views > clicks:
        values["clicks"] = int(views)
    adds, price = as_number(values.get("cart_adds")), as_number(values.get("price_mean"))
    if "cart_value" in values and adds:
        kept = max(1.0, adds - (as_number(values.get("cart_removes")) or 0))
        values["cart_value"] = round(price * kept, 2) if price is not None else None
    return form.link(values)
