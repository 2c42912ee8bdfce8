from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.base.settings import Settings
from core.jobs import scoring
from core.jobs.queues import client, text_bytes
from core.jobs.scoring import SCORING, cancel, lane_of, place_of, submit
from core.storage import Dataset, Place, Result, Store, get_store


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    settings = Settings(data_dir=tmp_path / "data", DATABASE_URL=None, min_free_bytes=0, scoring_jobs=1)
    yield settings
    client(settings).destroy()
    get_store(settings).close()


@pytest.fixture
def store(settings: Settings) -> Store:
    return get_store(settings)


@pytest.fixture
def dataset(store: Store, tmp_path: Path) -> Dataset:
    export = tmp_path / "export.csv"
    export.write_text("session_id,timestamp,event_type\na,2026-01-01 00:00:00,purchase\n")
    return store.add_dataset(export, filename="export.csv")


def queued(settings: Settings, dataset: Dataset, *people: str) -> list[Result]:
    return [submit(dataset.id, who=who, settings=settings) for who in people]


def order(settings: Settings, results: list[Result]) -> list[int]:
    """Return the places of results in their line, as the page tells them."""
    places = [place_of(result, settings) for result in results]
    return [place.number for place in places if place is not None]


def test_people_take_turns(settings: Settings, store: Store, dataset: Dataset) -> None:
    twenty = queued(settings, dataset, *["Ann"] * 20)
    bob, cem = queued(settings, dataset, "Bob", "Cem")
    assert order(settings, [twenty[0], bob, cem, twenty[1], twenty[19]]) == [1, 2, 3, 4, 22]
    # Whoever comes while the fifth of Ann's runs is next but for her sixth, which has waited longer.
    for result in (*twenty[:4], bob, cem):
        store.update_result(result.id, state="done", finished_at=datetime.now(UTC))
    store.scoring_jobs.start(twenty[4].id, "ingest")
    (dan,) = queued(settings, dataset, "Dan")
    assert order(settings, [dan, twenty[5], twenty[6]]) == [1, 2, 3]
    # The queue that runs them has the same order.
    told = {job.workflow_id: job.priority for job in client(settings).list_workflows(status="ENQUEUED")}
    assert told[dan.id] < told[twenty[5].id] < told[twenty[6].id]


def test_a_place_tells_how_long_it_will_be(settings: Settings, store: Store, dataset: Dataset) -> None:
    first, second, third = queued(settings, dataset, "Ann", "Bob", "Cem")
    assert place_of(first, settings) == Place(number=1, seconds=0.0)
    for result in (first, second, third):
        store.update_result(result.id, cost=100.0)
    store.scoring_jobs.start(first.id, "ingest")
    # It waits no longer, and says so no longer.
    assert store.result(first.id).message == ""
    store.update_result(first.id, share=0.4)
    assert place_of(store.result(first.id), settings) is None
    assert place_of(third, settings) == Place(number=2, seconds=pytest.approx(160.0))
    # Jobs that took twice as long as expected say that the next ones will, too.
    began = datetime.now(UTC) - timedelta(seconds=200)
    store.update_result(first.id, state="done", started_at=began, finished_at=datetime.now(UTC))
    store.scoring_jobs.start(second.id, "ingest")
    waits = place_of(third, settings)
    assert waits is not None
    assert waits.seconds == pytest.approx(200.0, rel=0.01)


def test_a_large_export_has_a_line_of_its_own(settings: Settings, dataset: Dataset) -> None:
    several = settings.model_copy(update={"scoring_jobs": 3, "large_export_bytes": 10})
    assert lane_of(dataset, settings) == ""
    assert lane_of(dataset, several) == scoring.LARGE
    assert SCORING.at_once(several, scoring.LARGE) == 2
    assert SCORING.at_once(settings, scoring.LARGE) == 1
    (small,) = queued(settings, dataset, "Ann")
    large = submit(dataset.id, who="Bob", settings=several)
    assert [place_of(result, settings).number for result in (small, large)] == [1, 1]
    told = {job.workflow_id: job.queue_name for job in client(settings).list_workflows()}
    assert told == {small.id: "scoring", large.id: "scoring-large"}
    packed = replace(dataset, recognition=replace(dataset.recognition, container="gzip"))
    assert text_bytes(packed) > 5 * text_bytes(dataset)


def test_what_waits_is_cancelled_at_once(settings: Settings, store: Store, dataset: Dataset) -> None:
    first, second = queued(settings, dataset, "Ann", "Bob")
    assert first.folder.is_dir()
    stopped = cancel(first.id, settings)
    assert (stopped.state, stopped.is_over, stopped.error) == ("cancelled", True, None)
    assert not first.folder.exists()
    assert client(settings).retrieve_workflow(first.id).get_status().status == "CANCELLED"
    assert order(settings, [second]) == [1]
    assert cancel(first.id, settings) == stopped, "it was over"
