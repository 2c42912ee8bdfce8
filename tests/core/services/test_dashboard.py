"""What home is told: which exports count, which days, and what needs a look."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from components.home.dashboard import coverage
from core.base.settings import get_settings
from core.results.drift import records
from core.results.drift.drift import FILE
from core.services.dashboard import Choice, dashboard
from core.storage import Store, get_store
from tests.core.results.history.exports import FIRST, REES46_ROW, add_result, sessions


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    get_settings.cache_clear()
    yield get_store()
    get_store().close()
    get_settings.cache_clear()


def after(days: int) -> date:
    return FIRST + timedelta(days=days)


def test_the_demo_shop_counts_only_while_there_is_nothing_else(store: Store) -> None:
    assert dashboard(Choice()) is None
    add_result(store, sessions(5, seed=3), "demo.csv", synthetic=True)
    demo = dashboard(Choice())
    assert demo is not None
    assert demo.synthetic
    add_result(store, sessions(3), "own.csv")
    own = dashboard(Choice())
    assert own is not None
    assert (own.synthetic, own.total.n) == (False, 600)


def test_of_an_export_scored_twice_the_newer_result_counts_but_is_no_newer_export(store: Store) -> None:
    frame = sessions(4)
    old = add_result(store, frame.assign(purchased=False, revenue=0.0), "old.csv")
    add_result(store, frame[frame["started_at"] >= "2026-03-04"], "new.csv")
    again = store.create_result(old.dataset_id, bundle="demo-shop")
    import shutil

    shutil.copyfile(old.path, again.path)
    store.update_result(again.id, state="done", n_sessions=len(frame), currency="EUR")

    told = dashboard(Choice(range="all"))

    assert told is not None
    assert [export.name for export in told.history.exports] == ["new.csv", "old.csv"]
    assert told.history.exports[1].id == again.id
    late = frame[frame["started_at"] >= "2026-03-04"]
    assert told.total.buyers == int(late["purchased"].sum())


def test_the_period_ends_with_the_last_day_and_is_compared_with_as_many_before(store: Store) -> None:
    add_result(store, sessions(70, a_day=20), "all.csv")
    told = dashboard(Choice.from_query({"range": "7", "utm": "x"}))
    assert told is not None
    assert (told.now.first, told.now.last) == (after(63), after(69))
    assert (told.then.first, told.then.last) == (after(56), after(62))
    assert told.step == "day"
    assert len(told.points) == 7
    own = dashboard(Choice.from_query({"from": "2026-03-04", "to": "2026-03-05"}))
    assert own is not None
    assert (own.choice.range, own.total.n) == ("own", 40)
    everything = dashboard(Choice.from_query({"range": "all"}))
    assert everything is not None
    assert everything.step == "week"
    assert sum(total.n for total in everything.points.values()) == everything.total.n == 1400
    assert all(start.isoweekday() == 1 for start in everything.points)


@pytest.mark.parametrize("query", [{"range": "x"}, {"from": "2026-03-04"}, {"from": "2026-03-05", "to": "no"},
                                   {"from": "2026-03-05", "to": "2026-03-04"}, {"step": "year"}])  # fmt: skip
def test_an_address_that_cannot_be_read_is_as_usual(query) -> None:
    assert Choice.from_query(query) == Choice()


def test_a_fall_of_conversion_is_an_alert_and_chance_is_none(store: Store) -> None:
    add_result(store, sessions(14, share=0.09), "before.csv")
    newest = add_result(store, sessions(14, share=0.04, first=after(14), seed=5), "after.csv")
    told = dashboard(Choice(first=after(14), last=after(27), range="own"))
    assert told is not None
    assert [(alert.kind, alert.result.id) for alert in told.alerts] == [("conversion", newest.id)]
    back = dashboard(Choice(first=after(0), last=after(13), range="own"))
    assert back is not None
    assert back.alerts == (), "nothing lies before"


def test_between_exports_of_two_tools_a_fall_of_conversion_is_said_and_no_alert(store: Store) -> None:
    add_result(store, sessions(14, share=0.09), "before.csv")
    add_result(store, sessions(14, share=0.04, first=after(14), seed=5), "after.csv", rows=REES46_ROW)
    told = dashboard(Choice(first=after(14), last=after(27), range="own"))
    assert told is not None
    assert told.alerts == ()
    assert told.tools is not None
    now, then = told.tools
    assert (len(now), len(then), now & then) == (1, 1, frozenset())
    words = coverage(told=told)
    assert "tools count visits differently" in words
    for title in (*now, *then):
        assert f"“{title}”" in words


def test_drift_and_a_model_worse_than_its_card_are_alerts(store: Store) -> None:
    newest = add_result(store, sessions(14), "one.csv")
    figure = {"n": 900, "unit": "score"}
    live = {
        "key": "roc_auc",
        "label": "ROC-AUC",
        "now": {"value": 0.6, "low": 0.55, "high": 0.65, **figure},
        "card": {"value": 0.8, "low": 0.78, "high": 0.82, **figure},
        "worse": True,
    }
    drift = {
        "bundle": "demo-shop", "bundle_made": "2026-01-01T00:00:00+00:00", "n": 900, "n_reference": 900,
        "level": "serious", "headline": "Three have moved.", "advice": "", "features": [], "absent": [],
        "n_inputs": 22, "score": None, "live": [live], "model_synthetic": True, "version": records.VERSION,
    }  # fmt: skip
    (newest.folder / FILE).write_text(json.dumps(drift), encoding="utf-8")
    told = dashboard(Choice())
    assert told is not None
    assert [alert.kind for alert in told.alerts] == ["worse", "drift"]
    (newest.folder / FILE).write_text(json.dumps(drift | {"version": -1}), encoding="utf-8")
    again = dashboard(Choice())
    assert again is not None
    assert again.alerts == ()
