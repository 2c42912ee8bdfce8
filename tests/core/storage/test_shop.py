"""What the page of settings says: kept on both databases, over the environment, the same for everybody."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest

from core.base import shop
from core.base.errors import SettingsError
from core.base.project import in_project
from core.base.settings import Settings
from core.base.shop import shop_settings, week_begins, written_date
from core.base.written import number
from core.storage import Store
from tests.conftest import ROOT


@pytest.fixture
def store(database_url: str | None, tmp_path: Path) -> Iterator[Store]:
    store = Store(
        Settings(data_dir=tmp_path / "data", DATABASE_URL=database_url, currency="GBP", min_free_bytes=0)
    )
    shop.forget(store.settings)
    yield store
    shop.forget(store.settings)
    store.close()


def test_the_environment_holds_until_the_page_says_otherwise(store: Store) -> None:
    assert (store.settings.currency, store.settings.time_zone) == ("GBP", None)

    changed = store.set_shop({"currency": "usd ", "time_zone": "Europe/Berlin", "home_market": "DE"})

    assert changed == {"currency": ("GBP", "USD"), "time_zone": (None, "Europe/Berlin")}
    assert (store.settings.currency, store.settings.time_zone) == ("USD", "Europe/Berlin")
    assert store.settings.data_dir == store.data_dir, "the machine's settings stay"
    store.set_shop({"currency": "GBP"})
    assert store.shop() == {"time_zone": "Europe/Berlin"}, "as in the environment is not kept"


def test_rules_and_rates_come_back_as_they_were(store: Store) -> None:
    store.set_shop({"rates": {"usd": 0.92}, "internal": {"user_id": ["qa-*"]}})
    assert store.settings.rates == {"USD": 0.92}
    assert store.settings.internal == {"user_id": ["qa-*"]}


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"currency": "EURO"}, "Currency"),
        ({"time_zone": "Mars/Olympus"}, "Time zone"),
        ({"rates": {"USD": -1.0}}, "Currency rates"),
        ({"number_format": "1;2"}, "Numbers"),
    ],
)
def test_what_cannot_be_is_named_and_changes_nothing(store: Store, values, where: str) -> None:
    with pytest.raises(SettingsError) as caught:
        store.set_shop({"shop_name": "Berg & Tal", **values})
    assert caught.value.where == where
    assert store.shop() == {}


def test_numbers_and_days_are_written_as_the_page_says_from_then_on(store: Store) -> None:
    with in_project(store.settings):
        assert (number(1234.5), written_date(date(2026, 10, 1))) == ("1,234.5", "1 Oct 2026")
        store.set_shop({"number_format": "1.234,5", "date_format": "dd.mm.yyyy"})
        assert (number(1234.5), written_date(date(2026, 10, 1))) == ("1.234,5", "01.10.2026")


def test_another_process_sees_a_change(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    store = Store(settings)
    store.set_shop({"shop_name": "Berg & Tal"})
    store.close()
    asked = "import core.storage; from core.base.shop import shop_settings; print(shop_settings().shop_name)"
    environment = {**os.environ, "PREDICTOR_DATA_DIR": str(settings.data_dir)}
    told = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert told.stdout.strip() == "Berg & Tal"


def test_asking_makes_no_database(tmp_path: Path) -> None:
    assert shop_settings(Settings(data_dir=tmp_path / "none")).currency == "EUR"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(("week", "day"), [("1-5", 1), ("7-4", 7), ("6-3", 6)])
def test_weeks_begin_with_the_first_working_day(week: str, day: int, tmp_path: Path) -> None:
    assert week_begins(Settings(data_dir=tmp_path / "none", working_week=week)) == day


def test_many_who_set_the_same_at_once_are_all_heard(store: Store) -> None:
    names = [f"Shop {number}" for number in range(6)]
    everybody = Barrier(len(names))

    def rename(name: str) -> None:
        everybody.wait(60)
        for _ in range(5):
            store.set_shop({"shop_name": name})

    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(rename, names))
    assert store.settings.shop_name in names
