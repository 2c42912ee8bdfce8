"""Reasons that take long are found by a worker, once, while pages say how far they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.base.layout import error_panel
from core.base.errors import ExplainError, JobError, NotFoundError
from core.base.progress import Progress
from core.explain import build_reason_index as building
from core.explain import reason_index
from core.explain.build_reason_index import build_reason_index
from core.jobs import queues, reasons, reasons_workflow, runner
from core.jobs.reasons import REASONS, ReasonsPendingError
from core.results import query, reason_filter
from core.results.filters import Filters
from core.results.reason_filter import Because
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source, find_source
from core.results.view import ResultView
from core.storage import ReasonJob, get_store
from tests.core.jobs.working import ended, over, working
from tests.core.whatif.shop import Shop, shop
from tests.pages.dashing import given

__all__ = ["shop"]

FILTERS = Filters(because=Because(feature="cart_adds"))
SECONDS = 240


@pytest.fixture
def source(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    """A result whose reasons aren't known, asked for by pages, and too many for a moment."""
    monkeypatch.setattr(reasons, "MOMENT", 5)
    monkeypatch.setattr(reason_filter, "_providers", [reasons.reasons_for_pages])
    os.utime(shop.result.path)
    yield find_source(shop.result.id)
    os.utime(shop.result.path)
    if get_store().latest_reason_job(shop.result.id):
        reasons.cancel(shop.result.id)


def _asked(source: Source) -> ReasonJob:
    """Ask for reasons as a page does; return the job that finds them."""
    with pytest.raises(ReasonsPendingError):
        ResultView(source.path).kpis(FILTERS)
    job = get_store().latest_reason_job(source.id)
    assert job is not None
    return job


def _run(job: ReasonJob) -> str:
    """Do what a worker does for a job; return how its step ended."""
    runner.prepare(get_store().settings)
    state = runner.run_step(reasons_workflow.WORK, "reasons", job.id, job.dataset_id, {})["state"]
    return str(state)


@pytest.mark.server
def test_a_worker_finds_them_and_the_page_goes_on(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    store, view = get_store(), ResultView(source.path)
    with pytest.raises(ReasonsPendingError) as pending:
        view.kpis(FILTERS)
    # Whoever asks meanwhile waits for the same job.
    job = store.latest_reason_job(source.id)
    assert _asked(source) == job
    told = pending.value.to_dict()
    assert told["waits_for"] == f"/api/results/{source.id}/reasons"
    assert told["waits_for"] in str(error_panel(told))
    assert reasons.share_of(source.id) == 0
    with working(store.settings):
        assert over(REASONS, store, job, seconds=SECONDS).state == "done"
        assert ended(store.settings, job, seconds=SECONDS) == "done"
    assert reasons.share_of(source.id) == 1
    found = view.kpis(FILTERS).n
    # Here and now there are as many.
    reason_index.reason_index_of(source.scored).file.unlink()
    monkeypatch.setattr(reason_filter, "_providers", [build_reason_index])
    where, params = FILTERS.where()
    asked = f"SELECT count(*) AS n FROM sessions WHERE {where}"
    assert query.ask_one(source.scored, asked, params)["n"] == found > 0


def test_how_far_it_is_and_that_it_failed(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    store, job = get_store(), _asked(source)
    store.reason_jobs.start(job.id, "reasons")
    store.reason_jobs.update(job.id, share=0.4)
    with pytest.raises(ReasonsPendingError) as pending:
        ResultView(source.path).kpis(FILTERS)
    assert reasons.share_of(source.id) == pending.value.share == 0.4
    # Its worker has died of it again and again: the page is to ask again, and is told so once.
    runner._end(reasons_workflow.WORK, store, job.id, job.dataset_id, runner._given_up(reasons_workflow.WORK))
    assert reasons.share_of(source.id) == 1
    with pytest.raises(ExplainError, match="kept stopping"):
        ResultView(source.path).kpis(FILTERS)
    again = _asked(source)
    assert again.id != job.id
    monkeypatch.setattr(building, "_write", _no_room)
    assert _run(again) == "failed"
    with pytest.raises(ExplainError, match="no room") as failed:
        ResultView(source.path).kpis(FILTERS)
    assert not isinstance(failed.value, ReasonsPendingError)
    assert _asked(source).id != again.id, "it is said once"


def test_a_queue_that_cannot_be_reached_is_said_and_tried_again(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(queues, "client", _unreachable)
        with pytest.raises(JobError, match="could not be queued"):
            ResultView(source.path).kpis(FILTERS)
    assert reasons.share_of(source.id) == 1
    assert _asked(source).state == "queued"


def test_it_can_be_stopped_while_it_waits_and_while_it_runs(
    source: Source, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app import server

    address = f"/api/results/{source.id}/reasons"
    waiting = _asked(source)
    with given(server, shop.settings) as client:
        assert client.request("DELETE", address).status_code == 204
        assert client.request("GET", address).json() == {"share": 1.0}
        assert _ended_as(waiting) == "cancelled"
        with pytest.raises(ExplainError, match="stopped early"):
            ResultView(source.path).kpis(FILTERS)
        running = _asked(source)

        def stopped_meanwhile(sessions: ScoredSessions, progress: Progress) -> None:
            assert client.request("DELETE", address).status_code == 204
            monkeypatch.setattr(runner, "PROGRESS_SECONDS", 0)
            progress(0.5, "Reasons")
            raise AssertionError("It goes on.")

        monkeypatch.setattr(reasons_workflow, "build_reason_index", stopped_meanwhile)
        assert _run(running) == _ended_as(running) == "cancelled"
        assert client.request("DELETE", "/api/results/nosuch/reasons").status_code == 404
    assert not reason_index.reason_index_of(source.scored).is_built


def test_jobs_go_with_their_dataset(source: Source, tmp_path: Path) -> None:
    store = get_store()
    export = tmp_path / "other.csv"
    export.write_text("session_id,clicks,price_mean\na,5,20.5\n")
    dataset = store.add_dataset(export, filename="other.csv")
    result = store.create_result(dataset.id, bundle="demo-shop")
    job = store.create_reason_job(result, stamp=1)
    assert store.create_reason_job(result, stamp=2) == job, "it is found once"
    store.delete_dataset(dataset.id)
    assert not store.reason_jobs.is_wanted(job.id)
    with pytest.raises(NotFoundError):
        store.reason_job(job.id)


def test_what_is_too_much_is_said_at_once(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reason_index, "MOST_SESSIONS", 10)
    with pytest.raises(ExplainError, match="up to 10 sessions"):
        ResultView(source.path).kpis(FILTERS)


def _ended_as(job: ReasonJob) -> str:
    return get_store().reason_job(job.id).state


def _unreachable(*_: object) -> None:
    raise ConnectionError("nobody there")


def _no_room(*_: object, **__: object) -> None:
    raise ExplainError("There is no room.", remedy="Make some.")
