"""The paths of a result's sessions, laid aside once: one row a session, its steps as short lists.

What a page asks is then answered from a small file, however many events there were. Of a result of more
than ``SAMPLE`` sessions it holds those with the smallest hashes: always the same ones, like the sample
that maps draw.

A path ends with the session's first purchase, which is no step of its own but how the path ends. Steps are
told three ways: by the type of event, by the category and by the page that was looked at (putting into the
cart, checking out and buying stay what they are). Each way there is a list of all steps, and one in which
the same step several times in a row counts once.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow.parquet as pq

from core.base.errors import CoreError
from core.base.settings import get_settings
from core.base.sql import literal
from core.journeys.events import NATURAL_ORDER, RANK, Log, log_of, sessions_sql
from core.journeys.labels import BOUGHT, CATEGORY, LEFT, OTHERS, OVER, PAGE
from core.results import footer, query
from core.results.cache import Recent, beside
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source
from core.schema.events import EventType

Level = Literal["type", "category", "page"]
LEVELS: tuple[Level, ...] = ("type", "category", "page")

#: Raised whenever the file below gets other columns, or other values in them.
VERSION = 1
#: Sessions whose paths are laid aside at most.
SAMPLE = 200_000
#: Categories (pages) that are steps of their own, the commonest; the others are one step.
NAMES = 10
#: Numbers that stand for steps: types by their place in the natural order from 1 on, names from here on.
FIRST_NAME, REST = 20, 99
END = 0
PURCHASE = NATURAL_ORDER.index(EventType.PURCHASE) + 1
#: What a visitor looks at, and so has a category or a page as its step.
LOOKED = frozenset(
    {
        EventType.PAGE_VIEW,
        EventType.LIST_VIEW,
        EventType.SEARCH,
        EventType.CLICK,
        EventType.OTHER,
        EventType.PRODUCT_VIEW,
    }
)
PREFIXES: dict[Level, str] = {"category": CATEGORY, "page": PAGE}
#: In place of a moment that is not known, after all others.
NEVER = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The file of paths of one result, and how to read it.

    ``n`` sessions are in it, of ``total`` the result has. ``categories`` and ``pages`` are those that are
    steps of their own; ``types`` says how many types of event the export knows. ``has_times`` says whether
    moments are known, ``has_outcomes`` whether purchases are.
    """

    file: Path
    n: int
    total: int
    categories: tuple[str, ...]
    pages: tuple[str, ...]
    types: int
    has_times: bool
    has_outcomes: bool

    @property
    def levels(self) -> tuple[Level, ...]:
        """The ways of telling steps that the export allows."""
        return ("type", *(level for level in LEVELS[1:] if self.names(level)))

    @property
    def usual_level(self) -> Level:
        """The way that is shown where none is asked for: not types, where there is only one."""
        return self.levels[1] if self.types == 1 and len(self.levels) > 1 else "type"

    def names(self, level: Level) -> tuple[str, ...]:
        """Return the categories, or pages, that are steps of their own."""
        return {"category": self.categories, "page": self.pages}.get(level, ())

    @property
    def is_sample(self) -> bool:
        """Whether the result has more sessions than are in the file."""
        return self.total > SAMPLE

    @property
    def sql(self) -> str:
        """The file, as a table."""
        return f"read_parquet({literal(self.file)})"

    def step(self, level: Level, code: int) -> str:
        """Return the step a number of the file stands for."""
        if code == END:
            return LEFT if self.has_outcomes else OVER
        if code == PURCHASE:
            return BOUGHT
        if code < FIRST_NAME:
            return str(NATURAL_ORDER[code - 1])
        prefix = PREFIXES[level]
        return prefix + (OTHERS if code == REST else self.names(level)[code - FIRST_NAME])


_paths = Recent(64)


def paths_of(source: Source) -> Paths:
    """Return the paths of a source's sessions, laid aside now unless they are there.

    Raises
    ------
    CoreError
        If the export doesn't tell events in an order, saying what is missing.
    """
    log = log_of(source)
    if log is None:
        raise CoreError(
            "The steps of these sessions aren't known.",
            where=source.name,
            remedy="They came as one row per session, or their events were deleted. Upload an export of "
            "events (one row for each page view, product view or cart add) to see journeys.",
        )
    if not log.told.columns & {"timestamp", "date", "order"}:
        raise CoreError(
            "The order of events is missing from this file.",
            where=source.name,
            remedy="It needs a column with the time of each event, or with its place in the session.",
        )
    sessions = source.scored
    key = (sessions, str(log.path), log.stamp)
    paths: Paths = _paths.get(key, partial(_laid_aside, sessions, log))
    if not paths.file.exists():
        # The oldest of what lies beside a result makes room for new.
        _paths.clear()
        paths = _paths.get(key, partial(_laid_aside, sessions, log))
    return paths


def _laid_aside(sessions: ScoredSessions, log: Log) -> Paths:
    about = repr((VERSION, SAMPLE, NAMES, log.stamp, log.told.to_dict(), get_settings().session_gap_minutes))
    name = f"journeys-{hashlib.sha256(about.encode()).hexdigest()[:32]}.parquet"
    file = beside(sessions, name, make=partial(_write, sessions, log), least=0)
    if file is None:
        raise CoreError(
            "The journeys of these sessions could not be written.",
            remedy="Free space on the disk of the data folder, then try again.",
        )
    metadata = pq.read_metadata(file)
    names = json.loads((metadata.metadata or {})[b"names"])
    return Paths(
        file=file,
        n=metadata.num_rows,
        total=footer.facts(sessions).n,
        categories=tuple(names.get("category", ())),
        pages=tuple(names.get("page", ())),
        types=len(log.told.event_types),
        has_times="timestamp" in log.told.columns,
        has_outcomes=log.told.has_outcomes,
    )


def _write(sessions: ScoredSessions, log: Log, out: Path) -> None:
    limit = _last_hash(sessions)
    with query.connect() as connection:
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW events AS SELECT * FROM read_parquet({literal(log.path)})"
        )
        names: dict[Level, list[str]] = {
            level: [
                str(row[0])
                for row in connection.execute(
                    f"SELECT {level} FROM events WHERE {level} IS NOT NULL AND {_looked()} "
                    f"GROUP BY {level} ORDER BY count(*) DESC, {level} LIMIT {NAMES}"
                ).fetchall()
            ]
            for level in LEVELS[1:]
            if level in log.told.columns
        }
        connection.execute(
            f"COPY ({_paths_sql(sessions.path, log, names, limit)}) TO {literal(out)} "
            f"(FORMAT parquet, KV_METADATA {{names: {literal(json.dumps(names))}}})"
        )


def _last_hash(sessions: ScoredSessions) -> int | None:
    """Return the hash up to which sessions are in the sample; None where all are."""
    n = footer.facts(sessions).n
    if n <= SAMPLE:
        return None
    hashes = query.arrays(sessions, "SELECT hash(session_id) AS hash FROM sessions")["hash"]
    return int(np.partition(hashes, SAMPLE - 1)[SAMPLE - 1])


def _paths_sql(path: Path, log: Log, names: dict[Level, list[str]], limit: int | None) -> str:
    """Return the query for the paths: ``row`` is a session's row in the result's file.

    Times are seconds since the session's first event; ``bought_at`` is when it bought.
    """
    within = "" if limit is None else f"WHERE hash(session_id) <= {limit}::UBIGINT"
    moments = [
        {"timestamp": '"timestamp"', "date": '"date"::TIMESTAMP'}[name]
        for name in ("timestamp", "date")
        if name in log.told.columns
    ]
    moment = f"coalesce(epoch_us(coalesce({', '.join(moments)})), {NEVER})" if moments else str(NEVER)
    place = f'coalesce("order", {NEVER})' if "order" in log.told.columns else str(NEVER)
    steps = ", ".join(f"{_code(level, names)} AS {level}" for level in names)
    inner = "".join(f", {level}: {level}" for level in names)
    lists = ["[x.kind FOR x IN until]::UTINYINT[] AS type"]
    lists += [f"[x.{level} FOR x IN until]::UTINYINT[] AS {level}" for level in names]
    times = (
        f"list_transform(until, lambda x: CASE WHEN x.moment < {NEVER} "
        "THEN (x.moment - steps[1].moment) / 1e6 END)::DOUBLE[]"
        if "timestamp" in log.told.columns
        else "NULL::DOUBLE[]"
    )
    return f"""
        WITH own AS (SELECT session_id, file_row_number AS row FROM read_parquet({literal(path)},
                            file_row_number = true) {within}),
        told AS (SELECT * FROM ({sessions_sql(log.told)}) {within}),
        coded AS (SELECT session_id, {moment} AS moment, {place} AS place, {RANK}::UTINYINT AS kind,
                         {steps or "NULL AS nothing"} FROM told),
        grouped AS (SELECT session_id,
                           list_sort(list({{moment: moment, place: place, kind: kind{inner}}})) AS steps
                    FROM coded GROUP BY session_id),
        placed AS (SELECT *, list_position([x.kind FOR x IN steps], {PURCHASE}) AS sale FROM grouped),
        cut AS (SELECT *, CASE WHEN sale > 0 THEN steps[1:sale - 1] ELSE steps END AS until FROM placed),
        flat AS (SELECT own.row, coalesce(sale, 0) > 0 AS bought, {", ".join(lists)}, {times} AS seconds,
                        CASE WHEN sale > 0 AND steps[sale].moment < {NEVER}
                             THEN (steps[sale].moment - steps[1].moment) / 1e6 END AS bought_at
                 FROM cut JOIN own USING (session_id))
        SELECT *, {", ".join(f"{_merged(level)} AS {level}_merged" for level in ("type", *names))},
               list_filter(seconds, lambda x, i: i = 1 OR type[i] <> type[i - 1]) AS seconds_merged
        FROM flat ORDER BY row
    """


def _looked() -> str:
    return f"event_type IN ({', '.join(sorted(literal(kind) for kind in LOOKED))})"


def _code(level: Level, names: dict[Level, list[str]]) -> str:
    """Return the number of a step told by what was looked at, in SQL."""
    cases = " ".join(
        f"WHEN {literal(name)} THEN {FIRST_NAME + place}" for place, name in enumerate(names[level])
    )
    named = f"CASE {level} {cases} ELSE {REST} END" if cases else str(REST)
    return f"(CASE WHEN {level} IS NOT NULL AND {_looked()} THEN {named} ELSE {RANK} END)::UTINYINT"


def _merged(level: str) -> str:
    return f"list_filter({level}, lambda x, i: i = 1 OR x <> {level}[i - 1])"
