"""Scoring as durable jobs: handed in by whoever serves pages, done by a worker process.

``submit`` makes a result and queues the job that fills it; ``cancel`` stops one, queued or running, and
nothing of it is left.

Exports wait in two lanes, small and large ones, and large ones never fill all of a worker's places: a
small export isn't stuck behind huge ones. Within a lane people take turns (see ``core.jobs.queues``).
"""

from __future__ import annotations

import logging
from functools import partial

from core.base.errors import CoreError
from core.base.requester import requester
from core.base.settings import Settings, get_settings
from core.bundle.registry import in_use
from core.jobs import queues
from core.jobs.queues import JobQueue, client, hand_in, ready, text_bytes
from core.storage import Basis, Dataset, Result, get_store

__all__ = ["SCORING", "cancel", "client", "place_of", "submit", "submit_new"]

log = logging.getLogger(__name__)

LARGE = "large"
#: The workflow of jobs that an earlier version queued.
EARLIER = "score_result"
#: What an export is expected to take: to begin and end, and to read, put together and score its text.
FIXED_SECONDS = 3.0
BYTES_PER_SECOND = 12e6


def _at_once(settings: Settings, lane: str) -> int:
    return max(settings.scoring_jobs - 1, 1) if lane == LARGE else settings.scoring_jobs


SCORING = JobQueue(
    name="scoring",
    workflow="score_export",
    noun="job",
    jobs=lambda store: store.scoring_jobs,
    find=lambda store, result_id: store.result(result_id),
    clear=lambda store, result_id: store.remove_files(result_id=result_id),
    at_once=_at_once,
    lanes=("", LARGE),
)
#: Stop the scoring of a result; tell where it stands (see ``core.jobs.queues``).
cancel = partial(queues.cancel, SCORING)
place_of = partial(queues.place, SCORING)


def submit(
    dataset_id: str, *, bundle: str | None = None, who: str | None = None, settings: Settings | None = None
) -> Result:
    """Queue the scoring of a dataset and return its result, which fills in as the job goes.

    Blocks for a few milliseconds on the database; call it from a thread in asynchronous code.

    Parameters
    ----------
    who
        Whom it belongs to in its queue; whoever asks now, or the dataset itself, where nobody is named.

    Raises
    ------
    NotFoundError
        If there is no such dataset.
    MappingError
        If its columns have to be mapped first.
    JobError
        If the job can't be queued.
    """
    settings = get_settings(settings)
    store = get_store(settings)
    dataset = ready(dataset_id, store, doing="it can be scored")
    result = store.create_result(
        dataset_id,
        bundle=bundle or in_use(settings),
        # Which model answers is decided once it is known what the export says, unless somebody names one.
        basis=Basis(kind="chosen") if bundle else None,
        who=who or requester() or dataset_id,
        lane=lane_of(dataset, settings),
        cost=cost_of(dataset),
    )
    hand_in(SCORING, result, store)
    return result


def submit_new(
    dataset: Dataset, *, who: str | None = None, settings: Settings | None = None
) -> Result | None:
    """Queue the scoring of a new dataset where that needs no questions; asked again, return the same.

    Returns
    -------
    Result or None
        None where its columns have to be mapped first, or it can't be queued: the file is safe, its page says
        what it is and lets the scoring be tried again.
    """
    earlier = get_store(settings).results(dataset.id)
    if earlier:
        return earlier[-1]
    if dataset.state != "ready":
        return None
    try:
        return submit(dataset.id, who=who, settings=settings)
    except CoreError as error:
        log.warning("dataset %s could not be queued: %s", dataset.id, error)
        return None


def lane_of(dataset: Dataset, settings: Settings) -> str:
    """Return the lane a dataset is scored in."""
    return LARGE if text_bytes(dataset) > settings.large_export_bytes else ""


def cost_of(dataset: Dataset) -> float:
    """Return the seconds scoring a dataset is expected to take on two cores."""
    return FIXED_SECONDS + text_bytes(dataset) / BYTES_PER_SECOND
