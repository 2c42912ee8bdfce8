"""Known formats as other tools write them: Parquet with JSON in text, flat, or of types with fewer parts."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from tests.core.ingest.made import make
from tests.core.ingest.reading import write
from tests.core.ingest.test_trackers import lines


def posthog(event: str, second: int, visitor: str = "d1", **properties: object) -> dict[str, object]:
    return {
        "uuid": f"{visitor}{second}", "event": event, "distinct_id": visitor,
        "timestamp": f"2026-03-02T10:00:{second:02}Z",
        "properties": json.dumps({"$session_id": f"s-{visitor}", **properties}),
    }  # fmt: skip


def call(event: str, second: int, visitor: str = "a1", **properties: object) -> dict[str, object]:
    return {
        "type": "track", "event": event, "anonymousId": visitor, "messageId": f"{visitor}{second}",
        "timestamp": f"2026-03-02T10:00:{second:02}Z", "properties": properties,
    }  # fmt: skip


def atomic(event: str, second: int, visitor: str = "u1", **cells: object) -> dict[str, object]:
    return {
        "event": event, "event_name": event, "event_id": f"{visitor}{second}", "domain_userid": visitor,
        "domain_sessionid": f"s-{visitor}", "derived_tstamp": f"2026-03-02 10:00:{second:02}",
        "tr_orderid": None, "tr_total": None, "tr_currency": None, **cells,
    }  # fmt: skip


def session(visitor: str, millionths: str | None) -> dict[str, object]:
    totals = {"hits": "3", "pageviews": "2", "totalTransactionRevenue": millionths}
    return {
        "fullVisitorId": visitor, "visitId": "1772445600", "visitStartTime": "1772445600", "totals": totals,
        "trafficSource": {"medium": "organic"}, "device": {"browser": "Chrome"},
        "hits": [{"hitNumber": "1", "page": {"pagePath": "/"}}],
    }  # fmt: skip


ORDER = {"order_id": "T1", "total": 45, "currency": "EUR"}
FILES = {
    "posthog": [
        posthog("$pageview", 0), posthog("Order Completed", 9, **ORDER), posthog("$pageview", 0, "d2"),
    ],
    "segment": [call("product_view", 0), call("purchase", 9, **ORDER), call("product_view", 0, "a2")],
    "snowplow": [
        atomic("page_view", 0), atomic("transaction", 9, tr_orderid="T1", tr_total="45", tr_currency="EUR"),
        atomic("page_view", 0, "u2"),
    ],
    "ga360": [session("v1", "45000000"), session("v2", None)],
}  # fmt: skip


def parquet(folder: Path, rows: list[dict[str, object]]) -> Path:
    out = folder / "table.parquet"
    source = write(folder, lines(*rows), "rows.json")
    # Rows that are too few to show a type keep the one they have.
    duckdb.execute(f"COPY (FROM read_json('{source}', convert_strings_to_integers = false)) TO '{out}'")
    return out


@pytest.mark.parametrize("name", FILES)
def test_parquet(tmp_path, name):
    made = make(tmp_path, parquet(tmp_path, FILES[name]))
    assert made.report.format == name
    assert (len(made.sessions), made.buyers, made.revenue) == (2, 1, 45.0)
    assert made.report.rejected == {}


def test_cells_of_parquet_that_are_no_json_after_all_are_refused(tmp_path):
    rows = [posthog("$pageview", second % 60, f"d{second}") for second in range(2001)]
    rows[-1]["properties"] = "{broken"
    made = make(tmp_path, parquet(tmp_path, rows))
    assert made.report.rejected == {"A cell that should hold JSON can't be read.": 1}


def test_an_order_by_any_of_its_names_is_paid_for(tmp_path):
    words = ("purchase", "Order Placed", "checkout_completed", "Bestellung", "Payment Success")
    calls = [call(word, 0, f"a{i}", order_id=f"T{i}", total=9) for i, word in enumerate(words)]
    made = make(tmp_path, write(tmp_path, lines(call("Product Viewed", 0), *calls), "calls.json"))
    assert (made.buyers, made.revenue) == (len(words), 9.0 * len(words))
