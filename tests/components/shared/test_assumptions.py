"""The list of what was taken for granted while an export was read."""

from __future__ import annotations

import pytest
from dash import dcc

from components.shared.assumptions import TITLE, assumptions_notice
from core.ingest.base.assumptions import Assumption
from tests.components.reading import of_type, text

DAY_FIRST = Assumption("warning", "Dates are read day first; they could as well be month first.")
SPOILT = Assumption("error", "4 visitors share an id that a spreadsheet spoilt.")
ZONE = Assumption("info", "Times are in UTC.")


def test_the_worst_sets_the_tone_and_stands_first():
    shown = assumptions_notice((SPOILT, DAY_FIRST, ZONE), "d1")
    assert shown is not None
    assert "alert-danger" in shown.className
    words = text(shown)
    places = [words.index(part) for part in (TITLE, "Wrong", SPOILT.text, "Check", DAY_FIRST.text, ZONE.text)]
    assert places == sorted(places)


def test_what_is_not_doubtful_is_folded():
    assert "1 assumption, nothing to check" in text(assumptions_notice((ZONE,), "d1"))
    assert assumptions_notice((), "d1") is None


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ("3 events from robots left out.", "robots"),
        ("Dates are read as day/month.", "dates"),
        ("Else.", None),
    ],
)
def test_what_can_be_read_another_way_leads_there(said: str, change: str | None) -> None:
    links = of_type(assumptions_notice((Assumption("warning", said),), "d1"), dcc.Link)
    assert [link.href for link in links] == ([f"/upload/d1?change={change}"] if change else [])
