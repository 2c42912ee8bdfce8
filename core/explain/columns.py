"""Reasons as columns of a download, worked out while its rows are sent."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.base.atomic_write import atomic_write
from core.base.progress import Progress, silent
from core.base.written import counted, number
from core.bundle.predictor import Predictor
from core.explain.attribution import Target
from core.explain.explained import explain_one
from core.explain.sampling import predictor_of
from core.explain.sentences import REASONS, reason_columns, reason_schema
from core.results.export import Added, added_fields
from core.results.sources import find_source

#: Session rows that get their reasons at a time.
BATCH_ROWS = 32_768

#: What the address may say after ``reasons=``, and which prediction is meant.
ASKED: dict[str, Target] = {"yes": "purchase", "purchase": "purchase", "revenue": "revenue"}


def asked_reasons(result_id: str, asked: str | None) -> Added | None:
    """Return the columns of reasons a download asks for; None if it asks for none.

    Each row gets its three strongest reasons, as a sentence, a feature and points.

    Raises
    ------
    ExplainError
        If the model that scored the result is gone, or has no reasons to give.
    """
    target = ASKED.get(asked or "")
    if target is None:
        return None
    source = find_source(result_id)
    predictor = predictor_of(source)
    # What can't be explained is to be told before the first row is sent.
    explain_one(predictor, {}, target)
    # One thread, as the download itself: others are waiting for pages.
    make = partial(reason_columns, predictor, target=target, currency=source.currency, threads=1)
    return Added(schema=reason_schema(REASONS), make=make)


def write_reasons(
    sessions: Path, predictor: Predictor, *, currency: str | None = None, progress: Progress = silent
) -> None:
    """Add the columns of reasons to a Parquet file of session rows, some thousand rows at a time.

    Raises
    ------
    ExplainError
        If the bundle has no reasons to give; the file then stays as it is.
    """
    explain_one(predictor, {})
    # Another file until it is whole; the one that is read is then replaced.
    with pq.ParquetFile(sessions) as file, atomic_write(sessions) as partial_file:
        schema = pa.schema(
            [*file.schema_arrow, *added_fields(file.schema_arrow.names, reason_schema(REASONS))]
        )
        total, done = max(file.metadata.num_rows, 1), 0
        with pq.ParquetWriter(partial_file, schema) as writer:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                made = reason_columns(predictor, batch, currency=currency).combine_chunks()
                columns = [*batch.columns, *(column.combine_chunks() for column in made.columns)]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
                done += batch.num_rows
                progress(done / total, f"Finding reasons: {number(done)} of {counted(total, 'session')}")
