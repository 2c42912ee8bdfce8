"""What is said in place of a map."""

from __future__ import annotations

from components.shared.few_dots import FEWEST_DOTS, no_map
from tests.components.reading import text


def test_too_few_sessions_are_counted_in_place_of_a_map() -> None:
    assert "There is 1 session to show" in text(no_map(1))
    assert f"There are {FEWEST_DOTS - 1} sessions to show" in text(no_map(FEWEST_DOTS - 1))
