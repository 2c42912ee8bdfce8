"""Finding the reasons of many sessions as durable jobs: the page that asks for them says how far they are.

The server's own processes would be busy with it for minutes. So a worker does it, once however many pages ask
(see ``core.jobs.reasons_workflow``). Whoever isn't a page (another job, the command line) waits until the
reasons are there.
"""

from __future__ import annotations

from pathlib import Path

from core.base.errors import ExplainError, JobError, NotFoundError
from core.base.requester import requester
from core.base.written import counted
from core.explain.build_reason_index import build_reason_index
from core.explain.reason_index import ReasonIndex, most_sessions, reason_index_of
from core.explain.sampling import is_heavy, predictor_of
from core.jobs import queues
from core.jobs.queues import JobQueue, hand_in
from core.results.footer import facts
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source, find_source
from core.storage import ReasonJob, get_store

#: More sessions than this take more than a moment; by heavy models (see ``core.explain.sampling``) sooner.
MOMENT, MOMENT_HEAVY = 20_000, 1_000
#: Sessions a second of, for telling how long the next one waits.
SESSIONS_PER_SECOND = 10_000
#: Nobody is told that all is there before it is.
ALMOST = 0.999

REASONS = JobQueue(
    name="reasons",
    workflow="find_reasons",
    noun="job",
    jobs=lambda store: store.reason_jobs,
    find=lambda store, job_id: store.reason_job(job_id),
    clear=lambda store, job_id: None,
    at_once=lambda settings, lane: 1,
)


class ReasonsPendingError(ExplainError):
    """Reasons that are still being found: ``share`` of them are."""

    code = "pending"
    status = 409

    def __init__(self, source: Source, n: int, share: float) -> None:
        super().__init__(
            f"Finding the reasons for {counted(n, 'session')}.",
            remedy="This page continues automatically when they are ready. They are saved, so this happens "
            "only once.",
        )
        self.waits_for = f"/api/results/{source.id}/reasons"
        self.share = share

    def to_dict(self) -> dict[str, str | None]:
        """Return the error as plain JSON, with the address that tells how far it is."""
        return {**super().to_dict(), "waits_for": self.waits_for, "share": f"{self.share:.3f}"}


def reasons_for_pages(sessions: ScoredSessions) -> Path:
    """Return the file with the reasons of scored sessions; where it would take long, have them found instead.

    Raises
    ------
    ReasonsPendingError
        If they are being found from now on, or since before.
    ExplainError
        If that has just failed, or can't be done.
    """
    index = reason_index_of(sessions)
    if not index.is_built and not index.source.is_training:
        predictor, n = predictor_of(index.source), facts(index.sessions).n
        # What is too much is said at once.
        if (MOMENT_HEAVY if is_heavy(predictor) else MOMENT) < n <= most_sessions(predictor):
            raise ReasonsPendingError(index.source, n, _under_way(index, n))
    return build_reason_index(sessions)


def share_of(result_id: str) -> float:
    """Return how far the reasons of a result are: 1 if they are there, or nobody is at it.

    Raises
    ------
    NotFoundError
        If there is no such result.
    """
    source = find_source(result_id)
    job = get_store().latest_reason_job(result_id)
    if job is None or job.is_over or ReasonIndex(source, source.scored).is_built:
        return 1.0
    return min(job.share, ALMOST)


def cancel(result_id: str) -> None:
    """Stop finding the reasons of a result; what is over stays as it is.

    Raises
    ------
    NotFoundError
        If they were never asked for.
    """
    job = get_store().latest_reason_job(result_id)
    if job is None:
        raise NotFoundError(
            "The search for these sessions' reasons isn't running.", remedy="Reload the page."
        )
    queues.cancel(REASONS, job.id)


def _under_way(index: ReasonIndex, n: int) -> float:
    """Start finding reasons unless that is queued; return how far they are.

    Raises
    ------
    ExplainError
        If it has ended without them: that is said once, and whoever asks then starts anew.
    JobError
        If it can't be queued.
    """
    store, stamp = get_store(), index.sessions.stamp
    job = store.latest_reason_job(index.source.id)
    if job is not None and not job.is_over:
        return min(job.share, ALMOST)
    if job is not None and job.stamp == stamp and job.state != "done":
        store.forget_reason_job(job.id)
        raise _ended(job)
    made = store.create_reason_job(
        store.result(index.source.id), stamp=stamp, who=requester(), cost=n / SESSIONS_PER_SECOND
    )
    try:
        hand_in(REASONS, made, store)
    except JobError:
        # It is said now, and once.
        store.forget_reason_job(made.id)
        raise
    return 0.0


def _ended(job: ReasonJob) -> ExplainError:
    """Return what is said of reasons that were not found."""
    if job.error and job.error["message"]:
        return ExplainError(job.error["message"], where=job.error["where"], remedy=job.error["remedy"])
    return ExplainError(
        "Finding the reasons for these sessions stopped early.",
        remedy="Reload the page to start again, or remove this filter.",
    )
