"""Each known format: recognised from its columns, read as it means, nothing claimed that it can't tell."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import pytest

from core.ingest import EVERY_ROW, Mapping, inspect
from core.ingest.formats import known_formats
from core.schema.events import EVENT_SCHEMA
from tests.core.ingest.reading import read, write

REES46 = (
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
    "2019-10-01 00:00:00 UTC,view,44600062,21,,shiseido,35.79,541312140,a\n"
    "2019-10-01 00:00:10 UTC,cart,44600062,21,appliances.kitchen.mixer,shiseido,35.79,541312140,a\n"
    "2019-10-01 00:00:20 UTC,remove_from_cart,44600062,21,,,35.79,541312140,a\n"
    "2019-10-01 00:00:30 UTC,purchase,44600062,21,,shiseido,35.79,541312140,b\n"
)
ESHOP = (
    "year;month;day;order;country;session ID;page 1 (main category);page 2 (clothing model);colour;location;"
    "model photography;price;price 2;page\n"
    "2008;4;1;1;29;1;1;A13;1;5;1;28;2;1\n"
    "2008;4;1;2;16;2;4;P16;9;6;1;33;2;1\n"
    "2008;4;31;2;44;3;4;P16;9;6;1;33;2;1\n"
)
SNAKE_CASE = {
    "session ID": "session_id",
    "page 1 (main category)": "page1_main_category",
    "page 2 (clothing model)": "page2_clothing_model",
    "model photography": "model_photography",
    "price 2": "price_2",
    ";": ",",
}


def snake_case(text: str) -> str:
    for old, new in SNAKE_CASE.items():
        text = text.replace(old, new)
    return text


def test_every_format_has_its_own_key_and_a_title():
    formats = known_formats()
    assert set(formats) >= {"canonical", "rees46", "eshop2008", "online_shoppers", "session_rows"}
    assert len({form.title for form in formats.values()}) == len(formats)


def test_rees46(tmp_path):
    path = write(tmp_path, REES46)
    found = inspect(path)
    assert (found.format, found.kind, found.needs_mapping) == ("rees46", "events", False)
    assert found.unused == ("category_id",)
    assert found.told.event_types == {"product_view", "cart_add", "cart_remove", "purchase"}
    assert "search" not in found.told.event_types
    whole = read(path)
    assert whole.column("event_type") == ["product_view", "cart_add", "cart_remove", "purchase"]
    assert whole.column("category") == [None, "appliances.kitchen.mixer", None, None]
    assert whole.report.currency is None
    assert set(whole.column("revenue")) == {None}
    assert whole.report.first == "2019-10-01T00:00:00"


@pytest.mark.parametrize("spelling", [str, snake_case])
def test_eshop_in_both_spellings(tmp_path, spelling):
    path = write(tmp_path, spelling(ESHOP))
    assert inspect(path).format == "eshop2008"
    whole = read(path)
    first, second, third = whole.rows
    assert (first["country"], first["colour"], first["category"]) == ("PL", "beige", "trousers")
    assert (second["country"], second["colour"], second["category"]) == ("DE", "of many colors", "sale")
    assert (first["date"], first["timestamp"], first["order"]) == (date(2008, 4, 1), None, 1)
    assert (third["date"], third["country"]) == (None, None)  # no 31 April, and .com is no country
    assert {row["event_type"] for row in whole.rows} == {"product_view"}
    assert whole.report.currency == "USD"
    assert not whole.report.told.has_outcomes
    assert "timestamp" not in whole.report.told.columns


def test_canonical_without_purchases_says_nothing_of_outcomes(tmp_path):
    text = "session_id,timestamp,event_type\ns1,2026-01-01T10:00:00Z,search\n"
    assert not read(write(tmp_path, text)).report.told.has_outcomes
    bought = read(write(tmp_path, text + "s2,2026-01-01T10:00:00Z,purchase\n", "b.csv"))
    assert bought.report.told.has_outcomes


def test_canonical_parquet_has_exactly_the_schema(tmp_path):
    text = "session_id,timestamp,event_type\ns1,2026-01-01T10:00:00Z,search\n"
    found = read(write(tmp_path, text))
    import pyarrow.parquet as pq

    assert pq.read_schema(found.folder / "events.parquet").equals(EVENT_SCHEMA)


def test_a_log_without_session_key_needs_its_visitor(tmp_path):
    text = "visitor_id,timestamp,event_type\nv1,2026-01-01T10:00:00Z,search\n,2026-01-01T10:00:00Z,search\n"
    found = read(write(tmp_path, text))
    assert not found.report.told.has_session_key
    assert found.report.rejected == {"The visitor id is empty.": 1}


def test_events_without_time_and_order_keep_the_order_of_rows(tmp_path):
    text = "session,what\n" + "".join(f"s{i % 2},view\n" for i in range(6))
    mapping = Mapping(
        kind="events",
        columns={"session_id": "session", "event_type": "what"},
        event_types={"view": "product_view"},
    )
    found = read(write(tmp_path, text), mapping)
    assert found.column("order") == [1, 3, 5, 2, 4, 6]
    assert found.report.told.event_types == {"product_view"}


def test_a_mapping_given_by_hand_overrides_what_was_recognised(tmp_path):
    mapping = Mapping(
        kind="events",
        columns={"session_id": "user_id", "timestamp": "event_time"},
        event_types={EVERY_ROW: "page_view"},
    )
    found = read(write(tmp_path, REES46), mapping)
    assert set(found.column("session_id")) == {"541312140"}
    assert set(found.column("event_type")) == {"page_view"}


def test_countries_colours_and_currencies_however_written(tmp_path):
    text = "session_id,timestamp,event_type,country,colour,currency\n" + "".join(
        f"s{i},2026-01-01T10:00:00Z,search,{country},{colour},{currency}\n"
        for i, (country, colour, currency) in enumerate(
            [
                ("Deutschland", "Rot", "€"),
                ("gb", "grey", "eur"),
                ("USA", "NOIR", "EUR"),
                ("Utopia", "teal", "EURO"),
            ]
        )
    )
    found = read(write(tmp_path, text))
    assert found.column("country") == ["DE", "GB", "US", None]
    assert found.column("colour") == ["red", "gray", "black", "teal"]
    assert found.column("currency") == ["EUR"] * 4
    assert found.report.currency == "EUR"
    assert any("Utopia (1)" in note for note in found.report.notes)


def test_values_the_head_does_not_show_are_read_alike(tmp_path):
    header = "session_id,timestamp,event_type,country,colour\n"
    far = "".join(f"a{i:05},2026-01-01T10:00:00Z,search,DE,red\n" for i in range(3000))
    last = "z,2026-01-01T10:00:00Z,Purchase ,Germany,Blau\n"
    row = read(write(tmp_path, header + far + last)).rows[-1]
    assert (row["event_type"], row["country"], row["colour"]) == ("purchase", "DE", "blue")


def test_the_real_rees46(shared_data, tmp_path):
    path = tmp_path / "rees46.csv"
    path.symlink_to(shared_data / "rees46_2019-10-01.csv")
    found = read(path)
    assert found.report.rows_read == 17_435  # the last line is cut off
    assert found.report.rejected == {
        "It is an exact duplicate of another row.": 5,
        "The row has fewer cells than the header.": 1,
    }
    assert found.refused[-1]["row in file"] == "17436"


@pytest.mark.parametrize(
    ("name", "events", "sessions"),
    [("eshop_clothing_2008.csv.gz", 165_474, 24_026), ("eshop_clothing_2008_sample.csv", 33_095, None)],
)
def test_the_real_eshop(shared_data, tmp_path, name, events, sessions):
    path = tmp_path / name
    path.symlink_to(shared_data / name)
    found = read(path)
    assert (found.report.rows_kept, found.report.rejected) == (events, {})
    if sessions:
        query = "SELECT count(DISTINCT session_id) FROM read_parquet(?)"
        assert duckdb.execute(query, [str(found.folder / "events.parquet")]).fetchall() == [(sessions,)]


def test_the_real_online_shoppers(shared_data, tmp_path):
    path = tmp_path / "shoppers.csv"
    path.symlink_to(shared_data / "online_shoppers_intention.csv")
    found = read(path)
    assert found.report.rows_kept == 12_330
    assert sum(found.column("purchased")) == 1_908
    first = next(row for row in found.rows if row["session_id"] == "3")
    assert (first["product_views"], first["page_views"], first["is_returning"]) == (1, 0, True)
    assert first["revenue"] is None
    assert {"BounceRates", "ExitRates", "PageValues", "SpecialDay", "Month"} <= set(found.report.extras)
    assert not {"Revenue", "VisitorType", "Weekend"} & set(found.report.extras)
    assert first["PageValues"] == 0.0


def test_dates_are_plain_utc(tmp_path):
    found = read(write(tmp_path, REES46.replace(" UTC", "+02:00")))
    assert found.column("timestamp")[0] == datetime(2019, 9, 30, 22)
