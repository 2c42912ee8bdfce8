"""From a file to a file: the same rows as in memory, and as the pandas yardstick makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import pandas_baseline
from core.base.settings import Settings
from core.features import build_sessions, parts, rows_of
from core.schema.events import Told
from core.schema.sessions import SESSION_SCHEMA
from core.simulate import simulate_events, write_events

EVERYTHING = Told.everything()
WITHOUT_KEY = replace(EVERYTHING, columns=EVERYTHING.columns - {"session_id"})


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("events") / "events.parquet"
    write_events(path, n_sessions=5_000, seed=13)
    return path


def test_a_file_gives_the_rows_of_its_table(events: Path, tmp_path: Path):
    out, said = tmp_path / "sessions.parquet", []
    n_sessions = build_sessions(
        events,
        out,
        told=EVERYTHING,
        settings=Settings(threads=2),
        progress=lambda share, _: said.append(share),
    )
    found = pq.read_table(out)
    assert n_sessions == len(found) == 5_000
    assert found.schema.equals(SESSION_SCHEMA)
    assert_close(found, rows_of(pq.read_table(events)))
    starts = found["started_at"].to_pylist()
    assert starts == sorted(starts)
    assert said[-1] == 1.0
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_cut_after_three_events(events: Path, tmp_path: Path):
    out = tmp_path / "sessions.parquet"
    build_sessions(events, out, told=EVERYTHING, first_events=3)
    found = pq.read_table(out)
    assert max(found["n_events"].to_pylist()) == 3
    assert_close(found, rows_of(pq.read_table(events), first_events=3))


def test_little_memory_gives_the_same_rows(events: Path, tmp_path: Path):
    out = tmp_path / "it's here.parquet"
    build_sessions(events, out, told=EVERYTHING, settings=Settings(duckdb_memory_limit="96MB", threads=1))
    assert_close(pq.read_table(out), rows_of(pq.read_table(events)))


@pytest.mark.parametrize("told", [EVERYTHING, WITHOUT_KEY], ids=["sessions", "visitors"])
def test_part_by_part_gives_the_same_rows(
    events: Path, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    whole, out = tmp_path / "whole.parquet", tmp_path / "it's here.parquet"
    settings = Settings(duckdb_memory_limit="200MB", threads=2)
    build_sessions(events, whole, told=told, settings=settings)
    monkeypatch.setattr(parts, "BYTES_PER_EVENT", 20_000)
    shares: list[float] = []
    n_sessions = build_sessions(
        events, out, told=told, settings=settings, progress=lambda share, _: shares.append(share)
    )
    assert n_sessions == pq.read_metadata(whole).num_rows
    assert_close(pq.read_table(out), pq.read_table(whole))
    # At least four parts, then all sorted.
    assert len(set(shares)) >= 5
    assert shares == sorted(shares)
    assert sorted(tmp_path.iterdir()) == sorted([out, whole])


def test_a_failure_leaves_nothing_behind(events: Path, tmp_path: Path):
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(events.read_bytes()[:5000])
    with pytest.raises(Exception, match="broken"):
        build_sessions(broken, tmp_path / "sessions.parquet", told=EVERYTHING)
    assert list(tmp_path.iterdir()) == [broken]


def test_the_pandas_yardstick_makes_the_same_rows(tmp_path: Path):
    csv = tmp_path / "events.csv"
    write_events(csv, n_sessions=5_000, seed=13)
    made = pandas_baseline.session_rows(pandas_baseline.read_events(csv))
    table = pa.Table.from_pandas(made[SESSION_SCHEMA.names], schema=SESSION_SCHEMA, preserve_index=False)
    order = [("started_at", "ascending"), ("session_id", "ascending")]
    assert_close(table.sort_by(order), rows_of(simulate_events(5_000, seed=13)))


def assert_close(found: pa.Table, expected: pa.Table) -> None:
    """Check that tables agree: amounts and seconds to 1e-9, everything else exactly."""
    for name in SESSION_SCHEMA.names:
        ours, theirs = found[name].to_pylist(), expected[name].to_pylist()
        if pa.types.is_floating(SESSION_SCHEMA.field(name).type):
            assert ours == [
                value if value is None else pytest.approx(value, 1e-9, 1e-9) for value in theirs
            ], name
        else:
            assert ours == theirs, name
