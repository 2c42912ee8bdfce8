"""The synthetic demo shop, played live, so that the page isn't empty for who tries it.

Visits of the simulation are played at their own pace, one beginning every few seconds. Which events are due
hangs on nothing but the clock: played by another process, or after a pause, none comes twice.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from core.base.settings import Settings
from core.live.database import DEMO, fact, inbox_reader, remember, writing
from core.live.inbox import write
from core.live.keys import keys, make_key, revoke
from core.live.schema import MICROS
from core.live.trackers.taken import Taken
from core.simulate import simulate_events

NAME = "Synthetic demo shop"
#: Seconds between two visits' beginnings; visits that are on their way when it is switched on.
EVERY, AHEAD = 4.0, 600.0
SESSIONS, SEED = 600, 11
#: Longest pause, in seconds, that is caught up with.
CAUGHT_UP = 60.0
_PLAYED = "demo_played"
#: What the shop's pages would send.
_SENT = (
    "event_type", "product_id", "category", "colour", "brand", "price", "quantity", "revenue", "currency",
    "country", "page", "device", "channel", "is_returning",
)  # fmt: skip


def is_on(settings: Settings) -> bool:
    """Whether the demo shop is played."""
    return bool(fact(settings, DEMO))


def switch(settings: Settings, *, on: bool) -> None:
    """Begin to play the demo shop, or stop."""
    if on == is_on(settings):
        return
    since = time.time() - AHEAD
    remember(settings, DEMO, str(since) if on else "")
    remember(settings, _PLAYED, str(since))
    theirs = [key for key in keys(settings) if key.synthetic and not key.revoked_at]
    if on and not theirs:
        make_key(settings, kind="write", name=NAME, synthetic=True)
    for key in [] if on else theirs:
        revoke(settings, key.id)


def play(settings: Settings, now: float | None = None) -> int:
    """Put the events that are due since the last time into the inbox; return how many."""
    since = float(fact(settings, DEMO) or 0)
    source = next((key.id for key in keys(settings) if key.synthetic and not key.revoked_at), None)
    if not since or source is None:
        return 0
    now = time.time() if now is None else now
    played = float(fact(settings, _PLAYED) or since)
    if played > since:  # but for what is on its way at the beginning, a long pause is left out
        played = max(played, now - CAUGHT_UP)
    visits = _visits()
    longest = max(visit[-1][0] for visit in visits)
    first = max(0, int((played - since - longest) / EVERY))
    due = []
    for number in range(first, int((now - since) / EVERY) + 1):
        begins = since + number * EVERY
        for place, (offset, event) in enumerate(visits[number % len(visits)]):
            if played < begins + offset <= now:
                due.append(_row(source, since, number, place, begins + offset, now, event))
    with writing(inbox_reader(settings)) as connection:
        write(connection, due)
    remember(settings, _PLAYED, str(now))
    return len(due)


def _row(
    source: str, since: float, number: int, place: int, at: float, now: float, event: dict[str, Any]
) -> Taken:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)
    whole = {
        **event, "visitor_id": f"demo-{number}", "session_id": f"demo-{int(since)}-{number}",
        "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }  # fmt: skip
    message = hashlib.blake2b(f"demo {since} {number} {place}".encode(), digest_size=12).digest()
    return Taken(source, "live", message, int(now * MICROS), json.dumps(whole))


@lru_cache(maxsize=1)
def _visits() -> tuple[tuple[tuple[float, dict[str, Any]], ...], ...]:
    """Return the visits of the simulation: events with the seconds since each one's beginning."""
    by_session: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in simulate_events(SESSIONS, seed=SEED).to_pylist():
        by_session[event["session_id"]].append(event)
    return tuple(
        tuple(
            (
                (event["timestamp"] - events[0]["timestamp"]).total_seconds(),
                {name: event[name] for name in _SENT if event[name] is not None},
            )
            for event in events
        )
        for events in by_session.values()
    )
