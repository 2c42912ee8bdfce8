"""What columns of well-known tools mean, however their names are written."""

from __future__ import annotations

from core.schema.own_columns import meaning_of, meanings_in


def test_names_are_known_however_they_are_written() -> None:
    assert meaning_of("PageValues") == meaning_of("page_values") == meaning_of("Page Values") != ""
    assert meaning_of("loyalty_tier") == ""


def test_sentences_say_once_what_they_begin_with() -> None:
    said = meanings_in(["PageValues 0: −9.3 points", "PageValues higher", "ExitRates lower", "4 searches"])
    assert [one.split(":")[0] for one in said] == ["PageValues", "ExitRates"]
