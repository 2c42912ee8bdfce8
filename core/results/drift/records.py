"""A result beside what its bundle knows; kept as JSON beside the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from core.stats.estimate import Figure
from core.stats.psi import Level

#: Raised whenever what is measured changes, so that kept measures are taken anew.
VERSION = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Part of a feature's values, and its share of the sessions then and now."""

    label: str
    then: float
    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureDrift:
    """One feature: how far it has moved, and what it looks like then and now.

    ``kind`` is the form field's. ``typical_then`` and ``typical_now`` are medians of numbers and the
    most frequent values of everything else. ``unknown`` is the share of a category's values that the
    model has no place of its own for (never seen, or too rarely), ``unknown_then`` the same in the
    reference. ``compared`` is false where it or the export covers too few days to
    tell.
    """

    name: str
    label: str
    kind: str
    level: Level
    psi: float
    missing_then: float
    missing_now: float
    unknown: float | None
    unknown_then: float | None
    typical_then: float | str | None
    typical_now: float | str | None
    bins: tuple[Bin, ...]
    compared: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreDrift:
    """The purchase probability: its spread, its average, and the share of predicted buyers."""

    level: Level
    psi: float
    mean_then: float
    mean_now: float
    buyers_then: float
    buyers_now: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveQuality:
    """One figure on the sessions whose outcome is known, beside the card's.

    ``worse`` is said only where the two intervals don't meet.
    """

    key: str
    label: str
    now: Figure
    card: Figure | None
    worse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A result beside what its bundle knows.

    ``level`` is null where there are too few sessions to tell. ``absent`` are features the export
    doesn't have at all, of the model's ``n_inputs``: nothing has drifted there, the model does without.
    ``bundle_made`` tells which training of the bundle was compared with.
    """

    bundle: str
    bundle_made: str
    n: int
    n_reference: int
    level: Level | None
    headline: str
    advice: str
    features: tuple[FeatureDrift, ...]
    absent: tuple[str, ...]
    n_inputs: int
    score: ScoreDrift | None
    live: tuple[LiveQuality, ...]
    model_synthetic: bool
    version: int = VERSION

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """Read what ``to_dict`` wrote.

        Raises
        ------
        KeyError, TypeError
            If it isn't that.
        """
        read = dict(told)
        read["features"] = tuple(FeatureDrift(**_with_bins(feature)) for feature in told["features"])
        read["score"] = None if told["score"] is None else ScoreDrift(**_with_bins(told["score"]))
        read["live"] = tuple(_live(line) for line in told["live"])
        read["absent"] = tuple(told["absent"])
        return cls(**read)


def _with_bins(told: Mapping[str, Any]) -> dict[str, Any]:
    return {**told, "bins": tuple(Bin(**found) for found in told["bins"])}


def _live(told: Mapping[str, Any]) -> LiveQuality:
    card = None if told["card"] is None else Figure(**told["card"])
    return LiveQuality(**{**told, "now": Figure(**told["now"]), "card": card})
