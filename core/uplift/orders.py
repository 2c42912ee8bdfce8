"""Orders as outcomes: each once, those that came to nothing or came before left out, currencies apart.

A row of a shop's orders is a line, a repetition, a cancelled order or one of months ago as often as a sale.
What an order paid is settled by the same rules as an export's events (``core.ingest.settling``); what a
campaign's outcomes need besides is settled here: an order counts if it was placed after its audience was
chosen, and amounts of several currencies are never one sum.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from core.base.errors import UpliftError
from core.base.memory_database import scratch_database
from core.base.settings import get_settings
from core.base.shop import written_time
from core.base.written import agree, counted, decimals
from core.ingest.base import model
from core.ingest.cells import moments
from core.ingest.cells.sniff import (
    currency_code,
    currency_sign,
    is_in_doubt,
    order_status,
    time_style,
    unit_of,
)
from core.ingest.cells.synonyms import REFUND_WORDS, YES
from core.ingest.columns.currencies import heading_currency
from core.ingest.settle import FACTS
from core.ingest.settling import log, orders
from core.schema.countries import plain
from core.schema.events import EVENT_SCHEMA, EventType, Told
from core.uplift.order_columns import is_purchase
from core.uplift.outcome_table import Sheet

#: How the statuses of orders that are no outcome are told of.
_NO_SALE = {"cancelled": "cancelled, failed or not paid yet", "refunded": "fully refunded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What each row of a table comes to: ``bought`` and ``revenue``, in ``currency`` where that is known.

    ``warnings`` may change what is read off the outcomes, ``notes`` only say how they were read.
    """

    bought: list[bool]
    revenue: list[float]
    currency: str | None
    warnings: list[str]
    notes: list[str]


def settle(
    sheet: Sheet,
    columns: Mapping[str, str],
    *,
    owners: Sequence[str],
    bought: Sequence[bool] | None,
    since: datetime | None,
    currency: str | None,
) -> Settled:
    """Settle what rows of orders come to.

    Parameters
    ----------
    columns
        Of ``order_columns``, and ``revenue`` if there is one.
    owners
        Whose each row is.
    bought
        Whether each row is of a purchase, by a column that says so; None without one.
    since
        Orders up to then are no outcome (UTC).
    currency
        The one revenue is told in, if any order is.

    Raises
    ------
    UpliftError
        If all orders are of before, or a cell can't be understood.
    """
    return _Settling(sheet, columns, owners, currency).run(bought, since)


class _Settling:
    def __init__(
        self, sheet: Sheet, columns: Mapping[str, str], owners: Sequence[str], currency: str | None
    ) -> None:
        self.sheet, self.columns, self.owners, self.currency = sheet, columns, owners, currency
        self.warnings: list[str] = []
        self.notes: list[str] = []
        self.n = len(sheet.rows)
        self.orders = self._orders()
        self.counts = [True] * self.n
        #: When each row says it was, in UTC.
        self.seen: list[datetime | None] = [None] * self.n

    def run(self, bought: Sequence[bool] | None, since: datetime | None) -> Settled:
        sales = list(bought) if bought is not None else [True] * self.n
        if "event_type" in self.columns:
            events = self._cells("event_type")
            sales = [sale and is_purchase(event) for sale, event in zip(sales, events, strict=True)]
            self._warn_of_refunds(events)
        moments = self._moments()
        self._leave_out_earlier(moments, since)
        self._leave_out_unpaid()
        codes = self._currencies()
        revenue, is_sale = self._settled(sales, moments)
        self._keep_apart(codes, revenue, is_sale)
        if (
            bought is None
            and not self.columns.keys() & {"order_id", "event_type"}
            and "revenue" in self.columns
        ):
            # Without a word on orders, only what was paid tells that there was one.
            is_sale = [sale and paid > 0 for sale, paid in zip(is_sale, revenue, strict=True)]
        same = [code in (None, self.currency) for code in codes]
        return Settled(
            bought=is_sale,
            revenue=[paid if own else 0.0 for paid, own in zip(revenue, same, strict=True)],
            currency=self.currency,
            warnings=self.warnings,
            notes=self.notes,
        )

    def _orders(self) -> list[str]:
        """Return which order each row is of: by its number, else lines of one person and moment are one."""
        told = self._cells("order_id")
        if "order_id" not in self.columns and "product_id" in self.columns:
            # A day alone doesn't do: somebody may order twice in one.
            times = self._cells("timestamp")
            told = [
                f"{owner}@{time}" if owner and ":" in time else ""
                for owner, time in zip(self.owners, times, strict=True)
            ]
        return [cell or f"row {place}" for place, cell in enumerate(told)]

    def _cells(self, role: str) -> list[str]:
        if role not in self.columns:
            return [""] * self.n
        return [cell.strip() for cell in self.sheet.column(self.columns[role])]

    def _amounts(self, role: str) -> list[float | None]:
        """Return a column of numbers; amounts in whole units of their currency."""
        if role not in self.columns:
            return [None] * self.n
        name, cells = self.columns[role], self._cells(role)
        told, per_unit = [cell for cell in cells if cell], 1
        if role != "quantity":
            per_unit = self._per_unit(name, told)
        found = self.sheet.numbers(name)
        return [amount / per_unit if cell else None for amount, cell in zip(found, cells, strict=True)]

    def _per_unit(self, name: str, cells: list[str]) -> int:
        """Return how many of what a column counts make one unit; say where its numbers leave a doubt."""
        per_unit, by_heading = unit_of(name, cells, self.currency)
        if per_unit > 1:
            said = f"“{name}” is read as {'hundredths' if per_unit == 100 else 'millionths'} of a unit."
            (self.notes if by_heading else self.warnings).append(said)
        elif is_in_doubt(cells):
            self.warnings.append(
                f"Amounts in “{name}”, such as “{cells[0]}”, could be thousands or decimals."
            )
        return per_unit

    def _warn_of_refunds(self, events: Sequence[str]) -> None:
        n = sum(plain(event) in REFUND_WORDS for event in events)
        if n:
            self.warnings.append(f"{counted(n, 'refund')} in the file: revenue is before refunds.")

    def _moments(self) -> list[datetime | None]:
        """Return when each row's order was placed: its first moment, in UTC."""
        cells = [cell or None for cell in self._cells("timestamp")]
        told = [cell for cell in cells if cell]
        if not told:
            return [None] * self.n
        style = time_style(told)
        read = moments.moment("cell", style.way, day_first=style.day_first is not False, unit=None)
        with scratch_database() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.register("cells", pa.table({"cell": pa.array(cells, pa.string())}))
            found = [moment for (moment,) in connection.execute(f"SELECT {read} FROM cells").fetchall()]
        if style.date_only:
            # Its hour is not known: what may have been after counts.
            found = [moment and moment.replace(hour=23, minute=59, second=59) for moment in found]
        if style.day_first is None:
            self.warnings.append(f"Dates such as “{told[0]}” are read as day, then month.")
        unread = sum(moment is None for moment, cell in zip(found, cells, strict=True) if cell)
        if unread:
            self.warnings.append(f"{_rows(unread)} a date that can't be read; they count as outcomes.")
        late = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=2)
        if n := sum(moment is not None and moment > late for moment in found):
            self.warnings.append(f"{_rows(n)} a date in the future: check the file.")
        self.seen = found
        first: dict[str, datetime] = {}
        for order, moment in zip(self.orders, found, strict=True):
            if moment is not None:
                first[order] = min(moment, first.get(order, moment))
        return [first.get(order) for order in self.orders]

    def _leave_out_earlier(self, moments: Sequence[datetime | None], since: datetime | None) -> None:
        if since is None:
            return
        earlier = {o for o, moment in zip(self.orders, moments, strict=True) if moment and moment <= since}
        if not earlier:
            return
        self._leave_out(earlier)
        if not any(self.counts):
            raise UpliftError(
                f"All orders were placed before the audience was made ({written_time(since)}).",
                where=self.sheet.filename,
                remedy="Export orders from after the campaign.",
            )
        self.warnings.append(
            f"{_are(len(earlier))} left out: placed up to {written_time(since)}, before the audience "
            "was made."
        )

    def _leave_out_unpaid(self) -> None:
        """Leave out orders that came to nothing, by the latest status each has."""
        status: dict[str, str] = {}
        unknown: Counter[str] = Counter()
        cells = self._cells("order_status")
        for place in sorted(range(self.n), key=lambda place: (self.seen[place] or datetime.min, place)):
            order, cell = self.orders[place], cells[place]
            if meaning := order_status(cell):
                status[order] = meaning
            elif cell:
                unknown[cell] += 1
        for meaning in _NO_SALE:
            told = zip(self.orders, self._cells(f"is_{meaning}"), strict=True)
            status |= {order: meaning for order, cell in told if cell.lower() in YES}
        status |= {
            o: "cancelled" for o, cell in zip(self.orders, self._cells("cancelled_at"), strict=True) if cell
        }
        counted = {order for order, counts in zip(self.orders, self.counts, strict=True) if counts}
        for meaning, words in _NO_SALE.items():
            unpaid = {order for order, told in status.items() if told == meaning} & counted
            if unpaid:
                self._leave_out(unpaid)
                self.warnings.append(f"{_are(len(unpaid))} left out: {words}.")
        if unknown:
            named = ", ".join(f"“{word[:40]}”" for word in list(unknown)[:4])
            self.warnings.append(f"{_rows(unknown.total())} an unknown status ({named}); they count as paid.")

    def _leave_out(self, gone: set[str]) -> None:
        self.counts = [
            counts and order not in gone for counts, order in zip(self.counts, self.orders, strict=True)
        ]

    def _currencies(self) -> list[str | None]:
        """Return the currency of each row: its order's, its amount's sign, what the heading names."""
        amount = self.columns.get("revenue") or self.columns.get("price")
        usual = heading_currency(amount) if amount else None
        signs = self.sheet.column(amount) if amount else [""] * self.n
        cells = self._cells("currency")
        # A code nobody knows is a currency all the same: it is not added to another one.
        known = {cell: currency_code(cell) or cell.upper() for cell in set(cells) if cell}
        found: dict[str, str] = {}
        for order, cell, money in zip(self.orders, cells, signs, strict=True):
            code = known.get(cell) or currency_sign([money])
            if code:
                found.setdefault(order, code)
        codes = [found.get(order, usual) for order in self.orders]
        told = Counter(code for code, counts in zip(codes, self.counts, strict=True) if code and counts)
        if told and self.currency not in told:
            self.currency = min(told, key=lambda code: (-told[code], code))
        return codes

    def _settled(
        self, sales: Sequence[bool], moments: Sequence[datetime | None]
    ) -> tuple[list[float], list[bool]]:
        """Return what each row adds to revenue and whether it is of a purchase, its order counted once."""
        amounts, back = self._amounts("revenue"), self._amounts("refunded")
        kinds = [
            EventType.PURCHASE if sale and counts else EventType.OTHER
            for sale, counts in zip(sales, self.counts, strict=True)
        ]
        table = {
            "visitor_id": self.owners,
            "timestamp": moments,
            "event_type": kinds,
            "product_id": [cell or None for cell in self._cells("product_id")],
            "price": self._amounts("price"),
            "quantity": self._amounts("quantity"),
            "revenue": amounts,
            "order_id": self.orders,
        }
        rows: list[tuple[int, bool, float | None]]
        with tempfile.TemporaryDirectory() as folder, scratch_database() as connection:
            settling = _log(connection, Path(folder) / "orders.parquet", table, self.n)
            orders.settle(settling)
            goods = f"CASE WHEN event_type = '{EventType.PURCHASE}' THEN price * coalesce(quantity, 1) END"
            rows = connection.execute(
                f"SELECT place, event_type = '{EventType.PURCHASE}', coalesce(revenue, {goods}) "
                f"FROM {settling.live}"
            ).fetchall()
        self.notes += [made.text for made in settling.assumptions]
        revenue, is_sale = [0.0] * self.n, [False] * self.n
        sold = {self.orders[place] for place, sale, _ in rows if sale}
        for place, sale, paid in rows:
            # What is given back lowers its own order; of any other it says nothing of the campaign.
            if self.counts[place] and (sale or (sales[place] and self.orders[place] in sold)):
                revenue[place], is_sale[place] = paid or 0.0, sale
        self._take_off(back, revenue)
        return revenue, is_sale

    def _take_off(self, back: Sequence[float | None], revenue: list[float]) -> None:
        """Lower orders by what a column says was paid back of them, once each."""
        refunded: dict[str, float] = {}
        for order, amount, counts in zip(self.orders, back, self.counts, strict=True):
            if amount and counts:
                refunded.setdefault(order, abs(amount))
        if refunded:
            self.notes.append("Refunds lower the revenue of their orders.")
        for place, order in enumerate(self.orders):
            if revenue[place] > 0 and order in refunded:
                revenue[place] -= refunded.pop(order)

    def _keep_apart(
        self, codes: Sequence[str | None], revenue: Sequence[float], is_sale: Sequence[bool]
    ) -> None:
        """Say what was paid in other currencies: those orders count, and their amounts aren't added."""
        paid: defaultdict[str, float] = defaultdict(float)
        bought: defaultdict[str, set[str]] = defaultdict(set)
        for order, code, amount, sale in zip(self.orders, codes, revenue, is_sale, strict=True):
            if code not in (None, self.currency) and sale:
                paid[str(code)] += amount
                bought[str(code)].add(order)
        for code, amount in sorted(paid.items()):
            n = counted(len(bought[code]), "order")
            self.warnings.append(
                f"Revenue is in {self.currency}: {n} in {code} ({decimals(amount, 2)} {code}) "
                "count as purchases without an amount."
            )
        if paid and None in codes:
            self.warnings.append(f"Orders without a currency are taken to be in {self.currency}.")


def _log(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: Mapping[str, Sequence[object]], n: int
) -> log.Log:
    """Return rows as the log of an export's events that the rules of reading settle."""
    arrays = [pa.array(columns.get(field.name, [None] * n), field.type) for field in EVENT_SCHEMA]
    pq.write_table(pa.Table.from_arrays(arrays, schema=EVENT_SCHEMA), path)
    report = model.IngestReport(
        format=None,
        title="Orders",
        kind="events",
        rows_read=n,
        rows_kept=n,
        rejected={},
        told=Told.everything(),
    )
    return log.Log(connection, path, report, model.Mapping(kind="events"), get_settings(), FACTS)


def _are(n: int) -> str:
    return f"{counted(n, 'order')} {agree(n, 'is', 'are')}"


def _rows(n: int) -> str:
    return f"{counted(n, 'row')} {agree(n, 'has', 'have')}"
