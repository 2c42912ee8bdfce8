"""The session rows a bundle is trained on: read, checked, split, encoded.

A training row is a session or, later, a session cut short (a snapshot); each session's rows weigh 1
in all. Whole sessions alone make the clusters and the figures a bundle is judged by.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.encode import Encoder, Matrix, Vector, fit_encoder, is_numeric, numbers
from core.errors import TrainingError
from core.sessions import FEATURES, OUTCOMES, PREDICTION_SCHEMA, SESSION_SCHEMA
from core.training.splits import SLICES, TRAIN, Split, split_sessions

Flags = npt.NDArray[np.bool_]

#: Fewer buyers say nothing about the next one.
LEAST_BUYERS = 30
#: Fewer buyers, or non-buyers, than this in a slice, and it can't do its work.
LEAST_IN_SLICE = 3
#: A text column with more different values than this share of its rows is an id, not a feature.
MOST_DISTINCT = 0.2


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Training rows with their outcomes.

    ``matrix`` is what models read; ``revenue`` is NaN where it isn't told; ``weight`` adds up to 1 a
    session; ``whole`` marks the rows that are whole sessions.
    """

    table: pa.Table
    encoder: Encoder
    matrix: Matrix
    purchased: Flags
    revenue: Vector
    weight: Vector
    whole: Flags
    split: Split

    def rows(self, *slices: int, buyers: bool = False) -> npt.NDArray[np.int64]:
        """Return the numbers of the rows in any of the slices, of buyers only if asked."""
        chosen = self.split.rows(*slices)
        return np.flatnonzero(chosen & self.purchased if buyers else chosen)


def read_training_data(sessions: Path) -> TrainingData:
    """Read session rows, check that something can be learned from them, split and encode them.

    Raises
    ------
    TrainingError
        If there is no outcome, too few buyers, too little time, or nothing to learn from.
    """
    table = with_outcome(pq.read_table(sessions))
    purchased = np.asarray(table["purchased"].to_numpy(zero_copy_only=False), dtype=bool)
    _check_outcomes(purchased)
    split = split_sessions(table)
    _check_slices(split, purchased)
    train = table.filter(pa.array(split.rows(TRAIN)))
    encoder = fit_encoder(train, feature_names(train))
    if not encoder.features:
        raise TrainingError(
            "No column tells sessions apart: each is empty or the same in all of them.",
            remedy="Export what visitors did: pages, products, carts, times.",
        )
    rows = len(table)
    return TrainingData(
        table=table,
        encoder=encoder,
        matrix=encoder.transform(table),
        purchased=purchased,
        revenue=revenues(table),
        weight=np.ones(rows),
        whole=np.ones(rows, dtype=bool),
        split=split,
    )


def with_outcome(table: pa.Table) -> pa.Table:
    """Return the sessions whose outcome is known.

    Raises
    ------
    TrainingError
        If none is.
    """
    told = table["purchased"] if "purchased" in table.column_names else pa.nulls(len(table))
    known = pc.is_valid(told)
    if not pc.any(known).as_py():
        raise TrainingError(
            f"None of the {len(table):,} sessions says whether it ended in a purchase.",
            where="column purchased",
            remedy="Export purchases too: as events, or as a yes-or-no column of session rows.",
        )
    return table.filter(known)


def revenues(table: pa.Table) -> Vector:
    """Return the revenue of each session: 0 without a purchase, NaN where it isn't told."""
    if "revenue" not in table.column_names or table["revenue"].null_count == len(table):
        return np.full(len(table), np.nan)
    amount = numbers(table["revenue"], "revenue")
    purchased = np.asarray(table["purchased"].to_numpy(zero_copy_only=False), dtype=bool)
    return np.where(purchased, np.where(amount > 0, amount, np.nan), 0.0)


def feature_names(table: pa.Table) -> list[str]:
    """Return what a model may learn from: our features, then columns only this data has."""
    ours = [name for name in FEATURES if name in table.column_names]
    taken = {*SESSION_SCHEMA.names, *PREDICTION_SCHEMA.names, *OUTCOMES}
    own = [name for name in table.column_names if name not in taken and _is_feature(table[name])]
    return ours + own


def _is_feature(column: pa.ChunkedArray) -> bool:
    if is_numeric(column.type) or pa.types.is_boolean(column.type):
        return True
    text = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(text) or pa.types.is_large_string(text)):
        return False
    return bool(pc.count_distinct(column).as_py() <= MOST_DISTINCT * len(column))


def fingerprint(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check_outcomes(purchased: Flags) -> None:
    buyers, sessions = int(purchased.sum()), len(purchased)
    if buyers in (0, sessions):
        found = "No session" if buyers == 0 else "Every session"
        raise TrainingError(
            f"{found} of {sessions:,} ends in a purchase: there is nothing to tell apart.",
            where="column purchased",
            remedy="Export sessions with and without a purchase.",
        )
    if buyers < LEAST_BUYERS:
        raise TrainingError(
            f"Only {buyers} of {sessions:,} sessions end in a purchase; at least {LEAST_BUYERS} are needed, "
            "and 300 make a good model.",
            remedy="Export a longer period.",
        )


def _check_slices(split: Split, purchased: Flags) -> None:
    for index, name in enumerate(SLICES):
        rows = split.rows(index)
        buyers, others = int(purchased[rows].sum()), int((~purchased[rows]).sum())
        if min(buyers, others) < LEAST_IN_SLICE:
            raise TrainingError(
                f"The {name} slice has {buyers} sessions with and {others} without a purchase; "
                f"it needs {LEAST_IN_SLICE} of each.",
                remedy="Export a longer period, or one with purchases throughout.",
            )
