"""The sessions most likely to buy, each with the strongest reason for it: what a result leads with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.base.errors import CoreError
from core.bundle.predictor import Predictor
from core.explain.sampling import table_of
from core.explain.sentences import REASONS, reasons_of
from core.results import query
from core.results.bitmaps import in_arrays
from core.results.cache import cached
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source, source_manifest
from core.results.table.rows import fetch
from core.results.tallies import highest

#: How many are named.
LIKELIEST = 10
#: So many as likely as the last of them, at most, are read to find out whose id comes first.
EQUALS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """One of the likeliest sessions.

    ``expected_revenue`` is None where no revenue is predicted, ``purchased`` where nothing is known of it,
    ``reason`` where the model that scored it has none to give.
    """

    session_id: str
    probability: float
    expected_revenue: float | None
    purchased: bool | None
    reason: str | None


def likeliest(source: Source, filters: Filters) -> tuple[Likely, ...]:
    """Return the filtered sessions most likely to buy, likeliest first; of equals, by their ids.

    Only these few are explained, however many sessions there are.

    Raises
    ------
    NotFoundError
        If the sessions are gone.
    """
    manifest = source_manifest(source)
    model = (source.bundle, manifest.created_at) if manifest else None
    return _likeliest(source.scored, filters.only_filters(), model, source.currency)


@cached(tuple[Likely, ...])
def _likeliest(
    sessions: ScoredSessions, filters: Filters, model: tuple[str, str] | None, currency: str | None
) -> tuple[Likely, ...]:
    rows = fetch(sessions.at(filters.threshold), _first(sessions, filters))
    rows = sorted(rows, key=_likeliest_first)[:LIKELIEST]
    reasons = _reasons(sessions, rows, model[0], currency) if model and rows else [None] * len(rows)
    return tuple(
        Likely(
            session_id=row["session_id"],
            probability=row["purchase_probability"],
            expected_revenue=row["expected_revenue"],
            purchased=row["purchased"],
            reason=reason,
        )
        for row, reason in zip(rows, reasons, strict=True)
    )


def _likeliest_first(row: dict[str, Any]) -> tuple[float, bool, str]:
    return -row["purchase_probability"], row["session_id"] is None, row["session_id"] or ""


def _first(sessions: ScoredSessions, filters: Filters) -> list[int]:
    """Return the rows in the file of the likeliest: every other column is then read of those alone.

    Those of a large file may have some more among them.
    """
    if whole := in_arrays(sessions, filters):
        rows = highest(whole, filters, LIKELIEST)
        if len(rows) <= EQUALS:
            return [int(row) for row in rows]
    where, params = filters.where()
    found = query.ask(
        sessions.at(filters.threshold),
        f"""
        , best AS (
            SELECT purchase_probability AS p FROM sessions
            WHERE ({where}) AND purchase_probability IS NOT NULL ORDER BY p DESC LIMIT {LIKELIEST})
        SELECT CAST(file_row_number AS INTEGER) AS row FROM sessions
        WHERE ({where}) AND purchase_probability >= (SELECT min(p) FROM best)
        ORDER BY purchase_probability DESC, session_id LIMIT {LIKELIEST}
        """,
        [*params, *params],
    )
    return [one["row"] for one in found]


def _reasons(
    sessions: ScoredSessions, rows: list[dict[str, Any]], bundle: str, currency: str | None
) -> list[str | None]:
    """Return what speaks most for a purchase, by session; None where nothing does."""
    try:
        predictor = Predictor.load(bundle)
        found = reasons_of(predictor, table_of(rows, sessions), REASONS, currency=currency, threads=1)
    except CoreError:
        return [None] * len(rows)
    return [next((reason.sentence for reason in strongest if reason.points > 0), None) for strongest in found]
