"""The road from an export to scored sessions on Spark; the same numbers as on one machine."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.base.errors import ExportError, IngestError
from core.base.progress import Progress, silent
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.engines.cells import read_cells
from core.engines.events import Events, read_events, spark_schema
from core.engines.predicting import predict_batches, ship
from core.engines.session import explained, quiet, spark_session
from core.schema.events import EVENT_SCHEMA, Told
from core.schema.sessions import SESSION_SCHEMA
from core.scoring.pipeline import Outcome
from core.scoring.registering import SCORED_WITH
from core.scoring.steps import Scored, scored_schema

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from core.ingest import Mapping as ColumnMapping


def score_on_spark(
    source: str,
    out: str,
    *,
    master: str | None = None,
    conf: Mapping[str, str] | None = None,
    bundle: str | None = None,
    mapping: ColumnMapping | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> Outcome:
    """Score an export on Spark into a folder of Parquet files.

    Parameters
    ----------
    source, out
        Anything Spark reads and writes; ``source`` may be a folder, a pattern or ``table:`` and a name.
    master, conf
        Where Spark runs and how it is set, unless it runs already.
    """
    from core.bundle.predictor import Predictor

    settings = shop_settings(settings)
    predictor = Predictor.load(bundle, settings)
    with spark_session(master, conf) as spark, explained(source), whole_or_nothing(spark, out):
        with events_of(spark, source, mapping, progress) as events:
            rows = session_table(spark, events.table, events.report.told, settings)
            progress(0.5, "Making session rows and predicting")
            answered = rows.mapInArrow(
                partial(predict_batches, shipped=ship(predictor, settings)),
                spark_schema(scored_schema(SESSION_SCHEMA)),
            )
            # In the metadata of a column it lasts through whatever copies or moves the files.
            said = json.dumps({"bundle": predictor.name, "currency": events.report.currency})
            answered.withMetadata("session_id", {SCORED_WITH: said}).write.parquet(out)
        progress(0.95, "Counting")
        scored = _counted(spark.read.parquet(out))
        if not scored.n_sessions:
            raise IngestError("no session could be made from the events.", where=source)
    progress(1.0, "Done")
    return Outcome(
        out=out,
        recognition=events.recognition,
        report=events.report,
        scored=scored,
        bundle=predictor.name,
        currency=events.report.currency or settings.currency,
        notes=(),
        rejected=None,
    )


@contextmanager
def whole_or_nothing(spark: SparkSession, out: str) -> Iterator[None]:
    """Check that nothing is where the result goes, and leave nothing there if it doesn't get finished.

    Raises
    ------
    ExportError
        If something is there. Spark itself would only say so in the end.
    """
    path = spark.sparkContext._jvm.org.apache.hadoop.fs.Path(out)
    files = path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
    taken = ExportError("There is something already.", where=out, remedy="Remove it, or write elsewhere.")
    if files.exists(path):
        raise taken
    try:
        yield
    except BaseException as error:
        if "PATH_ALREADY_EXISTS" in str(error):
            # Somebody else has begun to write there meanwhile: theirs it stays.
            raise taken from error
        files.delete(path, True)
        raise


@contextmanager
def events_of(
    spark: SparkSession, source: str, mapping: ColumnMapping | None, progress: Progress = silent
) -> Iterator[Events]:
    """Yield an export's canonical events, kept on the executors meanwhile."""
    progress(0.0, "Looking at the export")
    with quiet(), tempfile.TemporaryDirectory(prefix="spark-head-") as work:
        cells = read_cells(spark, source, Path(work))
        progress(0.05, "Reading the events")
        events = read_events(cells, mapping)
    try:
        yield events
    finally:
        events.forget()


def session_table(
    spark: SparkSession,
    events: DataFrame,
    told: Told,
    settings: Settings,
    *,
    first_events: int | None = None,
) -> DataFrame:
    """Return the session rows of canonical events, by the one definition of every feature."""
    from pyspark.sql import functions as f

    kinds = {field.name: field.dataType for field in spark_schema(EVENT_SCHEMA)}
    columns = {name: f.lit(None).cast(kind).alias(name) for name, kind in kinds.items()}
    columns |= {name: f.col(name) for name in events.columns if name in kinds}
    view = events.where("reason is null").select(*columns.values())
    view.createOrReplaceTempView("events")
    rows = spark.sql(compiled(told, settings.home_market, settings.session_gap_minutes, first_events))
    return rows.to(spark_schema(SESSION_SCHEMA))


@lru_cache(maxsize=64)
def compiled(told: Told, home_market: str, gap_minutes: int, first_events: int | None) -> str:
    """Return Spark's SQL that makes session rows of a view called ``events``."""
    import ibis

    # Naming the engine is what makes its options known.
    _ = ibis.pyspark
    from core.features.expression import session_rows

    events = ibis.table(ibis.Schema.from_pyarrow(EVENT_SCHEMA), name="events")
    rows = session_rows(
        events, told=told, home_market=home_market, gap_minutes=gap_minutes, first_events=first_events
    )
    return str(ibis.to_sql(rows, dialect="pyspark"))


def _counted(scored: DataFrame) -> Scored:
    from pyspark.sql import functions as f

    def how_many(condition: str) -> object:
        return f.count_if(f.expr(condition))

    row = scored.agg(
        f.count("*"),
        f.count("predicted_purchase"),
        how_many("predicted_purchase"),
        f.coalesce(f.sum("expected_revenue"), f.lit(0.0)),
        f.count("purchased"),
        how_many("purchased"),
        f.count("revenue"),
    ).collect()[0]
    return Scored(
        n_sessions=row[0],
        n_answered=row[1],
        n_predicted=row[2],
        expected_revenue=row[3],
        n_outcomes=row[4],
        n_purchased=row[5],
        n_revenues=row[6],
    )
