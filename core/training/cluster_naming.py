"""Plain names for clusters, and one sentence each: what sets this kind of visit apart.

A name is an archetype a marketer would recognise, read from ``archetypes.toml``; every cluster gets
the one it fits best, no two the same. Where none fits, as with columns only one shop has, the name
says what the visits have much or little of.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.base.written import decimals, percent
from core.schema.sessions import FIELD


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
    """A kind of visit: its name, how its sentence begins, and what it is high (+) or low (-) in.

    ``needs`` are features without which nobody could tell, ``without`` those with which a better name
    is known. ``at_least`` and ``at_most`` keep the name true: of averages, or of the share of visits
    where FACTS tells shares.
    """

    name: str
    opening: str
    signature: Mapping[str, float]
    needs: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    at_least: Mapping[str, float] = field(default_factory=dict)
    at_most: Mapping[str, float] = field(default_factory=dict)


class Fact(NamedTuple):
    """How a feature is said of a cluster's visits, and whether by its average or by who does it at all."""

    phrase: str
    of_share: bool = False


FACTS: dict[str, Fact] = {
    "page_views": Fact("view {} pages"),
    "product_views": Fact("open {} products"),
    "unique_categories": Fact("look into {} categories"),
    "unique_products": Fact("see {} different products"),
    "duration_seconds": Fact("stay {}"),
    "price_mean": Fact("look at prices around {}"),
    "clicks": Fact("click {} times"),
    "n_events": Fact("do {} things"),
    "searches": Fact("{} search", of_share=True),
    "cart_adds": Fact("{} add something to the cart", of_share=True),
    "cart_removes": Fact("{} remove something from the cart", of_share=True),
    "checkouts": Fact("{} go to the checkout", of_share=True),
}
#: What is counted, where a field's label is no noun.
NOUNS = {"cart_adds": "products added to cart", "cart_removes": "products removed from cart"}
#: What they were called in names that are still about.
EARLIER_NOUNS = {"cart_adds": "cart adds", "cart_removes": "cart removals"}
#: An archetype that fits less than this is no help.
LEAST_FIT = 0.12
FACTS_A_SENTENCE = 2
#: From this weight on a feature is what an archetype's name says, and must be true of the averages shown.
SAID = 1.0
#: A fact closer to the average than this sets nothing apart: in standard deviations, and as a ratio.
LEAST_DIFFERENCE, LEAST_RATIO = 0.1, 1.15
#: A share of fewer than this reads as none, and one of all but this as all.
NONE = 0.005
#: What a made-up name says of that.
NO = "no"
#: From this difference on a share is worth telling, in shares of 1.
LEAST_SHARE = 0.02


@cache
def archetypes() -> tuple[Archetype, ...]:
    """Return the kinds of visit there are names for."""
    told = tomllib.loads(Path(__file__).with_name("archetypes.toml").read_text(encoding="utf-8"))
    lists = ("needs", "without")
    return tuple(
        Archetype(**(one | {name: tuple(one.get(name, ())) for name in lists})) for one in told["archetype"]
    )


def describe_clusters(
    profiles: Sequence[Profile], overall: Profile, *, taken: Collection[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a unique name and a sentence for each cluster.

    Parameters
    ----------
    taken
        Names that others have.
    """
    used = {name.casefold() for name in taken}
    free = [archetype for archetype in archetypes() if archetype.name.casefold() not in used]
    fitting = _best_fitting(profiles, overall, free)
    names: list[str] = []
    sentences = []
    for number, profile in enumerate(profiles):
        archetype = fitting.get(number)
        taken_now = used | {n.casefold() for n in names}
        name = archetype.name if archetype else _made_up(profile, overall, taken_now)
        opening = archetype.opening if archetype else f"Visits with {_much_or_little(profile, overall, 2)}"
        names.append(name)
        sentences.append(f"{opening}: {facts(profile, overall, archetype)}.")
    return tuple(names), tuple(sentences)


def claim_holds(name: str, profile: Profile, overall: Profile) -> bool:
    """Tell whether a cluster's own figures bear out what its name says.

    Of a name nobody here has made (one given by hand) nothing is known: it holds.
    """
    for archetype in archetypes():
        if archetype.name.casefold() == name.casefold():
            return _is_true(profile, overall, archetype)
    claims = _claims(name, {*FIELD, *overall.averages})
    return claims is None or all(
        feature in profile.differences and _direction(feature, profile, overall) == direction
        for feature, direction in claims.items()
    )


def facts(profile: Profile, overall: Profile, archetype: Archetype | None = None) -> str:
    """Say what the name says in figures, then what else differs most, each against all visits."""
    signature = archetype.signature if archetype else {}

    def rank(name: str) -> tuple[float, float, str]:
        difference = profile.differences[name]
        expected = max(0.0, signature.get(name, 0.0) * float(np.tanh(difference)))
        return -round(expected, 6), -abs(round(difference, 6)), name

    differing = [name for name, by in profile.differences.items() if abs(by) >= LEAST_DIFFERENCE]
    agreeing = [name for name in differing if _direction(name, profile, overall)]
    told = [_fact(name, profile, overall) for name in sorted(agreeing, key=rank)]
    kept = [fact for fact in told if fact is not None][:FACTS_A_SENTENCE]
    return " and ".join(kept) if kept else "close to the average in everything"


def _best_fitting(
    profiles: Sequence[Profile], overall: Profile, free: Sequence[Archetype]
) -> dict[int, Archetype]:
    from scipy.optimize import linear_sum_assignment

    if not free or not profiles:
        return {}
    fit = np.array([[_fit(profile, overall, archetype) for archetype in free] for profile in profiles])
    # Rounded, so that a tie is a tie on every machine.
    rows, chosen = linear_sum_assignment(-np.maximum(fit, 0.0).round(9))
    return {int(r): free[c] for r, c in zip(rows, chosen, strict=True) if fit[r, c] >= LEAST_FIT}


def _fit(profile: Profile, overall: Profile, archetype: Archetype) -> float:
    if not _is_true(profile, overall, archetype):
        return 0.0
    known = {name: by for name, by in archetype.signature.items() if name in profile.differences}
    size = sum(abs(weight) for weight in archetype.signature.values())
    return sum(by * float(np.tanh(profile.differences[name])) for name, by in known.items()) / size


def _is_true(profile: Profile, overall: Profile, archetype: Archetype) -> bool:
    """Tell whether nothing in the figures gives the name the lie."""
    known = profile.differences
    if any(name not in known for name in archetype.needs) or any(name in known for name in archetype.without):
        return False
    said = {name: by for name, by in archetype.signature.items() if abs(by) >= SAID and name in known}
    if not said or any(by * (_direction(name, profile, overall) or -by) < 0 for name, by in said.items()):
        return False
    value = {name: _shown(name, profile) for name in known}
    return all(value.get(name, least) >= least for name, least in archetype.at_least.items()) and all(
        value.get(name, most) <= most for name, most in archetype.at_most.items()
    )


def _shown(name: str, profile: Profile) -> float:
    """Return the figure a feature is said by: the share of visits with any of it, or its average."""
    return (profile.some if name in FACTS and FACTS[name].of_share else profile.averages)[name]


def _direction(name: str, profile: Profile, overall: Profile) -> int:
    """Return 1 or -1 for above or below all visits, 0 where the figures shown and the logs disagree.

    A few very long visits lift the average of all: a cluster may be longer than most, and yet below it.
    """
    if name not in overall.averages:
        return 0
    by = np.sign(profile.differences[name])
    return int(by) if by * (_shown(name, profile) - _shown(name, overall)) > 0 else 0


def _made_up(profile: Profile, overall: Profile, used: Collection[str]) -> str:
    for words in range(1, len(profile.differences) + 1):
        name = _much_or_little(profile, overall, words)
        name = name[0].upper() + name[1:]
        if name.casefold() not in used:
            return name
    number = 1
    while f"average visits {number}" in used:
        number += 1
    return f"Average visits {number}"


def _much_or_little(profile: Profile, overall: Profile, words: int) -> str:
    ranked = sorted(profile.differences, key=lambda name: (-abs(round(profile.differences[name], 6)), name))
    differing = [name for name in ranked if abs(profile.differences[name]) >= LEAST_DIFFERENCE]
    telling = [name for name in differing if _direction(name, profile, overall)][:words]
    told = [f"{_how_much(name, profile)} {_label(name)}" for name in telling]
    return " and ".join(told) or "nothing unusual"


def _amounts(name: str) -> tuple[str, str]:
    """Return how much and little of a feature are called."""
    counted = name in FIELD and FIELD[name].kind == "count"
    return ("many", "few") if counted else ("high", "low")


def _how_much(name: str, profile: Profile) -> str:
    """Return what a cluster has of a feature, in a word: much, little, or none at all if counted."""
    much, little = _amounts(name)
    if profile.differences[name] > 0:
        return much
    return NO if little == "few" and profile.some.get(name, 1.0) < NONE else little


def _claims(name: str, features: Collection[str]) -> dict[str, int] | None:
    """Read a made-up name: each feature with 1 for much and -1 for little; None if it is no such name."""
    known = {
        f"{word} {noun}": (one, by)
        for one in features
        for word, by in _words(one)
        for noun in {_label(one), EARLIER_NOUNS.get(one, _label(one))}
    }
    parts = name.lower().split(" and ")
    found = [known[part] for part in parts if part in known]
    return dict(found) if len(found) == len(parts) else None


def _words(feature: str) -> tuple[tuple[str, int], ...]:
    much, little = _amounts(feature)
    return (much, 1), (little, -1), (NO, -1)


def _label(name: str) -> str:
    """Return a feature's name as it stands in a sentence: ``PageValues`` is "page values"."""
    if name in NOUNS:
        return NOUNS[name]
    if name in FIELD:
        return FIELD[name].label.lower()
    apart = "".join(f" {c}" if c.isupper() and i and name[i - 1].islower() else c for i, c in enumerate(name))
    return " ".join(apart.replace("_", " ").split()).lower()


def _fact(name: str, profile: Profile, overall: Profile) -> str | None:
    """Return one figure and the same of all visits; None if they hardly differ."""
    fact = FACTS.get(name, Fact(f"have {_label(name)} of {{}}"))
    if name == "page_views" and "product_views" in profile.averages:
        fact = Fact("view {} pages besides products")
    if fact.of_share:
        here, everywhere = profile.some[name], overall.some[name]
        if abs(here - everywhere) < LEAST_SHARE:
            return None
        phrase = fact.phrase.replace("something", "anything") if here < NONE else fact.phrase
        return f"{phrase.format(_who(here))} (all visits: {percent(everywhere, 0)})"
    here, everywhere = profile.averages[name], overall.averages[name]
    told, average = _amount(name, here), _amount(name, everywhere)
    smaller, larger = sorted((abs(here), abs(everywhere)))
    if told == average or (smaller > 0 and larger / smaller < LEAST_RATIO and here * everywhere > 0):
        return None
    return f"{fact.phrase.format(told)} (all visits: {average})"


def _who(share: float) -> str:
    if share < NONE:
        return "none"
    return "all" if share > 1 - NONE else percent(share, 0)


def _amount(name: str, value: float) -> str:
    if name == "duration_seconds":
        if value < 1:
            return "less than a second"
        return f"{decimals(value / 60, 1)} minutes" if value >= 60 else f"{value:.0f} seconds"
    return f"{value:.0f}" if abs(value) >= 20 else decimals(value, 1)
