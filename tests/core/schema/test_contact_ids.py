"""Ids as Google and Meta ask for them before they hash."""

from __future__ import annotations

import pytest

from core.schema.contact_ids import contact_id


@pytest.mark.parametrize(
    ("raw", "google", "meta"),
    [
        (" First.Last@Gmail.com ", "firstlast@gmail.com", "first.last@gmail.com"),
        ("first.last+shop@googlemail.com", "firstlast@googlemail.com", "first.last+shop@googlemail.com"),
        ("First.Last+shop@Example.com", "first.last+shop@example.com", "first.last+shop@example.com"),
        ("@handle", "@handle", "@handle"),
        ("+1 (800) 555-0102", "+18005550102", "18005550102"),
        ("+49 (0)171 1234567", "+491711234567", "491711234567"),
        ("0171 1234567", "+491711234567", "491711234567"),
        ("0049 171/1234567", "+491711234567", "491711234567"),
        ("4915112345678", "+4915112345678", "4915112345678"),
        ("-5", "-5", "-5"),
        ("Visitor 12", "visitor 12", "visitor 12"),
        ("123456789.1700000000", "123456789.1700000000", "123456789.1700000000"),
    ],
)
def test_both_platforms_spellings(raw: str, google: str, meta: str) -> None:
    assert contact_id(raw, "google", "DE") == google
    assert contact_id(raw, "meta", "DE") == meta
    # What is spelt as asked stays so.
    assert contact_id(google, "google", "DE") == google


def test_the_shops_country_comes_first() -> None:
    assert contact_id("18005550102", "google", "US") == "+18005550102"
    assert contact_id("(800) 555-0102", "google", "us") == "+18005550102"
    assert contact_id("020 7946 0018", "google", "GB") == "+442079460018"
    assert contact_id("020 7946 0018", "google", "DE") != "+442079460018"
