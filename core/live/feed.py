"""Scores as they are written, for whoever listens: read once in a process, however many listen.

What is read is the latest score of each session. Who is slow, or comes back after a break, gets that one and
not those before it, so that nobody falls behind by more than there are sessions.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from dataclasses import dataclass

from core.base.settings import Settings
from core.live.database import DONE, SCORED, address, fact, reader
from core.live.scores import COLUMNS, answers_of
from core.live.scoring import ROBOT

#: Seconds between looks for new scores, scores read at a time, and scores kept for who is a little behind.
PAUSE, AT_ONCE, RECENT = 0.25, 500, 2_000
#: After so many seconds without anybody listening, what is kept is of no use.
IDLE = 5.0


@dataclass(frozen=True, slots=True)
class Scored:
    """A score: its number, the write key it came by, the probability, and what is answered of it, as JSON."""

    n: int
    source: str
    probability: float | None
    body: str


def last_number(settings: Settings) -> int:
    """Return the number of the latest score of all; 0 where there is none."""
    return int(fact(settings, SCORED) or 0)


def scored_after(settings: Settings, n: int) -> list[Scored]:
    """Return the scores after a number that still are their session's latest, the oldest ``AT_ONCE``."""
    rows = reader(settings).execute(
        f"SELECT scored_n, {COLUMNS} FROM sessions WHERE scored_n > ? AND state <> ? "
        "ORDER BY scored_n LIMIT ?",
        [n, ROBOT, AT_ONCE],
    )
    numbers, found = [], []
    for number, *row in rows:
        numbers.append(number)
        found.append(tuple(row))
    return [
        Scored(number, answer["source"], answer["probability"], json.dumps(answer))
        for number, answer in zip(numbers, answers_of(settings, found) if found else (), strict=True)
    ]


def _version(settings: Settings) -> str:
    return f"{fact(settings, DONE)} {fact(settings, SCORED)}"


class Feed:
    """The latest scores; whoever asks first after a pause reads, the others find what was read."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = asyncio.Lock()
        self._recent: deque[Scored] = deque()
        #: The scores kept are all of those after the first number, up to the second.
        self._since = self._until = 0
        self._looked = float("-inf")
        self._version, self._asked = "", float("-inf")

    async def version(self) -> str:
        """Return what is another once something has come in, or was scored; looked at once in a pause."""
        async with self._lock:
            if time.monotonic() - self._asked > PAUSE:
                self._version = await asyncio.to_thread(_version, self._settings)
                self._asked = time.monotonic()
            return self._version

    async def after(self, n: int) -> list[Scored]:
        """Return scores after a number, the oldest first; none where there are none yet."""
        async with self._lock:
            if n >= self._until:
                await self._look()
            if n >= self._since:
                return [scored for scored in self._recent if scored.n > n]
        return await asyncio.to_thread(scored_after, self._settings, n)

    async def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < PAUSE:
            return
        if now - self._looked > IDLE:
            self._recent.clear()
            self._since = self._until = await asyncio.to_thread(last_number, self._settings)
        self._looked = now
        found = await asyncio.to_thread(scored_after, self._settings, self._until)
        if len(found) == AT_ONCE:
            self._looked -= PAUSE  # There may be more: the next one needn't wait.
        if found:
            self._until = found[-1].n
        self._recent.extend(found)
        while len(self._recent) > RECENT:
            self._since = self._recent.popleft().n


class Feeds:
    """The feed of each project; made as it is first asked for."""

    def __init__(self) -> None:
        self._by_address: dict[str, Feed] = {}

    def of(self, settings: Settings) -> Feed:
        """Return the feed of a project."""
        return self._by_address.setdefault(address(settings), Feed(settings))
