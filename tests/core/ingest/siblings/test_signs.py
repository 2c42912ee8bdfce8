"""Session rows whose cells say the currency: as a column of currencies would, amounts are never added up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of
from tests.core.ingest.test_meaning_siblings import lines

HEAD = "session_id,started_at,page_views,cart_adds,purchased,revenue"


@pytest.fixture
def export(tmp_path: Path):
    def read(*rows: str, head: str = HEAD, **more: object) -> Export:
        return export_of(write(tmp_path, lines(head, *rows)), **more)

    return read


def bought(*cells: str) -> list[str]:
    return [f"s{i},2026-03-02 1{i}:00:00,{5 + i},{i},1,{cell}" for i, cell in enumerate(cells)]


def sums(found: Export) -> dict[str | None, tuple[int, float]]:
    return {money.currency: (money.orders, money.gross) for money in found.report.money}


@pytest.mark.parametrize(
    ("cells", "main", "revenue", "apart"),
    [
        (["€40.00", "€30.00", "¥6400"], "EUR", [40, 30, None], {"EUR": (2, 70), "JPY": (1, 6400)}),
        (["40.00 EUR", "30.00 USD"], "EUR", [40, None], {"EUR": (1, 40), "USD": (1, 30)}),
        (["$30.00", "$40.00", "$5", "£9.50"], "USD", [30, 40, 5, None], {"USD": (3, 75), "GBP": (1, 9.5)}),
        (["€40.00", "€30.00", "40.00 XQX"], "EUR", [40, 30, None], {"EUR": (2, 70), "XQX": (1, 40)}),
    ],
)
def test_currencies_in_cells_are_kept_apart(export, cells, main, revenue, apart):
    found = export(*bought(*cells))
    assert (found.report.currency, found.column("revenue"), sums(found)) == (main, revenue, apart)
    assert found.says("several currencies", "never added up", main) == "warning"


def test_currencies_in_cells_are_converted_at_rates(export):
    found = export(*bought("€40.00", "€30.00", "¥6400"), rates={"JPY": 0.01})
    assert found.column("revenue") == [40, 30, 64]
    assert found.says("converted into EUR") == "warning"


def test_a_currency_below_the_head_of_a_file_is_one_too(export):
    rows = [f"s{i},2026-03-02 10:00:00,{i},1,1,€1.00" for i in range(3000)]
    found = export(*rows, "x,2026-03-02 11:00:00,6,2,1,¥6400")
    assert sums(found) == {"EUR": (3000, 3000), "JPY": (1, 6400)}


def test_amounts_without_a_sign_beside_several_are_unknown(export):
    found = export(*bought("€40.00", "€30.00", "¥6400", "20", "0"))
    assert found.column("revenue") == [40, 30, None, None, 0]
    assert found.says("1 amount has no currency", "EUR, JPY", "counts as unknown") == "error"


def test_one_sign_is_one_currency_and_a_set_one_stands_for_it(export):
    cells = bought("$40.00", "0", "$30.00")
    one, own = export(*cells), export(*cells, currency="CAD")
    assert (one.report.currency, one.revenue, one.says("several currencies")) == ("USD", 70, None)
    assert (own.report.currency, own.revenue) == ("CAD", 70)


def test_an_amount_in_another_currency_than_its_rows_is_unknown(export):
    rows = ["a,3,1,€40.00,€50.00", "b,2,1,€30.00,¥6400", "c,2,0,0,€5"]
    found = export(*rows, head="session_id,page_views,purchased,revenue,cart_value")
    assert (found.revenue, found.column("cart_value")) == (70, [50, None, 5])
    assert found.says("1 session", "“cart_value”") == "warning"


@pytest.mark.parametrize("column", [True, False])
def test_orders_of_one_session_in_two_currencies_are_not_added_up(export, column):
    paid = [("0", "JPY"), ("40", "EUR"), ("20", "EUR"), ("6400", "JPY")]
    cells = [f"{amount},{code}" if column else f"{amount} {code}" for amount, code in paid]
    rows = [f"a,3,4,{int(cell[0] != '0')},{cell}" for cell in cells]
    head = "session_id,page_views,clicks,purchased,revenue" + ",currency" * column
    found = export(*rows, f"b,1,1,1,{'5,EUR' if column else '5 EUR'}", head=head)
    assert (found.column("revenue"), sums(found)) == ([60, 5], {"EUR": (2, 65)})
    assert found.says("1 row says something else") == "warning"


def test_revenue_of_sessions_that_are_said_not_to_have_bought_is_said(export):
    head = "session_id,page_views,clicks,purchased,revenue"
    found = export("a,3,4,0,55", "b,1,2,1,40", "c,1,1,0,0", head=head)
    assert found.column("revenue") == [0, 40, 0]
    assert found.says("1 session with revenue, but no purchase", "“purchased”") == "warning"
    assert export("b,1,2,1,40", "c,1,1,0,0", head=head).says("but no purchase") is None


BLANK = {
    "events": (
        "session_id,visitor_id,timestamp,event_type,revenue,currency",
        "s{n},v{n},2026-03-02 10:00:00,purchase,{cell}",
    ),
    "sessions": (
        "session_id,started_at,page_views,cart_adds,purchased,revenue,currency",
        "s{n},2026-03-02 10:00:00,5,1,1,{cell}",
    ),
}


@pytest.mark.parametrize("kind", BLANK)
@pytest.mark.parametrize("cells", [["40.00,EUR", "£30.00,", "20.00,EUR"], ["€40.00,", "£30.00,", "€20.00,"]])
def test_a_sign_tells_where_the_column_of_currencies_is_blank(tmp_path, kind, cells):
    head, row = BLANK[kind]
    rows = [row.format(n=n, cell=cell) for n, cell in enumerate(cells)]
    found = export_of(write(tmp_path, "\n".join([head, *rows, ""])))
    assert {money.currency: money.gross for money in found.report.money} == {"EUR": 60, "GBP": 30}


@pytest.mark.parametrize(("first", "sum_of_euros"), [("10.00", 40), ("€10.00", 25040)])
def test_a_sign_tells_further_down_than_the_head_of_a_file(tmp_path, first, sum_of_euros):
    rows = [f"s{n},2026-03-01 10:00,purchase,o{n},{first}," for n in range(2500)]
    rows += [f"{n},2026-03-02 10:00,purchase,{n},{cell}," for n, cell in [("a", "€40.00"), ("b", "£30.00")]]
    data = "session_id,timestamp,event,order_id,revenue,currency\n" + "\n".join(rows)
    export = export_of(write(tmp_path, data))
    assert (export.revenue, export.says("EUR, GBP", "never added up")) == (sum_of_euros, "warning")
    assert export.says("2,500 amounts have no currency") == ("error" if first == "10.00" else None)


def test_a_sign_tells_in_calls_that_name_no_currency(tmp_path):
    calls = [
        {"type": "track", "event": "Order Completed", "anonymousId": total, "messageId": total,
         "timestamp": "2026-03-02T10:00:00Z", "properties": {"total": total}}
        for total in ("40,00 €", "£30.00", "20,00 €")
    ]  # fmt: skip
    found = export_of(write(tmp_path, "\n".join(map(json.dumps, calls)), "calls.jsonl"))
    assert {money.currency: money.gross for money in found.report.money} == {"EUR": 60, "GBP": 30}


@pytest.mark.parametrize(
    ("cells", "gross"),
    [
        (["1 234,50 Kč", "20,00 Kč"], {"CZK": 1254.5}),
        (["1 234 Kč", "2 000 Kč"], {"CZK": 3234}),
        (["€10.00", "€5.00", "20 Kč"], {"EUR": 15, "CZK": 20}),
        (["€10.00", "€5.00", "2.5K"], {"EUR": 15}),
    ],
)
def test_crowns_are_no_thousands(export, cells, gross):
    found = export(*bought(*(f'"{cell}"' for cell in cells)))
    assert {money.currency: money.gross for money in found.report.money} == gross
