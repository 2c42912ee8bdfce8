"""How good the ordinary training is on a whole export: every session predicted by models without it.

Sessions are dealt into folds, a visitor's together, buyers and others evenly. Each fold is predicted by
a model trained, calibrated and all, on the others; this is done several times with other folds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.base.errors import TrainingError
from core.base.progress import Progress, part, silent
from core.stats.arrays import Codes, Flags, Vector
from core.training.data.loading import TrainingData, check_outcomes, encode_whole, with_outcome
from core.training.data.splits import CALIBRATION, SLICES, TEST, TRAIN, VALIDATION, Split, number_visitors
from core.training.metrics import purchase_figures
from core.training.purchase.candidates import TRAINING_THREADS
from core.training.purchase.contest import deal
from core.training.purchase.options import DEFAULTS, TrainingOptions
from core.training.purchase.training import train_purchase
from core.training.purchase.trials import Found

#: Of 20 parts of what isn't held out, where each slice ends: train, validation, calibration.
PARTS, TRAIN_END, VALIDATION_END = 20, 14, 17
NAMES = {
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "base_rate": "Base rate",
    "brier": "Brier score",
    "calibration_error": "Expected calibration error",
    "f1": "F1 at the cut-off",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossValidated:
    """What came out: by figure the mean over folds, their spread, and each repeat's on all sessions.

    ``calibration_error`` is measured on all sessions of a repeat at once: in a fold it would mostly be
    chance. ``kinds`` counts which kind of model won, ``searched`` says how settings were found.
    """

    sessions: int
    buyers: int
    folds: int
    repeats: int
    mean: dict[str, float]
    spread: dict[str, float]
    by_repeat: list[dict[str, float]]
    kinds: dict[str, int]
    searched: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)

    def lines(self) -> list[tuple[str, str, str]]:
        """Return each figure with its mean and its spread over folds, as text."""
        return [
            (label, f"{self.mean[name]:.4f}", f"± {self.spread[name]:.4f}") for name, label in NAMES.items()
        ]


def cross_validate(
    sessions: Path,
    *,
    folds: int = 5,
    repeats: int = 1,
    options: TrainingOptions = DEFAULTS,
    nested: bool = False,
    seed: int = 0,
    progress: Progress = silent,
) -> CrossValidated:
    """Train and test on each of the folds.

    Parameters
    ----------
    nested
        Search settings anew for every fold. Otherwise once, without the first fold.

    Raises
    ------
    TrainingError
        If there are too few buyers, or folds, or nothing to learn from.
    """
    from threadpoolctl import threadpool_limits

    if folds < 2 or repeats < 1:
        raise TrainingError(
            f"{folds} folds, {repeats} times, test nothing.", remedy="Use at least 2 folds, once."
        )
    table = with_outcome(pq.read_table(sessions))
    purchased = np.asarray(table["purchased"].to_numpy(zero_copy_only=False), dtype=bool)
    check_outcomes(purchased)
    found: Found | None = None
    tested: list[dict[str, float]] = []
    by_repeat: list[dict[str, float]] = []
    kinds: dict[str, int] = {}
    visitor, _ = number_visitors(table)
    with threadpool_limits(1, user_api="blas"):
        for repeat in range(repeats):
            fold_of = deal(purchased, visitor, folds, seed + repeat)
            probability = np.empty(len(table))
            for fold in range(folds):
                number = repeat * folds + fold
                stretch = part(progress, number / (folds * repeats), (number + 1) / (folds * repeats))
                data = without_fold(table, purchased, visitor, fold_of == fold, seed + repeat)
                won = train_purchase(data, seed=seed + repeat, progress=stretch, options=options, found=found)
                found = None if nested else won.found
                rows = data.rows(TEST)
                probability[rows] = won.model.probability(data.matrix[rows], TRAINING_THREADS)
                tested.append(_figures(probability[rows], purchased[rows], won.model.threshold))
                kinds[won.model.kind] = kinds.get(won.model.kind, 0) + 1
            by_repeat.append(_figures(probability, purchased, won.model.threshold))
    mean = {name: float(np.mean([figures[name] for figures in tested])) for name in NAMES}
    mean["calibration_error"] = float(np.mean([figures["calibration_error"] for figures in by_repeat]))
    return CrossValidated(
        sessions=len(table),
        buyers=int(purchased.sum()),
        folds=folds,
        repeats=repeats,
        mean=mean,
        spread={name: float(np.std([figures[name] for figures in tested])) for name in NAMES},
        by_repeat=by_repeat,
        kinds=kinds,
        searched="for every fold" if nested else "once, without the first fold",
    )


def without_fold(table: pa.Table, purchased: Flags, visitor: Codes, held: Flags, seed: int) -> TrainingData:
    """Return the sessions as training data whose test slice is the fold held out."""
    place = deal(purchased, visitor, PARTS, seed + 1_000)
    slice_of = np.full(len(table), TRAIN, dtype=np.int8)
    slice_of[place >= TRAIN_END] = VALIDATION
    slice_of[place >= VALIDATION_END] = CALIBRATION
    slice_of[held] = TEST
    if len(np.unique(slice_of)) < len(SLICES):
        raise TrainingError("There are too few sessions for so many folds.", remedy="Use fewer folds.")
    return encode_whole(table, purchased, Split("visitor", slice_of, visitor, {}))


def _figures(probability: Vector, outcome: Flags, threshold: float) -> dict[str, float]:
    figures = purchase_figures(probability, outcome, threshold)(np.ones(len(outcome)))
    return {name: float(figures[name]) for name in NAMES}
