"""Where the worker's time goes, by phase, and how long its longest round was."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

#: Reading what came in, finding its visits, scoring them, writing; rules, ending sessions, forgetting.
READ, FIND, SCORE, WRITE, RULES, CLOSE, TIDY = "read", "find", "score", "write", "rules", "close", "tidy"
#: Seconds a round is remembered.
REMEMBERED = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Seconds by phase and batches since it began; seconds of its longest round of the last minute."""

    seconds: dict[str, float] = field(default_factory=dict)
    batches: int = 0
    longest: float = 0.0

    def written(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str | None) -> Spent:
        """Return what was written; nothing spent where nothing was."""
        return cls(**json.loads(text)) if text else cls()


class Phases:
    """Counts the seconds of the thread that works, waiting for disks and processors included."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._batches = 0
        self._rounds: deque[tuple[float, float]] = deque()

    @contextmanager
    def of(self, phase: str) -> Iterator[None]:
        """Count what is done within to a phase."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._seconds[phase] = self._seconds.get(phase, 0.0) + time.monotonic() - began

    def round(self, began: float, *, batches: int) -> None:
        """Note the end of a round of batch and housekeeping that began then (monotonic seconds)."""
        now = time.monotonic()
        self._batches += batches
        self._rounds.append((now, now - began))
        while self._rounds[0][0] < now - REMEMBERED:
            self._rounds.popleft()

    def spent(self) -> Spent:
        """Return what was counted."""
        return Spent(
            seconds={phase: round(seconds, 3) for phase, seconds in self._seconds.items()},
            batches=self._batches,
            longest=round(max((seconds for _, seconds in self._rounds), default=0.0), 3),
        )
