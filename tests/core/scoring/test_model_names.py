"""A model is called after its export: in whole words, with the date, and as no other one is."""

from __future__ import annotations

import re

import pytest

from core.scoring.model_names import MAX_STEM, free_name

DATE = r"-\d{4}-\d{2}-\d{2}"


@pytest.mark.parametrize(
    ("export", "stem"),
    [
        ("Visits of May.csv.gz", "visits-of-may"),
        (
            "ga4-daily-export-europe-all-devices-agreed-visitors.json",
            "ga4-daily-export-europe-all-devices-agreed",
        ),
        ("a" * 60, "a" * MAX_STEM),
        ("日本語", "model"),
    ],
)
def test_a_long_name_loses_whole_words(export: str, stem: str) -> None:
    assert re.fullmatch(re.escape(stem) + DATE, free_name(export, lambda _: False))


def test_a_name_that_is_taken_gets_the_next_number() -> None:
    taken = {free_name("May", lambda _: False)}
    second = free_name("May", taken.__contains__)
    assert second.endswith("-2")
    assert free_name("May", (taken | {second}).__contains__).endswith("-3")
