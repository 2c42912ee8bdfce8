"""Every small export and fixture, counted: read right, refused, asked about, or (never) read wrongly.

A file that is read without a question must come to its right numbers. Those that are asked about are listed
by name, with the reason.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import SHARED_DATA
from tests.core.ingest.counting import (
    CASES,
    NEEDED,
    NO_SESSIONS,
    RIGHT,
    cases,
    formats,
    other_tables,
    real,
    siblings,
)

needs_cases = pytest.mark.skipif(
    not CASES.is_dir(), reason="the small exports (../shared/cases) are not on this machine"
)


@needs_cases
def test_of_the_small_exports_none_is_read_wrongly(tmp_path: Path):
    count = cases(tmp_path)
    assert count.wrong == {}
    assert count.refused == NO_SESSIONS
    assert count.asked == NEEDED
    assert count.right == len(RIGHT)


@pytest.mark.slow
@needs_cases
def test_of_the_small_exports_written_otherwise_none_is_read_wrongly_or_asked_about(tmp_path: Path):
    count = siblings(tmp_path)
    assert (count.wrong, count.refused) == ({}, set())
    assert {name.split()[0] for name in count.asked} <= NEEDED


def test_of_the_formats_fixtures_none_is_asked_about(tmp_path: Path):
    count = formats(tmp_path)
    assert (count.refused, count.asked) == (set(), set())


def test_of_tables_that_hold_no_sessions_none_is_asked_about(tmp_path: Path):
    count = other_tables(tmp_path)
    assert (count.right, count.asked) == (0, set())


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the real data (../shared) isn't on this machine")
def test_of_real_exports_none_is_read_wrongly_or_asked_about(tmp_path: Path):
    count = real(tmp_path)
    assert (count.wrong, count.refused, count.asked) == ({}, set(), set())
