"""Downloads of a result over HTTP: sent while they are written, with nothing left behind."""

from __future__ import annotations

import csv
import io

import pyarrow.parquet as pq
import pytest

from core.storage import get_store
from tests.core.whatif.shop import Shop, shop
from tests.pages.dashing import Client, client

__all__ = ["client", "shop"]


def test_what_is_filtered_is_sent_in_its_order_and_nothing_stays(client: Client, shop: Shop) -> None:
    query = "cluster=1&sort=-expected_revenue"
    answer = client.request("GET", f"/api/results/{shop.result.id}/download.csv?{query}")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    wanted = [row for row in shop.rows if row["cluster_id"] == 1]
    wanted.sort(key=lambda row: (-row["expected_revenue"], row["session_id"]))
    assert [row["session_id"] for row in rows] == [row["session_id"] for row in wanted]
    assert "March%20visits%20predictions.csv" in answer.headers["content-disposition"]
    assert "content-length" not in answer.headers
    assert not [found for found in get_store().incoming_dir.iterdir() if found.is_file()]


def test_parquet_is_sent_whole(client: Client, shop: Shop) -> None:
    answer = client.request("GET", f"/api/results/{shop.result.id}/download.parquet")
    sent, there = pq.read_table(io.BytesIO(answer.content)), pq.read_table(shop.result.path)
    best_first = [("purchase_probability", "descending"), ("session_id", "ascending")]
    assert sent.to_pylist() == there.sort_by(best_first).to_pylist()


def test_more_rows_than_a_sheet_holds_are_an_error_and_no_file(
    client: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.results.export.XLSX_ROWS", 100)
    answer = client.request("GET", f"/api/results/{shop.result.id}/download.xlsx")
    assert answer.status_code >= 400
    assert "at most" in answer.json()["message"]
