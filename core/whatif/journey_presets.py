"""Typical journeys to start from, with products as the bundle's shop has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.bundle.predictor import FormField
from core.schema.events import EventType
from core.schema.vocabulary import COLOUR_GROUP_OF
from core.whatif.form import Form, as_number
from core.whatif.journey import OF_CATEGORY, OF_PRODUCT, Journey, Step
from core.whatif.live_trace import Desk

_PAGE, _LIST, _SEARCH = EventType.PAGE_VIEW, EventType.LIST_VIEW, EventType.SEARCH
_SEE, _ADD, _REMOVE = EventType.PRODUCT_VIEW, EventType.CART_ADD, EventType.CART_REMOVE
_CART, _PAY = EventType.CART_VIEW, EventType.CHECKOUT

#: Steps of each journey: what, the pause before it in seconds, and which of the shop's products.
TYPICAL: tuple[tuple[str, str, tuple[tuple[EventType, float, int], ...]], ...] = (
    ("look", "Looking around", ((_PAGE, 0, 0), (_LIST, 12, 0), (_SEE, 25, 0), (_SEE, 40, 1), (_LIST, 30, 1),
                                (_SEE, 20, 2))),
    ("search", "Searching for one thing", ((_SEARCH, 0, 0), (_SEE, 15, 0), (_SEARCH, 40, 0), (_SEE, 12, 1),
                                           (_SEE, 35, 0))),
    ("cart", "Fills a cart and leaves", ((_PAGE, 0, 0), (_LIST, 10, 0), (_SEE, 20, 0), (_ADD, 45, 0),
                                         (_SEE, 30, 1), (_ADD, 40, 1), (_CART, 15, 0))),
    ("checkout", "Goes to checkout", ((_LIST, 0, 0), (_SEE, 20, 0), (_ADD, 50, 0), (_CART, 10, 0),
                                      (_PAY, 15, 0), (_PAY, 45, 0))),
    ("second", "Second thoughts", ((_SEE, 0, 0), (_ADD, 30, 0), (_SEE, 40, 1), (_ADD, 35, 1), (_CART, 10, 0),
                                   (_REMOVE, 25, 1), (_CART, 5, 0), (_LIST, 40, 0))),
)  # fmt: skip


#: The steps a journey's name speaks of: without one of them in the bundle's data it can't be offered.
NEEDS: dict[str, frozenset[EventType]] = {
    "look": frozenset({_SEE}),
    "search": frozenset({_SEARCH}),
    "cart": frozenset({_ADD}),
    "checkout": frozenset({_PAY}),
    "second": frozenset({_ADD, _REMOVE}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typical:
    """A journey to start from: its key in the page, its name, and itself."""

    key: str
    name: str
    journey: Journey


def typical_journeys(desk: Desk) -> list[Typical]:
    """Return the journeys this bundle's data could contain; each from the same visitor."""
    goods, known = products(desk), set(desk.kinds)
    made = []
    for key, name, steps in TYPICAL:
        told = [(kind, pause, place) for kind, pause, place in steps if kind in known]
        if len(told) > 1 and known >= NEEDS[key]:
            journey = Journey(country=desk.start.country).with_steps(
                [_step(kind, pause if place_of else 0.0, goods[place])
                 for place_of, (kind, pause, place) in enumerate(told)]
            )  # fmt: skip
            made.append(Typical(key=key, name=name, journey=journey))
    return made


def products(desk: Desk) -> tuple[Step, Step, Step]:
    """Return three products as the shop has them: an ordinary one, a dearer and a cheaper one.

    Only with what the bundle looks at.
    """
    form = Form(desk.scenario.predictor.form_fields()).by_name
    categories = _choices(form.get("dominant_category"))
    price = as_number(form["price_mean"].default) if "price_mean" in form else None
    made = []
    for place, (letter, factor) in enumerate(zip("ABC", (1.0, 1.6, 0.6), strict=True)):
        made.append(
            Step(
                kind=_SEE,
                product=letter if "product" in desk.says else None,
                price=None if price is None or "price" not in desk.says else round(price * factor, 2),
                category=categories[place % len(categories)] if categories else None,
                colour=tuple(colours())[place] if "colour" in desk.says else None,
            )
        )
    return (made[0], made[1], made[2])


def colours() -> dict[str, str]:
    """Return one colour of each group, with the group: dark ones first."""
    first: dict[str, str] = {}
    for colour, group in COLOUR_GROUP_OF.items():
        first.setdefault(group, colour)
    ordered = ("dark", "cool", "warm", "neutral", "multi")
    return {first[group]: group for group in ordered if group in first}


def _choices(field: FormField | None) -> Sequence[str]:
    return [str(choice) for choice in (field.choices or ())] if field else []


def _step(kind: EventType, pause: float, good: Step) -> Step:
    if kind in OF_PRODUCT:
        return Step(
            kind=kind,
            after=pause,
            product=good.product,
            price=good.price,
            category=good.category,
            colour=good.colour,
        )
    return Step(kind=kind, after=pause, category=good.category if kind in OF_CATEGORY else None)
