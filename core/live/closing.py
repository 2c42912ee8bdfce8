"""Sessions that are over, as a dataset that grows by the day: every page opens it, models train on it.

Their events become Parquet in the form of a canonical export. Whatever happens in between, each event
gets there once: a day's file keeps its name until its events are gone from the database.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.base.atomic_write import atomic_write
from core.base.errors import CoreError
from core.base.settings import Settings
from core.base.sql import identifier
from core.jobs.scoring import submit
from core.live.connection import Connection
from core.live.database import fact, live_folder, reader, remember, writing
from core.live.keys import Key, get_key, keys
from core.live.schema import EVENT_COLUMNS
from core.live.scoring import as_table
from core.storage import Dataset, NewFile, get_store

log = logging.getLogger(__name__)

#: Events written at a time.
CHUNK = 50_000
#: Events marked or deleted at a time, which scores wait for.
PIECE = 5_000
_TAKEN = (
    "UPDATE over SET batch = ? WHERE n IN "
    "(SELECT n FROM over WHERE source = ? AND batch IS NULL ORDER BY n LIMIT ?)"
)
_GONE = "DELETE FROM over WHERE n IN (SELECT n FROM over WHERE source = ? AND batch = ? ORDER BY n LIMIT ?)"
_NAMES = ", ".join(identifier(name) for name in EVENT_COLUMNS)


def made_of(source: str) -> str:
    """Return what the store knows the dataset of a source by."""
    return f"live:{source}"


def waiting_sources(settings: Settings) -> tuple[str, ...]:
    """Return the sources of which sessions are over that no dataset has yet."""
    rows = reader(settings).execute("SELECT DISTINCT source FROM over ORDER BY 1")
    return tuple(source for (source,) in rows)


def dataset_of(settings: Settings, source: str) -> Dataset | None:
    """Return the dataset a source has grown into; None where there is none yet."""
    return get_store(settings).dataset_made_of(made_of(source))


def grow_daily(settings: Settings, now: datetime | None = None) -> None:
    """Let the dataset of each source grow once a day, by what is over."""
    today = f"{now or datetime.now(UTC):%Y-%m-%d}"
    for source in waiting_sources(settings):
        name = f"grown:{source}"
        before = fact(settings, name)
        if before is not None and before < today:
            grow(settings, source)
        if before != today:
            remember(settings, name, today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing:
    """A source, the dataset it has grown into so far, and whether visits wait to be added to it."""

    key: Key
    dataset: Dataset | None
    is_waiting: bool


def growing(settings: Settings) -> tuple[Growing, ...]:
    """Return the sources that have a dataset, or visits for one."""
    waiting = set(waiting_sources(settings))
    found = (
        Growing(key=key, dataset=dataset_of(settings, key.id), is_waiting=key.id in waiting)
        for key in keys(settings)
        if key.kind == "write"
    )
    return tuple(each for each in found if each.dataset is not None or each.is_waiting)


def grow(settings: Settings, source: str, now: datetime | None = None) -> Dataset | None:
    """Add what is over to the dataset of a source and have it scored; None where nothing is.

    Raises
    ------
    CoreError
        If the file can't be written or stored; nothing is lost, and another try goes on with it.
    """
    # The worker does it by night, a page when somebody asks for it: one after the other.
    live_folder(settings).mkdir(parents=True, exist_ok=True)
    with (live_folder(settings) / "grow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _grow(settings, source, now)


def _grow(settings: Settings, source: str, now: datetime | None) -> Dataset | None:
    connection, written = reader(settings), f"written:{source}"
    unfinished = connection.execute(
        "SELECT batch FROM over WHERE source = ? AND batch IS NOT NULL LIMIT 1", [source]
    ).fetchone()
    batch = unfinished[0] if unfinished else f"live-{now or datetime.now(UTC):%Y-%m-%dT%H-%M-%S}.parquet"
    if not unfinished and not _in_pieces(connection, _TAKEN, [batch], [source]):
        return None
    dataset = dataset_of(settings, source)
    if dataset is None or fact(settings, written) != batch:
        dataset = _add(settings, source, batch, dataset)
        # From here on the file has them: whatever happens, they don't get there a second time.
        remember(settings, written, batch)
    _in_pieces(connection, _GONE, [], [source, batch])
    try:
        submit(dataset.id, who=dataset.id, settings=settings)
    except CoreError as error:
        log.warning("dataset %s has grown but could not be scored: %s", dataset.id, error)
    return dataset


def _add(settings: Settings, source: str, batch: str, dataset: Dataset | None) -> Dataset:
    """Write the events of a batch and add them to a dataset, or make it of them."""
    path = live_folder(settings) / f"{source}-{batch}"
    _write(settings, source, batch, path)
    store, key, file = get_store(settings), get_key(settings, source), NewFile(path=path, filename=batch)
    if dataset is not None:
        return store.grow_dataset(dataset.id, file)
    return store.add_dataset_of(
        [file], name=f"Live: {key.name}", synthetic=key.synthetic, made_of=made_of(source)
    )


def _in_pieces(connection: Connection, sql: str, values: Sequence[str], where: Sequence[str]) -> int:
    """Change some events after others, and return how many: scores are written in between."""
    changed = 0
    while True:
        with writing(connection):
            n = connection.execute(sql, [*values, *where, PIECE]).rowcount
        changed += n
        if n < PIECE:
            return changed


def _write(settings: Settings, source: str, batch: str, path: Path) -> None:
    """Write the events of a batch; a column that none of them fills is no column of the export."""
    connection = reader(settings)
    where = "FROM over WHERE source = ? AND batch = ?"
    counts = ", ".join(f"count({identifier(name)})" for name in EVENT_COLUMNS)
    filled = connection.execute(f"SELECT {counts} {where}", [source, batch]).fetchone() or ()
    names = [name for name, n in zip(EVENT_COLUMNS, filled, strict=True) if n]
    events = connection.stream(f"SELECT {_NAMES} {where} ORDER BY n", [source, batch], CHUNK)
    schema = pa.schema([field for field in as_table([]).schema if field.name in names])
    with atomic_write(path) as partial, pq.ParquetWriter(partial, schema, compression="zstd") as writer:
        for rows in events:
            writer.write_table(as_table(rows).select(names))
