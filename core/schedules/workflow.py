"""The worker's side of schedules: DBOS looks every minute, and runs are durable workflows of its queue."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from dbos import DBOS
from dbos._queue import Queue

from core.base.project import FIRST
from core.base.settings import Settings
from core.jobs.bells import UNASKED_SECONDS
from core.jobs.outages import through_outages
from core.jobs.runner import in_every_job_project, job_settings, job_store, of_project
from core.schedules import looking, running
from core.schedules.queue import LOOK, LOOKING, LOOKS, QUEUE, RUN, enqueue, keep_looking
from core.storage import Run, Store

log = logging.getLogger(__name__)

#: Runs a worker does at a time: they wait for others most of it.
AT_ONCE = 4
#: A run that takes its worker down with it this many times is given up.
MAX_RECOVERIES = 20
#: A run without a workflow is handed in again after this long; a younger one may be on its way.
LOST_AFTER = timedelta(seconds=30)
#: How long DBOS's records of looks are kept, and how many are removed at a time.
KEPT, MOST_REMOVED = timedelta(hours=1), 500


@DBOS.workflow(name=RUN, max_recovery_attempts=MAX_RECOVERIES)  # type: ignore[untyped-decorator]
def run_schedule(run_id: str, project: str = FIRST) -> str:
    """Take in what a run is about, write its message, and return how it ended."""
    step = partial(_step, project)
    taken = step("begin", partial(running.begin, run_id))
    for arrival_id in taken:
        for name in running.STEPS:
            if step(f"{name} {arrival_id}", partial(running.take_step, name, arrival_id)) != "ok":
                break
    step("tell", partial(running.tell, run_id))
    return str(step("end", partial(running.end, run_id)))


@DBOS.workflow(name=LOOK)  # type: ignore[untyped-decorator]
def look_for_exports(scheduled_at: datetime, context: Any) -> int:  # noqa: ANN401 - DBOS hands both
    """Look for what has come, once a minute for all workers together; return how many runs follow."""
    return int(DBOS.run_step({"name": "look"}, _look_everywhere))


def begin(settings: Settings) -> list[Queue]:
    """Have DBOS look where a schedule is on; return the queues of runs and of looks."""
    declare = partial(DBOS.register_queue, polling_interval_sec=UNASKED_SECONDS, on_conflict="always_update")
    queues = [declare(QUEUE, worker_concurrency=AT_ONCE), declare(LOOKS, concurrency=1, worker_concurrency=1)]
    keep_looking(settings)
    return queues


def _look_everywhere() -> int:
    made = sum(in_every_job_project(lambda _: through_outages(lambda: look(job_store()), "look"), "the look"))
    # The last schedule that is on may have gone with its project.
    keep_looking(job_settings())
    return made


def look(store: Store) -> int:
    """Look once, hand in what follows, and see to runs that have lost their workflow."""
    made = looking.look(store)
    for run in made:
        enqueue(run, store.settings)
    for run in store.unfinished_runs():
        _look_after(run, store)
    _remove_looks()
    return len(made)


def _step(project: str, name: str, work: Any) -> Any:  # noqa: ANN401 - whatever the step returns
    def once() -> Any:  # noqa: ANN401
        with of_project(project):
            return through_outages(lambda: work(job_store()), name)

    return DBOS.run_step({"name": name}, once)


def _look_after(run: Run, store: Store) -> None:
    status = DBOS.get_workflow_status(run.id)
    if status is None:
        if datetime.now(UTC) - run.created_at > LOST_AFTER:
            enqueue(run, store.settings)
    elif status.status not in ("ENQUEUED", "PENDING", "DELAYED"):
        running.give_up(run.id, store)


def _remove_looks() -> None:
    before = (datetime.now(UTC) - KEPT).isoformat()
    old = DBOS.list_workflows(
        schedule_name=LOOKING, end_time=before, status=["SUCCESS", "ERROR"], limit=MOST_REMOVED,
        load_input=False, load_output=False,
    )  # fmt: skip
    if old:
        DBOS.delete_workflows([one.workflow_id for one in old])
