"""Records read the plain way: without what reads any other writing, with the same events."""

from __future__ import annotations

import json

import pytest

from core.base.settings import Settings
from core.ingest.cells import moments, values
from core.ingest.columns.amounts import AMOUNTS
from core.live.records.columns import record_columns
from core.live.records.reader import TABLES, RecordReader, _Prepared
from core.live.told import AT
from core.live.trackers import BY_FORMAT

AT_TEN = "2026-11-29T10:00:00.000000Z"


def _segment(number: int, event: str, **properties: object) -> dict[str, object]:
    return {
        "type": "track", "event": event, "anonymousId": f"visitor-{number}", "messageId": f"m-{number}",
        "timestamp": AT_TEN, "properties": properties,
    }  # fmt: skip


RECORDS = [
    _segment(1, "Product Viewed", product_id="P1", price=19.9, category="Shoes", currency="EUR"),
    _segment(2, "Product Added", products=[{"product_id": "P2", "price": "5.50", "quantity": 2}]),
    _segment(3, "Order Completed", order_id="O-1", revenue=59.9,
             products=[{"product_id": "P1", "price": 20}, {"product_id": "P2", "price": 19.95}]),
    _segment(4, "Order Completed", order_id="O-2", discount=1,
             products=[{"product_id": "P1", "price": 20, "quantity": 2}, {"product_id": "P2", "price": 5}]),
    _segment(5, "Product List Viewed", products=[]) | {"userId": "null", "context": {"sessionId": "7"}},
]  # fmt: skip


def _read(*records: dict[str, object]) -> list[dict[str, object]]:
    reader = RecordReader()
    try:
        read = reader.read("segment", list(enumerate(map(json.dumps, records))), Settings())
    finally:
        reader.close()
    assert not read.refused
    return [{name: event[place] for name, place in AT.items()} for event in read.events]


def test_a_word_for_nothing_names_no_product() -> None:
    read = _read(
        _segment(1, "Product Viewed", product_id="null", category="undefined", brand="None", price=1),
        _segment(2, "Product Viewed", product_id="nullable", category="None such", brand="NaNa", price=1),
    )
    named = [tuple(event[name] for name in ("product_id", "category", "brand")) for event in read]
    assert named == [(None, None, None), ("nullable", "None such", "NaNa")]


def test_what_was_read_takes_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.live.records.reader.MOST_LEFT", 20)
    lines = list(enumerate(map(json.dumps, RECORDS)))
    reader = RecordReader()
    try:
        first = reader.read("segment", lines, Settings())
        (prepared,) = reader._prepared.values()
        count = f"SELECT {' + '.join(f'(SELECT count(*) FROM {table})' for table in TABLES)}"
        assert prepared._duck.execute(count).fetchone() == (4 * len(RECORDS),)
        for _ in range(3):
            assert reader.read("segment", lines, Settings()) == first
        assert prepared._duck.execute(count).fetchone() == (0,)
        assert reader.read("segment", lines, Settings()) == first
    finally:
        reader.close()


@pytest.mark.parametrize("key", BY_FORMAT)
def test_the_plain_way_tries_no_other_writing_of_amounts_and_times(key: str) -> None:
    reader = record_columns(key, None)
    plain = "".join(reader.quick[name] for name in (*AMOUNTS, "timestamp"))
    assert values.UNREADABLE in reader.columns.sql["price"]
    assert values.UNREADABLE not in plain
    assert values.literals(moments._WORDED)[:40] not in plain
    assert len("".join(reader.quick.values())) < len("".join(reader.columns.sql.values())) / 10


def test_plain_records_never_need_the_thorough_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def thorough(_: _Prepared) -> str:
        raise AssertionError("plain records were read the thorough way")

    monkeypatch.setattr(_Prepared, "_thorough", thorough)
    read = _read(*RECORDS[:4])
    assert [event["price"] for event in read] == [19.9, 5.5, None, None]
    assert [event["revenue"] for event in read] == [None, None, 59.9, 44.0]
    assert [event["product_id"] for event in read] == ["P1", "P2", None, None]
    assert [event["quantity"] for event in read] == [None, 2.0, None, None]


@pytest.mark.slow
def test_one_odd_cell_changes_nothing_of_the_other_records() -> None:
    odd = _segment(6, "Product Viewed", product_id="P3", price="1.299,00 €")
    plain, with_odd = _read(*RECORDS[:4]), _read(*RECORDS, odd)
    assert with_odd[:4] == plain
    assert with_odd[4]["user_id"] is None and with_odd[4]["session_id"] == "visitor-5.7"
    assert with_odd[5]["price"] == 1299.0
