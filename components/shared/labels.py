"""What pages of a result write alike: values, columns, states, and ranges of figures."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from components.base.layout import BadgeTone
from core.base.written import counted, decimals, percent
from core.results.accuracy import Quality
from core.schema.sessions import FIELD, WEEKDAYS
from core.stats.estimate import Figure
from core.storage import Result

NOT_KNOWN = "Not known"

#: What ranges are, where visitors are known and where they aren't.
INTERVALS = {
    True: "Ranges are 95% intervals that allow for visitors with several sessions.",
    False: "Ranges are 95% intervals that treat every session as another visitor's.",
}

#: Below so many buyers, they are wide enough to say so.
FEW_BUYERS = 20

#: Names of what a bundle adds to a session; the session row's own are in ``FIELD``.
PREDICTIONS = {
    "purchase_probability": "Purchase probability",
    "predicted_purchase": "Likely buyer",
    "revenue_if_purchase": "Revenue if it buys",
    "revenue_low": "Revenue if it buys, low",
    "revenue_high": "Revenue if it buys, high",
    "predicted_revenue": "Predicted revenue",
    "expected_revenue": "Expected revenue",
    "cluster_id": "Cluster number",
    "cluster_name": "Cluster",
    "cluster_x": "Map, across",
    "cluster_y": "Map, up",
}


#: How far a result is, and the tone of its badge.
STATES: dict[str, tuple[str, BadgeTone]] = {
    "queued": ("Waiting", "neutral"),
    "running": ("Scoring", "info"),
    "done": ("Scored", "success"),
    "failed": ("Failed", "danger"),
    "cancelled": ("Stopped", "neutral"),
}
#: The same of an export that has none.
NO_RESULT: dict[str, tuple[str, BadgeTone]] = {
    "needs_mapping": ("Columns need mapping", "warning"),
    "unscored": ("Not scored yet", "neutral"),
}
#: Of a result that is done, and has no predictions.
UNPREDICTED: tuple[str, BadgeTone] = ("No predictions", "neutral")


def intervals(quality: Quality) -> str:
    """Say what the ranges of figures of accuracy are."""
    few = "" if quality.buyers >= FEW_BUYERS else " With so few buyers, intervals are wide."
    return f"{INTERVALS[quality.by_visitor]}{few}"


def interval(figure: Figure, digits: int = 1) -> str:
    """Write the range of a share."""
    if figure.value is None:
        return "too few to say"
    return f"{percent(figure.low, digits)} to {percent(figure.high, digits)}"


def score(value: float | None) -> str:
    """Write how well something ranks, from 0 to 1."""
    return decimals(value, 3)


def scores(figure: Figure) -> str:
    """Write the range of how well something ranks."""
    return "too few to say" if figure.value is None else f"{score(figure.low)} to {score(figure.high)}"


def too_few(quality: Quality) -> str:
    """Say of how few sessions no ranking can be judged."""
    others = counted(quality.n - quality.buyers, "other")
    return f"too few to say: {counted(quality.buyers, 'buyer')}, {others}"


def result_state(result: Result) -> tuple[str, BadgeTone]:
    """Return how far a result is, and the tone of its badge."""
    return STATES[result.state] if result.state != "done" or result.predicts else UNPREDICTED


def in_sentence(label: str) -> str:
    """Write a name as it stands within a sentence; one with capitals of its own keeps them."""
    return label.lower() if label[1:] == label[1:].lower() else label


def column_name(name: str) -> str:
    """Return what a column is called."""
    return PREDICTIONS.get(name) or FIELD[name].label


def value_name(by: str, key: Any, clusters: dict[int, str] | None = None) -> str:  # noqa: ANN401
    """Return how a value of a filter is written: a country by its name, a weekday by its."""
    if key is None:
        return NOT_KNOWN
    if by == "country":
        return country_name(str(key))
    if by == "weekday" and isinstance(key, int) and 1 <= key <= len(WEEKDAYS):
        return WEEKDAYS[key - 1]
    if by == "hour":
        return f"{key}:00"
    if by == "cluster":
        return (clusters or {}).get(key) or f"Cluster {key}"
    return str(key)


@lru_cache(maxsize=512)
def country_name(code: str) -> str:
    """Return a country's English name, or its code where ISO 3166 has none."""
    import pycountry  # lazily: it reads its lists from disk

    found = pycountry.countries.get(alpha_2=code)
    if found is None:
        return code
    return str(getattr(found, "common_name", None) or found.name)
