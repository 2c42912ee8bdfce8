"""What reading a file does where it can't be done: a clear message, and nothing left on the disk."""

from __future__ import annotations

import gzip
import io
import resource
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.base.errors import IngestError, StorageError
from core.base.settings import Settings
from core.ingest import ingest
from core.ingest.base.database import database
from core.ingest.base.duplicates import find_doubles
from tests.core.ingest.reading import SETTINGS, read, write

HEADER = "session_id,timestamp,event_type,product_id,price\n"
MEGABYTE = 1 << 20


def log(n_rows: int) -> str:
    """An event log that compresses badly."""
    keys = np.random.default_rng(3).integers(0, 2**62, (n_rows, 2))
    return HEADER + "".join(
        f"{a:x}{b:x},2026-10-01 10:{i // 60 % 60:02}:{i % 60:02},product_view,p{b:x},5\n"
        for i, (a, b) in enumerate(keys.tolist())
    )


@pytest.fixture(scope="module")
def whole() -> bytes:
    return log(60_000).encode()


def left(out: Path) -> list[Path]:
    return list(out.iterdir()) if out.exists() else []


def fails(tmp_path, data: bytes, name: str, settings: Settings = SETTINGS) -> StorageError | IngestError:
    path, out = write(tmp_path, data, name), tmp_path / "out"
    with pytest.raises((StorageError, IngestError)) as caught:
        ingest(path, out, settings=settings)
    assert left(out) == [], "something is left behind"
    assert caught.value.where == name
    return caught.value


@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gzip"])
def test_a_disk_that_is_full(tmp_path, whole, is_packed):
    data, name = (gzip.compress(whole, 1), "log.csv.gz") if is_packed else (whole, "log.csv")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    path, out = write(tmp_path, data, name), tmp_path / "out"
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEGABYTE, limits[1]))
    try:
        with pytest.raises(StorageError, match="disk is full") as caught:
            ingest(path, out, settings=SETTINGS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.where == name
    assert caught.value.remedy
    assert left(out) == []
    assert ingest(path, out, settings=SETTINGS).rows_kept == 60_000


def test_too_little_memory(tmp_path, whole):
    tight = SETTINGS.model_copy(update={"duckdb_memory_limit": "8MB"})
    error = fails(tmp_path, whole, "log.csv", tight)
    assert "enough memory" in error.message
    assert "PREDICTOR_DUCKDB_MEMORY_LIMIT" in str(error.remedy)


def test_a_text_cut_off_in_a_row_loses_that_row_only(tmp_path, whole):
    half = whole[: whole.index(b"product_view", len(whole) // 2)]
    found = read(write(tmp_path, half))
    assert found.report.rejected == {"The row has fewer cells than the header.": 1}
    assert found.report.rows_kept == half.count(b"\n") - 1


def test_archives_and_parquet_cut_off(tmp_path, whole):
    packed = gzip.compress(whole, 1)
    assert "cut off" in fails(tmp_path, packed[: len(packed) // 2], "log.csv.gz").message
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("log.csv", whole)
    path, out = write(tmp_path, sink.getvalue()[: len(packed) // 2], "log.zip"), tmp_path / "zip"
    with pytest.raises(IngestError, match="damaged or cut off"):
        ingest(path, out, settings=SETTINGS)
    assert not out.exists()
    pq.write_table(
        pa.table({"session_id": ["a"], "timestamp": [1], "event_type": ["search"]}), tmp_path / "t"
    )
    table = (tmp_path / "t").read_bytes()
    path = write(tmp_path, table[: len(table) - 20], "log.parquet")
    with pytest.raises(IngestError, match="damaged or cut off"):
        ingest(path, out, settings=SETTINGS)
    assert not out.exists()


def test_spilling_goes_where_it_is_told_and_leaves_nothing(tmp_path):
    elsewhere = tmp_path / "fast disk"
    settings = SETTINGS.model_copy(update={"spill_dir": elsewhere, "duckdb_memory_limit": "60MB"})
    with database(settings, tmp_path / "beside") as connection:
        connection.execute("CREATE TEMP TABLE t AS SELECT hash(range) AS h, range FROM range(8000000)")
        assert any(entry.is_file() for entry in elsewhere.rglob("*"))
    assert list(elsewhere.iterdir()) == []
    assert not (tmp_path / "beside").exists()


@pytest.mark.parametrize("most", [1000, 64], ids=["at once", "by shares"])
def test_values_that_occur_twice(tmp_path, most):
    with database(SETTINGS, tmp_path) as connection:
        once = "SELECT hash(range) AS h FROM range(500)"
        assert not find_doubles(connection, once, 500, table="suspects", most=most)
        twice = f"{once} UNION ALL SELECT hash(range) FROM range(100, 110) UNION ALL SELECT hash(100)"
        assert find_doubles(connection, twice, 511, table="suspects", most=most)
        missing = (
            "SELECT count(*) FROM suspects ANTI JOIN (SELECT hash(range) AS h FROM range(100, 110)) USING (h)"
        )
        assert connection.execute("SELECT count(*) FROM suspects").fetchall() == [(10,)]
        assert connection.execute(missing).fetchall() == [(0,)]
