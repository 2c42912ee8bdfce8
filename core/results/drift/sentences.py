"""How unlike its training data an export is, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

from core.base.written import as_set, decimals, number, percent
from core.results.drift.records import Bin, FeatureDrift, LiveQuality, ScoreDrift
from core.stats.psi import Level

#: A sentence names at most this many changes.
NAMED = 2
#: From this share of sessions on, unknown values are told in the headline.
WORTH_TELLING = 0.1
#: Numbers that have grown or shrunk by this factor have done so "far".
FAR = 2.0
#: Figures of accuracy that are shares, each with its decimals in percent as on the model's card.
SHARES = {"captured_top10": 0, "buyers_ratio": 0, "calibration_error": 2}
_MINUTE, _HOUR = 60, 3600


def headline(
    *,
    n: int,
    level: Level | None,
    features: Sequence[FeatureDrift],
    score: ScoreDrift | None,
    live: Sequence[LiveQuality],
) -> str:
    """Return whether the export is like the data the model learned from, and what sets it apart."""
    if level is None:
        return f"{number(n)} sessions are too few to compare with the data the model learned from."
    if level == "none":
        return "This export is like the data the model learned from."
    changes = _changes(features)
    moved = score is not None and score.level != "none"
    if not changes and not moved and any(line.worse for line in live):
        return "This export looks like the data the model learned from, but its visitors behave differently."
    if not changes and score is not None:
        changes = [_shift(score)]
    unlike = "unlike" if level == "serious" else "a little unlike"
    return f"This export is {unlike} the data the model learned from: {_listed(changes)}."


def advice(
    *,
    level: Level | None,
    live: Sequence[LiveQuality],
    model_synthetic: bool,
) -> str:
    """Return what that means for the predictions, and what to do."""
    found = []
    if model_synthetic:
        found.append("The model learned from the synthetic demo shop, so a real shop will differ.")
    worse = [line for line in live if line.worse and line.card is not None]
    if worse:
        found.append(
            f"Predictions are worse than on the model card: {_listed([_worse(line) for line in worse])}."
        )
    elif live and level in ("some", "serious"):
        found.append("Where outcomes are known, predictions are still as accurate as on the model card.")
    if level == "serious" and not live:
        found.append("Expect worse predictions.")
    if level == "serious" or worse:
        found.append("Train on your own sessions.")
    return " ".join(found)


def describe(feature: FeatureDrift) -> str:
    """Return how one feature has changed, in a few words."""
    if new := _unknown(feature):
        was = f" (was {_percent(before)})" if (before := feature.unknown_then or 0.0) >= 0.005 else ""
        return f"{_percent(feature.unknown or new)} of the {_plural(feature.label)} are new to the model{was}"
    if abs(feature.missing_now - feature.missing_then) >= 0.3:
        now, then = _percent(feature.missing_now), _percent(feature.missing_then)
        return f"{_name(feature.label)} missing in {now} of sessions (was {then})"
    if said := _median(feature):
        return f"{_name(feature.label)} {said}"
    moved = _moved([found for found in feature.bins if feature.kind != "flag" or found.label == "yes"])
    now, then = _percent(moved.now), _percent(moved.then)
    return f"{_name(feature.label)} “{moved.label}” in {now} of sessions (was {then})"


def _median(feature: FeatureDrift) -> str | None:
    now, then = feature.typical_now, feature.typical_then
    if not isinstance(now, float) or not isinstance(then, float):
        return None
    medians = f"(median {_written(feature, now)}, was {_written(feature, then)})"
    if _written(feature, now) == _written(feature, then):
        return None
    much = "far " if max(now, then) >= FAR * max(min(now, then), 1e-9) else ""
    words = ("longer", "shorter") if feature.kind == "seconds" else ("higher", "lower")
    return f"{much}{words[0] if now > then else words[1]} {medians}"


def _changes(features: Sequence[FeatureDrift]) -> list[str]:
    changed = [feature for feature in features if feature.level != "none"]
    unknown = [feature for feature in changed if _unknown(feature)]
    others = [feature for feature in changed if feature not in unknown]
    unknown.sort(key=_unknown, reverse=True)
    chosen = [*others[: NAMED - bool(unknown)], *unknown[: max(NAMED - len(others), 1)]]
    return [describe(feature) for feature in chosen]


def _unknown(feature: FeatureDrift) -> float:
    """Return the share of values that have become unknown, if it is worth telling; else nothing."""
    new = (feature.unknown or 0.0) - (feature.unknown_then or 0.0)
    return new if new >= WORTH_TELLING else 0.0


def _shift(score: ScoreDrift) -> str:
    way = "higher" if score.mean_now > score.mean_then else "lower"
    return (
        f"its sessions get {way} probabilities ({_percent(score.mean_now, 1)} on average, "
        f"was {_percent(score.mean_then, 1)})"
    )


def _worse(line: LiveQuality) -> str:
    now, then = (
        figure_words(line.key, value) for value in (line.now.value, line.card.value if line.card else None)
    )
    return f"{line.label} {now} (was {then})"


def figure_words(key: str, value: float | None) -> str:
    """Write a figure of accuracy as the model's card has it: a share in percent, others to three decimals."""
    if key not in SHARES:
        return decimals(value, 3)
    return percent(value, SHARES[key], of_whole=(value or 0.0) <= 1)


def _moved(bins: Sequence[Bin]) -> Bin:
    return max(bins, key=lambda found: (abs(found.now - found.then), found.now))


def _written(feature: FeatureDrift, value: float) -> str:
    if feature.kind == "seconds":
        return _span(value)
    return number(value, 0) if feature.kind == "count" or abs(value) >= 1000 else as_set(f"{value:,.3g}")


def _span(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{decimals(seconds / _HOUR, 1)} h"


def _percent(share: float, digits: int = 0) -> str:
    if 0 < share < 0.005 and not digits:
        return "under 1%"
    return f"{100 * share:.{digits}f}%"


def _name(label: str) -> str:
    return label if label.isupper() else label[:1].lower() + label[1:]


def _plural(label: str) -> str:
    """Return a label in the plural, as far as a rule can: country groups, main categories, days of week."""
    name, _, rest = _name(label).partition(" of ")
    name = f"{name[:-1]}ies" if name.endswith("y") and name[-2:-1] not in "aeiou" else f"{name}s"
    return f"{name} of {rest}" if rest else name


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
