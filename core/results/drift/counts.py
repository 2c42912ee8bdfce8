"""Counting sessions by bins of their features, in one pass over a file of any size."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow.parquet as pq

from core.base.written import as_set, number
from core.results.footer import columns
from core.results.query import connect
from core.results.scored_sessions import ScoredSessions

if TYPE_CHECKING:
    from core.bundle.predictor import FormField

OTHER, MISSING = "other values", "not in file"
DECILES = [round(place / 10, 1) for place in range(1, 10)]
SCORE = "purchase_probability"
#: Shares below this are written as one.
LEAST_SHARE = 0.0001
#: Medians are taken over so many sessions, or up to twice as many.
MEDIAN_SESSIONS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How one feature is binned: numbers between ``edges`` (the upper belongs to it), values by name.

    Of a category and a flag, whatever isn't among ``values`` comes together; what isn't told comes last.
    ``whole`` numbers have no decimals, ``percent`` ones are shares of 1.
    """

    name: str
    kind: Literal["number", "category", "flag"]
    edges: tuple[float, ...] = ()
    values: tuple[str, ...] = ()
    whole: bool = False
    percent: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """What the bins are called."""
        if self.kind != "number":
            shown = tuple({"true": "yes", "false": "no"}.get(value, value) for value in self.values)
            return (*(shown if self.kind == "flag" else self.values), OTHER, MISSING)
        return (*_intervals(self.edges, whole=self.whole, percent=self.percent), MISSING)

    def unknown(self, counts: Sequence[int]) -> int:
        """Return how many of the sessions have a value that is none of ``values``."""
        return counts[-2]

    def sql(self, place: int) -> tuple[str, list[object]]:
        """Return the aggregates that count it: known values, and the bins of those."""
        if self.kind == "number":
            known = _number(self.name)
            return f"count({known}) AS n{place}, histogram({known}, ?) AS h{place}", [list(self.edges)]
        text = f'CAST("{_quoted(self.name)}" AS VARCHAR)'
        return f"count({text}) AS n{place}, histogram_exact({text}, ?) AS h{place}", [list(self.values)]

    def read(self, counted: Mapping[Any, int] | None, known: int, n: int) -> tuple[int, ...]:
        """Return the bins' counts from what DuckDB answers."""
        found = counted or {}
        keys: tuple[Any, ...] = self.edges if self.kind == "number" else self.values
        counts = [int(found.get(key, 0)) for key in keys]
        return (*counts, known - sum(counts), n - known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A file's sessions, counted: by feature those that are known and the bins, and the scores."""

    n: int
    days: float | None
    known: Mapping[str, int]
    bins: Mapping[str, tuple[int, ...]]
    score: tuple[int, ...]
    score_labels: tuple[str, ...]
    mean: float | None
    buyers: int


def question(field: FormField, reference: Path) -> Question:
    """Return how a feature is binned: by the reference's deciles, or by the values the model knows."""
    if field.kind == "flag":
        return Question(name=field.name, kind="flag", values=("false", "true"))
    if field.kind == "category":
        values = tuple(str(choice) for choice in field.choices or ())
        return Question(name=field.name, kind="category", values=values)
    edges = _deciles(ScoredSessions.of(reference), field.name)
    return Question(name=field.name, kind="number", edges=edges, whole=field.kind == "count")


def score_question(reference: Path) -> Question:
    """Return how the purchase probability is binned: by the reference's deciles."""
    edges = _deciles(ScoredSessions.of(reference), SCORE)
    return Question(name=SCORE, kind="number", edges=edges, percent=True)


def count(path: Path, questions: Sequence[Question], score: Question, threshold: float | None) -> Counted:
    """Count the sessions of a file; a feature it doesn't have is known in none of them."""
    there = set(columns(ScoredSessions.of(path)))
    asked = [question for question in questions if question.name in there]
    parts, params = ["count(*) AS n"], []
    for place, found in enumerate([*asked, *([score] if SCORE in there else [])]):
        sql, bound = found.sql(place)
        parts.append(sql)
        params += bound
    if SCORE in there:
        parts.append(f"avg({SCORE}) AS mean, count(*) FILTER ({SCORE} >= CAST(? AS DOUBLE)) AS buyers")
        params.append(threshold)
    if "started_at" in there:
        parts.append("date_diff('second', min(started_at), max(started_at)) / 86400.0 AS days")
    row = _row(f"SELECT {', '.join(parts)} FROM read_parquet(?)", [*params, str(path)])
    n = row["n"]
    known = {q.name: 0 for q in questions} | {q.name: row[f"n{place}"] for place, q in enumerate(asked)}
    bins = {q.name: q.read(None, 0, n) for q in questions} | {
        q.name: q.read(row[f"h{place}"], row[f"n{place}"], n) for place, q in enumerate(asked)
    }
    place = len(asked)
    return Counted(
        n=n,
        days=row.get("days"),
        known=known,
        bins=bins,
        score=score.read(row.get(f"h{place}"), row.get(f"n{place}") or 0, n),
        score_labels=score.labels,
        mean=row.get("mean"),
        buyers=row.get("buyers") or 0,
    )


def medians(path: Path, names: Sequence[str]) -> dict[str, float | None]:
    """Return the medians of columns that hold numbers; those a file lacks are left out.

    Of a large file, of a sample: always the same sessions.
    """
    there = set(columns(ScoredSessions.of(path)))
    known = [name for name in names if name in there]
    if not known:
        return {}
    sql = ", ".join(f"median({_number(name)}) AS m{place}" for place, name in enumerate(known))
    each = max(pq.read_metadata(path).num_rows // MEDIAN_SESSIONS, 1)
    row = _row(f"SELECT {sql} FROM read_parquet(?) WHERE file_row_number % ? = 0", [str(path), each])
    return {name: row[f"m{place}"] for place, name in enumerate(known)}


@lru_cache(maxsize=256)
def _deciles(sessions: ScoredSessions, name: str) -> tuple[float, ...]:
    if name not in columns(sessions):
        return (0.0,)
    row = _row(
        f"SELECT quantile_disc({_number(name)}, ?) AS found FROM read_parquet(?)",
        [DECILES, str(sessions.path)],
    )
    found = sorted({float(edge) for edge in row["found"] or () if edge is not None})
    return tuple(found) or (0.0,)


def _row(sql: str, params: Sequence[object]) -> dict[str, Any]:
    with connect() as connection:
        answer = connection.execute(sql, list(params))
        names = [column[0] for column in answer.description]
        return dict(zip(names, answer.fetchall()[0], strict=True))


def _number(name: str) -> str:
    """Return SQL for a number as models read it: what is not finite is not known."""
    value = f'TRY_CAST("{_quoted(name)}" AS DOUBLE)'
    return f"CASE WHEN isfinite({value}) THEN {value} END"


def _quoted(name: str) -> str:
    return name.replace('"', '""')


def _shares(edges: Sequence[float]) -> tuple[str, ...]:
    """Return the names of intervals of shares; what lies below a hundredth of a percent is one."""
    digits = next((few for few in (2, 3) if len({f"{edge:.{few}g}" for edge in edges}) == len(edges)), 4)
    ends = [as_set(f"{100 * edge:.{digits}g}%") if edge >= LEAST_SHARE else "" for edge in edges]
    least = as_set(f"{100 * LEAST_SHARE:g}%")
    inner = (
        f"{low or least} to {high}" if high else f"under {least}" for low, high in itertools.pairwise(ends)
    )
    return (f"up to {ends[0]}" if ends[0] else f"under {least}", *inner, f"above {ends[-1] or least}")


def _intervals(edges: Sequence[float], *, whole: bool, percent: bool) -> tuple[str, ...]:
    if percent:
        return _shares(edges)
    if not whole:
        ends = [as_set(f"{edge:,.4g}") for edge in edges]
        inner = (f"{low} to {high}" for low, high in itertools.pairwise(ends))
        return (f"up to {ends[0]}", *inner, f"above {ends[-1]}")
    spans = ((math.floor(low) + 1, math.floor(high)) for low, high in itertools.pairwise(edges))
    inner = (number(high) if low >= high else f"{number(low)} to {number(high)}" for low, high in spans)
    first = math.floor(edges[0])
    return (
        "0" if first == 0 else f"up to {number(first)}",
        *inner,
        f"{number(math.floor(edges[-1]) + 1)} or more",
    )
