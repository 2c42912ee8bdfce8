"""Where scored sessions come from: a result, or the sample a bundle keeps of its training data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow.parquet as pq

from core.base.errors import CoreError, NotFoundError
from core.base.memory_database import scratch_database
from core.base.written import counted
from core.bundle.predictor import Predictor
from core.bundle.repository import Manifest, read_manifest
from core.results.query import REVENUE, has_amounts
from core.results.scored_sessions import ScoredSessions
from core.storage import Basis, Result, get_store

#: Stands in links where the id of a result would.
TRAINING = "training"

DONE = "done"
#: What holds where no time zone is known.
UTC_CLOCK = "UTC"
#: What a report says of times that each have their own offset.
AS_WRITTEN = "as written"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Scored sessions: what they are called, what they are, and where they lie.

    ``bundle`` is the one that scored them; ``currency`` is an ISO code, None where nothing tells it;
    ``made`` says when a result was scored, ``dataset_id`` of what, ``basis`` why by this bundle;
    ``is_older`` whether the export was scored again since.
    """

    id: str
    name: str
    description: str
    path: Path
    bundle: str
    currency: str | None
    synthetic: bool
    made: datetime | None = None
    dataset_id: str | None = None
    is_older: bool = False
    # Its figures are dictionaries, which have no hash.
    basis: Basis | None = field(default=None, hash=False)

    @property
    def is_cross_fitted(self) -> bool:
        """Whether each session was scored by a model without its visitor, not by the bundle itself."""
        return self.basis is not None and self.basis.kind == "own"

    @property
    def is_training(self) -> bool:
        """Whether these are the training data's sample, not somebody's result."""
        return self.id == TRAINING

    @property
    def scored(self) -> ScoredSessions:
        """The sessions, as their file is now.

        Raises
        ------
        NotFoundError
            If the file is gone.
        """
        return ScoredSessions.of(self.path)

    def session(self, session_id: str) -> Mapping[str, Any]:
        """Return one session's row, predictions included; not to be written to.

        Raises
        ------
        NotFoundError
            If there is no such session, or the file is gone.
        """
        return _session(self.scored, session_id)


def list_sources(limit: int = 50) -> list[Source]:
    """Return every finished result, latest first, and the training data of the bundle in use."""
    listed = get_store().results(limit=limit)
    older = older_results(listed)
    results = [
        replace(_of_result(result), is_older=result.id in older) for result in listed if result.state == DONE
    ]
    try:
        return [*results, training_source()]
    except CoreError:
        # Without a usable bundle the results can still be looked at.
        if results:
            return results
        raise


def older_results(results: Sequence[Result]) -> frozenset[str]:
    """Return which results (newest first) have a newer, finished one of the same export beside them."""
    scored: set[str] = set()
    older = set()
    for result in results:
        if result.dataset_id in scored:
            older.add(result.id)
        elif result.state == DONE:
            scored.add(result.dataset_id)
    return frozenset(older)


def find_source(source_id: str) -> Source:
    """Return the source with this id: a result's, or ``training``.

    Raises
    ------
    NotFoundError
        If there is no such result, or it isn't finished.
    """
    if source_id == TRAINING:
        return training_source()
    result = get_store().result(source_id)
    if result.state != DONE:
        raise NotFoundError("This result isn't finished.", remedy="Wait until scoring is done.")
    return _of_result(result)


def choose_source(source_id: str | None, known: Sequence[Source]) -> tuple[Source, list[str]]:
    """Read a link's source; the first known one without one, or, with a note, if it can't be had."""
    if not source_id:
        return known[0], []
    for source in known:
        if source.id == source_id:
            return source, []
    try:
        return find_source(source_id), []
    except CoreError as error:
        return known[0], [f"{error.message} “{known[0].name}” is shown instead."]


def clock_of(dataset_id: str | None) -> str:
    """Return whose clock decides hours, weekdays and days of a dataset's sessions, for the label of a chart.

    It is the one the export was read with, whatever is set now.
    """
    if dataset_id is None:
        return UTC_CLOCK
    try:
        report = get_store().dataset(dataset_id).report
    except NotFoundError:
        return UTC_CLOCK
    zone = (report.time_zone if report else None) or UTC_CLOCK
    return "local time" if zone == AS_WRITTEN else zone


def source_manifest(source: Source) -> Manifest | None:
    """Return what the bundle that scored a source says of itself; None if it is gone, or another one now.

    A bundle trained anew under the same name has other clusters: their names and sentences would be
    told of the wrong sessions.
    """
    try:
        manifest = read_manifest(source.bundle)
    except CoreError:
        return None
    if source.made is not None and _moment(manifest.created_at) > source.made:
        return None
    return manifest


def training_source(bundle: str | None = None) -> Source:
    """Return the sample a bundle keeps of its training data (the bundle in use without a name)."""
    predictor = Predictor.load(bundle)
    n_sessions = pq.read_metadata(predictor.reference_path).num_rows
    learned_from = f"the data “{predictor.name}” learned from"
    shop = "the synthetic demo shop" if predictor.is_synthetic else learned_from
    return Source(
        id=TRAINING,
        name="The model's test sessions",
        description=f"A sample of {counted(n_sessions, 'session')} from {shop} that the model hadn't seen in "
        "training.",
        path=predictor.reference_path,
        bundle=predictor.name,
        currency=predictor.currency,
        synthetic=predictor.is_synthetic,
    )


def _of_result(result: Result) -> Source:
    return Source(
        id=result.id,
        name=result.dataset_name,
        description=f"All {counted(result.n_sessions or 0, 'session')} of “{result.dataset_name}”.",
        path=result.path,
        bundle=result.bundle,
        currency=result.currency,
        synthetic=result.synthetic,
        # A model of its own is made meanwhile.
        made=result.finished_at if _is_own(result) else result.created_at,
        dataset_id=result.dataset_id,
        basis=result.basis,
    )


def _is_own(result: Result) -> bool:
    return result.basis is not None and result.basis.kind == "own"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@lru_cache(maxsize=256)
def _session(sessions: ScoredSessions, session_id: str) -> Mapping[str, Any]:
    with scratch_database() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        answer = connection.execute(
            "SELECT * FROM read_parquet($path) WHERE session_id = $session LIMIT 1",
            {"path": str(sessions.path), "session": session_id},
        )
        names = [column[0] for column in answer.description]
        row = answer.fetchall()
    if not row:
        raise NotFoundError("Session not found in this result.")
    told = dict(zip(names, row[0], strict=True))
    if not has_amounts(sessions):
        told |= dict.fromkeys(REVENUE.intersection(told))
    return MappingProxyType(told)
