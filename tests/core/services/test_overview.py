"""What the home page is told, from a real store and a real manifest."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.base.errors import BundleError, IngestError
from core.base.settings import Settings
from core.services.overview import ModelInUse, latest, model_in_use
from core.storage import Dataset, get_store

EVENTS = """session_id,visitor_id,timestamp,event_type,product_id,price
s1,v1,2026-01-05T10:00:00,product_view,p1,9.5
s2,v2,2026-01-05T11:00:00,product_view,p2,3
"""


def settings_for(tmp_path: Path, **more: object) -> Settings:
    return Settings(data_dir=tmp_path / "data", min_free_bytes=0, **more)


def add(settings: Settings, tmp_path: Path, name: str) -> Dataset:
    path = tmp_path / "incoming.csv"
    path.write_text(EVENTS)
    return get_store(settings).add_dataset(path, filename=name)


def test_an_empty_store_tells_nothing(tmp_path: Path) -> None:
    assert latest(settings=settings_for(tmp_path)) == ()


def test_exports_come_newest_first_with_their_newest_result(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    store = get_store(settings)
    first, second = add(settings, tmp_path, "first.csv"), add(settings, tmp_path, "second.csv")
    store.create_result(first.id, bundle="demo-shop")
    newest = store.create_result(first.id, bundle="demo-shop")
    scored = {
        "predicted_purchase": [True, False, True],
        "expected_revenue": [10.0, 0.5, 2.0],
        "price_mean": [9.5, 3.0, 4.0],
    }
    newest.folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(scored), newest.path)
    store.update_result(newest.id, state="done", n_sessions=3, currency="EUR")

    entries = latest(settings=settings)

    assert [entry.name for entry in entries] == [second.name, first.name]
    assert (entries[0].state, entries[0].result_id, entries[0].predicted_buyers) == ("unscored", None, None)
    done = entries[1]
    assert (done.state, done.result_id) == ("done", newest.id)
    assert (done.n_sessions, done.predicted_buyers, done.expected_revenue) == (3, 2, 12.5)
    assert len(latest(limit=1, settings=settings)) == 1


def test_a_failed_result_says_why(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    dataset = add(settings, tmp_path, "first.csv")
    result = get_store(settings).create_result(dataset.id, bundle="demo-shop")
    error = IngestError("No row has a time.").to_dict()
    get_store(settings).update_result(result.id, state="failed", error=error)
    (entry,) = latest(settings=settings)
    assert (entry.state, entry.message, entry.predicted_buyers) == ("failed", "No row has a time.", None)


def test_a_finished_result_whose_file_is_gone_has_no_figures(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    dataset = add(settings, tmp_path, "first.csv")
    result = get_store(settings).create_result(dataset.id, bundle="demo-shop")
    get_store(settings).update_result(result.id, state="done", n_sessions=3)
    (entry,) = latest(settings=settings)
    assert (entry.state, entry.predicted_buyers, entry.expected_revenue) == ("done", None, None)


def test_the_shipped_model_is_told_with_its_quality(tmp_path: Path) -> None:
    told = model_in_use(settings_for(tmp_path, bundle="demo-shop"))
    assert isinstance(told, ModelInUse)
    assert told.synthetic
    for figure in (told.captured, told.precision, told.recall):
        assert figure is not None
        assert figure.n > 1000
        assert 0.1 < figure.low <= figure.value <= figure.high <= 1  # type: ignore[operator]


def test_a_missing_model_is_an_error_to_show(tmp_path: Path) -> None:
    assert isinstance(model_in_use(settings_for(tmp_path, models_dir=tmp_path)), BundleError)
