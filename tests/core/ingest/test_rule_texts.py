"""Rates and rules as people type them."""

from __future__ import annotations

import pytest

from core.base.errors import MappingError
from core.ingest.base.rule_texts import read_internal, read_rates, write_internal, write_rates


def test_rates_are_read_a_line_each_and_written_as_they_are_read() -> None:
    rates = read_rates(" usd = 0.92\n\nJPY=0,0061 ")
    assert rates == {"USD": 0.92, "JPY": 0.0061}
    assert read_rates(write_rates(rates)) == rates
    assert read_rates(None) == {}


def test_rules_of_one_column_are_kept_together() -> None:
    rules = read_internal("User id = qa-*\nuser_id = test@*\npage = *a=b*")
    assert rules == {"user_id": ["qa-*", "test@*"], "page": ["*a=b*"]}
    assert read_internal(write_internal(rules)) == rules


@pytest.mark.parametrize("text", ["USD", "USD = ", "USD = nothing", "USD = -1", "dollars = 2", "USD = inf"])
def test_a_line_that_is_no_rate_is_named(text: str) -> None:
    with pytest.raises(MappingError, match=text.split(" ", maxsplit=1)[0]):
        read_rates(f"GBP = 1.1\n{text}")


def test_a_column_events_do_not_have_is_refused() -> None:
    with pytest.raises(MappingError, match="shoe size"):
        read_internal("shoe size = 44")
