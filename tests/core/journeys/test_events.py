"""The events of a session: those its row was made of, in order."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.journeys import has_events, session_events
from core.results.sources import Source, find_source
from core.schema.events import EVENT_SCHEMA


def rows(source: Source) -> list[dict]:
    return pq.read_table(source.path).to_pylist()


@pytest.mark.parametrize("name", ["simulated", "keyless", "rees46"])
def test_a_session_leads_to_exactly_the_events_it_was_made_of(
    request: pytest.FixtureRequest, name: str
) -> None:
    source = request.getfixturevalue(name)
    assert has_events(source)

    some = rows(source)
    for row in [*some[:4], *[row for row in some if row["purchased"]][:4]]:
        found = session_events(source, row["session_id"])
        assert list(found[0]) == EVENT_SCHEMA.names
        kinds = [event["event_type"] for event in found]
        moments = [event["timestamp"] for event in found]
        assert moments == sorted(moments)
        assert ("purchase" in kinds) == row["purchased"]
        first = moments[kinds.index("purchase")] if row["purchased"] else None
        before = [event for event in found if first is None or event["timestamp"] < first]
        assert len(before) == row["n_events"]
        assert sum(event["event_type"] == "cart_add" for event in before) == row["cart_adds"]
        assert {event["visitor_id"] for event in found} == {row["visitor_id"]}


def test_what_comes_as_session_rows_has_no_events(folder: Path) -> None:
    training = find_source("training")

    assert not has_events(training)
    assert session_events(training, "S00000001") == []


def test_nobody_elses_session_is_found(simulated: Source) -> None:
    assert session_events(simulated, "' OR true --") == []
