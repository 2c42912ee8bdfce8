"""Three visits that every export of this folder holds: one person buys, another comes twice and doesn't."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from core.ingest import SourceFile, inspect_files
from tests.core.ingest.made import Made, make

BEGAN = datetime(2026, 3, 2, 10, tzinfo=UTC)


class Product(NamedTuple):
    id: str
    category: str
    price: float
    quantity: int


class Event(NamedTuple):
    visitor: str
    session: int
    second: int
    kind: str
    product: Product | None = None

    @property
    def iso(self) -> str:
        return (BEGAN + timedelta(seconds=self.second)).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def plain(self) -> str:
        return self.iso.replace("T", " ").removesuffix("Z")

    @property
    def epoch(self) -> int:
        return int(BEGAN.timestamp()) + self.second

    @property
    def session_epoch(self) -> int:
        return int(BEGAN.timestamp()) + {1: 0, 2: 100, 3: 7300}[self.session]

    def filled(self, **columns: Any) -> dict[str, Any]:
        """The columns by what they hold, empty where this event has none of it."""
        product, bought = self.product, self.kind == "purchase"
        own = {
            "product": product.id if product else "",
            "category": product.category if product else "",
            "price": product.price if product else "",
            "quantity": product.quantity if product else "",
            "order": "T1" if bought else "",
            "revenue": PAID if bought else "",
            "currency": "EUR" if bought else "",
        }
        return {name: own[what] for name, what in columns.items()}


CAP, SOCK = Product("A1", "Hats", 20.0, 2), Product("B2", "Socks", 5.5, 1)
#: What was paid for two caps, less a voucher: no other numbers of the visits come to it.
PAID = 37.5
EVENTS = (
    Event("u1", 1, 0, "page"), Event("u1", 1, 10, "list"), Event("u1", 1, 20, "view", CAP),
    Event("u1", 1, 30, "add", CAP), Event("u1", 1, 40, "checkout"), Event("u1", 1, 60, "purchase", CAP),
    Event("u2", 2, 100, "page"), Event("u2", 2, 110, "view", SOCK), Event("u2", 3, 7300, "view", SOCK),
    Event("u2", 3, 7320, "add", SOCK),
)  # fmt: skip
#: Words of the e-commerce specification that Segment, PostHog, Amplitude and others share.
SPEC = {
    "page": "Page", "list": "Product List Viewed", "view": "Product Viewed", "add": "Product Added",
    "checkout": "Checkout Started", "purchase": "Order Completed",
}  # fmt: skip


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def table(rows: list[dict[str, Any]], separator: str = ",") -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, delimiter=separator)
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {name: json.dumps(cell) if isinstance(cell, dict | list) else cell for name, cell in row.items()}
        )
    return out.getvalue()


def write(folder: Path, files: dict[str, str | bytes]) -> list[Path]:
    paths = []
    for name, data in files.items():
        paths.append(folder / name)
        paths[-1].write_bytes(data if isinstance(data, bytes) else data.encode())
    return paths


def read(folder: Path, files: dict[str, str | bytes]) -> tuple[str | None, Made]:
    """Read files as one export, which must need no mapping; return the format and what came of it."""
    paths = write(folder, files)
    found = inspect_files([SourceFile(path, path.name) for path in paths])
    assert not found.needs_mapping, found.reasons
    return found.format, make(folder, *paths)


def check(
    made: Made, *, sessions: int = 3, visitors: int | None = 2, buyers: int = 1, revenue: float = PAID,
    currency: str | None = "EUR", cart_adds: int | None = 2,
) -> None:  # fmt: skip
    """Compare what the three visits come to."""
    assert (len(made.sessions), made.buyers, made.revenue) == (sessions, buyers, revenue)
    assert made.report.currency == currency
    if visitors is not None:
        assert made.visitors == visitors
    if cart_adds is not None:
        assert made.total("cart_adds") == cart_adds
