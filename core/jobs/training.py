"""Training as durable jobs: handed in by whoever serves pages, done by a worker process.

``submit_training`` writes down what is wanted and queues the job that does it; ``cancel_training``
stops one, queued or running, and nothing of it is left. Trainings have a queue of their own, one at a
time, so that exports are scored meanwhile.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from core.base.errors import CoreError, TrainingError
from core.base.settings import Settings, get_settings
from core.bundle.registry import in_use
from core.bundle.repository import check_name, read_manifest
from core.jobs import queues
from core.jobs.queues import JobQueue, hand_in, ready
from core.scoring.model_names import is_taken, suggest_name
from core.storage import Dataset, Store, Training, get_store
from core.training.purchase.options import DEFAULTS, TrainingOptions

__all__ = ["TRAINING", "cancel_training", "place_of", "submit_training", "suggest_name"]

MAX_WHO = 100
#: Seconds beside the search for settings.
FIXED_SECONDS = 60.0

TRAINING = JobQueue(
    name="training",
    workflow="train_bundle",
    noun="training",
    jobs=lambda store: store.training_jobs,
    find=lambda store, training_id: store.training(training_id),
    clear=lambda store, training_id: store.remove_training_files(training_id),
    at_once=lambda settings, lane: 1,
    one_worker=True,
)
#: Stop a training; tell where it stands (see ``core.jobs.queues``).
cancel_training = partial(queues.cancel, TRAINING)
place_of = partial(queues.place, TRAINING)


def submit_training(
    dataset_id: str,
    *,
    name: str | None = None,
    options: TrainingOptions = DEFAULTS,
    who: str = "",
    settings: Settings | None = None,
) -> Training:
    """Queue the training of a model on a dataset and return it; it fills in as the job goes.

    Parameters
    ----------
    name
        What to call the model; made of the dataset's name and the date where none is given.
    who
        Who wants it, for the record.

    Raises
    ------
    NotFoundError
        If there is no such dataset.
    MappingError
        If its columns have to be mapped first.
    BundleError
        If the name can't be a model's.
    TrainingError
        If a model of that name exists, or is being trained.
    JobError
        If the job can't be queued.
    """
    settings = get_settings(settings)
    store = get_store(settings)
    dataset = ready(dataset_id, store, doing="a model can be trained on it")
    if name:
        _check_free(check_name(name), store, settings)
    training = store.create_training(
        dataset,
        bundle=name or suggest_name(dataset, settings),
        options=_with_previous(options, dataset, settings).to_dict(),
        who=" ".join(who.split())[:MAX_WHO] or "somebody",
        cost=FIXED_SECONDS + options.seconds,
    )
    hand_in(TRAINING, training, store)
    return training


def _with_previous(options: TrainingOptions, dataset: Dataset, settings: Settings) -> TrainingOptions:
    """Let clusters keep the names they have in the model in use, where they are found again."""
    if options.previous is not None:
        return options
    try:
        manifest = read_manifest(in_use(settings), settings)
    except CoreError:
        return options
    # The demo shop's kinds of visit aren't a real shop's.
    return replace(options, previous=manifest.name) if manifest.synthetic == dataset.synthetic else options


def _check_free(name: str, store: Store, settings: Settings) -> None:
    if is_taken(name, store, settings):
        raise TrainingError(
            "A model with this name exists or is being trained.",
            where=f"model {name}",
            remedy="Choose another name, or delete that model first.",
        )
