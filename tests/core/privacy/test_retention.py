"""What has grown too old is deleted, kind by kind, and said; the rest stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest

from core.audit import entries
from core.privacy import records, working
from core.privacy.retention import keep_no_longer
from core.storage import get_store
from tests.core.privacy.conftest import Everywhere


def after(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


@pytest.mark.parametrize(
    ("kept", "deleted"),
    [
        ({}, {}),
        ({"keep_exports_days": 30}, {"exports": 2}),
        ({"keep_results_days": 30, "keep_audiences_days": 30}, {"results": 2, "audiences": 1}),
        ({"keep_uploads_days": 30, "keep_exports_days": 90}, {"original files": 2}),
    ],
)
def test_each_kind_has_its_own_days(
    everywhere: Everywhere, kept: dict[str, Any], deleted: dict[str, int]
) -> None:
    store, settings = get_store(), everywhere.live.settings
    store.set_shop(kept)
    assert keep_no_longer(settings, after(29)) == {}
    assert keep_no_longer(settings, after(31)) == deleted
    assert keep_no_longer(settings, after(31)) == {}
    said = [record.told for record in records.records(settings) if record.told]
    assert [told["deleted"] for told in said] == ([deleted] if deleted else [])
    assert ("deleted", "what was too old") in {(e.action, e.subject) for e in entries()} or not deleted
    names = {dataset.filename for dataset in store.datasets()}
    assert ("visits.csv" in names) == ("exports" not in deleted and "original files" not in deleted)


def test_live_sessions_go_by_their_own_time(everywhere: Everywhere) -> None:
    store, settings, live = get_store(), everywhere.live.settings, everywhere.live
    store.set_shop({"keep_live_days": 1})
    (grown,) = (dataset for dataset in store.datasets() if dataset.name == "Live: Shop")
    rows = pq.read_metadata(grown.files[0].path).num_rows
    assert keep_no_longer(settings, after(0)) == {}
    assert keep_no_longer(settings, after(0.73))["live sessions"] >= 6
    left = pq.read_table(store.dataset(grown.id).files[0].path)
    assert 0 < len(left) < rows
    assert keep_no_longer(settings, after(3))["live sessions"] >= len(left)
    assert grown.id not in {dataset.id for dataset in store.datasets()}
    assert live.rows("SELECT count(*) FROM events") == [(0,)]


def test_the_worker_does_it_once_a_day(everywhere: Everywhere) -> None:
    store, settings = get_store(), everywhere.live.settings
    store.set_shop({"keep_audiences_days": 1})
    working.look(settings, after(0))
    assert store.count_audiences() == 1
    working.look(settings, after(2))
    assert store.count_audiences() == 0
