"""The process that runs jobs: DBOS workflows that go on where they were after a crash.

What jobs do is in the workflows beside this module. Each finished step is recorded in the
job database, so a restarted worker skips it and runs the interrupted one again from its beginning. A worker
holds a numbered slot in the data folder: its number is the name under which it finds its own interrupted jobs
again, and no two running workers share one.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from dbos import DBOS, DBOSConfig
from dbos._dbos import _get_dbos_instance
from dbos._queue import Queue
from dbos._schemas.system_database import SystemSchema
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from core.base.data_folder import make_data_folder
from core.base.errors import CoreError, JobError
from core.base.libraries.lean_imports import arrow_without_pandas
from core.base.libraries.memory import RELEASING, release_memory
from core.base.project import FIRST, in_project, settings_of
from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.bundle.shipped import refresh_shipped
from core.explain.build_reason_index import build_reason_index
from core.jobs import (
    fetching_workflow,
    queues,
    reasons_workflow,
    runner,
    scoring_workflow,
    training_workflow,
)
from core.jobs.bells import UNASKED_SECONDS
from core.jobs.heartbeat import LOCKS, beat
from core.jobs.outages import is_outage
from core.projects.records import in_every_project
from core.projects.removal import remove_leftovers
from core.results.reason_filter import provide_reasons
from core.storage import get_store
from core.storage.uploads import Incoming

log = logging.getLogger(__name__)

#: What jobs there are.
KINDS = (scoring_workflow.WORK, training_workflow.WORK, fetching_workflow.WORK, reasons_workflow.WORK)
#: Steps are the same in every version, so an update in the middle of a job may go on with it.
JOB_VERSION = "1"
MAX_WORKERS = 64
HOUSEKEEPING_SECONDS = 10.0
#: A job without a workflow is handed in again after this long; a younger one may be on its way.
LOST_AFTER = timedelta(seconds=30)


def run_worker(settings: Settings, *more: Callable[[Settings], Sequence[Queue]]) -> None:
    """Run jobs until SIGTERM or SIGINT, then end at once: whatever was running goes on at the next start.

    ``more`` begin what stands above jobs, once the queue's library runs, and return queues of their own.
    """
    # Pages are served first: whoever clicks waits less for a job than a job for clicks.
    os.nice(settings.worker_niceness)
    arrow_without_pandas()
    runner.prepare(settings)
    # Whoever isn't a page waits until reasons are there.
    provide_reasons(build_reason_index)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    make_data_folder(settings.data_dir)
    with _slot(settings.data_dir) as executor:
        in_every_project(settings, _renew, "the demo model's renewal")
        in_every_project(settings, _sweep, "the sweep")
        _launch(settings, executor, more)
        log.info("%s is ready", executor)
        _warm_up(settings)
        lock = settings.data_dir / f"{executor}.lock"
        beat(lock)
        released = time.monotonic()
        while not stop.wait(HOUSEKEEPING_SECONDS):
            beat(lock)
            _keep_house(settings, executor)
            if time.monotonic() - released >= RELEASING:
                release_memory()
                released = time.monotonic()
        log.info("%s stops", executor)
        _keep_lives(executor)
        logging.shutdown()
        # Waiting for a running step could take an hour, and being killed in it is safe.
        os._exit(0)


def _launch(settings: Settings, executor: str, more: Sequence[Callable[[Settings], Sequence[Queue]]]) -> None:
    queues.prepare_queue(settings)
    config: DBOSConfig = {
        "name": queues.APPLICATION,
        "system_database_url": settings.jobs_url,
        "application_version": JOB_VERSION,
        "executor_id": executor,
        "log_level": "ERROR",
        "enable_otlp": False,
        "scheduler_polling_interval_sec": UNASKED_SECONDS,
    }
    dbos = DBOS(config=config)
    # Ours are listened to by ``core.jobs.bells``, and in DBOS's own nothing ever waits.
    dbos.listen_queues([])
    dbos._registry.get_internal_queue()._polling_interval_sec = UNASKED_SECONDS
    DBOS.launch()
    _stop_pollers()
    runner.listen(KINDS, settings, [queue for begin in more for queue in begin(settings)])


def _stop_pollers() -> None:
    """Quieten what DBOS asks the database for every second and nobody here uses: delays and deadlines."""
    _get_dbos_instance()._background_jobs_stop_event.set()


@contextmanager
def _slot(folder: Path) -> Iterator[str]:
    """Hold the first free worker number; the system frees it however the process ends."""
    for number in range(MAX_WORKERS):
        with _hold(folder, name := f"worker-{number}") as held:
            if held:
                yield name
                return
    raise JobError(f"{MAX_WORKERS} workers run on this data folder already.", remedy="Stop one of them.")


@contextmanager
def _hold(folder: Path, name: str) -> Iterator[bool]:
    """Hold the slot of a name; yield whether one could, which no worker of that name that runs allows."""
    with (folder / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _renew(project: Settings) -> None:
    try:
        refresh_shipped(project)
    except CoreError as error:
        # A full disk or a folder that can't be written: the model of before works as well.
        log.warning("the demo shop's model wasn't renewed: %s", error)


def _sweep(project: Settings) -> None:
    store = get_store(project)
    store.sweep()
    Incoming(store).sweep()


def _look_after(project: Settings) -> None:
    for work in KINDS:
        runner.look_after(work, get_store(project), LOST_AFTER)


def _keep_house(settings: Settings, executor: str) -> None:
    try:
        _take_over(settings.data_dir, executor)
        in_every_project(settings, _look_after, "looking after jobs")
        remove_leftovers(settings)
    except DBAPIError as error:
        if not is_outage(error):
            raise
        log.warning("looking after jobs waits: the database doesn't answer: %s", error)


def _keep_lives(executor: str) -> None:
    """Take the start of the jobs that run off their count: an orderly stop is no crash of theirs."""
    table = SystemSchema.workflow_status
    running = (table.c.executor_id == executor) & (table.c.status == "PENDING")
    try:
        with _get_dbos_instance()._sys_db.engine.begin() as connection:
            connection.execute(
                update(table).where(running).values(recovery_attempts=table.c.recovery_attempts - 1)
            )
    except DBAPIError as error:
        log.warning("the stop counts as a crash of what ran: %s", error)


def _take_over(folder: Path, executor: str) -> None:
    """Put the jobs of workers that are gone back into their queues."""
    for path in folder.glob(LOCKS):
        if path.stem != executor:
            with _hold(folder, path.stem) as held:
                if held:
                    DBOS._recover_pending_workflows([path.stem])


def _warm_up(settings: Settings) -> None:
    """Import and load what the first job needs, so that it doesn't wait for it."""
    try:
        with in_project(first := settings_of(FIRST, settings)):
            Predictor.load(None, first)
    except CoreError as error:
        log.warning("%s", error)
