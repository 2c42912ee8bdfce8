"""The list of what was taken for granted while an export was read."""

from __future__ import annotations

from components.shared.assumptions import TITLE, assumptions_notice
from core.ingest.base.assumptions import Assumption
from tests.components.reading import text

DAY_FIRST = Assumption("warning", "Dates are read day first; they could as well be month first.")
SPOILT = Assumption("error", "4 visitors share an id that a spreadsheet spoilt.")
ZONE = Assumption("info", "Times are in UTC.")


def test_the_worst_sets_the_tone_and_stands_first():
    shown = assumptions_notice((SPOILT, DAY_FIRST, ZONE))
    assert shown is not None
    assert "alert-danger" in shown.className
    words = text(shown)
    places = [words.index(part) for part in (TITLE, "Wrong", SPOILT.text, "Check", DAY_FIRST.text, ZONE.text)]
    assert places == sorted(places)


def test_what_is_not_doubtful_is_folded():
    assert "1 assumption, nothing to check" in text(assumptions_notice((ZONE,)))
    assert assumptions_notice(()) is None
