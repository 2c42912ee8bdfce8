"""How right predictions were, where outcomes are known: figures with their 95% intervals.

Figures are those of ``core.stats``, as on a model's card. Every interval is in closed form, so that a filter
on millions of sessions is answered at once, and takes a visitor's sessions together where visitors are known.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.stats.calibration import CalibrationBin, calibration_bins, calibration_error
from core.stats.estimate import Z95, Figure, unknown
from core.stats.proportions import share
from core.stats.ranked import DECIMALS, RankedOutcomes
from core.stats.ranking import captured, pr_auc, roc_auc
from core.stats.totals import ratio_of_sums

#: Answers SQL with columns, masked where a value is not known.
Array = npt.NDArray[Any]
Ask = Callable[[str], dict[str, Array]]

#: Bars of the calibration chart: as many sessions in each.
BINS = 10
#: Visitors fall into so many groups by a hash of their id, so that millions are added up at once. Two who
#: share a group leave a variance as it is on average, and move it by 0.6% at most.
GROUPS = 2**16
#: The best of so many ways to rank buyers among the others is no accident (2.5%); from a handful of sessions
#: on there are as many for any two buyers or more.
CHANCES, A_HANDFUL = 40, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How right the predictions of sessions with known outcome were.

    ``buyers_predicted`` is the sum of probabilities, its interval what chance alone would allow if they are
    right; ``revenue_ratio`` is expected over actual revenue of the ``n_revenue`` sessions that tell it.
    ``captured`` is the share of all buyers found among the tenth that is most likely to buy.
    ``by_visitor`` says whether intervals take a visitor's sessions together: not where no visitor is known.
    """

    n: int
    buyers: int
    conversion: Figure
    roc_auc: Figure
    pr_auc: Figure
    calibration_error: Figure
    precision: Figure
    recall: Figure
    captured: Figure
    buyers_predicted: Figure
    n_revenue: int
    revenue_expected: float
    revenue_actual: float
    revenue_ratio: Figure
    by_visitor: bool
    calibration: tuple[CalibrationBin, ...]

    @property
    def ranks(self) -> bool:
        """Whether these are enough to judge a ranking by: buyers and others, two of each at least.

        Of a handful, even a perfect ranking is an accident more often than once in forty times.
        """
        if self.roc_auc.low is None:
            return False
        return self.n >= A_HANDFUL or math.comb(self.n, self.buyers) >= CHANCES


def measure(
    ask: Ask, *, chart: bool = True, visitors: Callable[[Array], Array] | None = None
) -> Quality | None:
    """Measure everything; ``ask`` answers SQL on ``sessions`` in which ``{where}`` stands for the filters.

    Without ``chart`` the calibration's bins are left out. ``visitors`` gives what ``VISITOR`` is of rows of
    the file, where that is known already.
    """
    sums = _only_row(ask(_SUMS))
    if not sums["n"]:
        return None
    who = [_ROW if visitors else VISITOR] if sums["visitors"] else []
    columns = ", ".join([*_COLUMNS, *who, *(_AMOUNTS if sums["amounts"] else ())])
    return measured(
        sums, ask(f"SELECT {columns} FROM sessions WHERE {_KNOWN}"), chart=chart, visitors=visitors
    )


def measured(
    sums: dict[str, Any],
    sessions: dict[str, Array],
    *,
    chart: bool = True,
    visitors: Callable[[Array], Array] | None = None,
    known: Quality | None = None,
) -> Quality:
    """Measure everything of some sessions with known outcome, at least one.

    Parameters
    ----------
    sums
        What ``_SUMS`` gives.
    sessions
        By name, of each session: ``place`` (its probability in whole units of the last decimal),
        ``purchased``; where visitors are known its ``visitor``, or its ``row`` in the file; where amounts
        are, the ``expected`` and ``actual`` ones that count, else 0. Shape (n,) each.
    chart, visitors
        As for ``measure``.
    known
        What is known of the same sessions at another threshold: only precision and recall follow from it.
    """
    n, buyers = sums["n"], sums["buyers"]
    if visitors and "row" in sessions:
        sessions["visitor"] = visitors(sessions.pop("row"))
    visitor = sessions.get("visitor")
    ranked = RankedOutcomes.of_places(sessions["place"], np.asarray(sessions["purchased"], bool), visitor)
    if known is not None:
        called = share(sums["hits"], sums["called"], design_effect=ranked.design_effect)
        found = share(sums["hits"], buyers, design_effect=ranked.design_effect)
        return replace(known, precision=called, recall=found)
    effect, chance = ranked.design_effect, Z95 * math.sqrt(max(sums["spread"], 0.0))
    predicted = sums["predicted"]
    return Quality(
        n=n,
        buyers=buyers,
        conversion=share(buyers, n, design_effect=effect),
        roc_auc=roc_auc(ranked),
        pr_auc=pr_auc(ranked),
        calibration_error=calibration_error(ranked),
        precision=share(sums["hits"], sums["called"], design_effect=effect),
        recall=share(sums["hits"], buyers, design_effect=effect),
        captured=_captured(ranked, buyers, effect),
        buyers_predicted=Figure(
            value=predicted, low=max(predicted - chance, 0.0), high=predicted + chance, n=n, unit="sessions"
        ),
        n_revenue=sums["n_revenue"] if sums["amounts"] else 0,
        revenue_expected=sums["expected"] if sums["amounts"] else 0.0,
        revenue_actual=sums["actual"] if sums["amounts"] else 0.0,
        revenue_ratio=_ratio(sums, sessions) if sums["amounts"] else unknown(0),
        by_visitor=visitor is not None,
        calibration=calibration_bins(ranked, BINS) if chart else (),
    )


def _captured(ranked: RankedOutcomes, buyers: int, effect: float) -> Figure:
    """Return the share of buyers in the top tenth; its interval is that of a share of the buyers."""
    found = captured(ranked)
    if math.isnan(found):
        return unknown(buyers)
    return share(found * buyers, buyers, design_effect=effect)


def buyers_ratio(quality: Quality) -> Figure:
    """Return predicted buyers over real ones; the interval is what chance does to the real ones."""
    rate, predicted = quality.conversion, quality.buyers_predicted.value
    if not quality.buyers or predicted is None or rate.low is None or rate.high is None:
        return unknown(quality.n)
    return Figure(
        value=predicted / quality.buyers,
        low=predicted / (rate.high * quality.n),
        high=predicted / (rate.low * quality.n),
        n=quality.n,
    )


def _ratio(sums: dict[str, Any], sessions: dict[str, npt.NDArray[Any]]) -> Figure:
    """Return expected over actual revenue."""
    expected, actual = np.asarray(sessions["expected"], float), np.asarray(sessions["actual"], float)
    visitors = len(expected)
    if "visitor" in sessions:
        groups = sessions["visitor"]
        expected, actual = np.bincount(groups, expected), np.bincount(groups, actual)
        visitors = int(np.count_nonzero(np.bincount(groups)))
    return ratio_of_sums(
        n=sums["n_revenue"],
        visitors=visitors,
        expected=sums["expected"],
        actual=sums["actual"],
        expected_expected=float((expected * expected).sum()),
        actual_actual=float((actual * actual).sum()),
        actual_expected=float((actual * expected).sum()),
    )


def _only_row(columns: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    return {
        name: None if np.ma.getmaskarray(found)[0] else np.ma.getdata(found)[0].item()
        for name, found in columns.items()
    }


_KNOWN = "({where}) AND purchased IS NOT NULL AND purchase_probability IS NOT NULL"
#: Sessions whose revenue counts, as models learn it: 0 without a purchase, not known where nothing was paid.
PAID = "expected_revenue IS NOT NULL AND (NOT purchased OR revenue > 0)"
_SUMS = f"""
    SELECT count(*) AS n, count(*) FILTER (purchased) AS buyers,
           count(*) FILTER (predicted_purchase) AS called,
           count(*) FILTER (purchased AND predicted_purchase) AS hits,
           coalesce(sum(purchase_probability), 0) AS predicted,
           coalesce(sum(purchase_probability * (1 - purchase_probability)), 0) AS spread,
           count(visitor_id) AS visitors, count(revenue) AS amounts, count(*) FILTER ({PAID}) AS n_revenue,
           coalesce(sum(expected_revenue) FILTER ({PAID}), 0) AS expected,
           coalesce(sum(revenue) FILTER (purchased AND {PAID}), 0) AS actual
    FROM sessions WHERE {_KNOWN}
"""
#: A cast rounds a half to the even place, as numpy does: every session stands where a card would count it.
_COLUMNS = (f"CAST(purchase_probability * 1e{DECIMALS} AS INTEGER) AS place", "purchased")
_ROW = "CAST(file_row_number AS INTEGER) AS row"
#: A session without a visitor is the only one of somebody.
_WHO = "CASE WHEN visitor_id IS NULL THEN hash(file_row_number) ELSE hash(visitor_id) END"
VISITOR = f"CAST({_WHO} & {GROUPS - 1} AS USMALLINT) AS visitor"
#: Single precision is enough for a variance.
_AMOUNTS = (
    f"CAST(CASE WHEN {PAID} THEN expected_revenue ELSE 0 END AS FLOAT) AS expected",
    f"CAST(CASE WHEN purchased AND {PAID} THEN revenue ELSE 0 END AS FLOAT) AS actual",
)
