"""A real worker process on a test's own data folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.base.settings import Settings
from core.jobs.queues import JobQueue, client
from core.storage import Job, JobRecords, Store, get_store
from tests.serving import ROOT, wait_until

HELD_WORKER = str(Path(__file__).with_name("held_worker.py"))


@contextmanager
def working(settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a real worker process until the block ends."""
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
    command = [sys.executable, *(arguments or ("-m", "core", "work"))]
    with (settings.data_dir / "worker.log").open("ab") as log:
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


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
