"""What happens in each visit: all visits of a block walk on together, one event a step.

Everything is drawn as whole numbers from the raw bits of one generator a block, so that a seed
gives the same log on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from core.simulate.intents import (
    BOUGHT,
    CODE,
    EMPTY,
    END,
    FILLED,
    INTENTS,
    START,
    accepts,
    dwell_ms,
    next_event,
    state,
)
from core.simulate.shop import BITS, HOME, INFO, SERVICE, STEPS, THANK_YOU, catalogue, lognormal_table
from core.simulate.visits import Visits

Ints = npt.NDArray[np.int64]

LONGEST_VISIT = 250
MASK = np.uint64(STEPS - 1)
NONE = -1

CART_ADD, CART_REMOVE, PURCHASE = CODE["cart_add"], CODE["cart_remove"], CODE["purchase"]
CART_VIEW = CODE["cart_view"]
PRODUCT_VIEW, CLICK, LIST_VIEW = CODE["product_view"], CODE["click"], CODE["list_view"]
PAGE_VIEW = CODE["page_view"]
#: Code of an event type -> code of the page it happens on.
PAGE_OF = np.array([HOME, 1, 2, 3, 3, 3, 4, 4, 5, 5, HOME], dtype=np.int8)

#: An order's total against what lies in the cart, in thousandths: vouchers, options, gift wrap.
ORDER_FACTOR = (1000.0, 0.30)
#: Share of random values at which the order holds things nobody saw being added (an older cart).
OLDER_CART = STEPS * 30 // 100
OLDER_CART_UNSEEN = STEPS * 50 // 100
SHIPPING_CENTS, FREE_FROM_CENTS = 490, 6000


@dataclass
class Events:
    """The events of a block, visit after visit; codes, cents and milliseconds.

    ``product`` and ``category`` are -1 where the event is of none, ``cents``, ``quantity`` and
    ``revenue_cents`` where it tells none.
    """

    visit: npt.NDArray[np.int32]
    position: npt.NDArray[np.int32]
    time_ms: Ints
    kind: npt.NDArray[np.int8]
    page: npt.NDArray[np.int8]
    product: npt.NDArray[np.int32]
    category: npt.NDArray[np.int8]
    cents: npt.NDArray[np.int32]
    quantity: npt.NDArray[np.int8]
    revenue_cents: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.visit)


class _Block:
    """Visits that still go on, as parallel arrays that shrink together."""

    def __init__(self, visits: Visits, rows: slice) -> None:
        self.visit = np.arange(rows.stop - rows.start, dtype=np.int32)
        self.intent = visits.intent[rows].astype(np.int64)
        self.level = visits.level[rows].astype(np.int64)
        self.pace = visits.pace[rows].astype(np.int64)
        self.focus = visits.category[rows].astype(np.int64)
        self.time = visits.start_ms[rows].copy()
        n = len(self.visit)
        self.phase = np.full(n, EMPTY, dtype=np.int64)
        self.last = np.full(n, START, dtype=np.int64)
        self.product = np.full(n, NONE, dtype=np.int64)
        self.added = np.full(n, NONE, dtype=np.int64)
        self.added_quantity = np.zeros(n, dtype=np.int64)
        self.cart_cents = np.zeros(n, dtype=np.int64)

    def keep(self, going: npt.NDArray[np.bool_]) -> None:
        for name, values in vars(self).items():
            setattr(self, name, values[going])


def walk(visits: Visits, rows: slice, seed: np.random.SeedSequence) -> Events:
    """Walk the visits of ``rows`` to their ends."""
    bits = np.random.PCG64(seed)
    block = _Block(visits, rows)
    steps: list[tuple[npt.NDArray[Any], ...]] = []
    for position in range(LONGEST_VISIT):
        raw = bits.random_raw(len(block.visit))
        kind = _next_kind(block, _bits(raw, 0))
        going = kind != END
        if not going.all():
            block.keep(going)
            raw, kind = raw[going], kind[going]
        if not len(kind):
            break
        if position:
            pause = dwell_ms()[block.last, _bits(raw, 1)] * block.pace >> 8
            block.time += np.maximum(pause, 200)
        steps.append(_happen(block, kind, raw, position))
    return _in_order(steps, rows.stop - rows.start)


def _bits(raw: npt.NDArray[np.uint64], number: int) -> Ints:
    """Return the random field ``number`` (0 to 4) of each 64-bit draw."""
    return (raw >> np.uint64(BITS * number) & MASK).astype(np.int64)


def _next_kind(block: _Block, field: Ints) -> Ints:
    rows = state(block.intent, block.level, block.phase, block.last)
    return next_event()[rows, field].astype(np.int64)


def _happen(
    block: _Block, kind: Ints, raw: npt.NDArray[np.uint64], position: int
) -> tuple[npt.NDArray[Any], ...]:
    """Let one event happen in each visit; return its columns."""
    goods = catalogue()
    _look(block, kind, raw)
    _change_cart(block, kind, raw)
    removed, bought = np.flatnonzero(kind == CART_REMOVE), np.flatnonzero(kind == PURCHASE)
    of_product = (kind == PRODUCT_VIEW) | (kind == CLICK) | (kind == CART_ADD)
    product = np.where(of_product, block.product, NONE)
    product[removed] = block.added[removed]
    product[bought] = np.where(block.added[bought] == NONE, block.product[bought], block.added[bought])
    known = product != NONE
    cents = np.where(known, goods.cents[product], NONE)
    category = np.where(known, goods.category[product], np.where(kind == LIST_VIEW, block.focus, NONE))
    quantity = np.full(len(kind), NONE, dtype=np.int8)
    told = np.flatnonzero((kind == CART_ADD) | (kind == CART_REMOVE) | (kind == PURCHASE))
    quantity[told] = np.maximum(block.added_quantity[told], 1)
    revenue = np.full(len(kind), NONE, dtype=np.int32)
    revenue[bought] = _order_cents(block, bought, cents[bought], raw[bought])
    page = _pages(block, kind, raw)
    _settle(block, kind, removed, bought)
    return (
        block.visit,
        np.full(len(kind), position, dtype=np.int32),
        block.time.copy(),
        kind.astype(np.int8),
        page,
        product.astype(np.int32),
        category.astype(np.int8),
        cents.astype(np.int32),
        quantity,
        revenue,
    )


def _look(block: _Block, kind: Ints, raw: npt.NDArray[np.uint64]) -> None:
    """Let visits come upon a product where the event is of a new one."""
    # A click on a product page stays with the product; one in a list or a search opens another.
    stays = (block.last == PRODUCT_VIEW) | (block.last == CLICK)
    new = (kind == PRODUCT_VIEW) | ((kind == CLICK) & ~stays)
    new |= (kind == PURCHASE) & (block.product == NONE)
    rows = np.flatnonzero(new)
    drawn = raw[rows]
    focus = np.array([round(intent.focus * STEPS) for intent in INTENTS])
    elsewhere = _bits(drawn, 3) >= focus[block.intent[rows]]
    goods = catalogue()
    category = np.where(elsewhere, _bits(drawn, 4) % len(goods.pick), block.focus[rows])
    block.product[rows] = goods.pick[category, _bits(drawn, 2)]


def _change_cart(block: _Block, kind: Ints, raw: npt.NDArray[np.uint64]) -> None:
    """Put things into carts; what can't be done happens as a lesser event, written into ``kind``."""
    goods = catalogue()
    rows = np.flatnonzero(kind == CART_ADD)
    product = block.product[rows]
    too_dear = _bits(raw[rows], 3) >= accepts()[block.intent[rows], goods.band[product]]
    too_dear |= product == NONE
    kind[rows[too_dear]] = CLICK
    block.product[rows] = np.where(product == NONE, goods.pick[block.focus[rows], 0], product)
    rows, product = rows[~too_dear], product[~too_dear]
    field = _bits(raw[rows], 4)
    pieces = 1 + (field >= STEPS * 84 // 100) + (field >= STEPS * 96 // 100)
    block.added[rows], block.added_quantity[rows] = product, pieces
    block.cart_cents[rows] += goods.cents[product] * pieces
    block.phase[rows] = FILLED
    rows = np.flatnonzero(kind == CART_REMOVE)
    kind[rows[block.added[rows] == NONE]] = CART_VIEW


def _order_cents(block: _Block, bought: Ints, cents: Ints, raw: npt.NDArray[np.uint64]) -> Ints:
    """Return what each order comes to: the cart, perhaps an older one, vouchers, shipping."""
    goods = catalogue()
    cart = block.cart_cents[bought]
    # Without a cart in sight, the order is of the product at hand.
    amount = np.where(cart > 0, cart, cents)
    older = _bits(raw, 3) < np.where(cart > 0, OLDER_CART, OLDER_CART_UNSEEN)
    amount += np.where(older, goods.cents[goods.pick[block.focus[bought], _bits(raw, 4)]], 0)
    amount = amount * _order_factor()[_bits(raw, 2)] // 1000
    return amount + np.where(amount < FREE_FROM_CENTS, SHIPPING_CENTS, 0)


@lru_cache(maxsize=1)
def _order_factor() -> Ints:
    return lognormal_table(*ORDER_FACTOR, low=200, high=5000)


def _settle(block: _Block, kind: Ints, removed: Ints, bought: Ints) -> None:
    """Leave carts and last events as the next event finds them."""
    gone = catalogue().cents[block.added[removed]] * block.added_quantity[removed]
    block.cart_cents[removed] -= gone
    block.phase[removed[block.cart_cents[removed] <= 0]] = EMPTY
    block.phase[bought] = BOUGHT
    for rows in (removed, bought):
        block.added[rows], block.added_quantity[rows] = NONE, 0
    block.last = kind


def _pages(block: _Block, kind: Ints, raw: npt.NDArray[np.uint64]) -> npt.NDArray[np.int8]:
    page = PAGE_OF[kind]
    rows = np.flatnonzero(kind == PAGE_VIEW)
    field = _bits(raw[rows], 2)
    shown = np.where(field < STEPS * 6 // 10, HOME, np.where(field < STEPS * 8 // 10, INFO, SERVICE))
    page[rows] = np.where(block.last[rows] == PURCHASE, THANK_YOU, shown)
    return page


def _in_order(steps: list[tuple[npt.NDArray[Any], ...]], n_visits: int) -> Events:
    """Turn columns that are step after step into columns that are visit after visit."""
    visit = np.concatenate([step[0] for step in steps])
    position = np.concatenate([step[1] for step in steps])
    lengths = np.bincount(visit, minlength=n_visits)
    to = (np.cumsum(lengths) - lengths)[visit] + position
    columns = []
    for parts in zip(*steps, strict=True):
        column = np.concatenate(parts)
        sorted_column = np.empty_like(column)
        sorted_column[to] = column
        columns.append(sorted_column)
    return Events(*columns)
