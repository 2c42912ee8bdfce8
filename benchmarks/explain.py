"""How long reasons take: each prediction of a batch taken apart, one session at a time, and as columns.

The shipped model (purchase and revenue), and a forest, a logistic regression and a blend of the three as
training makes them, on simulated sessions none of them has seen. Beside each in the same run: plain
predictions of the same sessions, and the trees' contributions by the library ``shap``. Whether
contributions add up is looked at in the same run as well.

    python benchmarks/explain.py [--sessions 10000] [--train 40000] [--shap 300]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import pyarrow as pa

from benchmarks.measure import machine

#: Seconds 10,000 sessions may take, milliseconds one may take, and how exactly they have to add up.
MOST_SECONDS, MOST_MS, MOST_MS_FOREST, EXACT = 10.0, 50.0, 100.0, 1e-4
ONE_BY_ONE = 200
LEAST_RANKS = 0.95


@dataclass(frozen=True)
class Case:
    """One kind of model and what it is asked for."""

    name: str
    predictor: Any
    target: str


@dataclass(frozen=True)
class Figures:
    """What one case came to: seconds of the batch, of the same by plain prediction and by shap, and more."""

    seconds: float
    plain: float
    by_shap: float | None
    one: tuple[float, float]
    off: float
    ranks: float
    columns: float

    def keeps(self, name: str) -> bool:
        """Tell whether all limits are kept."""
        # The shipped model is to take a batch apart at once; deep trees are only asked for single sessions.
        deep = "forest" in name or "blend" in name
        most = MOST_MS_FOREST if deep else MOST_MS
        return (
            (deep or self.seconds < MOST_SECONDS)
            and self.one[1] < most
            and self.off < EXACT
            and self.ranks >= LEAST_RANKS
        )


def main() -> int:
    """Measure every case and print a table; 1 if a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--train", type=int, default=40_000, help="sessions the other kinds learn from")
    parser.add_argument("--shap", type=int, default=300, help="sessions shap is timed on")
    options = parser.parse_args()
    rows = simulated(options.sessions, seed=77)
    print(f"{machine()}: {rows.num_rows:,} sessions of the demo shop")
    print(
        "| model | batch | sessions/s | times plain prediction | shap, as many | times faster than shap "
        "| one session, median | 95% of them | as columns with sentences | off by | ranks, two halves |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    kept = True
    for case in cases(options.train):
        figures = measure_case(case, rows, options.shap)
        kept = kept and figures.keeps(case.name)
        print(row_of(case, figures, rows.num_rows), flush=True)
    return 0 if kept else 1


def simulated(n: int, seed: int) -> pa.Table:
    """Return the rows of simulated sessions."""
    from core.features import rows_of
    from core.simulate import simulate_events

    return rows_of(simulate_events(n, seed=seed))


def cases(n_train: int) -> list[Case]:
    """Return what is measured: the shipped model, and the other kinds fitted here."""
    from core.bundle.models import Blend
    from core.bundle.predictor import Predictor
    from core.training.purchase.candidates import TRIED, fit
    from core.training.purchase.samples import Sample

    shipped = Predictor.load("demo-shop")
    purchase = shipped.models.purchase
    rows = simulated(n_train, seed=78)
    # As in training: half of the sessions still go on, and each says so.
    state = np.random.default_rng(0).random(rows.num_rows) < 0.5
    from core.bundle.models import with_state

    told = with_state(shipped.models.encoder.transform(rows), state)
    sample = Sample(told, np.asarray(rows["purchased"].fill_null(False)), np.ones(rows.num_rows))
    fitted = {kind: fit(kind, TRIED[kind], sample, seed=1).classifier for kind in ("forest", "logistic")}
    fitted["blend"] = Blend((purchase.classifier, fitted["forest"], fitted["logistic"]))
    found = [Case("XGBoost, purchase", shipped, "purchase"), Case("XGBoost, revenue", shipped, "revenue")]
    for kind, classifier in fitted.items():
        models = replace(shipped.models, purchase=replace(purchase, classifier=classifier))
        other = Predictor(replace(shipped._bundle, models=models), threads=shipped.threads)
        found.append(Case(f"{kind}, purchase", other, "purchase"))
    return found


def measure_case(case: Case, rows: pa.Table, n_shap: int) -> Figures:
    """Time one case on the sessions."""
    from scipy.stats import spearmanr

    from core.explain import explain, explain_one, reason_columns, reasons

    predictor, target = case.predictor, case.target
    explain_one(predictor, {}, target)
    (first, found), (second, _) = (timed(lambda: explain(predictor, rows, target)) for _ in range(2))
    plain = min(timed(lambda: predictor.predict(rows))[0] for _ in range(3))
    columns, _ = timed(lambda: reason_columns(predictor, rows, target=target))
    taken = []
    for row in rows.slice(0, ONE_BY_ONE).to_pylist():
        taken.append(timed(lambda row=row: reasons(predictor, explain_one(predictor, row, target)))[0])
    taken.sort()
    size = np.abs(found.points)
    half = len(size) // 2
    return Figures(
        seconds=min(first, second),
        plain=plain,
        by_shap=_shap(case, rows.slice(0, n_shap), rows.num_rows),
        one=(1000 * statistics.median(taken), 1000 * taken[int(0.95 * (len(taken) - 1))]),
        off=float(np.abs(found.base + found.points.sum(axis=1) - found.prediction).max()),
        ranks=float(spearmanr(size[:half].mean(axis=0), size[half:].mean(axis=0)).statistic),
        columns=columns,
    )


def timed(ask: Callable[[], Any]) -> tuple[float, Any]:
    """Return how many seconds an answer took, and the answer."""
    began = time.perf_counter()
    answer = ask()
    return time.perf_counter() - began, answer


def row_of(case: Case, figures: Figures, n: int) -> str:
    """Return a case as a row of the table."""
    shap_seconds = figures.by_shap
    by_shap = "–" if shap_seconds is None else f"{shap_seconds:.1f} s"
    times = "–" if shap_seconds is None else f"{shap_seconds / figures.seconds:.1f}"
    return (
        f"| {case.name} | {figures.seconds:.2f} s | {n / figures.seconds:,.0f} "
        f"| {figures.seconds / figures.plain:.0f} | {by_shap} | {times} | {figures.one[0]:.1f} ms "
        f"| {figures.one[1]:.1f} ms | {figures.columns:.2f} s | {figures.off:.0e} | {figures.ranks:.3f} |"
    )


def _shap(case: Case, rows: pa.Table, n: int) -> float | None:
    """Return the seconds shap's TreeExplainer would take for ``n`` sessions, by those it is given."""
    import shap

    from core.bundle.models import BoostedTrees, with_state

    models = case.predictor.models
    trees = [models.purchase.classifier] if case.target == "purchase" else [models.revenue.trees]
    if case.target == "revenue":
        trees.append(models.revenue.spread)
    if not all(isinstance(one, BoostedTrees) for one in trees):
        return None
    told = with_state(models.encoder.transform(rows), np.zeros(rows.num_rows, dtype=bool))
    total = 0.0
    for one in trees:
        explainer = shap.TreeExplainer(one.booster(1), feature_perturbation="tree_path_dependent")
        # For XGBoost's own trees it would ask XGBoost; its own walk through them is wanted.
        explainer.model.model_type = "internal"
        explainer.model.num_stacked_models = 1
        total += timed(lambda explainer=explainer: explainer.shap_values(told, check_additivity=False))[0]
    return total * n / rows.num_rows


if __name__ == "__main__":
    sys.exit(main())
