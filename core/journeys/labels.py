"""What steps are called: in plain words, the same on every page."""

from __future__ import annotations

from core.schema.events import EventType

#: How a session ends, and what stands for many rare steps.
BOUGHT, LEFT, OVER, OTHER = "bought", "left", "over", "rarer"

STEP_NAMES: dict[str, str] = {
    EventType.PAGE_VIEW: "Home or other page",
    EventType.SEARCH: "Search",
    EventType.LIST_VIEW: "Product list",
    EventType.PRODUCT_VIEW: "Product page",
    EventType.CLICK: "Click",
    EventType.CART_ADD: "Added to cart",
    EventType.CART_REMOVE: "Removed from cart",
    EventType.CART_VIEW: "Cart page",
    EventType.CHECKOUT: "Checkout",
    EventType.PURCHASE: "Bought",
    EventType.OTHER: "Something else",
    BOUGHT: "Bought",
    LEFT: "Left",
    # Where the export can't tell of purchases, nobody knows how a visit ended.
    OVER: "End of the visit",
    OTHER: "Rarer steps",
}
#: Steps by a category or a page have its name behind these.
CATEGORY, PAGE = "category:", "page:"
#: All categories (pages) but the commonest ones.
OTHERS = "*"


def step_name(step: str) -> str:
    """Return what a step is called."""
    if step in STEP_NAMES:
        return STEP_NAMES[step]
    kind, _, name = step.partition(":")
    if name == OTHERS:
        return "Other categories" if f"{kind}:" == CATEGORY else "Other pages"
    return name
