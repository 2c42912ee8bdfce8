"""Playing an export back: at a speed, to any collector, or to one in this process."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from core.base.errors import LiveError
from core.base.progress import Progress, silent
from core.base.settings import Settings
from core.live.collecting import collect
from core.live.database import reader
from core.live.inbox import Record
from core.live.keys import make_key
from core.live.processing import DAY, Processor
from core.live.replay.comparing import Probabilities
from core.live.replay.export import Event, Export, marked
from core.live.stored import Arrived
from core.live.told import Filled
from core.live.trackers import PLAIN, Request

#: Seconds between two looks at which events are due.
PACE = 0.25
#: Sends events of an export.
Send = Callable[[Sequence[Event]], None]


def play(
    parts: Iterator[list[tuple[float, Event]]],
    send: Send,
    *,
    mark: str,
    total: int,
    speed: float | None = None,
    progress: Progress = silent,
) -> int:
    """Send events, ``speed`` times as fast as they happened, or without waiting; return how many."""
    begun, first, done = time.monotonic(), None, 0
    for part in parts:
        waiting = [(at, marked(event, mark)) for at, event in part]
        while waiting:
            n = len(waiting)
            if speed is not None:
                first = waiting[0][0] if first is None else first
                reached = first + (time.monotonic() - begun) * speed
                n = sum(at <= reached for at, _ in waiting)
            if n:
                send([event for _, event in waiting[:n]])
                waiting, done = waiting[n:], done + n
                progress(min(1.0, done / max(1, total)), f"Playing {done:,} of {total:,} events")
            elif waiting:
                threading.Event().wait(min(PACE, max(0.0, (waiting[0][0] - reached) / speed)))  # type: ignore[operator]
    return done


class _Told(Processor):
    """A worker that knows from the beginning what its one source tells, as whoever has read a file does."""

    def __init__(self, settings: Settings, filled: Filled) -> None:
        super().__init__(settings)
        self._told = filled

    def _filled(self, records: Sequence[Record], arrived: Sequence[Arrived]) -> dict[str, Filled]:
        return {record.taken.source: self._told for record in records}


class Here:
    """A collector and its worker in this process, on a folder of their own, for one replay."""

    def __init__(self, folder: Path, export: Export, settings: Settings) -> None:
        self.settings = settings.model_copy(
            update={"data_dir": folder, "live_database": None, "min_free_bytes": 0}
        )
        self._key, self._secret = make_key(self.settings, kind="write", name="Replay", rate=10**9)
        told = Filled(
            columns=set(export.told.columns), types=set(export.told.event_types), has_bought=True,
            currencies=Counter([export.currency] if export.currency else []),
        )  # fmt: skip
        self._worker = _Told(self.settings, told)

    def send(self, events: Sequence[Event]) -> None:
        """Have events collected, and scored before any more come."""
        body = json.dumps({"events": events}).encode()
        request = Request(
            path="/api/live/events", query={}, received=datetime.now(UTC),
            headers={"authorization": f"Bearer {self._secret}"},
        )  # fmt: skip
        collected = collect(self.settings, PLAIN, body, request)
        collected.written.result()
        if collected.refused:
            raise LiveError(f"The collector refused an event: {collected.refused[0][1]}")
        self._worker.work_off()

    def said(self) -> Probabilities:
        """Return what was said of sessions after so many events, by their marked id."""
        while self._worker.close_idle(time.time_ns() // 1000 + DAY):
            pass
        rows = reader(self.settings).execute("SELECT session_id, k, has_cart, probability FROM early")
        return {(name, k): (bool(cart), probability) for name, k, cart, probability in rows}

    def close(self) -> None:
        """Stop."""
        self._worker.close()
        reader(self.settings).close()
