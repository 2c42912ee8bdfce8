"""Signs that something gives the outcome away: a model too good to be true usually is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.base.written import decimals
from core.bundle.encoder import Vector
from core.schema.sessions import FIELD
from core.stats.ranked import RankedOutcomes
from core.stats.ranking import area_under_roc
from core.training.data.loading import TrainingData
from core.training.data.splits import CALIBRATION, TEST, TRAIN, VALIDATION

#: Better than this on real sessions is a leak more often than a success.
MOST_AUC = 0.95
#: A single column that tells buyers this well is the outcome in other words.
MOST_ALONE = 0.9
#: The same for event logs, where only events before the purchase are counted: no column can be filled in
#: after it, and a visit with a cart and a checkout tells buyers that well. Better still is an event of
#: the purchase itself under another name.
MOST_AUC_EVENTS, MOST_ALONE_EVENTS = 0.985, 0.97
#: The first event hardly tells anything: as good as the end, and it tells what comes.
EARLY_BEHIND, LEAST_AUC = 0.02, 0.75
#: A model that loses more than this from validation to test learned what doesn't last.
MOST_DROP = 0.05
#: Values of a number are told apart this finely; categories have no more values than fit.
BINS = 40

#: What can be behind it in an event log, and what to do.
_PURCHASE_EVENT = (
    "Only events before the purchase are counted, so there is no column to leave out: check whether the "
    "log has an event only buyers send just before it, such as a payment or a thank-you page, and map it as "
    "the purchase."
)

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Alone:
    """How well one column alone tells buyers, before the test and in it."""

    name: str
    before: float
    test: float

    @property
    def label(self) -> str:
        """What people call the column."""
        known = FIELD.get(self.name)
        return f"{known.label} ({self.name})" if known else self.name


def find_alarms(
    data: TrainingData,
    *,
    synthetic: bool,
    test: Mapping[str, Any],
    judged_auc: float | None,
    early: Sequence[Mapping[str, Any]] = (),
) -> tuple[dict[str, Any], ...]:
    """Return what doesn't look right, each with the column that most likely explains it.

    Event logs have limits and words of their own: what counts there are the events before the purchase, and
    there is no column that could be left out.

    Parameters
    ----------
    test, judged_auc
        ROC-AUC on whole sessions of the test, with its interval, and of those the model was chosen by.
    """
    columns = alone(data)
    if not columns or test["value"] is None:
        return ()
    test_auc = float(test["value"])
    strongest, of_events = max(columns, key=lambda column: column.test), data.has_snapshots
    most_alone, most = (MOST_ALONE_EVENTS, MOST_AUC_EVENTS) if of_events else (MOST_ALONE, MOST_AUC)
    found = [_single(column, of_events) for column in columns if column.test > most_alone]
    if not synthetic and test_auc > most:
        found.append(_too_good(test_auc, strongest, of_events))
    if (first := _early(early)) is not None:
        at_first = max(alone(data, k=1), key=lambda column: column.test, default=strongest)
        found.append(_as_good_early(*first, at_first))
    # A small test can be worse by chance: its interval must be below, too.
    if judged_auc is not None and judged_auc - test_auc > MOST_DROP and judged_auc > (test["high"] or 1.0):
        found.append(
            _drop(judged_auc, test_auc, max(columns, key=lambda column: column.before - column.test))
        )
    return tuple(found)


def alone(data: TrainingData, k: int = 0) -> list[Alone]:
    """Return how well each feature alone tells buyers: by the share of buyers at each of its values."""
    at = data.k == k
    before = np.flatnonzero(data.split.rows(TRAIN, VALIDATION, CALIBRATION) & at)
    test = np.flatnonzero(data.split.rows(TEST) & at)
    if not _both(data, before) or not _both(data, test):
        return []
    found = []
    for feature, start, stop in data.encoder.spans():
        codes = (
            data.matrix[:, start:stop].argmax(axis=1)
            if feature.kind == "category"
            else _bins(data.matrix[:, start], before)
        )
        buyers = np.bincount(codes[before], data.purchased[before], minlength=BINS + 2)
        size = np.bincount(codes[before], minlength=BINS + 2)
        rate = (buyers + data.purchased[before].mean()) / (size + 1.0)
        found.append(Alone(feature.name, *(_auc(rate[codes[rows]], data, rows) for rows in (before, test))))
    return found


def _bins(values: Any, before: Codes) -> Codes:  # noqa: ANN401
    known = values[before][~np.isnan(values[before])]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS))) if known.size else np.empty(0)
    codes = np.searchsorted(edges, values, side="right")
    return np.asarray(np.where(np.isnan(values), BINS + 1, codes), dtype=np.int64)


def _auc(score: Vector, data: TrainingData, rows: Codes) -> float:
    return area_under_roc(RankedOutcomes.of(score, data.purchased[rows]))


def _both(data: TrainingData, rows: Codes) -> bool:
    return bool(len(rows) and 0 < data.purchased[rows].sum() < len(rows))


def _single(column: Alone, of_events: bool) -> dict[str, Any]:
    reached = f"{column.label} alone reaches a ROC-AUC of {decimals(column.test, 3)} on the test sessions; "
    if of_events:
        title = f"One figure alone gives away who buys: {column.label}"
        most = f"more than {MOST_ALONE_EVENTS:g} means that it contains the purchase itself."
        text = f"{reached}{most} {_PURCHASE_EVENT}"
    else:
        title = f"One column alone gives away who buys: {column.label}"
        text = (
            f"{reached}more than {MOST_ALONE:g} means that it is filled in after the purchase, or because of "
            "it. Leave the column out of the export and train again, unless you are sure that it is known "
            "before."
        )
    return {
        "kind": "single_feature",
        "title": title,
        "text": text,
        "feature": column.name,
        "value": round(column.test, 4),
    }


def _too_good(auc: float, strongest: Alone, of_events: bool) -> dict[str, Any]:
    alone = f"alone it reaches {decimals(strongest.test, 3)}."
    if of_events:
        text = (
            f"A ROC-AUC of {decimals(auc, 3)} is better than browsing allows ({MOST_AUC_EVENTS:g} at most). "
            f"{_PURCHASE_EVENT} Look at {strongest.label} first: {alone}"
        )
    else:
        text = (
            f"A ROC-AUC of {decimals(auc, 3)} is better than browsing allows ({MOST_AUC:g} at most): "
            "some column "
            f"probably gives the outcome away. Look at {strongest.label} first: {alone}"
        )
    return {
        "kind": "auc",
        "title": "Too good to be true",
        "text": text,
        "feature": strongest.name,
        "value": round(auc, 4),
    }


def _early(early: Sequence[Mapping[str, Any]]) -> tuple[float, float] | None:
    """Return ROC-AUC after one event and at the end, if the first is as good."""
    at = {row["k"]: row["metrics"]["roc_auc"]["value"] for row in early if row["regime"] == "all"}
    first, end = at.get(1), at.get(None)
    if first is None or end is None or end < LEAST_AUC or first < end - EARLY_BEHIND:
        return None
    return first, end


def _as_good_early(first: float, end: float, column: Alone) -> dict[str, Any]:
    return {
        "kind": "early_as_good",
        "title": "As good after one event as at the end",
        "text": (
            f"After a single event the ROC-AUC is {decimals(first, 3)}, at the end {decimals(end, 3)}. "
            "One event can't reveal that much. Either visits that begin at the checkout are parts of longer "
            "ones, split by the session rule or by the export, or a column about the visitor or visit was "
            f"filled in after the purchase. Look at {column.label} first: alone it reaches "
            f"{decimals(column.test, 3)} then."
        ),
        "feature": column.name,
        "value": round(first, 4),
    }


def _drop(judged: float, test: float, column: Alone) -> dict[str, Any]:
    return {
        "kind": "validation_drop",
        "title": "Worse on later sessions",
        "text": (
            f"The ROC-AUC falls from {decimals(judged, 3)} on sessions before the test to "
            f"{decimals(test, 3)} in it, by more than {MOST_DROP:g}: what the model learned doesn't last. "
            f"{column.label} changed most: alone it went from {decimals(column.before, 3)} to "
            f"{decimals(column.test, 3)}."
        ),
        "feature": column.name,
        "value": round(judged - test, 4),
    }
