"""Where sessions go from step to step: the first ones, or the last before they buy or leave."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

from core.journeys.labels import BOUGHT, LEFT, OTHER, OVER
from core.journeys.paths import Level, Paths, paths_of
from core.journeys.queries import ask, count, steps_sql
from core.results.cache import cached
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source

Before = Literal["purchase", "exit", "all"]
View = Literal["first", "purchase", "exit", "all"]

#: A step of a smaller share of the sessions is put together with the others like it, and of each column
#: at most so many are shown for themselves.
RARE, MOST = 0.02, 8
#: Steps one can ask for.
FEWEST, STEPS, MOST_STEPS = 2, 5, 10
ENDS = frozenset({BOUGHT, LEFT, OVER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """``n`` sessions went from ``source`` to ``target``, which stands in ``column`` (from 1 on).

    Without a source they begin there.
    """

    column: int
    source: str | None
    target: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """``n`` sessions took a step as their ``column``-th of those shown."""

    column: int
    step: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Journeys:
    """The steps of ``n`` sessions in ``columns``, and how many went from which to which.

    ``of`` are the sessions the filters leave; ``is_sample`` says that only some of those were looked at.
    """

    view: View
    flows: tuple[Flow, ...]
    columns: int
    n: int
    of: int
    is_sample: bool
    level: Level

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The steps of each column, the commonest first, how sessions ended last."""
        counts: Counter[tuple[int, str]] = Counter()
        for flow in self.flows:
            counts[flow.column, flow.target] += flow.n
        nodes = [Node(column=column, step=step, n=n) for (column, step), n in counts.items()]
        return tuple(sorted(nodes, key=_in_column))


def first_steps(
    source: Source,
    filters: Filters,
    n: int = STEPS,
    *,
    level: Level = "type",
    merge: bool = True,
    rare: float = RARE,
) -> Journeys:
    """Count the filtered sessions' first ``n`` steps: which came after which, who bought or left.

    Parameters
    ----------
    level
        What a step is: the type of event, or the category or page that was looked at.
    merge
        Whether the same step several times in a row counts once.
    rare
        Steps of a smaller share of the sessions are put together; with 0 none is.

    Raises
    ------
    CoreError
        If the export doesn't tell of steps.
    """
    return _counted(source, filters, n, "first", level, merge, rare)


def last_steps(
    source: Source,
    filters: Filters,
    n: int = STEPS,
    before: Before = "all",
    *,
    level: Level = "type",
    merge: bool = True,
    rare: float = RARE,
) -> Journeys:
    """Count the last ``n`` steps ``before`` the (first) purchase, before leaving without one, or both.

    Otherwise as ``first_steps``; the last column is how sessions ended.
    """
    return _counted(source, filters, n, before, level, merge, rare)


def journeys(
    source: Source,
    filters: Filters,
    n: int = STEPS,
    *,
    view: View = "first",
    level: Level = "type",
    merge: bool = True,
) -> Journeys:
    """Return what a page's controls ask for: ``first_steps``, or ``last_steps`` before something."""
    return _counted(source, filters, n, view, level, merge, RARE)


def _counted(
    source: Source, filters: Filters, n: int, view: View, level: Level, merge: bool, rare: float
) -> Journeys:
    sessions, paths = source.scored, paths_of(source)
    plain, within = filters.only_filters(), min(max(n, FEWEST), MOST_STEPS)
    return bundled(_flows(sessions, paths, plain, within, view, level, merge), rare)


@cached(Journeys)
def _flows(
    sessions: ScoredSessions, paths: Paths, filters: Filters, n: int, view: View, level: Level, merge: bool
) -> Journeys:
    only = {"purchase": "bought", "exit": "NOT bought"}.get(view, "true")
    # Of the last steps, those of a short session stand at the end: it begins in a later column.
    shown = "steps" if view == "first" else f"steps[-{n + 1}:]"
    before = "0" if view == "first" else f"{n + 1} - len(shown)"
    rows = ask(
        sessions,
        paths,
        filters,
        f"""
        , listed AS (SELECT {steps_sql(level, merge=merge)} AS steps FROM chosen WHERE {only}),
        parts AS (SELECT {shown} AS shown FROM listed)
        SELECT place + 1 + {before} AS "column", CASE WHEN place > 0 THEN shown[place] END AS source,
               shown[place + 1] AS target, count(*) AS n
        FROM parts, range(0, {n if view == "first" else n + 1}) AS places(place)
        WHERE len(shown) > place GROUP BY ALL ORDER BY ALL
        """,
    )
    flows = tuple(
        Flow(
            column=row["column"],
            source=None if row["source"] is None else paths.step(level, row["source"]),
            target=paths.step(level, row["target"]),
            n=row["n"],
        )
        for row in rows
    )
    return Journeys(
        view=view,
        flows=flows,
        columns=n if view == "first" else n + 1,
        n=sum(flow.n for flow in flows if flow.source is None),
        of=count(sessions, filters),
        is_sample=paths.is_sample,
        level=level,
    )


def bundled(journeys: Journeys, rare: float) -> Journeys:
    """Put the rarer steps of each column together, where there are several; ends always stay."""
    if not rare:
        return journeys
    names: dict[tuple[int, str], str] = {}
    for column in range(1, journeys.columns + 1):
        steps = [node for node in journeys.nodes if node.column == column and node.step not in ENDS]
        few = [node for place, node in enumerate(steps) if place >= MOST or node.n < rare * journeys.n]
        if len(few) > 1:
            names |= {(column, node.step): OTHER for node in few}
    counts: Counter[tuple[int, str | None, str]] = Counter()
    for flow in journeys.flows:
        source = flow.source and names.get((flow.column - 1, flow.source), flow.source)
        counts[flow.column, source, names.get((flow.column, flow.target), flow.target)] += flow.n
    flows = (
        Flow(column=column, source=source, target=target, n=n)
        for (column, source, target), n in counts.items()
    )
    by_size = sorted(flows, key=lambda flow: (flow.column, -flow.n, flow.source or "", flow.target))
    return replace(journeys, flows=tuple(by_size))


def _in_column(node: Node) -> tuple[int, bool, bool, int, str]:
    return (node.column, node.step in ENDS, node.step == OTHER, -node.n, node.step)
