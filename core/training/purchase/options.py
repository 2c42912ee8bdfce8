"""What can be chosen about a training: how long to search, how many clusters, which threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.bundle.threshold import ThresholdRule


ALL_KINDS = ("logistic", "forest", "xgboost")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """The choices of one training; the defaults suit a shop of any size.

    Parameters
    ----------
    seconds
        Time the search for settings may take. With 0 nothing is searched: tried settings are used.
    trials
        Settings the search tries at most. While this ends the search, not the time, the same data
        and seed give the same model.
    clusters
        Number of clusters, chosen by hand; by fit if None.
    cluster_names
        A name for each cluster, by hand.
    previous
        Bundle whose clusters keep their names where they are found again.
    threshold_rule
        How the probability is chosen from which on a session counts as a buyer; by best F1 if None.
    snapshots
        Learn from sessions cut short too, where events are told. Off only to show what that is worth.
    kinds
        Kinds of model that compete, and their blend where there are several.
    contest_folds
        Folds, of those few buyers are judged by, on which kinds compete; all if None. The winner alone goes
        on to the others.
    """

    seconds: float = 180.0
    trials: int = 24
    clusters: int | None = None
    cluster_names: tuple[str, ...] | None = None
    previous: str | None = None
    threshold_rule: ThresholdRule | None = None
    snapshots: bool = True
    kinds: tuple[str, ...] = ALL_KINDS
    contest_folds: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "seconds": self.seconds,
            "trials": self.trials,
            "clusters": self.clusters,
            "cluster_names": None if self.cluster_names is None else list(self.cluster_names),
            "previous": self.previous,
            "threshold_rule": self.threshold_rule.to_dict() if self.threshold_rule else None,
            "snapshots": self.snapshots,
            "kinds": list(self.kinds),
            "contest_folds": self.contest_folds,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> TrainingOptions:
        """Read what ``to_dict`` wrote; what isn't told is the default."""
        known = {name: told[name] for name in cls.__dataclass_fields__ if told.get(name) is not None}
        if names := known.pop("cluster_names", None):
            known["cluster_names"] = tuple(names)
        if kinds := known.pop("kinds", None):
            known["kinds"] = tuple(kinds)
        if rule := known.pop("threshold_rule", None):
            from core.bundle.threshold import ThresholdRule

            known["threshold_rule"] = ThresholdRule.from_dict(rule)
        return cls(**known)


#: What a training does if nothing is chosen.
DEFAULTS = TrainingOptions()
#: Tried settings, no search: quick, for trying out and for tests.
QUICK = TrainingOptions(seconds=0.0, trials=0)
