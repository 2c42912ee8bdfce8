"""What a model is trained on, made by Spark: session rows, and the same sessions cut short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from core.base.errors import IngestError
from core.base.progress import Progress, part, silent
from core.base.settings import Settings
from core.engines.session import explained, spark_session
from core.engines.spark import events_of, session_table
from core.features.duck import ROWS_PER_GROUP
from core.schema.sessions import SESSION_SCHEMA

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from core.ingest import IngestReport
    from core.ingest import Mapping as ColumnMapping
    from core.training.data.snapshots import Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRows:
    """Session rows on this machine; and how Spark, which still has the events, cuts sessions short."""

    sessions: Path
    report: IngestReport
    cut: Cut


@contextmanager
def training_rows(
    source: str,
    folder: Path,
    *,
    settings: Settings,
    master: str | None = None,
    conf: Mapping[str, str] | None = None,
    mapping: ColumnMapping | None = None,
    progress: Progress = silent,
) -> Iterator[TrainingRows]:
    """Yield what to train on; Spark keeps the events until the training is over.

    Parameters
    ----------
    folder
        Where the session rows go on this machine.

    Raises
    ------
    IngestError
        If not one session came out.
    """
    with (
        spark_session(master, conf) as spark,
        explained(source),
        events_of(spark, source, mapping, part(progress, 0.0, 0.6)) as events,
    ):
        told = events.report.told

        def cut(k: int, chosen: pa.Table) -> pa.Table:
            wanted, kept = spark.createDataFrame(chosen), events.table
            if told.has_session_key:
                kept = kept.join(wanted, "session_id", "left_semi")
            rows = session_table(spark, kept, told, settings, first_events=k)
            if not told.has_session_key:
                rows = rows.join(wanted, "session_id", "left_semi")
            return rows.toArrow().cast(SESSION_SCHEMA)

        progress(0.6, "Making session rows")
        rows = session_table(spark, events.table, told, settings)
        sessions = folder / "features.parquet"
        if not _fetch(rows, sessions, settings):
            raise IngestError("no session could be made from the events.", where=source)
        progress(1.0, "Made session rows")
        yield TrainingRows(sessions=sessions, report=events.report, cut=cut)


def _fetch(rows: DataFrame, out: Path, settings: Settings) -> int:
    """Bring session rows here, a part at a time, and sort them as the embedded engine does."""
    unsorted = out.with_name("unsorted.parquet")
    n_sessions = 0
    with pq.ParquetWriter(unsorted, SESSION_SCHEMA, compression="lz4") as writer:
        for row in rows.mapInArrow(packed, "content binary").toLocalIterator():
            with pa.ipc.open_stream(row["content"]) as stream:
                for batch in stream:
                    writer.write_batch(batch)
                    n_sessions += batch.num_rows
    config = {
        "memory_limit": settings.duckdb_memory_limit,
        "threads": settings.threads,
        "temp_directory": str(out.parent / "spill"),
    }
    with duckdb.connect(config=config) as connection:
        found = connection.read_parquet(str(unsorted)).order("started_at, session_id")
        found.write_parquet(str(out), compression="zstd", row_group_size=ROWS_PER_GROUP)
    unsorted.unlink()
    return n_sessions


def packed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Pack each batch into one cell (on an executor): Spark would hand over rows one by one otherwise."""
    for batch in batches:
        sink = pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.ipc.new_stream(sink, SESSION_SCHEMA, options=options) as stream:
            stream.write_batch(batch.cast(SESSION_SCHEMA))
        yield pa.record_batch({"content": pa.array([sink.getvalue().to_pybytes()], pa.binary())})
