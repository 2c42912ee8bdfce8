"""Whether a rule fires for a visit, and if not yet, from when on it does unless something happens."""

from __future__ import annotations

from core.live.scoring import STEPS
from core.rules.facts import Facts
from core.rules.rule import Conditions

MINUTE = 60_000_000


def due_at(wanted: Conditions, facts: Facts, gap_minutes: float) -> int | None:
    """Return from when on a visit fulfils the conditions as it stands, in microseconds since 1970.

    That may be in the past. None where it doesn't and won't without another event: what must be true isn't,
    the visitor has bought, or the visit is over before the time has passed.
    """
    if facts.step == STEPS[0] or not _holds(wanted, facts):
        return None
    due = facts.last_at + round((wanted.since_event or 0) * MINUTE)
    if wanted.since_cart is not None:
        if facts.cart_at is None:
            return None
        due = max(due, facts.cart_at + round(wanted.since_cart * MINUTE))
    return due if due <= facts.last_at + gap_minutes * MINUTE else None


def _holds(wanted: Conditions, facts: Facts) -> bool:
    """Whether everything but the passing of time is true. What isn't known is not."""
    return (
        _at_least(facts.probability, wanted.probability_from)
        and _at_most(facts.probability, wanted.probability_to)
        and _at_least(facts.expected_revenue, wanted.expected_from)
        and _at_least(facts.cart_value, wanted.cart_from)
        and _at_least(facts.n_events, wanted.events_from)
        and (not wanted.steps or facts.step in wanted.steps)
        and (not wanted.clusters or facts.cluster in wanted.clusters)
        and (not wanted.countries or facts.country_group in wanted.countries)
        and (wanted.visitors == "any" or facts.is_returning is (wanted.visitors == "returning"))
    )


def _at_least(value: float | None, least: float | None) -> bool:
    return least is None or (value is not None and value >= least)


def _at_most(value: float | None, most: float | None) -> bool:
    return most is None or (value is not None and value <= most)
