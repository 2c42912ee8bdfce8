"""How good predictions are, on sessions whose outcome is known: figures with intervals.

The same figures for the test slice of a training and for any export that tells outcomes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from core.base.errors import TrainingError
from core.bundle.models import ClusterModel
from core.stats.arrays import Codes, Flags, Vector
from core.stats.bootstrap import RESAMPLES, Figures, with_intervals
from core.stats.estimate import Figure
from core.stats.totals import ratio_of_totals
from core.training.data.loading import revenues, with_outcome
from core.training.data.splits import number_visitors
from core.training.metrics import purchase_quality
from core.training.revenue_figures import Range, all_revenue_figures, buyer_revenue_figures

if TYPE_CHECKING:
    from core.bundle.predictor import Predictor

Metrics = dict[str, dict[str, dict[str, Any]]]

#: Fewer buyers with a known amount than this, and revenue can't be judged.
LEAST_PAYING = 10
#: Sessions silhouettes are measured on: every one is compared with every other.
SILHOUETTE_ROWS = 4_000
#: With so many sessions intervals are narrow, and fewer draws tell them.
MANY_SESSIONS, FEW_RESAMPLES = 300_000, 100
UNITS = {
    "r2": "score",
    "spearman": "score",
    "gini": "score",
    "gini_baseline": "score",
    "gini_gain": "score",
    "silhouette": "score",
    "davies_bouldin": "score",
}


def evaluate(
    scored: pa.Table,
    visitors: Codes,
    *,
    threshold: float | None,
    currency: str,
    clusters: ClusterModel | None = None,
    points: Vector | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Metrics:
    """Judge predictions by outcomes.

    Parameters
    ----------
    scored
        Session rows with outcomes and predictions.
    visitors
        Each row's visitor, as a number.
    threshold
        Probability from which on a session counts as a buyer; without one only clusters are judged.
    points
        The rows in the space of ``clusters``; with both, how well clusters are apart is judged too.
    """
    metrics: Metrics = {"purchase": {}, "revenue": {}, "clusters": {}}
    if threshold is None:
        metrics["clusters"] = _by_cluster(scored, None, visitors, currency, seed, resamples)
    else:
        outcome = np.asarray(scored["purchased"].to_numpy(zero_copy_only=False), dtype=bool)
        probability = scored["purchase_probability"].to_numpy()
        metrics["purchase"] = _plain(
            purchase_quality(probability, outcome, visitors, threshold, seed=seed, resamples=resamples)
        )
        metrics["revenue"] = _revenue(scored, outcome, visitors, currency, seed, resamples)
        metrics["clusters"] = _by_cluster(scored, outcome, visitors, currency, seed, resamples)
    if clusters is not None and points is not None:
        metrics["clusters"] |= _apart(points, clusters, visitors, seed, resamples)
    return metrics


def evaluate_file(sessions: Path, predictor: Predictor, *, currency: str | None = None) -> Metrics:
    """Score session rows and judge the predictions by the outcomes the file tells.

    Raises
    ------
    TrainingError
        If the file tells no outcome, or the model predicts none.
    """
    if not predictor.predicts_purchase:
        raise TrainingError(
            "This model has clusters only, so it has no purchase predictions to evaluate.",
            where=f"model {predictor.name}",
            remedy="Train one on an export with purchases.",
        )
    table = with_outcome(pq.read_table(sessions))
    answer = predictor.predict(table)
    table = table.drop_columns([name for name in answer.column_names if name in table.column_names])
    for name in answer.column_names:
        table = table.append_column(name, answer[name])
    visitors, _ = number_visitors(table)
    return evaluate(
        table,
        visitors,
        threshold=predictor.threshold,
        currency=currency or predictor.currency,
        resamples=RESAMPLES if len(table) < MANY_SESSIONS else FEW_RESAMPLES,
    )


def _revenue(
    scored: pa.Table,
    outcome: Flags,
    visitors: Codes,
    currency: str,
    seed: int,
    resamples: int,
) -> dict[str, dict[str, Any]]:
    actual = revenues(scored)
    if scored["revenue_if_purchase"].null_count:
        return {}
    paying = outcome & np.isfinite(actual)
    if paying.sum() < LEAST_PAYING:
        return {}
    amounts = ("mae", "rmse", "range_width", "expected_total", "actual_total")
    money = dict.fromkeys(amounts, currency) | UNITS
    predicted = scored["revenue_if_purchase"].to_numpy()[paying]
    on_buyers = with_intervals(
        buyer_revenue_figures(predicted, actual[paying], _range(scored, paying)),
        visitors[paying],
        money,
        seed=seed,
        resamples=resamples,
    )
    known = np.isfinite(actual)
    on_all = with_intervals(
        all_revenue_figures(
            scored["expected_revenue"].to_numpy()[known],
            actual[known],
            scored["purchase_probability"].to_numpy()[known],
        ),
        visitors[known],
        money,
        seed=seed,
        resamples=resamples,
    )
    ratio = ratio_of_totals(scored["expected_revenue"].to_numpy()[known], actual[known], visitors[known])
    return _plain(on_buyers | on_all | {"predicted_to_actual": ratio})


def _range(scored: pa.Table, rows: Flags) -> Range | None:
    """Return the buyers' ranges; sessions scored by an older version have none."""
    if not {"revenue_low", "revenue_high"} <= set(scored.column_names):
        return None
    return Range(scored["revenue_low"].to_numpy()[rows], scored["revenue_high"].to_numpy()[rows])


def _by_cluster(
    scored: pa.Table,
    outcome: Flags | None,
    visitors: Codes,
    currency: str,
    seed: int,
    resamples: int,
) -> dict[str, dict[str, Any]]:
    """Return size, conversion and revenue per session of each cluster: ``0.share``, ``0.conversion``...

    Without outcomes, size alone.
    """
    cluster = scored["cluster_id"].to_numpy()
    actual = revenues(scored) if outcome is not None else np.full(len(scored), np.nan)
    paid = np.isfinite(actual)
    figures: dict[str, dict[str, Any]] = {}
    for number in np.unique(cluster):
        inside = cluster == number

        def compute(weight: Vector, inside: Flags = inside) -> Figures:
            here, known = float(weight[inside].sum()), inside & paid
            if outcome is None:
                return {"share": here / float(weight.sum())}
            money = float(weight[known].sum())
            return {
                "share": here / float(weight.sum()),
                "conversion": float(weight[inside & outcome].sum()) / here if here else float("nan"),
                "revenue_per_session": (
                    float((weight[known] * actual[known]).sum()) / money if money else float("nan")
                ),
            }

        units = {"revenue_per_session": currency}
        found = with_intervals(compute, visitors, units, seed=seed, resamples=resamples // 2)
        n = int(inside.sum())
        figures |= {f"{number}.{name}": figure.to_dict() | {"n": n} for name, figure in found.items()}
    return figures


def _apart(
    points: Vector, clusters: ClusterModel, visitors: Codes, seed: int, resamples: int
) -> dict[str, dict[str, Any]]:
    """Return silhouette and Davies-Bouldin index: how well the clusters are apart."""
    from sklearn.metrics import silhouette_samples

    sample = np.sort(np.random.default_rng(seed).permutation(len(points))[:SILHOUETTE_ROWS])
    chosen = points[sample]
    labels = clusters.assign(chosen)
    if len(np.unique(labels)) < 2:
        return {}
    silhouettes = silhouette_samples(chosen, labels)

    def compute(weight: Vector) -> Figures:
        return {
            "silhouette": float(np.average(silhouettes, weights=weight)),
            "davies_bouldin": davies_bouldin(chosen, labels, weight),
        }

    return _plain(with_intervals(compute, visitors[sample], UNITS, seed=seed, resamples=resamples // 2))


def davies_bouldin(points: Vector, labels: npt.NDArray[Any], weight: Vector) -> float:
    """Return the Davies-Bouldin index (1979) of weighted points; smaller is further apart."""
    codes = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    mass = np.bincount(codes, weights=weight)
    kept = mass > 0.0
    sums = np.column_stack([np.bincount(codes, weight * column) for column in points.T])
    centres: Vector = sums / np.maximum(mass, 1e-12)[:, None]
    distance = np.sqrt(((points - centres[codes]) ** 2).sum(axis=1))
    spread = np.bincount(codes, weight * distance)[kept] / mass[kept]
    centres = centres[kept]
    gaps = centres[:, None] - centres[None]
    between = np.sqrt((gaps**2).sum(axis=2))
    # A cluster isn't compared with itself, nor with one in the same place.
    apart = np.where(between > 0, between, np.inf)
    return float(((spread[:, None] + spread[None]) / apart).max(axis=1).mean())


def _plain(figures: dict[str, Figure]) -> dict[str, dict[str, Any]]:
    return {name: figure.to_dict() for name, figure in figures.items()}
