"""The typical journey of a cluster: one real sequence of steps, the one most like all the others.

Each session's steps (by type of event where the export knows several; the same in a row merged, up to the
first purchase) are cut after the first few, and its end is added where it comes within them. Two such
sequences are as far apart as steps have to be added, left out or exchanged to turn one into the other
(Levenshtein 1966). The typical journey is the medoid: the sequence with the smallest average distance to
those of all sessions of the cluster, found among the commonest ones. The commonest of all would often be a
visit of one page; an average of sequences is none that anybody took.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.journeys.labels import step_name
from core.journeys.paths import Paths, paths_of
from core.journeys.queries import ask, steps_sql
from core.journeys.steps import ENDS
from core.results.cache import cached
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source

STEPS = 8
#: Sequences that are compared at most, the commonest of the cluster; they stand for all its sessions.
COMPARED = 400
#: Numbers of steps are written as letters, to measure distances between words.
FIRST_LETTER = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """One step of a typical journey: what it is called, and how common it is there.

    ``share`` of the cluster's sessions that come so far take this very step at this place; ``reached`` is
    the share of all its sessions that come so far.
    """

    step: str
    label: str
    share: float
    reached: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TypicalPath:
    """The typical journey of a cluster's ``n`` sessions.

    ``n_same`` of them took exactly these steps. ``complete`` says that the journey ends within the steps
    shown; then the last of them is how. ``compared`` is the share of the sessions whose sequences were
    compared.
    """

    cluster_id: int
    steps: tuple[PathStep, ...]
    complete: bool
    n: int
    n_same: int
    compared: float
    is_sample: bool


def typical_path(source: Source, cluster_id: int, steps: int = STEPS) -> TypicalPath | None:
    """Return the typical journey of a cluster, at most ``steps`` steps of it; None without sessions.

    Raises
    ------
    CoreError
        If the export doesn't tell of steps.
    """
    sessions = source.scored
    return _typical(sessions, paths_of(source), cluster_id, steps)


@cached(TypicalPath | None)
def _typical(sessions: ScoredSessions, paths: Paths, cluster_id: int, most: int) -> TypicalPath | None:
    of_cluster = Filters(cluster=(cluster_id,))
    cut = f", listed AS (SELECT {steps_sql(paths.usual_level, merge=True)}[:{most}] AS steps FROM chosen)"
    (medoid,) = ask(
        sessions,
        paths,
        of_cluster,
        f"""{cut},
        words AS (
            SELECT steps, array_to_string([chr({FIRST_LETTER} + x::INTEGER) FOR x IN steps], '') AS word,
                   count(*) AS n
            FROM listed GROUP BY ALL ORDER BY n DESC, word LIMIT {COMPARED}),
        medoid AS (
            SELECT a.steps, a.n, sum(b.n * levenshtein(a.word, b.word)) AS far
            FROM words a, words b GROUP BY a.steps, a.word, a.n
            ORDER BY far, a.n DESC, a.word LIMIT 1)
        SELECT (SELECT steps FROM medoid) AS steps, (SELECT n FROM medoid) AS n_same,
               (SELECT sum(n) FROM words)::BIGINT AS compared, (SELECT count(*) FROM listed) AS n
        """,
    )
    if not medoid["n"]:
        return None
    places = ask(
        sessions,
        paths,
        of_cluster,
        f"{cut} SELECT place, steps[place] AS step, count(*) AS n FROM listed, range(1, {most + 1}) "
        "AS places(place) WHERE len(steps) >= place GROUP BY ALL",
    )
    return _told(paths, cluster_id, medoid, places)


def _told(paths: Paths, cluster_id: int, medoid: dict[str, Any], places: list[dict[str, Any]]) -> TypicalPath:
    counts = {(row["place"], row["step"]): row["n"] for row in places}
    so_far: dict[int, int] = {}
    for (place, _), n in counts.items():
        so_far[place] = so_far.get(place, 0) + n
    steps = []
    for place, code in enumerate(medoid["steps"], start=1):
        step = paths.step(paths.usual_level, code)
        steps.append(
            PathStep(
                step=step,
                label=step_name(step),
                share=counts[place, code] / so_far[place],
                reached=so_far[place] / medoid["n"],
            )
        )
    return TypicalPath(
        cluster_id=cluster_id,
        steps=tuple(steps),
        complete=steps[-1].step in ENDS,
        n=medoid["n"],
        n_same=medoid["n_same"],
        compared=medoid["compared"] / medoid["n"],
        is_sample=paths.is_sample,
    )
