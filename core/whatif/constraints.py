"""What else changes when one thing about a session does: a person who opens a product has clicked.

Only for sessions a program makes up (``core.whatif.counterfactual``): the form takes a person at their word.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.whatif.form import Value, Values, as_number


def coherent(before: Mapping[str, Value], changes: Mapping[str, Value]) -> Values:
    """Return the changes together with what they bring along; fields named in ``changes`` stay as asked.

    A checkout needs something in the cart, what is put in the cart is worth the average price seen,
    opening a product is a click, and no average is above its maximum. Unknown values stay unknown.
    """
    after = dict(changes)
    if _rises("checkouts", before, changes) and before.get("cart_adds") == 0 and "cart_adds" not in after:
        after["cart_adds"] = 1
    _cart_value(before, after)
    opened = _more("product_views", before, after)
    clicks = as_number(before.get("clicks"))
    if opened > 0 and clicks is not None and "clicks" not in changes:
        after["clicks"] = int(clicks + opened)
    mean, highest = (as_number(after.get(n, before.get(n))) for n in ("price_mean", "price_max"))
    if mean is not None and highest is not None and mean > highest:
        if "price_max" not in changes:
            after["price_max"] = mean
        elif "price_mean" not in changes:
            after["price_mean"] = highest
    return after


def _cart_value(before: Mapping[str, Value], after: Values) -> None:
    worth = as_number(before.get("cart_value"))
    if worth is None or "cart_value" in after:
        return
    held, holds = _held(before), _held({**before, **after})
    if held is None or holds is None or held == holds:
        return
    price = as_number(after.get("price_mean", before.get("price_mean")))
    if holds > held and price is not None:
        after["cart_value"] = round(worth + (holds - held) * price, 2)
    elif holds < held:
        after["cart_value"] = round(worth * max(holds, 0.0) / held, 2) if held > 0 else 0.0


def _held(values: Mapping[str, Value]) -> float | None:
    """Return how many things are in the cart."""
    adds = as_number(values.get("cart_adds"))
    return None if adds is None else adds - (as_number(values.get("cart_removes")) or 0.0)


def _more(name: str, before: Mapping[str, Value], after: Mapping[str, Value]) -> float:
    old, new = as_number(before.get(name)), as_number(after.get(name))
    return 0.0 if old is None or new is None else new - old


def _rises(name: str, before: Mapping[str, Value], after: Mapping[str, Value]) -> bool:
    return _more(name, before, after) > 0
