"""Write a small file, read it whole, and look at what came of it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from core.base.settings import Settings
from core.ingest import IngestReport, Mapping, ingest

SETTINGS = Settings(_env_file=None, threads=2, duckdb_memory_limit="500MB", min_free_bytes=0)


@dataclass(frozen=True)
class Read:
    report: IngestReport
    folder: Path

    @property
    def rows(self) -> list[dict[str, Any]]:
        found = pq.read_table(self.folder / f"{self.report.kind}.parquet").to_pylist()
        return sorted(
            found, key=lambda row: (str(row["session_id"]), str(row.get("timestamp")), str(row.get("order")))
        )

    @property
    def refused(self) -> list[dict[str, str]]:
        path = self.folder / "rejected.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]


def read(path: Path, mapping: Mapping | None = None, *, filename: str | None = None) -> Read:
    folder = path.parent / f"{path.name}-read"
    report = ingest(path, folder, filename=filename, mapping=mapping, settings=SETTINGS)
    left = [entry.name for entry in folder.iterdir() if entry.name.startswith(".")]
    assert left == [], "working files are left behind"
    assert report.rows_read == report.rows_kept + report.rows_rejected
    found = Read(report, folder)
    assert len(found.refused) == report.rows_rejected
    return found


def write(folder: Path, text: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path
