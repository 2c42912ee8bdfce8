"""The filter “because”: the same sessions in figures, table and downloads."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.base.errors import ExplainError
from core.bundle.predictor import Predictor
from core.explain import explain, reason_index, sampled, strongest
from core.explain.build_reason_index import build_reason_index
from core.results import query
from core.results.filters import Filters
from core.results.reason_filter import COLUMN, Because
from core.results.scored_sessions import ScoredSessions
from core.results.sources import find_source, training_source
from core.results.table.ag_grid import GridRequest
from core.results.table.download import stream_export
from core.results.table.rows import page
from core.results.view import ResultView
from tests.core.results.scored import scored_frame, write_scored
from tests.core.whatif.shop import Shop


@pytest.fixture(scope="module")
def wanted(shop: Shop) -> dict[str, set[str]]:
    """The sessions that have a reason, by reason, found without the filter."""
    table = pq.read_table(shop.result.path)
    found = explain(Predictor.load(shop.result.bundle), table)
    ids, told = table["session_id"].to_pylist(), {}
    for row, places in enumerate(strongest(found)):
        for place in places:
            way = "up" if found.points[row, place] > 0 else "down"
            told.setdefault(f"{found.features[place]}:{way}", set()).add(ids[row])
    return told


def test_figures_table_and_downloads_have_the_same_sessions(shop: Shop, wanted: dict[str, set[str]]) -> None:
    view = ResultView(shop.result.path)
    for asked in sorted(wanted, key=lambda name: (len(wanted[name]), name))[-3:]:
        filters = Filters.from_query({"because": asked, "threshold": "0.2"})
        rows, total = page(view, filters, GridRequest(start=0, stop=10_000, sort=(), columns=()))
        sent = b"".join(stream_export(view, filters, "parquet", name="x"))
        table = pq.read_table(io.BytesIO(sent))
        assert {row["session_id"] for row in rows} == wanted[asked]
        assert set(table["session_id"].to_pylist()) == wanted[asked]
        assert COLUMN not in table.column_names
        assert view.kpis(filters).n == total == len(wanted[asked]) > 0
        assert sampled(find_source(shop.result.id), filters).total == total
        assert sum(group.sums.n for group in view.groups(filters, "cluster")) == total
    feature = asked.rpartition(":")[0]
    both = wanted.get(f"{feature}:up", set()) | wanted.get(f"{feature}:down", set())
    assert view.kpis(Filters.from_query({"because": feature})).n == len(both)
    assert view.kpis(Filters.from_query({"because": "weather:up"})).n == 0


def test_reasons_lie_beside_the_result_and_are_found_once(shop: Shop, wanted: dict[str, set[str]]) -> None:
    path = shop.result.path
    file = build_reason_index(ScoredSessions.of(path))
    assert file.is_relative_to(shop.result.path.parent)
    made = file.stat()
    assert build_reason_index(ScoredSessions.of(path)) == file
    assert file.stat().st_ino == made.st_ino
    # What was laid aside of the result has the same reasons.
    part = file.with_name("sample.parquet")
    pq.write_table(pq.read_table(path).slice(0, 50), part)
    asked, ids = max(wanted.items(), key=lambda told: len(told[1]))
    where, params = Filters(because=Because.read(asked)).where()
    rows = query.ask(ScoredSessions.of(part), f"SELECT session_id FROM sessions WHERE {where}", params)
    first = set(pq.read_table(path)["session_id"].to_pylist()[:50])
    assert {row["session_id"] for row in rows} == ids & first


def test_the_models_own_folder_stays_as_it_is(shop: Shop) -> None:
    source = training_source()
    there = set(source.path.parent.iterdir())
    filters = Filters(because=Because(feature="cart_adds"))
    found = sampled(source, filters)
    assert 0 < found.total < pq.read_metadata(source.path).num_rows
    assert set(source.path.parent.iterdir()) == there


def test_too_many_sessions_and_unknown_ones_are_said_in_words(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = Filters(because=Because(feature="cart_adds"))
    with pytest.raises(ExplainError, match="isn't known"):
        ResultView(write_scored(scored_frame(20), tmp_path / "sessions.parquet")).kpis(filters)
    monkeypatch.setattr(reason_index, "MOST_SESSIONS", 10)
    # Written anew, as it seems: what was found before is of no use.
    os.utime(shop.result.path)
    with pytest.raises(ExplainError, match="up to 10 sessions"):
        ResultView(shop.result.path).kpis(filters)
    monkeypatch.setattr(reason_index, "MOST_SESSIONS", 1_000)
    monkeypatch.setattr(reason_index, "MOST_SESSIONS_HEAVY", 100)
    monkeypatch.setattr(reason_index, "is_heavy", lambda _: True)
    with pytest.raises(ExplainError, match="up to 100 sessions"):
        ResultView(shop.result.path).kpis(filters)
    monkeypatch.undo()
    assert ResultView(shop.result.path).kpis(filters).n > 0


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("cart_adds:up", Because(feature="cart_adds", effect="up")),
        ("Loyalty: points:down", Because(feature="Loyalty: points", effect="down")),
        ("cart_adds", Because(feature="cart_adds")),
        ("cart_adds:sideways", Because(feature="cart_adds:sideways")),
        (":up", Because(feature=":up")),
        ("", None),
        ("x" * 300, None),
    ],
)
def test_an_address_is_read(text: str, read: Because | None) -> None:
    assert Because.read(text) == read
    assert read is None or Because.read(read.written()) == read
