"""Time zones are found by what people know of them."""

from __future__ import annotations

import pytest

from components.shared.time_zones import zone_list


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Germany", "Europe/Berlin"),
        ("India", "Asia/Kolkata"),
        ("UTC+1", "Europe/Berlin"),
        ("UTC+05:30", "Asia/Kolkata"),
        ("UTC-3:30", "America/St_Johns"),
        ("New York", "America/New_York"),
    ],
)
def test_a_zone_is_found_by_country_offset_and_city(typed: str, zone: str) -> None:
    options = zone_list(id="zone", value="UTC", first={}).options
    found = [option["value"] for option in options if typed.lower() in option["search"].lower()]
    assert zone in found
    assert len(found) < len(options) / 2
