"""How right predictions were, where outcomes are known: figures with their 95% intervals.

The sessions of a result are taken as they are: nothing is resampled, every interval is in closed form,
so that a filter on millions of sessions is answered at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.stats.estimate import Z95
from core.stats.proportions import wilson

Vector = npt.NDArray[np.float64]
#: Answers SQL with columns, masked where a value is not known.
Ask = Callable[[str], dict[str, npt.NDArray[Any]]]

#: Scores are told apart to this many decimals; beyond, a result of millions would be read row by row.
DECIMALS = 6
#: Bars of the calibration chart: as many sessions in each.
BINS = 10
#: Bins of the calibration error, and draws for its interval.
ERROR_BINS, DRAWS = 15, 1000
#: With fewer on either side, a ranking says nothing.
FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure with its 95% interval and how many sessions it was measured on."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationBin:
    """As many sessions as in the other bins, by rising probability: predicted and real share of buyers."""

    n: int
    lowest: float
    highest: float
    predicted: float
    actual: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How right the predictions of sessions with known outcome were.

    ``buyers_predicted`` is the sum of probabilities, its interval what chance alone would allow;
    ``revenue_ratio`` is expected over actual revenue of the ``n_revenue`` sessions that tell it.
    """

    n: int
    buyers: int
    conversion: Figure
    roc_auc: Figure
    pr_auc: Figure
    calibration_error: Figure
    precision: Figure
    recall: Figure
    buyers_predicted: Figure
    n_revenue: int
    revenue_expected: float
    revenue_actual: float
    revenue_ratio: Figure
    calibration: tuple[CalibrationBin, ...]


def measure(ask: Ask, *, chart: bool = True) -> Quality | None:
    """Measure everything; ``ask`` answers SQL on ``sessions`` in which ``{where}`` stands for the filters.

    Without ``chart`` the calibration's bins are left out.
    """
    sums = _only_row(ask(_SUMS))
    n, buyers = sums["n"], sums["buyers"]
    if not n:
        return None
    score, bought, others = _ranking(ask(_SCORES))
    chance = Z95 * math.sqrt(sums["spread"] or 0.0)
    predicted = sums["predicted"] or 0.0
    return Quality(
        n=n,
        buyers=buyers,
        conversion=_share(buyers, n),
        roc_auc=roc_auc(bought, others),
        pr_auc=pr_auc(bought, others),
        calibration_error=calibration_error(score, bought, others),
        precision=_share(sums["hits"], sums["called"]),
        recall=_share(sums["hits"], buyers),
        buyers_predicted=Figure(
            value=predicted, low=max(predicted - chance, 0.0), high=predicted + chance, n=n
        ),
        n_revenue=sums["n_revenue"],
        revenue_expected=sums["expected"] or 0.0,
        revenue_actual=sums["actual"] or 0.0,
        revenue_ratio=_ratio(sums),
        calibration=calibration(score, bought, others) if chart else (),
    )


def _ranking(told: dict[str, npt.NDArray[Any]]) -> tuple[Vector, Vector, Vector]:
    """Return each score there is, highest first, and how many bought with it, and how many didn't."""
    place, purchased = np.asarray(told["place"]), np.asarray(told["purchased"], dtype=bool)
    size, bought = np.bincount(place), np.bincount(place[purchased])
    bought = np.pad(bought, (0, len(size) - len(bought)))
    there = np.flatnonzero(size)[::-1]
    return there / 10.0**DECIMALS, bought[there].astype(float), (size - bought)[there].astype(float)


def _only_row(columns: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    return {
        name: None if np.ma.getmaskarray(found)[0] else np.ma.getdata(found)[0].item()
        for name, found in columns.items()
    }


def roc_auc(bought: Vector, others: Vector) -> Figure:
    """Return the area under the ROC curve with DeLong's interval (DeLong 1988), on the logit scale.

    Parameters
    ----------
    bought, others
        How many buyers and non-buyers have each score, highest score first.
    """
    n_bought, n_others = float(bought.sum()), float(others.sum())
    n = int(n_bought + n_others)
    if min(n_bought, n_others) < FEWEST:
        return Figure(value=None, low=None, high=None, n=n)
    # For each score: the share of non-buyers ranked below a buyer with it, and of buyers above a
    # non-buyer with it. A tie counts half.
    below = (n_others - np.cumsum(others) + others / 2) / n_others
    above = (np.cumsum(bought) - bought / 2) / n_bought
    area = float((bought * below).sum() / n_bought)
    variance = (bought * (below - area) ** 2).sum() / (n_bought - 1) / n_bought
    variance += (others * (above - area) ** 2).sum() / (n_others - 1) / n_others
    return _on_logit(area, math.sqrt(float(variance)), n)


def pr_auc(bought: Vector, others: Vector) -> Figure:
    """Return the average precision with the binomial interval on the logit scale (Boyd 2013)."""
    n_bought = float(bought.sum())
    n = int(n_bought + others.sum())
    if n_bought < FEWEST or n_bought == n:
        return Figure(value=None, low=None, high=None, n=n)
    precision = np.cumsum(bought) / np.cumsum(bought + others)
    area = float((bought * precision).sum() / n_bought)
    return _on_logit(area, math.sqrt(area * (1 - area) / n_bought), n)


def calibration_error(score: Vector, bought: Vector, others: Vector) -> Figure:
    """Return the expected calibration error over bins of as many sessions each (Naeini 2015).

    The interval is that of outcomes drawn anew with each bin's share of buyers. ``bought`` and
    ``others`` are as for ``roc_auc``, by ``score``.
    """
    size = bought + others
    n = int(size.sum())
    if n < ERROR_BINS:
        return Figure(value=None, low=None, high=None, n=n)
    # Sessions of one score stay together, in the bin of the middle one.
    place = ((np.cumsum(size) - size / 2) * ERROR_BINS / n).astype(np.int64)
    count = np.bincount(place, weights=size, minlength=ERROR_BINS)
    kept = count > 0
    count = count[kept]
    predicted = np.bincount(place, weights=size * score, minlength=ERROR_BINS)[kept] / count
    actual = np.bincount(place, weights=bought, minlength=ERROR_BINS)[kept] / count
    drawn = np.random.default_rng(0).binomial(count.astype(np.int64), actual, (DRAWS, len(count))) / count
    errors = (np.abs(predicted - drawn) * count).sum(axis=1) / n
    low, high = (float(end) for end in np.quantile(errors, [0.025, 0.975]))
    value = float((np.abs(predicted - actual) * count).sum() / n)
    return Figure(value=value, low=min(low, value), high=max(high, value), n=n)


def calibration(score: Vector, bought: Vector, others: Vector) -> tuple[CalibrationBin, ...]:
    """Return predicted and real share of buyers in ``BINS`` bins of as many sessions each.

    Sessions of one score that belong to two bins are shared out, buyers and others alike. Parameters are
    as for ``roc_auc``, by ``score``.
    """
    score, bought, size = score[::-1], bought[::-1], (bought + others)[::-1]
    n = int(size.sum())
    # The first bins have one session more where they don't come out even.
    wanted = np.array([n // BINS + (place < n % BINS) for place in range(min(BINS, n))], dtype=np.float64)
    ends, reached = np.cumsum(wanted), np.cumsum(size)
    found = []
    for begin, end in zip(ends - wanted, ends, strict=True):
        # Of each score, the sessions that stand between the bin's ends.
        first, last = np.searchsorted(reached, begin, "right"), np.searchsorted(reached, end, "left")
        part = slice(int(first), int(last) + 1)
        within = np.minimum(reached[part], end) - np.maximum(reached[part] - size[part], begin)
        buyers, count = float((bought[part] * within / size[part]).sum()), int(end - begin)
        low, high = wilson(buyers, count)
        found.append(
            CalibrationBin(
                n=count,
                lowest=float(score[part][0]),
                highest=float(score[part][-1]),
                predicted=float((score[part] * within).sum() / count),
                actual=buyers / count,
                low=low,
                high=high,
            )
        )
    return tuple(found)


def buyers_ratio(quality: Quality) -> Figure:
    """Return predicted buyers over real ones; the interval is what chance does to the real ones."""
    if not quality.buyers or quality.buyers_predicted.value is None:
        return Figure(value=None, low=None, high=None, n=quality.n)
    low, high = wilson(quality.buyers, quality.n)
    predicted = quality.buyers_predicted.value
    return Figure(
        value=predicted / quality.buyers,
        low=predicted / (high * quality.n),
        high=predicted / (low * quality.n),
        n=quality.n,
    )


def _on_logit(area: float, error: float, n: int) -> Figure:
    if not 0 < area < 1:
        return Figure(value=area, low=area, high=area, n=n)
    centre, half = math.log(area / (1 - area)), Z95 * error / (area * (1 - area))
    low, high = (1 / (1 + math.exp(-end)) for end in (max(centre - half, -700), min(centre + half, 700)))
    return Figure(value=area, low=low, high=high, n=n)


def _share(hits: int, n: int) -> Figure:
    if not n:
        return Figure(value=None, low=None, high=None, n=0)
    low, high = wilson(hits, n)
    return Figure(value=hits / n, low=low, high=high, n=n)


def _ratio(sums: dict[str, Any]) -> Figure:
    """Return expected over actual revenue; the interval by the delta method, sessions independent."""
    n, actual = sums["n_revenue"], sums["actual"] or 0.0
    if n < FEWEST or actual <= 0:
        return Figure(value=None, low=None, high=None, n=n)
    expected = sums["expected"] or 0.0
    ratio = expected / actual
    # Variances and covariance from sums: several times cheaper on millions of rows, and exact enough here.
    var_expected, var_actual, covariance = (
        (sums[name] - one * other / n) / (n - 1)
        for name, one, other in (
            ("expected_expected", expected, expected),
            ("paid_paid", actual, actual),
            ("paid_expected", actual, expected),
        )
    )
    spread = var_expected + ratio**2 * var_actual - 2 * ratio * covariance
    half = Z95 * math.sqrt(max(spread, 0.0) * n) / actual
    return Figure(value=ratio, low=max(ratio - half, 0.0), high=ratio + half, n=n)


_SUMS = """
    SELECT count(*) AS n, count(*) FILTER (purchased) AS buyers,
           count(*) FILTER (predicted_purchase) AS called,
           count(*) FILTER (purchased AND predicted_purchase) AS hits, sum(purchase_probability) AS predicted,
           sum(purchase_probability * (1 - purchase_probability)) AS spread,
           count(_paid) AS n_revenue, sum(_paid) AS actual, sum(_expected) AS expected,
           sum(_paid * _paid) AS paid_paid, sum(_expected * _expected) AS expected_expected,
           sum(_paid * _expected) AS paid_expected
    FROM (SELECT *, CASE WHEN expected_revenue IS NOT NULL THEN revenue END AS _paid,
                 CASE WHEN revenue IS NOT NULL THEN expected_revenue END AS _expected FROM sessions)
    WHERE ({where}) AND purchased IS NOT NULL AND purchase_probability IS NOT NULL
"""
_SCORES = f"""
    SELECT CAST(round(purchase_probability * 1e{DECIMALS}) AS INTEGER) AS place, purchased
    FROM sessions WHERE ({{where}}) AND purchased IS NOT NULL AND purchase_probability IS NOT NULL
"""
