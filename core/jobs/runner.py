"""Running a job in the worker, whatever it does: step by step, in its share of memory, until stopped.

What all kinds of jobs have in common on this side. A job is a DBOS workflow that calls ``run_job``;
each finished step is recorded, so after a crash it goes on with the step it was in. However it ends, its
row says so, and nothing of a job that came to nothing is left on the disk.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from dbos import DBOS, Queue
from sqlalchemy.exc import DBAPIError

from core.base.cancellation import Stop
from core.base.errors import CancelledError, CoreError, JobError, NotFoundError
from core.base.progress import Progress, part, silent
from core.base.project import FIRST, in_project
from core.base.request_id import during
from core.base.resources import Resources, memory_for, one_at_a_time
from core.base.settings import Settings, current_settings
from core.jobs import queues
from core.jobs.bells import UNASKED_SECONDS, take_when_rung
from core.jobs.outages import is_outage, through_outages
from core.jobs.queues import JobQueue
from core.projects.records import in_every_project, settings_by_id
from core.storage import Dataset, JobRecords, Store, get_store

log = logging.getLogger(__name__)

#: Progress is written at most this often.
PROGRESS_SECONDS = 0.3
#: What a step of a job that goes on came to; a plain word in trainings that an earlier version began.
GOING_ON = frozenset({"ok", "running"})

T = TypeVar("T")
Outcome = dict[str, Any]
_settings: list[Settings] = []
_resources: list[Resources] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is done for the jobs of a queue.

    ``steps`` says where each step is on the way from 0 to 1. ``run`` runs one of them, given the outcome
    of the one before, and returns what its own should hold. ``clear`` removes what a job has written that
    came to nothing. ``light`` are steps that need the same little memory however large the export is; they
    take none from the others. ``long`` are steps that take so long that they may have a quarter only.
    ``after`` are steps that come once the job is done: they add to it, and whatever happens in them it stays
    done.
    """

    queue: JobQueue[JobRecords]
    steps: Mapping[str, tuple[float, float]]
    run: Callable[[str, Store, Any, Progress, Outcome], Outcome | None]
    clear: Callable[[Store, str], None]
    light: frozenset[str] = frozenset()
    long: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()


def prepare(settings: Settings) -> None:
    """Say of which installation jobs are, and what they may use."""
    _settings[:] = [settings]
    _resources[:] = [Resources(settings)]


def job_store() -> Store:
    """Return the store of the job's project."""
    return get_store(_at_work())


def job_settings() -> Settings:
    """Return the settings of the installation whose jobs are run here."""
    return _settings[0]


def in_every_job_project(work: Callable[[Settings], T], what: str) -> list[T]:
    """Do something with each project jobs may be of (``in_every_project``)."""
    return in_every_project(_settings[0], work, what)


def of_project(project: str) -> AbstractContextManager[None]:
    """Have a job's project at work for a while."""
    return in_project(settings_by_id(project, _settings[0]))


def _at_work() -> Settings:
    return current_settings.get() or _settings[0]


def listen(works: Sequence[Work], settings: Settings, more: Sequence[Queue] = ()) -> None:
    """Take jobs from their queues, and from more that are declared already."""
    ours = [_register(work.queue, lane, settings) for work in works for lane in work.queue.lanes]
    take_when_rung([*ours, *more])


def _register(queue: JobQueue[JobRecords], lane: str, settings: Settings) -> Queue:
    at_once = queue.at_once(settings, lane)
    return DBOS.register_queue(
        queue.queue_of(lane),
        concurrency=at_once if queue.one_worker else None,
        worker_concurrency=at_once,
        polling_interval_sec=UNASKED_SECONDS,
        on_conflict="always_update",
    )


def run_job(work: Work, job_id: str, dataset_id: str, project: str = FIRST) -> str:
    """Run the steps of a job in turn; return how it ended: done, failed, cancelled or deleted."""
    outcome: Outcome = {}
    for step in work.steps:
        run = partial(_run_step_of, project, work, step, job_id, dataset_id, outcome)
        recorded = DBOS.run_step({"name": step}, run)
        outcome = recorded if isinstance(recorded, dict) else {"state": recorded}
        if outcome["state"] not in GOING_ON:
            return str(outcome["state"])
    return "done"


def _run_step_of(
    project: str, work: Work, step: str, job_id: str, dataset_id: str, before: Outcome
) -> Outcome:
    with of_project(project):
        return run_step(work, step, job_id, dataset_id, before)


def run_step(work: Work, step: str, job_id: str, dataset_id: str, before: Outcome) -> Outcome:
    """Run one step and return its outcome as plain data, whatever happens in it.

    An error is an outcome too: it is recorded with the job, which ends. A database that can't be reached is
    none: the step is run again once it answers.
    """
    once = partial(_run_step_once, work, step, job_id, dataset_id, before)
    what = f"{step} of {work.queue.noun} {job_id}"
    with during(through_outages(partial(_request_of, work, job_id), what)):
        log.info("%s begins", what)
        began = time.monotonic()
        outcome = through_outages(once, what)
        log.info("%s ends: %s after %.1f s", what, outcome["state"], time.monotonic() - began)
        return outcome


def _request_of(work: Work, job_id: str) -> str:
    """Return the id of the request that handed a job in: lines of the log about both belong together."""
    try:
        return work.queue.find(job_store(), job_id).request
    except NotFoundError:
        return ""


def _run_step_once(work: Work, step: str, job_id: str, dataset_id: str, before: Outcome) -> Outcome:
    store = job_store()
    if step in work.after:
        return _run_after(work, step, store, job_id, dataset_id, before)
    jobs = work.queue.jobs(store)
    try:
        job = work.queue.find(store, job_id)
        if job.is_over:
            return {"state": _end(work, store, job_id, dataset_id, CancelledError("It was over."))}
        jobs.start(job_id, step)
        dataset = store.dataset(dataset_id)
        with Stop(lambda: jobs.is_wanted(job_id)) as stop:
            report = stop.checked(part(_reporter(work, store, job_id), *work.steps[step]))
            with _share(work, step, dataset, report) as settings:
                run = partial(work.run, step, store.sharing(settings), job, report, before)
                if step != "ingest":
                    return {"state": "ok", **(run() or {})}
                waiting = partial(report, 0.0, "The same export is being read for another job")
                with one_at_a_time(dataset.folder, waiting):
                    return {"state": "ok", **(run() or {})}
    except Exception as error:
        if is_outage(error):
            raise
        # Whatever else it is, the user gets to know.
        return {"state": _end(work, store, job_id, dataset_id, error)}


def _run_after(work: Work, step: str, store: Store, job_id: str, dataset_id: str, before: Outcome) -> Outcome:
    """Run a step of a job that is done: nobody waits for it, and it can't undo the job."""
    try:
        job, dataset = work.queue.find(store, job_id), store.dataset(dataset_id)
        with Stop(lambda: _state(work, store, job_id) == "done") as stop:
            report = stop.checked(silent)
            with _share(work, step, dataset, report) as settings:
                work.run(step, store.sharing(settings), job, report, before)
    except (CancelledError, NotFoundError):
        # Deleted meanwhile, with what it was about.
        pass
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("%s of %s %s failed", step, work.queue.noun, job_id)
    return {"state": "ok"}


@contextmanager
def _share(work: Work, step: str, dataset: Dataset, report: Progress) -> Iterator[Settings]:
    """Yield the settings a step runs with, once there is room for it."""
    if step in work.light:
        yield _at_work()
        return
    wanted = memory_for(queues.text_bytes(dataset), len(dataset.recognition.columns))
    with _resources[0].take(wanted, report, little=step in work.long) as share:
        may_use = {"duckdb_memory_limit": share.duckdb_memory_limit, "threads": share.threads}
        yield _at_work().model_copy(update=may_use)


def _reporter(work: Work, store: Store, job_id: str) -> Progress:
    """Return a callback that writes progress to the job, now and then; it fails once that shall stop."""
    last = 0.0

    def write(share: float, message: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PROGRESS_SECONDS:
            last = now
            try:
                work.queue.jobs(store).update(job_id, unless_cancelled=True, share=share, message=message)
            except DBAPIError as error:
                # How far a step is can be told later: it isn't begun anew for that.
                if not is_outage(error):
                    raise

    return write


def _end(work: Work, store: Store, job_id: str, dataset_id: str, error: Exception) -> str:
    """Leave a job that can't go on in a clear state, with no file of it behind."""
    state = _state(work, store, job_id)
    if state == "done":
        return state
    work.clear(store, job_id)
    try:
        job = work.queue.find(store, job_id)
        if not job.is_over:
            if job.cancelling or isinstance(error, CancelledError):
                work.queue.jobs(store).finish_cancelled(job_id)
            else:
                queues.fail(work.queue, job_id, error, store)
    except NotFoundError:
        # Deleted in the meantime, or over at this very moment.
        pass
    _clear_dataset(store, job_id, dataset_id)
    return _state(work, store, job_id)


def _state(work: Work, store: Store, job_id: str) -> str:
    try:
        return work.queue.find(store, job_id).state
    except NotFoundError:
        return "deleted"


def _clear_dataset(store: Store, job_id: str, dataset_id: str) -> None:
    """Remove what a job has left with its dataset: half of what it read, or all if that was deleted."""
    try:
        folder = store.dataset(dataset_id).folder
    except NotFoundError:
        store.remove_files(dataset_id=dataset_id)
    else:
        shutil.rmtree(folder / f".reading-{job_id}", ignore_errors=True)


def look_after(work: Work, store: Store, lost_after: timedelta) -> None:
    """Find jobs that have lost their workflow or were given up, and hand them in again or say so."""
    for job in work.queue.jobs(store).unfinished():
        status = DBOS.get_workflow_status(job.id)
        if status is None:
            if datetime.now(UTC) - job.created_at > lost_after:
                queues.enqueue(work.queue, work.queue.find(store, job.id), store.settings)
        elif status.status not in ("ENQUEUED", "PENDING", "DELAYED"):
            _end(work, store, job.id, job.dataset_id, _given_up(work))


def _given_up(work: Work) -> CoreError:
    return JobError(
        f"the {work.queue.noun} failed, because the worker kept stopping while it ran.",
        remedy="Check the worker's log, or give it more memory, then try again.",
    )
