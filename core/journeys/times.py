"""How long visitors take from one step to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.base.errors import CoreError
from core.journeys.events import NATURAL_ORDER
from core.journeys.labels import BOUGHT
from core.journeys.paths import PURCHASE, Paths, paths_of
from core.journeys.queries import ask
from core.results.cache import cached
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source
from core.schema.events import EventType

#: Ways that are always shown where anybody went them, from the first step of a kind to the first of the
#: other one after it. None is the beginning of the session.
WAYS: tuple[tuple[EventType | None, EventType], ...] = (
    (None, EventType.PRODUCT_VIEW),
    (EventType.PRODUCT_VIEW, EventType.CART_ADD),
    (EventType.CART_ADD, EventType.CHECKOUT),
    (EventType.CART_ADD, EventType.PURCHASE),
    (EventType.CHECKOUT, EventType.PURCHASE),
    (None, EventType.PURCHASE),
)
#: Pairs of steps that follow each other, the commonest.
MOST_PAIRS = 8
#: Fewer sessions than this say nothing of the middle half.
FEWEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """How long it took from ``source`` (None: the first event) to ``target``, ``n`` times, in seconds.

    Half of the times lie between ``low`` and ``high``, a quarter below and a quarter above.
    """

    source: str | None
    target: str
    n: int
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Times of the main ways through the shop, and between steps that follow each other at once."""

    ways: tuple[Time, ...]
    pairs: tuple[Time, ...]
    n: int
    is_sample: bool


def step_times(source: Source, filters: Filters, *, merge: bool = True) -> Times:
    """Return how long the filtered sessions took between steps, by type of event.

    A way is timed once a session, from the first step of its kind on. A pair is timed whenever its second
    step follows its first; with ``merge`` from when a row of the same steps began.

    Raises
    ------
    CoreError
        If the export doesn't tell of steps, or not when they were.
    """
    paths = paths_of(source)
    if not paths.has_times:
        raise CoreError(
            "Event times are missing from this file.",
            where=source.name,
            remedy="It needs a column with the time of each event, with hours, minutes and seconds.",
        )
    sessions = source.scored
    return _times(sessions, paths, filters.only_filters(), merge)


@cached(Times)
def _times(sessions: ScoredSessions, paths: Paths, filters: Filters, merge: bool) -> Times:
    tail = "_merged" if merge else ""
    rows = ask(
        sessions,
        paths,
        filters,
        f"""
        , whole AS (
            SELECT list_append(type{tail}, CASE WHEN bought THEN {PURCHASE} END::UTINYINT) AS kinds,
                   list_append(seconds{tail}, bought_at) AS moments
            FROM chosen),
        pairs AS (
            SELECT kinds[place] AS source, kinds[place + 1] AS target,
                   moments[place + 1] - moments[place] AS took
            FROM (SELECT kinds, moments, unnest(range(1, len(kinds))) AS place FROM whole)),
        ways AS (
            {" UNION ALL ".join(_way(paths, start, end) for start, end in WAYS)}),
        every AS (SELECT *, false AS way FROM pairs UNION ALL SELECT *, true AS way FROM ways)
        SELECT way, source, target, count(took) AS n,
               quantile_cont(took, [0.25, 0.5, 0.75]) AS quantiles, (SELECT count(*) FROM chosen) AS sessions
        FROM every WHERE took IS NOT NULL AND target IS NOT NULL
        GROUP BY way, source, target HAVING count(took) >= {FEWEST}
        ORDER BY way, n DESC, source, target
        """,
    )
    pairs = [_time(paths, row) for row in rows if not row["way"]]
    by_way = {(row["source"], row["target"]): _time(paths, row) for row in rows if row["way"]}
    order = [(None if start is None else _number(start), _number(end)) for start, end in WAYS]
    return Times(
        ways=tuple(by_way[way] for way in order if way in by_way),
        pairs=tuple(pairs[:MOST_PAIRS]),
        n=rows[0]["sessions"] if rows else 0,
        is_sample=paths.is_sample,
    )


def _way(paths: Paths, start: EventType | None, end: EventType) -> str:
    """Return when each session went one of ``WAYS``, in SQL."""
    began = "1" if start is None else f"list_position(kinds, {_number(start)})"
    ended = f"list_position(kinds, {_number(end)})"
    source = "NULL" if start is None else str(_number(start))
    return (
        f"SELECT {source}::UTINYINT AS source, {_number(end)}::UTINYINT AS target, "
        f"moments[{ended}] - moments[{began}] AS took FROM whole WHERE {ended} > {began}"
    )


def _number(kind: EventType) -> int:
    return NATURAL_ORDER.index(kind) + 1


def _time(paths: Paths, row: dict[str, Any]) -> Time:
    low, median, high = row["quantiles"]
    target = paths.step("type", row["target"])
    return Time(
        source=None if row["source"] is None else paths.step("type", row["source"]),
        target=BOUGHT if target == EventType.PURCHASE else target,
        n=row["n"],
        low=low,
        median=median,
        high=high,
    )
