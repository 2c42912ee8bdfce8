"""What is kept of a large file: the same answers to the last bit, bounded, and gone with its file."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.results import aggregates, cache, footer, query, sample
from core.results.cache import Recent
from core.results.clusters.profiles import ClusterView
from core.results.columns import ColumnFilter, Sort
from core.results.filters import CHOICES, Filters
from core.results.scored_sessions import ScoredSessions
from core.results.table import row_order
from core.results.table.ag_grid import GridRequest
from core.results.table.rows import page
from core.results.view import ResultView
from core.scoring.prewarm_results import warm
from tests.core.results.scored import scored_frame, write_scored

FILTERS = [
    Filters(),
    Filters(cluster=(1,), threshold=0.03),
    Filters(p=(0.02, None), category=("shoes", None), reached="cart"),
    Filters(q="S0012"),
    Filters(q="s000", cluster=(0,), columns=(ColumnFilter(name="n_events", op="gt", values=("1",)),)),
    Filters(columns=(ColumnFilter(name="dominant_category", op="has", values=("Shoe",)),)),
    Filters(q="no such session"),
    Filters(cluster=(99,), end=date.max),
    Filters(category=("shoes", "no such"), weekday=(1, None), end=date(2026, 1, 12)),
    Filters(purchased=False, country=("FR", None), threshold=0.3),
    Filters(buyer=True, threshold=0.1, start=date(2026, 1, 7), end=date(2026, 1, 20)),
]
SORTS = [(), (Sort(name="cart_adds"),), (Sort(name="price_mean", descending=True),)]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    made = scored_frame(3000)
    made["started_at"] += pd.to_timedelta(made.index % 30, "D")
    made["expected_revenue"] *= 1.2345678
    made.loc[made.index[:60], "dominant_category"] = None
    return made


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a few thousand sessions count as many."""
    monkeypatch.setattr(cache, "LARGE", 1000)
    monkeypatch.setattr("core.results.visitor_groups.LARGE", 1000)
    monkeypatch.setattr("core.scoring.prewarm_results.LARGE", 1000)
    monkeypatch.setattr(sample, "SAMPLE", 900)
    monkeypatch.setattr(row_order, "FEW", 8)
    monkeypatch.setattr(row_order, "MANY", 100)
    monkeypatch.setattr(row_order, "STRIDE", 7)
    monkeypatch.setattr(row_order, "MARGIN", 2)
    cache.forget()
    yield
    cache.forget()


@pytest.fixture
def path(frame: pd.DataFrame, tmp_path: Path) -> Path:
    (tmp_path / "result").mkdir()
    return write_scored(frame, tmp_path / "result" / "sessions.parquet")


def _beside(path: Path) -> Path:
    return path.with_name(".sessions.kept")


def _everything(path: Path) -> list[Any]:
    """Ask everything pages ask."""
    view, clusters = ResultView(path), ClusterView(path)
    found: list[Any] = [view.span, view.told, view.cluster_names, view.threshold("none")]
    for filters in FILTERS:
        found += [view.kpis(filters), view.quality(filters), view.funnel(filters), view.points(filters, 50)]
        found += [view.groups(filters, by) for by in (*CHOICES, "day")]
        found += [view.histogram(filters, of) for of in ("p", "expected", "if_bought")]
        for sort in SORTS:
            asked = GridRequest(start=20, stop=45, columns=filters.columns, sort=sort)
            found.append(page(view, filters, asked))
    found += [clusters.outcomes(), clusters.profile(), clusters.axes()]
    return [*found, *(clusters.typical(cluster) for cluster in range(3))]


def _plain(found: Any) -> Any:
    """Return records as plain dicts and lists."""
    if is_dataclass(found):
        return {field.name: _plain(getattr(found, field.name)) for field in fields(found)}
    if isinstance(found, dict):
        return {key: _plain(value) for key, value in found.items()}
    return [_plain(one) for one in found] if isinstance(found, (list, tuple)) else found


def _nearly(plain: Any) -> Any:
    """Return what equals the same to 7 digits."""
    if isinstance(plain, float):
        return pytest.approx(plain, rel=1e-7, abs=1e-12, nan_ok=True)
    if isinstance(plain, dict):
        return {key: _nearly(value) for key, value in plain.items()}
    return [_nearly(one) for one in plain] if isinstance(plain, list) else plain


def _count_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whatever isn't kept fail."""
    monkeypatch.setattr(aggregates, "measure", None)
    monkeypatch.setattr(aggregates, "_ask", None)
    monkeypatch.setattr(aggregates, "tallies", None)


def test_answers_are_the_same_kept_or_not(path: Path, large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as small:
        small.setattr(cache, "LARGE", 10**9)
        plain = _everything(path)
        assert not _beside(path).exists()
    cache.forget()
    fresh = _everything(path)
    # Of a large file, amounts are in single precision.
    assert _plain(fresh) == _nearly(_plain(plain))
    assert any(_beside(path).rglob("sample.parquet"))

    # Another process, or the next start of the server: nothing is counted again.
    cache.forget()
    _count_nothing(monkeypatch)
    again = _everything(path)
    assert again == fresh
    assert [type(value) for value in again] == [type(value) for value in plain]


def test_preparing_asks_what_the_page_asks(path: Path, large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    warm(path)
    cache.forget()
    _count_nothing(monkeypatch)
    view = ResultView(path)
    assert view.kpis(Filters()).n == 3000
    assert view.quality(Filters()) is not None
    view.prepare(Filters())
    assert len(ClusterView(path).typical(1)) == 8


def test_a_small_file_keeps_nothing_on_disk(path: Path) -> None:
    warm(path)
    ResultView(path).prepare(Filters())
    # But for its days, which home adds up over all exports.
    assert {found.name for found in path.parent.rglob("*.*") if found.is_file()} == {
        "sessions.parquet",
        "daily.parquet",
    }


def test_answers_on_disk_are_bounded(path: Path, large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST", 20)
    monkeypatch.setattr(cache, "MOST_ASIDE", 4)
    view = ResultView(path)
    for place in range(15):
        view.prepare(Filters(q=f"s00{place:02d}"))
        cache.beside(view.sessions, f"{place}.parquet", lambda out: out.write_bytes(b"there"))
    assert 0 < len(list(_beside(path).rglob("*.json"))) <= 20
    assert len(list(_beside(path).rglob("*.parquet"))) <= 4
    assert not list(_beside(path).rglob(".*.*"))


def test_a_file_written_anew_forgets_what_was_kept(path: Path, large: None, frame: pd.DataFrame) -> None:
    assert ResultView(path).kpis(Filters()).n == 3000
    (before,) = _beside(path).iterdir()
    write_scored(frame.iloc[:2000], path)
    assert ResultView(path).kpis(Filters()).n == 2000
    (after,) = _beside(path).iterdir()
    assert before != after


def test_a_deleted_result_does_not_come_back(path: Path, large: None) -> None:
    view = ResultView(path)
    view.told  # noqa: B018 - reads the footer while the file is there
    shutil.move(path.parent, path.parent.with_name("trash"))
    cache._write(path.with_name(".sessions.kept") / "1" / "a.json", 1, int)
    assert not path.parent.exists()


def test_where_nothing_can_be_written_everything_is_answered(
    path: Path, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = _everything(path)
    cache.forget()
    shutil.rmtree(_beside(path))
    _beside(path).touch()
    assert _plain(_everything(path)) == _nearly(_plain(told))
    assert _beside(path).read_bytes() == b""


def test_what_is_damaged_on_disk_is_found_anew(path: Path, large: None) -> None:
    told = ResultView(path).kpis(Filters())
    for file in _beside(path).rglob("*.json"):
        file.write_text("{half", encoding="utf-8")
    cache.forget()
    assert ResultView(path).kpis(Filters()) == told


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_an_array_cut_short_on_disk_is_made_anew(path: Path, large: None, share: float) -> None:
    told = ResultView(path).kpis(Filters())
    arrays = [*_beside(path).rglob("*.npy")]
    assert arrays
    for file in arrays:
        file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    for file in _beside(path).rglob("*.json"):
        file.unlink()
    cache.forget()
    assert ResultView(path).kpis(Filters()) == told
    assert ResultView(path).kpis(Filters(cluster=(99,))).n == 0


def test_texts_that_a_large_file_lacks_are_unknown(frame: pd.DataFrame, tmp_path: Path, large: None) -> None:
    path = write_scored(frame.drop(columns="visitor_id"), tmp_path / "sessions.parquet")
    view, country = ResultView(path), ColumnFilter(name="country", op="isnt", values=("DE",))
    assert view.kpis(Filters(q="S0012")).n == frame["session_id"].str.contains("s0012").sum() > 0
    assert view.kpis(Filters(columns=(country,))).n == 0


@pytest.mark.parametrize("text", ["S0012", "00"], ids=["few", "many"])
def test_a_text_is_searched_for_once(
    path: Path, large: None, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, filters, searched = ResultView(path), Filters(q=text), []
    monkeypatch.setattr("core.results.view.MAX_POINTS", 50)
    view.prepare(Filters())
    answered = query._answered

    def watched(sessions: ScoredSessions, sql: str, *more: Any) -> Any:
        if "contains(" in sql and sessions.path == path:
            searched.append(sql)
        return answered(sessions, sql, *more)

    monkeypatch.setattr(query, "_answered", watched)
    view.prepare(filters)
    assert page(view, filters, GridRequest(start=0, stop=5, columns=(), sort=()))[1] == view.kpis(filters).n
    # Each half of the file.
    assert len(searched) == 2
    assert {file.name for file in _beside(path).rglob("*.parquet")} == {"sample.parquet"}


def test_the_latest_stay_in_memory() -> None:
    arrays = Recent(1000, lambda array: int(array.nbytes))
    made: list[str] = []

    def make(name: str) -> Any:
        made.append(name)
        return np.zeros(50)

    for name in ("a", "b", "a", "c", "a", "b"):
        arrays.get(name, lambda name=name: make(name))
    assert made == ["a", "b", "c", "b"]


@pytest.mark.parametrize("descending", [False, True], ids=["rising", "falling"])
def test_pages_are_in_the_order_sql_would_have(path: Path, large: None, descending: bool) -> None:
    sessions = ScoredSessions.of(path)
    some = Filters(purchased=False, threshold=0.05)
    orders = [(Sort(name=name, descending=descending),) for name in footer.KNOWN]
    orders += [
        (
            Sort(name="cluster_id"),
            Sort(name="dominant_category", descending=descending),
            Sort(name="cart_adds"),
        ),
        (Sort(name="is_returning", descending=descending), Sort(name="price_mean")),
        (Sort(name="cart_adds"), Sort(name="session_id", descending=descending)),
    ]
    for filters in (Filters(), some):
        where, params = filters.where()
        for sort in orders:
            by = ", ".join([*(part.sql() for part in sort), "session_id"])
            sql = f"SELECT file_row_number AS row FROM sessions WHERE {where} ORDER BY {by}"
            rows = [found["row"] for found in query.ask(sessions.at(filters.threshold), sql, params)]
            for start in (0, 777, len(rows) - 30, len(rows) + 5):
                found = row_order.block(sessions, filters, sort, start, start + 50)
                assert found == (rows[start : start + 50], len(rows)), (sort, start)


def test_an_array_on_disk_is_of_one_threshold(path: Path, large: None) -> None:
    sessions = ScoredSessions.of(path)

    def flags(at: float | None) -> np.ndarray:
        here = sessions.at(at)
        sql = "SELECT CAST(predicted_purchase AS TINYINT) AS flag FROM sessions"
        return cache.column_on_disk(here, "flag", lambda: np.asarray(query.arrays(here, sql)["flag"]))

    counts = [int(flags(at).sum()) for at in (0.02, 0.3)]
    cache.forget()
    assert [int(flags(at).sum()) for at in (0.02, 0.3)] == counts
    assert counts[0] > counts[1] > 0


@cache.cached(int)
def _predicted_buyers(sessions: ScoredSessions) -> int:
    sql = "SELECT count(*) FILTER (predicted_purchase) AS n FROM sessions"
    return int(query.ask_one(sessions, sql)["n"])


def test_an_answer_is_of_one_threshold(path: Path, large: None) -> None:
    sessions = ScoredSessions.of(path)
    counts = [_predicted_buyers(sessions.at(at)) for at in (0.02, 0.3)]
    # Another process reads what is on disk.
    cache.forget()
    assert [_predicted_buyers(sessions.at(at)) for at in (0.02, 0.3)] == counts
    assert counts[0] > counts[1] > 0


def test_what_several_ask_for_at_once_is_laid_aside_once(path: Path, large: None) -> None:
    sessions, made = ScoredSessions.of(path), []
    together = threading.Barrier(4)

    def lay_aside(out: Path) -> None:
        made.append(out)
        out.write_bytes(b"there")

    def ask(_: int) -> Path | None:
        together.wait()
        return cache.beside(sessions, "aside.parquet", lay_aside)

    with ThreadPoolExecutor(4) as askers:
        found = set(askers.map(ask, range(4)))
    assert len(made) == 1
    (file,) = found
    assert file is not None
    assert file.read_bytes() == b"there"
