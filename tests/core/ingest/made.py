"""What a file becomes: its events, and the session rows that are made of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from core.features import build_sessions
from core.ingest import IngestReport, SourceFile, ingest_files
from tests.core.ingest.reading import SETTINGS


class Made(NamedTuple):
    """The report of a file, its events (none of a file of sessions) and its session rows."""

    report: IngestReport
    events: list[dict[str, Any]]
    sessions: list[dict[str, Any]]

    @property
    def types(self) -> dict[str, int]:
        return dict(Counter(row["event_type"] for row in self.events))

    @property
    def visitors(self) -> int:
        return len({row["visitor_id"] for row in self.sessions})

    @property
    def buyers(self) -> int:
        return sum(bool(row["purchased"]) for row in self.sessions)

    @property
    def revenue(self) -> float:
        return round(sum(row["revenue"] or 0 for row in self.sessions), 2)

    def total(self, column: str) -> float:
        return sum(row[column] or 0 for row in self.sessions)


def make(folder: Path, *paths: Path) -> Made:
    """Read files as one export, as anybody would who is asked nothing."""
    out = folder / "made"
    report = ingest_files([SourceFile(path, path.name) for path in paths], out, settings=SETTINGS)
    if report.kind == "sessions":
        return Made(report, [], pq.read_table(out / "sessions.parquet").to_pylist())
    events = pq.read_table(out / "events.parquet").to_pylist()
    build_sessions(out / "events.parquet", out / "rows.parquet", told=report.told, settings=SETTINGS)
    return Made(report, events, pq.read_table(out / "rows.parquet").to_pylist())
