"""What the results page asks: figures, groups, table and downloads agree to the cent."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from urllib.parse import parse_qsl

import pandas as pd
import pytest

from core.base.errors import ExportError, NotFoundError
from core.base.settings import get_settings
from core.results import cache, query
from core.results.columns import ColumnFilter, Sort
from core.results.distributions import MEASURES
from core.results.export import stream_query
from core.results.filters import CHOICES, Filters
from core.results.query import REVENUE, ask_one, known_columns
from core.results.table import download
from core.results.table.ag_grid import GridRequest
from core.results.table.download import stream_export, write_export
from core.results.table.rows import page
from core.results.view import ResultView, largest, together
from tests.conftest import ROOT
from tests.core.results.scored import scored_frame, write_scored

FILTERS = [
    Filters(),
    Filters(cluster=(1,)),
    Filters(p=(0.02, None), category=("shoes",)),
    Filters(purchased=True),
    Filters(country_group=("EU",), columns=(ColumnFilter(name="n_events", op="gt", values=("3",)),)),
    Filters(q="no such session"),
    Filters(threshold=0.03),
    Filters(threshold=0.03, buyer=True, cluster=(1, 2)),
    Filters(threshold=1.0, buyer=True),
]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    made = scored_frame(1500)
    # Amounts that don't end on a cent, a month of days, a category that would run in a spreadsheet.
    made["expected_revenue"] *= 1.2345678
    made["started_at"] += pd.to_timedelta(made.index % 30, "D")
    made.loc[made.index[:40], "dominant_category"] = "=cmd|' /C calc'!A0"
    made.loc[made.index[40:60], "dominant_category"] = None
    return made


@pytest.fixture(scope="module")
def view(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> ResultView:
    return ResultView(write_scored(frame, tmp_path_factory.mktemp("results") / "sessions.parquet"))


def _every_row(view: ResultView, filters: Filters, block: int = 97) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    while True:
        request = GridRequest(
            start=len(rows), stop=len(rows) + block, columns=filters.columns, sort=filters.sort
        )
        found, total = page(view, filters, request)
        rows += found
        if not found or len(rows) >= total:
            assert len(rows) == total
            return pd.DataFrame(rows, columns=[*found[0]] if found else ["session_id", "expected_revenue"])


@pytest.mark.parametrize("filters", FILTERS, ids=lambda filters: filters.to_query() or "all")
def test_table_figures_charts_and_downloads_agree(view: ResultView, filters: Filters, tmp_path: Path) -> None:
    write_export(view, filters, tmp_path / "out.csv", "csv")
    exported = pd.read_csv(tmp_path / "out.csv")
    sums, rows = view.kpis(filters), _every_row(view, filters)
    cents = pytest.approx(float(exported["expected_revenue"].sum()), abs=0.005)

    assert sums.n == len(exported) == len(rows)
    assert sums.expected_revenue == cents
    assert float(rows["expected_revenue"].sum()) == cents
    assert set(rows["session_id"]) == set(exported["session_id"])
    assert sums.predicted_buyers == exported["predicted_purchase"].sum()
    assert sums.buyers == exported["purchased"].sum()
    for by in ("cluster", "country_group", "category", "weekday", "day", "device"):
        groups = view.groups(filters, by)
        assert sum(group.sums.n for group in groups) == len(exported)
        assert together(groups).expected_revenue == cents
        assert together(groups).buyers == exported["purchased"].sum()
    assert view.histogram(filters, "expected").total == cents
    for of in MEASURES:
        histogram = view.histogram(filters, of)
        assert sum(histogram.counts) == histogram.n
    assert view.histogram(filters, "if_bought").n == sums.predicted_buyers
    funnel = {step.stage: step.n for step in view.funnel(filters)}
    assert funnel["cart"] == (exported["cart_adds"] > 0).sum()
    assert funnel["bought"] == exported["purchased"].sum()


@pytest.mark.parametrize("threshold", [0.0, 0.03, 0.2, 1.0])
def test_everything_follows_a_threshold_and_no_probability_moves(
    view: ResultView, frame: pd.DataFrame, threshold: float, tmp_path: Path
) -> None:
    filters = Filters(threshold=threshold)
    buyers = frame["purchase_probability"] >= threshold
    write_export(view, filters, tmp_path / "out.parquet", "parquet")
    exported = pd.read_parquet(tmp_path / "out.parquet").set_index("session_id")
    told = frame.set_index("session_id").loc[exported.index]

    assert (exported["predicted_purchase"] == (told["purchase_probability"] >= threshold)).all()
    assert exported["predicted_revenue"].sum() == pytest.approx(60.0 * buyers.sum())
    assert (exported["purchase_probability"] == told["purchase_probability"]).all()
    sums = view.kpis(filters)
    assert sums.predicted_buyers == buyers.sum()
    assert sums.predicted_revenue == pytest.approx(60.0 * buyers.sum())
    assert sums.expected_revenue == pytest.approx(view.kpis(Filters()).expected_revenue)
    quality = view.quality(filters)
    assert quality is not None
    assert quality.precision.n == buyers.sum()
    assert quality.recall.value == pytest.approx(
        (buyers & frame["purchased"]).sum() / frame["purchased"].sum()
    )
    assert view.kpis(Filters(threshold=threshold, buyer=True)).n == buyers.sum()


def test_all_formats_hold_the_same_rows_in_the_order_asked_for(view: ResultView, tmp_path: Path) -> None:
    filters = Filters(cluster=(1, 2), sort=(Sort(name="expected_revenue", descending=True),))
    for fmt in ("csv", "parquet", "xlsx"):
        write_export(view, filters, tmp_path / f"out.{fmt}", fmt)
    parquet = pd.read_parquet(tmp_path / "out.parquet")
    assert parquet["expected_revenue"].is_monotonic_decreasing
    for other in (pd.read_csv(tmp_path / "out.csv"), pd.read_excel(tmp_path / "out.xlsx")):
        assert list(other["session_id"]) == list(parquet["session_id"])
        assert other["expected_revenue"].sum() == pytest.approx(parquet["expected_revenue"].sum(), abs=1e-6)


def test_exported_formulas_are_escaped(view: ResultView, tmp_path: Path) -> None:
    write_export(view, Filters(category=("=cmd|' /C calc'!A0",)), tmp_path / "out.csv", "csv")
    written = pd.read_csv(tmp_path / "out.csv")
    assert len(written) == 40
    assert set(written["dominant_category"]) == {"'=cmd|' /C calc'!A0"}


def test_downloads_at_once_are_the_same_and_leave_no_place_taken(
    view: ResultView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "DOWNLOADS", 1)
    query._downloads.cache_clear()
    filters = Filters(sort=(Sort(name="expected_revenue", descending=True),))
    whole = b"".join(stream_export(view, filters, "csv", name="all"))
    for _ in range(2):
        # One has memory of its own, the other what pages have; one is read to its end, the other left.
        first, second = (stream_export(view, filters, "csv", name="all") for _ in range(2))
        begun = next(first)
        assert b"".join(second) == whole
        assert whole.startswith(begun)
        first.close()
    assert query._downloads(os.getpid()).acquire(blocking=False)
    query._downloads.cache_clear()
    assert not list((get_settings().data_dir / "incoming").glob(".spill-*-download-*"))


@pytest.mark.parametrize(
    "query_",
    [
        "sort=-expected_revenue",
        "sort=dominant_category,-n_events&purchased=no",
        "q=s000",
        "q=no such session",
    ],
)
def test_the_first_rows_of_a_large_csv_do_not_wait_for_the_others(
    view: ResultView, query_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = Filters.from_query(dict(parse_qsl(query_)))
    whole = b"".join(stream_export(view, filters, "csv", name="all"))
    monkeypatch.setattr(cache, "LARGE", 1000)
    sent: list[object] = []
    monkeypatch.setattr(
        download,
        "stream_query",
        lambda *told, **more: sent.append(more["first"]) or stream_query(*told, **more),
    )
    assert b"".join(stream_export(view, filters, "csv", name="all")) == whole
    (first,) = sent
    assert first is not None


def test_a_download_that_has_no_room_is_put_in_order_on_disk(
    view: ResultView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 200,000 rows with hardly any memory: the same rows in the same order, and nothing is left over."""
    sql = f"SELECT s.*, n FROM read_parquet('{view.path}') s, range(140) t(n)"
    with query.connect(alone=True) as connection:
        connection.execute(f"COPY ({sql}) TO '{tmp_path / 'many.parquet'}' (FORMAT parquet)")
    monkeypatch.setenv("PREDICTOR_DOWNLOAD_MEMORY_LIMIT", "72MB")
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    filters = Filters(sort=(Sort(name="expected_revenue", descending=True),))
    chunks = stream_export(ResultView(tmp_path / "many.parquet"), filters, "csv", name="many")
    found = pd.read_csv(io.BytesIO(b"".join(chunks)))
    get_settings.cache_clear()
    assert len(found) == 140 * 1500
    assert found["expected_revenue"].is_monotonic_decreasing
    assert list((tmp_path / "data" / "incoming").iterdir()) == []


def test_an_unknown_format_is_refused(view: ResultView, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="isn't a download format"):
        write_export(view, Filters(), tmp_path / "out.exe", "exe")
    assert not list(tmp_path.iterdir())


def test_ties_never_put_a_row_on_two_pages(view: ResultView, frame: pd.DataFrame) -> None:
    """Only three different values: the order between them has to be the same for every page."""
    rows = _every_row(view, Filters(sort=(Sort(name="cluster_id"),)), block=50)
    assert rows["session_id"].is_unique
    assert len(rows) == len(frame)
    assert rows["cluster_id"].is_monotonic_increasing


def test_unknown_values_come_last_either_way(view: ResultView) -> None:
    for descending in (False, True):
        rows = _every_row(view, Filters(sort=(Sort(name="price_mean", descending=descending),)), block=500)
        unknown = rows["price_mean"].isna()
        assert unknown.any()
        assert unknown.is_monotonic_increasing


def test_a_histograms_bar_holds_what_clicking_it_filters(view: ResultView) -> None:
    for of in MEASURES:
        histogram = view.histogram(Filters(), of)
        for low, high, count in zip(histogram.edges, histogram.edges[1:], histogram.counts, strict=False):
            limits = (low, None if high == float("inf") else high)
            assert view.histogram(Filters(**{of: limits}), of).n == count


def test_a_groups_bar_holds_what_clicking_it_filters(view: ResultView) -> None:
    for by in CHOICES:
        for group in view.groups(Filters(), by):
            assert view.kpis(Filters(**{by: (group.key,)})).n == group.sums.n


def test_a_step_nobody_took_before_others_is_not_recorded(tmp_path: Path) -> None:
    def stages(name: str, filters: Filters = Filters(), **values: object) -> list[str]:  # noqa: B008
        path = write_scored(scored_frame(300).assign(**values), tmp_path / f"{name}.parquet")
        return [step.stage for step in ResultView(path).funnel(filters)]

    # Some bought: that nobody reached the checkout says that it isn't recorded.
    assert stages("bought", checkouts=0) == ["viewed", "cart", "bought"]
    # Where nobody bought, it is a loss like any other, and so it is among a few of those who did.
    assert stages("none", checkouts=0, purchased=False) == ["viewed", "cart", "checkout", "bought"]
    assert stages("few", Filters(cluster=(0,)), checkouts=1) == ["viewed", "cart", "checkout", "bought"]
    assert stages("missing", cart_adds=None) == ["viewed", "bought"]


def test_untold_columns_are_known_as_such(tmp_path: Path) -> None:
    view = ResultView(write_scored(scored_frame(60, outcomes=False), tmp_path / "untold.parquet"))
    assert {"purchased", "revenue", "country", "device", "hour"}.isdisjoint(view.told)
    assert "bought" not in {step.stage for step in view.funnel(Filters())}
    assert view.kpis(Filters()).revenue is None
    assert view.kpis(Filters(device=("phone",))).n == 0


def test_an_empty_result_answers_everything(tmp_path: Path) -> None:
    view = ResultView(write_scored(scored_frame(5).iloc[:0], tmp_path / "empty.parquet"))
    assert view.span.n == 0
    assert view.kpis(Filters()).probability is None
    assert view.histogram(Filters(), "expected").n == 0
    assert view.groups(Filters(), "cluster") == ()
    assert page(view, Filters(), GridRequest()) == ([], 0)


def test_the_map_draws_a_bounded_sample_that_stays_the_same(view: ResultView) -> None:
    one, other = view.points(Filters(), 100), view.points(Filters(), 100)
    assert one == other
    assert len(one["session_id"]) == 100
    assert set(view.points(Filters(cluster=(2,)), 100)["cluster_id"]) == {2}


def test_many_days_are_shown_by_weeks(tmp_path: Path, view: ResultView) -> None:
    assert not view.weekly
    made = scored_frame(200)
    made["started_at"] += pd.to_timedelta(made.index * 2, "D")
    weekly = ResultView(write_scored(made, tmp_path / "year.parquet"))
    assert weekly.weekly
    assert {group.key.weekday() for group in weekly.groups(Filters(), "day")} == {0}


def test_a_file_written_anew_is_read_anew(tmp_path: Path) -> None:
    path = write_scored(scored_frame(30), tmp_path / "sessions.parquet")
    assert ResultView(path).kpis(Filters()).n == 30
    write_scored(scored_frame(20), path)
    assert ResultView(path).kpis(Filters()).n == 20


def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no longer exist"):
        ResultView(tmp_path / "gone.parquet")


def test_extra_columns_are_downloaded(tmp_path: Path, frame: pd.DataFrame) -> None:
    path = tmp_path / "extra.parquet"
    frame.head(10).assign(**{'odd "name"': range(10)}).to_parquet(path)
    write_export(ResultView(path), Filters(), tmp_path / "out.csv", "csv")
    written = pd.read_csv(tmp_path / "out.csv").set_index("session_id")['odd "name"']
    assert written.to_dict() == dict(zip(frame.head(10)["session_id"], range(10), strict=True))


def test_a_file_is_in_the_order_of_the_table(tmp_path: Path, frame: pd.DataFrame) -> None:
    path = write_scored(frame, tmp_path / "sessions.parquet")
    view = ResultView(path)
    shown, _ = page(view, Filters(), GridRequest(start=0, stop=50))
    write_export(view, Filters(), tmp_path / "out.csv", "csv")

    written = pd.read_csv(tmp_path / "out.csv")
    assert list(written["session_id"][:50]) == [row["session_id"] for row in shown]
    assert written["purchase_probability"].dropna().is_monotonic_decreasing
    write_export(view, Filters.from_query({"sort": "n_events"}), tmp_path / "other.csv", "csv")
    assert pd.read_csv(tmp_path / "other.csv")["n_events"].dropna().is_monotonic_increasing


@pytest.mark.parametrize(("most", "shown"), [(2, 2), (1, 1), (3, 3)])
def test_the_largest_groups_and_the_rest(view: ResultView, most: int, shown: int) -> None:
    groups = view.groups(Filters(), "category")
    kept, rest = largest(groups, most)
    assert len(kept) + len(rest) == len(groups) == 4
    # A single one left over is no "others".
    assert len(rest) != 1
    assert len(kept) >= shown
    assert [group.sums.n for group in kept] == sorted((g.sums.n for g in kept), reverse=True)


def test_the_threshold_of_the_scoring_is_the_bundles_while_it_fits(
    view: ResultView, frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lowest = frame.loc[frame["predicted_purchase"], "purchase_probability"].min()
    assert view.threshold("no-such-model") == lowest
    monkeypatch.setenv("PREDICTOR_MODELS_DIR", str(tmp_path))
    get_settings.cache_clear()
    try:
        for name, told, expected in (("fits", 0.2, 0.2), ("changed", 0.5, lowest)):
            manifest = json.loads((ROOT / "models" / "demo-shop" / "manifest.json").read_text())
            (tmp_path / name).mkdir()
            (tmp_path / name / "manifest.json").write_text(json.dumps(manifest | {"threshold": told}))
            assert view.threshold(name) == expected
    finally:
        get_settings.cache_clear()


def test_no_revenue_is_shown_of_an_export_without_amounts(tmp_path: Path) -> None:
    """What a model learned of another shop's prices is in no currency of this one's."""
    frame = scored_frame(300).assign(price_mean=None, price_max=None, cart_value=None, revenue=None)
    view = ResultView(write_scored(frame, tmp_path / "no-amounts.parquet"))
    assert REVENUE.isdisjoint(view.told)
    assert view.kpis(Filters()).expected_revenue == 0
    assert view.kpis(Filters(q="s000")).expected_revenue == 0
    priced = ResultView(write_scored(frame.assign(price_mean=20.0), tmp_path / "priced.parquet"))
    assert "expected_revenue" in priced.told
    assert priced.kpis(Filters()).expected_revenue > 0


def test_what_nobody_who_bought_is_known_to_have_paid_is_unknown(tmp_path: Path) -> None:
    frame = scored_frame(200)
    frame["revenue"] = frame["revenue"].where(~frame["purchased"])
    view = ResultView(write_scored(frame, tmp_path / "sessions.parquet"))

    assert "revenue" not in known_columns(view.sessions)
    counts = ask_one(view.sessions, "SELECT count(revenue) AS paid, count(purchased) AS told FROM sessions")
    assert counts == {"paid": 0, "told": 200}
    # With a single payment known, the others who bought are the unknown ones.
    frame.loc[frame["purchased"].idxmax(), "revenue"] = 20.0
    one = ResultView(write_scored(frame, tmp_path / "one.parquet"))
    assert "revenue" in known_columns(one.sessions)
