"""Who comes when: the visits of a simulated log, before anything happens in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from core.simulate.intents import INTENTS, LEVELS
from core.simulate.shop import (
    CATEGORIES,
    CHANNELS,
    COUNTRIES,
    DEVICES,
    HOUR_WEIGHTS,
    MONTH_DRIVE,
    MONTH_WEIGHTS,
    SALE,
    UNKNOWN_COUNTRY,
    WEEKDAY_WEIGHTS,
)

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
#: Shortest time between two visits' starts: more than any visit and the silence after it take.
SHORTEST_ABSENCE_MS = 8 * HOUR_MS
VISITS_PER_VISITOR = 1.45
MAX_VISITS = 12
#: Share of visitors who already knew the shop before the log began.
KNOWN_BEFORE = 0.14
MEDIAN_ABSENCE_DAYS = 4.0
UNTOLD = len(COUNTRIES)

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Visits:
    """One entry a visit, sorted by start. ``intent`` and ``level`` are hidden: they are never written.

    ``start_ms`` is Unix time, the others are codes into the tables of ``shop`` and ``intents``;
    ``pace`` is the dwell time's factor in 256ths, country ``UNTOLD`` means the shop couldn't tell.
    """

    start_ms: Codes
    visitor: Codes
    country: npt.NDArray[np.uint8]
    device: npt.NDArray[np.uint8]
    channel: npt.NDArray[np.uint8]
    returning: npt.NDArray[np.bool_]
    category: npt.NDArray[np.uint8]
    intent: npt.NDArray[np.uint8]
    level: npt.NDArray[np.uint8]
    pace: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.start_ms)


def plan_visits(n_sessions: int, rng: np.random.Generator, start: datetime, days: int) -> Visits:
    """Draw exactly ``n_sessions`` visits within ``days`` days from ``start``."""
    visitor, number, start_ms = _arrivals(n_sessions, rng, start, days)
    n_visitors = int(visitor[-1]) + 1
    known = rng.random(n_visitors) < KNOWN_BEFORE
    trait = rng.standard_normal(n_visitors)
    shares = np.array([share for share, _ in COUNTRIES.values()])
    country = rng.choice(len(COUNTRIES), n_visitors, p=shares / shares.sum()).astype(np.uint8)
    untold = rng.random(n_visitors) < UNKNOWN_COUNTRY
    home_device = _draw(rng, n_visitors, [share for share, _ in DEVICES.values()])

    returning = known[visitor] | (number > 0)
    any_device = _draw(rng, n_sessions, [share for share, _ in DEVICES.values()])
    device = np.where(rng.random(n_sessions) < 0.12, any_device, home_device[visitor])
    intent = _intents(rng, returning, trait[visitor])
    level = _levels(rng, trait[visitor], returning, country[visitor], device, start_ms)
    pace = np.array([i.pace for i in INTENTS])[intent] * np.exp(0.35 * rng.standard_normal(n_sessions))
    category = _draw(rng, n_sessions, [share for _, _, share in CATEGORIES.values()])
    hunts = (intent == 2) & (rng.random(n_sessions) < 0.45)
    order = np.argsort(start_ms, kind="stable")
    return Visits(
        start_ms=start_ms[order],
        visitor=visitor[order],
        country=np.where(untold, np.uint8(UNTOLD), country)[visitor][order],
        device=device[order].astype(np.uint8),
        channel=_channels(rng, intent)[order].astype(np.uint8),
        returning=returning[order],
        category=np.where(hunts, SALE, category)[order].astype(np.uint8),
        intent=intent[order].astype(np.uint8),
        level=level[order],
        pace=np.clip(np.round(pace * 256), 32, 2048).astype(np.int32)[order],
    )


def _arrivals(
    n_sessions: int, rng: np.random.Generator, start: datetime, days: int
) -> tuple[Codes, Codes, Codes]:
    """Return each visit's visitor (rising), its number (from 0) and its start."""
    begin_ms = int(start.timestamp()) * 1000
    end_ms = begin_ms + days * DAY_MS
    day_weights = np.array([_traffic(start + timedelta(days=day)) for day in range(days)])
    # Visits beyond the end are dropped; more visitors than needed are drawn, and the rest cut.
    n_visitors = n_sessions
    more = rng.geometric(1 / VISITS_PER_VISITOR, n_visitors).clip(1, MAX_VISITS)
    first = begin_ms + rng.choice(days, n_visitors, p=day_weights / day_weights.sum()) * DAY_MS
    visitor = np.repeat(np.arange(n_visitors), more)
    heads = np.cumsum(more) - more
    number = np.arange(len(visitor)) - np.repeat(heads, more)
    absence = np.exp(np.log(MEDIAN_ABSENCE_DAYS) + 0.9 * rng.standard_normal(len(visitor)))
    lag_days = np.where(number == 0, 0, np.maximum(np.round(absence), 1)).astype(np.int64)
    total = np.cumsum(lag_days)
    since_first = total - np.repeat(total[heads], more)
    hours = np.array(HOUR_WEIGHTS, dtype=np.float64)
    hour = rng.choice(24, len(visitor), p=hours / hours.sum())
    within = rng.integers(0, HOUR_MS, len(visitor))
    begun = first[visitor] + since_first * DAY_MS + hour * HOUR_MS + within
    previous = np.concatenate([[0], begun[:-1]])
    kept = (begun < end_ms) & ((number == 0) | (begun - previous >= SHORTEST_ABSENCE_MS))
    visitor, number, begun = visitor[kept], number[kept], begun[kept]
    return visitor[:n_sessions], number[:n_sessions], begun[:n_sessions]


def _traffic(day: datetime) -> float:
    """Return a day's relative traffic: weekday, month, and the last Friday of November."""
    black_friday = day.month == 11 and day.weekday() == 4 and day.day >= 23
    return WEEKDAY_WEIGHTS[day.weekday()] * MONTH_WEIGHTS[day.month - 1] * (1.9 if black_friday else 1.0)


def _draw(rng: np.random.Generator, n: int, weights: list[float]) -> Codes:
    edges = np.cumsum(weights) / np.sum(weights)
    return np.searchsorted(edges, rng.random(n), side="right").clip(0, len(weights) - 1)


def _intents(
    rng: np.random.Generator, returning: npt.NDArray[np.bool_], trait: npt.NDArray[np.float64]
) -> Codes:
    n = len(returning)
    new = _draw(rng, n, [intent.share_new for intent in INTENTS])
    back = _draw(rng, n, [intent.share_returning for intent in INTENTS])
    # A visitor's nature shows in every visit: the keen more often come on a mission.
    keen = (trait > 1.0) & (rng.random(n) < 0.15)
    return np.where(keen, len(INTENTS) - 1, np.where(returning, back, new))


def _levels(
    rng: np.random.Generator,
    trait: npt.NDArray[np.float64],
    returning: npt.NDArray[np.bool_],
    country: npt.NDArray[np.uint8],
    device: Codes,
    start_ms: Codes,
) -> npt.NDArray[np.uint8]:
    """Return the drive of each visit: what can be known of it, the visitor's nature, and chance."""
    hour = start_ms // HOUR_MS % 24
    month = start_ms.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64) % 12
    drive = 0.6 * trait + 0.5 * rng.standard_normal(len(trait))
    drive += np.where(returning, 0.85, -0.3)
    drive += np.array([wish for _, wish in COUNTRIES.values()])[country]
    drive += np.array([wish for _, wish in DEVICES.values()])[device]
    drive += np.where((hour >= 17) & (hour <= 21), 0.2, np.where(hour < 6, -0.35, 0.0))
    drive += np.array(MONTH_DRIVE)[month]
    return np.clip(np.round(drive * 1.6) + LEVELS // 2, 0, LEVELS - 1).astype(np.uint8)


def _channels(rng: np.random.Generator, intent: Codes) -> Codes:
    base = np.array([0.25, 0.27, 0.17, 0.11, 0.13, 0.07])
    tables = np.array([intent.channels for intent in INTENTS]) * base
    edges = np.cumsum(tables, axis=1) / tables.sum(axis=1, keepdims=True)
    drawn = rng.random(len(intent))
    return np.asarray((edges[intent] < drawn[:, None]).sum(axis=1).clip(0, len(CHANNELS) - 1))
