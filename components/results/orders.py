"""What the orders of an export came to: paid, refunded and net, in each of its currencies."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from components.base.format import money as written
from components.base.format import number, percent
from components.base.layout import card, kpi, kpi_row, section, simple_table
from core.ingest.base.assumptions import Money

_SUBTITLE = "All orders of the export, whatever is filtered. “Revenue” elsewhere is before refunds."


def orders_and_refunds(*, money: Sequence[Money], currency: str | None = None) -> Component | None:
    """Return what was paid and given back; None where nothing was refunded and there is one currency.

    ``currency`` is what amounts are in where the file doesn't say.
    """
    if not money or (len(money) == 1 and not money[0].refunded):
        return None
    if len(money) == 1:
        (made,) = money
        unit = made.currency or currency
        shown = kpi_row(
            kpi("Paid by orders", written(made.gross, unit, 2), _orders(made)),
            kpi("Refunded", written(made.refunded, unit, 2), _share(made)),
            kpi("Net of refunds", written(made.net, unit, 2)),
        )
        return section(shown, title="Orders and refunds", subtitle=_SUBTITLE)
    rows = [
        [
            made.currency or "Not in file",
            number(made.orders),
            *(written(amount, made.currency, 2) for amount in (made.gross, made.refunded, made.net)),
        ]
        for made in money
    ]
    table = simple_table(
        ["Currency", "Orders", "Paid", "Refunded", "Net"],
        rows,
        numeric=range(1, 5),
        caption="Orders by currency",
        stack=True,
    )
    return section(card(table, flush=True), title="Orders and refunds", subtitle=_SUBTITLE)


def _orders(made: Money) -> str:
    return "1 order" if made.orders == 1 else f"{number(made.orders)} orders"


def _share(made: Money) -> str | None:
    return f"{percent(made.refunded / made.gross)} of what was paid" if made.gross > 0 else None
