"""Every session's strongest reasons, laid aside so that sessions can be filtered by them.

They are found when they are first asked for, of all sessions at once, and lie beside the sessions for as
long as these stay the same: a Parquet of ``session_id`` and up to three texts ``feature:up`` or
``feature:down``, strongest first.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.analysis.because import COLUMN
from core.analysis.kept import beside
from core.analysis.scored import facts
from core.analysis.sources import Source, find_source, training_source
from core.errors import CoreError, ExplainError
from core.explain.explained import explain
from core.explain.sampling import is_heavy, predictor_of
from core.explain.sentences import NONE, strongest
from core.files import whole
from core.predict import Predictor
from core.settings import get_settings
from core.sql import literal

#: More sessions than this aren't filtered by their reasons: finding those would take minutes. By heavy models
#: (see ``core.explain.sampling``) it would for a tenth of them.
MOST_SESSIONS, MOST_SESSIONS_HEAVY = 300_000, 30_000
#: Sessions taken apart at a time.
BATCH_ROWS = 32_768
FILE = "because.parquet"
#: Folder in the data folder for the samples of bundles, whose own folders are left as they are.
FOLDER = "reasons"

_making = threading.Lock()
_SCHEMA = pa.schema([("session_id", pa.string()), (COLUMN, pa.list_(pa.string()))])


def reasons_file(path: str, stamp: int) -> Path:
    """Return the file with the reasons of a file's sessions, made now unless it is there.

    Parameters
    ----------
    path
        Scored sessions, or some of them that ``core.analysis.kept`` laid aside.

    Raises
    ------
    ExplainError
        If they are too many, the model that scored them is gone, or there is no room to lay it aside.
    """
    whole_file = _origin(Path(path))
    if whole_file != Path(path):
        path, stamp = str(whole_file), whole_file.stat().st_mtime_ns
    # One at a time: whoever comes second finds it there.
    with _making:
        found = _place(path, stamp)
    if found is None:
        raise ExplainError(
            "The reasons of these sessions could not be laid aside.",
            remedy="Make room on the disk of the data folder, or remove this filter.",
        )
    return found


def _origin(path: Path) -> Path:
    """Return the file of all sessions; ``path`` itself unless it was laid aside beside it."""
    folder = path.parent.parent
    if folder.name.startswith(".") and folder.name.endswith(".kept"):
        return folder.with_name(folder.name[1 : -len(".kept")] + ".parquet")
    return path


def _place(path: str, stamp: int) -> Path | None:
    source = _source(Path(path))
    if not source.is_training:
        return beside(path, stamp, FILE, partial(_lay_aside, source), least=0)
    folder = get_settings().data_dir / FOLDER
    file = folder / f"{source.bundle}-{stamp}.parquet"
    try:
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            for older in folder.glob(f"{source.bundle}-*.parquet"):
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


def _lay_aside(source: Source, out: Path) -> None:
    predictor = predictor_of(source)
    n, most = facts(str(source.path), source.path.stat().st_mtime_ns).n, MOST_SESSIONS
    most = min(most, MOST_SESSIONS_HEAVY) if is_heavy(predictor) else most
    if n > most:
        raise ExplainError(
            f"Filtering by reasons is possible up to {most:,} sessions with this model; these are {n:,}.",
            remedy="Remove this filter. Reasons can be added to a download of any size instead.",
        )
    reader = pa.RecordBatchReader.from_batches(_SCHEMA, _told(predictor, source.path))
    with duckdb.connect() as connection:
        connection.register("told", reader)
        # Should an export have an id twice, its sessions are still to be counted once each.
        connection.execute(
            f"COPY (SELECT session_id, any_value({COLUMN}) AS {COLUMN} FROM told "
            f"WHERE session_id IS NOT NULL GROUP BY session_id) TO {literal(out)} (FORMAT parquet)"
        )


def _told(predictor: Predictor, sessions: Path) -> Iterator[pa.RecordBatch]:
    features = {feature.name for feature in predictor.models.encoder.features}
    with pq.ParquetFile(sessions) as file:
        names = [name for name in file.schema_arrow.names if name in features or name == "session_id"]
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=names):
            explained = explain(predictor, pa.Table.from_batches([batch]))
            best = strongest(explained)
            points = np.take_along_axis(explained.points, np.maximum(best, 0), axis=1)
            # Both directions of every feature, by number: texts are then looked up, not written.
            texts = [f"{name}:{effect}" for name in explained.features for effect in ("down", "up")]
            codes = best * 2 + (points > 0)
            known = best != NONE
            values = pa.array(texts).take(pa.array(codes[known]))
            offsets = np.concatenate([[0], np.cumsum(known.sum(axis=1))]).astype(np.int32)
            lists = pa.ListArray.from_arrays(pa.array(offsets), values)
            yield pa.RecordBatch.from_arrays([batch.column("session_id"), lists], schema=_SCHEMA)
