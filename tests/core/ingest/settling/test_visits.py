"""Which events make a session, at the very second where one ends and where one visitor follows another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

HEAD = "session_id,visitor_id,timestamp,event_type\n"


def sessions(folder: Path, *rows: str) -> dict[str, int]:
    """Return the events of each session; a row is ``session,visitor,time``."""
    text = HEAD + "".join(f"{row.replace(' ', ',2026-03-02 ')},page_view\n" for row in rows)
    return {row["session_id"]: row["n_events"] for row in export_of(write(folder, text)).rows}


@pytest.mark.parametrize(("second", "found"), [("10:30:00", [2]), ("10:30:01", [1, 1])])
def test_events_without_a_session_are_cut_after_more_than_half_an_hour(tmp_path, second, found):
    made = sessions(tmp_path, "s1,v1 10:00:00", ",v2 10:00:00", f",v2 {second}")
    assert made.pop("s1") == 1
    assert list(made.values()) == found


@pytest.mark.parametrize(
    ("second", "found"),
    [
        # the other comes while the first is still there
        ("10:01:00", [2, 1]),
        # the moment the first leaves, and up to half an hour later
        ("10:02:00", [3]),
        ("10:32:00", [3]),
        ("10:32:01", [2, 1]),
    ],
)
def test_who_follows_at_once_has_signed_in_and_nobody_else(tmp_path, second, found):
    made = sessions(tmp_path, "s1,v1 10:00:00", "s1,v1 10:02:00", f"s1,v2 {second}")
    assert sorted(made.values(), reverse=True) == found
