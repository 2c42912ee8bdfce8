"""One model against another on the same sessions, metric by metric, and which is the better one.

Both score the new model's test slice: sessions later than all it has learned from. Visitors are
resampled for both at once, so that the interval of a difference is that of the difference and not of
two separate guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.base.progress import Progress, part, silent
from core.base.settings import Settings
from core.bundle.encoder import Vector
from core.bundle.repository import TEST_FILE
from core.training.data import revenues, with_outcome
from core.training.metrics import RESAMPLES, Figure, Figures, Flags, purchase_figures, with_intervals
from core.training.revenue_figures import all_revenue_figures, buyer_revenue_figures
from core.training.splits import number_visitors

if TYPE_CHECKING:
    from core.bundle.predictor import Predictor

Better = Literal["new", "old", "level"]

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
    _Metric("f1", "F1 at each one's threshold", "score", larger=True),
    _Metric("mae", "Mean error of revenue, on buyers", "money", larger=False),
    _Metric("predicted_to_actual", "Expected to actual revenue", "share", larger=False, by="revenue_gap"),
    _Metric("gini", "Normalised Gini of revenue", "score", larger=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its 95% interval; all null where it can't be told."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One metric of both models, on the same sessions, and their difference, new minus old.

    ``unit`` is ``share`` (of 1), ``score``, ``times`` or a currency's ISO code; ``better`` is the model
    the whole interval of the difference speaks for, ``level`` if it holds 0.
    """

    key: str
    label: str
    unit: str
    new: Estimate
    old: Estimate
    difference: Estimate
    better: Better


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of a comparison: lines, a verdict in a sentence, and what to know before trusting it.

    ``better`` is the model to use, by the verdict. Without lines the two can't be compared, and the
    verdict says why.
    """

    new: str
    old: str
    n: int
    buyers: int
    lines: tuple[Line, ...]
    verdict: str
    better: Better = "level"
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self) | {
            "lines": [asdict(line) for line in self.lines],
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Comparison:
        """Read what ``to_dict`` wrote."""
        lines = tuple(
            Line(**(line | {part: Estimate(**line[part]) for part in ("new", "old", "difference")}))
            for line in told["lines"]
        )
        return cls(**(dict(told) | {"lines": lines, "warnings": tuple(told["warnings"])}))


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
    from core.training.verdict import not_comparable, verdict, warnings_for

    progress(0.0, "Loading both models")
    models = {"new": Predictor.load(new, settings), "old": Predictor.load(old, settings)}
    path = sessions or _own_sessions(models["new"])
    reason = not_comparable(models["new"].manifest, models["old"].manifest)
    if reason:
        return Comparison(new=new, old=old, n=0, buyers=0, lines=(), verdict=reason)
    table = with_outcome(pq.read_table(path))
    sides = {}
    for place, (side, model) in enumerate(models.items()):
        progress(0.05 + 0.2 * place, f"Scoring {len(table):,} sessions with {model.name}")
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
) -> tuple[Line, ...]:
    visitors, _ = number_visitors(table)
    resamples = RESAMPLES if len(table) < MANY_SESSIONS else FEW_RESAMPLES
    one_currency = len({side.currency for side in sides.values()}) == 1
    sources = {
        name: [_purchase(side, outcome), *_revenue(side, outcome, revenues(table), one_currency)]
        for name, side in sides.items()
    }
    told = 0

    def compute(weight: Vector) -> Figures:
        nonlocal told
        progress(told / (resamples + 1), f"Comparing them: sample {told:,} of {resamples:,}")
        told += 1
        figures: dict[str, Figures] = {}
        for name, functions in sources.items():
            figures[name] = {key: value for function in functions for key, value in function(weight).items()}
        both = figures["new"].keys() & figures["old"].keys()
        return {f"{name}.{key}": value for name, found in figures.items() for key, value in found.items()} | {
            f"difference.{key}": figures["new"][key] - figures["old"][key] for key in sorted(both)
        }

    found = with_intervals(compute, visitors, {}, resamples=resamples)
    currency = sides["new"].currency
    lines = (_line(metric, found, currency) for metric in METRICS)
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


def _line(metric: _Metric, found: Mapping[str, Figure], currency: str) -> Line | None:
    new, old = found.get(f"new.{metric.key}"), found.get(f"old.{metric.key}")
    if new is None and old is None:
        return None
    decides = found.get(f"difference.{metric.by or metric.key}")
    return Line(
        key=metric.key,
        label=metric.label,
        unit=currency if metric.unit == "money" else metric.unit,
        new=_estimate(new),
        old=_estimate(old),
        difference=_estimate(found.get(f"difference.{metric.key}")),
        better=_better(decides, larger=metric.larger),
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


def _estimate(figure: Figure | None) -> Estimate:
    if figure is None:
        return Estimate(value=None, low=None, high=None)
    return Estimate(value=figure.value, low=figure.low, high=figure.high)
