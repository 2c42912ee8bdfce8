"""Find every session's strongest reasons, once, and lay them aside for ``core.explain.reason_index``.

Sessions the model can't tell apart are taken apart once. Where it takes more than a moment, a web page
doesn't wait for it (see ``core.jobs.reasons``).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from core.base.atomic_write import atomic_write
from core.base.errors import ExplainError
from core.base.progress import Progress, silent
from core.base.sql import literal
from core.base.written import number
from core.bundle.models import with_state
from core.bundle.predictor import Predictor
from core.explain.alike import alike, once
from core.explain.explained import explain
from core.explain.reason_index import FILE, SCHEMA, ReasonIndex, most_sessions, reason_index_of
from core.explain.sampling import predictor_of
from core.explain.sentences import NONE, REASONS, strongest
from core.results.cache import beside
from core.results.footer import facts
from core.results.reason_filter import COLUMN
from core.results.scored_sessions import ScoredSessions

#: Sessions taken apart at a time.
BATCH_ROWS = 65_536
#: Of so many kinds of sessions, each unlike the others to the model, it is remembered what their reasons are.
MOST_KINDS = 500_000

Codes = npt.NDArray[np.int16]

_building = threading.Lock()


def build_reason_index(sessions: ScoredSessions, progress: Progress = silent) -> Path:
    """Return the file with the reasons of scored sessions, made now unless it is there.

    Raises
    ------
    ExplainError
        If they are too many, the model that scored them is gone, or there is no room to lay it aside.
    """
    index = reason_index_of(sessions)
    # One at a time: whoever comes second finds it there.
    with _building:
        file = _written(index, progress)
    if file is None:
        raise ExplainError(
            "The reasons for these sessions could not be saved.",
            remedy="Free space on the disk of the data folder, or remove this filter.",
        )
    return file


def _written(index: ReasonIndex, progress: Progress) -> Path | None:
    """Write an index unless it is there; None where that isn't possible."""
    if not index.source.is_training:
        return beside(index.sessions, FILE, partial(_write, index, progress=progress), least=0)
    file = index.file
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            for older in file.parent.glob(f"{index.source.bundle}-*.parquet"):
                older.unlink(missing_ok=True)
            with atomic_write(file) as partial_file:
                _write(index, partial_file)
    except OSError:
        return None
    return file


def _write(index: ReasonIndex, out: Path, progress: Progress = silent) -> None:
    predictor = predictor_of(index.source)
    n, most = facts(index.sessions).n, most_sessions(predictor)
    if n > most:
        raise ExplainError(
            f"With this model, you can filter up to {number(most)} sessions by reasons; there are "
            f"{number(n)}.",
            remedy="Remove this filter. You can still add reasons to a download of any size.",
        )
    reader = pa.RecordBatchReader.from_batches(SCHEMA, _batches(predictor, index.sessions.path, n, progress))
    with duckdb.connect() as connection:
        # It would be drawn over what the server writes.
        connection.execute("SET enable_progress_bar = false")
        connection.register("reasons", reader)
        # Should an export have an id twice, its sessions are still to be counted once each.
        connection.execute(
            f"COPY (SELECT session_id, any_value({COLUMN}) AS {COLUMN} FROM reasons "
            f"WHERE session_id IS NOT NULL GROUP BY session_id) TO {literal(out)} (FORMAT parquet)"
        )


def _batches(predictor: Predictor, sessions: Path, n: int, progress: Progress) -> Iterator[pa.RecordBatch]:
    features = [feature.name for feature in predictor.models.encoder.features]
    # The state of the visit comes after all of these, and is no reason.
    texts = pa.array([f"{name}:{effect}" for name in features for effect in ("down", "up")])
    kinds, done = Kinds(predictor), 0
    with pq.ParquetFile(sessions) as file:
        names = [name for name in file.schema_arrow.names if name in {*features, "session_id"}]
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=names):
            codes = kinds.codes(pa.Table.from_batches([batch]))
            is_reason = codes >= 0
            # Both directions of every feature, by number: texts are looked up, not written.
            values = texts.take(pa.array(codes[is_reason]))
            offsets = np.concatenate([[0], np.cumsum(is_reason.sum(axis=1))]).astype(np.int32)
            lists = pa.ListArray.from_arrays(pa.array(offsets), values)
            yield pa.RecordBatch.from_arrays([batch.column("session_id"), lists], schema=SCHEMA)
            done += batch.num_rows
            progress(done / n, "Reasons")


class Kinds:
    """Sessions by what the model can tell of them, with the strongest reasons of each kind."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._places: dict[bytes, int] = {}
        self._codes = np.empty((0, REASONS), dtype=np.int16)

    def codes(self, table: pa.Table) -> Codes:
        """Return up to three numbers for each session, strongest first.

        They are twice the feature's place, and one more where it raises the probability; below 0 where
        there is no further reason.
        """
        keys = self._keys(table)
        if keys is None:
            return self._explained(table)
        first, like = once(keys)
        names = [keys[place].tobytes() for place in first]
        if len(self._places) + len(names) > MOST_KINDS:
            self._places, self._codes = {}, self._codes[:0]
        new = [place for place, name in enumerate(names) if name not in self._places]
        if new:
            start = len(self._codes)
            self._codes = np.concatenate([self._codes, self._explained(table.take(pa.array(first[new])))])
            self._places |= {names[place]: start + number for number, place in enumerate(new)}
        return self._codes[[self._places[name] for name in names]][like]

    def _keys(self, table: pa.Table) -> npt.NDArray[np.void] | None:
        purchase = self._predictor.models.purchase
        if purchase is None:
            return None
        parts = [matrix for matrix, _ in self._predictor.encoded(table)]
        matrix = np.concatenate(parts)[: table.num_rows] if parts else np.empty((0, 1), dtype=np.float32)
        if purchase.unfinished is not None:
            matrix = with_state(matrix, np.zeros(len(matrix), dtype=bool))
        return alike(purchase.classifier, matrix)

    def _explained(self, table: pa.Table) -> Codes:
        explained = explain(self._predictor, table)
        best = strongest(explained)
        points = np.take_along_axis(explained.points, np.maximum(best, 0), axis=1)
        return np.where(best == NONE, NONE, best * 2 + (points > 0)).astype(np.int16)
