"""What a source has told so far: columns that were ever filled, kinds of events, and its main currency.

A file is read to its end before anything is said of it; of a stream that is what came until now.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field

from core.base.settings import Settings
from core.ingest.base.model import Mapping, conversion, main_currency
from core.live.connection import Connection
from core.live.records.columns import told_types
from core.live.schema import EVENT_COLUMNS
from core.schema.events import EventType, Told

Event = tuple[object, ...]
#: Where each column of a canonical event stands in its tuple.
AT = {name: place for place, name in enumerate(EVENT_COLUMNS)}
_TIMESTAMP = AT["timestamp"]


def moment_of(event: Event) -> int:
    """Return when an event happened, in microseconds since 1970."""
    at = event[_TIMESTAMP]
    return at if isinstance(at, int) else int(str(at))


def number_of(event: Event, name: str) -> float | None:
    """Return a number of an event; None where it has none."""
    value = event[AT[name]]
    return None if value is None else float(str(value))


@dataclass(frozen=True, slots=True)
class Amounts:
    """The currency of sessions' amounts, that of most orders, and what one of others is worth in it.

    Where they ``are_mixed``, an amount without a currency is unknown, as in files.
    """

    currency: str | None = None
    rates: MappingABC[str, float] = field(default_factory=dict)
    are_mixed: bool = False


@dataclass(slots=True)
class Filled:
    """What one source has told."""

    columns: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    #: How many events, and how many purchases, name each currency.
    currencies: Counter[str] = field(default_factory=Counter)
    #: How many amounts are in each.
    amounts: Counter[str] = field(default_factory=Counter)
    orders: Counter[str] = field(default_factory=Counter)
    has_bought: bool = False

    def add(self, key: str, events: Sequence[Event]) -> None:
        """Learn from further events of a format."""
        self.types |= told_types(key)
        for name, column in zip(EVENT_COLUMNS, zip(*events, strict=True), strict=True):
            if name not in self.columns and column.count(None) < len(column):
                self.columns.add(name)
        self.add_currencies(events)
        self.has_bought |= any(event[AT["event_type"]] == EventType.PURCHASE for event in events)

    def add_currencies(self, events: Iterable[Event]) -> None:
        """Count the currencies that events name."""
        named = [(str(e[AT["currency"]]), e) for e in events if e[AT["currency"]] is not None]
        self.currencies.update(code for code, _ in named)
        self.amounts.update(
            code for code, e in named if e[AT["price"]] is not None or e[AT["revenue"]] is not None
        )
        self.orders.update(code for code, e in named if e[AT["event_type"]] == EventType.PURCHASE)

    def money(self, settings: Settings) -> Amounts:
        """Return what amounts of sessions mean."""
        every = sorted(
            self.currencies,
            key=lambda code: (-self.orders[code], -self.amounts[code], -self.currencies[code], code),
        )
        codes = [code for code in every if self.amounts[code]] or every[:1]
        if not codes:
            return Amounts()
        wanted, rates = conversion(Mapping(kind="events"), currency=settings.currency, rates=settings.rates)
        return Amounts(main_currency(codes, wanted, rates), rates, are_mixed=len(codes) > 1)

    @property
    def told(self) -> Told:
        """What session rows may say; every session is named, by its source's id or by ours."""
        types = self.types if self.has_bought else self.types - {EventType.PURCHASE.value}
        return Told(
            columns=frozenset(self.columns | {"session_id", "event_type"}), event_types=frozenset(types)
        )


def read_filled(connection: Connection, sources: Iterable[str]) -> dict[str, Filled]:
    """Return what sources have told."""
    found: dict[str, Filled] = {}
    for source in sources:
        row = connection.execute("SELECT told FROM filled WHERE source = ?", [source]).fetchone()
        told = json.loads(row[0]) if row else {}
        found[source] = Filled(
            columns=set(told.get("columns", ())),
            types=set(told.get("types", ())),
            currencies=Counter(told.get("currencies", {})),
            amounts=Counter(told.get("amounts", told.get("currencies", {}))),
            orders=Counter(told.get("orders", {})),
            has_bought=bool(told.get("has_bought")),
        )
    return found


def write_filled(connection: Connection, filled: dict[str, Filled]) -> None:
    """Keep what sources have told."""
    connection.executemany(
        "INSERT INTO filled VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET told = excluded.told",
        [
            (
                source,
                json.dumps(
                    {
                        "columns": sorted(each.columns),
                        "types": sorted(each.types),
                        "currencies": each.currencies,
                        "amounts": each.amounts,
                        "orders": each.orders,
                        "has_bought": each.has_bought,
                    }
                ),
            )
            for source, each in filled.items()
        ],
    )
