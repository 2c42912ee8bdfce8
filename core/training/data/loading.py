"""What a bundle is trained on: session rows and sessions cut short, read, checked, split, encoded.

Whole sessions come first, in the order of ``table``; then come sessions cut short (snapshots), which
have the outcome, visitor and slice of their whole session. A session's rows weigh 1 in all. Whole
sessions alone make the clusters and the figures a bundle is judged by.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.base.errors import TrainingError
from core.base.progress import Progress, silent
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.base.written import number
from core.bundle.encoder import Encoder, Matrix, Vector, fit_encoder, is_numeric, numbers
from core.schema.events import Told
from core.schema.sessions import FEATURES, OUTCOMES, PREDICTION_SCHEMA, SESSION_SCHEMA
from core.training.data.snapshots import Cut, Snapshots, make_snapshots
from core.training.data.splits import LEAST_IN_SLICE, TEST, TRAIN, Split, split_sessions, thin_slice

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]

#: Fewer buyers say nothing about the next one.
LEAST_BUYERS = 30
#: Fewer sessions than this have no kinds.
LEAST_SESSIONS = 50
#: A text column with more different values than this share of its rows is an id, not a feature.
MOST_DISTINCT = 0.2
#: Whole numbers that differ in each of so many rows are ids.
FEWEST_IDS = 100


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Training rows with their outcomes.

    ``table`` has the whole sessions, ``matrix`` what models read of them and of sessions cut short.
    ``revenue`` is NaN where it isn't told; ``weight`` adds up to the number of sessions;
    ``whole`` marks the rows that are whole sessions; ``k`` is after how many events a row was cut, 0 for
    whole ones.
    """

    table: pa.Table
    encoder: Encoder
    matrix: Matrix
    purchased: Flags
    revenue: Vector
    weight: Vector
    whole: Flags
    k: Codes
    split: Split

    def rows(self, *slices: int, buyers: bool = False, whole: bool = False) -> Codes:
        """Return the numbers of the rows in any of the slices; of buyers, or whole ones, only if asked."""
        chosen = self.split.rows(*slices)
        if buyers:
            chosen &= self.purchased
        if whole:
            chosen &= self.whole
        return np.flatnonzero(chosen)

    def only_whole(self) -> TrainingData:
        """Return the whole sessions alone."""
        n = len(self.table)
        return replace(
            self,
            matrix=self.matrix[:n],
            purchased=self.purchased[:n],
            revenue=self.revenue[:n],
            weight=np.ones(n),
            whole=self.whole[:n],
            k=self.k[:n],
            split=self.split.first(n),
        )

    @property
    def has_snapshots(self) -> bool:
        """Whether there are sessions cut short."""
        return len(self.matrix) > len(self.table)

    @property
    def sessions(self) -> Flags:
        """Whether each whole session bought, in the order of ``table``."""
        return self.purchased[: len(self.table)]


def read_training_data(
    sessions: Path,
    *,
    events: Path | Cut | None = None,
    told: Told | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> TrainingData:
    """Read session rows, check that something can be learned from them, cut them short, split, encode.

    Parameters
    ----------
    events, told
        The canonical events the sessions were made of and what they tell; without, whole sessions only.

    Raises
    ------
    TrainingError
        If there is no outcome, too few buyers, too little time, or nothing to learn from.
    """
    table = with_outcome(pq.read_table(sessions))
    purchased = np.asarray(table["purchased"].to_numpy(zero_copy_only=False), dtype=bool)
    check_outcomes(purchased)
    split = split_sessions(table, purchased)
    check_slices(split, purchased)
    data = encode_whole(table, purchased, split)
    if events is None:
        return data
    snapshots = make_snapshots(
        events,
        table,
        data.encoder,
        split.rows(TEST),
        told=told or Told.everything(),
        settings=shop_settings(settings),
        progress=progress,
    )
    return _with_snapshots(data, snapshots)


def read_without_outcomes(sessions: Path) -> TrainingData:
    """Read session rows of an export that tells no purchases: enough for clusters.

    Raises
    ------
    TrainingError
        If there are too few sessions, or nothing tells them apart.
    """
    table = pq.read_table(sessions)
    if len(table) < LEAST_SESSIONS:
        raise TrainingError(
            f"There are {number(len(table))} sessions; kinds of visit need at least {LEAST_SESSIONS}.",
            remedy="Export a longer period.",
        )
    return encode_whole(table, np.zeros(len(table), dtype=bool), split_sessions(table))


def tells_outcomes(sessions: Path) -> bool:
    """Tell whether any session says if it ended in a purchase."""
    if "purchased" not in pq.read_schema(sessions).names:
        return False
    told = pq.read_table(sessions, columns=["purchased"])["purchased"]
    return bool(told.null_count < len(told))


def encode_whole(table: pa.Table, purchased: Flags, split: Split) -> TrainingData:
    """Return whole sessions as training data, encoded as the train slice teaches.

    Raises
    ------
    TrainingError
        If no column tells sessions apart.
    """
    train = table.filter(pa.array(split.rows(TRAIN)))
    encoder = fit_encoder(train, feature_names(train))
    if not encoder.features:
        raise TrainingError(
            "No column differs between sessions: each is empty or the same in all of them.",
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
        k=np.zeros(rows, dtype=np.int64),
        split=split,
    )


def _with_snapshots(data: TrainingData, snapshots: Snapshots) -> TrainingData:
    """Add sessions cut short, each with its session's outcome, visitor and slice.

    Half of all weight is the finished sessions', half the others', the same for each row: a weight by
    how many pieces a session gave would tell how long it became, and bias what is learned of its start.
    """
    n, cut = len(data.table), len(snapshots.session)
    row = np.append(np.arange(n), snapshots.session)
    split = data.split
    return replace(
        data,
        matrix=np.concatenate([data.matrix, snapshots.matrix]),
        purchased=data.purchased[row],
        revenue=data.revenue[row],
        weight=np.append(np.full(n, 0.5), np.full(cut, 0.5 * n / max(cut, 1))) if cut else data.weight,
        whole=np.arange(len(row)) < n,
        k=np.append(data.k, snapshots.k),
        split=replace(split, slice_of=split.slice_of[row], visitor=split.visitor[row]),
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
            f"None of the {number(len(table))} sessions has a known outcome.",
            where="column purchased",
            remedy="Include purchases in the export: as events, or as a yes-or-no column of session rows.",
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
    # What says whether a session goes on is read beside the features (core.bundle.predictor), not as one.
    taken = {*SESSION_SCHEMA.names, *PREDICTION_SCHEMA.names, *OUTCOMES, "going_on"}
    own = [name for name in table.column_names if name not in taken and _is_feature(table[name])]
    return ours + own


def _is_feature(column: pa.ChunkedArray) -> bool:
    if is_numeric(column.type) or pa.types.is_boolean(column.type):
        return not _numbers_rows(column)
    text = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(text) or pa.types.is_large_string(text)):
        return False
    return bool(pc.count_distinct(column).as_py() <= MOST_DISTINCT * len(column))


def _numbers_rows(column: pa.ChunkedArray) -> bool:
    """Tell whether a column is an id in numbers: whole ones, another one in each row."""
    if not pa.types.is_integer(column.type) or len(column) < FEWEST_IDS:
        return False
    return bool(pc.count_distinct(column).as_py() == len(column))


def fingerprint(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_outcomes(purchased: Flags) -> None:
    """Check that there are enough sessions with and without a purchase.

    Raises
    ------
    TrainingError
        If there aren't.
    """
    buyers, sessions = int(purchased.sum()), len(purchased)
    if buyers in (0, sessions):
        found = "No session" if buyers == 0 else "Every session"
        raise TrainingError(
            f"{found} of {number(sessions)} ends in a purchase, so there is nothing to learn.",
            where="column purchased",
            remedy="Export sessions both with and without a purchase.",
        )
    if buyers < LEAST_BUYERS:
        raise TrainingError(
            f"Only {buyers} of {number(sessions)} sessions end in a purchase; at least {LEAST_BUYERS} "
            "are needed, "
            "and 300 make a good model.",
            remedy="Export a longer period.",
        )


def check_slices(split: Split, purchased: Flags) -> None:
    """Check that each slice can do its work.

    Raises
    ------
    TrainingError
        If one can't.
    """
    if thin := thin_slice(split, purchased):
        raise TrainingError(
            f"The {thin.name} slice has {thin.buyers} sessions with and {thin.others} without a purchase; "
            f"it needs {LEAST_IN_SLICE} of each.",
            remedy="Export a longer period, or one with purchases throughout.",
        )
