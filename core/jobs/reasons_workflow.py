"""The worker's side of finding reasons: one step, as a DBOS workflow in a queue of its own.

A job that is begun again after a crash finds them from the first session on: they are laid aside whole or not
at all.
"""

from __future__ import annotations

from datetime import UTC, datetime

from dbos import DBOS

from core.base.progress import Progress
from core.base.project import FIRST
from core.explain.build_reason_index import build_reason_index
from core.jobs import runner
from core.jobs.reasons import REASONS
from core.jobs.runner import Outcome, Work
from core.results.sources import find_source
from core.storage import ReasonJob, Store

#: A job that takes its worker down with it this many times is given up: for want of memory, perhaps.
MAX_RECOVERIES = 2


@DBOS.workflow(name=REASONS.workflow, max_recovery_attempts=MAX_RECOVERIES)  # type: ignore[untyped-decorator]
def find_reasons(job_id: str, dataset_id: str, project: str = FIRST) -> str:
    """Find the reasons of a result's sessions; return how it ended."""
    return runner.run_job(WORK, job_id, dataset_id, project)


def _run(step: str, store: Store, job: ReasonJob, progress: Progress, before: Outcome) -> None:
    build_reason_index(find_source(job.result_id).scored, progress)
    store.reason_jobs.update(
        job.id,
        unless_cancelled=True,
        state="done",
        step="done",
        share=1.0,
        message="Done",
        finished_at=datetime.now(UTC),
    )


WORK = Work(
    queue=REASONS, steps={"reasons": (0.0, 1.0)}, run=_run, clear=REASONS.clear, light=frozenset({"reasons"})
)
