"""Samples that were taken apart, kept beside a large result."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.explain.attribution import check_target
from core.explain.explained import Explained
from core.results.cache import beside
from core.results.scored_sessions import ScoredSessions

_log = logging.getLogger(__name__)


def cached_sample(
    sessions: ScoredSessions, name: str, make: Callable[[], tuple[Explained, int]]
) -> tuple[Explained, int]:
    """Return a sample taken apart, and of how many sessions it is: as it was kept, or made now."""
    made: list[tuple[Explained, int]] = []

    def write(file: Path) -> None:
        made.append(make())
        _write(file, *made[0])

    file = beside(sessions, f"{name}.npz", write)
    if made:
        return made[0]
    if file is not None:
        try:
            return _read(file)
        except (OSError, ValueError, KeyError, pa.ArrowInvalid) as error:
            _log.warning("A sample could not be read: %s", error)
    return make()


def _write(file: Path, explained: Explained, total: int) -> None:
    rows = pa.BufferOutputStream()
    with pa.ipc.new_stream(rows, explained.table.schema) as stream:
        stream.write_table(explained.table)
    about = {"target": explained.target, "features": explained.features, "total": total}
    with file.open("wb") as out:
        np.savez(
            out,
            about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
            rows=np.frombuffer(rows.getvalue(), dtype=np.uint8),
            base=np.array(explained.base),
            effects=explained.effects,
            points=explained.points,
            prediction=explained.prediction,
        )


def _read(file: Path) -> tuple[Explained, int]:
    with np.load(file) as arrays:
        about = json.loads(arrays["about"].tobytes())
        explained = Explained(
            target=check_target(about["target"]),
            features=tuple(about["features"]),
            base=float(arrays["base"]),
            effects=arrays["effects"],
            points=arrays["points"],
            prediction=arrays["prediction"],
            table=pa.ipc.open_stream(arrays["rows"].tobytes()).read_all(),
        )
    return explained, int(about["total"])
