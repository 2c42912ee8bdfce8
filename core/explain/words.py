"""What a session has, in words a shop uses: "longer visit than 90% of sessions", "comes from Germany".

Every field of the session row has words of its own; a shop's own columns are told by their heading.
They tell what the prediction goes along with, never what caused anything.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from numbers import Number

from core.base.written import MINUS, SIGNS, decimals, number
from core.explain.ranks import Ranks
from core.schema.sessions import WEEKDAYS

#: From this share of other sessions on, a number is told as more or less than theirs.
TOLD = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How one number is told: above most sessions, below most, in the middle, at zero, not known.

    ``one`` and ``many`` are for counts so small that the count itself says most.
    """

    more: str
    less: str
    middle: str
    unknown: str
    zero: str | None = None
    one: str | None = None
    many: str | None = None


NUMBERS: dict[str, Words] = {
    "n_events": Words(
        more="more activity than {} of sessions",
        less="less activity than {} of sessions",
        middle="as much activity as usual",
        unknown="unknown amount of activity",
    ),
    "clicks": Words(
        more="more clicks than {} of sessions",
        less="fewer clicks than {} of sessions",
        middle="as many clicks as usual",
        unknown="unknown number of clicks",
        zero="no clicks",
    ),
    "page_views": Words(
        more="more pages viewed than in {} of sessions",
        less="fewer pages viewed than in {} of sessions",
        middle="as many pages viewed as usual",
        unknown="unknown number of pages viewed",
        zero="no pages viewed",
    ),
    "product_views": Words(
        more="more products viewed than in {} of sessions",
        less="fewer products viewed than in {} of sessions",
        middle="as many products viewed as usual",
        unknown="unknown number of products viewed",
        zero="no products viewed",
    ),
    "searches": Words(
        more="more searches than in {} of sessions",
        less="fewer searches than in {} of sessions",
        middle="as many searches as usual",
        unknown="unknown number of searches",
        zero="no searches",
        one="1 search",
        many="{} searches",
    ),
    "cart_adds": Words(
        more="more added to the cart than in {} of sessions",
        less="less added to the cart than in {} of sessions",
        middle="as much added to the cart as usual",
        unknown="unknown number of cart adds",
        zero="nothing added to the cart",
        one="1 product added to the cart",
        many="{} products added to the cart",
    ),
    "cart_removes": Words(
        more="more removed from the cart than in {} of sessions",
        less="less removed from the cart than in {} of sessions",
        middle="as much removed from the cart as usual",
        unknown="unknown number of cart removals",
        zero="nothing removed from the cart",
        one="1 product removed from the cart",
        many="{} products removed from the cart",
    ),
    "checkouts": Words(
        more="more checkout steps than in {} of sessions",
        less="fewer checkout steps than in {} of sessions",
        middle="as many checkout steps as usual",
        unknown="unknown whether the checkout was reached",
        zero="no checkout step reached",
        one="1 checkout step reached",
        many="{} checkout steps reached",
    ),
    "duration_seconds": Words(
        more="longer visit than {} of sessions",
        less="shorter visit than {} of sessions",
        middle="visit as long as usual",
        unknown="unknown time spent",
    ),
    "mean_gap_seconds": Words(
        more="longer pauses between events than in {} of sessions",
        less="shorter pauses between events than in {} of sessions",
        middle="pauses between events as long as usual",
        unknown="unknown pauses between events",
    ),
    "unique_products": Words(
        more="more different products than in {} of sessions",
        less="fewer different products than in {} of sessions",
        middle="as many different products as usual",
        unknown="unknown number of different products",
        zero="no product seen",
    ),
    "unique_categories": Words(
        more="more different categories than in {} of sessions",
        less="fewer different categories than in {} of sessions",
        middle="as many different categories as usual",
        unknown="unknown number of different categories",
        zero="no category seen",
    ),
    "price_mean": Words(
        more="higher average price seen than in {} of sessions",
        less="lower average price seen than in {} of sessions",
        middle="average price seen as high as usual",
        unknown="unknown average price seen",
    ),
    "price_max": Words(
        more="higher top price seen than in {} of sessions",
        less="lower top price seen than in {} of sessions",
        middle="top price seen as high as usual",
        unknown="unknown top price seen",
    ),
    "cart_value": Words(
        more="cart worth more than in {} of sessions",
        less="cart worth less than in {} of sessions",
        middle="cart worth as much as usual",
        unknown="unknown value of the cart",
        zero="nothing in the cart",
    ),
}
#: Categories: known, and not known.
CATEGORIES: dict[str, tuple[str, str]] = {
    "dominant_category": ("looks mostly at “{}”", "unknown main category"),
    "dominant_colour_group": ("looks mostly at {} colours", "unknown main colours"),
    "country": ("comes from {}", "unknown country"),
    "device": ("uses: {}", "unknown device"),
    "channel": ("came by: {}", "unknown channel"),
}
COUNTRY_GROUPS = {
    "EU": "comes from another EU country",
    "Non-EU": "comes from outside the EU",
    "Unknown": "unknown country",
}
FLAGS: dict[str, tuple[str, str, str]] = {
    "is_weekday": ("on a weekday", "on a weekend", "unknown whether on a weekday"),
    "is_returning": ("has been here before", "first visit", "unknown whether returning"),
}


#: Fields with words of their own: all a model may learn from; a test sees to it.
TOLD_FIELDS = frozenset({*NUMBERS, *CATEGORIES, *FLAGS, "country_group", "day_of_week", "hour"})

#: How a comparison ends, whose words are of all sessions.
OF_SESSIONS = "{} of sessions"


def describe(feature: str, label: str, value: object, ranks: Ranks, known: Collection[str] | None) -> str:
    """Tell what a session has in one feature, in a few words.

    Parameters
    ----------
    known
        The values of a category the model has learned; None where it is no category.
    """
    if isinstance(value, float) and not math.isfinite(value):
        value = None
    if feature in FLAGS:
        yes, no, unknown = FLAGS[feature]
        return unknown if value is None else yes if value else no
    if feature == "country_group":
        return COUNTRY_GROUPS.get(str(value or "Unknown"), f"comes from {value}")
    if feature == "day_of_week":
        return _day(value)
    if feature == "hour":
        return _hour(value)
    if known is not None:
        return _category(feature, label, value, known)
    if isinstance(value, bool):
        return f"{label}: {'yes' if value else 'no'}"
    words = NUMBERS.get(feature) or _own(label)
    return _number(words, feature, value, ranks)


def points_text(points: float, target: str, currency: str | None = None) -> str:
    """Write how far a feature moves a prediction: "+11 points", "−0.4 points", "+€12".

    A point is a percentage point of the probability to buy.
    """
    if target == "purchase":
        text = _rounded(abs(points) * 100)
        unit = "point" if text == "1" else "points"
        return f"{_sign(points, text)}{text} {unit}"
    size = abs(points)
    text = number(size, 0) if size >= 9.995 or size < 0.005 else decimals(size, 2)
    sign = SIGNS.get(currency or "")
    amount = f"{sign}{text}" if sign else f"{text} {currency}" if currency else text
    return f"{_sign(points, text)}{amount}"


def _rounded(size: float) -> str:
    """Write a number with the digits that count."""
    if size >= 9.95:
        return number(size, 0)
    return number(size, 1 if size >= 0.095 else 2)


def _sign(points: float, text: str) -> str:
    if text == "0":
        return ""
    return "+" if points > 0 else MINUS


def _own(label: str) -> Words:
    return Words(
        more=f"{label} higher than in {{}} of sessions",
        less=f"{label} lower than in {{}} of sessions",
        middle=f"{label} {{}}",
        unknown=f"{label} unknown",
    )


def _number(words: Words, feature: str, value: object, ranks: Ranks) -> str:
    # A database's decimals and an array's own numbers are numbers, too.
    if not isinstance(value, Number):
        return words.unknown
    known = float(value)  # type: ignore[arg-type]
    if known == 0 and words.zero:
        return words.zero
    if words.one and words.many and known == int(known) and known > 0:
        return words.one if known == 1 else words.many.replace("{}", number(known))
    below, above = ranks.below(feature, known), ranks.above(feature, known)
    if below is None or above is None or max(below, above) < TOLD:
        return words.middle.replace("{}", number(known))
    words_of, share = (words.more, below) if below >= above else (words.less, above)
    return words_of.replace(OF_SESSIONS, f"{{}} of {ranks.among}").replace("{}", _percent(share))


def _percent(share: float) -> str:
    """Write a share a session is beyond: rounded down, so that it holds."""
    return f"{min(math.floor(share * 100 + 1e-9), 99)}%"


def _category(feature: str, label: str, value: object, known: Collection[str]) -> str:
    told, unknown = CATEGORIES.get(feature, ("", ""))
    if value is None:
        return unknown or f"{label} unknown"
    text = _text(value)
    words = told.replace("{}", text) if told else f"{label}: {text}"
    return words if text in known else f"{words} (new to the model)"


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _day(value: object) -> str:
    day = str(_text(value))
    if day.isascii() and day.isdigit() and 1 <= int(day) <= len(WEEKDAYS):
        return f"on a {WEEKDAYS[int(day) - 1]}"
    return "unknown day of the week"


def _hour(value: object) -> str:
    if isinstance(value, int | float) and 0 <= value <= 24:
        return f"began between {int(value)}:00 and {int(value) + 1}:00"
    return "unknown hour of the day"
