"""What home shows: all exports over time, a period against the one before, and what needs a look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from core.base.shop import week_begins
from core.results.comparison.mix_and_rate import Effect
from core.results.drift.drift import is_worse, kept_drift
from core.results.drift.records import Drift
from core.results.filters import Value, write_value
from core.results.history.exports import history_of, shop_results
from core.results.history.history import Export, History, Total, together
from core.results.history.periods import Change, Period, before, changes, effects, period, strongest
from core.storage import Result, get_store

#: Ranges one can choose, in days to the last one there is; none is everything.
RANGES: dict[str, int | None] = {"7": 7, "28": 28, "90": 90, "all": None}
USUAL = "28"
#: Days from which on weeks are shown.
MOST_DAYS = 62

#: Averages whose change is told by groups.
MEASURED = ("conversion", "revenue")

Step = Literal["day", "week"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that needs a look: that conversion fell, that the model does worse than its card, or drift.

    ``result`` is the newest one; ``change`` is there for the first, ``drift`` for the others.
    """

    kind: Literal["conversion", "worse", "drift"]
    result: Result
    change: Change | None = None
    drift: Drift | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody chose to see: one of ``RANGES`` or days of their own, by day or by week."""

    range: str = USUAL
    first: date | None = None
    last: date | None = None
    step: Step | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> Choice:
        """Read an address; what can't be read is as usual."""
        first, last = _day(query.get("from")), _day(query.get("to"))
        own = first is not None and last is not None and first <= last
        chosen = str(query.get("range", USUAL))
        step = query.get("step")
        return cls(
            range="own" if own else chosen if chosen in RANGES else USUAL,
            first=first if own else None,
            last=last if own else None,
            step=step if step in ("day", "week") else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """Everything home shows of the exports together.

    ``points`` are the steps of the period with what came of them; ``changes`` how figures moved against
    ``then``, by name; ``effects`` the groups that changed most, by what they changed. ``tools`` are the kinds
    of export of the two periods where they differ: tools count visits differently, so a change may be theirs.
    """

    history: History
    synthetic: bool
    choice: Choice
    step: Step
    now: Period
    then: Period
    total: Total
    points: dict[date, Total]
    changes: dict[str, Change]
    effects: dict[str, list[Effect]]
    tools: tuple[frozenset[str], frozenset[str]] | None
    alerts: tuple[Alert, ...]

    @property
    def newest(self) -> Export:
        """The newest export."""
        return self.history.exports[0]


def dashboard(choice: Choice) -> Dashboard | None:
    """Return what home shows; None where no scored export has sessions with a time."""
    store = get_store()
    results, synthetic = shop_results(store)
    history = history_of(results, store)
    if history is None:
        return None
    now = _period(history, choice)
    then, step = before(history, now), choice.step or ("week" if now.length > MOST_DAYS else "day")
    moved, by_id = changes(history, now, then), {result.id: result for result in results}
    tools = _tools(history, now, then, by_id)
    return Dashboard(
        history=history,
        synthetic=synthetic,
        choice=choice,
        step=step,
        now=now,
        then=then,
        total=history.total(now.first, now.last),
        points=_points(history, now, step),
        changes=moved,
        effects={name: strongest(effects(history, now, then, name)) for name in MEASURED},
        tools=tools,
        alerts=tuple(_alerts({} if tools else moved, by_id[history.exports[0].id])),
    )


def result_address(history: History, now: Period, by: str | None = None, key: Value = None) -> str:
    """Return where sessions of a period, or a group of them, are shown: in the export with most of them."""
    query = {"from": now.first.isoformat(), "to": now.last.isoformat()}
    if by is not None:
        query |= {by: write_value(key)}
    return f"/results/{history.largest(now.first, now.last)}?{urlencode(query)}"


def _period(history: History, choice: Choice) -> Period:
    if choice.first is not None and choice.last is not None:
        return period(history, choice.first, choice.last)
    days = RANGES[choice.range]
    first = history.first if days is None else history.last - timedelta(days=days - 1)
    return period(history, max(first, history.first), history.last)


def _tools(
    history: History, now: Period, then: Period, results: Mapping[str, Result]
) -> tuple[frozenset[str], frozenset[str]] | None:
    store = get_store()
    of_now, of_then = (
        frozenset(
            store.dataset(results[export].dataset_id).recognition.title
            for export in history.among(side.first, side.last)
        )
        for side in (now, then)
    )
    return (of_now, of_then) if of_then and of_now != of_then else None


def _points(history: History, now: Period, step: Step) -> dict[date, Total]:
    groups: dict[date, list[Total]] = {}
    begins = week_begins()
    for day in now.days:
        start = day if step == "day" else day - timedelta(days=(day.isoweekday() - begins) % 7)
        groups.setdefault(start, []).append(history.days[day])
    return {start: together(totals) for start, totals in groups.items()}


def _alerts(moved: Mapping[str, Change], newest: Result) -> Iterator[Alert]:
    conversion = moved.get("conversion")
    if conversion is not None and conversion.difference is not None and conversion.difference.high < 0:
        yield Alert(kind="conversion", result=newest, change=conversion)
    drift = kept_drift(newest)
    if drift is not None and is_worse(drift.live):
        yield Alert(kind="worse", result=newest, drift=drift)
    if drift is not None and drift.level == "serious":
        yield Alert(kind="drift", result=newest, drift=drift)


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text or ""))
    except ValueError:
        return None
