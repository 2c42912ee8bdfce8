"""An export that was being read when the process was killed: what had been read whole isn't read again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.base.settings import Settings
from core.ingest import IngestReport, SourceFile, exports, ingest_files
from core.simulate import write_events


class Killed(BaseException):
    """What ends a process: nobody catches it."""


@pytest.fixture
def files(tmp_path: Path) -> list[SourceFile]:
    made = []
    for seed in range(3):
        path = tmp_path / f"day-{seed}.csv"
        write_events(path, n_sessions=20, seed=seed)
        made.append(SourceFile(path, path.name))
    return made


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of files as they are read; the process is killed before one called ``deadly``."""
    names: list[str] = []
    real: Callable[..., IngestReport] = exports.read_file

    def noted(path: Path, *arguments: object, filename: str, **more: object) -> IngestReport:
        names.append(filename)
        return real(path, *arguments, filename=filename, **more)

    monkeypatch.setattr(exports, "read_file", noted)
    return names


def dying(stage: str) -> Callable[[float, str], None]:
    def progress(share: float, message: str) -> None:
        if stage in message:
            raise Killed

    return progress


def events_in(folder: Path) -> pa.Table:
    """Return events in one order: several threads write them as they come."""
    table = pq.read_table(folder / "events.parquet")
    return table.sort_by([(name, "ascending") for name in table.column_names])


@pytest.mark.parametrize(
    ("n", "dies_at", "again"),
    [(3, "day-2.csv", ["day-2.csv"]), (3, "Combining", []), (1, "Finding repeated events", [])],
)
def test_what_was_read_whole_is_kept(
    files: list[SourceFile], read: list[str], tmp_path: Path, n: int, dies_at: str, again: list[str]
) -> None:
    files, settings, kept = files[:n], Settings(), tmp_path / "kept"
    whole = ingest_files(files, tmp_path / "at once", settings=settings)
    stages: list[str] = []
    ingest_files(files, tmp_path / "told", settings=settings, progress=lambda _, said: stages.append(said))
    if not any(dies_at in stage for stage in stages):
        dies_at = stages[-2]  # The first rule of settling, whatever it is called.
    with pytest.raises(Killed):
        ingest_files(files, tmp_path / "killed", settings=settings, kept=kept, progress=dying(dies_at))
    read.clear()
    report = ingest_files(files, tmp_path / "out", settings=settings, kept=kept)
    assert read == again
    assert report == whole
    assert events_in(tmp_path / "out").equals(events_in(tmp_path / "at once"))


def test_what_would_be_read_in_another_way_is_read_again(
    files: list[SourceFile], read: list[str], tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    ingest_files(files, tmp_path / "out", settings=Settings(), kept=kept)
    read.clear()
    ingest_files(files, tmp_path / "out", settings=Settings(), kept=kept)
    assert read == []
    ingest_files(files, tmp_path / "out", settings=Settings(currency="CHF"), kept=kept)
    assert len(read) == len(files)
