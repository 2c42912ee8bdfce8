"""Sessions cut short: what was known of each after so many events, with the outcome of the whole.

A model that has seen only finished sessions takes a short one for one that was given up. Sessions are
therefore also learned from as they stood after 1, 2, 3, 5, 8, 13 … events before their first
purchase, as long as they went on after that. Test sessions are cut where models are judged instead.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.base.memory_database import scratch_database
from core.base.progress import Progress
from core.base.settings import Settings
from core.bundle.encoder import Encoder, Matrix
from core.bundle.model_card import JUDGED
from core.schema.events import Told

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
#: Another engine's way to cut sessions: after so many events, sessions (a table of ``session_id``) -> session
#: rows of those at least.
Cut = Callable[[int, pa.Table], pa.Table]

#: After so many events sessions are learned from, while enough of them go on.
LEARNED = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)
#: With fewer sessions going on, a length isn't worth making rows of.
LEAST_GOING_ON = 50
#: Cut short at most; more sessions are learned from at their end only.
MOST_CUT = 150_000


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Encoded sessions cut short: which session each row is of, and after how many events."""

    matrix: Matrix
    session: Codes
    k: Codes


def lengths(n_events: Codes, judged: Flags) -> list[int]:
    """Return the numbers of events to cut after, for some sessions of these lengths."""
    learned = [k for k in LEARNED if (n_events[~judged] > k).sum() >= LEAST_GOING_ON]
    return sorted({*learned, *(k for k in JUDGED if (n_events[judged] > k).any())})


def make_snapshots(
    events: Path | Cut,
    sessions: pa.Table,
    encoder: Encoder,
    judged: Flags,
    *,
    told: Told,
    settings: Settings,
    progress: Progress,
) -> Snapshots:
    """Cut sessions after so many events before their first purchase, if they go on.

    Parameters
    ----------
    events
        Parquet of canonical events; or how another engine cuts sessions.
    sessions
        The whole sessions; ``n_events`` says how long each is.
    judged
        Which of them are cut at ``JUDGED``; the others at ``LEARNED``.
    """
    n_events = pc.fill_null(sessions["n_events"], 0).to_numpy().astype(np.int64)
    cut = np.ones(len(n_events), dtype=bool)
    if (~judged).sum() > MOST_CUT:
        others = np.flatnonzero(~judged)
        cut[others] = False
        cut[np.random.default_rng(0).choice(others, MOST_CUT, replace=False)] = True
    ids = sessions["session_id"].combine_chunks()

    def wanted(k: int) -> Flags:
        length = np.where(judged, k in JUDGED, k in LEARNED)
        return np.asarray(length & cut & (n_events > k))

    parts: list[tuple[Matrix, Codes, int]] = []
    with tempfile.TemporaryDirectory(prefix="snapshots-") as folder:
        ks = lengths(n_events, judged)
        for number, k in enumerate(ks):
            progress(number / len(ks), f"Cutting sessions after {k} event{'s' * (k > 1)}")
            going_on = wanted(k)
            chosen = sessions.select(["session_id"]).filter(pa.array(going_on))
            table = _cut(events, k, chosen, Path(folder), told, settings)
            found = pc.index_in(table["session_id"].cast(ids.type), value_set=ids)
            row = pc.fill_null(found, -1).to_numpy().astype(np.int64)
            kept = (row >= 0) & going_on[row]
            order = np.flatnonzero(kept)[np.argsort(row[kept], kind="stable")]
            parts.append((encoder.transform(table.take(pa.array(order))), row[order], k))
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return Snapshots(np.empty((0, len(encoder.columns)), dtype=np.float32), none, none)
    return Snapshots(
        matrix=np.concatenate([matrix for matrix, _, _ in parts]),
        session=np.concatenate([row for _, row, _ in parts]),
        k=np.concatenate([np.full(len(row), k, dtype=np.int64) for _, row, k in parts]),
    )


def _cut(
    events: Path | Cut, k: int, chosen: pa.Table, folder: Path, told: Told, settings: Settings
) -> pa.Table:
    """Return session rows after ``k`` events; of the chosen sessions at least."""
    from core.features import build_sessions

    if not isinstance(events, Path):
        return events(k, chosen)
    source, out = events, folder / "sessions.parquet"
    if told.has_session_key:
        source = folder / "events.parquet"
        _only(events, chosen, source, settings)
    build_sessions(source, out, told=told, settings=settings, first_events=k)
    return pq.read_table(out)


def _only(events: Path, chosen: pa.Table, out: Path, settings: Settings) -> None:
    """Write the events of the chosen sessions: making rows of those that ended is most of the work."""
    limits: dict[str, Any] = {"memory_limit": settings.duckdb_memory_limit, "threads": settings.threads}
    with scratch_database(out.parent, preserve_insertion_order=False, **limits) as connection:
        connection.read_parquet(str(events)).create_view("events")
        connection.register("chosen", chosen)
        rows = connection.sql("select * from events semi join chosen using (session_id)")
        rows.write_parquet(str(out), compression="lz4")
