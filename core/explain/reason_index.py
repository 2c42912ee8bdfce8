"""Every session's strongest reasons, laid aside so that sessions can be filtered by them.

They are found when they are first asked for, of all sessions at once, and lie beside the sessions for as
long as these stay the same: a Parquet of ``session_id`` and up to three texts ``feature:up`` or
``feature:down``, strongest first. Sessions the model can't tell apart are taken apart once. Where finding
them takes more than a moment, a web page doesn't wait for it (see ``core.jobs.reasons``).
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

from core.base.atomic_write import whole
from core.base.errors import CoreError, ExplainError
from core.base.progress import Progress, silent
from core.base.settings import get_settings
from core.base.sql import literal
from core.bundle.models import with_state
from core.bundle.predictor import Predictor
from core.explain.alike import alike, once
from core.explain.explained import explain
from core.explain.sampling import is_heavy, predictor_of
from core.explain.sentences import NONE, REASONS, strongest
from core.jobs import reasons
from core.results.cache import beside
from core.results.query import facts
from core.results.reason_filter import COLUMN
from core.results.sources import Source, find_source, training_source

#: More sessions than this aren't filtered by their reasons: finding those would take many minutes. By heavy
#: models (see ``core.explain.sampling``) it would for a tenth of them.
MOST_SESSIONS, MOST_SESSIONS_HEAVY = 3_000_000, 300_000
#: Sessions taken apart at a time.
BATCH_ROWS = 65_536
#: Of so many kinds of sessions, each unlike the others to the model, it is remembered what their reasons are.
MOST_KINDS = 500_000
FILE = "because.parquet"
#: Folder in the data folder for the samples of bundles, whose own folders are left as they are.
FOLDER = "reasons"

Codes = npt.NDArray[np.int16]

_making = threading.Lock()
_SCHEMA = pa.schema([("session_id", pa.string()), (COLUMN, pa.list_(pa.string()))])


def reasons_file(path: str, stamp: int, progress: Progress = silent) -> Path:
    """Return the file with the reasons of a file's sessions, made now unless it is there.

    Parameters
    ----------
    path
        Scored sessions, or some of them that ``core.results.cache`` laid aside.

    Raises
    ------
    ReasonsPendingError
        If somebody's page asks, and they are still being found.
    ExplainError
        If they are too many, the model that scored them is gone, or there is no room to lay it aside.
    """
    whole_file = _origin(Path(path))
    if whole_file != Path(path):
        path, stamp = str(whole_file), whole_file.stat().st_mtime_ns
    source = _source(Path(path))
    if not there(source, stamp):
        reasons.instead(source, stamp)
    # One at a time: whoever comes second finds it there.
    with _making:
        found = _place(source, stamp, progress)
    if found is None:
        raise ExplainError(
            "The reasons of these sessions could not be laid aside.",
            remedy="Make room on the disk of the data folder, or remove this filter.",
        )
    return found


def there(source: Source, stamp: int) -> bool:
    """Tell whether the reasons of a source's sessions have been found."""
    if source.is_training:
        return _of_training(source, stamp).exists()
    file = beside(str(source.path), stamp, FILE, least=0)
    return file is not None and file.exists()


def most_sessions(predictor: Predictor) -> int:
    """Return how many sessions can be filtered by their reasons."""
    return min(MOST_SESSIONS, MOST_SESSIONS_HEAVY) if is_heavy(predictor) else MOST_SESSIONS


def _origin(path: Path) -> Path:
    """Return the file of all sessions; ``path`` itself unless it was laid aside beside it."""
    folder = path.parent.parent
    if folder.name.startswith(".") and folder.name.endswith(".kept"):
        return folder.with_name(folder.name[1 : -len(".kept")] + ".parquet")
    return path


def _of_training(source: Source, stamp: int) -> Path:
    return get_settings().data_dir / FOLDER / f"{source.bundle}-{stamp}.parquet"


def _place(source: Source, stamp: int, progress: Progress) -> Path | None:
    if not source.is_training:
        return beside(str(source.path), stamp, FILE, partial(_lay_aside, source, progress=progress), least=0)
    file = _of_training(source, stamp)
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            for older in file.parent.glob(f"{source.bundle}-*.parquet"):
                older.unlink(missing_ok=True)
            with whole(file) as partial_file:
                _lay_aside(source, partial_file)
    except OSError:
        return None
    return file


def _source(path: Path) -> Source:
    """Return the result (or the bundle's sample) a file of sessions is."""
    try:
        if path.parent.parent.resolve() == get_settings().models_dir.resolve():
            return training_source(path.parent.name)
        return find_source(path.parent.name)
    except CoreError as error:
        raise ExplainError(
            "It is not known which model scored these sessions, so there are no reasons to filter by.",
            remedy="Score the export again.",
        ) from error


def _lay_aside(source: Source, out: Path, progress: Progress = silent) -> None:
    predictor = predictor_of(source)
    n, most = facts(str(source.path), source.path.stat().st_mtime_ns).n, most_sessions(predictor)
    if n > most:
        raise ExplainError(
            f"Filtering by reasons is possible up to {most:,} sessions with this model; these are {n:,}.",
            remedy="Remove this filter. Reasons can be added to a download of any size instead.",
        )
    reader = pa.RecordBatchReader.from_batches(_SCHEMA, _told(predictor, source.path, n, progress))
    with duckdb.connect() as connection:
        # It would be drawn over what the server writes.
        connection.execute("SET enable_progress_bar = false")
        connection.register("told", reader)
        # Should an export have an id twice, its sessions are still to be counted once each.
        connection.execute(
            f"COPY (SELECT session_id, any_value({COLUMN}) AS {COLUMN} FROM told "
            f"WHERE session_id IS NOT NULL GROUP BY session_id) TO {literal(out)} (FORMAT parquet)"
        )


def _told(predictor: Predictor, sessions: Path, n: int, progress: Progress) -> Iterator[pa.RecordBatch]:
    features = [feature.name for feature in predictor.models.encoder.features]
    # The state of the visit comes after all of these, and is no reason.
    texts = pa.array([f"{name}:{effect}" for name in features for effect in ("down", "up")])
    known, done = Kinds(predictor), 0
    with pq.ParquetFile(sessions) as file:
        names = [name for name in file.schema_arrow.names if name in {*features, "session_id"}]
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=names):
            codes = known.codes(pa.Table.from_batches([batch]))
            told = codes >= 0
            # Both directions of every feature, by number: texts are looked up, not written.
            values = texts.take(pa.array(codes[told]))
            offsets = np.concatenate([[0], np.cumsum(told.sum(axis=1))]).astype(np.int32)
            lists = pa.ListArray.from_arrays(pa.array(offsets), values)
            yield pa.RecordBatch.from_arrays([batch.column("session_id"), lists], schema=_SCHEMA)
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
            return self._found(table)
        first, like = once(keys)
        names = [keys[place].tobytes() for place in first]
        if len(self._places) + len(names) > MOST_KINDS:
            self._places, self._codes = {}, self._codes[:0]
        new = [place for place, name in enumerate(names) if name not in self._places]
        if new:
            start = len(self._codes)
            self._codes = np.concatenate([self._codes, self._found(table.take(pa.array(first[new])))])
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

    def _found(self, table: pa.Table) -> Codes:
        explained = explain(self._predictor, table)
        best = strongest(explained)
        points = np.take_along_axis(explained.points, np.maximum(best, 0), axis=1)
        return np.where(best == NONE, NONE, best * 2 + (points > 0)).astype(np.int16)
