"""The worker's side of scoring: a result's four steps, as a DBOS workflow.

Steps write beside and rename, so running one twice leaves the same files.
"""

from __future__ import annotations

from dataclasses import asdict

from dbos import DBOS

from core.base.progress import Progress
from core.jobs import runner
from core.jobs.runner import Outcome, Work
from core.jobs.scoring import SCORING
from core.scoring.pipeline import STEP_SHARES, features_step, finish_step, ingest_step, predict_step
from core.scoring.steps import Scored
from core.storage import Result, Store

#: A job that takes its worker down with it this many times is given up.
MAX_RECOVERIES = 5


@DBOS.workflow(name=SCORING.workflow, max_recovery_attempts=MAX_RECOVERIES)  # type: ignore[untyped-decorator]
def score_result(result_id: str, dataset_id: str) -> str:
    """Run the steps of a result in turn; return how it ended."""
    return runner.run_job(WORK, result_id, dataset_id)


def _run(step: str, store: Store, result: Result, report: Progress, before: Outcome) -> Outcome | None:
    if step == "ingest":
        ingest_step(store, result, report)
    elif step == "features":
        features_step(store, result, report)
    elif step == "predict":
        return {"scored": asdict(predict_step(store, result, report))}
    else:
        finish_step(store, result, Scored(**before["scored"]))
    return None


WORK = Work(
    queue=SCORING, steps=STEP_SHARES, run=_run, clear=SCORING.clear, light=frozenset({"predict", "finish"})
)
