"""What the journey editor calls things: steps, changes, who the visitor is."""

from __future__ import annotations

from components.base.format import MINUS, percent
from core.schema.events import EventType

#: A step as a button says it, and as a sentence about a visit does.
STEP_NAMES: dict[EventType, str] = {
    EventType.PAGE_VIEW: "Views a page",
    EventType.LIST_VIEW: "Views a product list",
    EventType.SEARCH: "Searches",
    EventType.PRODUCT_VIEW: "Opens a product",
    EventType.CLICK: "Clicks on a product",
    EventType.CART_ADD: "Adds to cart",
    EventType.CART_VIEW: "Looks into the cart",
    EventType.CART_REMOVE: "Removes from cart",
    EventType.CHECKOUT: "Continues checkout",
    EventType.OTHER: "Does something else",
}


def points(share: float | None) -> str:
    """Write a change of a probability in percentage points: "+12.3", "−0.4", "±0"."""
    if share is None:
        return ""
    size = abs(100 * share)
    text = f"{size:.1f}" if size >= 0.05 else f"{size:.2f}" if size >= 0.005 else "0"
    return "±0" if text == "0" else f"{'+' if share > 0 else MINUS}{text}"


def chance(share: float | None) -> str:
    """Write a probability to a tenth of a percent, finer where that would be 0."""
    return percent(share) if share is None or share >= 0.0095 else percent(share, 2)
