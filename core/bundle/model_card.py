"""What is to be told of a model: read from its manifest, ready to be shown or written down.

Nothing is computed anew but counts: all figures were measured when the model was trained, on sessions
it hadn't seen. Models of older versions tell less; what they don't tell is empty here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.base.errors import CoreError
from core.base.settings import Settings, get_settings
from core.bundle.registry import Promotion, earlier, history, in_use
from core.bundle.repository import FeatureNote, Manifest, list_bundles, read_manifest
from core.bundle.threshold import ThresholdRule, read_counts
from core.schema.sessions import FEATURES, FIELD
from core.stats.decisions import DecisionCounts

#: What each slice of the data was for.
SLICES = {
    "train": "Learned from",
    "validation": "Chosen on",
    "calibration": "Calibrated on",
    "test": "Tested on",
}
REGIMES = {"all": "All sessions", "before_cart": "Before the first cart add"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part of the sessions a model was made with, and what it was for."""

    key: str
    label: str
    sessions: int
    buyers: int | None
    first: str | None
    last: str | None


#: After so many events models are judged; and at the end.
JUDGED = (1, 2, 3, 5, 10, 15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Early:
    """How good a model is after ``k`` events; at the end of the session if ``k`` is None.

    ``whole_only`` are the same figures of a model that has learned from finished sessions only.
    """

    k: int | None
    regime: str
    n: int
    buyers: int
    metrics: Mapping[str, Mapping[str, Any]]
    whole_only: Mapping[str, Mapping[str, Any]]

    @property
    def label(self) -> str:
        """What stands under it in a chart."""
        return "end" if self.k is None else str(self.k)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A model as people see it; ``in_use`` tells whether new exports are scored with it."""

    manifest: Manifest
    in_use: bool

    @property
    def name(self) -> str:
        """The model's name."""
        return self.manifest.name

    @property
    def predicts_purchase(self) -> bool:
        """Whether it answers more than which cluster a session belongs to."""
        return self.manifest.predicts_purchase

    @property
    def slices(self) -> tuple[Slice, ...]:
        """The slices of the data, in the order of time."""
        told = (self.manifest.training.get("split") or {}).get("slices") or {}
        ordered = [key for key in SLICES if key in told] + [key for key in told if key not in SLICES]
        return tuple(
            Slice(
                key=key,
                label=str(SLICES.get(key, key)),
                sessions=int(told[key].get("sessions") or 0),
                buyers=told[key].get("buyers"),
                first=told[key].get("first"),
                last=told[key].get("last"),
            )
            for key in ordered
        )

    @property
    def test(self) -> Slice | None:
        """The slice all figures were measured on; None where an old model doesn't tell."""
        return next((part for part in self.slices if part.key == "test"), None)

    @property
    def own(self) -> tuple[FeatureNote, ...]:
        """Features only this shop's data has."""
        return tuple(note for note in self.manifest.features if note.name not in FIELD)

    @property
    def known(self) -> tuple[FeatureNote, ...]:
        """Features of the ordinary session row it uses."""
        return tuple(note for note in self.manifest.features if note.name in FIELD)

    @property
    def absent(self) -> tuple[str, ...]:
        """Features of the ordinary session row it had nothing to learn from."""
        used = {note.name for note in self.manifest.features}
        return tuple(name for name in FEATURES if name not in used)

    @property
    def counts(self) -> tuple[DecisionCounts, ...]:
        """Right and wrong decisions by rising threshold; none where an old model doesn't tell."""
        return read_counts(self.manifest.curves)

    @property
    def place(self) -> int | None:
        """Which of the counts is the one of the threshold in use; the nearest, if it isn't among them."""
        return nearest(self.counts, self.manifest.threshold)

    @property
    def rule(self) -> ThresholdRule:
        """How the threshold was chosen."""
        try:
            return ThresholdRule.from_dict(self.manifest.threshold_rule)
        except CoreError:
            return ThresholdRule(kind="hand")

    @property
    def early(self) -> tuple[Early, ...]:
        """How good it is after so many events, by regime."""
        return tuple(
            Early(
                k=row.get("k"),
                regime=str(row.get("regime", "all")),
                n=int(row.get("n") or 0),
                buyers=int(row.get("buyers") or 0),
                metrics=row.get("metrics") or {},
                whole_only=row.get("whole_only") or {},
            )
            for row in self.manifest.early
            # Where the export knew no carts, nobody has put anything in one: all sessions under another name.
            if row.get("regime") != "before_cart" or "cart_adds" not in self.absent
        )

    def figure(self, group: str, name: str) -> Mapping[str, Any] | None:
        """Return a figure with its interval; None where it isn't told."""
        found = self.manifest.metrics.get(group, {}).get(name)
        return found if found and found.get("value") is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """All models there are, and which of them was in use when."""

    cards: tuple[Card, ...]
    in_use: str
    earlier: str | None
    history: tuple[Promotion, ...]


def read_card(name: str, settings: Settings | None = None) -> Card:
    """Return what is to be told of one model.

    Raises
    ------
    BundleError
        If there is no such model, or its manifest can't be read.
    """
    return Card(manifest=read_manifest(name, settings), in_use=name == in_use(settings))


def read_shelf(settings: Settings | None = None) -> Shelf:
    """Return all models: the one in use first, then the newest first.

    Raises
    ------
    RegistryError
        If the record of which one is in use is damaged.
    """
    settings = get_settings(settings)
    used = in_use(settings)
    newest = sorted(list_bundles(settings), key=lambda manifest: manifest.created_at, reverse=True)
    cards = [Card(manifest=manifest, in_use=manifest.name == used) for manifest in newest]
    return Shelf(
        cards=tuple(sorted(cards, key=lambda card: not card.in_use)),
        in_use=used,
        earlier=earlier(settings),
        history=history(settings),
    )


def nearest(counts: Sequence[DecisionCounts], threshold: float | None) -> int | None:
    """Return which of the counts is nearest to a threshold."""
    if threshold is None or not counts:
        return None
    return min(range(len(counts)), key=lambda place: abs(counts[place].threshold - threshold))
