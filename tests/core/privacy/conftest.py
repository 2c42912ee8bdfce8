"""A shop in which one person is everywhere: two exports, their results, live sessions, an audience."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.audiences import Definition, repository
from core.base.settings import get_settings
from core.live import closing
from core.scoring.pipeline import run_steps
from core.storage import Audience, Dataset, Result, get_store
from tests.core.live.conftest import Shop, live_database, shop, shop_at  # noqa: F401 - fixtures
from tests.shared import copy_of

#: One person: by an account, a browser, and a second browser that is known from the live sessions.
EMAIL, BROWSER, PHONE_BROWSER = "Mara.Lind@shop.example", "browser-of-mara-0001", "phone-of-mara-0002"
PEOPLE = 40


@dataclass
class Everywhere:
    """What is in the data folder."""

    live: Shop
    events: Dataset
    rows: Dataset
    results: list[Result]
    audience: Audience

    @property
    def folder(self) -> Path:
        """Where all of it lies."""
        return self.live.settings.data_dir


def visits() -> Iterator[list[str]]:
    """Events of many people, the person among them, once with the address in that of a page."""
    begin = datetime(2026, 3, 1, 9, tzinfo=UTC)
    for number in range(PEOPLE):
        who = [f"browser-{number:04d}-of-others", f"person{number}@other.example"]
        if number == 7:
            who = [BROWSER, EMAIL]
        for at, kind in enumerate(("page_view", "product_view", "cart_add", "purchase")):
            if kind == "purchase" and number % 4:
                continue
            page = f"/thanks?mail={EMAIL.lower().replace('@', '%40')}" if number == 7 and at == 0 else "/"
            moment = (begin + timedelta(hours=number, seconds=40 * at)).isoformat()
            item = ["P1", "Shoes", "20.00"] if at else ["", "", ""]
            yield [moment, *who, kind, *item, "40.00" if kind == "purchase" else "", page]


def write_exports(folder: Path) -> tuple[Path, Path]:
    """Write both exports."""
    events, rows = folder / "events.csv.gz", folder / "visits.csv"
    names = ["timestamp", "visitor_id", "user_id", "event_type", "product_id", "category", "price", "revenue"]
    with gzip.open(events, "wt", newline="") as file:
        csv.writer(file).writerows([[*names, "page"], *visits()])
    with rows.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Session ID", "Clicks", "Cart adds", "Purchased", "E-mail", "Postcode"])
        for number in range(PEOPLE):
            email = EMAIL.upper() if number == 3 else f"person{number}@other.example"
            writer.writerow([f"row-{number}", number % 9 + 1, number % 3, "yes" if number % 5 == 0 else "no",
                             email, "01067"])  # fmt: skip
    return events, rows


def live_visit(visitor: str, hours: float, **more: Any) -> list[dict[str, Any]]:
    """Events that are sent live."""
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours)
    item = {"product_id": "A", "category": "Shoes", "price": 20.0, "currency": "EUR"}
    return [
        {"visitor_id": visitor, "timestamp": (begin + timedelta(seconds=s)).isoformat(), "event_type": kind,
         **(item if s else {}), **more}
        for s, kind in ((0, "page_view"), (31, "product_view"), (95, "cart_add"))
    ]  # fmt: skip


def _scored(folder: Path) -> None:
    """Put both exports and their results into a data folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREDICTOR_DATA_DIR", str(folder / "data"))
        get_settings.cache_clear()
        store = get_store()
        for path in write_exports(folder):
            dataset = store.add_dataset(path, filename=path.name)
            run_steps(store, store.create_result(dataset.id, bundle="demo-shop"))
        store.close()
    get_settings.cache_clear()


@pytest.fixture
def everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Everywhere]:
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(closing, "submit", lambda *_, **__: None)
    get_settings.cache_clear()
    copy_of("privacy", tmp_path, _scored)
    store = get_store()
    for live in shop_at(tmp_path):
        send(live)
        found = {dataset.filename: dataset for dataset in store.datasets()}
        events, rows = found["events.csv.gz"], found["visits.csv"]
        results = list(reversed(store.results(limit=10)))
        everyone = Definition(pick="all", leave_out_buyers=False, held_out=0.3, salt="s")
        scored = next(each for each in results if each.dataset_id == events.id)
        audience = repository.make(scored.id, name="Spring", definition=everyone)
        yield Everywhere(live, events, rows, results, audience)
    store.close()
    get_settings.cache_clear()


def send(live: Shop) -> None:
    """Send the person's visits: one that is over and grown into an export, one that goes on, one refused."""
    others = [event for n in range(6) for event in live_visit(f"live-{n}", 6 + n / 10)]
    live.events(*live_visit(BROWSER, 7, user_id=EMAIL), *live_visit(PHONE_BROWSER, 8, user_id=EMAIL), *others)
    live.worker.work_off()
    live.worker.close_idle(int((datetime.now(UTC) + timedelta(days=1)).timestamp() * 1e6))
    assert closing.grow(live.settings, live.source) is not None
    live.events(*live_visit(BROWSER, 0.01), *live_visit("live-9", 0.01))
    live.events({"visitor_id": BROWSER, "event_type": "page_view", "timestamp": "never", "user_id": EMAIL})
    live.worker.work_off()
    live.events(*live_visit(PHONE_BROWSER, 0.01))
