"""Session rows whose cells say the currency: as a column of currencies would, amounts are never added up."""

from __future__ import annotations

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
