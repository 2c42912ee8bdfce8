"""Filters: what an address says, in SQL and back."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.results import reason_filter
from core.results.columns import ColumnFilter, Sort
from core.results.filters import CHOICES, NUMBERS, Filters
from core.results.reason_filter import COLUMN, Because
from core.results.scored_sessions import ScoredSessions
from core.results.view import ResultView
from tests.core.results.scored import scored_frame, write_scored

_texts = st.text(min_size=1, max_size=12).filter(lambda text: "\x00" not in text)
_numbers = st.one_of(st.none(), st.floats(0, 1e6).map(lambda value: float(f"{value:.6g}")))
_values = {
    name: st.lists(
        st.none() | (st.integers(0, 30) if name in NUMBERS else _texts), max_size=3, unique=True
    ).map(tuple)
    for name in CHOICES
}
_days = st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1))
filters = st.builds(
    Filters,
    p=st.tuples(_numbers, _numbers),
    expected=st.tuples(_numbers, _numbers),
    **_values,
    buyer=st.none() | st.booleans(),
    purchased=st.none() | st.booleans(),
    reached=st.sampled_from([None, "viewed", "cart", "checkout", "bought"]),
    start=_days,
    end=_days,
    q=st.none() | _texts.map(str.strip).filter(bool),
    columns=st.sampled_from(
        [
            (),
            (ColumnFilter(name="n_events", op="between", values=("1", "5")),),
            (ColumnFilter(name="dominant_category", op="has", values=("a:b, c&d",)),),
            (ColumnFilter(name="price_mean", op="blank"),),
        ]
    ),
    sort=st.sampled_from([(), (Sort(name="revenue", descending=True), Sort(name="started_at"))]),
    area=st.sampled_from([(), ((-1.0, 0.25), (2.0, -0.125), (0.0, 3.0))]),
    because=st.none()
    | st.builds(Because, feature=_texts.filter(bool), effect=st.sampled_from(["up", "down", "any"])),
    threshold=st.none() | st.floats(0, 1).map(lambda value: float(f"{value:.6g}")),
)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return scored_frame(900)


@pytest.fixture(scope="module")
def view(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> ResultView:
    return ResultView(write_scored(frame, tmp_path_factory.mktemp("filters") / "sessions.parquet"))


@given(filters)
@example(Filters())
@example(Filters(p=(0.4, None), cluster=(2, None), q="a&b=c,d;%2C+", start=date(2026, 2, 28), buyer=False))
@example(Filters(because=Because(feature="price: mean, €", effect="down"), threshold=0.0))
def test_an_address_keeps_every_filter(wanted: Filters) -> None:
    assert Filters.from_query(
        dict(parse_qsl(wanted.to_query(), strict_parsing=wanted.any or bool(wanted.sort)))
    ) == (wanted)


def test_no_filter_says_nothing() -> None:
    assert Filters().to_query() == ""
    assert Filters().where() == ("true", [])
    assert not Filters().any


@pytest.mark.parametrize(
    "query",
    [
        {"min_p": "lots", "cluster": "x", "from": "yesterday", "reached": "moon", "buyer": "perhaps"},
        {"col.nothing": "gt:1", "col.n_events": "gt:many", "col.started_at": "eq:2026-13-01", "sort": "drop"},
        {"cluster; DROP TABLE sessions": "1", "sort": "1; DROP TABLE sessions", "utm_source": "mail"},
        {"min_p": "nan", "max_p": "inf", "cluster": "²"},
    ],
)
def test_what_cannot_be_understood_is_left_out(query: dict[str, str]) -> None:
    assert Filters.from_query(query) == Filters()


def test_values_are_bound_never_written_into_sql() -> None:
    nasty = "'; DROP TABLE sessions; --"
    sql, params = Filters.from_query({"q": nasty, "category": nasty, "col.country": f"has:{nasty}"}).where()
    assert "DROP" not in sql
    assert nasty in params
    assert sql.count("?") == len(params)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ({"cluster": "1,2"}, lambda f: f.cluster_id.isin([1, 2])),
        ({"min_p": "0.02", "max_p": "0.06"}, lambda f: f.purchase_probability.between(0.02, 0.06, "left")),
        ({"max_p": "1"}, lambda f: f.purchase_probability <= 1),
        ({"buyer": "yes"}, lambda f: f.predicted_purchase),
        ({"purchased": "no"}, lambda f: ~f.purchased),
        ({"category": "shoes"}, lambda f: f.dominant_category == "shoes"),
        ({"country_group": "EU", "reached": "cart"}, lambda f: (f.country_group == "EU") & (f.cart_adds > 0)),
        ({"from": "2026-01-05", "to": "2026-01-05"}, lambda f: f.started_at.dt.date == date(2026, 1, 5)),
        ({"from": "2026-01-06"}, lambda f: f.started_at.dt.date > date(2026, 1, 5)),
        ({"q": "0012"}, lambda f: f.session_id.str.contains("0012") | f.visitor_id.str.contains("0012")),
        ({"col.session_id": "ends:12"}, lambda f: f.session_id.str.endswith("12")),
        ({"q": "S0001"}, lambda f: f.session_id.str.contains("s0001") | f.visitor_id.str.contains("s0001")),
        ({"country": "(none)"}, lambda f: f.n_events > 0),
        ({"col.price_mean": "blank"}, lambda f: f.price_mean.isna()),
        ({"col.n_events": "between:3:5"}, lambda f: f.n_events.between(3, 5)),
        ({"col.n_events": "ne:3"}, lambda f: f.n_events != 3),
        ({"col.dominant_category": "has:SHO"}, lambda f: f.dominant_category.str.contains("sho")),
        ({"col.is_returning": "is:yes"}, lambda f: f.is_returning),
        ({"col.started_at": "le:2026-01-05"}, lambda f: f.n_events > 0),
        ({"col.started_at": "gt:2026-01-05"}, lambda f: f.n_events < 0),
    ],
)
def test_filters_keep_what_pandas_keeps(
    view: ResultView, frame: pd.DataFrame, query: dict[str, str], kept
) -> None:
    assert view.kpis(Filters.from_query(query)).n == int(kept(frame).sum())


def test_reasons_are_provided_by_whoever_starts_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = ScoredSessions.of(write_scored(scored_frame(30), tmp_path / "sessions.parquet"))
    filters = Filters(because=Because(feature="cart_adds", effect="up"), threshold=0.2)
    asked: list[ScoredSessions] = []
    table = pa.table({"session_id": ["s00003", "s00007"], COLUMN: [["cart_adds:up"], ["cart_adds:down"]]})
    pq.write_table(table, tmp_path / "reasons.parquet")

    def provider(sessions: ScoredSessions, /) -> Path:
        asked.append(sessions)
        return tmp_path / "reasons.parquet"

    monkeypatch.setattr(reason_filter, "_providers", [])
    with pytest.raises(RuntimeError, match="Nobody provides reasons"):
        ResultView(sessions.path).kpis(filters)
    reason_filter.provide_reasons(provider)
    assert ResultView(sessions.path).kpis(filters).n == 1
    assert asked == [sessions]
    assert ResultView(sessions.path).kpis(Filters()).n == 30
    assert asked == [sessions], "reasons are only looked up where they are asked for"
