"""An export played back through the collector, and what live said of it beside what its file says.

Events are those the export was read as, with their own times: hours and weekdays are what models look at. Ids
get a mark of the replay, so that an export can be played again and is nobody's real visit.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from core.base.errors import IngestError, LiveError
from core.base.progress import Progress, silent
from core.base.settings import Settings
from core.bundle.model_card import JUDGED
from core.bundle.predictor import GOING_ON, Predictor
from core.features import build_sessions
from core.live.collecting import collect
from core.live.database import reader
from core.live.early import Judged, Said, judge
from core.live.keys import make_key
from core.live.processing import DAY, Processor
from core.live.told import Filled
from core.live.trackers import PLAIN, Request
from core.live.trackers.plain import FIELDS
from core.schema.events import Told

#: Events sent at a time, and seconds between two looks at which are due.
TOGETHER, PACE = 2_000, 0.25
#: How far a score may be from the file's.
CLOSE = 1e-6
_LENGTH = "n_events"
_IDS = ("session_id", "event_id", "visitor_id", "user_id")
Event = dict[str, Any]
#: Sends events of an export.
Send = Callable[[Sequence[Event]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export that was read: its canonical events and session rows as Parquet, and what it tells.

    ``currency`` is that of its amounts, None where none is told.
    """

    events: Path
    sessions: Path
    told: Told
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What live said of an export, beside its file.

    ``live`` and ``file`` are figures by number of events seen; ``scores`` counts the predictions that both
    made of the same session after the same number of events, ``different`` those that are not the same to
    ``CLOSE``, ``furthest`` is the largest difference of all.
    """

    live: tuple[Judged, ...]
    file: tuple[Judged, ...]
    scores: int
    different: int
    furthest: float


#: Of a session after so many events: whether something was in the cart, and the probability.
Probabilities = dict[tuple[str, int], tuple[bool, float]]


def sessions_of(export: Export, most: int | None) -> pa.Table:
    """Return the ids, visitors, lengths and outcomes of the latest sessions of an export, so many at most.

    Raises
    ------
    IngestError
        If it can't be played: events have no time, or no session id.
    """
    if "timestamp" not in export.told.columns:
        raise IngestError("Its events have no times.", remedy="Replay an export that has a time for each.")
    if not export.told.has_session_key:
        raise IngestError(
            "Its events don't say which visit they belong to.",
            remedy="Replay an export with a session id on each event.",
        )
    names = ["session_id", "visitor_id", "started_at", _LENGTH, "purchased"]
    table = pq.read_table(export.sessions, columns=names).sort_by("started_at")
    return table if most is None else table.slice(max(0, table.num_rows - most))


def events_of(export: Export, sessions: pa.Table, *, in_turn: bool) -> Iterator[list[tuple[float, Event]]]:
    """Yield the events of sessions with their time in seconds since 1970: in the order they happened.

    With ``in_turn`` the first of every session, then the second of every session, and so on: each list has
    one event of a session at most, until all numbers of events that are judged have been.
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("chosen", sessions.select(["session_id"]))
        names = [n for n in pq.read_schema(export.events).names if n in FIELDS]
        listed = ", ".join(f'"{name}"' for name in names)
        order = '"timestamp", "order" NULLS FIRST, file_row_number'
        query = (
            f"SELECT row_number() OVER (PARTITION BY session_id ORDER BY {order}) AS place, "
            f'epoch("timestamp") AS at, {listed} '
            f"FROM read_parquet(?, file_row_number = true) SEMI JOIN chosen USING (session_id) "
            f"ORDER BY {'least(place, ?), ' if in_turn else ''}{order}"
        )
        last = max(JUDGED) + 1
        cursor = connection.execute(query, [str(export.events), *([last] if in_turn else [])])
        part: list[tuple[float, Event]] = []
        current = None
        while rows := cursor.fetchmany(TOGETHER):
            for place, at, *values in rows:
                turn = min(place, last) if in_turn else None
                if part and (turn != current or len(part) >= TOGETHER):
                    yield part
                    part = []
                current = turn
                event = {n: v for n, v in zip(names, values, strict=True) if v is not None}
                part.append((at, event | {"event_id": f"{event['session_id']} {place}"}))
        if part:
            yield part


def marked(event: Event, mark: str) -> Event:
    """Return an event with the mark of a replay on its ids, and its time as text."""
    ids: Event = {name: f"{mark}{event[name]}" for name in _IDS if name in event}
    return event | ids | {"timestamp": event["timestamp"].replace(tzinfo=UTC).isoformat()}


def new_mark() -> str:
    """Return a mark of a replay."""
    return f"replay-{secrets.token_hex(3)}-"


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

    def _filled(self, records: Sequence[Any], arrived: Sequence[Any]) -> dict[str, Filled]:
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


def from_file(
    export: Export, sessions: pa.Table, predictor: Predictor, folder: Path, settings: Settings,
    progress: Progress = silent,
) -> Probabilities:  # fmt: skip
    """Return what the model says of sessions cut after so many events, as in training and as in a card."""
    chosen = set(sessions["session_id"].to_pylist())
    made: Probabilities = {}
    for number, k in enumerate(JUDGED):
        progress(number / len(JUDGED), f"Cutting sessions after {k} event{'s' * (k > 1)}")
        out = folder / f"after-{k}.parquet"
        build_sessions(export.events, out, told=export.told, settings=settings, first_events=k)
        rows = pq.read_table(out)
        asked = rows.append_column(GOING_ON, pa.array([True] * rows.num_rows))
        probabilities = predictor.predict(asked)["purchase_probability"].to_pylist()
        carts = rows["cart_adds"].to_pylist() if "cart_adds" in rows.column_names else [None] * rows.num_rows
        for name, cart, probability in zip(rows["session_id"].to_pylist(), carts, probabilities, strict=True):
            if name in chosen:
                made[name, k] = (bool(cart), probability)
    return made


def compare(
    live: Probabilities, file: Probabilities, sessions: pa.Table, predictor: Predictor, mark: str
) -> Compared:
    """Set what live said beside what the file says, of sessions that went on after so many events."""
    known = {row["session_id"]: row for row in sessions.to_pylist() if row["purchased"] is not None}

    def said(of: Probabilities) -> list[Said]:
        return [
            (k, cart, probability, known[name]["purchased"], known[name]["visitor_id"] or name)
            for (name, k), (cart, probability) in of.items()
            if name in known and (known[name][_LENGTH] or 0) > k
        ]

    plain = {(name.removeprefix(mark), k): told for (name, k), told in live.items() if name.startswith(mark)}
    plain = {key: told for key, told in plain.items() if key in file}
    apart = [abs(probability - file[key][1]) for key, (_, probability) in plain.items()
             if (known.get(key[0], {}).get(_LENGTH) or 0) > key[1]]  # fmt: skip
    return Compared(
        live=judge(said(plain), predictor),
        file=judge(said(file), predictor),
        scores=len(apart),
        different=sum(each > CLOSE for each in apart),
        furthest=max(apart, default=0.0),
    )
