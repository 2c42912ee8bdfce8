"""The worker's side of scoring: a result's steps, as a DBOS workflow.

Steps write beside and rename, so running one twice leaves the same files. Jobs of earlier versions, which
knew no model of a shop's own, go on by the workflow they began with.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, replace

from dbos import DBOS

from core.base.errors import NotFoundError
from core.base.progress import Progress
from core.base.project import FIRST
from core.jobs import runner
from core.jobs.runner import Outcome, Work
from core.jobs.scoring import EARLIER, SCORING
from core.scoring.own_place import take_back
from core.scoring.own_steps import contest_step, own_model_step, record_step
from core.scoring.pipeline import (
    JOB_SHARES,
    STEP_SHARES,
    features_step,
    finish_step,
    ingest_step,
    predict_step,
)
from core.scoring.steps import Scored
from core.storage import Result, Store

#: A job that takes its worker down with it this many times is given up.
MAX_RECOVERIES = 5


@DBOS.workflow(name=SCORING.workflow, max_recovery_attempts=MAX_RECOVERIES)  # type: ignore[untyped-decorator]
def score_export(result_id: str, dataset_id: str, project: str = FIRST) -> str:
    """Run the steps of a result in turn; return how it ended."""
    return runner.run_job(WORK, result_id, dataset_id, project)


@DBOS.workflow(name=EARLIER, max_recovery_attempts=MAX_RECOVERIES)  # type: ignore[untyped-decorator]
def score_result(result_id: str, dataset_id: str, project: str = FIRST) -> str:
    """Run the steps of a result that an earlier version began; return how it ended."""
    return runner.run_job(EARLIER_WORK, result_id, dataset_id, project)


def _run(step: str, store: Store, result: Result, report: Progress, before: Outcome) -> Outcome | None:
    if step == "ingest":
        ingest_step(store, result, report)
    elif step == "features":
        features_step(store, result, report)
        record_step(store, result)
    elif step == "own_model":
        own_model_step(store, result, report)
    elif step == "predict":
        return {"scored": asdict(predict_step(store, result, report))}
    elif step == "finish":
        finish_step(store, result, Scored(**before["scored"]))
    else:
        contest_step(store, result, report)
    return None


def _clear(store: Store, result_id: str) -> None:
    """Remove what a result that came to nothing has left, its model too."""
    # Deleted meanwhile? A model is only in place where a result is as good as done.
    with suppress(NotFoundError):
        take_back(store.result(result_id), store.settings)
    SCORING.clear(store, result_id)


WORK = Work(
    queue=SCORING,
    steps=JOB_SHARES | {"contest": (1.0, 1.0)},
    run=_run,
    clear=_clear,
    light=frozenset({"predict", "finish"}),
    long=frozenset({"own_model", "contest"}),
    after=frozenset({"contest"}),
)
EARLIER_WORK = replace(WORK, steps=STEP_SHARES, after=frozenset())
