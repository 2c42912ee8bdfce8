"""A real worker process on a test's own data folder."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

from core.base.settings import Settings, get_settings
from core.jobs.queues import JobQueue, client
from core.storage import Job, JobRecords, Store, get_store
from tests.serving import ROOT, wait_until

HELD_WORKER = str(Path(__file__).with_name("held_worker.py"))
#: Half of what a worker costs is its imports: a process that has done nothing else is forked for each.
IMPORTED = [
    "core.cli.main",
    "core.jobs.worker",
    "core.privacy.working",
    "core.schedules.workflow",
    "core.scoring.pipeline",
    "core.training.train",
]
_workers = multiprocessing.get_context("forkserver")
_workers.set_forkserver_preload(IMPORTED)


@contextmanager
def working(settings: Settings, *script: str) -> Iterator[BaseProcess]:
    """Run a real worker process until the block ends: ``core work``, or a script with its arguments."""
    environment = {
        **os.environ,
        "PREDICTOR_DATA_DIR": str(settings.data_dir),
        "PREDICTOR_MODELS_DIR": str(settings.models_dir),
        "PREDICTOR_BUNDLE": settings.bundle,
        "PREDICTOR_MIN_FREE_BYTES": "0",
        "PREDICTOR_WORKER_NICENESS": "0",
        "PREDICTOR_SCORING_JOBS": str(settings.scoring_jobs),
        "PREDICTOR_LARGE_EXPORT_BYTES": str(settings.large_export_bytes),
        "PREDICTOR_OWN_MODELS": str(settings.own_models),
        "PREDICTOR_OWN_MODEL_BUYERS": str(settings.own_model_buyers),
        "DATABASE_URL": settings.database_url or "",
    }
    log = settings.data_dir / "worker.log"
    log.touch()
    worker = _workers.Process(target=_work, args=(environment, str(log), script))
    worker.start()
    try:
        yield worker
    finally:
        worker.kill()
        worker.join()


def _work(environment: dict[str, str], log: str, script: tuple[str, ...]) -> None:
    """Become a worker that writes to a log."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    get_settings.cache_clear()
    written = os.open(log, os.O_WRONLY | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(written, stream.fileno())
    sys.argv = [*(script or ("core", "work"))]
    if script:
        runpy.run_path(script[0], run_name="__main__")
    else:
        runpy.run_module("core", run_name="__main__")


def over(queue: JobQueue[JobRecords], store: Store, job: Job, *, seconds: float) -> Job:
    """Wait until a job is over and return it as it is then."""
    log = store.data_dir / "worker.log"
    wait_until(
        lambda: queue.find(store, job.id).is_over,
        seconds=seconds,
        what=f"{queue.find(store, job.id)} {log.read_text()[-2000:]}",
    )
    return queue.find(store, job.id)


def ended(settings: Settings, job: Job, *, seconds: float) -> str:
    """Wait until the workflow of a job has ended and return how."""
    workflow = client(settings).retrieve_workflow(job.id)
    wait_until(lambda: workflow.get_status().status == "SUCCESS", seconds=seconds, what="the job to end")
    return str(workflow.get_result())


def close(settings: Settings) -> None:
    """Give database connections back before the database goes away."""
    client(settings).destroy()
    get_store(settings).close()
