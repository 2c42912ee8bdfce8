"""The process that runs jobs: DBOS workflows that go on where they were after a crash.

A scoring job is four steps; trainings are in ``core.training_worker``. Each finished step is recorded
in the job database, so a restarted worker skips it and runs the interrupted one again from its
beginning; steps write beside and rename, so running one twice leaves the same files. A worker holds a
numbered slot in the data folder: its number is the name under which it finds its own interrupted jobs
again, and no two running workers share one.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from dbos import DBOS, DBOSConfig

from core import jobs, training_worker
from core.errors import CoreError, JobError, NotFoundError
from core.failures import explain
from core.pipeline import STEP_SHARES, features_step, finish_step, ingest_step, predict_step
from core.progress import Progress, part
from core.scoring import Scored
from core.settings import Settings
from core.storage import Store, get_store

log = logging.getLogger(__name__)

#: Steps are the same in every version, so an update in the middle of a job may go on with it.
JOB_VERSION = "1"
#: A job that takes its worker down with it this many times is given up.
MAX_RECOVERIES = 5
MAX_WORKERS = 64
POLL_SECONDS = 0.5
HOUSEKEEPING_SECONDS = 2.0
#: Progress is written at most this often.
PROGRESS_SECONDS = 0.3
#: A result without a job is handed in again after this long; a younger one may be on its way.
LOST_AFTER = timedelta(seconds=30)

_settings: list[Settings] = []


def work(settings: Settings) -> None:
    """Run jobs until SIGTERM or SIGINT, then end at once: whatever was running goes on at the next start."""
    _settings[:] = [settings]
    training_worker.prepare(settings)
    store = get_store(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    with _slot(store) as executor:
        store.sweep()
        _launch(settings, executor)
        log.info("%s is ready", executor)
        _warm_up(settings)
        while not stop.wait(HOUSEKEEPING_SECONDS):
            _look_after(store, settings)
        log.info("%s stops", executor)
        logging.shutdown()
        # Waiting for a running step could take an hour, and being killed in it is safe.
        os._exit(0)


def _launch(settings: Settings, executor: str) -> None:
    jobs.prepare_queue(settings)
    config: DBOSConfig = {
        "name": jobs.APPLICATION,
        "system_database_url": settings.jobs_url,
        "application_version": JOB_VERSION,
        "executor_id": executor,
        "log_level": "ERROR",
        "enable_otlp": False,
    }
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue(
        jobs.QUEUE, worker_concurrency=1, polling_interval_sec=POLL_SECONDS, on_conflict="always_update"
    )
    training_worker.listen(POLL_SECONDS)


@contextmanager
def _slot(store: Store) -> Iterator[str]:
    """Hold the first free worker number; the system frees it however the process ends."""
    for number in range(MAX_WORKERS):
        with (store.data_dir / f"worker-{number}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield f"worker-{number}"
            return
    raise JobError(f"{MAX_WORKERS} workers run on this data folder already.", remedy="Stop one of them.")


def _warm_up(settings: Settings) -> None:
    """Import and load what the first job needs, so that it doesn't wait for it."""
    from core.predict import Predictor

    try:
        Predictor.load(None, settings)
    except CoreError as error:
        log.warning("%s", error)


# The job


@DBOS.workflow(name=jobs.WORKFLOW, max_recovery_attempts=MAX_RECOVERIES)  # type: ignore[untyped-decorator]
def score_result(result_id: str, dataset_id: str) -> str:
    """Run the steps of a result in turn; return how it ended: done, failed or deleted."""
    outcome: dict[str, Any] = {}
    for step in STEP_SHARES:
        outcome = DBOS.run_step({"name": step}, run_step, step, result_id, dataset_id, outcome)
        if outcome["state"] != "ok":
            break
    return "done" if outcome["state"] == "ok" else str(outcome["state"])


def run_step(step: str, result_id: str, dataset_id: str, before: dict[str, Any]) -> dict[str, Any]:
    """Run one step and return its outcome as plain data, whatever happens in it.

    An error is an outcome too: it is recorded with the result and the job ends. Only a database that
    can't be reached makes this function raise.
    """
    store = get_store(_settings[0])
    try:
        result = store.result(result_id)
        if result.is_over:
            return {"state": result.state}
        report = _reporter(store, result_id, step)
        store.update_result(result_id, state="running", step=step)
        if step == "ingest":
            ingest_step(store, result, report)
        elif step == "features":
            features_step(store, result, report)
        elif step == "predict":
            return {"state": "ok", "scored": asdict(predict_step(store, result, report))}
        else:
            finish_step(store, result, Scored(**before["scored"]))
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets to know
        return {"state": _end(store, result_id, dataset_id, error)}
    return {"state": "ok"}


def _reporter(store: Store, result_id: str, step: str) -> Progress:
    """Return a callback that writes progress to the result, now and then; it fails once that is deleted."""
    last = 0.0

    def write(share: float, message: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PROGRESS_SECONDS:
            last = now
            store.update_result(result_id, share=share, message=message)

    return part(write, *STEP_SHARES[step])


def _end(store: Store, result_id: str, dataset_id: str, error: Exception) -> str:
    """Leave a job that can't go on in a clear state, with no file of it behind."""
    try:
        store.update_result(
            result_id,
            state="failed",
            error=(failure := explain(error)).to_dict(),
            message=failure.message,
            finished_at=datetime.now(UTC),
        )
        state = "failed"
    except NotFoundError:
        # Deleted in the meantime. What this job wrote afterwards must go as well.
        store.remove_files(dataset_id=dataset_id)
        state = "deleted"
    store.remove_files(result_id=result_id)
    return state


def _look_after(store: Store, settings: Settings) -> None:
    """Find what has lost its job or was given up, and hand it in again or say so."""
    for result in store.unfinished_results():
        status = DBOS.get_workflow_status(result.id)
        if status is None:
            if datetime.now(UTC) - result.created_at > LOST_AFTER:
                jobs.enqueue(result, settings)
        elif status.status not in ("ENQUEUED", "PENDING", "DELAYED"):
            stopped = JobError(
                "the job was given up, because the worker stopped again and again while it ran.",
                remedy="Look at the worker's log, or give it more memory, then score the dataset again.",
            )
            _end(store, result.id, result.dataset_id, stopped)
    training_worker.look_after(store, LOST_AFTER)
