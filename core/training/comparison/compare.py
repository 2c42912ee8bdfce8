"""One model against another on the same sessions, metric by metric, and which is the better one.

Both score the new model's test slice: sessions later than all it has learned from. Visitors are
resampled for both at once, so that the interval of a difference is that of the difference and not of
two separate guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.base.progress import Progress, part, silent
from core.base.settings import Settings
from core.base.written import counted, number
from core.bundle.repository import TEST_FILE
from core.stats.arrays import Flags, Vector
from core.stats.bootstrap import RESAMPLES, Figures, with_intervals
from core.stats.estimate import Figure, unknown
from core.stats.totals import ratio_of_totals
from core.training.comparison.records import Better, Comparison, MetricComparison
from core.training.comparison.verdict import not_comparable, verdict, warnings_for
from core.training.data.loading import revenues, with_outcome
from core.training.data.splits import number_visitors
from core.training.metrics import formula_figures, purchase_figures
from core.training.revenue_figures import all_revenue_figures, buyer_revenue_figures

if TYPE_CHECKING:
    from core.bundle.predictor import Predictor

#: Fewer buyers with an amount than this, and revenue isn't compared.
LEAST_PAYING = 10
#: With so many sessions intervals are narrow, and fewer draws tell them.
MANY_SESSIONS, FEW_RESAMPLES = 20_000, 200


@dataclass(frozen=True, slots=True)
class _Metric:
    """A metric as it is compared: ``by`` names the figure whose difference decides, smaller or larger."""

    key: str
    label: str
    unit: str
    larger: bool
    by: str = ""


#: In the order people read them; a unit of money is filled in.
METRICS = (
    _Metric("captured_top10", "Buyers found in the top tenth", "share", larger=True),
    _Metric("pr_auc", "PR-AUC", "score", larger=True),
    _Metric("roc_auc", "ROC-AUC", "score", larger=True),
    _Metric("brier", "Brier score", "score", larger=False),
    _Metric("calibration_error", "Expected calibration error", "share", larger=False),
    _Metric("f1", "F1 at each one's cut-off", "score", larger=True),
    _Metric("mae", "Mean error of revenue, on buyers", "money", larger=False),
    _Metric("predicted_to_actual", "Expected to actual revenue", "share", larger=False, by="revenue_gap"),
    _Metric("gini", "Normalised Gini of revenue", "score", larger=True),
)


def compare(
    new: str, old: str, *, settings: Settings, progress: Progress = silent, sessions: Path | None = None
) -> Comparison:
    """Compare two models on sessions neither should have learned from.

    Parameters
    ----------
    sessions
        Parquet of session rows with outcomes; the new model's own test slice where none is given.

    Raises
    ------
    BundleError
        If either model can't be used.
    TrainingError
        If the sessions tell no outcome.
    """
    from core.bundle.predictor import Predictor

    progress(0.0, "Loading both models")
    models = {"new": Predictor.load(new, settings), "old": Predictor.load(old, settings)}
    path = sessions or _own_sessions(models["new"])
    reason = not_comparable(models["new"].manifest, models["old"].manifest)
    if reason:
        return Comparison(new=new, old=old, n=0, buyers=0, lines=(), verdict=reason)
    table = with_outcome(pq.read_table(path))
    sides = {}
    for place, (side, model) in enumerate(models.items()):
        progress(0.05 + 0.2 * place, f"Scoring {counted(len(table), 'session')} with {model.name}")
        sides[side] = _Side.of(model, table)
    outcome = np.asarray(table["purchased"].to_numpy(zero_copy_only=False), dtype=bool)
    lines = _lines(table, outcome, sides, part(progress, 0.45, 1.0))
    better, sentence = verdict(lines, len(table), int(outcome.sum()))
    progress(1.0, "Compared")
    return Comparison(
        new=new,
        old=old,
        n=len(table),
        buyers=int(outcome.sum()),
        lines=lines,
        verdict=sentence,
        better=better,
        warnings=warnings_for(models["new"].manifest, models["old"].manifest, table, file=sessions),
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """What one model answers; amounts are null where it knows none."""

    probability: Vector
    threshold: float
    amount: Vector | None
    expected: Vector | None
    currency: str

    @classmethod
    def of(cls, model: Predictor, table: pa.Table) -> _Side:
        answer = model.predict(table)
        told = answer["revenue_if_purchase"].null_count == 0 and len(table) > 0
        return cls(
            probability=answer["purchase_probability"].to_numpy(),
            threshold=model.threshold or 0.0,
            amount=answer["revenue_if_purchase"].to_numpy() if told else None,
            expected=answer["expected_revenue"].to_numpy() if told else None,
            currency=model.currency,
        )


def _own_sessions(model: Predictor) -> Path:
    """Return the new model's test slice, or the sample of it that older models keep."""
    folder = model.reference_path.parent
    test = folder / TEST_FILE
    return test if test.exists() else model.reference_path


def _lines(
    table: pa.Table, outcome: Flags, sides: Mapping[str, _Side], progress: Progress
) -> tuple[MetricComparison, ...]:
    visitors, _ = number_visitors(table)
    resamples = RESAMPLES if len(table) < MANY_SESSIONS else FEW_RESAMPLES
    actual = revenues(table)
    known = np.isfinite(actual)
    one_currency = len({side.currency for side in sides.values()}) == 1
    sources = {
        name: [_purchase(side, outcome), *_revenue(side, outcome, actual, one_currency)]
        for name, side in sides.items()
    }
    told = 0

    def compute(weight: Vector) -> Figures:
        nonlocal told
        progress(told / (resamples + 1), f"Comparing them: sample {number(told)} of {number(resamples)}")
        told += 1
        figures: dict[str, Figures] = {}
        for name, functions in sources.items():
            figures[name] = {key: value for function in functions for key, value in function(weight).items()}
        both = figures["new"].keys() & figures["old"].keys()
        return {f"{name}.{key}": value for name, found in figures.items() for key, value in found.items()} | {
            f"difference.{key}": figures["new"][key] - figures["old"][key] for key in sorted(both)
        }

    found = with_intervals(compute, visitors, {}, resamples=resamples)
    for name, side in sides.items():
        # A model alone has the same intervals here as on its card.
        alone = formula_figures(side.probability, outcome, visitors, side.threshold)
        if side.expected is not None and f"{name}.predicted_to_actual" in found:
            alone["predicted_to_actual"] = ratio_of_totals(
                side.expected[known], actual[known], visitors[known]
            )
        found |= {f"{name}.{key}": figure for key, figure in alone.items()}
    currency = sides["new"].currency
    lines = (_line(metric, found, currency, len(table)) for metric in METRICS)
    return tuple(line for line in lines if line is not None)


def _purchase(side: _Side, outcome: Flags) -> Callable[[Vector], Figures]:
    return purchase_figures(side.probability, outcome, side.threshold)


def _revenue(
    side: _Side, outcome: Flags, actual: Vector, one_currency: bool
) -> list[Callable[[Vector], Figures]]:
    """Return the functions that compute revenue's figures; without amounts, none."""
    paying, known = outcome & np.isfinite(actual), np.isfinite(actual)
    if side.amount is None or side.expected is None or paying.sum() < LEAST_PAYING:
        return []
    on_buyers = buyer_revenue_figures(side.amount[paying], actual[paying])
    on_all = all_revenue_figures(side.expected[known], actual[known])

    def compute(weight: Vector) -> Figures:
        everyone = on_all(weight[known])
        if not one_currency:
            return {"gini": everyone["gini"]}
        ratio = everyone["predicted_to_actual"]
        return {
            "mae": on_buyers(weight[paying])["mae"] if weight[paying].any() else float("nan"),
            "predicted_to_actual": ratio,
            "revenue_gap": abs(ratio - 1.0),
            "gini": everyone["gini"],
        }

    return [compute]


def _line(metric: _Metric, found: Mapping[str, Figure], currency: str, n: int) -> MetricComparison | None:
    sides = [found.get(f"{side}.{metric.key}") for side in ("new", "old", "difference")]
    if sides[0] is None and sides[1] is None:
        return None
    unit = currency if metric.unit == "money" else metric.unit
    new, old, difference = (replace(figure, unit=unit) if figure else unknown(n, unit) for figure in sides)
    return MetricComparison(
        key=metric.key,
        label=metric.label,
        unit=unit,
        new=new,
        old=old,
        difference=difference,
        better=_better(found.get(f"difference.{metric.by or metric.key}"), larger=metric.larger),
    )


def _better(difference: Figure | None, *, larger: bool) -> Better:
    """Return the side the whole interval speaks for."""
    if difference is None or difference.low is None or difference.high is None:
        return "level"
    if difference.low > 0:
        return "new" if larger else "old"
    if difference.high < 0:
        return "old" if larger else "new"
    return "level"
