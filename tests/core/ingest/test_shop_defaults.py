"""What the shop is set to holds for an export whose mapping says nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from core.base.settings import Settings
from core.ingest import Mapping, ingest

EVENTS = (
    "session_id,user_id,timestamp,event_type,product_id,price,currency\n"
    "a,ann,2026-10-01T22:30:00Z,product_view,p1,10,EUR\n"
    "a,ann,2026-10-01T22:31:00Z,purchase,p1,10,EUR\n"
    "b,bob,2026-10-02T10:00:00Z,product_view,p1,20,USD\n"
    "b,bob,2026-10-02T10:01:00Z,purchase,p1,20,USD\n"
    "c,qa-7,2026-10-02T11:00:00Z,purchase,p1,999,EUR\n"
)
SHOP = {"rates": {"USD": 0.5}, "internal": {"user_id": ["qa-*"]}, "time_zone": "Europe/Berlin"}


def _read(folder: Path, mapping: Mapping | None = None, **shop: object):
    folder.mkdir()
    file = folder / "events.csv"
    file.write_text(EVENTS, encoding="utf-8")
    settings = Settings(data_dir=folder / "data", **(SHOP | shop))
    report = ingest(file, folder / "out", mapping=mapping, settings=settings)
    with duckdb.connect() as connection:
        rows = connection.sql(
            f"SELECT user_id, price, currency FROM '{folder / 'out'}/events.parquet'"
        ).fetchall()
    return report, set(rows)


def test_rates_rules_and_time_zone_of_the_shop_are_used(tmp_path: Path) -> None:
    report, rows = _read(tmp_path / "shop")
    assert rows == {("ann", 10.0, "EUR"), ("bob", 10.0, "EUR")}
    assert report.time_zone == "Europe/Berlin"
    assert any("1 USD = 0.5 EUR" in made.text for made in report.assumptions)


def test_an_export_with_rates_and_rules_of_its_own_keeps_them(tmp_path: Path) -> None:
    from core.ingest import inspect

    (tmp_path / "look.csv").write_text(EVENTS, encoding="utf-8")
    own = replace(
        inspect(tmp_path / "look.csv").mapping,
        currency="EUR",
        rates={"USD": 2.0},
        internal={"user_id": ["ann"]},
    )
    _, rows = _read(tmp_path / "own", own)
    assert rows == {("bob", 40.0, "EUR"), ("qa-7", 999.0, "EUR")}


@pytest.mark.parametrize("rates", [{"GBP": 1.2}, {}])
def test_without_a_rate_that_fits_amounts_stay_in_the_exports_own_currency(tmp_path: Path, rates) -> None:
    report, rows = _read(tmp_path / "none", rates=rates, currency="CHF", internal={})
    assert ("bob", None, "USD") in rows, "never added up"
    assert report.currency == "EUR"
