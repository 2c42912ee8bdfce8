"""Read a small export, make its session rows, and look at both."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from core.base.settings import Settings
from core.features import build_sessions
from core.ingest import IngestReport, Mapping, SourceFile, ingest_files, inspect_files
from tests.core.ingest.reading import SETTINGS


@dataclass(frozen=True)
class Export:
    report: IngestReport
    folder: Path
    settings: Settings

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The session rows, made when they are first looked at: a fifth of what it takes to read a file."""
        made = self.folder / "sessions.parquet"
        if self.report.kind == "events":
            build_sessions(
                self.folder / "events.parquet", made, told=self.report.told, settings=self.settings
            )
        return pq.read_table(made).to_pylist()

    @property
    def by_id(self) -> dict[str, dict[str, Any]]:
        return {row["session_id"]: row for row in self.rows}

    @property
    def n_buyers(self) -> int:
        return sum(row["purchased"] is True for row in self.rows)

    @property
    def revenue(self) -> float:
        return round(sum(row["revenue"] or 0 for row in self.rows), 6)

    def column(self, name: str) -> list[Any]:
        """Values of the sessions in the order of their visitors or, without these, their ids."""
        rows = sorted(self.rows, key=lambda row: (row["visitor_id"] or "", row["session_id"]))
        return [row[name] for row in rows]

    def says(self, *words: str) -> str | None:
        """The severity of the first assumption that has all words."""
        found = (made for made in self.report.assumptions if all(word in made.text for word in words))
        return next((made.severity for made in found), None)


def export_of(
    *paths: Path, mapping: Mapping | None = None, settings: Settings = SETTINGS, **more: Any
) -> Export:
    """Read files as one export, mapped as recognised or guessed; ``more`` changes the mapping."""
    files = [SourceFile(path, path.name) for path in paths]
    mapping = mapping or inspect_files(files).mapping
    mapping = Mapping.from_dict({**mapping.to_dict(), **more})
    folder = Path(tempfile.mkdtemp(prefix=f"{paths[0].name}-read-", dir=paths[0].parent))
    report = ingest_files(files, folder, mapping=mapping, settings=settings)
    assert report.rows_read == report.rows_kept + report.rows_rejected
    assert IngestReport.from_dict(report.to_dict()) == report
    assert [entry for entry in folder.iterdir() if entry.name.startswith(".")] == []
    return Export(report, folder, settings)
