"""One person in the live state, on SQLite and PostgreSQL, and in a model's reference sample."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from core.base.settings import ROOT, Settings
from core.bundle.predictor import Predictor
from core.privacy.live import known_live, remove_live, remove_live_before
from core.privacy.person import Person, identify
from core.privacy.traces import remove_references
from tests.core.live.conftest import Shop
from tests.core.privacy.conftest import BROWSER, EMAIL, live_visit


def test_nothing_live_of_a_person_is_left(shop: Shop) -> None:
    shop.events(*live_visit(BROWSER, 0.2, user_id=EMAIL), *live_visit("other", 0.2))
    shop.events({"visitor_id": BROWSER, "event_type": "page_view", "timestamp": "never"})
    shop.worker.work_off()
    shop.events(*live_visit(BROWSER, 0.1))
    person = identify(EMAIL, shop.settings)
    assert person.known == {EMAIL.lower(), BROWSER}
    assert {"events", "sessions", "people", "quarantine", "inbox"} <= set(known_live(shop.settings, person))

    removed = remove_live(shop.settings, person)

    assert (removed["live events"], removed["live inbox"], removed["live quarantine"]) == (3, 3, 1)
    assert known_live(shop.settings, person) == {}
    assert shop.rows("SELECT DISTINCT visitor_id FROM events") == [("other",)]
    shop.worker.work_off()
    assert shop.visitor("other")["visitor_id"] == "other"
    assert remove_live_before(shop.settings, datetime.now(UTC) - timedelta(days=1)) == 0
    assert remove_live_before(shop.settings, datetime.now(UTC) + timedelta(days=1)) >= 4
    assert shop.rows("SELECT count(*) FROM events") == [(0,)]


def test_a_models_reference_sample_is_written_anew_and_still_verified(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", models_dir=tmp_path / "models")
    shutil.copytree(ROOT / "models" / "demo-shop", settings.models_dir / "demo-shop")
    path = settings.models_dir / "demo-shop" / "reference.parquet"
    before = pq.read_table(path)
    visitor = before["visitor_id"][0].as_py()
    n = before["visitor_id"].to_pylist().count(visitor)
    person = Person(asked=visitor, known={visitor.lower()}, settings=settings)
    assert remove_references(settings, person) == {"demo-shop": n}
    assert visitor not in pq.read_table(path)["visitor_id"].to_pylist()
    predictor = Predictor.load("demo-shop", settings)
    assert len(predictor.neighbours(before.to_pylist()[1], n=3)) == 3
    assert remove_references(settings, person) == {}
