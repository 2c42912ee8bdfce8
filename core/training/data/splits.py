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
import pyarrow as pa
import pyarrow.compute as pc

TRAIN, VALIDATION, CALIBRATION, TEST = range(4)
SLICES = ("train", "validation", "calibration", "test")
#: Share of the sessions each slice gets, in order of time.
SHARES = (0.6, 0.15, 0.1, 0.15)
DROPPED = -1

#: Fewer buyers, or non-buyers, than this in a slice, and it can't do its work.
LEAST_IN_SLICE = 3
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
    unknown visitor is a visitor of its own), ``dropped`` why how many sessions belong nowhere. ``reason``
    says in a sentence why it isn't by time, where it isn't.
    """

    method: Literal["time", "visitor", "session"]
    slice_of: npt.NDArray[np.int8]
    visitor: npt.NDArray[np.int64]
    dropped: dict[str, int]
    reason: str = ""

    def rows(self, *slices: int) -> npt.NDArray[np.bool_]:
        """Return which sessions are in any of the slices."""
        return np.isin(self.slice_of, slices)

    def first(self, n: int) -> Split:
        """Return the split of the first ``n`` rows alone."""
        return replace(self, slice_of=self.slice_of[:n], visitor=self.visitor[:n])


def split_sessions(table: pa.Table, purchased: npt.NDArray[np.bool_] | None = None) -> Split:
    """Split session rows by time; by visitor where that can't be done.

    It can't where no time is told, where too little is covered to tell earlier from later, or where visitors
    who come back would leave a slice without buyers.

    Parameters
    ----------
    purchased
        Whether each session bought; without it, slices aren't counted.
    """
    visitor, told = number_visitors(table)
    started = table["started_at"] if "started_at" in table.column_names else pa.nulls(len(table))
    if started.null_count > MOST_WITHOUT_START * len(table):
        return _by_visitor(table, visitor, told=told, because="Start times are missing from the file")
    if _covered(started) < LEAST_TIME:
        return _by_visitor(table, visitor, told=told, because=_too_short(started))
    split = _by_time(started, visitor)
    thin = None if purchased is None else thin_slice(split, purchased)
    # Purchases that end half-way are another matter: their export isn't whole.
    if thin is None or purchased is None or thin_slice(_by_time(started, np.arange(len(table))), purchased):
        return split
    because = (
        f"Returning visitors would leave the {thin.name} slice {thin.buyers} sessions with and "
        f"{thin.others} without a purchase"
    )
    other = _by_visitor(table, visitor, told=told, because=because)
    return split if thin_slice(other, purchased) else other


@dataclass(frozen=True, slots=True)
class ThinSlice:
    """A slice that can't do its work: too few sessions with a purchase, or without."""

    name: str
    buyers: int
    others: int


def thin_slice(split: Split, purchased: npt.NDArray[np.bool_]) -> ThinSlice | None:
    """Return the first slice with too few sessions with or without a purchase, if there is one."""
    for index, name in enumerate(SLICES):
        rows = split.rows(index)
        buyers, others = int(purchased[rows].sum()), int((~purchased[rows]).sum())
        if min(buyers, others) < LEAST_IN_SLICE:
            return ThinSlice(name, buyers, others)
    return None


def _by_time(started: Any, visitor: npt.NDArray[np.int64]) -> Split:  # noqa: ANN401
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


def _too_short(started: Any) -> str:  # noqa: ANN401
    return f"The sessions cover {_span(_covered(started))}, too short to test a model on later days"


def _by_visitor(table: pa.Table, visitor: npt.NDArray[np.int64], *, told: bool, because: str) -> Split:
    keys = table["visitor_id"] if told else table["session_id"]
    share = np.array([_share(key) for key in keys.to_pylist()])
    if told and keys.null_count:
        share = np.where(pc.is_null(keys), [_share(key) for key in table["session_id"].to_pylist()], share)
    slice_of = np.searchsorted(np.cumsum(SHARES)[:-1], share, side="right").astype(np.int8)
    apart: Literal["visitor", "session"] = "visitor" if told else "session"
    how = "by visitor" if told else "at random"
    reason = f"{because}, so sessions were split {how}, not by time."
    return Split(apart, slice_of, visitor, {}, reason)


def number_visitors(table: pa.Table) -> tuple[npt.NDArray[np.int64], bool]:
    """Return a number for each session's visitor, and whether any visitor is told."""
    if "visitor_id" not in table.column_names or table["visitor_id"].null_count == len(table):
        return np.arange(len(table)), False
    encoded = table["visitor_id"].combine_chunks().dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    alone = codes < 0
    codes[alone] = len(encoded.dictionary) + np.arange(alone.sum())
    return codes, True


def _share(key: str | None) -> float:
    """Return an evenly spread share of 1 that is always the same for a key."""
    digest = hashlib.blake2b(str(key).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2.0**64


def describe(
    split: Split, purchased: npt.NDArray[np.bool_], started: Iterable[datetime | None]
) -> dict[str, Any]:
    """Return what the manifest says of the split: sessions, buyers and dates of each slice."""
    times = np.array(list(started), dtype="datetime64[us]")
    slices = {}
    for index, name in enumerate(SLICES):
        rows = split.rows(index)
        within = times[rows & ~np.isnat(times)]
        slices[name] = {
            "sessions": int(rows.sum()),
            "buyers": int(purchased[rows].sum()),
            "first": within.min().item().isoformat() if within.size else None,
            "last": within.max().item().isoformat() if within.size else None,
        }
    return {"method": split.method, "slices": slices, "dropped": split.dropped, "reason": split.reason}


def _span(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:.0f} hours" if hours >= 1 else f"{span.total_seconds() / 60:.0f} minutes"
