"""How far sessions come, stage by stage, and where they drop off: of all, and group by group.

It is counted from session rows, so every result has one, and the counts of stages are those of the
results page.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.results import aggregates, query
from core.results.cache import cached
from core.results.filters import CHOICES, STAGES, Filters
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source
from core.stats.proportions import wilson

#: What a funnel can be split by.
SPLITS = ("cluster", "country_group", "device", "channel", "weekday", "country", "category")
#: Groups that are shown for themselves at most: those of most sessions.
MOST_GROUPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelStage:
    """One stage: how many sessions reached it, and of those that reached the one before, how many.

    ``share`` is ``passed`` of ``before`` (None without any), with its 95% Wilson interval.
    """

    stage: str
    n: int
    before: int
    passed: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelGroup:
    """The funnel of the ``n`` sessions that share a value; ``key`` None is "not known"."""

    key: Any
    label: str | None
    n: int
    stages: tuple[FunnelStage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """The funnel of all filtered sessions, and those of its groups, largest first.

    ``left_out`` groups are too small to be among them.
    """

    whole: FunnelGroup
    groups: tuple[FunnelGroup, ...]
    left_out: int


def stages(source: Source) -> tuple[str, ...]:
    """Return the stages the export records, in order."""
    return aggregates.recorded_stages(source.scored)


def splits(source: Source) -> tuple[str, ...]:
    """Return what a source's funnel can be split by."""
    known = query.known_columns(source.scored)
    return tuple(by for by in SPLITS if CHOICES[by] in known)


def funnel(source: Source, filters: Filters, by: str = "cluster") -> Funnel:
    """Count how many filtered sessions reach each stage, in all and by one of ``SPLITS``.

    A share is of the sessions that reached the stage before: it is never more than 100%, also where some
    buy without a recorded step in between.
    """
    return _funnel(source.scored, filters.only_filters(), by)


@cached(Funnel)
def _funnel(sessions: ScoredSessions, filters: Filters, by: str) -> Funnel:
    stages = aggregates.recorded_stages(sessions)
    counts = [f"count(*) FILTER ({STAGES[stage]}) AS n_{stage}" for stage in stages]
    counts += [
        f"count(*) FILTER (({STAGES[earlier]}) AND ({STAGES[stage]})) AS passed_{stage}"
        for earlier, stage in itertools.pairwise(stages)
    ]
    where, params = filters.where()
    rows = query.ask(
        sessions.at(filters.threshold),
        f"SELECT {CHOICES[by]} AS key, grouping(key) AS whole, {', '.join(['count(*) AS n', *counts])} "
        f"FROM sessions WHERE {where} GROUP BY GROUPING SETS ((), (key)) "
        "ORDER BY whole DESC, n DESC, key NULLS LAST",
        params,
    )
    names = dict(aggregates.clusters(sessions)) if by == "cluster" else {}
    whole, *groups = (_group(row, stages, names) for row in rows)
    # A single group left over is no rest.
    most = MOST_GROUPS if len(groups) > MOST_GROUPS + 1 else MOST_GROUPS + 1
    return Funnel(whole=whole, groups=tuple(groups[:most]), left_out=len(groups[most:]))


def _group(row: dict[str, Any], stages: Sequence[str], names: dict[int, str]) -> FunnelGroup:
    reached, before = [], row["n"]
    for stage in stages:
        passed = row.get(f"passed_{stage}", row[f"n_{stage}"])
        low, high = wilson(passed, before) if before else (None, None)
        reached.append(
            FunnelStage(
                stage=stage,
                n=row[f"n_{stage}"],
                before=before,
                passed=passed,
                share=passed / before if before else None,
                low=low,
                high=high,
            )
        )
        before = row[f"n_{stage}"]
    key = row["key"]
    return FunnelGroup(key=key, label=names.get(key), n=row["n"], stages=tuple(reached))
