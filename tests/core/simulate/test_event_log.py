"""Simulated logs as files: the same events whatever the format, the same bytes for the same seed."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from core.base.errors import CoreError
from core.schema.events import EVENT_SCHEMA
from core.simulate import event_log, simulate_events, write_events


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".csv.gz"])
def test_a_file_holds_the_simulated_events(suffix: str, tmp_path: Path):
    out = tmp_path / f"events{suffix}"
    n_events = write_events(out, n_sessions=200, seed=5, days=9)
    expected = simulate_events(200, seed=5, days=9)
    types = dict(zip(EVENT_SCHEMA.names, EVENT_SCHEMA.types, strict=True))
    options = pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=True)
    found = pq.read_table(out) if suffix == ".parquet" else pyarrow.csv.read_csv(out, convert_options=options)
    assert n_events == len(expected)
    assert found.equals(expected)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".csv.gz"])
def test_the_same_seed_gives_the_same_bytes(suffix: str, tmp_path: Path):
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    for path in (one, two):
        write_events(path, n_sessions=100, seed=5)
    assert one.read_bytes() == two.read_bytes()


def test_sessions_are_sorted_by_start_over_all_blocks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(event_log, "BLOCK", 64)
    events = simulate_events(300, seed=5, days=9).to_pandas()
    sessions = events.drop_duplicates("session_id")
    assert len(sessions) == 300
    assert sessions["timestamp"].is_monotonic_increasing
    assert (events["session_id"] == events["session_id"].sort_values(kind="stable")).all()
    assert (events.groupby("session_id")["timestamp"].diff().dropna().dt.total_seconds() > 0).all()
    assert (events.groupby("session_id").cumcount() + 1 == events["order"]).all()


def test_a_visitor_s_sessions_are_more_than_half_an_hour_apart():
    events = simulate_events(3_000, seed=5, days=30).to_pandas()
    ends = events.groupby("session_id").agg(
        visitor=("visitor_id", "first"), start=("timestamp", "min"), end=("timestamp", "max")
    )
    ends = ends.sort_values(["visitor", "start"])
    silence = ends["start"] - ends.groupby("visitor")["end"].shift()
    assert silence.dropna().dt.total_seconds().min() > 30 * 60
    pauses = events.groupby("session_id")["timestamp"].diff().dropna().dt.total_seconds()
    assert pauses.max() < 30 * 60


@pytest.mark.parametrize("start", ["2026-05-01", date(2026, 5, 1), datetime(2026, 5, 1, 17, 30)])
def test_a_start_may_be_text_a_day_or_a_moment(start: object):
    assert simulate_events(20, start=start, days=3).equals(simulate_events(20, start="2026-05-01", days=3))


def test_progress_ends_at_all_of_it(tmp_path: Path):
    said: list[float] = []
    write_events(tmp_path / "e.csv", n_sessions=50, progress=lambda share, _: said.append(share))
    assert said[-1] == 1.0


def test_an_unknown_name_is_refused(tmp_path: Path):
    with pytest.raises(CoreError, match=r"\.parquet, \.csv or \.csv\.gz"):
        write_events(tmp_path / "events.txt", n_sessions=5)


def test_a_log_of_nothing_is_refused():
    with pytest.raises(CoreError, match="at least one session"):
        simulate_events(0)
