"""What moves the predictions of a whole result: a sample of its sessions taken apart, and what it shows.

The sample is always the same one (drawn by hash), says how many sessions it has and out of how many,
and is kept in memory for as long as result and model stay the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from core.base.errors import ExplainError
from core.bundle.predictor import Predictor
from core.bundle.repository import MANIFEST_FILE
from core.explain.attribution import Target, check_target
from core.explain.explained import Explained, explain
from core.explain.margins import tree_bytes
from core.explain.sample_cache import cached_sample
from core.results import footer, query
from core.results.bitmaps import asked
from core.results.cache import Recent
from core.results.filters import Filters
from core.results.sample import first_by_hash
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source, source_manifest

#: Sessions taken apart at most: by models as light as boosted trees mostly are, and by heavier ones, such as
#: forests, that take tens of times as long for each.
LIMIT, LIMIT_HEAVY = 10_000, 2_500
#: Trees larger than this are heavy, in bytes.
HEAVY = 300_000
#: Samples kept in memory.
KEPT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Sessions taken apart, out of ``total`` that the filters leave; amounts are in ``currency``."""

    explained: Explained
    n: int
    total: int
    bundle: str
    currency: str | None

    @property
    def complete(self) -> bool:
        """Whether these are all sessions, not a sample."""
        return self.n == self.total


_samples = Recent(KEPT)


def sampled(source: Source, filters: Filters, target: str = "purchase", limit: int | None = None) -> Sample:
    """Take the predictions of a source's filtered sessions apart, of at most ``limit`` of them.

    Without a limit as many are taken as the model manages in a few seconds.

    Raises
    ------
    ExplainError
        If the model that scored them is gone or another one now, or doesn't predict the target.
    NotFoundError
        If the sessions are gone.
    """
    wanted, plain = check_target(target), filters.only_filters()
    predictor = predictor_of(source)
    limit = limit or (LIMIT_HEAVY if is_heavy(predictor) else LIMIT)
    sessions = source.scored.at(plain.threshold)
    changed = (predictor.reference_path.parent / MANIFEST_FILE).stat().st_mtime_ns
    key = (sessions, predictor.name, changed, plain, wanted, limit)
    return _samples.get(key, lambda: _sample(source, predictor, sessions, plain, wanted, limit, changed))


def predictor_of(source: Source) -> Predictor:
    """Return the model that scored a source, so that reasons are of the predictions that are shown.

    Raises
    ------
    ExplainError
        If it is gone, or was trained anew since; or if nothing is predicted for want of a model.
    """
    if source.basis is not None and source.basis.kind == "none":
        raise ExplainError(
            f"There are no predictions for these sessions. {source.basis.reason}".strip(),
            remedy="Upload an export with more buyers.",
        )
    if source_manifest(source) is None:
        raise ExplainError(
            f"The model “{source.bundle}” that scored these sessions was deleted or retrained, so its "
            "reasons aren't available.",
            remedy="Score the export again with an available model.",
        )
    return Predictor.load(source.bundle)


def is_heavy(predictor: Predictor) -> bool:
    """Tell whether a predictor's purchase model takes long to explain."""
    purchase = predictor.models.purchase
    return purchase is not None and tree_bytes(purchase.classifier) > HEAVY


def _sample(
    source: Source,
    predictor: Predictor,
    sessions: ScoredSessions,
    filters: Filters,
    target: Target,
    limit: int,
    changed: int,
) -> Sample:
    def take() -> tuple[Explained, int]:
        return _take(predictor, sessions, filters, target, limit)

    if filters == type(filters)() and not source.is_training:
        name = f"why-{target}-{limit}-{changed}"
        explained, total = cached_sample(sessions, name, take)
    else:
        explained, total = take()
    return Sample(
        explained=explained,
        n=explained.table.num_rows,
        total=total,
        bundle=predictor.name,
        currency=source.currency or predictor.currency,
    )


def _take(
    predictor: Predictor, sessions: ScoredSessions, filters: Filters, target: Target, limit: int
) -> tuple[Explained, int]:
    at, where, params, among = asked(sessions, filters)
    counted = f"SELECT count(*) AS n FROM sessions WHERE {where}"
    (whole,) = query.ask(at, counted, params, among)
    total = int(whole["n"])
    rows = first_by_hash(sessions, filters, ["*"], "true", limit)
    return explain(predictor, table_of(rows, sessions), target), total


def table_of(rows: list[dict[str, object]], sessions: ScoredSessions) -> pa.Table:
    """Return rows as a table of the file's own types."""
    return pa.Table.from_pylist(rows, schema=footer.arrow_schema(sessions.at(None)))
