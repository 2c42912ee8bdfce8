"""The Ibis expression in DuckDB against plain Python, on small random logs full of nulls and ties."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from core.features import rows_of
from core.schema.events import EVENT_SCHEMA, EventType
from core.schema.sessions import SESSION_SCHEMA
from tests.core.features.reference import Event, blank, reference_rows

T0 = datetime(2026, 3, 6, 22, 50)
FEW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def events(*, stamps: st.SearchStrategy[Any], dates: st.SearchStrategy[Any], orders: st.SearchStrategy[Any]):
    cents = st.integers(0, 20_000).map(lambda n: n / 100)
    one = st.fixed_dictionaries(
        {
            "session_id": st.sampled_from("abcdef"),
            "visitor_id": maybe(st.sampled_from(["v1", "v2"])),
            "timestamp": stamps,
            "date": dates,
            "order": orders,
            "event_type": st.sampled_from([str(kind) for kind in EventType] + ["cart_add", "cart_remove"]),
            "product_id": maybe(st.sampled_from(["p1", "p2", "p3"])),
            "category": maybe(st.sampled_from(["Zelte", "ärmel", "bags", "Bags"])),
            "colour": maybe(st.sampled_from(["black", "Red", "navy", "white", "nobody knows"])),
            "price": maybe(cents),
            "quantity": maybe(st.sampled_from([1.0, 2.0, 3.0])),
            "revenue": maybe(cents),
            "country": maybe(st.sampled_from(["DE", "FR", "US"])),
            "device": maybe(st.sampled_from(["mobile", "desktop"])),
            "channel": maybe(st.sampled_from(["email", "direct"])),
            "is_returning": maybe(st.booleans()),
        }
    )
    return st.lists(one.map(lambda known: blank(**known)), min_size=1, max_size=40)


#: Few moments, so that events often share one, also with the purchase.
SECONDS = st.integers(0, 6).map(lambda n: T0 + timedelta(minutes=20 * n, microseconds=n))
TIMED = events(stamps=SECONDS, dates=st.none(), orders=maybe(st.integers(1, 4)))
ORDERED = events(stamps=st.none(), dates=st.just(date(2008, 4, 1)), orders=st.integers(1, 9))
DATED = events(stamps=st.none(), dates=st.integers(1, 4).map(lambda n: date(2008, 4, n)), orders=st.none())
NULLS = events(stamps=maybe(SECONDS), dates=maybe(st.just(date(2008, 4, 1))), orders=maybe(st.integers(1, 4)))
LOGS = {"timed": TIMED, "ordered": ORDERED, "dated": DATED}


def table(log: list[Event]) -> pa.Table:
    return pa.Table.from_pylist(log, schema=EVENT_SCHEMA)


#: Everything of one moment, the purchase in their midst; a tie of categories and colours; a price of nothing.
TIE: list[Event] = [
    blank(session_id="a", timestamp=T0, order=order, event_type=kind, **more)
    for order, (kind, more) in enumerate(
        [
            ("product_view", {"category": "bags", "colour": "Red", "price": 0.0, "product_id": "p1"}),
            ("cart_add", {"category": "Zelte", "colour": "navy", "price": 19.99, "quantity": 2.0}),
            ("purchase", {"revenue": 39.98}),
            ("cart_remove", {"category": "Zelte", "price": 19.99}),
        ]
    )
]


#: The same in every kind of log.
OWN = {
    "timed": TIE,
    "ordered": [event | {"timestamp": None, "date": date(2008, 4, 1)} for event in TIE],
    "dated": [event | {"timestamp": None, "order": None, "date": date(2008, 4, 1)} for event in TIE],
}


def assert_same(found: pa.Table, expected: list[dict[str, Any]]):
    assert found.schema.equals(SESSION_SCHEMA)
    found_rows = found.to_pylist()
    assert [row["session_id"] for row in found_rows] == [row["session_id"] for row in expected]
    for row, wanted in zip(found_rows, expected, strict=True):
        for name, value in row.items():
            hint = f"{name} of {row['session_id']}"
            exact = not isinstance(value, float)
            assert value == (wanted[name] if exact else pytest.approx(wanted[name], 1e-9, 1e-9)), hint


@pytest.mark.parametrize("kind", list(LOGS))
def test_equals_plain_python(kind: str):
    @FEW
    @given(log=LOGS[kind])
    @example(log=OWN[kind])
    def check(log: list[Event]):
        assert_same(rows_of(table(log)), reference_rows(log))

    check()


@FEW
@given(log=NULLS)
@example(log=[*TIE, TIE[0] | {"timestamp": None, "order": None}])
def test_equals_plain_python_where_some_events_have_no_moment(log: list[Event]):
    assert_same(rows_of(table(log)), reference_rows(log))


@FEW
@given(log=TIMED, k=st.integers(1, 5))
@example(log=TIE, k=3)
def test_cut_after_k_events_equals_plain_python(log: list[Event], k: int):
    assert_same(rows_of(table(log), first_events=k), reference_rows(log, first_events=k))


@FEW
@given(log=TIMED, seed=st.integers(0, 99), k=st.none() | st.integers(1, 4))
@example(log=TIE, seed=1, k=None)
def test_order_of_rows_does_not_matter(log: list[Event], seed: int, k: int | None):
    shuffled = random.Random(seed).sample(log, len(log))
    assert rows_of(table(shuffled), first_events=k).equals(rows_of(table(log), first_events=k))


@FEW
@given(log=TIMED)
@example(log=[*TIE, *(event | {"session_id": "b"} for event in TIE)])
def test_a_session_alone_equals_itself_among_others(log: list[Event]):
    together = {row["session_id"]: row for row in rows_of(table(log)).to_pylist()}
    for name, row in together.items():
        own = [event for event in log if event["session_id"] == name]
        assert rows_of(table(own)).to_pylist() == [row]


@FEW
@given(log=TIMED, extra=TIMED, gap=st.integers(0, 10_000))
@example(log=TIE, extra=TIE, gap=0)
def test_purchases_and_what_follows_reach_no_feature(log: list[Event], extra: list[Event], gap: int):
    log = [event for event in log if event["event_type"] != "purchase"] or [
        blank(**{**log[0], "event_type": "click"})
    ]
    before = {row["session_id"]: row for row in rows_of(table(log)).to_pylist()}
    last = max(event["timestamp"] for event in log)
    names = sorted(before)
    bought = [
        blank(session_id=n, timestamp=last + timedelta(microseconds=1), event_type="purchase", revenue=9.0)
        for n in names
    ]
    late = [
        event
        | {
            "session_id": names[i % len(names)],
            "timestamp": last + timedelta(seconds=gap, microseconds=i + 1),
        }
        for i, event in enumerate(extra)
    ]
    after = {row["session_id"]: row for row in rows_of(table(log + bought + late)).to_pylist()}
    assert set(after) == set(before)
    for name, row in before.items():
        expected = row | {"purchased": True, "revenue": after[name]["revenue"]}
        if row["visitor_id"] is None:
            expected["visitor_id"] = after[name]["visitor_id"]
        assert after[name] == expected
