"""Where the live worker's time goes, as operators see it."""

from __future__ import annotations

import pytest

from core.live.database import remember
from core.live.phases import FIND, READ, SCORE, WRITE, Phases, Spent
from core.live.processing.runner import HEARTBEAT, SPENT
from core.monitoring.state import OF_PROJECTS, _live
from tests.core.live.conftest import Shop


def test_a_batch_spends_its_time_in_four_phases(shop: Shop) -> None:
    assert shop.worker.phases.spent() == Spent()
    shop.events({"session_id": "s", "event_type": "product_view", "timestamp": "2026-11-29T10:00:00Z"})
    shop.worker.work_off()
    spent = shop.worker.phases.spent()
    assert spent.seconds.keys() == {READ, FIND, SCORE, WRITE}
    assert min(spent.seconds.values()) >= 0 and sum(spent.seconds.values()) > 0


def test_the_longest_round_is_forgotten_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((10.0, 12.0, 40.0, 73.0))
    monkeypatch.setattr("core.live.phases.time.monotonic", lambda: next(clock))
    counted = Phases()
    counted.round(9.5, batches=1)
    counted.round(10.0, batches=1)
    assert counted.spent().longest == 2.0
    counted.round(39.9, batches=0)
    assert counted.spent().longest == 2.0
    counted.round(72.75, batches=1)
    assert counted.spent() == Spent(batches=3, longest=0.25)


def test_prometheus_is_told_what_the_worker_wrote_down(shop: Shop) -> None:
    assert _live in OF_PROJECTS
    remember(shop.settings, HEARTBEAT, "1")
    spent = Spent(seconds={READ: 1.5, WRITE: 0.25}, batches=7, longest=0.4)
    remember(shop.settings, SPENT, spent.written())
    told = {metric.name: metric for metric in _live(shop.settings)}
    by_phase = {one.labels["phase"]: one.value for one in told["predictor_live_worker_seconds"].samples}
    assert by_phase == {READ: 1.5, WRITE: 0.25}
    assert told["predictor_live_batches"].samples[0].value == 7
    assert told["predictor_live_longest_round_seconds"].samples[0].value == 0.4


def test_a_worker_that_has_written_nothing_down_has_spent_nothing(shop: Shop) -> None:
    remember(shop.settings, HEARTBEAT, "1")
    told = {metric.name: metric for metric in _live(shop.settings)}
    assert told["predictor_live_worker_seconds"].samples == []
