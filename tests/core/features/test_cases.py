"""What single features mean, case by case."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from core.base.settings import Settings
from core.features import build_sessions, rows_of, session_rows
from core.schema.events import EVENT_SCHEMA, EventType, Told
from core.schema.sessions import SESSION_SCHEMA
from core.simulate import simulate_events
from tests.core.features.reference import Event, blank

T0 = datetime(2026, 3, 6, 23, 59, 30)
EVERYTHING = Told.everything()
REES46 = Told(
    columns=frozenset("session_id visitor_id timestamp event_type product_id category brand price".split()),
    event_types=frozenset({"product_view", "cart_add", "cart_remove", "purchase"}),
)


def at(seconds: float, kind: str, **known: Any) -> Event:
    return blank(**{"session_id": "s"} | known, timestamp=T0 + timedelta(seconds=seconds), event_type=kind)


def row(*events: Event, **options: Any) -> dict[str, Any]:
    (only,) = rows(*events, **options)
    return only


def rows(*events: Event, **options: Any) -> list[dict[str, Any]]:
    return rows_of(pa.Table.from_pylist(list(events), schema=EVENT_SCHEMA), **options).to_pylist()


def test_cart_value_is_what_was_added_less_what_was_removed():
    added, removed = at(0, "cart_add", price=20.0, quantity=2.0), at(1, "cart_remove", price=20.0)
    assert row(added)["cart_value"] == 40.0
    assert row(added, removed)["cart_value"] == 20.0
    assert row(at(1, "cart_remove", price=5.0))["cart_value"] == 0.0
    assert row(at(1, "product_view", price=5.0))["cart_value"] == 0.0
    assert row(at(1, "cart_add"))["cart_value"] is None
    assert row(at(0, "cart_add"), added)["cart_value"] == 40.0


def test_an_emptied_cart_is_worth_exactly_nothing():
    prices = (19.99, 5.1, 0.3)
    added = [at(i, "cart_add", price=price) for i, price in enumerate(prices)]
    removed = [at(10 + i, "cart_remove", price=price) for i, price in enumerate(reversed(prices))]
    assert row(*added, *removed)["cart_value"] == 0.0


def test_revenue_is_the_order_total_else_price_times_quantity():
    seen = at(0, "click")
    assert row(seen)["revenue"] == 0.0
    assert row(seen, at(1, "purchase", revenue=50.0, price=9.0))["revenue"] == 50.0
    assert row(seen, at(1, "purchase", price=9.0, quantity=3.0))["revenue"] == 27.0
    assert row(seen, at(1, "purchase", price=9.0), at(2, "purchase", price=1.5))["revenue"] == 10.5
    unknown = row(seen, at(1, "purchase"))
    assert unknown["purchased"] is True
    assert unknown["revenue"] is None


def test_a_session_that_begins_with_the_purchase_has_seen_nothing():
    bought = at(0, "purchase", revenue=5.0, visitor_id="v", country="DE")
    found = row(bought, at(3, "page_view", country="DE"))
    assert found["n_events"] == found["clicks"] == found["unique_products"] == 0
    assert found["started_at"] == T0
    assert found["visitor_id"] == "v"
    assert found["country_group"] == "Unknown"
    assert found["duration_seconds"] is None
    assert (found["purchased"], found["revenue"]) == (True, 5.0)


def test_events_at_the_moment_of_the_purchase_do_not_count():
    found = row(at(0, "click"), at(5, "checkout"), at(5, "purchase", revenue=1.0))
    assert (found["n_events"], found["checkouts"]) == (1, 0)


def test_ties_go_to_the_alphabet():
    shown = [at(i, "product_view", category=c, colour=k) for i, (c, k) in enumerate(["ba", "bb", "ax", "ay"])]
    colours = ["white", "black", "blue", "red"]
    shown = [event | {"colour": colour} for event, colour in zip(shown, colours, strict=True)]
    found = row(*shown)
    assert found["dominant_category"] == "a"
    assert found["dominant_colour_group"] == "cool"
    assert (found["unique_categories"], found["unique_products"]) == (2, 0)


def test_the_first_told_particular_counts():
    found = row(
        at(0, "click", device="tablet"),
        at(1, "click", country="FR", device="mobile"),
        at(2, "click", country="DE", visitor_id="v"),
    )
    assert (found["country"], found["country_group"]) == ("FR", "EU")
    assert (found["device"], found["visitor_id"], found["channel"]) == ("tablet", "v", None)


@pytest.mark.parametrize(
    ("home", "groups"),
    [
        ("DE", ["Germany", "EU", "Non-EU", "Non-EU", "Unknown", "Unknown"]),
        ("GB", ["EU", "EU", "United Kingdom", "Non-EU", "Unknown", "Unknown"]),
    ],
)
def test_country_groups_follow_the_home_market(home: str, groups: list[str]):
    countries = ["DE", "FR", "GB", "US", "XX", None]
    log = [at(i, "click", session_id=f"s{i}", country=code) for i, code in enumerate(countries)]
    found = rows(*log, settings=Settings(home_market=home))
    assert [one["country_group"] for one in found] == groups


def test_times_of_a_session_over_midnight():
    found = row(at(0, "click"), at(40.5, "click"), at(60.25, "click"))
    assert found["duration_seconds"] == 60.25
    assert found["mean_gap_seconds"] == 30.125
    assert (found["day_of_week"], found["hour"], found["is_weekday"]) == (5, 23, True)


def test_a_day_without_a_time_has_no_hour():
    log = [blank(session_id="s", date=date(2008, 4, 5), order=i, event_type="click") for i in (1, 2)]
    found = row(
        *log, told=Told(columns=frozenset({"session_id", "date", "order"}), event_types=frozenset({"click"}))
    )
    assert found["started_at"] == datetime(2008, 4, 5)
    assert (found["day_of_week"], found["is_weekday"], found["hour"]) == (6, False, None)
    assert (found["n_events"], found["duration_seconds"], found["mean_gap_seconds"]) == (2, None, None)


def test_order_alone_is_enough_to_know_what_came_before():
    kinds = ["click", "click", "purchase", "click"]
    log = [blank(session_id="s", order=i, event_type=kind) for i, kind in enumerate(kinds)]
    told = Told(columns=frozenset({"session_id", "order"}), event_types=frozenset(EventType))
    found = row(*log, told=told)
    assert (found["n_events"], found["started_at"], found["purchased"]) == (2, None, True)


def test_what_an_export_cannot_tell_is_null():
    found = row(at(0, "product_view", price=3.0, product_id="p"), told=REES46)
    untold = {
        "page_views", "searches", "checkouts", "dominant_colour_group", "country_group", "country", "device",
        "channel", "is_returning",
    }  # fmt: skip
    empty = {"mean_gap_seconds", "visitor_id", "dominant_category"}
    assert {name for name, value in found.items() if value is None} == untold | empty
    silent = Told(columns=REES46.columns, event_types=frozenset({"product_view"}))
    without = row(at(0, "product_view"), told=silent)
    assert [without[name] for name in ("purchased", "revenue", "cart_adds", "cart_value")] == [None] * 4


def test_an_event_log_of_types_alone_makes_rows():
    found = row(
        blank(session_id="s", event_type="click"),
        told=Told(columns=frozenset({"session_id"}), event_types=frozenset({"click"})),
    )
    assert {name for name, value in found.items() if value is not None} == {
        "session_id",
        "n_events",
        "clicks",
    }


def test_no_events_make_no_rows():
    assert rows_of(EVENT_SCHEMA.empty_table()).equals(SESSION_SCHEMA.empty_table())


def test_a_session_of_a_hundred_thousand_events():
    n = 100_000
    log = pa.table(
        {
            "session_id": ["s"] * n,
            "timestamp": pa.array(range(n), pa.int64()).cast(pa.timestamp("us")),
            "event_type": ["product_view"] * n,
            "product_id": [f"p{i % 977}" for i in range(n)],
            "price": [0.01 * (i % 100) for i in range(n)],
        }
    )
    for name in EVENT_SCHEMA.names:
        if name not in log.column_names:
            log = log.append_column(name, pa.nulls(n, EVENT_SCHEMA.field(name).type))
    (found,) = rows_of(log).to_pylist()
    assert (found["n_events"], found["unique_products"]) == (n, 977)
    assert found["price_mean"] == pytest.approx(0.495, abs=1e-9)


def test_money_given_back_is_no_purchase():
    seen, bought = at(0, "click"), at(1, "purchase", revenue=60.0)
    refund = at(2, "purchase", price=30.0, quantity=-1.0)
    assert (row(seen, refund)["purchased"], row(seen, refund)["revenue"]) == (False, 0.0)
    assert (row(seen, bought, refund)["purchased"], row(seen, bought, refund)["revenue"]) == (True, 60.0)


def test_hours_and_days_are_by_the_shops_clock():
    # T0 is a Friday, ten to midnight in UTC.
    east, west = row(at(0, "click", utc_offset=60)), row(at(0, "click", utc_offset=-300))
    assert (east["started_at"], west["started_at"]) == (T0, T0)
    assert (east["hour"], east["day_of_week"], east["is_weekday"]) == (0, 6, False)
    assert (west["hour"], west["day_of_week"], west["is_weekday"]) == (18, 5, True)
    travelled = row(at(0, "click", utc_offset=-300), at(60, "click", utc_offset=60))
    assert travelled["hour"] == 18
    assert row(at(0, "purchase", utc_offset=60))["hour"] == 0
    assert row(at(0, "click"))["hour"] == 23


def test_an_event_log_of_an_earlier_version_is_still_read(tmp_path):
    old = [name for name in EVENT_SCHEMA.names if name not in NEW_COLUMNS]
    log = pa.Table.from_pylist([at(0, "click"), at(1, "purchase", revenue=60.0)], schema=EVENT_SCHEMA)
    pq.write_table(log.select(old), tmp_path / "events.parquet")
    told = Told.from_dict({"columns": old, "event_types": [str(kind) for kind in EventType]})
    build_sessions(tmp_path / "events.parquet", tmp_path / "sessions.parquet", told=told)
    (found,) = pq.read_table(tmp_path / "sessions.parquet").to_pylist()
    assert (found["n_events"], found["revenue"]) == (1, 60.0)


#: Columns that event logs have had since orders and people are told apart.
NEW_COLUMNS = {"user_id", "order_id", "order_status", "event_id", "user_agent", "utc_offset"}
WITHOUT_KEY = Told(columns=EVERYTHING.columns - {"session_id"}, event_types=EVERYTHING.event_types)


def test_half_an_hour_of_silence_ends_a_session():
    seconds = [0, 1800, 3600.5, 3600.5, 9000]
    log = [at(s, "click", session_id=None, visitor_id="v") for s in seconds]
    log += [at(5, "click", session_id=None, visitor_id="w"), at(6, "click", session_id=None)]
    found = rows(*log, told=WITHOUT_KEY)
    assert [(one["session_id"], one["n_events"]) for one in found] == [
        ("v@2026-03-06T23:59:30Z", 2),
        ("w@2026-03-06T23:59:35Z", 1),
        ("v@2026-03-07T00:59:30Z", 2),
        ("v@2026-03-07T02:29:30Z", 1),
    ]
    longer = rows(*log, told=WITHOUT_KEY, settings=Settings(session_gap_minutes=31))
    assert [one["n_events"] for one in longer] == [4, 1, 1]


def test_sessions_found_by_silence_are_the_shop_s_own():
    events = simulate_events(300, seed=5, days=20)
    keyed = rows_of(events)
    bare = events.set_column(0, "session_id", pa.nulls(len(events), pa.string()))
    found = rows_of(bare, told=WITHOUT_KEY)
    order = [("started_at", "ascending"), ("visitor_id", "ascending")]
    names = SESSION_SCHEMA.names[1:]
    assert found.sort_by(order).select(names).equals(keyed.sort_by(order).select(names))
    assert pc.count_distinct(found["session_id"]).as_py() == 300


@pytest.mark.parametrize("told", [EVERYTHING, WITHOUT_KEY, REES46], ids=["everything", "no key", "REES46"])
@pytest.mark.parametrize("first_events", [None, 3])
def test_compiles_for_spark(told: Told, first_events: int | None, monkeypatch: pytest.MonkeyPatch):
    # Ibis registers this option with the backend, which needs Spark installed; the compiler doesn't.
    options = SimpleNamespace(treat_nan_as_null=False)
    monkeypatch.setattr(type(ibis.options), "pyspark", options, raising=False)
    events = ibis.table(ibis.Schema.from_pyarrow(EVENT_SCHEMA), name="events")
    sql = str(ibis.to_sql(session_rows(events, told=told, first_events=first_events), dialect="pyspark"))
    assert sql.count("`events`") >= 2
    assert all(f"`{name}`" in sql for name in SESSION_SCHEMA.names)
    # What Spark's SQL doesn't know.
    assert not any(word in sql.upper() for word in ("ARG_MIN", "QUALIFY", "EPOCH_US", "::"))
