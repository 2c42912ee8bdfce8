"""What a result says of its drift: nothing, a line, a banner; and the page of details."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dash import dcc

from components.results.caveats import things_to_know
from components.results.drift import drift_page, then_now_figure
from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.results.drift.drift import measure_drift
from core.results.drift.records import Bin, Drift
from tests.components.reading import of_class, of_type, text
from tests.components.results.test_parts import result
from tests.core.whatif.handmade import make_bundle, scored_rows, sessions


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    settings = Settings(models_dir=tmp_path_factory.mktemp("models"))
    make_bundle(settings, name="shop")
    return Predictor.load("shop", settings)


@pytest.fixture(scope="module")
def alike(predictor: Predictor, tmp_path_factory: pytest.TempPathFactory) -> Drift:
    return _drift(sessions(600, seed=29), predictor, tmp_path_factory.mktemp("alike"))


@pytest.fixture(scope="module")
def unlike(predictor: Predictor, tmp_path_factory: pytest.TempPathFactory) -> Drift:
    rows = sessions(600, seed=29)
    for name in ("n_events", "clicks", "page_views", "product_views", "unique_products", "duration_seconds"):
        place = rows.column_names.index(name)
        one = pa.array([1] * len(rows)).cast(rows.schema.field(name).type)
        rows = rows.set_column(place, name, one)
    place = rows.column_names.index("searches")
    rows = rows.set_column(place, "searches", pa.nulls(len(rows), pa.int64()))
    return _drift(rows, predictor, tmp_path_factory.mktemp("unlike"))


def _drift(rows: pa.Table, predictor: Predictor, folder: Path) -> Drift:
    pq.write_table(scored_rows(rows, predictor), folder / "sessions.parquet")
    return measure_drift(folder / "sessions.parquet", predictor)


def test_a_serious_change_is_something_to_check(unlike: Drift) -> None:
    shown = things_to_know(result=result(notes=()), drift=unlike)
    assert unlike.headline in text(shown)
    assert "1 to check" in text(shown)
    assert {link.href for link in of_type(shown, dcc.Link)} == {"/results/r1/drift"}


def test_no_change_is_one_of_the_things_to_know(alike: Drift) -> None:
    shown = things_to_know(result=result(notes=()), drift=alike)
    assert "like the data the model learned from" in text(shown)
    assert "to check" not in text(shown)


def test_what_cannot_be_said_is_not_said() -> None:
    assert things_to_know(result=result(notes=()), drift=None) is None
    assert "Drift can't be measured" in text(drift_page(result=result(), drift=None))


def test_the_page_has_every_feature_and_a_chart_for_those_that_changed(unlike: Drift) -> None:
    page = drift_page(result=result(), drift=unlike)
    words = text(page)
    for feature in unlike.features:
        assert feature.label in words
    charts = {graph.id["feature"] for graph in of_type(page, dcc.Graph)}
    assert "score" in charts
    assert len(charts) == 6
    assert charts - {"score"} <= {f.name for f in unlike.features if f.level != "none"}
    assert "Searches" in text(of_class(page, "results-drift-absent")[0])
    assert "Accuracy on this export" in words
    assert "PSI" in words


def test_a_chart_shows_then_beside_now() -> None:
    figure = then_now_figure(bins=[Bin(label="0", then=0.25, now=0.75), Bin(label="1", then=0.75, now=0.25)])
    assert [list(trace.y) for trace in figure.data] == [[25, 75], [75, 25]]
    assert [trace.name for trace in figure.data] == ["model's data", "this export"]


def test_names_of_many_bars_are_not_turned() -> None:
    bins = [Bin(label=f"Group {place}", then=0.1, now=0.1) for place in range(10)]
    figure = then_now_figure(bins=bins)
    assert {trace.orientation for trace in figure.data} == {"h"}
    assert figure.layout.yaxis.tickangle == 0
