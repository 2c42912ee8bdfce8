"""The worker's side of trainings: a DBOS workflow in a queue of its own.

Progress goes into the table of trainings, and whoever cancels a training leaves word there: the next
report of progress finds it and stops everything. A training that ends without a model leaves no file.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from dbos import DBOS

from core import training_jobs
from core.errors import CancelledError, JobError, NotFoundError
from core.failures import explain
from core.progress import Progress, part
from core.settings import Settings
from core.storage import Store, Training, get_store
from core.training_steps import STEP_SHARES, clear, compare_step, read_step, sessions_step, train_step

#: A training that takes its worker down with it this many times is given up.
MAX_RECOVERIES = 3
#: Progress is written, and cancelling noticed, at most this often.
PROGRESS_SECONDS = 0.3

_settings: list[Settings] = []


class _OverError(Exception):
    """The training is over already: cancelled, or its dataset was deleted."""


def prepare(settings: Settings) -> None:
    """Say which store and models trainings work on."""
    _settings[:] = [settings]


def listen(poll_seconds: float) -> None:
    """Take trainings from their queue, one at a time."""
    DBOS.register_queue(
        training_jobs.QUEUE,
        concurrency=1,
        worker_concurrency=1,
        polling_interval_sec=poll_seconds,
        on_conflict="always_update",
    )


@DBOS.workflow(name=training_jobs.WORKFLOW, max_recovery_attempts=MAX_RECOVERIES)  # type: ignore[untyped-decorator]
def train_dataset(training_id: str, dataset_id: str) -> str:
    """Run the steps of a training in turn; return how it ended: done, failed or cancelled."""
    state = "running"
    for step in STEP_SHARES:
        state = DBOS.run_step({"name": step}, run_step, step, training_id, dataset_id)
        if state != "running":
            break
    return state


def run_step(step: str, training_id: str, dataset_id: str) -> str:
    """Run one step and return the state the training is in afterwards, whatever happens in it.

    An error is an outcome too: it is recorded with the training and the job ends. Only a database that
    can't be reached makes this function raise.
    """
    store = get_store(_settings[0])
    training = store.training(training_id)
    try:
        _go_on(store, training_id, state="running", step=step)
        _run(step, store, training, part(_reporter(store, training_id), *STEP_SHARES[step]))
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets to know
        return _end(store, training, error)
    return store.training(training_id).state


def _run(step: str, store: Store, training: Training, progress: Progress) -> None:
    if step == "ingest":
        read_step(store, training, progress)
    elif step == "features":
        sessions_step(store, training, progress)
    elif step == "train":
        train_step(store, training, progress)
    else:
        comparison = compare_step(store, training, progress)
        store.remove_training_files(training.id)
        _go_on(
            store,
            training.id,
            state="done",
            step="done",
            share=1.0,
            message="Done",
            comparison=comparison,
            finished_at=datetime.now(UTC),
        )


def _reporter(store: Store, training_id: str) -> Progress:
    """Return a callback that writes progress now and then, and raises once the training shall stop."""
    last = 0.0

    def write(share: float, message: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PROGRESS_SECONDS:
            last = now
            _go_on(store, training_id, share=share, message=message)

    return write


def _go_on(store: Store, training_id: str, **fields: object) -> None:
    """Change a training that shall go on.

    Raises
    ------
    CancelledError
        If somebody has cancelled it.
    _OverError
        If it is over already.
    """
    try:
        store.update_training(training_id, unless_cancelled=True, **fields)
    except NotFoundError as error:
        training = store.training(training_id)
        if training.is_over:
            raise _OverError from error
        raise CancelledError("The training was cancelled.") from error


def _end(store: Store, training: Training, error: Exception) -> str:
    """Leave a training that can't go on in a clear state, with no file and no model of it behind."""
    now = store.training(training.id)
    if now.state == "done":
        return now.state
    clear(store, training)
    if now.is_over:
        _forget_deleted(store, training)
        return now.state
    try:
        if isinstance(error, CancelledError):
            store.training_jobs.finish_cancelled(training.id)
        else:
            failure = explain(error)
            store.update_training(
                training.id,
                state="failed",
                error=failure.to_dict(),
                message=failure.message,
                finished_at=datetime.now(UTC),
            )
    except NotFoundError:
        # Its dataset was deleted at this very moment, which ended it.
        _forget_deleted(store, training)
    return store.training(training.id).state


def _forget_deleted(store: Store, training: Training) -> None:
    """Remove what was written for a dataset after it had been deleted."""
    try:
        store.dataset(training.dataset_id)
    except NotFoundError:
        store.remove_files(dataset_id=training.dataset_id)


def look_after(store: Store, lost_after: timedelta) -> None:
    """Find trainings whose job got lost or gave up, and hand them in again or say so."""
    for training in store.unfinished_trainings():
        status = DBOS.get_workflow_status(training.id)
        if status is None:
            if datetime.now(UTC) - training.created_at > lost_after:
                training_jobs.enqueue(training, store.settings)
        elif status.status not in ("ENQUEUED", "PENDING", "DELAYED"):
            _end(store, training, _given_up(training))


def _given_up(training: Training) -> Any:  # noqa: ANN401 - either error
    if training.cancelling:
        return CancelledError("The training was cancelled.")
    return JobError(
        "the training was given up, because the worker stopped again and again while it ran.",
        remedy="Look at the worker's log, or give it more memory, then train again.",
    )
