"""Scored sessions as a key: one version of a file, at one threshold."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.base.errors import NotFoundError
from core.results import query
from core.results.scored_sessions import ScoredSessions
from tests.core.results.scored import scored_frame, write_scored


def test_a_file_written_anew_is_another_version(tmp_path: Path) -> None:
    path = write_scored(scored_frame(20), tmp_path / "sessions.parquet")
    before = ScoredSessions.of(path)
    assert before == ScoredSessions.of(path)
    assert hash(before) == hash(ScoredSessions.of(path))
    os.utime(path, ns=(before.stamp + 1, before.stamp + 1))
    assert ScoredSessions.of(path) != before
    path.unlink()
    with pytest.raises(NotFoundError, match="no longer exist"):
        ScoredSessions.of(path)


def test_a_threshold_decides_who_counts_as_a_buyer(tmp_path: Path) -> None:
    frame = scored_frame(200)
    sessions = ScoredSessions.of(write_scored(frame, tmp_path / "sessions.parquet"))
    assert sessions.at(0.3) != sessions.at(0.4) != sessions
    assert sessions.at(0.3).at(None) == sessions
    sql = "SELECT count(*) FILTER (predicted_purchase) AS n FROM sessions"
    assert query.ask_one(sessions, sql)["n"] == frame["predicted_purchase"].sum()
    for threshold in (0.05, 0.3):
        wanted = (frame["purchase_probability"] >= threshold).sum()
        assert query.ask_one(sessions.at(threshold), sql)["n"] == wanted > 0
