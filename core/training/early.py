"""How good a model is early on: after 1, 2, 3, 5, 10 and 15 events, and at the end.

On test sessions that still go on, everything known and *before the first cart add*, where a prediction
is worth most. Beside it stands what a model reaches that has learned from finished sessions only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from core.base.progress import Progress
from core.base.written import decimals, number, percent
from core.bundle.model_card import JUDGED
from core.bundle.models import PurchaseModel
from core.training.data.loading import TrainingData
from core.training.data.splits import TEST
from core.training.metrics import purchase_quality
from core.training.purchase.candidates import TRAINING_THREADS

ALL, BEFORE_CART = "all", "before_cart"
REGIMES = {ALL: "everything", BEFORE_CART: "before the first cart add"}
CART = "cart_adds"
#: With fewer buyers, or others, figures say nothing.
LEAST = 5
RESAMPLES = 200
SHOWN = ("roc_auc", "pr_auc", "base_rate", "lift_top10", "captured_top10", "brier", "calibration_error")

Rows = npt.NDArray[np.int64]


def judge_early(
    data: TrainingData,
    model: PurchaseModel,
    *,
    seed: int,
    progress: Progress,
    whole_only: PurchaseModel | None = None,
) -> tuple[dict[str, Any], ...]:
    """Return a row for each number of events (None at the end) and regime, for the manifest.

    Parameters
    ----------
    whole_only
        A model of finished sessions only, judged on the same sessions: ``whole_only`` of each row.
    """
    if not data.has_snapshots:
        return ()
    told = []
    steps: tuple[int | None, ...] = (*JUDGED, None)
    for place, k in enumerate(steps):
        progress(place / len(steps), "Testing early predictions")
        rows = np.flatnonzero(data.split.rows(TEST) & (data.k == (k or 0)))
        for regime in REGIMES:
            chosen = rows if regime == ALL else _before_cart(data, rows)
            buyers = int(data.purchased[chosen].sum())
            if min(buyers, len(chosen) - buyers) < LEAST:
                continue
            told.append(
                {
                    "k": k,
                    "regime": regime,
                    "n": len(chosen),
                    "buyers": buyers,
                    "metrics": _figures(data, model, chosen, seed),
                    "whole_only": _figures(data, whole_only, chosen, seed) if whole_only else None,
                }
            )
    return tuple(told)


def _before_cart(data: TrainingData, rows: Rows) -> Rows:
    if CART not in data.encoder.columns:
        return rows[:0]
    adds = data.matrix[rows, data.encoder.columns.index(CART)]
    return np.asarray(rows[adds == 0])


def _figures(data: TrainingData, model: PurchaseModel, rows: Rows, seed: int) -> dict[str, Any]:
    probability = model.probability(data.matrix[rows], TRAINING_THREADS, ~data.whole[rows])
    figures = purchase_quality(
        probability,
        data.purchased[rows],
        data.split.visitor[rows],
        model.threshold,
        seed=seed,
        resamples=RESAMPLES,
    )
    return {name: figures[name].to_dict() for name in SHOWN}


def markdown_early(early: tuple[Any, ...]) -> str:
    """Return the table of early predictions as Markdown."""
    beside = any(row.get("whole_only") for row in early)
    head = ["events", "regime", "sessions", "buyers", "base rate", "ROC-AUC", "PR-AUC", "calibration error"]
    if beside:
        head += [
            "ROC-AUC, whole sessions only",
            "PR-AUC, whole sessions only",
            "calibration error, whole sessions only",
        ]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for row in early:
        figures = row["metrics"]
        cells = [
            "end" if row["k"] is None else str(row["k"]),
            REGIMES[row["regime"]],
            number(row["n"]),
            number(row["buyers"]),
            percent(figures["base_rate"]["value"], 1),
            *(_cell(figures, name) for name in ("roc_auc", "pr_auc", "calibration_error")),
        ]
        if beside:
            cells += [_cell(row["whole_only"], name) for name in ("roc_auc", "pr_auc", "calibration_error")]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(figures: Any, name: str) -> str:  # noqa: ANN401
    figure = figures[name]
    if figure["unit"] == "share":
        return percent(figure["value"], 1)
    return f"{decimals(figure['value'], 3)} ({decimals(figure['low'], 3)} to {decimals(figure['high'], 3)})"
