"""Which sessions a model learns from, which choose and calibrate it, and which judge it.

By time where it is told: the model is judged on later days than it has seen. No visitor stands on
two sides, so nobody's habits are learned on one side and asked for on the other. A visitor who comes
back belongs to the slice of the last visit: the test keeps every session of its days, as they come,
and what is learned from goes without that visitor's earlier ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.base.errors import TrainingError

TRAIN, VALIDATION, CALIBRATION, TEST = range(4)
SLICES = ("train", "validation", "calibration", "test")
#: Share of the sessions each slice gets, in order of time.
SHARES = (0.6, 0.15, 0.1, 0.15)
DROPPED = -1

#: Less than this, and "later" means nothing.
LEAST_TIME = timedelta(days=2)
#: A larger share of the train slice isn't given up for visitors who come back.
MOST_STRAYING = 0.5
#: With more sessions than this share without a start, there is no order to split by.
MOST_WITHOUT_START = 0.05


@dataclass(frozen=True, slots=True)
class Split:
    """Each session's slice, and how it came about.

    ``slice_of`` is an index into SLICES or DROPPED, ``visitor`` a number a visitor (a session of
    unknown visitor is a visitor of its own), ``dropped`` why how many sessions belong nowhere.
    """

    method: Literal["time", "visitor", "session"]
    slice_of: npt.NDArray[np.int8]
    visitor: npt.NDArray[np.int64]
    dropped: dict[str, int]

    def rows(self, *slices: int) -> npt.NDArray[np.bool_]:
        """Return which sessions are in any of the slices."""
        return np.isin(self.slice_of, slices)

    def first(self, n: int) -> Split:
        """Return the split of the first ``n`` rows alone."""
        return replace(self, slice_of=self.slice_of[:n], visitor=self.visitor[:n])


def split_sessions(table: pa.Table, *, any_time: bool = False) -> Split:
    """Split session rows by time; by visitor where no time is told.

    Parameters
    ----------
    any_time
        Split by visitor, too, where there is too little time to tell earlier from later.

    Raises
    ------
    TrainingError
        If the sessions cover too little time to tell earlier from later.
    """
    visitor, told = number_visitors(table)
    started = table["started_at"] if "started_at" in table.column_names else pa.nulls(len(table))
    if started.null_count > MOST_WITHOUT_START * len(table):
        return _by_visitor(table, visitor, told=told)
    if any_time and _covered(started) < LEAST_TIME:
        return _by_visitor(table, visitor, told=told)
    return _by_time(started, visitor)


def _by_time(started: Any, visitor: npt.NDArray[np.int64]) -> Split:  # noqa: ANN401
    _check_time(started)
    times = pc.cast(pc.cast(started, pa.timestamp("us")), pa.int64())
    known = np.asarray(pc.is_valid(times).to_numpy(zero_copy_only=False), dtype=bool)
    at = pc.fill_null(times, 0).to_numpy(zero_copy_only=False)
    # Quantiles that are moments of sessions: all sessions of one moment stay together.
    cuts = np.quantile(at[known], np.cumsum(SHARES)[:-1], method="higher")
    slice_of = np.searchsorted(cuts, at, side="right").astype(np.int8)
    reason, straying = _straying(slice_of, known, visitor)
    slice_of[straying | ~known] = DROPPED
    dropped = {reason: int(straying.sum()), "No start is told": int((~known).sum())}
    return Split("time", slice_of, visitor, {reason: n for reason, n in dropped.items() if n})


def _straying(
    slice_of: npt.NDArray[np.int8], known: npt.NDArray[np.bool_], visitor: npt.NDArray[np.int64]
) -> tuple[str, npt.NDArray[np.bool_]]:
    """Return the sessions outside their visitor's slice, which is the last one, and why they stray."""
    last = np.full(visitor.max(initial=0) + 1, DROPPED, dtype=np.int8)
    np.maximum.at(last, visitor[known], slice_of[known])
    straying = known & (slice_of < last[visitor])
    train = known & (slice_of == TRAIN)
    if straying[train].sum() <= MOST_STRAYING * train.sum():
        return "The visitor comes back in a later slice", straying
    # Nearly everybody comes back: too little would be left to learn from.
    first = np.full(len(last), len(SLICES), dtype=np.int8)
    np.minimum.at(first, visitor[known], slice_of[known])
    return "The visitor was already in an earlier slice", known & (slice_of > first[visitor])


def _covered(started: Any) -> timedelta:  # noqa: ANN401
    ends = pc.min_max(started).as_py()
    span: timedelta = ends["max"] - ends["min"]
    return span


def _check_time(started: Any) -> None:  # noqa: ANN401
    ends = pc.min_max(started).as_py()
    first, last = ends["min"], ends["max"]
    if last - first < LEAST_TIME:
        raise TrainingError(
            f"The sessions cover {_span(last - first)}, from {_moment(first)} to {_moment(last)}: too little "
            "time to test a model on later days than it learned from.",
            remedy="Export at least three days; four weeks or more make a good model.",
        )


def _by_visitor(table: pa.Table, visitor: npt.NDArray[np.int64], *, told: bool) -> Split:
    keys = table["visitor_id"] if told else table["session_id"]
    share = np.array([_share(key) for key in keys.to_pylist()])
    if told and keys.null_count:
        share = np.where(pc.is_null(keys), [_share(key) for key in table["session_id"].to_pylist()], share)
    slice_of = np.searchsorted(np.cumsum(SHARES)[:-1], share, side="right").astype(np.int8)
    return Split("visitor" if told else "session", slice_of, visitor, {})


def number_visitors(table: pa.Table) -> tuple[npt.NDArray[np.int64], bool]:
    """Return a number for each session's visitor, and whether any visitor is told."""
    if "visitor_id" not in table.column_names or table["visitor_id"].null_count == len(table):
        return np.arange(len(table)), False
    codes, known = pd.factorize(table["visitor_id"].to_pandas(), use_na_sentinel=True)
    alone = codes < 0
    codes[alone] = len(known) + np.arange(alone.sum())
    return codes.astype(np.int64), True


def _share(key: str | None) -> float:
    """Return an evenly spread share of 1 that is always the same for a key."""
    digest = hashlib.blake2b(str(key).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2.0**64


def describe(
    split: Split, purchased: npt.NDArray[np.bool_], started: Iterable[datetime | None]
) -> dict[str, Any]:
    """Return what the manifest says of the split: sessions, buyers and dates of each slice."""
    times = pd.Series(list(started), dtype="datetime64[us]")
    slices = {}
    for index, name in enumerate(SLICES):
        rows = split.rows(index)
        within = times[rows].dropna()
        slices[name] = {
            "sessions": int(rows.sum()),
            "buyers": int(purchased[rows].sum()),
            "first": None if within.empty else within.min().isoformat(),
            "last": None if within.empty else within.max().isoformat(),
        }
    return {"method": split.method, "slices": slices, "dropped": split.dropped}


def _span(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:.0f} hours" if hours >= 1 else f"{span.total_seconds() / 60:.0f} minutes"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
