"""The road from a file to scored sessions, as functions of files: read, make sessions, predict.

The steps of a job and the command line both go this way; nothing in here knows of the store.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.base.atomic_write import atomic_write
from core.base.errors import IngestError
from core.base.progress import Progress, part, silent
from core.base.settings import Settings
from core.base.written import counted, number
from core.schema.sessions import PREDICTION_SCHEMA, SESSION_SCHEMA

if TYPE_CHECKING:
    from core.bundle.predictor import Predictor
    from core.ingest import IngestReport
    from core.schema.events import Told

#: Sessions predicted at a time by one thread: their matrix stays in the processor's cache.
BATCH_ROWS = 32_768
#: Batches in a row group of the result: few large groups are read faster than many small ones.
BATCHES_PER_GROUP = 4
#: What isn't predicted where a shop has no model of its own.
WITHHELD = tuple(name for name in PREDICTION_SCHEMA.names if not name.startswith("cluster_"))
_IDS = ("session_id", "visitor_id")
#: Share of the way from events to predictions after which there are session rows.
MAKING = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What was counted while predicting.

    Amounts are in the export's currency; ``n_answered`` counts sessions whose purchase is predicted (none
    where the model knows clusters only), ``n_purchased`` those known to have bought.
    """

    n_sessions: int = 0
    n_answered: int = 0
    n_predicted: int = 0
    expected_revenue: float = 0.0
    n_outcomes: int = 0
    n_purchased: int = 0
    n_revenues: int = 0

    def plus(self, batch: pa.RecordBatch) -> Scored:
        """Return the counts with another batch of scored sessions."""
        purchased = batch["purchased"]
        return Scored(
            n_sessions=self.n_sessions + batch.num_rows,
            n_answered=self.n_answered + batch.num_rows - batch["predicted_purchase"].null_count,
            n_predicted=self.n_predicted + int(batch["predicted_purchase"].true_count),
            expected_revenue=self.expected_revenue + (pc.sum(batch["expected_revenue"]).as_py() or 0.0),
            n_outcomes=self.n_outcomes + batch.num_rows - purchased.null_count,
            n_purchased=self.n_purchased + int(purchased.true_count),
            n_revenues=self.n_revenues + batch.num_rows - batch["revenue"].null_count,
        )


def make_sessions(
    folder: Path, report: IngestReport, out: Path, *, settings: Settings, progress: Progress = silent
) -> Path:
    """Return the session rows of an ingested export: made into ``out``, or the file that has them.

    Parameters
    ----------
    folder
        Where the export was ingested to.

    Raises
    ------
    IngestError
        If not one session came out.
    """
    if report.kind == "sessions":
        return folder / "sessions.parquet"
    # Here, not above: it brings DuckDB, which scoring of session rows does without.
    from core.features import build_sessions

    with atomic_write(out) as partial:
        n_sessions = build_sessions(
            folder / "events.parquet", partial, told=report.told, settings=settings, progress=progress
        )
        _need_sessions(n_sessions)
    return out


def predict_sessions(
    sessions: Path,
    out: Path,
    *,
    predictor: Predictor,
    held_out: pa.Table | None = None,
    progress: Progress = silent,
) -> Scored:
    """Predict session rows batch by batch, straight into Parquet.

    Parameters
    ----------
    held_out
        Purchase and revenue of each session by models that had not seen its visitor, in the order of
        ``sessions``: they stand where the predictor's own would. Clusters are the predictor's.

    Returns
    -------
    Scored
        Counts of what was written. The file has the session row, the export's extra columns, then
        the predictions, in the order of ``sessions``.
    """
    source = pq.ParquetFile(sessions)
    total = max(source.metadata.num_rows, 1)
    progress(0.0, "Predicting")

    def tell(done: int) -> None:
        progress(done / total, f"Predicting: {number(done)} of {counted(total, 'session')}")

    answers = predictor.predict_batches(_session_batches(source))
    if held_out is not None:
        answers = _replaced(answers, held_out, predictor.threshold)
    return _write_scored(answers, scored_schema(source.schema_arrow), out, tell)


def without_predictions(scored: Path, out: Path) -> Scored:
    """Write scored sessions without what is predicted of purchase and revenue: clusters stay."""
    source = pq.ParquetFile(scored)
    schema = source.schema_arrow

    def withheld() -> Iterator[pa.RecordBatch]:
        for batch in source.iter_batches(batch_size=BATCH_ROWS):
            columns = [
                pa.nulls(batch.num_rows, field.type) if field.name in WITHHELD else batch[field.name]
                for field in schema
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return _write_scored(withheld(), schema, out, lambda _: None)


def _replaced(
    answers: Iterable[pa.RecordBatch], held_out: pa.Table, threshold: float | None
) -> Iterator[pa.RecordBatch]:
    """Yield batches with what others have predicted of the same sessions, in the same order."""
    start = 0
    for batch in answers:
        told = held_out.slice(start, batch.num_rows).combine_chunks()
        start += batch.num_rows
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        for name in WITHHELD:
            columns[name] = told[name].chunk(0)
        if threshold is not None:
            columns["predicted_purchase"] = pc.greater_equal(columns["purchase_probability"], threshold)
        yield pa.RecordBatch.from_arrays(list(columns.values()), schema=batch.schema)


def predict_events(
    events: Path,
    out: Path,
    *,
    told: Told,
    predictor: Predictor,
    settings: Settings,
    progress: Progress = silent,
) -> Scored:
    """Make session rows of events and predict them as they come, without a file in between.

    Raises
    ------
    IngestError
        If not one session came out.
    """
    # Here, not above: see ``make_sessions``.
    from core.features import session_batches

    making = part(progress, 0.0, MAKING)
    work = out.with_name(f".{out.name}.work")
    with session_batches(
        events, work, told=told, settings=settings, progress=making, batch_rows=BATCH_ROWS
    ) as batches:

        def tell(done: int) -> None:
            progress(MAKING, f"Predicting: {counted(done, 'session')}")

        answers = predictor.predict_batches(batches)
        scored = _write_scored(answers, scored_schema(SESSION_SCHEMA), out, tell)
    if not scored.n_sessions:
        out.unlink()
    _need_sessions(scored.n_sessions)
    progress(1.0, "Predicted")
    return scored


def scored_schema(sessions: pa.Schema) -> pa.Schema:
    """Return the columns of a result: session row, extras, predictions."""
    return pa.schema([*_session_schema(sessions), *PREDICTION_SCHEMA])


def _write_scored(
    answers: Iterator[pa.RecordBatch], schema: pa.Schema, out: Path, tell: Callable[[int], None]
) -> Scored:
    """Write batches with their predictions; threads predict the next ones meanwhile."""
    scored = Scored()
    # Numbers and ids hardly repeat: a dictionary of them costs time and saves nothing.
    texts = [field.name for field in schema if pa.types.is_string(field.type) and field.name not in _IDS]
    with atomic_write(out) as partial, pq.ParquetWriter(partial, schema, use_dictionary=texts) as writer:
        while group := list(itertools.islice(answers, BATCHES_PER_GROUP)):
            writer.write_table(pa.Table.from_batches(group, schema))
            for batch in group:
                scored = scored.plus(batch)
            tell(scored.n_sessions)
    return scored


def _need_sessions(n_sessions: int) -> None:
    if not n_sessions:
        raise IngestError(
            "no session could be made from the events.",
            remedy="Check that events have a session or visitor, and a time or an order.",
        )


def _session_schema(sessions: pa.Schema) -> pa.Schema:
    extras = [field for field in sessions if field.name not in SESSION_SCHEMA.names]
    return pa.schema([*SESSION_SCHEMA, *extras])


def _session_batches(source: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    schema = _session_schema(source.schema_arrow)
    for batch in source.iter_batches(batch_size=BATCH_ROWS):
        yield batch.select(schema.names).cast(schema)
