"""Simulated events as Arrow tables and as files."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from core.base.errors import CoreError
from core.base.progress import Progress, silent
from core.schema.events import EVENT_SCHEMA
from core.simulate.intents import TYPES
from core.simulate.shop import BRANDS, CATEGORIES, CHANNELS, COLOURS, COUNTRIES, DEVICES, PAGES, catalogue
from core.simulate.visits import Visits, plan_visits
from core.simulate.walk import Events, walk

Start = date | datetime | str
CURRENCY = "EUR"
FIRST_DAY = "2026-01-01"
#: Sessions made at a time. It is part of what a seed means: another size gives another log.
BLOCK = 32_768


def simulate_events(n_sessions: int, *, seed: int = 7, start: Start = FIRST_DAY, days: int = 60) -> pa.Table:
    """Return an event log of the synthetic demo shop in ``EVENT_SCHEMA``.

    Parameters
    ----------
    n_sessions
        How many sessions, spread over ``days`` days from ``start`` (UTC).
    """
    batches = [batch for batch, _ in _blocks(n_sessions, seed, start, days)]
    return pa.Table.from_batches(batches, EVENT_SCHEMA)


def write_events(
    out: Path,
    *,
    n_sessions: int,
    seed: int = 7,
    start: Start = FIRST_DAY,
    days: int = 60,
    progress: Progress = silent,
) -> int:
    """Write an event log of the synthetic demo shop; return the number of events.

    Raises
    ------
    CoreError
        If ``out`` is neither ``.parquet`` nor ``.csv`` nor ``.csv.gz``.
    """
    n_events = 0
    with ExitStack() as stack:
        writer = _open(out, stack)
        for batch, done in _blocks(n_sessions, seed, start, days):
            writer.write_batch(batch)
            n_events += batch.num_rows
            progress(done / n_sessions, "Simulating sessions")
    return n_events


def _open(out: Path, stack: ExitStack) -> Any:  # noqa: ANN401 (an Arrow writer of one of two kinds)
    name = out.name.lower()
    if name.endswith(".parquet"):
        return stack.enter_context(pq.ParquetWriter(out, EVENT_SCHEMA, compression="zstd"))
    options = pa.csv.WriteOptions(quoting_style="none", quoting_header="none")
    if name.endswith(".csv"):
        return stack.enter_context(pa.csv.CSVWriter(out, EVENT_SCHEMA, write_options=options))
    if name.endswith(".csv.gz"):
        raw = stack.enter_context(out.open("wb"))
        # No name and no time in the header: the same log is the same bytes.
        zipped = stack.enter_context(gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0))
        return stack.enter_context(pa.csv.CSVWriter(zipped, EVENT_SCHEMA, write_options=options))
    raise CoreError(
        f"Can't tell from the name {out.name!r} how to write events.",
        where=str(out.name),
        remedy="Use a name that ends in .parquet, .csv or .csv.gz.",
    )


def _blocks(n_sessions: int, seed: int, start: Start, days: int) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Yield the log block by block, each with the number of sessions done so far."""
    if n_sessions < 1 or days < 1:
        raise CoreError(
            f"A log needs at least one session and one day, found {n_sessions} and {days}.",
            remedy="Ask for more.",
        )
    root = np.random.SeedSequence(seed)
    planning, *_ = root.spawn(1)
    visits = plan_visits(n_sessions, np.random.default_rng(planning), _midnight(start), days)
    for first in range(0, n_sessions, BLOCK):
        rows = slice(first, min(first + BLOCK, n_sessions))
        (own,) = root.spawn(1)
        yield _to_arrow(walk(visits, rows, own), visits, rows), rows.stop


def _midnight(start: Start) -> datetime:
    """Return the first day's midnight in UTC."""
    if isinstance(start, str):
        start = datetime.fromisoformat(start)
    return datetime.combine(start, time(), tzinfo=UTC)


def _to_arrow(events: Events, visits: Visits, rows: slice) -> pa.RecordBatch:
    of_product = {name: _take(values, events.product) for name, values in _product_columns().items()}
    per_visit = {
        name: values.take(pa.array(events.visit)) for name, values in _visit_columns(visits, rows).items()
    }
    columns: dict[str, Any] = {
        **per_visit,
        **of_product,
        "timestamp": pa.array(events.time_ms * 1000).cast(pa.timestamp("us")),
        "order": pa.array(events.position.astype(np.int64) + 1),
        "event_type": _take([str(kind) for kind in TYPES], events.kind),
        "category": _take(list(CATEGORIES), events.category),
        "price": _amounts(events.cents, 100),
        "quantity": _amounts(events.quantity, 1),
        "revenue": _amounts(events.revenue_cents, 100),
        "currency": pa.repeat(pa.scalar(CURRENCY), len(events)),
        "page": _take(list(PAGES), events.page),
    }
    arrays = [
        columns[field.name] if field.name in columns else pa.nulls(len(events), field.type)
        for field in EVENT_SCHEMA
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=EVENT_SCHEMA)


def _product_columns() -> dict[str, list[str]]:
    goods = catalogue()
    colours = list(COLOURS)
    return {
        "product_id": list(goods.ids),
        "brand": [BRANDS[code] for code in goods.brand],
        "colour": [colours[code] for code in goods.colour],
    }


def _visit_columns(visits: Visits, rows: slice) -> dict[str, pa.Array]:
    return {
        "session_id": _numbered("S", np.arange(rows.start, rows.stop) + 1),
        "visitor_id": _numbered("V", visits.visitor[rows] + 1),
        "country": _take([*COUNTRIES, None], visits.country[rows]),
        "device": _take(list(DEVICES), visits.device[rows]),
        "channel": _take(list(CHANNELS), visits.channel[rows]),
        "is_returning": pa.array(visits.returning[rows]),
    }


def _numbered(letter: str, numbers: npt.NDArray[Any]) -> pa.Array:
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 8, "0")
    return pc.binary_join_element_wise(pa.scalar(letter), digits, "")


def _take(words: list[str | None] | list[str], codes: npt.NDArray[Any]) -> pa.Array:
    """Return the word of each code; a negative code has none."""
    return pa.array(words, pa.string()).take(pa.array(codes, mask=codes < 0))


def _amounts(units: npt.NDArray[Any], per_unit: int) -> pa.Array:
    return pa.array(units / per_unit, mask=units < 0)
