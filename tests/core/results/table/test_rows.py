"""Rows of the table by their place in the file: from memory, or looked up in it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.results import cache
from core.results.scored_sessions import ScoredSessions
from core.results.table import row_store, rows
from tests.core.results.scored import scored_frame, write_scored

PLACES = [7, 3, 599, 0, 250]


@pytest.mark.parametrize("threshold", [None, 0.03])
@pytest.mark.parametrize("left_out", [[], ["price_mean", "price_max", "cart_value", "revenue"], ["device"]])
def test_rows_in_memory_looked_up_and_stored_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threshold: float | None, left_out: list[str]
) -> None:
    frame = scored_frame().drop(columns=left_out, errors="ignore")
    path = write_scored(frame, tmp_path / "scored.parquet")
    words = pa.array([f"word {place}" for place in range(len(frame))])
    pq.write_table(pq.read_table(path).append_column("own words", words), path)
    sessions = ScoredSessions.of(path).at(threshold)
    kept = rows.fetch(sessions, PLACES)
    for module in (rows, cache):
        monkeypatch.setattr(module, "LARGE", 0)
    assert row_store.stored(sessions, PLACES) is None
    assert kept == rows.fetch(sessions, PLACES)
    monkeypatch.setattr(row_store, "ROWS", 64)
    monkeypatch.setattr(row_store, "READ", 100)
    row_store.store_rows(sessions)
    monkeypatch.setattr(rows, "_looked_up", None)
    assert kept == rows.fetch(sessions, PLACES)
    assert [row["own words"] for row in kept] == [f"word {place}" for place in PLACES]


def test_a_file_written_anew_is_read_anew(tmp_path: Path) -> None:
    path = write_scored(scored_frame(seed=1), tmp_path / "scored.parquet")
    before = rows.fetch(ScoredSessions.of(path), PLACES)
    write_scored(scored_frame(seed=2), path)
    after = rows.fetch(ScoredSessions.of(path), PLACES)
    assert [row["session_id"] for row in before] != [row["session_id"] for row in after]
