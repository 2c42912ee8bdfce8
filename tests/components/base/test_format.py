"""Numbers as people read them, at their edges."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from components.base import format
from components.base.format import (
    ago,
    date,
    date_time,
    duration,
    estimate,
    expected_number,
    money,
    money_in_range,
    money_range,
    number,
    percent,
    size,
)
from core.base.settings import Settings
from core.scoring.own_model import cannot_train
from core.storage import Recorded

NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "–"),
        (0, "0"),
        (-0.001, "0"),
        (1234567, "1,234,567"),
        (12.5, "12.5"),
        (100, "100"),
        (-3, "−3"),
        (np.int64(5000), "5,000"),
        (Decimal("2.50"), "2.5"),
    ],
)
def test_number(value: float | None, written: str) -> None:
    assert number(value) == written


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        (None, "EUR", "–"),
        (1234.5, "EUR", "€1,234.50"),
        (-3.5, "USD", "−$3.50"),
        (3, "PLN", "3.00\u00a0PLN"),
        (3, None, "3.00"),
        (-0.001, "EUR", "€0.00"),
        (9_999.99, "EUR", "€9,999.99"),
        (9_999.996, "EUR", "€10,000"),
        (35_866.42, "EUR", "€35,866"),
        (-35_866.5, "USD", "−$35,866"),
    ],
)
def test_money(value: float | None, currency: str | None, written: str) -> None:
    assert money(value, currency) == written


@pytest.mark.parametrize(
    ("low", "high", "currency", "written", "whole"),
    [
        (31.2, 117.6, "EUR", "€31–118", "€62 (31–118)"),
        (1031.2, 2117.6, "PLN", "1,031–2,118\u00a0PLN", "62\u00a0PLN (1,031–2,118)"),
        (1.2, 9.5, None, "1.20–9.50", "62.00 (1.20–9.50)"),
        (None, 5.0, "EUR", "–", "€62"),
        (5.0, float("nan"), "EUR", "–", "€62"),
    ],
)
def test_money_and_the_range_it_lies_in(
    low: float | None, high: float | None, currency: str | None, written: str, whole: str
) -> None:
    assert money_range(low, high, currency) == written
    assert money_in_range(62.0, low, high, currency) == whole


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (None, "–"),
        (0, "0%"),
        (0.0001, "<0.1%"),
        (0.0321, "3.2%"),
        (0.99999, ">99.9%"),
        (1, "100%"),
        (-0.05, "−5.0%"),
    ],
)
def test_percent_never_rounds_to_nothing_or_everything(share: float | None, written: str) -> None:
    assert percent(share) == written


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        (None, "EUR", "–"),
        (float("nan"), "EUR", "–"),
        (0.0, "EUR", "€0.00"),
        (2.035, "EUR", "€2.04"),
        (9.9949, "EUR", "€9.99"),
        (9.996, "EUR", "€10"),
        (1661.75, "EUR", "€1,662"),
        (-45.9, "PLN", "−46\u00a0PLN"),
    ],
)
def test_estimates_have_no_cents_unless_small(value: float | None, currency: str, written: str) -> None:
    assert estimate(value, currency) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, "–"), (0, "0"), (0.013, "<0.1"), (0.05, "0.1"), (3.44, "3.4"), (9.96, "10"), (192.7, "193")],
)
def test_a_few_expected_are_never_none(value: float | None, written: str) -> None:
    assert expected_number(value) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (None, "–"),
        (0, "0 s"),
        (0.42, "0.4 s"),
        (59.4, "59 s"),
        (59.7, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (3725, "1 h 2 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_duration(seconds: float | None, written: str) -> None:
    assert duration(seconds) == written


@pytest.mark.parametrize(
    ("n_bytes", "written"),
    [(None, "–"), (0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (999_600, "1 MB"), (1_334_567_890, "1.3 GB")],
)
def test_size(n_bytes: float | None, written: str) -> None:
    assert size(n_bytes) == written


def test_times_are_told_in_utc() -> None:
    berlin = dt.timezone(dt.timedelta(hours=2))
    assert date_time(dt.datetime(2019, 10, 1, 1, 30, tzinfo=berlin)) == "30 Sep 2019, 23:30 UTC"
    assert date_time("2019-10-01T14:05:00+00:00") == "1 Oct 2019, 14:05 UTC"
    assert date(dt.date(2019, 10, 1)) == "1 Oct 2019"
    assert date(None) == date_time(None) == ago(None) == "–"


@pytest.mark.parametrize(
    ("before", "written"),
    [
        (dt.timedelta(seconds=5), "just now"),
        (dt.timedelta(seconds=-5), "just now"),
        (dt.timedelta(minutes=59), "59 min ago"),
        (dt.timedelta(hours=3), "3 h ago"),
        (dt.timedelta(days=6), "6 d ago"),
        (dt.timedelta(days=8), "16 Nov 2026"),
    ],
)
def test_ago(before: dt.timedelta, written: str) -> None:
    assert ago(NOW - before, now=NOW) == written


@pytest.fixture
def as_set(monkeypatch: pytest.MonkeyPatch):
    """Set the shop to something for one test."""

    def change(**values: str) -> None:
        from core.base import shop

        settings = Settings(**values)
        monkeypatch.setattr(shop, "_written", {})
        for module in (shop, format):
            monkeypatch.setattr(module, "shop_settings", lambda *_: settings)

    return change


def test_numbers_are_written_as_set(as_set) -> None:
    as_set(number_format="1.234,5")
    assert number(1234567.5) == "1.234.567,5"
    assert money(1234.5, "EUR") == "€1.234,50"
    assert money_range(31.5, 1180, "EUR") == "€32–1.180"
    assert percent(0.0305) == "3,0%"
    assert percent(0.0001) == "<0,1%"
    as_set(number_format="1 234,5")
    assert number(1234.5) == "1\u00a0234,5"


def test_a_ratio_near_one_is_no_share_of_a_whole() -> None:
    assert percent(0.99998) == ">99.9%"
    assert percent(0.99998, of_whole=False) == "100.0%"


def test_sentences_write_numbers_and_days_as_pages_do(as_set) -> None:
    recorded = Recorded(
        sessions=20_000, outcomes=20_000, buyers=1_234, conversion=0.06, revenue=None, currency="EUR"
    )
    as_set(number_format="1.234,5")
    assert cannot_train(recorded, Settings(own_model_buyers=2_000)) == (
        "1.234 buyers in this export; 2.000 are needed to train a model on it automatically."
    )


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("d Mon yyyy", "1 Oct 2026"),
        ("yyyy-mm-dd", "2026-10-01"),
        ("dd/mm/yyyy", "01/10/2026"),
        ("mm/dd/yyyy", "10/01/2026"),
        ("dd.mm.yyyy", "01.10.2026"),
    ],
)
def test_dates_are_written_as_set(as_set, form: str, written: str) -> None:
    as_set(date_format=form)
    assert date(dt.date(2026, 10, 1)) == written
    assert date_time("2026-10-01T22:30:00") == f"{written}, 22:30 UTC"


def test_times_are_by_the_shops_clock_and_say_so(as_set) -> None:
    as_set(time_zone="Europe/Berlin")
    assert date_time("2026-10-01T22:30:00") == "2 Oct 2026, 00:30 CEST"
    assert date("2026-10-01T22:30:00+00:00") == "2 Oct 2026"
    assert date_time("2026-10-01T22:30:00", "UTC") == "1 Oct 2026, 22:30 UTC"
