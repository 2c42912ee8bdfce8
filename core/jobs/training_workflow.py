"""The worker's side of trainings: a training's four steps, as a DBOS workflow in a queue of its own.

A training that ends without a model leaves no file.
"""

from __future__ import annotations

from datetime import UTC, datetime

from dbos import DBOS

from core.base.progress import Progress
from core.base.project import FIRST
from core.jobs import runner
from core.jobs.runner import Outcome, Work
from core.jobs.training import TRAINING
from core.jobs.training_steps import STEP_SHARES, clear, compare_step, read_step, sessions_step, train_step
from core.storage import Store, Training

#: A training that takes its worker down with it this many times is given up.
MAX_RECOVERIES = 3


@DBOS.workflow(name=TRAINING.workflow, max_recovery_attempts=MAX_RECOVERIES)  # type: ignore[untyped-decorator]
def train_dataset(training_id: str, dataset_id: str, project: str = FIRST) -> str:
    """Run the steps of a training in turn; return how it ended."""
    return runner.run_job(WORK, training_id, dataset_id, project)


def _run(step: str, store: Store, training: Training, progress: Progress, before: Outcome) -> None:
    if step == "ingest":
        read_step(store, training, progress)
    elif step == "features":
        sessions_step(store, training, progress)
    elif step == "train":
        train_step(store, training, progress)
    else:
        comparison = compare_step(store, training, progress)
        store.remove_training_files(training.id)
        store.update_training(
            training.id,
            unless_cancelled=True,
            state="done",
            step="done",
            share=1.0,
            message="Done",
            comparison=comparison,
            finished_at=datetime.now(UTC),
        )


def _clear(store: Store, training_id: str) -> None:
    clear(store, store.training(training_id))


WORK = Work(
    queue=TRAINING,
    steps=STEP_SHARES,
    run=_run,
    clear=_clear,
    light=frozenset({"compare"}),
    long=frozenset({"train"}),
)
