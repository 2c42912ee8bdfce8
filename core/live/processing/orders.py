"""Orders that come twice: from the shop's page and from its server, or as the page is opened again later.

Within a visit the rules for whole exports see to it (``core.live.scoring``). Between visits an order counts
where it came first; a number that another visitor has hours apart or for another amount is another order, as
in ``core.ingest.settling.order_numbers``. So is that of a visitor who was in the shop before it: a server
sends the order alone. What is remembered of an order names nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from core.live.connection import Connection
from core.live.schema import MICROS
from core.live.stored import Arrived
from core.live.told import AT, Event, moment_of, number_of
from core.schema.events import EventType

#: So far apart, another visitor's is another order; amounts that differ by less are one.
NEAR, CENT = 6 * 3_600 * MICROS, 0.005
_COLUMNS = "source, number, owner, amount, at, received_at"


class _Order(NamedTuple):
    """An order as it came first: whose it is, for how much, when it was and when it came."""

    source: str
    number: bytes
    owner: bytes
    amount: float | None
    at: int
    received_at: int


class Orders:
    """The orders of a batch, beside those that came before."""

    def __init__(self, connection: Connection, gap_minutes: float) -> None:
        self._connection, self._gap = connection, round(gap_minutes * 60 * MICROS)
        self._new: dict[tuple[str, bytes], _Order] = {}
        #: When those of the batch did something first that is no purchase, by source and id.
        self._there: dict[tuple[str, object], int] = {}

    def first(self, arrived: Sequence[Arrived]) -> list[Arrived]:
        """Return events without purchases of orders that have come before, in another visit."""
        for source, _, event in arrived:
            if event[AT["event_type"]] != EventType.PURCHASE:
                who, at = (source, _owner(event)), moment_of(event)
                self._there[who] = min(at, self._there.get(who, at))
        return [each for each in arrived if not self._came_before(*each)]

    def keep(self, connection: Connection) -> None:
        """Remember those that are new, within a transaction."""
        connection.executemany(
            f"INSERT INTO orders ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            self._new.values(),
        )

    def _came_before(self, source: str, received_at: int, event: Event) -> bool:
        if event[AT["event_type"]] != EventType.PURCHASE or event[AT["order_id"]] is None:
            return False
        amount = _amount(event)
        if (amount or 0) < 0 or (number_of(event, "quantity") or 0) < 0:
            return False  # Money given back.
        number, owner = _digest(event[AT["order_id"]]), _digest(_owner(event))
        came = _Order(source, number, owner, amount, moment_of(event), received_at)
        known = self._known(came)
        if known is None:
            self._new[came.source, came.number] = came
            return False
        apart = abs(came.at - known.at)
        if came.owner == known.owner:
            return apart > self._gap or (_is_same(came.amount, known.amount) and self._is_over(known, event))
        is_near = apart <= NEAR and _is_same(came.amount, known.amount)
        return is_near and not self._was_there(came, event)

    def _was_there(self, came: _Order, event: Event) -> bool:
        """Whether whoever ordered was in the shop before it."""
        if self._there.get((came.source, _owner(event)), came.at) < came.at:
            return True
        there = (
            f"SELECT 1 FROM events WHERE source = ? AND {_name(event)} = ? AND event_type <> ? "
            "AND timestamp < ? LIMIT 1"
        )
        values = [came.source, _owner(event), EventType.PURCHASE.value, came.at]
        return self._connection.execute(there, values).fetchone() is not None

    def _is_over(self, known: _Order, event: Event) -> bool:
        """Whether the visit of an order is over: none of its purchases is there to be compared with."""
        if (known.source, known.number) in self._new:
            return False
        there = f"SELECT 1 FROM events WHERE source = ? AND {_name(event)} = ? AND order_id = ?"
        values = [known.source, _owner(event), event[AT["order_id"]]]
        return self._connection.execute(there, values).fetchone() is None

    def _known(self, came: _Order) -> _Order | None:
        if found := self._new.get((came.source, came.number)):
            return found
        row = self._connection.execute(
            f"SELECT {_COLUMNS} FROM orders WHERE source = ? AND number = ?", [came.source, came.number]
        ).fetchone()
        return None if row is None else _Order(row[0], bytes(row[1]), bytes(row[2]), *row[3:])


def _name(event: Event) -> str:
    return "visitor_id" if event[AT["visitor_id"]] else "session_id"


def _owner(event: Event) -> object:
    return event[AT[_name(event)]]


def _is_same(one: float | None, other: float | None) -> bool:
    return one == other if one is None or other is None else abs(one - other) < CENT


def _amount(event: Event) -> float | None:
    revenue, price = number_of(event, "revenue"), number_of(event, "price")
    if revenue is not None or price is None:
        return revenue
    return price * (number_of(event, "quantity") or 1)


def _digest(text: object) -> bytes:
    return hashlib.blake2b(str(text).encode(errors="surrogatepass"), digest_size=12).digest()
