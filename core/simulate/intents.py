"""The hidden intents of visitors, and what each does next.

Nobody sees an intent: it is not written anywhere. It only moves the odds of the next event, which
depend besides on the last event, on whether something lies in the cart, and on the visit's drive
(how much this visitor wants to buy today, in levels).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from core.schema.events import EventType
from core.simulate.shop import BANDS, STEPS, lognormal_table, lookup

TYPES: tuple[EventType, ...] = tuple(EventType)
CODE: dict[str, int] = {str(kind): code for code, kind in enumerate(TYPES)}
#: In the place of ``other``, which this shop never writes.
END = CODE["other"]
#: What stands for the last event before the first one.
START = len(TYPES)

LEVELS = 7
EMPTY, FILLED, BOUGHT = 0, 1, 2
PHASES = 3


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What a kind of visitor tends to: factors on the odds of everybody's next event."""

    name: str
    share_new: float
    share_returning: float
    odds: dict[str, float] = field(default_factory=dict)
    opening: dict[str, float] = field(default_factory=dict)
    express: float = 1.0
    pace: float = 1.0
    focus: float = 0.8
    price_taste: float = -0.1
    channels: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0)


# Channels: direct, organic search, paid search, email, social, referral.
INTENTS: tuple[Intent, ...] = (
    Intent(
        name="window shopper",
        share_new=0.44,
        share_returning=0.30,
        odds={
            "end": 1.20,
            "page_view": 1.5,
            "list_view": 1.3,
            "search": 0.6,
            "cart_add": 0.30,
            "checkout": 0.45,
        },
        opening={"page_view": 1.5, "list_view": 1.3, "search": 0.35, "product_view": 0.7},
        express=0.6,
        pace=0.8,
        focus=0.55,
        channels=(0.8, 0.9, 0.8, 0.6, 2.2, 1.0),
    ),
    Intent(
        name="researcher",
        share_new=0.21,
        share_returning=0.20,
        odds={
            "end": 0.62,
            "product_view": 1.4,
            "click": 1.9,
            "search": 1.2,
            "cart_add": 0.45,
            "checkout": 0.5,
        },
        opening={"product_view": 1.3, "search": 1.2},
        express=0.8,
        pace=1.6,
        focus=0.93,
        channels=(0.9, 1.5, 1.1, 0.7, 0.6, 1.3),
    ),
    Intent(
        name="bargain hunter",
        share_new=0.15,
        share_returning=0.17,
        odds={
            "end": 0.85,
            "list_view": 1.4,
            "cart_add": 1.0,
            "cart_remove": 1.5,
            "checkout": 0.8,
            "purchase": 0.8,
        },
        opening={"list_view": 1.9, "page_view": 0.8},
        express=0.9,
        pace=0.9,
        focus=0.65,
        price_taste=-0.55,
        channels=(0.7, 0.8, 1.2, 1.6, 1.0, 1.9),
    ),
    Intent(
        name="hesitant",
        share_new=0.11,
        share_returning=0.17,
        odds={
            "end": 0.85,
            "cart_add": 1.6,
            "cart_remove": 2.4,
            "cart_view": 1.8,
            "checkout": 0.6,
            "purchase": 0.55,
        },
        opening={"cart_view": 3.0, "product_view": 1.3, "page_view": 0.8},
        express=1.1,
        pace=1.3,
        channels=(1.2, 0.9, 1.0, 1.2, 0.9, 0.9),
    ),
    Intent(
        name="on a mission",
        share_new=0.09,
        share_returning=0.16,
        odds={
            "end": 0.95,
            "search": 1.9,
            "page_view": 0.6,
            "list_view": 0.7,
            "cart_add": 1.7,
            "checkout": 1.7,
            "purchase": 1.5,
        },
        opening={"search": 2.6, "product_view": 1.5, "page_view": 0.5, "list_view": 0.5, "cart_view": 2.0},
        express=1.5,
        pace=0.7,
        focus=0.9,
        price_taste=0.0,
        channels=(1.5, 1.1, 1.3, 1.3, 0.4, 0.7),
    ),
)

#: Odds of the next event by the last one, the cart being empty. ``end`` ends the visit.
NEXT: dict[str, dict[str, float]] = {
    "start": {"page_view": 40, "list_view": 27, "product_view": 21, "search": 9, "cart_view": 1.2},
    "page_view": {
        "page_view": 15, "list_view": 30, "product_view": 14, "search": 12, "cart_view": 1.2, "end": 26,
    },
    "search": {"product_view": 40, "search": 17, "list_view": 14, "click": 10, "end": 14},
    "list_view": {"product_view": 40, "list_view": 20, "click": 12, "search": 5, "page_view": 4, "end": 13},
    "product_view": {
        "product_view": 28, "list_view": 22, "click": 15, "search": 5, "page_view": 4, "cart_add": 2.6,
        "cart_view": 0.4, "end": 12.5, "purchase": 0.275,
    },
    "click": {
        "product_view": 35, "click": 14, "list_view": 15, "search": 3, "page_view": 4, "cart_add": 2.8,
        "end": 11, "purchase": 0.275,
    },
    "cart_add": {
        "cart_view": 26, "product_view": 22, "list_view": 18, "checkout": 17, "cart_remove": 3,
        "purchase": 4.7, "end": 9,
    },
    "cart_remove": {"cart_view": 18, "product_view": 26, "list_view": 20, "page_view": 6, "end": 16},
    "cart_view": {"product_view": 20, "list_view": 20, "page_view": 14, "checkout": 6, "end": 22},
    "checkout": {"checkout": 12, "purchase": 9, "page_view": 12, "product_view": 8, "end": 34},
    "purchase": {"page_view": 58, "end": 42},
}  # fmt: skip
#: What changes once something lies in the cart ...
NEXT_FILLED: dict[str, dict[str, float]] = {
    "page_view": {"cart_view": 9, "checkout": 3},
    "list_view": {"cart_view": 4},
    "product_view": {"cart_add": 6, "cart_view": 4, "checkout": 1.5, "purchase": 0},
    "click": {"cart_add": 6, "cart_view": 3, "checkout": 1.5, "purchase": 0},
    "cart_view": {"checkout": 30, "cart_remove": 9, "purchase": 11.5, "end": 16.5},
    "checkout": {"checkout": 26, "purchase": 27, "cart_view": 6, "cart_remove": 2, "page_view": 5, "end": 21},
}
#: ... and after the order: a few look on, nobody orders twice.
NEXT_BOUGHT: dict[str, float] = {"page_view": 14, "list_view": 7, "product_view": 6, "end": 60}

#: How one level of drive multiplies the odds (the middle level changes nothing).
DRIVE: dict[str, float] = {"cart_add": 1.36, "checkout": 1.10, "purchase": 1.10, "end": 0.97, "express": 1.15}

#: Median seconds until the next event, and the spread of their logs, by the last event.
DWELL: dict[str, tuple[float, float]] = {
    "page_view": (11, 0.95),
    "search": (9, 0.75),
    "list_view": (15, 0.85),
    "product_view": (27, 1.00),
    "click": (9, 0.90),
    "cart_add": (10, 0.90),
    "cart_remove": (8, 0.80),
    "cart_view": (17, 0.90),
    "checkout": (38, 0.80),
    "purchase": (7, 0.70),
}
LONGEST_PAUSE_MS = 20 * 60 * 1000


@lru_cache(maxsize=1)
def next_event() -> npt.NDArray[np.uint8]:
    """Return the next event's code by state and random field; see ``state``."""
    table = np.empty((len(INTENTS), LEVELS, PHASES, START + 1, STEPS), dtype=np.uint8)
    for i, intent in enumerate(INTENTS):
        for level in range(LEVELS):
            for phase in range(PHASES):
                for last in range(START + 1):
                    name = "start" if last == START else str(TYPES[last])
                    table[i, level, phase, last] = lookup(_weights(intent, level, phase, name))
    return table.reshape(-1, STEPS)


def state(
    intent: npt.NDArray[np.int64],
    level: npt.NDArray[np.int64],
    phase: npt.NDArray[np.int64],
    last: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Return the row of ``next_event`` for visits in this state."""
    return ((intent * LEVELS + level) * PHASES + phase) * (START + 1) + last


def _weights(intent: Intent, level: int, phase: int, last: str) -> npt.NDArray[np.float64]:
    weights = np.zeros(len(TYPES))
    odds = dict(NEXT.get(last, {"end": 1.0}))
    if phase == FILLED:
        odds |= NEXT_FILLED.get(last, {})
    if phase == BOUGHT and last != "purchase":
        odds = dict(NEXT_BOUGHT)
    steps = level - LEVELS // 2
    for name, odd in odds.items():
        # An order without a cart: bought at once, or from a cart filled on an earlier visit.
        express = name == "purchase" and phase == EMPTY
        tastes = intent.opening if last == "start" else intent.odds
        taste = intent.express if express else tastes.get(name, 1.0)
        drive = DRIVE.get("express" if express else name, 1.0) ** steps
        weights[END if name == "end" else CODE[name]] = odd * (1.0 if phase == BOUGHT else taste * drive)
    return weights


@lru_cache(maxsize=1)
def dwell_ms() -> npt.NDArray[np.int64]:
    """Return milliseconds until the next event, by the last event's code and random field."""
    table = np.zeros((len(TYPES), STEPS), dtype=np.int64)
    for name, (median, sigma) in DWELL.items():
        table[CODE[name]] = lognormal_table(median * 1000, sigma, low=350, high=LONGEST_PAUSE_MS)
    return table


@lru_cache(maxsize=1)
def accepts() -> npt.NDArray[np.int64]:
    """Return how many of the random field's values let a price through into the cart.

    By intent and price band: bargain hunters mind, those on a mission don't.
    """
    bands = np.arange(BANDS) - (BANDS - 1) / 2
    tastes = np.array([intent.price_taste for intent in INTENTS])
    share = np.clip(0.8 * np.exp(np.outer(tastes, bands)), 0.0, 1.0)
    return np.round(share * STEPS).astype(np.int64)
