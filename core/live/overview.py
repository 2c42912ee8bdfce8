"""What the Live page shows: who is in the shop now, how much comes in, and one visit event by event."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from core.base.settings import Settings
from core.base.shop import shop_settings
from core.bundle.predictor import GOING_ON, Predictor
from core.live.database import EVENT_COLUMNS, address, reader
from core.live.scores import session_score, waiting
from core.live.scoring import OVER, ROBOT, RUNNING, STEPS, session_rows
from core.live.told import AT, Event, read_filled

Order = Literal["probability", "value", "cluster", "step", "latest"]
#: Visits on a page of their list, seconds events a second are averaged over, latest events of a visit.
SHOWN, AVERAGED, FOLLOWED = 12, 10, 60
#: Latest scores the delay is the median of; seconds for which people who look at once see the same.
TIMED, SHARED = 100, 0.8
_MICROS = 1_000_000
_STEP = f"CASE step {' '.join(f'WHEN {step!r} THEN {place}' for place, step in enumerate(STEPS))} END"
_ORDERS: dict[str, str] = {
    # Who has bought, has; their probability was that before.
    "probability": "step = 'bought', probability DESC NULLS LAST",
    "value": "value DESC NULLS LAST",
    "cluster": "prediction ->> 'cluster_name' NULLS LAST, probability DESC NULLS LAST",
    "step": f"{_STEP}, probability DESC NULLS LAST",
    "latest": "last_at DESC",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """One visit that goes on; ``value`` is what lies in the cart, times are microseconds since 1970."""

    session_id: str
    step: str
    n_events: int
    last_at: int
    probability: float | None
    value: float | None
    expected_revenue: float | None
    cluster: str | None
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The shop as it is now: its real visitors, or those of the synthetic demo shop, never both together.

    ``is_synthetic`` says which, ``n_others`` how many visits of the other kind go on. ``visits`` are those on
    one page of their list, after ``n_before`` others. ``steps`` count running visits by how far they are,
    ``likely`` those at or above the model's cut-off, ``expected`` is the revenue to expect of those that
    haven't bought. ``is_connected`` tells whether a real visitor's event ever came; ``heard_at`` is when the
    last event of those shown came, ``delay`` the seconds a score took from there,
    ``since_event`` from when it happened by the sender's clock: medians of the latest scores. ``per_second``
    and ``waiting`` are of all that comes in.
    """

    is_synthetic: bool
    n_others: int
    n_before: int
    visits: tuple[Running, ...]
    steps: Mapping[str, int]
    likely: int
    expected: float
    currency: str
    per_second: float
    waiting: int
    is_connected: bool
    heard_at: int | None
    delay: float | None
    since_event: float | None

    @property
    def reached(self) -> dict[str, int]:
        """How many visits have come to each step or further, the first step first."""
        counts = [self.steps.get(step, 0) for step in STEPS]
        return {step: sum(counts[: place + 1]) for place, step in reversed(list(enumerate(STEPS)))}

    @property
    def n_running(self) -> int:
        """How many visits go on."""
        return sum(self.steps.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An event of a visit, and the probability of a purchase after it (None from the purchase on)."""

    at: int
    event_type: str
    what: str | None
    probability: float | None


def now(
    settings: Settings, order: str = "probability", *, synthetic: bool | None = None, page: int = 0
) -> Now:
    """Return what goes on now, the visits in an order: a page of them, or the last one there is.

    Real visitors and those of the demo shop are counted apart: the ones that are asked for, else real ones if
    there are any.
    """
    connection, predictor = reader(settings), Predictor.load(settings=settings)
    per_source = connection.execute(
        "SELECT keys.synthetic, sum(n) FROM (SELECT source, count(*) AS n FROM sessions WHERE state = ? "
        "GROUP BY 1) AS counted JOIN keys ON keys.id = source GROUP BY 1",
        [RUNNING],
    ).fetchall()
    running = {bool(kind): int(n) for kind, n in per_source}
    of = True in running and False not in running if synthetic is None else synthetic
    theirs = _theirs(synthetic=of)
    n_before = SHOWN * max(0, min(page, (running.get(of, 0) - 1) // SHOWN))
    counts = connection.execute(
        "SELECT step, count(*), count(*) FILTER (WHERE probability >= ?), "
        "sum(CAST(prediction ->> 'expected_revenue' AS DOUBLE PRECISION)) "
        f"FROM sessions WHERE state = ? AND {theirs} GROUP BY 1",
        [1.1 if predictor.threshold is None else predictor.threshold, RUNNING],
    ).fetchall()
    open_counts = [row for row in counts if row[0] != STEPS[0]]
    second = time.time_ns() // 1_000_000_000
    (events,) = connection.execute(
        "SELECT sum(events) FROM pulse WHERE second BETWEEN ? AND ?", [second - AVERAGED, second - 1]
    ).fetchone() or (None,)
    states = " UNION ALL ".join(
        f"SELECT * FROM (SELECT received_at AS at FROM sessions WHERE state = '{state}' AND {theirs} "
        f"ORDER BY received_at DESC LIMIT 1) AS {state}"
        for state in (RUNNING, ROBOT, OVER)
    )
    (heard,) = connection.execute(f"SELECT max(at) FROM ({states}) AS states").fetchone() or (None,)
    # Of real visitors it is known already, once a second, whether one was heard.
    real = (
        connection.execute(f"SELECT 1 FROM sessions WHERE {_theirs(synthetic=False)} LIMIT 1").fetchone()
        if of
        else heard
    )
    timed = connection.execute(
        f"SELECT scored_at - received_at, scored_at - last_at FROM sessions WHERE state = ? AND {theirs} "
        "ORDER BY scored_n DESC LIMIT ?",
        [RUNNING, TIMED],
    ).fetchall()
    return Now(
        is_synthetic=of,
        n_others=running.get(not of, 0),
        n_before=n_before,
        visits=_visits(settings, order, theirs, n_before),
        steps={step: n for step, n, _, _ in counts},
        likely=sum(n for _, _, n, _ in open_counts),
        expected=sum(amount or 0.0 for _, _, _, amount in open_counts),
        currency=predictor.currency,
        per_second=float(events or 0) / AVERAGED,
        waiting=waiting(settings),
        is_connected=real is not None,
        heard_at=heard,
        delay=statistics.median(delay for delay, _ in timed) / _MICROS if timed else None,
        since_event=statistics.median(since for _, since in timed) / _MICROS if timed else None,
    )


def _theirs(*, synthetic: bool) -> str:
    """Return SQL of which sessions are the demo shop's, or are not."""
    return f"source {'' if synthetic else 'NOT '}IN (SELECT id FROM keys WHERE synthetic = 1)"


_looks: dict[tuple[str, str, bool | None, int], tuple[float, Now]] = {}
#: So many looks are remembered: old ones are of no use.
_MOST_LOOKS = 100
_looking = threading.Lock()


def shared_now(
    settings: Settings, order: str = "probability", *, synthetic: bool | None = None, page: int = 0
) -> Now:
    """Return what ``now`` does, looked up once in a while however many pages are open."""
    order = order if order in _ORDERS else "probability"
    key = (address(settings), order, synthetic, page)
    with _looking:
        at, found = _looks.get(key, (float("-inf"), None))
        if found is None or time.monotonic() - at > SHARED:
            if len(_looks) > _MOST_LOOKS:
                _looks.clear()
            found = now(settings, order, synthetic=synthetic, page=page)
            _looks[key] = (time.monotonic(), found)
        return found


def _visits(settings: Settings, order: str, theirs: str, n_before: int) -> tuple[Running, ...]:
    rows = reader(settings).execute(
        "SELECT session_id, step, n_events, last_at, probability, value, "
        "prediction ->> 'expected_revenue', prediction ->> 'cluster_name', keys.synthetic "
        f"FROM sessions JOIN keys ON keys.id = sessions.source WHERE state = ? AND {theirs} "
        f"ORDER BY {_ORDERS.get(order, _ORDERS['probability'])}, session_id LIMIT ? OFFSET ?",
        [RUNNING, SHOWN, n_before],
    )
    return tuple(
        Running(
            session_id=session_id, step=step, n_events=n, last_at=last, probability=probability, value=value,
            expected_revenue=None if expected is None else float(expected), cluster=cluster,
            synthetic=bool(synthetic),
        )
        for session_id, step, n, last, probability, value, expected, cluster, synthetic in rows
    )  # fmt: skip


def journey(settings: Settings, session_id: str) -> tuple[dict[str, Any], tuple[Moment, ...]]:
    """Return a session's score and its latest events, each with the probability after it.

    Events are there while the session goes on; of one that is over, only the score is.
    """
    score = session_score(settings, session_id)
    settings = shop_settings(settings)
    found = (
        reader(settings)
        .execute(
            "SELECT source, own, visitor_id, first_at, last_at FROM sessions "
            "WHERE session_id = ? AND state = ? ORDER BY received_at DESC LIMIT 1",
            [session_id, RUNNING],
        )
        .fetchone()
    )
    if found is None:
        return score, ()
    source, own, visitor, first, last = found
    names = ", ".join(f'"{name}"' for name in EVENT_COLUMNS)
    where, values = "session_id = ?", [session_id]
    if not own:
        where = 'session_id IS NULL AND visitor_id = ? AND "timestamp" BETWEEN ? AND ?'
        values = [visitor, first, last]
    events: list[Event] = (
        reader(settings)
        .execute(
            f'SELECT {names} FROM events WHERE source = ? AND {where} ORDER BY "timestamp", n',
            [source, *values],
        )
        .fetchall()
    )
    return score, _moments(settings, source, events)


def _moments(settings: Settings, source: str, events: list[Event]) -> tuple[Moment, ...]:
    """Ask the model after every event at once: each beginning of the visit is a session of its own."""
    bought = next((i for i, e in enumerate(events) if e[AT["event_type"]] == "purchase"), len(events))
    lengths = range(max(1, len(events) - FOLLOWED + 1), bought + 1)
    filled = read_filled(reader(settings), [source])[source]
    beginnings = {f"{length:06}": events[:length] for length in lengths}
    rows = session_rows(beginnings, filled, settings) if beginnings else None
    probabilities: dict[str, float | None] = {}
    if rows is not None and rows.num_rows:
        asked = rows.append_column(GOING_ON, pa.array([True] * rows.num_rows))
        answers = Predictor.load(settings=settings).predict(asked)["purchase_probability"].to_pylist()
        probabilities = dict(zip(rows["session_id"].to_pylist(), answers, strict=True))
    shown = list(enumerate(events, 1))[-FOLLOWED:]
    return tuple(
        Moment(
            at=int(str(event[AT["timestamp"]])),
            event_type=str(event[AT["event_type"]]),
            what=_what(event),
            probability=probabilities.get(f"{length:06}"),
        )
        for length, event in shown
    )


def _what(event: Event) -> str | None:
    """Return what an event was about, as far as it says."""
    named = [event[AT[name]] for name in ("product_id", "category", "order_id", "page")]
    return next((str(value) for value in named if value is not None), None)
