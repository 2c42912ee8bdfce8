"""What a shop could influence during a visit, and what is out of its reach, each with the reason."""

from __future__ import annotations

import re

from core.schema.sessions import FIELD

WHERE = "where visitors live and what device they use"
WHEN = "when they visit"
WHO = "who they are and whether they have been here before"
SOURCE = "how they found the shop"
PACE = "how much time they take"
TASTE = "what they came for"
DONE = "what they remove from the cart"
MEASURED = "figures an analytics tool works out after the visit"

#: Features of every session that no shop can influence.
REASONS: dict[str, str] = {
    "country_group": WHERE,
    "day_of_week": WHEN,
    "hour": WHEN,
    "is_weekday": WHEN,
    "is_returning": WHO,
    "duration_seconds": PACE,
    "mean_gap_seconds": PACE,
    "dominant_category": TASTE,
    "dominant_colour_group": TASTE,
    "unique_categories": TASTE,
    "cart_removes": DONE,
}

#: Words in the names of a shop's own columns, and the reason they give.
WORDS: dict[str, str] = {
    **dict.fromkeys("browser city country device location os platform region system".split(), WHERE),
    **dict.fromkeys("date day hour holiday month quarter season week weekday weekend year".split(), WHEN),
    **dict.fromkeys("age gender member returning segment user visitor".split(), WHO),
    **dict.fromkeys("campaign channel landing medium referrer source traffic".split(), SOURCE),
    **dict.fromkeys("duration gap minutes pause seconds time".split(), PACE),
    **dict.fromkeys("bounce exit score".split(), MEASURED),
}
#: Columns of Google Analytics that are worked out from what visitors bought in the end.
COLUMNS: dict[str, str] = {"pagevalue": MEASURED}


def out_of_reach(name: str) -> str | None:
    """Return why a shop can't influence a field, None where it could; of a shop's own, by its name."""
    if name in FIELD:
        return REASONS.get(name)
    words = re.findall("[a-z]+", re.sub("([a-z])([A-Z])", r"\1 \2", name).lower())
    singular = [word.removesuffix("s") if len(word) > 3 else word for word in words]
    if reason := COLUMNS.get("".join(singular)):
        return reason
    return next((WORDS[word] for word in [*words, *singular] if word in WORDS), None)
