"""Who is in the shop now, how far they are, and how much comes in."""

from __future__ import annotations

import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from core.base.settings import Settings
from core.base.shop import shop_settings
from core.bundle.predictor import Predictor
from core.live.database import address, reader
from core.live.schema import MICROS
from core.live.scores import waiting
from core.live.scoring import OVER, ROBOT, RUNNING, STEPS
from core.live.visits import silent_since

Order = Literal["probability", "value", "cluster", "step", "latest"]
#: Visits on a page of their list, seconds events a second are averaged over.
SHOWN, AVERAGED = 12, 10
#: Latest scores the delay is the median of; seconds for which people who look at once see the same.
TIMED, SHARED = 100, 0.8
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

    ``is_synthetic`` says which, ``n_others`` how many visits of the other kind go on, ``n_late`` how many
    visits came late, of which nothing has happened for longer than a visit's silence: sent again, or by a
    tracker that had no line. None of them is counted. ``visits`` are those on one page of their list, after
    ``n_before`` others. ``steps`` count running visits by how far they are,
    ``likely`` those at or above the model's cut-off, ``expected`` is the revenue to expect of those that
    haven't bought, None where the model predicts no amounts.
    ``is_connected`` tells whether a real visitor's event ever came; ``heard_at`` is when the
    last event of those shown came, ``delay`` the seconds a score took from there,
    ``since_event`` from when it happened by the sender's clock: medians of the latest scores. ``per_second``
    are events of those shown, ``waiting`` is of all that comes in. ``is_made_up`` says that what is predicted
    of real visitors comes from a model trained on made-up visits.
    """

    is_synthetic: bool
    is_made_up: bool
    n_others: int
    n_late: int
    n_before: int
    visits: tuple[Running, ...]
    steps: Mapping[str, int]
    likely: int
    expected: float | None
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


def total_expected(amounts: Iterable[float | None]) -> float | None:
    """Return what is expected together; None where there are visits, and of none of them it is known."""
    told = list(amounts)
    known = [amount for amount in told if amount is not None]
    return sum(known) if known or not told else None


def now(
    settings: Settings, order: str = "probability", *, synthetic: bool | None = None, page: int = 0
) -> Now:
    """Return what goes on now, the visits in an order: a page of them, or the last one there is.

    Real visitors and those of the demo shop are counted apart: the ones that are asked for, else real ones if
    there are any.
    """
    connection, predictor = reader(settings), Predictor.load(settings=settings)
    since = silent_since(shop_settings(settings).session_gap_minutes, time.time_ns() // 1000)
    counted = connection.execute(
        "SELECT keys.synthetic, late, step, sum(n), sum(likely), sum(expected) FROM "
        "(SELECT source, last_at < ? AS late, step, count(*) AS n, "
        "count(*) FILTER (WHERE probability >= ?) AS likely, "
        "sum(CAST(prediction ->> 'expected_revenue' AS DOUBLE PRECISION)) AS expected "
        "FROM sessions WHERE state = ? GROUP BY 1, 2, 3) AS counted "
        "JOIN keys ON keys.id = source GROUP BY 1, 2, 3",
        [since, 1.1 if predictor.threshold is None else predictor.threshold, RUNNING],
    ).fetchall()
    running, late = Counter[bool](), Counter[bool]()
    for kind, is_late, _, n, *_ in counted:
        (late if is_late else running)[bool(kind)] += int(n)
    of = running[True] > 0 and not running[False] + late[False] if synthetic is None else synthetic
    theirs = _theirs(synthetic=of)
    n_before = SHOWN * max(0, min(page, (running[of] - 1) // SHOWN))
    counts = [row[2:] for row in counted if (bool(row[0]), bool(row[1])) == (of, False)]
    open_counts = [row for row in counts if row[0] != STEPS[0]]
    second = time.time_ns() // 1_000_000_000
    (events,) = connection.execute(
        f"SELECT sum(events) FROM pulses WHERE second BETWEEN ? AND ? AND {theirs}",
        [second - AVERAGED, second - 1],
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
        is_made_up=predictor.is_synthetic and not of,
        n_others=running[not of],
        n_late=late[of],
        n_before=n_before,
        visits=_visits(settings, order, theirs, since, n_before),
        steps={step: int(n) for step, n, _, _ in counts},
        likely=sum(int(n) for _, _, n, _ in open_counts),
        expected=total_expected(amount for *_, amount in open_counts),
        currency=predictor.currency,
        per_second=float(events or 0) / AVERAGED,
        waiting=waiting(settings),
        is_connected=real is not None,
        heard_at=heard,
        delay=statistics.median(delay for delay, _ in timed) / MICROS if timed else None,
        since_event=statistics.median(since for _, since in timed) / MICROS if timed else None,
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


def _visits(settings: Settings, order: str, theirs: str, since: int, n_before: int) -> tuple[Running, ...]:
    rows = reader(settings).execute(
        "SELECT session_id, step, n_events, last_at, probability, value, "
        "prediction ->> 'expected_revenue', prediction ->> 'cluster_name', keys.synthetic "
        f"FROM sessions JOIN keys ON keys.id = sessions.source WHERE state = ? AND last_at >= ? "
        f"AND {theirs} ORDER BY {_ORDERS.get(order, _ORDERS['probability'])}, session_id LIMIT ? OFFSET ?",
        [RUNNING, since, SHOWN, n_before],
    )
    return tuple(
        Running(
            session_id=session_id, step=step, n_events=n, last_at=last, probability=probability, value=value,
            expected_revenue=None if expected is None else float(expected), cluster=cluster,
            synthetic=bool(synthetic),
        )
        for session_id, step, n, last, probability, value, expected, cluster, synthetic in rows
    )  # fmt: skip
