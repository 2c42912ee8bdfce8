"""What rules may ask of a visit that goes on, and where it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Self

from core.live.connection import Connection
from core.live.scoring import RUNNING, Score
from core.live.told import AT
from core.schema.events import EventType

_COLUMNS = "source, session_id, visitor_id, first_at, last_at, n_events, step, row, prediction, model, own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A visit as it stands: times are microseconds since 1970, probabilities of 1, amounts in ``currency``.

    ``visitor`` is the visitor's id, or the session's where its source names none. ``cart_at`` is the time of
    the last cart add, None without one.
    """

    source: str
    session_id: str
    visitor: str
    first_at: int
    last_at: int
    cart_at: int | None
    step: str
    n_events: int
    probability: float | None
    expected_revenue: float | None
    cart_value: float | None
    cluster: str | None
    country_group: str | None
    is_returning: bool | None
    model: str
    currency: str | None = None

    def written(self) -> str:
        """Return them as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what ``written`` wrote."""
        return cls(**json.loads(text))


def facts_of(score: Score, currency: str | None = None) -> Facts:
    """Return what a score says; of a robot there is none to ask for."""
    visit, (first, last) = score.visit, score.visit.moments
    carts = (
        int(str(event[AT["timestamp"]]))
        for event in visit.events
        if event[AT["event_type"]] == EventType.CART_ADD
    )
    return _facts(
        score.row, score.prediction, source=visit.source, session_id=visit.session_id,
        visitor=visit.visitor_id or visit.session_id, first_at=first, last_at=last,
        cart_at=max(carts, default=None), step=score.step, n_events=len(visit.events), model=score.model,
        currency=currency,
    )  # fmt: skip


def running_visit(connection: Connection, source: str, visitors: Iterable[str]) -> Facts | None:
    """Return what is stored of the visit of a visitor that goes on, by any of the ids; None without one."""
    ids = list(visitors)
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM sessions WHERE source = ? AND visitor_id IN ({', '.join('?' * len(ids))}) "
        "AND state = ? ORDER BY last_at DESC LIMIT 1",
        [source, *ids, RUNNING],
    ).fetchone()
    if found is None:
        return None
    row = dict(zip(_COLUMNS.split(", "), found, strict=True))
    where, values = "session_id = ?", [row["session_id"]]
    if not row["own"]:
        where = 'session_id IS NULL AND visitor_id = ? AND "timestamp" BETWEEN ? AND ?'
        values = [row["visitor_id"], row["first_at"], row["last_at"]]
    ((cart_at,),) = connection.execute(
        f'SELECT max("timestamp") FROM events WHERE source = ? AND {where} AND event_type = ?',
        [source, *values, str(EventType.CART_ADD)],
    ).fetchall()
    return _facts(
        json.loads(row["row"]), json.loads(row["prediction"]), source=source, session_id=row["session_id"],
        visitor=row["visitor_id"], first_at=row["first_at"], last_at=row["last_at"], cart_at=cart_at,
        step=row["step"], n_events=row["n_events"], model=row["model"],
    )  # fmt: skip


def _facts(row: dict[str, Any], prediction: dict[str, Any], **known: Any) -> Facts:  # noqa: ANN401
    return Facts(
        probability=prediction.get("purchase_probability"),
        expected_revenue=prediction.get("expected_revenue"),
        cluster=prediction.get("cluster_name"),
        cart_value=row.get("cart_value"),
        country_group=row.get("country_group"),
        is_returning=row.get("is_returning"),
        **known,
    )
