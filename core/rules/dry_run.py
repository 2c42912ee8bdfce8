"""What a rule would have done: visits of a week, event by event, through the same scores and conditions.

Each visit is scored as it stood after every event, for visits that go on, and the rule asked as it is live:
with the time until the next event, once a visitor, with its hold-out. A page that asks is taken to ask all
the time.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from core.base.errors import NotFoundError, RuleError
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.bundle.predictor import Predictor
from core.live.clock import moment_at
from core.live.closing import dataset_of
from core.live.database import reader
from core.live.keys import keys
from core.live.scoring import score_visits
from core.live.told import AT, Filled, read_filled
from core.live.visits import Visit, visits_of
from core.rules.dry_run_events import RecentEvents, read_recent, waiting_events
from core.rules.dry_run_result import DAYS, DryRun
from core.rules.facts import Facts, facts_of
from core.rules.firing import DAY, is_for, is_held_out, synthetic_sources
from core.rules.matching import due_at
from core.rules.rule import Rule
from core.schema.events import EventType
from core.storage import get_store

#: Events of a visit that are looked at, and visits scored at a time.
EVENTS, TOGETHER = 60, 250


@dataclass(frozen=True, slots=True)
class _Fired:
    at: int
    visitor: tuple[str, str]
    is_held_out: bool
    probability: float | None


def try_live(rule: Rule, settings: Settings) -> DryRun:
    """Try a rule on the last week's live visits that are over.

    Raises
    ------
    NotFoundError
        If there are none.
    """
    settings, connection = shop_settings(settings), reader(settings)
    synthetic = synthetic_sources(connection)
    ours = [key.id for key in keys(settings) if key.kind == "write" and is_for(rule, key.id, synthetic)]
    since = datetime.now(UTC) - timedelta(days=DAYS)
    parts = []
    for source in ours:
        dataset = dataset_of(settings, source)
        paths = [file.path for file in dataset.files] if dataset is not None else []
        micros = int(since.timestamp() * 1e6)
        waiting = waiting_events(connection, source, micros)
        if paths or waiting:
            parts.append(read_recent(source, paths, waiting, since))
    rows = [row for part in parts for row in part.rows]
    if not rows:
        raise NotFoundError(
            "No live visit of the last 7 days is over yet.",
            remedy="Try the rule on an export instead, or come back once visitors have been in the shop.",
        )
    filled = read_filled(connection, ours)
    events = RecentEvents(rows, filled, sum(part.all_visitors for part in parts))
    return _replay(rule, "Live visits", events, settings, until=time.time_ns() // 1000)


def try_dataset(rule: Rule, dataset_id: str, settings: Settings) -> DryRun:
    """Try a rule on the last week of an export.

    Raises
    ------
    NotFoundError
        If there is no such export.
    RuleError
        If it has no events, or no times.
    """
    settings = shop_settings(settings)
    dataset = get_store(settings).dataset(dataset_id)
    report = dataset.report
    if report is None or report.kind != "events" or not dataset.events_path.exists():
        raise RuleError(
            "This export has one row per session, or hasn't been read yet.",
            where=dataset.name,
            remedy="Choose an export with events.",
        )
    if "timestamp" not in report.told.columns:
        raise RuleError("This export has no times.", where=dataset.name, remedy="Choose one with times.")
    read = read_recent("export", [dataset.events_path], [], None)
    told = Filled(
        columns=set(report.told.columns), types=set(report.told.event_types),
        has_bought=EventType.PURCHASE in report.told.event_types,
    )  # fmt: skip
    told.add_currencies(event for _, _, event in read.rows)
    return _replay(rule, dataset.name, RecentEvents(read.rows, {"export": told}, read.all_visitors), settings)


def _replay(rule: Rule, name: str, events: RecentEvents, settings: Settings, *, until: int = 0) -> DryRun:
    """Play visits event by event and say what the rule would have done.

    What became of them is known to the last event, or ``until`` (microseconds since 1970) if that is later.
    """
    visits = visits_of(events.rows, settings.session_gap_minutes)
    for visit in visits:
        visit.events.sort(key=lambda event: int(str(event[AT["timestamp"]])))
    visits.sort(key=lambda visit: visit.moments[0])
    times = [at for _, at, _ in events.rows]
    fired = list(_firings(rule, visits, events.filled, settings))
    orders = _orders(visits, events.filled, settings)
    window = round(rule.window_days * DAY)
    end = max(until, *times)
    known = [each for each in fired if events.filled[each.visitor[0]].has_bought]
    bought = [
        [paid for at, paid in orders[each.visitor] if each.at < at <= each.at + window] for each in known
    ]
    is_open = [not paid and each.at + window > end for each, paid in zip(known, bought, strict=True)]
    chances = [each.probability for each in known if each.probability is not None]
    return DryRun(
        name=name,
        visits=len(visits),
        visitors=len({_who(visit) for visit in visits}),
        all_visitors=events.all_visitors,
        fired=len(fired),
        held_out=sum(each.is_held_out for each in fired),
        bought=sum(bool(theirs) for theirs in bought),
        n_open=sum(is_open),
        n_unknown=len(fired) - len(known),
        predicted=math.fsum(chances) if len(chances) == len(known) else None,
        window_days=rule.window_days,
        revenue=sum(map(sum, bought)),
        currency=Predictor.load(settings=settings).currency,
        first=moment_at(min(times)),
        last=moment_at(max(times)),
    )


def _firings(
    rule: Rule, visits: Sequence[Visit], filled: dict[str, Filled], settings: Settings
) -> Iterator[_Fired]:
    last: dict[tuple[str, str], int] = {}
    remaining = iter(visits)
    while together := list(islice(remaining, TOGETHER)):
        beginnings = [
            Visit(visit.source, f"{place}#{length:06}", own=True, events=visit.events[:length])
            for place, visit in enumerate(together)
            for length in range(1, min(len(visit.events), EVENTS) + 1)
        ]
        stages: defaultdict[int, list[Facts]] = defaultdict(list)
        for score in score_visits(beginnings, filled, settings, going_on=True):
            if not score.is_robot:
                stages[int(score.visit.session_id.partition("#")[0])].append(facts_of(score))
        for place, visit in enumerate(together):
            first = _first_firing(rule, stages[place], settings.session_gap_minutes)
            if first is None:
                continue
            at, facts = first
            who, before = _who(visit), min(visit.moments[0], at - round(rule.days * DAY))
            if last.get(who, before - 1) < before:
                last[who] = at
                yield _Fired(at, who, is_held_out(rule, who[1]), facts.probability)


def _first_firing(rule: Rule, stages: Sequence[Facts], gap_minutes: float) -> tuple[int, Facts] | None:
    """Return when the rule first fires in a visit that stood so after each event, and how it stood then."""
    for facts, following in zip(stages, [*stages[1:], None], strict=True):
        due = due_at(rule.conditions, facts, gap_minutes)
        if due is None:
            continue
        at = max(due, facts.last_at)
        if following is None or at < following.last_at:
            return at, facts
    return None


def _orders(
    visits: Sequence[Visit], filled: dict[str, Filled], settings: Settings
) -> defaultdict[tuple[str, str], list[tuple[int, float]]]:
    """Return when visitors bought, and what they paid in that visit."""
    found: defaultdict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    times = {
        (visit.source, visit.session_id): [
            int(str(e[AT["timestamp"]])) for e in visit.events if e[AT["event_type"]] == EventType.PURCHASE
        ]
        for visit in visits
    }
    buying = [visit for visit in visits if times[visit.source, visit.session_id]]
    for score in score_visits(buying, filled, settings, going_on=False):
        if score.row.get("purchased"):
            at = min(times[score.visit.source, score.visit.session_id])
            found[_who(score.visit)].append((at, float(score.row.get("revenue") or 0)))
    return found


def _who(visit: Visit) -> tuple[str, str]:
    return visit.source, visit.visitor_id or visit.session_id
