"""Plain names for clusters, and one sentence each: what sets this kind of visit apart.

A name is an archetype a marketer would recognise. Each archetype says which features it is high or
low in; every cluster gets the one it fits best, no two the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Profile:
    """What a cluster's sessions are like on average, and how far that is from all sessions.

    ``averages`` are of each feature, ``some`` the share of sessions with more than nothing of it;
    ``differences`` are in standard deviations between averages of logs, so that one extreme session
    doesn't make a cluster.
    """

    averages: Mapping[str, float]
    some: Mapping[str, float]
    differences: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Archetype:
    """A kind of visit: its name, how its sentence begins, and what it is high (+) or low (-) in."""

    name: str
    opening: str
    signature: Mapping[str, float]


ARCHETYPES: tuple[Archetype, ...] = (
    Archetype(
        "Quick lookers",
        "Short visits that end after a page or two",
        {"page_views": -1, "product_views": -1, "duration_seconds": -1, "unique_categories": -0.5},
    ),
    Archetype(
        "Window shoppers",
        "Look around without putting anything in the cart",
        {"product_views": 0.4, "duration_seconds": 0.4, "page_views": 0.4, "cart_adds": -0.8},
    ),
    Archetype(
        "Comparers",
        "Open many products and weigh them against each other",
        {"product_views": 1, "unique_products": 1, "duration_seconds": 0.5, "checkouts": -0.4},
    ),
    Archetype(
        "Searchers",
        "Know what they want and use the search to find it",
        {"searches": 1.6, "page_views": -0.3, "cart_adds": -0.2},
    ),
    Archetype(
        "Cart builders",
        "Fill a cart and leave it before the checkout",
        {"cart_adds": 1.4, "checkouts": -0.6, "cart_removes": -0.3},
    ),
    Archetype(
        "Ready to buy",
        "Put something in the cart and go on to the checkout",
        {"checkouts": 1.5, "cart_adds": 0.8},
    ),
    Archetype(
        "Second thoughts",
        "Put things in the cart and take them out again",
        {"cart_removes": 1.7, "cart_adds": 0.4},
    ),
    Archetype(
        "Strollers",
        "Wander through pages and lists and open few products",
        {"page_views": 1.3, "product_views": -0.7, "cart_adds": -0.2},
    ),
    Archetype(
        "All-rounders",
        "Look into many different parts of the shop",
        {"unique_categories": 1.5, "cart_adds": -0.2, "checkouts": -0.2},
    ),
    Archetype(
        "Unhurried visitors",
        "Take a long time over few pages",
        {"duration_seconds": 1.4, "product_views": -0.4, "page_views": -0.4},
    ),
    Archetype(
        "Single-product visitors",
        "Come for one product, look at it and leave",
        {"product_views": 0.3, "page_views": -0.9, "unique_categories": -0.5, "duration_seconds": -0.4},
    ),
    Archetype(
        "High-price lookers",
        "Look at what is expensive",
        {"price_mean": 1.6, "cart_adds": -0.2},
    ),
    Archetype(
        "Low-price lookers",
        "Look at what costs little",
        {"price_mean": -1.6, "cart_adds": -0.2},
    ),
)

#: How a feature's average is said.
AVERAGES: dict[str, str] = {
    "page_views": "{} pages viewed",
    "product_views": "{} products viewed",
    "searches": "{} searches",
    "duration_seconds": "{} spent",
    "clicks": "{} clicks",
    "n_events": "{} events",
}
#: How it is said of what few sessions do at all.
RARE: dict[str, str] = {
    "searches": "{} search",
    "cart_adds": "{} put something in the cart",
    "cart_removes": "{} take something out of it",
    "checkouts": "{} go to the checkout",
}
FACTS_A_SENTENCE = 2
#: A fact closer to the average than this sets nothing apart.
LEAST_DIFFERENCE = 0.1


def describe_clusters(
    profiles: Sequence[Profile], overall: Profile
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a unique name and a sentence for each cluster."""
    from scipy.optimize import linear_sum_assignment

    fit = np.array([[_fit(profile, archetype) for archetype in ARCHETYPES] for profile in profiles])
    # Rounded, so that a tie is a tie on every machine.
    rows, chosen = linear_sum_assignment(-fit.round(9))
    archetypes = {int(row): ARCHETYPES[column] for row, column in zip(rows, chosen, strict=True)}
    names = tuple(archetypes[number].name for number in range(len(profiles)))
    sentences = tuple(
        f"{archetypes[number].opening}: {_facts(profile, overall, archetypes[number])}."
        for number, profile in enumerate(profiles)
    )
    return names, sentences


def _fit(profile: Profile, archetype: Archetype) -> float:
    size = sum(abs(weight) for weight in archetype.signature.values())
    pulls = (
        weight * float(np.tanh(profile.differences.get(name, 0.0)))
        for name, weight in archetype.signature.items()
    )
    return sum(pulls) / size


def _facts(profile: Profile, overall: Profile, archetype: Archetype) -> str:
    """Say what the name says in figures, then what else differs most, each against all sessions."""

    def rank(name: str) -> tuple[float, float, str]:
        difference = profile.differences[name]
        expected = max(0.0, archetype.signature.get(name, 0.0) * float(np.tanh(difference)))
        return -round(expected, 6), -abs(round(difference, 6)), name

    differing = [name for name, by in profile.differences.items() if abs(by) >= LEAST_DIFFERENCE]
    told = [_fact(name, profile, overall) for name in sorted(differing, key=rank)]
    kept = [fact for fact in told if fact is not None][:FACTS_A_SENTENCE]
    return " and ".join(kept) if kept else "close to the average in everything"


def _fact(name: str, profile: Profile, overall: Profile) -> str | None:
    """Return one figure and the same of all sessions; None if they read the same."""
    phrase, rare = AVERAGES.get(name, f"{name.replace('_', ' ')} {{}}"), RARE.get(name)
    if rare is not None:
        phrase, here, everywhere = rare, f"{profile.some[name]:.0%}", f"{overall.some[name]:.0%}"
    else:
        here, everywhere = _amount(name, profile.averages[name]), _amount(name, overall.averages[name])
    return None if here == everywhere else f"{phrase.format(here)} (all sessions: {everywhere})"


def _amount(name: str, value: float) -> str:
    if name == "duration_seconds":
        return f"{value / 60:.1f} minutes" if value >= 60 else f"{value:.0f} seconds"
    return f"{value:.0f}" if abs(value) >= 20 else f"{value:.1f}"
