"""What a rule did: those for whom it fired beside those held out, by what they bought afterwards.

Each visitor counts once, from the rule's first firing on, in the group drawn then. Purchases are those the
stream told of, within the rule's window; the statistics are those of every campaign (``core.uplift``).
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace

from core.base.settings import Settings
from core.base.written import percent
from core.live.database import reader
from core.rules.firing import DAY
from core.rules.records import SENT, SHOWN
from core.rules.rule import Rule
from core.stats.two_groups import split_chance
from core.uplift import Uplift, measure
from core.uplift.cautions import UNEQUAL, Listing
from core.uplift.outcome_records import Outcomes, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a rule did: the two groups, whether they are as large as they should be, and the difference.

    ``is_open`` is how many visitors may still buy within the window; ``currency`` that of all amounts.
    """

    outcomes: Outcomes
    listing: Listing
    uplift: Uplift
    currency: str | None
    is_open: int


def effect_of(settings: Settings, rule: Rule, now: int | None = None) -> Effect:
    """Return what a rule did, up to now."""
    now = time.time_ns() // 1000 if now is None else now
    window = round(rule.window_days * DAY)
    rows = (
        reader(settings)
        .execute(
            """
        WITH firsts AS (
            SELECT source, visitor, min(fired_at) AS fired_at FROM firings WHERE rule = ?
            GROUP BY source, visitor),
        people AS (
            SELECT max(f.held_out) AS held_out, max(f.share) AS share, max(f.probability) AS probability,
                max(CASE WHEN f.status IN (?, ?) THEN 1 ELSE 0 END) AS reached, f.source, f.visitor,
                f.fired_at
            FROM firings f JOIN firsts ON f.source = firsts.source AND f.visitor = firsts.visitor
                AND f.fired_at = firsts.fired_at
            WHERE f.rule = ? GROUP BY f.source, f.visitor, f.fired_at),
        bought AS (
            SELECT people.source, people.visitor, sum(orders.revenue) AS revenue
            FROM people JOIN (
                SELECT DISTINCT f.source, f.visitor, p.session_id, p.bought_at, p.revenue
                FROM rule_purchases p JOIN firings f ON f.id = p.firing WHERE f.rule = ?) orders
                ON orders.source = people.source AND orders.visitor = people.visitor
                AND orders.bought_at > people.fired_at AND orders.bought_at <= people.fired_at + ?
            GROUP BY people.source, people.visitor)
        SELECT people.held_out, count(*), sum(people.share), count(bought.visitor),
            coalesce(sum(bought.revenue), 0), coalesce(sum(bought.revenue * bought.revenue), 0),
            max(bought.revenue), count(people.probability), sum(people.probability),
            sum(people.probability * people.probability), sum(people.reached),
            sum(CASE WHEN people.fired_at > ? THEN 1 ELSE 0 END)
        FROM people LEFT JOIN bought ON bought.source = people.source AND bought.visitor = people.visitor
        GROUP BY people.held_out
        """,
            [rule.id, SENT, SHOWN, rule.id, rule.id, window, now - window],
        )
        .fetchall()
    )
    sides, shares, still = {False: _nobody(), True: _nobody()}, 0.0, 0
    for held, n, share, buyers, revenue, squares, largest, known, total, total_squares, reached, late in rows:
        shares, still = shares + float(share), still + int(late)
        mean = float(total) / known if known else None
        spread = None
        if mean is not None and known > 1:
            spread = max(0.0, (float(total_squares) - known * mean**2) / (known - 1))
        sides[bool(held)] = Side(
            n=int(n), listed=int(n), buyers=int(buyers), revenue=float(revenue), squares=float(squares),
            probability=mean, variance=spread, contacted=0 if held else int(reached),
            largest=None if largest is None else float(largest),
        )  # fmt: skip
    treated, out = sides[False], sides[True]
    people = treated.n + out.n
    found = Outcomes(
        source=rule.name, from_file=False, treated=treated, held_out=out, people=people, ids=people,
        matched=people, repeated=0, columns={},
    )  # fmt: skip
    return Effect(
        outcomes=found,
        listing=_listing(treated.n, out.n, shares),
        # What a firing costs, and what of the revenue is kept, nobody has said.
        uplift=replace(measure(treated=treated.group, held_out=out.group), profit=None),
        currency=_currency(settings, rule),
        is_open=still,
    )


def _listing(treated: int, held: int, expected: float) -> Listing:
    """Say how many are in each group, and whether a draw makes them so."""
    n = treated + held
    if not n:
        return Listing(sentence="It hasn't fired yet.", p_value=None)
    share = expected / n
    told = f"{percent(held / n)}, {percent(share)} set"
    words = f"Fired for {treated:,} visitor{'s' * (treated != 1)}, {held:,} held out ({told})."
    if not 0 < share < 1:
        return Listing(sentence=words, p_value=None)
    p_value = split_chance(held, n, share)
    if p_value < UNEQUAL:
        words += " Chance alone wouldn't split them so: find out why before reading on."
    return Listing(sentence=words, p_value=p_value)


def _nobody() -> Side:
    return Side(
        n=0, listed=0, buyers=0, revenue=0.0, squares=0.0, probability=None, variance=None, contacted=0
    )


def _currency(settings: Settings, rule: Rule) -> str | None:
    row = (
        reader(settings)
        .execute("SELECT told FROM firings WHERE rule = ? ORDER BY fired_at DESC LIMIT 1", [rule.id])
        .fetchone()
    )
    return json.loads(row[0])["currency"] if row else None
