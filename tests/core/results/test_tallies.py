"""Figures counted from arrays are those of SQL: weeks, values that aren't known, too many groups to count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.results import aggregates, cache, session_arrays, tallies, visitor_groups
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.results.session_arrays import CUBES
from core.results.view import ResultView
from tests.core.results.scored import scored_frame, write_scored


@pytest.fixture
def path(tmp_path: Path) -> Path:
    frame = scored_frame(1200)
    frame["started_at"] += pd.to_timedelta(frame.index % 200, "D")
    frame["day_of_week"] = frame["started_at"].dt.day_of_week + 1
    frame["country"] = np.where(frame.index % 3 == 0, None, "DE")
    (tmp_path / "result").mkdir()
    return write_scored(frame, tmp_path / "result" / "sessions.parquet")


def _counts(path: Path, filters: Filters) -> dict[str, list[tuple[object, int, int]]]:
    cache.forget()
    view = ResultView(path)
    sides = [by for cube in CUBES for by in cube]
    return {by: [(one.key, one.sums.n, one.sums.buyers) for one in view.groups(filters, by)] for by in sides}


@pytest.mark.parametrize("begins", ["monday", "sunday"])
@pytest.mark.parametrize("query", [{}, {"country": "(none)"}, {"from": "2026-02-01", "purchased": "no"}])
def test_groups_are_those_of_sql(
    path: Path, query: dict[str, str], begins: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aggregates, "week_begins", lambda: {"monday": 1, "sunday": 7}[begins])
    filters = Filters.from_query(query)
    in_sql = _counts(path, filters)
    assert ResultView(path).weekly
    monkeypatch.setattr(cache, "LARGE", 1000)
    monkeypatch.setattr(tallies, "PART", 64)
    monkeypatch.setattr(aggregates, "_ask", None)
    assert _counts(path, filters) == in_sql
    assert [key for key, *_ in in_sql["country"]] != ["DE"]


def test_too_many_groups_are_left_to_sql(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_sql = _counts(path, Filters(cluster=(1,)))
    monkeypatch.setattr(cache, "LARGE", 1000)
    monkeypatch.setattr(session_arrays, "MOST_CELLS", 3)
    assert _counts(path, Filters(cluster=(1,))) == in_sql
    assert session_arrays.cells(ScoredSessions.of(path), CUBES[0]) is None


def test_without_visitors_no_interval_takes_their_sessions_together(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_scored(scored_frame(1200).assign(visitor_id=None), path)
    in_sql = ResultView(path).quality(Filters())
    monkeypatch.setattr(cache, "LARGE", 1000)
    monkeypatch.setattr(visitor_groups, "LARGE", 1000)
    cache.forget()
    counted = ResultView(path).quality(Filters())
    assert in_sql is not None
    assert counted is not None
    assert not in_sql.by_visitor
    assert not counted.by_visitor
    assert counted.roc_auc == in_sql.roc_auc
