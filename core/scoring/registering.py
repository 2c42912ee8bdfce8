"""Sessions scored elsewhere, as a result the dashboard opens: a Parquet file, or a folder of them."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from core.base.errors import BundleError, NotFoundError, SchemaError, StorageError
from core.base.memory_database import scratch_database
from core.base.progress import Progress, part, silent
from core.base.settings import Settings, get_settings
from core.base.written import counted, number
from core.bundle.repository import read_manifest
from core.ingest import IngestReport
from core.schema.events import EventType, Told
from core.schema.sessions import PREDICTION_SCHEMA, SESSION_SCHEMA
from core.scoring.pipeline import finish_step
from core.scoring.steps import BATCH_ROWS, Scored, scored_schema
from core.storage import Dataset, Result, Store, get_store

TITLE = "Scored elsewhere"
#: Where a scored file says which model answered, and in which currency: in the metadata of its columns
#: (Spark's way) or of its schema.
SCORED_WITH = "scored_with"
_SPARK_SCHEMA = b"org.apache.spark.sql.parquet.row.metadata"
NEEDED = ("session_id", *PREDICTION_SCHEMA.names)


def register(
    source: Path,
    *,
    name: str,
    bundle: str | None = None,
    currency: str | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> Result:
    """Copy scored sessions into the store, as a dataset with a finished result.

    Parameters
    ----------
    source
        A Parquet file, or a folder of them as Spark writes it. It stays as it is.
    bundle
        The model that scored it; what the file itself says without it.

    Raises
    ------
    NotFoundError
        If there is no Parquet file.
    SchemaError
        If it isn't what scoring writes, or a session is in it twice.
    BundleError
        If the model isn't known or not here: the dashboard needs it to explain the predictions.
    """
    settings = get_settings(settings)
    files = _files(source)
    schema, origin = _checked(files)
    bundle = bundle or origin.get("bundle")
    if not bundle:
        raise BundleError(
            "The file doesn't name the model that scored it.",
            where=source.name,
            remedy="Name it: --bundle NAME.",
        )
    read_manifest(bundle, settings)
    store = get_store(settings)
    store.ensure_room(sum(path.stat().st_size for path in files))
    with tempfile.TemporaryDirectory(prefix="registering-", dir=store.incoming_dir) as folder:
        copy = Path(folder) / f"{source.stem}.parquet"
        scored = _copy(files, schema, copy, settings, part(progress, 0.0, 0.7))
        if not scored.n_sessions:
            raise SchemaError("There is no session in it.", where=source.name)
        dataset = store.add_dataset(copy, filename=copy.name, name=name)
    progress(0.8, "Preparing its page")
    try:
        return _result(store, dataset, scored, bundle, currency or origin.get("currency"))
    except BaseException:
        store.delete_dataset(dataset.id)
        raise


def _files(source: Path) -> list[Path]:
    """Return the Parquet files; what Spark keeps for itself begins with a point or an underscore."""
    files = [source] if source.is_file() else sorted(source.rglob("*.parquet"))
    files = [path for path in files if not _is_hidden(path, source)]
    if not files:
        raise NotFoundError("There is no Parquet file.", where=str(source), remedy="Check the path.")
    return files


def _is_hidden(path: Path, source: Path) -> bool:
    return any(piece.startswith((".", "_")) for piece in path.relative_to(source).parts)


def _checked(files: Iterable[Path]) -> tuple[pa.Schema, Mapping[str, Any]]:
    """Return the schema all files have, and what they say of themselves."""
    first: pa.Schema | None = None
    origin: Mapping[str, Any] = {}
    for path in files:
        try:
            schema = pq.read_schema(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise SchemaError(
                "It is no Parquet file, or cut off.", where=path.name, remedy="Write it again."
            ) from error
        if first is None:
            first, origin = schema, scored_with(schema)
            _check(schema, path.name)
        elif schema.names != first.names or schema.types != first.types:
            raise SchemaError("The files don't have the same columns.", where=path.name)
        elif scored_with(schema) != origin:
            raise SchemaError("The files were not scored by the same model.", where=path.name)
    if first is None:
        raise ValueError("there is a file at least")
    return first, origin


def _check(schema: pa.Schema, where: str) -> None:
    if missing := [name for name in NEEDED if name not in schema.names]:
        raise SchemaError(
            f"It has no column {', '.join(missing)}.",
            where=where,
            remedy="Register what `python -m core score` has written.",
        )
    for field in (*SESSION_SCHEMA, *PREDICTION_SCHEMA):
        if field.name in schema.names and _family(schema.field(field.name).type) != _family(field.type):
            raise SchemaError(
                f"{field.name} is {schema.field(field.name).type}; {field.type} is needed.", where=where
            )


def _family(kind: pa.DataType) -> str:
    """Return what of a type matters: numbers of other widths and texts of other encodings are fine."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    tests = {
        "text": (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
        "number": (pa.types.is_integer, pa.types.is_floating),
        "time": (pa.types.is_timestamp,),
    }
    return next((family for family, told in tests.items() if any(test(kind) for test in told)), str(kind))


def scored_with(schema: pa.Schema) -> Mapping[str, Any]:
    """Return what a file says of how it was scored: ``bundle`` and ``currency``; nothing if it doesn't."""
    metadata = schema.metadata or {}
    try:
        if SCORED_WITH.encode() in metadata:
            return dict(json.loads(metadata[SCORED_WITH.encode()]))
        fields = json.loads(metadata.get(_SPARK_SCHEMA, b"{}")).get("fields", [])
        entries = (field["metadata"][SCORED_WITH] for field in fields if SCORED_WITH in field["metadata"])
        return dict(json.loads(next(entries, "{}")))
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _copy(files: list[Path], schema: pa.Schema, out: Path, settings: Settings, progress: Progress) -> Scored:
    """Write all sessions into one file, in the order and layout every result has."""
    wanted = scored_schema(
        pa.schema([field for field in schema if field.name not in PREDICTION_SCHEMA.names])
    )
    columns = ", ".join(
        f'"{field.name}"' if field.name in schema.names else f'NULL AS "{field.name}"' for field in wanted
    )
    limits: dict[str, Any] = {"memory_limit": settings.duckdb_memory_limit, "threads": settings.threads}
    progress(0.0, "Copying the sessions")
    try:
        with scratch_database(out.parent / "spill", **limits) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.read_parquet([str(path) for path in files], hive_partitioning=False).create_view(
                "given"
            )
            _check_ids(connection)
            rows = connection.sql(f"SELECT {columns} FROM given ORDER BY started_at, session_id")
            return _write(rows.to_arrow_reader(BATCH_ROWS), wanted, out, progress)
    except duckdb.OutOfMemoryException as error:
        raise StorageError(
            "There isn't enough memory or disk to copy it.", remedy="Raise PREDICTOR_DUCKDB_MEMORY_LIMIT."
        ) from error


def _check_ids(connection: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT count(*), count(session_id), count(DISTINCT session_id) FROM given"
    rows, named, different = connection.execute(query).fetchall()[0]
    if different < rows:
        problem = (
            f"{number(rows - named)} rows have no session id" if named < rows else "A session is in it twice"
        )
        raise SchemaError(f"{problem}.", remedy="Register one result at a time, one row per session.")


def _write(reader: pa.RecordBatchReader, wanted: pa.Schema, out: Path, progress: Progress) -> Scored:
    scored = Scored()
    texts = [field.name for field in wanted if pa.types.is_string(field.type)]
    with pq.ParquetWriter(out, wanted, use_dictionary=texts) as writer:
        for given in reader:
            batch = given.cast(wanted)
            writer.write_batch(batch, row_group_size=BATCH_ROWS)
            scored = scored.plus(batch)
            progress(0.5, f"Copying: {counted(scored.n_sessions, 'session')}")
    return scored


def _result(store: Store, dataset: Dataset, scored: Scored, bundle: str, currency: str | None) -> Result:
    types = frozenset({str(EventType.PURCHASE)} if scored.n_outcomes else ())
    names = set(pq.read_schema(dataset.upload_path).names) - set(PREDICTION_SCHEMA.names)
    report = IngestReport(
        format=dataset.recognition.format,
        title=TITLE,
        kind="sessions",
        rows_read=scored.n_sessions,
        rows_kept=scored.n_sessions,
        rejected={},
        told=Told(columns=frozenset(names), event_types=types),
        currency=currency,
        notes=("It was scored elsewhere and then registered here.",),
    )
    store.set_report(dataset.id, report)
    result = store.create_result(dataset.id, bundle=bundle)
    # The same bytes are what can be scored again and what was scored: they are kept once.
    _link(dataset.upload_path, result.path)
    finish_step(store, result, scored)
    return store.result(result.id)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
