"""Files that already have one row a session, under many names and spellings."""

from __future__ import annotations

from datetime import datetime

import pyarrow.parquet as pq
import pytest

from core.base.errors import MappingError
from core.ingest import Mapping, inspect
from core.schema.sessions import SESSION_SCHEMA
from tests.core.ingest.reading import read, write

SEED = (
    "Session ID,Avg Price,Clicks,Color Group,Country,Day of Week\n"
    "s1,43.5,12,neutral,Germany,Monday\n"
    "s2,20,3,Dark,EU,Sat\n"
    "s3,31.25,7,rot,Non-EU,7\n"
)


def test_the_seeds_sample_headers(tmp_path):
    path = write(tmp_path, SEED)
    found = inspect(path)
    assert (found.format, found.kind, found.needs_mapping) == ("session_rows", "sessions", False)
    whole = read(path)
    assert whole.column("price_mean") == [43.5, 20.0, 31.25]
    assert whole.column("clicks") == [12, 3, 7]
    assert whole.column("dominant_colour_group") == ["neutral", "dark", "warm"]
    assert whole.column("country") == ["DE", None, None]
    assert whole.column("country_group") == ["Germany", "EU", "Non-EU"]
    assert whole.column("day_of_week") == [1, 6, 7]
    assert whole.column("is_weekday") == [True, False, False]
    assert whole.column("purchased") == [None] * 3
    assert not whole.report.told.has_outcomes
    schema = pq.read_schema(whole.folder / "sessions.parquet")
    assert schema.names == SESSION_SCHEMA.names
    assert schema.types == SESSION_SCHEMA.types


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("Total Clicks", "clicks"), ("Total Views", "page_views"), ("Time Spent", "duration_seconds"),
        ("Max Price", "price_max"), ("Dominant Category", "dominant_category"), ("Weekday", "day_of_week"),
        ("Is Weekend", "is_weekday"), ("Purchase", "purchased"), ("Revenue", "revenue"),
        ("num_clicks", "clicks"), ("sessionDuration", "duration_seconds"), ("Wochentag", "day_of_week"),
        ("Klicks", "clicks"), ("Returning Customer", "is_returning"), ("product_views", "product_views"),
    ],
)  # fmt: skip
def test_common_spellings(tmp_path, header, target):
    text = f"Session ID,Number of Events,Searches,{header}\na,3,1,5\nb,4,2,6\n"
    assert inspect(write(tmp_path, text)).mapping.columns[target] == header


def test_outcomes_durations_flags_and_extras(tmp_path):
    text = (
        "Session ID;Clicks;Time Spent (min);Is Weekend;Purchase;Revenue;Wishlist;Campaign;probability;"
        "CLUSTER_ID\n"
        "s1;5;2,5;nein;ja;1.120,50 €;3;spring;0,5;1\n"
        "s2;x;2:30;ja;nein;;1;;0,25;2\n"
        "s3;-1;;;;;2;autumn;1;3\n"
    )
    whole = read(write(tmp_path, text))
    assert whole.column("clicks") == [5, None, None]
    assert whole.column("duration_seconds") == [150.0, 150.0, None]
    assert whole.column("is_weekday") == [True, False, None]
    assert whole.column("purchased") == [True, False, None]
    assert whole.column("revenue") == [1120.5, 0.0, None]
    assert whole.report.currency == "EUR"
    assert whole.report.extras == ("Wishlist", "Campaign", "probability", "file_CLUSTER_ID")
    assert whole.column("Wishlist") == [3, 1, 2]
    assert whole.column("Campaign") == ["spring", None, "autumn"]
    assert whole.column("probability") == [0.5, 0.25, 1.0]
    assert any("2 cells of “Clicks”" in note for note in whole.report.notes)


def test_revenue_alone_tells_who_bought(tmp_path):
    whole = read(write(tmp_path, "Session ID,Clicks,Searches,Revenue\na,1,1,0\nb,2,2,9.5\nc,3,3,\n"))
    assert whole.column("purchased") == [False, True, None]


def test_a_start_tells_day_and_hour(tmp_path):
    whole = read(write(tmp_path, "Session ID,Start Time,Clicks,Searches\na,2026-03-07T21:15:00+01:00,1,2\n"))
    row = whole.rows[0]
    assert row["started_at"] == datetime(2026, 3, 7, 20, 15)
    assert (row["day_of_week"], row["hour"], row["is_weekday"]) == (6, 21, False)  # by its own clock


def test_refused_session_rows(tmp_path):
    text = SEED + "s1,43.5,12,neutral,Germany,Monday\ns2,1,1,red,France,Monday\n,1,1,red,France,Monday\n"
    whole = read(write(tmp_path, text))
    assert whole.report.rejected == {
        "Another row has the same session id.": 1,
        "It is an exact duplicate of another row.": 1,
        "The session id is empty.": 1,
    }
    assert whole.column("clicks") == [12, 3, 7]
    assert [row["row in file"] for row in whole.refused] == ["5", "6", "7"]


def test_days_counted_from_zero_are_told(tmp_path):
    rows = "".join(f"s{day},1,2,{day}\n" for day in range(7))
    whole = read(write(tmp_path, "Session ID,Clicks,Searches,Day of Week\n" + rows))
    assert whole.column("day_of_week") == [1, 2, 3, 4, 5, 6, 7]
    assert any("read with 0 as Monday" in note for note in whole.report.notes)


def test_sessions_without_an_id_are_called_by_their_row(tmp_path):
    whole = read(write(tmp_path, "Clicks,Searches,Time Spent\n1,1,1\n1,1,1\n"))
    assert whole.column("session_id") == ["1", "2"]


def test_an_event_log_is_no_session_file(tmp_path):
    text = "session_id,timestamp,event_type,clicks,views\na,2026-01-01T10:00:00Z,search,1,1\n"
    assert inspect(write(tmp_path, text)).kind == "events"


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"kind": "visits"}, "isn't a kind of file"),
        ({"kind": "events", "columns": {"colr": "x"}}, "no column “colr”"),
        ({"kind": "events", "columns": {}}, "belong together"),
        (
            {"kind": "events", "columns": {"visitor_id": "v"}, "event_types": {"*": "search"}},
            "a time is needed",
        ),
        ({"kind": "events", "columns": {"session_id": "v"}}, "records what happened"),
        (
            {"kind": "events", "columns": {"session_id": "v"}, "event_types": {"*": "sale"}},
            "isn't an event type",
        ),
        ({"kind": "sessions", "columns": {"session_id": "v"}}, "what happened in a session"),
        ({"kind": "sessions", "columns": {"clicks": "c"}, "time_unit": "y"}, "isn't a unit of time"),
        ({"columns": {}}, "“kind”"),
        ({"kind": "events", "colums": {}}, "colums"),
        ([], "JSON object"),
    ],
)
def test_mappings_that_can_not_be(mapping, message):
    with pytest.raises(MappingError, match=message):
        Mapping.from_dict(mapping)


def test_a_mapping_to_a_column_the_file_lacks(tmp_path):
    mapping = Mapping(kind="sessions", columns={"clicks": "Klicks"})
    with pytest.raises(MappingError, match="no column “Klicks”"):
        read(write(tmp_path, SEED), mapping)
